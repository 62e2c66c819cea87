"""The embedded sample county as a plan that can be run."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from geoplan.plan_file import load_plan
from gis.errors import ConfigError
from gis.say import listed, say
from layers.plan.model import Plan
from layers.sample import with_sample

__all__ = ["plans_folder", "sample_plan"]

SIZES: tuple[Literal["tiny", "demo", "full"], ...] = ("tiny", "demo", "full")


def plans_folder() -> Path:
    """Folder of the example plan files, in the wheel or beside the source."""
    here = Path(__file__).resolve().parent
    inside = here / "plans"
    return inside if inside.is_dir() else here.parent / "plans"


def sample_plan(size: str = "demo") -> Plan:
    """The sample plan with its data generated in `size` (once, into the cache folder).

    Raises
    ------
    ConfigError
        For an unknown size.
    """
    for known in SIZES:
        if size == known:
            return with_sample(load_plan(plans_folder() / "sample.toml"), known)
    raise ConfigError(
        say("geoplan.faults.no_such_sample"), where="size", got=size, expected=listed(SIZES)
    )
