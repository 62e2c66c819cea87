"""Which parts of a plan a step reads: noted while it is computed, compared before the next.

A step of a former run is right again when every part of the plan it read, and every file
behind those parts, is as it was. What it did not read cannot have changed its answer.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, PrivateAttr

from layers.plain_json import digest
from layers.plan.model import Plan

__all__ = ["WHOLE", "digests_of", "watched"]

S = TypeVar("S", bound=BaseModel)

WHOLE = "*"
"""The whole plan: asked for, or read where nobody can tell what was."""

_NAMES = "sections?"  # only which there are
_FIELDS = frozenset(Plan.model_fields)
_BY_NAME = ("layers", "sections")


class _Noted(Mapping[str, Any]):
    """Layers or sections of a plan, which notes what is asked of them."""

    def __init__(self, known: Mapping[str, Any], name: str, noted: set[str]) -> None:
        self._known, self._name, self._noted = known, name, noted

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401
        self._noted.add(f"{self._name}.{key}")
        return self._known[key]

    def __contains__(self, key: object) -> bool:
        self._noted.add(f"{self._name}.{key}")
        return key in self._known

    def __iter__(self) -> Iterator[str]:
        self._noted.add(self._name)
        return iter(self._known)

    def __len__(self) -> int:
        self._noted.add(self._name)
        return len(self._known)

    def items(self) -> ItemsView[str, Any]:
        self._noted.add(self._name)
        return self._known.items()

    def values(self) -> ValuesView[Any]:
        self._noted.add(self._name)
        return self._known.values()


class _Watched(Plan):
    """A plan that notes which of its parts are read; to its reader the plan itself."""

    _noted: set[str] = PrivateAttr(default_factory=set)

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401
        value = super().__getattribute__(name)
        if name not in _FIELDS:
            return value
        if name in _BY_NAME:
            return _Noted(value, name, self._noted)
        self._noted.add(name)
        return value

    def section(self, kind: type[S]) -> S:
        for name, found in self.__dict__["sections"].items():
            if isinstance(found, kind):
                self._noted.add(f"sections.{name}")
                return found
        self._noted.add(_NAMES)
        raise KeyError(kind.__name__)

    def __reduce__(self) -> Any:  # noqa: ANN401
        """In another process it is a plan: what is read there is not seen here."""
        self._noted.add(WHOLE)
        return _plain, (dict(self.__dict__),)


def _plain(values: Mapping[str, Any]) -> Plan:
    return Plan.model_construct(**values)


def watched(plan: Plan) -> tuple[Plan, set[str]]:
    """`plan` as one that notes what is read of it, and the set the notes go to.

    Parts are named by the field of the plan (``"zones"``), layers and sections by theirs
    (``"layers.dem"``); ``"layers"`` is all of them, ``"*"`` is anything.

    Examples
    --------
    >>> from layers.plan.model import Area, Boundary, _Head
    >>> from layers.spec import Text
    >>> from datetime import date
    >>> head = _Head(id="a", title=Text(zh="甲", en="a"), as_of=date(2026, 1, 1))
    >>> plan = Plan(plan=head, area=Area(boundary=Boundary(adcode="640221")))
    >>> seen, noted = watched(plan)
    >>> seen.area.cell_m, seen.layers.get("dem")
    (10.0, None)
    >>> sorted(noted)
    ['area', 'layers.dem']
    """
    seen = _Watched.model_construct(**plan.__dict__)
    return seen, seen._noted


def _dumped(value: Any) -> Any:  # noqa: ANN401
    """A part of a plan as values; how and where tiles are run is no part of an answer."""
    if isinstance(value, Path):
        return str(value.resolve())  # however it was spelled
    if isinstance(value, BaseModel):
        how = set(getattr(type(value), "HOW", ()))
        return {k: _dumped(v) for k, v in value.model_dump(mode="json", exclude=how).items()}
    if isinstance(value, Mapping):
        return {k: _dumped(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_dumped(v) for v in value]
    return value


def digests_of(
    plan: Plan, names: set[str] | Mapping[str, Any], sha256: Mapping[str, str]
) -> dict[str, str]:
    """Digest of each part of a plan with the files behind it.

    Parameters
    ----------
    plan : Plan
    names : collection of str
        As `watched` notes them.
    sha256 : mapping
        Key of the plan -> digest of the file it names, as inputs of a run are hashed.

    Returns
    -------
    dict
        Name -> digest; a layer or section that is not there has one too. ``"*"`` is the
        digest of the whole plan.
    """
    out = {}
    for name in sorted(names):
        field, _, key = name.partition(".")
        if name == WHOLE:
            parts: Any = {f: _dumped(plan.__dict__[f]) for f in _FIELDS}
            files = dict(sha256)
        elif name == _NAMES:
            parts, files = sorted(plan.__dict__["sections"]), {}
        elif key:
            parts = _dumped(plan.__dict__[field].get(key))
            at = f"{field}.{key}" if field == "layers" else key
            files = _below(sha256, at)
        else:
            parts = _dumped(plan.__dict__[field])
            # the head names no file: what is hashed as "plan" is the whole plan file
            named = parts if field == "sections" else (field,) if field != "plan" else ()
            files = {k: v for at in named for k, v in _below(sha256, at).items()}
        out[name] = digest([parts, files])
    return out


def _below(sha256: Mapping[str, str], at: str) -> dict[str, str]:
    """Files named by a key or by keys in it: ``zones.gaoren.path`` is in ``zones``."""
    return {k: v for k, v in sha256.items() if k == at or k.startswith((f"{at}.", f"{at}["))}
