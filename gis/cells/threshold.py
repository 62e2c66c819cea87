"""Kernels that turn raster values into bits of the cells' masks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.cells.jit import for_few, kernel

__all__ = ["gradient_bound", "or_classes", "or_limit", "or_slope", "slope_at"]

U8 = npt.NDArray[np.uint64]
Bool = npt.NDArray[np.bool_]

_OPERATORS = {">": 0, ">=": 1, "<": 2, "<=": 3}


@kernel
def or_classes(
    out: U8, values: npt.NDArray[Any], valid: Bool, bits: U8, unknown: np.uint64
) -> None:
    """Set ``bits[v]`` where the value is v; `unknown` where it is not valid or out of range."""
    height, width = out.shape
    for r in range(height):
        for c in range(width):
            v = np.int64(values[r, c])
            if valid[r, c] and 0 <= v < len(bits):
                out[r, c] |= bits[v]
            else:
                out[r, c] |= unknown


@kernel
def _limit(
    out: U8,
    values: npt.NDArray[Any],
    valid: Bool,
    operator: int,
    limit: float,
    hit: np.uint64,
    unknown: np.uint64,
) -> None:
    height, width = out.shape
    for r in range(height):
        for c in range(width):
            v = float(values[r, c])
            if not valid[r, c] or math.isnan(v):
                out[r, c] |= unknown
            elif (
                (operator == 0 and v > limit)
                or (operator == 1 and v >= limit)
                or (operator == 2 and v < limit)
                or (operator == 3 and v <= limit)
            ):
                out[r, c] |= hit


@kernel
def _slope(
    out: U8,
    dem: npt.NDArray[Any],
    valid: Bool,
    above: int,
    bound: float,
    hit: np.uint64,
    unknown: np.uint64,
) -> None:
    height, width = out.shape
    for r in range(height):
        for c in range(width):
            known = True
            for i in range(3):
                for j in range(3):
                    known = known and valid[r + i, c + j]
            if not known:
                out[r, c] |= unknown
                continue
            a = float(dem[r, c])
            b = float(dem[r, c + 1])
            d = float(dem[r, c + 2])
            e = float(dem[r + 1, c])
            f = float(dem[r + 1, c + 2])
            g = float(dem[r + 2, c])
            h = float(dem[r + 2, c + 1])
            i9 = float(dem[r + 2, c + 2])
            x = (d + 2.0 * f + i9) - (a + 2.0 * e + g)
            y = (g + 2.0 * h + i9) - (a + 2.0 * b + d)
            t = x * x + y * y
            if math.isnan(t):
                out[r, c] |= unknown
            elif int(t >= bound) == above:
                out[r, c] |= hit


def or_limit(
    out: U8,
    values: npt.NDArray[Any],
    valid: Bool,
    operator: str,
    limit: float,
    *,
    hit: int,
    unknown: int,
) -> None:
    """Set the bits `hit` where ``value operator limit``, `unknown` where there is no value.

    Parameters
    ----------
    out : (h, w) uint64
        Changed in place.
    values : (h, w)
    valid : (h, w) bool
    operator : {">", ">=", "<", "<="}
    limit : float
    hit, unknown : int
        Bit masks.

    Examples
    --------
    >>> out = np.zeros((1, 3), np.uint64)
    >>> values = np.array([[14.9, 15.0, np.nan]], np.float32)
    >>> or_limit(out, values, np.isfinite(values), ">=", 15.0, hit=1, unknown=2)
    >>> out.tolist()
    [[0, 1, 2]]
    """
    bits = np.uint64(hit), np.uint64(unknown)
    for_few(_limit, out.size)(out, values, valid, _OPERATORS[operator], limit, *bits)


def or_slope(
    out: U8,
    dem: npt.NDArray[Any],
    valid: Bool,
    cell_m: float,
    operator: str,
    limit_deg: float,
    *,
    hit: int,
    unknown: int,
) -> None:
    """Set the bits `hit` where the slope by Horn's 3 x 3 method is beyond a limit.

    The answer is that of ``math.degrees(math.atan(...))`` of the heights in double
    precision, compared with the limit; no angle is computed cell by cell (see
    `gradient_bound`).

    Parameters
    ----------
    out : (h, w) uint64
        Changed in place.
    dem : (h + 2, w + 2)
        Heights [m] with one cell of halo on every side.
    valid : (h + 2, w + 2) bool
        A cell with an unknown neighbour gets `unknown`.
    cell_m : float
    operator : {">", ">=", "<", "<="}
    limit_deg : float
        Below 90.

    References
    ----------
    Horn B.K.P., Hill shading and the reflectance map, Proc. IEEE 69(1), 1981, p. 18,
    doi:10.1109/PROC.1981.11918.

    Examples
    --------
    A plane that rises 1 m a metre to the east is 45 degrees steep, and no more:

    >>> dem = np.tile(np.arange(3.0, dtype=np.float32), (3, 1))
    >>> out = np.zeros((1, 1), np.uint64)
    >>> or_slope(out, dem, dem >= 0, 1.0, ">", 45.0, hit=1, unknown=2)
    >>> or_slope(out, dem, dem >= 0, 1.0, ">=", 45.0, hit=4, unknown=2)
    >>> int(out[0, 0])
    4
    """
    # a slope is above or at a limit where its squared gradient reaches a bound
    strict = operator in (">", "<=")
    bound = gradient_bound(limit_deg, cell_m, strict=strict)
    above = int(operator in (">", ">="))
    bits = np.uint64(hit), np.uint64(unknown)
    for_few(_slope, out.size)(out, dem, valid, above, bound, *bits)


def _degrees(t: float, cell_m: float) -> float:
    """Slope of a squared gradient; see `gradient_bound`."""
    return math.degrees(math.atan(math.sqrt(t) / (8.0 * cell_m)))


def slope_at(heights_m: npt.NDArray[Any], cell_m: float) -> float:
    """Slope of one cell as `or_slope` compares it, in double precision [deg].

    Parameters
    ----------
    heights_m : (3, 3)
        The cell and its neighbours [m].
    cell_m : float

    Examples
    --------
    >>> slope_at(np.tile(np.arange(3.0, dtype=np.float32), (3, 1)), 1.0)
    45.0
    """
    z = np.asarray(heights_m, dtype=np.float64).tolist()
    x = (z[0][2] + 2.0 * z[1][2] + z[2][2]) - (z[0][0] + 2.0 * z[1][0] + z[2][0])
    y = (z[2][0] + 2.0 * z[2][1] + z[2][2]) - (z[0][0] + 2.0 * z[0][1] + z[0][2])
    return _degrees(x * x + y * y, cell_m)


def gradient_bound(limit_deg: float, cell_m: float, *, strict: bool) -> float:
    """Smallest squared gradient whose slope is at a limit, or (`strict`) above it.

    The slope of a gradient is ``degrees(atan(sqrt(t) / (8 cell)))``, where t is the sum of
    the squares of Horn's two weighted differences. It never falls as t grows, so one number
    parts the gradients that pass from those that do not, to the last bit.

    Parameters
    ----------
    limit_deg : float
        Below 90.
    cell_m : float
    strict : bool

    Examples
    --------
    Horn's difference of a plane with a gradient of 1 is 8 cells, 80 m here:

    >>> gradient_bound(45.0, 10.0, strict=False) <= 80.0**2
    True
    >>> gradient_bound(45.0, 10.0, strict=True) > 80.0**2
    True
    """

    def beyond(t: float) -> bool:
        slope_deg = _degrees(t, cell_m)
        return slope_deg > limit_deg if strict else slope_deg >= limit_deg

    if beyond(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while not beyond(high):
        if math.isinf(high):
            return math.inf  # no slope is as steep
        low, high = high, 2.0 * high
    while (middle := low + (high - low) / 2) not in (low, high):
        low, high = (low, middle) if beyond(middle) else (middle, high)
    return high
