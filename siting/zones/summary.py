"""What the step ``zones`` says in ``summary.json``, as models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from layers.answers.answer import Words
from layers.spec import Outcome
from siting.connection.capacity import Capacity

__all__ = ["LinkRule", "ParkBalance", "ZoneSheet", "ZoneSite", "ZonesPart"]


class ZoneSite(Outcome):
    """A site in a zone."""

    site_id: str
    tech: Literal["pv", "wind"]
    rank: int
    zone_frac: float = Field(description="share of the site inside the zone [0-1]")
    held: bool = Field(description="whether more than half of it lies inside")
    area_ha: float
    capacity_mw: float | None
    p50_mwh_yr: float | None
    p90_mwh_yr: float | None
    substation: str = Field(
        description="the site is connected to; the nearest by its way where nobody knows what "
        "the grid takes; empty without one"
    )
    route_length_m: float | None


class LinkRule(Outcome):
    """One condition of a direct green supply (绿电直连)."""

    id: str
    title: Words
    value: float | None = Field(description="share found [0-1]")
    limit: float = Field(description="share asked for [0-1]")
    met: bool | None
    citation: str
    quality: str = Field(description="how well the words of the rule were read")


class ParkBalance(Outcome):
    """A year of a park by the hour; energies are sums of 8,760 hours."""

    roofs_mwh: float
    ground_mwh: float
    wind_mwh: float
    load_mwh: float
    direct_mwh: float = Field(description="supply used at once")
    charged_mwh: float
    discharged_mwh: float
    sent_mwh: float = Field(description="to the grid")
    curtailed_mwh: float
    bought_mwh: float = Field(description="from the grid")
    used_frac: float | None = Field(description="own use over supply [0-1]")
    covered_frac: float | None = Field(description="own use over load [0-1]")
    sent_frac: float | None = Field(description="sent over supply [0-1]")
    closure: float = Field(description="largest error of an hour over the largest power")
    rules: tuple[LinkRule, ...] = Field(description="conditions of a direct green supply")


class ZoneSheet(Outcome):
    """One zone of the plan, or one industrial park."""

    id: str = Field(description="id of the zone; name of the park")
    kind: Literal["zone", "park"]
    title: Words
    purpose: str = Field(description="of a zone; empty for a park")
    status: str = Field(description="official, approximate or synthetic; empty for a park")
    area_ha: float = Field(description="ellipsoidal, within the county [ha]")
    land_ha: dict[str, dict[str, float]] = Field(
        description="technology -> state of the screening -> land [ha]"
    )
    sites: tuple[ZoneSite, ...] = Field(description="held and reaching in, best rank first")
    capacity: Capacity = Field(description="of the PV sites it holds")
    pv_no_site_ha: float | None = Field(
        default=None,
        description="land left or conditional for PV that is in none of the run's sites [ha]",
    )
    wind: Capacity = Field(description="of the wind sites it holds")
    both: Capacity = Field(description="of the sites of both kinds it holds, added up")
    pv_p50_mwh_yr: float | None = Field(description="of the PV sites it holds")
    pv_p90_mwh_yr: float | None = Field(description="sum of their P90")
    wind_p50_mwh_yr: float | None
    wind_p90_mwh_yr: float | None
    approvals: int = Field(description="rules that ask for an approval on its sites")
    storage_mw: float | None = Field(
        description="what the province asks beside its PV and wind [MW]"
    )
    storage_mwh: float | None
    conflict_ha: dict[str, float] = Field(
        description="afforest, grass, wetland -> PV land its rules leave open too [ha]"
    )
    roofs: int | None = Field(description="public and industrial roofs inside")
    roofs_kwp: float | None
    roofs_mwh_yr: float | None
    park_turbines: int | None = Field(description="turbines that fit inside a park")
    park_wind_mw: float | None
    park_wind_mwh_yr: float | None
    balance: ParkBalance | None = Field(description="null without a load")


class ZonesPart(Outcome):
    """What the step zones adds to the summary."""

    zones: tuple[ZoneSheet, ...] = Field(description="zones of the plan, then parks")
