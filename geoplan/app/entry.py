"""An entry of the plan as a page shows it: whether it changed meanwhile, what is said of it."""

from __future__ import annotations

import hashlib

from typing_extensions import TypedDict

from layers.plan.model import LayerSource

__all__ = ["EntryTold", "Words", "layer_mark", "mark_of"]

Words = dict[str, str]  # language -> text


class EntryTold(TypedDict):
    """What is said of an entry as it was filled in.

    Attributes
    ----------
    faults
        Field -> what is wrong with its answer.
    rest
        What is wrong beside the fields.
    told
        What may be meant otherwise.
    written
        Whether it stands in the plan now.
    """

    faults: dict[str, Words]
    rest: list[Words]
    told: list[Words]
    written: bool


def mark_of(entry: str) -> str:
    """What tells an entry, written out, from the same one after somebody changed it.

    Examples
    --------
    >>> mark_of("cell_m = 30") == mark_of("cell_m = 40")
    False
    """
    return hashlib.sha256(entry.encode()).hexdigest()[:16]


def layer_mark(source: LayerSource | None) -> str:
    """What tells an entry of the plan from the same one after somebody changed it."""
    return mark_of("" if source is None else source.model_dump_json())
