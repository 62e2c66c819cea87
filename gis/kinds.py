"""Kinds of arguments, read from the signature of a function.

Annotations are read as text: names that only a type checker imports (tables of geopandas,
classes of other rooms) are compared by the name of the class, so nothing heavy is imported.
"""

from __future__ import annotations

import ast
import datetime
import importlib
import inspect
import numbers
import os
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

from gis.say import Sentence, say

__all__ = ["Kind", "is_number", "kinds_of"]


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    Attributes
    ----------
    id
        ``number``, ``whole``, ``text``, ``array`` ...
    said
        In words, or the name of the class.
    holds
        Whether a value is of it.
    strict
        Whether lists are made arrays before the function sees them.
    """

    id: str
    said: str | Sentence
    holds: Callable[[Any], bool]
    strict: bool = False


def _kind(name: str, holds: Callable[[Any], bool], *, strict: bool = False) -> Kind:
    return Kind(name, say(f"gis.gate.kind_{name}"), holds, strict)


def _plain(value: Any) -> Any:  # noqa: ANN401
    """An array without axes as its number."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def is_number(value: Any) -> bool:  # noqa: ANN401
    """Whether a value is one real number, and no yes or no."""
    value = _plain(value)
    return isinstance(value, numbers.Real) and not _yes_no(value)


def _whole(value: Any) -> bool:  # noqa: ANN401
    value = _plain(value)
    return isinstance(value, numbers.Integral) and not _yes_no(value)


def _yes_no(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}


def _measures(value: Any) -> bool:  # noqa: ANN401
    """An array of measured values: yes and no are none."""
    return _array(value, "iuf")


def _array(value: Any, letters: str = "biuf") -> bool:  # noqa: ANN401
    if value is None or isinstance(value, str | bytes | Mapping | set | frozenset):
        return False
    import numpy as np  # heavy

    try:
        array = np.asarray(value)
        if array.dtype.kind == "O":
            # pandas' own missing value; None in a list of numbers is no number
            if any(v is None for v in array.ravel()):
                return False
            array = array.astype(np.float64)
    except (TypeError, ValueError):
        return False
    return array.dtype.kind in letters


def _times(value: Any) -> bool:  # noqa: ANN401
    if value is None or isinstance(value, str | bytes | numbers.Number):
        return False
    import pandas as pd  # heavy

    try:
        pd.DatetimeIndex(value)
    except (TypeError, ValueError, AttributeError, OverflowError):
        return False
    return not (isinstance(value, list | tuple) and any(is_number(v) for v in value))


def _day(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, datetime.date) and not isinstance(value, datetime.datetime)


def _sequence(value: Any) -> bool:  # noqa: ANN401
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes | Mapping)


_NONE = _kind("none", lambda v: v is None)
_ANY = _kind("any", lambda _: True)
_PLAIN: dict[str, Kind] = {
    "float": _kind("number", is_number),
    "int": _kind("whole", _whole),
    "str": _kind("text", lambda v: isinstance(v, str)),
    "bool": _kind("yes_no", _yes_no),
    "Path": _kind("path", lambda v: isinstance(v, str | os.PathLike) and bool(str(v).strip())),
    "date": _kind("day", _day),
    "ArrayLike": _kind("array", _measures),
    "NDArray": _kind("array", _array, strict=True),
    "DatetimeIndex": _kind("times", _times),
    "Any": _ANY,
    "object": _ANY,
    "Callable": _kind("callable", callable),
    "None": _NONE,
}
_ROWS = frozenset({"Sequence", "Iterable", "Collection", "list", "tuple", "set", "frozenset"})
_MAPS = frozenset({"Mapping", "dict", "MutableMapping"})


def _rows(inner: tuple[tuple[Kind, ...], ...], *, fixed: bool) -> Kind:
    def holds(value: Any) -> bool:  # noqa: ANN401
        if not _sequence(value):
            return False
        if not isinstance(value, list | tuple):
            return not fixed or (hasattr(value, "__len__") and len(value) == len(inner))
        if fixed:
            return len(value) == len(inner) and all(
                any(k.holds(v) for k in kinds) for v, kinds in zip(value, inner, strict=True)
            )
        return not inner or all(any(k.holds(v) for k in inner[0]) for v in value)

    if fixed:
        return Kind("rows", say("gis.gate.kind_n_values", n=len(inner)), holds)
    return _kind("rows", holds)


def _mapping(inner: tuple[tuple[Kind, ...], ...]) -> Kind:
    def holds(value: Any) -> bool:  # noqa: ANN401
        if not isinstance(value, Mapping):
            return False
        return len(inner) < 2 or all(
            any(k.holds(x) for k in inner[0]) and any(k.holds(y) for k in inner[1])
            for x, y in value.items()
        )

    return _kind("mapping", holds)


def _choice(values: tuple[Any, ...]) -> Kind:
    said = " | ".join(map(repr, values)).replace("'", '"')
    return Kind("choice", said, lambda v: isinstance(v, str | int) and v in values)


def _named(name: str) -> Kind:
    """Of a class known by its name only."""

    def holds(value: Any) -> bool:  # noqa: ANN401
        return any(c.__name__ == name for c in type(value).__mro__)

    if name == "GeoDataFrame":
        return Kind("class", say("gis.gate.kind_shapes"), lambda v: holds(v) and _drawn(v))
    return Kind("class", name, holds)


