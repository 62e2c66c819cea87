"""A project boundary as it was brought, in the plan's CRS."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2, polygonal
from gis.crs.china import gk_epsg
from gis.crs.systems import as_crs, china_row, crs_name, transform_points
from gis.errors import DataError
from gis.files.notes import notes_of
from gis.files.read import read_features
from gis.files.repair import moved
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.open.county import county_boundary, plan_crs
from layers.open.near import features_near
from layers.open.place import OutlineShift, outline_shift
from layers.plan.model import Plan
from siting.check.drawing import Finding, limits, no_land, outline_faults

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj
    from shapely.geometry.base import BaseGeometry

__all__ = ["Finding", "Outline", "as_polygons", "outline_faults", "read_outline"]


_LAST_SINGLE = 3  # of the kinds of shapely: beyond a polygon they hold several


@dataclass(frozen=True)
class Outline:
    """A project boundary ready to be checked.

    Attributes
    ----------
    parcels : GeoDataFrame
        Its polygons in the plan CRS, with the file's attributes, ``parcel`` (1, 2 ...) and,
        where the file says it, ``component``: array, substation, road, line, turbine or
        other.
    land : polygon or multipolygon
        Union of the parcels.
    file_crs
        CRS the file is in, by name.
    findings
        What is wrong with how it is drawn.
    drawn : GeoDataFrame, optional
        Its polygons as the file has them: its system, its columns, its order of points.
    """

    parcels: gpd.GeoDataFrame
    land: BaseGeometry
    file_crs: str
    findings: tuple[Finding, ...] = field(default=())
    drawn: gpd.GeoDataFrame | None = None

    def told(self, lang: str) -> list[dict[str, str]]:
        """Severity and sentence of each finding, with the system its places are in."""
        return [
            {
                "severity": say(f"siting.check.severity.{f.severity}")(lang),
                "what": say("siting.check.in_system", what=f, crs=self.file_crs)(lang)
                if f.places
                else f(lang),
            }
            for f in self.findings
        ]

    def parts(self) -> dict[str, BaseGeometry]:
        """Land of each part of the project the boundary names; empty when it names none."""
        if "component" not in self.parcels.columns:
            return {}
        return {
            str(part): shapely.union_all(own.geometry.to_numpy())
            for part, own in self.parcels.groupby("component", sort=False)
        }

    def land_of(self, parts: tuple[str, ...]) -> BaseGeometry:
        """Land of some parts of the project, and of parcels that do not say what they are.

        All the land when `parts` is empty or the boundary names no parts.
        """
        if not parts or "component" not in self.parcels.columns:
            return self.land
        chosen = self.parcels["component"].isin([*parts, "other"])
        return shapely.union_all(self.parcels.geometry[chosen].to_numpy())


@cache
def _components() -> tuple[dict[str, bool], dict[str, str]]:
    """Column -> whether it names parts of a project and nothing else; word -> part."""
    doc = read_toml("siting.check", "outline.toml")["components"]
    lists = ("columns", "named")
    words = {w.casefold(): k for k, v in doc.items() if k not in lists for w in v}
    return {c: c in doc["named"] for c in doc["columns"]}, words


def _component_of(frame: gpd.GeoDataFrame) -> tuple[list[str] | None, list[Finding]]:
    """Part of the project each parcel is, and what of it is not understood.

    ``other`` where the file does not say, or says what is not known; None when no column
    names a part.
    """
    columns, words = _components()
    for name in (c for c in columns if c in frame.columns):
        raw = ["" if v is None or v != v else str(v).strip() for v in frame[name]]
        found = [words.get(v.casefold(), "other") for v in raw]
        strange = dict.fromkeys(
            v for v, f in zip(raw, found, strict=True) if v and f == "other"
        )
        if any(f != "other" for f in found) or (strange and columns[name]):
            text = say("siting.check.part_not_known", column=name, words=listed(strange))
            return found, [Finding("part_not_known", "remark", text)] if strange else []
    return None, []


def as_polygons(frame: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """Polygons of a file; points alone are one ring in the order of the rows."""
    if frame.empty:  # every feature was left out
        raise DataError(
            say("siting.check.file_has_no_polygons"),
            where=where,
            got=listed(n.text for n in notes_of(frame)),
            expected=say("siting.check.polygons_closed_lines_dxf_table"),
        )
    kinds = shapely.get_type_id(frame.geometry.to_numpy())
    if np.isin(kinds, (3, 6)).all():
        return frame
    if (kinds == 0).all() and len(frame) >= 3:
        ring = shapely.Polygon(shapely.get_coordinates(frame.geometry.to_numpy()))
        if not ring.is_valid:
            raise DataError(
                say("siting.check.points_order_rows_make_ring"),
                where=where,
                got=shapely.is_valid_reason(ring),
                todo=say("siting.check.correct_order_add_column_ring"),
            )
        out = frame.iloc[:1][[frame.geometry.name]].copy()
        out[frame.geometry.name] = [ring]
        out.attrs.update(frame.attrs)
        return out
    found = _kinds_of(frame.geometry.to_numpy())
    mixed = "polygon" in found
    raise DataError(
        say(f"siting.check.file_has_{'more_than' if mixed else 'no'}_polygons"),
        where=where,
        got=listed(say(f"siting.check.shape_{kind}", n=n) for kind, n in found.items()),
        expected=say("siting.check.polygons_closed_lines_dxf_table"),
    )


def _kinds_of(shapes: Any) -> dict[str, int]:  # noqa: ANN401 - of shapely
    """How many points, lines and polygons there are, inside collections too."""
    parts = shapely.get_parts(shapes)
    while (shapely.get_type_id(parts) > _LAST_SINGLE).any():
        parts = shapely.get_parts(parts)
    names = ("point", "line", "line", "polygon")
    return dict(Counter(sorted(names[i] for i in shapely.get_type_id(parts) if i >= 0)))


def _zone_advice(frame: gpd.GeoDataFrame, county: BaseGeometry, crs: pyproj.CRS) -> str:
    """The 3-degree zone in which the same numbers would lie in the county, if one does."""
    row = china_row(frame.crs)
    if row is None:
        return ""
    x, y = shapely.get_coordinates(frame.geometry.to_numpy()).mean(axis=0)
    plain = x % 1e6
    for zone in range(25, 46):
        code = gk_epsg(zone, prefixed=False)
        if code is None:
            continue
        px, py = transform_points(plain, y, as_crs(code), crs)
        if county.intersects(shapely.Point(float(np.ravel(px)[0]), float(np.ravel(py)[0]))):
            return f"EPSG:{code} ({crs_name(as_crs(code))})"
    return ""


def read_outline(
    path: Path | str,
    plan: Plan,
    *,
    layer: str = "",
    crs: str = "",
    encoding: str = "",
    on_our_map: bool = False,
) -> Outline:
    """Read a project boundary and bring it to the plan's CRS.

    Parameters
    ----------
    path : path
        Anything `gis.files.read.read_features` reads: Shapefile, FileGDB, GeoPackage, GeoJSON,
        KML, DXF, coordinate text, table of points.
    layer, crs, encoding : str
        Layer of the file, CRS it does not say, encoding of its texts.
    on_our_map : bool
        Drawn on a map of geoplan: its system is known, and no shift of a web map is sought.

    Raises
    ------
    DataError
        When the file cannot be read, holds no polygon or more vertices than are judged, or
        lies outside the county; where another zone would put it inside, the message says
        which.
    """
    frame = read_features(path, layer=layer, crs=crs, encoding=encoding, kind="polygon")
    frame = as_polygons(frame, str(path))
    _refuse_endless(frame, str(path))
    found = list(outline_faults(frame))
    target, county = plan_crs(plan), county_boundary(plan)
    parcels = moved(frame, target, str(path)).reset_index(drop=True)
    parcels.insert(0, "parcel", np.arange(1, len(parcels) + 1))
    component, remarks = _component_of(parcels)
    found += remarks
    if component is not None:
        parcels["component"] = component
    land = shapely.union_all(parcels.geometry.to_numpy())
    if not shapely.intersects(county, land):
        advice = _zone_advice(frame, county, target)
        raise DataError(
            say("siting.check.boundary_lies_outside_county"),
            where=str(path),
            got=say(
                "siting.check.centre",
                crs=crs_name(frame.crs),
                place=_centre_ll(land, target),
            ),
            expected=say("siting.check.land_county_plan"),
            todo=say("siting.check.wrong_zone_lies_inside_say", advice=advice)
            if advice
            else say("siting.check.check_crs_order_axes"),
        )
    if (fault := no_land(land, str(path))) is not None:
        raise DataError([fault])
    if not on_our_map:
        found += _shift_findings(plan, parcels)
    outside = shapely.difference(land, county)
    beyond = float(np.sum(polygon_area_m2([polygonal(outside)], target)))
    if beyond > limits()["overlap_m2"]:
        found.append(
            Finding(
                "outside_county",
                "remark",
                say("siting.check.outside_county", beyond=beyond),
            )
        )
    return Outline(parcels, land, crs_name(frame.crs), tuple(found), frame)


def _refuse_endless(frame: gpd.GeoDataFrame, where: str) -> None:
    """Refuse a boundary with more vertices than a project can have."""
    n, most = int(shapely.get_num_coordinates(frame.geometry).sum()), limits()["vertices_most"]
    if n > most:
        raise DataError(
            say("siting.check.too_many_vertices"),
            where=where,
            got=f"{n:,}",
            expected=say("siting.check.vertices_most", n=most),
            todo=say("siting.check.vertices_todo"),
        )


def shifted_words(plan: Plan, shapes: npt.NDArray[np.object_]) -> Sentence | None:
    """That a boundary lies in a web map's shifted system; None where it is not seen to.

    Parameters
    ----------
    plan : Plan
    shapes : (n,) polygon
        In the plan's CRS.
    """
    return _shifted(outline_shift(plan, shapes, features_near))


def _shifted(found: OutlineShift) -> Sentence | None:
    if found.system is None:
        return None
    shares = {"before": 100 * found.before_frac, "after": 100 * found.after_frac}
    return say("siting.check.outline_shifted", system=found.system, **shares)


def _shift_findings(plan: Plan, parcels: gpd.GeoDataFrame) -> list[Finding]:
    """A boundary in a web map's shifted system, or one of which nobody can say."""
    found = outline_shift(plan, parcels.geometry.to_numpy(), features_near)
    if (text := _shifted(found)) is not None:
        return [Finding("outline_shifted", "fault", text)]
    if found.decided:
        return []
    text = say("siting.check.outline_shift_unknown", before=100 * found.before_frac)
    return [Finding("outline_shift_unknown", "remark", text)]


def _centre_ll(land: BaseGeometry, crs: pyproj.CRS) -> str:
    centre = shapely.centroid(land)
    lon, lat = transform_points(centre.x, centre.y, crs, as_crs(4490))
    return f"{float(np.ravel(lon)[0]):.5f}, {float(np.ravel(lat)[0]):.5f}"
