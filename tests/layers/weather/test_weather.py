"""Reading weather from every format, its quality report, and bad input."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
import pytest
import xarray as xr

from gis.errors import ConfigError, DataError
from layers.weather import (
    DECOMPOSITIONS,
    Weather,
    WeatherSource,
    check_weather,
    clock_offset_h,
    decompose,
    prepare_weather,
    read_weather,
    sun,
    toa_mean_w_m2,
    usable_years,
    weather_of,
)
from layers.weather.schema import fixed_offset
from layers.weather.units import convert

LON, LAT, ALT = 106.7, 38.8, 1100.0
PVLIB = Path(pvlib.__file__).parent / "data"


def clear(year=2001, tz="Etc/GMT-8", start=None, end=None, step="h", lon=LON, lat=LAT):
    """Clear-sky year with closed components, stamps in the middle of the step."""
    return _clear(year, tz, start, end, step, lon, lat).copy()


@lru_cache
def _clear(year, tz, start, end, step, lon, lat):
    half = pd.Timedelta(step if step[0].isdigit() else "1h") / 2
    index = (
        pd.date_range(start or f"{year}-01-01", end or f"{year}-12-31 23:59", freq=step, tz=tz)
        + half
    )
    s = sun(index, lon, lat, altitude_m=ALT)
    up = s.zenith_deg < 88.0
    dni = np.where(up, 900.0 * np.exp(-0.12 / np.maximum(s.cos_zenith, 0.04)), 0.0)
    dhi = np.where(up, 110.0 * np.sqrt(s.cos_zenith), 0.0)
    return pd.DataFrame(
        {
            "ghi_w_m2": dni * s.cos_zenith + dhi,
            "dni_w_m2": dni,
            "dhi_w_m2": dhi,
            "temp_air_c": 10.0,
            "wind_speed_m_s": np.where(np.arange(len(index)) % 2, 1.5, 2.5),
        },
        index=index,
    )


def weather(table=None, **kw):
    given = {"lon": LON, "lat": LAT, "altitude_m": ALT, "utc_offset_h": 8.0, "label": "mid"}
    return Weather(clear() if table is None else table, **(given | kw))


def csv_file(path, table, *, stamp="mid", drop_zone=True, **head):
    shift = {"start": -0.5, "mid": 0.0, "end": 0.5}[stamp]
    index = table.index + pd.Timedelta(hours=shift)
    out = table.set_axis(index.tz_localize(None) if drop_zone else index, axis=0)
    lines = "".join(f"# {k}: {v}\n" for k, v in head.items())
    path.write_text(lines + out.rename_axis("time").to_csv(), encoding="utf-8")
    return path


HEAD = {"lon": LON, "lat": LAT, "altitude_m": ALT, "tz": "UTC+08:00"}


# ---------------------------------------------------------------- formats


@pytest.mark.parametrize("stamp", ["start", "mid", "end"])
def test_csv_label_is_honoured(tmp_path, stamp):
    """The same hour whatever the file's stamp marks: midpoints come out at :30."""
    path = csv_file(tmp_path / "w.csv", clear(), stamp=stamp, label=stamp, **HEAD)
    w = read_weather(path)
    assert w.index[0] == pd.Timestamp("2001-01-01 00:30", tz="Etc/GMT-8")
    assert len(w.index) == 8760
    assert w.label == stamp
    assert not [f for f in check_weather(w) if f.code in {"clock", "closure"}]


def test_csv_facts_of_the_sample_format(tmp_path):
    path = csv_file(
        tmp_path / "w.csv",
        clear(),
        synthetic="true",
        source="made up",
        label="mid",
        typical_year="false",
        **HEAD,
    )
    w = read_weather(path)
    assert w.synthetic
    assert w.source == "made up"
    assert (w.lon, w.lat, w.altitude_m) == (LON, LAT, ALT)


