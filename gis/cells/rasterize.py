"""Geometries as cells: within a distance, by pixel centre, all touched, exact coverage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gis.cells.burn import burn, fill_only, touch
from gis.cells.coverage import Runs, coverage, coverage_runs, expand_runs
from gis.cells.grid import Grid, Window, cell_size_m, full_window, origin, window_bounds
from gis.cells.ragged import LINE, Ragged, load_ragged, ragged, save_ragged
from gis.errors import DataError
from gis.say import say
from gis.types import F8, I8, U8, Mask

__all__ = [
    "Ragged",
    "Runs",
    "burn_touched",
    "burn_within",
    "coverage",
    "coverage_runs",
    "expand_runs",
    "inside",
    "load_ragged",
    "ragged",
    "save_ragged",
    "touched",
    "within",
]

_STRIP = 4_000_000  # cells: 32 MB of words


def _window(grid: Grid, window: Window | None) -> tuple[Window, tuple[int, int]]:
    w = window or full_window(grid)
    return w, (w[0].stop - w[0].start, w[1].stop - w[1].start)


def _target(out: U8, shape: tuple[int, int]) -> None:
    if out.dtype != np.uint64 or out.shape != shape or not out.flags.c_contiguous:
        raise DataError(
            say("gis.cells.mask_burn_into_does_not"),
            got=f"{out.dtype} {out.shape}",
            expected=say("gis.cells.c_contiguous_uint64", shape=shape),
        )


def _per_feature(value: F8 | float, n: int) -> F8:
    # a copy: of a view that cannot be written the kernels would be compiled once more
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.float64), (n,)))


def _masks(value: U8 | int, n: int) -> U8:
    return np.array(np.broadcast_to(np.asarray(value, dtype=np.uint64), (n,)))


def _in_strips(fill: Callable[[U8, Window], None], grid: Grid, window: Window | None) -> Mask:
    """Cells that `fill` sets, strip by strip: eight bytes a cell are held of one strip."""
    (rows, cols), shape = _window(grid, window)
    out = np.empty(shape, dtype=bool)
    step = max(1, _STRIP // max(shape[1], 1))
    for top in range(0, shape[0], step):
        end = min(top + step, shape[0])
        words = np.zeros((end - top, shape[1]), dtype=np.uint64)
        fill(words, (slice(rows.start + top, rows.start + end), cols))
        np.not_equal(words, 0, out=out[top:end])
    return out


def _across(shapes: Ragged, grid: Grid, window: Window) -> I8:
    """Features whose bounds reach a window's rows, a cell more on either side."""
    _, bottom, _, top = window_bounds(grid, window)
    cell = cell_size_m(grid)
    low, high = shapes.bounds[:, 1], shapes.bounds[:, 3]
    return np.flatnonzero((high >= bottom - cell) & (low <= top + cell))


def _select(shapes: Ragged, select: I8 | None) -> I8:
    if select is None:
        return np.arange(len(shapes), dtype=np.int64)
    return np.ascontiguousarray(select, dtype=np.int64)


def burn_within(
    out: U8,
    shapes: Ragged,
    distance_m: F8 | float,
    grid: Grid,
    window: Window | None = None,
    *,
    mask: U8 | int = 1,
    select: I8 | None = None,
) -> None:
    """Set bits of the cells whose centre lies within a distance of a feature.

    Parameters
    ----------
    out : (h, w) uint64
        Bit masks of the window's cells, changed in place.
    shapes : Ragged
        Points, lines and polygons in the CRS of the grid.
    distance_m : float or (f,) float
        Distance, or one per feature [m]; NaN leaves a feature out. 0 means inside or on the
        edge.
    grid : Grid
    window : (slice, slice), optional
        The part of the grid `out` stands for. Features outside it count as far as their
        distance reaches.
    mask : int or (f,) uint64
        The bits to set, or those of each feature.
    select : (k,) int, optional
        Features to burn; all when not given.

    Raises
    ------
    DataError
        When `out` does not fit the window.

    Notes
    -----
    A cell is set exactly when ``shapely.distance(centre, feature) <= distance_m``.

    Examples
    --------
    The corner of a 3-4-5 triangle is at a distance of exactly 50 m:

    >>> import shapely
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((0, 0, 60, 50), 4544, 10)
    >>> out = np.zeros(g.shape, dtype=np.uint64)
    >>> burn_within(out, ragged([shapely.Point(5, 5)]), 50.0, g)
    >>> out[0].tolist()
    [1, 1, 1, 1, 0, 0]
    """
    w, shape = _window(grid, window)
    _target(out, shape)
    x0, y0 = origin(grid)
    burn(
        out,
        shapes.xy,
        shapes.part,
        shapes.kind,
        shapes.feature,
        shapes.bounds,
        _select(shapes, select),
        _per_feature(distance_m, len(shapes)),
        _masks(mask, len(shapes)),
        x0,
        y0,
        cell_size_m(grid),
        int(w[0].start),
        int(w[1].start),
    )


