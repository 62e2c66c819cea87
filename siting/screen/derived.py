"""Rasters as rules read them: as they are, or slope and aspect from heights.

Whatever compares a raster with a limit does it here, so that the mask of a county and the
exact check of a boundary decide alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.grid import (
    Grid,
    Window,
    cell_size_m,
    full_window,
    window_grid,
)
from gis.cells.terrain import aspect_deg, slope_deg
from gis.cells.threshold import or_limit, or_slope, slope_at
from siting.rules.conditions.canvas import Answer
from siting.screen.sources import Source, Values, answering

__all__ = ["or_beyond", "raster_cells", "read_cells", "shown_cells", "value_at"]

U8 = npt.NDArray[np.uint64]


def read_cells(source: Source, answer: Answer, grid: Grid, window: Window) -> Values:
    """Cells of the raster that answers a test.

    Returns
    -------
    (values, known)
        Of the window; of heights one cell more on every side, also beyond the grid: its
        outermost cells have slopes too.
    """
    if not answer.base:
        return source.raster(answer.layer_id, grid, window)
    r, c = window
    around = (slice(r.start - 1, r.stop + 1), slice(c.start - 1, c.stop + 1))
    part = window_grid(grid, around)
    return source.raster(answer.base, part, full_window(part))


def _aspect(values: npt.NDArray[Any], known: npt.NDArray[np.bool_], cell_m: float) -> Any:  # noqa: ANN401
    """Aspect inside the halo [deg]; negative on flat ground, NaN where not known."""
    return aspect_deg(np.where(known, values, np.nan).astype(np.float32), cell_m)[1:-1, 1:-1]


def or_beyond(
    out: U8,
    cells: Values,
    answer: Answer,
    cell_m: float,
    operator: str,
    limit: float,
    *,
    hit: int,
    unknown: int,
) -> None:
    """Set the bits `hit` where a value is beyond a limit, `unknown` where there is none.

    Parameters
    ----------
    out : (h, w) uint64
        Changed in place.
    cells : (values, known)
        Of `read_cells`.
    answer : Answer
        What they are.
    cell_m : float
    operator : {">", ">=", "<", "<="}
    limit : float
        Compared in double precision.
    hit, unknown : int
        Bit masks.
    """
    values, known = cells
    if not answer.base:
        or_limit(out, values, known, operator, limit, hit=hit, unknown=unknown)
    elif answer.layer_id == "slope":
        or_slope(out, values, known, cell_m, operator, limit, hit=hit, unknown=unknown)
    else:
        aspect = np.asarray(_aspect(values, known, cell_m), dtype=np.float64)
        # flat ground faces nowhere: known, and beyond no limit
        nowhere = -np.inf if operator.startswith(">") else np.inf
        facing = np.where(aspect < 0, nowhere, aspect)
        or_limit(out, facing, ~np.isnan(aspect), operator, limit, hit=hit, unknown=unknown)


def shown_cells(cells: Values, answer: Answer, cell_m: float) -> Values:
    """Values to show or to weigh: degrees where the answer is slope or aspect of heights."""
    values, known = cells
    if not answer.base:
        return values, known
    if answer.layer_id == "slope":
        heights = np.where(known, values, np.nan).astype(np.float32)
        found = slope_deg(heights, cell_m)[1:-1, 1:-1]
    else:
        found = _aspect(values, known, cell_m)
    return found, np.isfinite(found)


def value_at(cells: Values, answer: Answer, cell_m: float) -> float | None:
    """Value of the first cell, as it is compared with a limit; None where it is not known."""
    if answer.base and answer.layer_id == "slope":
        heights, known = (a[:3, :3] for a in cells)
        return slope_at(heights, cell_m) if known.all() else None
    values, known = shown_cells(cells, answer, cell_m)
    return float(values[0, 0]) if known[0, 0] else None


def raster_cells(
    source: Source, layer_id: str, grid: Grid, window: Window | None = None
) -> Values | None:
    """Cells of a raster layer, slope and aspect computed from heights where need be.

    Returns
    -------
    (values, known) or None
        None when the source has neither the layer nor what it is computed from.
    """
    answer = answering(source, layer_id)
    if answer.state != "available" or answer.layer_id != layer_id:
        return None
    part = full_window(grid) if window is None else window
    cells = read_cells(source, answer, grid, part)
    return shown_cells(cells, answer, cell_size_m(grid))
