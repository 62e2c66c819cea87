"""How a target ends: met, not met, uncertain, or not judged and why.

Every entry of ``[[targets]]`` becomes exactly one `TargetAnswer`; command line, map, report,
workbook and JSON show nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from gis.say import LANGS, in_lang, listed, plan_key_of, say
from layers.answers.figure import Comparison, gap_unit, unit_title
from layers.answers.shown import figure_words
from layers.plan.target import Target
from layers.relation import Symbol, missing, relation
from layers.spec import Outcome, Text
from layers.units import MU_PER_HA

__all__ = ["CaliberAnswer", "Ending", "TargetAnswer", "Words", "answered", "unanswered"]

Ending = Literal["met", "not_met", "uncertain", "not_judged"]
_ENDINGS: dict[bool | str | None, Ending] = {
    True: "met",
    False: "not_met",
    "uncertain": "uncertain",
    None: "not_judged",
}
Say = Callable[[str], str]


class Words(Outcome):
    """Words in both languages; empty where there are none."""

    zh: str = ""
    en: str = ""

    def __call__(self, lang: str) -> str:
        """The words in `lang` (``"zh"`` or ``"en"``)."""
        return self.zh if lang == "zh" else self.en


class CaliberAnswer(Outcome):
    """The same target in one of several calibers."""

    caliber: str = Field(description="definition")
    title: Words = Field(description="the definition in words")
    value: float | None = Field(description="in the target's unit")
    answer: Ending = Field(description="how the target ends in this caliber")


class TargetAnswer(Outcome):
    """One target of the plan, answered."""

    id: str = Field(description="target")
    indicator: str = Field(description="what is counted")
    title: Words = Field(description="title of the target")
    answer: Ending = Field(description="met, not_met, uncertain or not_judged")
    reason: Words = Field(description="why it is uncertain or not judged; else empty")
    closes: Words = Field(description="what would close the gap or settle it; empty where met")
    responsible: Words = Field(description="who answers for it; empty where the plan is silent")
    section: str = Field(description="section of the plan text")
    quote: str = Field(description="its words")
    source_step: str = Field(description="how well the plan's words were read")
    plan_key: str = Field("", description="key of the plan that settles it; empty where none")
    year: int = Field(description="until when")
    relation: Symbol = Field(description="how the value should stand to the target")
    target: float = Field(description="what the plan asks for, in `unit`")
    unit: str = Field(description="unit as the plan writes it")
    unit_title: Words = Field(description="the unit in both languages")
    value: float | None = Field(description="what there is, in `unit`")
    low: float | None = Field(description="lower end: of the interval or of calibers")
    high: float | None = Field(description="upper end, likewise")
    gap: float | None = Field(description="what is still missing in `unit`; 0 where met")
    gap_ha: float | None = Field(description="the same as land [ha]; null for others")
    numerator: float | None = Field(description="of a share, in `numerator_unit`")
    denominator: float | None = Field(description="of a share")
    numerator_unit: str = Field(description="their unit; empty where they are counted")
    data_year: int = Field(description="date of the data; 0 when not known")
    year_note: Words = Field(description="how the data stand to the year; empty where equal")
    caliber: str = Field(description="definition; empty where there is one")
    caliber_title: Words = Field(description="the definition in words")
    caliber_meant: bool = Field(description="whether the plan says that it means this one")
    caliber_reason: Words = Field(description="why, in the plan's words")
    calibers: tuple[CaliberAnswer, ...] = Field((), description="all, where they decide")
    quality: str = Field(description="official, measured, ledger, proxy, not_estimated")
    source: str = Field(description="data")
    note: Words = Field(description="what has to be known of the figure")


def _words(value: str | Text | Say | None) -> Words:
    if value is None:
        return Words()
    if isinstance(value, str) and not callable(value):
        return Words(zh=value, en=value)
    return Words(zh=value("zh"), en=value("en"))


def _joined(parts: Sequence[Say]) -> Words:
    said = {lang: [p(lang) for p in parts if p(lang)] for lang in LANGS}
    return Words(zh="；".join(said["zh"]), en="; ".join(said["en"]))


def _year_note(target: Target, data_year: int, today: int) -> Say | None:
    """How the date of the data stands to the year of the target."""
    if not data_year:
        return say("layers.answers.year_unknown")
    years = {"data": str(data_year), "year": str(target.year)}
    if data_year > target.year:
        return say("layers.answers.data_later", n=data_year - target.year, **years)
    if data_year == target.year:
        return None
    key = "data_before_due" if target.year > today else "data_earlier"
    return say(f"layers.answers.{key}", n=target.year - data_year, **years)


def _reason(c: Comparison) -> Say | None:
    i, t = c.indicator, c.target
    if c.met is None:
        return i.note or say("layers.answers.no_value")
    if c.met != "uncertain":
        return None
    if not c.meant and len({o.met for o in c.calibers}) > 1:
        return say("layers.answers.calibers_disagree")
    ends = [i.value, *(e for e in (i.low, i.high) if not math.isnan(e))]
    low, high = (figure_words(e, t.unit, target=t.value)[0] for e in (min(ends), max(ends)))
    target, unit = figure_words(t.value, t.unit, target=t.value)
    return say(
        "layers.answers.interval_straddles", low=low, high=high, target=target, unit=unit
    )


def _closes(c: Comparison, short: float) -> list[Say]:
    """What follows from the figures alone; the indicator adds what it knows."""
    t = c.target
    if c.met is True:
        return []
    if c.met is None:
        return [say("layers.answers.closes_by_input")]
    if c.met == "uncertain" and not short > 0:
        key = "closes_by_caliber" if not c.meant else "closes_by_data"
        return [say(f"layers.answers.{key}")]
    sense = relation(t.relation).sense
    more = c.indicator.value < t.value if sense == 0 else sense > 0
    word = say(f"layers.answers.{'raise' if more else 'lower'}")
    gap, unit = figure_words(short, t.unit, unit_title=gap_unit(t.unit))
    if math.isfinite(c.gap_ha):
        land_ha = abs(c.gap_ha)
        way = say(
            "layers.answers.closes_land",
            how=word,
            gap=gap,
            unit=unit,
            ha=land_ha,
            mu=land_ha * MU_PER_HA,
        )
    else:
        way = say("layers.answers.closes_figure", how=word, gap=gap, unit=unit)
    caliber = c.indicator.caliber_title
    if c.meant or len(c.calibers) < 2 or caliber is None:
        return [way]
    # what lacks by one caliber is not what lacks by another
    return [say("layers.answers.closes_in_caliber", way=way, caliber=caliber)]


def answered(
    c: Comparison, *, today: int, closes: Sequence[Say] = (), why: Say | None = None
) -> TargetAnswer:
    """The answer a comparison gives.

    Parameters
    ----------
    c : Comparison
    today : int
        Year of the plan's day: a target of a later year is not due yet.
    closes : sequence of sentences
        What the indicator knows beyond the gap itself; left out where the target is met.
    why : sentence, optional
        Why there is no figure; the key of the plan beside it is kept.
    """
    i, t = c.indicator, c.target
    short = missing(i.value, t.relation, t.value)
    known = not math.isnan(i.value)
    ways = [*_closes(c, short), *(() if c.met is True else closes)]
    return TargetAnswer(
        **_of_plan(t),
        answer=_ENDINGS[c.met],
        reason=_words(_reason(c)),
        closes=_joined(ways),
        plan_key=c.plan_key or plan_key_of(listed([_reason(c) or "", why or "", *ways])),
        value=i.value,
        low=i.low,
        high=i.high,
        gap=short,
        gap_ha=abs(c.gap_ha) if short > 0 else 0.0 if math.isfinite(c.gap_ha) else math.nan,
        numerator=i.numerator,
        denominator=i.denominator,
        numerator_unit=i.numerator_unit,
        data_year=i.year,
        year_note=_words(_year_note(t, i.year, today) if known else None),
        caliber=i.caliber,
        caliber_title=_words(i.caliber_title or i.caliber or None),
        caliber_meant=c.meant,
        calibers=tuple(
            CaliberAnswer(
                caliber=o.indicator.caliber,
                title=_words(o.indicator.caliber_title or o.indicator.caliber),
                value=o.indicator.value,
                answer=_ENDINGS[o.met],
            )
            for o in c.calibers
        ),
        quality=i.quality,
        source=i.source,
        note=_words(i.note if known else None),
    )


def _of_plan(t: Target) -> Mapping[str, Any]:
    """What an answer repeats of its target, however it ends."""
    return {
        "id": t.id,
        "indicator": t.indicator,
        "title": _words(t.title),
        "responsible": _words(t.responsible or None),
        "section": t.section,
        "quote": t.quote,
        "source_step": t.source_step,
        "year": t.year,
        "relation": t.relation,
        "target": t.value,
        "unit": t.unit,
        "unit_title": _words(unit_title(t.unit)),
        "caliber_reason": Words(**{x: in_lang(t.caliber_reason, x) for x in LANGS}),
    }


def unanswered(target: Target, why: Say) -> TargetAnswer:
    """A target nothing was computed for, and why.

    Parameters
    ----------
    target : Target
    why : sentence
    """
    t = target
    return TargetAnswer(
        **_of_plan(t),
        answer="not_judged",
        reason=_words(why),
        closes=_words(say("layers.answers.closes_by_input")),
        value=math.nan,
        low=math.nan,
        high=math.nan,
        gap=math.nan,
        gap_ha=math.nan,
        numerator=math.nan,
        denominator=math.nan,
        numerator_unit="",
        data_year=0,
        year_note=Words(),
        caliber=t.caliber,
        caliber_title=_words(t.caliber or None),
        caliber_meant=bool(t.caliber),
        quality="not_estimated",
        source="",
        note=Words(),
    )
