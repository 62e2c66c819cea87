"""Bring the cells of a file onto another grid: nearest, bilinear, or by exact overlap.

Own kernels rather than a library's warper, since an answer must not depend on the window it
is read in: every cell's place in the file is computed by itself, from the whole grid.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from affine import Affine

from gis.cells.grid import Grid, grid_crs
from gis.cells.jit import kernel
from gis.crs.systems import CrsLike, same_crs, transformer
from gis.errors import DataError
from gis.say import say
from gis.types import F8, Mask

__all__ = [
    "Places",
    "file_box",
    "places",
    "resample_box",
    "resample_linear",
    "resample_nearest",
    "window_rows",
]


_NODES = 12
_SLACK_PX = 1e-5  # the series must hit the exact place to this


@dataclass(frozen=True)
class Places:
    """Where the cells of a grid lie in a file, in file columns and rows.

    Attributes
    ----------
    column, row : (n, n) float
        Chebyshev series over the whole grid; first index along y.
    half_column, half_row : float
        Half of what a grid cell spans in the file.
    shape : (h, w) of the whole grid
    """

    column: F8
    row: F8
    half_column: float
    half_row: float
    shape: tuple[int, int]

    @property
    def ratio(self) -> float:
        """Side of a grid cell in file cells."""
        return 2.0 * math.sqrt(self.half_column * self.half_row)


def places(transform: Affine, file_crs: CrsLike, grid: Grid) -> Places:
    """Place a grid in a file.

    Raises
    ------
    DataError
        When the grid does not reach the file's CRS.
    """
    key = (tuple(grid.transform)[:6], tuple(int(n) for n in grid.shape))
    return _places(tuple(transform)[:6], str(file_crs), key[0], key[1], grid_crs(grid).to_wkt())


def _apply(t: Affine, u: F8, v: F8) -> tuple[F8, F8]:
    # written out: `*` on arrays is deprecated in affine 3.1, `@` is not in 2.4
    return t.a * u + t.b * v + t.c, t.d * u + t.e * v + t.f


@lru_cache(maxsize=32)
def _places(
    transform: tuple[float, ...],
    file_crs: str,
    grid_transform: tuple[float, ...],
    shape: tuple[int, int],
    crs: str,
) -> Places:
    cheb = np.polynomial.chebyshev
    t, inverse = Affine(*grid_transform), ~Affine(*transform)
    h, w = shape

    def at(u: F8, v: F8) -> tuple[F8, F8]:
        """File column and row of grid places, u and v from -1 to 1."""
        x, y = _apply(t, (u + 1.0) * (w / 2), (v + 1.0) * (h / 2))
        if not same_crs(file_crs, crs):
            x, y = transformer(crs, file_crs).transform(x, y)
        column, row = _apply(inverse, np.asarray(x), np.asarray(y))
        if not (np.isfinite(column).all() and np.isfinite(row).all()):
            raise DataError(
                say("gis.cells.grid_does_not_reach_raster"),
                where=say("gis.cells.at_resampling"),
            )
        return column, row

    n = 2 if same_crs(file_crs, crs) else _NODES
    nodes = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    gu, gv = np.meshgrid(nodes, nodes)
    column, row = at(gu, gv)
    to_series = np.linalg.inv(cheb.chebvander(nodes, n - 1))
    series = [_trimmed(to_series @ f @ to_series.T) for f in (column, row)]
    test = np.linspace(-1, 1, 7)
    tu, tv = np.meshgrid(test, test)
    for exact, c in zip(at(tu, tv), series, strict=True):
        got = cheb.chebgrid2d(test, test, c)
        if np.abs(got - exact).max() > _SLACK_PX:
            raise DataError(
                say("gis.cells.grid_too_wide_placed_raster"),
                where=say("gis.cells.at_resampling"),
                todo=say("gis.cells.split_area_bring_raster_plan"),
            )
    du, dv = np.array([0.0, 2.0 / w, 0.0]), np.array([0.0, 0.0, 2.0 / h])
    mc, mr = at(du, dv)
    half_column = math.hypot(mc[1] - mc[0], mc[2] - mc[0]) / 2
    half_row = math.hypot(mr[1] - mr[0], mr[2] - mr[0]) / 2
    return Places(series[0], series[1], half_column, half_row, shape)


def _trimmed(c: F8) -> F8:
    """The series along x without terms that cannot move a place by 1e-9 file cells."""
    large = np.flatnonzero(np.abs(c).max(axis=0) > _SLACK_PX * 1e-4)
    return np.ascontiguousarray(c[:, : int(large.max(initial=0)) + 1])


def window_rows(p: Places, rows: slice, cols: slice) -> tuple[F8, F8, F8]:
    """Series of file column and row along each grid row of a window, and u of its columns."""
    h, w = p.shape
    n = len(p.column)
    v = (np.arange(rows.start, rows.stop) + 0.5) * (2.0 / h) - 1.0
    u = (np.arange(cols.start, cols.stop) + 0.5) * (2.0 / w) - 1.0
    basis = np.polynomial.chebyshev.chebvander(v, n - 1)
    # einsum adds in one fixed order whatever the window's size; matrix products do not
    return (
        np.einsum("ik,kj->ij", basis, p.column),
        np.einsum("ik,kj->ij", basis, p.row),
        u,
    )


@kernel
def _series(c: F8, u: float) -> float:
    """Clenshaw's sum of a Chebyshev series."""
    b1 = b2 = 0.0
    for k in range(len(c) - 1, 0, -1):
        b1, b2 = c[k] + 2.0 * u * b1 - b2, b1
    return float(c[0] + u * b1 - b2)


