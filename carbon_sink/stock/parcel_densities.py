"""Carbon density of parcels by pool, with its interval: one set of draws for each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.pools import LIVING, POOLS, Pool
from carbon_sink.stock.totals import Densities, stock_terms
from carbon_sink.stock.uncertainty import monte_carlo

__all__ = ["class_intervals", "parcel_densities"]

_SHOWN: dict[str, Sequence[Pool]] = {
    "living": LIVING,
    "dead_wood": ("dead_wood",),
    "litter": ("litter",),
    "soc": ("soc",),
    "total": POOLS,
}
"""What a parcel is told by -> pools it sums."""


def parcel_densities(
    ecosystem: pd.Series[str], densities: Densities, table: Coefficients
) -> pd.DataFrame:
    """Carbon density of each parcel by pool [tC/ha]; NaN is not estimated.

    Returns
    -------
    DataFrame
        ``<pool>_tc_ha`` and ``total_tc_ha``, index of `ecosystem`.
    """
    names = pd.Index(ecosystem.unique())
    rows = {
        e: [densities[e, p].value(table) if (e, p) in densities else np.nan for p in POOLS]
        for e in names
    }
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=[f"{p}_tc_ha" for p in POOLS])
    frame["total_tc_ha"] = frame.sum(axis=1, min_count=1)
    # a class with nothing but pools set to zero by rule has no estimate, not a stock of zero
    counted = {e for (e, _), d in densities.items() if d.parts}
    frame.loc[~frame.index.isin(counted), "total_tc_ha"] = np.nan
    return frame.loc[list(ecosystem)].set_axis(ecosystem.index)


def class_intervals(
    ecosystem: pd.Series[str],
    densities: Densities,
    table: Coefficients,
    *,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """95 % interval of the density of each parcel by pool [tC/ha]; NaN is not estimated.

    A parcel has the interval of its class: coefficients are shared, so a small parcel is not
    less certain than a large one of its class.

    Parameters
    ----------
    ecosystem : Series
        Class of each parcel.
    densities, table
        Densities by class and pool, and the coefficients they are made of.
    draws, seed : int
        Of the Monte Carlo interval.

    Returns
    -------
    DataFrame
        ``<living, dead_wood, litter, soc, total>_low_tc_ha`` and ``_high_tc_ha``, index of
        `ecosystem`.

    Examples
    --------
    Soil of irrigated fields, 33.11 tC/ha:

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> from carbon_sink.stock.pools import choose_densities
    >>> t = load_coefficients()
    >>> c = choose_densities(t, depth_cm=(0, 30), zone="cool_temperate_dry")
    >>> one = pd.Series(["cropland_irrigated"])
    >>> found = class_intervals(one, c, t, draws=1000, seed=0).iloc[0]
    >>> bool(found["soc_low_tc_ha"] < 33.11 < found["soc_high_tc_ha"])
    True
    """
    names = list(dict.fromkeys(ecosystem))
    wanted = {
        (e, told): terms
        for e in names
        for told, pools in _SHOWN.items()
        if (terms := stock_terms({e: 1.0}, densities, pools))
    }
    found = monte_carlo(
        {f"{e}/{told}": terms for (e, told), terms in wanted.items()},
        table,
        draws=draws,
        seed=seed,
        shares=False,
    )
    rows = {}
    for e in names:
        row = {}
        for told in _SHOWN:
            est = found.get(f"{e}/{told}")
            row[f"{told}_low_tc_ha"] = est.low if est else np.nan
            row[f"{told}_high_tc_ha"] = est.high if est else np.nan
        rows[e] = row
    frame = pd.DataFrame.from_dict(rows, orient="index")
    return frame.loc[list(ecosystem)].set_axis(ecosystem.index)
