"""A boundary of few points inside a boundary of many: land is given up, never added."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.crs.systems import CrsLike, transform_shape
from gis.prepared import prepared
from gis.types import F8
from siting.check.printed_outline import printed_outline
from siting.check.short_edges import lines_meet, short_edges, without_short_edges

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["InnerOutline", "inner_outline", "simple_site"]

_CLEAR_M = 1e-6  # below any rounding of coordinates
_SLIVER_M2 = 1.0  # a part nobody can stake out
_EVEN = 1e-9  # twice the area [m2] below which three points lie on a line
_FEW, _SOME = 100, 200
_LOSS, _MOST = 0.03, 0.06  # of the land, for so many points
_SHORT_M = 1.01  # below 1 m nobody can stake an edge out; the rest is for rounding
_DENSE = 0.1  # of an edge: how often a distance is measured along it
_OF_LAND = ("capacity_mw", "unconditional_mw", "with_approvals_mw", "provisional_mw")
_OF_GRID = ("grid_mw", "with_grid_mw")
_SHARES = (0.25, 0.5, 1.0, 2.0)  # of a cell


@dataclass(frozen=True)
class InnerOutline:
    """A site with a simple boundary.

    Attributes
    ----------
    sites
        The site with its new geometry and, on the ellipsoid, its new areas; its capacity
        follows the land.
    deviation_m
        Farthest any point of one boundary lies from the other [m], measured and rounded up to
        0.1 m; 0 where nothing was cut.
    drawn_in_m
        How far the boundary was drawn in for corners of four decimals [m].
    points_before, points
        Corners, holes among them, the closing ones not counted.
    loss_m2
        Land given up [m2], on the ellipsoid.
    """

    sites: gpd.GeoDataFrame
    deviation_m: float
    drawn_in_m: float
    points_before: int
    points: int
    loss_m2: float


class _Rings:
    """Corners of all rings of a polygon, and which are still there."""

    def __init__(self, rings: Sequence[F8]) -> None:
        self.xy = np.vstack(rings)
        self.tree = shapely.STRtree(np.asarray(shapely.points(self.xy), dtype=object))
        self.there = np.ones(len(self.xy), dtype=bool)

    def free(self, a: F8, b: F8, c: F8) -> bool:
        """Whether no other corner that is left lies in a triangle or on its edge."""
        near = self.tree.query(shapely.Polygon([a, b, c]), predicate="intersects")
        near = near[self.there[near]]
        own = np.zeros(len(near), dtype=bool)
        for p in (a, b, c):
            own |= (self.xy[near] == p).all(axis=1)
        return bool(own.all())


def _cut_ring(rings: _Rings, first: int, n: int, tolerance_m: float) -> list[int]:
    """Corners of one ring that are left, the land on the left of the way along them."""
    xy = rings.xy
    before = {first + i: first + (i - 1) % n for i in range(n)}
    after = {first + i: first + (i + 1) % n for i in range(n)}
    gone: dict[int, list[int]] = {v: [] for v in before}  # cut off between it and the next
    stamp = dict.fromkeys(before, 0)
    heap: list[tuple[float, int, int]] = []

    def weigh(v: int) -> float | None:
        a, b, c = xy[before[v]], xy[v], xy[after[v]]
        twice = (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])
        along = c - a
        length2 = float(along @ along)
        if twice < -_EVEN or not length2:
            return None  # land lies beyond: to cut here would add some
        cut = xy[[*gone[before[v]], v, *gone[v]]] - a
        on = np.clip(cut @ along / length2, 0.0, 1.0)
        if float(np.hypot(*(cut - on[:, None] * along).T).max()) > tolerance_m:
            return None
        if twice > _EVEN and not rings.free(a, b, c):
            return None
        return float(twice) / 2

    def put(v: int) -> None:
        stamp[v] += 1
        area = weigh(v)
        if area is not None:
            heapq.heappush(heap, (area, v, stamp[v]))

    for v in before:
        put(v)
    left = n
    while heap and left > 3:
        _, v, at = heapq.heappop(heap)
        if at != stamp.get(v) or weigh(v) is None:
            continue
        a, c = before.pop(v), after.pop(v)
        gone[a] = [*gone[a], v, *gone.pop(v)]
        after[a], before[c] = c, a
        del stamp[v]
        rings.there[v] = False
        left -= 1
        put(a)
        put(c)
    return sorted(stamp)


def _turns(xy: F8) -> F8:
    """Twice the area of each corner with its neighbours; below 0 where land lies beyond."""
    back, ahead = xy - np.roll(xy, 1, axis=0), np.roll(xy, -1, axis=0) - xy
    return np.asarray(back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0])


def _drawn_on(xy: F8, part: BaseGeometry, tolerance_m: float) -> F8:
    """A ring that goes round what bulges into the land by fewer, longer edges.

    Where corners one after another stand inwards, as round a distance from a house, none can
    be cut off without adding land: the edges between some of them are drawn on until they
    meet.
    """
    inward = _turns(xy) < -_EVEN
    start = int(np.argmin(inward))  # a corner that stands outwards; the first of a round hole
    xy, inward = np.roll(xy, -start, axis=0), np.roll(inward, -start)
    n = len(xy)
    corners = [xy[0]]
    k = 0  # the last corner taken over; the edge from it is the one that is drawn on
    while k < n - 1:
        best, to = None, k + 1
        j = k + 2
        while j < n and inward[k + 1 : j + 1].all():
            p = lines_meet(xy[k], xy[k + 1], xy[j], xy[(j + 1) % n])
            if p is None:
                break
            passed = shapely.LineString(xy[k + 1 : j + 1])
            given_up = shapely.Polygon([*xy[k + 1 : j + 1], p])
            far = float(shapely.distance(shapely.Point(p), passed))
            if far > tolerance_m or not shapely.covers(part, given_up.buffer(-_CLEAR_M)):
                break
            best, to = p, j
            j += 1
        corners.append(xy[k + 1] if best is None else best)
        k = to
    return np.array(corners)


def _cut_rings(own: Sequence[F8], tolerance_m: float) -> list[F8]:
    """The rings of a polygon with what sticks out cut off."""
    rings = _Rings(own)
    first, kept = 0, []
    for ring in own:
        kept.append(rings.xy[_cut_ring(rings, first, len(ring), tolerance_m)])
        first += len(ring)
    return kept


def inner_outline(land: BaseGeometry, tolerance_m: float) -> BaseGeometry:
    """`land` with fewer corners and nothing outside of it.

    A corner that sticks out is cut off where no other lies in the triangle, the smallest
    first, as long as no corner cut off lies farther than `tolerance_m` from the new edge.
    Edges round what bulges into the land are drawn on until they meet, no farther than that
    from the old boundary.

    Parameters
    ----------
    land : polygon or multipolygon
        In a projected system [m].
    tolerance_m : float
        Distance [m], 0 or more.

    Returns
    -------
    polygon or multipolygon
        It lies inside of `land`, to a rounding of coordinates, and is valid.

    Notes
    -----
    The inner hull of Visvalingam's triangles: cutting an ear off a polygon leaves a polygon
    that is part of it.

    Examples
    --------
    A stair of 10 m: its outer corners go, the inner ones lie on a line.

    >>> stair = shapely.Polygon([(0, 0), (30, 0), (30, 10), (20, 10), (20, 20), (10, 20),
    ...                          (10, 30), (0, 30)])
    >>> simple = inner_outline(stair, 10.0)
    >>> len(simple.exterior.coords) - 1, stair.covers(simple), simple.area
    (3, True, 450.0)
    """
    parts = []
    for part in shapely.get_parts(shapely.orient_polygons(shapely.get_parts(land))):
        own = [shapely.get_coordinates(r)[:-1] for r in shapely.get_rings(part)]
        cut = shapely.Polygon((rings := _cut_rings(own, tolerance_m))[0], rings[1:])
        # half of the tolerance for each way, so that both together keep to it
        rest = _cut_rings(own, tolerance_m / 2)
        inside = prepared(shapely.Polygon(rest[0], rest[1:]))
        rings = [_drawn_on(xy, inside, tolerance_m / 2) for xy in rest]
        drawn = shapely.Polygon(rings[0], rings[1:])
        tried = sorted((cut, drawn), key=_corners)
        parts.append(next((x for x in tried if x.is_valid), part))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _corners(land: BaseGeometry) -> int:
    """Corners of all rings, the closing ones not counted."""
    rings = shapely.get_rings(shapely.get_parts(land))
    return int(shapely.get_num_coordinates(rings).sum()) - len(rings)


def _less_capacity(site: gpd.GeoDataFrame, share: float) -> gpd.GeoDataFrame:
    """A PV site with the capacity of what is left of its land; of wind, turbines decide."""
    if "capacity_mw" not in site or site["tech"].iloc[0] != "pv":
        return site
    own = {c: site[c] * share for c in _OF_LAND if c in site}
    own |= {c: site[c].clip(upper=own["capacity_mw"]) for c in _OF_GRID if c in site}
    if "shortfall_mw" in site and "grid_mw" in site:
        own["shortfall_mw"] = own["capacity_mw"] - own["grid_mw"]
    return site.assign(**own)


def simple_site(site: gpd.GeoDataFrame, cell_m: float, zone: CrsLike) -> InnerOutline:
    """A site with a boundary of 100 points or so, inside its legal edge as it is printed.

    Parameters
    ----------
    site : GeoDataFrame
        One row with ``area_m2``, ``area_ha`` and ``area_mu``, in a projected system.
    cell_m : float
        Side of the cells it was made of [m]: tolerances are a quarter, half, one and two.
    zone : CRS
        The system its points are printed in.

    Returns
    -------
    InnerOutline
        Without edges shorter than 1 m where land can be given up for it. Of more points than
        100 with the smallest tolerance that leaves so many and gives up 3 % of the land at
        most; else the smallest that leaves 200 and gives up 6 %; else of those that give up
        3 % the one of fewest points; else the one that gives up least. Its corners have four
        decimals in `zone`.

    Raises
    ------
    ModelError
        See `printed_outline`.
    """
    from gis.cells.area import polygon_area_m2
    from layers.units import MU_PER_HA

    legal = site.geometry.iloc[0]
    area = float(polygon_area_m2([legal], site.crs)[0])
    land = _fewer(legal, cell_m)
    shape, drawn_in_m = printed_outline(land, legal, site.crs, zone)
    parts = shapely.get_parts(shape)
    parts = parts[shapely.area(parts) >= _SLIVER_M2]
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))
    simple = transform_shape(shape, zone, site.crs)
    own = float(polygon_area_m2([simple], site.crs)[0])
    ha = own / 1e4
    changed = site.assign(area_m2=own, area_ha=ha, area_mu=ha * MU_PER_HA)
    changed = _less_capacity(changed, own / float(site["area_m2"].iloc[0] or area))
    return InnerOutline(
        changed.set_geometry([simple], crs=site.crs),
        0.0 if land is legal else _deviation_m(legal, simple),
        drawn_in_m,
        _corners(legal),
        _corners(simple),
        area - own,
    )


def _fewer(legal: BaseGeometry, cell_m: float) -> BaseGeometry:
    """The land itself where nothing needs to be cut."""
    before, area = _corners(legal), legal.area
    if before <= _FEW and not short_edges(legal, _SHORT_M):
        return legal
    tried = []
    for share in (0.0, *_SHARES) if before <= _FEW else _SHARES:
        simple = legal if not share else inner_outline(legal, share * cell_m)
        simple = without_short_edges(simple, _SHORT_M)
        tried.append((simple, _corners(simple), 1 - simple.area / area))
        if tried[-1][1] <= _FEW and tried[-1][2] <= _LOSS:
            return simple
    some = [t for t in tried if t[1] <= _SOME and t[2] <= _MOST]
    little = [t for t in tried if t[2] <= _LOSS]
    if some:
        return some[0][0]
    if little:
        return min(little, key=lambda t: t[1])[0]
    return min(tried, key=lambda t: t[2])[0]


def _deviation_m(one: BaseGeometry, two: BaseGeometry) -> float:
    far = shapely.hausdorff_distance(shapely.boundary(one), shapely.boundary(two), _DENSE)
    return float(np.ceil(far * 10.0) / 10.0)
