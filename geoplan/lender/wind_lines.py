"""What the wind step found, in a few lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from gis.say import listed, say
from siting.wind.greenfield.summary import GreenfieldSummary
from siting.wind.summary import NoWind, WindSummary

__all__ = ["greenfield_lines", "wind_lines"]


def wind_lines(wind: WindSummary | NoWind | None, lang: str) -> Iterator[str]:
    """P50, P90, hours and resource of the turbines, plants and sites of a run."""
    if wind is None:
        return
    if isinstance(wind, WindSummary):
        yield say(
            "geoplan.cli.wind_farm",
            n=wind.turbines,
            mw=wind.capacity_mw,
            p50=wind.p50_mwh_yr / 1000.0,
            p90=wind.p90_mwh_yr / 1000.0,
            one=(wind.p90_one_year_mwh or wind.p90_mwh_yr) / 1000.0,
            hours=wind.full_load_hours_h,
        )(lang)
        yield "  " + say(
            "geoplan.cli.wind_resource",
            source=wind.weather.source,
            speed=wind.mean_speed_m_s,
            density=wind.mean_rho_kg_m3,
            scale=wind.weather.speed_scale,
            wake=wind.wake_loss_frac,
        )(lang)
    for plant in wind.plants:
        if plant.p50_mwh_yr is None or plant.full_load_hours_h is None:
            continue
        yield say(
            "geoplan.cli.wind_plant",
            name=plant.name,
            mw=plant.capacity_mw,
            p50=plant.p50_mwh_yr / 1000.0,
            p90=(plant.p90_mwh_yr or 0.0) / 1000.0,
            hours=plant.full_load_hours_h,
            speed=plant.mean_speed_m_s,
        )(lang)
    if wind.sites:
        energy = sum(s.p50_mwh_yr for s in wind.sites)
        mw = sum(s.capacity_mw for s in wind.sites)
        yield say(
            "geoplan.cli.wind_sites",
            n=len(wind.sites),
            mw=mw,
            p50=energy / 1000.0,
            low=min(s.full_load_hours_h for s in wind.sites),
            high=max(s.full_load_hours_h for s in wind.sites),
        )(lang)


def greenfield_lines(farm: GreenfieldSummary | None, lang: str) -> Iterator[str]:
    """Layout, P50 to P99, hours, class and cost of a new farm."""
    if farm is None:
        return
    yield say(
        "geoplan.cli.wind_greenfield",
        name=farm.name,
        turbine=farm.turbine,
        n=farm.turbines,
        mw=farm.capacity_mw,
        p50=farm.p50_mwh_yr / 1000.0,
        p75=farm.p75_mwh_yr / 1000.0,
        p90=farm.p90_mwh_yr / 1000.0,
        p99=farm.p99_mwh_yr / 1000.0,
        hours=farm.full_load_hours_h,
        wake=farm.wake_loss_frac,
        iec=farm.iec_class,
    )(lang)
    if farm.lcoe_cny_mwh is None or farm.capex_cny is None:
        yield "  " + say("geoplan.cli.wind_greenfield_no_cost", keys=listed(farm.missing))(lang)
        return
    yield "  " + say(
        "geoplan.cli.wind_greenfield_cost",
        lcoe=farm.lcoe_cny_mwh,
        capex=farm.capex_cny / 1e6,
    )(lang)
