"""The doctor's report as files: read back, escaped, capped with the number said."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import openpyxl
import pytest

from geoplan.checkup import files, page, tables, words
from geoplan.checkup.files import write_report
from geoplan.doctor import diagnose
from gis.errors import ConfigError
from layers.doctor.finding import limits
from tests.layers.doctor.test_findings import lattice
from tests.layers.open.test_open import plan_of  # noqa: F401 - a fixture

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def found(plan_of, tmp_path):  # noqa: F811
    """A county of 400 parcels: TBMJ doubled on 40, one of them with a name like HTML."""
    table = lattice()
    table.loc[100:139, "TBMJ"] *= 2
    table.loc[120, "BSM"] = EVIL
    table.to_file(tmp_path / "d.gpkg")
    plan = plan_of('[layers.land_parcels]\npath = "d.gpkg"\ndate = "2025"\n')
    return plan, diagnose(plan)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_four_files_of_one_list(found, tmp_path, lang):
    plan, diagnosis = found
    written = write_report(diagnosis, plan, tmp_path / "报告", lang)
    assert [p.name for p in written] == [
        "doctor.html",
        "doctor.xlsx",
        "doctor.json",
        "doctor_faults.gpkg",
    ]
    html, book, body, layer = written
    text = html.read_text(encoding="utf-8")
    assert EVIL not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert re.findall(r"https?://", text) == []
    assert "<script" not in text
    codes = [f.code for f in diagnosis.findings]
    sheets = openpyxl.load_workbook(book)
    first = sheets.worksheets[0]
    assert [r[9].value for r in first.iter_rows(min_row=2)] == codes
    assert [
        f["code"] for f in json.loads(body.read_text(encoding="utf-8"))["findings"]
    ] == codes
    shapes = gpd.read_file(layer, layer="faults")
    own = shapes[shapes["code"] == "parcels_area_differs"]
    assert len(own) == 40
    assert EVIL in set(own["feature"])
    assert own.crs.to_epsg() == 4544
    assert set(own.geom_type) == {"Polygon"}
    assert own["severity"].unique().tolist() == ["warning"]
    # 40 parcels of 25 ha, to the scale of the map
    assert own["area_m2"].sum() == pytest.approx(40 * 250_000, rel=2e-3)
    assert {"TBMJ"} <= set(" ".join(own["text_zh"]).replace("，", " ").split())


def test_what_is_cut_is_said(found, tmp_path, monkeypatch):
    plan, diagnosis = found
    for cap, said in (
        (40, "30 more places are not listed; all 40 are in doctor_faults.gpkg"),
        (35, "there are 40, of which doctor_faults.gpkg holds the first 35"),
    ):
        own = {**limits("shown"), "html": 10, "sheet": 10, "layer": cap}
        for module in (files, page, tables, words):
            monkeypatch.setattr(module, "limits", lambda _, own=own: own)
        folder = tmp_path / str(cap)
        write_report(diagnosis, plan, folder, "en")
        assert said in (folder / "doctor.html").read_text(encoding="utf-8")
        sheet = openpyxl.load_workbook(folder / "doctor.xlsx").worksheets[1]
        assert any(said in str(c.value) for row in sheet.iter_rows() for c in row)
        layer = gpd.read_file(folder / "doctor_faults.gpkg", layer="faults")
        assert len(layer[layer["code"] == "parcels_area_differs"]) == cap
        assert set(layer["total"]) >= {40}


def test_a_folder_that_cannot_be(found, tmp_path):
    plan, diagnosis = found
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "under"):
        with pytest.raises(ConfigError) as refused:
            write_report(diagnosis, plan, folder, "zh")
        assert "--report" in str(refused.value.faults[0].where)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "x"


def test_a_report_of_before_is_replaced_and_nothing_else(found, tmp_path):
    plan, diagnosis = found
    folder = tmp_path / "r"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    write_report(diagnosis, plan, folder, "zh")
    write_report(diagnosis, plan, folder, "zh")
    assert len(list(folder.iterdir())) == 5
    assert (folder / "mine.txt").read_text(encoding="utf-8") == "mine"
