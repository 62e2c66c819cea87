"""What an allocation says of each site: its state, its line, what reinforcement costs."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.types import F8
from siting.connection.problem import Mask, Reasons
from siting.connection.section import ConnectionSection

__all__ = ["STATES", "State", "lengths_of", "prices_of", "site_rows"]

State = Literal[
    "connected",
    "part",
    "reinforcement",
    "no_bay",
    "too_far",
    "voltage",
    "no_station",
    "free_unknown",
    "provisional",
    "unknown",
]
STATES: tuple[State, ...] = (
    *("connected", "part", "reinforcement", "no_bay", "too_far", "voltage"),
    *("no_station", "free_unknown", "provisional", "unknown"),
)
"""What becomes of a site, one word each: ``part`` and ``reinforcement`` lack free capacity,
``no_bay`` lacks a bay at a station that has the capacity."""

_MW = 1e-6
_LACKS = frozenset({"part", "reinforcement", "no_bay"})
_NOT_KNOWN = frozenset({"unknown", "free_unknown", "no_station"})
_COLUMNS = (
    *("site_id", "grid_state", "capacity_mw", "grid_mw", "shortfall_mw", "station"),
    *("voltage_kv", "line_km", "collector", "line_cost_cny", "reinforcement_cny"),
)

Ints = npt.NDArray[np.intp]


def lengths_of(
    built: Mask, joins: Mask, hub: Ints, km: F8, between: F8 | None, kv: F8, own_kv: F8
) -> tuple[F8, F8]:
    """Length and voltage of the line from each site to each station, NaN where none is built.

    A line to a collector station has the voltage of the site.
    """
    length = np.where(built, km, np.nan)
    volt = np.where(built, kv[None, :], np.nan)
    for i, j in zip(*np.nonzero(joins), strict=True):
        length[i, j] = np.nan if between is None else between[i, hub[i, j]]
        volt[i, j] = own_kv[i]
    return length, volt


def prices_of(kv: F8, how: ConnectionSection) -> F8:
    """Price of a km of line of each voltage; NaN where the plan gives none."""
    out = np.full(kv.shape, np.nan)
    for p in how.line_price:
        out[kv == p.kv] = p.cny_km
    return out


def site_rows(
    sites: pd.DataFrame,
    stations: pd.DataFrame,
    mw: F8,
    hub: Ints,
    line_km: F8,
    line_kv: F8,
    spent: F8,
    late: Mask,
    reasons: Reasons,
    no_bay: Mask,
    how: ConnectionSection,
) -> pd.DataFrame:
    """One row a site; of a split site the station with most of it, and all its lines."""
    capacity = sites["capacity_mw"].to_numpy(float)
    ids = sites["site_id"].to_numpy(str)
    names = stations["station_id"].to_numpy(str)
    rows = []
    for i, site in enumerate(ids):
        total = float(mw[i].sum())
        state = _state(total, capacity[i], bool(late[i]), i, reasons, len(names))
        if state == "reinforcement" and no_bay[i]:
            state = "no_bay"
        lacks = max(0.0, capacity[i] - total) if state in _LACKS else 0.0
        row = {
            "site_id": site,
            "grid_state": state,
            "capacity_mw": capacity[i],
            "grid_mw": np.nan if state in _NOT_KNOWN else total,
            "shortfall_mw": lacks,
            "station": "",
            "voltage_kv": np.nan,
            "line_km": np.nan,
            "collector": "",
            "line_cost_cny": np.nan,
            "reinforcement_cny": np.nan,
        }
        if total > 0:
            on = np.flatnonzero(mw[i] > 0)
            j = int(np.argmax(mw[i]))
            row["station"] = names[j]
            row["collector"] = ids[hub[i, j]] if hub[i, j] >= 0 else ""
            row["voltage_kv"] = line_kv[i, j]
            row["line_km"] = float(line_km[i, on].sum())
            row["line_cost_cny"] = float(spent[i, on].sum())
        if lacks > 0 and state != "no_bay" and how.reinforce_cny_mw is not None:
            row["reinforcement_cny"] = lacks * how.reinforce_cny_mw
        rows.append(row)
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _state(
    total: float,
    capacity: float,
    late: bool,  # noqa: FBT001 - a fact of the site
    i: int,
    reasons: Reasons,
    stations: int,
) -> State:
    if late:
        return "provisional"
    if not capacity > 0:
        return "unknown"
    if total > 0:
        return "connected" if total >= capacity - _MW else "part"
    if not stations:
        return "no_station"
    if not reasons.fits_voltage[i]:
        return "voltage"
    if not reasons.near[i]:
        return "too_far"
    return "reinforcement" if reasons.known[i] else "free_unknown"
