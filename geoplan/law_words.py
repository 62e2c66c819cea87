"""What page one says of the law: its day, the land that rests on open texts, what comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from geoplan.glossary import tech_word
from gis.cells.area import to_km2
from gis.say import Lang, Sentence, listed, say
from layers.result import Warn
from siting.rules.in_force import as_read
from siting.rules.words import step_word
from siting.screen.law_summary import change_warnings, unknown_warnings
from siting.screen.summary import LawLookUp, LawSummary

__all__ = [
    "FIRST",
    "law_ahead_lines",
    "law_headline",
    "law_statement",
    "look_up_lines",
    "validity_word",
]

FIRST = 5
"""Documents named on page one; all of them stand in the law section and the workbook."""

_HA_M2 = 10_000.0


def law_statement(tech: str, law: LawSummary) -> Sentence:
    """The day of the law, and how much land rests on texts that are not settled."""
    word = tech_word(tech)
    if not law.unsettled_ha:
        words = say("geoplan.common.law_rests_none", tech=word, day=law.as_of)
        return as_read(words, law.as_of)
    # without a text to look up it is defaults and practice the land rests on
    words = say(
        f"geoplan.common.{'law_rests' if law.first else 'law_rests_defaults'}",
        tech=word,
        day=law.as_of,
        area_km2=to_km2(law.unsettled_ha * _HA_M2),
    )
    return as_read(words, law.as_of)


def law_headline(tech: str, law: LawSummary) -> Sentence:
    """The same, with the document that moves most land."""
    statement = law_statement(tech, law)
    if not law.first:
        return statement
    return say(
        "geoplan.common.law_rests_first",
        statement=statement,
        document=law.first[0].name,
        first_km2=to_km2(law.first[0].moves_ha * _HA_M2),
    )


def validity_word(x: LawLookUp) -> Sentence:
    """Whether a document is known to be in force; a default or a practice has none."""
    key = f"validity.{x.validity}" if x.law else "no_document"
    return say(f"siting.rules.in_force.{key}")


def _look_up(x: LawLookUp) -> Sentence:
    return say(
        "geoplan.common.law_look_up",
        document=x.name,
        area_km2=to_km2(x.moves_ha * _HA_M2),
        step=step_word(x.source_step),
        validity=validity_word(x),
        rules=listed(x.rules),
    )


def look_up_lines(law: LawSummary) -> list[Sentence]:
    """The documents a lawyer must look up first, by the land they move."""
    return [_look_up(x) for x in law.first[:FIRST]]


def law_ahead_lines(tech: str, law: LawSummary) -> Iterator[Callable[[Lang], str]]:
    """Law of the day that is not known, and changes within the life of a project."""
    for warn in unknown_warnings(tech, law.unknown_rules, law.as_of, tech):
        yield _sentence(warn)
    for warn in change_warnings(tech, law.changes, tech):
        yield _sentence(warn)


def _sentence(warn: Warn) -> Callable[[Lang], str]:
    """A warning as a sentence of its own: the name of a technology begins it."""

    def said(lang: Lang) -> str:
        text = warn.text(lang)
        return text[:1].upper() + text[1:]

    return said
