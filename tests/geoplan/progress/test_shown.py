"""Long work is never silent, and a program reads how far it is."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest

from geoplan.cli import main
from geoplan.progress.pace import Pace
from geoplan.progress.shown import Alive, _how_far, shown_progress, still_event
from gis.say import say

STEPS = {"screen": (), "sites": ("screen",), "documents": ("screen", "sites")}
WEIGHTS = {"screen": 60.0, "sites": 20.0, "documents": 80.0}


@pytest.fixture(autouse=True)
def _weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "geoplan.progress.pace.usual_seconds", lambda names, _: {n: WEIGHTS[n] for n in names}
    )


def test_silence_is_broken_and_held_back(capsys: pytest.CaptureFixture[str]) -> None:
    alive = Alive(lambda s: f"at work for {s:.0f} s", silence_s=0.05)
    with alive.while_it_works():
        time.sleep(0.2)
        said = capsys.readouterr().err.splitlines()
        assert 1 <= len(said) <= 4  # 0.2 s of silence in pieces of 0.05 s
        assert said[0] == "at work for 0 s"
        with alive.held():
            time.sleep(0.15)
        assert capsys.readouterr().err == ""
    time.sleep(0.1)
    assert capsys.readouterr().err == ""


def test_a_log_has_per_cent_and_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    """Screening takes 60 of 160 s, and a new step ends what it needs."""
    with shown_progress("zh", steps=STEPS) as told:
        told("step.screen", 0, 3)
        told("screen pv", 1, 2)
        time.sleep(0.05)
        told("step.sites", 1, 3)
        told("step.documents", 2, 3)
        told("done", 3, 3)
    one, two, three = capsys.readouterr().err.splitlines()
    assert one.endswith("1/3 土地适宜性筛查 (0 %, 剩余时间还不知道)")
    assert "2/3 提取候选场址 (38 %, 约剩 " in two  # 60 / 160
    assert "3/3 地图、报告与成果文件 (50 %" in three  # 80 / 160


def test_events_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress("zh", steps=STEPS, events=True) as told:
        told("step.screen", 0, 3)
        for i in range(50):
            told("screen pv", i, 50)  # too many to be told each
        told("step.sites", 1, 3)
        told("done", 3, 3)
    begun, *lines = [json.loads(x) for x in capsys.readouterr().err.splitlines()]
    # at once, before the first step
    assert (begun["event"], begun["step"], begun["share"]) == ("progress", "", 0.0)
    assert begun["label"] == {"zh": "读取规划和图层", "en": "Reading plan and layers"}
    assert [x["event"] for x in lines] == ["progress", "progress", "done"]
    assert [x["step"] for x in lines] == ["screen", "sites", "sites"]
    assert [x["share"] for x in lines] == [0.0, 0.375, 1.0]
    assert lines[0]["label"] == {"zh": "土地适宜性筛查", "en": "Screening the land"}


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress("en", steps=STEPS, quiet=True) as told:
        told("step.screen", 0, 3)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("verb", [["layers"], ["rules", "audit"], ["register", "list"]])
def test_every_verb_takes_quiet(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*verb, "--help"]) == 0
    assert "--quiet" in capsys.readouterr().out


def test_faults_are_shown_to_the_quiet_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "nofile.toml", "--quiet", "--lang", "en"]) == 2
    assert "nofile.toml" in capsys.readouterr().err


def test_events_come_while_a_step_tells_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program is left without a line no longer than a person is."""
    monkeypatch.setattr("geoplan.progress.shown.SILENCE_S", 0.05)
    with shown_progress("zh", steps=STEPS, events=True) as told:
        told("step.screen", 0, 2)
        time.sleep(0.3)
    lines = [json.loads(x) for x in capsys.readouterr().err.splitlines()][1:]
    assert len(lines) >= 3
    assert {x["event"] for x in lines} == {"progress"}
    assert {x["step"] for x in lines} == {"screen"}


