"""Every source of wind a plan has, side by side at the hub, and what each would yield."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from gis.crs.systems import transform_points
from gis.errors import DataError
from gis.say import listed, say
from gis.toml import read_toml
from layers.open.county import plan_crs
from layers.plan.model import LayerSource
from layers.result import Warn
from layers.sources import source_text
from layers.spec import Text, text_of
from siting.resource.apart import distance_km
from siting.resource.plan_series import read_series, resource_section, series_key
from siting.wind.machine.engine import cell_energy, power_table
from siting.wind.resource.ground import sample_layer
from siting.wind.resource.heights import speed_heights_m
from siting.wind.resource.hub import hub_series
from siting.wind.resource.shear import to_height
from siting.wind.resource.wasp_plan import plan_wind_grid

if TYPE_CHECKING:
    import pandas as pd

    from layers.plan.model import Plan
    from layers.weather import Weather
    from siting.wind.machine.turbine import Turbine
    from siting.wind.resource.hub import HubSeries
    from siting.wind.section import WindAtlas, WindSection

__all__ = [
    "WindSource",
    "sources_at",
    "wind_source_spread_frac",
    "wind_source_warnings",
    "wind_sources",
    "wind_sources_table",
]

Float = NDArray[np.float64]
Kind = Literal["series", "atlas", "model", "given"]


@dataclass(frozen=True, eq=False)
class WindSource:
    """One source of the long-term wind.

    Attributes
    ----------
    own_m_s, own_height_m
        Its mean, over the turbines for a map, and the height it is of.
    hub_m_s
        The same at the hub, by the profile the yield is computed with.
    energy_frac
        Gross energy with this mean over that with the mean used; by the hours of the series.
    measured, used
        Whether an instrument made it; whether the yields rest on it.
    years
        ``"1991-2017"``, a typical year in words, or a dash.
    distance_km, ground_m
        Of a series' place; NaN for a map.
    """

    id: str
    title: Text
    kind: Kind
    own_m_s: float
    own_height_m: float
    hub_m_s: float
    energy_frac: float
    measured: bool
    used: bool
    years: Text
    distance_km: float = float("nan")
    ground_m: float = float("nan")


def wind_sources(
    plan: Plan,
    section: WindSection,
    weather: Weather,
    series: HubSeries,
    machine: Turbine,
    x_m: Float,
    y_m: Float,
    middle_ll: tuple[float, float],
) -> tuple[WindSource, ...]:
    """Sources of wind of a plan where its turbines stand, the lowest first.

    Parameters
    ----------
    series : HubSeries
        Of `machine`'s hub.
    middle_ll : (float, float)
        Middle of the turbines [deg].

    Raises
    ------
    DataError
        When a series or an atlas cannot be read.
    """
    found: list[tuple[str, Text, Kind, float, float, bool, Text, tuple[float, float]]] = []
    nowhere = (float("nan"), float("nan"))
    dash = Text(zh="-", en="-")
    every = [("wind.weather", weather)] + [
        (f"resource.weather.{w.id}", read_series(series_key(plan, w.id, w), near=weather))
        for w in resource_section(plan).weather
    ]
    for name, one in every:
        heights = speed_heights_m(one)
        if heights:
            height = min(heights, key=lambda h: (abs(h - series.hub_m), -h))
            mean = float(np.nanmean(one.column(heights[height])))
            title = source_text(one.source or name)
            measured = one.correction_sd_frac > 0 or (section.measured and one is weather)
            place = (distance_km(one.lon, one.lat, middle_ll), one.altitude_m)
            found.append((name, title, "series", mean, height, measured, _years(one), place))
    if section.mean_speed_m_s is not None:
        words = text_of(say("layers.words.origin.plan"))
        height = section.mean_speed_height_m
        mean = section.mean_speed_m_s
        found.append(
            ("wind.mean_speed_m_s", words, "given", mean, height, False, dash, nowhere)
        )
    for name, title, mean, height in _atlases(plan, section, x_m, y_m):
        found.append((name, title, "atlas", mean, height, False, dash, nowhere))
    grid = plan_wind_grid(plan, section)
    if grid is not None:
        mean = float(np.nanmean(grid.at(x_m, y_m).mean_m_s))
        title = Text(zh=grid.source, en=grid.source)
        found.append(
            ("wind.grid_path", title, "model", mean, grid.height_m, False, dash, nowhere)
        )
    known = [f for f in found if np.isfinite(f[3])]
    hubs = [float(to_height(np.array(f[3]), f[4], series.hub_m, series.profile)) for f in known]
    energies = _energies(machine, section, series, np.array(hubs))
    of = _used(section, [f[0] for f in known])
    base = next((e for f, e in zip(known, energies, strict=True) if f[0] == of), np.nan)
    out = [
        WindSource(
            f[0], f[1], f[2], f[3], f[4], hub, float(e / base),
            measured=f[5], used=f[0] == of, years=f[6], distance_km=f[7][0], ground_m=f[7][1],
        )
        for f, hub, e in zip(known, hubs, energies, strict=True)
    ]  # fmt: skip
    return tuple(sorted(out, key=lambda s: s.hub_m_s))


def _used(section: WindSection, ids: list[str]) -> str:
    """The source the level of the yields comes from, as `farm_yield` takes it."""
    order = ["wind.grid_path"]
    if not section.speedups_path:
        order.append("wind.atlas_layer")
    order += ["wind.mean_speed_m_s", "wind.weather"]
    return next((name for name in order if name in ids), "")


def _atlases(
    plan: Plan, section: WindSection, x_m: Float, y_m: Float
) -> list[tuple[str, Text, float, float]]:
    """Id, title, mean over the turbines and height of every atlas of the plan."""
    out = []
    if section.atlas_layer:
        values = sample_layer(plan, section.atlas_layer, x_m, y_m)
        source = plan.layers.get(section.atlas_layer)
        title = (source.source if source is not None else "") or section.atlas_layer
        if values is not None and np.isfinite(values).any():
            mean = float(np.nanmean(values))
            height = section.mean_speed_height_m
            out.append(("wind.atlas_layer", Text(zh=title, en=title), mean, height))
    for atlas in section.atlases:
        mean = _atlas_mean(plan, atlas, x_m, y_m)
        title = atlas.source or atlas.id
        out.append((f"wind.atlases.{atlas.id}", Text(zh=title, en=title), mean, atlas.height_m))
    return out


def _atlas_mean(plan: Plan, atlas: WindAtlas, x_m: Float, y_m: Float) -> float:
    """Mean of one more atlas over the turbines, through the gate of the layer wind_speed."""
    layer = LayerSource(
        path=atlas.path, band=atlas.band, scale=atlas.scale, offset=atlas.offset,
        nodata=atlas.nodata, source=atlas.source or atlas.id,
    )  # fmt: skip
    own = plan.with_layers({"wind_speed": layer})
    values = sample_layer(own, "wind_speed", x_m, y_m)
    if values is None or not np.isfinite(values).any():
        raise DataError(
            say("siting.wind.atlas_has_no_value_where"),
            where=f"[[wind.atlases]] {atlas.id}",
            todo=say("siting.wind.turbine_outside_raster_cannot_scaled"),
        )
    return float(np.nanmean(values))


def _energies(
    machine: Turbine, section: WindSection, series: HubSeries, hub_m_s: Float
) -> Float:
    """Gross energy of the machine with the series scaled to each mean."""
    return np.asarray(
        cell_energy(
            power_table(machine, section.density_correction),
            series.speed_m_s,
            series.rho_kg_m3,
            series=np.zeros(hub_m_s.size, dtype=np.int64),
            speed_scale=hub_m_s / series.mean_speed_m_s,
        ).mwh_yr
    )


def _years(weather: Weather) -> Text:
    if weather.typical_year:
        return text_of(say("siting.wind_resource.typical_year"))
    years = sorted(set(weather.index.year))
    shown = f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])
    return Text(zh=shown, en=shown)


def wind_source_spread_frac(sources: tuple[WindSource, ...]) -> float:
    """Deviation of the energy that the spread of the sources tells, over that used.

    Sources that say where the wind is meant for the turbines count: maps, flow models, what
    the plan gives and measured series. A modelled or far series that is scaled to one of them
    does not. The truth is taken to lie anywhere between the lowest and the highest with one
    probability: their distance over the root of twelve. 0 with fewer than two.
    """
    known = [s.energy_frac for s in sources if s.kind != "series" or s.measured or s.used]
    if len(known) < 2:
        return 0.0
    return float((max(known) - min(known)) / np.sqrt(12.0))


def sources_at(
    plan: Plan, section: WindSection, weather: Weather, machine: Turbine, x_m: Float, y_m: Float
) -> tuple[WindSource, ...]:
    """Sources of wind at places of the plan's CRS, at the hub of `machine`."""
    series = hub_series(weather, machine.hub_m, section)
    lon, lat = transform_points(
        np.array([float(np.mean(x_m))]), np.array([float(np.mean(y_m))]),
        plan_crs(plan), "EPSG:4326",
    )  # fmt: skip
    middle = float(lon[0]), float(lat[0])
    return wind_sources(plan, section, weather, series, machine, x_m, y_m, middle)


