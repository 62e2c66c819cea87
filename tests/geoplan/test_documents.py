"""The document model and its two renderings."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import pytest

from geoplan.report.document import (
    Document,
    Figure,
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Table,
)
from geoplan.report.html import write_html
from geoplan.report.word import write_word
from tests.conftest import ROOT

HOSTILE = '<script>alert("x")</script>'
# a 1 x 1 PNG
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def document(tmp_path: Path) -> Document:
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    return Document(
        title="报告",
        subtitle="合成",
        lang="zh",
        footer="内部资料",
        blocks=[
            Heading(1, "概要"),
            Paragraph("面积见{areas}，位置见{where}，{unknown} 不是引用。"),
            Paragraph("合成数据", "banner"),
            Table("areas", "面积", ["项", "公顷"], [[HOSTILE, "1.0"]], frozenset({1})),
            Figure("where", "位置", picture, "位置图"),
            Items(["ENG-009 甲", "乙"]),
            PageBreak(),
            Table("more", "更多", ["a"], [["PV-031、PV-032"]], total_row=True),
        ],
    )


def test_tables_and_figures_are_numbered_apart(document: Document) -> None:
    assert document.labels() == {"areas": "表 1", "where": "图 1", "more": "表 2"}


def test_an_id_used_twice_is_refused() -> None:
    twice = [Table("x", "c", ["a"], []), Table("x", "c", ["a"], [])]
    with pytest.raises(ValueError, match="twice"):
        Document("t", "s", "zh", "f", twice).numbers()


def test_html_escapes_and_needs_no_network(document: Document, tmp_path: Path) -> None:
    text = write_html(document, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "http://" not in text
    assert "https://" not in text
    assert '<a href="#areas">表 1</a>' in text
    assert "{unknown}" in text
    assert "data:image/png;base64," in text


def test_word_has_styles_fields_and_chinese_fonts(document: Document, tmp_path: Path) -> None:
    path = write_word(document, tmp_path / "r.docx")
    with zipfile.ZipFile(path) as z:
        body = z.read("word/document.xml").decode()
        styles = z.read("word/styles.xml").decode()
        footer = "".join(z.read(n).decode() for n in z.namelist() if "footer" in n)
    assert body.count("<w:noBreakHyphen/>") == 3  # a code stands on one line, and is found
    read = docx.Document(str(path))
    assert "ENG-009 甲" in [p.text for p in read.paragraphs]
    assert read.tables[1].cell(1, 0).text == "PV-031、\u200bPV-032"
    assert body.count("<w:tblHeader/>") == 2  # headers repeat on every page
    assert "SEQ table" in body
    assert "SEQ figure" in body
    assert "REF ref_areas" in body
    assert 'w:name="ref_areas"' in body
    assert "PAGEREF chapter_1 " in body
    assert 'w:name="chapter_1"' in body
    bullet = read.styles["List Bullet"].paragraph_format
    # the line begins 18 pt left of the others, where the bullet is
    assert (bullet.left_indent.pt, bullet.first_line_indent.pt) == (18, -18)
    # python-docx sets only the Latin font; without eastAsia Word takes another for Chinese
    assert 'w:eastAsia="仿宋"' in styles
    assert 'w:eastAsia="黑体"' in styles
    assert "PAGE" in footer
    assert "内部资料" in footer
    assert 'descr="位置图"' in body
    # behind the last table there is a line of one point: no page for it alone
    assert read.paragraphs[-1].paragraph_format.line_spacing.pt == 1
    ids = [part.split('"')[0] for part in body.split('w:bookmarkStart w:id="')[1:]]
    assert len(ids) == len(set(ids)) == 4  # three captions and a chapter


@pytest.mark.parametrize(
    ("rows", "kept"),
    [(1, [0]), (8, [*range(8)]), (9, [0, 1, 2, 3, 7, 8]), (40, [0, 1, 2, 3, 38, 39])],
)
def test_a_short_table_stays_whole_and_no_few_rows_stand_alone(
    tmp_path: Path, rows: int, kept: list[int]
) -> None:
    """Row 0 is the header; a row that is kept stays on the page of the next one.

    The head with four rows, and the last three, stand together.
    """
    table = Table("t", "表", ["a"], [[str(k)] for k in range(rows)])
    path = write_word(Document("t", "s", "zh", "f", [table]), tmp_path / "r.docx", cover=False)
    with zipfile.ZipFile(path) as z:
        body = z.read("word/document.xml").decode()
    found = body.partition("<w:tbl>")[2] or body.partition("<w:tbl ")[2]
    lines = found.partition("</w:tbl>")[0].split("</w:tr>")[:-1]
    assert [i for i, line in enumerate(lines) if "<w:keepNext/>" in line] == kept


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice not here")
def test_word_opens_in_libreoffice(document: Document, tmp_path: Path) -> None:
    path = write_word(document, tmp_path / "r.docx")
    subprocess.run(
        ["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert (tmp_path / "r.pdf").stat().st_size > 5000


def test_a_year_nobody_knows_is_an_empty_cell():
    """A column of whole numbers says so in its own word, which no spreadsheet takes."""
    import openpyxl
    import pandas as pd

    from geoplan.report.frames import frame_table
    from geoplan.report.workbook import fill_sheet

    frame = pd.DataFrame({"year": pd.array([2010, None], dtype="Int64"), "name": ["甲", "乙"]})
    frame["day"] = pd.to_datetime(["2026-01-01", None])
    sheet = openpyxl.Workbook().active
    fill_sheet(sheet, frame)
    assert [c.value for c in sheet["A"]] == ["year", 2010, None]
    assert sheet["C3"].value is None
    table = frame_table("t", "t", frame, ("year", "name"), "en")
    assert table.rows[1][0] == "—"


def test_text_from_a_layer_never_becomes_a_formula(tmp_path: Path) -> None:
    import openpyxl
    import pandas as pd

    from geoplan.report.workbook import fill_sheet
    from gis.files.plain_text import harmless_table

    frame = pd.DataFrame({"name": ["=1+1", "-5 m", "路"], "x": [1.0, float("nan"), -2.0]})
    book = openpyxl.Workbook()
    fill_sheet(book.active, frame)
    book.save(tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].value == "'=1+1"  # as in the CSV
    assert sheet["B3"].value is None  # not known is empty, not zero
    assert sheet["B4"].value == -2.0
    assert sheet.freeze_panes == "A2"
    assert list(harmless_table(frame)["name"]) == ["'=1+1", "'-5 m", "路"]
    assert list(harmless_table(frame)["x"])[2] == -2.0


def test_control_characters_of_data_stand_in_no_document(tmp_path: Path) -> None:
    # a township called "A<vertical tab>town" ended the report with a traceback
    import docx
    import openpyxl
    import pandas as pd

    from geoplan.report.document import Document, Heading, Items, Paragraph, Table
    from geoplan.report.html import write_html
    from geoplan.report.workbook import write_workbook

    bad = "A\x0btown \ud83d\ufffe"
    document = Document(
        bad, bad, "en", bad,
        [Heading(1, bad), Paragraph(bad), Items([bad]), Table("t", bad, [bad], [[bad]])],
    )  # fmt: skip
    path = write_word(document, tmp_path / "r.docx")
    word = docx.Document(str(path))
    assert word.tables[0].rows[1].cells[0].text == "A town   "
    page = write_html(document, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "\x0b" not in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy  # a report needs none
    bad = bad.replace("\ud83d", "")  # a table holds whole characters
    book = write_workbook(tmp_path / "t.xlsx", {"t": pd.DataFrame({bad: [bad, [bad]]})})
    sheet = openpyxl.load_workbook(book).active
    assert sheet["A1"].value == sheet["A2"].value == "A town  "


def test_years_and_shares_of_a_table_read_as_such():
    import pandas as pd

    from geoplan.report.frames import frame_table

    frame = pd.DataFrame({"year": [2025], "uncertainty_frac": [0.0618], "ha_mw": [1.6667]})
    table = frame_table("t", "", frame, list(frame.columns), "en")
    # a year is no quantity; 0.1 would be no answer; land per power, not power
    assert table.rows[0] == ["2025", "6.2", "1.7"]
    assert table.headers[1].endswith("[%]")
    assert [h for h in table.headers if "[ha/MW]" in h]


def test_the_source_of_a_cell_is_a_title_and_no_id():
    import pandas as pd

    from geoplan.report.frames import frame_table

    frame = pd.DataFrame({"source": ["land_parcels; ndvi_base", "synthetic", "县林草局 2024"]})
    zh, en = (frame_table("t", "", frame, ["source"], lang) for lang in ("zh", "en"))
    assert zh.rows == [
        ["地类图斑（国土变更调查 DLTB）; 基期归一化植被指数"],
        ["合成"],
        ["县林草局 2024"],
    ]
    assert en.rows[1] == ["synthetic"]
    assert "land_parcels" not in en.rows[0][0]


def test_rows_of_several_units_keep_the_digits_of_each():
    import pandas as pd

    from geoplan.report.frames import frame_table

    # cubic metres by the hundred thousand took the decimals of the share beside them
    frame = pd.DataFrame(
        {"year": [2020.0, 2022.0], "value": [533_567.27, 38.9], "unit": ["m3", "%"]}
    )
    table = frame_table("t", "", frame, list(frame.columns), "en")
    assert [r[:2] for r in table.rows] == [["2020", "533,567"], ["2022", "38.9"]]


def test_the_guide_from_folder_to_file_names_what_a_run_writes(tiny_run: Path):
    guide = (ROOT / "docs/guide/folder-to-file.md").read_text(encoding="utf-8")
    (line,) = [x for x in guide.splitlines() if x.startswith("成果在")]
    named = re.findall(r"`([a-z]+\.[a-z]+)`", line.partition("；")[0])
    assert {"map.html", "report.html", "onepage.pdf", "results.qgz"} <= set(named)
    assert [n for n in named if not (tiny_run / n).is_file()] == []
