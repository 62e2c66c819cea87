"""Roughness length out of the plan's land cover, for the logarithmic profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.cells.grid import cell_centres
from gis.say import say
from gis.toml import FrozenDict, read_toml
from layers.open.plan_layers import open_raster, vocabulary_of
from layers.plan.model import Plan
from layers.result import Warn
from layers.vocabulary import vocabulary
from siting.wind.resource.ground import grid_around
from siting.wind.resource.heights import speed_heights_m
from siting.wind.resource.wasp_plan import plan_map
from siting.wind.section import WindSection

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["mean_roughness_m", "roughness_of_classes", "with_roughness"]

Float = NDArray[np.float64]

_WATER_M = 0.0002  # WAsP writes water as 0 (Troen, Petersen, European Wind Atlas, 1989)


def _data() -> FrozenDict:
    return read_toml("siting.wind.turbines", "roughness.toml")


def roughness_of_classes(name: str) -> dict[int, float]:
    """Roughness length [m] of every class of a land-cover vocabulary.

    Examples
    --------
    >>> z = roughness_of_classes("worldcover2021")
    >>> z[10], z[80]
    (0.8, 0.0002)
    """
    table: dict[str, float] = _data()["group_m"]
    out = {}
    for code, entry in vocabulary(name).entries.items():
        # a class that may be several things takes the roughest that the table knows first
        known = [table[g] for g in table if g in entry.group]
        value = known[0] if known else table["other"]
        number = entry.raster_value if entry.raster_value is not None else int(code)
        out[int(number)] = float(value)
    return out


def mean_roughness_m(z0_m: Float) -> float:
    """Mean of roughness lengths as the profile feels it: of their logarithms.

    Examples
    --------
    >>> round(mean_roughness_m(np.array([0.01, 1.0])), 6)
    0.1
    """
    z = np.asarray(z0_m, dtype=float)
    return float(np.exp(np.mean(np.log(z[np.isfinite(z) & (z > 0)]))))


def with_roughness(
    plan: Plan, section: WindSection, weather: Weather, x_m: Float, y_m: Float
) -> tuple[WindSection, list[Warn]]:
    """`section` with the map's or the land cover's roughness where the log law lacks one.

    Only for a series of one height without a stated roughness length.
    """
    given = section.roughness_length_m is not None or len(speed_heights_m(weather)) > 1
    if section.shear != "log" or given:
        return section, []
    drawn = plan_map(plan, section)
    if drawn is not None and drawn.roughness:
        length = mean_roughness_m(np.maximum(drawn.roughness_at(x_m, y_m), _WATER_M))
        text = say("siting.wasp.roughness_from_map", name=drawn.source, length_m=length)
        changed = section.model_copy(update={"roughness_length_m": length})
        return changed, [Warn("roughness_from_map", text)]
    radius = float(_data()["radius_m"])
    grid = grid_around(plan, x_m, y_m, radius, max(plan.area.cell_m, 30.0))
    words = vocabulary_of(plan, "land_cover")
    found = open_raster(plan, "land_cover", grid) if words else None
    if found is None:
        return section, []
    codes, valid = found
    cx, cy = cell_centres(grid)
    gx, gy = np.meshgrid(cx, cy)
    near = np.zeros(gx.shape, dtype=bool)
    for x, y in zip(x_m, y_m, strict=True):
        near |= np.hypot(gx - x, gy - y) <= radius
    lengths = roughness_of_classes(words)
    z = np.array([lengths.get(int(c), np.nan) for c in codes[near & valid]])
    if not np.isfinite(z).any():
        return section, []
    value = mean_roughness_m(z)
    warn = Warn(
        "roughness_from_land_cover",
        say("siting.wind_resource.roughness_from_land_cover", length_m=value),
    )
    return section.model_copy(update={"roughness_length_m": value}), [warn]
