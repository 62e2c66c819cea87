"""Modules that face away from the noon sun are told, in both hemispheres, at every door."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from shapely.geometry import box

from gis.crs.systems import transform_points
from gis.errors import DataError
from layers.weather import prepare_weather
from siting.pv.plant.chain import resource, site_yield
from siting.pv.plant.facing import facing_warnings
from siting.pv.study.layout import LayoutRules, draw_layout
from siting.pv.study.rooftop import footprint_azimuth_deg
from siting.pv.study.spacing import row_pitch_m
from tests.siting.pv.pv_cases import clear_resource, clear_weather, some_plant


@pytest.mark.parametrize(
    ("lat", "azimuth", "away"),
    [
        (-35.0, 180.0, True), (-35.0, 0.0, False), (-35.0, 300.0, False), (38.9, 0.0, True),
        (38.9, 180.0, False), (38.9, -180.0, False), (38.9, 90.0, False), (-35.0, 270.0, False),
        (38.9, 359.0, True), (-12.0, 180.0, True), (0.0, 0.0, False),
    ],
)  # fmt: skip
def test_the_noon_sun_stands_on_the_equators_side(lat, azimuth, away):
    assert bool(facing_warnings(lat, azimuth, 30.0)) is away
    assert facing_warnings(lat, azimuth, 0.0) == ()


def test_pitch_of_the_south_is_that_of_the_north_with_rows_to_the_north():
    north = row_pitch_m(35.0, 4.6, 30.0)
    south = row_pitch_m(-35.0, 4.6, 30.0, azimuth_deg=0.0)
    # the last digit of a cosine is not the same on every processor
    assert astuple(south)[:4] == pytest.approx(astuple(north)[:4], rel=1e-12)
    assert (north.warnings, south.warnings) == ((), ())
    wrong = row_pitch_m(-35.0, 4.6, 30.0)
    assert [w.code for w in wrong.warnings] == ["pv_faces_away"]
    assert "-35.00" in wrong.warnings[0].text("zh")


def test_a_yield_tells_it_and_a_tracker_does_not():
    res = clear_resource()
    for plant, told in (
        (some_plant(azimuth_deg=0.0), 1),
        (some_plant(), 0),
        (some_plant(azimuth_deg=0.0, mounting="tracker"), 0),
    ):
        assert len(site_yield(res, plant).warnings) == told


def test_a_drawn_layout_tells_it():
    """A hectare in New South Wales with rows that face south."""
    x, y = (float(v[0]) for v in transform_points([147.0], [-35.0], "EPSG:4326", "EPSG:32755"))
    site = box(x, y, x + 100, y + 100)
    for azimuth, told in ((180.0, 1), (0.0, 0)):
        rules = LayoutRules(11.0, 4.6, 30.0, azimuth_deg=azimuth)
        assert len(draw_layout(site, "EPSG:32755", rules).warnings) == told


def test_roofs_of_the_south_are_used_on_their_north_side():
    roof = [box(0, 0, 20, 10)]
    assert footprint_azimuth_deg(roof).tolist() == [180.0]
    assert footprint_azimuth_deg(roof, lat_deg=-35.0).tolist() == [0.0]


def test_a_month_without_any_value_is_named():
    """Light or air temperature of June wholly missing; the weather is prepared already."""
    whole = clear_weather()
    hourly = whole.hourly.copy()
    hourly.loc[hourly.index.month == 6, "temp_air_c"] = np.nan
    prepared, _ = prepare_weather(whole.with_hourly(hourly), clock="keep")
    with pytest.raises(DataError, match=f"720 .*{whole.index[0].year}-06") as found:
        resource(prepared)
    assert "prepare_weather" not in str(found.value)
    hourly.loc[hourly.index.month == 6, ["ghi_w_m2", "dni_w_m2", "dhi_w_m2"]] = np.nan
    with pytest.raises(DataError, match="month 6") as found:
        prepare_weather(whole.with_hourly(hourly), clock="keep")
    assert "prepare_weather" not in str(found.value)
