"""A boundary without edges too short to be staked out: land is given up, never added."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis.types import F8

__all__ = ["lines_meet", "short_edges", "without_short_edges"]

_EVEN = 1e-9  # twice the area [m2] below which three points lie on a line
_TRIANGLE = 3


def lines_meet(a: F8, b: F8, c: F8, d: F8) -> F8 | None:
    """Where a-b drawn on beyond b meets c-d drawn back beyond c; None where they do not."""
    along, back = b - a, c - d
    cross = float(along[0] * back[1] - along[1] * back[0])
    gap = c - b
    if not cross:
        return None
    on = float(gap[0] * back[1] - gap[1] * back[0]) / cross
    off = float(gap[0] * along[1] - gap[1] * along[0]) / cross
    return b + on * along if on >= 0 and off >= 0 else None


def _lengths(ring: F8) -> F8:
    """Of the edge from each corner to the next."""
    return np.asarray(np.hypot(*(np.roll(ring, -1, axis=0) - ring).T))


def short_edges(land: BaseGeometry, shortest_m: float) -> int:
    """How many edges of all rings are shorter than that.

    Parameters
    ----------
    land : polygon or multipolygon
        In a projected system [m].
    shortest_m : float
        Length [m].

    Examples
    --------
    >>> short_edges(shapely.Polygon([(0, 0), (9, 0), (9, 0.5), (0, 9)]), 1.0)
    1
    """
    rings = shapely.get_rings(shapely.get_parts(land))
    return sum(
        int((_lengths(shapely.get_coordinates(r)[:-1]) < shortest_m).sum()) for r in rings
    )


def _turn(a: F8, b: F8, c: F8) -> float:
    """Twice the area of a corner, the land on the left; below 0 where land lies beyond."""
    return float((b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]))


class _Ring(NamedTuple):
    """A ring, the corners given up along each edge, and the boundary it was."""

    xy: F8
    passed: list[F8]
    was: BaseGeometry

    def with_corner(self, i: int, n: int, new: F8 | None) -> _Ring:
        """With `n` corners from i on given up, for a new one or none."""
        every = len(self.xy)
        edges = [(i - 1 + k) % every for k in range(n + 1)]
        gone = [self.passed[e] for e in edges]
        own = [self.xy[(i + k) % every][None, :] for k in range(n)]
        pairs = zip(gone, [*own, own[0][:0]], strict=True)
        passed = np.vstack([x for pair in pairs for x in pair])
        left = np.roll(np.arange(every), -i)[n:]
        xy, kept = self.xy[left], [self.passed[e] for e in left[:-1]]
        if new is None:
            return _Ring(xy, [*kept, passed], self.was)
        two = [shapely.LineString([p, new]) for p in (xy[-1], xy[0])]
        off = [shapely.distance(shapely.points(passed), line) for line in two]
        first = off[0] <= off[1]
        return _Ring(np.vstack([xy, new]), [*kept, passed[first], passed[~first]], self.was)

    def far(self) -> float:
        """How far the last corner is off the boundary, or what was given up off the ring."""
        line = shapely.LineString(np.vstack([self.xy[-2:], self.xy[:1]]))
        gone = [shapely.points(x) for x in self.passed[-2:] if len(x)]
        off = [float(shapely.distance(x, line).max()) for x in gone]
        return max([float(shapely.distance(shapely.Point(self.xy[-1]), self.was)), *off])


def _without(ring: _Ring, i: int, reach_m: float) -> list[_Ring]:
    """Rings in which the edge from a corner to the next is no more, the nearest first."""
    n = len(ring.xy)
    a, b, c, d = (ring.xy[(i + k) % n] for k in (-1, 0, 1, 2))
    out = []
    if _turn(a, b, c) >= -_EVEN:  # it sticks out, or lies on the line
        out.append(ring.with_corner(i, 1, None))
    if _turn(b, c, d) >= -_EVEN:
        out.append(ring.with_corner((i + 1) % n, 1, None))
    inward = _turn(a, b, c) < -_EVEN and _turn(b, c, d) < -_EVEN
    meet = lines_meet(a, b, c, d) if inward else None
    if meet is not None:  # the edges beside it go on until they meet
        out.append(ring.with_corner(i, 2, meet))
    far = [r.far() for r in out]
    return [out[k] for k in np.argsort(far) if far[k] <= reach_m]


def without_short_edges(land: BaseGeometry, shortest_m: float) -> BaseGeometry:
    """`land` without edges shorter than that, and nothing outside of it.

    Of a short edge an end that sticks out is cut off; where both stand inwards the edges beside
    it are drawn on until they meet. The boundary moves no farther than the length itself; an
    edge that cannot go so stays.

    Parameters
    ----------
    land : polygon or multipolygon
        In a projected system [m].
    shortest_m : float
        Length [m].

    Returns
    -------
    polygon or multipolygon
        Valid, and inside of `land` to a rounding of coordinates.

    Examples
    --------
    >>> clipped = shapely.Polygon([(0, 0), (9, 0), (9, 8.6), (8.6, 9), (0, 9)])
    >>> without_short_edges(clipped, 1.0).equals(
    ...     shapely.Polygon([(0, 0), (9, 0), (8.6, 9), (0, 9)]))
    True
    """
    parts = []
    for part in shapely.get_parts(shapely.orient_polygons(shapely.get_parts(land))):
        rings = []
        for line in shapely.get_rings(part):
            xy = shapely.get_coordinates(line)[:-1]
            rings.append(_Ring(xy, [xy[:0]] * len(xy), line))
        for k in range(len(rings)):
            _shorten(rings, k, shortest_m)
        parts.append(_polygon(rings))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _polygon(rings: list[_Ring]) -> shapely.Polygon:
    return shapely.Polygon(rings[0].xy, [r.xy for r in rings[1:]])


def _shorten(rings: list[_Ring], k: int, shortest_m: float) -> None:
    """One ring of a polygon without its short edges, the shortest first."""
    stays: set[tuple[float, ...]] = set()
    while len(rings[k].xy) > _TRIANGLE:
        length = _lengths(rings[k].xy)
        short = (int(i) for i in np.argsort(length) if length[i] < shortest_m)
        i = next((i for i in short if tuple(rings[k].xy[i]) not in stays), None)
        if i is None:
            return
        before = rings[k]
        for rings[k] in _without(before, i, shortest_m):
            if _polygon(rings).is_valid:
                break
        else:
            rings[k] = before
            stays.add(tuple(before.xy[i]))
