"""Years that are told as years: completed to the calendar, month by month, or refused."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import DataError
from gis.say import listed, say
from gis.toml import read_toml
from gis.types import Mask
from layers.weather.schema import Weather

__all__ = ["month_donors", "refuse_empty_months", "whole_years"]


def whole_years(weather: Weather) -> Weather:
    """The same series with every usable year complete; the hours it lacks are NaN.

    A file that begins on 19 January lacks 18 days of January: left out, its year would be
    summed without them.
    """
    index = weather.index
    years = weather.years
    if not years or weather.step_h != 1.0:
        return weather
    first, last = index[0], index[-1]
    half = pd.Timedelta(minutes=30)
    if first.year in years:
        first = pd.Timestamp(year=first.year, month=1, day=1, tz=index.tz) + half
    if last.year in years:
        last = pd.Timestamp(year=last.year + 1, month=1, day=1, tz=index.tz) - half
    # a changed clock moves the ends of a whole year by less than a day: nothing is missing
    day = pd.Timedelta(days=1)
    if first > index[0] - day and last < index[-1] + day:
        return weather
    full = pd.date_range(min(first, index[0]), max(last, index[-1]), freq="h")
    if not index.isin(full).all():  # stamps off the half hour: nothing to complete by
        return weather
    hourly = weather.hourly.reindex(full)
    hourly.index.name = weather.hourly.index.name
    return weather.with_hourly(hourly)


def refuse_empty_months(weather: Weather, column: str) -> None:
    """Refuse a series that lacks a month of the year: no neighbour stands for it.

    Raises
    ------
    DataError
        With the months and how much of them is there.
    """
    least = float(read_toml("layers.weather", "quality.toml")["month_least_frac"])
    known = weather.hourly[column].notna().to_numpy()
    index = weather.index
    inside = np.isin(index.year, weather.years or index.year)
    month = index.month.to_numpy()
    there = {
        int(m): float(known[inside & (month == m)].mean()) for m in np.unique(month[inside])
    }
    poor = {m: share for m, share in there.items() if share < least}
    if not poor:
        return
    raise DataError(
        say("layers.weather.month_missing"),
        where=f"{weather.where} {column}",
        got=listed(
            say("layers.weather.months_covered", months=m, share=share)
            for m, share in poor.items()
        ),
        expected=say("layers.weather.month_at_least", least=least),
        todo=say("layers.weather.use_longer_series_typical_year"),
    )


def month_donors(missing: Mask, index: pd.DatetimeIndex) -> npt.NDArray[np.int64]:
    """For every hour the hour that stands for it: itself, or one of its month and hour.

    Each month keeps its own weight in the year and its own spread; the donors are taken in
    turn, so the same series gives the same answer. An hour nobody can stand for is itself.

    Examples
    --------
    >>> i = pd.date_range("2023-01-01 00:30", periods=72, freq="h")
    >>> month_donors(np.asarray(i.day == 2), i)[24:26].tolist()
    [0, 1]
    """
    out = np.arange(len(index))
    key = index.month.to_numpy() * 100 + index.hour.to_numpy()
    for k in np.unique(key[missing]):
        here = np.flatnonzero(key == k)
        gone, donors = here[missing[here]], here[~missing[here]]
        if len(donors):
            # spread over the donors evenly, the first for the first
            out[gone] = donors[np.arange(len(gone)) * len(donors) // len(gone)]
    return out
