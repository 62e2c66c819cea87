"""Geometries that answer many questions fast, for one thread alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.types import F8

__all__ = ["points_inside", "prepared"]


def prepared(geometry: Any) -> Any:  # noqa: ANN401 - one geometry or an array of them
    """A copy of a geometry, or of each of an array, with the index predicates ask.

    The index is built by the first question and without a lock: two threads that ask the same
    prepared geometry bring the process down. A geometry that is kept (the county, a site, a
    feature of a layer) is therefore never prepared itself; who asks prepares his own copy.

    Parameters
    ----------
    geometry : geometry or (n,) array of geometries

    Returns
    -------
    geometry or array
        The same coordinates to the last bit.

    References
    ----------
    .. [1] GEOS, ``GEOSPrepare_r``: a prepared geometry belongs to one thread at a time.

    Examples
    --------
    >>> kept = shapely.box(0, 0, 1, 1)
    >>> own = prepared(kept)
    >>> own == kept, bool(shapely.is_prepared(own)), bool(shapely.is_prepared(kept))
    (True, True, False)
    """
    own = shapely.from_wkb(shapely.to_wkb(geometry))
    shapely.prepare(own)
    return own


def points_inside(geometry: shapely.Geometry, x: F8, y: F8) -> npt.NDArray[np.bool_]:
    """Which points lie inside a geometry; those on its edge do not.

    ``shapely.contains_xy`` prepares the geometry it is given, wherever that is kept: here it
    is given a copy.

    Parameters
    ----------
    geometry : geometry
        One from `prepared` is asked as it is: for many questions about one shape.
    x, y : (n,) array
        In the geometry's CRS.

    Returns
    -------
    (n,) array of bool

    Examples
    --------
    >>> kept = shapely.box(0, 0, 2, 2)
    >>> points_inside(kept, np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0])).tolist()
    [True, False, False]
    >>> bool(shapely.is_prepared(kept))
    False
    """
    own = geometry if shapely.is_prepared(geometry) else prepared(geometry)
    return np.asarray(shapely.contains_xy(own, x, y))
