"""Hourly series of satellite services as tables with a head of their own: NSRDB, Solargis."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd

from gis.errors import DataError
from gis.files.given import given_bytes
from gis.say import say
from layers.weather.raw import RawWeather, numbers_of, standard_time, unreadable
from layers.weather.schema import WeatherSource, fixed_offset
from layers.weather.units import convert

__all__ = ["is_nsrdb", "is_solargis", "parse_nsrdb", "parse_solargis"]

# column of the file -> ours and its unit; NSRDB states units in its head, which go first
_NSRDB = {
    "GHI": ("ghi_w_m2", "W/m2"),
    "DNI": ("dni_w_m2", "W/m2"),
    "DHI": ("dhi_w_m2", "W/m2"),
    "Temperature": ("temp_air_c", "C"),
    "Dew Point": ("temp_dew_c", "C"),
    "Relative Humidity": ("relative_humidity_frac", "%"),
    "Pressure": ("pressure_pa", "mbar"),
    "Wind Speed": ("wind_speed_m_s", "m/s"),
    "Wind Direction": ("wind_direction_deg", "deg"),
    "Surface Albedo": ("albedo_frac", ""),
}
_SOLARGIS = {
    "GHI": ("ghi_w_m2", "Wh/m2"),
    "DNI": ("dni_w_m2", "Wh/m2"),
    "DIF": ("dhi_w_m2", "Wh/m2"),
    "TEMP": ("temp_air_c", "C"),
    "TD": ("temp_dew_c", "C"),
    "RH": ("relative_humidity_frac", "%"),
    "AP": ("pressure_pa", "hPa"),
    "WS": ("wind_speed_m_s", "m/s"),
    "WD": ("wind_direction_deg", "deg"),
    "ALBEDO": ("albedo_frac", ""),
}
_SOLARGIS_NONE = -9.0  # "no data value -9" of its irradiation
_UTC = re.compile(r"(?:UTC|GMT)\s*([+-]?\d{1,2}(?:[.:]\d+)?)?", re.IGNORECASE)


def is_nsrdb(head: str) -> bool:
    """Whether a file begins as NSRDB writes it: names, values, then the table's header."""
    lines = head.splitlines()
    return (
        len(lines) > 2
        and {"Latitude", "Longitude", "Time Zone"} <= set(lines[0].split(","))
        and lines[2].startswith("Year,Month,Day,Hour")
    )


def is_solargis(head: str) -> bool:
    """Whether a file begins with Solargis' comments."""
    return head.startswith("#") and "solargis" in head[:2000].lower()


def parse_nsrdb(path: Path, source: WeatherSource) -> RawWeather:
    """Rows of an NSRDB file (PSM, SAM's CSV): two rows of head, then the table.

    Stamps mark the middle of the interval; they are in ``Time Zone``, the standard time of
    the place is ``Local Time Zone``.

    Raises
    ------
    DataError
        When it is not what the format says.
    """
    text = _text(path)
    lines = text.splitlines()
    what = say("layers.weather.file_cannot_be_read_as", kind="NSRDB")
    try:
        names, values = (next(csv.reader([line])) for line in lines[:2])
        head = {n.strip(): v.strip() for n, v in zip(names, values, strict=False)}
        lat, lon, zone = (float(head[k]) for k in ("Latitude", "Longitude", "Time Zone"))
        local = float(head.get("Local Time Zone") or zone)
        altitude = float(head["Elevation"]) if head.get("Elevation") else None
        data = pd.read_csv(io.StringIO("\n".join(lines[2:])), skipinitialspace=True)
        data = data.dropna(axis=1, how="all")
        parts = data[["Year", "Month", "Day", "Hour"]].astype(int)
        minute = data["Minute"].astype(int) if "Minute" in data else 30
        stamp = pd.to_datetime(parts.rename(columns=str.lower)) + pd.to_timedelta(
            minute, unit="m"
        )
    except (ValueError, KeyError, IndexError, StopIteration, TypeError) as err:
        raise unreadable(path, what, err) from err
    table = {}
    for column, (name, unit) in _NSRDB.items():
        if column not in data:
            continue
        stated = head.get(f"{column} Units", "") or head.get(f"{column} Unit", "")
        table[name] = convert(
            numbers_of(data[column], path, column),
            name,
            source.units.get(name, "") or _known_unit(stated) or unit,
            f"{path.name} {column}",
        )
    index = pd.DatetimeIndex(stamp).tz_localize(standard_time(zone))
    # a typical year joins months of several, so its stamps leap
    leaps = bool((stamp.diff().dropna().abs() > pd.Timedelta(days=40)).any())
    return RawWeather(
        pd.DataFrame(table, index=index),
        "mid",
        local,
        lon,
        lat,
        altitude,
        typical_year=leaps,
        source=f"NSRDB {head.get('Source', '')} {head.get('Location ID', '')}".strip(),
        wind_height_m=10.0,
    )


