"""Compiled wakes of single hours: the effective wind at every rotor, three models."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gis.cells.jit import kernel

__all__ = ["BASTANKHAH", "NOJ", "TURBOPARK", "effective_speed"]

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]

BASTANKHAH, TURBOPARK, NOJ = 0, 1, 2

# Initial width and greatest thrust of the two Gaussian wakes, expansion of TurbOPark
_CEPS, _CT_LIMIT = 0.2, 0.899
_TURBO_CEPS, _TURBO_CT_LIMIT = 0.25, 0.96
_TURBO_A, _TURBO_C1, _TURBO_C2 = 0.04, 1.5, 0.8

# Self-similar blockage: N. Troldborg, A. R. Meyer Forsting, Wind Energy 20 (2017) 2011,
# 10.1002/we.2137, equations 5 to 8 and 13; induction after Madsen et al. (2020)
_ALPHA, _BETA, _LAMBDA, _ETA, _GAMMA = 8.0 / 9.0, math.sqrt(2.0), 0.587, 1.32, 1.1


@kernel
def _madsen(ct: float) -> float:
    """Induction of a thrust coefficient, Madsen et al. (2020)."""
    return ct * (0.2460 + ct * (0.0586 + ct * 0.0883))


@kernel
def _width(ct: float, ceps: float, limit: float) -> float:
    """Width of a Gaussian wake at the rotor [diameters]."""
    root = math.sqrt(1.0 - min(limit, ct))
    return ceps * math.sqrt(0.5 * (1.0 + root) / root)


@kernel
def _overlap(r: float, c: float, table: F8, step: float) -> float:
    """Mean of a Gaussian over a disc of radius `r`, `c` off its axis [sigma], bilinear."""
    x = min(r / step, table.shape[0] - 1.001)
    y = min(c / step, table.shape[1] - 1.001)
    i, j = int(x), int(y)
    f, g = x - i, y - j
    low = table[i, j] + g * (table[i, j + 1] - table[i, j])
    high = table[i + 1, j] + g * (table[i + 1, j + 1] - table[i + 1, j])
    mean: float = low + f * (high - low)
    return mean


@kernel
def _shared(big: float, small: float, gap: float) -> float:
    """Share of a disc of radius `small` inside one of radius `big`, `gap` apart."""
    if gap >= big + small:
        return 0.0
    if gap <= abs(big - small):
        return 1.0 if big >= small else (big / small) ** 2
    a = math.acos((gap * gap + small * small - big * big) / (2 * gap * small))
    b = math.acos((gap * gap + big * big - small * small) / (2 * gap * big))
    root = math.sqrt(
        (small + big - gap) * (gap + small - big) * (gap - small + big) * (gap + small + big)
    )
    area = small * small * a + big * big * b - 0.5 * root
    return area / (math.pi * small * small)


@kernel
def _turbo_sigma(down_d: float, ct: float, turbulence: float) -> float:
    """Width of a TurbOPark wake `down_d` diameters behind the rotor [diameters]."""
    alpha = _TURBO_C1 * turbulence
    beta = _TURBO_C2 * turbulence / math.sqrt(ct)
    reach = alpha + beta * down_d
    one, two = math.sqrt(reach * reach + 1.0), math.sqrt(1.0 + alpha * alpha)
    grown = one - two - math.log((one + 1.0) * alpha / ((two + 1.0) * reach))
    return _TURBO_A * turbulence / beta * grown + _width(ct, _TURBO_CEPS, _TURBO_CT_LIMIT)


@kernel
def effective_speed(
    x: F8,
    y: F8,
    hub: F8,
    rotor: F8,
    kind: I8,
    ct_curve: F8,
    inv_dv: float,
    direction: F8,
    free: F8,
    model: int,
    k: float,
    turbulence: float,
    overlap: F8,
    overlap_step: float,
    blockage: bool,  # noqa: FBT001 - a kernel takes no keywords
    start: int,
    stop: int,
    out: F8,
) -> None:
    """Wind at every rotor in hours `start` to `stop`, (n, t); the free wind is `free`.

    `direction` is where the wind comes from [deg]. Hours without wind or direction stay NaN.
    """
    n = x.shape[0]
    ahead = np.empty(n)
    aside = np.empty(n)
    thrust = np.empty(n)
    top = ct_curve.shape[1] - 2
    for t in range(start, stop):
        to = math.radians(270.0 - direction[t])
        c, s = math.cos(to), math.sin(to)
        for i in range(n):
            ahead[i] = x[i] * c + y[i] * s
            aside[i] = y[i] * c - x[i] * s
        order = np.argsort(ahead)
        for rank in range(n):
            i = order[rank]
            total = 0.0
            for before in range(rank):
                j = order[before]
                ct = thrust[j]
                down = ahead[i] - ahead[j]
                if down <= 1e-6 or ct <= 0.0:
                    continue
                d = rotor[j]
                side, lift = aside[i] - aside[j], hub[i] - hub[j]
                cross2 = side * side + lift * lift
                if model == BASTANKHAH:
                    sigma = k * down + _width(ct, _CEPS, _CT_LIMIT) * d
                    if cross2 > 100.0 * sigma * sigma:
                        continue
                    share = min(1.0, 2.0 * _madsen(ct * d * d / (8.0 * sigma * sigma)))
                    lost = free[j, t] * share * math.exp(-0.5 * cross2 / (sigma * sigma))
                    total += lost * lost
                elif model == TURBOPARK:
                    sigma = _turbo_sigma(down / d, ct, turbulence) * d
                    if cross2 > 100.0 * sigma * sigma:
                        continue
                    part = min(1.0, ct * d * d / (8.0 * sigma * sigma))
                    share = min(1.0, 1.0 - math.sqrt(1.0 - part))
                    r = 0.5 * rotor[i] / sigma
                    lost = (
                        free[i, t]
                        * share
                        * _overlap(r, math.sqrt(cross2) / sigma, overlap, overlap_step)
                    )
                    mirrored = lift + 2.0 * hub[j]
                    below = math.sqrt(side * side + mirrored * mirrored) / sigma
                    other = free[i, t] * share * _overlap(r, below, overlap, overlap_step)
                    total += lost * lost + other * other
                else:
                    wake = k * down + 0.5 * d
                    part = _shared(wake, 0.5 * rotor[i], math.sqrt(cross2))
                    if part <= 0.0:
                        continue
                    widen = wake / (0.5 * d)
                    lost = free[j, t] * 2.0 * _madsen(ct) / (widen * widen) * part
                    total += lost * lost
            v = max(free[i, t] - math.sqrt(total), 0.0)
            out[i, t] = v
            f = v * inv_dv
            if f >= 0.0 and f < top:
                m = int(f)
                row = ct_curve[kind[i]]
                thrust[i] = row[m] + (f - m) * (row[m + 1] - row[m])
            else:
                thrust[i] = 0.0
        if blockage:
            for i in range(n):
                slowed = 0.0
                for j in range(n):
                    radius = 0.5 * rotor[j]
                    down = (ahead[i] - ahead[j]) / radius
                    if i == j or down >= 0.0 or thrust[j] <= 0.0:
                        continue
                    side, lift = aside[i] - aside[j], hub[i] - hub[j]
                    half = math.sqrt(_LAMBDA * (_ETA + down * down))
                    off = math.sqrt(side * side + lift * lift) / radius / half
                    shape = (1.0 / math.cosh(min(_BETA * off, 300.0))) ** _ALPHA
                    along = 1.0 + down / math.sqrt(1.0 + down * down)
                    slowed += free[j, t] * _madsen(_GAMMA * thrust[j]) * along * shape
                out[i, t] = max(out[i, t] - slowed, 0.0)
