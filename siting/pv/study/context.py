"""What all PV sites of a county share, and the assessment of a place in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.cells.grid import Grid, cell_size_m, origin, plan_grid
from gis.cells.terrain import aspect_deg, slope_deg
from gis.crs.systems import transform_points
from gis.errors import ConfigError, DataError
from gis.say import say
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_file import plan_file
from layers.open.weather_place import weather_place_warnings
from layers.plan.model import Plan
from layers.result import Warn
from layers.weather import Finding, Weather, WeatherSource, prepare_weather, read_weather
from siting.economy.price import plan_prices
from siting.economy.storage_rule import StorageChoice, storage_choice
from siting.pv.light.horizon import horizon_of_dem
from siting.pv.plant.chain import Resource, resource
from siting.pv.plant.facing import plant_facing_warnings
from siting.pv.plant.plant import LEVEL, Slope
from siting.pv.study.assess import (
    Assessment,
    assess,
    decomposition_spread,
)
from siting.pv.study.design import best_tilt_deg, plant_warnings
from siting.pv.study.ground import FarGround, far_ground, horizon_warning, terrain
from siting.pv.study.section import PvSection
from siting.pv.study.site_light import SiteLight, Station, scaled_resource
from siting.pv.study.spacing import slope_components
from siting.resource.atlas import atlas_light
from siting.resource.plan_series import plan_light_correction, resource_section
from siting.resource.sources import (
    LightSource,
    light_sources,
    marked,
    source_spread_frac,
    source_warnings,
)

__all__ = [
    "PvContext",
    "assess_place",
    "light_of",
    "official_clock",
    "place_warnings",
    "pv_context",
    "pv_weather",
]

F8 = npt.NDArray[np.float64]
OFFICIAL_CLOCK = "Etc/GMT-8"  # Beijing time, all over the country
_TERRAIN_M = 50.0
_ATLAS_M = 1000.0  # cells the atlas is read on; atlases have 250 m to 30 km


@dataclass(frozen=True)
class PvContext:
    """What all sites of a county share.

    Attributes
    ----------
    section, res
        The plan's section and the weather of whole years with the sun.
    tilt_deg
        Of fixed modules: given, or the best.
    decomposition
        Spread of the decomposition models; NaN where DNI was measured.
    findings, warnings
        Of the weather.
    grid, dem
        Elevation model around the county; None without one.
    battery
        Size of a battery beside each plant; None unless switched on.
    light, sources
        What the light of a site is chosen from; every source of light of the plan.
    price_cny_mwh
        Price of each hour where a battery has prices by the hour to go by.
    far
        Heights as far as the horizon is looked for; None where none is asked for.
    """

    section: PvSection
    res: Resource
    tilt_deg: float
    decomposition: float
    findings: list[Finding]
    grid: Grid | None
    dem: F8 | None
    warnings: tuple[Warn, ...]
    battery: StorageChoice | None
    light: SiteLight
    sources: tuple[LightSource, ...] = ()
    price_cny_mwh: F8 | None = None
    far: FarGround | None = None


def pv_context(plan: Plan) -> PvContext | None:
    """Read weather and terrain of a plan; None when it names no weather.

    Raises
    ------
    DataError
        When the weather cannot be used.
    """
    section = plan.section(PvSection)
    if section.weather is None:
        return None
    raw, weather, findings = _prepared(plan, section, section.weather)
    res = resource(weather)
    tilt = section.tilt_deg
    if tilt is None:
        tilt = (
            0.0
            if section.mounting != "fixed"
            else best_tilt_deg(res, section.plant, weather.lat)
        )
    rebuilt = any(w.code == "weather_decomposed" for w in weather.warnings)
    spread = decomposition_spread(raw, section.plant, tilt or 30.0) if rebuilt else float("nan")
    grid, dem = terrain(plan, _TERRAIN_M)
    warnings = [*weather.warnings, *plant_warnings(section.plant)]
    warnings += plant_facing_warnings(section, weather.lat)
    if dem is None:
        warnings.append(
            Warn(
                "pv_no_dem",
                say("siting.pv_study.pv_no_dem"),
                "dem",
            )
        )
    far = None if dem is None else far_ground(plan, _TERRAIN_M)
    if far is not None and far.warning is not None:
        warnings.append(far.warning)
    battery = None
    if section.storage.enabled:
        battery = storage_choice(
            plan,
            power_frac=section.storage.power_frac,
            duration_h=section.storage.duration_h,
            where="[pv.storage]",
        )
    light, sources = _light(plan, section, res, raw)
    warnings += source_warnings(sources)
    return PvContext(
        section,
        res,
        tilt,
        spread,
        findings,
        grid,
        dem,
        tuple(warnings),
        battery,
        light,
        sources,
        None if battery is None else _price_of_hours(plan, res),
        far,
    )


def _price_of_hours(plan: Plan, res: Resource) -> F8 | None:
    """The plan's prices on the hours of the weather; None with one price for all or none."""
    prices = plan_prices(plan)
    if prices is None or prices.flat:
        return None
    clock = official_clock(plan, res.index)
    return np.asarray(prices.cny_mwh[clock.month.to_numpy() - 1, clock.hour.to_numpy()])


