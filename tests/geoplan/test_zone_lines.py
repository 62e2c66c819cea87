"""Sheets of zones on the command line and in the report, of a sheet whose figures are known."""

from __future__ import annotations

import pytest

from geoplan.answers.zone_lines import plus_lines, sheets_asked, zone_lines
from geoplan.answers.zone_part import zone_facts
from gis.errors import ConfigError
from layers.answers.answer import Words
from siting.connection.capacity import Capacity
from siting.zones.summary import ZoneSheet, ZoneSite


def sheet(**more):
    site = ZoneSite(
        site_id="PV-01", tech="pv", rank=1, zone_frac=0.116, held=False, area_ha=500.0,
        capacity_mw=300.0, p50_mwh_yr=None, p90_mwh_yr=None, substation="", route_length_m=None,
    )  # fmt: skip
    known = {k: 0.0 for k, f in Capacity.model_fields.items() if f.annotation is float}
    capacity = Capacity(sites=0, unknown_sites=0, with_grid_mw=None, **known)
    own = {
        "id": "gaoren", "kind": "zone", "title": Words(zh="高仁", en="Gaoren"),
        "purpose": "pv", "status": "official", "area_ha": 100.0,
        "land_ha": {"pv": {"left": 40.0, "taken": 60.0}},
        "sites": (site,), "capacity": capacity, "wind": capacity, "both": capacity,
        "pv_p50_mwh_yr": None,
        "pv_p90_mwh_yr": None, "wind_p50_mwh_yr": None, "wind_p90_mwh_yr": None, "approvals": 0,
        "storage_mw": None, "storage_mwh": None, "conflict_ha": {}, "roofs": None,
        "roofs_kwp": None, "roofs_mwh_yr": None, "park_turbines": None, "park_wind_mw": None,
        "park_wind_mwh_yr": None, "balance": None,
    }  # fmt: skip
    return ZoneSheet(**(own | more))


def test_a_sheet_says_its_land_and_how_much_of_a_site_lies_inside():
    lines = list(zone_lines([sheet()], "en"))
    assert lines[0] == "Gaoren"
    assert any("40.0 ha" in x and "60.0 ha" in x for x in lines)
    assert any("PV-01: 11.6 % inside (reaches in), 500.0 ha, 300.0 MW" in x for x in lines)
    assert ["area (ellipsoidal, within the county)", "100.0 ha"] in list(
        zone_facts(sheet(), "en")
    )


def test_a_zone_is_asked_by_its_id_or_either_title():
    both = (sheet(), sheet(id="b", title=Words(zh="乙", en="B")))
    assert [s.id for s in sheets_asked(both, "乙")] == ["b"]
    assert [s.id for s in sheets_asked(both, "gaoren")] == ["gaoren"]
    assert sheets_asked(both, "") == both
    with pytest.raises(ConfigError, match="nowhere"):
        sheets_asked(both, "nowhere")


def test_no_zone_is_said():
    (line,) = zone_lines([], "zh")
    assert line == "规划没有片区，也没有图层“产业园区”"


def test_parcels_by_kind_are_told_in_words():
    import pandas as pd

    table = pd.DataFrame({"plus": ["sand", "none"], "parcels": [3, 2], "area_ha": [1.5, 0.5]})
    lines = list(plus_lines(table, "zh"))
    assert lines[1:] == [
        "  光伏+防沙治沙：3 个图斑，1.5 公顷",
        "  不属于四类：2 个图斑，0.5 公顷",
    ]
    assert list(plus_lines(None, "zh")) == []
