"""Sentences in both languages as JSON and back: key and values, filled again when read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gis.say import Listed, Sentence, listed
from layers.result import Warn
from layers.spec import Text

__all__ = ["UnwritableError", "from_json", "to_words", "warn_from", "warn_to"]

Json = dict[str, Any]


class UnwritableError(TypeError):
    """A value no sentence is filled with that is read back as it was."""


def to_words(value: Any) -> Any:  # noqa: ANN401 - whatever a sentence is filled with
    """A value of a sentence as JSON.

    Raises
    ------
    UnwritableError
        For anything that would not come back as it is.

    Examples
    --------
    >>> from gis.say import say
    >>> from_json(to_words(say("gis.say.got", value=3)))("zh")
    '实际为 3'
    """
    if isinstance(value, Sentence):
        return {"say": value.key, "with": {k: to_words(v) for k, v in value.values.items()}}
    if isinstance(value, Listed):
        return {"row": [to_words(v) for v in value.items]}
    if isinstance(value, Text):
        return {"text": {"zh": value.zh, "en": value.en}}
    if isinstance(value, Path):
        return str(value)
    if value is None or type(value) in (str, bool, int, float):
        return value
    if hasattr(value, "item") and type(value.item()) in (bool, int, float):
        return value.item()  # a number of an array
    raise UnwritableError(type(value).__name__)


def from_json(value: Any) -> Any:  # noqa: ANN401
    """What `to_words` wrote."""
    if not isinstance(value, dict):
        return value
    if "say" in value:
        return Sentence(value["say"], {k: from_json(v) for k, v in value["with"].items()})
    if "row" in value:
        return listed(from_json(v) for v in value["row"])
    return Text(**value["text"])


def warn_to(warn: Warn) -> Json:
    """A warning as JSON.

    Raises
    ------
    UnwritableError
        When its text would not come back as it is.
    """
    return {"code": warn.code, "where": to_words(warn.where), "text": to_words(warn.text)}


def warn_from(found: Json) -> Warn:
    """What `warn_to` wrote."""
    return Warn(found["code"], from_json(found["text"]), from_json(found["where"]))
