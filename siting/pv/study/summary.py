"""What the PV and rooftop steps say in ``summary.json``, as models."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from layers.spec import Outcome, Text
from siting.pv.plant.plant import Mounting

__all__ = [
    "FindingSummary",
    "OwnUse",
    "PvPart",
    "PvSummary",
    "RooftopPart",
    "RooftopSummary",
    "SiteSummary",
    "WeatherSummary",
    "YieldMapSummary",
]


class FindingSummary(Outcome):
    """One finding about the weather."""

    code: str
    level: str
    value: float | None = Field(description="in the finding's own unit")
    text: Text


class WeatherSummary(Outcome):
    """Weather the yields rest on."""

    source: str
    synthetic: bool
    years: tuple[int, ...]
    typical_year: bool
    ghi_kwh_m2_yr: float = Field(
        description="of the series, mean of the years; the light a site uses is its ghi_kwh_m2"
    )
    findings: tuple[FindingSummary, ...]


class SiteSummary(Outcome):
    """One PV site: the row of table ``pv_sites``.

    Further columns are kept: cost of energy by discount rate (``lcoe_6pct_cny_mwh``), and
    what the site has from screening (zone, township, area, conditional rules).
    """

    model_config = ConfigDict(extra="allow")

    site_id: str
    capacity_mw: float = Field(description="grid (AC) capacity")
    dc_mw: float
    mounting: Mounting
    tilt_deg: float | None
    azimuth_deg: float | None
    pitch_m: float
    gcr: float
    ghi_kwh_m2: float | None = Field(description="GHI a year the yield rests on")
    light_source: str = Field(description="series as it is, or scaled to the atlas")
    poa_kwh_m2: float = Field(description="light on the open plane a year")
    specific_kwh_kwp: float
    performance_ratio: float
    p50_mwh_yr: float = Field(description="first year of operation")
    p75_mwh_yr: float
    p90_mwh_yr: float
    p99_mwh_yr: float
    p90_ten_year_mwh_yr: float = Field(description="of the mean of the first ten years")
    p90_life_mwh_yr: float = Field(description="of the mean over the operating life")
    uncertainty_frac: float = Field(description="standard deviation of any one year")
    model_spread_frac: float = Field(description="PVWatts over Huld minus one")
    full_load_hours_h: float
    capacity_factor: float
    life_mwh: float = Field(description="over the operating life, with degradation")
    avoided_tco2_yr: float | None


class YieldMapSummary(Outcome):
    """The county's yield raster ``pv_yield``."""

    cells: int
    cell_m: float
    mean_kwh_kwp: float
    p05_kwh_kwp: float = Field(description="5 % of the cells yield less")
    p95_kwh_kwp: float = Field(description="95 % of the cells yield less")
    p90_over_p50: float = Field(description="of one year, by the same stack as the sites'")
    tilt_deg: float


class PvSummary(Outcome):
    """``summary.json`` key ``pv``; only the first two keys where nothing was estimated."""

    estimated: Literal[True] = True
    weather: WeatherSummary
    mounting: Mounting
    tilt_deg: float
    sites: tuple[SiteSummary, ...]
    capacity_mw: float
    provisional_mw: float = Field(
        default=0.0, description="of it on land that waits for layers, not available yet"
    )
    p50_mwh_yr: float
    p90_mwh_yr: float
    yield_map: YieldMapSummary | None
    storage_note: Text | None


class NoPv(Outcome):
    """No weather, no estimate."""

    estimated: Literal[False] = False
    sites: tuple[SiteSummary, ...] = ()


class PvPart(Outcome):
    """The PV step's part of ``summary.json``."""

    pv: PvSummary | NoPv


class OwnUse(Outcome):
    """An industrial user's own use of its roof."""

    building_id: str
    pv_kwh: float
    load_kwh: float
    self_consumed_frac: float | None = Field(description="share of the PV energy")
    covered_frac: float | None = Field(description="share of the load")


class RooftopSummary(Outcome):
    """``summary.json`` key ``rooftop``."""

    estimated: Literal[True] = True
    target_frac: float | None = Field(description="share the plan asks for; null without one")
    share_number: float | None = Field(description="public buildings with PV, by number")
    share_area: float | None = Field(description="the same by roof area")
    public_buildings: int
    needed_buildings: int
    needed_kwp: float
    needed_mwh_yr: float
    potential_mwp: float
    potential_mwh_yr: float
    self_consumption: OwnUse | None


class NoRooftop(Outcome):
    """No weather or no buildings, no estimate."""

    estimated: Literal[False] = False


class RooftopPart(Outcome):
    """The rooftop step's part of ``summary.json``."""

    rooftop: RooftopSummary | NoRooftop
