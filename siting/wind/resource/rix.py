"""Ruggedness of the terrain around places (RIX), the mark of where linear flow models end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from gis.cells.grid import Grid, cell_size_m, origin

__all__ = ["RADIUS_M", "STEEP", "rix_frac"]

Float = NDArray[np.float64]

RADIUS_M = 3500.0
"""Reach of the radii [m] (Bowen, Mortensen, 1996)."""

STEEP = 0.3
"""Slope above which the flow separates [-] (Wood, 1995)."""

_RADII = 72


def rix_frac(
    height_m: Float,
    grid: Grid,
    x_m: Float,
    y_m: Float,
    *,
    radius_m: float = RADIUS_M,
    steep: float = STEEP,
) -> Float:
    """Share of the radii around each place that is steeper than `steep`, (n,).

    Along 72 radii the ground level is read a cell apart; NaN where more than a tenth of what
    the radii cross is unknown.

    Parameters
    ----------
    height_m : (rows, cols) float
        Ground level on `grid`, NaN where unknown.

    References
    ----------
    .. [1] Bowen, A. J., Mortensen, N. G. (1996). Exploring the limits of WAsP: the wind atlas
       analysis and application program. EUWEC 1996, 584-587 (index, radius 3.5 km).
    .. [2] Wood, N. (1995). The onset of separation in neutral, turbulent flow over hills.
       Boundary-Layer Meteorol. 76, 137-164, doi:10.1007/BF00710894 (critical slope).
    """
    cell = cell_size_m(grid)
    left, top = origin(grid)
    steps = np.arange(0.0, radius_m + cell / 2, cell)
    angle = np.arange(_RADII) * 2.0 * np.pi / _RADII
    dx, dy = np.outer(np.sin(angle), steps), np.outer(np.cos(angle), steps)
    out = np.full(np.shape(x_m), np.nan)
    for i, (x, y) in enumerate(zip(np.atleast_1d(x_m), np.atleast_1d(y_m), strict=True)):
        col = (x + dx - left) / cell - 0.5
        row = (top - y - dy) / cell - 0.5
        level = map_coordinates(height_m, [row, col], order=1, mode="constant", cval=np.nan)
        slope = np.abs(np.diff(level, axis=1)) / cell
        known = np.isfinite(slope)
        if known.mean() > 0.9:
            out[i] = float((slope[known] > steep).mean())
    return out
