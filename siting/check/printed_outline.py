"""A boundary whose corners, rounded as they are printed, lie inside of another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.crs.systems import CrsLike, transform_shape
from gis.errors import ModelError
from gis.files.exchange.table import POINT_DECIMALS
from gis.say import say

__all__ = ["PrintedOutline", "printed_outline"]

_GRID_M = 10.0**-POINT_DECIMALS  # a rounded corner moves by 0.71 of it at most
_TRIES = 12  # up to 0.2 m, more than a side of 10 km is bent by in the zone beside its own
_MITRE = 1e3  # corners stay corners


class PrintedOutline(NamedTuple):
    """A boundary as it is printed.

    Attributes
    ----------
    shape
        Of rounded corners, in the system they are printed in.
    drawn_in_m
        How far the boundary was drawn in before it was rounded [m].
    """

    shape: BaseGeometry
    drawn_in_m: float


def printed_outline(
    land: BaseGeometry, legal: BaseGeometry, crs: CrsLike, zone: CrsLike
) -> PrintedOutline:
    """`land` by corners of four decimals in `zone`, inside of `legal` in both systems.

    A corner rounded to the nearest lies outside of the edge as often as inside, and a side that
    is straight in one zone is bent in another: the boundary is drawn in by 0.1 mm, or by twice
    as much until it lies inside.

    Parameters
    ----------
    land : polygon or multipolygon
        Inside of `legal`.
    legal : polygon or multipolygon
    crs : CRS
        Of both; projected [m].
    zone : CRS
        The system of the coordinates to print; projected [m].

    Returns
    -------
    PrintedOutline
        Its outer rings run clockwise.

    Raises
    ------
    ModelError
        When 0.2 m are not enough.

    Examples
    --------
    >>> plot = shapely.box(500_000.00004, 4_300_000, 500_100, 4_300_100)
    >>> shape, drawn_in_m = printed_outline(plot, plot, 4544, 4523)
    >>> shape.bounds
    (35500000.0001, 4300000.0001, 35500099.9999, 4300099.9999)
    >>> drawn_in_m
    0.0001
    """
    there, edge = transform_shape(land, crs, zone), transform_shape(legal, crs, zone)
    for k in range(_TRIES):
        inset = _GRID_M * 2.0**k
        shape = _rounded(there, inset)
        if (
            shape.area
            and edge.covers(shape)
            and legal.covers(transform_shape(shape, zone, crs))
        ):
            return PrintedOutline(shape, inset)
    raise ModelError(say("siting.check.not_printed"), got=f"{inset:g} m")


def _rounded(land: BaseGeometry, inset_m: float) -> BaseGeometry:
    # about a corner near by: whole coordinates leave too few digits for a tenth of a millimetre
    origin = np.floor(np.asarray(land.bounds[:2]))
    near = shapely.transform(land, lambda xy: xy - origin)
    drawn = near.buffer(-inset_m, join_style="mitre", mitre_limit=_MITRE)
    kept = shapely.set_precision(drawn, _GRID_M)
    own = shapely.transform(kept, lambda xy: np.round(xy + origin, POINT_DECIMALS))
    return shapely.orient_polygons(own, exterior_cw=True)
