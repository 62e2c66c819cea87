"""Weather in a plain table: CSV of any columns, separator and clock."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from gis.errors import DataError
from gis.say import listed, say
from layers.weather.raw import SHORT_NAMES, RawWeather, numbers_of, standard_time, unreadable
from layers.weather.schema import WeatherSource, canonical_column, fixed_offset
from layers.weather.units import convert

__all__ = ["parse_table"]


def _comments(lines: list[str]) -> dict[str, str]:
    """Facts in leading ``# key: value`` lines."""
    out = {}
    for line in lines:
        key, found, value = line.lstrip("# \t").partition(":")
        if not found:
            key, found, value = line.lstrip("# \t").partition("=")
        if found:
            out[key.strip().lower()] = value.strip()
    return out


def parse_table(path: Path, source: WeatherSource) -> RawWeather:
    """Rows of a table with a column of time, or of year, month, day and hour.

    Raises
    ------
    DataError
        When it is no table, has no clock, or holds what is not a number.
    """
    try:
        text = path.read_text(encoding=source.encoding)
    except (UnicodeDecodeError, LookupError, OSError) as err:
        raise unreadable(
            path,
            say("layers.weather.table_cannot_be_read"),
            err,
            say("layers.weather.say_encoding"),
        ) from err
    lines = text.splitlines()
    n_head = next((i for i, s in enumerate(lines) if not s.startswith("#")), len(lines))
    facts = _comments(lines[:n_head])
    try:
        data = pd.read_csv(
            io.StringIO("\n".join(lines[n_head:])), sep=source.separator, skipinitialspace=True
        )
    except (ValueError, pd.errors.ParserError, pd.errors.EmptyDataError) as err:
        raise unreadable(
            path, say("layers.weather.no_table"), err, say("layers.weather.check_separator")
        ) from err
    data.columns = [str(c).strip() for c in data.columns]
    stamp = _stamps(data, path, source)
    mapping = _column_map(data, path, source)
    out = {}
    for name, column in mapping.items():
        values = numbers_of(data[column], path, column)
        out[name] = convert(values, name, source.units.get(name, ""), f"{path.name} {column}")
    lon, lat, alt = (_fact(facts, k, path) for k in ("lon", "lat", "altitude_m"))
    tz = source.tz or facts.get("tz", "")
    if stamp.tz is None:
        if not tz:
            raise DataError(
                say("layers.weather.clock_file_not_known"),
                where=path.name,
                got=say("layers.weather.time_stamps_without_zone"),
                expected=say("layers.weather.tz_examples"),
                todo=say("layers.weather.write_under_weather_tz_plan"),
            )
        stamp = stamp.tz_localize(standard_time(fixed_offset(tz, path.name)))
    where_lon = source.lon if source.lon is not None else lon
    local = fixed_offset(tz, path.name) if tz else 0.0
    if local == 0.0 and where_lon is not None:
        local = float(round(where_lon / 15.0))
    label = facts.get("label", "end")
    if label not in {"start", "mid", "end", "instant"}:
        raise DataError(
            say("layers.weather.unknown_interval_label"), where=path.name, got=label
        )
    return RawWeather(
        pd.DataFrame(out, index=stamp),
        label,  # type: ignore[arg-type]
        local,
        lon,
        lat,
        alt,
        typical_year=facts.get("typical_year", "").lower() == "true",
        synthetic=facts.get("synthetic", "").lower() == "true",
        source=facts.get("source", path.name),
        notes=() if "label" in facts or source.label else ("label_assumed",),
    )


def _fact(facts: dict[str, str], key: str, path: Path) -> float | None:
    if key not in facts:
        return None
    try:
        return float(facts[key])
    except ValueError as err:
        raise unreadable(
            path, say("layers.weather.comment_no_number", name=key), facts[key]
        ) from err


def _stamps(data: pd.DataFrame, path: Path, source: WeatherSource) -> pd.DatetimeIndex:
    names = list(source.time_columns)
    if not names:
        low = {c.lower(): c for c in data.columns}
        names = [low[k] for k in ("time", "datetime", "timestamp", "time_utc") if k in low][:1]
        if not names and {"year", "month", "day", "hour"} <= set(low):
            names = [low[k] for k in ("year", "month", "day", "hour")]
            names += [low["minute"]] if "minute" in low else []
    missing = [n for n in names if n not in data.columns]
    if not names or missing:
        raise DataError(
            say("layers.weather.no_time_column"),
            where=path.name,
            got=listed(map(str, data.columns)),
            expected=listed(missing) or say("layers.weather.time_or_parts"),
            todo=say("layers.weather.name_weather_time_columns"),
        )
    try:
        if [n.lower() for n in names[:4]] == ["year", "month", "day", "hour"]:
            parts = data[names].rename(columns=str.lower)
            days = pd.to_datetime(parts[["year", "month", "day"]])
            stamp = days + pd.to_timedelta(parts["hour"], unit="h")
            if "minute" in parts:
                stamp = stamp + pd.to_timedelta(parts["minute"], unit="m")
        else:
            joined = data[names[0]].astype(str)
            for name in names[1:]:
                joined = joined + " " + data[name].astype(str)
            stamp = pd.to_datetime(
                joined, format=source.time_format or None, utc=_has_zone(joined)
            )
    except (ValueError, TypeError, OverflowError) as err:
        raise unreadable(
            path,
            say("layers.weather.stamp_cannot_be_read"),
            err,
            say("layers.weather.give_time_format"),
        ) from err
    return pd.DatetimeIndex(stamp)


def _has_zone(stamps: pd.Series) -> bool:
    first = str(stamps.iloc[0]) if len(stamps) else ""
    return first.endswith("Z") or "+" in first[10:] or "-" in first[10:]


def _column_map(data: pd.DataFrame, path: Path, source: WeatherSource) -> dict[str, str]:
    mapping = {}
    for name, column in source.columns.items():
        if not canonical_column(name) or column not in data.columns:
            raise DataError(
                say("layers.weather.column_map_names_something_not"),
                where=path.name,
                got=f"{name} = {column}",
                expected=listed(map(str, data.columns)),
            )
        mapping[name] = column
    for column in data.columns:
        name = column if canonical_column(column) else SHORT_NAMES.get(column.lower(), "")
        if name and name not in mapping:
            mapping[name] = column
    return mapping
