"""Which columns of a table are which fields of a layer, and what their values mean.

What the catalogue's aliases and spellings already say needs no word in a plan; the rest is
read by rules that are data, and what no rule reads stays unknown and is named.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from gis.files.vertices import is_coordinate
from gis.toml import read_toml
from layers.catalogue import layers
from layers.open.canonical import picked_column
from layers.recognise.counties import syllables
from layers.spec import Layer, LayerField
from layers.vocabulary import Vocabulary, of_second_survey, vocabulary

__all__ = ["FieldFit", "ValueFit", "field_fit", "layers_with", "unused_columns", "value_fits"]

_DBF_BYTES = 10  # a name of a Shapefile's field is cut off there
_LEAST = 4  # letters or bytes by which a name that was cut off is known
# a number and what stands behind it; several are apart by a slash, a comma of either kind
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([^\d\s/;,\uff0c\u3001]*)")
_APART = re.compile(r"[;,\uff0c\u3001/]")
_BRACKET = re.compile(r"[\uff08(/].*")
_LETTERS = 2


@dataclass(frozen=True)
class FieldFit:
    """How the columns of a table fit the fields of a layer.

    Attributes
    ----------
    columns
        Field -> column, for those that were found.
    named
        The part of it a plan must say, since no alias does.
    telling
        Columns few layers have: they say which layer it is.
    missing
        Required fields that no column holds.
    """

    columns: dict[str, str]
    named: dict[str, str]
    telling: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class ValueFit:
    """What the values of one field mean.

    Attributes
    ----------
    understood, of
        Different values that are understood, and all.
    said
        Spelling -> value, where a plan must say it; empty for one that stays unknown.
    strange
        Values that are not understood.
    """

    understood: int = 0
    of: int = 0
    said: dict[str, str] = field(default_factory=dict)
    strange: tuple[str, ...] = ()


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-.]", "", unicodedata.normalize("NFKC", name)).casefold()


@cache
def _telling() -> Mapping[str, int]:
    """Spelling of a field -> how many layers have it."""
    out: dict[str, set[str]] = {}
    for key, spec in layers().items():
        for f in spec.fields:
            for name in (f.name, *f.aliases):
                out.setdefault(_plain(name), set()).add(key)
    return MappingProxyType({k: len(v) for k, v in out.items()})


def layers_with(column: str) -> int:
    """How many layers of the catalogue have a field that is called so."""
    return _telling().get(_plain(column), 0)


@cache
def _spoken(name: str) -> frozenset[str]:
    """Pinyin and initials of a Chinese name."""
    if name.isascii():
        return frozenset()
    parts = syllables(_BRACKET.sub("", name))
    initials = "".join(p[:1] for p in parts)
    return frozenset({"".join(parts), initials if len(initials) >= _LEAST else ""} - {""})


def _cut(column: str, name: str) -> bool:
    """Whether a column is a name that a Shapefile cut off."""
    if len(column) >= len(name) or not name.startswith(column):
        return False
    size = max(len(column.encode("gb18030")), len(column.encode()))
    return size >= _DBF_BYTES - 1 and len(column) >= _LEAST


def _heading(column: str, unit: str) -> tuple[str, float | None]:
    """A heading without the unit behind it, and that unit in units of the field.

    The factor is None where the heading names none that the field may be in.

    Examples
    --------
    >>> _heading("单机容量(MW)", "kW"), _heading("轮毂高度m", "m"), _heading("名称", "m")
    (('单机容量', 1000.0), ('轮毂高度', 1.0), ('名称', None))
    """
    text = unicodedata.normalize("NFKC", column).strip()
    if not unit:
        return column, None
    table = read_toml("layers.recognise", "evidence.toml")["units"]
    factors = table.get(unit, {unit.casefold(): 1.0})
    for spelled in sorted(factors, key=len, reverse=True):
        unit_behind = rf"(.+?)([\s_/]*[(\[]?\s*){re.escape(spelled)}\s*[)\]]?"
        found = re.fullmatch(unit_behind, text, re.IGNORECASE)
        # the last letter of a word is no unit
        if found is not None and (found[2] or not found[1][-1].isascii()):
            return found[1].strip(), float(factors[spelled])
    return column, None


def _heard(columns: Iterable[str], f: LayerField, also: Iterable[str]) -> str | None:
    """The column called as a field in other words: title, pinyin, cut off, with its unit."""
    spellings = [f.title.zh, f.name, *f.aliases, *also]
    for column in columns:
        plain = _plain(_heading(column, f.unit)[0])
        for name in spellings:
            if plain == _plain(name) or plain in _spoken(name) or _cut(column, name):
                return column
    return None


def _names_of(spec: Layer, f: LayerField) -> list[str]:
    """Headings of the name of a feature that say what it is: the layer, then "name"."""
    if f.name != "name":
        return []
    called = dict.fromkeys(n for n in (spec.title.zh, *spec.names) if not n.isascii())
    ends = read_toml("layers.recognise", "evidence.toml")["words"]["name_of"]
    return [f"{n}{end}" for n in called for end in ends]


def field_fit(spec: Layer, columns: Iterable[str]) -> FieldFit:
    """Columns of a table as fields of a layer.

    Examples
    --------
    >>> from layers.catalogue import layer
    >>> fit = field_fit(layer("land_parcels"), ["dlbm", "zuoluodanweimingcheng", "x"])
    >>> fit.columns["zldwmc"], fit.named
    ('zuoluodanweimingcheng', {'zldwmc': 'zuoluodanweimingcheng'})
    """
    given = [str(c) for c in columns]
    found: dict[str, str] = {}
    named: dict[str, str] = {}
    also = read_toml("layers.recognise", "evidence.toml")["also"].get(spec.id, {})
    for f in spec.fields:
        own = picked_column(given, f, "")
        if own is not None:
            found[f.name] = own
    for f in spec.fields:
        if f.name in found:
            continue
        left = [c for c in given if c not in found.values()]
        heard = _heard(left, f, (*also.get(f.name, ()), *_names_of(spec, f)))
        if heard is not None:
            found[f.name] = named[f.name] = heard
    few = read_toml("layers.recognise", "evidence.toml")["field"]["few_layers"]
    telling = tuple(
        c
        for name, c in found.items()
        if min(_telling().get(_plain(n), 99) for n in (c, name)) <= few
        and (len(c) > _LETTERS or not c.isascii())
    )
    missing = tuple(f.name for f in spec.fields if f.required and f.name not in found)
    return FieldFit(found, named, telling, missing)


def unused_columns(columns: Iterable[str], used: Iterable[str]) -> list[str]:
    """Columns people named that neither field nor place is read from; codes are not listed.

    Examples
    --------
    >>> unused_columns(["BSM", "变电站名称", "可用间隔", "经度", "纬度"], ["变电站名称"])
    ['可用间隔']
    """
    taken = set(used)
    return [c for c in columns if not (c.isascii() or c in taken or is_coordinate(c))]


# ---------------------------------------------------------------- values


def _closed(spec: Layer, f: LayerField) -> Callable[[str], str | None]:
    """Reader of a value of a closed list."""
    known = {v.casefold(): k for k, spellings in f.values.items() for v in (k, *spellings)}
    rules = read_toml("layers.recognise", "evidence.toml")["values"]
    own = rules.get(spec.id, {}).get(f.name, ())
    no = tuple(read_toml("layers.recognise", "evidence.toml")["words"]["no"])

    def read(text: str) -> str | None:
        plain = unicodedata.normalize("NFKC", text).strip()
        for form in (text.casefold(), plain.casefold()):
            if form in known:
                return known[form]
        for rule in own:
            if re.match(rule["pattern"], plain, re.IGNORECASE):
                return str(rule["means"])
        if plain.startswith(no):
            return None
        # the whole spelling inside the text, and of one value only; two characters may be part
        # of another word
        held = {
            k
            for v, k in known.items()
            if not v.isascii()
            and v in plain
            and (len(v) > _LETTERS or plain.replace(v, "", 1).isascii())
        }
        return held.pop() if len(held) == 1 else None

    return read


def _number(f: LayerField, factor: float = 1.0) -> Callable[[str], str | None]:
    """Reader of a number with its unit behind it, else in the unit of its heading.

    Of several numbers the greatest counts.
    """
    factors = read_toml("layers.recognise", "evidence.toml")["units"].get(f.unit, {})

    most = _most(f)

    def one(text: str) -> float | None:
        found = _NUMBER.search(text)
        if found is None:
            return None
        unit = found.group(2).strip().casefold()
        if unit and unit not in factors:
            longest = [u for u in factors if unit.startswith(u)]
            if not longest:
                return None
            unit = max(longest, key=len)
        number = float(found.group(1))
        # volts, as web maps give them
        return number * (factors[unit] if unit else factor if number <= most else 0.001)

    def read(text: str) -> str | None:
        plain = unicodedata.normalize("NFKC", text).strip()
        parts = [one(p) for p in _APART.split(plain) if p.strip()]
        if not parts or any(p is None for p in parts):
            return None
        return f"{max(p for p in parts if p is not None):g}"

    return read


def _codes(words: Vocabulary, texts: Sequence[str]) -> Callable[[str], str | None]:
    """Reader of a class code, or of the one class that is called so, in a column of `texts`."""
    titles: dict[str, list[str]] = {}
    for code, entry in words.entries.items():
        titles.setdefault(entry.title.zh, []).append(str(code))
    widths = sorted({len(str(c)) for c in words.entries})
    if words.name == "dlbm" and of_second_survey(texts):
        widths = []  # another list: a zero in front makes another class of it

    def read(text: str) -> str | None:
        plain = unicodedata.normalize("NFKC", text).strip().removesuffix(".0")
        # a table program takes the zero in front for none
        filled = (plain.zfill(w) for w in widths) if plain.isdigit() else ()
        for form in (plain, plain.upper(), *filled):
            if form in words.entries:
                return str(form)
        named = titles.get(plain, [])
        return named[0] if len(named) == 1 else None

    return read


def _plain_number(f: LayerField) -> Callable[[str], bool]:
    """Whether a text is a number in the unit of the field by itself."""
    most = _most(f)

    def read(text: str) -> bool:
        try:
            return abs(float(text)) <= most
        except ValueError:
            return False

    return read


def _never(text: str) -> bool:
    del text
    return False


def _most(f: LayerField) -> float:
    """Numbers above it are in a thousandth of the unit."""
    return math.inf if f.high is None else f.high


def value_fits(
    spec: Layer, f: LayerField, values: Iterable[str], column: str = ""
) -> ValueFit | None:
    """What the different values of a column mean as a field; None where any text will do.

    Parameters
    ----------
    spec, f
        Layer and its field.
    values : iterable of str
        Every different value of the column.
    column : str
        Its heading, which may say the unit.

    Examples
    --------
    >>> from layers.catalogue import layer
    >>> line = layer("power_line")
    >>> value_fits(line, line.field("voltage_kv"), ["110kV", "35", "高压"]).said
    {'110kV': '110', '高压': ''}
    """
    vocabulary_name = spec.vocabulary if f.name == spec.vocabulary else ""
    texts = sorted({t for v in values if (t := str(v).strip())})
    if f.values:
        read, plain = _closed(spec, f), _spelled(f)
    elif f.type in ("number", "integer"):
        factor = _heading(column, f.unit)[1]
        own = factor is None or factor == 1.0
        read = _number(f, 1.0 if factor is None else factor)
        plain = _plain_number(f) if own else _never
    elif vocabulary_name:
        words = vocabulary(vocabulary_name)
        read, plain = _codes(words, texts), lambda v: v in words.entries
    else:
        return None
    said: dict[str, str] = {}
    strange = []
    for text in texts:
        if plain(text):
            continue
        found = read(text)
        said[text] = found or ""
        if not found:
            strange.append(text)
    return ValueFit(len(texts) - len(strange), len(texts), said, tuple(strange))


def _spelled(f: LayerField) -> Callable[[str], bool]:
    """Whether the catalogue understands a value by itself."""
    known = {v.lower() for k, spellings in f.values.items() for v in (k, *spellings)}
    return lambda v: v.lower() in known
