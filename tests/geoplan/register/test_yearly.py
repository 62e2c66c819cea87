"""The yearly assessment holds the answers of a run and the register; its links lead there."""

from __future__ import annotations

import json
from urllib.parse import unquote

import docx
import openpyxl
import pytest
import shapely

from geoplan.demo import sample_plan
from geoplan.register.feeding import ledger_projects, not_counted_notes
from geoplan.register.ledger import Check, Entry, Finding, Stamp
from geoplan.register.project import Project
from geoplan.register.yearly import assessment, assessment_as_dict, write_assessment
from geoplan.summary import read_run_summary
from layers.plain_json import to_json
from siting.connection.registered import Registered
from tests.geoplan.fake_run import fake_run

pytestmark = pytest.mark.slow
STAMP = Stamp("2026-11-28T00:00:00", "甲", "run", "plan", "hash")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fake_run(tmp_path_factory.mktemp("year") / "run", cell_m=800.0, n_parcels=20)


def entries():
    rows = [
        ("A", "光伏一期", "pv", "commissioned", 2025, 100.0),
        ("B", '=HYPERLINK("x")', "pv", "planned", 2026, None),
        ("C", "造林", "afforest", "started", 2025, None),
    ]
    return [
        Entry(
            STAMP,
            "added",
            Project(id=i, name=n, kind=k, stage=s, year=y, capacity_mw=mw),
            shapely.box(0, 0, 1, 1),
            seq,
        )
        for seq, (i, n, k, s, y, mw) in enumerate(rows, 1)
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_book_and_the_document_hold_targets_and_projects(run, tmp_path, lang):
    summary = read_run_summary(run)
    check = Check(STAMP, "2026-11-28", {}, (Finding("A", 1, "pv", "fail", 25_000.0, {}),))
    found = assessment(2030, summary, entries(), check, lang)
    sheets = {s.name: s.table for s in found.sheets}
    every = len(sheets["targets"]) + len(sheets["later"])
    assert every == len(summary.targets)
    assert (sheets["targets"]["year"].astype(int) <= 2030).all()
    assert (sheets["later"]["year"].astype(int) > 2030).all()
    one = sheets["projects"].set_index("id")
    assert one.loc["A", "boundary_ha"] == 2.5
    # two kinds of stage of PV: 100 MW of one, nothing said of the other
    energy = sheets["energy"]
    assert energy["projects"].tolist() == [1, 1]
    assert energy["capacity_mw"].sum() == 100.0
    assert energy["no_capacity"].tolist() == [1, 0]
    assert len(sheets["forestry"]) == 1
    book, word = write_assessment(found, run, tmp_path / "考核")
    opened = openpyxl.load_workbook(book)
    cells = [c for ws in opened for row in ws.iter_rows() for c in row]
    assert not any(c.data_type == "f" for c in cells)
    links = {c.hyperlink.target for c in cells if c.hyperlink}
    assert all((tmp_path / "考核" / link).resolve().is_file() for link in links)
    opened_word = docx.Document(word)
    # long sentences get more of the line than a year does
    own = next(t for t in opened_word.tables if len(t.rows) == 1 + len(sheets["targets"]))
    heads = [c.text for c in own.rows[0].cells]
    year = heads.index("年度" if lang == "zh" else "Year")
    widths = [c.width for c in own.rows[0].cells]
    assert max(widths) > 2 * widths[year]
    text = "\n".join(p.text for p in opened_word.paragraphs)
    # what the book links to the document links to, where the text names it
    away = [h for p in opened_word.paragraphs for h in p.hyperlinks]
    assert {unquote(h.address) for h in away} == links
    assert all(h.text == unquote(h.address) for h in away)
    assert found.title in text
    titles = [p.text for p in opened_word.paragraphs if p.style.name.startswith("Heading")]
    assert all(h[0].upper() == h[0] for h in (*titles, *heads, *opened.sheetnames))
    assert summary.run.id in text


def test_a_target_that_is_to_be_equal_has_no_apostrophe(run, tmp_path):
    """Its cell is text that begins with the relation, and no formula."""
    summary = read_run_summary(run)
    first = summary.targets[0].model_copy(update={"relation": "=", "year": 2030})
    found = assessment(
        2030, summary.model_copy(update={"targets": (first,)}), entries(), None, "zh"
    )
    book, _ = write_assessment(found, run, tmp_path / "考核")
    own = [
        c
        for ws in openpyxl.load_workbook(book)
        for row in ws.iter_rows()
        for c in row
        if isinstance(c.value, str) and c.value.startswith("=")
    ]
    (cell,) = [c for c in own if "HYPERLINK" not in c.value]
    assert cell.value.startswith("= ")
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_projects_the_run_did_not_count_are_named(run):
    """100 MW of PV and 30 MW of storage in operation, 50 MW of wind planned; C is no energy."""
    plan, summary = sample_plan("tiny"), read_run_summary(run)
    rows = entries()[:1] + entries()[2:]
    for i, (kind, stage, mw) in enumerate(
        (("storage", "full", 30.0), ("wind", "planned", 50.0))
    ):
        own = Project(id=f"N{i}", name="x", kind=kind, stage=stage, capacity_mw=mw)
        rows.append(Entry(STAMP, "added", own, None, 9 + i))
    (note,) = not_counted_notes(plan, summary, rows, 4544)
    assert "read no register" in note("en")
    assert "2 in operation (A, N0), PV and wind 100.0 MW, storage 30.0 MW" in note("en")
    assert "1 planned (N1), PV and wind 50.0 MW, storage 0.0 MW" in note("en")
    found = assessment(2030, summary, rows, None, "zh", [note])
    assert note("zh") in found.notes
    # a run that read them says nothing, until one of them is another
    projects, _ = ledger_projects(plan, rows, 4544)
    storage, _ = ledger_projects(plan, rows, 4544, frozenset({"storage"}))
    digest = Registered(projects=projects, storage=storage).sha256
    read = summary.provenance.model_copy(update={"inputs": {"register": digest}})
    summary = summary.model_copy(update={"provenance": read})
    assert not_counted_notes(plan, summary, rows, 4544) == ()
    (changed,) = not_counted_notes(plan, summary, rows[:-1], 4544)
    assert "not those the run read" in changed("en")
    assert not_counted_notes(plan, read_run_summary(run), rows[1:2], 4544) == ()  # forestry


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_over_http_it_is_the_same_table(run, tmp_path, monkeypatch, lang):
    pytest.importorskip("fastapi")
    from types import SimpleNamespace

    from fastapi.testclient import TestClient

    from geoplan.api.app import create_api
    from geoplan.api.desk import Desk
    from geoplan.register.adding import add_projects, epsg_of, stamp_of
    from geoplan.register.reading import Brought
    from geoplan.register.store import opened
    from tests.geoplan.api.test_api import BEARER, HERE, TOKEN, make_plan, places

    desk = Desk(make_plan(tmp_path), register=tmp_path / "a.gpkg")
    summary = read_run_summary(run)
    monkeypatch.setattr(desk, "run", lambda: SimpleNamespace(summary=summary))
    plan = desk.plan()
    row = {"id": "A", "name": "一期", "kind": "pv", "stage": "投产", "year": 2025}
    add_projects(desk.place(), plan, [Brought("t", row, None)], stamp_of(plan, "", ""))
    with opened(desk.place(), epsg_of(plan)) as ledger:
        kept, last = list(ledger.current().values()), ledger.last_check()
    more = not_counted_notes(plan, summary, kept, epsg_of(plan))
    assert len(more) == 0  # of A nobody said the capacity
    want = assessment_as_dict(assessment(2025, summary, kept, last, lang))
    app = create_api(desk, TOKEN, "zh", places=places())
    with TestClient(app, base_url=HERE, headers=BEARER) as c:
        got = c.get(f"/v1/register/year/2025?lang={lang}")
        assert got.status_code == 200
        assert got.json() == json.loads(json.dumps(to_json(want)))
        assert [p["id"] for p in got.json()["sheets"]["projects"]] == ["A"]
        assert c.get("/v1/register/year/1").status_code == 422


@pytest.mark.parametrize("folder", [True, False])
def test_json_writes_the_files_where_a_folder_is_given(
    run, tmp_path, monkeypatch, capsys, folder
):
    from geoplan.cli import main
    from tests.geoplan.api.test_api import make_plan

    plan = make_plan(tmp_path)
    register = tmp_path / "a.gpkg"
    row = ["--name", "一期", "--kind", "pv", "--stage", "投产"]
    assert (
        main(["register", "add", str(plan), "--id", "A", *row, "--register", str(register)])
        == 0
    )
    monkeypatch.setattr("geoplan.commands.register.finished_run", lambda *_: run)
    capsys.readouterr()
    out = tmp_path / "考核"
    words = ["register", "year", "2025", str(plan), "--register", str(register), "--json"]
    assert main([*words, *(["-o", str(out)] if folder else [])]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["year"] == 2025
    written = sorted(p.suffix for p in out.glob("*")) if out.exists() else []
    assert written == ([".docx", ".xlsx"] if folder else [])
    assert all(str(p) in said.err for p in out.glob("*"))
    assert not list(tmp_path.glob("small_2025*"))
