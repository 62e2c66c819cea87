"""Turbines that stay where they are: they are heard with the new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from siting.wind.impact.noise import level_db, sound_power_db
from siting.wind.machine.turbine import Turbine

if TYPE_CHECKING:
    from siting.wind.impact.people import Dwellings

__all__ = ["Standing", "heard_db", "room_db"]

Float = NDArray[np.float64]


def _none() -> Float:
    return np.zeros(0)


@dataclass(frozen=True, eq=False)
class Standing:
    """Turbines that stay.

    Attributes
    ----------
    x_m, y_m : (n,) float
    machines : n Turbine
    """

    x_m: Float = field(default_factory=_none)
    y_m: Float = field(default_factory=_none)
    machines: Sequence[Turbine] = ()

    def within(self, x_m: Float, y_m: Float, reach_m: float) -> Standing:
        """Those no further than `reach_m` from any of the places."""
        if not len(self.x_m) or not len(x_m):
            return Standing()
        places = shapely.multipoints(np.column_stack([x_m, y_m]))
        away = np.asarray(shapely.distance(shapely.points(self.x_m, self.y_m), places))
        near = away <= reach_m
        kept = [self.machines[i] for i in np.flatnonzero(near).tolist()]
        return Standing(self.x_m[near], self.y_m[near], kept)


def heard_db(
    standing: Standing, near: Dwellings, *, ground_factor: float | None = None
) -> Float:
    """Level of the turbines that stay at every dwelling, on level ground, (m,) [dB(A)]."""
    n = len(standing.x_m)
    if not n or not len(near.x_m):
        return np.full(len(near.x_m), -np.inf)
    return level_db(
        np.column_stack([standing.x_m, standing.y_m, np.zeros(n)]),
        np.array([m.hub_m for m in standing.machines]),
        np.array([sound_power_db(m)[0] for m in standing.machines]),
        np.column_stack([near.x_m, near.y_m, np.zeros(len(near.x_m))]),
        ground_factor=ground_factor,
    )


def room_db(limit_db: float, already_db: Float) -> Float:
    """Level that new turbines may add so that all together keep `limit_db`, (m,) [dB(A)].

    Where those that stay are over it alone, the new ones keep it by themselves: no layout
    mends what stands.

    Examples
    --------
    Two equal sources add 3 dB: beside 42 dB(A) another 42 dB(A) fill a limit of 45.01.

    >>> room_db(45.0103, np.array([-np.inf, 42.0, 50.0])).round(2).tolist()
    [45.01, 42.0, 45.01]
    """
    already = np.asarray(already_db, dtype=float)
    left = 10.0 ** (limit_db / 10.0) - 10.0 ** (already / 10.0)
    return np.where(left > 0, 10.0 * np.log10(np.maximum(left, 1e-12)), limit_db)