def _light(
    plan: Plan, section: PvSection, res: Resource, raw: Weather
) -> tuple[SiteLight, tuple[LightSource, ...]]:
    """What sites choose their light from, and all sources beside one another."""
    weather, border = res.weather, county_boundary(plan)
    x0, y0, x1, y1 = border.bounds
    bounds = (x0 - _ATLAS_M, y0 - _ATLAS_M, x1 + _ATLAS_M, y1 + _ATLAS_M)
    atlas = atlas_light(plan, plan_grid(bounds, plan_crs(plan), _ATLAS_M))
    if atlas is None and section.light == "atlas":
        raise ConfigError(
            say("siting.pv_study.no_atlas_layer"),
            where=f"{plan.path.name} [pv] light",
            got=section.light,
            expected="[layers.ghi_monthly], [layers.ghi]",
            todo=say("siting.pv_study.name_atlas_or_auto"),
        )
    months = np.bincount(res.month, res.ghi_w_m2, minlength=12) / 1000.0 / len(res.years)
    x, y = transform_points(
        np.array([weather.lon]), np.array([weather.lat]), "EPSG:4326", plan_crs(plan)
    )
    light = SiteLight(
        atlas,
        np.asarray(months),
        (float(x[0]), float(y[0])),
        measured=weather.measured_local or weather.correction_sd_frac > 0,
        choice=section.light,
    )
    middle = border.representative_point()
    found = light_sources(
        plan, raw, atlas, middle_ll=_centre_ll(plan), middle_xy=(middle.x, middle.y)
    )
    light = replace(
        light, spread_frac=source_spread_frac(found), stations=_stations(plan, found)
    )
    chosen = light.at(middle.x, middle.y)
    sources = marked(found, chosen.source, chosen.station)
    return light, sources


def light_of(plan: Plan, res: Resource) -> SiteLight:
    """What the light of a place is chosen from, for a series that another step read."""
    return _light(plan, plan.section(PvSection), res, res.weather)[0]


def _stations(plan: Plan, sources: tuple[LightSource, ...]) -> tuple[Station, ...]:
    """Measured records and further measured series, where they were made."""
    own = [s for s in sources if s.measured and s.kind != "atlas" and s.id != "pv.weather"]
    if not own:
        return ()
    x, y = transform_points(
        np.array([s.lon for s in own]),
        np.array([s.lat for s in own]),
        "EPSG:4326",
        plan_crs(plan),
    )
    return tuple(
        Station(
            s.id,
            (float(a), float(b)),
            np.array([s.kwh_m2]) if s.monthly is None else s.monthly,
        )
        for s, a, b in zip(own, x, y, strict=True)
    )


def pv_weather(plan: Plan) -> tuple[Weather, list[Finding]] | None:
    """The weather as the PV steps take it, with its findings; None when the plan names none.

    Raises
    ------
    DataError
        When the weather cannot be used.
    """
    section = plan.section(PvSection)
    if section.weather is None:
        return None
    _, weather, findings = _prepared(plan, section, section.weather)
    resource(weather)  # refuses columns with gaps nothing could fill
    return weather, findings


def place_warnings(plan: Plan, lat_deg: float) -> tuple[Warn, ...]:
    """What is told of the plan's plant at its place before any yield is computed."""
    cut = horizon_warning(plan)
    facing = plant_facing_warnings(plan.section(PvSection), lat_deg)
    return facing if cut is None else (*facing, cut)


def _prepared(
    plan: Plan, section: PvSection, source: WeatherSource
) -> tuple[Weather, Weather, list[Finding]]:
    """The weather as it was read, as the PV steps take it, and what was found on the way."""
    raw = _raw_weather(plan, section)
    weather, findings = prepare_weather(
        raw, decomposition=source.decomposition, clock=source.clock
    )
    return raw, weather, findings


