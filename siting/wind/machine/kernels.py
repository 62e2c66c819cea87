"""Compiled loops of the yield engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gis.cells.jit import kernel, kernel_with

__all__ = [
    "energy_sums",
    "equivalent_rows",
    "equivalent_sums",
    "power_series",
    "still_hours",
    "stopped_sums",
]

F4 = NDArray[np.float32]
F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@kernel
def _lookup(
    v: float,
    rho: float,
    table: F4,
    low: F4,
    high: F4,
    inv_dv: float,
    rho_min: float,
    inv_drho: float,
) -> float:
    """Power [kW] at speed `v` and density `rho`, bilinear; zero outside the curve."""
    r = (rho - rho_min) * inv_drho
    last = table.shape[0] - 2
    i = min(max(int(r), 0), last)
    f = r - i
    if v < low[i] + f * (low[i + 1] - low[i]) or v > high[i] + f * (high[i + 1] - high[i]):
        return 0.0
    x = v * inv_dv
    j = int(x)
    if j > table.shape[1] - 2:
        return 0.0
    g = x - j
    a = table[i, j] + g * (table[i, j + 1] - table[i, j])
    b = table[i + 1, j] + g * (table[i + 1, j + 1] - table[i + 1, j])
    power: float = a + f * (b - a)
    return power


@kernel
def power_series(
    speed: F8,
    rho: F8,
    table: F4,
    low: F4,
    high: F4,
    inv_dv: float,
    rho_min: float,
    inv_drho: float,
    out: F8,
) -> None:
    """Hourly power into `out`; NaN where speed or density is missing or negative."""
    for k in range(speed.shape[0]):
        v, d = speed[k], rho[k]
        if v >= 0.0 and d > 0.0:
            out[k] = _lookup(v, d, table, low, high, inv_dv, rho_min, inv_drho)
        else:
            out[k] = np.nan


@kernel
def energy_sums(
    base_v: F4,
    base_rho: F4,
    series: I8,
    scale_v: F4,
    scale_rho: F4,
    table: F4,
    low: F4,
    high: F4,
    inv_dv: float,
    rho_min: float,
    inv_drho: float,
    start: int,
    stop: int,
    total: F8,
    valid: I8,
) -> None:
    """Sum of hourly power and number of valid hours of cells `start` to `stop`."""
    n = base_v.shape[1]
    for c in range(start, stop):
        s = series[c]
        fv, fr = scale_v[c], scale_rho[c]
        energy = 0.0
        count = 0
        for k in range(n):
            v = base_v[s, k] * fv
            d = base_rho[s, k] * fr
            if v >= 0.0 and d > 0.0:
                energy += _lookup(v, d, table, low, high, inv_dv, rho_min, inv_drho)
                count += 1
        total[c] = energy
        valid[c] = count


@kernel
def still_hours(speed: F8, stop: float, restart: float, out: NDArray[np.bool_]) -> None:
    """Hours a machine stands still after a storm: above `stop`, and until below `restart`.

    Of an hour without a speed nothing is known; the state before it stays.
    """
    still = False
    for k in range(speed.shape[0]):
        v = speed[k]
        if v > stop:
            still = True
        elif v < restart:
            still = False
        out[k] = still


# Cube root of a density ratio from 0.45 to 1.39, Chebyshev fit of degree six: relative error
# at most 1.7e-5, which is 5e-5 of the power and far below the 0.1 % the engine promises.
_C0, _C1, _C2, _C3 = 0.37065371, 1.37573716, -1.66016669, 1.62949920
_C4, _C5, _C6 = -1.02276035, 0.36176328, -0.05472362


@kernel_with(fastmath={"reassoc", "contract", "nsz", "arcp"})
def equivalent_rows(
    speed: F4,
    rho: F4,
    reference: float,
    shift: bool,  # noqa: FBT001 - a kernel takes no keywords
    start: int,
    stop: int,
    out: F4,
    peak: F4,
    count: I8,
) -> None:
    """Speeds at reference density of rows `start` to `stop`; gaps become 0 and are counted."""
    n = speed.shape[1]
    inv = np.float32(1.0 / reference)
    zero = np.float32(0.0)
    for s in range(start, stop):
        top = zero
        good = 0
        for k in range(n):
            v, d = speed[s, k], rho[s, k] * inv
            fine = (v >= zero) & (d > zero)
            v = v if fine else zero
            good += 1 if fine else 0
            top = max(top, v)
            if shift:
                p = np.float32(_C5) + d * np.float32(_C6)
                p = np.float32(_C4) + d * p
                p = np.float32(_C3) + d * p
                p = np.float32(_C2) + d * p
                p = np.float32(_C1) + d * p
                p = np.float32(_C0) + d * p
                v = v * p if fine else zero
            out[s, k] = v
        peak[s] = top
        count[s] = good


# The sum of hourly energies may be reordered: its error stays far below the 0.1 % the engine
# promises, and the compiler can then use vector instructions.
@kernel_with(fastmath={"reassoc", "contract", "nsz", "arcp"})
def equivalent_sums(
    equivalent: F4,
    series: I8,
    scale: F4,
    curve: F4,
    inv_dv: float,
    start: int,
    stop: int,
    total: F8,
) -> None:
    """As `energy_sums` for speeds already at reference density and free of gaps.

    `curve` is zero at its end, where everything above the cut-out is sent.
    """
    n = equivalent.shape[1]
    top = np.float32(curve.shape[0] - 2)
    for c in range(start, stop):
        row = equivalent[series[c]]
        f = np.float32(scale[c] * inv_dv)
        energy = 0.0
        for first in range(0, n, 1024):
            part = np.float32(0.0)
            for k in range(first, min(first + 1024, n)):
                x = min(row[k] * f, top)
                j = np.int32(x)
                g = x - np.float32(j)
                part += curve[j] + g * (curve[j + 1] - curve[j])
            energy += float(part)
        total[c] = energy


@kernel
def stopped_sums(
    speed: F4,
    equivalent: F4,
    ends: NDArray[np.bool_],
    stop: float,
    restart: float,
    scale_v: F4,
    scale: F4,
    curve: F4,
    inv_dv: float,
    total: F8,
) -> None:
    """Sum of power of the hours in which storms stop the machine, for each factor.

    Hours are those that may be strong, in their order; ``ends`` tells where a storm has ended
    before. A machine without `restart` (NaN) runs again as soon as the speed is not above
    `stop`.
    """
    top = np.float32(curve.shape[0] - 2)
    for c in range(len(scale)):
        f = np.float32(scale[c] * inv_dv)
        energy = 0.0
        still = False
        for k in range(len(speed)):
            if ends[k]:
                still = False
            v = speed[k] * scale_v[c]
            if v > stop:
                still = True
            elif not v >= restart:
                still = False
            if still:
                x = min(equivalent[k] * f, top)
                j = np.int32(x)
                g = x - np.float32(j)
                energy += curve[j] + g * (curve[j + 1] - curve[j])
        total[c] = energy
