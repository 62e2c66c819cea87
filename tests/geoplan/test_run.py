"""A whole run on the tiny sample: what it writes, and what survives when it is killed."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geoplan.cli import main
from geoplan.demo import sample_plan
from geoplan.plan_file import load_plan
from geoplan.run import run_plan
from geoplan.workers import one_step
from gis.errors import DataError

PROMISED = (
    *("summary.json", "results.gpkg", "eligibility.tif"),
    *("map.html", "report.html", "tables.xlsx"),
)


@pytest.fixture(scope="module")
def summary(tiny_run: Path) -> dict:
    return json.loads((tiny_run / "summary.json").read_text(encoding="utf-8"))


def test_everything_promised_is_there(tiny_run: Path) -> None:
    for name in PROMISED:
        assert (tiny_run / name).stat().st_size > 0, name
    assert list((tiny_run / "tables").glob("*.csv"))
    assert not list(tiny_run.parent.glob(".*partial*"))


def test_states_add_up_to_the_county(summary: dict) -> None:
    county_ha = summary["county"]["area_km2"] * 100
    assert summary["screening"]
    for part in summary["screening"].values():
        total = sum(part["area_ha"][s] for s in ("left", "conditional", "taken", "unknown"))
        assert total == pytest.approx(county_ha, rel=1e-9)


def test_synthetic_is_said_everywhere(tiny_run: Path, summary: dict) -> None:
    assert summary["plan"]["synthetic"] is True
    assert "合成" in (tiny_run / "map.html").read_text(encoding="utf-8")
    assert "合成" in (tiny_run / "report.html").read_text(encoding="utf-8")


def test_every_column_is_documented(tiny_run: Path) -> None:
    from geoplan.report.exports import field_docs, run_layers, run_tables

    docs = field_docs()
    columns = {
        (name, c)
        for name, frame in (*run_layers(tiny_run), *run_tables(tiny_run))
        for c in frame.columns
        if c != "geometry" and ":" not in c  # a class code is its own name
    }
    assert sorted(c for c in columns if c[1] not in docs) == []
    assert all({"zh", "en"} <= set(d) for d in docs.values())


def test_indicators_carry_section_and_quote(summary: dict) -> None:
    assert summary["indicators"]
    for item in summary["indicators"]:
        assert item["section"]
        assert item["quote"]


def test_provenance_names_every_input(summary: dict) -> None:
    prov = summary["provenance"]
    assert "plan" in prov["inputs"]
    assert all(len(v) == 64 for v in prov["inputs"].values())
    assert prov["rule_books"]
    assert prov["versions"]["numpy"]


@pytest.mark.slow
def test_a_step_that_fails_leaves_the_last_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    plan = sample_plan("tiny")
    run_plan(plan, out, only=("carbon",), progress=lambda *_: None, documents=False)
    before = (out / "summary.json").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("carbon_sink.step_targets.targets_step", full)
    with pytest.raises(DataError, match="disk is full"):
        run_plan(plan, out, only=("targets",), progress=lambda *_: None, documents=False)
    assert (out / "summary.json").read_bytes() == before


@pytest.mark.slow
def test_a_killed_run_resumes_from_its_finished_steps(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    text = (root / "plans" / "sample.toml").read_text(encoding="utf-8")
    plan = tmp_path / "plan.toml"
    plan.write_text(text.replace('sample = "demo"', 'sample = "tiny"'), encoding="utf-8")
    args = [sys.executable, "-m", "geoplan", "screen", str(plan), "--out", str(out)]
    child = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    steps = tmp_path / ".out.partial" / ".steps.json"
    deadline = time.monotonic() + 120
    while not steps.exists() and time.monotonic() < deadline and child.poll() is None:
        time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert not out.exists()
    assert list(json.loads(steps.read_text(encoding="utf-8"))) == ["screen"]
    called: list[str] = []
    real = one_step.step_function
    monkeypatch.setattr(
        one_step, "step_function", lambda step: called.append(step.name) or real(step)
    )
    run_plan(load_plan(plan), out, only=("sites",), progress=lambda *_: None, documents=False)
    assert called == ["sites"]
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["screening"]


def test_a_foreign_folder_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="not a geoplan run"):
        run_plan(sample_plan("tiny"), tmp_path, progress=lambda *_: None)
    assert (tmp_path / "thesis.docx").read_text(encoding="utf-8") == "mine"


def test_map_needs_a_finished_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = Path(__file__).resolve().parents[2] / "plans" / "sample.toml"
    assert main(["map", str(plan), "--out", str(tmp_path / "none")]) == 2
    assert "geoplan run PLAN" in capsys.readouterr().err
