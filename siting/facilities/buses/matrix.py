"""Who gets where by bus: direct, with one change, with more, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import DataError
from gis.say import listed, say

__all__ = ["transfer_matrix", "transfer_shares"]


def transfer_matrix(
    routes: Mapping[str, Sequence[str]],
    places: Mapping[str, Sequence[str]],
    *,
    both_ways: bool = True,
) -> pd.DataFrame:
    """Fewest changes from place to place.

    Parameters
    ----------
    routes : mapping
        Route -> its stops in the order they are served.
    places : mapping
        Place (a township) -> its stops; a place without a stop is reached by nobody.
    both_ways : bool
        Routes run back as well; otherwise only in the order of their stops.

    Returns
    -------
    DataFrame
        Changes (0 is direct) from row to column; NaN where no chain of routes leads. The
        diagonal is 0.

    Raises
    ------
    DataError
        When a place names a stop no route serves and no other of its stops is served.

    Examples
    --------
    >>> routes = {"1": ["a", "hub"], "2": ["hub", "b"]}
    >>> transfer_matrix(routes, {"A": ["a"], "B": ["b"], "C": []}).to_numpy().tolist()
    [[0.0, 1.0, nan], [1.0, 0.0, nan], [nan, nan, 0.0]]
    """
    stops = sorted({s for line in routes.values() for s in line})
    at = {s: i for i, s in enumerate(stops)}
    lost = {k: [s for s in v if s not in at] for k, v in places.items()}
    wrong = [k for k, v in lost.items() if v and len(v) == len(places[k])]
    if wrong:
        raise DataError(
            say("siting.facilities.stops_unserved"),
            got=listed(f"{k}: {', '.join(lost[k][:4])}" for k in wrong[:4]),
        )
    n = len(stops)
    direct = np.eye(n, dtype=bool)
    for line in routes.values():
        own = np.array([at[s] for s in line], np.intp)
        if both_ways:
            direct[np.ix_(own, own)] = True
            continue
        for i, a in enumerate(own):
            direct[a, own[i:]] = True
    changes = _changes(direct)
    names = list(places)
    out = np.full((len(names), len(names)), np.nan)
    own_of = [[at[s] for s in places[k] if s in at] for k in names]
    for i, a in enumerate(own_of):
        for j, b in enumerate(own_of):
            if i == j:
                out[i, j] = 0.0
            elif a and b:
                least = changes[np.ix_(a, b)].min()
                out[i, j] = least if np.isfinite(least) else np.nan
    return pd.DataFrame(out, index=names, columns=names)


def _changes(direct: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Rides less one between stops; infinite where none lead."""
    out = np.where(direct, 0.0, np.inf)
    seen, step = direct.copy(), 0
    while True:
        step += 1
        more = (seen.astype(np.float32) @ direct.astype(np.float32)) > 0
        new = more & ~seen
        if not new.any():
            return out
        out[new] = step
        seen = more | seen


def transfer_shares(matrix: pd.DataFrame) -> dict[str, float]:
    """Shares of pairs that are direct, with one change at most, and not reached.

    Parameters
    ----------
    matrix : DataFrame
        Of `transfer_matrix`.

    Examples
    --------
    >>> m = transfer_matrix({"1": ["a", "b"]}, {"A": ["a"], "B": ["b"]})
    >>> transfer_shares(m)
    {'direct': 1.0, 'one_change': 1.0, 'not_reached': 0.0}
    """
    values = matrix.to_numpy(float)
    pairs = values[~np.eye(len(values), dtype=bool)]
    if not len(pairs):
        return {"direct": float("nan"), "one_change": float("nan"), "not_reached": float("nan")}
    return {
        "direct": float((pairs == 0).mean()),
        "one_change": float((pairs <= 1).mean()),
        "not_reached": float(np.isnan(pairs).mean()),
    }
