"""The gap to each target, township by township, adding up to the county's gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from carbon_sink.cover.indicators import indicators
from layers.answers.figure import Comparison
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.relation import holds
from layers.units import MU_PER_HA, convert

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["gap_by_township", "township_gaps", "township_overview"]


def _is_share(comparison: Comparison) -> bool:
    """Whether the target is a share of land, not an area."""
    figure = comparison.indicator
    return figure.numerator_unit == "ha" and math.isfinite(figure.denominator)


def township_gaps(areas: pd.DataFrame, comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Value, fair share of the target and gap of each township [ha].

    A rate target asks the same rate of every township; an area target asks each to keep its
    present share. Either way the gaps add up to the county's.

    Parameters
    ----------
    areas : DataFrame
        ``township, code, area_ha``.
    comparisons : sequence of Comparison

    Returns
    -------
    DataFrame
        Empty where nothing is known by township.
    """
    out = []
    whole = areas.groupby("township")["area_ha"].sum()
    for c in comparisons:
        by_township = indicators()[c.indicator.id].by_township
        own = by_township(areas, c.indicator) if by_township else None
        if own is None or math.isnan(c.gap_ha):
            continue
        if _is_share(c):
            # the parcels may close on the county only nearly; the denominator is the county
            base = whole / whole.sum() * c.indicator.denominator
            goal = convert(c.target.value, c.target.unit, "%")
            target_ha = base * goal / 100.0
        else:
            base = whole
            target_ha = own / own.sum() * (own.sum() + c.gap_ha) if own.sum() > 0 else own
        gap = target_ha - own
        for name in whole.index:
            has, wants = float(own[name]), float(target_ha[name])
            out.append(
                {
                    "township": name,
                    "target_id": c.target.id,
                    "indicator": c.indicator.id,
                    "caliber": c.indicator.caliber,
                    "year": c.target.year,
                    "value": has,
                    "value_pct": has / float(base[name]) * 100.0 if base[name] else math.nan,
                    "target": wants,
                    "gap_ha": float(gap[name]),
                    "gap_mu": float(gap[name]) * MU_PER_HA,
                    "progress_frac": _progress(c, has, wants),
                    "met": _ending(c, has, wants),
                }
            )
    return pd.DataFrame(out)


def _progress(c: Comparison, has: float, wants: float) -> float:
    """How near a township is to its share, 1 where it has it and nowhere else."""
    if not wants > 0:
        return math.nan
    if holds(has, c.target.relation, wants):
        return 1.0
    return min(has / wants, wants / has if has > 0 else 0.0, math.nextafter(1.0, 0.0))


def _ending(c: Comparison, has: float, wants: float) -> str:
    """Whether a township has its share; unknown where the caliber is not one the plan means."""
    if not c.meant and not isinstance(c.met, bool):
        return "unknown"
    return "yes" if holds(has, c.target.relation, wants) else "no"


def township_overview(
    areas: pd.DataFrame, stock: pd.DataFrame | None, gaps: pd.DataFrame
) -> pd.DataFrame:
    """One row a township: land by group, carbon with its interval, gaps to every target.

    Parameters
    ----------
    areas : DataFrame
        ``township, group, area_ha``.
    stock : DataFrame, optional
        The table ``carbon_by_township``.
    gaps : DataFrame
        From `township_gaps`; may be empty.

    Examples
    --------
    >>> a = pd.DataFrame({"township": ["A", "A"], "group": ["forest", "water"],
    ...                   "area_ha": [3.0, 1.0]})
    >>> township_overview(a, None, pd.DataFrame()).to_dict("records")
    [{'township': 'A', 'area_ha': 4.0, 'forest_ha': 3.0, 'water_ha': 1.0}]
    """
    wide = areas.pivot_table(
        index="township", columns="group", values="area_ha", aggfunc="sum", fill_value=0.0
    ).add_suffix("_ha")
    wide.insert(0, "area_ha", wide.sum(axis=1))
    wide.columns.name = None
    if stock is not None:
        keep = ["soc_tc", "total_tc", "low_tc", "high_tc"]
        wide = wide.join(stock.set_index("township")[keep].add_prefix("carbon_"))
    if len(gaps):
        for unit in ("ha", "mu"):
            part = gaps.pivot(index="township", columns="target_id", values=f"gap_{unit}")
            wide = wide.join(part.add_prefix("gap_").add_suffix(f"_{unit}"))
    return wide.reset_index()


def gap_by_township(
    plan: Plan, areas: pd.DataFrame, comparisons: Sequence[Comparison]
) -> tuple[pd.DataFrame, gpd.GeoDataFrame | None]:
    """The table of `township_gaps` and, where the plan has townships, the same as a layer."""
    if not (areas["township"] != "").any():
        return pd.DataFrame(), None
    table = township_gaps(areas, comparisons)
    towns = open_features(plan, "townships")
    if towns is None or not len(table):
        return table, None
    shapes = towns[["name", "geometry"]].rename(columns={"name": "township"})
    return table, shapes.merge(table, on="township", how="inner")
