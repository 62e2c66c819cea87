"""The part of ``summary.json`` that the step ``facilities`` owns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from layers.spec import Origin, Outcome, Text

__all__ = ["CurvePoint", "FacilitiesPart", "FacilityAnswer", "FacilityYear"]


class FacilityYear(Outcome):
    """What is open by a year, and what it reaches: a row of table ``facility_years``."""

    year: int
    asked: float | None = Field(
        description="what the plan opens until then, as it counts it; null where nothing is"
    )
    new_sites: int
    capacity: float | None = Field(description="of all open places; null where none is known")
    served: float = Field(description="weight that is served")
    served_frac: float | None
    mean_cost: float | None = Field(description="of all demand that is reached, by weight")
    value: float | None = Field(description="what the model seeks; null where none is finite")
    bound: float | None = Field(description="what it cannot be better than")
    gap: float = Field(description="distance of both, a share")
    in_time: bool
    way: Literal["exact", "bounded"]


class CurvePoint(Outcome):
    """How much a number of new sites covers: a row of table ``facility_curve``."""

    new_sites: int
    coverage_frac: float
    bound_frac: float
    mean_cost: float | None


class FacilityAnswer(Outcome):
    """One case of ``[[facilities]]``."""

    id: str
    title: Text
    model: str
    unit: str = Field(description="of cost: min, m, km or cny")
    limit: tuple[float, ...] = Field(description="of cost; empty where there is none")
    weight_unit: str = Field(description="of demand")
    synthetic: bool = Field(description="whether a layer it reads is invented")
    waits_for: tuple[str, ...] = Field(description="layers the plan does not have")
    refused: Text | None = Field(description="why there is no answer; null where there is one")
    demand: int = Field(0, description="demand places")
    weight: float = Field(0.0, description="of all that asks")
    states: dict[str, int] = Field(
        default_factory=dict, description="state of demand in the last year -> places"
    )
    weights: dict[str, float] = Field(default_factory=dict, description="the same by weight")
    existing: int = 0
    candidates: int = Field(0, description="places that may be opened")
    excluded: int = Field(0, description="candidates the rules exclude")
    closable: int = Field(0, description="existing places that may close, each alone")
    years: tuple[FacilityYear, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    enough: int | None = Field(None, description="new sites after which no more is covered")
    cost_p50: float | None = Field(None, description="half of the weight is nearer")
    cost_p90: float | None = Field(None, description="nine tenths of it are")
    gini: float | None = Field(None, description="of cost over weight; 0 is equal for all")
    direct_frac: float | None = Field(
        None, description="of pairs of places, by bus without a change"
    )
    one_change_frac: float | None = Field(None, description="the same, with one at most")
    pc: float | None = Field(None, description="probability of connectivity, of the county")
    targets: tuple[str, ...] = ()
    against: tuple[Text, ...] = Field((), description="each target, and what is lacking to it")
    quote: str = Field("", description="words of the plan that ask for the case")
    note: Text | None = Field(None, description="of the plan's author")
    factor: Origin | None = Field(None, description="source of what turns weight into demand")
    sentence: Text | None = None


class FacilitiesPart(Outcome):
    """The step's part of ``summary.json``."""

    facilities: tuple[FacilityAnswer, ...]
