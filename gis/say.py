"""One way to say a sentence in Chinese and English.

Sentences stand in TOML files in the folder ``text`` of each top-level room, one table entry a
sentence, ``key = {zh = "...", en = "..."}``; nested tables are joined by dots. The full key
names the room, the file and the entry: ``"gis.crs.no_such_code"`` is ``no_such_code`` in
``gis/text/crs.toml``.

A sentence that stands in a report or on a map says in words what is missing and what to do.
The key of the plan that does it stands beside it, ``plan_key = "[carbon] climate_zone"`` in its
entry: the command line, JSON and tables show it to whoever writes the plan, report and map do
not.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from gis.kept_toml import own_toml
from gis.singular import at_one

__all__ = [
    "LANGS",
    "Lang",
    "Listed",
    "Sentence",
    "both",
    "in_lang",
    "listed",
    "os_reason",
    "plan_key_of",
    "read_entries",
    "say",
    "sentences",
    "texts_of",
]

Lang = str
LANGS: tuple[Lang, ...] = ("zh", "en")
_KEY = "plan_key"


class Sentence(str):
    """A sentence that knows both languages; as a plain string it is the English one.

    Attributes
    ----------
    key
        Full key of the text.
    values
        What its named places are filled with; a value that is itself bilingual (a
        `Sentence`, or anything called with a language) is said in the language asked for.

    Examples
    --------
    >>> s = say("gis.say.got", value=3)
    >>> s, s("zh")
    ('got 3', '实际为 3')
    """

    key: str
    values: Mapping[str, Any]
    __slots__ = ("key", "values")

    def __new__(cls, key: str, values: Mapping[str, Any]) -> Sentence:
        """Fill the English form; the Chinese one is filled when it is asked for."""
        self = super().__new__(cls, _filled(key, values, "en"))
        self.key = key
        self.values = dict(values)
        return self

    def __call__(self, lang: Lang) -> str:
        """The sentence in `lang`."""
        return str(self) if lang == "en" else _filled(self.key, self.values, lang)

    def __str__(self) -> str:
        """The English form as a plain string."""
        return "".join(self)

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, Mapping[str, Any]]]:
        """For other processes: key and values, filled there again."""
        return Sentence, (self.key, self.values)


def _flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and not (set(value) & set(LANGS)):
            out |= _flatten(value, f"{name}.")
        else:
            out[name] = value
    return out


def _in_languages(entries: Mapping[str, Mapping[str, str]]) -> dict[str, dict[Lang, str]]:
    return {k: {lang: v[lang] for lang in LANGS} for k, v in entries.items()}


def read_entries(file: Traversable) -> dict[str, Mapping[str, str]]:
    """The sentences of one TOML file by their key in it, each with its key of the plan, if any.

    Raises
    ------
    ValueError
        Naming every entry that lacks a language or has another shape.
    """
    out: dict[str, Mapping[str, str]] = {}
    wrong: list[str] = []
    for key, value in _flatten(own_toml(file.read_text(encoding="utf-8"))).items():
        if (
            isinstance(value, Mapping)
            and set(value) - {_KEY} == set(LANGS)
            and all(isinstance(v, str) and v for v in value.values())
        ):
            out[key] = dict(value)
        else:
            wrong.append(f"[{key}] {str(value)[:60]}")
    if wrong:
        raise ValueError(f"{file.name}: not both languages: " + "; ".join(wrong))
    return out


@cache
def _entries(room: str, name: str) -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType(read_entries(files(room).joinpath("text", f"{name}.toml")))


@cache
def _file(room: str, name: str) -> Mapping[str, Mapping[Lang, str]]:
    return MappingProxyType(_in_languages(_entries(room, name)))


def plan_key_of(text: object) -> str:
    """Keys of the plan that settle what a sentence, or a row of them, tells; else empty.

    Examples
    --------
    >>> plan_key_of(say("gis.say.got", value=3))
    ''
    """
    return "; ".join(dict.fromkeys(_plan_keys(text)))


def _plan_keys(text: object) -> Iterator[str]:
    if isinstance(text, Sentence):
        room, name, entry = text.key.split(".", 2)
        own = _entries(room, name)[entry].get(_KEY)
        if own is not None:
            values = {k: in_lang(v, "en") for k, v in text.values.items()}
            yield own.format(**values) if values else own
        for value in text.values.values():
            yield from _plan_keys(value)
    elif isinstance(text, Listed):
        for item in text.items:
            yield from _plan_keys(item)


@cache
def sentences(room: str) -> Mapping[str, Mapping[Lang, str]]:
    """All sentences of a room by full key, put together once: a workbook asks by the cell."""
    out: dict[str, Mapping[Lang, str]] = {}
    for file in sorted(files(room).joinpath("text").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            name = file.name.removesuffix(".toml")
            out |= {f"{room}.{name}.{k}": v for k, v in _file(room, name).items()}
    return MappingProxyType(out)


def texts_of(file: str) -> dict[str, dict[Lang, str]]:
    """The sentences of one file, ``"room.file"``, by their key in it.

    Examples
    --------
    >>> texts_of("gis.say")["got"]["en"]
    'got {value}'
    """
    room, name = file.split(".")
    return {k: dict(v) for k, v in _file(room, name).items()}


def both(text: Callable[[Lang], str]) -> dict[Lang, str]:
    """What is said in each language, for files that carry both.

    Examples
    --------
    >>> both(say("gis.system.ENOSPC"))
    {'zh': '磁盘已满', 'en': 'the disk is full'}
    """
    return {lang: text(lang) for lang in LANGS}


def _filled(key: str, values: Mapping[str, Any], lang: Lang) -> str:
    room, name, entry = key.split(".", 2)
    text = _file(room, name)[entry][lang]
    if lang == "en":
        text = at_one(text, values)
    return text.format(**{k: in_lang(v, lang) for k, v in values.items()}) if values else text


def in_lang(value: Any, lang: Lang) -> Any:  # noqa: ANN401 - whatever a sentence is filled with
    """`value` in `lang` where it is bilingual, else as it is.

    Examples
    --------
    >>> in_lang(say("gis.say.got", value="x"), "zh"), in_lang(2.5, "zh")
    ('实际为 x', 2.5)
    """
    if isinstance(value, Callable) and not isinstance(value, type):  # type: ignore[arg-type]
        return value(lang)
    return value


def say(key: str, **values: Any) -> Sentence:  # noqa: ANN401 - see Sentence.values
    """The sentence `key` with its named places filled.

    Raises
    ------
    KeyError
        When there is no such sentence; a test goes through every call.
    """
    return Sentence(key, values)


class Listed(str):
    """Items in a row, joined as the language joins them; as a plain string in English."""

    items: tuple[Any, ...]
    __slots__ = ("items",)

    def __new__(cls, items: Iterable[Any]) -> Listed:
        """Join the English forms; the Chinese ones are joined when asked for."""
        kept = tuple(items)
        self = super().__new__(cls, _row(kept, "en"))
        self.items = kept
        return self

    def __call__(self, lang: Lang) -> str:
        """The row in `lang`."""
        return _row(self.items, lang)

    def __str__(self) -> str:
        """The English form as a plain string."""
        return "".join(self)

    def __reduce__(self) -> tuple[type[Listed], tuple[tuple[Any, ...]]]:
        """For other processes."""
        return Listed, (self.items,)


def _row(items: tuple[Any, ...], lang: Lang) -> str:
    joint = _filled("gis.say.list_joint", {}, lang)
    return joint.join(str(in_lang(x, lang)) for x in items)


def listed(items: Iterable[Any], most: int | None = None) -> Listed:
    """Items in a row, joined as the language joins them.

    Parameters
    ----------
    items : iterable
    most : int, optional
        Only so many are named; "…" tells of more.

    Examples
    --------
    >>> listed(range(5), 3)("en")
    '0, 1, 2, …'
    >>> row = listed(["roads", say("gis.system.ENOSPC")])
    >>> row, row("zh")
    ('roads, the disk is full', 'roads、磁盘已满')
    """
    every = list(items)
    return Listed(every if most is None or len(every) <= most else [*every[:most], "…"])


def os_reason(err: OSError) -> str:
    """Why the system refused, as a sentence where the error is a known one.

    Examples
    --------
    >>> os_reason(FileNotFoundError(2, "No such file or directory"))("zh")
    '没有这个文件或文件夹'
    """
    known = _file("gis", "system")
    name = errno.errorcode.get(err.errno or 0, "")
    if name in known:
        return say(f"gis.system.{name}")
    return say("gis.system.other", reason=err.strerror or os.strerror(err.errno or 0))
