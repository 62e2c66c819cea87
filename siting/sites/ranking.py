"""Sites in order: by a weighted sum, or by the preferences of a county."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from layers.plan.model import Plan
from siting.check.near import place_of
from siting.check.shares import favourable_frac, favours_land
from siting.screen.screening import rules_of
from siting.sites.preference import PreferenceSection, Ranking, rank_by_preference
from siting.sites.preference_tables import ranking_tables

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy.typing as npt
    import pandas as pd

__all__ = ["favourable_fracs", "preference_of", "preference_ranking", "rank_sites"]


def favourable_fracs(plan: Plan, tech: str, shapes: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Share of each site that preferences in force favour, f8[n].

    NaN throughout when no layer such a preference reads is there: unknown is not zero.

    Parameters
    ----------
    plan : Plan
    tech : str
    shapes : geometries[n]
        In the plan CRS.
    """
    own = np.asarray(shapes, dtype=object)
    place = place_of(plan)
    asked = [
        r
        for r in rules_of(plan, tech)[0]
        if favours_land(r) and any(place.source.state(i) == "available" for i in r.layer_ids)
    ]
    if not asked:
        return np.full(len(own), np.nan)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda land: favourable_frac(asked, place, land), own))
    return np.array(found, dtype=np.float64)


def preference_of(plan: Plan) -> PreferenceSection | None:
    """The plan's preferences; None when it states none."""
    section: PreferenceSection | None = plan.sections.get("preference")
    return section if section is not None and (section.weights or section.pairwise) else None


def preference_ranking(
    sites: gpd.GeoDataFrame, tech: str, section: PreferenceSection, lang: str
) -> tuple[Ranking, dict[str, pd.DataFrame]]:
    """Sites ranked by the plan's preferences.

    Parameters
    ----------
    sites : GeoDataFrame
        With ``site_id`` and the columns of the criteria.
    tech : str
    section : PreferenceSection
    lang : {"zh", "en"}
        Of the tables' headings.

    Returns
    -------
    ranking : Ranking
        Its ``sites`` by ``site_id``.
    tables : dict
        ``preference_criteria_<tech>``, ``preference_pairwise_<tech>``,
        ``preference_sites_<tech>`` and ``preference_tornado_<tech>``, as far as there are.

    Raises
    ------
    ConfigError, ModelError
        See `siting.sites.preference.rank_by_preference`.
    """
    found = rank_by_preference(sites.set_index("site_id"), tech, section)
    tables = ranking_tables(found, lang)
    return found, {f"preference_{k}_{tech}": v for k, v in tables.items()}


def rank_sites(sites: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Score and rank of each site by a weighted sum of criteria scaled over the sites.

    Parameters
    ----------
    sites : DataFrame
        capacity_mw, unconditional_frac, slope_mean_deg, ghi_kwh_m2, route_cost_m,
        road_distance_m.
    weights : mapping
        Weight of capacity, unconditional, slope, irradiation, connection, road.

    Returns
    -------
    DataFrame
        score (0-1, of the criteria known for the site) and rank (1 is best).

    Examples
    --------
    >>> import pandas as pd
    >>> t = pd.DataFrame({"capacity_mw": [10.0, 30.0], "unconditional_frac": [1.0, 1.0],
    ...     "slope_mean_deg": [2.0, 2.0], "ghi_kwh_m2": [np.nan] * 2,
    ...     "route_cost_m": [np.nan] * 2, "road_distance_m": [np.nan] * 2})
    >>> rank_sites(t, {"capacity": 1.0})["rank"].tolist()
    [2, 1]
    """
    import pandas as pd

    good = {
        "capacity": sites["capacity_mw"],
        "unconditional": sites["unconditional_frac"],
        "slope": -sites["slope_mean_deg"],
        "irradiation": sites["ghi_kwh_m2"],
        "connection": -sites["route_cost_m"] / sites["capacity_mw"],
        "road": -sites["road_distance_m"],
    }
    total = pd.Series(0.0, index=sites.index)
    used = pd.Series(0.0, index=sites.index)
    for name, weight in weights.items():
        values = good[name].astype(float)
        low, high = values.min(), values.max()
        # a criterion all sites share decides nothing and counts fully
        scaled = (values - low) / (high - low) if high > low else values.notna().astype(float)
        known = values.notna()
        total += (weight * scaled).where(known, 0.0)
        used += np.where(known, weight, 0.0)
    score = (total / used).fillna(0.0)  # 0 by 0 where nothing is known
    order = score.rank(method="first", ascending=False).astype(int)
    return pd.DataFrame({"score": score, "rank": order})
