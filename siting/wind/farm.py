"""Yield of a wind farm: hourly energy of every turbine, wakes, losses, P50 to P90."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gis.errors import DataError, Fault, raise_faults
from gis.say import say
from layers.result import Warn
from siting.economy.p_values import Component, PValues, p_values
from siting.economy.waterfall import Waterfall
from siting.wind.farm_wakes import FarmHours, Group, Neighbours, farm_hours
from siting.wind.machine.engine import power_table
from siting.wind.machine.spacing import spacing_faults
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.hub import HubSeries, default, hub_series, speed_heights_m
from siting.wind.resource.rose import Rose, rose_from_series
from siting.wind.resource.speedups import hourly_speedup
from siting.wind.section import WindSection
from siting.wind.uncertainty import (
    loss_chain,
    speed_sensitivity,
    uncertainty_stack,
)
from siting.wind.wake.models import WakeSpread

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
        Uncertainty stack and P-values; ``levels.life`` are those of the mean of 25 years.
    gross_kw, after_wake_kw, power_kw : (t,) float
        Hourly power of the whole farm: before wakes, after the wakes of each hour's wind,
        and net of all losses.
    wakes_by_hour
        False where the wakes of single hours are not known (no direction, no thrust curve).
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
    gross_kw: Float
    after_wake_kw: Float
    power_kw: Float
    wakes_by_hour: bool
    warnings: tuple[Warn, ...]

    @property
    def farm_wake_loss_frac(self) -> float:
        """Share of the farm's gross energy lost to wakes."""
        kept = (self.gross_mwh_yr * (1.0 - self.wake_loss_frac)).sum()
        return float(1.0 - kept / self.gross_mwh_yr.sum())


def turbulence_of(section: WindSection) -> tuple[float, list[Warn]]:
    """Turbulence intensity of the plan, or the default with a warning."""
    if section.turbulence_intensity is not None:
        return section.turbulence_intensity, []
    value = default("turbulence", "intensity")
    return value, [
        Warn(
            "turbulence_assumed",
            say("siting.wind.turbulence_assumed", intensity=value),
        )
    ]


def farm_rose(series: HubSeries) -> tuple[Rose, list[Warn]]:
    """Rose of a hub series; without directions all sectors are alike, with a warning."""
    wd = series.direction_deg
    # a storm reaches beyond the usual table; what no hour can be is refused before
    top = max(40.0, np.floor(np.nanmax(series.speed_m_s)) + 1.0)
    if wd is None or np.isnan(wd).all():
        return rose_from_series(series.speed_m_s, None, top_m_s=top), [
            Warn(
                "wind_direction_missing",
                say("siting.wind.wind_direction_missing"),
            )
        ]
    return rose_from_series(series.speed_m_s, wd, top_m_s=top), []


def _annual_spread(
    series: HubSeries, power_kw: Float, *, typical_year: bool
) -> tuple[float, float | None]:
    """Length of the series [yr] and the spread of its yearly energies, from five years on."""
    years = max(len(series.index) / 8760.0, 1.0)
    if typical_year:
        return 1.0, None
    known = np.isfinite(series.speed_m_s)
    table = pd.Series(power_kw[known], index=series.index.year[known])
    by_year = table.groupby(level=0).agg(["mean", "count"])
    full = by_year[by_year["count"] > 8000]["mean"]
    if len(full) < 5 or not full.mean() > 0:
        return years, None
    return years, float(full.std(ddof=1) / full.mean())


@dataclass(frozen=True, eq=False)
class _Gross:
    """Energy before wakes; `series` and `rho_kg_m3` are of the first type and of all."""

    speed_m_s: Float
    groups: tuple[Group, ...]
    rho_kg_m3: float
    warnings: tuple[Warn, ...]

    @property
    def series(self) -> HubSeries:
        """Hourly series of the first type."""
        return self.groups[0].series


