"""What is wrong with weather that comes as arrays: units, ranges, clock, place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.errors import Fault
from gis.say import Sentence, say
from gis.toml import read_toml
from gis.types import F8

__all__ = [
    "limits_of",
    "place_faults",
    "range_fault",
    "series_faults",
    "time_faults",
    "value_faults",
]

# No place on earth has such a mean over a month, hub heights included: the numbers are km/h
_MEAN_TOP_M_S = 25.0
_MONTH_H = 720


def limits_of(name: str) -> tuple[float, float, str, Sentence]:
    """Lowest and highest value of a column, its unit, and what to do about values outside.

    Examples
    --------
    >>> limits_of("temp_air_c")[:3]
    (-90.0, 60.0, 'deg C')
    """
    row = read_toml("layers.weather", "edges.toml")[name]
    return row["low"], row["high"], row["unit"], say(f"layers.weather_edge.{row['hint']}")


def range_fault(name: str, value: float, low: float, high: float, unit: str) -> Fault | None:
    """The fault of one number outside its range, or None."""
    if low <= value <= high:
        return None
    return Fault(
        say("layers.weather_edge.out_of_range"),
        where=name,
        got=f"{value:g} {unit}",
        expected=say("layers.weather_edge.between", low=low, high=high, unit=unit),
    )


def place_faults(**place: float) -> list[Fault]:
    """Faults of ``lat``, ``lon`` and ``altitude_m``.

    Examples
    --------
    >>> [f.where for f in place_faults(lat=106.4, lon=38.9)]
    ['lat']
    """
    out = []
    for name, value in place.items():
        low, high, unit, todo = limits_of(name)
        fault = range_fault(name, value, low, high, unit)
        if fault is not None:
            fault.todo = todo
            out.append(fault)
    return out


def value_faults(name: str, values: F8, n: int, *, needed: bool = True) -> list[Fault]:
    """Faults of the values of one column: how many there are, and what cannot be.

    Parameters
    ----------
    name : str
        Column of the hourly schema.
    values : f8[...]
        NaN is missing.
    n : int
        How many there must be.
    needed : bool
        Whether a column without any value is a fault.
    """
    low, high, unit, todo = limits_of(name)
    if values.ndim != 1 or len(values) != n:
        return [
            Fault(
                say("layers.weather_edge.one_value_each_time"),
                where=name,
                got=say("layers.weather_edge.shape_of_values", shape=values.shape),
                expected=say("layers.weather_edge.n_values", n=n),
            )
        ]
    known = values[~np.isnan(values)]
    if not len(known):
        expected = say("layers.weather_edge.between", low=low, high=high, unit=unit)
        none = say("layers.weather_edge.no_value")
        return [Fault(none, where=name, got="NaN", expected=expected, todo=todo)] * needed
    worst = known[np.argmax(np.maximum(low - known, known - high))]
    fault = range_fault(name, float(worst), low, high, unit)
    if fault is None:
        return []
    fault.todo = todo
    return [fault]


def series_faults(name: str, values: F8, n: int, *, needed: bool = True) -> list[Fault]:
    """Faults of one column as `value_faults` tells them, and of the mean of a wind speed."""
    found = value_faults(name, values, n, needed=needed)
    speed = name == "wind_speed_m_s"
    if found or not speed or np.isfinite(values).sum() < _MONTH_H:
        return found
    mean = float(np.nanmean(values))
    if mean <= _MEAN_TOP_M_S:
        return []
    low, _, unit, todo = limits_of(name)
    return [
        Fault(
            say("layers.weather_edge.mean_out_of_range"),
            where=name,
            got=f"{mean:g} {unit}",
            expected=say("layers.weather_edge.between", low=low, high=_MEAN_TOP_M_S, unit=unit),
            todo=todo,
        )
    ]


def time_faults(times: pd.DatetimeIndex) -> list[Fault]:
    """Faults of a clock: no zone, not rising, not hourly.

    Examples
    --------
    >>> [str(f.what) for f in time_faults(pd.date_range("2023", periods=3, freq="h"))]
    ['the times have no zone']
    """
    wrong: Sentence | None = None
    got, todo = "", say("layers.weather_edge.give_hourly_times")
    if times.tz is None:
        wrong, todo = say("layers.weather_edge.no_zone"), say("layers.weather_edge.localize")
    elif len(times) < 2 or not times.is_monotonic_increasing or not times.is_unique:
        wrong = say("layers.weather_edge.times_not_rising")
    else:
        # steps inside a year; a typical year or a gap may jump between months
        step = pd.Series(times).diff().median()
        if step != pd.Timedelta(hours=1):
            wrong, got = say("layers.weather_edge.times_not_hourly"), str(step)
    if wrong is None:
        return []
    expected = say("layers.weather_edge.hourly_times")
    return [Fault(wrong, where="times", got=got, expected=expected, todo=todo)]
