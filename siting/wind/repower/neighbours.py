"""Noise, shadow flicker and visibility of the old and the new farm."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.cells.grid import Grid, cell_centres, cell_size_m, origin
from gis.files.write import write_cog
from layers.plan.model import Plan
from layers.result import Warn
from siting.wind.impact.flicker import SunSteps, flicker_hours, flicker_raster, sun_steps
from siting.wind.impact.noise import level_db, limit_of, sound_power_db
from siting.wind.impact.people import Dwellings, dwellings
from siting.wind.impact.standing import Standing
from siting.wind.impact.visual import visible_turbines
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.eligibility import rule_limit
from siting.wind.repower.row import Row, row
from siting.wind.resource.ground import at_points, grid_around, raster_on
from siting.wind.resource.hub import hub_series
from siting.wind.section import RepowerSection, WindSection
from siting.wind.summary import FlickerSummary, NoiseSummary

if TYPE_CHECKING:
    from layers.weather import Weather
    from siting.wind.repower.candidates import Candidate

__all__ = ["Effects", "contours", "effects"]

Float = NDArray[np.float64]

_LEVELS_DB = (35.0, 40.0, 45.0, 50.0, 55.0)
_NOISE_CELL_M = 50.0
_NOISE_REACH_M = 3000.0
_VIEW_CELL_M = 200.0
_VIEW_REACH_M = 15_000.0


@dataclass(frozen=True, eq=False)
class Effects:
    """What neighbours hear and see.

    Attributes
    ----------
    layers
        ``wind_dwellings`` (levels and flicker before and after), ``noise_contours``.
    rasters
        ``flicker``, ``turbine_visibility_before`` and ``turbine_visibility_after`` when a
        folder was given.
    rows
        For the before and after table.
    noise, flicker
        For the summary; None where not judged.
    """

    layers: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    rasters: dict[str, Path] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    noise: NoiseSummary | None = None
    flicker: FlickerSummary | None = None


@dataclass(frozen=True, eq=False)
class _Farm:
    """Feet, hubs, rotors and sound of turbines."""

    xyz: Float
    hub_m: Float
    rotor_m: Float
    power_db: Float


def _farm(x: Float, y: Float, machines: list[Turbine], dem: Float | None, grid: Grid) -> _Farm:
    z = np.zeros(len(x)) if dem is None else np.nan_to_num(at_points(dem, grid, x, y))
    return _Farm(
        np.column_stack([x, y, z]),
        np.array([m.hub_m for m in machines]),
        np.array([m.rotor_m for m in machines]),
        np.array([sound_power_db(m)[0] for m in machines]),
    )


def contours(values: Float, grid: Grid, levels: tuple[float, ...]) -> gpd.GeoDataFrame:
    """Lines of equal level through cell centres.

    Examples
    --------
    >>> from gis.cells.grid import plan_grid
    >>> g = plan_grid((0, 0, 40, 40), 4544, 10)
    >>> x, y = cell_centres(g)
    >>> c = contours(np.broadcast_to(x, (4, 4)).copy(), g, (20.0,))
    >>> c.geometry[0].bounds[0]
    20.0
    """
    from skimage.measure import find_contours

    left, top = origin(grid)
    cell = cell_size_m(grid)
    rows = []
    for level in levels:
        for path in find_contours(values, level):
            if len(path) < 2:
                continue
            x = left + (path[:, 1] + 0.5) * cell
            y = top - (path[:, 0] + 0.5) * cell
            rows.append({"level_db": level, "geometry": shapely.LineString(np.c_[x, y])})
    if not rows:
        return gpd.GeoDataFrame({"level_db": []}, geometry=[], crs=grid.crs.wkt)
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=grid.crs.wkt)


def _sun(plan: Plan, weather: Weather, candidate: Candidate) -> tuple[SunSteps, bool]:
    """Sun positions, with the weather's sunshine and wind where it has them."""
    wind = plan.section(WindSection)
    hourly = weather.hourly
    good = "dni_w_m2" in hourly and "wind_direction_deg" in hourly
    table: pd.DataFrame | None = None
    if good and hourly["dni_w_m2"].notna().all():
        series = hub_series(weather, candidate.machine.hub_m, wind)
        table = pd.DataFrame(
            {
                "dni_w_m2": hourly["dni_w_m2"].to_numpy(),
                "wind_speed_m_s": series.speed_m_s,
                "wind_direction_deg": hourly["wind_direction_deg"].to_numpy(),
            },
            index=weather.index,
        )
    return (
        sun_steps(
            weather.lon,
            weather.lat,
            altitude_m=weather.altitude_m,
            weather=table,
            cut_in_m_s=candidate.machine.cut_in_m_s,
            cut_out_m_s=candidate.machine.cut_out_m_s,
        ),
        table is not None,
    )


