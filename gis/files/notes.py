"""What a reader did to the data or finds odd: facts that must reach the report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gis.say import Lang, say

__all__ = ["Note", "notes_of"]


@dataclass(frozen=True)
class Note:
    """One remark on a file that was read.

    Attributes
    ----------
    code
        Stable name of the remark, such as ``"encoding_guessed"``.
    where
        File and layer.
    text
        The remark in a sentence, in the language it is called with.
    figures
        Numbers in it, by name with unit suffix.
    """

    code: str
    where: str
    text: Callable[[Lang], str]
    figures: dict[str, float] = field(default_factory=dict)

    def __call__(self, lang: str) -> str:
        """The remark in ``"zh"`` or ``"en"``, with the file in front.

        Examples
        --------
        >>> Note("x", "a.shp", say("gis.system.ENOSPC"))("en")
        'a.shp: the disk is full'
        """
        return say("gis.say.at", where=self.where, what=self.text)(lang)


def notes_of(frame: Any) -> tuple[Note, ...]:  # noqa: ANN401
    """The notes that `gis.files.read.read_features` left on a frame.

    Examples
    --------
    >>> notes_of(object())
    ()
    """
    found = getattr(frame, "attrs", {}).get("notes", ())
    return tuple(n for n in found if isinstance(n, Note))
