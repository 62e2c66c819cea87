"""Compiled wake sums: squared-sum Gaussian deficits at a constant thrust coefficient.

The deficit of a wake is then a fixed share of the free wind, so the energy of a turbine in
one direction is a function of one number, its loss. That is the model of IEA Wind Task 37
case studies 1 to 4, and the surrogate the layout search runs on; final energies come from
PyWake's models with the full thrust curve.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gis.cells.jit import kernel

__all__ = ["losses", "pair_deficit", "pull_back"]

F8 = NDArray[np.float64]


@kernel
def pair_deficit(down: float, cross: float, k: float, epsilon_m: float, thrust: float) -> float:
    """Deficit `down` metres behind a rotor and `cross` metres off its axis, share of free wind.

    `epsilon_m` is the wake width at the rotor [m], `thrust` is ct D^2 / 8 [m2].
    """
    if down <= 0.0:
        return 0.0
    sigma = k * down + epsilon_m
    s2 = sigma * sigma
    radical = 1.0 - thrust / s2
    centre = 1.0 - math.sqrt(radical) if radical > 0.0 else 1.0
    return centre * math.exp(-0.5 * cross * cross / s2)


@kernel
def losses(
    x: F8,
    y: F8,
    cos: F8,
    sin: F8,
    k: float,
    epsilon_m: F8,
    thrust: F8,
    out: F8,
) -> None:
    """Loss of every turbine in every direction, (d, n), root of the sum of squares.

    `cos`, `sin` turn map coordinates so that the wind blows along the first axis.
    """
    n = x.shape[0]
    for d in range(cos.shape[0]):
        c, s = cos[d], sin[d]
        for i in range(n):
            total = 0.0
            for j in range(n):
                if i == j:
                    continue
                dx, dy = x[i] - x[j], y[i] - y[j]
                down, cross = dx * c + dy * s, dy * c - dx * s
                one = pair_deficit(down, cross, k, epsilon_m[j], thrust[j])
                total += one * one
            out[d, i] = math.sqrt(total)


@kernel
def pull_back(
    x: F8,
    y: F8,
    cos: F8,
    sin: F8,
    k: float,
    epsilon_m: F8,
    thrust: F8,
    loss: F8,
    weight: F8,
    grad_x: F8,
    grad_y: F8,
) -> None:
    """Add the derivative of ``sum weight[d, i] loss[d, i]`` by the positions."""
    n = x.shape[0]
    for d in range(cos.shape[0]):
        c, s = cos[d], sin[d]
        for i in range(n):
            if loss[d, i] <= 0.0 or weight[d, i] == 0.0:
                continue
            share = weight[d, i] / loss[d, i]
            for j in range(n):
                if i == j:
                    continue
                dx, dy = x[i] - x[j], y[i] - y[j]
                down = dx * c + dy * s
                if down <= 0.0:
                    continue
                cross = dy * c - dx * s
                sigma = k * down + epsilon_m[j]
                s2 = sigma * sigma
                radical = 1.0 - thrust[j] / s2
                bell = math.exp(-0.5 * cross * cross / s2)
                if radical > 0.0:
                    root = math.sqrt(radical)
                    centre = 1.0 - root
                    by_sigma = -thrust[j] / (s2 * sigma * root)
                else:
                    centre, by_sigma = 1.0, 0.0
                one = centre * bell
                by_down = k * bell * (by_sigma + centre * cross * cross / (s2 * sigma))
                by_cross = -one * cross / s2
                gx = share * one * (by_down * c - by_cross * s)
                gy = share * one * (by_down * s + by_cross * c)
                grad_x[i] += gx
                grad_y[i] += gy
                grad_x[j] -= gx
                grad_y[j] -= gy
