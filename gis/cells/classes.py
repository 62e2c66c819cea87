"""Breaks between the classes a map shows values by."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.say import say

__all__ = ["quantile_classes"]


def quantile_classes(values: npt.ArrayLike, n: int) -> npt.NDArray[np.float64]:
    """Edges of at most `n` classes that hold about as many values each.

    Parameters
    ----------
    values : array of float
        Of any shape; NaN and infinite values belong to no class.
    n : int
        Classes wanted.

    Returns
    -------
    (k,) float
        Rising edges, least to greatest value: k - 1 classes, a value on an edge belongs to
        the class above it, the greatest value to the last. Equal quantiles are one edge, so
        there are fewer classes where many values are equal. One edge where all values are
        equal, none where there is no value.

    Raises
    ------
    DataError
        When `n` is below 1.

    Examples
    --------
    >>> quantile_classes([1, 2, 3, 4, 5], 2).tolist()
    [1.0, 3.0, 5.0]
    >>> quantile_classes([0, 0, 0, 0, 7], 4).tolist(), quantile_classes([2, 2], 3).tolist()
    ([0.0, 7.0], [2.0])
    """
    if n < 1:
        raise DataError(say("gis.cells.class_count_too_small"), got=str(n))
    flat = np.asarray(values, np.float64).ravel()
    flat = flat[np.isfinite(flat)]
    if flat.size == 0:
        return flat
    edges: npt.NDArray[np.float64] = np.unique(np.quantile(flat, np.linspace(0.0, 1.0, n + 1)))
    return edges
