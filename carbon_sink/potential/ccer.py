"""Screen of a candidate against CCER-14-001-V01 (afforestation), with the reason of each check.

The text of the method was read; its parameter annex was not, so no removal is computed by
it here. A check that cannot be judged stays unknown: it is never passed in silence. Thresholds
and grounds for a waiver stand in ``data/ccer.toml`` with the text they are from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from gis.say import say
from gis.toml import read_toml
from layers.numbers import Count, Positive, Share
from layers.spec import Frozen, Text, text_of

__all__ = [
    "CcerCheck",
    "CcerFacts",
    "Monitored",
    "Waiver",
    "area_check",
    "ccer_method",
    "ccer_screen",
    "verdict",
    "waived_by",
]

Answer = Literal["pass", "fail", "unknown"]
_AREA_RULE_UNTIL = 2019


class MethodText(Frozen):
    """Which method, and where its words were read."""

    id: str
    title: Text
    source: str
    date: str
    quality: str


class Limits(Frozen):
    """Thresholds of the conditions of application."""

    least_area_m2: Positive
    least_area_until_2019_m2: Positive
    non_forest_years: Count
    cleared_frac: Share


class Waiver(Frozen):
    """A ground on which additionality need not be shown."""

    id: Literal["rain", "key_zone", "welfare_forest"]
    less_than_mm: Positive | None = None
    title: Text
    reference: Text
    source: str
    date: str
    quality: str


class Monitored(Frozen):
    """Something a monitoring plan has to hold."""

    id: str
    title: Text
    unit: str
    how: Text
    why: Text


class CcerMethod(Frozen):
    """The method as data."""

    method: MethodText
    limits: Limits
    waiver: tuple[Waiver, ...]
    monitor: tuple[Monitored, ...]


@cache
def ccer_method() -> CcerMethod:
    """Conditions, grounds for a waiver and what to monitor, each with its source.

    Examples
    --------
    >>> [w.less_than_mm for w in ccer_method().waiver if w.id == "rain"]
    [400.0]
    """
    return CcerMethod.model_validate(read_toml("carbon_sink", "data/ccer.toml"))


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
    rain_mm
        Rain a year [mm]; None when unknown.
    key_zone, welfare_forest
        Whether it lies in a national key ecological zone, and is public-welfare forest; None
        when unknown.
    tenure
        Whether title to the land is clear; None when unknown.
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
    rain_mm: float | None = None
    key_zone: bool | None = None
    welfare_forest: bool | None = None
    tenure: bool | None = None


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


def waived_by(facts: CcerFacts) -> Waiver | None:
    """The first ground on which additionality need not be shown; None where none holds.

    Examples
    --------
    180 mm of rain are under 400; 400 are not.

    >>> dry = CcerFacts(5e4, "unused", "sand", "1205", "shrub", rain_mm=180.0)
    >>> waived_by(dry).id
    'rain'
    >>> from dataclasses import replace
    >>> waived_by(replace(dry, rain_mm=400.0)) is None
    True
    """
    for ground in ccer_method().waiver:
        if ground.id == "rain":
            least = ground.less_than_mm
            holds = None not in (facts.rain_mm, least) and facts.rain_mm < least  # type: ignore[operator]
        else:
            own = facts.key_zone if ground.id == "key_zone" else facts.welfare_forest
            holds = own is True
        if holds:
            return ground
    return None


def _additionality(facts: CcerFacts) -> CcerCheck:
    ground = waived_by(facts)
    if ground is None:
        return _check("additionality", "unknown", "to_show")
    rain = {"rain": facts.rain_mm} if ground.id == "rain" else {}
    return _check(
        "additionality",
        "pass",
        "waived_rain" if rain else "waived",
        ground=ground.title,
        source=ground.source,
        **rain,
    )


def area_check(facts: CcerFacts) -> CcerCheck:
    """The condition on the area of one piece, which no two candidates answer alike."""
    limits = ccer_method().limits
    late = facts.started > _AREA_RULE_UNTIL
    least = limits.least_area_m2 if late else limits.least_area_until_2019_m2
    small = facts.area_m2 < least
    return _check(
        "area", "fail" if small else "pass", "reason", least_m2=least, area_m2=facts.area_m2
    )


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
    limits = ccer_method().limits
    years = (
        None if f.non_forest_years is None else f.non_forest_years >= limits.non_forest_years
    )
    if f.ecosystem == "forest_arbor":
        years = False
    clearing = f.clearing_frac
    if clearing is None and f.ecosystem == "shrubland":
        clearing = 1.0
    clear: Answer = _known(None if clearing is None else clearing <= limits.cleared_frac)
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
        area_check(f),
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
        _check("tenure", _known(f.tenure), "not_given" if f.tenure is None else "given"),
        _additionality(f),
    )


def verdict(checks: Sequence[CcerCheck]) -> Answer:
    """Fail when any check fails, else unknown when any is unknown, else pass.

    Examples
    --------
    >>> f = CcerFacts(5e4, "unused", "sand", "1205", "shrub", non_forest_years=10,
    ...               planned_land=True, clearing_frac=0.0, rain_mm=180.0, tenure=True)
    >>> verdict(ccer_screen(f))
    'pass'
    """
    answers = {c.answer for c in checks}
    return "fail" if "fail" in answers else "unknown" if "unknown" in answers else "pass"
