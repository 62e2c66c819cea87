"""Slope and aspect of a height raster by Horn's weights; what is not known stays unknown.

Horn (1981) takes the eight neighbours with weights 1-2-1, as ``gdaldem`` and most desktops
do; the estimator is part of a slope rule (on rough ground central differences exclude almost
twice the land). A cell needs all nine heights: at the rim of the data nothing is made up.
Whether ground is steeper than a limit is asked of `gis.cells.threshold.or_slope`.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gis.cells.jit import for_few, kernel
from gis.errors import DataError
from gis.say import say
from gis.types import F4

__all__ = [
    "FLAT",
    "aspect_deg",
    "slope_deg",
]


FLAT = -1.0
"""Aspect of level ground, which faces nowhere."""


@kernel
def _slope(z: F4, factor: np.float32, out: F4) -> None:
    deg = np.float32(180.0 / math.pi)
    two = np.float32(2.0)
    h, w = z.shape
    for r in range(1, h - 1):
        for c in range(1, w - 1):
            east = z[r - 1, c + 1] + two * z[r, c + 1] + z[r + 1, c + 1]
            west = z[r - 1, c - 1] + two * z[r, c - 1] + z[r + 1, c - 1]
            north = z[r - 1, c - 1] + two * z[r - 1, c] + z[r - 1, c + 1]
            south = z[r + 1, c - 1] + two * z[r + 1, c] + z[r + 1, c + 1]
            p = (east - west) * factor
            q = (north - south) * factor
            # z - z is zero, or NaN where the cell itself is not known
            out[r, c] = np.arctan(np.sqrt(p * p + q * q)) * deg + (z[r, c] - z[r, c])


@kernel
def _aspect(z: F4, flat: np.float32, out: F4) -> None:
    deg = 180.0 / math.pi
    two = np.float32(2.0)
    h, w = z.shape
    for r in range(1, h - 1):
        for c in range(1, w - 1):
            east = z[r - 1, c + 1] + two * z[r, c + 1] + z[r + 1, c + 1]
            west = z[r - 1, c - 1] + two * z[r, c - 1] + z[r + 1, c - 1]
            north = z[r - 1, c - 1] + two * z[r - 1, c] + z[r - 1, c + 1]
            south = z[r + 1, c - 1] + two * z[r + 1, c] + z[r + 1, c + 1]
            p, q = east - west, north - south
            if p == 0 and q == 0:
                out[r, c] = flat + (z[r, c] - z[r, c])
            else:
                angle = math.atan2(-np.float64(p), -np.float64(q)) * deg
                if angle < 0:
                    angle += 360.0
                out[r, c] = np.float32(angle) + (z[r, c] - z[r, c])


def _heights(dem_m: npt.NDArray[np.floating], cell_m: float) -> F4:
    if dem_m.ndim != 2:
        raise DataError(
            say("gis.cells.heights_must_raster"),
            where=say("gis.cells.at_heights"),
            got=say("gis.cells.axes", n=dem_m.ndim),
        )
    if not (math.isfinite(cell_m) and cell_m > 0):
        raise DataError(
            say("gis.cells.cell_size_must_above_0"),
            where=say("gis.cells.at_heights"),
            got=str(cell_m),
        )
    if dem_m.dtype.kind not in "f":
        raise DataError(
            say("gis.cells.heights_must_floats_nan_where"),
            where=say("gis.cells.at_heights"),
            got=str(dem_m.dtype),
            todo=say("gis.cells.read_them_gis_files_read"),
        )
    return np.ascontiguousarray(dem_m, dtype=np.float32)


def slope_deg(dem_m: npt.NDArray[np.floating], cell_m: float) -> F4:
    """Slope by Horn's weights.

    Parameters
    ----------
    dem_m : (h, w) float
        Heights [m]; NaN = not known.
    cell_m : float
        Side of a cell [m].

    Returns
    -------
    (h, w) float32
        Slope [deg]; NaN in the outer ring and wherever one of the nine heights is not known.
        Read one cell more on each side (`gis.cells.grid.halo_window`) to have the ring too.

    Raises
    ------
    DataError
        Integers, no raster, or a cell size that is not positive.

    References
    ----------
    Horn, B. K. P. (1981): Hill shading and the reflectance map, Proc. IEEE 69(1), p. 18,
    doi:10.1109/PROC.1981.11918.

    Examples
    --------
    A plane that rises 1 m a metre to the east:

    >>> z = np.tile(np.arange(4.0) * 10, (3, 1))
    >>> slope_deg(z, 10.0)[1].tolist()
    [nan, 45.0, 45.0, nan]
    """
    z = _heights(dem_m, cell_m)
    out = np.full(z.shape, np.nan, np.float32)
    _slope(z, np.float32(1.0 / (8.0 * cell_m)), out)
    return out


def aspect_deg(dem_m: npt.NDArray[np.floating], cell_m: float) -> F4:
    """Direction that the slope faces (downhill), clockwise from north.

    Returns
    -------
    (h, w) float32
        0 to 360 [deg]; `FLAT` on level ground; NaN as in `slope_deg`.

    Examples
    --------
    Ground that rises to the east faces west:

    >>> z = np.tile(np.arange(3.0), (3, 1))
    >>> float(aspect_deg(z, 10.0)[1, 1]), float(aspect_deg(0 * z, 10.0)[1, 1])
    (270.0, -1.0)
    """
    z = _heights(dem_m, cell_m)
    out = np.full(z.shape, np.nan, np.float32)
    for_few(_aspect, out.size)(z, np.float32(FLAT), out)
    return out
