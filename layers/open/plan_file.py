"""Files a plan names, made first where the plan is on the sample county."""

from __future__ import annotations

from pathlib import Path

from gis.files.given import given_file
from layers.plan.model import Plan
from layers.sample import make_sample

__all__ = ["plan_file"]


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
        When it is no file but a pipe, a device or a loop of links (`gis.files.given`).
    """
    make_sample(plan)
    given_file(plan.base / path)
    return plan.resolve(path)
