"""How finely the sample county is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["SIZES", "SampleSize", "Size"]

Size = Literal["tiny", "demo", "full"]


@dataclass(frozen=True)
class SampleSize:
    """How finely the county is drawn.

    Attributes
    ----------
    cell_m
        Cells of the rasters, and of the screening grid that goes with them.
    field_m
        Size of a field across and along the river.
    ditch_m
        Distance between ditches.
    inner
        Points between two corners of a parcel.
    years
        Years of hourly weather.
    """

    cell_m: float
    field_m: tuple[float, float]
    ditch_m: float
    inner: int
    years: int


SIZES: dict[str, SampleSize] = {
    "tiny": SampleSize(100.0, (1000.0, 900.0), 7200.0, 1, 2),
    "demo": SampleSize(40.0, (215.0, 295.0), 1600.0, 3, 10),
    "full": SampleSize(10.0, (120.0, 185.0), 1200.0, 7, 20),
}
"""``tiny`` for tests, ``demo`` for a first look, ``full`` for a county at 10 m."""
