"""Text of data in documents: no character they cannot hold, nothing a spreadsheet runs."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.files.plain_text import harmless, harmless_table, washed


@given(st.text(st.characters(codec=None)))
def test_any_text_can_stand_in_xml(text):
    out = washed(text)
    assert len(out) == len(text)
    found = ET.fromstring(f"<a>{escape(out)}</a>").text or ""
    # a parser reads a return as a line
    assert found == out.replace("\r\n", "\n").replace("\r", "\n")
    assert washed(out) is out


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_as_a_formula(first):
    text = f"{first}HYPERLINK(1)"
    assert harmless(text) == f"'{text}"
    table = harmless_table(
        pd.DataFrame({text: [text, "a"], "n": [1.5, -2.0], "a": ["x", None]})
    )
    assert list(table.columns) == [f"'{text}", "n", "a"]
    assert table.iloc[0, 0] == f"'{text}"
    assert table["n"].tolist() == [1.5, -2.0]
    out = io.BytesIO()
    table.to_excel(out, index=False)
    cells = [c for row in openpyxl.load_workbook(out).active.iter_rows() for c in row]
    assert all(c.data_type != "f" for c in cells)


def test_two_columns_of_one_name_stay_two():
    table = pd.DataFrame([["=a", "=b"]], columns=["x", "x"])
    assert harmless_table(table).iloc[0].tolist() == ["'=a", "'=b"]
