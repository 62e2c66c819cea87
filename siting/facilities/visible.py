"""What a watcher on a mast sees of the land: lines of sight over the terrain.

Heights between the centres of cells are straight. A line of sight is looked at wherever it
crosses a line between centres, so nothing between two samples is missed. The Earth bends away
and air bends light back by the coefficient of refraction of surveys.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.cells.jit import kernel
from gis.errors import DataError
from gis.say import say
from gis.types import F8

__all__ = ["REFRACTION", "heights", "sight_costs"]

_EARTH_M = 6_371_000.0
REFRACTION = 0.13
"""Of light along the ground, the survey's usual coefficient."""


@kernel
def _height(z: F8, r: float, c: float) -> float:
    """Between four centres; NaN beside the grid or where one that counts is unknown."""
    if not (r >= 0.0 and c >= 0.0 and r <= z.shape[0] - 1.0 and c <= z.shape[1] - 1.0):
        return np.nan
    i, j = int(r), int(c)
    a, b = r - i, c - j
    out = 0.0
    for di in range(2):
        for dj in range(2):
            share = (a if di else 1.0 - a) * (b if dj else 1.0 - b)
            if share > 1e-9:
                out += share * z[i + di, j + dj]
    return out


@kernel
def _clear(
    z: F8, r0: float, c0: float, h0: float, r1: float, c1: float, h1: float, cell: float,
    bend: float,
) -> bool:  # fmt: skip
    """Whether height h1 at one place is seen from h0 at another."""
    dr, dc = r1 - r0, c1 - c0
    far = np.sqrt(dr * dr + dc * dc) * cell
    if far < 1e-9:
        return True
    goal = (h1 - far * far / bend - h0) / far
    for side in range(2):
        a, step, other, slope = (r0, dr, c0, dc) if side == 0 else (c0, dc, r0, dr)
        if step == 0.0:
            continue
        low, high = (a, a + step) if step > 0 else (a + step, a)
        for k in range(int(np.floor(low)) + 1, int(np.ceil(high))):
            t = (k - a) / step
            o = other + t * slope
            ground = _height(z, float(k), o) if side == 0 else _height(z, o, float(k))
            d = t * far
            # unknown ground hides nothing
            if d > 1e-9 and (ground - d * d / bend - h0) / d > goal + 1e-12:
                return False
    return True


@kernel
def _sights(
    out: F8, z: F8, tr: F8, tc: F8, th: F8, er: F8, ec: F8, eh: F8, cell: float, reach: float,
    bend: float,
) -> None:  # fmt: skip
    for i in range(tr.size):
        for j in range(er.size):
            far = np.sqrt((tr[i] - er[j]) ** 2 + (tc[i] - ec[j]) ** 2) * cell
            if far > reach or np.isnan(th[i]) or np.isnan(eh[j]):
                continue
            if _clear(z, er[j], ec[j], eh[j], tr[i], tc[i], th[i], cell, bend):
                out[i, j] = far


def _cells(xy: F8, left: float, top: float, cell: float) -> tuple[F8, F8]:
    """Rows and columns counted from the centre of the first cell."""
    return (
        np.ascontiguousarray((top - xy[:, 1]) / cell - 0.5),
        np.ascontiguousarray((xy[:, 0] - left) / cell - 0.5),
    )


@kernel
def _heights(z: F8, r: F8, c: F8, out: F8) -> None:
    for k in range(r.size):
        out[k] = _height(z, r[k], c[k])


def heights(ground_m: F8, left_m: float, top_m: float, cell_m: float, xy: F8) -> F8:
    """Ground level at places; NaN where it is unknown.

    Parameters
    ----------
    ground_m, left_m, top_m, cell_m
        As of `sight_costs`.
    xy : (n, 2) float64

    Examples
    --------
    >>> z = np.array([[0.0, 10.0]])
    >>> heights(z, 0.0, 100.0, 100.0, np.array([[100.0, 50.0], [900.0, 50.0]])).tolist()
    [5.0, nan]
    """
    out = np.empty(len(xy))
    _heights(np.ascontiguousarray(ground_m), *_cells(xy, left_m, top_m, cell_m), out)
    return out


def sight_costs(
    ground_m: F8,
    left_m: float,
    top_m: float,
    cell_m: float,
    demand_xy: npt.ArrayLike,
    place_xy: npt.ArrayLike,
    *,
    eye_m: float,
    target_m: float = 0.0,
    reach_m: float = np.inf,
    refraction: float = REFRACTION,
) -> F8:
    """Metres from each place to the demand it sees.

    Bare ground: trees and buildings, which hide, are not in it.

    Parameters
    ----------
    ground_m : (h, w) float64
        Ground level; NaN is unknown and hides nothing.
    left_m, top_m, cell_m : float
        Corner of the grid and its cell.
    demand_xy, place_xy : (n, 2), (m, 2) array_like
        In the plane of the grid.
    eye_m, target_m : float
        Above ground: of the watcher, and of what is to be seen.
    reach_m : float
        No farther than this.
    refraction : float
        Coefficient of refraction.

    Returns
    -------
    (n, m) float64
        Infinite where nothing is seen: hidden, too far, or the ground is unknown.

    Raises
    ------
    DataError
        For a place or height that is no number.

    Examples
    --------
    A ridge hides what lies behind it, a mast looks over it:

    >>> z = np.zeros((3, 21)); z[:, 10] = 20.0
    >>> ends = [[50.0, 150.0]], [[2050.0, 150.0]]
    >>> sight_costs(z, 0.0, 300.0, 100.0, *ends, eye_m=10.0).tolist()
    [[inf]]
    >>> sight_costs(z, 0.0, 300.0, 100.0, *ends, eye_m=45.0).tolist()
    [[2000.0]]
    """
    demand = np.array(demand_xy, float, ndmin=2).reshape(-1, 2)
    place = np.array(place_xy, float, ndmin=2).reshape(-1, 2)
    given = [*demand.ravel(), *place.ravel(), eye_m, target_m]
    if not np.isfinite(given).all():
        raise DataError(say("siting.facilities.place_no_number"), where="demand, candidates")
    z = np.ascontiguousarray(ground_m, dtype=float)
    tr, tc = _cells(demand, left_m, top_m, cell_m)
    er, ec = _cells(place, left_m, top_m, cell_m)
    th, eh = np.empty(len(tr)), np.empty(len(er))
    _heights(z, tr, tc, th)
    _heights(z, er, ec, eh)
    out = np.full((len(tr), len(er)), np.inf)
    bend = 2.0 * _EARTH_M / (1.0 - refraction)
    _sights(out, z, tr, tc, th + target_m, er, ec, eh + eye_m, cell_m, reach_m, bend)
    return out
