"""WAsP maps (``.map``): height contours and roughness lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.cells.grid import cell_centres
from gis.say import say
from siting.wind.resource.wasp_text import limit, lines_of, numbers, refuse

if TYPE_CHECKING:
    from gis.cells.grid import Grid

__all__ = ["MapLine", "WaspMap", "read_wasp_map"]

Float = NDArray[np.float64]
_HEAD = 4  # title, two fixed points, scale and offset of heights


@dataclass(frozen=True, eq=False)
class MapLine:
    """One line of a map.

    Attributes
    ----------
    xy_m : (v, 2) float
        Vertices in metres.
    height_m
        Of a contour; None for a line of roughness alone.
    left_m, right_m
        Roughness length on either side in the order of the vertices, 0 for water; None for
        a contour alone.
    """

    xy_m: Float
    height_m: float | None
    left_m: float | None
    right_m: float | None


@dataclass(frozen=True, eq=False)
class WaspMap:
    """Lines of a map; `source` is the name of its file."""

    lines: tuple[MapLine, ...]
    source: str

    @property
    def contours(self) -> tuple[MapLine, ...]:
        """Lines with a height."""
        return tuple(line for line in self.lines if line.height_m is not None)

    @property
    def roughness(self) -> tuple[MapLine, ...]:
        """Lines between two roughness lengths."""
        return tuple(line for line in self.lines if line.left_m is not None)

    def heights_on(self, grid: Grid) -> Float:
        """Ground level on a grid, straight between the contours; NaN outside of them."""
        from scipy.interpolate import LinearNDInterpolator

        known = self.contours
        x, y = cell_centres(grid)
        if not known:
            return np.full((len(y), len(x)), np.nan)
        points = np.vstack([line.xy_m for line in known])
        level = np.concatenate(
            [np.full(len(line.xy_m), float(line.height_m or 0.0)) for line in known]
        )
        points, first = np.unique(points, axis=0, return_index=True)
        flat = len(points) < 3 or np.ptp(points[:, 0]) == 0 or np.ptp(points[:, 1]) == 0
        if flat:
            return np.full((len(y), len(x)), np.nan)
        surface = LinearNDInterpolator(points - points.mean(axis=0), level[first])
        gx, gy = np.meshgrid(x, y)
        middle = points.mean(axis=0)
        return np.asarray(surface(gx - middle[0], gy - middle[1]))

    def roughness_at(self, x_m: Float, y_m: Float) -> Float:
        """Roughness length at places: of the side of the nearest line they lie on.

        NaN without a line of roughness.
        """
        import shapely

        known = [line for line in self.roughness if len(line.xy_m) > 1]
        x, y = np.atleast_1d(np.asarray(x_m, dtype=float)), np.atleast_1d(np.asarray(y_m))
        if not known:
            return np.full(x.shape, np.nan)
        tree = shapely.STRtree([shapely.LineString(line.xy_m) for line in known])
        nearest = tree.nearest(shapely.points(x, y))
        out = np.empty(x.shape)
        for i, which in enumerate(np.asarray(nearest)):
            line = known[int(which)]
            left = _left_of(line.xy_m, float(x[i]), float(y[i]))
            out[i] = float((line.left_m if left else line.right_m) or 0.0)
        return out


def _left_of(xy: Float, x: float, y: float) -> bool:
    """Whether a place lies left of the segment of a line that is nearest to it."""
    a, b = xy[:-1], xy[1:]
    d = b - a
    length = np.maximum((d**2).sum(axis=1), 1e-12)
    t = np.clip(((x - a[:, 0]) * d[:, 0] + (y - a[:, 1]) * d[:, 1]) / length, 0.0, 1.0)
    foot = a + t[:, None] * d
    i = int(np.argmin((foot[:, 0] - x) ** 2 + (foot[:, 1] - y) ** 2))
    return bool(d[i, 0] * (y - a[i, 1]) - d[i, 1] * (x - a[i, 0]) > 0)


def read_wasp_map(path: Path) -> WaspMap:
    """Read a ``.map`` file.

    Four lines of head: a title; two fixed points, each in the map's and in metric
    coordinates; factor and offset of the heights, ``factor (z + offset)``. Then for each
    line ``height n``, ``left right n`` or ``left right height n`` and `n` pairs of
    coordinates over as many lines as it takes.

    Raises
    ------
    DataError
        With the line that is no such line.

    References
    ----------
    .. [1] WAsP 12 help, "Map files" (format of .map).
    """
    text = lines_of(path)
    scale_x, scale_y = _fixed_points(path, text)
    head = numbers(path, text, 3, 1)
    factor = head[0]
    offset = head[1] if len(head) > 1 else 0.0
    out: list[MapLine] = []
    vertices, at = 0, _HEAD
    while at < len(text):
        if not text[at].strip():
            at += 1
            continue
        line_no = at
        words = numbers(path, text, at, 2)
        n = int(words[-1])
        if len(words) > 4 or n != words[-1] or n < 1:
            refuse(path, say("siting.wasp.no_line"), at + 1, text[at])
        vertices += n
        if vertices > limit("vertices"):
            refuse(path, say("siting.wasp.too_many", most=limit("vertices")), at + 1)
        found: list[float] = []
        at += 1
        while len(found) < 2 * n:
            found += numbers(path, text, at, 1) if at < len(text) and text[at].strip() else []
            at += 1
            if at > len(text):
                refuse(path, say("siting.wasp.ends_too_early"), len(text))
        if len(found) != 2 * n:
            refuse(path, say("siting.wasp.no_line"), at, text[at - 1])
        xy = np.array(found).reshape(n, 2)
        xy = np.column_stack([scale_x[0] + scale_x[1] * xy[:, 0],
                              scale_y[0] + scale_y[1] * xy[:, 1]])  # fmt: skip
        if not (np.abs(xy) <= limit("coordinate_m")).all():
            refuse(path, say("siting.wasp.no_such_place"), line_no + 1)
        out.append(_line(path, words[:-1], xy, factor, offset, line_no + 1))
    if not out:
        refuse(path, say("siting.wasp.nothing_in_it"))
    return WaspMap(tuple(out), path.name)


def _line(
    path: Path, words: list[float], xy: Float, factor: float, offset: float, line: int
) -> MapLine:
    height = factor * (words[-1] + offset) if len(words) != 2 else None
    if len(words) == 1:
        return MapLine(xy, height, None, None)
    left, right = words[:2]
    if not (0 <= left <= limit("roughness_top_m") and 0 <= right <= limit("roughness_top_m")):
        refuse(path, say("siting.wasp.no_such_roughness"), line, f"{left:g}, {right:g}")
    return MapLine(xy, height, left, right)


def _fixed_points(
    path: Path, text: list[str]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Offset and factor of x and of y from the two fixed points."""
    one, two = numbers(path, text, 1, 4)[:4], numbers(path, text, 2, 4)[:4]

    def straight(k: int) -> tuple[float, float]:
        u1, u2, m1, m2 = one[k], two[k], one[k + 2], two[k + 2]
        if u1 == u2:  # points on one row or column: this axis has the other's factor
            slope = abs(two[3 - k] - one[3 - k]) / max(abs(two[1 - k] - one[1 - k]), 1e-12)
            slope = slope if slope > 0 else 1.0
        else:
            slope = (m2 - m1) / (u2 - u1)
        return m1 - slope * u1, slope

    return straight(0), straight(1)
