"""Files a plan names, made first where the plan is on the sample county."""

from __future__ import annotations

from pathlib import Path

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
    """
    make_sample(plan)
    return plan.resolve(path)
