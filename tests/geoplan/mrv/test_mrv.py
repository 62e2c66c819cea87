"""The inventory as a workbook that recalculates to the summary; parcels that come back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from openpyxl import load_workbook
from shapely.affinity import translate

from carbon_sink.outcome_change import ChangeSummary
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_monitor import monitor_step
from carbon_sink.step_targets import targets_step
from geoplan.mrv.book import TOTALS, write_mrv_book
from geoplan.mrv.parcels import (
    FIELDS,
    SCHEMA,
    STAND_FIELDS,
    read_parcels,
    write_parcels,
    write_stands,
)
from gis.errors import DataError
from layers.result import StepResult, optional_table, read_layer, save_step
from layers.run_folder import RunFolder
from layers.spec import Text
from tests.carbon_sink.conftest import quiet, write_plan
from tests.geoplan.test_workbooks import recalculated

MORE = """
[carbon]
year = 2024
draws = 1000
[monitor]
area_u95_frac = 0.05
area_u95_source = "synthetic"
[[monitor.recalculations]]
year = 2020
what = "=1+1"
before_tc = 100.0
after_tc = 90.0
reason = "another factor"
date = "2026-01-05"
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mrv")
    plan = write_plan(folder, more=MORE)
    work = folder / "work"
    work.mkdir()
    kept = RunFolder(folder / "out", work)
    for name, step in (
        ("carbon", carbon_step), ("targets", targets_step), ("monitor", monitor_step)
    ):  # fmt: skip
        result = step(plan, work, quiet)
        save_step(kept, name, result)
    told = SimpleNamespace(
        monitor=result.summary.monitor,
        carbon=SimpleNamespace(soc_depth_cm=30),
        plan=SimpleNamespace(
            id="mini", adcode="", as_of="2026-11-22", synthetic=True, sha256="0" * 64,
            title=Text(zh="小县", en="mini county"),
        ),
    )  # fmt: skip
    return told, work


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_total_is_a_formula(run, tmp_path, lang):
    import openpyxl

    path = write_mrv_book(tmp_path / "mrv.xlsx", *run, lang=lang)
    book = openpyxl.load_workbook(path)
    cover = book.worksheets[0]
    assert all(str(cover[c].value).startswith("=") for c in TOTALS.values())
    words = " ".join(str(c.value) for c in cover["A"] if c.value)
    assert {"zh": "未逐条核对", "en": "were not compared"}[lang] in words
    assert "0–30 cm" in words or "0-30 cm" in words
    other = "汇总" if lang == "en" else "Summary"
    assert other not in book.sheetnames
    log = book[{"zh": "重算记录", "en": "Recalculations"}[lang]]
    cells = [c.value for row in log.iter_rows() for c in row if isinstance(c.value, str)]
    assert not [c for c in cells if c.startswith("=")]  # a file's words are no formula


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_the_workbook_recalculates_to_the_summary(run, tmp_path):
    path = write_mrv_book(tmp_path / "mrv.xlsx", *run, lang="en")
    book = recalculated(path, tmp_path / "again")
    cover = book.worksheets[0]
    found = {k: cover[c].value for k, c in TOTALS.items()}
    for line in run[0].monitor.inventory:
        if line.value != line.value:
            assert found[line.id] in (None, "")  # not estimated is not 0
        else:
            assert found[line.id] == pytest.approx(line.value, rel=1e-9), line.id
    errors = [
        c.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for c in row
        if isinstance(c.value, str) and c.value.startswith("#")
    ]
    assert errors == []


def test_a_class_of_which_nothing_is_estimated_has_no_stock_of_zero(run, tmp_path):
    import openpyxl

    from layers.result import read_table

    table = read_table(run[1], "mrv_activity")
    blank = table[table["total_tc"].isna()]
    # built land has pools that are 0 by rule and no soil: not estimated
    assert (blank["dead_wood_tc_ha"] == 0).any()
    sheet = openpyxl.load_workbook(write_mrv_book(tmp_path / "m.xlsx", *run, lang="en"))[
        "Activity and factors"
    ]
    rows = {r[1]: r for r in sheet.iter_rows(min_row=5, values_only=True)}
    for title in blank["title_en"]:
        assert rows[title][5:11] == (None,) * 6
    known = table[table["total_tc"].notna()].iloc[0]
    assert any(v is not None for v in rows[known["title_en"]][5:11])


