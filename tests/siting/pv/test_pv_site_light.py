"""Where a site's light is from, and what scaling it does to the yield."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gis.cells.grid import plan_grid
from siting.economy.storage_rule import StorageChoice
from siting.pv.plant.chain import site_yield
from siting.pv.plant.plant import PvPlant, Slope
from siting.pv.study.assess import assess
from siting.pv.study.section import PvSection
from siting.pv.study.site_light import SiteLight, Station, light_response, scaled_resource
from siting.pv.study.uncertainty import stack
from siting.resource.atlas import AtlasLight
from tests.siting.pv.pv_cases import clear_resource

GRID = plan_grid((500_000.0, 4_280_000.0, 504_000.0, 4_284_000.0), "EPSG:4544", 1000.0)


def atlas(value: float) -> AtlasLight:
    found = np.full((1, 4, 4), value)
    found[0, 0, 0] = np.nan
    return AtlasLight(GRID, found, "a", "2020")


LIGHT = SiteLight(atlas(1650.0), np.full(12, 125.0), (502_000.0, 4_282_000.0), measured=False)
INSIDE = (501_500.0, 4_281_500.0)


def test_a_modelled_series_is_scaled_to_the_atlas():
    """125 kWh/m2 in each of 12 months is 1,500; to 1,650: + 10 % in each."""
    found = LIGHT.at(*INSIDE)
    assert found.source == "atlas"
    assert found.factor == pytest.approx(np.full(12, 1.1))
    assert found.kwh_m2 == 1650.0


def test_a_measured_series_near_by_is_kept_and_far_away_not():
    near = replace(LIGHT, measured=True)
    assert near.at(*INSIDE).source == "series"
    assert near.at(*INSIDE).measured
    far = replace(near, place_xy=(502_000.0 + 30_000.0, 4_282_000.0))
    assert far.at(*INSIDE).source == "atlas"
    assert not far.at(*INSIDE).measured


def test_where_the_atlas_is_silent_the_series_is_kept():
    corner = (500_500.0, 4_283_500.0)
    assert LIGHT.at(*corner).source == "series"
    assert LIGHT.at(0.0, 0.0).source == "series"
    assert replace(LIGHT, atlas=None).at(*INSIDE).source == "series"


def test_the_plan_may_say():
    assert replace(LIGHT, choice="series").at(*INSIDE).source == "series"
    measured = replace(LIGHT, measured=True, choice="atlas")
    assert measured.at(*INSIDE).source == "atlas"


def test_months_of_an_atlas_are_met_month_by_month():
    months = np.linspace(100.0, 150.0, 12)
    by_month = AtlasLight(GRID, np.repeat(months, 16).reshape(12, 4, 4), "a", "2020")
    found = replace(LIGHT, atlas=by_month).at(*INSIDE)
    assert found.factor == pytest.approx(months / 125.0)
    on_map = replace(LIGHT, atlas=by_month).factors_on(GRID, by_month)
    assert on_map[:, 1, 1] == pytest.approx(months / 125.0)


def test_map_and_sites_have_one_factor():
    on_map = LIGHT.factors_on(GRID, LIGHT.atlas)
    assert on_map[0, 2, 1] == pytest.approx(LIGHT.at(*INSIDE).factor[0])
    assert on_map[0, 0, 0] == 1.0
    kept = replace(LIGHT, measured=True).factors_on(GRID, LIGHT.atlas)
    assert (kept == 1.0).all()


def test_a_measured_record_near_by_is_before_the_atlas():
    """A station 10 km away recorded 1,440 where the series has 1,500: 0.96; at 30 km the
    atlas is taken; the nearer of two stations is."""
    near = Station("a", (511_500.0, 4_281_500.0), np.array([1440.0]))
    far = Station("b", (471_500.0, 4_281_500.0), np.array([1380.0]))
    light = replace(LIGHT, stations=(near, far))
    found = light.at(*INSIDE)
    assert (found.source, found.station, found.measured) == ("station", "a", True)
    assert found.factor == pytest.approx(np.full(12, 0.96))
    assert replace(LIGHT, stations=(far,)).at(*INSIDE).source == "atlas"
    assert light.factors_on(GRID, light.atlas)[5, 2, 1] == pytest.approx(0.96)
    own = replace(light, measured=True)  # the series' own pyranometer is nearer still
    assert own.at(*INSIDE).source == "series"
    assert own.factors_on(GRID, own.atlas)[5, 2, 1] == 1.0


def test_a_dark_month_keeps_its_dark():
    months = np.full(12, 125.0)
    months[11] = 0.0
    polar = replace(LIGHT, month_kwh_m2=months)
    by_month = AtlasLight(GRID, np.full((12, 4, 4), 100.0), "a", "2020")
    assert polar.factors_on(GRID, by_month)[11, 1, 1] == 1.0
    assert np.isfinite(replace(polar, atlas=by_month).at(*INSIDE).factor).all()


def test_measured_light_is_surer_than_modelled():
    """5 % of modelled light become 2.55 %: 5 % of daily totals at 95 %, over 1.96."""
    sd = {c.id: c.sd_frac for c in stack(measured=LIGHT.at(*INSIDE).measured_sd)}
    assert sd["resource"] == 0.05
    near = replace(LIGHT, measured=True).at(*INSIDE)
    sd = {c.id: c.sd_frac for c in stack(measured=near.measured_sd, sources=0.014)}
    assert sd["resource"] == pytest.approx(0.05 / 1.96, abs=1e-4)
    assert sd["sources"] == 0.014


@pytest.mark.slow
def test_the_maps_ratio_is_the_exact_chains():
    """Ratio of a flat plant against the exact chain on a slope and with other rows: below a
    thousandth for factors of 0.93 to 1.07."""
    res = clear_resource(cloud=0.4)
    flat = PvPlant(tilt_deg=35.0, gcr=0.4)
    for factor in (0.93, 1.04, 1.07):
        ratio = light_response(res, flat, np.full((12, 1), factor))[:, 0]
        for slope, gcr in ((Slope(0.1, 0.05), 0.35), (Slope(-0.08, 0.0), 0.5)):
            plant = PvPlant(tilt_deg=35.0, gcr=gcr)
            scaled = scaled_resource(res, np.full(12, factor))
            exact = site_yield(scaled, plant, slope=slope).monthly()["ac_kwh_kwp"]
            one = site_yield(res, plant, slope=slope).monthly()["ac_kwh_kwp"]
            assert (ratio * one).sum() == pytest.approx(exact.sum(), rel=1e-3)


@pytest.mark.slow
def test_a_battery_with_prices_by_the_hour_sells_in_the_evening():
    """400 CNY from 18 to 22 and 100 else, 85 % there and back (85 > 100 / 400): what is
    stored at noon is sent after 18; without prices the battery only takes what is lost."""
    res = clear_resource()
    hour = res.index.hour.to_numpy()
    price = np.where((hour >= 18) & (hour < 22), 400.0, 100.0)
    section = PvSection(
        storage={"enabled": True, "round_trip_frac": 0.85, "power_frac": 0.1, "duration_h": 2}
    )
    given = {"capacity_mw": 10.0, "tilt_deg": 30.0, "lat": 38.0}
    size = StorageChoice(0.1, 2.0)
    by_price = assess("a", section, res, battery=size, price_cny_mwh=price, **given).storage
    by_rule = assess("a", section, res, battery=size, **given).storage
    evening = (hour >= 18) & (hour < 22)
    assert by_price.discharge_mw[evening].sum() > 0.95 * by_price.discharge_mw.sum() > 0
    assert by_price.sent_mw @ price > by_rule.sent_mw @ price
