"""What the wind and repowering steps say in ``summary.json``, as models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from layers.spec import Outcome, Text

__all__ = [
    "BatterySize",
    "Co2Summary",
    "Compared",
    "FlickerSummary",
    "GridFactorUse",
    "HybridSummary",
    "LawSummary",
    "MoneySummary",
    "NoHybrid",
    "NoRepower",
    "NoWind",
    "NoiseSummary",
    "ParkSummary",
    "RecyclingSummary",
    "ReferenceCheck",
    "RepowerFacts",
    "RepowerPart",
    "RepowerSummary",
    "SpacingSummary",
    "WakeModelEnergy",
    "WindMapSummary",
    "WindPart",
    "WindPlant",
    "WindSite",
    "WindSummary",
    "WindWeather",
]


class ReferenceCheck(Outcome):
    """One turbine by another engine on the same hours."""

    curve: str
    windpowerlib_mwh_yr: float
    engine_mwh_yr: float
    difference_frac: float | None


class WindWeather(Outcome):
    """Weather the wind yields rest on."""

    source: str
    synthetic: bool
    speed_scale: float = Field(description="factor by which the atlas mean was met")


class WindMapSummary(Outcome):
    """The county's raster of full-load hours."""

    turbine: str
    basis: Literal["gross"] = Field(description="before wakes and losses")
    mean_h: float | None
    best_tenth_h: float | None = Field(description="exceeded on a tenth of the land")


class WindPlant(Outcome):
    """A plant the plan names without its turbines, as if all stood at its one place."""

    name: Text
    capacity_mw: float
    turbine: str = Field(description="stands for machines that are not known")
    basis: Literal["one_mast"] = Field(description="one place, no wakes: an estimate")
    mean_speed_m_s: float | None
    p50_mwh_yr: float | None
    p90_mwh_yr: float | None = Field(description="of the mean of 25 years")
    full_load_hours_h: float | None
    missing: tuple[str, ...] = Field(description="keys that would make it a yield")


class WindSite(Outcome):
    """A wind site that screening found, with turbines of one type in rows."""

    site_id: str
    turbine: str
    turbines: int
    capacity_mw: float
    mean_speed_m_s: float
    wake_loss_frac: float
    p50_mwh_yr: float
    p90_mwh_yr: float
    full_load_hours_h: float


class NoWind(Outcome):
    """No yield: no turbines stand, or no weather is given."""

    turbines: int
    estimated: Literal[False] = False
    map: WindMapSummary | None = None
    plants: tuple[WindPlant, ...] = ()
    sites: tuple[WindSite, ...] = ()
    weather: WindWeather | None = None


class WindSummary(Outcome):
    """Yield of the turbines that stand."""

    estimated: Literal[True] = True
    turbines: int
    capacity_mw: float
    mean_speed_m_s: float = Field(description="at the hubs")
    mean_rho_kg_m3: float
    gross_mwh_yr: float
    wake_loss_frac: float
    wakes_by_hour: bool = Field(True, description="each hour has the wakes of its own wind")
    wake_spread_frac: float | None = Field(description="spread of the wake models")
    p50_mwh_yr: float
    p75_mwh_yr: float
    p90_mwh_yr: float
    p95_mwh_yr: float
    p99_mwh_yr: float
    p90_one_year_mwh: float | None = None
    uncertainty_frac: float = Field(description="standard deviation of the mean of 25 years")
    haircut_frac: float
    full_load_hours_h: float
    density_correction: str
    reference: ReferenceCheck
    weather: WindWeather
    map: WindMapSummary | None = None
    plants: tuple[WindPlant, ...] = ()
    sites: tuple[WindSite, ...] = ()


class WindPart(Outcome):
    """The step ``wind``."""

    wind: WindSummary | NoWind


class RecyclingSummary(Outcome):
    """What the old turbines leave; tonnage only from stated masses."""

    turbines: int
    blades: int
    blade_length_m: float
    blade_t: float | None
    hub_t: float | None
    missing: tuple[str, ...] = Field(description="keys of the plan that would give the rest")


class GridFactorUse(Outcome):
    """Emission factor of the grid, with its source."""

    id: str
    kgco2_kwh: float
    year: int
    source: str
    quality: str