def test_csv_column_map_units_and_hundredths(tmp_path):
    """MJ/m2 of an hour become W/m2 (1 MJ/m2/h = 277.78), K become deg C, % fractions."""
    t = clear()
    out = pd.DataFrame(
        {
            "total": t["ghi_w_m2"] * 3600.0 / 1e6,
            "T": t["temp_air_c"] + 273.15,
            "rh": 55.0,
            "ws": 3.6,
        }
    )
    out.index = t.index.tz_localize(None)
    path = tmp_path / "w.csv"
    path.write_text(out.rename_axis("zeit").to_csv())
    w = read_weather(
        path,
        WeatherSource(
            path="w.csv",
            lon=LON,
            lat=LAT,
            altitude_m=ALT,
            tz="UTC+08:00",
            label="mid",
            time_columns=("zeit",),
            columns={
                "ghi_w_m2": "total",
                "temp_air_c": "T",
                "relative_humidity_frac": "rh",
                "wind_speed_m_s": "ws",
            },
            units={
                "ghi_w_m2": "MJ/m2",
                "temp_air_c": "K",
                "relative_humidity_frac": "%",
                "wind_speed_m_s": "km/h",
            },
        ),
    )
    np.testing.assert_allclose(w.hourly["ghi_w_m2"], t["ghi_w_m2"], rtol=1e-9)
    assert w.hourly["temp_air_c"].iloc[0] == pytest.approx(10.0)
    assert w.hourly["relative_humidity_frac"].iloc[0] == pytest.approx(0.55)
    assert w.hourly["wind_speed_m_s"].iloc[0] == pytest.approx(1.0)


def test_csv_with_zoned_stamps_and_year_month_columns(tmp_path):
    a = read_weather(
        csv_file(tmp_path / "a.csv", clear(), drop_zone=False, label="mid", **HEAD)
    )
    t = clear()
    parts = t.assign(
        year=t.index.year, month=t.index.month, day=t.index.day, hour=t.index.hour + 0.5
    )
    path = tmp_path / "b.csv"
    head = "".join(f"# {k}: {v}\n" for k, v in (HEAD | {"label": "mid"}).items())
    path.write_text(head + parts.to_csv(index=False))
    b = read_weather(path)
    np.testing.assert_allclose(a.hourly["ghi_w_m2"], b.hourly["ghi_w_m2"])
    assert (a.index == b.index).all()


def test_tmy3_of_pvlib():
    """Greensboro TMY3: place as in its header, end stamps, clock and closure in order."""
    w = read_weather(PVLIB / "723170TYA.CSV")
    assert (w.lon, w.lat, w.altitude_m) == (-79.95, 36.1, 273.0)
    assert w.typical_year
    assert w.label == "end"
    assert w.index[0].hour == 0
    assert w.index[0].minute == 30
    assert w.years == (1990,)
    assert 90_000 < w.hourly["pressure_pa"].mean() < 105_000
    assert not [f for f in check_weather(w) if f.code in {"clock", "closure"}]


def epw_text(table, offset_h=8.0):
    head = [
        f"LOCATION,Nowhere,X,CHN,TEST,000000,{LAT},{LON},{offset_h},{ALT}",
        *[f"LINE {i}" for i in range(7)],
    ]
    rows = []
    for t, r in table.iterrows():
        fields = ["0"] * 35
        fields[0:5] = [str(t.year), str(t.month), str(t.day), str(t.hour + 1), "0"]
        fields[5] = "?9"
        fields[6], fields[7], fields[8], fields[9] = f"{r.temp_air_c}", "0.0", "50", "89000"
        fields[13], fields[14], fields[15] = (
            f"{r.ghi_w_m2:.1f}",
            f"{r.dni_w_m2:.1f}",
            f"{r.dhi_w_m2:.1f}",
        )
        fields[20], fields[21], fields[30] = "180", f"{r.wind_speed_m_s}", "999"
        rows.append(",".join(fields))
    return "\n".join([*head, *rows]) + "\n"


def test_epw(tmp_path):
    """EPW: hour 1 is 00:00-01:00; 999 cm of snow means missing, not ten metres."""
    path = tmp_path / "w.epw"
    path.write_text(epw_text(clear()))
    w = read_weather(path)
    assert (w.lon, w.lat, w.altitude_m, w.utc_offset_h) == (LON, LAT, ALT, 8.0)
    assert str(w.index[0]) == "1990-01-01 00:30:00+08:00"
    assert "snow_depth_m" not in w.hourly
    assert w.hourly["relative_humidity_frac"].iloc[0] == pytest.approx(0.5)
    assert abs(clock_offset_h(w)) < 0.1


