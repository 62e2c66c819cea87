"""The answers to the plan's targets as lines and as a table, for every door that shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gis.say import Sentence, say
from layers.answers.answer import Ending, TargetAnswer
from layers.answers.figure import gap_unit
from layers.answers.shown import figure_words
from layers.plan.target import year_after

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SIGNS",
    "answer_frame",
    "answer_lines",
    "count_line",
    "ending_word",
    "gap_text",
    "span_text",
    "target_text",
    "target_unit",
    "value_text",
]

SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}
"""How a relation is written for readers."""

_ENDINGS: tuple[Ending, ...] = ("met", "not_met", "uncertain", "not_judged")


def ending_word(ending: str) -> Sentence:
    """How a target ends, in words.

    Examples
    --------
    >>> ending_word("not_judged")("zh"), ending_word("met")("en")
    ('未判定', 'Met')
    """
    return say(f"layers.words.target.{ending}")


def _number(a: TargetAnswer, value: float, lang: str) -> str:
    return figure_words(value, a.unit, target=a.target)[0](lang)


def target_unit(a: TargetAnswer, lang: str) -> str:
    """The unit value and target are shown in."""
    return figure_words(a.target, a.unit, target=a.target)[1](lang)


def span_text(a: TargetAnswer, lang: str) -> str:
    """Value with its interval, without the unit; empty where there is no value."""
    if a.value is None:
        return ""
    text = _number(a, a.value, lang)
    if a.low is None and a.high is None:
        return text
    low, high = (a.value if e is None else e for e in (a.low, a.high))
    return f"{text} ({_number(a, low, lang)}–{_number(a, high, lang)})"


def value_text(a: TargetAnswer, lang: str) -> str:
    """Value with its interval and unit; empty where there is no value."""
    value = span_text(a, lang)
    return f"{value} {target_unit(a, lang)}" if value else ""


def target_text(a: TargetAnswer, lang: str) -> str:
    """Relation, value and unit the plan asks for."""
    return f"{SIGNS[a.relation]} {_number(a, a.target, lang)} {target_unit(a, lang)}"


def gap_text(a: TargetAnswer, lang: str) -> str:
    """What is missing, of a share in percentage points; empty where nothing is."""
    if not a.gap:
        return ""
    gap, unit = figure_words(a.gap, a.unit, unit_title=gap_unit(a.unit))
    return f"{gap(lang)} {unit(lang)}"


def count_line(answers: Sequence[TargetAnswer]) -> Sentence:
    """How many targets end in which way."""
    found = Counter(a.answer for a in answers)
    return say("geoplan.targets.count", n=len(answers), **{k: found[k] for k in _ENDINGS})


def _parts(a: TargetAnswer, lang: str) -> Iterator[str]:
    value = value_text(a, lang) or say("geoplan.targets.no_value")(lang)
    yield say("geoplan.targets.figures", value=value, target=target_text(a, lang))(lang)
    if a.gap:
        yield say("geoplan.targets.gap", gap=gap_text(a, lang))(lang)
    if a.caliber:
        yield say("geoplan.targets.caliber", caliber=a.caliber_title(lang))(lang)
    if a.caliber_reason(lang):
        why = a.caliber_reason(lang)
        yield say("geoplan.targets.caliber_reason", reason=why)(lang)
    for other in a.calibers:  # what the target would be by each, the one that counts among them
        value = say("geoplan.targets.no_value")(lang)
        if other.value is not None:
            value = f"{_number(a, other.value, lang)} {target_unit(a, lang)}"
        yield say(
            "geoplan.targets.by_caliber",
            caliber=other.title(lang),
            value=value,
            ending=ending_word(other.answer),
        )(lang)
    for key, words in (
        ("reason", a.reason),
        ("note", a.note),
        ("year_note", a.year_note),
        ("closes", a.closes),
    ):
        if words(lang):
            yield say(f"geoplan.targets.{key}", words=words(lang))(lang)
    if a.plan_key:
        yield say("geoplan.targets.plan_key", plan_key=a.plan_key)(lang)
    who = a.responsible(lang) or say("geoplan.targets.nobody_named")(lang)
    yield say("geoplan.targets.responsible", who=who)(lang)
    yield say("geoplan.targets.quoted", section=a.section, quote=a.quote)(lang)


def answer_lines(answers: Sequence[TargetAnswer], lang: str, *, short: bool) -> Iterator[str]:
    """The answers for a terminal.

    Parameters
    ----------
    answers : sequence of TargetAnswer
    lang : {"zh", "en"}
    short : bool
        One line a target; else with reason, way out, unit responsible and quote.
    """
    for a in answers:
        word = ending_word(a.answer)
        when = year_after(a.title, a.year)
        head = say("geoplan.targets.head", ending=word, title=a.title, when=when)(lang)
        if short:
            found = span_text(a, lang)
            numbers = f"{found} / {target_text(a, lang)}" if found else a.reason(lang)
            yield f"  {head} {numbers}"
            continue
        yield head
        yield from (f"    {part}" for part in _parts(a, lang))
    yield count_line(answers)(lang)


def answer_frame(answers: Sequence[TargetAnswer]) -> pd.DataFrame:
    """One row a target, words in both languages side by side, as tables hold them."""
    import pandas as pd  # heavy

    rows = []
    for a in answers:
        body = a.model_dump(exclude={"calibers"})
        row: dict[str, object] = {}
        for key, value in body.items():
            if isinstance(value, dict):
                name = {"caliber_title": "caliber", "unit_title": "unit"}.get(key, key)
                row |= {f"{name}_zh": value["zh"], f"{name}_en": value["en"]}
            else:
                row[key] = value
        rows.append(row)
    return pd.DataFrame(rows)