def parse_solargis(path: Path, source: WeatherSource) -> RawWeather:
    """Rows of a Solargis series: comments, then columns split by semicolons.

    Stamps mark the middle of the interval; what "no data" is and the clock stand in the
    comments.

    Raises
    ------
    DataError
        When it is not what the format says, or does not say its clock.
    """
    text = _text(path)
    lines = text.splitlines()
    first = next((i for i, s in enumerate(lines) if s.strip() and not s.startswith("#")), 0)
    comments = "\n".join(lines[:first])
    what = say("layers.weather.file_cannot_be_read_as", kind="Solargis")
    try:
        lat, lon = (_after(comments, k) for k in ("Latitude", "Longitude"))
        data = pd.read_csv(
            io.StringIO("\n".join(lines[first:])), sep=";", skipinitialspace=True
        )
        data.columns = [str(c).strip() for c in data.columns]
        typical = "Day" in data and "Date" not in data
        if typical:
            day = pd.Timestamp(1990, 1, 1) + pd.to_timedelta(data["Day"].astype(int) - 1, "D")
        else:
            day = pd.to_datetime(data["Date"].astype(str), format="%d.%m.%Y")
        clock = data["Time"].astype(str).str.strip() + ":00"
        stamp = day + pd.to_timedelta(clock.str[:8])
    except (ValueError, KeyError, IndexError, TypeError) as err:
        raise unreadable(path, what, err) from err
    zone = _zone(comments, source, path)
    table = {}
    for column, (name, unit) in _SOLARGIS.items():
        if column not in data:
            continue
        values = numbers_of(data[column], path, column)
        if name.endswith("_w_m2"):
            values = np.where(values == _SOLARGIS_NONE, np.nan, values)
        given_unit = source.units.get(name, "") or _solargis_unit(comments, column) or unit
        table[name] = convert(values, name, given_unit, f"{path.name} {column}")
    minutes = (
        (stamp.iloc[1] - stamp.iloc[0]) / pd.Timedelta(minutes=1) if len(stamp) > 1 else 60
    )
    for name in ("ghi_w_m2", "dni_w_m2", "dhi_w_m2"):
        # an energy of the interval, not of an hour
        if name in table and "wh/m2" in _solargis_unit(comments, "GHI", "Wh/m2").lower():
            table[name] = table[name] * (60.0 / float(minutes))
    try:
        altitude: float | None = _after(comments, "Elevation")
    except ValueError:
        altitude = None
    return RawWeather(
        pd.DataFrame(table, index=pd.DatetimeIndex(stamp).tz_localize(standard_time(zone))),
        "mid",
        float(round(lon / 15.0)) if zone == 0 else zone,
        lon,
        lat,
        altitude,
        typical_year=typical,
        source="Solargis",
        wind_height_m=10.0,
    )


def _text(path: Path) -> str:
    raw = given_bytes(path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _known_unit(stated: str) -> str:
    """A stated unit as `convert` knows it; empty for what says nothing."""
    unit = stated.strip().lower()
    if unit in ("", "n/a", "-"):
        return ""
    return {"w/m2": "W/m2", "millibar": "mbar", "meter per second": "m/s"}.get(unit, stated)


def _after(comments: str, key: str) -> float:
    found = re.search(rf"{key}\s*:\s*(-?\d+(?:\.\d+)?)", comments, re.IGNORECASE)
    if found is None:
        raise ValueError(key)
    return float(found[1])


def _solargis_unit(comments: str, column: str, default: str = "") -> str:
    """The unit in brackets behind a column's line in the comments."""
    found = re.search(rf"^#\s*{column}\s*-[^\[\n]*\[([^\]]*)\]", comments, re.MULTILINE)
    unit = found[1].strip() if found else default
    return {"deg. C": "C", "deg.": "deg", "deg. c": "C"}.get(unit, unit)


def _zone(comments: str, source: WeatherSource, path: Path) -> float:
    if source.tz:
        return fixed_offset(source.tz, path.name)
    line = next(
        (s for s in comments.splitlines() if re.search(r"time (reference|zone)", s, re.I)), ""
    )
    found = _UTC.search(line)
    if found is None:
        raise DataError(
            say("layers.weather.clock_file_not_known"),
            where=path.name,
            got=say("layers.weather.time_stamps_without_zone"),
            expected=say("layers.weather.tz_examples"),
            todo=say("layers.weather.write_under_weather_tz_plan"),
        )
    text = (found[1] or "0").replace(":30", ".5")
    return float(text)
