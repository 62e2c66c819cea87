"""The answers to the plan's targets as lines and as a table, for every door that shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gis.say import Sentence, say
from layers.answers.answer import Ending, TargetAnswer
from layers.answers.figure import gap_unit

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


def _number(value: float) -> str:
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def span_text(a: TargetAnswer) -> str:
    """Value with its interval, without the unit; empty where there is no value."""
    if a.value is None:
        return ""
    text = _number(a.value)
    if a.low is None and a.high is None:
        return text
    low, high = (a.value if e is None else e for e in (a.low, a.high))
    return f"{text} ({_number(low)}–{_number(high)})"


def target_text(a: TargetAnswer, lang: str) -> str:
    """Relation, value and unit the plan asks for."""
    return f"{SIGNS[a.relation]} {_number(a.target)} {a.unit_title(lang)}"


def gap_text(a: TargetAnswer, lang: str) -> str:
    """What is missing, of a share in percentage points; empty where nothing is."""
    if not a.gap:
        return ""
    unit = gap_unit(a.unit)
    return f"{_number(a.gap)} {unit.zh if lang == 'zh' else unit.en}"


def count_line(answers: Sequence[TargetAnswer]) -> Sentence:
    """How many targets end in which way."""
    found = Counter(a.answer for a in answers)
    return say("geoplan.targets.count", n=len(answers), **{k: found[k] for k in _ENDINGS})


def _parts(a: TargetAnswer, lang: str) -> Iterator[str]:
    value = span_text(a) or say("geoplan.targets.no_value")(lang)
    unit = a.unit_title(lang) if a.value is not None else ""
    yield say(
        "geoplan.targets.figures", value=f"{value} {unit}".strip(), target=target_text(a, lang)
    )(lang)
    if a.gap:
        yield say("geoplan.targets.gap", gap=gap_text(a, lang))(lang)
    if a.caliber:
        yield say("geoplan.targets.caliber", caliber=a.caliber_title(lang))(lang)
    for key, words in (
        ("reason", a.reason),
        ("note", a.note),
        ("year_note", a.year_note),
        ("closes", a.closes),
    ):
        if words(lang):
            yield say(f"geoplan.targets.{key}", words=words(lang))(lang)
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
        head = say("geoplan.targets.head", ending=word, title=a.title, year=str(a.year))(lang)
        if short:
            found = span_text(a)
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
