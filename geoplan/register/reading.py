"""Projects as files bring them: tables, layers with attributes, coordinate texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from geoplan.register.columns import Row, row_of
from geoplan.register.project import FIELDS, field_of, id_of, tech_of
from gis.constants import constants
from gis.crs.systems import as_crs, transform_points
from gis.errors import DataError, Fault
from gis.files.as_it_is import read_as_it_is
from gis.files.given import given_file
from gis.files.notes import notes_of
from gis.files.read_features import list_layers, read_features
from gis.files.repair import moved
from gis.files.table_rows import headed, read_table
from gis.say import Lang, listed, say
from layers.open.county import plan_crs
from layers.plan.model import Plan
from siting.check.drawing import no_land, outline_faults
from siting.check.outline import shifted_words

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "POINTS",
    "PROJECTS",
    "Brought",
    "Telling",
    "land_of_file",
    "point_of",
    "read_brought",
    "require_fit",
    "with_kind",
]

PROJECTS, POINTS = "projects", "project_points"
"""Layers of a register that was written as a GeoPackage."""

Telling = Callable[[Lang], str]
"""What is said, in the language it is called with."""
_TABLES = {".csv", ".xlsx", ".xlsm"}
_AREAS, _POINTS = (3, 6), (0, 4)


@dataclass(frozen=True)
class Brought:
    """A project as a file brings it.

    Attributes
    ----------
    where
        File and row or feature, for messages.
    values
        Fields the file has a value for; nothing is checked yet.
    geometry
        In the plan's CRS; None where the file has none.
    faults
        What is wrong with its place or its parts: refused together with the faults of its
        values, so that one reading of a file tells all of them.
    unread
        Headings of the file that are no field of a project.
    told
        What had to be set right or guessed when the file was read.
    """

    where: str
    values: Mapping[str, Any]
    geometry: BaseGeometry | None = None
    faults: tuple[Fault, ...] = ()
    unread: tuple[str, ...] = ()
    told: tuple[Telling, ...] = ()

    @property
    def id(self) -> str:
        """The id as the register writes it; empty without one."""
        return id_of(str(self.values.get("id", "")))


def read_brought(
    path: Path | str,
    plan: Plan,
    *,
    layer: str = "",
    crs: str = "",
    encoding: str = "",
) -> tuple[Brought, ...]:
    """Projects of a file: rows of a table, or features of a layer joined by their id.

    Parameters
    ----------
    path : path
        ``.xlsx`` and ``.csv`` with a heading row; any format `gis.files.read.read_features`
        reads. A layer without ids is one project, named after the file.
    plan : Plan
    layer, crs, encoding : str
        Layer or sheet of the file, CRS it does not say, encoding of its texts.

    Returns
    -------
    tuple of Brought
        Faults of their places stand in them; `geoplan.register.adding.add_projects` refuses.

    Raises
    ------
    DataError
        When it cannot be read.
    """
    path = given_file(path)
    if path.suffix.lower() in _TABLES and path.exists():
        found = tuple(_rows(path, plan, layer))
        if found:
            return found
    if path.suffix.lower() == ".gpkg" and not layer and path.exists():
        own = list_layers(path)
        if PROJECTS in own and set(own) <= {PROJECTS, POINTS}:
            return tuple(b for name in own for b in _written_out(path, plan, name, crs))
    return tuple(_features(path, plan, layer, crs, encoding))


def _written_out(path: Path, plan: Plan, layer: str, crs: str) -> Iterator[Brought]:
    """Projects of a layer of a register, with those that have no place."""
    table = read_as_it_is(path, layer=layer, crs=crs).table
    placed = ~shapely.is_missing(table.geometry.to_numpy())
    for k, row in enumerate(table.drop(columns=table.geometry.name).to_dict("records")):
        if not placed[k]:
            where = say("geoplan.register.feature_of", file=path.name, n=k + 1)
            own = row_of(row, where)
            yield Brought(where, own.values, None, own.faults, own.unread)
    if placed.any():
        yield from _features(path, plan, layer, crs, "")


def _is_head(names: list[str]) -> bool:
    return {"id", "name"} <= {field_of(n) for n in names}


def _rows(path: Path, plan: Plan, layer: str) -> Iterator[Brought]:
    """Rows of a table with ids and names; nothing where it has other columns."""
    table = headed(read_table(path, layer, str(path)), _is_head)
    if not _is_head([str(c) for c in table.columns]):
        return
    most = int(constants("limits")["table_cells_max"])
    if table.size > most:
        raise DataError(say("gis.files.table_too_large"), where=str(path))
    for number, row in zip(table.index, table.to_dict("records"), strict=True):
        where = say("geoplan.register.row_of", file=path.name, row=int(number) + 2)
        own = row_of(row, where)
        if not own.values and not own.faults:
            continue
        lon, lat = (_number(row, k) for k in ("lon", "lat"))
        land = None
        wrong: tuple[Fault, ...] = ()
        if lon is not None or lat is not None:  # one of them alone is no place
            x, y = (math.nan if v is None else v for v in (lon, lat))
            try:
                land = point_of(x, y, plan, where)
            except DataError as err:
                wrong = err.faults
        yield Brought(where, own.values, land, (*own.faults, *wrong), own.unread)


def _number(row: Mapping[Any, Any], field: str) -> float | None:
    for heading, value in row.items():
        if field_of(str(heading)) == field and value is not None and value == value:
            try:
                return float(value)
            except (TypeError, ValueError):
                return float("nan")
    return None


def point_of(lon: float, lat: float, plan: Plan, where: str) -> BaseGeometry:
    """A point in the plan's CRS.

    Raises
    ------
    DataError
        When the coordinates are no degrees.
    """
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise DataError(
            say("siting.check.not_place_degrees"),
            where=where,
            got=", ".join("—" if math.isnan(v) else str(v) for v in (lon, lat)),
            expected=say("siting.check.longitude_latitude_106_54_38"),
        )
    x, y = transform_points(lon, lat, as_crs(4490), plan_crs(plan))
    return shapely.Point(float(np.ravel(x)[0]), float(np.ravel(y)[0]))


def _features(path: Path, plan: Plan, layer: str, crs: str, encoding: str) -> Iterator[Brought]:
    frame, misplaced = _placed(path, plan, layer, crs, encoding)
    told = () if misplaced else _told_of(frame, frame.geometry.to_numpy(), plan)
    frame = frame.reset_index(drop=True)
    if path.suffix.lower() in (".kml", ".kmz"):
        frame = frame.drop(columns="id", errors="ignore")  # of the driver, not of the project
    shapes = frame.geometry.to_numpy()
    rows = frame.drop(columns=frame.geometry.name).to_dict("records") or [{}] * len(frame)
    named: dict[str, list[int]] = {}
    read: list[Row] = []
    values: list[dict[str, Any]] = []
    for k, row in enumerate(rows):
        found = row_of(row, say("geoplan.register.feature_of", file=path.name, n=k + 1))
        own = dict(found.values)
        own.setdefault("name", path.stem)
        own.setdefault("id", own["name"])
        read.append(found)
        values.append(own)
        named.setdefault(id_of(str(own["id"])), []).append(k)
    for nth, members in enumerate(named.values()):
        first = values[members[0]]
        where = say("geoplan.register.feature_of", file=path.name, n=members[0] + 1)
        of_file = () if nth else misplaced  # told once
        faults = (f for k in members for f in read[k].faults)
        wrong = (*of_file, *faults, *_unlike(first, [values[k] for k in members], where))
        unread = dict.fromkeys(h for k in members for h in read[k].unread)
        land = None
        if not misplaced:
            parts = [shapes[k] for k in members]
            land = shapely.union_all(parts) if len(parts) > 1 else parts[0]
        yield Brought(where, first, land, wrong, tuple(unread), () if nth else told)


def _placed(
    path: Path, plan: Plan, layer: str, crs: str, encoding: str
) -> tuple[gpd.GeoDataFrame, tuple[Fault, ...]]:
    """Features in the plan's CRS; of a layer that lies nowhere the rows, and what is wrong."""
    try:
        frame = read_features(path, layer=layer, crs=crs, encoding=encoding, kind="polygon")
        out = moved(frame, plan_crs(plan), str(path))
    except DataError as err:
        try:
            rows = read_as_it_is(path, layer=layer, crs=crs, encoding=encoding).table
        except DataError:
            raise err from None
        if not len(rows):
            raise
        return rows, err.faults
    out.attrs.update(frame.attrs)
    return out, ()


