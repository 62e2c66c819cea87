"""Candidate turbines for repowering: how many fit, where, and what they yield."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis.errors import ConfigError, ModelError
from gis.say import say
from layers.plan.locality import UNTOLD, Locality
from siting.wind.impact.noise import level_db, limit_of, noise_setback_m, sound_power_db
from siting.wind.impact.standing import room_db
from siting.wind.layout.kernel import too_close
from siting.wind.layout.land import TurbineLand, screening_for, turbine_land
from siting.wind.layout.optimise import Layout, Search, Spacing, Task, optimise, place_greedy
from siting.wind.machine.library import turbine as library_turbine
from siting.wind.machine.turbine import Turbine, power_kw, with_hub
from siting.wind.repower.eligibility import least_unit_mw, rule_limit
from siting.wind.resource.rose import Rose
from siting.wind.section import RepowerSection
from siting.wind.wake.gaussian import design_wake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.plan.model import Plan
    from siting.screen.coded import Screening
    from siting.wind.impact.people import Dwellings

__all__ = ["Candidate", "candidate_turbines", "lay_out", "power_slope"]

Float = NDArray[np.float64]

# Generic machines of the 3 to 5 MW class stand in when the plan names none
_DEFAULT = ("generic_3300_225", "generic_5000_225")
_NOISE_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Candidate:
    """One turbine type laid out on the land it may use.

    Attributes
    ----------
    layout
        Positions; energies of the search model.
    noise_db : (m,) float
        Level of the new turbines at every dwelling; empty without dwellings.
    setback_m
        Distance kept to dwellings.
    """

    machine: Turbine
    layout: Layout
    land: TurbineLand
    screening: Screening
    spacing: Spacing
    noise_db: Float
    setback_m: float
    sound_power_db: float
    sound_estimated: bool

    @property
    def capacity_mw(self) -> float:
        """Installed capacity [MW]."""
        return len(self.layout.x_m) * self.machine.rated_kw / 1000.0


def power_slope(machine: Turbine, speed_m_s: Float) -> Float:
    """Derivative of the power curve by the wind speed [kW s/m], zero outside it."""
    v = np.asarray(speed_m_s, dtype=float)
    k = np.clip(np.searchsorted(machine.speed_m_s, v, side="right") - 1, 0, None)
    inside = (v >= machine.speed_m_s[0]) & (v < machine.speed_m_s[-1])
    k = np.minimum(k, len(machine.speed_m_s) - 2)
    rise = np.diff(machine.power_kw) / np.diff(machine.speed_m_s)
    return np.where(inside, rise[k], 0.0)


def candidate_turbines(
    section: RepowerSection, user: Mapping[str, Turbine], here: Locality = UNTOLD
) -> tuple[Turbine, ...]:
    """The turbines the plan names, or generic ones of the 3 to 5 MW class.

    Raises
    ------
    ConfigError
        For a candidate below the least unit capacity (of the plan, or of the rule in force
        where it lies), or without thrust curve.
    """
    names = section.turbine or _DEFAULT
    out = []
    least_mw, who = least_unit_mw(section.min_capacity_mw, here)
    for name in names:
        machine = with_hub(library_turbine(name, dict(user)), section.hub_m)
        if machine.rated_kw / 1000.0 < least_mw - 1e-9:
            raise ConfigError(
                say("siting.wind_repower.new_turbine_smaller_than_plan"),
                where=f"[repower] turbine {name}",
                got=f"{machine.rated_kw / 1000:g} MW",
                expected=say(
                    "siting.wind_repower.at_least_mw",
                    min_capacity_mw=least_mw,
                    citation=who,
                ),
            )
        if machine.ct is None:
            raise ConfigError(
                say("siting.wind_repower.turbine_has_no_thrust_ct"),
                where=f"[repower] turbine {name}",
                todo=say("siting.wind_repower.add_column_ct_turbine_table"),
            )
        out.append(machine)
    return tuple(out)


def _count(section: RepowerSection, machine: Turbine, old_kw: float) -> int:
    if section.mode == "max":
        return section.max_turbines
    n = int(np.floor(old_kw / machine.rated_kw + 1e-9))
    if n < 1:
        raise ModelError(
            say("siting.wind_repower.one_new_turbine_larger_than"),
            where=f"[repower] turbine {machine.id}",
            got=say("siting.wind_repower.kw_kw", rated_kw=machine.rated_kw, old_kw=old_kw),
            todo=say("siting.wind_repower.choose_smaller_turbine_mode_max"),
        )
    return n


def lay_out(
    plan: Plan,
    machine: Turbine,
    section: RepowerSection,
    rose: Rose,
    *,
    old_xy: tuple[Float, Float],
    old_kw: float,
    stay_xy: tuple[Float, Float],
    near: Dwellings | None,
    turbulence: float,
    atlas: Float | None = None,
    starts: int | None = None,
    screening: Screening | None = None,
    area: BaseGeometry | None = None,
    already_db: Float | None = None,
) -> Candidate:
    """Lay out one candidate on the screened land.

    Positions keep the spacing ellipse (rules WD-057, WD-058 unless the plan says other),
    the land of the wind rules for this turbine's size, and a distance to dwellings that is
    raised until the night limit holds at each of them with all turbines together, those that
    stay (`already_db`, at the dwellings of `near`) among them. A new farm names its `area`;
    `old_xy` are then the corners of it.

    Raises
    ------
    ModelError
        When no land is left, or it does not hold the number of turbines asked for.
    """
    found = (
        screening
        if screening is not None
        else screening_for(plan, machine, "repower" if area is None else "new")
    )
    main = section.spacing_main_d or rule_limit("WD-057").value
    cross = section.spacing_cross_d or rule_limit("WD-058").value
    spacing = Spacing(main * machine.rotor_m, cross * machine.rotor_m, rose.main_direction_deg)
    wake = design_wake(machine, rose, turbulence)
    power, estimated = sound_power_db(machine)
    night_limit_db = section.noise_limit_night_db or limit_of(section.noise_area).night_db
    setback = max(
        noise_setback_m(machine.hub_m, power, night_limit_db), section.dwelling_setback_m or 0.0
    )
    gross = float((rose.frequency.sum(axis=0) * power_kw(machine, rose.speed_m_s)).sum() * 8.76)
    n = _count(section, machine, old_kw)
    for _ in range(_NOISE_ROUNDS):
        land = turbine_land(
            plan,
            found,
            *old_xy,
            section,
            dwellings=None if near is None else near.geometry,
            setback_m=setback,
            atlas=atlas,
            gross_mwh_yr=gross,
            area=area,
        )
        task = Task(
            rose,
            wake,
            lambda v: power_kw(machine, v),
            land.region,
            spacing,
            lambda v: power_slope(machine, v),
        )
        search = Search(starts or section.starts, section.steps, section.seed)
        layout = _search(n, machine, section, task, search, stay_xy, gross)
        levels = np.zeros(0)
        if near is None or not len(near.x_m):
            break
        levels = level_db(
            np.column_stack([layout.x_m, layout.y_m, np.zeros(len(layout.x_m))]),
            np.full(len(layout.x_m), machine.hub_m),
            np.full(len(layout.x_m), power),
            np.column_stack([near.x_m, near.y_m, np.zeros(len(near.x_m))]),
            ground_factor=section.ground_factor,
        )
        already = np.full(len(near.x_m), -np.inf) if already_db is None else already_db
        over = float((levels - room_db(night_limit_db, already)).max())
        levels = 10.0 * np.log10(10.0 ** (levels / 10.0) + 10.0 ** (already / 10.0))
        if over <= 0:
            break
        # several turbines add up: keep each below what is over
        setback = max(
            noise_setback_m(machine.hub_m, power, night_limit_db - over),
            setback * 1.1,
        )
    return Candidate(machine, layout, land, found, spacing, levels, setback, power, estimated)


def _search(
    n: int,
    machine: Turbine,
    section: RepowerSection,
    task: Task,
    search: Search,
    stay_xy: tuple[Float, Float],
    gross: float,
) -> Layout:
    fixed = stay_xy if len(stay_xy[0]) else None
    start: tuple[Float, Float] | None = None
    if section.mode == "max":
        least = machine.rated_kw / 1000.0 * section.least_full_load_hours_h
        x, y = place_greedy(n, task, seed=search.seed, least_mwh_yr=min(least, gross))
        if fixed is not None:
            ellipse = task.spacing.ellipse
            clear = [
                not any(
                    too_close(float(a - p), float(b - q), ellipse)
                    for p, q in zip(*fixed, strict=True)
                )
                for a, b in zip(x, y, strict=True)
            ]
            x, y = x[clear], y[clear]
        if not len(x):
            raise ModelError(
                say("siting.wind_repower.no_position_brings_least_full"),
                where="least_full_load_hours_h",
                got=say(
                    "siting.wind_repower.h_at_best_place_without",
                    full_load_h=gross / machine.rated_kw * 1000,
                ),
                expected=f"{section.least_full_load_hours_h:g} h",
            )
        n, start = len(x), (x, y)
    return optimise(n, task, search, start_xy=start, fixed_xy=fixed)


def better(a: Sequence[float | None]) -> int:
    """Position of the greatest value, None counting as worst."""
    values = [-np.inf if v is None else float(v) for v in a]
    return int(np.argmax(values))
