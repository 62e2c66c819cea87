"""JSON in which every key stands once: of two values of one key nobody knows which is meant."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["TwiceError", "json_once"]


class TwiceError(ValueError):
    """An object has a key twice.

    Parameters
    ----------
    key : str
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def json_once(text: str | bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The value of a JSON text.

    Raises
    ------
    TwiceError
        Of the first object that has a key twice.
    ValueError
        What is no JSON, see `json.loads`.

    Examples
    --------
    >>> json_once('{"a": [1, {"b": 2}]}')
    {'a': [1, {'b': 2}]}
    >>> json_once('[{"id": 1, "id": 2}]')
    Traceback (most recent call last):
    gis.json_once.TwiceError: id
    """
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise TwiceError(key)
            seen.add(key)
    return found
