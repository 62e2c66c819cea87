"""Which features of a layer lie within reach of a place."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

__all__ = ["within_reach"]


def within_reach(
    shapes: Any,  # noqa: ANN401 - an array of geometries
    place: Any,  # noqa: ANN401 - one geometry
    reach_m: float,
) -> npt.NDArray[np.bool_]:
    """Which of `shapes` are at most `reach_m` from `place`.

    The exact distance is asked only of shapes whose boxes are as near: of a county's
    buildings and one park, a few of tens of thousands.

    Parameters
    ----------
    shapes : (n,) array of geometries
    place : geometry
        In the CRS of `shapes`.
    reach_m : float
        In units of the CRS [m].

    Returns
    -------
    (n,) array of bool
        Cell for cell ``shapely.distance(shapes, place) <= reach_m``; False for an empty shape
        and an empty place.

    Examples
    --------
    >>> shapes = shapely.points([0.0, 3.0, 9.0], [0.0, 4.0, 0.0])
    >>> within_reach(shapes, shapely.Point(0, 0), 5.0).tolist()
    [True, True, False]
    """
    shapes = np.asarray(shapes, dtype=object)
    left, bottom, right, top = shapely.bounds(shapes).reshape(-1, 4).T
    west, south, east, north = shapely.bounds(place)
    # a hair wider than asked: rounding must not drop what the exact distance keeps
    most = reach_m + 1e-9 * float(np.abs([west, south, east, north, reach_m]).max())
    found = (left <= east + most) & (right >= west - most)
    found &= (bottom <= north + most) & (top >= south - most)
    found[found] = shapely.distance(shapes[found], place) <= reach_m
    return np.asarray(found)