def burn_touched(
    out: U8,
    shapes: Ragged,
    grid: Grid,
    window: Window | None = None,
    *,
    mask: U8 | int = 1,
    select: I8 | None = None,
) -> None:
    """Set bits of the cells that a feature touches anywhere; arguments as `burn_within`.

    A cell counts with its border: ``shapely.intersects(cell, feature)``. Never use it for
    areas of polygons: small ones come out several times too large.
    """
    w, shape = _window(grid, window)
    _target(out, shape)
    x0, y0 = origin(grid)
    chosen = _select(shapes, select)
    masks = _masks(mask, len(shapes))
    cell, r0, c0 = cell_size_m(grid), int(w[0].start), int(w[1].start)
    if (shapes.kind > LINE).any():
        fill_only(
            out, shapes.xy, shapes.part, shapes.kind, shapes.feature, chosen, masks,
            x0, y0, cell, r0, c0,
        )  # fmt: skip
    touch(out, shapes.xy, shapes.part, shapes.feature, chosen, masks, x0, y0, cell, r0, c0)


def within(
    shapes: Ragged, distance_m: F8 | float, grid: Grid, window: Window | None = None
) -> Mask:
    """Whether each cell centre lies within a distance of a feature; see `burn_within`.

    Examples
    --------
    >>> import shapely
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((0, 0, 30, 20), 4544, 10)
    >>> within(ragged([shapely.LineString([(0, 20), (30, 20)])]), 5.0, g).tolist()
    [[True, True, True], [False, False, False]]
    """
    far = _per_feature(distance_m, len(shapes))

    def fill(words: U8, part: Window) -> None:
        burn_within(words, shapes, far, grid, part)

    return _in_strips(fill, grid, window)


def touched(shapes: Ragged, grid: Grid, window: Window | None = None) -> Mask:
    """Whether each cell, border included, meets a feature; see `burn_touched`."""

    def fill(words: U8, part: Window) -> None:
        burn_touched(words, shapes, grid, part, select=_across(shapes, grid, part))

    return _in_strips(fill, grid, window)


def inside(shapes: Ragged, grid: Grid, window: Window | None = None) -> Mask:
    """Whether each cell centre is inside a polygon, by the pixel-centre rule of GDAL.

    Centres exactly on an edge go to one side of it, so polygons that share an edge never
    share a cell. (GDAL gives a centre exactly on a horizontal edge to both neighbours.)

    Examples
    --------
    >>> import shapely
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((0, 0, 30, 20), 4544, 10)
    >>> inside(ragged([shapely.box(4, 0, 16, 11)]), g).tolist()
    [[False, False, False], [True, True, False]]
    """
    x0, y0 = origin(grid)
    ones = _masks(1, len(shapes))

    def fill(words: U8, part: Window) -> None:
        fill_only(
            words, shapes.xy, shapes.part, shapes.kind, shapes.feature,
            _across(shapes, grid, part), ones, x0, y0, cell_size_m(grid),
            int(part[0].start), int(part[1].start),
        )  # fmt: skip

    return _in_strips(fill, grid, window)
