"""What the step of a new wind farm says in ``summary.json``."""

from __future__ import annotations

from pydantic import Field

from layers.spec import Outcome
from siting.wind.summary import FlickerSummary, NoiseSummary, WakeModelEnergy

__all__ = ["GreenfieldPart", "GreenfieldSummary"]


class GreenfieldSummary(Outcome):
    """A new farm: machines, layout, yield, cost."""

    name: str
    area_ha: float
    usable_ha: float
    refused_ha: dict[str, float] = Field(description="reason -> land not used, or not judged")
    iec_class: str = Field(description="a question mark where gust or turbulence is not known")
    machine_class: str = Field(description="class of the machine, empty for a generic one")
    turbine: str
    turbine_kind: str
    turbines: int
    capacity_mw: float
    mean_speed_m_s: float
    wake_loss_frac: float
    wakes: dict[str, WakeModelEnergy]
    p50_mwh_yr: float
    p75_mwh_yr: float
    p90_mwh_yr: float
    p95_mwh_yr: float
    p99_mwh_yr: float
    p90_one_year_mwh: float
    full_load_hours_h: float
    noise: NoiseSummary | None = Field(description="None: not judged")
    flicker: FlickerSummary | None = Field(description="None: not judged")
    capex_cny: float | None
    lcoe_cny_mwh: float | None
    missing: tuple[str, ...] = Field(description="keys of the plan that would give the cost")


class GreenfieldPart(Outcome):
    """The step ``greenfield``; None when the plan asks for no new farm."""

    greenfield: GreenfieldSummary | None = None
