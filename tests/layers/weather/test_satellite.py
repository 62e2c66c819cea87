"""NSRDB and Solargis as they come, and reanalysis with more dimensions than it should have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gis.errors import DataError
from layers.weather import WeatherSource, weather_of
from layers.weather.clock import clock_offset_h
from layers.weather.formats import guess_format
from layers.weather.read import read_weather
from tests.layers.weather.test_weather import ALT, LAT, LON, clear, cutout


def nsrdb(path, table, *, zone=8, local=8, units=True):
    """Two rows of head, then Year ... Minute and values; stamps at the half hour."""
    i = table.index.tz_convert(f"Etc/GMT{-zone:+d}")
    names = ["Source", "Location ID", "City", "State", "Country", "Latitude", "Longitude"]
    values = ["NSRDB", "1234", "-", "-", "-", LAT, LON]
    names += ["Time Zone", "Elevation", "Local Time Zone"]
    values += [zone, ALT, local]
    if units:
        names += ["GHI Units", "Temperature Units", "Pressure Units", "Version"]
        values += ["w/m2", "c", "mbar", "3.2.0"]
    body = pd.DataFrame(
        {
            "Year": i.year,
            "Month": i.month,
            "Day": i.day,
            "Hour": i.hour,
            "Minute": i.minute,
            "GHI": table["ghi_w_m2"].round(2).to_numpy(),
            "DNI": table["dni_w_m2"].round(2).to_numpy(),
            "DHI": table["dhi_w_m2"].round(2).to_numpy(),
            "Temperature": table["temp_air_c"].to_numpy(),
            "Pressure": 880.0,
            "Relative Humidity": 55.0,
            "Wind Speed": table["wind_speed_m_s"].to_numpy(),
        }
    )
    head = "\n".join(",".join(map(str, row)) for row in (names, values))
    path.write_text(head + "\n" + body.to_csv(index=False), encoding="utf-8")
    return path


def solargis(path, table, *, clock="UTC+8", tmy=False):
    i = table.index.tz_convert("Etc/GMT-8" if clock == "UTC+8" else "UTC")
    head = f"""#SOLARGIS TIME SERIES
