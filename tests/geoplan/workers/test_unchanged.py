"""A run after a change computes what the change can reach, and gives what a new run gives."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import geopandas as gpd
import pytest

import geoplan.workers.run_steps as run_steps_module
from geoplan.demo import plans_folder, sample_plan
from geoplan.plan_file import load_plan
from geoplan.run import run_plan
from gis.say import Sentence
from layers.plan.model import Plan
from layers.run_record import read_digests

CARBON = ("carbon",)  # with stand and pools: seconds

Computed = list[str]


def _quiet(*_: object) -> None:
    """Nobody looks on."""


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Computed:
    """Names of the steps that are computed, as they are."""
    names: Computed = []
    real = run_steps_module.compute_step

    def noted(plan, run, step, *rest, **more):
        names.append(step.name)
        return real(plan, run, step, *rest, **more)

    monkeypatch.setattr(run_steps_module, "compute_step", noted)
    # what a second process computes is not seen here
    monkeypatch.setattr("geoplan.run.room_for_two", lambda *_, **__: False)
    return names


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the tiny county that may be changed, and its plan."""
    data = tmp_path / "data"
    shutil.copytree(sample_plan("tiny").data_root, data)
    text = (plans_folder() / "sample.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^sample = .*$", 'root = "data"', text)
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _edit(path: Path, old: str, new: str) -> Plan:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load_plan(path)


def _same_bytes(one: Path, other: Path) -> bool:
    a, b = read_digests(one), read_digests(other)
    assert a is not None
    assert b is not None
    return {n: s.files for n, s in a.steps.items()} == {n: s.files for n, s in b.steps.items()}


@pytest.mark.slow
def test_what_a_change_reaches(place: Path, computed: Computed, tmp_path: Path) -> None:
    """A remark reaches no number, a file the steps that read it and theirs, a grid all."""
    told: list[Sentence] = []
    out = tmp_path / "out"

    def again(plan: Plan, **how: bool) -> Computed:
        computed.clear()
        told.clear()
        run_plan(plan, out, only=CARBON, documents=False, tell=told.append, **how)
        return list(computed)

    plan = load_plan(place)
    assert again(plan) == ["stand", "pools", "carbon"]
    stamp = (out / "summary.json").stat().st_mtime_ns
    assert again(plan) == []
    assert [t.key for t in told] == ["geoplan.faults.nothing_changed"]
    assert (out / "summary.json").stat().st_mtime_ns == stamp
    assert again(plan, afresh=True) == ["stand", "pools", "carbon"]

    # a remark makes another plan file and no other answer
    plan = _edit(place, "[money]", "[money]  # asked again")
    assert again(plan) == []
    assert told == []
    assert (out / "summary.json").stat().st_mtime_ns != stamp

    # stands are asked for by the step of that name; what it gives goes on to carbon
    stands = place.parent / "data" / plan.layers["forest_land"].path
    stamp_of = stands.read_bytes()
    frame = gpd.read_file(stands)
    frame.iloc[1:].to_file(stands)
    assert again(plan) == ["stand", "carbon"]
    stands.write_bytes(stamp_of)

    # a plan that was changed after it was read is not what its file says
    coarse = plan.model_copy(update={"area": plan.area.model_copy(update={"cell_m": 80.0})})
    assert again(plan) == ["stand", "carbon"]
    assert "carbon" in again(coarse)
    plan = _edit(place, "cell_m = 40.0", "cell_m = 80.0")
    assert again(plan) == []  # the same question, now by the file
    alone = tmp_path / "alone"
    run_plan(plan, alone, only=CARBON, documents=False, tell=_quiet)
    assert _same_bytes(out, alone)


@pytest.mark.slow
def test_documents_of_the_same_steps(place: Path, computed: Computed, tmp_path: Path) -> None:
    """In another language, or once removed, they are written and nothing is computed."""
    plan, out = load_plan(place), tmp_path / "out"

    def again(lang: str) -> list[str]:
        told: list[Sentence] = []
        computed.clear()
        run_plan(plan, out, only=("pools",), lang=lang, tell=told.append)
        assert computed == []
        return [t.key for t in told]

    run_plan(plan, out, only=("pools",), lang="zh", tell=_quiet)
    page = out / "report.html"
    assert 'lang="zh' in page.read_text(encoding="utf-8")
    assert again("zh") == ["geoplan.faults.nothing_changed"]
    assert again("en") == []
    assert 'lang="en' in page.read_text(encoding="utf-8")
    page.unlink()
    assert again("en") == []
    page.write_text("mine", encoding="utf-8")
    assert again("en") == ["layers.run.document_kept"]
    assert (out / "report.edited.html").read_text(encoding="utf-8") == "mine"
    assert page.read_text(encoding="utf-8") != "mine"


@pytest.mark.slow
def test_other_code_computes_everything(
    place: Path, computed: Computed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, out = load_plan(place), tmp_path / "out"
    run_plan(plan, out, only=("pools",), documents=False, tell=_quiet)
    monkeypatch.setattr("geoplan.inputs.code_digest", lambda *_: "of another version")
    run_plan(plan, out, only=("pools",), documents=False, tell=_quiet)
    assert computed == ["pools", "pools"]


@pytest.mark.slow
def test_a_step_whose_file_was_changed_is_computed_again(
    place: Path, computed: Computed, tmp_path: Path
) -> None:
    plan, out = load_plan(place), tmp_path / "out"
    run_plan(plan, out, only=("pools",), documents=False, tell=_quiet)
    (found,) = (out / "steps" / "pools").glob("*.json")
    found.write_text("{}", encoding="utf-8")
    run_plan(plan, out, only=("pools",), documents=False, tell=_quiet)
    assert computed == ["pools", "pools"]
    assert found.read_text(encoding="utf-8") != "{}"
