"""The formats weather comes in: each parser gives canonical columns on the file's clock."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.errors import DataError
from gis.files.given import foreign, given_file
from gis.say import listed, say
from layers.weather.raw import SHORT_NAMES, RawWeather, standard_time, unreadable
from layers.weather.satellite import is_nsrdb, is_solargis, parse_nsrdb, parse_solargis
from layers.weather.schema import WeatherSource, fixed_offset
from layers.weather.srw import parse_srw
from layers.weather.table_file import parse_table
from layers.weather.units import convert

__all__ = ["guess_format", "parse"]


def guess_format(path: Path) -> str:
    """The format of `path` by its name and first bytes.

    Raises
    ------
    DataError
        When it is none that is known.
    """
    if path.suffix.lower() == ".zarr" or (path.is_dir() and any(path.glob(".z*"))):
        return "zarr"
    if path.is_dir() or "*" in path.name or path.suffix.lower() in {".nc", ".nc4", ".h5"}:
        return "netcdf"
    if not path.exists():
        raise DataError(
            say("layers.weather.weather_file_missing"),
            where=str(path),
            todo=say("layers.weather.check_path"),
        )
    with path.open("rb") as stream:
        head = stream.read(4096).decode("utf-8", errors="replace").lstrip("\ufeff \r\n")
    if head.startswith("LOCATION,"):
        return "epw"
    if head.startswith("{"):
        return "nasa_power" if "properties" in head or "fill_value" in head else "pvgis_json"
    if head.startswith(("Latitude (", "time(UTC)")):
        return "pvgis_csv"
    first = next(iter(head.splitlines()[1:2]), "")
    if first.startswith("Date (MM/DD/YYYY)"):
        return "tmy3"
    if is_nsrdb(head):
        return "nsrdb"
    if is_solargis(head):
        return "solargis"
    if path.suffix.lower() == ".srw":
        return "srw"
    if path.suffix.lower() in {".csv", ".txt", ".tsv"}:
        return "csv"
    raise DataError(
        say("layers.weather.format_weather_file_not_known"),
        where=path.name,
        expected=say("layers.weather.epw_tmy3_pvgis_csv_json"),
        todo=say("layers.weather.say_weather_format"),
    )


# EnergyPlus weather: column -> (field number, value that means missing, scale, offset)
_EPW = {
    "temp_air_c": (6, 99.9, 1.0, 0.0),
    "temp_dew_c": (7, 99.9, 1.0, 0.0),
    "relative_humidity_frac": (8, 999.0, 0.01, 0.0),
    "pressure_pa": (9, 999999.0, 1.0, 0.0),
    "ghi_w_m2": (13, 9999.0, 1.0, 0.0),
    "dni_w_m2": (14, 9999.0, 1.0, 0.0),
    "dhi_w_m2": (15, 9999.0, 1.0, 0.0),
    "wind_direction_deg": (20, 999.0, 1.0, 0.0),
    "wind_speed_m_s": (21, 999.0, 1.0, 0.0),
    "snow_depth_m": (30, 999.0, 0.01, 0.0),
}


def _epw(path: Path, _source: WeatherSource) -> RawWeather:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    lines = text.splitlines()
    head = next(csv.reader(lines[:1]))
    try:
        lat, lon, tz_h, altitude_m = (float(v) for v in head[6:10])
        place = ", ".join(head[1:6])
    except (ValueError, IndexError) as err:
        raise unreadable(path, say("layers.weather.epw_head"), err) from err
    body = "\n".join(lines[8:])
    try:
        data = pd.read_csv(io.StringIO(body), header=None, usecols=range(35), index_col=False)
        data = data.dropna(how="all")
        stamp = pd.to_datetime(
            {
                "year": data[0].astype(int),
                "month": data[1].astype(int),
                "day": data[2].astype(int),
            }
        ) + pd.to_timedelta(data[3].astype(int), unit="h")
    except (ValueError, KeyError, TypeError) as err:
        raise unreadable(path, say("layers.weather.epw_rows"), err) from err
    table = {}
    for name, (number, missing, scale, offset) in _EPW.items():
        values = pd.to_numeric(data[number], errors="coerce").to_numpy(dtype=np.float64)
        values = np.where(np.isclose(values, missing), np.nan, values) * scale + offset
        if np.isfinite(values).any():
            table[name] = values
    index = pd.DatetimeIndex(stamp).tz_localize(standard_time(tz_h))
    # an EPW of at most one year is a typical year: its year numbers mean nothing
    return RawWeather(
        pd.DataFrame(table, index=index),
        "end",
        tz_h,
        lon,
        lat,
        altitude_m,
        typical_year=len(data) <= 8784,
        source=f"EPW {place}",
        wind_height_m=10.0,
    )


def _tmy3(path: Path, _source: WeatherSource) -> RawWeather:
    from pvlib import iotools

    try:
        data, meta = iotools.read_tmy3(path, coerce_year=1990, map_variables=True)
    except (ValueError, KeyError, IndexError, UnicodeDecodeError, pd.errors.ParserError) as err:
        raise unreadable(
            path, say("layers.weather.file_cannot_be_read_as", kind="TMY3"), err
        ) from err
    table = _renamed(data)
    if "pressure_pa" in table:
        table["pressure_pa"] *= 100.0  # mbar
    if "relative_humidity_frac" in table:
        table["relative_humidity_frac"] /= 100.0
    if "albedo_frac" in table:
        table["albedo_frac"] = table["albedo_frac"].where(table["albedo_frac"] >= 0)
    return RawWeather(
        table,
        "end",
        float(meta["TZ"]),
        float(meta["longitude"]),
        float(meta["latitude"]),
        float(meta["altitude"]),
        typical_year=True,
        source=f"TMY3 {meta.get('Name', '')}".strip(),
        wind_height_m=10.0,
    )


def _renamed(data: pd.DataFrame) -> pd.DataFrame:
    keep = {c: SHORT_NAMES[c] for c in data.columns if c in SHORT_NAMES}
    return data[list(keep)].rename(columns=keep).astype(np.float64)


def _pvgis(path: Path, _source: WeatherSource) -> RawWeather:
    from pvlib import iotools

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as err:
        raise unreadable(
            path, say("layers.weather.file_cannot_be_read_as", kind="PVGIS"), err
        ) from err
    kind = "json" if text.lstrip().startswith("{") else "csv"
    tmy = '"tmy_hourly"' in text if kind == "json" else "month,year" in text
    try:
        if tmy:
            data, meta = iotools.read_pvgis_tmy(path, pvgis_format=kind, map_variables=True)
        else:
            data, meta = iotools.read_pvgis_hourly(path, pvgis_format=kind, map_variables=True)
    except (ValueError, KeyError, IndexError, TypeError) as err:
        raise unreadable(
            path, say("layers.weather.file_cannot_be_read_as", kind="PVGIS"), err
        ) from err
    lat, lon, altitude = _pvgis_place(meta)
    table = _renamed(data)
    if not tmy:
        tilted = {"poa_direct", "poa_sky_diffuse"} <= set(data.columns)
        slope = _pvgis_slope(meta, text)
        if tilted and slope == 0.0:
            table["ghi_w_m2"] = data["poa_direct"] + data["poa_sky_diffuse"]
            table["dhi_w_m2"] = data["poa_sky_diffuse"]
        elif "ghi_w_m2" not in table:
            raise DataError(
                say("layers.weather.this_pvgis_series_holds_irradiance"),
                where=path.name,
                expected=say("layers.weather.tmy_hourly_series_slope_0"),
                todo=say("layers.weather.download_seriescalc_angle_0_components"),
            )
    if "relative_humidity_frac" in table:
        table["relative_humidity_frac"] /= 100.0
    index = pd.DatetimeIndex(data.index)
    index = index.tz_localize("UTC") if index.tz is None else index.tz_convert("UTC")
    # satellite images are not taken on the hour: PVGIS says how much later
    found = re.search(r"rradiance.time.offset[^0-9:]*:\s*(-?[0-9.]+)", text, re.IGNORECASE)
    late_h = float(found[1]) if found and tmy else 0.0
    table.index = index + pd.Timedelta(hours=late_h)
    return RawWeather(
        table,
        "instant",
        float(round(lon / 15.0)),
        lon,
        lat,
        altitude,
        typical_year=tmy,
        source="PVGIS TMY" if tmy else "PVGIS hourly series",
        wind_height_m=10.0,
    )


def _pvgis_place(meta: Any) -> tuple[float, float, float]:  # noqa: ANN401 - as pvlib gives it
    found = meta.get("inputs", meta)
    found = found.get("location", found) if isinstance(found, dict) else found

    def number(*keys: str) -> float:
        for key in keys:
            for place in (found, meta):
                if isinstance(place, dict) and key in place:
                    value = place[key]
                    return float(value["value"] if isinstance(value, dict) else value)
        raise DataError(say("layers.weather.pvgis_file_does_not_say"), expected=keys[0])

    return (
        number("latitude", "Latitude (decimal degrees)"),
        number("longitude", "Longitude (decimal degrees)"),
        number("elevation", "Elevation (m)"),
    )


def _pvgis_slope(meta: Any, text: str) -> float:  # noqa: ANN401 - as pvlib gives it
    for line in text.splitlines()[:12]:
        if line.lower().startswith("slope"):
            return float(line.split(":")[1].split()[0])
    try:
        mounting = meta["inputs"]["mounting_system"]["fixed"]
        return float(mounting["slope"]["value"])
    except (KeyError, TypeError):
        return float("nan")


_POWER = {
    "ALLSKY_SFC_SW_DWN": "ghi_w_m2",
    "ALLSKY_SFC_SW_DNI": "dni_w_m2",
    "ALLSKY_SFC_SW_DIFF": "dhi_w_m2",
    "T2M": "temp_air_c",
    "T2MDEW": "temp_dew_c",
    "RH2M": "relative_humidity_frac",
    "PS": "pressure_pa",
    "WS10M": "wind_speed_m_s",
    "WD10M": "wind_direction_deg",
    "WS50M": "wind_speed_50m_m_s",
    "WD50M": "wind_direction_50m_deg",
    "ALLSKY_SRF_ALB": "albedo_frac",
    "PRECTOTCORR": "precipitation_mm",
}
_POWER_UNITS = {"temp_air_c": "C", "temp_dew_c": "C", "relative_humidity_frac": "%"}
_POWER_UNITS |= {"pressure_pa": "kPa", "albedo_frac": "frac", "precipitation_mm": "mm"}


def _nasa_power(path: Path, source: WeatherSource) -> RawWeather:
    try:
        doc = json.loads(path.read_text(encoding="utf-8-sig"))
        parameters = doc["properties"]["parameter"]
        lon, lat, altitude = doc["geometry"]["coordinates"][:3]
        header = doc.get("header", {})
        fill = float(header.get("fill_value", -999.0))
    except (ValueError, KeyError, TypeError, OSError) as err:
        raise unreadable(
            path, say("layers.weather.file_cannot_be_read_as", kind="NASA POWER"), err
        ) from err
    standard = str(header.get("time_standard", "UTC")).upper()
    if standard != "UTC" and not source.tz:
        raise DataError(
            say("layers.weather.nasa_power_wrote_this_file"),
            where=path.name,
            got=standard,
            expected="UTC",
            todo=say("layers.weather.download_time_standard_utc_state"),
        )
    table = pd.DataFrame({k: v for k, v in parameters.items() if k in _POWER})
    if table.empty or len(str(table.index[0])) != 10:
        raise DataError(
            say("layers.weather.no_hourly_parameters_nasa_power"),
            where=path.name,
            got=listed(parameters),
            expected=say("layers.weather.hourly_parameters", names=listed(_POWER)),
        )
    index = pd.to_datetime(table.index.astype(str), format="%Y%m%d%H")
    table = table.astype(np.float64)
    table = table.mask(table == fill)
    described = doc.get("parameters", {})
    out = {}
    for key, name in _POWER.items():
        if key not in table:
            continue
        unit = str(described.get(key, {}).get("units", "")) or _POWER_UNITS.get(name, "")
        where = f"{path.name} {key}"
        out[name] = convert(table[key].to_numpy(), name, source.units.get(name, unit), where)
    offset = fixed_offset(source.tz, path.name) if source.tz else 0.0
    return RawWeather(
        pd.DataFrame(out, index=pd.DatetimeIndex(index).tz_localize(standard_time(offset))),
        "start",
        float(round(lon / 15.0)),
        float(lon),
        float(lat),
        float(altitude),
        source="NASA POWER hourly",
        wind_height_m=10.0,
    )


def parse(path: Path, source: WeatherSource) -> RawWeather:
    """Rows of the weather file at `path`.

    Raises
    ------
    DataError
        When the file is missing or not what it should be.
    """
    if "*" not in path.name and not given_file(path).exists():
        raise DataError(
            say("layers.weather.weather_file_missing"),
            where=str(path),
            todo=say("layers.weather.check_path"),
        )
    kind = guess_format(path) if source.format == "auto" else source.format
    if kind in {"netcdf", "zarr"}:
        from layers.weather.cutout import parse_cutout

        shown = say("layers.weather.file_cannot_be_read_as", kind="NetCDF/Zarr")
        with foreign(shown, path.name):
            return parse_cutout(path, source, kind)
    readers = {
        "epw": _epw,
        "tmy3": _tmy3,
        "pvgis_csv": _pvgis,
        "pvgis_json": _pvgis,
        "nasa_power": _nasa_power,
        "nsrdb": parse_nsrdb,
        "solargis": parse_solargis,
        "srw": parse_srw,
        "csv": parse_table,
    }
    shown = say("layers.weather.file_cannot_be_read_as", kind=kind)
    with foreign(shown, path.name):
        raw = readers[kind](path, source)
        if pd.DatetimeIndex(raw.table.index).isna().any():
            raise unreadable(path, shown, say("layers.weather.time_stamp_missing"))
        return raw
