"""Two processes give what one gives; a step sees what it needs and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoplan.demo import sample_plan
from geoplan.inputs import read_inputs
from geoplan.run import run_plan
from geoplan.steps import STEPS, Step, seen_by, with_needs
from geoplan.workers.one_step import compute_step
from layers.run_folder import RunFolder, open_run
from layers.run_record import read_digests, read_records, write_records
from layers.run_view import open_view, take_step


def _quiet(*_: object) -> None:
    """Nobody looks on."""


@pytest.fixture(scope="module")
def finished(tiny_run: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The finished run as one under way, with all its steps recorded."""
    found = read_digests(tiny_run)
    assert found is not None
    write_records(tiny_run, found.steps)
    return RunFolder(target=tmp_path_factory.mktemp("out"), work=tiny_run, key=found.key)


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS, ids=lambda s: s.name)
def test_a_step_reads_from_no_step_it_does_not_name(step: Step, finished: RunFolder) -> None:
    """Computed beside its needs alone it writes the same bytes as at its place in a run."""
    plan = sample_plan("tiny")
    view = open_view(finished, step.name, seen_by(step, STEPS))
    compute_step(plan, view, step, read_inputs(plan), _quiet)
    was, now = read_records(finished.work)[step.name], read_records(view.work)[step.name]
    assert now.files == was.files
    assert now.needs == was.needs
    # and of the plan, in whatever order the steps go
    assert now.reads == was.reads


@pytest.mark.slow
def test_two_processes_give_what_one_gives(
    tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geoplan.run.room_for_two", lambda *_, **__: True)
    begun: list[str] = []
    out = run_plan(
        sample_plan("tiny"),
        tmp_path / "out",
        only=("survey", "targets", "rooftop"),
        documents=False,
        progress=lambda name, *_: begun.append(name),
    )
    one, two = read_digests(tiny_run), read_digests(out)
    assert one is not None
    assert two is not None
    assert set(two.steps) == {s.name for s in with_needs(("survey", "targets", "rooftop"))}
    assert all(v.files == one.steps[k].files for k, v in two.steps.items())
    assert {n for n in begun if n.startswith("step.")} == {f"step.{n}" for n in two.steps}
    assert not list(tmp_path.glob(".*"))


def test_a_step_is_taken_with_its_files_and_no_others(tmp_path: Path) -> None:
    run = open_run(tmp_path / "out", "key")
    (run.work / "steps" / "a").mkdir(parents=True)
    (run.work / "steps" / "a" / "step.json").write_text("{}")
    from layers.run_folder import finish_step, step_finished

    finish_step(run, "a")
    view = open_view(run, "b", ["a"])
    assert (view.work / "steps" / "a" / "step.json").read_text() == "{}"
    (view.work / "b.tif").write_bytes(b"1")
    (run.work / "c.tif").write_bytes(b"half of another step")
    finish_step(view, "b", ["a"])
    take_step(run, view, "b")
    assert step_finished(run, "b")
    assert list(read_records(run.work)["b"].files) == ["b.tif"]
    assert not view.work.exists()
