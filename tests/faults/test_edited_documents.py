"""A document somebody edited: every door that reads or replaces it says so."""

from __future__ import annotations

import pytest

from geoplan.cli import main
from layers.run_documents import changed_documents
from tests.faults.small_county import county

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    plan = county(tmp_path_factory.mktemp("edited"), cell_m=200.0)
    out = plan.parent / "out"
    assert main(["screen", str(plan), "--out", str(out), "--lang", "en"]) == 0
    assert changed_documents(out) == ()
    return plan, out


def said(capsys, *words):
    capsys.readouterr()
    assert main([*map(str, words), "--lang", "en"]) == 0
    return capsys.readouterr().err


def test_map_report_and_the_next_run_notice_it(run, capsys):
    plan, out = run
    for name in ("report.html", "tables.xlsx", "tables/areas.csv"):
        path = out / name
        path.write_bytes(path.read_bytes() + b" ")
    err = said(capsys, "map", plan, "--out", out)
    for name in ("report.html", "tables.xlsx", "tables/areas.csv"):
        assert name in err
    assert "changed after being written" in err
    assert not (out / "report.edited.html").exists()  # the map writes no report
    edited = (out / "report.html").read_bytes()
    assert "report.edited.html" in said(capsys, "report", plan, "--out", out)
    assert (out / "report.edited.html").read_bytes() == edited
    assert changed_documents(out) == ("tables.xlsx", "tables/areas.csv")
    # a run of another step into the folder replaces all documents
    err = said(capsys, "targets", plan, "--out", out)
    assert "tables.edited.xlsx" in err
    assert (out / "tables.edited.xlsx").exists()
    assert changed_documents(out) == ()
    assert "changed" not in said(capsys, "map", plan, "--out", out)


def test_a_map_that_was_edited_is_kept(run, capsys):
    plan, out = run
    (out / "map.html").write_text("mine", encoding="utf-8")
    said(capsys, "map", plan, "--out", out)
    assert (out / "map.edited.html").read_text(encoding="utf-8") == "mine"
    assert len((out / "map.html").read_bytes()) > 10_000
