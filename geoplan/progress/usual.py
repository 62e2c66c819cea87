"""How long the steps of a run usually take, by the size of the county and what is there."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gis.errors import GeoplanError
from gis.machine import cache_path
from gis.toml import read_toml
from layers.open.county import county_boundary
from layers.plan.model import Plan
from layers.provenance import code_digest

__all__ = ["DEMO", "RunSize", "note_first_run", "size_of_run", "usual_parts", "usual_seconds"]

_COMPUTING = ("gis", "layers", "siting", "carbon_sink")


@dataclass(frozen=True)
class RunSize:
    """What the time of a run hangs on.

    Attributes
    ----------
    mcells
        Cells of the county, in millions.
    first
        No run of all steps of this program has ended on this machine: kernels are compiled.
    """

    mcells: float
    first: bool = False


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
        own: Mapping[str, float] = usual.get(name, usual["other"])
        first = own.get("first", 0.0) if size.first else 0.0
        side = math.sqrt(size.mcells)  # a thousand cells of a side make a million
        out[name] = own.get("each", 0.0) + own.get("per_side", 0.0) * side + first
    return out


def usual_parts(step: str) -> Mapping[str, float]:
    """What a step tells of itself -> share of its time until that is done."""
    found: Mapping[str, float] = read_toml("geoplan.progress", "usual.toml")["parts"].get(
        step, {}
    )
    return found


def _mark() -> Path:
    return cache_path() / "ready" / code_digest(*_COMPUTING)[:32]


def size_of_run(plan: Plan) -> RunSize:
    """The size of a run of `plan` on this machine; that of the demo where nobody can tell."""
    try:
        mcells = float(county_boundary(plan).area) / plan.area.cell_m**2 / 1e6
    except GeoplanError:  # what is wrong is told where it is read
        mcells = DEMO.mcells
    return RunSize(mcells, first=not _mark().exists())


def note_first_run() -> None:
    """A run of all steps has ended: what had to be compiled is there."""
    mark = _mark()
    with contextlib.suppress(OSError):  # the next run is taken for a first one
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
