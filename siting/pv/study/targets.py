"""PV sites by rising cost of energy, on top of the plants there are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.plan.model import Plan
from siting.connection.capacity import site_capacity
from siting.connection.ledger import ledger
from siting.connection.on_sites import Taken, without

__all__ = ["cumulative_curve", "provisional_mw"]


def provisional_mw(sites: pd.DataFrame) -> float:
    """Capacity of the sites some of whose land waits for layers [MW]."""
    return float(site_capacity(sites)["provisional_mw"].sum()) if len(sites) else 0.0


def cumulative_curve(
    plan: Plan, sites: pd.DataFrame, taken: Taken | None = None
) -> pd.DataFrame:
    """Sites by rising cost of energy, summed up on top of the plants there are.

    Parameters
    ----------
    plan : Plan
    sites : DataFrame
        Rows of ``pv_sites`` with an ``lcoe_*_cny_mwh`` column; the middle rate ranks.
    taken : Taken, optional
        What plants take of the sites; nothing without it.

    Returns
    -------
    DataFrame
        ``scenario`` (``"unconditional"`` counts the part of each site that is free of
        conditions, ``"all"`` the whole of it), ``rank``, ``site_id``, ``capacity_mw``,
        ``cumulative_mw`` (sites alone), ``with_plants_mw`` (land on which plants
        count is in it once), ``with_plants_least_mw`` (where plants known by a point take all
        of their sites; empty where none is on one), ``lcoe_cny_mwh``.
    """
    columns = [
        "scenario",
        "rank",
        "site_id",
        "capacity_mw",
        "cumulative_mw",
        "with_plants_mw",
        "with_plants_least_mw",
        "lcoe_cny_mwh",
    ]
    rates = [c for c in sites.columns if str(c).startswith("lcoe_")]
    if sites.empty or not rates:
        return pd.DataFrame({c: pd.Series(dtype="float64") for c in columns}).astype(
            {"scenario": str, "site_id": str}
        )
    cost = rates[len(rates) // 2]
    base = float(ledger(plan)["capacity_mw"].sum())
    own = site_capacity(sites)  # land that waits for layers builds no curve
    none = np.zeros(len(sites))
    least, most = (none, none) if taken is None else taken.of(sites)
    left = site_capacity(without(sites, least, free_last=True))
    left_least = site_capacity(without(sites, most, free_last=False))
    parts = []
    for scenario, column in (
        ("unconditional", "unconditional_mw"),
        ("all", "with_approvals_mw"),
    ):
        chosen = sites.assign(
            capacity_mw=own[column], left=left[column], left_least=left_least[column]
        )[own[column] > 0]
        ranked = chosen.sort_values([cost, "site_id"]).reset_index(drop=True)
        total = ranked["capacity_mw"].cumsum()
        parts.append(
            pd.DataFrame(
                {
                    "scenario": scenario,
                    "rank": ranked.index + 1,
                    "site_id": ranked["site_id"],
                    "capacity_mw": ranked["capacity_mw"],
                    "cumulative_mw": total,
                    "with_plants_mw": base + ranked["left"].cumsum(),
                    "with_plants_least_mw": base + ranked["left_least"].cumsum()
                    if (most > least).any()
                    else np.nan,
                    "lcoe_cny_mwh": ranked[cost],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[columns]