#Latitude: {LAT}
#Longitude: {LON}
#Elevation: {ALT} m a.s.l.
#Time - Time of measurement, time reference {clock}, time step 60 min, time format HH:MM
#GHI - Global horizontal irradiation [Wh/m2], no data value -9
#TEMP - Air temperature at 2 m [deg. C]
#AP - Atmospheric pressure [hPa]
#Data:
"""
    day = {"Day": i.day_of_year} if tmy else {"Date": i.strftime("%d.%m.%Y")}
    body = pd.DataFrame(
        day
        | {
            "Time": i.strftime("%H:%M"),
            "GHI": table["ghi_w_m2"].round(2).to_numpy(),
            "DNI": table["dni_w_m2"].round(2).to_numpy(),
            "DIF": table["dhi_w_m2"].round(2).to_numpy(),
            "TEMP": table["temp_air_c"].to_numpy(),
            "AP": 880.0,
            "WS": table["wind_speed_m_s"].to_numpy(),
        }
    )
    path.write_text(head + body.to_csv(index=False, sep=";"), encoding="utf-8")
    return path


def ghi(weather):
    return float(weather.hourly["ghi_w_m2"].sum())


@pytest.mark.parametrize("zone", [8, 0])
def test_nsrdb_comes_out_as_it_went_in(tmp_path, zone):
    table = clear()
    path = nsrdb(tmp_path / "a.csv", table, zone=zone)
    assert guess_format(path) == "nsrdb"
    got = read_weather(path)
    assert (got.lat, got.lon, got.altitude_m) == (LAT, LON, ALT)
    assert got.utc_offset_h == 8.0
    assert got.hourly["pressure_pa"].iloc[0] == 88_000.0
    assert got.hourly["relative_humidity_frac"].iloc[0] == pytest.approx(0.55)
    both = got.hourly["ghi_w_m2"].reindex(table.index)
    known = both.notna().to_numpy()
    assert known.mean() > 0.99  # in UTC the last hours lie in the next year of the place
    np.testing.assert_allclose(both[known], table["ghi_w_m2"][known], atol=0.01)
    assert abs(clock_offset_h(got)) < 0.1


def test_a_typical_year_of_nsrdb_joins_months_of_several(tmp_path):
    table = clear()
    years = np.array([2001, 1999, 2004, 2007, 2001, 2010, 1998, 2003, 2005, 2011, 2002, 2009])
    path = nsrdb(tmp_path / "a.csv", table)
    lines = path.read_text().splitlines()
    rows = [r.split(",") for r in lines[3:]]
    body = [",".join([str(years[int(r[1]) - 1]), *r[1:]]) for r in rows]
    path.write_text("\n".join([*lines[:3], *body]))
    got, _ = weather_of(WeatherSource(path="a.csv"), path)
    assert len(got.hourly) == 8760
    assert ghi(got) == pytest.approx(float(table["ghi_w_m2"].sum()), rel=1e-4)


def test_a_broken_head_of_nsrdb_is_told_by_name(tmp_path):
    path = nsrdb(tmp_path / "a.csv", clear())
    text = path.read_text().replace(f"{LAT},", "north,", 1)
    path.write_text(text)
    with pytest.raises(DataError, match="NSRDB"):
        read_weather(path)


@pytest.mark.parametrize("clock", ["UTC+8", "UTC"])
def test_solargis_comes_out_as_it_went_in(tmp_path, clock):
    table = clear()
    table.iloc[4000:4003, 0] = -9.0  # no data
    path = solargis(tmp_path / "a.csv", table, clock=clock)
    assert guess_format(path) == "solargis"
    got = read_weather(path)
    assert (got.lat, got.lon, got.altitude_m) == (LAT, LON, ALT)
    assert got.hourly["pressure_pa"].iloc[20] == 88_000.0
    both = got.hourly["ghi_w_m2"].reindex(table.index)
    assert both.iloc[4000:4003].isna().all()
    known = both.notna().to_numpy()
    assert known.mean() > 0.99
    np.testing.assert_allclose(both[known], table["ghi_w_m2"][known], atol=0.01)


def test_a_typical_year_of_solargis_has_days_for_dates(tmp_path):
    table = clear()
    got, _ = weather_of(WeatherSource(path="a"), solargis(tmp_path / "a.csv", table, tmy=True))
    assert len(got.hourly) == 8760
    assert ghi(got) == pytest.approx(float(table["ghi_w_m2"].sum()), rel=1e-4)


def test_solargis_without_a_clock_is_refused(tmp_path):
    path = solargis(tmp_path / "a.csv", clear(), clock="local")
    with pytest.raises(DataError, match="the clock of the file is not known"):
        read_weather(path)
    assert len(read_weather(path, WeatherSource(path="a", tz="UTC")).hourly) >= 8760


# ---------------------------------------------------------------- dimensions


def era5(tmp_path, change):
    path = cutout(tmp_path / "c.nc")
    with xr.open_dataset(path, engine="h5netcdf") as data:
        data = change(data.load())
    data.to_netcdf(tmp_path / "d.nc", engine="h5netcdf")
    source = WeatherSource(path="d.nc", lon=LON, lat=LAT, altitude_m=ALT)
    plain = read_weather(path, source)
    return plain, lambda: read_weather(tmp_path / "d.nc", source)


def test_final_and_preliminary_hours_are_one_series(tmp_path):
    """ERA5 of the last months: each hour is in one of the two versions, NaN in the other."""

    def two(data):
        late = data["time"] >= data["time"][7000]
        return xr.concat([data.where(~late), data.where(late)], pd.Index([1, 5], name="expver"))

    plain, read = era5(tmp_path, two)
    got = read()
    pd.testing.assert_frame_equal(got.hourly, plain.hourly)
    assert got.hourly["ghi_w_m2"].notna().all()


def test_members_of_an_ensemble_are_refused_and_one_alone_is_read(tmp_path):
    plain, read = era5(tmp_path, lambda d: d.expand_dims(number=[0]))
    pd.testing.assert_frame_equal(read().hourly, plain.hourly)
    _, read = era5(tmp_path, lambda d: xr.concat([d, d], pd.Index([0, 1], name="number")))
    with pytest.raises(DataError, match=r"number \(2\)"):
        read()


def test_calendars_of_models(tmp_path):
    plain, read = era5(tmp_path, lambda d: d.convert_calendar("noleap"))
    assert ghi(read()) == pytest.approx(ghi(plain))
    days = lambda d: d.isel(time=slice(0, 24 * 300)).convert_calendar(  # noqa: E731
        "360_day", align_on="date"
    )
    _, read = era5(tmp_path, days)
    with pytest.raises(DataError, match="360_day"):
        read()