def effects(
    plan: Plan,
    section: RepowerSection,
    weather: Weather,
    old: gpd.GeoDataFrame,
    old_machines: list[Turbine],
    candidate: Candidate,
    work: Path | None,
    standing: Standing | None = None,
) -> tuple[Effects, list[Warn]]:
    """Noise and flicker at every dwelling before and after, contours, rasters.

    Parameters
    ----------
    standing : Standing, optional
        Turbines near by that stay: heard and seen before and after.
    work : Path or None
        Run folder for the rasters; None writes none.
    """
    ox, oy = old["x"].to_numpy(float), old["y"].to_numpy(float)
    nx, ny = candidate.layout.x_m, candidate.layout.y_m
    ax, ay = np.concatenate([ox, nx]), np.concatenate([oy, ny])
    stay = (standing or Standing()).within(ax, ay, 2 * _NOISE_REACH_M)
    sx, sy, others = stay.x_m, stay.y_m, list(stay.machines)
    grid = grid_around(plan, np.r_[ax, sx], np.r_[ay, sy], _NOISE_REACH_M, _NOISE_CELL_M)
    dem = raster_on(plan, "dem", grid)
    before = _farm(np.r_[ox, sx], np.r_[oy, sy], [*old_machines, *others], dem, grid)
    new = [candidate.machine] * len(nx)
    after = _farm(np.r_[nx, sx], np.r_[ny, sy], [*new, *others], dem, grid)
    ground = (
        np.zeros(grid.shape) if dem is None else np.where(np.isnan(dem), np.nanmean(dem), dem)
    )
    warnings: list[Warn] = []
    near, _ = dwellings(plan, ax, ay, _NOISE_REACH_M)
    sun, sunny = _sun(plan, weather, candidate)
    layers: dict[str, gpd.GeoDataFrame] = {}
    tables: dict[str, pd.DataFrame] = {}
    rows: list[Row] = []
    noise: NoiseSummary | None = None
    flicker: FlickerSummary | None = None
    if near is not None:
        frame, noise, flicker, more = _at_dwellings(
            section, near, before, after, dem, grid, sun, sunny
        )
        rows += more
        if len(frame):
            layers["wind_dwellings"] = frame
            tables["wind_dwellings"] = pd.DataFrame(frame.drop(columns="geometry"))
    x, y = cell_centres(grid)
    gx, gy = np.meshgrid(x, y)
    cells = np.column_stack([gx.ravel(), gy.ravel(), ground.ravel()])
    level = level_db(
        after.xyz, after.hub_m, after.power_db, cells, ground_factor=section.ground_factor
    ).reshape(grid.shape)
    layers["noise_contours"] = contours(level, grid, _LEVELS_DB)
    rasters: dict[str, Path] = {}
    if work is not None:
        rasters = _rasters(plan, work, before, after, ground, grid, sun)
    return Effects(layers, tables, rasters, tuple(rows), noise, flicker), warnings


