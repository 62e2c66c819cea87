"""The land of a new farm: a zone of the plan, a site found, or a polygon of a file."""

from __future__ import annotations

from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from gis.errors import ConfigError, ModelError
from gis.say import listed, say
from layers.open.county import county_boundary, zone_shapes
from layers.open.plan_file import plan_file
from layers.plan.model import Plan
from layers.result import Warn, read_layer
from siting.check.outline import read_outline
from siting.wind.greenfield.section import GreenfieldSection

__all__ = ["farm_area", "in_county"]

_CUT = 1e-3  # less is the roughness of borders


def farm_area(
    plan: Plan, section: GreenfieldSection, work: Path
) -> tuple[str, BaseGeometry, list[Warn]]:
    """Name and shape of the land, in the plan CRS, cut to the county; and what was cut off.

    Raises
    ------
    ConfigError
        For a zone the plan and the run do not have.
    ModelError
        For land outside the county.
    """
    if section.polygon:
        path = plan_file(plan, section.polygon)
        name, where = path.stem, path.name
        shape = shapely.union_all(list(read_outline(path, plan).parcels.geometry))
    else:
        name, where = section.zone, f"[greenfield] zone {section.zone}"
        shape = _zone(plan, section.zone, work)
    cut, told = in_county(plan, shape, where)
    return name, cut, told


def in_county(plan: Plan, shape: BaseGeometry, where: str) -> tuple[BaseGeometry, list[Warn]]:
    """The part of a shape that lies in the county, in the plan CRS; and what was cut off.

    Parameters
    ----------
    where : str
        What the shape is called in a refusal and a warning.

    Raises
    ------
    ModelError
        When nothing of it lies there.
    """
    cut = shapely.intersection(shape, county_boundary(plan))
    if cut.is_empty or cut.area <= 0:
        raise ModelError(
            say("siting.wind_layout.area_outside_county"),
            where=where,
            todo=say("siting.wind_layout.check_area_and_crs"),
        )
    lost = float(shape.area - cut.area)
    if lost <= _CUT * float(shape.area):
        return cut, []
    text = say("siting.wind_layout.area_cut", ha=lost / 1e4, share=lost / float(shape.area))
    return cut, [Warn("greenfield_area_cut", text, where)]


def _zone(plan: Plan, zone: str, work: Path) -> BaseGeometry:
    ids = [z.id for z in plan.zones]
    if zone in ids:
        return zone_shapes(plan)[ids.index(zone)]
    found: list[str] = []
    if (work / "steps" / "sites").is_dir():
        sites = read_layer(work, "sites")
        mine = sites[sites["tech"] == "wind"]
        found = [str(s) for s in mine["site_id"]]
        if zone in found:
            shape: BaseGeometry = mine.geometry.iloc[found.index(zone)]
            return shape
    raise ConfigError(
        say("siting.wind_layout.no_such_zone"),
        where="[greenfield] zone",
        got=zone,
        expected=listed([*ids, *found][:20]) or "[[zones]], --polygon",
        todo=say("siting.wind_layout.name_zone_or_polygon"),
    )