def wind_source_warnings(sources: tuple[WindSource, ...]) -> list[Warn]:
    """What must be said where sources differ, and where the highest of them is used."""
    known = [s for s in sources if s.kind != "series" or s.measured or s.used]
    used = next((s for s in known if s.used), None)
    if used is not None and len(known) < 2 and used.kind == "series" and not used.measured:
        text = say(
            "siting.wind_resource.one_source",
            used=used.title,
            height_m=used.own_height_m,
            distance_km=used.distance_km,
        )
        return [Warn("wind_one_source", text)]
    if used is None or len(known) < 2:
        return []
    others = [s for s in known if s is not used]
    told = read_toml("siting.wind.turbines", "defaults.toml")["sources"]
    apart = [s for s in others if abs(s.energy_frac - 1.0) > float(told["told_frac"]["value"])]
    out = []
    if apart:
        text = say(
            "siting.wind_resource.sources_differ",
            used=used.title,
            used_m_s=used.hub_m_s,
            others=listed(
                say(
                    "siting.wind_resource.other_source",
                    title=s.title,
                    own_m_s=s.own_m_s,
                    own_height_m=s.own_height_m,
                    hub_m_s=s.hub_m_s,
                    energy=s.energy_frac - 1.0,
                )
                for s in apart
            ),
        )
        out.append(Warn("wind_sources_differ", text))
    if apart and all(s.energy_frac < 1.0 for s in apart) and len(apart) == len(others):
        text = say("siting.wind_resource.highest_source", used=used.title)
        out.append(Warn("wind_source_highest", text))
    return out


def wind_sources_table(sources: tuple[WindSource, ...]) -> pd.DataFrame:
    """A row for each source, the lowest first: table ``wind_sources``."""
    import pandas as pd  # heavy

    return pd.DataFrame(
        [
            {
                "source_id": s.id,
                "quantity": "wind_speed",
                "title_zh": s.title.zh,
                "title_en": s.title.en,
                "source_kind": s.kind,
                "value": s.own_m_s,
                "unit": "m/s",
                "measured": s.measured,
                "years_zh": s.years.zh,
                "years_en": s.years.en,
                "distance_km": s.distance_km,
                "height_m": s.own_height_m,
                "ground_m": s.ground_m,
                "hub_speed_m_s": s.hub_m_s,
                "energy_of_used": s.energy_frac,
                "used": s.used,
            }
            for s in sources
        ]
    )
