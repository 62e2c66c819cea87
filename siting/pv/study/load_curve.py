"""The load of a building or a park by the hour, as the user gives it, and PV it uses itself."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.errors import DataError
from gis.files.given import foreign, given_bytes
from gis.say import listed, say
from gis.types import F8
from layers.open.plan_file import plan_file
from layers.plan.model import Plan

__all__ = ["SelfConsumption", "load_curve_kw", "self_consumption"]

_COLUMN = "load_kw"


def load_curve_kw(plan: Plan, path: str) -> F8:
    """Column ``load_kw`` of a CSV file, hour after hour [kW], f8[n].

    Parameters
    ----------
    plan : Plan
    path : str
        Relative to the plan, as it is written there.

    Raises
    ------
    DataError
        For a file that is no table or lacks the column, and for an hour that has no number, a
        negative or an endless one: a load with gaps has no balance.
    """
    file = plan_file(plan, path)
    with foreign(say("siting.pv_study.load_curve_unreadable"), str(file)):
        table = pd.read_csv(io.BytesIO(given_bytes(file)))
    if _COLUMN not in table:
        raise DataError(
            say("siting.pv_study.load_curve_lacks_column"),
            where=file.name,
            got=listed(map(str, table.columns)),
        )
    load = pd.to_numeric(table[_COLUMN], errors="coerce").to_numpy(np.float64)
    wrong = np.flatnonzero(~(np.isfinite(load) & (load >= 0)))
    if len(wrong):
        first = int(wrong[0])
        raise DataError(
            say("siting.pv_study.load_curve_no_number"),
            where=file.name,
            got=say(
                "siting.pv_study.load_curve_hour",
                n=len(wrong),
                hour=first + 1,
                value=str(table[_COLUMN].iloc[first])[:20],
            ),
            expected=say("siting.pv_study.load_curve_number"),
        )
    return load


@dataclass(frozen=True)
class SelfConsumption:
    """PV against a load [kWh over the period]."""

    pv_kwh: float
    load_kwh: float
    used_kwh: float

    @property
    def self_consumed_frac(self) -> float:
        """Share of the PV energy used on site (自用率)."""
        return self.used_kwh / self.pv_kwh if self.pv_kwh > 0 else float("nan")

    @property
    def covered_frac(self) -> float:
        """Share of the load covered by PV (绿电占比)."""
        return self.used_kwh / self.load_kwh if self.load_kwh > 0 else float("nan")


def self_consumption(pv_kw: F8, load_kw: F8, *, step_h: float = 1.0) -> SelfConsumption:
    """What a factory uses of its own roof, hour by hour.

    Raises
    ------
    DataError
        When the series differ in length or hold NaN or negative power.

    Examples
    --------
    >>> s = self_consumption(np.array([0.0, 3.0]), np.array([1.0, 1.0]))
    >>> round(s.self_consumed_frac, 3), s.covered_frac
    (0.333, 0.5)
    """
    pv, load = np.asarray(pv_kw, dtype=np.float64), np.asarray(load_kw, dtype=np.float64)
    if pv.shape != load.shape:
        raise DataError(
            say("siting.pv_study.pv_and_load_differ"),
            got=say("siting.pv_study.two_lengths", pv=pv.size, load=load.size),
            todo=say("siting.pv_study.give_load_of_one_year"),
        )
    if not ((pv >= 0).all() and (load >= 0).all()):
        raise DataError(say("siting.pv_study.pv_or_load_missing"), expected="kW >= 0")
    used = np.minimum(pv, load)
    return SelfConsumption(
        float(pv.sum() * step_h), float(load.sum() * step_h), float(used.sum() * step_h)
    )