def test_without_an_inventory_there_is_no_book(tmp_path):
    (tmp_path / "steps").mkdir()
    empty = SimpleNamespace(monitor=None, plan=None)
    with pytest.raises(ValueError, match="monitor"):
        write_mrv_book(tmp_path / "x.xlsx", empty, tmp_path, lang="en")
    with pytest.raises(ValueError, match="parcels"):
        write_parcels(tmp_path, empty, tmp_path, year=2024)


# ------------------------------------------------------------------ parcels

TOTAL = ("count", "area_ha", "total_tc", "not_estimated_ha", "outline_ha")


def test_parcels_come_back_as_they_were_sent(run, tmp_path):
    told, work = run
    path, document = write_parcels(tmp_path, told, work, year=2024)
    assert path.exists()
    again = read_parcels(document)
    sent = read_layer(work, "ecosystem")
    assert set(FIELDS) <= set(again.columns)
    assert len(again) == len(sent)
    both = again.set_index("parcel_id").loc[sent["parcel_id"]]
    np.testing.assert_allclose(both["area_ha"], sent["area_m2"] / 1e4, rtol=1e-12)
    np.testing.assert_allclose(both["total_tc_ha"], sent["total_tc_ha"], rtol=1e-12)
    assert both["total_tc_ha"].isna().tolist() == sent["total_tc_ha"].isna().tolist()
    assert both["dlbm"].tolist() == sent["dlbm"].tolist()  # leading zeros stay
    raw = json.loads(document.read_text("utf-8"))
    assert (raw["schema"], raw["plan"]["synthetic"]) == (SCHEMA, True)
    assert raw["totals"]["area_ha"] == pytest.approx(sent["area_m2"].sum() / 1e4)
    wet = both[both["wet_law"] == 1]["dlbm"].tolist()
    assert sorted(wet) == ["1101", "1106"]