def test_a_verb_that_answers_in_json_says_that_it_works(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alive = Alive(
        lambda s: still_event(say("geoplan.cli.still", verb="geoplan check"), s), 0.05
    )
    with alive.while_it_works():
        time.sleep(0.2)
    first, *_ = capsys.readouterr().err.splitlines()
    event = json.loads(first)
    assert event["label"] == {
        "zh": "仍在进行：geoplan check",
        "en": "still at work: geoplan check",
    }
    assert event["share"] is None


def test_documents_tell_their_parts_as_shares_of_one_whole() -> None:
    """Of the sample at 40 m (1.136 thousand cells a side) with all its layers, by usual.toml.

    exports 6 + 39 x 1.136 = 50.3, pictures 10.8, report 11.5, map 5.0, rest 1.3: 78.9
    """
    from geoplan.documents import whole_of

    told: list[tuple[str, int, int]] = []
    part = whole_of(lambda *x: told.append(x))
    part("exports", 1, 2)
    part("pictures", 1, 1)
    part("exports", 1, 4)  # parts go on side by side; none goes back
    part("map", 0, 0)
    assert [x[0] for x in told] == [
        *("documents exports", "documents pictures", "documents exports", "documents map"),
    ]
    assert [x[1] for x in told] == [319, 456, 456, 456]  # 25.15 / 78.9, (25.15 + 10.8) / 78.9
    assert {x[2] for x in told} == {1000}


def test_a_document_is_named_while_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress("zh", steps=STEPS, events=True) as told:
        told("step.documents", 2, 3)
        time.sleep(1.01)  # an event a second
        told("documents map", 376, 1000)
    last = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert last["label"] == {"zh": "成果文件：地图网页", "en": "Files: map page"}
    # screening and sites are done, and 0.376 of the documents
    assert last["share"] == pytest.approx((80 + 0.376 * 80) / 160, abs=1e-3)


def test_work_without_steps_names_its_part_and_promises_no_time():
    """The report alone: no weights, so nothing is known of what is left."""
    pace = Pace()
    pace.hear("documents report", 2, 3)
    assert (pace.label, pace.share, pace.remaining_s) == ("documents report", 0.0, None)


def test_time_that_is_left_does_not_climb_while_a_part_tells_nothing(monkeypatch):
    """Half done after 10 s: 10 s are left, 4 s later 6; past that nobody can tell."""
    clock = [10.0]
    monkeypatch.setattr(
        "geoplan.progress.pace.time", SimpleNamespace(monotonic=lambda: clock[0])
    )
    pace = Pace(weights={"documents": 1.0}, began=0.0)
    pace.hear("documents pdf", 500, 1000)
    assert pace.remaining_s == pytest.approx(10.0)
    clock[0] = 14.0
    assert pace.remaining_s == pytest.approx(6.0)
    clock[0] = 30.0
    assert pace.remaining_s is None
    pace.hear("documents pdf", 750, 1000)
    assert pace.remaining_s == pytest.approx(10.0)  # 30 s for three quarters


def test_nothing_is_left_at_the_end_and_less_than_nothing_never(monkeypatch):
    """100 s of work, all of it told; the last part goes on for 3 s: no time is promised."""
    clock = [0.0]
    monkeypatch.setattr(
        "geoplan.progress.pace.time", SimpleNamespace(monotonic=lambda: clock[0])
    )
    pace = Pace(weights={"documents": 1.0}, began=0.0)
    clock[0] = 99.7
    pace.hear("documents map", 997, 1000)
    assert _how_far(pace, "zh") == "99 %, 即将完成"  # 0.3 s; it is not 100 per cent yet
    clock[0] = 100.0
    pace.hear("documents map", 1000, 1000)
    clock[0] = 103.0
    assert pace.remaining_s is None
    assert (_how_far(pace, "zh"), _how_far(pace, "en")) == ("100 %", "100 %")
