"""Reading a plan file with the sections of every room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from carbon_sink.section import SECTIONS as CARBON
from geoplan.register.section import RegisterSection
from geoplan.tiles.section import MapSection
from gis.errors import ConfigError, GeoplanError, raise_faults
from gis.files.given import given_bytes
from gis.say import say
from gis.toml import parse_toml
from layers.catalogue import layer_ids
from layers.plan.model import Plan
from layers.plan.read import read_plan
from layers.plan.target import TargetKind
from layers.sample import on_sample
from siting.sections import SECTIONS as SITING
from siting.zones.section import ParkSection

__all__ = ["SECTIONS", "is_of_many", "load_plan", "of_many", "target_kinds"]

SECTIONS: dict[str, type[BaseModel]] = {
    **SITING,
    **CARBON,
    "map": MapSection,
    "register": RegisterSection,
}


def target_kinds() -> Mapping[str, TargetKind]:
    """Indicators of all rooms that targets may speak of, by id."""
    from carbon_sink.cover.indicators import indicators  # heavy
    from siting.energy.indicators import energy_indicators

    return {**energy_indicators(), **indicators()}


def of_many(doc: Mapping[str, object]) -> bool:
    """Whether a plan document is of many counties.

    Examples
    --------
    >>> of_many({"counties": [{"code": "640000"}]}), of_many({"plan": {}})
    (True, False)
    """
    found = doc.get("counties")
    return isinstance(found, list) and all(isinstance(x, Mapping) for x in found)


def is_of_many(path: Path) -> bool:
    """Whether the file is a plan of many counties; what is wrong with it is told elsewhere."""
    try:
        return of_many(parse_toml(given_bytes(path, ConfigError), path.name))
    except (OSError, GeoplanError):
        return False


def load_plan(path: Path | str) -> Plan:
    """Read and check the plan file at `path`.

    A plan on the sample county is given the folder of that county, which is made when a
    file of it is first opened.

    Raises
    ------
    ConfigError
        With every fault of the file; also for balances of zones and parks it has not, and
        for a plan of many counties.
    """
    if is_of_many(Path(path)):
        raise ConfigError(
            say("geoplan.counties.many_here"),
            where=f"{Path(path).name} [[counties]]",
            todo=say("geoplan.counties.many_todo"),
        )
    plan = on_sample(read_plan(path, SECTIONS, layer_ids(), target_kinds()))
    if plan.section(ParkSection).balance:
        from siting.zones.asked import zone_faults  # heavy

        raise_faults(ConfigError, zone_faults(plan, read=False))
    return plan
