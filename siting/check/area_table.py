"""The area table of an approval file: the official rows, rounded so that they balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from layers.units import MU_PER_HA

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OWNERS", "balanced", "balanced_areas"]

OWNERS = ("collective", "state", "unstated")
_DECIMALS = {"ha": 4, "mu": 2}
_PER_HA = {"ha": 1.0, "mu": MU_PER_HA}
_LEAVES = ("agricultural", "construction", "unused", "unclassified")


def balanced(values: npt.ArrayLike, decimals: int) -> npt.NDArray[np.float64]:
    """`values` rounded so that they add up to their rounded total (largest remainder).

    A half is rounded up (四舍五入), as written in decimals: 0.985 is 0.99 and not the 0.98 of
    GB/T 8170-2008, which rounds halves to even.

    Parameters
    ----------
    values : array_like, shape (n,)
        Not negative.
    decimals : int
        Decimals kept.

    Returns
    -------
    ndarray of float, shape (n,)
        Each within one unit of the last decimal of its value.

    Examples
    --------
    >>> balanced([1.005, 1.005, 1.005], 2).tolist()  # the total, 3.015, rounds to 3.02
    [1.01, 1.01, 1.0]
    >>> balanced([], 2).tolist()
    []
    """
    scaled = np.asarray(values, dtype=float).ravel() * 10**decimals
    whole = np.floor(scaled + 1e-9)
    missing = round(np.floor(scaled.sum() + 0.5 + 1e-9) - whole.sum())
    order = np.argsort(-(scaled - whole), kind="stable")
    whole[order[:missing]] += 1
    out: npt.NDArray[np.float64] = np.round(whole / 10**decimals, decimals)
    return out


def balanced_areas(kinds: pd.DataFrame) -> pd.DataFrame:
    """The rows an approval text states, by ownership, in ha and mu, so that they balance.

    Parameters
    ----------
    kinds : DataFrame
        Of `siting.check.shares.kind_table`: kind and hectares by ownership.

    Returns
    -------
    DataFrame
        Index kind; columns ``<total|collective|state|unstated>_<ha|mu>``, hectares with 4
        decimals and mu with 2. Agricultural, construction and unused land (and land without
        a class) add up to the total exactly as printed, for each ownership and both units;
        rows that are parts of agricultural land (cropland, basic farmland) are rounded by
        themselves.
    """
    import pandas as pd

    table = kinds.set_index("kind")
    leaves = [k for k in _LEAVES if k in table.index]
    ha = table.loc[leaves, [f"{o}_ha" for o in OWNERS]].to_numpy(dtype=float)
    columns: dict[str, list[float]] = {}
    for unit, decimals in _DECIMALS.items():
        shown = balanced(ha * _PER_HA[unit], decimals).reshape(ha.shape)
        for kind in table.index:
            if kind in leaves:
                parts = shown[leaves.index(kind)]
            elif kind == "total":
                parts = shown.sum(axis=0)
            else:
                own = np.array([table.at[kind, f"{o}_ha"] for o in OWNERS], dtype=float)
                parts = own * _PER_HA[unit]
            parts = np.round(parts, decimals)
            total = round(float(parts.sum()), decimals)
            for name, value in zip(("total", *OWNERS), (total, *parts), strict=True):
                columns.setdefault(f"{name}_{unit}", []).append(float(value))
    return pd.DataFrame(columns, index=table.index)
