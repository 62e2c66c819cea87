"""Words every product shares: states of land, technologies, kinds of rule."""

from __future__ import annotations

from collections.abc import Callable, Collection

from gis.say import Sentence, say, sentences

__all__ = [
    "RESTORATION",
    "STATES",
    "kind_word",
    "labelled",
    "state_word",
    "tech_word",
    "told_states",
]

STATES = ("left", "conditional", "provisional", "taken", "unknown")
"""States of land in the order of tables; provisional only where a plan tells it apart."""

RESTORATION = frozenset({"afforest", "wetland", "grass"})
"""Technologies for which nothing forbidding the land is all that screening can say."""


def labelled(label: Callable[[str], str], text: object) -> Sentence:
    """``label: text``, with the colon of the language.

    Examples
    --------
    >>> labelled(tech_word("pv"), "9 km²")("zh")
    '光伏：9 km²'
    """
    return say("geoplan.common.labelled", label=label, text=text)


def state_word(state: str, tech: str = "") -> Sentence:
    """The word for a state of land, as command line, map, report and workbook say it.

    Examples
    --------
    >>> state_word("left", "pv")("zh"), state_word("left", "grass")("zh")
    ('可用', '未禁止')
    """
    if state == "outside":
        return say("geoplan.common.outside")
    table = "state_restoration" if tech in RESTORATION else "state"
    return say(f"layers.words.{table}.{state}")


def told_states(area: Collection[str]) -> tuple[str, ...]:
    """States to be shown, of those a run has.

    Examples
    --------
    >>> told_states({"left": 1.0, "conditional": 0.0, "taken": 2.0, "unknown": 0.0})
    ('left', 'conditional', 'taken', 'unknown')
    """
    return tuple(s for s in STATES if s in area)


def tech_word(tech: str) -> Sentence:
    """The name of a technology; its id where the glossary does not know it.

    Examples
    --------
    >>> tech_word("pv")("zh"), tech_word("tidal")
    ('光伏', 'tidal')
    """
    key = f"geoplan.common.tech.{tech}"
    return say(key) if key in sentences("geoplan") else say("geoplan.common.as_it_is", it=tech)


def kind_word(kind: str) -> Sentence:
    """The word for a kind of rule.

    Examples
    --------
    >>> kind_word("hard")("en")
    'Forbidden'
    """
    return say(f"layers.words.kind.{kind}")