def test_stands_come_back_with_their_interval(run, tmp_path):
    told, _ = run
    words = {k for k, u in STAND_FIELDS.items() if not u} - {"stand_id", "year"}
    text = {k: ["a", "b"] for k in words}
    numbers = {k: [1.5, np.nan] for k, u in STAND_FIELDS.items() if u and k != "total_tc"}
    stands = gpd.GeoDataFrame(
        {"stand_id": ["007", "008"], **text, **numbers, "area_ha": [2.0, 3.0]},
        geometry=[shapely.box(x, 4.3e6, x + 1, 4.3e6 + 1) for x in (6.3e5, 6.4e5)],
        crs="EPSG:4544",
    )
    kept = RunFolder(tmp_path / "out", tmp_path / "work")
    (tmp_path / "work").mkdir()
    save_step(kept, "stand", StepResult(layers={"stands": stands}))
    work = tmp_path / "work"
    _, document = write_stands(tmp_path / "sent", told, work, year=2024)
    again = read_parcels(document)
    assert again["stand_id"].tolist() == ["007", "008"]  # leading zeros stay
    raw = json.loads(document.read_text("utf-8"))
    # 1.5 tC/ha on 2 ha; 3 ha are not estimated, not 0
    assert (raw["totals"]["total_tc"], raw["totals"]["not_estimated_ha"]) == (3.0, 3.0)
    assert set(raw["fields"]) == set(STAND_FIELDS)
    assert write_stands(tmp_path, told, tmp_path / "nothing", year=2024) is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layer": "roads"}, "layer"),
        ({"schema": "other/1"}, "schema"),
        ({"file": "../parcels.gpkg"}, "beside"),
        ({"file": "/etc/passwd"}, "beside"),
        ({"totals": {"area_ha": 1.0}}, "no totals"),
        ({"totals": None}, "no totals"),
        ({"extent": None}, "no extent"),
        ({"crs": "EPSG:4545"}, "another system"),
        (
            {"totals": dict.fromkeys(TOTAL, 1)},
            "add up",
        ),
        (
            {"totals": {**dict.fromkeys(TOTAL, 1), "count": "many"}},
            "add up",
        ),
    ],
)
def test_a_document_that_does_not_fit_is_refused(run, tmp_path, change, said):
    _, document = write_parcels(tmp_path, *run, year=2024)
    raw = json.loads(document.read_text("utf-8"))
    document.write_text(json.dumps({**raw, **change}), "utf-8")
    with pytest.raises(DataError, match=said):
        read_parcels(document)


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_document_is_refused(tmp_path, text):
    file = tmp_path / "parcels.json"
    file.write_text(text, "utf-8")
    with pytest.raises(DataError):
        read_parcels(file)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda t: t.assign(area_ha=t["area_ha"].astype(str)), "no numbers; got area_ha"),
        (lambda t: t.assign(total_tc_ha=2 * t["total_tc_ha"]), "not area x density"),
        (
            # the first parcel of 1 km2, its middle at 630,500 m, 100 km to the east of it
            lambda t: t.set_geometry(
                [g if i else translate(g, 1e5) for i, g in enumerate(t.geometry)], crs=t.crs
            ),
            r"1: B00 \(730500, 4300500\); expected 630000..634000, 4300000..4303000; check",
        ),
        (lambda t: t.set_geometry(t.geometry.translate(1e5, 0)), "outside the land.*12: B00"),
        (lambda t: t.to_crs("EPSG:4490"), "another system"),
        (lambda t: t.assign(category="x"), "no such land category; got 12: B00 x"),
        (lambda t: t.assign(dlbm="9999"), "no such class code; got 12: B00 9999"),
        (lambda t: t.assign(wet_law=1 - t["wet_law"]), "wetland flag"),
        (lambda t: t.set_geometry([None, *t.geometry[1:]], crs=t.crs), "add up.*got count 11"),
        # half of every outline: the areas stated stay, the land is another
        (lambda t: t.set_geometry(t.geometry.scale(1, 0.5)), "do not add up.*outline_ha"),
    ],
)
def test_parcels_that_do_not_hold_together_are_refused(run, tmp_path, spoil, said):
    path, document = write_parcels(tmp_path, *run, year=2024)
    table = spoil(gpd.read_file(path))
    Path(path).unlink()
    table.to_file(path, layer="parcels")
    with pytest.raises(DataError, match=said):
        read_parcels(document)
    with pytest.raises(DataError, match="not a document"):
        read_parcels(tmp_path / "nothing.json")


def test_the_sheet_of_the_change_says_what_its_total_is_a_bound_of(run, tmp_path, monkeypatch):
    told, work = run
    rows = pd.DataFrame(
        {
            "before": ["forest_arbor"], "after": ["built"], "area_ha": [100.0],
            "total_tc": [-4346.0], "low_tc": [-8000.0], "high_tc": [-1300.0],
            "not_estimated": ["soc"],
        }
    )  # fmt: skip

    def table(folder, name):
        return rows if name == "carbon_change_waterfall" else optional_table(folder, name)

    monkeypatch.setattr("geoplan.mrv.book.optional_table", table)
    note = Text(zh="上限：土壤未估算", en="an upper bound: soil is not estimated")
    change = ChangeSummary.model_construct(bound_note=note)
    told = SimpleNamespace(
        monitor=told.monitor, plan=told.plan,
        carbon=SimpleNamespace(soc_depth_cm=30, change=change),
    )  # fmt: skip
    write_mrv_book(tmp_path / "m.xlsx", told, work, lang="zh")
    sheet = load_workbook(tmp_path / "m.xlsx")["土地利用变化"]
    cells = [c.value for row in sheet.iter_rows() for c in row]
    assert note.zh in cells
    lacks = next(c for c in cells if c == "未估算的碳库")
    assert lacks
    assert sheet.cell(row=5, column=9).value == "土壤有机碳"


def test_parcels_without_a_field_are_refused(run, tmp_path):
    path, document = write_parcels(tmp_path, *run, year=2024)
    less = gpd.read_file(path).drop(columns=["township"])
    Path(path).unlink()
    less.to_file(path, layer="parcels")
    with pytest.raises(DataError, match="township"):
        read_parcels(document)
