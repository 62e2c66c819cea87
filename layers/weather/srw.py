"""Wind resource files of SAM (.srw): hours without stamps, heights and units in their head."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from gis.errors import DataError
from gis.files.given import given_bytes
from gis.say import listed, say
from layers.weather.raw import RawWeather, numbers_of, standard_time, unreadable
from layers.weather.schema import WeatherSource, fixed_offset
from layers.weather.units import convert

__all__ = ["parse_srw"]

_HEAD = 5  # place; source; fields; units; heights
_HOURS = 8760
_MOST = 12  # rows an hour: five minutes
_YEARS = (1950, 2100)
_SAID = {"degrees": "deg", "degree": "deg", "celsius": "C"}
_FIELDS = {
    "temperature": ("temp_air_c", "C"),
    "pressure": ("pressure_pa", "atm"),
    "pres": ("pressure_pa", "atm"),
    "speed": ("wind_speed_{h}m_m_s", "m/s"),
    "direction": ("wind_direction_deg", "deg"),
}


def parse_srw(path: Path, source: WeatherSource) -> RawWeather:
    """Rows of a ``.srw`` file: 8,760 hours, or their parts, from 1 January 0:00.

    The file does not say its time zone: the plan has to.

    Raises
    ------
    DataError
        For a head that is none, another number of rows, or without ``tz``.

    References
    ----------
    .. [1] SAM help, "Wind data file formats"; read as ``PySAM.ResourceTools.SRW_to_wind_data``
       does.
    """
    text = given_bytes(path).decode("utf-8-sig", errors="replace")
    rows = list(csv.reader(io.StringIO(text)))
    if len(rows) <= _HEAD:
        raise unreadable(path, say("layers.weather.srw_head"), ValueError(f"{len(rows)}"))
    if not source.tz:
        raise DataError(
            say("layers.weather.srw_without_zone"),
            where=path.name,
            expected='tz = "UTC+08:00"',
            todo=say("layers.weather.state_tz_of_srw"),
        )
    names = [c.strip().lower() for c in rows[2] if c.strip()]
    units = [c.strip() for c in rows[3] if c.strip()]
    try:
        heights = [float(c) for c in rows[4] if c.strip()]
    except ValueError as err:
        raise unreadable(path, say("layers.weather.srw_head"), err) from err
    unknown = [n for n in names if n not in _FIELDS]
    if unknown or not names or not len(names) == len(units) == len(heights):
        raise DataError(
            say("layers.weather.srw_head"),
            where=path.name,
            got=listed([*names, *units], 12),
            expected=listed(k.capitalize() for k in _FIELDS),
        )
    body = [r[: len(names)] for r in rows[_HEAD:] if any(c.strip() for c in r)]
    per_hour, over = divmod(len(body), _HOURS)
    if over or not 1 <= per_hour <= _MOST or any(len(r) < len(names) for r in body):
        raise DataError(
            say("layers.weather.srw_rows"),
            where=path.name,
            got=str(len(body)),
            expected=f"{_HOURS}, {2 * _HOURS} ... {_MOST * _HOURS}",
            todo=say("layers.weather.export_whole_year"),
        )
    out = {}
    for i, (name, unit, height) in enumerate(zip(names, units, heights, strict=True)):
        column, usual = _FIELDS[name]
        column = column.format(h=f"{height:g}")
        if column in out:
            continue  # of several heights of one vane or thermometer the first
        values = numbers_of(pd.Series([r[i] for r in body]), path, rows[2][i])
        given = source.units.get(column, _SAID.get(unit.lower(), unit or usual))
        out[column] = convert(values, column, given, path.name)
    year, lat, lon, altitude = _place(rows[0])
    steps = pd.date_range(
        f"{year or 1990}-01-01", f"{(year or 1990) + 1}-01-01",
        freq=f"{60 // per_hour}min", inclusive="left",
    )  # fmt: skip
    steps = steps[~((steps.month == 2) & (steps.day == 29))]
    offset = fixed_offset(source.tz, path.name)
    index = steps.tz_localize(standard_time(offset))
    return RawWeather(
        pd.DataFrame(out, index=index),
        "start",
        offset,
        lon if source.lon is None else source.lon,
        lat if source.lat is None else source.lat,
        altitude if source.altitude_m is None else source.altitude_m,
        typical_year=year is None,
        source=", ".join(c.strip() for c in rows[1] if c.strip())[:120] or path.name,
    )


def _place(head: list[str]) -> tuple[int | None, float | None, float | None, float | None]:
    """Year, latitude, longitude and height of the first line; None where it says none."""

    def at(i: int, low: float, high: float) -> float | None:
        try:
            value = float(head[i])
        except (ValueError, IndexError):
            return None
        return value if low <= value <= high else None

    year = at(4, *_YEARS)
    return (
        None if year is None else int(year),
        at(5, -90.0, 90.0),
        at(6, -180.0, 180.0),
        at(7, -430.0, 9000.0),
    )
