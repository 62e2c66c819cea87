"""The plan section of screening."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from gis.errors import ConfigError
from gis.say import listed, say
from gis.toml import read_toml
from layers.numbers import Code, NotNegative, Number
from layers.plan.model import Plan
from layers.spec import Frozen
from siting.rules.kind import Project
from siting.rules.model import Override

__all__ = ["HalfWidth", "Missing", "ScenarioName", "ScreeningSection", "for_project"]

ScenarioName = Literal["hard_only", "hard_conditional", "conservative", "custom"]
Missing = Literal["unknown", "provisional"]


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
    where: dict[str, str | Code | Number] = Field(default_factory=dict)
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
        Let hard rules whose text was not read in full, or is not known to be in force,
        exclude land. Off: they are shown as conditions that need legal review.
    missing
        What land is that no judged rule takes while a layer is not there: ``"unknown"``, or
        ``"provisional"``: shown with the share of rules that were judged. Never free.
    judged_limit
        Land of which less than this share of the rules was judged is hatched on maps (0 to 1).
    project
        What is planned: ``"new"``, ``"expansion"``, ``"repower"`` or ``"village"`` (wind power
        of villages); rules about another kind of project judge nothing.
    life_years
        Life of a project [yr]: changes of law known to come within it are told.
    hub_height_m, rotor_diameter_m
        Turbine for distances that depend on it [m].
    min_polygon_ha
        Smaller patches of left or conditional land are not drawn as polygons; they still
        count in every area [ha].
    tile_px, engine, workers
        Side of a tile [cells], how tiles are run (``serial``, ``threads``, ``processes``,
        ``dask`` or the address of a dask scheduler), and by how many.
    shared
        Folder that this machine and all workers of a cluster read and write; the run's own
        folder when empty.
    """

    HOW: ClassVar[frozenset[str]] = frozenset({"tile_px", "engine", "workers", "shared"})
    """What never changes a bit of the result."""

    techs: tuple[Literal["pv", "wind", "afforest", "wetland", "grass"], ...] = ("pv", "wind")
    books: Annotated[tuple[str, ...], Field(min_length=1)] = ("bundled",)
    scenario: ScenarioName = "hard_conditional"
    compare: tuple[Literal["hard_only", "hard_conditional", "conservative"], ...] = ()
    kinds: dict[str, Literal["hard", "conditional", "preference", "off"]] = Field(
        default_factory=dict
    )
    overrides: tuple[Override, ...] = ()
    half_widths: tuple[HalfWidth, ...] = ()
    recalled_excludes: bool = False
    missing: Missing = "unknown"
    judged_limit: Annotated[float, Field(ge=0, le=1)] = float(
        read_toml("siting.screen.judged", "limits.toml")["judged_limit"]["value"]
    )
    project: Project = "new"
    life_years: Annotated[float, Field(gt=0, le=60)] = 25.0
    hub_height_m: Annotated[float, Field(gt=0, le=300)] | None = None
    rotor_diameter_m: Annotated[float, Field(gt=0, le=400)] | None = None
    min_polygon_ha: NotNegative = 0.5
    tile_px: Annotated[int, Field(ge=64, le=8192)] = 1024
    engine: str = "threads"
    workers: Annotated[int, Field(ge=1, le=256)] = 2
    shared: str = ""

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


def for_project(plan: Plan, project: str) -> Plan:
    """`plan` judged for another kind of project; as it is when none is named.

    Raises
    ------
    ConfigError
        For a kind of project there is not.
    """
    if not project:
        return plan
    if project not in get_args(Project):
        raise ConfigError(
            say("siting.screen.no_such_project"),
            where="--project",
            got=project,
            expected=listed(get_args(Project)),
        )
    section = plan.section(ScreeningSection).model_copy(update={"project": project})
    return plan.with_sections(screening=section)