def test_epw_leap_year(tmp_path):
    path = tmp_path / "w.epw"
    path.write_text(epw_text(clear(2004)))
    w = read_weather(path)
    assert len(w.index) == 8784
    assert [f.code for f in check_weather(w)] == ["leap_year"]


def test_pvgis_tmy_csv_and_json(tmp_path):
    """PVGIS TMY in both dialects; UTC stamps turn into local standard time in one ring."""
    t = clear(tz="UTC").set_axis(pd.date_range("2001-01-01", periods=8760, freq="h"), axis=0)
    s = clear(tz="UTC")
    head = (
        "Latitude (decimal degrees): 38.800\nLongitude (decimal degrees): 106.700\n"
        "Elevation (m): 1100.0\nIrradiance Time Offset (h): 0.5\nmonth,year\n"
        + "".join(f"{m},2001\n" for m in range(1, 13))
    )
    names = "time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m,WD10m,SP\n"
    rows = "".join(
        f"{i:%Y%m%d:%H%M},10.0,50.0,{r.ghi_w_m2:.1f},{r.dni_w_m2:.1f},{r.dhi_w_m2:.1f},"
        "300.0,2.0,180.0,89000.0\n"
        for i, r in zip(t.index, s.itertuples(), strict=True)
    )
    tail = "\nT2m: 2-m air temperature (degree Celsius)\n" + "x\n" * 9
    path = tmp_path / "tmy.csv"
    path.write_text(head + names + rows + tail)
    w = read_weather(path)
    assert (w.lon, w.lat, w.utc_offset_h) == (106.7, 38.8, 7.0)
    assert len(w.index) == 8760
    assert w.years == (1990,)
    # the file says its light is half an hour later than its stamps
    assert abs(clock_offset_h(w)) < 0.1
    hourly = [
        {
            "time(UTC)": f"{i:%Y%m%d:%H%M}",
            "T2m": 10.0,
            "RH": 50.0,
            "G(h)": r.ghi_w_m2,
            "Gb(n)": r.dni_w_m2,
            "Gd(h)": r.dhi_w_m2,
            "WS10m": 2.0,
            "WD10m": 180.0,
            "SP": 89000.0,
        }
        for i, r in zip(t.index, s.itertuples(), strict=True)
    ]
    doc = {
        "inputs": {
            "location": {
                "latitude": 38.8,
                "longitude": 106.7,
                "elevation": 1100.0,
                "irradiance_time_offset": 0.5,
            }
        },
        "outputs": {
            "months_selected": [{"month": m, "year": 2001} for m in range(1, 13)],
            "tmy_hourly": hourly,
        },
        "meta": {"inputs": {}},
    }
    other = tmp_path / "tmy.json"
    other.write_text(json.dumps(doc))
    j = read_weather(other, WeatherSource(path="tmy.json", format="pvgis_json"))
    np.testing.assert_allclose(j.hourly["ghi_w_m2"], w.hourly["ghi_w_m2"], atol=0.06)


def power_doc(standard="UTC"):
    t = clear(tz="UTC")
    stamps = [f"{i:%Y%m%d%H}" for i in t.index]
    values = dict(zip(stamps, t["ghi_w_m2"].round(2).tolist(), strict=True))
    values[stamps[12]] = -999.0
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [LON, LAT, ALT]},
        "properties": {
            "parameter": {
                "ALLSKY_SFC_SW_DWN": values,
                "PS": dict.fromkeys(stamps, 89.0),
                "WS50M": dict.fromkeys(stamps, 5.0),
            }
        },
        "header": {"fill_value": -999.0, "time_standard": standard},
        "parameters": {
            "ALLSKY_SFC_SW_DWN": {"units": "Wh/m^2"},
            "PS": {"units": "kPa"},
            "WS50M": {"units": "m/s"},
        },
    }


def test_nasa_power(tmp_path):
    """POWER stamps the start of the hour in UTC, pressures in kPa, -999 for missing."""
    path = tmp_path / "p.json"
    path.write_text(json.dumps(power_doc()))
    w = read_weather(path)
    assert w.label == "start"
    assert w.hourly["pressure_pa"].iloc[0] == pytest.approx(89_000.0)
    assert int(w.hourly["ghi_w_m2"].isna().sum()) == 1
    assert "wind_speed_50m_m_s" in w.hourly
    assert abs(clock_offset_h(w)) < 0.1


