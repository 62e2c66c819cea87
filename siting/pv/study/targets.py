"""Capacity against the plan's targets: a ledger by year, and what the sites could add."""

from __future__ import annotations

import pandas as pd

from layers.plan.model import Plan, Plant
from layers.relation import holds, missing
from layers.units import convert

__all__ = [
    "NEW_ENERGY",
    "cumulative_curve",
    "ledger",
    "provisional_mw",
    "site_mw",
    "target_table",
    "year_of",
]

NEW_ENERGY = frozenset({"pv", "wind"})
"""Technologies counted as new-energy capacity (新能源发电装机)."""


_CAPACITY = {
    "new_energy_capacity": NEW_ENERGY,
    "pv_capacity": {"pv"},
    "wind_capacity": {"wind"},
}


def year_of(plant: Plant) -> int | None:
    """When a plant came on the grid, or is to; None where the plan does not say."""
    return plant.on_grid.year if plant.on_grid is not None else plant.year


def ledger(plan: Plan) -> pd.DataFrame:
    """The plan's PV and wind plants: name, technology, MW, status, year, source.

    A plant whose year is not known counts from the start, and its row says so. An
    uncertain location is kept: the plan attributed it to the county.
    """
    rows = [
        {
            "name_zh": p.name.zh,
            "name_en": p.name.en,
            "technology": p.technology,
            "capacity_mw": p.capacity_mw,
            "status": p.status,
            "year": year_of(p),
            "year_known": year_of(p) is not None,
            "source": p.source,
        }
        for p in plan.plants
        if p.technology in NEW_ENERGY and p.status != "retired"
    ]
    table = pd.DataFrame(
        rows,
        columns=[
            "name_zh",
            "name_en",
            "technology",
            "capacity_mw",
            "status",
            "year",
            "year_known",
            "source",
        ],
    )
    return table.astype({"year": "Int64"})


def target_table(plan: Plan, sites: pd.DataFrame) -> pd.DataFrame:
    """Each capacity target of the plan against plants in operation, building, and sites.

    Parameters
    ----------
    plan : Plan
        Targets whose indicator speaks of capacity.
    sites : DataFrame
        ``capacity_mw`` and, where known, ``conditional_rules`` and ``provisional``.

    Returns
    -------
    DataFrame
        One row a target [MW]: ``operating``, ``building`` (construction or announced with a
        year up to the target's), ``gap`` after these (0 when met), ``sites_unconditional``,
        ``sites_conditional``, and whether the target is met with each. Sites on provisional
        land stand apart (``sites_provisional``): no target is met with them.
    """
    plants = ledger(plan)
    late_mw = provisional_mw(sites)
    free, bound = site_mw(sites)
    rows = []
    for target in plan.targets:
        if target.indicator not in _CAPACITY:
            continue
        goal = convert(target.value, target.unit, "MW")
        counted = plants["technology"].isin(_CAPACITY[target.indicator])
        by_then = counted & (plants["year"].fillna(0) <= target.year)
        operating = plants[by_then & (plants["status"] == "operating")]["capacity_mw"].sum()
        building = plants[by_then & plants["status"].isin(["construction", "announced"])][
            "capacity_mw"
        ].sum()
        have = float(operating + building)
        rows.append(
            {
                "id": target.id,
                "title_zh": target.title.zh,
                "title_en": target.title.en,
                "year": target.year,
                "target_mw": goal,
                "operating_mw": float(operating),
                "building_mw": float(building),
                "gap_mw": missing(have, target.relation, goal),
                "sites_unconditional_mw": free,
                "sites_conditional_mw": bound,
                "met_by_plants": holds(have, target.relation, goal),
                "met_with_unconditional": holds(have + free, target.relation, goal),
                "met_with_all": holds(have + free + bound, target.relation, goal),
                "section": target.section,
                "quote": target.quote,
                "sites_provisional_mw": late_mw,
            }
        )
    columns = [
        "id",
        "title_zh",
        "title_en",
        "year",
        "target_mw",
        "operating_mw",
        "building_mw",
        "gap_mw",
        "sites_unconditional_mw",
        "sites_conditional_mw",
        "met_by_plants",
        "met_with_unconditional",
        "met_with_all",
        "section",
        "quote",
        "sites_provisional_mw",
    ]
    return pd.DataFrame(rows, columns=columns)


def provisional_mw(sites: pd.DataFrame) -> float:
    """Capacity of the sites some of whose land waits for layers [MW]."""
    late = _provisional(sites)
    return float(sites[late]["capacity_mw"].astype(float).sum()) if late.any() else 0.0


def _provisional(sites: pd.DataFrame) -> pd.Series:
    """Sites some of whose land waits for layers."""
    if "provisional" not in sites:
        return pd.Series(False, index=sites.index)
    return sites["provisional"].fillna(False).astype(bool)


def _conditional(sites: pd.DataFrame) -> pd.Series:
    if "conditional_rules" not in sites:
        return pd.Series(False, index=sites.index)
    return sites["conditional_rules"].map(lambda v: _count(v) > 0).astype(bool)


def _count(value: object) -> int:
    """Number of conditional rules, whether given as a number, a list or joined text."""
    if isinstance(value, int | float):
        return int(value) if value == value else 0
    if isinstance(value, str):
        return len([v for v in value.replace(";", ",").split(",") if v.strip()])
    try:
        return len(value)  # type: ignore[arg-type]
    except TypeError:
        return 0


def site_mw(sites: pd.DataFrame) -> tuple[float, float]:
    """Capacity of sites on land without and with conditions [MW]; provisional land is out."""
    sites = sites[~_provisional(sites)]
    if sites.empty:
        return 0.0, 0.0
    bound = _conditional(sites)
    mw = sites["capacity_mw"].astype(float)
    return float(mw[~bound].sum()), float(mw[bound].sum())


def cumulative_curve(plan: Plan, sites: pd.DataFrame) -> pd.DataFrame:
    """Sites by rising cost of energy, summed up on top of the plants there are.

    Parameters
    ----------
    plan : Plan
    sites : DataFrame
        Rows of ``pv_sites`` with an ``lcoe_*_cny_mwh`` column; the middle rate ranks.

    Returns
    -------
    DataFrame
        ``scenario`` (``"unconditional"`` leaves out sites on conditional land, ``"all"``
        keeps them), ``rank``, ``site_id``, ``capacity_mw``, ``cumulative_mw`` (sites
        alone), ``with_plants_mw``, ``lcoe_cny_mwh``.
    """
    columns = [
        "scenario",
        "rank",
        "site_id",
        "capacity_mw",
        "cumulative_mw",
        "with_plants_mw",
        "lcoe_cny_mwh",
    ]
    rates = [c for c in sites.columns if str(c).startswith("lcoe_")]
    if sites.empty or not rates:
        return pd.DataFrame({c: pd.Series(dtype="float64") for c in columns}).astype(
            {"scenario": str, "site_id": str}
        )
    cost = rates[len(rates) // 2]
    base = float(ledger(plan)["capacity_mw"].sum())
    sites = sites[~_provisional(sites)]  # land that waits for layers builds no curve
    bound = _conditional(sites)
    parts = []
    for scenario, chosen in (("unconditional", sites[~bound]), ("all", sites)):
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
                    "with_plants_mw": base + total,
                    "lcoe_cny_mwh": ranked[cost],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[columns]
