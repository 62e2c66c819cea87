"""A document as a sequence of blocks, written once and rendered as HTML or Word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from gis.files.plain_text import washed
from gis.say import Sentence, say

__all__ = ["Block", "Document", "Figure", "Heading", "Items", "PageBreak", "Paragraph", "Table"]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text.

    Attributes
    ----------
    kind
        ``"body"``, ``"note"`` (small print) or ``"banner"`` (what nobody may overlook).
    text
        ``{id}`` of a table or figure becomes a cross reference.
    """

    text: str
    kind: str = "body"


@dataclass(frozen=True)
class Items:
    """An unordered list."""

    texts: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A captioned table; headers are repeated on every page.

    Attributes
    ----------
    id
        For cross references, written ``{id}`` in a paragraph.
    numeric
        Indices of the columns that are set right-aligned.
    widths
        Relative column widths; equal when empty.
    """

    id: str
    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    widths: Sequence[float] = ()
    total_row: bool = False


@dataclass(frozen=True)
class Figure:
    """A captioned picture.

    Attributes
    ----------
    path
        PNG file (Word) beside which an SVG of the same stem may stand (HTML).
    alt
        What the picture shows, for those who do not see it.
    """

    id: str
    caption: str
    path: Path
    alt: str
    width_frac: float = 1.0


@dataclass(frozen=True)
class PageBreak:
    """What follows starts on a new page."""


Block = Heading | Paragraph | Items | Table | Figure | PageBreak


def numbered(kind: type[Table] | type[Figure], n: int) -> Sentence:
    """``Table 3``, ``图 2``.

    Examples
    --------
    >>> numbered(Table, 3)("en"), numbered(Figure, 2)("zh")
    ('Table 3', '图 2')
    """
    return say(f"geoplan.report.{'table' if kind is Table else 'figure'}_n", n=n)


def _plain(value: Any) -> Any:  # noqa: ANN401 - what a block holds
    """`value` with its texts washed, to the bottom."""
    if isinstance(value, str):
        return washed(value)
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Block):
        return replace(value, **{f.name: _plain(getattr(value, f.name)) for f in fields(value)})
    return value


@dataclass(frozen=True)
class Document:
    """A titled sequence of blocks in one language."""

    title: str
    subtitle: str
    lang: str
    footer: str
    blocks: Sequence[Block]

    def __post_init__(self) -> None:
        """Wash the texts: a township's name may hold what no document can."""
        for field in fields(self):
            object.__setattr__(self, field.name, _plain(getattr(self, field.name)))

    def numbers(self) -> dict[str, int]:
        """Number of each captioned block by id, tables and figures counted apart.

        Raises
        ------
        ValueError
            When an id is used twice.
        """
        found: dict[str, int] = {}
        count = {Table: 0, Figure: 0}
        for block in self.blocks:
            if isinstance(block, Table | Figure):
                if block.id in found:
                    raise ValueError(say("geoplan.faults.id_twice", id=block.id))
                count[type(block)] += 1
                found[block.id] = count[type(block)]
        return found

    def labels(self) -> dict[str, str]:
        """``"表 3"`` or ``"Figure 2"`` by id."""
        kinds = {b.id: type(b) for b in self.blocks if isinstance(b, Table | Figure)}
        return {key: numbered(kinds[key], n)(self.lang) for key, n in self.numbers().items()}
