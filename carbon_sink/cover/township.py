"""The gap to each target, township by township, adding up to the county's gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from carbon_sink.cover.indicator import Comparison
from carbon_sink.cover.wetland import wetland_codes
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.units import MU_PER_HA

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["gap_by_township", "township_gaps", "township_overview"]

_FOREST = ("0301", "0301K", "0302", "0302K")


def _numerator(areas: pd.DataFrame, comparison: Comparison) -> pd.Series[float] | None:
    """Hectares per township the indicator counts; None where it is not about land."""
    i = comparison.indicator
    if i.id == "forest_cover":
        codes: frozenset[str] = frozenset(_FOREST)
    elif i.id == "wetland_area" and i.caliber in {"narrow", "broad", "broad_law"}:
        codes = wetland_codes(i.caliber)  # type: ignore[arg-type]
    else:
        return None
    rows = areas[areas["code"].isin(codes)]
    whole = areas.groupby("township")["area_ha"].sum()
    own = rows.groupby("township")["area_ha"].sum().reindex(whole.index, fill_value=0.0)
    if i.id == "forest_cover":
        # what the caliber counts beyond arbor (special shrubland, nets) is known for the
        # county alone; it follows the townships' shrubland, so that the parts add up
        extra = i.numerator - float(own.sum())
        shrub = areas[areas["code"] == "0305"].groupby("township")["area_ha"].sum()
        shrub = shrub.reindex(whole.index, fill_value=0.0)
        weight = shrub if shrub.sum() > 0 else whole
        own = own + extra * weight / weight.sum()
    return own


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
        own = _numerator(areas, c)
        if own is None or math.isnan(c.gap_ha):
            continue
        if c.indicator.id == "forest_cover":
            # the parcels may close on the county only nearly; the denominator is the county
            base = whole / whole.sum() * c.indicator.denominator
            target_ha = base * c.target.value / 100.0
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
                    "progress_frac": min(has / wants, 1.0) if wants > 0 else math.nan,
                }
            )
    return pd.DataFrame(out)


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