def _unlike(
    first: Mapping[str, object], rest: Sequence[Mapping[str, object]], where: str
) -> Iterator[Fault]:
    """Parts of one project that say different things of it."""
    for field in FIELDS:
        found = dict.fromkeys(str(v[field]) for v in rest if field in v)
        if len(found) > 1:
            yield Fault(
                say("geoplan.register.parts_differ", id=first["id"], field=field),
                where=where,
                got=listed(found),
            )


def with_kind(brought: Sequence[Brought], kind: str) -> list[Brought]:
    """Projects of which the file names no kind, with the one that was given for them."""
    if not kind:
        return list(brought)
    return [replace(b, values={"kind": kind, **b.values}) for b in brought]


def land_of_file(
    path: Path, plan: Plan, *, layer: str = "", crs: str = "", encoding: str = ""
) -> tuple[BaseGeometry, tuple[Telling, ...]]:
    """The land a boundary file describes, in the plan's CRS, and what is said of the file."""
    frame = read_features(path, layer=layer, crs=crs, encoding=encoding, kind="polygon")
    shapes = moved(frame, plan_crs(plan), str(path)).geometry.to_numpy()
    land = shapely.union_all(shapes) if len(shapes) > 1 else shapes[0]
    told = _told_of(frame, shapes, plan)
    if np.isin(shapely.get_type_id(shapes), _AREAS).all():
        # of one boundary, as `geoplan check` tells them; parcels of many projects may touch
        told = tuple(dict.fromkeys([*(f.text for f in outline_faults(frame)), *told]))
    return land, told


def _told_of(
    frame: gpd.GeoDataFrame, shapes: npt.NDArray[np.object_], plan: Plan
) -> tuple[Telling, ...]:
    """What was set right or guessed of a file, and that it lies in shifted coordinates."""
    told: list[Telling] = [n.text for n in notes_of(frame)]
    flat = shapes[np.isin(shapely.get_type_id(shapes), _AREAS)]
    if len(flat) and (text := shifted_words(plan, flat)) is not None:
        told.append(text)
    return tuple(dict.fromkeys(told))


def require_fit(
    geometry: BaseGeometry, kind: str, county: BaseGeometry, where: str
) -> list[Fault]:
    """What is wrong with the land of a project."""
    shape = shapely.get_type_id(geometry)
    if tech_of(kind) and shape not in (*_AREAS, *_POINTS):
        return [
            Fault(
                say("geoplan.register.not_area"),
                where=where,
                got=geometry.geom_type,
                expected=say("geoplan.register.area_or_point"),
            )
        ]
    if not shapely.intersects(county, geometry):
        return [
            Fault(
                say("siting.check.boundary_lies_outside_county"),
                where=where,
                expected=say("siting.check.land_county_plan"),
                todo=say("siting.check.check_crs_order_axes"),
            )
        ]
    fault = no_land(geometry, where)
    return [] if fault is None else [fault]
