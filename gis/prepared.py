"""Geometries that answer many questions fast, for one thread alone."""

from __future__ import annotations

from typing import Any

import shapely

__all__ = ["prepared"]


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
