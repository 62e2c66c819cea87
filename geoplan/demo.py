"""The embedded sample county as a plan that can be run."""

from __future__ import annotations

from pathlib import Path

from geoplan.plan import load_plan
from gis.errors import ConfigError
from layers.plan import Plan
from layers.sample import sample_folder

__all__ = ["plans_folder", "sample_plan"]

SIZES = ("tiny", "demo", "full")


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
    if size not in SIZES:
        raise ConfigError("no such sample", got=size, expected=", ".join(SIZES))
    plan = load_plan(plans_folder() / "sample.toml")
    data = plan.data.model_copy(update={"sample": size})
    return plan.model_copy(update={"data": data, "data_root": sample_folder(size)})
