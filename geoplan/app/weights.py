"""Preferences by pairwise comparison: weights and their consistency while they are chosen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from geoplan.app.edit import alone, changed_plan, refuse_changed
from geoplan.app.entry import Words, mark_of
from geoplan.app.messages import Mark
from geoplan.app.workspace import Project
from geoplan.plan_file import load_plan
from gis.errors import ConfigError, ModelError
from gis.say import say
from layers.plan.model import Plan
from layers.spec import Frozen
from siting.screen.section import ScreeningSection
from siting.sites.ahp import ahp_weights, pairwise_matrix
from siting.sites.preference import Criterion, PreferenceSection, criteria_of

__all__ = ["PreferenceView", "WeightsAsked", "preference_view", "save_pairs", "weighed"]

_T = "geoplan.app"


class WeightsAsked(Frozen):
    """Comparisons, as ``"slope/connection" = "3"``; none for equal weights.

    Attributes
    ----------
    note
        Why comparisons that do not agree are taken all the same.
    mark
        Of the comparisons when they were shown.
    """

    pairs: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^[a-z_]{1,30}/[a-z_]{1,30}$")],
            Annotated[str, Field(pattern=r"^(1/)?[1-9]$")],
        ],
        Field(max_length=120),
    ] = Field(default_factory=dict)
    note: Annotated[str, Field(max_length=300)] = ""
    mark: Mark = ""


class Weighed(TypedDict):
    """Weights in the order of the criteria, and how far the comparisons agree.

    Attributes
    ----------
    worst
        Titles of the two criteria whose comparison agrees least.
    """

    weights: list[float]
    ratio: float
    worst: list[Words]


class PreferenceView(TypedDict):
    """Criteria of the plan's uses, and what is said of their pairs."""

    criteria: list[dict[str, str]]
    pairs: dict[str, str]
    note: str
    mark: str


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
        "note": section.note,
        "mark": _mark(section),
    }


def _mark(section: PreferenceSection) -> str:
    """What tells preferences from those somebody changed meanwhile."""
    return mark_of(section.model_dump_json())


def weighed(plan: Plan, asked: WeightsAsked) -> Weighed:
    """Weights of comparisons, also of some that do not agree.

    Raises
    ------
    ConfigError
        When pairs are missing or not of criteria.
    """
    criteria = {c.id: c.title for c in _criteria(plan)}
    names = list(criteria)
    # a note is what makes a ratio above the limit be told and not refused
    found = ahp_weights(pairwise_matrix(names, dict(asked.pairs)), names, note="-")
    return {
        "weights": [float(w) for w in found.weights],
        "ratio": float(found.consistency_ratio),
        "worst": [criteria[i].model_dump() for i in found.worst[:2]],
    }


@alone
def save_pairs(project: Project, asked: WeightsAsked) -> None:
    """Write the comparisons into the plan; without any, weights are equal again.

    Raises
    ------
    ConfigError
        When pairs are missing, they disagree too much without a reason, or somebody changed
        them meanwhile.
    """
    plan = load_plan(project.plan)
    section, note = plan.section(PreferenceSection), asked.note.strip()
    refuse_changed(changed=bool(asked.mark) and asked.mark != _mark(section))
    if asked.pairs:
        _refuse_contradiction(plan, asked, note)
    numbers = {k: int(v) if "/" not in v else v for k, v in asked.pairs.items()}
    changes: dict[str, object] = {"preference.pairwise": numbers or None}
    changes["preference.note"] = (note if asked.pairs else "") or None
    if section.weights:
        changes["preference.weights"] = None
    changed_plan(project, changes)


def _refuse_contradiction(plan: Plan, asked: WeightsAsked, note: str) -> None:
    """Comparisons that contradict each other need a reason; they are called by their titles."""
    criteria = {c.id: c.title for c in _criteria(plan)}
    try:
        ahp_weights(
            pairwise_matrix(list(criteria), dict(asked.pairs)), list(criteria), note=note
        )
    except ModelError as err:
        fault = err.faults[0]
        pair = str(fault.where).removeprefix("AHP ").split("/")
        if not set(pair) <= set(criteria):
            raise
        first, second = (criteria[i] for i in pair)
        raise ConfigError(
            fault.what,
            where=say(f"{_T}.pair_named", first=first, second=second),
            got=fault.got,
            expected=fault.expected,
            todo=say(f"{_T}.revise_or_reason"),
        ) from err