def test_nasa_power_in_solar_time_is_refused(tmp_path):
    path = tmp_path / "p.json"
    path.write_text(json.dumps(power_doc("LST")))
    with pytest.raises(DataError, match="local solar time"):
        read_weather(path)


def cutout(path, zarr=False):
    """Two by two nodes around the place; ERA5 names, sums of the hour in J/m2."""
    t = clear(tz="UTC")
    time = (t.index + pd.Timedelta("30min")).tz_localize(None)
    ghi = t["ghi_w_m2"].to_numpy()[:, None, None] * 3600.0 * np.ones((1, 2, 2))
    beam = (
        (t["ghi_w_m2"] - t["dhi_w_m2"]).to_numpy()[:, None, None] * 3600.0 * np.ones((1, 2, 2))
    )
    dims = ("time", "latitude", "longitude")
    data = xr.Dataset(
        {
            "ssrd": (dims, ghi, {"units": "J m**-2"}),
            "fdir": (dims, beam, {"units": "J m**-2"}),
            "t2m": (dims, np.full_like(ghi, 283.15), {"units": "K"}),
            "u100": (dims, np.full_like(ghi, 3.0)),
            "v100": (dims, np.full_like(ghi, -4.0)),
        },
        coords={"time": time, "latitude": [39.0, 38.75], "longitude": [106.5, 106.75]},
    )
    if zarr:
        data.to_zarr(path)
    else:
        data.to_netcdf(path, engine="h5netcdf")
    return path


@pytest.mark.parametrize("zarr", [False, True])
def test_cutout(tmp_path, zarr):
    """Nearest node; DHI from GHI less beam; wind from its components (3-4-5, from NNW)."""
    path = cutout(tmp_path / ("c.zarr" if zarr else "c.nc"), zarr)
    w = read_weather(path, WeatherSource(path=path.name, lon=LON, lat=LAT, altitude_m=ALT))
    assert (w.lon, w.lat) == (106.75, 38.75)
    assert w.hourly["temp_air_c"].iloc[5] == pytest.approx(10.0)
    assert w.hourly["wind_speed_100m_m_s"].iloc[0] == pytest.approx(5.0)
    # u = 3 blows to the east, v = -4 to the south: it comes from the north-west quadrant
    assert w.hourly["wind_direction_100m_deg"].iloc[0] == pytest.approx(323.13, abs=0.01)
    assert abs(clock_offset_h(w)) < 0.1
    assert (w.hourly["dhi_w_m2"] <= w.hourly["ghi_w_m2"] + 1e-6).all()


def test_cutout_outside_and_without_place(tmp_path):
    path = cutout(tmp_path / "c.nc")
    with pytest.raises(DataError, match="outside the cutout"):
        read_weather(path, WeatherSource(path="c.nc", lon=10.0, lat=50.0))
    with pytest.raises(DataError, match="needs the point"):
        read_weather(path)


def test_era5_like_cutout_of_the_test_region(shared):
    """A folder of NetCDF files, one variable each: six days are read, no year is claimed."""
    folder = shared / "data/test_region_aachen/reskit/era5-like"
    w = read_weather(
        folder / "surface_solar_radiation_downwards.processed.nc",
        WeatherSource(path="x", format="netcdf", lon=6.1, lat=50.8, altitude_m=200.0),
    )
    assert len(w.index) == 140
    with pytest.raises(DataError, match="one whole year"):
        usable_years(w)


# ---------------------------------------------------------------- the clock and closure


def test_cswd_epw_files_are_late_and_do_not_close(shared):
    """The CSWD files are 0.4-1.3 h late and off by about -60 W/m2: QC must say both."""
    for path in sorted((shared / "data/weather").glob("*.epw")):
        w = read_weather(path)
        found = {f.code: f for f in check_weather(w)}
        assert 0.4 <= found["clock"].value <= 1.35, path.name
        assert 40.0 < found["closure"].value < 80.0, path.name
        prepared, _ = prepare_weather(w)
        codes = [x.code for x in prepared.warnings]
        assert {"weather_clock", "weather_closure", "weather_decomposed"} <= set(codes)
        again = {f.code for f in check_weather(prepared)}
        assert not again & {"clock", "closure"}


