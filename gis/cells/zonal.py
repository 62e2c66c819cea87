"""Rasters by polygon with exact coverage: how much of each class lies in each parcel.

Each edge leaves, in every cell it crosses, how much it adds to the covered part of that cell
and of all cells east of it; the running sum along a row is then the exact covered fraction.
No sampling, no threshold: the parts add up to the polygon's area.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.area import polygon_area_m2
from gis.cells.cell_area import area_rows
from gis.cells.grid import Grid, cell_size_m, grid_bounds, grid_crs, origin, require_grid
from gis.cells.ragged import SHELL, Ragged
from gis.cells.rings import Geometries, polygon_rings
from gis.cells.zonal_kernels import class_kernel, present_codes, sum_kernel
from gis.errors import DataError
from gis.say import say
from gis.types import F8, Mask

__all__ = ["ClassAreas", "ZonalMeans", "class_areas", "zonal_means"]


_CODES_MAX = 4096  # a table of classes, not of measured values
_CHUNKS_A_THREAD = 8
_SMALL = 20_000  # vertices below which threads cost more than they save


@dataclass(frozen=True)
class ClassAreas:
    """Area of each class in each polygon.

    Attributes
    ----------
    codes : (k,) int
        Class codes, rising.
    area_m2 : (n, k) float
        Area of each class.
    unknown_m2 : (n,) float
        Area on cells that are not known (nodata).
    outside_m2 : (n,) float
        Area beyond the raster.
    cells : (n,) float
        Covered cells of the raster, known or not.
    """

    codes: npt.NDArray[np.int64]
    area_m2: F8
    unknown_m2: F8
    outside_m2: F8
    cells: F8


@dataclass(frozen=True)
class ZonalMeans:
    """Mean and sum of a raster in each polygon.

    Attributes
    ----------
    mean : (n,) float
        Area-weighted mean of the known cells; NaN where there is none.
    total : (n,) float
        Sum over known cells of value times covered fraction: for a raster of totals.
    known_m2, unknown_m2, outside_m2 : (n,) float
        Area on known cells, on unknown ones, and beyond the raster.
    """

    mean: F8
    total: F8
    known_m2: F8
    unknown_m2: F8
    outside_m2: F8


def class_areas(
    geoms: Geometries,
    codes: npt.NDArray[Any],
    grid: Grid,
    *,
    valid: Mask | None = None,
    ellipsoidal: bool = True,
    threads: int = 2,
) -> ClassAreas:
    """Area of each class of a raster in each polygon, by exact coverage fractions.

    Parameters
    ----------
    geoms : geometries or Ragged
        n polygons or multipolygons in the grid's CRS; None and empty have no area.
    codes : (h, w) integer
        Classes on the grid (or on a window of it, with that window's grid: results of windows
        add up).
    grid : Grid
    valid : (h, w) bool, optional
        Where the class is known; everywhere when left out.
    ellipsoidal : bool
        Weigh cells by their area on the ellipsoid; otherwise by the plane.
    threads : int
        The answer does not depend on it.

    Returns
    -------
    ClassAreas

    Raises
    ------
    DataError
        Codes that are not whole numbers, too many of them, or a shape that is not the grid's.

    Examples
    --------
    >>> import shapely
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((500_000, 4_300_000, 500_020, 4_300_010), 4544, 10)
    >>> half = shapely.box(500_005, 4_300_000, 500_020, 4_300_010)
    >>> a = class_areas([half], np.array([[1, 2]], np.uint8), g, ellipsoidal=False)
    >>> a.codes.tolist(), a.area_m2.tolist()
    ([1, 2], [[50.0, 100.0]])
    """
    if codes.dtype.kind not in "iu":
        raise DataError(
            say("gis.cells.class_codes_must_integers"),
            where=say("gis.cells.at_zonal"),
            got=str(codes.dtype),
        )
    _same_shape(codes, grid, valid)
    flat = polygon_rings(geoms, "zonal")
    index, column, table = _indexed(codes)
    n, k = len(flat), len(table)
    hist, cells, planar = np.zeros((n, k + 1)), np.zeros(n), np.zeros(n)
    weights = _weights(grid, ellipsoidal=ellipsoidal)
    mask, has_mask = _mask(valid)
    corner, shell = (*origin(grid), cell_size_m(grid)), flat.kind == SHELL

    def work(part: tuple[int, int]) -> None:
        class_kernel(
            flat.xy,
            flat.part,
            shell,
            flat.feature,
            *part,
            *corner,
            index,
            column,
            mask,
            has_mask,
            weights,
            hist,
            cells,
            planar,
        )

    _run(work, flat, threads)
    keep = np.flatnonzero(hist[:, :k].any(axis=0))
    return ClassAreas(
        table[keep],
        np.ascontiguousarray(hist[:, keep]),
        hist[:, k].copy(),
        _outside_m2(flat, grid, planar, cells, ellipsoidal=ellipsoidal),
        cells,
    )


def zonal_means(
    geoms: Geometries,
    values: npt.NDArray[Any],
    grid: Grid,
    *,
    valid: Mask | None = None,
    ellipsoidal: bool = True,
    threads: int = 2,
) -> ZonalMeans:
    """Mean and sum of a raster in each polygon, by exact coverage fractions.

    Parameters
    ----------
    geoms, grid, ellipsoidal, threads : as for `class_areas`
    values : (h, w) number
        NaN is unknown.
    valid : (h, w) bool, optional
        Where the value is known.

    Returns
    -------
    ZonalMeans

    Raises
    ------
    DataError
        A shape that is not the grid's, or no polygons.

    Examples
    --------
    >>> import shapely
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((500_000, 4_300_000, 500_020, 4_300_010), 4544, 10)
    >>> half = shapely.box(500_005, 4_300_000, 500_020, 4_300_010)
    >>> z = zonal_means([half], np.array([[3.0, 6.0]]), g, ellipsoidal=False)
    >>> z.mean.tolist(), z.total.tolist()
    ([5.0], [7.5])
    """
    _same_shape(values, grid, valid)
    flat = polygon_rings(geoms, "zonal")
    data = values if values.dtype in (np.float32, np.float64) else values.astype(np.float64)
    data = np.ascontiguousarray(data)
    n = len(flat)
    sums, planar = np.zeros((n, 5)), np.zeros(n)
    weights = _weights(grid, ellipsoidal=ellipsoidal)
    mask, has_mask = _mask(valid)
    corner, shell = (*origin(grid), cell_size_m(grid)), flat.kind == SHELL

    def work(part: tuple[int, int]) -> None:
        sum_kernel(
            flat.xy,
            flat.part,
            shell,
            flat.feature,
            *part,
            *corner,
            data,
            mask,
            has_mask,
            weights,
            sums,
            planar,
        )

    _run(work, flat, threads)
    known = sums[:, 2]
    mean = np.divide(sums[:, 0], known, out=np.full(n, np.nan), where=known > 0)
    outside = _outside_m2(flat, grid, planar, sums[:, 4], ellipsoidal=ellipsoidal)
    return ZonalMeans(mean, sums[:, 1].copy(), known.copy(), sums[:, 3].copy(), outside)


def _same_shape(values: npt.NDArray[Any], grid: Grid, valid: Mask | None) -> None:
    require_grid(grid, "zonal")
    for name, array in (("raster", values), ("mask", valid)):
        if array is not None and array.shape != tuple(grid.shape):
            raise DataError(
                say("gis.cells.does_not_have_grid_shape", name=name),
                where=say("gis.cells.at_zonal"),
                got=str(array.shape),
                expected=str(tuple(grid.shape)),
            )


def _indexed(
    codes: npt.NDArray[Any],
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Codes as small unsigned numbers, their column in the table, and the table of codes."""
    codes = np.ascontiguousarray(codes)
    if codes.dtype not in (np.uint8, np.uint16):
        low, high = (int(codes.min()), int(codes.max())) if codes.size else (0, 0)
        if low >= 0 and high <= np.iinfo(np.uint16).max:
            codes = codes.astype(np.uint16)
        else:
            table, inverse = np.unique(codes, return_inverse=True)
            _few(len(table))
            column = np.arange(len(table), dtype=np.int64)
            return (
                inverse.reshape(codes.shape).astype(np.uint16),
                column,
                table.astype(np.int64),
            )
    found = np.zeros(np.iinfo(codes.dtype).max + 1, dtype=bool)
    present_codes(codes, found)
    table = np.flatnonzero(found).astype(np.int64)
    _few(len(table))
    column = np.zeros(len(found), np.int64)
    column[table] = np.arange(len(table))
    return codes, column, table


