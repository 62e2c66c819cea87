"""What the wind steps read of a plan: weather, machines, atlas means."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError, Fault, GeoplanError
from gis.say import listed, say
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_file import plan_file
from layers.open.weather_place import weather_place_warnings
from layers.plan.model import Plan
from layers.provenance import file_mark
from layers.result import Warn
from siting.wind.machine.engine import cell_energy, power_table
from siting.wind.machine.existing import existing_turbines, machine_of
from siting.wind.machine.library import read_turbine_csv
from siting.wind.machine.makers import MachineData, read_machines
from siting.wind.machine.spacing import spacing_faults
from siting.wind.machine.turbine import Turbine
from siting.wind.mast import plan_wind_correction
from siting.wind.resource.distribution import (
    rose_and_height,
    weather_of_grid,
    weather_of_rose,
    weather_of_weibull,
)
from siting.wind.resource.ground import sample_layer
from siting.wind.resource.hub import hub_series
from siting.wind.resource.mast_qc import screened_mast
from siting.wind.resource.wasp_grid import read_wind_grid
from siting.wind.section import WindSection

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.weather import Finding, Weather

__all__ = [
    "atlas_means",
    "distinct",
    "given_in_time",
    "local_gross_mwh",
    "machine_faults",
    "machines_of",
    "plan_weather",
    "user_turbines",
    "wind_findings",
]

# the other findings of the weather check are about irradiance
_ABOUT_WIND = frozenset(
    {"gap", "empty_day", "incomplete_year", "leap_year", "limits", "wind_unit", "wind_constant"}
)
# of a month's hours; scattered gaps below it leave every month its weight in the year
_MONTH_GAPS = 0.05

Float = NDArray[np.float64]


def user_turbines(plan: Plan, section: WindSection) -> dict[str, Turbine]:
    """The user's own turbines, empty without ``turbines_csv`` and ``machines``."""
    out: dict[str, Turbine] = {}
    if section.turbines_csv:
        out |= read_turbine_csv(plan_file(plan, section.turbines_csv))
    for one in section.machines:
        given = MachineData(**one.model_dump(exclude={"file"}))
        out |= read_machines(plan_file(plan, one.file), given)
    return out


def given_in_time(section: WindSection) -> bool:
    """Whether the wind is a series in time; a distribution's hours have no order."""
    drawn = section.weibull or section.rose_csv or section.rose_path or section.grid_path
    return section.weather is not None or not drawn


def plan_weather(plan: Plan, section: WindSection) -> Weather | None:
    """The hourly series of the plan; None when it declares none.

    Raises
    ------
    DataError
        When the clock of a series with irradiance is hours off.
    """
    from layers.weather import WeatherSource

    source = section.weather
    if not given_in_time(section):
        return _distribution(plan, section)
    corrected = plan_wind_correction(plan, section)
    if corrected is not None:
        weather = _whole_years_of_wind(corrected.weather)
        far = weather_place_warnings(
            plan, lon=weather.lon, lat=weather.lat, where=weather.where
        )
        return weather.with_hourly(weather.hourly, far)
    if source is None:
        source = getattr(plan.sections.get("pv"), "weather", None)
    layer = plan.layers.get("weather")
    if source is None and layer is not None and layer.path:
        source = WeatherSource(path=layer.path, synthetic=layer.synthetic, source=layer.source)
    if source is None:
        return None
    path = plan_file(plan, source.path)
    weather = _read_weather(path, file_mark(path), source.model_dump_json())
    far = weather_place_warnings(plan, lon=weather.lon, lat=weather.lat, where=path.name)
    return weather.with_hourly(weather.hourly, far)


def wind_findings(plan: Plan) -> list[Finding]:
    """What is wrong with the wind series of the plan; irradiance is not asked for.

    Raises
    ------
    DataError
        When the series cannot be read.
    """
    from layers.weather import check_weather

    weather = plan_weather(plan, plan.section(WindSection))
    return (
        [] if weather is None else [f for f in check_weather(weather) if f.code in _ABOUT_WIND]
    )


def _distribution(plan: Plan, section: WindSection) -> Weather:
    """Hours drawn from the plan's Weibull sectors or rose, at the middle of the county."""
    import pvlib

    from gis.crs.systems import transform_points

    point = county_boundary(plan).representative_point()
    lons, lats = transform_points(
        np.array([point.x]), np.array([point.y]), plan_crs(plan), "EPSG:4326"
    )
    lon, lat = float(lons[0]), float(lats[0])
    altitude = float(pvlib.location.lookup_altitude(lat, lon))
    height = section.distribution_height_m
    if section.weibull:
        return weather_of_weibull(
            section.weibull, lon=lon, lat=lat, altitude_m=altitude, height_m=height
        )
    if section.rose_path or section.rose_csv:
        path = plan_file(plan, section.rose_path or section.rose_csv)
        rose, height = rose_and_height(path, height)
        return weather_of_rose(rose, lon=lon, lat=lat, altitude_m=altitude, height_m=height)
    grid = read_wind_grid(plan_file(plan, section.grid_path))
    return weather_of_grid(grid, lon=lon, lat=lat, altitude_m=altitude)


