"""Values weather cannot have, found before anything is averaged.

A mark for *missing* that stays in a series is a temperature of -9,900 degrees. What lies
outside the physical limits is a gap (``edges.toml``: one table for files, arrays, sun and
wind); where it is most of a column, the column is in another unit and is refused.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from gis.errors import DataError, Fault, raise_faults
from gis.say import listed, say
from gis.toml import read_toml
from layers.result import Warn

__all__ = ["cleaned_table", "limits_row", "without_dead_wind"]

_SHOWN = 4  # values named in a message
# "wind_speed_100m_m_s" has the limits of "wind_speed_m_s"
_AT_HEIGHT = re.compile(r"^(wind_(?:speed|direction))_[0-9.]+m(_.*)$")


def limits_row(column: str) -> tuple[float, float, str, str] | None:
    """Lowest and highest value of a column, its unit and its hint; None without limits.

    Examples
    --------
    >>> limits_row("wind_speed_100m_m_s")[:2], limits_row("time_of_day")
    ((0.0, 60.0), None)
    """
    table = read_toml("layers.weather", "edges.toml")
    at_height = _AT_HEIGHT.match(column)
    row = table.get(f"{at_height[1]}{at_height[2]}" if at_height else column)
    return None if row is None else (row["low"], row["high"], row["unit"], row["hint"])


def _rule(key: str) -> float:
    return float(read_toml("layers.weather", "quality.toml")[key])


def cleaned_table(table: pd.DataFrame, where: str) -> tuple[pd.DataFrame, list[Warn]]:
    """A table without impossible values, and what was taken out.

    Parameters
    ----------
    table : DataFrame
        Canonical columns, as the file has them.
    where : str
        File, for messages.

    Returns
    -------
    DataFrame
        NaN where a value was a missing mark or outside its limits.
    list of Warn

    Raises
    ------
    DataError
        For infinite values, and for a column of which most lies outside its limits.
    """
    out = table.copy()
    warnings: list[Warn] = []
    faults: list[Fault] = []
    for name in map(str, table.columns):
        values = table[name].to_numpy(dtype=np.float64, copy=True)
        if np.isinf(values).any():
            faults.append(
                Fault(
                    say("layers.weather.infinite_value"),
                    where=f"{where} {name}",
                    got=say("layers.weather.n_hours", n=int(np.isinf(values).sum())),
                    todo=say("layers.weather.leave_missing_values_empty"),
                )
            )
            continue
        limits = limits_row(name)
        known = np.isfinite(values)
        if limits is None or not known.any():
            continue
        low, high, unit, hint = limits
        outside = known & ((values < low) | (values > high))
        if not outside.any():
            continue
        marks = outside & np.isin(values, list(_marks()))
        wrong = outside & ~marks
        rest = known & ~marks
        if wrong.sum() > _rule("whole_column_frac") * max(rest.sum(), 1):
            faults.append(
                Fault(
                    say("layers.weather.column_outside_limits"),
                    where=f"{where} {name}",
                    got=say(
                        "layers.weather.values_run",
                        share=float(wrong.sum() / max(rest.sum(), 1)),
                        low=float(values[rest].min()),
                        high=float(values[rest].max()),
                    ),
                    expected=say("layers.weather_edge.between", low=low, high=high, unit=unit),
                    todo=say(f"layers.weather_edge.{hint}"),
                )
            )
            continue
        values[outside] = np.nan
        out[name] = values
        source = table[name].to_numpy(dtype=np.float64)
        if marks.any():
            shown = listed(f"{v:g}" for v in np.unique(source[marks])[:_SHOWN])
            text = say(
                "layers.weather.missing_marks", name=name, n=int(marks.sum()), marks=shown
            )
            warnings.append(Warn("weather_missing_marks", text, where))
        if wrong.any():
            text = say(
                "layers.weather.limits",
                name=name,
                n=int(wrong.sum()),
                low=low,
                high=high,
                worst=float(source[wrong][np.argmax(np.abs(source[wrong] - (low + high) / 2))]),
            )
            warnings.append(Warn("weather_limits", text, where))
    raise_faults(DataError, faults)
    return out, warnings


def without_dead_wind(hourly: pd.DataFrame, where: str) -> tuple[pd.DataFrame, list[Warn]]:
    """Hours without a wind that stood still for days: its logger did, not the air.

    Parameters
    ----------
    hourly : DataFrame
        Canonical columns, one row an hour.
    where : str
        File, for messages.

    Examples
    --------
    >>> wind = pd.DataFrame({"wind_speed_m_s": [5.0] + [0.0] * 47 + [4.0] + [0.0] * 48})
    >>> out, told = without_dead_wind(wind, "w.csv")
    >>> int(out["wind_speed_m_s"].isna().sum()), [w.code for w in told]
    (48, ['weather_wind_dead'])
    """
    least = _rule("wind_dead_h")
    out, warnings = hourly, []
    for name in map(str, hourly.columns):
        if limits_row(name) is None or not name.startswith("wind_speed"):
            continue
        still = hourly[name] == 0.0
        run = (still != still.shift()).cumsum()
        dead = still & (still.groupby(run).transform("size") >= least)
        if not dead.any():
            continue
        out = out.copy() if out is hourly else out
        out.loc[dead, name] = np.nan
        text = say("layers.weather.wind_dead", name=name, least=least, n=int(dead.sum()))
        warnings.append(Warn("weather_wind_dead", text, where))
    return out, warnings


def _marks() -> tuple[float, ...]:
    return tuple(read_toml("layers.weather", "quality.toml")["missing_marks"])
