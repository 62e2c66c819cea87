"""Two runs, changed inputs and edited results: never one plan's name on another's land."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geoplan.cli import main as spoken_main
from geoplan.plan_file import load_plan
from geoplan.run import run_plan
from gis.errors import ConfigError, DataError
from tests.faults import small_county as sc

pytestmark = pytest.mark.slow  # whole runs, though small ones


def main(*args: str | Path) -> int:
    return spoken_main([*map(str, args), "--lang", "en"])


def ran(plan: Path, out: Path, progress=lambda *_: None, told: list | None = None) -> Path:
    """A run of the two cheap steps, without documents."""
    tell = (lambda _: None) if told is None else told.append
    return run_plan(
        load_plan(plan), out, only=("screen", "sites"), progress=progress, documents=False,
        tell=tell,
    )  # fmt: skip


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return sc.county(tmp_path / "county")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A plan and its finished run with map and report."""
    folder = tmp_path_factory.mktemp("done")
    plan = sc.county(folder)
    assert main("screen", plan, "--out", folder / "out") == 0
    return plan, folder / "out"


@pytest.fixture
def result(done: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A copy that may be harmed."""
    shutil.copytree(done[1], tmp_path / "out")
    return done[0], tmp_path / "out"


# ---------------------------------------------------------------------------------- two runs


def test_the_land_of_the_two_plans_is_another(plan, tmp_path):
    # the red line takes the northern half of the box, 0.02 of 0.04 degrees of latitude: what
    # the lax plan leaves there is what the strict plan takes, to the width of the road
    strict, lax = sc.land(ran(plan, tmp_path / "a")), sc.land(ran(sc.lax(plan), tmp_path / "b"))
    total = sum(strict.values())
    assert sum(lax.values()) == pytest.approx(total, rel=1e-12)
    assert strict["taken"] == pytest.approx(total / 2, rel=0.03)
    assert lax["taken"] < total * 0.05


@pytest.mark.parametrize("which", ["strict", "lax"])
def test_a_second_run_into_the_same_folder_is_refused_while_the_first_goes_on(
    plan, tmp_path, capsys, which
):
    lax = sc.lax(plan)
    first, second = (plan, lax) if which == "strict" else (lax, plan)
    alone = sc.stable_bytes(ran(first, tmp_path / "alone"))
    refused: list[int] = []

    def progress(label: str, *_: int) -> None:
        if label == "step.sites":
            refused.append(main("screen", second, "--out", tmp_path / "out"))

    out = ran(first, tmp_path / "out", progress)
    assert refused == [2]
    err = capsys.readouterr().err
    assert err.count("another run is writing to this folder") == 1
    assert f"process {os.getpid()}" in err
    assert "Traceback" not in err
    assert sc.stable_bytes(out) == alone
    # and now that it has ended, the other may have the folder
    other = sc.land(ran(second, tmp_path / "out"))
    assert other == sc.land(ran(second, tmp_path / "b"))
    assert other != json.loads(alone["summary.json"])["screening"]["pv"]["area_ha"]
    assert not (tmp_path / ".out.lock").exists()


@pytest.mark.parametrize("gap_s", [0.0, 1.5, 3.0])
def test_two_processes_one_folder(plan, tmp_path, gap_s):
    lax, out = sc.lax(plan), tmp_path / "out"
    wanted = {p: sc.stable_bytes(ran(p, tmp_path / p.stem)) for p in (plan, lax)}

    def start(which: Path) -> subprocess.Popen[str]:
        args = [sys.executable, "-m", "geoplan", "screen", str(which), "--out", str(out)]
        return subprocess.Popen(
            [*args, "--lang", "en"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    one = start(lax)
    time.sleep(gap_s)
    two = start(plan)
    said = {lax: one.communicate(timeout=120)[1], plan: two.communicate(timeout=120)[1]}
    codes = {lax: one.returncode, plan: two.returncode}
    # one may follow the other where they did not meet; the one that comes last has the folder
    assert set(codes.values()) <= {0, 2}
    assert 0 in codes.values()
    for which, code in codes.items():
        assert "Traceback" not in said[which]
        assert ("another run is writing" in said[which]) == (code == 2)
    found = sc.stable_bytes(out)
    assert found in [wanted[p] for p, code in codes.items() if code == 0]
    sha = json.loads(found["summary.json"])["plan"]["sha256"]
    assert [p for p in wanted if load_plan(p).sha256 == sha and wanted[p] == found]


# ------------------------------------------------------------------------------ mixed inputs


def at(step: str, act):
    """Do something once when a step begins (its own label) or while it runs."""
    acted: list[str] = []

    def progress(label: str, *_: int) -> None:
        if label == step and not acted:
            acted.append(label)
            act()

    return progress


@pytest.mark.parametrize("when", ["step.screen", "screen pv", "step.sites"])
def test_an_input_replaced_while_the_run_goes_on_is_told_and_not_published(
    plan, tmp_path, when
):
    folder, out = plan.parent, tmp_path / "out"
    truth = sc.stable_bytes(ran(plan, out))
    whole = (folder / "red.geojson").read_bytes()
    # another run of the same plan in an empty folder; the red line shrinks under it
    with pytest.raises(DataError) as caught:
        ran(plan, tmp_path / "b", at(when, lambda: sc.red_line(folder, 0.1)))
    assert "red.geojson" in str(caught.value)
    assert "replaced while the run went on" in str(caught.value)
    assert "替换" in caught.value.text("zh")
    assert not (tmp_path / "b").exists()
    # the file comes back; what was computed from the other one may not be used
    (folder / "red.geojson").write_bytes(whole)
    assert sc.stable_bytes(ran(plan, tmp_path / "b")) == truth


def test_an_input_that_was_another_only_for_a_moment_is_computed_again(plan, tmp_path):
    folder = plan.parent
    truth = sc.stable_bytes(ran(plan, tmp_path / "a"))
    whole = (folder / "red.geojson").read_bytes()
    seen: list[float] = []

    def progress(label: str, done: int, _: int) -> None:
        # replaced before the screening reads it, back before the step ends
        if label == "screen pv" and not seen:
            assert not done
            sc.red_line(folder, 0.1)
            seen.append(0.1)
        elif label == "screen pv" and len(seen) == 1:
            (folder / "red.geojson").write_bytes(whole)
            seen.append(0.5)

    told: list = []
    out = ran(plan, tmp_path / "b", progress, told)
    assert seen == [0.1, 0.5]
    assert [str(t) for t in told if "step screen" in str(t)]
    assert sc.stable_bytes(out) == truth


def test_an_input_that_is_removed_is_told(plan, tmp_path):
    gone = plan.parent / "road.geojson"
    with pytest.raises(DataError, match="removed while the run went on"):
        ran(plan, tmp_path / "out", at("step.sites", gone.unlink))
    assert not (tmp_path / "out").exists()


def test_the_same_content_written_anew_is_no_reason_to_refuse(plan, tmp_path):
    truth = sc.stable_bytes(ran(plan, tmp_path / "a"))
    road = plan.parent / "road.geojson"
    told: list = []

    def again() -> None:
        road.write_bytes(road.read_bytes())
        os.utime(road, (4e9, 4e9))

    out = ran(plan, tmp_path / "b", at("screen pv", again), told)
    assert sc.stable_bytes(out) == truth
    assert any("step screen" in str(t) and "again" in str(t) for t in told)


def test_a_plan_that_was_edited_after_it_was_read_is_told(plan, tmp_path):
    loaded = load_plan(plan)
    plan.write_text(plan.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    with pytest.raises(DataError, match="changed after it was read"):
        run_plan(loaded, tmp_path / "out", only=("screen",), progress=lambda *_: None)


def test_a_work_folder_removed_under_the_run_is_told(plan, tmp_path):
    def remove() -> None:
        shutil.rmtree(tmp_path / ".out.partial")

    with pytest.raises(DataError, match=r"work folder was removed|record of a step") as err:
        ran(plan, tmp_path / "out", at("step.sites", remove))
    assert "run again" in str(err.value)
    assert not (tmp_path / "out").exists()
    truth = sc.stable_bytes(ran(plan, tmp_path / "out"))
    # before a step has left anything in it, it is simply made again
    for when in ("step.screen", "screen pv"):
        assert sc.stable_bytes(ran(plan, tmp_path / "out", at(when, remove))) == truth


# ----------------------------------------------------------------------------- edited results


COMMANDS = (("map",), ("report", "--no-docx"), ("export", "--site", "PV-01"))


def edit_summary(run: Path) -> None:
    body = sc.summary_of(run)
    body["screening"]["pv"]["area_ha"]["left"] = 999_999.0
    (run / "summary.json").write_text(json.dumps(body), encoding="utf-8")


def flip_raster(run: Path) -> None:
    body = bytearray((run / "eligibility.tif").read_bytes())
    body[len(body) // 2] ^= 0xFF
    (run / "eligibility.tif").write_bytes(body)


@pytest.mark.parametrize("args", COMMANDS, ids=lambda a: a[0])
@pytest.mark.parametrize(
    ("harm", "name"), [(edit_summary, "summary.json"), (flip_raster, "eligibility.tif")]
)
def test_no_document_is_made_of_an_edited_result(result, capsys, args, harm, name):
    plan, out = result
    harm(out)
    before = {p: p.stat().st_mtime_ns for p in out.iterdir() if p.is_file()}
    assert main(args[0], plan, "--out", out, *args[1:]) == 3
    err = capsys.readouterr().err
    assert name in err
    assert "changed after the run" in err
    assert "geoplan run PLAN" in err
    assert {p: p.stat().st_mtime_ns for p in out.iterdir() if p.is_file()} == before


def test_the_library_refuses_an_edited_result_too(result):
    from geoplan import write_report
    from geoplan.maps import write_map

    plan, out = result
    edit_summary(out)
    with pytest.raises(DataError, match="changed after the run"):
        write_map(out, out / "m.html")
    with pytest.raises(DataError, match="changed after the run"):
        write_report(load_plan(plan), out, lang="en", docx=False)


def test_the_app_does_not_show_an_edited_result(result):
    from geoplan.serve import _shown_run

    plan, out = result
    told: list = []
    assert _shown_run(load_plan(plan), out, told.append) == out
    assert told == []
    edit_summary(out)
    assert _shown_run(load_plan(plan), out, told.append) is None
    assert "changed after the run" in told[0]
    assert "改动" in told[0]("zh")


def test_a_run_over_an_edited_result_computes_it_again(result):
    # the same plan, only one more step: what is kept of the former run must be whole
    plan, out = result
    truth = sc.stable_bytes(out)
    flip_raster(out)
    told: list = []
    again = run_plan(
        load_plan(plan), out, only=("carbon",), progress=lambda *_: None, documents=False,
        tell=told.append,
    )  # fmt: skip
    assert any("eligibility.tif" in str(t) for t in told)
    found = sc.stable_bytes(again)
    assert {k: v for k, v in found.items() if k in truth and k != "summary.json"} == {
        k: v for k, v in truth.items() if k != "summary.json"
    }


def test_a_damaged_summary_is_no_traceback(result, capsys):
    plan, out = result
    (out / "summary.json").write_bytes(b"\xff{")
    assert main("map", plan, "--out", out) == 3
    # a run of one step cannot tell what it would lose; a whole run may replace it
    (out / "digests.json").unlink()
    assert main("carbon", plan, "--out", out) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_result_without_its_record_is_not_taken_on_trust(result, capsys):
    plan, out = result
    (out / "digests.json").unlink()
    assert main("map", plan, "--out", out) == 3
    assert "has no record" in capsys.readouterr().err


def test_a_document_of_a_result_that_was_replaced_meanwhile_is_told(result):
    from geoplan.finished import read_whole

    _, out = result
    with pytest.raises(DataError, match="replaced by another run"), read_whole(out):
        (out / "digests.json").write_text("{}", encoding="utf-8")


def test_a_reader_brings_back_what_a_killed_run_left(result, capsys):
    # killed between the two renames: no folder under the name of the result
    plan, out = result
    out.rename(out.with_name(".out.old"))
    assert main("map", plan, "--out", out) == 0
    assert "the former result is back" in capsys.readouterr().err
    assert (out / "map.html").exists()


def test_results_of_other_plans_are_still_refused(result):
    plan, out = result
    with pytest.raises(ConfigError, match="other inputs"):
        run_plan(load_plan(sc.lax(plan)), out, only=("carbon",), progress=lambda *_: None)


# ------------------------------------------------------------------------- clocks that jump


@pytest.mark.parametrize("year", [1971, 2999])
def test_a_clock_that_jumps_changes_nothing_but_the_date(plan, tmp_path, monkeypatch, year):
    from datetime import UTC, datetime

    truth = sc.stable_bytes(ran(plan, tmp_path / "a"))

    class Jumped(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(year, 1, 1, tzinfo=tz or UTC)

    monkeypatch.setattr("geoplan.run.datetime", Jumped)
    monkeypatch.setattr("layers.run_lock.datetime", Jumped)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "b"
    with pytest.raises(KeyboardInterrupt):
        ran(plan, out, at("step.sites", stop))
    # what the interrupted run left is from before or after its time
    for path in out.with_name(".b.partial").rglob("*"):
        os.utime(path, (1e6, 1e6) if year > 2000 else (4e9, 4e9))
    told: list = []
    assert sc.stable_bytes(ran(plan, out, told=told)) == truth
    assert not [t for t in told if "again" in str(t)]  # the finished step was whole
    assert sc.summary_of(out)["run"]["finished"].startswith(str(year))