@lru_cache(maxsize=2)
def _read_weather(path: Path, mark: int, source: str) -> Weather:  # noqa: ARG001 - key
    """Weather of a file as it was at `mark`: several steps of a run read the same one."""
    from layers.weather import WeatherSource, check_weather, read_weather

    asked = WeatherSource.model_validate_json(source)
    weather = read_weather(path, asked)
    if asked.role == "measured":
        weather = screened_mast(weather)
    weather = _whole_years_of_wind(weather)
    if "ghi_w_m2" in weather.hourly:
        # the sun tells a wrong clock, and a wrong clock mixes day and night winds
        bad = [f for f in check_weather(weather) if f.code == "clock"]
        if bad and bad[0].level == "error":
            raise DataError(
                say("siting.wind.clock_weather_hours_off"),
                where=path.name,
                got=bad[0].text,
                todo=say("siting.wind.state_clock_file_weather_tz"),
            )
    return weather


def _whole_years_of_wind(weather: Weather) -> Weather:
    """Only whole years, each month with its own weight; what was done is told.

    Raises
    ------
    DataError
        Without one whole year, or with a month that is hardly there: the wind of half a year
        is not the year's.
    """
    from layers.weather import check_weather, usable_years
    from layers.weather.whole_years import month_donors, refuse_empty_months
    from siting.wind.resource.heights import speed_heights_m

    speeds = list(speed_heights_m(weather).values())
    if not speeds:
        return weather  # refused where a speed is asked for
    warnings = [
        Warn(f"weather_{f.code}", f.text, weather.where)
        for f in check_weather(weather)
        if f.code in _ABOUT_WIND and f.level != "info"
    ]
    years = usable_years(weather)
    hourly = weather.hourly[np.isin(weather.index.year, years)]
    if len(hourly) < len(weather.hourly):
        n = len(weather.hourly) - len(hourly)
        text = say("siting.wind.part_years_left_out", hours=n, years=listed(map(str, years)))
        warnings.append(Warn("wind_part_years", text, weather.where))
    whole = weather.with_hourly(hourly)
    for name in speeds:
        refuse_empty_months(whole, name)
        missing = hourly[name].isna().to_numpy()
        month = whole.index.month.to_numpy()
        worst = max(float(missing[month == m].mean()) for m in np.unique(month))
        if worst <= _MONTH_GAPS:
            continue
        hourly = hourly.copy()
        donors = hourly.to_numpy()[month_donors(missing, whole.index)]
        hourly.loc[missing, :] = donors[missing]
        text = say("siting.wind.gaps_by_month", name=name, hours=int(missing.sum()))
        warnings.append(Warn("wind_gaps_by_month", text, weather.where))
    return weather.with_hourly(hourly, warnings)


def atlas_means(
    plan: Plan, section: WindSection, x_m: Float, y_m: Float
) -> tuple[Float | None, list[Warn]]:
    """Long-term mean wind speed at each turbine from the plan's atlas layer."""
    if not section.atlas_layer:
        return None, []
    found = sample_layer(plan, section.atlas_layer, x_m, y_m)
    if found is None:
        return None, [
            Warn(
                "wind_atlas_missing",
                say("siting.wind.wind_atlas_missing", atlas_layer=section.atlas_layer),
            )
        ]
    holes = np.isnan(found)
    if holes.all():
        raise DataError(
            say("siting.wind.atlas_has_no_value_where"),
            where=f"[layers.{section.atlas_layer}]",
            todo=say("siting.wind.turbine_outside_raster_cannot_scaled"),
        )
    if not holes.any():
        return found, []
    return np.where(holes, np.nanmean(found), found), [
        Warn(
            "wind_atlas_holes",
            say("siting.wind.wind_atlas_holes", outside=int(holes.sum())),
        )
    ]


def local_gross_mwh(
    plan: Plan,
    section: WindSection,
    weather: Weather,
    machine: Turbine,
    x_m: Float,
    y_m: Float,
) -> Float:
    """Gross energy of one machine at each place, with the long-term wind there [MWh/yr]."""
    means, _ = atlas_means(plan, section, x_m, y_m)
    middle = None if means is None else float(means.mean())
    series = hub_series(weather, machine.hub_m, section, mean_speed_m_s=middle)
    n = len(x_m)
    return cell_energy(
        power_table(machine, section.density_correction),
        series.speed_m_s,
        series.rho_kg_m3,
        series=np.zeros(n, dtype=np.int64),
        speed_scale=np.ones(n) if means is None or middle is None else means / middle,
    ).mwh_yr


def machines_of(
    frame: gpd.GeoDataFrame, user: dict[str, Turbine]
) -> tuple[list[Turbine], list[Warn]]:
    """Library machine of every existing turbine."""
    machines: list[Turbine] = []
    warnings: list[Warn] = []
    for row in frame.to_dict("records"):
        machine, more = machine_of(row, user, where=str(row["turbine_id"]))
        machines.append(machine)
        warnings += [Warn(w.code, w.text) for w in more]
        warnings += machine.warnings
    return machines, list(distinct(warnings))


def machine_faults(plan: Plan) -> list[Fault]:
    """What is wrong with the turbines ``[wind]`` itself gives: curves, files, positions."""
    section = plan.section(WindSection)
    out: list[Fault] = []
    user: dict[str, Turbine] = {}
    try:
        user = user_turbines(plan, section)
    except GeoplanError as err:
        out += err.faults
    if out or not (section.existing or section.existing_csv):
        return out
    try:
        frame, _ = existing_turbines(plan, section, plan_crs(plan))
        if frame is not None:
            machines, _ = machines_of(frame, user)
            x, y, names = (frame[c].tolist() for c in ("x", "y", "turbine_id"))
            out += spacing_faults(x, y, [m.rotor_m for m in machines], names, "[wind]")
    except GeoplanError as err:
        out += err.faults
    return out


def distinct(warnings: list[Warn]) -> tuple[Warn, ...]:
    """Warnings without repeats, in order."""
    return tuple({(w.code, w.text("en")): w for w in warnings}.values())