def _gross(
    machines: Sequence[Turbine],
    weather: Weather,
    section: WindSection,
    mean_speed_m_s: Float | None,
    ground_m: Float | None,
    capacity_kw: Float | None,
    speedups: Float | None,
) -> _Gross:
    """Energy of every turbine alone: one hourly series a type, scaled to each place."""
    n = len(machines)
    speed = np.zeros(n)
    warnings: list[Warn] = []
    kinds: dict[tuple[str, float], list[int]] = {}
    for i, m in enumerate(machines):
        kinds.setdefault((m.id, m.hub_m), []).append(i)
    groups: list[Group] = []
    rho_mean = 0.0
    for members in kinds.values():
        machine = machines[members[0]]
        own = None if mean_speed_m_s is None else np.asarray(mean_speed_m_s)[members]
        middle = None if own is None else float(np.mean(own))
        level = None if ground_m is None else float(np.mean(np.asarray(ground_m)[members]))
        series = hub_series(
            weather, machine.hub_m, section, mean_speed_m_s=middle, ground_m=level
        )
        warnings += [*machine.warnings, *series.warnings]
        rho_mean += float(np.nanmean(series.rho_kg_m3)) * len(members) / n
        scale = np.ones(len(members)) if own is None or middle is None else own / middle
        table = power_table(machine, section.density_correction)
        share = np.ones(len(members))
        if capacity_kw is not None:
            share = np.asarray(capacity_kw)[members] / machine.rated_kw
        group = Group(machine, series, table, np.array(members), scale, share)
        if speedups is not None:
            group = replace(
                group, faster=hourly_speedup(series.direction_deg, speedups[members])
            )
        speed[members] = np.nanmean(group.free_m_s, axis=1)
        groups.append(group)
    if not groups:
        raise DataError(say("siting.wind.there_no_turbine"), where=say("siting.wind.at_farm"))
    return _Gross(speed, tuple(groups), rho_mean, tuple(warnings))


def _components(
    lead: Turbine,
    gross: _Gross,
    hours: FarmHours,
    weather: Weather,
    section: WindSection,
    *,
    to_atlas: bool,
    source_spread_frac: float,
) -> tuple[Component, ...]:
    """The uncertainty stack of the farm, after its first turbine."""
    series = gross.series
    nearest = min(speed_heights_m(weather), key=lambda h: abs(h - series.hub_m))
    years, annual = _annual_spread(series, hours.gross_kw, typical_year=weather.typical_year)
    return uncertainty_stack(
        sensitivity=speed_sensitivity(lead, series.speed_m_s, series.rho_kg_m3),
        years=years,
        annual_energy_frac=annual,
        profile=series.profile,
        from_m=section.mean_speed_height_m if to_atlas else nearest,
        hub_m=series.hub_m,
        wake_spread_frac=0.0 if hours.spread is None else hours.spread.spread_frac,
        curve_kind=lead.kind,
        measured=section.measured or weather.correction_sd_frac > 0,
        correction_sd_frac=weather.correction_sd_frac,
        source_spread_frac=source_spread_frac,
        overrides=section.uncertainty,
    )


def _check_farm(x: Float, y: Float, arrays: Mapping[str, Float | None], n: int) -> None:
    """One finite place a turbine, in metres, and one value of everything else."""
    faults = []
    if x.shape != (n,) or y.shape != (n,):
        faults.append(
            Fault(
                say("siting.wind.one_place_each_turbine"),
                where="x_m, y_m",
                got=say("siting.wind.shapes_of_places", x_shape=x.shape, y_shape=y.shape),
                expected=say("siting.wind.n_values", n=n),
            )
        )
    elif not (np.isfinite(x).all() and np.isfinite(y).all()):
        faults.append(Fault(say("siting.wind.place_missing"), where="x_m, y_m", got="NaN"))
    elif n > 1 and (np.abs(x) <= 180.0).all() and (np.abs(y) <= 90.0).all() and _near(x, y):
        faults.append(
            Fault(
                say("siting.wind.places_look_like_degrees"),
                where="x_m, y_m",
                got=f"{x[0]:g}, {y[0]:g}",
                todo=say("siting.wind.project_places"),
            )
        )
    for name, values in arrays.items():
        if values is not None and np.shape(values) != (n,):
            faults.append(
                Fault(
                    say("siting.wind.one_value_each_turbine"),
                    where=name,
                    got=say("siting.wind.shape_of_values", shape=np.shape(values)),
                    expected=say("siting.wind.n_values", n=n),
                )
            )
    raise_faults(DataError, faults)


def _near(x: Float, y: Float) -> bool:
    """Whether all turbines stand within a few metres: the numbers are then degrees."""
    return bool(np.ptp(x) < 5.0 and np.ptp(y) < 5.0)


def _wide(levels: PValues, components: Sequence[Component]) -> list[Warn]:
    """A word where low levels say little, as the wind is not known well enough."""
    sd, most = levels.sd_life_frac, default("life", "wide_sd_frac")
    if sd <= most:
        return []
    largest = max(components, key=lambda c: c.sd_frac)
    text = say("siting.wind.p_values_wide", sd=sd, most=most, part=largest.title)
    return [Warn("wind_p_values_wide", text)]