def _at_dwellings(
    section: RepowerSection,
    near: Dwellings,
    before: _Farm,
    after: _Farm,
    dem: Float | None,
    grid: Grid,
    sun: SunSteps,
    sunny: bool,  # noqa: FBT001 - one private caller
) -> tuple[gpd.GeoDataFrame, NoiseSummary, FlickerSummary, list[Row]]:
    area = limit_of(section.noise_area)
    day = section.noise_limit_day_db or area.day_db
    night = section.noise_limit_night_db or area.night_db
    hours_limit = section.flicker_limit_h_yr or rule_limit("WD-056").value
    m = len(near.x_m)
    limits = NoiseSummary(
        area=area.area,
        day_limit_db=day,
        night_limit_db=night,
        source=area.source,
        quality=area.quality,
        dwellings=m,
    )
    shade = FlickerSummary(limit_h_yr=hours_limit, dwellings=m, expected=sunny)
    if not m:
        empty = gpd.GeoDataFrame(geometry=[], crs=grid.crs.wkt)
        none: list[Row] = []
        return empty, limits, shade, none
    z = np.zeros(m) if dem is None else np.nan_to_num(at_points(dem, grid, near.x_m, near.y_m))
    spots = np.column_stack([near.x_m, near.y_m, z])
    levels = [
        level_db(f.xyz, f.hub_m, f.power_db, spots, ground_factor=section.ground_factor)
        for f in (before, after)
    ]
    shadows = [
        flicker_hours(spots, f.xyz, f.hub_m, f.rotor_m, sun, expected=sunny)
        for f in (before, after)
    ]
    expected = [s.expected_h_yr if s.expected_h_yr is not None else None for s in shadows]
    frame = gpd.GeoDataFrame(
        {
            "dwelling": near.name.astype(str),
            "noise_before_db": levels[0],
            "noise_after_db": levels[1],
            "over_day": levels[1] > day,
            "over_night": levels[1] > night,
            "flicker_before_h_yr": shadows[0].worst_h_yr,
            "flicker_after_h_yr": shadows[1].worst_h_yr,
            "flicker_after_min_day": shadows[1].worst_min_day,
            "flicker_expected_h_yr": np.full(m, np.nan) if expected[1] is None else expected[1],
        },
        geometry=gpd.points_from_xy(near.x_m, near.y_m),
        crs=grid.crs.wkt,
    )
    limits = limits.model_copy(
        update={
            "max_before_db": float(levels[0].max()),
            "max_after_db": float(levels[1].max()),
            "over_before": int((levels[0] > night).sum()),
            "over_after": int((levels[1] > night).sum()),
        }
    )
    over = [int((s.worst_h_yr > hours_limit).sum()) for s in shadows]
    shade = shade.model_copy(
        update={
            "max_worst_before_h_yr": float(shadows[0].worst_h_yr.max()),
            "max_worst_after_h_yr": float(shadows[1].worst_h_yr.max()),
            "over_before": over[0],
            "over_after": over[1],
            "max_expected_after_h_yr": None
            if expected[1] is None
            else float(expected[1].max()),
        }
    )
    rows: list[Row] = [
        row(
            "noise",
            "dB(A)",
            float(levels[0].max()),
            float(levels[1].max()),
        ),
        row(
            "noise_over",
            "",
            float(limits.over_before),
            float(limits.over_after),
            limit_db=night,
        ),
        row(
            "flicker",
            "h/yr",
            float(shadows[0].worst_h_yr.max()),
            float(shadows[1].worst_h_yr.max()),
        ),
        row(
            "flicker_over",
            "",
            float(over[0]),
            float(over[1]),
            limit_h_yr=hours_limit,
        ),
    ]
    return frame, limits, shade, rows


def _rasters(
    plan: Plan,
    work: Path,
    before: _Farm,
    after: _Farm,
    ground: Float,
    grid: Grid,
    sun: SunSteps,
) -> dict[str, Path]:
    left, top = origin(grid)
    cell = cell_size_m(grid)
    hours = flicker_raster(ground, left, top, cell, after.xyz, after.hub_m, after.rotor_m, sun)
    out = {
        "flicker": write_cog(
            work / "flicker.tif",
            hours,
            grid,
            dtype="float32",
            nodata=-1.0,
            tags={"unit": "h/yr", "case": "worst"},
            descriptions=["worst-case shadow flicker, h/yr"],
        )
    }
    both = np.r_[before.xyz, after.xyz]
    wide = grid_around(plan, both[:, 0], both[:, 1], _VIEW_REACH_M, _VIEW_CELL_M)
    dem = raster_on(plan, "dem", wide)
    if dem is None:
        return out
    left, top = origin(wide)
    for when, farm in (("before", before), ("after", after)):
        name = f"turbine_visibility_{when}"
        seen = visible_turbines(
            dem,
            left,
            top,
            _VIEW_CELL_M,
            farm.xyz,
            farm.hub_m + farm.rotor_m / 2,
            reach_m=_VIEW_REACH_M,
        )
        out[name] = write_cog(
            work / f"{name}.tif",
            seen,
            wide,
            dtype="int16",
            nodata=-1,
            tags={"unit": "turbines", "case": f"{when} repowering, bare ground, tip seen"},
            descriptions=[f"turbines seen {when} repowering"],
        )
    return out
