"""The question of who connects where, in arrays: pairs that fit, limits, costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.types import F8
from siting.connection.section import ConnectionSection
from siting.sites.route import connection_table

__all__ = [
    "Problem",
    "Reasons",
    "Solved",
    "fitting_mw",
    "gap",
    "line_costs",
    "pairs_of",
    "spent",
    "standing_kv",
]

_ABOVE = 1e-6  # a plant above the limit of a class [MW]

Mask = npt.NDArray[np.bool_]


def fitting_mw(kv: F8, how: ConnectionSection) -> tuple[F8, F8]:
    """Smallest and largest connection each station takes, by its voltage [MW].

    By the toolkit's table a plant goes to its own voltage, or to the next higher one that
    exists where no station has its own. Of a plan that gives classes only they count. A station
    without voltage (`standing_kv`) takes nothing.

    Examples
    --------
    >>> low, high = fitting_mw(np.array([110.0, 220.0]), ConnectionSection())
    >>> low.round(3).tolist(), high.tolist()
    ([0.0, 100.0], [100.0, 1000.0])
    """
    low, high = np.full(len(kv), np.inf), np.full(len(kv), -np.inf)
    if how.voltage:
        for row in how.voltage:
            own = kv == row.kv
            low[own], high[own] = row.from_mw, row.up_to_mw
        return low, high
    rows = connection_table()["voltage"]
    below = 0.0
    for v in sorted({float(x) for x in kv[np.isfinite(kv)]}):
        up_to = max((r["up_to_mw"] for r in rows if r["kv"] <= v), default=0.0)
        own = kv == v
        low[own] = below + _ABOVE if below > 0 else 0.0
        high[own] = up_to
        below = max(below, up_to)
    return low, high


def standing_kv(stations: pd.DataFrame) -> F8:
    """Voltage of stations that stand [kV], NaN of the others; of all where none stands.

    Examples
    --------
    >>> table = pd.DataFrame({"voltage_kv": [110.0, 220.0], "stands": [False, True]})
    >>> standing_kv(table).tolist(), standing_kv(table.drop(columns="stands")).tolist()
    ([nan, 220.0], [110.0, 220.0])
    """
    kv = stations["voltage_kv"].to_numpy(float)
    stands = (
        stations["stands"].to_numpy(bool) if "stands" in stations else np.ones(len(kv), bool)
    )
    return np.where(stands, kv, np.nan) if stands.any() else kv


def line_costs(kv: F8, how: ConnectionSection) -> tuple[F8, bool, tuple[float, ...]]:
    """Cost of a km of line to each station, whether it is money, and voltages without price.

    Without a price for every voltage a km costs 1: the objective is the length of lines.
    """
    prices = {p.kv: p.cny_km for p in how.line_price}
    used = sorted({float(v) for v in kv[np.isfinite(kv)]})
    lacking = tuple(v for v in used if v not in prices)
    if lacking or not used:
        return np.ones(len(kv)), False, lacking
    return np.array([prices.get(float(v), 1.0) for v in kv]), True, ()


@dataclass(frozen=True)
class Problem:
    """Sites, stations and the pairs of them that may be joined.

    Attributes
    ----------
    capacity : (n,) float64
        MW of each site.
    free : (k,) float64
        MW each station takes.
    bays : (k,) float64
        Lines each station takes; infinite where nobody knows.
    low, high : (k,) float64
        Smallest and largest connection of each station [MW].
    cost : (n, k) float64
        Of a line from a site to a station; infinite where it is too far.
    fits : (n, k) bool
        Pairs that may be joined by a line of their own.
    hub_cost : (n, n) float64 or None
        Of a line from a site (row) to a collector station at another; infinite where none.
    trunk_cost : (n, k) float64
        Of the line from a collector at a site to a station, and of the collector itself.
    """

    capacity: F8
    free: F8
    bays: F8
    low: F8
    high: F8
    cost: F8
    fits: Mask
    hub_cost: F8 | None
    trunk_cost: F8
    partly: bool
    split: bool
    least_mw: float


@dataclass(frozen=True)
class Reasons:
    """By site, what stands in its way to any station: told where it is not connected."""

    fits_voltage: Mask
    near: Mask
    known: Mask


def pairs_of(
    capacity: F8, kv: F8, free: F8, km: F8, how: ConnectionSection
) -> tuple[Mask, Reasons, F8, F8]:
    """Pairs that may be joined, why the others may not, and the limits of stations."""
    low, high = fitting_mw(kv, how)
    fit = (capacity[:, None] >= low) & (capacity[:, None] <= high)
    near = np.isfinite(km) if how.max_km is None else km <= how.max_km
    known = np.isfinite(free)
    sized = (capacity > 0.0)[:, None]
    fits = fit & near & known & sized
    reasons = Reasons(
        fits_voltage=np.asarray(fit.any(axis=1)),
        near=np.asarray((fit & near).any(axis=1)),
        known=np.asarray((fit & near & known).any(axis=1)),
    )
    return fits, reasons, low, high


@dataclass(frozen=True)
class Solved:
    """An allocation with its distance from the best there can be.

    Attributes
    ----------
    mw : (n, k) float64
        Routed from each site to each station.
    hub : (n, k) intp
        Site at whose collector station a site joins a shared line to a station; itself where
        it is the collector; -1 for a line of its own.
    mw_gap, cost_gap : float
        Distance of MW and of cost to their bounds, as a share; 0 is proven best.
    in_time : bool
        False where the time limit ended the search.
    exact : bool
        False where there were too many pairs for the programme: a good way, with its gap.
    all_ways : bool
        False where shared lines were sought among the nearest collectors alone.
    """

    mw: F8
    hub: npt.NDArray[np.intp]
    mw_gap: float
    cost_gap: float
    in_time: bool
    exact: bool
    all_ways: bool = True


def gap(value: float, bound: float) -> float:
    """Distance of a value to its lower bound, as a share of the value.

    Examples
    --------
    >>> gap(110.0, 99.0), gap(0.0, 0.0)
    (0.1, 0.0)
    """
    return max(0.0, value - bound) / max(abs(value), 1e-9)


def spent(p: Problem, found: Solved) -> float:
    """Cost of the lines of an allocation, shared ones once."""
    total = 0.0
    for i, j in zip(*np.nonzero(found.mw > 0), strict=True):
        at = found.hub[i, j]
        if at < 0:
            total += p.cost[i, j]
        elif at == i:
            total += p.trunk_cost[i, j]
        elif p.hub_cost is not None:
            total += p.hub_cost[i, at]
    return float(total)
