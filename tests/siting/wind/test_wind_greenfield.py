"""A new farm from a polygon: machines of the wind's class, spacing, yield, what is missing."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from gis.errors import ConfigError, GeoplanError
from layers.plain_json import to_json
from layers.plan.read import read_plan
from siting.money.terms import terms_of
from siting.sections import SECTIONS
from siting.wind.greenfield import step_greenfield
from siting.wind.greenfield.area import farm_area
from siting.wind.greenfield.section import GreenfieldSection
from siting.wind.greenfield.step_greenfield import greenfield_step, with_area
from siting.wind.impact.noise import level_db, sound_power_db
from siting.wind.impact.people import Dwellings
from siting.wind.impact.standing import Standing, heard_db, room_db
from siting.wind.machine.library import turbine
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
    sources = found.tables["greenfield_sources"]
    assert sources["used"].sum() == 1
    assert (found.tables["greenfield_weibull"]["frequency"].dropna() > 0).any()
    codes = {w.code for w in found.warnings}
    assert {"greenfield_not_judged", "greenfield_no_dwellings", "iec_class_by_mean"} <= codes
    assert "wind_one_source" in codes


def test_no_new_farm_is_asked_for(tmp_path):
    assert greenfield_step(_plan(tmp_path, ""), tmp_path, _quiet).summary.greenfield is None


def test_land_that_is_not_there(tmp_path):
    far = [[lon - 5.0, lat] for lon, lat in RING]
    with pytest.raises(GeoplanError, match="outside"):
        greenfield_step(_asked(tmp_path, far), tmp_path, _quiet)
    plan = with_area(_plan(tmp_path, ""), zone="nowhere")
    with pytest.raises(ConfigError, match="no such zone"):
        greenfield_step(plan, tmp_path, _quiet)


def test_land_across_the_border_is_cut_off_and_told(tmp_path):
    """A box that reaches 5 degrees to the east: what lies in the county is left of it."""
    wide = [[106.60, 38.85], [111.66, 38.85], [111.66, 38.88], [106.60, 38.88], [106.60, 38.85]]
    plan = _asked(tmp_path, wide)
    name, area, told = farm_area(plan, plan.section(GreenfieldSection), tmp_path)
    assert name == "site"
    assert [w.code for w in told] == ["greenfield_area_cut"]
    assert area.area < 0.1 * 5.06 * 86_000 * 0.03 * 111_000
    whole = _asked(tmp_path)
    assert farm_area(whole, whole.section(GreenfieldSection), tmp_path)[2] == []


def test_costs_of_the_market_hold_for_a_new_farm(tmp_path):
    """[money.wind] where [greenfield] is silent, and [greenfield] before [repower]."""
    more = "[money]\ndiscount_nominal_frac = 0.06\n[money.wind]\ncapex_cny_kw = 4500.0\n"
    plan = _plan(tmp_path, BODY + more)
    made = SimpleNamespace(
        candidate=SimpleNamespace(capacity_mw=10.0),
        result=SimpleNamespace(levels=SimpleNamespace(life={50: 30_000.0})),
    )
    capex, cost, missing = step_greenfield._cost(plan.section(GreenfieldSection), plan, made)
    assert capex == 45e6
    assert cost is None
    assert missing == ("greenfield.opex_cny_kw_yr",)
    own = BODY + "capex_cny_kw = 5000.0\n[repower.hybrid]\n"
    plan = _plan(tmp_path, own.replace("steps = 2000", "capex_cny_kw = 4000.0\nsteps = 2000"))
    assert terms_of(plan, "wind", 25, new_farm=True).capex_cny_kw == 5000.0
    assert terms_of(plan, "wind", 25).capex_cny_kw == 4000.0


def test_turbines_that_stand_are_heard_with_the_new_ones():
    """A machine 600 m from a dwelling is heard there, one 7 km away is not reckoned with."""
    machine = turbine("generic_5000_225")
    far = Standing(np.array([600.0, 7000.0]), np.zeros(2), [machine, machine])
    near = far.within(np.array([0.0]), np.array([0.0]), 6000.0)
    assert near.x_m.tolist() == [600.0]
    at = Dwellings(np.array([], dtype=object), np.array([], dtype=object), np.zeros(1),
                   np.zeros(1), "buildings")  # fmt: skip
    level = float(heard_db(near, at)[0])
    alone = level_db(np.array([[600.0, 0.0, 0.0]]), np.array([machine.hub_m]),
                     np.array([sound_power_db(machine)[0]]), np.zeros((1, 3)))  # fmt: skip
    assert level == pytest.approx(float(alone[0]))
    # what new ones may add to it, added to it, is the limit
    room = float(room_db(level + 1.0, np.array([level]))[0])
    assert 10 * np.log10(10 ** (room / 10) + 10 ** (level / 10)) == pytest.approx(level + 1.0)
    assert np.isneginf(heard_db(Standing(), at)).all()
