"""What leaves the program hour by hour, the sheet of equipment, and whose loss it is."""

from __future__ import annotations

import numpy as np
import openpyxl
import pandas as pd
import pvlib
import pytest

from geoplan.report.pv_workbook import write_pv_workbook
from siting.pv.plant.chain import site_yield
from siting.pv.plant.hourly import hours_of, sam_weather, year_near_the_mean
from siting.pv.plant.plant import PvPlant
from siting.pv.plant.waterfall import waterfall_table
from siting.pv.study.assess import assess
from siting.pv.study.equipment_table import equipment_table
from siting.pv.study.section import PvSection
from tests.siting.pv.pv_cases import clear_resource, some_plant, tmy_resource
from tests.siting.pv.test_pv_equipment import SHEET


def test_every_hour_closes():
    """DC less inverter, clipping and what comes behind it is AC, in every hour; MW are the
    plant's; the marks say start, middle and end of the hour."""
    given = {"inverter": "string_1500v", "inside_hour": True, "line_frac": 0.01}
    y = site_yield(clear_resource(0.2), some_plant(**given, losses={"availability": 0.03}))
    t = hours_of(y, 12.5)
    lost = t["inverter_mw"] + t["clipped_mw"] + t["delivery_mw"]
    np.testing.assert_allclose(t["dc_mw"] - lost, t["ac_mw"], atol=1e-12)
    np.testing.assert_allclose(t["losses_mw"], lost, atol=1e-12)
    assert t["ac_mw"].sum() == pytest.approx(12.5 * y.kwh_kwp_yr)
    assert (t["middle"] - t["start"] == t["end"] - t["middle"]).all()
    assert str(t["start"].iloc[0]) == "2001-01-01 00:00:00+07:00"
    named = {"ghi_w_m2", "temp_air_c", "wind_speed_m_s", "poa_w_m2", "temp_cell_c"}
    assert named <= set(t.columns)
    assert t["ghi_w_m2"].to_numpy() == pytest.approx(y.resource.ghi_w_m2)


def test_sam_reads_the_weather(tmp_path):
    """NSRDB's format, 8,760 hours with their marks in the middle, as pvlib reads it."""
    res = tmy_resource("greensboro")
    path = sam_weather(tmp_path / "w.csv", res, res.years[0])
    table, head = pvlib.iotools.read_nsrdb_psm4(path, map_variables=True)
    assert len(table) == 8760
    assert head["latitude"] == pytest.approx(res.weather.lat, abs=1e-4)
    assert head["Time Zone"] == res.weather.utc_offset_h
    assert table["ghi"].to_numpy() == pytest.approx(res.ghi_w_m2, abs=1e-3)
    assert set(table.index.minute) == {30}
    years = pd.Series({2015: 1500.0, 2016: 1590.0, 2017: 1600.0})
    assert year_near_the_mean(years) == 2016  # the mean is 1,563


def test_whose_loss_it_is():
    """LID is the module's, soiling the plan's, mismatch PVWatts' default; shade is computed."""
    plant = some_plant().model_copy(update={"losses": {"soiling": 0.02}})
    t = waterfall_table(site_yield(clear_resource(), plant).waterfall).set_index("step")
    assert t.loc["lid", ["given", "quality"]].tolist() == ["module", "source"]
    assert "Jinko" in t.loc["lid", "source_en"]
    assert t.loc["soiling", "given"] == "plan"
    assert t.loc["mismatch", "given"] == "default"
    assert "Dobos" in t.loc["mismatch", "source_en"]
    assert t.loc["near_shading", ["given", "source_en"]].tolist() == ["computed", ""]


def test_the_sheet_of_equipment():
    """24 to 26 in series of this sheet at a window of 860 V to 1500 V; unknown is left out."""
    inverter = {"id": "w", "mppt_min_v": 860.0, "mppt_max_v": 1500.0, "vdc_max_v": 1500.0}
    given = {"coldest_c": -20.0, "hottest_c": 70.0, "line_frac": 0.01}
    y = site_yield(clear_resource(), some_plant(module=SHEET, inverter=inverter, **given))
    t = equipment_table(y)
    of = t.set_index(["part", "item_en"])["value"]
    assert of["string", "modules in series, from - to"] == "24 - 26"
    assert of["string", "modules in series"] == "26"
    assert of["module", "temperature coefficient of power"] == "-0.290"
    assert of["transformer", "AC lines at rated power"] == "1.00%"
    assert ("transformer", "cores of transformers") not in of.index
    plain = equipment_table(site_yield(clear_resource(), some_plant()))
    assert set(plain["part"]) == {"module", "inverter"}
    assert (t["value"] != "").all()
    # who says it: the sheet has no figure of ageing, the plan no DC model and no ratio
    told = t.set_index(["part", "item_en"])["source_en"]
    for item in (
        ("module", "loss a year"),
        ("module", "DC model"),
        ("inverter", "DC/AC ratio"),
    ):
        assert told[item] == "default value"
    assert told["transformer", "AC lines at rated power"] == "plan file"
    other = some_plant(dc_ac_ratio=1.4, preset="pvgis5", gcr=0.4, tilt_deg=30.0)
    made = site_yield(clear_resource(), other)
    told = equipment_table(made).set_index(["part", "item_en"])["source_en"]
    assert told["inverter", "DC/AC ratio"] == "plan file"
    assert told["module", "DC model"].startswith("PVGIS 5.3")
    told = equipment_table(made, drawn=True).set_index(["part", "item_en"])["source_en"]
    assert told["inverter", "DC/AC ratio"] == "computed"


def test_lid_that_no_file_says_is_the_default():
    """PVWatts' 1.5 % with its source, marked as a default."""
    of = PvPlant(module=SHEET).all_losses()
    assert (of.by_key["lid"][0], of.given["lid"]) == (0.015, "default")
    own = PvPlant(module={**SHEET, "lid_frac": 0.01}).all_losses()
    assert (own.by_key["lid"][0], own.given["lid"]) == (0.01, "module")


def test_the_workbook_says_what_it_rests_on(tmp_path):
    """Weather, place and whose LID it is; a typical year is no year."""
    res = tmy_resource("greensboro")
    section = PvSection(gcr=0.4)
    a = assess("s", section, res, capacity_mw=1.0, tilt_deg=30.0, lat=36.1)
    book = openpyxl.load_workbook(write_pv_workbook(tmp_path / "b.xlsx", a, lang="en"))
    cover = {r[0].value: r[1].value for r in book["Cover"].iter_rows(max_col=2)}
    assert cover["Module"] == "topcon_bifacial"
    assert cover["Weather"] == res.weather.source
    assert cover["Weather years"].startswith("a typical year")
    assert (
        cover["Place of the weather (longitude, latitude, height)"]
        == "79.95000 W, 36.10000 N, 273 m"
    )
    sources = {r[0].value: r[2].value for r in book["Sources"].iter_rows(max_col=3)}
    assert "Jinko" in sources["light-induced degradation"]
