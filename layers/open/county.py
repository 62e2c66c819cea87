"""The county: its boundary, CRS, grid and zones, all in the plan CRS."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.cells.area import polygonal
from gis.cells.grid import Grid, plan_grid
from gis.crs.systems import (
    as_crs,
    crs_name,
    longest_scale,
    pick_gk_crs,
    scale_limits,
    scale_off,
    suspect_gcj02,
    transform_shape,
)
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.files.notes import Note, notes_of
from gis.files.read import read_features
from gis.say import listed, say
from gis.toml import read_toml
from layers.bundled_county import (
    BUNDLED_LABEL,
    bundled_county,
    bundled_county_over,
    bundled_divisions,
    shared_fracs,
)
from layers.open.kinds import kind_word, kinds_met
from layers.open.plan_file import plan_file
from layers.plan.model import Plan, Zone
from layers.provenance import file_mark
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = [
    "boundary_least_frac",
    "boundary_warnings",
    "county_boundary",
    "county_boundary_ll",
    "drawn_zones",
    "plan_crs",
    "plan_grid_of",
    "zone_geometries",
    "zone_shapes",
]

_WGS84 = "EPSG:4326"
_SHOWN = 5  # features named in a sentence
_TWO_ZONES_DEG = 6  # of 3 degrees: a county as wide is told how far off its plane is


def _matches(table: Any, where: Mapping[str, Any], what: str) -> Any:  # noqa: ANN401
    """Rows of a GeoDataFrame whose fields equal `where`."""
    for key, value in where.items():
        if key not in table.columns:
            raise DataError(
                say("layers.open.filter_names_field_file_does"),
                where=what,
                got=key,
                expected=listed(str(c) for c in table.columns if c != "geometry"),
            )
        table = table[table[key].astype(str) == str(value)]
    if not len(table):
        raise DataError(
            say("layers.open.no_feature_left_after_filter"),
            where=what,
            got=listed(f"{k} = {v}" for k, v in where.items()) or say("layers.open.empty_file"),
            todo=say("layers.open.check_file_filter"),
        )
    return table


def _polygons_only(geometries: npt.NDArray[np.object_], where: str) -> BaseGeometry:
    kinds = shapely.get_type_id(geometries)
    if not np.isin(kinds, (3, 6)).all():
        raise DataError(
            say("layers.open.boundary_not_made_polygons"),
            where=where,
            got=kinds_met(geometries),
            expected=kind_word("polygon"),
        )
    return shapely.union_all(geometries)


def _called(table: Any) -> list[str]:  # noqa: ANN401 - a GeoDataFrame
    """What the first features are called: by a column of names, else by the first one."""
    columns = [c for c in table.columns if c != table.geometry.name]
    named = [c for c in columns if table[c].astype(str).str.contains(r"[^\W\d_]").any()]
    if not columns:
        return []
    shown = [str(v) for v in table[[*named, *columns][0]].head(_SHOWN)]
    return [*shown, "…"] if len(table) > _SHOWN else shown


@lru_cache(maxsize=16)
def _from_file(
    path: str,
    mark: int,
    where: tuple[tuple[str, str], ...],
    label: str,
    layer: str = "",
    crs: str = "",
) -> tuple[BaseGeometry, str, tuple[Note, ...]]:
    del mark  # only part of the cache key
    table = read_features(Path(path), layer=layer, crs=crs, kind="polygon")
    notes = notes_of(table)
    table = _matches(table, dict(where), label)
    shape = _polygons_only(np.asarray(table.geometry.array), label)
    if len(table) > 1:
        # the file of a whole prefecture makes a county of it
        shown = _called(table)
        text = say("layers.open.boundary_of_rows", n=len(table), names=listed(shown))
        notes += (Note("rows", label, text, {"n": float(len(table))}),)
    return shape, table.crs.to_wkt(), notes


def _stored(plan: Plan) -> tuple[BaseGeometry, str, tuple[Note, ...]]:
    """The boundary as it is stored, its CRS, and what was found on reading it."""
    boundary = plan.area.boundary
    if boundary.adcode:
        return bundled_county(boundary.adcode).geometry_ll, _WGS84, ()
    path = plan_file(plan, boundary.path)
    where = f"{plan.path.name} [area.boundary] path"
    if not path.exists():
        raise DataError(
            say("layers.open.boundary_file_missing"),
            where=where,
            got=str(path),
            todo=say("layers.open.check_path"),
        )
    key = tuple((k, str(v)) for k, v in sorted(boundary.where.items()))
    return _from_file(str(path), file_mark(path), key, where, boundary.layer, boundary.crs)


def county_boundary_ll(plan: Plan) -> BaseGeometry:
    """The county boundary in lon/lat WGS84.

    Raises
    ------
    DataError
        When the file is missing, crosses itself, or its coordinates cannot be right.
    """
    geometry, crs, _ = _stored(plan)
    return geometry if crs == _WGS84 else transform_shape(geometry, as_crs(crs), as_crs(_WGS84))


def plan_crs(plan: Plan) -> pyproj.CRS:
    """The CRS everything of a plan is computed in (``auto``: the 3-degree zone).

    Raises
    ------
    ConfigError
        When the CRS of the plan is not one.
    """
    if plan.area.crs != "auto":
        return as_crs(plan.area.crs)
    west, south, east, north = county_boundary_ll(plan).bounds
    return pick_gk_crs((west, south, east, north))


def county_boundary(plan: Plan) -> BaseGeometry:
    """The county boundary in the plan CRS.

    Raises
    ------
    DataError
        When the file is missing, crosses itself, or its coordinates cannot be right.
    ConfigError
        When lengths of the plan's plane are not those of the ground there.
    """
    geometry, crs, _ = _stored(plan)
    _true_to_scale(plan)
    return transform_shape(geometry, as_crs(crs), plan_crs(plan))


def _true_to_scale(plan: Plan) -> None:
    """Refuse a plane whose metres are not those of the ground: every setback would be wrong."""
    if plan.area.crs == "auto":
        return
    off = _scale_off(county_boundary_ll(plan).bounds, plan.area.crs)
    if off <= scale_limits()["refused"]:
        return
    raise ConfigError(
        say("layers.open.plane_off", pct=100 * off),
        where=f"{plan.path.name} [area] crs",
        got=crs_name(plan_crs(plan)),
        expected=say("layers.open.plane_within", pct=100 * scale_limits()["refused"]),
        todo=say("layers.open.plane_todo"),
    )


@lru_cache(maxsize=16)
def _scale_off(bounds_ll: tuple[float, float, float, float], crs: str) -> float:
    return scale_off(bounds_ll, crs)


def plan_grid_of(plan: Plan) -> Grid:
    """The screening grid of a plan: the county's box, snapped to multiples of the cell."""
    xmin, ymin, xmax, ymax = county_boundary(plan).bounds
    return plan_grid((xmin, ymin, xmax, ymax), plan_crs(plan), plan.area.cell_m)