@pytest.mark.parametrize("shift", [-0.5, 0.5, 1.0, -8.0, 8.0])
def test_shifted_hours_are_found(shift):
    """Half an hour (a wrong label), an hour, and UTC taken for local time."""
    t = clear()
    moved = t.set_axis(t.index + pd.Timedelta(hours=shift), axis=0)
    w = weather(moved)
    assert clock_offset_h(w) == pytest.approx(shift, abs=0.08)
    found = [f for f in check_weather(w) if f.code == "clock"]
    assert len(found) == 1
    # 106.7 / 15 = 7.1 hours lie between the place and Greenwich
    hints = {0.5: "a label half an hour off?", 8.0: "UTC taken for local time?"}
    text = found[0].text("en")
    assert [h in text for h in hints.values()] == [abs(shift) == k for k in hints]
    if abs(shift) > 2.0:
        assert found[0].level == "error"
        with pytest.raises(DataError, match="hours off"):
            prepare_weather(w)
    else:
        fixed, _ = prepare_weather(w)
        assert abs(clock_offset_h(fixed)) < 0.1


def test_a_good_clock_is_left_alone():
    w = weather()
    assert abs(clock_offset_h(w)) < 0.05
    prepared, findings = prepare_weather(w)
    assert findings == []
    pd.testing.assert_frame_equal(prepared.hourly, w.hourly)


def test_clock_correction_can_be_declined():
    t = clear()
    w = weather(t.set_axis(t.index + pd.Timedelta(hours=0.5), axis=0))
    kept, _ = prepare_weather(w, clock="keep")
    assert (kept.index == w.index).all()


@pytest.mark.parametrize("model", DECOMPOSITIONS)
def test_decomposition_closes(model):
    """Every model: GHI = DNI cos z + DHI exactly, nothing negative, no beam at night."""
    w = weather()
    s = sun(w.index, LON, LAT, altitude_m=ALT)
    ghi = w.hourly["ghi_w_m2"].to_numpy()
    dni, dhi = decompose(ghi, w.index, s, model=model, lon=LON, lat=LAT, altitude_m=ALT)
    np.testing.assert_allclose(dni * s.cos_zenith + dhi, ghi, atol=1e-9)
    assert (dni >= 0).all()
    assert (dhi >= -1e-9).all()
    assert dni[s.zenith_deg > 90].max() == 0.0
    # clear hours at noon are mostly beam in all of them
    noon = (s.zenith_deg < 45) & (ghi > 700)
    assert (dhi[noon] / ghi[noon]).mean() < 0.45


def test_unknown_decomposition():
    w = weather()
    s = sun(w.index, LON, LAT)
    ghi = w.hourly["ghi_w_m2"].to_numpy()
    with pytest.raises(ConfigError, match="dirint"):
        decompose(ghi, w.index, s, model="magic", lon=LON, lat=LAT)


def test_only_ghi_is_split_with_a_warning():
    w = weather(clear()[["ghi_w_m2", "temp_air_c", "wind_speed_m_s"]])
    prepared, findings = prepare_weather(w, decomposition="erbs")
    assert [f.code for f in findings] == ["absent"]
    assert any(
        x.code == "weather_decomposed" and "ERBS" in x.text("en") for x in prepared.warnings
    )
    assert {"dni_w_m2", "dhi_w_m2"} <= set(prepared.hourly)


def test_top_of_atmosphere_is_pvlibs():
    """Interval means against pvlib's SPA at one-minute steps, a day in June."""
    index = pd.date_range("2001-06-21 00:30", periods=24, freq="h", tz="UTC")
    fine = pd.date_range("2001-06-21 00:00:30", periods=1440, freq="min", tz="UTC")
    s = sun(fine, LON, LAT)
    mean = (s.dni_extra_w_m2 * s.cos_zenith).reshape(24, 60).mean(axis=1)
    np.testing.assert_allclose(toa_mean_w_m2(index, LON, LAT), mean, atol=4.0)


# ---------------------------------------------------------------- bad and odd input


def test_leap_year_is_said_and_kept():
    w = weather(clear(2004))
    assert len(w.index) == 8784
    assert [f.code for f in check_weather(w)] == ["leap_year"]
    assert usable_years(w) == (2004,)


