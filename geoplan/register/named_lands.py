"""Land of projects by name, out of a register or any file of boundaries."""

from __future__ import annotations

from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from geoplan.register.adding import epsg_of, in_plan_crs
from geoplan.register.store import Place, opened
from gis.files.given import given_file
from gis.files.read import list_layers
from layers.open.county import county_boundary
from layers.plan.model import Plan
from siting.check.projects import read_projects

__all__ = ["named_lands"]

_REGISTER = {"history", "projects"}


def named_lands(path: Path, plan: Plan) -> dict[str, BaseGeometry]:
    """Land of every project inside the county by its name.

    Of a register its projects as they stand, those with a boundary; of another file as
    `siting.check.projects.read_projects` reads it.

    Raises
    ------
    DataError
        When it cannot be read, or lies outside the county.
    """
    given_file(path)
    is_register = path.suffix.lower() == ".gpkg" and path.exists()
    if not (is_register and set(list_layers(path)) >= _REGISTER):
        return read_projects(path, plan)
    with opened(Place(path), epsg_of(plan)) as ledger:
        epsg, entries = ledger.epsg, ledger.current()
    county = county_boundary(plan)
    out: dict[str, list[BaseGeometry]] = {}
    for entry in entries.values():
        land = in_plan_crs(entry.geometry, epsg, plan)
        if land is not None and shapely.get_dimensions(land) == 2:
            out.setdefault(entry.project.name, []).append(land)
    found = {k: shapely.intersection(shapely.union_all(v), county) for k, v in out.items()}
    return {k: v for k, v in found.items() if not v.is_empty}
