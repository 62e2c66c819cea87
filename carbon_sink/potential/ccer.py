"""Screen of a candidate against CCER-14-001-V01 (afforestation), with the reason of each check.

The text of the method was read; its parameter annex was not, so no removal is computed by
it here. A check that cannot be judged stays unknown: it is never passed in silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gis.say import say
from layers.spec import Text, text_of

__all__ = ["CcerCheck", "CcerFacts", "ccer_screen", "verdict"]

Answer = Literal["pass", "fail", "unknown"]
MIN_AREA_M2 = 400.0
MIN_AREA_BEFORE_2019_M2 = 667.0
MIN_NON_FOREST_YEARS = 3
MAX_CLEARING_FRAC = 0.20
_WET = frozenset({"wetland", "water"})


@dataclass(frozen=True)
class CcerFacts:
    """What is known of a candidate.

    Attributes
    ----------
    area_m2
        Of one contiguous piece [m2].
    group, ecosystem, dlbm
        Of the land today.
    planting
        arbor, bamboo or shrub; ``other`` for grass, wetland, orchard.
    passage_or_town
        Passage greening, or greening of a town, village, mine or park.
    non_forest_years
        Years without forest before planting; None when unknown.
    planned_land
        Whether it is planned afforestation land; None when unknown.
    clearing_frac
        Share of the area from which shrubs or trees would be removed; None when unknown.
    started
        Year of planting.
    """

    area_m2: float
    group: str
    ecosystem: str
    dlbm: str
    planting: Literal["arbor", "bamboo", "shrub", "other"]
    passage_or_town: bool = False
    non_forest_years: int | None = None
    planned_land: bool | None = None
    clearing_frac: float | None = None
    started: int = 2026


@dataclass(frozen=True)
class CcerCheck:
    """One condition of the method."""

    id: str
    title: Text
    answer: Answer
    reason: Text


def _check(key: str, answer: Answer, why: str, **values: object) -> CcerCheck:
    """A condition with its reason, both from ``text/ccer.toml``."""
    least = {"least_m2": values.pop("least_m2")} if "least_m2" in values else {}
    return CcerCheck(
        key,
        text_of(say(f"carbon_sink.ccer.{key}_title", **least)),
        answer,
        text_of(say(f"carbon_sink.ccer.{key}_{why}", **values)),
    )


def _known(value: bool | None) -> Answer:  # noqa: FBT001 - the value judged
    return "unknown" if value is None else "pass" if value else "fail"


def ccer_screen(facts: CcerFacts) -> tuple[CcerCheck, ...]:
    """Every condition with its answer and reason.

    Returns
    -------
    tuple of CcerCheck

    References
    ----------
    CCER-14-001-V01 温室气体自愿减排项目方法学 造林碳汇, conditions of application.

    Examples
    --------
    Farmland returned to wetland at a river is never a CCER afforestation project.

    >>> f = CcerFacts(5e4, "wetland", "floodplain", "1106", "other")
    >>> sorted(c.id for c in ccer_screen(f) if c.answer == "fail")
    ['not_wetland', 'planting']
    """
    f = facts
    least = MIN_AREA_M2 if f.started > 2019 else MIN_AREA_BEFORE_2019_M2
    small = f.area_m2 < least
    years = None if f.non_forest_years is None else f.non_forest_years >= MIN_NON_FOREST_YEARS
    if f.ecosystem == "forest_arbor":
        years = False
    clearing = f.clearing_frac
    if clearing is None and f.ecosystem == "shrubland":
        clearing = 1.0
    clear: Answer = _known(None if clearing is None else clearing <= MAX_CLEARING_FRAC)
    greening = f.passage_or_town or f.group in {"built", "mine", "urban_green", "transport"}
    planting = say(f"carbon_sink.ccer.kind_{f.planting}")
    excluded = f.planting == "other"
    history = "not_given" if years is None else "given"
    return (
        _check(
            "planting",
            "fail" if excluded or f.ecosystem == "orchard" else "pass",
            "outside" if excluded else "inside",
            **({} if excluded else {"planting": planting}),
        ),
        _check("greening", "fail" if greening else "pass", "is" if greening else "is_not"),
        _check(
            "non_forest",
            _known(years),
            history,
            **({} if years is None else {"dlbm": f.dlbm, "years": f.non_forest_years or 0}),
        ),
        _check(
            "planned",
            _known(f.planned_land),
            "not_given" if f.planned_land is None else "given",
        ),
        _check(
            "area", "fail" if small else "pass", "reason", least_m2=least, area_m2=f.area_m2
        ),
        _check("not_wetland", "fail" if f.group in _WET else "pass", "today", dlbm=f.dlbm),
        _check(
            "clearing",
            clear,
            "not_given" if clearing is None else "given",
            **({} if clearing is None else {"clearing": clearing}),
        ),
        _check(
            "no_reversion",
            "fail" if f.dlbm.endswith("K") else "pass",
            "adjustable" if f.dlbm.endswith("K") else "not_adjustable",
        ),
    )


def verdict(checks: Sequence[CcerCheck]) -> Answer:
    """Fail when any check fails, else unknown when any is unknown, else pass.

    Examples
    --------
    >>> f = CcerFacts(5e4, "unused", "sand", "1205", "shrub", non_forest_years=10,
    ...               planned_land=True, clearing_frac=0.0)
    >>> verdict(ccer_screen(f))
    'pass'
    """
    answers = {c.answer for c in checks}
    return "fail" if "fail" in answers else "unknown" if "unknown" in answers else "pass"