def test_missing_hours_are_filled_and_said(tmp_path):
    t = clear().drop(clear().index[[4000, 4001, 5000]])
    w = read_weather(csv_file(tmp_path / "w.csv", t, label="mid", **HEAD))
    assert len(w.index) == 8760
    assert any(x.code == "weather_missing_hours" for x in w.warnings)
    prepared, findings = prepare_weather(w)
    assert "gap" in {f.code for f in findings}
    assert np.isfinite(prepared.hourly["ghi_w_m2"]).all()
    # three hours of 8,760 move the year by well under a thousandth
    assert prepared.hourly["ghi_w_m2"].sum() == pytest.approx(
        clear()["ghi_w_m2"].sum(), rel=5e-4
    )


def test_all_nan_days_are_found_and_filled():
    t = clear()
    t.iloc[24 * 100 : 24 * 103, :3] = np.nan
    w = weather(t)
    found = {f.code: f for f in check_weather(w)}
    assert found["empty_day"].value == 3
    prepared, _ = prepare_weather(w)
    assert np.isfinite(prepared.hourly[["ghi_w_m2", "dni_w_m2", "dhi_w_m2"]]).all().all()


def test_too_much_missing_is_refused():
    t = clear()
    t.iloc[: 24 * 60, 0] = np.nan
    with pytest.raises(DataError, match="too much irradiance is missing"):
        prepare_weather(weather(t))


def test_negative_irradiance_is_found_and_cut():
    t = clear()
    t.iloc[3, 0] = -12.0
    w = weather(t)
    assert {f.code: f.value for f in check_weather(w)}["negative"] == 1
    prepared, _ = prepare_weather(w)
    assert (prepared.hourly["ghi_w_m2"] >= 0).all()


@pytest.mark.parametrize("factor", [3.6, 1 / 24])
def test_wrong_units_are_refused(factor):
    """kJ/m2 an hour read as W/m2 is 3.6 times too much; 1/24 a daily sum gone astray."""
    t = clear()
    t[["ghi_w_m2", "dni_w_m2", "dhi_w_m2"]] *= factor
    w = weather(t)
    found = {f.code: f for f in check_weather(w)}
    assert found["clear_sky"].level == "error"
    with pytest.raises(DataError, match="does not fit the place"):
        prepare_weather(w)


def test_values_out_of_range_are_found():
    t = clear()
    t.iloc[10, 3] = 95.0
    t.iloc[11, 4] = -1.0
    found = [f for f in check_weather(weather(t)) if f.code == "limits"]
    assert len(found) == 2


@pytest.mark.parametrize(
    ("name", "records", "slip"),
    [
        # WMO archive of weather and climate extremes, and the commonest slip of unit
        ("temp_air_c", (-52.3, 56.7), 283.15),  # coldest of China, hottest of the world; kelvin
        ("temp_dew_c", (-60.0, 35.0), 283.15),  # Dhahran, 8 July 2003; kelvin
        ("wind_speed_m_s", (0.0, 50.0), 180.0),  # the mean of an hour; km/h
        ("wind_direction_deg", (0.0, 360.0), 6400.0),  # mils
        ("pressure_pa", (50_000.0, 108_480.0), 1013.25),  # 5,500 m; Tosontsengel 2001; hPa
        ("relative_humidity_frac", (0.0, 1.0), 55.0),  # percent
        ("albedo_frac", (0.0, 1.0), 20.0),  # percent
        ("snow_depth_m", (0.0, 11.82), 50.0),  # Mount Ibuki, 14 February 1927; cm
        ("precipitation_mm", (0.0, 305.0), -1.0),  # Holt, 22 June 1947, 42 minutes
        ("ghi_w_m2", (0.0, 1361.0), 3600.0),  # the sun itself; kJ/m2
        ("dni_w_m2", (0.0, 1361.0), 3600.0),
        ("dhi_w_m2", (0.0, 700.0), 3600.0),
    ],
)
def test_each_column_holds_its_records_and_no_other_unit(name, records, slip):
    for value, wanted in (*((r, False) for r in records), (slip, True)):
        t = clear()
        t[name] = 0.0 if name != "pressure_pa" else 90_000.0
        t.iloc[10, t.columns.get_loc(name)] = value
        found = [f for f in check_weather(weather(t)) if f.code == "limits"]
        assert bool(found) == wanted, value


