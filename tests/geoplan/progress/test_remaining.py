"""The time that is left of a run, against what it really took.

``run_first.csv`` is what the first run on a machine told (synthetic county at 100 m, caches
empty, two cores, 2026-11-30): seconds since its first step, label, done, total. It took 200 s.
"""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import pytest

from geoplan.progress import usual
from geoplan.progress.pace import Pace
from geoplan.progress.shown import _how_far
from geoplan.progress.usual import RunSize, note_first_run, size_of_run, usual_seconds
from geoplan.steps import STEPS, steps_of_run

FIRST = RunSize(0.2066, first=True)  # 2,066 km2 of cells of 1 ha
Told = tuple[float, str, int, int]


def recorded() -> list[Told]:
    with Path(__file__).with_name("run_first.csv").open(encoding="utf-8") as stream:
        return [
            (float(r["seconds"]), r["label"], int(r["done"]), int(r["total"]))
            for r in csv.DictReader(stream)
        ]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    fake = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("geoplan.progress.pace.time", fake)
    return now


def looked_at(
    clock: list[float], rows: list[Told], size: RunSize, slower: float = 1.0
) -> list[tuple[float, float, float | None]]:
    """Share of the time that went by, share told, seconds left: at each hundredth."""
    clock[0] = 0.0
    pace = Pace(began=0.0)
    pace.set_steps(steps_of_run(), size)
    end, queue, out = rows[-1][0], list(rows), []
    for at in range(1, 100):
        while queue and queue[0][0] <= end * at / 100:
            clock[0] = slower * queue[0][0]
            pace.hear(*queue.pop(0)[1:])
        clock[0] = slower * end * at / 100
        out.append((at / 100, pace.share, pace.remaining_s))
    return out


def test_the_time_left_of_a_first_run_is_near_the_truth(clock: list[float]) -> None:
    rows = recorded()
    end = rows[-1][0]
    seen = looked_at(clock, rows, FIRST)
    assert [s for _, s, _ in seen] == sorted(s for _, s, _ in seen)
    told = [(at, left / (end * (1 - at))) for at, _, left in seen if left is not None]
    # nobody can tell at the very start; from a tenth on it is told
    assert [at for at, _, left in seen if left is None and 0.1 < at < 0.95] == []
    off = [max(r, 1 / r) for at, r in told if 0.1 < at < 0.9]
    assert max(off) < 2.0
    assert sorted(off)[len(off) // 2] < 1.2  # half the time within a fifth
    assert max(max(r, 1 / r) for at, r in told if 0.2 < at < 0.75) < 1.35


def test_a_slower_machine_has_the_same_shares_and_more_time(clock: list[float]) -> None:
    rows = recorded()
    one, three = (looked_at(clock, rows, FIRST, x) for x in (1.0, 3.0))
    assert [x[:2] for x in one] == [x[:2] for x in three]
    for (_, _, left), (_, _, more) in zip(one, three, strict=True):
        assert (left is None) == (more is None)
        if left is not None:
            assert more == pytest.approx(3 * left)


def test_what_is_not_known_is_said(clock: list[float]) -> None:
    pace = Pace(began=0.0)
    pace.set_steps(steps_of_run(), FIRST)
    clock[0] = 5.0
    pace.hear("step.screen", 0, len(STEPS))
    assert _how_far(pace, "zh") == "0 %, 剩余时间还不知道"
    assert _how_far(pace, "en") == "0 %, time left not known yet"


def test_reading_the_plan_is_no_measure_of_the_steps(clock: list[float]) -> None:
    """100 s until the first step begins, then half of one of two like steps in 10 s."""
    pace = Pace(weights={"stand": 1.0, "carbon": 1.0}, began=0.0)
    clock[0] = 100.0
    pace.hear("step.stand", 0, 2)
    clock[0] = 110.0
    pace.hear("stand", 1, 2)
    assert pace.remaining_s == pytest.approx(30.0)


def test_a_part_that_takes_longer_makes_the_rest_longer(clock: list[float]) -> None:
    """Half of one of four in 1 s; if all of it takes 10 s, three more take 30 s."""
    pace = Pace(weights={"stand": 1.0, "carbon": 3.0}, began=0.0)
    pace.hear("step.stand", 0, 2)
    clock[0] = 1.0
    pace.hear("stand", 1, 2)
    assert pace.remaining_s == pytest.approx(7.0)
    clock[0] = 2.0
    assert pace.remaining_s == pytest.approx(6.0)
    clock[0] = 10.0
    assert pace.remaining_s == pytest.approx(30.0)
    # and of the last one alone, told to its end, nobody can tell how long its end takes
    pace.hear("step.carbon", 1, 2)
    pace.hear("carbon", 1, 1)
    clock[0] = 20.0
    assert pace.remaining_s is None


def test_every_step_was_measured() -> None:
    table = usual.read_toml("geoplan.progress", "usual.toml")["steps"]
    assert {*steps_of_run()} <= {*table}


def test_cells_and_a_first_run_make_it_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geoplan.demo import sample_plan

    plan = sample_plan("tiny")
    monkeypatch.setenv("GEOPLAN_CACHE", str(tmp_path))
    before = size_of_run(plan)
    assert before.mcells == pytest.approx(0.2066, rel=0.01)
    assert before.first
    note_first_run()
    after = size_of_run(plan)
    assert not after.first
    first, again, large = (
        usual_seconds(["screen"], s)["screen"] for s in (before, after, RunSize(20.0))
    )
    assert again < large
    assert again < first
