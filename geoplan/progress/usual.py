"""How long the steps of a run usually take, by the size of the county and what is there."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.errors import GeoplanError
from gis.machine import cache_path
from gis.toml import read_toml
from layers.open.county import county_boundary
from layers.plan.model import Plan
from layers.provenance import code_digest

__all__ = [
    "DEMO",
    "RunSize",
    "has_work",
    "note_run",
    "size_of_run",
    "usual_documents",
    "usual_parts",
    "usual_seconds",
]

_COMPUTING = ("gis", "layers", "siting", "carbon_sink")


@dataclass(frozen=True)
class RunSize:
    """What the time of a run hangs on.

    Attributes
    ----------
    mcells
        Cells of the county, in millions.
    first
        Steps that were not at work on this machine yet: their kernels are compiled.
    given
        What steps work on and the plan has: layers with data, and tables of its own; all
        that can be when empty.
    layers
        How many layers have data, beside those of the synthetic county.
    """

    mcells: float
    first: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()
    layers: float = 1.0


DEMO = RunSize(1.29)
"""The synthetic county of 2,066 km2 at 40 m."""


def usual_seconds(names: Iterable[str], size: RunSize = DEMO) -> dict[str, float]:
    """Step -> seconds it took where they were measured; only shares count.

    Examples
    --------
    >>> small, large = (usual_seconds(["screen"], RunSize(m)) for m in (1, 20))
    >>> small["screen"] < large["screen"]
    True
    """
    usual = read_toml("geoplan.progress", "usual.toml")["steps"]
    out = {}
    for name in names:
        own: Mapping[str, Any] = usual.get(name, usual["other"])
        if has_work(name, size):
            out[name] = _grown(own, size) + (own.get("first", 0.0) if name in size.first else 0)
        else:
            out[name] = usual["nothing"]["each"]
    return out


def _grown(own: Mapping[str, float], size: RunSize) -> float:
    side = math.sqrt(size.mcells)  # a thousand cells of a side make a million
    drawn = own.get("layers", 0.0) + own.get("layers_per_side", 0.0) * side
    return own.get("each", 0.0) + own.get("per_side", 0.0) * side + drawn * size.layers


def has_work(step: str, size: RunSize) -> bool:
    """Whether the plan has any of what a step works on."""
    usual = read_toml("geoplan.progress", "usual.toml")["steps"]
    of = usual.get(step, {}).get("of", ())
    return not (size.given and of) or not size.given.isdisjoint(of)


def usual_documents(size: RunSize = DEMO) -> dict[str, float]:
    """Parts of the documents of a run -> seconds; only shares count."""
    usual = read_toml("geoplan.progress", "usual.toml")["documents"]
    return {part: _grown(own, size) for part, own in usual.items()}


def usual_parts(step: str) -> Mapping[str, float]:
    """What a step tells of itself -> share of its time until that is done."""
    found: Mapping[str, float] = read_toml("geoplan.progress", "usual.toml")["parts"].get(
        step, {}
    )
    return found


def _mark() -> Path:
    return cache_path() / "ready" / code_digest(*_COMPUTING)[:32]


def _ready() -> frozenset[str]:
    """Steps whose kernels were compiled on this machine."""
    try:
        return frozenset(_mark().read_text(encoding="utf-8").split())
    except (OSError, ValueError):
        return frozenset()


def size_of_run(plan: Plan) -> RunSize:
    """The size of a run of `plan` on this machine; that of the demo where nobody can tell."""
    try:
        mcells = float(county_boundary(plan).area) / plan.area.cell_m**2 / 1e6
    except GeoplanError:  # what is wrong is told where it is read
        mcells = DEMO.mcells
    usual = read_toml("geoplan.progress", "usual.toml")
    layers = [k for k, v in plan.layers.items() if v.path or v.table or v.sql]
    own = {k for k, v in plan.sections.items() if v.model_fields_set}
    own |= {k for k in ("zones", "targets") if getattr(plan, k)}
    return RunSize(
        mcells,
        first=frozenset(usual["steps"]) - _ready(),
        given=frozenset({"area", *layers, *own}),
        layers=len(layers) / usual["size"]["layers"],
    )


def note_run(plan: Plan, names: Iterable[str]) -> None:
    """A run of these steps has ended: what they had to compile is there."""
    size = size_of_run(plan)
    ready = {*_ready(), "documents", *(n for n in names if has_work(n, size))}
    mark = _mark()
    with contextlib.suppress(OSError):  # the next run is taken for a first one
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text("\n".join(sorted(ready)), encoding="utf-8")
