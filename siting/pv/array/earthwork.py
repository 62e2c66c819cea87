"""Cut and fill: what has to be moved so that straight tables stand on the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.cells.grid import Grid, cell_size_m, origin

__all__ = ["Earth", "Ground", "heights_at", "samples", "table_earth"]

F8 = npt.NDArray[np.float64]
_ALONG, _ACROSS = 32, 4  # samples of a table


@dataclass(frozen=True)
class Ground:
    """An elevation model around a plant.

    Attributes
    ----------
    grid
        Its cells.
    dem_m : f8[h, w]
        Heights [m], NaN where unknown.
    source_cell_m
        Size of a cell of the file it comes from [m].
    """

    grid: Grid
    dem_m: F8
    source_cell_m: float

    def at(self, x: F8, y: F8) -> F8:
        """Heights between the middles of cells, linear; NaN beside what is known [m]."""
        return heights_at(self, x, y)


@dataclass(frozen=True)
class Earth:
    """Volumes a table.

    Attributes
    ----------
    cut_m3, fill_m3 : f8[n]
        NaN where the ground is not known.
    slope, slope_across : f8[n]
        Of the ground along and across the rows [m/m].
    height_m : f8[n]
        Middle height of the ground [m].
    """

    cut_m3: F8
    fill_m3: F8
    slope: F8
    slope_across: F8
    height_m: F8


def heights_at(ground: Ground, x: F8, y: F8) -> F8:
    """See `Ground.at`."""
    left, top = origin(ground.grid)
    cell = cell_size_m(ground.grid)
    z = ground.dem_m
    c = (x - left) / cell - 0.5
    r = (top - y) / cell - 0.5
    h, w = z.shape
    inside = (c >= 0.0) & (r >= 0.0) & (c <= w - 1) & (r <= h - 1)
    c0 = np.clip(np.floor(c).astype(np.int64), 0, w - 2)
    r0 = np.clip(np.floor(r).astype(np.int64), 0, h - 2)
    u, v = c - c0, r - r0
    low = z[r0, c0] * (1 - u) + z[r0, c0 + 1] * u
    high = z[r0 + 1, c0] * (1 - u) + z[r0 + 1, c0 + 1] * u
    return np.where(inside, low * (1 - v) + high * v, np.nan)


def table_earth(
    heights: F8, length_m: float, width_m: float, *, slope_most: float, reveal_m: float
) -> Earth:
    """Cut and fill of tables from the ground under them.

    Parameters
    ----------
    heights : f8[n, across, along]
        Ground at the middles of equal patches of each table [m].
    length_m, width_m : float
        Of a table along its row and across it, in plan [m].
    slope_most : float
        Largest slope of a table along its row [m/m].
    reveal_m : float
        Ground may lie this far above or below the table's plane without being moved [m].

    Notes
    -----
    A table is straight. Its plane is the one of least squares through the ground, its slope
    along the row no more than the limit; across the row the posts follow the ground. What lies
    above the plane by more than the play of the posts is cut to that height, what lies below
    it by more is filled. On a plane of slope s the volume is (s - limit) L^2 W / 8 each way
    without play; on a ridge that falls by s on both sides of the middle it is s L^2 W / 16.

    Examples
    --------
    A plane of 20 % under a table of 16 m x 4 m that may slope 10 %: 0.1 * 256 * 4 / 8 m3.

    >>> x = (np.arange(32) + 0.5) / 32 * 16.0
    >>> e = table_earth(np.tile(0.2 * x, (1, 4, 1)), 16.0, 4.0, slope_most=0.1, reveal_m=0.0)
    >>> round(float(e.cut_m3[0]), 6), round(float(e.fill_m3[0]), 6), round(float(e.slope[0]), 6)
    (12.8, 12.8, 0.2)
    """
    across, along = heights.shape[1:]
    x = ((np.arange(along) + 0.5) / along - 0.5) * length_m
    y = ((np.arange(across) + 0.5) / across - 0.5) * width_m
    middle = heights.mean(axis=(1, 2))
    slope = (heights * x).sum(axis=(1, 2)) / (across * (x * x).sum())
    tilt = (heights * y[:, None]).sum(axis=(1, 2)) / (along * (y * y).sum())
    held = np.clip(slope, -slope_most, slope_most)
    plane = middle[:, None, None] + held[:, None, None] * x + tilt[:, None, None] * y[:, None]
    above = heights - plane
    patch = length_m * width_m / (across * along)
    return Earth(
        cut_m3=np.maximum(above - reveal_m, 0.0).sum(axis=(1, 2)) * patch,
        fill_m3=np.maximum(-above - reveal_m, 0.0).sum(axis=(1, 2)) * patch,
        slope=slope,
        slope_across=tilt,
        height_m=middle,
    )


def samples(length_m: float, width_m: float) -> tuple[F8, F8]:
    """Middles of the patches of a table from its lower left corner [m], f8[across, along]."""
    x = (np.arange(_ALONG) + 0.5) / _ALONG * length_m
    y = (np.arange(_ACROSS) + 0.5) / _ACROSS * width_m
    return np.broadcast_to(x, (_ACROSS, _ALONG)), np.broadcast_to(y[:, None], (_ACROSS, _ALONG))
