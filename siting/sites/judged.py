"""What of the law was judged on the land of sites, and land that too little was judged of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from layers.plan.model import Plan
from siting.screen.coded import PROVISIONAL
from siting.screen.judged.share import judged_limits
from siting.screen.section import ScreeningSection
from siting.sites.section import SitesSection

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "JUDGED_COLUMNS",
    "bound_at",
    "hard_share_at",
    "judged_facts",
    "least_share",
    "not_judged_ids",
]

JUDGED_COLUMNS = (
    *("provisional", "provisional_frac", "judged_frac", "judged_hard_frac"),
    *("judged_n", "judged_of", "rules_not_judged"),
)

Codes = npt.NDArray[np.integer]
F8 = npt.NDArray[np.float64]


def least_share(plan: Plan, section: SitesSection) -> float:
    """Least judged share of the hard rules on a site of a plan."""
    if section.min_judged_share is not None:
        return section.min_judged_share
    if plan.section(ScreeningSection).missing != "provisional":
        return 0.0  # what the plan assumes absent is its own word, and told with every site
    return float(judged_limits()["min_judged_share"]["value"])


def _by_code(codes: pd.DataFrame, values: F8) -> F8:
    """Values of a table of codes, to be looked up by code."""
    out = np.zeros(int(codes["code"].max()) + 1 if len(codes) else 1)
    out[codes["code"].to_numpy(int)] = values
    return out


def hard_share_at(code: Codes, codes: pd.DataFrame) -> F8:
    """Judged share of the hard rules at every cell, 0 outside."""
    share = np.nan_to_num(codes["judged_hard_frac"].to_numpy(float))
    return np.asarray(_by_code(codes, share)[code])


def bound_at(code: Codes, codes: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether a condition is known at every cell."""
    has = codes["conditional"].fillna("").astype(str).str.len().to_numpy() > 0
    return np.asarray(_by_code(codes, has.astype(float))[code] > 0)


def not_judged_ids(rules: pd.DataFrame) -> tuple[str, ...]:
    """Hard and conditional rules that were not judged, by id."""
    judged = rules["judged"].astype(str).str.lower() == "true"
    return tuple(map(str, rules[~judged & (rules["effect"] != "none")]["rule_id"]))


def judged_facts(
    sites: gpd.GeoDataFrame,
    labels: npt.NDArray[np.int32],
    state: Codes,
    code: Codes,
    cell_m2: F8,
    codes: pd.DataFrame,
    rules: pd.DataFrame,
) -> pd.DataFrame:
    """How much of the law was judged on each site.

    Parameters
    ----------
    sites : GeoDataFrame
        With ``label``.
    labels : (h, w) int32
    state, code : (h, w) integer
        Of the screening.
    cell_m2 : (h, w) float
    codes, rules : DataFrame
        Tables ``codes_<tech>`` and ``rules_<tech>``.

    Returns
    -------
    DataFrame
        `JUDGED_COLUMNS`, with the index of `sites`. Shares are means over the site's land,
        ``judged_n`` the least of its cells; a site with any provisional land is provisional.
    """
    used = labels > 0
    own, area = labels[used], cell_m2[used]
    n = int(labels.max(initial=0)) + 1
    total = np.bincount(own, weights=area, minlength=n)

    def mean(values: F8) -> F8:
        whole = np.bincount(own, weights=area * values, minlength=n)
        return np.asarray(whole / np.where(total > 0, total, 1.0))

    at = code[used]
    columns = {c: _by_code(codes, np.nan_to_num(codes[c].to_numpy(float))) for c in _MEANS}
    least = np.full(n, np.iinfo(np.int64).max)
    count = _by_code(codes, codes["judged_n"].to_numpy(float))[at]
    np.minimum.at(least, own, count.astype(np.int64))
    late = mean((state[used] == PROVISIONAL).astype(float))
    label = sites["label"].to_numpy(int)
    force = rules["effect"] != "none"
    return pd.DataFrame(
        {
            "provisional": late[label] > 0,
            "provisional_frac": late[label],
            **{c: np.minimum(mean(v[at])[label], 1.0) for c, v in columns.items()},
            "judged_n": least[label],
            "judged_of": int(force.sum()),
            "rules_not_judged": ";".join(not_judged_ids(rules)),
        },
        index=sites.index,
    )


_MEANS = ("judged_frac", "judged_hard_frac")
