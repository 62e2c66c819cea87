"""A new farm from a polygon: machines of the wind's class, spacing, yield, what is missing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gis.errors import ConfigError, GeoplanError
from layers.plain_json import to_json
from layers.plan.read import read_plan
from siting.sections import SECTIONS
from siting.wind.greenfield.step_greenfield import greenfield_step, with_area
from tests.siting.wind.test_wind_step import HEAD, WEATHER, _quiet, _weather

BODY = """cell_m = 100
[screening]
missing = "provisional"
[repower]
steps = 2000
starts = 1
[greenfield]
max_turbines = 5
turbine = ["generic_5000_225"]
"""
RING = [[106.60, 38.85], [106.66, 38.85], [106.66, 38.88], [106.60, 38.88], [106.60, 38.85]]


def _plan(folder, body):
    _weather(folder / "w.csv")
    path = folder / "plan.toml"
    path.write_text(HEAD + body + WEATHER, encoding="utf-8")
    return read_plan(path, SECTIONS, frozenset())


def _asked(folder, ring=RING, **more):
    plan = _plan(folder, BODY)
    area = {"type": "Polygon", "coordinates": [ring]}
    path = folder / "site.geojson"
    path.write_text(json.dumps(area), encoding="utf-8")
    return with_area(plan, **({"polygon": str(path)} | more))


@pytest.mark.slow
def test_a_polygon_becomes_a_farm(tmp_path):
    """Five machines inside the polygon, WD-057 and WD-058 apart, with all levels and hours."""
    found = greenfield_step(_asked(tmp_path), tmp_path, _quiet)
    farm = to_json(found.summary)["greenfield"]
    assert (farm["turbines"], farm["capacity_mw"], farm["iec_class"]) == (5, 25.0, "III?")
    assert farm["p99_mwh_yr"] < farm["p90_mwh_yr"] < farm["p75_mwh_yr"] < farm["p50_mwh_yr"]
    assert farm["full_load_hours_h"] == pytest.approx(farm["p50_mwh_yr"] / 25.0)
    assert farm["missing"] == [
        "greenfield.capex_cny_kw", "greenfield.opex_cny_kw_yr", "greenfield.discount_frac",
    ]  # fmt: skip
    places = found.layers["greenfield_turbines"].geometry
    area = found.layers["greenfield_area"].geometry.iloc[0]
    assert places.within(area.buffer(100.0)).all()
    x, y = places.x.to_numpy(), places.y.to_numpy()
    gap = np.hypot(x[:, None] - x, y[:, None] - y) + np.eye(5) * 1e9
    assert gap.min() > 3 * 168.2
    assert found.tables["greenfield_hour_month"]["energy_mwh"].sum() == pytest.approx(
        farm["p50_mwh_yr"]
    )
    codes = {w.code for w in found.warnings}
    assert {"greenfield_not_judged", "greenfield_no_dwellings", "iec_class_by_mean"} <= codes


def test_no_new_farm_is_asked_for(tmp_path):
    assert greenfield_step(_plan(tmp_path, ""), tmp_path, _quiet).summary.greenfield is None


def test_land_that_is_not_there(tmp_path):
    far = [[lon - 5.0, lat] for lon, lat in RING]
    with pytest.raises(GeoplanError, match="outside"):
        greenfield_step(_asked(tmp_path, far), tmp_path, _quiet)
    plan = with_area(_plan(tmp_path, ""), zone="nowhere")
    with pytest.raises(ConfigError, match="no such zone"):
        greenfield_step(plan, tmp_path, _quiet)
