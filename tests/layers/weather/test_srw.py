"""Wind resource files of SAM are read as PySAM reads them."""

from __future__ import annotations

import numpy as np
import pytest

from gis.errors import DataError
from layers.weather import WeatherSource, read_weather
from layers.weather.formats import guess_format

HEAD = """loc,Pingluo,Ningxia,CN,2013,38.9,106.6,1100,1,8760
made up for a test
Temperature,Pressure,Speed,Direction,Speed
C,atm,m/s,degrees,m/s
80,80,80,80,120
"""


def _file(folder, *, rows=8760, head=HEAD):
    i = np.arange(rows)
    speed = 6 + 3 * np.sin(i / 24 * 2 * np.pi)
    lines = (
        f"{10 + k % 7},0.88,{v:.3f},{k % 360},{1.1 * v:.3f}"
        for k, v in zip(i.tolist(), speed.tolist(), strict=True)
    )
    path = folder / "site.srw"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def _read(path, tz="UTC+08:00"):
    return read_weather(path, WeatherSource(path=path.name, tz=tz))


def test_hours_heights_and_units(tmp_path):
    """0.88 atm are 89,166 Pa; the first row is the hour from 0:00 local standard time."""
    path = _file(tmp_path)
    assert guess_format(path) == "srw"
    found = _read(path)
    assert (found.lon, found.lat, found.altitude_m) == (106.6, 38.9, 1100.0)
    assert len(found.hourly) == 8760
    first = found.hourly.iloc[0]
    assert first["pressure_pa"] == pytest.approx(0.88 * 101_325.0)
    assert first["wind_speed_80m_m_s"] == pytest.approx(6.0)
    assert first["wind_speed_120m_m_s"] == pytest.approx(6.6)
    start = found.index[0].tz_convert("Etc/GMT-8")
    assert (start.year, start.month, start.day, start.hour, start.minute) == (2013, 1, 1, 0, 30)


def test_values_are_those_pysam_reads(tmp_path):
    tools = pytest.importorskip("PySAM.ResourceTools")
    path = _file(tmp_path)
    theirs = tools.SRW_to_wind_data(str(path))
    ours = _read(path).hourly
    data = np.array(theirs["data"])
    assert theirs["heights"] == [80.0, 80.0, 80.0, 80.0, 120.0]
    assert ours["wind_speed_80m_m_s"].to_numpy() == pytest.approx(data[:, 2])
    assert ours["wind_speed_120m_m_s"].to_numpy() == pytest.approx(data[:, 4])
    assert ours["temp_air_c"].to_numpy() == pytest.approx(data[:, 0])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rows": 8000}, "whole year"),
        ({"rows": 0}, "whole year"),
        ({"head": HEAD.replace("Pressure", "Humidity")}, "no wind resource file"),
        ({"head": HEAD.replace("C,atm", "C,furlong")}, "unit"),
        ({"head": HEAD.replace("80,80,80,80,120", "80,80,80,80")}, "no wind resource file"),
    ],
)
def test_what_is_none_is_refused(tmp_path, change, told):
    with pytest.raises(DataError, match=told) as err:
        _read(_file(tmp_path, **change))
    assert "site.srw" in str(err.value)


def test_the_time_zone_is_asked_for(tmp_path):
    with pytest.raises(DataError, match="tz"):
        _read(_file(tmp_path), tz="")
