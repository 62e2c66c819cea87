"""Power of a farm hour by hour: gross, and after the wakes of each hour's wind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.say import listed, say
from layers.result import Warn
from siting.wind.machine.engine import PowerTable, series_kw
from siting.wind.machine.generic import machine_words
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.hub import HubSeries
from siting.wind.resource.rose import Rose
from siting.wind.section import WindSection
from siting.wind.wake.gaussian import LayoutEnergy
from siting.wind.wake.hourly import direction_by_hour, farm_of, hourly_speed
from siting.wind.wake.models import WakeSpread, first_turbines, wake_spread

__all__ = ["FarmHours", "Group", "Neighbours", "farm_hours"]

Float = NDArray[np.float64]
Neighbours = tuple[Float, Float, Sequence[Turbine]]


@dataclass(frozen=True, eq=False)
class Group:
    """Turbines of one type and hub height.

    Attributes
    ----------
    members : (m,) int
        Rows of the farm.
    scale, share : (m,) float
        Wind speed over that of `series`; rated power over that of the curve.
    faster : (m, t) float, optional
        Further factor on the wind of each hour: what the terrain makes of its direction.
    """

    machine: Turbine
    series: HubSeries
    table: PowerTable
    members: NDArray[np.int64]
    scale: Float
    share: Float
    faster: Float | None = None

    @property
    def free_m_s(self) -> Float:
        """Wind of every member in every hour without wakes, (m, t)."""
        free = self.series.speed_m_s[None, :] * self.scale[:, None]
        return free if self.faster is None else free * self.faster


@dataclass(frozen=True, eq=False)
class FarmHours:
    """Hourly power of a farm before losses other than wakes.

    Attributes
    ----------
    gross_kw, kept_kw : (t,) float
        Without and with wakes; 0 in hours without wind speed.
    alone_mwh_yr : (n,) float
        Gross energy of each turbine [MWh/yr].
    loss_frac : (n,) float
        Share of each turbine's gross energy lost to wakes.
    spread
        Energies by wake model; None without wakes.
    by_hour
        Whether each hour has the wakes of its own wind.
    """

    gross_kw: Float
    kept_kw: Float
    alone_mwh_yr: Float
    loss_frac: Float
    spread: WakeSpread | None
    by_hour: bool
    warnings: tuple[Warn, ...]


def _power(groups: Sequence[Group], speed_m_s: Float) -> Float:
    """Power of every turbine at its own wind, (n, t) [kW]; NaN where unknown."""
    out = np.empty_like(speed_m_s)
    for g in groups:
        for i, share in zip(g.members.tolist(), g.share.tolist(), strict=True):
            out[i] = series_kw(g.table, speed_m_s[i], g.series.rho_kg_m3) * share
    return out


def _free(groups: Sequence[Group], n: int) -> Float:
    out = np.empty((n, len(groups[0].series.speed_m_s)))
    for g in groups:
        out[g.members] = g.free_m_s
    return out


def _mwh(power_kw: Float) -> Float:
    """Mean power of the hours with data over a year, by turbine [MWh/yr]."""
    known = np.isfinite(power_kw)
    count = np.maximum(known.sum(axis=1), 1)
    return np.asarray(np.where(known, power_kw, 0.0).sum(axis=1) / count * 8.76)


def farm_hours(
    x_m: Float,
    y_m: Float,
    machines: Sequence[Turbine],
    groups: Sequence[Group],
    rose: Rose,
    section: WindSection,
    *,
    rho_kg_m3: float,
    turbulence: float,
    neighbours: Neighbours | None = None,
) -> FarmHours:
    """Power of all turbines in every hour, with the wakes of that hour's wind.

    Without thrust curves there are no wakes, without directions the mean loss of all
    directions is spread over the hours; both with a warning.
    """
    n = len(machines)
    free = _free(groups, n)
    gross = _power(groups, free)
    total, energy = np.nan_to_num(gross).sum(axis=0), _mwh(gross)
    zero = np.zeros(n)
    bare = sorted({m.id for m in machines if m.ct is None})
    if bare:
        warn = Warn(
            "wake_not_estimated",
            say(
                "siting.wind.wake_not_estimated",
                turbines=listed(machine_words(i) for i in bare),
            ),
        )
        return FarmHours(total, total, energy, zero, None, by_hour=False, warnings=(warn,))
    if n == 1 and neighbours is None:
        return FarmHours(total, total, energy, zero, None, by_hour=True, warnings=())
    warnings = []
    guessed = sorted({m.id for m in machines if m.ct_kind == "estimated"})
    if guessed:
        text = say(
            "siting.wind_machine.ct_estimated",
            turbines=listed(machine_words(i) for i in guessed),
        )
        warnings.append(Warn("ct_estimated", text))
    nx, ny, others = neighbours or (np.zeros(0), np.zeros(0), ())
    x, y = np.concatenate([x_m, nx]), np.concatenate([y_m, ny])
    every = [*machines, *others]
    wd = groups[0].series.direction_deg
    if wd is None or np.isnan(wd).all():
        spread = first_turbines(
            wake_spread(
                x, y, every, rose,
                rho_kg_m3=rho_kg_m3, turbulence=turbulence, models=section.wake_models,
            ),
            n,
        )  # fmt: skip
        alone = next(iter(spread.by_model.values())).gross_mwh_yr
        loss = 1.0 - spread.turbine_mwh_yr / np.maximum(alone, 1e-9)
        kept = (np.nan_to_num(gross) * (1.0 - loss)[:, None]).sum(axis=0)
        return FarmHours(
            total, kept, energy, loss, spread, by_hour=False, warnings=tuple(warnings)
        )
    direction, missing, sector = direction_by_hour(wd)
    if missing:
        text = say("siting.wind.direction_gaps", hours=missing)
        warnings.append(Warn("wind_direction_gaps", text))
    if sector:
        text = say("siting.wind.direction_in_sectors", sector_deg=sector)
        warnings.append(Warn("wind_direction_sectors", text))
    farm = farm_of(x, y, every, rho_kg_m3)
    lead = groups[0].series.speed_m_s
    winds = np.concatenate([free, np.broadcast_to(lead, (len(others), lead.size))])
    kept = np.zeros_like(total)
    by_model: dict[str, LayoutEnergy] = {}
    for model in section.wake_models:
        speed = hourly_speed(
            farm, direction, winds, model,
            turbulence=turbulence, blockage=section.blockage != "off",
        )[:n]  # fmt: skip
        power = _power(groups, speed)
        kept += np.nan_to_num(power).sum(axis=0) / len(section.wake_models)
        own = _mwh(power)
        by_model[model] = LayoutEnergy(own, energy, np.array([float(own.sum())]))
    spread = WakeSpread(by_model)
    loss = 1.0 - spread.turbine_mwh_yr / np.maximum(energy, 1e-9)
    return FarmHours(total, kept, energy, loss, spread, by_hour=True, warnings=tuple(warnings))
