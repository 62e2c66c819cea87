"""A clean hourly series from whatever clock a file had."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from gis.errors import DataError, Fault
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
        raise DataError("fewer than two rows of weather", where=where)
    if index.has_duplicates:
        first = index[index.duplicated()][0]
        raise DataError(
            "a time stamp comes twice",
            where=where,
            got=f"{int(index.duplicated().sum())} times, first {first}",
            todo="a clock with summer time repeats an hour in autumn: export in standard time",
        )
    ordered = index.sort_values()
    diffs = ((ordered[1:] - ordered[:-1]) / _HOUR).to_numpy(dtype=np.float64)
    values, counts = np.unique(np.round(diffs, 6), return_counts=True)
    step_h = float(values[counts.argmax()])
    if step_h > 1.0 + 1e-6:
        raise DataError(
            "the weather is coarser than hourly",
            where=where,
            got=f"steps of {step_h:g} h",
            expected="1 h or finer",
            todo="use an hourly source",
        )
    if abs(round(1.0 / step_h) * step_h - 1.0) > 1e-4:
        raise DataError(
            "the step does not divide an hour", where=where, got=f"{step_h * 60:g} minutes"
        )
    mid = index + pd.Timedelta(hours=_SHIFT[label] * step_h)
    mid = mid.tz_convert(dt.timezone(dt.timedelta(hours=utc_offset_h)))
    if typical_year:
        mid = typical_year_index(mid)
    out = table.set_axis(mid, axis=0).sort_index()
    if out.index.has_duplicates:
        raise DataError(
            "months of different years overlap in the typical year",
            where=where,
            todo="give the years in full",
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
                f"{where}：{step_h * 60:g} 分钟数据已取小时平均，缺任一时刻的小时记为缺测",
                f"{where}: {step_h * 60:g}-minute data averaged to hours; an hour that lacks "
                "a sample is missing",
                where,
            )
        )
    full = pd.date_range(out.index[0], out.index[-1], freq="h")
    if len(full) != len(out):
        extra = pd.DatetimeIndex(out.index).difference(full)
        if len(extra):
            raise DataError(
                "the time stamps do not lie on one clock",
                where=where,
                got=f"{len(extra)} stamps off it, first {extra[0]}",
                todo="check the time column and its format",
            )
        missing = full.difference(pd.DatetimeIndex(out.index))
        out = out.reindex(full)
        warnings.append(
            Warn(
                "weather_missing_hours",
                f"{where}：缺 {len(missing)} 个小时，首个 {missing[0]}",
                f"{where}: {len(missing)} hours are missing, the first {missing[0]}",
                where,
            )
        )
    out.index.name = "time"
    return out, warnings


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
        Fault("not a column of the weather schema", where=where, got=str(c)) for c in unknown
    ]
    if not {"ghi_w_m2", "wind_speed_m_s"} & set(table.columns) and not any(
        str(c).startswith("wind_speed_") for c in table.columns
    ):
        faults.append(
            Fault(
                "neither global irradiance nor wind is in the file",
                where=where,
                got=", ".join(map(str, table.columns)),
                todo='name the columns with weather.columns = { ghi_w_m2 = "..." }',
            )
        )
    if faults:
        raise DataError(faults)
