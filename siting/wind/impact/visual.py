"""From where the turbines are seen: number of visible tips over the terrain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.cells.jit import kernel
from gis.errors import DataError
from gis.say import say

__all__ = ["visible_turbines"]

Float = NDArray[np.float64]

# Mean Earth radius over (1 - refraction coefficient 0.13), the survey's usual correction
_CURVE_RADIUS_M = 6_371_000.0 / (1.0 - 0.13)


@kernel
def _count(
    seen: NDArray[np.int16],
    ground: Float,
    left: float,
    top: float,
    cell: float,
    tx: Float,
    ty: Float,
    tip: Float,
    eye: float,
    reach: float,
    curve: float,
) -> None:
    h, w = ground.shape
    for r in range(h):
        for c in range(w):
            if np.isnan(ground[r, c]):
                seen[r, c] = -1
                continue
            px, py = left + (c + 0.5) * cell, top - (r + 0.5) * cell
            total = 0
            for t in range(tx.shape[0]):
                dx, dy = tx[t] - px, ty[t] - py
                far = np.sqrt(dx * dx + dy * dy)
                if far > reach:
                    continue
                start = ground[r, c] + eye
                goal = (tip[t] - far * far / (2.0 * curve) - start) / max(far, 1e-9)
                steps = int(far / cell)
                clear = True
                for k in range(1, steps):
                    d = k * cell
                    x, y = px + dx * d / far, py + dy * d / far
                    rr, cc = int((top - y) / cell), int((x - left) / cell)
                    if rr < 0 or cc < 0 or rr >= h or cc >= w:
                        continue
                    z = ground[rr, cc]
                    if np.isnan(z):
                        continue
                    if (z - d * d / (2.0 * curve) - start) / d > goal:
                        clear = False
                        break
                if clear:
                    total += 1
            seen[r, c] = total


def visible_turbines(
    ground_m: Float,
    left_m: float,
    top_m: float,
    cell_m: float,
    turbine_xyz: Float,
    tip_m: Float,
    *,
    eye_m: float = 1.7,
    reach_m: float = 15_000.0,
) -> NDArray[np.int16]:
    """Number of turbines of which at least the tip is seen from every cell.

    Bare ground: buildings and trees, which hide, are not in it. Curvature of the Earth and
    refraction (coefficient 0.13) are.

    Parameters
    ----------
    ground_m : (h, w) float
        Ground level; NaN is unknown and neither sees nor hides.
    turbine_xyz : (n, 3) float
        Feet of the turbines [m].
    tip_m : (n,) float
        Tip heights above ground [m].

    Returns
    -------
    (h, w) int16
        -1 where the ground is unknown.

    Examples
    --------
    A wall hides what stands behind it:

    >>> z = np.zeros((1, 40)); z[0, 20] = 300.0
    >>> n = visible_turbines(z, 0.0, 100.0, 100.0, np.array([[50.0, 50.0, 0.0]]), [150.0])
    >>> int(n[0, 10]), int(n[0, 30])
    (1, 0)
    """
    t = np.atleast_2d(np.asarray(turbine_xyz, dtype=float))
    tip = t[:, 2] + np.broadcast_to(np.asarray(tip_m, dtype=float), len(t))
    if not np.isfinite(t).all() or not np.isfinite(tip).all():
        raise DataError(
            say("siting.wind_impact.turbine_without_position_height"), where="visibility"
        )
    seen = np.zeros(ground_m.shape, dtype=np.int16)
    _count(
        seen,
        np.ascontiguousarray(ground_m, dtype=float),
        left_m,
        top_m,
        cell_m,
        np.ascontiguousarray(t[:, 0]),
        np.ascontiguousarray(t[:, 1]),
        np.ascontiguousarray(tip),
        eye_m,
        reach_m,
        _CURVE_RADIUS_M,
    )
    return seen
