"""The part of ``summary.json`` that the step ``sites`` owns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from layers.spec import Outcome

__all__ = ["PreferenceUse", "SiteRow", "SitesBasis", "SitesRefused", "SitesSummary"]


class SiteRow(Outcome):
    """One site; numbers are null (NaN in the table) where they are not known."""

    site_id: str = Field(description="technology and number by size, PV-01")
    rank: int = Field(description="1 is best")
    score: float | None = Field(description="0 to 1, by the weights or preferences in use")
    tech: Literal["pv", "wind"] = Field(description="technology")
    zone: str = Field(description="zone of the plan that holds more than half of the site")
    zone_most: str = Field(default="", description="zone it has the largest part in, if any")
    zone_frac: float | None = Field(default=None, description="share of the site in that zone")
    township: str = Field(description="township with most of the site; empty in none")
    area_m2: float = Field(description="ellipsoidal area of the final boundary [m2]")
    area_ha: float = Field(description="the same [ha]")
    area_mu: float = Field(description="the same [mu]")
    area_before_m2: float = Field(description="area before the exact cut [m2]")
    certified: bool = Field(description="every hard rule was judged and overlaps by 0.00 m2")
    not_judged: str = Field(description="hard rules not judged, separated by semicolons")
    capacity_mw: float | None = Field(description="area over the land a megawatt takes [MW]")
    unconditional_frac: float | None = Field(description="share of cells free of conditions")
    favourable_frac: float | None = Field(description="share of land that preferences favour")
    slope_mean_deg: float | None = Field(description="mean slope [deg]")
    slope_p95_deg: float | None = Field(description="slope not exceeded by 95 % [deg]")
    slope_max_deg: float | None = Field(description="steepest cell [deg]")
    south_share: float | None = Field(description="share of sloping cells that face south")
    elevation_mean_m: float | None = Field(description="mean height [m]")
    ghi_kwh_m2: float | None = Field(description="annual global irradiation [kWh/m2]")
    road_distance_m: float | None = Field(description="to the nearest road's centre line [m]")
    road_class: str = Field(description="class of that road")
    connection_kv: float | None = Field(description="voltage its capacity connects at [kV]")
    substation: str = Field(description="substation the way leads to; empty without one")
    substation_kv: float | None = Field(description="voltage of that substation [kV]")
    substation_distance_m: float | None = Field(description="as the crow flies [m]")
    route_length_m: float | None = Field(description="length of the way [m]")
    route_cost_m: float | None = Field(description="its cost in metres of flat open land [m]")
    provisional: bool | None = Field(
        default=None, description="some of its land waits for layers: no site to build on yet"
    )
    provisional_frac: float | None = Field(default=None, description="share of such land")
    judged_frac: float | None = Field(
        default=None, description="share of the rules judged, by the land they usually take"
    )
    judged_hard_frac: float | None = Field(default=None, description="the same of hard rules")
    judged_n: int | None = Field(default=None, description="rules judged, at the least")
    judged_of: int | None = Field(default=None, description="rules in force")
    rules_not_judged: str | None = Field(
        default=None, description="rules in force not judged, separated by semicolons"
    )
    conditional_rules: str = Field(description="rules that ask for approvals, by area")
    lon: float = Field(description="a point inside, WGS 84 [deg]")
    lat: float = Field(description="a point inside, WGS 84 [deg]")


class PreferenceUse(Outcome):
    """Preferences the sites of one technology were ranked by."""

    weights: dict[str, float] = Field(description="criterion -> weight, sum 1")
    unknown: tuple[str, ...] = Field(description="criteria no site has a value for, left out")


class SitesRefused(Outcome):
    """Land of one technology that is no site because too few hard rules were judged."""

    tech: Literal["pv", "wind"]
    land_ha: float = Field(description="land that may be used otherwise [ha]")
    hard_frac: float = Field(description="judged share of the hard rules")
    hard_n: int = Field(description="hard rules judged")
    hard_of: int = Field(description="hard rules in force")
    limit: float = Field(description="least share a site may have")
    layers: tuple[str, ...] = Field(
        description="layers that lift it to the limit, the one to fetch first in front"
    )
    to_complete: tuple[str, ...] = Field(
        default=(), description="those of them that are there and lack features"
    )
    then_frac: float = Field(description="judged share of the hard rules with them")


class SitesBasis(Outcome):
    """What sites, capacities and ranks rest on."""

    mu_per_mw: float = Field(description="land a megawatt AC takes [mu]")
    source: str = Field(description="where that figure is from")
    min_area_ha: float = Field(description="smallest site [ha]")
    min_width_m: float = Field(description="width below which a neck is cut off [m]")
    max_area_ha: float = Field(description="larger pieces are split [ha]")
    weights: dict[str, float] = Field(description="weights in use; empty with preferences")
    preference: dict[str, PreferenceUse] = Field(description="technology -> preferences in use")
    route_quality: str = Field(description="quality of the route's cost factors")
    min_judged_share: float = Field(
        default=0.0, description="least judged share of the hard rules on a site"
    )


class SitesSummary(Outcome):
    """Sites of all technologies, best rank first in each, and what they rest on."""

    sites: tuple[SiteRow, ...] = Field(description="one entry a site")
    sites_basis: SitesBasis = Field(description="figures and choices behind them")
    sites_refused: tuple[SitesRefused, ...] = Field(
        default=(), description="land without a site for want of layers, by technology"
    )
