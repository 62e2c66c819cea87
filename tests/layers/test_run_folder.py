"""What steps leave is used only as it was written; a result is never lost on its way."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from gis.errors import DataError
from layers.result import StepResult, read_table, save_step
from layers.run_folder import (
    RunFolder,
    adopt_step,
    check_steps,
    forget_step,
    open_run,
    publish,
    recover,
    run_folder,
    seal,
    step_finished,
)
from layers.run_record import DIGESTS, check_result, check_summary, read_digests

STEPS = ("screen", "sites")


def step(run: RunFolder, name: str, value: int, needs: tuple[str, ...] = ()) -> None:
    """A step that leaves a table and a raster."""
    raster = run.work / f"{name}.tif"
    raster.write_bytes(f"raster {value}".encode())
    table = pd.DataFrame({"value": [value]})
    save_step(run, name, StepResult(tables={name: table}, rasters={name: raster}), needs)


def complete(run: RunFolder, value: int = 1) -> None:
    step(run, "screen", value)
    step(run, "sites", value, ("screen",))
    (run.work / "summary.json").write_text(json.dumps({"value": value}), encoding="utf-8")
    seal(run, STEPS, plan="p", run_id=f"id{value}")


def begin(target: Path, key: str, told: list | None = None) -> RunFolder:
    return open_run(target, key, tell=[].append if told is None else told.append)


def value_in(folder: Path) -> int:
    found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    check_result(folder)
    assert read_table(folder, "screen")["value"].tolist() == [found["value"]]
    return int(found["value"])


def flip(path: Path) -> None:
    """Another byte in the middle, the same length."""
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 0xFF
    path.write_bytes(body)


def test_a_run_resumes_with_its_key_and_replaces_its_target_when_complete(tmp_path):
    run = begin(tmp_path / "out", "key")
    complete(run)
    assert step_finished(begin(tmp_path / "out", "key"), "screen")
    complete(run)
    assert publish(run) == (tmp_path / "out").resolve()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
    names = sorted(p.name for p in run.target.iterdir())
    assert names == [DIGESTS, "screen.tif", "sites.tif", "steps", "summary.json"]
    again = begin(tmp_path / "out", "another key")
    assert not step_finished(again, "screen")
    assert adopt_step(again, "screen")
    assert step_finished(again, "screen")
    assert (again.work / "screen.tif").read_bytes() == b"raster 1"


@pytest.mark.parametrize(
    "name", ["screen.tif", "steps/screen/screen.table.parquet", "steps/screen/step.json"]
)
@pytest.mark.parametrize("harm", [flip, Path.unlink, lambda p: p.write_bytes(b"")])
def test_a_damaged_step_is_computed_again_with_a_note(tmp_path, name, harm):
    run = begin(tmp_path / "out", "key")
    complete(run)
    harm(run.work / name)
    told: list = []
    again = begin(tmp_path / "out", "key", told)
    assert not step_finished(again, "screen")
    assert len(told) == 1
    assert name in told[0]
    assert "screen" in told[0]("zh")
    with pytest.raises(DataError, match="while the run went on"):
        check_steps(again, ["screen"])
    forget_step(again, "screen")
    assert not (again.work / "screen.tif").exists()
    # the same bytes again: what rests on them still stands
    step(again, "screen", 1)
    assert step_finished(again, "sites")
    # other bytes: it does not
    step(again, "screen", 2)
    assert not step_finished(again, "sites")


def test_steps_of_another_run_in_the_same_folder_are_not_used(tmp_path):
    # as after two runs wrote into one folder: the lax plan's steps under the strict one's key
    lax = begin(tmp_path / "out", "lax")
    complete(lax)
    (lax.work / ".key").write_bytes(b"strict")
    told: list = []
    strict = begin(tmp_path / "out", "strict", told)
    assert not step_finished(strict, "screen")
    assert "another run" in told[0]
    with pytest.raises(DataError, match="record of a step"):
        check_steps(strict, ["screen"])


def test_what_no_step_recorded_does_not_reach_the_result(tmp_path):
    run = begin(tmp_path / "out", "key")
    step(run, "screen", 1)
    (run.work / "half.tif").write_bytes(b"half")
    (run.work / "steps" / "sites").mkdir()
    (run.work / "steps" / "sites" / "x.table.parquet").write_bytes(b"half")
    run = begin(tmp_path / "out", "key")
    assert step_finished(run, "screen")
    assert not (run.work / "half.tif").exists()
    assert not (run.work / "steps" / "sites" / "x.table.parquet").exists()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"screen": "done"}',
        '{"screen": {"key": "key", "files": {"../x": "0"}, "needs": {}}}',
        "[" * 20_000,
    ],
)
def test_a_damaged_record_means_that_nothing_is_finished(tmp_path, body):
    run = begin(tmp_path / "out", "key")
    step(run, "screen", 1)
    (run.work / ".steps.json").write_text(body, encoding="utf-8")
    assert not step_finished(begin(tmp_path / "out", "key"), "screen")


# ------------------------------------------------------------------ results that were changed


@pytest.fixture
def result(tmp_path):
    run = begin(tmp_path / "out", "key")
    complete(run)
    return publish(run)


@pytest.mark.parametrize("name", ["summary.json", "screen.tif", "steps/sites/step.json"])
def test_a_result_that_was_changed_is_refused(result, name):
    check_result(result)
    check_summary(result)
    flip(result / name)
    with pytest.raises(DataError) as caught:
        check_result(result)
    assert name in str(caught.value)
    assert "changed after the run" in str(caught.value)
    assert "改动" in caught.value.text("zh")
    if name == "summary.json":
        with pytest.raises(DataError, match="changed after the run"):
            check_summary(result)


def test_every_changed_file_is_listed(result):
    flip(result / "screen.tif")
    (result / "sites.tif").unlink()
    with pytest.raises(DataError) as caught:
        check_result(result)
    assert len(caught.value.faults) == 2


def test_the_record_of_a_result_is_itself_under_a_digest(result):
    body = json.loads((result / DIGESTS).read_text(encoding="utf-8"))
    body["summary"] = "0" * 64
    (result / DIGESTS).write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(DataError, match="record of the result"):
        check_result(result)
    (result / DIGESTS).unlink()
    assert read_digests(result) is None
    with pytest.raises(DataError, match="has no record"):
        check_result(result)


def test_a_damaged_step_of_a_result_is_not_taken_over(result):
    flip(result / "screen.tif")
    told: list = []
    run = begin(result, "another", told)
    assert not adopt_step(run, "screen")
    assert adopt_step(run, "sites")
    assert "screen.tif" in told[0]


# ------------------------------------------------------------------ killed while publishing


class Killed(BaseException):
    """What kill -9 is to a test: nothing catches it and nothing is tidied up."""


def killed_at(monkeypatch, n: int) -> None:
    """End at the n-th call that moves or removes anything (0: before the first)."""
    calls = iter(range(100))
    real = {"replace": os.replace, "rmtree": shutil.rmtree, "unlink": Path.unlink}

    def counted(name, *args, **kwargs):
        if next(calls) >= n:
            raise Killed
        return real[name](*args, **kwargs)

    for at, name in (("os.replace", "replace"), ("shutil.rmtree", "rmtree")):
        monkeypatch.setattr(f"layers.run_folder.{at}", partial(counted, name))
    monkeypatch.setattr(Path, "unlink", lambda self, **k: counted("unlink", self, **k))


@pytest.mark.parametrize("former", [False, True])
@pytest.mark.parametrize("n", range(8))
@pytest.mark.parametrize("door", ["run", "read"])
def test_killed_at_any_call_of_publishing_there_is_a_result(
    tmp_path, monkeypatch, former, n, door
):
    target = tmp_path / "out"
    if former:
        one = begin(target, "first")
        complete(one, 1)
        publish(one)
    run = begin(target, "second")
    complete(run, 2)
    with monkeypatch.context() as m:
        killed_at(m, n)
        with contextlib.suppress(Killed):
            publish(run)
    told: list = []
    if door == "read":
        recover(target, tell=told.append)
    else:
        with run_folder(target, "second", plan="p", tell=told.append) as again:
            # what is there already need not be computed again
            assert again.recovered or step_finished(again, "sites") or target.exists()
    if target.exists():
        assert value_in(target) in ({1, 2} if former else {2})
        assert not (tmp_path / ".out.old").exists() or door == "read"
    else:  # killed before anything was moved, and asked by a reader
        assert not former
    if former:
        assert target.exists()


def test_between_the_renames_the_complete_result_is_published(tmp_path):
    target = tmp_path / "out"
    one = begin(target, "first")
    complete(one, 1)
    publish(one)
    run = begin(target, "second")
    complete(run, 2)
    (run.work / ".complete").write_text("second", encoding="utf-8")
    target.rename(tmp_path / ".out.old")  # killed here
    told: list = []
    with run_folder(target, "second", plan="p", tell=told.append) as again:
        assert again.recovered
        assert value_in(target) == 2
    assert "complete result" in told[0]
    assert not (tmp_path / ".out.old").exists()


def test_between_the_renames_the_former_result_comes_back_where_the_new_is_not_whole(tmp_path):
    target = tmp_path / "out"
    one = begin(target, "first")
    complete(one, 1)
    publish(one)
    run = begin(target, "second")
    complete(run, 2)
    (run.work / ".complete").write_text("second", encoding="utf-8")
    flip(run.work / "screen.tif")
    target.rename(tmp_path / ".out.old")
    told: list = []
    recover(target, tell=told.append)
    assert value_in(target) == 1
    assert "former result is back" in told[0]
    assert "恢复" in told[0]("zh")


def test_a_folder_that_cannot_be_moved_loses_nothing(tmp_path, monkeypatch):
    target = tmp_path / "out"
    one = begin(target, "first")
    complete(one, 1)
    publish(one)
    run = begin(target, "second")
    complete(run, 2)
    real = os.replace

    def busy(source, to):
        if Path(source) == run.work:
            raise OSError(16, "Device or resource busy")
        real(source, to)

    monkeypatch.setattr("layers.run_folder.os.replace", busy)
    with pytest.raises(DataError, match="cannot be moved into place") as caught:
        publish(run)
    assert str(run.work) in str(caught.value)
    assert value_in(target) == 1
    monkeypatch.undo()
    assert step_finished(begin(target, "second"), "sites")


def test_a_run_that_lost_its_lock_publishes_nothing(tmp_path):
    with run_folder(tmp_path / "out", "key", plan="p", tell=print) as run:
        complete(run)
        (tmp_path / ".out.lock").unlink()
        with pytest.raises(DataError, match="lock of this folder was removed"):
            publish(run)
    assert not (tmp_path / "out").exists()


def test_files_of_the_future_change_nothing(tmp_path):
    # the clock was set back: what was written before lies ahead of it
    run = begin(tmp_path / "out", "key")
    complete(run)
    for path in run.work.rglob("*"):
        os.utime(path, (4e9, 4e9))  # the year 2096
    told: list = []
    again = begin(tmp_path / "out", "key", told)
    assert all(step_finished(again, s) for s in STEPS)
    assert told == []


def test_files_of_single_plants_stay_beside_every_run(tmp_path):
    """A plant may be asked for before the first run, and is not lost by the next one."""
    target = tmp_path / "out"
    (target / "pv").mkdir(parents=True)
    (target / "pv" / "site.xlsx").write_text("mine", encoding="utf-8")
    told: list = []
    for value in (1, 2):
        run = begin(target, f"key{value}", told)
        complete(run, value)
        publish(run)
        assert value_in(target) == value
        assert (target / "pv" / "site.xlsx").read_text(encoding="utf-8") == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out"]
    assert sum("stay as they are" in str(line) for line in told) == 2
    # beside anything else of a person's the folder is refused as before
    other = tmp_path / "other"
    (other / "pv").mkdir(parents=True)
    (other / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="not a geoplan run"):
        begin(other, "key")


def test_files_of_single_plants_survive_a_run_that_was_killed(tmp_path):
    """Killed after the new result was moved into place: they are still in the former one."""
    target = tmp_path / "out"
    first = begin(target, "key1")
    complete(first)
    publish(first)
    (target / "pv").mkdir()
    (target / "pv" / "a.csv").write_text("mine", encoding="utf-8")
    target.rename(tmp_path / ".out.old")
    work = begin(target, "key2")
    complete(work, 2)
    (work.work / ".complete").write_text("key2", encoding="utf-8")
    recover(target, tell=[].append)
    assert value_in(target) == 2
    assert (target / "pv" / "a.csv").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / ".out.old").exists()
