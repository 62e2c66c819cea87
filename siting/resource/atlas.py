"""Light of the plan's atlas layers on a grid: a year's sum, or twelve months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis.cells.grid import Grid, cell_size_m, origin
from gis.types import F8
from layers.open.plan_layers import open_raster
from layers.plan.model import Plan

__all__ = ["AtlasLight", "atlas_light"]

MONTHS = 12
_YEAR, _MONTH = "ghi", "ghi_monthly"


@dataclass(frozen=True, eq=False)
class AtlasLight:
    """GHI of an atlas around a county, NaN where unknown.

    Attributes
    ----------
    kwh_m2
        f8[1, h, w] of the year, or f8[12, h, w] by month [kWh/m2].
    source, date
        As the plan says of the layer.
    """

    grid: Grid
    kwh_m2: F8
    source: str
    date: str

    @property
    def monthly(self) -> bool:
        """Whether it knows months."""
        return len(self.kwh_m2) == MONTHS

    @property
    def year_kwh_m2(self) -> F8:
        """Sum of the year, f8[h, w]."""
        return np.asarray(self.kwh_m2.sum(axis=0))

    def at(self, x: float, y: float) -> F8:
        """The value where a point of the plan's CRS lies, f8[1] or f8[12]; NaN outside."""
        left, top = origin(self.grid)
        cell = cell_size_m(self.grid)
        row, col = int(np.floor((top - y) / cell)), int(np.floor((x - left) / cell))
        _, height, width = self.kwh_m2.shape
        if not (0 <= row < height and 0 <= col < width):
            return np.full(len(self.kwh_m2), np.nan)
        return np.asarray(self.kwh_m2[:, row, col])


def atlas_light(plan: Plan, grid: Grid) -> AtlasLight | None:
    """The plan's atlas of GHI on `grid`, by month where the plan has layer ``ghi_monthly``.

    Raises
    ------
    DataError
        When the file is missing or holds what the catalogue says it cannot.
    """
    if _MONTH in plan.layers:
        source = plan.layers[_MONTH]
        bands = []
        for band in range(1, MONTHS + 1):
            one = {_MONTH: source.model_copy(update={"band": band})}
            found = open_raster(plan.with_layers(one), _MONTH, grid)
            if found is None:
                break
            bands.append(np.where(found[1], found[0].astype(np.float64), np.nan))
        if len(bands) == MONTHS:
            return AtlasLight(grid, np.stack(bands), source.source, source.date)
    found = open_raster(plan, _YEAR, grid)
    if found is None:
        return None
    values = np.where(found[1], found[0].astype(np.float64), np.nan)
    source = plan.layers[_YEAR]
    return AtlasLight(grid, values[None], source.source, source.date)
