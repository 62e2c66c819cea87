"""Land a turbine may stand on, and the distance turbines keep from one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError, ModelError
from gis.say import say
from siting.wind.layout.kernel import allowed, too_close
from siting.wind.wake.gaussian import direction_vectors

__all__ = ["Region", "Spacing", "circle_region", "feasible", "mask_region", "ring_region"]

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Region:
    """Land a turbine may stand on: a mask, a circle, rings, or several of them at once.

    Attributes
    ----------
    mask : (h, w) uint8
        1 where allowed; row 0 is north. Empty when not used.
    frame : (3,) float
        Left, top and cell size of the mask [m].
    circle : (3,) float
        Centre and radius [m]; no radius, no circle.
    ring_xy, ring_start
        Closed rings, even-odd.
    factor, bonus : (h, w) float32
        Energy relative to the rose's place [-], and what a position is worth beyond its
        energy (a pad that stands, a road beside it) [MWh/yr].
    """

    mask: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    frame: Float = field(default_factory=lambda: np.array([0.0, 0.0, 1.0]))
    circle: Float = field(default_factory=lambda: np.zeros(3))
    ring_xy: Float = field(default_factory=lambda: np.zeros((0, 2)))
    ring_start: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    factor: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    bonus: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @property
    def box(self) -> Float:
        """(left, bottom, right, top) of what is allowed [m]."""
        boxes = []
        if self.mask.size:
            rows, cols = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(0))
            if not rows.size:
                raise ModelError(
                    say("siting.wind_layout.no_cell_left_turbine"),
                    todo=say("siting.wind_layout.relax_rules"),
                )
            left, top, cell = self.frame
            boxes.append(
                [
                    left + cols[0] * cell,
                    top - (rows[-1] + 1) * cell,
                    left + (cols[-1] + 1) * cell,
                    top - rows[0] * cell,
                ]
            )
        if self.circle[2] > 0:
            x, y, r = self.circle
            boxes.append([x - r, y - r, x + r, y + r])
        if len(self.ring_start) > 1:
            low, high = self.ring_xy.min(axis=0), self.ring_xy.max(axis=0)
            boxes.append([low[0], low[1], high[0], high[1]])
        if not boxes:
            raise ConfigError(
                say("siting.wind_layout.region_not_bounded"),
                expected=say("siting.wind_layout.mask_circle_ring"),
            )
        all_ = np.array(boxes, dtype=float)
        return np.concatenate([all_[:, :2].max(axis=0), all_[:, 2:].min(axis=0)])

    @property
    def rules(self) -> tuple[NDArray[np.uint8], Float, Float, Float, NDArray[np.int64]]:
        """What the kernels take to judge a position."""
        return self.mask, self.frame, self.circle, self.ring_xy, self.ring_start


@dataclass(frozen=True)
class Spacing:
    """Least distance between turbines: an ellipse along the main wind direction.

    Attributes
    ----------
    main_m, cross_m
        Along and across the wind [m].
    main_direction_deg
        Direction the main wind comes from.
    """

    main_m: float
    cross_m: float
    main_direction_deg: float = 0.0

    @property
    def ellipse(self) -> Float:
        """(cos, sin) of the main axis and the two half axes."""
        cos, sin = direction_vectors(np.array([self.main_direction_deg]))
        return np.array([cos[0], sin[0], self.main_m, self.cross_m])


def circle_region(radius_m: float, x_m: float = 0.0, y_m: float = 0.0) -> Region:
    """A disc."""
    return Region(circle=np.array([x_m, y_m, radius_m]))


def ring_region(rings: Sequence[Float]) -> Region:
    """The inside of rings, even-odd; rings are closed when they are not."""
    closed = [r if np.array_equal(r[0], r[-1]) else np.vstack([r, r[:1]]) for r in rings]
    start = np.concatenate([[0], np.cumsum([len(r) for r in closed])]).astype(np.int64)
    return Region(
        ring_xy=np.ascontiguousarray(np.vstack(closed), dtype=float), ring_start=start
    )


def mask_region(
    mask: NDArray[np.bool_],
    left_m: float,
    top_m: float,
    cell_m: float,
    *,
    factor: NDArray[np.floating] | None = None,
    bonus: NDArray[np.floating] | None = None,
) -> Region:
    """Cells of a north-up grid."""
    allowed_cells = np.ascontiguousarray(mask, dtype=np.uint8)
    one = np.ones(mask.shape) if factor is None else factor
    none = np.zeros(mask.shape) if bonus is None else bonus
    return Region(
        mask=allowed_cells,
        frame=np.array([left_m, top_m, cell_m], dtype=float),
        factor=np.ascontiguousarray(one, dtype=np.float32),
        bonus=np.ascontiguousarray(none, dtype=np.float32),
    )


def feasible(x_m: Float, y_m: Float, region: Region, spacing: Spacing) -> list[str]:
    """What is wrong with a layout, empty when nothing is.

    Examples
    --------
    >>> feasible(np.array([0.0, 100.0, 2000.0]), np.zeros(3), circle_region(1300.0),
    ...     Spacing(260.0, 260.0))
    ['turbine 2 outside the allowed land', 'turbines 0 and 1 too close (100 m)']
    """
    out = [
        f"turbine {i} outside the allowed land"
        for i in range(len(x_m))
        if not allowed(float(x_m[i]), float(y_m[i]), *region.rules)
    ]
    ellipse = spacing.ellipse
    for i in range(len(x_m)):
        for j in range(i + 1, len(x_m)):
            dx, dy = float(x_m[i] - x_m[j]), float(y_m[i] - y_m[j])
            if too_close(dx, dy, ellipse):
                out.append(f"turbines {i} and {j} too close ({np.hypot(dx, dy):.0f} m)")
    return out