def _few(n: int) -> None:
    if n > _CODES_MAX:
        raise DataError(
            say("gis.cells.too_many_different_codes_table"),
            where=say("gis.cells.at_zonal"),
            got=str(n),
            expected=say("gis.cells.at_most_codes", most=_CODES_MAX),
            todo=say("gis.cells.this_raster_measured_values_take"),
        )


def _mask(valid: Mask | None) -> tuple[Mask, bool]:
    if valid is None or valid.all():
        return np.ones((1, 1), dtype=bool), False
    return np.ascontiguousarray(valid), True


def _weights(grid: Grid, *, ellipsoidal: bool) -> F8:
    """Cell areas as one polynomial a row [m2]."""
    if ellipsoidal:
        return area_rows(grid)
    return np.full((int(grid.shape[0]), 1), cell_size_m(grid) ** 2)


def _run(work: Callable[[tuple[int, int]], None], flat: Ragged, threads: int) -> None:
    """Call `work` on ranges of features with about equal numbers of vertices."""
    n = len(flat)
    if n == 0:
        return
    if threads <= 1 or len(flat.xy) < _SMALL:
        work((0, n))
        return
    before = flat.part[flat.feature]
    targets = np.linspace(0, before[-1], threads * _CHUNKS_A_THREAD + 1)
    cuts = np.unique(np.concatenate(([0], np.searchsorted(before, targets[1:-1]), [n])))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True)))


def _outside_m2(flat: Ragged, grid: Grid, planar: F8, cells: F8, *, ellipsoidal: bool) -> F8:
    """Area beyond the raster: none for features whose box lies inside."""
    xmin, ymin, xmax, ymax = grid_bounds(grid)
    b = flat.bounds
    over = np.zeros(len(flat), dtype=bool)
    with np.errstate(invalid="ignore"):
        over |= (b[:, 0] < xmin) | (b[:, 1] < ymin) | (b[:, 2] > xmax) | (b[:, 3] > ymax)
    out = np.zeros(len(flat))
    at = np.flatnonzero(over)
    if at.size == 0:
        return out
    beyond = np.maximum(planar[at] - cells[at] * cell_size_m(grid) ** 2, 0.0)
    scale = np.ones(at.size)
    if ellipsoidal:
        true = polygon_area_m2(flat.take(at), grid_crs(grid))
        scale = np.divide(true, planar[at], out=scale, where=planar[at] > 0)
    out[at] = beyond * scale
    return out
