"""The area table of an approval file: the official rows, rounded so that they balance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["balanced", "official_rows"]

_HA_DECIMALS, _MU_DECIMALS = 4, 2
_MU_PER_HA = 15
_OWNERS = ("collective", "state", "unstated")
_LEAVES = ("agricultural", "construction", "unused", "unclassified")


def balanced(values: npt.ArrayLike, decimals: int) -> npt.NDArray[np.float64]:
    """`values` rounded so that they add up to their rounded total (largest remainder).

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


def official_rows(kinds: pd.DataFrame, lang: str) -> pd.DataFrame:
    """The rows an approval text states, by ownership, in ha and mu.

    Parameters
    ----------
    kinds : DataFrame
        Of `siting.check.boundary` (``kinds``): kind, titles and hectares by ownership.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    DataFrame
        One row a kind. 农用地, 建设用地, 未利用地 (and land without a class) add up to the
        total exactly as printed, for each ownership and both units; 其中 rows (cropland,
        basic farmland) are parts of 农用地 and are rounded by themselves.
    """
    import pandas as pd

    table = kinds.set_index("kind")
    zh = lang == "zh"
    names = {
        "collective": "集体" if zh else "collective",
        "state": "国有" if zh else "state",
        "unstated": "权属未注明" if zh else "ownership not stated",
    }
    leaves = [k for k in _LEAVES if k in table.index]
    ha = table.loc[leaves, [f"{o}_ha" for o in _OWNERS]].to_numpy(dtype=float)
    cells = {
        "ha": (balanced(ha, _HA_DECIMALS).reshape(ha.shape), _HA_DECIMALS),
        "mu": (balanced(ha * _MU_PER_HA, _MU_DECIMALS).reshape(ha.shape), _MU_DECIMALS),
    }
    rows = []
    for kind in table.index:
        row: dict[str, object] = {("项目" if zh else "item"): table.at[kind, f"kind_{lang}"]}
        for unit, (values, decimals) in cells.items():
            label = {"ha": "公顷" if zh else "ha", "mu": "亩" if zh else "mu"}[unit]
            if kind in leaves:
                parts = values[leaves.index(kind)]
            elif kind == "total":
                parts = values.sum(axis=0)
            else:
                factor = 1 if unit == "ha" else _MU_PER_HA
                parts = np.array([table.at[kind, f"{o}_ha"] for o in _OWNERS]) * factor
            parts = np.round(parts, decimals)
            row[f"{'合计' if zh else 'total'} {label}"] = round(float(parts.sum()), decimals)
            for owner, part in zip(_OWNERS, parts, strict=True):
                row[f"{names[owner]} {label}"] = float(part)
        rows.append(row)
    out = pd.DataFrame(rows)
    empty = [c for c in out.columns if c.startswith(names["unstated"]) and not out[c].any()]
    return out.drop(columns=empty)
