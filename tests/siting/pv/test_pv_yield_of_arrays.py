"""PV yield from arrays: the chain's own number, and clear refusals at the edge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.errors import ConfigError, DataError
from siting.pv.plant.chain import site_yield
from siting.pv.plant.plant import PvPlant, Slope
from siting.pv.study.yield_of_arrays import pv_yield, weather_of_arrays
from tests.siting.pv.pv_cases import clear_resource, clear_weather

NAMES = ("ghi_w_m2", "dni_w_m2", "dhi_w_m2", "temp_air_c", "wind_speed_m_s")
PLACE = {"lat": 38.8, "lon": 106.7, "altitude_m": 1100.0}


def arrays(**changed):
    h = clear_weather().hourly
    given = {"times": h.index, **{k: h[k].to_numpy() for k in NAMES}}
    return given | changed


def test_it_is_the_chain():
    plant = PvPlant(tilt_deg=33.0, gcr=0.42)
    found = pv_yield(**arrays(), **PLACE, plant=plant)
    assert found.kwh_kwp_yr == pytest.approx(
        site_yield(clear_resource(), plant).kwh_kwp_yr, rel=1e-12
    )
    assert found.waterfall.net == pytest.approx(found.kwh_kwp_yr, rel=1e-9)


def test_what_is_left_empty_is_designed():
    """Best tilt near the latitude, pitch of GB 50797 (0.42 at 38.8 N), 0.35 for trackers."""
    found = pv_yield(**arrays(), **PLACE)
    assert 28.0 <= found.plant.tilt_deg <= 42.0
    assert found.plant.gcr == pytest.approx(0.42, abs=0.03)
    tracker = pv_yield(**arrays(), **PLACE, plant=PvPlant(mounting="tracker"))
    assert tracker.plant.gcr == 0.35
    alone = pv_yield(**arrays(), **PLACE, plant=PvPlant(gcr=0.0, tilt_deg=33.0))
    steps = {s.id: s.delta for s in alone.waterfall.steps}
    assert steps["near_shading"] == pytest.approx(0.0, abs=1e-9)


def test_a_slope_moves_the_pitch():
    south = pv_yield(**arrays(), **PLACE, plant=PvPlant(tilt_deg=33.0), slope=Slope(0.09))
    level = pv_yield(**arrays(), **PLACE, plant=PvPlant(tilt_deg=33.0))
    assert south.plant.gcr > level.plant.gcr


def test_marks_of_the_hour_are_moved_to_its_middle():
    times = clear_weather().hourly.index
    half = pd.Timedelta(minutes=30)
    plant = PvPlant(tilt_deg=33.0, gcr=0.42)
    mid = pv_yield(**arrays(), **PLACE, plant=plant).kwh_kwp_yr
    start = pv_yield(**arrays(times=times - half), **PLACE, plant=plant, label="start")
    end = pv_yield(**arrays(times=times + half), **PLACE, plant=plant, label="end")
    assert start.kwh_kwp_yr == end.kwh_kwp_yr == pytest.approx(mid, rel=1e-12)


H = clear_weather().hourly
BAD = {
    "kelvin": ({"temp_air_c": H["temp_air_c"] + 273.15}, "temp_air_c: .*273.15 off kelvin"),
    "kilojoule": ({"ghi_w_m2": H["ghi_w_m2"] * 3.6}, "ghi_w_m2: .*divide kJ/m² by 3.6"),
    "megajoule": (
        {k: H[k] * 0.0036 for k in NAMES[:3]},
        r"check the unit \(W/m²\)",
    ),
    "fill mark": ({"dhi_w_m2": H["dhi_w_m2"] - 9999.0}, "dhi_w_m2: .*missing is NaN"),
    "kilometres": ({"wind_speed_m_s": H["wind_speed_m_s"] + 90.0}, "wind_speed_m_s: .*km/h"),
    "negative wind": ({"wind_speed_m_s": H["wind_speed_m_s"] - 3.0}, "wind_speed_m_s"),
    "too short": ({"dni_w_m2": H["dni_w_m2"][:-1]}, "dni_w_m2: .*8759.*expected 8760"),
    "no value": ({"temp_air_c": H["temp_air_c"] * np.nan}, "temp_air_c: there is no value"),
    "naive": ({"times": H.index.tz_localize(None)}, "times: .*tz_localize"),
    "backwards": ({"times": H.index[::-1]}, "times: .*backwards"),
    "half hours": (
        {"times": pd.date_range("2001-01-01", periods=8760, freq="30min", tz="UTC")},
        "times: .*not hourly; got 0 days 00:30:00",
    ),
    "swapped components": (
        {"dni_w_m2": H["dhi_w_m2"], "dhi_w_m2": H["dni_w_m2"].clip(upper=900.0)},
        "check the order and units of the three",
    ),
    "clock of another zone": (
        {"times": H.index.tz_localize(None).tz_localize("UTC")},
        "check the zone of times",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_wrong_units_and_times_are_refused(name):
    changed, said = BAD[name]
    with pytest.raises(DataError, match=f"(?s){said}"):
        pv_yield(**arrays(**changed), **PLACE)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"lat": 106.7, "lon": 38.8}, "lat: .*106.7.*interchanged"),
        ({"lon": 206.7}, "lon: .*206.7"),
        ({"lat": float("nan")}, "lat"),
        ({"altitude_m": 11_000.0}, "altitude_m: .*11000"),
    ],
)
def test_places_that_cannot_be_are_refused(place, said):
    with pytest.raises(DataError, match=said):
        pv_yield(**arrays(), **(PLACE | place))


def test_all_faults_come_at_once_in_both_languages():
    with pytest.raises(DataError) as err:
        pv_yield(
            **arrays(temp_air_c=H["temp_air_c"] + 273.15, ghi_w_m2=H["ghi_w_m2"] * 3.6),
            **(PLACE | {"lat": 95.0}),
        )
    assert [f.where for f in err.value.faults] == ["lat", "ghi_w_m2", "temp_air_c"]
    assert "开尔文请减 273.15" in err.value.text("zh")


def test_part_of_a_year_is_no_yearly_yield():
    short = {k: v[:4000] for k, v in arrays().items()}
    with pytest.raises(DataError, match="year"):
        pv_yield(**short, **PLACE)


def test_a_dictionary_is_no_plant():
    with pytest.raises(ConfigError, match="PvPlant"):
        pv_yield(**arrays(), **PLACE, plant={"tilt_deg": 30.0})


def test_a_place_of_no_stated_altitude_lies_at_sea_level():
    kept = {k: v for k, v in PLACE.items() if k != "altitude_m"}
    assert weather_of_arrays(**arrays(), **kept).altitude_m == 0.0
    assert weather_of_arrays(**arrays(), **PLACE).altitude_m == 1100.0