def farm_yield(
    x_m: ArrayLike,
    y_m: ArrayLike,
    machines: Turbine | Sequence[Turbine],
    weather: Weather,
    section: WindSection | None = None,
    *,
    mean_speed_m_s: Float | None = None,
    ground_m: Float | None = None,
    capacity_kw: Float | None = None,
    neighbours: Neighbours | None = None,
    speedups: Float | None = None,
    source_spread_frac: float = 0.0,
) -> FarmYield:
    """Yield of turbines at `x_m`, `y_m` on hourly weather.

    Parameters
    ----------
    x_m, y_m : (n,) float
        Positions, east and north, in one planar system [m].
    machines : Turbine or sequence of n Turbine
        One machine stands for all.
    weather : Weather
        Hourly wind at one or more heights; `siting.wind.yields.wind_weather` makes it of
        arrays.
    section : WindSection, optional
        Profile law, density correction, wake models, losses; the defaults without it.
    mean_speed_m_s : (n,) float, optional
        Long-term mean at each turbine at ``section.mean_speed_height_m`` (atlas); the
        series is scaled to it turbine by turbine.
    ground_m : (n,) float, optional
        Ground level [m]; density follows it.
    capacity_kw : (n,) float, optional
        Rated power where it differs from the curve's; energy is scaled with it.
    neighbours : (x, y, machines), optional
        Turbines of others whose wakes are felt; their energy is not counted.
    speedups : (n, s) float, optional
        Wind of each turbine over that of the series, by equal sectors of the series'
        direction, the first centred on north.
    source_spread_frac : float
        Deviation of the energy that the plan's sources of wind tell by their spread; the
        larger of it and of the wind's own uncertainty counts.

    Raises
    ------
    DataError
        Without wind speed, with turbines on one another, without a place, or with places in
        degrees.

    Examples
    --------
    One turbine at 9 m/s at its hub: gross is the power curve, net what the losses leave
    (availability 3 %, electrical 2 %, soiling and the like 1 %: 0.97 0.98 0.99):

    >>> from siting.wind.machine.library import turbine
    >>> from siting.wind.yields import wind_weather
    >>> times = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    >>> wind = wind_weather(times, np.full(8760, 9.0), height_m=115.0)
    >>> found = farm_yield([0.0], [0.0], turbine("generic_5000_225"), wind)
    >>> round(float(found.net_mwh_yr[0] / found.gross_mwh_yr[0]), 6)
    0.941094
    """
    x, y = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (x_m, y_m))
    section = WindSection() if section is None else section
    machines = [machines] * x.size if isinstance(machines, Turbine) else machines
    n = len(machines)
    given = {
        "mean_speed_m_s": mean_speed_m_s, "ground_m": ground_m, "capacity_kw": capacity_kw
    }  # fmt: skip
    _check_farm(x, y, given, n)
    raise_faults(DataError, spacing_faults(x, y, [m.rotor_m for m in machines]))
    gross = _gross(machines, weather, section, mean_speed_m_s, ground_m, capacity_kw, speedups)
    rose, more = farm_rose(gross.series)
    turbulence, of_wakes = turbulence_of(section)
    hours = farm_hours(
        x, y, machines, gross.groups, rose, section,
        rho_kg_m3=gross.rho_kg_m3, turbulence=turbulence, neighbours=neighbours,
    )  # fmt: skip
    wake = hours.loss_frac
    warnings = [*weather.warnings, *gross.warnings, *more, *of_wakes, *hours.warnings]
    after_wake = hours.alone_mwh_yr * (1.0 - wake)
    total_gross = float(hours.alone_mwh_yr.sum())
    wake_all = 1.0 - float(after_wake.sum()) / total_gross if total_gross > 0 else 0.0
    waterfall = loss_chain(total_gross, wake_all, section.losses)
    kept = waterfall.net / float(after_wake.sum()) if total_gross > 0 else 0.0
    net = after_wake * kept
    to_atlas = mean_speed_m_s is not None or section.mean_speed_m_s is not None
    components = _components(
        machines[0], gross, hours, weather, section,
        to_atlas=to_atlas, source_spread_frac=source_spread_frac,
    )  # fmt: skip
    levels = p_values(
        float(net.sum()),
        components,
        years=int(default("life", "years")),
        haircut_frac=section.p50_haircut_frac,
    )
    warnings += _wide(levels, components)
    return FarmYield(
        gross_mwh_yr=hours.alone_mwh_yr,
        net_mwh_yr=net,
        wake_loss_frac=wake,
        speed_m_s=gross.speed_m_s,
        series=gross.series,
        rose=rose,
        spread=hours.spread,
        waterfall=waterfall,
        components=components,
        levels=levels,
        gross_kw=hours.gross_kw,
        after_wake_kw=hours.kept_kw,
        power_kw=hours.kept_kw * kept,
        wakes_by_hour=hours.by_hour,
        warnings=tuple({(w.code, w.text("en")): w for w in warnings}.values()),
    )
