"""What of the law was judged on the land of sites, and land that too little was judged of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from layers.plan.model import Plan
from siting.screen.coded import PROVISIONAL, STATES
from siting.screen.judged.share import judged_limits
from siting.screen.section import ScreeningSection
from siting.sites.section import SitesSection

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "JUDGED_COLUMNS",
    "bound",
    "enough_judged",
    "judged_facts",
    "least_share",
    "not_judged_ids",
    "provisional_rows",
    "share_of_land",
]

JUDGED_COLUMNS = (
    *("provisional", "provisional_frac", "judged_frac", "judged_hard_frac"),
    *("judged_n", "judged_of", "rules_not_judged"),
)

F8 = npt.NDArray[np.float64]


def least_share(plan: Plan, section: SitesSection) -> float:
    """Least judged share of the hard rules on a site of a plan."""
    if section.min_judged_share is not None:
        return section.min_judged_share
    if plan.section(ScreeningSection).missing != "provisional":
        return 0.0  # what the plan assumes absent is its own word, and told with every site
    return float(judged_limits()["min_judged_share"]["value"])


def _by_code(codes: pd.DataFrame, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values of a table of codes, to be looked up by code; 0 for numbers that are no code."""
    n = int(codes["code"].max()) + 1 if len(codes) else 1
    out = np.zeros(n, values.dtype)
    out[codes["code"].to_numpy(int)] = values
    return out


def enough_judged(codes: pd.DataFrame, least: float) -> npt.NDArray[np.bool_]:
    """By code: whether at least a share of the hard rules was judged."""
    share = _by_code(codes, np.nan_to_num(codes["judged_hard_frac"].to_numpy(float)))
    return np.asarray(share >= least)


def bound(codes: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """By code: whether a condition is known."""
    has = codes["conditional"].fillna("").astype(str).str.len().to_numpy() > 0
    return _by_code(codes, np.asarray(has, dtype=bool))


def not_judged_ids(rules: pd.DataFrame) -> tuple[str, ...]:
    """Hard and conditional rules that were not judged, by id."""
    judged = rules["judged"].astype(str).str.lower() == "true"
    return tuple(map(str, rules[~judged & (rules["effect"] != "none")]["rule_id"]))


def provisional_rows(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows of a table or layer are provisional; none where it does not say.

    Parameters
    ----------
    table : DataFrame
        ``provisional`` as the steps write it, as a file gives it back (1), or as a page says
        it ("yes").

    Examples
    --------
    >>> provisional_rows(pd.DataFrame({"provisional": [True, 1, "yes", False, 0, None]}))
    array([ True,  True,  True, False, False, False])
    >>> provisional_rows(pd.DataFrame({"site_id": ["PV-01"]}))
    array([False])
    """
    if "provisional" not in table:
        return np.zeros(len(table), dtype=bool)
    # a key of True is found by 1, by 1.0 and by numpy's True
    said = table["provisional"].astype(object).map({True: True, "yes": True})
    return said.notna().to_numpy(bool)


def judged_facts(
    sites: gpd.GeoDataFrame, land: pd.DataFrame, codes: pd.DataFrame, rules: pd.DataFrame
) -> pd.DataFrame:
    """How much of the law was judged on each site.

    Parameters
    ----------
    sites : GeoDataFrame
        With ``label``.
    land : DataFrame
        See `siting.sites.facts.land_by_code`.
    codes, rules : DataFrame
        Tables ``codes_<tech>`` and ``rules_<tech>`` of the screening.

    Returns
    -------
    DataFrame
        `JUDGED_COLUMNS`, with the index of `sites`. Shares are means over the site's land,
        ``judged_n`` the least of its cells; a site with any provisional land is provisional.
    """
    at = land["code"].to_numpy(int)
    late = share_of_land(sites, land, (codes["state"] == STATES[PROVISIONAL]).to_numpy(), codes)
    means = {
        c: share_of_land(sites, land, np.nan_to_num(codes[c].to_numpy(float)), codes)
        for c in _MEANS
    }
    count = _by_code(codes, codes["judged_n"].to_numpy(np.int64))[at]
    least = pd.Series(count).groupby(land["label"].to_numpy()).min()
    force = rules["effect"] != "none"
    return pd.DataFrame(
        {
            "provisional": late > 0,
            "provisional_frac": late,
            **{c: np.minimum(v, 1.0) for c, v in means.items()},
            "judged_n": least.reindex(sites["label"]).to_numpy(np.int64),
            "judged_of": int(force.sum()),
            "rules_not_judged": ";".join(not_judged_ids(rules)),
        },
        index=sites.index,
    )


def share_of_land(
    sites: gpd.GeoDataFrame, land: pd.DataFrame, values: npt.NDArray[Any], codes: pd.DataFrame
) -> F8:
    """Mean over the land of each site of values that a table of codes gives, 0 to 1."""
    label, area = land["label"].to_numpy(int), land["area_m2"].to_numpy(float)
    n = int(max(label.max(initial=0), sites["label"].max() if len(sites) else 0)) + 1
    own = _by_code(codes, values.astype(float))[land["code"].to_numpy(int)]
    whole = np.bincount(label, weights=area, minlength=n)
    mean = np.bincount(label, weights=area * own, minlength=n) / np.where(whole > 0, whole, 1.0)
    return np.asarray(mean[sites["label"].to_numpy(int)])


_MEANS = ("judged_frac", "judged_hard_frac")