def boundary_warnings(plan: Plan) -> list[Warn]:
    """What must be said about the county boundary and the zones of a plan.

    A boundary of a file is compared with the bundled one of the same county: one that lies
    off as a whole, as GCJ-02 does, or is far from its extent, is reported.
    """
    out: list[Warn] = []
    where = f"{plan.path.name} [area.boundary]"
    if plan.area.boundary.adcode:
        out.append(Warn("boundary_not_official", BUNDLED_LABEL, where))
    else:
        found = county_boundary_ll(plan)
        reference = bundled_county_over(found)
        suspicion = suspect_gcj02(found, reference.geometry_ll) if reference else None
        if suspicion is not None:
            out.append(Warn("boundary_gcj02", suspicion.message, where))
        if reference and plan.area.adcode and reference.adcode != plan.area.adcode:
            text = say(
                "layers.open.boundary_of_another_county",
                adcode=plan.area.adcode,
                name=reference.name,
                found=reference.adcode,
            )
            out.append(Warn("boundary_other_county", text, f"{plan.path.name} [area] adcode"))
        else:
            out += _share_told(plan, found, where)
        out += [
            Warn(f"boundary_{n.code}", n.text, where)
            for n in _stored(plan)[2]
            if n.code != "encoding_found"
        ]
    west, south, east, north = box = county_boundary_ll(plan).bounds
    if plan.area.crs == "auto" and east - west > _TWO_ZONES_DEG:
        crs = plan_crs(plan)
        text = say(
            "layers.open.boundary_wide",
            deg=east - west,
            crs=crs_name(crs),
            pct=100 * (longest_scale((west, south, east, north), crs) - 1),
        )
        out.append(Warn("boundary_wide", text, where))
    off = 0.0 if plan.area.crs == "auto" else _scale_off(box, plan.area.crs)
    if off > scale_limits()["told"]:
        text = say("layers.open.plane_differs", crs=crs_name(plan_crs(plan)), pct=100 * off)
        out.append(Warn("plane_differs", text, f"{plan.path.name} [area] crs"))
    out += [
        Warn(
            "zone_approximate",
            say("layers.open.zone_approximate", title=z.title),
            f"{plan.path.name} [zones.{z.id}]",
        )
        for z in plan.zones
        if z.status == "approximate"
    ]
    return out


