"""Plan sections of screening and sites."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import say
from layers.spec import Frozen
from siting.rules.model import Override

__all__ = ["HalfWidth", "ScenarioName", "ScreeningSection", "SitesSection"]

ScenarioName = Literal["hard_only", "hard_conditional", "conservative", "custom"]


class HalfWidth(Frozen):
    """Half width of some features of a layer, in place of the table's, with the reason.

    Attributes
    ----------
    layer
        Id in the layer catalogue.
    where
        Fields the features must have; all features of the layer when empty.
    half_width_m
        From the drawn line to the edge the law measures from [m].
    """

    layer: str
    where: dict[str, str | int | float] = Field(default_factory=dict)
    half_width_m: Annotated[float, Field(ge=0, le=500)]
    reason: str = Field(min_length=1)


class ScreeningSection(Frozen):
    """``[screening]``: what is asked of the land, by which rules.

    Attributes
    ----------
    techs
        Questions to answer: pv, wind, afforest, wetland, grass.
    books
        Rule books: ``"bundled"`` for those of the toolkit, ids of them, or paths of own
        ones beside the plan.
    scenario
        ``"hard_only"``, ``"hard_conditional"``, ``"conservative"`` (adds the 2015 shrub
        caliber and the Ningxia document of 2015), or ``"custom"`` (the plan's `kinds`).
    compare
        Further scenarios to set beside the plan's: areas, what changes, and maps. The
        plan's own is passed over.
    kinds
        Scenario ``custom``: rule id -> hard, conditional, preference or off.
    overrides
        Changes of single rules, each with its reason; they hold in every scenario.
    half_widths
        Half widths in place of the table's, each with its reason.
    recalled_excludes
        Let hard rules that were never seen in print exclude land. Off: they are shown as
        conditions that need legal review.
    hub_height_m, rotor_diameter_m
        Turbine for distances that depend on it [m].
    min_polygon_ha
        Smaller patches of left or conditional land are not drawn as polygons; they still
        count in every area [ha].
    tile_px, engine, workers
        Side of a tile [cells], how tiles are run (``serial``, ``threads``, ``processes``,
        ``dask`` or the address of a dask scheduler), and by how many.
    """

    techs: tuple[Literal["pv", "wind", "afforest", "wetland", "grass"], ...] = ("pv", "wind")
    books: tuple[str, ...] = ("bundled",)
    scenario: ScenarioName = "hard_conditional"
    compare: tuple[Literal["hard_only", "hard_conditional", "conservative"], ...] = ()
    kinds: dict[str, Literal["hard", "conditional", "preference", "off"]] = Field(
        default_factory=dict
    )
    overrides: tuple[Override, ...] = ()
    half_widths: tuple[HalfWidth, ...] = ()
    recalled_excludes: bool = False
    hub_height_m: Annotated[float, Field(gt=0, le=300)] | None = None
    rotor_diameter_m: Annotated[float, Field(gt=0, le=400)] | None = None
    min_polygon_ha: Annotated[float, Field(ge=0)] = 0.5
    tile_px: Annotated[int, Field(ge=64, le=8192)] = 1024
    engine: str = "threads"
    workers: Annotated[int, Field(ge=1, le=256)] = 2

    @model_validator(mode="after")
    def _custom(self) -> ScreeningSection:
        if bool(self.kinds) != (self.scenario == "custom"):
            raise ValueError(say("siting.screen.kinds_scenario_custom_come_together"))
        if (self.hub_height_m is None) != (self.rotor_diameter_m is None):
            raise ValueError(say("siting.screen.give_both_hub_height_m"))
        if len(set(self.techs)) != len(self.techs) or not self.techs:
            raise ValueError(say("siting.screen.techs_empty_names_one_twice"))
        if len(set(self.compare)) != len(self.compare):
            raise ValueError(say("siting.screen.compare_names_scenario_twice"))
        return self


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
    min_area_ha: Annotated[float, Field(gt=0)] = 20.0
    min_width_m: Annotated[float, Field(ge=0)] = 100.0
    max_area_ha: Annotated[float, Field(gt=0)] = 600.0
    merge_across_m: Annotated[float, Field(ge=0, le=200)] = 0.0
    merge_road_classes: tuple[str, ...] = ("village", "township", "street")
    mu_per_mw: Annotated[float, Field(gt=0)] = 25.0
    mu_per_mw_source: str = (
        "宁夏星海石嘴山 100 万 kW 光伏复合项目：2.5 万亩 / 1000 MW（宁夏日报 2025-07-04）"
    )
    exclude_layers: tuple[str, ...] = ("existing_pv", "planned_projects")
    max_sites: Annotated[int, Field(ge=1, le=5000)] = 60
    route: bool = True
    route_cell_m: Annotated[float, Field(ge=10, le=1000)] = 100.0
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sizes(self) -> SitesSection:
        if self.max_area_ha < 2 * self.min_area_ha:
            raise ValueError(say("siting.screen.max_area_ha_must_at"))
        return self