class Co2Summary(Outcome):
    """Carbon dioxide the grid does not emit; None without a factor."""

    factor: GridFactorUse | None
    before_tco2_yr: float | None
    after_tco2_yr: float | None
    added_tco2_yr: float | None
    missing: str


class MoneySummary(Outcome):
    """Cost and value; None without the plan's prices."""

    lcoe_cny_mwh: float | None
    npv_repower_cny: float | None
    npv_run_on_cny: float | None
    irr_repower_frac: float | None = None
    missing: tuple[str, ...]
    gain_cny: float | None


class SpacingSummary(Outcome):
    """Distance turbines keep along and across the main wind direction."""

    main: float = Field(description="m")
    cross: float = Field(description="m")


class WakeModelEnergy(Outcome):
    """Energy by one wake model."""

    aep_mwh_yr: float
    wake_loss_frac: float


class NoiseSummary(Outcome):
    """Noise at dwellings by night, old farm and new."""

    area: str
    day_limit_db: float
    night_limit_db: float
    source: str
    quality: str
    dwellings: int
    max_before_db: float | None = None
    max_after_db: float | None = None
    over_before: int = Field(0, description="dwellings above the night limit")
    over_after: int = 0


class FlickerSummary(Outcome):
    """Shadow flicker at dwellings, old farm and new."""

    limit_h_yr: float
    dwellings: int
    expected: bool = Field(description="whether the sky's cloudiness is counted too")
    max_worst_before_h_yr: float | None = None
    max_worst_after_h_yr: float | None = None
    over_before: int | None = None
    over_after: int | None = None
    max_expected_after_h_yr: float | None = None


class LawSummary(Outcome):
    """One statement of law or plan about the repowering."""

    id: str
    met: bool | None = Field(description="None: information, or not judged")
    text: Text


class ParkSummary(Outcome):
    """Wind inside one industrial park."""

    park: str
    area_ha: float
    free_ha: float
    turbines: int
    capacity_mw: float
    energy_mwh_yr: float


class BatterySize(Outcome):
    """Battery behind the connection."""

    power_mw: float
    energy_mwh: float


class NoHybrid(Outcome):
    """Wind and PV together were not estimated; a warning says why."""

    estimated: Literal[False] = False


class HybridSummary(Outcome):
    """Wind and PV behind one connection; energies of a mean year."""

    estimated: Literal[True] = True
    wind_mw: float
    pv_mw: float
    limit_mw: float
    correlation_hourly: float
    correlation_daily: float
    correlation_monthly: float
    firm_wind_frac: float
    firm_pv_frac: float
    firm_both_frac: float
    low_hours_frac: float
    produced_mwh_yr: float
    sent_mwh_yr: float
    curtailed_mwh_yr: float
    curtailed_frac: float
    stored_mwh_yr: float
    connection_use_frac: float
    connection_use_wind_alone_frac: float
    battery: BatterySize | None
    best_wind_share: float
    oversize: float


Compared = dict[str, float | None]
"""Row of table ``repower_compare`` -> its figure."""


class RepowerFacts(Outcome):
    """Before and after, and what follows from it."""

    before: Compared
    after: Compared
    recycling: RecyclingSummary
    co2: Co2Summary
    money: MoneySummary
    land_refused_ha: dict[str, float] = Field(description="reason -> land not used")
    cell_m: float
    spacing_m: SpacingSummary
    wakes: dict[str, WakeModelEnergy] = Field(description="by wake model")
    noise: NoiseSummary | None = Field(description="None: not judged")
    flicker: FlickerSummary | None = Field(description="None: not judged")
    law_summary: tuple[LawSummary, ...]


class NoRepower(Outcome):
    """Repowering was not estimated; a warning says why."""

    estimated: Literal[False] = False


class RepowerSummary(RepowerFacts):
    """Old turbines replaced by fewer, larger ones."""

    estimated: Literal[True] = True
    mode: str
    turbine: str
    turbine_kind: str
    seed: int
    encouraged: int = Field(description="old turbines the state encourages to replace")
    of: int = Field(description="old turbines judged")
    parks: tuple[ParkSummary, ...]
    hybrid: HybridSummary | NoHybrid


class RepowerPart(Outcome):
    """The step ``repower``."""

    repower: RepowerSummary | NoRepower