@kernel
def resample_nearest(
    values: npt.NDArray[Any],
    known: Mask,
    r0: int,
    c0: int,
    column: F8,
    row: F8,
    u: F8,
    out: npt.NDArray[Any],
    valid: Mask,
) -> None:
    """The file cell in which each grid cell's centre lies."""
    h, w = values.shape
    for i in range(column.shape[0]):
        for j in range(len(u)):
            r = int(np.floor(_series(row[i], u[j]))) - r0
            c = int(np.floor(_series(column[i], u[j]))) - c0
            if 0 <= r < h and 0 <= c < w and known[r, c]:
                out[i, j] = values[r, c]
                valid[i, j] = True


@kernel
def resample_linear(
    values: npt.NDArray[Any],
    known: Mask,
    r0: int,
    c0: int,
    column: F8,
    row: F8,
    u: F8,
    out: F8,
    valid: Mask,
) -> None:
    """Bilinear between the four nearest centres that are known; unknown where the cell is."""
    h, w = values.shape
    for i in range(column.shape[0]):
        for j in range(len(u)):
            fr, fc = _series(row[i], u[j]), _series(column[i], u[j])
            r, c = int(np.floor(fr)) - r0, int(np.floor(fc)) - c0
            if not (0 <= r < h and 0 <= c < w and known[r, c]):
                continue
            ra, ca = np.floor(fr - 0.5), np.floor(fc - 0.5)
            a, b = fr - 0.5 - ra, fc - 0.5 - ca
            total = weight = 0.0
            for p in range(2):
                for q in range(2):
                    rr, cc = int(ra) - r0 + p, int(ca) - c0 + q
                    if 0 <= rr < h and 0 <= cc < w and known[rr, cc]:
                        k = (a if p else 1.0 - a) * (b if q else 1.0 - b)
                        total += k * values[rr, cc]
                        weight += k
            out[i, j] = total / weight if weight > 0.0 else values[r, c]
            valid[i, j] = True


@kernel
def resample_box(
    values: npt.NDArray[Any],
    known: Mask,
    r0: int,
    c0: int,
    column: F8,
    row: F8,
    u: F8,
    half_column: float,
    half_row: float,
    how: int,
    out: F8,
    valid: Mask,
) -> None:
    """By the overlap with each file cell. how: 0 mean, 1 sum, 2 most frequent (ties: lowest).

    A cell is known when at least half of it is; of a sum, when any of it is.
    """
    h, w = values.shape
    full = 4.0 * half_column * half_row
    codes = np.empty(64)
    shares = np.empty(64)
    for i in range(column.shape[0]):
        for j in range(len(u)):
            fr, fc = _series(row[i], u[j]), _series(column[i], u[j])
            top, bottom = fr - half_row, fr + half_row
            left, right = fc - half_column, fc + half_column
            total = weight = 0.0
            n = 0
            for r in range(int(np.floor(top)), int(np.ceil(bottom))):
                rr = r - r0
                if not 0 <= rr < h:
                    continue
                wr = min(r + 1.0, bottom) - max(float(r), top)
                for c in range(int(np.floor(left)), int(np.ceil(right))):
                    cc = c - c0
                    if not (0 <= cc < w and known[rr, cc]):
                        continue
                    k = wr * (min(c + 1.0, right) - max(float(c), left))
                    v = float(values[rr, cc])
                    weight += k
                    total += k * v
                    if how == 2:
                        at = 0
                        while at < n and codes[at] != v:
                            at += 1
                        if at == n and n < 64:
                            codes[n], shares[n] = v, 0.0
                            n += 1
                        if at < n:
                            shares[at] += k
            if how == 1:
                if weight > 1e-9:
                    out[i, j] = total
                    valid[i, j] = True
            elif weight >= 0.5 * full * (1.0 - 1e-9):
                if how == 0:
                    out[i, j] = total / weight
                else:
                    best = 0
                    for at in range(1, n):
                        more = shares[at] - shares[best]
                        if more > 1e-9 or (abs(more) <= 1e-9 and codes[at] < codes[best]):
                            best = at
                    out[i, j] = codes[best]
                valid[i, j] = True


def file_box(
    p: Places, rows: slice, cols: slice, shape: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Cells r0, r1, c0, c1 of the file that a window needs, None when it lies outside."""
    h, w = p.shape
    t = np.linspace(0.0, 1.0, 33)
    u = (cols.start + (cols.stop - cols.start) * t) * (2.0 / w) - 1.0
    v = (rows.start + (rows.stop - rows.start) * t) * (2.0 / h) - 1.0
    cheb = np.polynomial.chebyshev
    column, row = cheb.chebgrid2d(v, u, p.column), cheb.chebgrid2d(v, u, p.row)
    mc, mr = 2 + math.ceil(2 * p.half_column), 2 + math.ceil(2 * p.half_row)
    r0, r1 = max(math.floor(row.min()) - mr, 0), min(math.ceil(row.max()) + mr, shape[0])
    c0, c1 = max(math.floor(column.min()) - mc, 0), min(math.ceil(column.max()) + mc, shape[1])
    return (r0, r1, c0, c1) if r0 < r1 and c0 < c1 else None
