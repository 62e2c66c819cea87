"""TOML files: the product's own read once and frozen, a person's with their faults."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn

from gis.errors import ConfigError
from gis.kept_toml import own_toml
from gis.say import Sentence, say

__all__ = ["FrozenDict", "frozen", "parse_toml", "read_toml"]


class FrozenDict(dict[str, Any]):
    """A dict that cannot change, so that one read may be handed to everyone.

    Examples
    --------
    >>> FrozenDict(a=1)["b"] = 2
    Traceback (most recent call last):
    TypeError: a frozen mapping cannot change
    """

    def _refuse(self, *_args: object, **_values: object) -> NoReturn:
        raise TypeError("a frozen mapping cannot change")

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict], tuple[dict[str, Any]]]:
        return FrozenDict, (dict(self),)


def frozen(value: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
    """`value` with its tables as `FrozenDict` and its arrays as tuples, to the bottom.

    Examples
    --------
    >>> frozen({"a": [1, {"b": 2}]})
    {'a': (1, {'b': 2})}
    """
    if isinstance(value, dict):
        return FrozenDict({k: frozen(v) for k, v in value.items()})
    if isinstance(value, list):
        return tuple(frozen(v) for v in value)
    return value


@cache
def read_toml(package: str, name: str) -> FrozenDict:
    """A TOML file that comes with the product; read once.

    Parameters
    ----------
    package : str
        Dotted name of the package it lies in or under.
    name : str
        Path below the package, with ``/``.

    Examples
    --------
    >>> read_toml("gis", "constants.toml")["cgcs2000"]["semi_major_m"]
    6378137.0
    """
    text = files(package).joinpath(*name.split("/")).read_text(encoding="utf-8")
    found: FrozenDict = frozen(own_toml(text))
    return found


# What tomllib says -> the sentence for it; the rest is "not written as TOML"
_REASONS = (
    (r"Cannot declare|Cannot overwrite|Duplicate|Cannot mutate", "twice"),
    (r"Unclosed|Unterminated|Expected '\]'|Expected '\}'", "unclosed"),
    (r"Expected '='|Expected newline|Invalid statement", "statement"),
    (r"Invalid value|Invalid date", "value"),
    (r"[Uu]nescaped|Escaped|hex value|Illegal character|invalid character", "character"),
)


def _place(message: str, lines: list[str], where: str) -> tuple[Sentence, str]:
    """Where `tomllib` stopped, and the text that stands there."""
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(found[1]) if found else max(len(lines), 1)
    text = lines[line - 1].strip()[:60] if line <= len(lines) else ""
    if found is None:
        return say("gis.toml.at_end", file=where, line=line), text
    return say("gis.toml.at", file=where, line=line, column=int(found[2])), text


def _reason(message: str) -> Sentence:
    for pattern, key in _REASONS:
        if re.search(pattern, message):
            return say(f"gis.toml.{key}")
    return say("gis.toml.syntax")


def parse_toml(
    raw: bytes, where: str, *, quoted: bool = True, own: bool = False
) -> dict[str, Any]:
    """A TOML file a person wrote.

    Parameters
    ----------
    raw : bytes
        UTF-8, with or without a byte order mark.
    where : str
        Name of the file, for the message.
    quoted : bool
        Show what stands at the fault. False for a file that a plan names by its path: it may
        be another text altogether, and what stands in that is nobody's business.
    own : bool
        Whether it comes with the product: what it says is kept.

    Raises
    ------
    ConfigError
        With line and column of the first fault.

    Examples
    --------
    >>> try:
    ...     parse_toml(b"b = = 2", "plan.toml")
    ... except ConfigError as err:
    ...     print(err.text("zh"))
    plan.toml 第 1 行第 5 列：值的写法不符合 TOML；实际为 b = = 2；请改正该行
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = raw[: err.start].count(b"\n") + 1
        raise ConfigError(
            say("gis.toml.not_utf_8"),
            where=say("gis.toml.at_line", file=where, line=line),
            got=f"0x{raw[err.start]:02x}",
            todo=say("gis.toml.save_as_utf_8"),
        ) from err
    try:
        found: dict[str, Any] = own_toml(text) if own else tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        lines = text.replace("\r\n", "\n").rstrip("\n").split("\n")
        place, got = _place(str(err), lines, where)
        raise ConfigError(
            _reason(str(err)),
            where=place,
            got=got if quoted else "",
            todo=say("gis.toml.correct_line"),
        ) from err
    except (ValueError, RecursionError) as err:
        # thousands of digits in one number, or of brackets in one another
        key = "nested" if isinstance(err, RecursionError) else "digits"
        raise ConfigError(say(f"gis.toml.{key}"), where=where) from err
    return found
