"""Preferences by pairwise comparison: weights and their consistency while they are chosen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from geoplan.app.edit import changed_plan
from geoplan.app.workspace import Project
from geoplan.plan_file import load_plan
from layers.plan.model import Plan
from layers.spec import Frozen
from siting.screen.section import ScreeningSection
from siting.sites.ahp import ahp_weights, pairwise_matrix
from siting.sites.preference import Criterion, PreferenceSection, criteria_of

__all__ = ["PreferenceView", "WeightsAsked", "preference_view", "save_pairs", "weighed"]

Words = dict[str, str]


class WeightsAsked(Frozen):
    """Comparisons, as ``"slope/connection" = "3"``; none for equal weights."""

    pairs: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^[a-z_]{1,30}/[a-z_]{1,30}$")],
            Annotated[str, Field(pattern=r"^(1/)?[1-9]$")],
        ],
        Field(max_length=120),
    ] = Field(default_factory=dict)


class Weighed(TypedDict):
    """Weights in the order of the criteria, and how far the comparisons agree."""

    weights: list[float]
    ratio: float
    worst: list[str]


class PreferenceView(TypedDict):
    """Criteria of the plan's uses, and what is said of their pairs."""

    criteria: list[dict[str, str]]
    pairs: dict[str, str]


def _criteria(plan: Plan) -> list[Criterion]:
    """Criteria every use of the plan that has sites knows: one table of pairs is for all."""
    techs = [t for t in plan.section(ScreeningSection).techs if criteria_of(t)]
    held = [{c.id for c in criteria_of(t)} for t in techs]
    common = set.intersection(*held) if held else set()
    return [c for c in criteria_of(techs[0]) if c.id in common] if techs else []


def preference_view(plan: Plan) -> PreferenceView:
    """What the page shows of a plan's preferences."""
    section = plan.section(PreferenceSection)
    pairs = {
        k: f"{v:g}" if isinstance(v, float) else str(v) for k, v in section.pairwise.items()
    }
    return {
        "criteria": [{"id": c.id, "zh": c.title.zh, "en": c.title.en} for c in _criteria(plan)],
        "pairs": pairs,
    }


def weighed(plan: Plan, asked: WeightsAsked) -> Weighed:
    """Weights of comparisons, also of some that do not agree.

    Raises
    ------
    ConfigError
        When pairs are missing or not of criteria.
    """
    names = [c.id for c in _criteria(plan)]
    # a note is what makes a ratio above the limit be told and not refused
    found = ahp_weights(pairwise_matrix(names, dict(asked.pairs)), names, note="-")
    return {
        "weights": [float(w) for w in found.weights],
        "ratio": float(found.consistency_ratio),
        "worst": list(found.worst[:2]),
    }


def save_pairs(project: Project, asked: WeightsAsked) -> None:
    """Write the comparisons into the plan; without any, weights are equal again.

    Raises
    ------
    ConfigError, ModelError
        When pairs are missing, or they disagree too much.
    """
    plan = load_plan(project.plan)
    if asked.pairs:
        names = [c.id for c in _criteria(plan)]
        ahp_weights(pairwise_matrix(names, dict(asked.pairs)), names)
    numbers = {k: int(v) if "/" not in v else v for k, v in asked.pairs.items()}
    changes: dict[str, object] = {"preference.pairwise": numbers or None}
    if plan.section(PreferenceSection).weights:
        changes["preference.weights"] = None
    changed_plan(project, changes)