def boundary_least_frac() -> float:
    """Share a boundary must have of its county, and the county of it."""
    return float(read_toml("layers.open", "place.toml")["boundary"]["least_frac"])


def _share_told(plan: Plan, found: BaseGeometry, where: str) -> list[Warn]:
    """What is told of a boundary that is not the county of the plan's code, or only part of it.

    A plan of invented data may have an invented county; the plan tells that it is synthetic.
    """
    code = plan.area.adcode
    known = not plan.plan.synthetic and any(
        r["district_adcode"] == code for r in bundled_divisions()
    )
    if not known:
        return []
    county = bundled_county(code)
    covers, own = shared_fracs(found, county.geometry_ll)
    if min(covers, own) >= boundary_least_frac():
        return []
    text = say(
        "layers.open.boundary_share",
        name=county.name,
        adcode=code,
        covers=100 * covers,
        own=100 * own,
    )
    return [Warn("boundary_share", text, where)]


def _zone_geometry(plan: Plan, zone: Zone, county: BaseGeometry) -> BaseGeometry:
    crs = plan_crs(plan)
    if zone.bounds_ll is not None:
        # 500 points a side: the straight edges of lon/lat are curves in the plan CRS
        box = shapely.segmentize(shapely.box(*zone.bounds_ll), 0.001)
        return shapely.intersection(transform_shape(box, as_crs(_WGS84), crs), county)
    label = f"{plan.path.name} [zones.{zone.id}] path"
    path = plan_file(plan, zone.path)
    if not path.exists():
        raise DataError(say("layers.open.zone_file_missing"), where=label, got=str(path))
    key = tuple((k, str(v)) for k, v in sorted(zone.where.items()))
    stored, source, _ = _from_file(str(path), file_mark(path), key, label, zone.layer, zone.crs)
    return transform_shape(stored, as_crs(source), crs)


def zone_shapes(plan: Plan) -> list[BaseGeometry]:
    """The zones of a plan in its order, cut to the county; all faults at once.

    Raises
    ------
    ConfigError, DataError
        When a zone lies outside the county, or its file cannot be used.
    """
    county = county_boundary(plan)
    # one that a bureau drew may reach beyond the county: nothing is known there
    return [
        shape
        if shapely.covers(county, shape)
        else polygonal(shapely.intersection(shape, county))
        for shape in drawn_zones(plan)
    ]


def drawn_zones(plan: Plan) -> list[BaseGeometry]:
    """The zones of a plan in its order as they were drawn, beyond the county too.

    Raises
    ------
    ConfigError, DataError
        As `zone_shapes`.
    """
    county = county_boundary(plan)
    shapes: list[BaseGeometry] = []
    outside: list[Fault] = []
    for zone in plan.zones:
        shape = _zone_geometry(plan, zone, county)
        shapes.append(shape)
        if shape.is_empty or not shapely.intersects(shape, county):
            box = (
                zone.bounds_ll or transform_shape(shape, plan_crs(plan), as_crs(_WGS84)).bounds
            )
            outside.append(
                Fault(
                    say("layers.open.zone_lies_outside_county"),
                    where=f"{plan.path.name} [zones.{zone.id}]",
                    got=_box_text(box),
                    expected=_box_text(county_boundary_ll(plan).bounds),
                    todo=say("layers.open.check_order_bounds_ll_west"),
                )
            )
    raise_faults(ConfigError, outside)
    return shapes


def _box_text(box: tuple[float, float, float, float]) -> str:
    return ", ".join(f"{v:.4f}" for v in box)


def zone_geometries(plan: Plan) -> gpd.GeoDataFrame:
    """The zones of a plan, cut to the county.

    Returns
    -------
    GeoDataFrame
        zone, title_zh, title_en, purpose, status, note, geometry; empty without zones.

    Raises
    ------
    ConfigError
        When a zone lies outside the county.
    """
    import geopandas as gpd  # heavy

    shapes = zone_shapes(plan)
    return gpd.GeoDataFrame(
        {
            "zone": [z.id for z in plan.zones],
            "title_zh": [z.title.zh for z in plan.zones],
            "title_en": [z.title.en for z in plan.zones],
            "purpose": [z.purpose for z in plan.zones],
            "status": [z.status for z in plan.zones],
            "note": [z.note for z in plan.zones],
        },
        geometry=shapes,
        crs=plan_crs(plan),
    )
