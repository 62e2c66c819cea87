"""The machine is made ready once: a run of the smallest sample, of which nothing stays."""

from pathlib import Path

import pytest

from geoplan.cli import main
from geoplan.workers import prepare


def test_the_sample_is_run_whole_and_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Path] = []

    def run(plan, out: Path, *, progress) -> Path:
        assert plan.plan.id == "sample"
        assert plan.area.cell_m == 100.0  # the smallest
        out.mkdir()
        seen.append(out)
        return out

    monkeypatch.setattr(prepare, "run_plan", run)
    assert prepare.prepare_machine(lambda *_: None) >= 0.0
    assert not seen[0].exists()


def test_doctor_prepares_without_a_plan_and_says_that_it_is_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepare, "prepare_machine", lambda _: 61.4)
    assert main(["--lang", "en", "doctor", "--prepare"]) == 0
    told = capsys.readouterr().err
    assert "once for each version" in told
    assert "compiled in 61 s" in told


def test_doctor_without_a_plan_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "en", "doctor"]) == 2
    assert "geoplan doctor PLAN" in capsys.readouterr().err
