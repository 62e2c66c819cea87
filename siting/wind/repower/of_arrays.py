"""Old and new turbines beside each other, from arrays, without a plan file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gis.errors import DataError, Fault, raise_faults
from gis.say import say
from siting.wind.farm import FarmYield, farm_yield
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.row import Row, row
from siting.wind.section import WindSection

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["Repowering", "repower"]

Farm = tuple[ArrayLike, ArrayLike, Turbine | Sequence[Turbine]]


@dataclass(frozen=True, eq=False)
class Repowering:
    """Yield before and after.

    Attributes
    ----------
    before, after
        With their own wakes, losses and P-values.
    before_mw, after_mw
        Rated power of all turbines [MW].
    """

    before: FarmYield
    after: FarmYield
    before_mw: float
    after_mw: float

    @property
    def gain_mwh_yr(self) -> float:
        """P50 after less P50 before [MWh/yr]."""
        return self.after.levels.life[50] - self.before.levels.life[50]

    @property
    def gain_frac(self) -> float:
        """Gain over the P50 before."""
        return self.gain_mwh_yr / self.before.levels.life[50]

    def table(self) -> pd.DataFrame:
        """``item, zh, en, unit, before, after``, as the table ``repower_compare`` begins."""
        return compared(yield_rows(self.before, self.after, self.before_mw, self.after_mw))


def compared(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a table with numbers in ``before`` and ``after``."""
    table = pd.DataFrame(rows, columns=["item", "zh", "en", "unit", "before", "after"])
    table["before"] = pd.to_numeric(table["before"])
    table["after"] = pd.to_numeric(table["after"])
    return table


def yield_rows(
    before: FarmYield, after: FarmYield, old_mw: float, new_mw: float
) -> tuple[Row, ...]:
    """Turbines, capacity, energy, wakes, P-values and full-load hours."""
    old, new = before.levels.life, after.levels.life
    n, m = len(before.gross_mwh_yr), len(after.gross_mwh_yr)
    return (
        row("turbines", "", n, m),
        row("capacity", "MW", old_mw, new_mw),
        row("unit", "MW", old_mw / n, new_mw / m),
        row(
            "gross",
            "MWh/yr",
            float(before.gross_mwh_yr.sum()),
            float(after.gross_mwh_yr.sum()),
        ),
        row(
            "wake",
            "%",
            100.0 * before.farm_wake_loss_frac,
            100.0 * after.farm_wake_loss_frac,
        ),
        row("p50", "MWh/yr", old[50], new[50]),
        row("p75", "MWh/yr", old[75], new[75]),
        row("p90", "MWh/yr", old[90], new[90]),
        row("hours", "h", old[50] / old_mw, new[50] / new_mw),
    )


def _not_farms(given: Mapping[str, object]) -> list[Fault]:
    return [
        Fault(
            say("siting.wind_repower.farm_is_three_values"),
            where=name,
            got=type(farm).__name__,
            expected="(x_m, y_m, machines)",
        )
        for name, farm in given.items()
        if not (isinstance(farm, tuple) and len(farm) == 3)
    ]


def repower(
    old: Farm, new: Farm, weather: Weather, section: WindSection | None = None
) -> Repowering:
    """What `new` turbines yield in place of `old` ones.

    Parameters
    ----------
    old, new : (x_m, y_m, machines)
        Positions, east and north [m], and the turbine at each (one stands for all).
    weather : Weather
        Hourly wind; `siting.wind.yields.wind_weather` makes it of arrays.
    section : WindSection, optional
        Profile law, density correction, wake models and losses; the same for both.

    Returns
    -------
    Repowering

    Raises
    ------
    DataError
        When a farm is not three values, has no turbine, or its places cannot be.

    Notes
    -----
    Land, noise, flicker and money need the layers of a plan: see ``geoplan repower``.

    Examples
    --------
    Two old turbines give way to one of twice the power on a taller tower:

    >>> from siting.wind.machine.library import turbine
    >>> from siting.wind.yields import wind_weather
    >>> times = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    >>> wind = wind_weather(times, np.full(8760, 7.0), height_m=100.0)
    >>> old = [0.0, 900.0], [0.0, 0.0], turbine("generic_1500_325")
    >>> new = [450.0], [0.0], turbine("generic_3000_225")
    >>> found = repower(old, new, wind)
    >>> found.before_mw, found.after_mw, found.gain_mwh_yr > 0
    (3.0, 3.0, True)
    """
    faults = _not_farms({"old": old, "new": new})
    raise_faults(DataError, faults)
    yields, power_mw = [], []
    for x, y, machines in (old, new):
        yields.append(farm_yield(x, y, machines, weather, section))
        many = [machines] * np.size(x) if isinstance(machines, Turbine) else machines
        power_mw.append(sum(m.rated_kw for m in many) / 1000.0)
    return Repowering(yields[0], yields[1], power_mw[0], power_mw[1])
