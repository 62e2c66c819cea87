"""Whether a weather series belongs to the county."""

from __future__ import annotations

import re

import pytest

from geoplan.doctor import diagnose
from gis.errors import DataError
from layers.open.weather_place import weather_place_warnings
from siting.pv.study.context import pv_weather
from tests.layers.open.test_open import plan_of
from tests.layers.weather.test_weather import HEAD, clear, csv_file

__all__ = ["plan_of"]

# the county's square of 10 km lies at 106.61..106.73 E, 38.82..38.92 N


@pytest.mark.parametrize(
    ("lon", "lat", "km"),
    [
        (106.67, 38.87, None),  # inside
        (106.67, 39.70, None),  # 87 km north of its edge
        (106.67, 40.72, 200),  # 1.80 deg x 111.0 km/deg north of its edge
    ],
)
def test_a_place_beyond_100_km_is_told(plan_of, lon, lat, km):
    found = weather_place_warnings(plan_of(""), lon=lon, lat=lat, where="w.csv")
    assert [w.code for w in found] == ([] if km is None else ["weather_far"])
    if km is not None:
        said = float(re.search(r"lies (\d+) km from the county", found[0].text("en"))[1])
        assert said == pytest.approx(km, rel=0.01)


def test_temperatures_in_fahrenheit_are_refused_by_doctor_as_by_the_steps(plan_of, tmp_path):
    """A July of 95 deg F has no hour that can be deg C: nothing fills its 744 hours."""
    hours = clear()
    hours["temp_air_c"] = hours["temp_air_c"] * 0 + 20.0
    hours.loc[hours.index.month == 7, "temp_air_c"] = 35.0 * 1.8 + 32.0  # 95, as deg C
    csv_file(tmp_path / "w.csv", hours, label="mid", **HEAD)
    plan = plan_of('[pv]\nweather = { path = "w.csv" }\n')
    with pytest.raises(DataError, match=r"temp_air_c.*check the unit") as err:
        pv_weather(plan)
    assert "744 hours" in str(err.value)
    assert any("744" in f.text("en") for f in diagnose(plan).faults)
