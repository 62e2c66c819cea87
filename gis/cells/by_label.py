"""Areas of numbered land, added up in the order of cells: no raster of areas is made."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.cell_area import area_rows
from gis.cells.grid import Grid, Window, full_window
from gis.cells.jit import kernel
from gis.cells.runs import RunRaster
from gis.types import F8, I4, I8

__all__ = ["areas_by_label", "cells_by_label", "codes_of_label"]


@kernel
def _cell_area(rows: F8, r: int, column: int, width: int) -> float:
    """Area of a cell from the polynomial of its row; ``column`` is that of the whole grid."""
    u = (column + 0.5) * 2.0 / width - 1.0
    area = rows[r, rows.shape[1] - 1]
    for q in range(rows.shape[1] - 2, -1, -1):
        area = area * u + rows[r, q]
    return float(area)


@kernel
def _label_areas(labels: I4, rows: F8, first: int, width: int, areas: F8, cells: I8) -> None:
    h, w = labels.shape
    for r in range(h):
        for c in range(w):
            k = labels[r, c]
            if k > 0:
                areas[k] += _cell_area(rows, r, first + c, width)
                cells[k] += 1


@kernel
def _run_areas(
    row: I8, start: I4, label: I4, width: int, rows: F8, areas: F8, cells: I8
) -> None:
    for r in range(len(row) - 1):
        for i in range(row[r], row[r + 1]):
            k = label[i]
            if k > 0:
                end = start[i + 1] if i + 1 < row[r + 1] else width
                for c in range(start[i], end):
                    areas[k] += _cell_area(rows, r, c, width)
                cells[k] += end - start[i]


@kernel
def _code_areas(
    labels: I4,
    label: int,
    code: npt.NDArray[Any],
    rows: F8,
    first: int,
    width: int,
    areas: F8,
    cells: I8,
) -> None:
    h, w = labels.shape
    for r in range(h):
        for c in range(w):
            if labels[r, c] == label:
                k = code[r, c]
                areas[k] += _cell_area(rows, r, first + c, width)
                cells[k] += 1


def areas_by_label(
    labels: I4 | RunRaster,
    grid: Grid,
    n: int,
    window: Window | None = None,
    rows: F8 | None = None,
) -> F8:
    """Ellipsoidal area of the cells of each number.

    Parameters
    ----------
    labels : (h, w) int32 or RunRaster
        Numbers of the window's cells, 0 to `n`; of runs those of the whole grid.
    grid : Grid
    n : int
        The largest number.
    window : Window, optional
        Where `labels` lies in the grid; the whole when left out. A cell has the same area in
        every window.
    rows : array, optional
        ``area_rows(grid)``, when several windows are asked for.

    Returns
    -------
    (n + 1,) float
        [m2]; 0 for the number 0, which is no patch.

    Examples
    --------
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((499_990, 4_300_000, 500_010, 4_300_010), 4544, 10)
    >>> areas_by_label(np.array([[2, 0]], np.int32), g, 2).round(6).tolist()
    [0.0, 0.0, 100.0]
    """
    return cells_by_label(labels, grid, n, window, rows)[0]


def cells_by_label(
    labels: I4 | RunRaster,
    grid: Grid,
    n: int,
    window: Window | None = None,
    rows: F8 | None = None,
) -> tuple[F8, I8]:
    """As `areas_by_label`, and how many cells each number has, (n + 1,) int."""
    at, weights, width = _weights(grid, window, rows)
    areas, cells = np.zeros(n + 1), np.zeros(n + 1, np.int64)
    if isinstance(labels, RunRaster):
        runs = labels.value.astype(np.int32, copy=False)
        _run_areas(labels.row, labels.start, runs, width, weights, areas, cells)
        return areas, cells
    _label_areas(labels, weights, at, width, areas, cells)
    return areas, cells


def codes_of_label(
    labels: I4,
    label: int,
    code: npt.NDArray[Any],
    n_codes: int,
    grid: Grid,
    window: Window | None = None,
    rows: F8 | None = None,
) -> tuple[I8, F8]:
    """Codes on the cells of one number, and the ellipsoidal area of each.

    Parameters
    ----------
    labels, grid, window, rows
        See `areas_by_label`.
    label : int
    code : (h, w) integer
        Codes of the same cells, 0 to `n_codes` - 1.
    n_codes : int

    Returns
    -------
    codes : (k,) int
        Those that occur, rising.
    area_m2 : (k,) float

    Examples
    --------
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((499_990, 4_300_000, 500_010, 4_300_010), 4544, 10)
    >>> both = np.array([[1, 1]], np.int32)
    >>> codes, area = codes_of_label(both, 1, np.array([[4, 4]], np.uint16), 5, g)
    >>> codes.tolist(), area.round(6).tolist()
    ([4], [200.0])
    """
    at, weights, width = _weights(grid, window, rows)
    areas, cells = np.zeros(n_codes), np.zeros(n_codes, np.int64)
    _code_areas(labels, label, code, weights, at, width, areas, cells)
    found = np.flatnonzero(cells)
    return found, areas[found]


def _weights(grid: Grid, window: Window | None, rows: F8 | None) -> tuple[int, F8, int]:
    """First column of a window, polynomials of its rows, and columns of the grid."""
    part = window or full_window(grid)
    every = area_rows(grid) if rows is None else rows
    return int(part[1].start), every[part[0]], int(grid.shape[1])
