"""What a reader did to the data or finds odd: facts that must reach the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    zh, en
        The remark in a sentence.
    figures
        Numbers in it, by name with unit suffix.
    """

    code: str
    where: str
    zh: str
    en: str
    figures: dict[str, float] = field(default_factory=dict)

    def __call__(self, lang: str) -> str:
        """The remark in ``"zh"`` or ``"en"``, with the file in front.

        Examples
        --------
        >>> Note("x", "a.shp", "空", "empty")("en")
        'a.shp: empty'
        """
        return f"{self.where}: {self.zh if lang == 'zh' else self.en}"


def notes_of(frame: Any) -> tuple[Note, ...]:  # noqa: ANN401
    """The notes that `gis.files.read.read_features` left on a frame.

    Examples
    --------
    >>> notes_of(object())
    ()
    """
    found = getattr(frame, "attrs", {}).get("notes", ())
    return tuple(n for n in found if isinstance(n, Note))