def _raw_weather(plan: Plan, section: PvSection) -> Weather:
    source = section.weather
    if source is None:
        raise DataError(say("siting.pv_study.no_weather"), where="[pv.weather]")
    path = plan_file(plan, source.path)
    corrected = plan_light_correction(plan, source) if source.role else None
    alone: list[Warn] = []
    if source.role == "measured" and corrected is None:
        off = resource_section(plan).long_term.method == "off"
        if not off:
            text = say("siting.long_term.measured_without_reference")
            alone = [Warn("long_term_no_reference", text, path.name)]
    if corrected is not None:
        weather = corrected.weather
        far = weather_place_warnings(plan, lon=weather.lon, lat=weather.lat, where=path.name)
        return weather.with_hourly(weather.hourly, far)
    if source.lon is None and (path.is_dir() or path.suffix in {".nc", ".zarr"}):
        centre = _centre_ll(plan)
        source = source.model_copy(update={"lon": centre[0], "lat": centre[1]})
    weather = read_weather(path, source)
    far = weather_place_warnings(plan, lon=weather.lon, lat=weather.lat, where=path.name)
    return weather.with_hourly(weather.hourly, [*far, *alone])


def _centre_ll(plan: Plan) -> tuple[float, float]:
    point = county_boundary(plan).representative_point()
    lon, lat = transform_points(
        np.array([point.x]), np.array([point.y]), plan_crs(plan), "EPSG:4326"
    )
    return float(lon[0]), float(lat[0])


def official_clock(plan: Plan, index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Hours on the official clock of a county of China, else on the weather's own."""
    return index.tz_convert(OFFICIAL_CLOCK) if plan.area.code else index


def _cell_of(grid: Grid, x: float, y: float) -> tuple[int, int]:
    left, top = origin(grid)
    cell = cell_size_m(grid)
    return int((top - y) / cell), int((x - left) / cell)


def assess_place(
    context: PvContext,
    name: str,
    *,
    x: float,
    y: float,
    lat: float,
    capacity_mw: float,
    decimals: int = 6,
) -> Assessment:
    """Assess a plant at a point in the plan CRS.

    Slope and horizon are those of the elevation model around the point: the mean plane of a
    250 m neighbourhood, and the profile seen from it.
    """
    ground = LEVEL
    altitude, horizon = None, None
    section = context.section
    facing = section.azimuth_deg if section.mounting == "fixed" else 270.0
    if context.dem is not None and context.grid is not None:
        row, col = _cell_of(context.grid, x, y)
        height, width = context.dem.shape
        near = 3
        if near <= row < height - near and near <= col < width - near:
            part = context.dem[row - near : row + near + 1, col - near : col + near + 1]
            if np.isfinite(part).all():
                cell = cell_size_m(context.grid)
                slope = np.asarray(slope_deg(part, cell), dtype=np.float64)[1:-1, 1:-1]
                aspect = np.asarray(aspect_deg(part, cell), dtype=np.float64)[1:-1, 1:-1]
                rises, along = slope_components(slope, np.nan_to_num(aspect), facing)
                ground = Slope(
                    round(float(rises.mean()), decimals), round(float(along.mean()), decimals)
                )
                altitude = float(part.mean())
                if section.horizon:
                    horizon = horizon_of_dem(
                        context.dem,
                        row,
                        col,
                        cell_m=cell,
                        reach_m=section.yield_map.horizon_reach_m,
                    )
                    if context.far is not None:
                        horizon = context.far.raised(
                            horizon, x=x, y=y, ground_m=float(context.dem[row, col])
                        )
    chosen = context.light.at(x, y)
    told: tuple[Warn, ...] = ()
    if section.light == "atlas" and chosen.source != "atlas":
        told = (Warn("pv_no_atlas_here", say("siting.pv_study.no_atlas_here"), name),)
    found = assess(
        name,
        section,
        scaled_resource(context.res, chosen.factor),
        capacity_mw=capacity_mw,
        light=chosen,
        price_cny_mwh=context.price_cny_mwh,
        tilt_deg=context.tilt_deg,
        lat=lat,
        slope=ground,
        altitude_m=altitude,
        horizon=horizon,
        decomposition=context.decomposition,
        battery=context.battery,
    )
    return replace(found, warnings=(*found.warnings, *told)) if told else found
