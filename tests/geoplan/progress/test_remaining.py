"""The time that is left of a run, against what it really took.

``run_first.csv`` is what the first run on a machine told (synthetic county at 100 m, caches
empty, two cores, 2026-11-30): seconds since its first step, label, done, total. It took 200 s.
Shares of documents are by the weights of today. ``run_county.csv`` is the same of another
county (ten layers and weather, nothing else, 100 m), which took 108 s: most of its steps have
nothing to do.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from geoplan.progress import usual
from geoplan.progress.pace import Pace
from geoplan.progress.shown import _how_far
from geoplan.progress.usual import RunSize, note_run, size_of_run, usual_seconds
from geoplan.steps import STEPS, steps_of_run

FIRST = RunSize(0.2066, first=frozenset(steps_of_run()))  # 2,066 km2 of cells of 1 ha
COUNTY = replace(
    FIRST,
    given=frozenset({"area", "screening", "pv", "wind", "substations", "land_parcels", "road"}),
    layers=10 / 109,
)
Told = tuple[float, str, int, int]


def recorded(name: str = "run_first") -> list[Told]:
    with Path(__file__).with_name(f"{name}.csv").open(encoding="utf-8") as stream:
        return [
            (float(r["seconds"]), r["label"], int(r["done"]), int(r["total"]))
            for r in csv.DictReader(stream)
        ]


class Seen(NamedTuple):
    """Share of the time that went by, share told, seconds left with their range."""

    at: float
    share: float
    left: float | None
    least: float
    most: float


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    fake = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr("geoplan.progress.pace.time", fake)
    return now


def looked_at(
    clock: list[float], rows: list[Told], size: RunSize, slower: float = 1.0
) -> list[Seen]:
    """What was told at each hundredth of the time."""
    clock[0] = 0.0
    pace = Pace(began=0.0)
    pace.set_steps(steps_of_run(), size)
    end, queue, out = rows[-1][0], list(rows), []
    for at in range(1, 100):
        while queue and queue[0][0] <= end * at / 100:
            clock[0] = slower * queue[0][0]
            pace.hear(*queue.pop(0)[1:])
        clock[0] = slower * end * at / 100
        out.append(
            Seen(at / 100, pace.share, pace.remaining_s, *(pace.remaining_range_s or (0, 0)))
        )
    return out


def test_the_time_left_of_a_first_run_is_near_the_truth(clock: list[float]) -> None:
    rows = recorded()
    end = rows[-1][0]
    seen = looked_at(clock, rows, FIRST)
    assert [x.share for x in seen] == sorted(x.share for x in seen)
    told = [(x.at, x.left / (end * (1 - x.at))) for x in seen if x.left is not None]
    # nobody can tell at the very start; from a tenth on it is told
    assert [x.at for x in seen if x.left is None and 0.1 < x.at < 0.95] == []
    off = [max(r, 1 / r) for at, r in told if 0.1 < at < 0.9]
    assert max(off) < 2.0
    assert sorted(off)[len(off) // 2] < 1.2  # half the time within a fifth
    assert max(max(r, 1 / r) for at, r in told if 0.2 < at < 0.75) < 1.35


def test_of_another_county_the_rest_is_within_its_range(clock: list[float]) -> None:
    """By the shares of the sample alone it was three times the truth at half of the time."""
    rows = recorded("run_county")
    end, seen = rows[-1][0], looked_at(clock, rows, COUNTY)
    first = next(x for x in seen if x.left is not None)
    assert first.least < end * (1 - first.at) < first.most
    assert first.most > 3 * first.least  # little is known yet
    for at in (25, 50, 75):
        left = seen[at - 1].left
        assert left is not None
        assert 0.5 < left / (end * (1 - at / 100)) < 2, at
    assert seen[74].least == seen[74].most  # and by then it is one time


@pytest.mark.parametrize(("slower", "off"), [(3.0, 1.6), (0.5, 1.6)])
def test_the_pace_of_the_machine_is_that_of_the_ended_steps(
    clock: list[float], slower: float, off: float
) -> None:
    rows = recorded()
    end = slower * rows[-1][0]
    seen = looked_at(clock, rows, FIRST, slower)
    for at in (50, 75):
        left = seen[at - 1].left
        assert left is not None
        true = end * (1 - at / 100)
        assert max(left / true, true / left) < off


@pytest.mark.parametrize("told_first", [True, False])
def test_whether_kernels_were_compiled_is_seen_at_the_first_long_step(
    clock: list[float], *, told_first: bool
) -> None:
    """40 s of screening are compiling, 6 s are not, whatever was noted on this machine."""
    names = steps_of_run()
    sizes = {x: replace(FIRST, first=frozenset(names) if x else frozenset()) for x in (1, 0)}
    took = 6.0 if told_first else 40.0
    pace = Pace(began=0.0)
    pace.set_steps(names, sizes[told_first])
    clock[0] = 1.0
    pace.hear("step.screen", 0, len(names))
    clock[0] += took
    pace.hear("step.sites", 1, len(names))
    assert pace.weights == usual_seconds(names, sizes[not told_first])


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
    assert "screen" in before.first
    # of a plan without turbines the farms were not computed, so nothing of them is compiled
    note_run(plan.with_layers({"turbines": None}), ["screen", "wind"])
    after = size_of_run(plan)
    assert "screen" not in after.first
    assert "wind" in after.first
    first, again, large = (
        usual_seconds(["screen"], s)["screen"] for s in (before, after, RunSize(20.0))
    )
    assert again < large
    assert again < first


def test_steps_that_have_nothing_to_do_take_no_time(tmp_path: Path) -> None:
    from geoplan.new_plan import new_plan
    from geoplan.plan_file import load_plan

    new_plan("640221", tmp_path / "plan.toml")
    size = size_of_run(load_plan(tmp_path / "plan.toml"))
    names = steps_of_run()
    none, much = (usual_seconds(names, x) for x in (size, replace(size, layers=1)))
    assert none["repower"] == none["facilities"] == none["zones"] < 1
    assert none["documents"] < much["documents"]
