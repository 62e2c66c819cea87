"""Sites and the preferences of a county: favoured land, and the ranking by ``[preference]``."""

from __future__ import annotations

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

__all__ = ["favourable_fracs", "preference_of", "preference_ranking"]

_KEYS = {
    "criteria and weights": "criteria",
    "准则与权重": "criteria",
    "pairwise comparison": "pairwise",
    "成对比较": "pairwise",
    "ranking of sites": "sites",
    "场址名次": "sites",
    "sensitivity (tornado)": "tornado",
    "敏感性（龙卷风）": "tornado",
}


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
    return np.array([favourable_frac(asked, place, land) for land in own], dtype=np.float64)


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
    return found, {f"preference_{_KEYS[k]}_{tech}": v for k, v in tables.items()}
