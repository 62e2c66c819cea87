"""Workbooks recalculated by LibreOffice, and the report as PDF."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter

from geoplan.answers.target_sheet import fill_target_sheet
from geoplan.answers.target_table import answer_frame
from geoplan.demo import sample_plan
from geoplan.report.document import Document, Heading, PageBreak, Paragraph
from geoplan.report.pdf import to_pdf, to_pdfs
from geoplan.report.word import write_word
from geoplan.report.workbook import fill_sheet, print_ready
from gis.errors import ConfigError
from layers.result import read_layer
from tests.carbon_sink.test_targets import evaluated
from tests.conftest import ROOT

needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice is not installed"
)
ERRORS = ("#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#N/A", "#NUM!", "Err:")


def recalculated(path: Path, folder: Path) -> Any:
    """The workbook as LibreOffice calculates it anew (openpyxl leaves no values behind)."""
    out = folder / "recalculated"
    profile = (folder / "profile").as_uri()
    call = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "xlsx"]
    done = subprocess.run(
        [*call, "--outdir", str(out), str(path)], capture_output=True, check=False, timeout=120
    )
    assert (out / path.name).exists(), done.stderr.decode()
    return openpyxl.load_workbook(out / path.name, data_only=True)


def faults(book: Any) -> list[str]:
    return [
        f"{sheet.title}!{cell.coordinate}: {cell.value}"
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and cell.value.startswith(ERRORS)
    ]


def formulas(path: Path) -> list[tuple[str, str]]:
    book = openpyxl.load_workbook(path)
    return [
        (sheet.title, cell.coordinate)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]


def _indicators() -> pd.DataFrame:
    """A share, an area, one without an area, one unknown, one that is to stay below."""
    nan = float("nan")
    columns = (
        "id", "title_zh", "title_en", "value", "unit", "unit_zh", "unit_en", "target",
        "relation", "numerator", "denominator", "numerator_unit",
    )  # fmt: skip
    rows = [
        ("a", "=1+1", "=1+1", 10.0, "%", "%", "%", 12.0, ">=", 100.0, 1000.0, "ha"),
        ("b", "湿地", "wetland", 10.0, "万亩", "万亩", "10,000 mu", 13.0, ">=", nan, nan, None),
        ("c", "盖度", "cover", 40.0, "%", "%", "%", 41.0, ">=", nan, nan, None),
        ("d", "蓄积", "stock", nan, "m3", "立方米", "m3", 5.0, ">=", nan, nan, None),
        ("e", "建设", "built", 30.0, "%", "%", "%", 25.0, "<=", 300.0, 1000.0, "ha"),
    ]
    return pd.DataFrame(rows, columns=list(columns))


class _Answer(SimpleNamespace):
    def model_dump(self, exclude: set[str]) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if k not in exclude}


def test_the_sheet_ends_as_the_run_where_calibers_disagree() -> None:
    """9.05 % by one caliber, 6.66 % by another, 9 % asked for: uncertain, not met by the first.

    Of a target the plan names the caliber of, the others say nothing.
    """
    one = {
        "title": {"zh": "甲", "en": "a"}, "value": 9.05, "unit": "%", "target": 9.0,
        "relation": ">=", "low": None, "high": None,
    }  # fmt: skip
    rows = (
        _Answer(**{**one, "low": 6.66, "high": 9.05}, answer="uncertain"),
        _Answer(**one, answer="met"),
        _Answer(**{**one, "target": 10.0, "relation": "<="}, answer="met"),
    )
    book = openpyxl.Workbook()
    fill_target_sheet(book.active, answer_frame(rows), "en")
    shown = []
    for line in book.active.iter_rows(min_row=4):
        cells = {c.coordinate: c.value for c in line}
        shown.append([evaluated(line[k].value, cells) for k in (7, 10)])
    # and what is met lacks nothing: not -0.05, not 0.95
    assert shown == [[0.0, "Uncertain"], [0.0, "Met"], [0.0, "Met"]]


def test_a_goal_changed_to_lie_between_the_calibers_is_uncertain() -> None:
    """13.71 % by one caliber, 11.52 % by another: 11 % is met, 14 % is not, 12 % is open."""
    one = {
        "title": {"zh": "甲", "en": "a"}, "value": 13.71, "unit": "%", "target": 11.0,
        "relation": ">=", "low": 11.52, "high": 13.71, "answer": "met",
    }  # fmt: skip
    book = openpyxl.Workbook()
    fill_target_sheet(book.active, answer_frame((_Answer(**one),)), "en")
    line = next(book.active.iter_rows(min_row=4))
    shown = []
    for goal in (11.0, 12.0, 14.0):
        cells = {c.coordinate: c.value for c in line} | {"G4": goal}
        shown.append(evaluated(line[10].value, cells))
    assert shown == ["Met", "Uncertain", "Not met"]
    (rule,) = book.active.data_validations.dataValidation
    assert {str(x) for x in rule.sqref.ranges} == {"F4", "G4"}


@needs_office
@pytest.mark.slow
def test_text_in_a_yellow_cell_is_judged_by_nobody(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill_target_sheet(book.active, _indicators(), "en")
    book.active["G4"], book.active["F6"] = "55万", "约 3"
    book.save(tmp_path / "t.xlsx")
    sheet = recalculated(tmp_path / "t.xlsx", tmp_path).active
    rows = [[c.value for c in r] for r in sheet.iter_rows(min_row=4)]
    assert [rows[k][10] for k in (0, 2)] == ["Not judged", "Not judged"]
    assert not any(str(v).startswith("#") for row in rows for v in row)


@needs_office
@pytest.mark.slow
@pytest.mark.parametrize(("goal", "shown"), [(10.6, "0.000"), (550_000.0, "#,##0")])
def test_figures_of_a_target_are_as_fine_as_its_goal(goal: float, shown: str) -> None:
    """A goal of 550,000 m3 was shown as 550000.000."""
    rows = _indicators().assign(target=goal)
    book = openpyxl.Workbook()
    fill_target_sheet(book.active, rows, "en")
    assert book.active.cell(row=4, column=7).value == goal
    assert {book.active.cell(row=4, column=j).number_format for j in (6, 7, 8)} == {shown}


def test_long_lines_have_room_and_all_columns_are_on_the_page() -> None:
    """A line of 150 Chinese characters, each two columns wide, in a column of 100.

    Three lines of 100, and type of 11 pt needs 11 pt a line at the least: LibreOffice draws
    them over one another in a row that has no height.
    """
    book = openpyxl.Workbook()
    ws = book.active
    table = pd.DataFrame({"n": [1, 2], "text": ["短", "先" * 150]})
    fill_sheet(ws, table)
    ws.column_dimensions["B"].width = 100
    print_ready(ws)
    heights = [ws.row_dimensions[r].height for r in (1, 2, 3)]
    assert heights[:2] == [None, None]  # as the program likes it
    assert 3 * 11 <= heights[2] <= 5 * 16
    assert [ws.cell(r, 2).alignment.wrap_text for r in (2, 3)] == [None, True]
    assert ws.page_setup.orientation == "landscape"
    assert ws.sheet_properties.pageSetUpPr.fitToPage
    assert (ws.page_setup.fitToWidth, ws.page_setup.fitToHeight) == (1, 0)
    assert ws.print_title_rows == "$1:$1"


def test_a_wide_sheet_goes_on_over_pages_that_can_be_read() -> None:
    """A name of 30 and 40 columns of 20 signs: 830 x 7/96 inch at 11 pt are 60 inches.

    6 pt leave 33 inches; a page of 10.3 less the name's 1.2 has 9.1: 31.8 / 9.1 = 3.5 pages.
    """
    ws = openpyxl.Workbook().active
    fill_sheet(ws, pd.DataFrame({f"c{i}": [float(i)] for i in range(41)}))
    for i, letter in enumerate(map(get_column_letter, range(1, 42))):
        ws.column_dimensions[letter].width = 20 if i else 30
    print_ready(ws)
    assert ws.page_setup.fitToWidth == 4
    assert (ws.print_title_cols, ws.print_title_rows) == ("$A:$A", "$1:$1")


def test_every_book_prints_on_pages_as_wide_as_its_sheets() -> None:
    """Whoever writes a workbook lays out each sheet for paper."""
    writers = [p for p in (ROOT / "geoplan").rglob("*.py") if "Workbook()" in p.read_text()]
    assert len(writers) >= 9
    for path in writers:
        text = path.read_text(encoding="utf-8")
        assert "print_ready(" in text or "fitToWidth" in text or "lay_out(" in text, path


def test_target_formulas_by_hand(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    fill_target_sheet(book.active, _indicators(), "en")
    # an engineer raises the county's area: the share falls to 100 / 1250 = 8 %
    book.active["E4"] = 1250.0
    book.save(tmp_path / "t.xlsx")
    sheet = recalculated(tmp_path / "t.xlsx", tmp_path).active
    rows = [[c.value for c in r] for r in sheet.iter_rows(min_row=4)]
    # (12 - 8) % of 1250 ha = 50 ha = 750 mu
    assert rows[0][0] == "'=1+1"  # text of a plan stays text
    assert rows[0][5:11] == pytest.approx([8.0, 12.0, 4.0, 50.0, 750.0, "Not met"])
    # 3 x 10,000 mu = 30,000 mu = 2,000 ha
    assert rows[1][7:11] == pytest.approx([3.0, 2000.0, 30000.0, "Not met"])
    # no area follows from a cover without its area
    assert rows[2][7:11] == [1.0, None, None, "Not met"]
    assert rows[3][7:11] == [None, None, None, "Not judged"]
    # 30 % must come down to 25 % of 1000 ha: 50 ha too many
    assert rows[4][7:11] == pytest.approx([5.0, 50.0, 750.0, "Not met"])


@needs_office
@pytest.mark.slow
def test_tables_recalculate_without_errors(tiny_run: Path, tmp_path: Path) -> None:
    path = tiny_run / "tables.xlsx"
    live = formulas(path)
    assert {"目标测算"} == {sheet for sheet, _ in live}
    book = recalculated(path, tmp_path)
    assert faults(book) == []
    sheet = book["目标测算"]
    shown = {r[0].value: r for r in sheet.iter_rows(min_row=4)}
    table = pd.read_csv(tiny_run / "tables" / "indicators.csv", encoding="utf-8-sig")
    judged = table[table["gap_ha"].notna()]
    assert len(judged)
    for one in judged.itertuples():
        # the sheet's own formulas give the area the step gives
        needed = shown[one.title_zh][8].value
        assert needed == pytest.approx(max(0.0, one.gap_ha), rel=1e-9), one.id
    for ws in openpyxl.load_workbook(path).worksheets:
        assert ws.page_setup.orientation == "landscape", ws
        wide = [
            ws.column_dimensions[get_column_letter(i + 1)].width for i in range(ws.max_column)
        ]
        # no smaller than 6 pt of 11: a page has 10.3 inches, a column 7/96 of one
        assert sum(wide) / ws.page_setup.fitToWidth * 7 / 96 * 6 / 11 <= 10.3, ws
        assert ws.print_title_rows, ws
        for row in ws.iter_rows():
            if any(c.alignment.wrap_text and len(str(c.value)) > 100 for c in row):
                assert ws.row_dimensions[row[0].row].height >= 2 * 11, row[0]
    listed = {r[0].value for r in book["工作表说明"].iter_rows(min_row=2)}
    assert listed == set(book.sheetnames)


@needs_office
@pytest.mark.slow
def test_pv_workbook_recalculates_to_the_assessment(tiny_run: Path, tmp_path: Path) -> None:
    from geoplan.array.pv_files import pv_report
    from siting.pv.study.one_site import SiteChoice

    sites = read_layer(tiny_run, "sites")
    name = str(sites.loc[sites["tech"] == "pv", "site_id"].iloc[0])
    plan = sample_plan("tiny")
    found = pv_report(plan, tmp_path, SiteChoice(name), work=tiny_run, lang="en")
    path = found.files["workbook"]
    assert len(formulas(path)) > 100
    book = recalculated(path, tmp_path)
    assert faults(book) == []
    cover = book.worksheets[0]
    # row 11 of the cover is the P50 that the waterfall's chain of formulas ends in
    assert cover["B11"].value == pytest.approx(found.assessment.p.one_year[50], rel=1e-6)


@needs_office
@pytest.mark.slow
def test_pdf_of_a_word_report(tmp_path: Path) -> None:
    document = Document(
        title="平罗县报告", subtitle="", lang="zh", footer="",
        blocks=[Heading(1, "概况"), Paragraph("合成数据"), PageBreak(), Heading(1, "结果")],
    )  # fmt: skip
    docx = write_word(document, tmp_path / "报告.docx")
    pdf = to_pdf(docx)
    assert pdf == tmp_path / "报告.pdf"
    assert pdf.read_bytes()[:5] == b"%PDF-"
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", str(pdf), "-"], capture_output=True, check=True
        ).stdout.decode()
        assert "概况" in text
        # the contents have the pages: the second chapter is on the second
        assert re.search(r"概况[.\s]*1\n", text)
        assert re.search(r"结果[.\s]*2\n", text)


def test_a_libreoffice_that_does_not_end_keeps_what_it_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first file is whole, the second half written when it is stopped."""
    office = tmp_path / "office"
    office.write_text(
        '#!/bin/sh\nprintf "%%PDF-1.7 one\\n%%%%EOF\\n" > "$6/a.pdf"\n'
        'printf "%%PDF-1.7 tw" > "$6/b.pdf"\nexec sleep 60\n'
    )
    office.chmod(0o755)
    monkeypatch.setattr("geoplan.report.pdf.office", lambda: str(office))
    monkeypatch.setattr("geoplan.report.pdf._LONGEST_S", 1)
    told: list[tuple[int, int]] = []
    with pytest.raises(ConfigError, match="did not finish") as caught:
        to_pdfs(
            tmp_path / "a.docx", tmp_path / "b.docx",
            progress=lambda _, done, total: told.append((done, total)),
        )  # fmt: skip
    assert "b.docx" in str(caught.value)
    assert "save it as PDF" in str(caught.value)
    assert (tmp_path / "a.pdf").read_text().endswith("EOF\n")
    assert not (tmp_path / "b.pdf").exists()
    assert told == [(1, 2)]


def test_a_job_that_is_broken_off_leaves_no_libreoffice_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = tmp_path / "office"
    office.write_text(
        f'#!/bin/sh\necho $$ > "{tmp_path}/pid"\n'
        'printf "%%PDF-1.7 one\\n%%%%EOF\\n" > "$6/a.pdf"\nexec sleep 60\n'
    )
    office.chmod(0o755)
    monkeypatch.setattr("geoplan.report.pdf.office", lambda: str(office))

    def cancel(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        to_pdfs(tmp_path / "a.docx", tmp_path / "b.docx", progress=cancel)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_without_libreoffice_the_way_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geoplan.report.pdf.office", lambda: None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        to_pdf(tmp_path / "report.docx")
    assert "save it as PDF" in str(caught.value)
