"""Reading a plan file with the sections of every room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from carbon_sink.section import SECTIONS as CARBON
from geoplan.register.section import RegisterSection
from gis.errors import ConfigError, raise_faults
from layers.catalogue import layer_ids
from layers.plan.model import Plan
from layers.plan.read import read_plan
from layers.plan.target import TargetKind
from layers.sample import on_sample
from siting.sections import SECTIONS as SITING
from siting.zones.section import ParkSection

__all__ = ["SECTIONS", "load_plan", "target_kinds"]

SECTIONS: dict[str, type[BaseModel]] = {**SITING, **CARBON, "register": RegisterSection}


def target_kinds() -> Mapping[str, TargetKind]:
    """Indicators of all rooms that targets may speak of, by id."""
    from carbon_sink.cover.indicators import indicators  # heavy
    from siting.energy.indicators import energy_indicators

    return {**energy_indicators(), **indicators()}


def load_plan(path: Path | str) -> Plan:
    """Read and check the plan file at `path`.

    A plan on the sample county is given the folder of that county, which is made when a
    file of it is first opened.

    Raises
    ------
    ConfigError
        With every fault of the file; also for balances of zones and parks it has not.
    """
    plan = on_sample(read_plan(path, SECTIONS, layer_ids(), target_kinds()))
    if plan.section(ParkSection).balance:
        from siting.zones.asked import zone_faults  # heavy

        raise_faults(ConfigError, zone_faults(plan, read=False))
    return plan
