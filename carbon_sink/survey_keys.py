"""Keys of ``[carbon]`` that name two land surveys and a register of disturbances."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from carbon_sink.section_values import AreaAccuracy
from gis.say import say
from layers.numbers import Code, Number
from layers.spec import Frozen

__all__ = ["DisturbanceShares", "SurveyOverlay", "SurveySource"]

Share = Annotated[float, Field(ge=0, le=1)]
SurveyYear = Annotated[int, Field(ge=1950, le=2100)]


class SurveySource(Frozen):
    """One of two land surveys: a file, or the plan's own layer of that kind.

    Attributes
    ----------
    catalogue
        Declaration its fields are read by: the land survey and its yearly updates, or the
        map of the forest, grass and wetland inventory.
    path, layer
        File below the data folder and its table; without any source the plan's own layer.
    sql, table, geometry, dsn_env
        A query or table of PostGIS instead, as of a layer of the plan.
    year
        Year of the survey.
    covers
        ``"changes"``: the later survey holds changed parcels only, land it does not have is
        as it was.
    fields, values, where, constants
        As of a layer of the plan.
    planted_year
        Column with the year of planting, where the survey has one: what stands grows, and
        what is cleared is lost, by its age.
    """

    catalogue: Literal["land_parcels", "forest_land"] = "land_parcels"
    path: str = ""
    layer: str = ""
    sql: str = ""
    table: str = ""
    geometry: str = ""
    dsn_env: str = ""
    crs: str = ""
    encoding: str = ""
    year: SurveyYear
    covers: Literal["county", "changes"] = "county"
    vocabulary: Literal["", "dlbm", "forest_type"] = ""
    fields: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    where: dict[str, str | Code | Number | list[str | Code]] = Field(default_factory=dict)
    planted_year: str = ""
    source: str = ""
    licence: str = ""
    synthetic: bool = False

    @model_validator(mode="after")
    def _of_its_kind(self) -> SurveySource:
        if self.vocabulary == "forest_type" and self.catalogue != "forest_land":
            raise ValueError(say("carbon_sink.survey.vocabulary_of_other_kind"))
        if sum(map(bool, (self.path, self.sql, self.table))) > 1:
            raise ValueError(say("carbon_sink.survey.one_source"))
        return self

    @property
    def given(self) -> bool:
        """Whether it has a source of its own."""
        return bool(self.path or self.sql or self.table)


class SurveyOverlay(Frozen):
    """How two surveys are laid upon one another.

    Attributes
    ----------
    tolerance_m
        A change narrower than this is a boundary drawn twice [m]; 0 absorbs nothing.
    tail_m2
        Thin parts of a wide change of at least this area count as such boundaries too [m2].
    kinds
        ``"from>to"`` -> kind of change, of groups or ecosystems, in place of the bundled one.
    area_accuracy
        Error of the areas of the change between the surveys; without it a relative error of
        ``[carbon.area_accuracy]`` counts here too.
    """

    tolerance_m: Annotated[float, Field(ge=0, le=100)] = 2.0
    tail_m2: Annotated[float, Field(gt=0, le=1_000_000)] = 100.0
    kinds: dict[str, str] = Field(default_factory=dict)
    area_accuracy: AreaAccuracy | None = None


class DisturbanceShares(Frozen):
    """Share of living biomass a disturbance takes, where the register does not say.

    Attributes
    ----------
    share_lost
        Kind (fire, pest, felling, land_take) -> share [0-1], the user's own.
    source
        Where the shares are from.
    """

    share_lost: dict[Literal["fire", "pest", "felling", "land_take"], Share] = Field(
        default_factory=dict
    )
    source: str = ""

    @model_validator(mode="after")
    def _sourced(self) -> DisturbanceShares:
        if self.share_lost and not self.source:
            raise ValueError(say("carbon_sink.survey.shares_need_source"))
        return self