def test_subhourly_is_averaged(tmp_path):
    """Ten-minute data: means of the hour; an hour that lacks a sample is missing."""
    t = clear(start="2001-06-01", end="2001-06-30 23:59", step="10min")
    path = csv_file(tmp_path / "w.csv", t.drop(t.index[100]), label="mid", **HEAD)
    w = read_weather(path)
    assert len(w.index) == 24 * 30
    assert any(x.code == "weather_subhourly" for x in w.warnings)
    mean = t["ghi_w_m2"].to_numpy().reshape(-1, 6).mean(axis=1)
    gap = 100 // 6
    assert np.isnan(w.hourly["ghi_w_m2"].iloc[gap])
    np.testing.assert_allclose(
        np.delete(w.hourly["ghi_w_m2"].to_numpy(), gap), np.delete(mean, gap)
    )


def test_three_hourly_is_refused(tmp_path):
    path = csv_file(tmp_path / "w.csv", clear().iloc[::3], label="mid", **HEAD)
    with pytest.raises(DataError, match="coarser than hourly"):
        read_weather(path)


def test_repeated_stamps_are_refused(tmp_path):
    t = clear().iloc[:100]
    path = csv_file(tmp_path / "w.csv", pd.concat([t, t.iloc[:1]]), label="mid", **HEAD)
    with pytest.raises(DataError, match="comes twice"):
        read_weather(path)


def test_unknown_clock_is_refused(tmp_path):
    head = {k: v for k, v in HEAD.items() if k != "tz"}
    path = csv_file(tmp_path / "w.csv", clear(), label="mid", **head)
    with pytest.raises(DataError, match="clock of the file is not known"):
        read_weather(path)


def test_summer_time_is_refused():
    with pytest.raises(DataError, match="summer time"):
        fixed_offset("Europe/Berlin")
    with pytest.raises(DataError, match="unknown time zone"):
        fixed_offset("Mars/Olympus")


def test_polar_night_is_refused():
    """78 N in December alone: the sun never rises."""
    t = clear(start="2001-11-25", end="2002-01-10", lon=15.0, lat=78.2)
    w = weather(t, lat=78.2, lon=15.0)
    assert "polar" in {f.code for f in check_weather(w)}
    with pytest.raises(DataError, match="never rises"):
        prepare_weather(w)


def test_part_of_a_year_has_no_annual_yield():
    w = weather(clear().iloc[:2000])
    assert "incomplete_year" in {f.code for f in check_weather(w)}
    with pytest.raises(DataError, match="one whole year"):
        usable_years(w)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "no time column"),
        ("time,ghi\n2001-01-01 00:30,x\n2001-01-01 01:30,1\n", "no numbers"),
        ("time,foo\n2001-01-01 00:30,1\n2001-01-01 01:30,1\n", "neither global irradiance"),
        ("time,ghi\nyesterday,1\ntoday,1\n", "time stamp cannot be read"),
    ],
)
def test_broken_tables(tmp_path, text, message):
    path = tmp_path / "w.csv"
    path.write_text("".join(f"# {k}: {v}\n" for k, v in HEAD.items()) + text)
    with pytest.raises(DataError, match=message):
        read_weather(path)


def test_place_must_be_known(tmp_path):
    path = csv_file(tmp_path / "w.csv", clear(), label="mid", tz="UTC+08:00")
    with pytest.raises(DataError, match="2 faults"):
        read_weather(path)


def test_missing_file_and_unknown_format(tmp_path):
    with pytest.raises(DataError, match="missing"):
        read_weather(tmp_path / "none.epw")
    other = tmp_path / "x.bin"
    other.write_bytes(b"\x00\x01")
    with pytest.raises(DataError, match="format"):
        read_weather(other)


def test_unknown_unit():
    with pytest.raises(DataError, match="unknown unit"):
        convert(np.ones(2), "ghi_w_m2", "furlong", "x")


def test_naive_index_is_refused():
    t = clear()
    with pytest.raises(DataError, match="no time zone"):
        weather(t.set_axis(t.index.tz_localize(None), axis=0))


def test_weather_of_takes_the_county_for_a_cutout(tmp_path):
    path = cutout(tmp_path / "c.nc")
    source = WeatherSource(path="c.nc", altitude_m=ALT)
    w, _ = weather_of(source, path, lon=LON, lat=LAT)
    assert w.lon == 106.75
    assert replace(w, source="x").source == "x"
