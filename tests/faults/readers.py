"""What each reader is asked to do with a file, and what it may never hand on."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geoplan.plan_file import load_plan

__all__ = ["READERS"]


@cache
def _plan() -> Any:
    from geoplan.demo import sample_plan

    return sample_plan("tiny")


def _outline(path: Path) -> str:
    """A project boundary: its shapes are valid, finite and lie in the county."""
    from siting.check.outline import read_outline

    found = read_outline(path, _plan(), crs="EPSG:4544" if path.suffix == ".dxf" else "")
    shapes = found.parcels.geometry.to_numpy()
    if not shapely.is_valid(shapes).all():
        return "a shape that is not valid is handed on"
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        return "a coordinate that is not finite is handed on"
    return ""


def _raster(path: Path, crs: str = "") -> str:
    """A raster: what is not finite is not known."""
    from gis.cells.grid import plan_grid
    from gis.files.read import raster_info, read_raster

    raster_info(path, crs=crs)
    grid = plan_grid((640_000, 4_300_000, 641_000, 4_301_000), 4544, 50)
    values, valid = read_raster(path, grid, kind="intensive", crs=crs)
    return "" if np.isfinite(values[valid]).all() else "a value that is not finite is valid"


def _weather(path: Path) -> str:
    """Weather: what is handed on is finite, or a gap."""
    from layers.weather import read_weather

    table = read_weather(path).hourly
    return "an infinite value is handed on" if np.isinf(table.to_numpy(float)).any() else ""


def _cutout(path: Path) -> str:
    """Weather of a grid at a point."""
    from layers.weather import WeatherSource, read_weather

    source = WeatherSource(path=str(path), lon=106.7, lat=38.8)
    table = read_weather(path, source).hourly
    return "an infinite value is handed on" if np.isinf(table.to_numpy(float)).any() else ""


def _turbines(path: Path) -> str:
    from gis.crs.systems import as_crs
    from siting.wind.machine.existing import existing_turbines
    from siting.wind.section import WindSection

    plan = replace_base(_plan(), path.parent)
    section = WindSection(existing_csv=path.name)
    frame, _ = existing_turbines(plan, section, as_crs(4544))
    if frame is None or not np.isfinite(frame[["x", "y", "capacity_kw"]].to_numpy(float)).all():
        return "a place or a capacity that is not finite is handed on"
    return ""


def replace_base(plan: Any, base: Path) -> Any:
    """The plan with another data folder, on no sample."""
    return plan.model_copy(
        update={"base": base, "data": plan.data.model_copy(update={"sample": None})}
    )


def _curve(path: Path) -> str:
    from siting.wind.machine.library import read_turbine_csv

    for one in read_turbine_csv(path).values():
        if not np.isfinite(one.power_kw).all():
            return "a power that is not finite is handed on"
    return ""


def _rose(path: Path) -> str:
    from siting.wind.resource.distribution import read_rose_csv

    rose = read_rose_csv(path)
    return "" if np.isfinite(rose.frequency).all() else "a share that is not finite"


def _tab(path: Path) -> str:
    from siting.wind.resource.wasp_tab import read_tab

    found = read_tab(path)
    numbers = np.concatenate([found.rose.frequency.ravel(), found.rose.speed_m_s])
    return "" if np.isfinite(numbers).all() else "a number that is not finite"


def _wind_grid(path: Path) -> str:
    from siting.wind.resource.wasp_grid import read_wind_grid

    grid = read_wind_grid(path)
    near = grid.at(np.array([500_100.0]), np.array([4_300_000.0])).mean_m_s
    if not np.isfinite(grid.wind.sector_mean_m_s).all() or (near < 0).any():
        return "a wind that cannot be is handed on"
    return ""


def _wasp_map(path: Path) -> str:
    from siting.wind.resource.wasp_map import read_wasp_map

    found = read_wasp_map(path)
    xy = np.concatenate([line.xy_m for line in found.lines])
    found.roughness_at(np.array([500_000.0]), np.array([4_300_000.0]))
    return "" if np.isfinite(xy).all() else "a coordinate that is not finite"


def _speedups(path: Path) -> str:
    from siting.wind.resource.speedups import read_speedups

    found = read_speedups(path, ["T1", "T2"])
    return "" if np.isfinite(found).all() else "a factor that is not finite"


def _plan_file(path: Path) -> str:
    load_plan(path)
    return ""


def _rules(path: Path) -> str:
    from siting.rules.load import rule_books

    rule_books([path])
    return ""


def _coefficients(path: Path) -> str:
    from carbon_sink.stock.coefficient_file import read_coefficients

    read_coefficients(path)
    return ""


_BOUNDARIES = (
    "geojson", "json", "txt", "kml", "dxf", "csv_deg", "csv_m", "xlsx", "shp_zip", "gpkg",
    "fgb", "parquet",
)  # fmt: skip

READERS: dict[str, Callable[[Path], str]] = {
    "plan": _plan_file,
    "rules": _rules,
    **dict.fromkeys(_BOUNDARIES, _outline),
    "tif": _raster,
    "nc": lambda path: _raster(path, "EPSG:4490"),
    "cutout": _cutout,
    "epw": _weather,
    "weather_csv": _weather,
    "power": _weather,
    "turbines": _turbines,
    "curve": _curve,
    "rose": _rose,
    "tab": _tab,
    "wind_grid": _wind_grid,
    "wasp_map": _wasp_map,
    "speedups": _speedups,
    "coefficients": _coefficients,
}
"""Reader -> reads a file; gives what is wrong with the answer, in words, or nothing."""
