"""What the page asks of the local web app, and what it answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from geoplan.serve.scenario import Change
from geoplan.serve.sites import SiteChange
from layers.plain_json import JsonObject
from layers.spec import Frozen
from siting.screen.section import ScenarioName

__all__ = [
    "MovedRule",
    "RebaseRequest",
    "RuleRow",
    "RulesAnswer",
    "SaveRequest",
    "SessionId",
    "Tech",
    "WhatIfAnswer",
    "WhatIfRequest",
]

Tech = Annotated[str, Field(pattern=r"^[a-z]{2,12}$")]
SessionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")]


class WhatIfRequest(Frozen):
    """Rules moved, and weights of the site ranking."""

    session: SessionId
    tech: Tech
    changes: tuple[Change, ...] = Field(default=(), max_length=100)
    weights: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)


class RebaseRequest(Frozen):
    """Make the changes, or another scenario, what the session starts from."""

    session: SessionId
    tech: Tech
    changes: tuple[Change, ...] = Field(default=(), max_length=100)
    scenario: ScenarioName | None = None


class SaveRequest(Frozen):
    """What is on the screen, to save under a name."""

    session: SessionId
    tech: Tech
    changes: tuple[Change, ...] = Field(default=(), max_length=100)
    name: Annotated[str, Field(max_length=60)]
    weights: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)


class RuleRow(TypedDict, total=False):
    """A rule as the page lists it; a distance or a limit that moves, a kind that is no law."""

    id: str
    title: dict[str, str]
    kind: str
    no_law: str
    effect: str
    citation: dict[str, str]
    law: dict[str, list[str]]
    distance_m: float
    limit: float
    unit: dict[str, str]
    bounds: list[float]


class MovedRule(TypedDict):
    """Land a moved rule hits."""

    id: str
    before_ha: float
    after_ha: float


class RulesAnswer(TypedDict):
    """Rules of a use, the land they leave, and what its layers are worth."""

    rules: list[RuleRow]
    area_ha: dict[str, float]
    frozen: list[dict[str, object]]
    changes: list[dict[str, object]]
    bounds: tuple[float, float, float, float]
    mu_per_mw: float
    warnings: list[JsonObject]


class WhatIfAnswer(TypedDict, total=False):
    """Land, and sites where there is a run, before and after a change."""

    before_ha: dict[str, float]
    after_ha: dict[str, float]
    moved: list[MovedRule]
    sites: list[SiteChange]
    capacity: dict[str, dict[str, str]]
    capacity_of: str
    warnings: list[JsonObject]
    ms: int