def _drawn(table: Any) -> bool:  # noqa: ANN401
    """Whether a table of geopandas says which column its shapes are in."""
    try:
        return table.geometry is not None
    except AttributeError:
        return False


def _protocol(cls: type) -> Kind:
    names = [n for n in vars(cls) if not n.startswith("_")]
    if not names:
        return Kind("class", cls.__name__, callable)
    return Kind("class", cls.__name__, lambda v: all(hasattr(v, n) for n in names))


class _Reader:
    """Reads the annotations of one module."""

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module
        self.scope = vars(module)

    def text(self, text: str) -> tuple[Kind, ...]:
        return self.node(ast.parse(text, mode="eval").body)

    def node(self, node: ast.expr) -> tuple[Kind, ...]:
        match node:
            case ast.BinOp(left=left, right=right):
                return (*self.node(left), *self.node(right))
            case ast.Constant(value=None):
                return (_NONE,)
            case ast.Constant(value=str() as text):
                return self.text(text)
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute(attr=name):
                return (_PLAIN[name],) if name in _PLAIN else (_named(name),)
            case ast.Subscript(value=value, slice=inner):
                base = value.attr if isinstance(value, ast.Attribute) else ast.unparse(value)
                items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                return self.subscript(base, items)
        return (_ANY,)

    def subscript(self, base: str, items: list[ast.expr]) -> tuple[Kind, ...]:
        if base == "Literal":
            return (_choice(tuple(ast.literal_eval(i) for i in items)),)
        if base in _PLAIN:
            return (_PLAIN[base],)
        if base in {"Optional", "Union"}:
            kinds = tuple(k for i in items for k in self.node(i))
            return (*kinds, _NONE) if base == "Optional" else kinds
        if base in {"Annotated", "Final"}:
            return self.node(items[0])
        if base in _ROWS:
            fixed = base == "tuple" and not _open_end(items[-1])
            closed = [i for i in items if not _open_end(i)]
            return (_rows(tuple(self.node(i) for i in closed), fixed=fixed),)
        if base in _MAPS:
            return (_mapping(tuple(self.node(i) for i in items)),)
        return self.name(base)

    def name(self, name: str) -> tuple[Kind, ...]:
        if name in _PLAIN:
            return (_PLAIN[name],)
        if name in _ROWS:
            return (_rows((), fixed=False),)
        if name in _MAPS:
            return (_mapping(()),)
        found = self.scope.get(name)
        if found is None:
            found = _checked_only(self.module).get(name)
        return (_named(name),) if found is None else self.thing(found, name)

    def thing(self, found: Any, name: str) -> tuple[Kind, ...]:  # noqa: ANN401 - any alias
        if isinstance(found, str):
            return self.text(found)
        if isinstance(found, typing.ForwardRef):
            return self.text(found.__forward_arg__)
        if isinstance(found, TypeVar):
            many = found.__constraints__ or ((found.__bound__,) if found.__bound__ else ())
            return tuple(k for c in many for k in self.thing(c, name)) or (_ANY,)
        if found is type(None):
            return (_NONE,)
        origin, inner = typing.get_origin(found), typing.get_args(found)
        if origin is Literal:
            return (_choice(inner),)
        if origin in (Union, types.UnionType):
            return tuple(k for c in inner for k in self.thing(c, name))
        if origin is typing.Annotated:
            return self.thing(inner[0], name)
        base = getattr(origin or found, "__name__", name)
        if base == "ndarray":
            return (_PLAIN["NDArray"],)
        if base in _PLAIN and origin is None:
            return (_PLAIN[base],)
        if base in _ROWS:
            open_end = Ellipsis in inner
            fixed = base == "tuple" and bool(inner) and not open_end
            items = tuple(self.thing(c, name) for c in inner if c is not Ellipsis)
            return (_rows(items, fixed=fixed),)
        if base in _MAPS:
            return (_mapping(tuple(self.thing(c, name) for c in inner)),)
        if base == "Callable" or origin is Callable:
            return (_PLAIN["Callable"],)
        if getattr(found, "_is_protocol", False):
            return (_protocol(found),)
        return (_named(base),)


def _open_end(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is Ellipsis


@cache
def _checked_only(module: types.ModuleType) -> Mapping[str, Any]:
    """Names of our rooms that a module imports for type checkers only."""
    rooms = ("gis", "layers", "siting", "carbon_sink", "geoplan")
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    out: dict[str, Any] = {}
    for block in tree.body:
        if not (isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"):
            continue
        for one in block.body:
            if isinstance(one, ast.ImportFrom) and str(one.module).split(".")[0] in rooms:
                home = importlib.import_module(str(one.module))
                out |= {a.asname or a.name: getattr(home, a.name, None) for a in one.names}
    return out


@cache
def kinds_of(function: Callable[..., Any]) -> Mapping[str, tuple[Kind, ...]]:
    """Argument -> kinds it may be, of the signature of `function`.

    Examples
    --------
    >>> from gis.cells.distance import distance_m
    >>> {k: [x.id for x in v] for k, v in kinds_of(distance_m).items()}
    {'inside': ['array'], 'cell_m': ['number'], 'workers': ['whole']}
    """
    reader = _Reader(importlib.import_module(function.__module__))
    return {
        name: reader.text(p.annotation) if isinstance(p.annotation, str) else (_ANY,)
        for name, p in inspect.signature(function).parameters.items()
    }
