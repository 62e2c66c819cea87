"""Projects of a file by name, in the coordinates of a plan: what a change of law may touch."""

from __future__ import annotations

from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary
from layers.plan.model import Plan
from siting.check.outline import read_outline

__all__ = ["read_projects"]


def read_projects(path: Path | str, plan: Plan) -> dict[str, BaseGeometry]:
    """Land of every project of a file inside the county.

    Parameters
    ----------
    path : path
        Polygons in any format `gis.files.read.read_features` reads; a column of names such as
        a list of plants has. Polygons of one name are one project, those without one go by
        their number.
    plan : Plan

    Raises
    ------
    DataError
        When it cannot be read, or lies outside the county.
    """
    parcels = read_outline(path, plan).parcels
    field = layer_of("existing_pv").field("name")
    column = next((c for c in (field.name, *field.aliases) if c in parcels.columns), None)
    county = county_boundary(plan)
    out: dict[str, list[BaseGeometry]] = {}
    for number, row in zip(parcels["parcel"], parcels.to_dict("records"), strict=True):
        given = row[column] if column is not None else None
        name = str(given).strip() if isinstance(given, str) else ""
        out.setdefault(name or str(number), []).append(row["geometry"])
    land = {k: shapely.intersection(shapely.union_all(v), county) for k, v in out.items()}
    return {k: v for k, v in land.items() if not v.is_empty}
