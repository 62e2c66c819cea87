"""Settings of another plan for a new one: how it judges and counts, never where it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoplan.newplan.found import Table
from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from gis.files.given import given_bytes
from gis.toml import parse_toml

__all__ = ["Likeness", "like_plan"]

_OWN = {"plan", "area", "data", "zones", "layers", "targets", "plants"}
# of a place or of a file: they belong to the other county
_PLACED = {"path", "bounds_ll", "townships", "weather", "references", "file", "shared", "layer"}


@dataclass(frozen=True)
class Likeness:
    """What is taken from another plan.

    Attributes
    ----------
    tables
        Its sections without what names a place or a file.
    targets
        Its targets, of the same county alone.
    left
        Dotted names of what was left behind.
    """

    tables: dict[str, Any]
    targets: list[Any]
    cell_m: float
    basins: tuple[str, ...] | None
    left: tuple[str, ...]


def _kept(value: Any, name: str, left: list[str]) -> Any:  # noqa: ANN401 - whatever TOML holds
    """A value without tables and keys that name a place or a file."""
    if isinstance(value, Mapping):
        out = {}
        for key, one in value.items():
            if key in _PLACED:
                left.append(f"{name}.{key}")
                continue
            out[key] = _kept(one, f"{name}.{key}", left)
        return out
    if isinstance(value, list):
        # an entry that loses its place has lost its sense
        kept = []
        for one in value:
            if isinstance(one, Mapping) and _PLACED & set(one):
                left.append(name)
            else:
                kept.append(_kept(one, name, left))
        return kept
    return value


def _books(tables: Table, there: Path, here: Path) -> None:
    """Rule books beside the other plan, as the new one names them."""
    screening = tables.get("screening", {})
    named = screening.get("books", [])
    out = []
    for book in named:
        own = there / book
        out.append(
            Path(os.path.relpath(own.resolve(), here.resolve())).as_posix()
            if own.suffix and own.exists()
            else book
        )
    if named:
        screening["books"] = out


def like_plan(path: Path, adcode: str, out: Path) -> Likeness:
    """Settings of the plan at `path` for a plan of the county `adcode` at `out`.

    Raises
    ------
    ConfigError
        When it is no plan that can be read.
    """
    plan = load_plan(path)
    doc = parse_toml(given_bytes(path, ConfigError), path.name)
    left: list[str] = []
    tables = {k: _kept(v, k, left) for k, v in doc.items() if k not in _OWN}
    _books(tables, path.parent, out.parent)
    same = plan.area.code == adcode
    return Likeness(
        tables={k: v for k, v in tables.items() if v},
        targets=list(doc.get("targets", [])) if same else [],
        cell_m=plan.area.cell_m,
        basins=plan.area.basins if same else None,
        left=tuple(dict.fromkeys([*left, *([] if same or not plan.targets else ["targets"])])),
    )
