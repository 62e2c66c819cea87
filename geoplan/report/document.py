"""A document as a sequence of blocks, written once and rendered as HTML or Word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from gis.files.plain_text import washed
from gis.say import Sentence, say

__all__ = [
    "Block",
    "Document",
    "Figure",
    "Heading",
    "Items",
    "PageBreak",
    "Paragraph",
    "Table",
    "capital",
    "headed",
    "paired",
    "told_columns",
]


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
    link
        A file or address the text names; where it stands in the text Word has a link to it.
    """

    text: str
    kind: str = "body"
    link: str = ""


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
    wide
        Those on a page across, where they differ.
    """

    id: str
    caption: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    widths: Sequence[float] = ()
    total_row: bool = False
    wide: Sequence[float] = ()


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


def _chinese(n: int) -> str:
    """Chinese numeral of a number below 100.

    Examples
    --------
    >>> _chinese(3), _chinese(10), _chinese(12), _chinese(20)
    ('三', '十', '十二', '二十')
    """
    zero_to_ten = say("geoplan.report.numerals")("zh")
    tens, ones = divmod(n, 10)
    if not tens:
        return zero_to_ten[n]
    return (
        (zero_to_ten[tens] if tens > 1 else "")
        + zero_to_ten[10]
        + (zero_to_ten[ones] if ones else "")
    )


_LOWER = re.compile(r"([a-z])[a-z]{2,}\b(?![-_./(])")
_NAMES = ("geoplan", "pvlib", "windpowerlib", "tce")


def capital(text: str) -> str:
    """An English text with a capital letter in front; units, names and code stay.

    Examples
    --------
    >>> capital("sites lack 3 MW"), capital("ha"), capital("pvlib for PV"), capital("PV: 2")
    ('Sites lack 3 MW', 'ha', 'pvlib for PV', 'PV: 2')
    """
    found = _LOWER.match(text)
    if found is None or found[0] in _NAMES:
        return text
    return text[0].upper() + text[1:]


def headed(blocks: Iterable[Block], lang: str, *, annex: bool = False) -> list[Block]:
    """The blocks with their headings numbered as official documents do.

    Parameters
    ----------
    blocks : iterable of Block
    lang : {"zh", "en"}
        GB/T 9704-2012 has Chinese numerals, in brackets on the second level; English has
        ``1`` and ``1.1``.
    annex : bool
        Chapters are those of an annex.

    Examples
    --------
    >>> [h.text for h in headed([Heading(1, "结论"), Heading(2, "土地")], "zh")]
    ['一、结论', '（一）土地']
    >>> [h.text for h in headed([Heading(1, "Sites"), Heading(2, "PV")], "en", annex=True)]
    ['Annex 1  Sites', 'A1.1  PV']
    """
    out: list[Block] = []
    first = second = 0
    kind = "annex" if annex else "body"
    for block in blocks:
        if not isinstance(block, Heading) or block.level > 2:
            out.append(block)
            continue
        first, second = (first + 1, 0) if block.level == 1 else (first, second + 1)
        plain = str(first) if block.level == 1 else f"{first}.{second}"
        number = _chinese(first if block.level == 1 else second) if lang == "zh" else plain
        told = capital(block.text) if lang == "en" else block.text
        text = say(f"geoplan.report.{kind}_{block.level}", number=number, text=told)
        out.append(replace(block, text=text(lang)))
    return out


def paired(table: Table) -> Table:
    """Two facts a row: half as high.

    Examples
    --------
    >>> paired(Table("a", "A", ["", ""], [["b", "1"], ["c", "2"], ["d", "3"]])).rows
    [['b', '1', 'c', '2'], ['d', '3', '', '']]
    """
    pairs = zip_longest(table.rows[::2], table.rows[1::2], fillvalue=("", ""))
    rows = [[*a, *b] for a, b in pairs]
    return replace(table, headers=[*table.headers] * 2, rows=rows, widths=(2, 3, 2, 3))


def told_columns(table: Table) -> Table:
    """The table without the columns in which every row has a dash.

    Examples
    --------
    >>> table = Table("a", "A", ["site", "zone", "MW"], [["b", "—", "1"], ["c", "—", "—"]],
    ...               frozenset({2}), (2, 3, 4))
    >>> told = told_columns(table)
    >>> told.headers, told.rows, sorted(told.numeric), told.widths
    (['site', 'MW'], [['b', '1'], ['c', '—']], [1], [2, 4])
    """
    kept = [j for j in range(len(table.headers)) if any(r[j] != "—" for r in table.rows)]
    return replace(
        table,
        headers=[table.headers[j] for j in kept],
        rows=[[row[j] for j in kept] for row in table.rows],
        numeric=frozenset(i for i, j in enumerate(kept) if j in table.numeric),
        widths=[table.widths[j] for j in kept] if table.widths else (),
        wide=[table.wide[j] for j in kept] if table.wide else (),
    )


def numbered(kind: type[Table] | type[Figure], n: int, *, annex: bool = False) -> Sentence:
    """``Table 3``, ``图 2``, in an annex ``Table A3``, ``附图 2``.

    Examples
    --------
    >>> numbered(Table, 3)("en"), numbered(Figure, 2)("zh")
    ('Table 3', '图 2')
    >>> numbered(Table, 3, annex=True)("zh")
    '附表 3'
    """
    name = ("annex_" if annex else "") + ("table" if kind is Table else "figure")
    return say(f"geoplan.report.{name}_n", n=n)


def _plain(value: Any) -> Any:  # noqa: ANN401 - what a block holds
    """`value` with its texts washed, to the bottom."""
    if isinstance(value, str):
        return washed(value)
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Block):
        return replace(value, **{f.name: _plain(getattr(value, f.name)) for f in fields(value)})
    return value


def _begun(block: Block) -> Block:
    """An English block whose sentences and heads begin with a capital letter."""
    if isinstance(block, Paragraph):
        return replace(block, text=capital(block.text))
    if isinstance(block, Items):
        return replace(block, texts=[capital(t) for t in block.texts])
    if isinstance(block, Table):
        return replace(block, headers=[capital(h) for h in block.headers])
    return block


@dataclass(frozen=True)
class Document:
    """A titled sequence of blocks in one language.

    Attributes
    ----------
    annex
        Blocks behind the body, with tables and figures numbered on their own; a Word file
        holds one of the two (`annex_part`), a page both.
    is_annex
        Whether the blocks are those of an annex.
    landscape
        Whether its pages lie on their side, for wide tables; those of an annex always do.
    elsewhere
        Labels of tables and figures of the other part, by id.
    """

    title: str
    subtitle: str
    lang: str
    footer: str
    blocks: Sequence[Block]
    annex: Sequence[Block] = ()
    is_annex: bool = False
    landscape: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Wash the texts: a township's name may hold what no document can."""
        for f in fields(self):
            object.__setattr__(self, f.name, _plain(getattr(self, f.name)))
        if self.lang == "en":
            for name in ("blocks", "annex"):
                begun = [_begun(b) for b in getattr(self, name)]
                object.__setattr__(self, name, begun)

    def annex_part(self) -> Document:
        """The annex as a document of its own."""
        return replace(
            self,
            title=f"{self.title} · {say('geoplan.report.annex')(self.lang)}",
            blocks=self.annex,
            annex=(),
            is_annex=True,
            elsewhere=_labels(self.blocks, self.lang, annex=False),
        )

    def numbers(self) -> dict[str, int]:
        """Number of each captioned block by id, tables and figures counted apart.

        Raises
        ------
        ValueError
            When an id is used twice.
        """
        _numbers([*self.blocks, *self.annex])  # an id names one thing in both
        return _numbers(self.blocks)

    def labels(self) -> dict[str, str]:
        """``"表 3"``, ``"Figure 2"`` or, of the annex, ``"附表 4"`` by id."""
        self.numbers()
        return {
            **self.elsewhere,
            **_labels(self.annex, self.lang, annex=True),
            **_labels(self.blocks, self.lang, annex=self.is_annex),
        }


def _numbers(blocks: Sequence[Block]) -> dict[str, int]:
    found: dict[str, int] = {}
    count = {Table: 0, Figure: 0}
    for block in blocks:
        if isinstance(block, Table | Figure):
            if block.id in found:
                raise ValueError(say("geoplan.faults.id_twice", id=block.id))
            count[type(block)] += 1
            found[block.id] = count[type(block)]
    return found


def _labels(blocks: Sequence[Block], lang: str, *, annex: bool) -> dict[str, str]:
    kinds = {b.id: type(b) for b in blocks if isinstance(b, Table | Figure)}
    return {
        key: numbered(kinds[key], n, annex=annex)(lang) for key, n in _numbers(blocks).items()
    }
