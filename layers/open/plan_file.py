"""Files a plan names, made first where the plan is on the sample county."""

from __future__ import annotations

import re
from pathlib import Path

from gis.files.given import given_file
from layers.plan.model import LayerSource, Plan
from layers.sample import make_sample

__all__ = ["plan_file", "plan_files"]

_PATTERN = re.compile(r"[*?]")


def plan_file(plan: Plan, path: str) -> Path:
    """The file a plan names, as an absolute path that may be opened.

    Parameters
    ----------
    plan : Plan
        When it is on the sample county, that county is made now if it is not there yet.
    path : str
        As written in the plan; relative paths start at the data folder.

    Raises
    ------
    ConfigError
        When the sample cannot be written into the cache.
    DataError
        When it is no file but a pipe, a device, a loop of links or an address
        (`gis.files.given`).
    """
    make_sample(plan)
    given_file(path)  # an address of the network is none that starts at the data folder
    given_file(plan.base / path)
    return plan.resolve(path)


def plan_files(plan: Plan, source: LayerSource) -> list[Path]:
    """Every file of a layer, in the order they count: as named, those of a pattern by name.

    Raises
    ------
    ConfigError, DataError
        As `plan_file`. A pattern no file fits gives the pattern itself, which is not there.
    """
    out: list[Path] = []
    for name in (source.path, *source.tiles):
        path = plan_file(plan, name)
        if _PATTERN.search(name) and not path.exists():
            n = _first_wild(path)
            fixed, wild = Path(*path.parts[:n]), Path(*path.parts[n:])
            out += sorted(fixed.glob(str(wild))) or [path]
        else:
            out.append(path)
    return list(dict.fromkeys(out))


def _first_wild(path: Path) -> int:
    return next(i for i, part in enumerate(path.parts) if _PATTERN.search(part))
