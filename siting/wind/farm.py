"""Yield of a wind farm: hourly energy of every turbine, wakes, losses, P50 to P90."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import listed, say
from layers.result import Warn
from siting.economy.p_values import Component, PValues, p_values
from siting.economy.waterfall import Waterfall
from siting.wind.machine.engine import cell_energy, power_table, series_kw
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.hub import HubSeries, default, hub_series, speed_heights_m
from siting.wind.resource.rose import Rose, rose_from_series
from siting.wind.section import WindSection
from siting.wind.uncertainty import (
    loss_chain,
    speed_sensitivity,
    uncertainty_stack,
)
from siting.wind.wake.models import WakeSpread, first_turbines, wake_spread

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["FarmYield", "farm_rose", "farm_yield", "turbulence_of"]

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FarmYield:
    """What a farm yields, and how that was arrived at.

    Attributes
    ----------
    gross_mwh_yr, net_mwh_yr, wake_loss_frac : (n,) float
        By turbine; net of wakes and of all losses.
    speed_m_s : (n,) float
        Mean wind speed at the hub.
    series, rose
        Hourly series and rose of the first turbine type's hub.
    spread
        Energies by wake model; None for a turbine without thrust curve.
    waterfall
        Steps from gross to net.
    components, levels
        Uncertainty stack and P-values; ``levels.life`` are those of the long-term mean.
    power_kw : (t,) float
        Hourly power of the whole farm, net of wakes and losses.
    """

    gross_mwh_yr: Float
    net_mwh_yr: Float
    wake_loss_frac: Float
    speed_m_s: Float
    series: HubSeries
    rose: Rose
    spread: WakeSpread | None
    waterfall: Waterfall
    components: tuple[Component, ...]
    levels: PValues
    power_kw: Float
    warnings: tuple[Warn, ...]


def turbulence_of(section: WindSection) -> tuple[float, list[Warn]]:
    """Turbulence intensity of the plan, or the default with a warning."""
    if section.turbulence_intensity is not None:
        return section.turbulence_intensity, []
    value = default("turbulence", "intensity")
    return value, [
        Warn(
            "turbulence_assumed",
            say("siting.wind.turbulence_assumed", value=value),
        )
    ]


def farm_rose(series: HubSeries) -> tuple[Rose, list[Warn]]:
    """Rose of a hub series; without directions all sectors are alike, with a warning."""
    wd = series.direction_deg
    if wd is None or np.isnan(wd).all():
        return rose_from_series(series.speed_m_s, None), [
            Warn(
                "wind_direction_missing",
                say("siting.wind.wind_direction_missing"),
            )
        ]
    return rose_from_series(series.speed_m_s, wd), []


def _annual_spread(series: HubSeries, *, typical_year: bool) -> tuple[float, float | None]:
    """Length of the series [yr] and the spread of its annual means, from five years on."""
    years = max(len(series.index) / 8760.0, 1.0)
    if typical_year:
        return 1.0, None
    table = pd.Series(series.speed_m_s, index=series.index.year)
    means = table.groupby(level=0).agg(["mean", "count"])
    full = means[means["count"] > 8000]["mean"]
    if len(full) < 5:
        return years, None
    return years, float(full.std(ddof=1) / full.mean())


def farm_yield(
    x_m: Float,
    y_m: Float,
    machines: Sequence[Turbine],
    weather: Weather,
    section: WindSection,
    *,
    mean_speed_m_s: Float | None = None,
    ground_m: Float | None = None,
    capacity_kw: Float | None = None,
    neighbours: tuple[Float, Float, Sequence[Turbine]] | None = None,
) -> FarmYield:
    """Yield of turbines at `x_m`, `y_m` on hourly weather.

    Parameters
    ----------
    machines : sequence of n Turbine
    weather : Weather
        Hourly wind at one or more heights.
    mean_speed_m_s : (n,) float, optional
        Long-term mean at each turbine at ``section.mean_speed_height_m`` (atlas); the
        series is scaled to it turbine by turbine.
    ground_m : (n,) float, optional
        Ground level [m]; density follows it.
    capacity_kw : (n,) float, optional
        Rated power where it differs from the curve's; energy is scaled with it.
    neighbours : (x, y, machines), optional
        Turbines of others whose wakes are felt; their energy is not counted.

    Raises
    ------
    DataError
        Without wind speed, or with turbines on one another.
    """
    n = len(machines)
    x, y = np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
    warnings: list[Warn] = []
    gross = np.zeros(n)
    speed = np.zeros(n)
    hours = len(weather.index)
    farm_kw = np.zeros((n, hours))
    kinds: dict[tuple[str, float], list[int]] = {}
    for i, m in enumerate(machines):
        kinds.setdefault((m.id, m.hub_m), []).append(i)
    first: HubSeries | None = None
    rho_mean = 0.0
    for members in kinds.values():
        machine = machines[members[0]]
        own = None if mean_speed_m_s is None else np.asarray(mean_speed_m_s)[members]
        middle = None if own is None else float(np.mean(own))
        level = None if ground_m is None else float(np.mean(np.asarray(ground_m)[members]))
        series = hub_series(
            weather, machine.hub_m, section, mean_speed_m_s=middle, ground_m=level
        )
        warnings += series.warnings
        first = first or series
        rho_mean += float(np.nanmean(series.rho_kg_m3)) * len(members) / n
        scale = np.ones(len(members)) if own is None or middle is None else own / middle
        table = power_table(machine, section.density_correction)
        found = cell_energy(
            table,
            series.speed_m_s,
            series.rho_kg_m3,
            series=np.zeros(len(members), dtype=np.int64),
            speed_scale=scale,
        )
        share = np.ones(len(members))
        if capacity_kw is not None:
            share = np.asarray(capacity_kw)[members] / machine.rated_kw
        gross[members] = found.mwh_yr * share
        speed[members] = series.mean_speed_m_s * scale
        middle_kw = series_kw(table, series.speed_m_s, series.rho_kg_m3)
        total = np.nansum(middle_kw)
        for i in members:
            # the hours of the type's series, with each turbine's own energy
            factor = gross[i] / (np.nanmean(middle_kw) * 8.76) if total > 0 else 0.0
            farm_kw[i] = np.nan_to_num(middle_kw) * factor
    if first is None:
        raise DataError(say("siting.wind.there_no_turbine"), where="wind farm")
    rose, more = farm_rose(first)
    warnings += more
    turbulence, more = turbulence_of(section)
    warnings += more
    spread: WakeSpread | None = None
    wake = np.zeros(n)
    bare = sorted({m.id for m in machines if m.ct is None})
    if bare:
        warnings.append(
            Warn(
                "wake_not_estimated",
                say(
                    "siting.wind.wake_not_estimated",
                    turbines=listed(bare),
                ),
            )
        )
    elif n > 1 or neighbours is not None:
        nx, ny, more_machines = neighbours or (np.zeros(0), np.zeros(0), ())
        spread = wake_spread(
            np.concatenate([x, nx]),
            np.concatenate([y, ny]),
            [*machines, *more_machines],
            rose,
            rho_kg_m3=rho_mean,
            turbulence=turbulence,
            models=section.wake_models,
        )
        spread = first_turbines(spread, n)
        alone = next(iter(spread.by_model.values())).gross_mwh_yr
        wake = 1.0 - spread.turbine_mwh_yr / np.maximum(alone, 1e-9)
    after_wake = gross * (1.0 - wake)
    total_gross = float(gross.sum())
    wake_all = 1.0 - float(after_wake.sum()) / total_gross if total_gross > 0 else 0.0
    waterfall = loss_chain(total_gross, wake_all, section.losses)
    kept = waterfall.net / float(after_wake.sum()) if total_gross > 0 else 0.0
    net = after_wake * kept
    heights = speed_heights_m(weather)
    nearest = min(heights, key=lambda h: abs(h - first.hub_m))
    lead = machines[0]
    years, annual = _annual_spread(first, typical_year=weather.typical_year)
    scaled = mean_speed_m_s is not None or section.mean_speed_m_s is not None
    from_m = section.mean_speed_height_m if scaled else nearest
    components = uncertainty_stack(
        sensitivity=speed_sensitivity(lead, first.speed_m_s, first.rho_kg_m3),
        years=years,
        annual_spread_frac=annual,
        profile=first.profile,
        from_m=from_m,
        hub_m=first.hub_m,
        wake_spread_frac=0.0 if spread is None else spread.spread_frac,
        curve_kind=lead.kind,
        measured=section.measured,
        overrides=section.uncertainty,
    )
    levels = p_values(float(net.sum()), components, haircut_frac=section.p50_haircut_frac)
    power = (farm_kw * (1.0 - wake)[:, None] * kept).sum(axis=0)
    return FarmYield(
        gross,
        net,
        wake,
        speed,
        first,
        rose,
        spread,
        waterfall,
        components,
        levels,
        power,
        tuple({(w.code, w.text("en")): w for w in warnings}.values()),
    )
