"""The part of ``summary.json`` that the step ``connection`` owns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from layers.spec import Outcome, Text
from siting.connection.capacity import Capacity

__all__ = [
    "CapacityTarget",
    "ConnectionPart",
    "ConnectionSummary",
    "ExpansionYear",
    "GridWork",
    "LedgerRow",
    "StationLoad",
]


class StationLoad(Outcome):
    """One station with what is routed to it: the row of table ``connection_stations``."""

    station_id: str
    name: str
    voltage_kv: float
    free_mw: float | None = Field(description="free capacity [MW]; null where not known")
    routed_mw: float
    left_mw: float | None
    lines: int = Field(description="lines that end there; a shared one counts once")
    sites: int
    load_frac: float | None = Field(description="routed over free")


class GridWork(Outcome):
    """One planned work at a station: the row of table ``connection_works``."""

    station_id: str
    name: str = Field(description="of the line; of the station where the plan names it")
    work_kind: Literal["transformer", "line"]
    year: int | None
    certainty: str
    add_mw: float = Field(description="free capacity it adds from its year on [MW]")
    cost_cny: float | None = Field(description="null where the plan gives none")
    counts: bool = Field(description="whether its certainty is one the plan counts on")
    source: str


class LedgerRow(Outcome):
    """One plant: the row of table ``capacity_ledger``."""

    id: str
    name_zh: str
    name_en: str
    technology: str
    capacity_mw: float = Field(description="as its list gives it, counted as MW AC")
    status: str
    year: int | None
    year_known: bool
    source: str
    found_in: str = Field(description="lists it stands in, first the one that counts")
    retires: int | None = Field(description="first year it no longer counts")
    retires_late: int | None = Field(description="the same after an extension")


class ExpansionYear(Outcome):
    """One year: the row of table ``expansion`` [MW AC]."""

    year: int
    operating_mw: float
    building_mw: float
    planned_mw: float
    retired_mw: float = Field(description="at the design life")
    retired_at_least_mw: float = Field(description="even where every plant is extended")
    plants_mw: float
    sites_unconditional_mw: float
    sites_with_approvals_mw: float
    sites_with_grid_mw: float | None
    sites_shared_ha: float | None = Field(
        default=None, description="land whose PV and wind the three add up [ha]"
    )
    sites_taken_ha: float = Field(
        default=0.0,
        description="land of sites on which plants count, in none of the three [ha]",
    )
    sites_taken_mw: float = Field(default=0.0, description="the MW of that land")
    free_mw: float | None = Field(description="free capacity of all stations in the year")
    total_with_grid_mw: float | None
    total_with_grid_least_mw: float | None = Field(
        default=None,
        description="the same where plants known by a point take all of the sites they are "
        "in; null without such plants",
    )
    target_mw: float | None
    met_with_grid: bool | None


class CapacityTarget(Outcome):
    """One capacity target: the row of table ``capacity_targets`` [MW AC]."""

    id: str
    title_zh: str
    title_en: str
    year: int
    target_mw: float
    operating_mw: float
    building_mw: float
    planned_mw: float
    retired_mw: float
    gap_mw: float = Field(
        description="after plants in operation, building, planned; 0 when met"
    )
    sites_unconditional_mw: float
    sites_with_approvals_mw: float
    sites_with_grid_mw: float | None = Field(description="as the grid stands in its year")
    sites_provisional_mw: float
    sites_shared_ha: float | None = Field(
        default=None, description="land whose PV and wind the three add up [ha]"
    )
    sites_taken_ha: float = Field(
        default=0.0,
        description="land of sites on which plants count, in none of the three [ha]",
    )
    sites_taken_mw: float = Field(default=0.0, description="the MW of that land")
    sum_low_mw: float | None = Field(
        default=None,
        description="plants and sites where a plant known by a point takes all of its site; "
        "null where the answer does not hang on it",
    )
    sum_high_mw: float | None = Field(
        default=None, description="the same where it takes nothing of it"
    )
    met_by_plants: bool
    met_with_unconditional: bool | None = Field(
        description="on free land within the grid; null where not known or the year is over"
    )
    met_with_grid: bool | None
    met_with_reinforcement: bool | None = Field(description="whatever the grid takes")
    met_with: Literal[
        "plants", "unconditional", "approvals", "reinforcement", "none", "uncertain"
    ]
    met_year: int | None = Field(
        description="first year from which it holds until its own, or the first after it"
    )
    blocked_by: str = Field(
        description="of time, permit, grid, grid_unknown, land, sites, storage, plants, "
        "plant_land, site_list, provisional"
    )
    short_mw: float | None = Field(description="what is missing with the grid, or is over")
    storage_needed_mw: float | None = Field(
        description="the plan's share of what is new since the base year, and of the gap"
    )
    storage_mw: float | None = Field(
        description="that stands, is being built or is planned by its year, in the plan or the "
        "register"
    )
    grid_added_mw: float | None = Field(
        default=None, description="free capacity in its year beyond that of the plan's day"
    )
    grid_works: str = Field(
        default="", description="planned stations and works that add it, each with its year"
    )
    grid_alone: bool = Field(
        default=False,
        description="whether the grid was left to sites of its kind alone",
    )
    section: str
    quote: str


class ConnectionSummary(Outcome):
    """``summary.json`` key ``connection``."""

    year: int = Field(description="year whose grid counts, of the plan's as_of")
    capacity: Capacity = Field(description="of all sites")
    by_tech: dict[str, Capacity]
    known: bool = Field(description="whether free capacity of any station is known")
    states: dict[str, int] = Field(description="state -> sites")
    shortfall_mw: float = Field(description="needs reinforcement [MW]")
    no_bay_mw: float = Field(default=0.0, description="of these, a bay is all that lacks [MW]")
    reinforcement_cny: float | None = Field(description="null without a price")
    free_mw: float | None = Field(description="free capacity of all stations [MW]")
    fitting_mw: float | None = Field(
        description="of stations whose voltage fits a site at least [MW]"
    )
    objective: Literal["km", "cny"]
    objective_value: float
    detour_factor: float = Field(description="of lines against straight ones; 1 is straight")
    mw_gap: float = Field(description="distance of MW to the best there can be, a share")
    cost_gap: float = Field(description="the same of the lines")
    in_time: bool
    exact: bool
    stations: tuple[StationLoad, ...]
    works: tuple[GridWork, ...] = Field(description="planned works at stations")
    ledger: tuple[LedgerRow, ...]
    expansion: tuple[ExpansionYear, ...]
    targets: tuple[CapacityTarget, ...]
    sentence: Text = Field(description="the three capacities in words")


class ConnectionPart(Outcome):
    """The connection step's part of ``summary.json``."""

    connection: ConnectionSummary
