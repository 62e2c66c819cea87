"""Words of the glossary that rules and their answers are told with."""

from __future__ import annotations

from gis.say import Sentence, say

__all__ = ["RESTORATION", "kind_word", "state_word", "step_word", "tech_word"]

RESTORATION = frozenset({"afforest", "wetland", "grass"})
"""Technologies for which nothing forbidding the land is all that screening can say."""


def state_word(state: str, tech: str = "") -> Sentence:
    """The word for a state of land.

    Examples
    --------
    >>> state_word("left", "pv")("zh"), state_word("left", "grass")("zh")
    ('可用', '未禁止')
    """
    table = "state_restoration" if tech in RESTORATION else "state"
    return say(f"layers.words.{table}.{state}")


def tech_word(tech: str) -> Sentence:
    """The name of a technology.

    Examples
    --------
    >>> tech_word("pv")("zh"), tech_word("grass")
    ('光伏', 'grassland restoration')
    """
    return say(f"siting.rules.tech.{tech}")


def kind_word(kind: str) -> Sentence:
    """The word for a kind of rule, as `Rule.shown_kind` names it.

    Examples
    --------
    >>> kind_word("hard")("zh")
    '禁止'
    """
    return say(f"layers.words.kind.{kind}")


def step_word(source_step: str) -> Sentence:
    """The word for how well a rule's text was read.

    Examples
    --------
    >>> step_word("mirror")("zh")
    '全文转载'
    """
    return say(f"layers.words.source_step.{source_step}")
