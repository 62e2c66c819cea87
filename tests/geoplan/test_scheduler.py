"""Where tiles run is the user's choice, and never changes an answer."""

import json
from pathlib import Path

import pytest

from geoplan.cli import main
from siting.screen.section import ScreeningSection


@pytest.fixture(scope="module")
def plan(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = (root / "plans" / "sample.toml").read_text(encoding="utf-8")
    for old, new in (
        ('sample = "demo"', 'sample = "tiny"'),
        ("cell_m = 40.0", "cell_m = 100.0"),
        ('techs = ["pv", "wind", "afforest", "wetland", "grass"]', 'techs = ["pv", "wind"]'),
        ("max_sites = 24", "max_sites = 3\nroute = false"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    out = tmp_path_factory.mktemp("plan") / "plan.toml"
    out.write_text(text, encoding="utf-8")
    return out


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The step without its documents."""
    monkeypatch.setattr("geoplan.documents.write_documents", lambda *_, **__: None)


def screening(plan: Path, out: Path, *options: str) -> dict:
    assert main(["screen", str(plan), "--out", str(out), *options]) == 0
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    return {k: v["area_ha"] for k, v in found["screening"].items()}


@pytest.mark.slow
@pytest.mark.usefixtures("alone")
def test_serial_and_threads_give_the_same_areas(plan: Path, tmp_path: Path) -> None:
    one = screening(plan, tmp_path / "a", "--scheduler", "serial")
    two = screening(plan, tmp_path / "b", "--scheduler", "threads", "--workers", "3")
    assert set(one) == {"pv", "wind"}
    assert one == two  # to the last bit


@pytest.mark.slow
@pytest.mark.usefixtures("alone")
def test_processes_give_the_same_areas(plan: Path, tmp_path: Path) -> None:
    one = screening(plan, tmp_path / "a", "--scheduler", "serial")
    two = screening(plan, tmp_path / "b", "--scheduler", "processes", "--workers", "2")
    assert one == two


@pytest.mark.parametrize("verb", ["run", "screen"])
@pytest.mark.parametrize("name", ["cluster", "tcp://", "http://host:1", "tcp://host"])
def test_an_unknown_scheduler_is_refused(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str, name: str
) -> None:
    out = tmp_path / "out"
    assert main([verb, str(plan), "--out", str(out), "--scheduler", name]) == 2
    told = capsys.readouterr().err
    assert name in told
    assert "tcp://host:port" in told
    assert not out.exists()


def test_a_scheduler_address_is_taken_over(plan: Path) -> None:
    from geoplan.plan_file import load_plan
    from siting.screen.how import with_options

    loaded = load_plan(plan)
    section = with_options(loaded, engine="tcp://10.0.0.1:8786", workers=7).section(
        ScreeningSection
    )
    assert (section.engine, section.workers) == ("tcp://10.0.0.1:8786", 7)
    assert with_options(loaded).section(ScreeningSection) == loaded.section(ScreeningSection)


def test_distances_worked_out_for_a_turbine_reach_the_workers(plan: Path) -> None:
    # ten times the tip height, 10 x (100 + 85.5) = 1855 m, lies beyond what its rule states
    from geoplan.plan_file import load_plan
    from siting.rules import Rule
    from siting.screen.screening import rules_of
    from siting.screen.stored import _widened

    found = rules_of(load_plan(plan), "wind")[0]
    far = [r for r in found if getattr(r.test, "distance_m", None) == 1855.0]
    assert far
    for rule in found:
        body = json.loads(rule.model_dump_json(by_alias=True))
        read = Rule.model_validate(_widened(body))
        distance = getattr(rule.test, "distance_m", None)
        assert getattr(read.test, "distance_m", None) == distance
