"""Something to know or to hand in: never a mask."""

from __future__ import annotations

from typing import Literal

from layers.spec import Text
from siting.rules.conditions.base import RuleTest

__all__ = ["Note"]


class Note(RuleTest):
    """Something to know or to hand in; never a mask."""

    type: Literal["note"] = "note"
    about: Text

    def words(self, lang: str) -> str:
        """See `RuleTest`."""
        return self.about(lang)
