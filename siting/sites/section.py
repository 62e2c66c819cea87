"""The plan section of sites."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import say
from gis.toml import read_toml
from layers.numbers import NotNegative, Positive
from layers.spec import Frozen

__all__ = ["SitesSection"]

_LAND = read_toml("siting.sites", "land.toml")["pv"]


class SitesSection(Frozen):
    """``[sites]``: how land left becomes sites.

    Attributes
    ----------
    techs
        Technologies to make sites for, of those screened.
    include_conditional
        Whether land that needs approvals may be part of a site; the approvals are listed.
    zones_only
        Only land inside zones of the technology's purpose.
    cut_at_zones
        Cut sites at the borders of the plan's zones: none lies in two zones, or half outside;
        the cut follows the line, and cells the border runs through are used on both sides.
    min_area_ha, min_width_m
        Smallest piece, and the width below which a neck is cut off. A bureau's choice.
    max_area_ha
        Larger pieces are split into blocks of about this size.
    merge_across_m
        Pieces no further apart than this are one site when only the roads of
        `merge_road_classes` lie between them; 0 never merges.
    mu_per_mw
        Land of one megawatt AC of PV [mu].
    mu_per_mw_source
        Where that figure is from; printed with every capacity.
    exclude_layers
        Layers whose land is spoken for and never part of a site.
    min_judged_share
        Land of which a smaller share of the hard rules was judged is never part of a site
        (0 to 1), whatever its state. When not given: the toolkit's (`limits.toml`) where
        ``[screening] missing`` is ``"provisional"``, none otherwise.
    max_sites
        Sites kept, the largest.
    route
        Find the way to the nearest fitting substation.
    route_cell_m
        Cell of the cost grid of that way [m].
    weights
        Weights of the ranking criteria in place of the defaults.
    """

    techs: tuple[Literal["pv", "wind"], ...] = ("pv",)
    include_conditional: bool = True
    zones_only: bool = False
    cut_at_zones: bool = False
    min_area_ha: Positive = 20.0
    min_width_m: NotNegative = 100.0
    max_area_ha: Positive = 600.0
    merge_across_m: Annotated[float, Field(ge=0, le=200)] = 0.0
    merge_road_classes: tuple[str, ...] = ("village", "township", "street")
    mu_per_mw: Positive = _LAND["mu_per_mw"]
    mu_per_mw_source: str = _LAND["source"]
    exclude_layers: tuple[str, ...] = ("existing_pv", "planned_projects")
    min_judged_share: Annotated[float, Field(ge=0, le=1)] | None = None
    max_sites: Annotated[int, Field(ge=1, le=5000)] = 60
    route: bool = True
    route_cell_m: Annotated[float, Field(ge=10, le=1000)] = 100.0
    weights: dict[str, NotNegative] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sizes(self) -> SitesSection:
        if self.max_area_ha < 2 * self.min_area_ha:
            raise ValueError(say("siting.sites.max_area_below_twice_min"))
        if self.cut_at_zones and self.merge_across_m > 0:
            raise ValueError(say("siting.sites.cut_and_merge"))
        return self
