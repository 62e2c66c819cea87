"""A clean hourly series from whatever clock a file had."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from gis.errors import DataError, Fault
from gis.say import listed, say
from gis.toml import read_toml
from layers.result import Warn
from layers.weather.schema import Label, canonical_column

__all__ = ["check_columns", "regular_hourly", "typical_year_index"]

_SHIFT = {"start": 0.5, "mid": 0.0, "end": -0.5, "instant": 0.0}
_HOUR = pd.Timedelta(hours=1)


def typical_year_index(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """`index` with every stamp moved into one year; leap when 29 February is there.

    Examples
    --------
    >>> i = pd.DatetimeIndex(["2011-12-31 22:30", "2007-01-01 00:30"])
    >>> [str(t) for t in typical_year_index(i)]
    ['1990-12-31 22:30:00', '1990-01-01 00:30:00']
    """
    leap = bool(((index.month == 2) & (index.day == 29)).any())
    year = 1992 if leap else 1990
    frame = pd.DataFrame(
        {
            "year": year,
            "month": index.month,
            "day": index.day,
            "hour": index.hour,
            "minute": index.minute,
        }
    )
    return pd.DatetimeIndex(pd.to_datetime(frame)).tz_localize(index.tz)


def regular_hourly(
    table: pd.DataFrame, *, label: Label, utc_offset_h: float, where: str, typical_year: bool
) -> tuple[pd.DataFrame, list[Warn]]:
    """Put a table on hourly midpoints in the clock of `utc_offset_h`.

    Parameters
    ----------
    table : DataFrame
        Canonical columns; time-zone aware index as the file has it.
    label : {"start", "mid", "end", "instant"}
        What the stamps mark.
    utc_offset_h : float
        Clock of the result [h ahead of UTC].
    where : str
        File name for messages.
    typical_year : bool
        Whether stamps that leave the year on changing the clock come in at its other end.

    Returns
    -------
    DataFrame
        Regular hourly rows; hours the file lacks are rows of NaN.
    list of Warn

    Raises
    ------
    DataError
        For repeated stamps, an irregular clock, or steps above one hour.
    """
    warnings: list[Warn] = []
    index = pd.DatetimeIndex(table.index)
    if len(index) < 2:
        raise DataError(say("layers.weather.fewer_than_two_rows_weather"), where=where)
    if index.has_duplicates:
        first = index[index.duplicated()][0]
        raise DataError(
            say("layers.weather.time_stamp_comes_twice"),
            where=where,
            got=say("layers.weather.times_first", n=int(index.duplicated().sum()), first=first),
            todo=say("layers.weather.clock_summer_time_repeats_hour"),
        )
    ordered = index.sort_values()
    diffs = ((ordered[1:] - ordered[:-1]) / _HOUR).to_numpy(dtype=np.float64)
    values, counts = np.unique(np.round(diffs, 6), return_counts=True)
    step_h = float(values[counts.argmax()])
    if step_h > 1.0 + 1e-6:
        raise DataError(
            say("layers.weather.weather_coarser_than_hourly"),
            where=where,
            got=say("layers.weather.steps_h", step_h=step_h),
            expected=say("layers.weather.hourly_or_finer"),
            todo=say("layers.weather.use_hourly_source"),
        )
    if abs(round(1.0 / step_h) * step_h - 1.0) > 1e-4:
        raise DataError(
            say("layers.weather.step_does_not_divide_hour"),
            where=where,
            got=say("layers.weather.minutes", n=step_h * 60),
        )
    mid = index + pd.Timedelta(hours=_SHIFT[label] * step_h)
    mid = mid.tz_convert(dt.timezone(dt.timedelta(hours=utc_offset_h)))
    if typical_year:
        mid = typical_year_index(mid)
    out = table.set_axis(mid, axis=0).sort_index()
    if out.index.has_duplicates:
        raise DataError(
            say("layers.weather.months_different_years_overlap_typical"),
            where=where,
            todo=say("layers.weather.give_years_full"),
        )
    if step_h < 1.0 - 1e-6:
        n = round(1.0 / step_h)
        groups = pd.DatetimeIndex(out.index).floor("h")
        sizes = out.groupby(groups).count()
        means = _hour_means(out, groups).where(sizes >= n)
        out = means.set_axis(pd.DatetimeIndex(means.index) + _HOUR / 2, axis=0)
        warnings.append(
            Warn(
                "weather_subhourly",
                say("layers.weather.weather_subhourly", where=where, minutes=step_h * 60),
                where,
            )
        )
    _refuse_span(out.index[0], out.index[-1], len(out), where)
    full = pd.date_range(out.index[0], out.index[-1], freq="h")
    if len(full) != len(out):
        extra = pd.DatetimeIndex(out.index).difference(full)
        if len(extra):
            raise DataError(
                say("layers.weather.time_stamps_do_not_lie"),
                where=where,
                got=say("layers.weather.stamps_off_first", n=len(extra), first=extra[0]),
                todo=say("layers.weather.check_time_column_its_format"),
            )
        missing = full.difference(pd.DatetimeIndex(out.index))
        out = out.reindex(full)
        warnings.append(
            Warn(
                "weather_missing_hours",
                say(
                    "layers.weather.weather_missing_hours",
                    where=where,
                    n_missing=len(missing),
                    first=missing[0],
                ),
                where,
            )
        )
    out.index.name = "time"
    return out, warnings


def _refuse_span(first: pd.Timestamp, last: pd.Timestamp, n: int, where: str) -> None:
    """Refuse stamps that no series spans: one year of 1 among them makes two thousand years."""
    most = float(read_toml("layers.weather", "quality.toml")["series_years_max"])
    years = last.year - first.year
    if years <= most:
        return
    raise DataError(
        say("layers.weather.stamps_span_too_much"),
        where=where,
        got=say("layers.weather.from_to_rows", first=first, last=last, n=n),
        expected=say("layers.weather.at_most_years", most=most),
        todo=say("layers.weather.check_time_column_its_format"),
    )


def _hour_means(out: pd.DataFrame, groups: pd.DatetimeIndex) -> pd.DataFrame:
    """Hourly means; directions as vectors, precipitation as a sum."""
    means = out.groupby(groups).mean()
    for name in out.columns:
        if name.startswith("wind_direction"):
            angle = np.deg2rad(out[name])
            east = np.sin(angle).groupby(groups).mean()
            north = np.cos(angle).groupby(groups).mean()
            means[name] = np.rad2deg(np.arctan2(east, north)) % 360.0
        elif name == "precipitation_mm":
            means[name] = out[name].groupby(groups).sum()
    return means


def check_columns(table: pd.DataFrame, where: str) -> None:
    """Refuse columns the schema does not know, and a table without irradiance or wind.

    Raises
    ------
    DataError
    """
    unknown = [c for c in table.columns if not canonical_column(str(c))]
    faults = [
        Fault(say("layers.weather.not_column_weather_schema"), where=where, got=str(c))
        for c in unknown
    ]
    if not {"ghi_w_m2", "wind_speed_m_s"} & set(table.columns) and not any(
        str(c).startswith("wind_speed_") for c in table.columns
    ):
        faults.append(
            Fault(
                say("layers.weather.neither_global_irradiance_nor_wind"),
                where=where,
                got=listed(map(str, table.columns)),
                todo=say("layers.weather.name_columns_weather_columns"),
            )
        )
    if faults:
        raise DataError(faults)
