"""A project boundary as it was brought, and what is wrong with how it is drawn."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.area import polygon_area_m2, to_ha
from gis.china import gk_epsg
from gis.crs import as_crs, china_row, crs_name, reproject, transform_points
from gis.errors import DataError
from gis.notes import notes_of
from gis.read import read_features
from layers.boundary import county_boundary, plan_crs
from layers.plan import Plan

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj
    from shapely.geometry.base import BaseGeometry

__all__ = ["Finding", "Outline", "outline_faults", "read_outline"]

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """One thing to know about a boundary.

    Attributes
    ----------
    code
        Stable name, ``"duplicate_vertex"``.
    severity
        ``"fault"`` must be corrected before the file is handed in; ``"remark"`` is to know.
    places
        Where (x, y), in the file's coordinates; the first few.
    """

    code: str
    severity: str
    zh: str
    en: str
    places: tuple[tuple[float, float], ...] = ()

    def __call__(self, lang: str) -> str:
        """The sentence in ``"zh"`` or ``"en"``."""
        return self.zh if lang == "zh" else self.en

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "code": self.code,
            "severity": self.severity,
            "text": {"zh": self.zh, "en": self.en},
            "places": [list(p) for p in self.places],
        }


@dataclass(frozen=True)
class Outline:
    """A project boundary ready to be checked.

    Attributes
    ----------
    parcels : GeoDataFrame
        Its polygons in the plan CRS, with the file's attributes and ``parcel`` (1, 2 ...).
    land : polygon or multipolygon
        Union of the parcels.
    file_crs
        CRS the file is in, by name.
    findings
        What is wrong with how it is drawn.
    """

    parcels: gpd.GeoDataFrame
    land: BaseGeometry
    file_crs: str
    findings: tuple[Finding, ...] = field(default=())


@cache
def _limits() -> dict[str, float]:
    text = files("siting.land").joinpath("outline.toml").read_text(encoding="utf-8")
    doc = tomllib.loads(text)
    return {k: float(v["value"]) for part in doc.values() for k, v in part.items()}


def _shown(points: Points, n: int = 5) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in points[:n])


def _at(places: tuple[tuple[float, float], ...]) -> str:
    return "; ".join(f"({x:.10g}, {y:.10g})" for x, y in places)


def _decimals(values: Points, most: int = 12) -> int:
    """Fewest decimals that write every value exactly (to double precision)."""
    for n in range(most):
        if np.allclose(values, np.round(values, n), rtol=0, atol=10.0 ** -(n + 4)):
            return n
    return most


def _metres_per_unit(crs: pyproj.CRS) -> float:
    return 111_000.0 if crs.is_geographic else 1.0


def _vertex_findings(geoms: Any, crs: pyproj.CRS) -> list[Finding]:  # noqa: ANN401
    """Repeated vertices, short edges, spikes and coarse coordinates."""
    limits, unit = _limits(), _metres_per_unit(crs)
    xy, ring = shapely.get_coordinates(shapely.get_rings(geoms), return_index=True)
    same = ring[1:] == ring[:-1]
    step = np.hypot(*(xy[1:] - xy[:-1]).T) * unit
    out: list[Finding] = []
    twice = same & (step <= limits["duplicate_m"])
    if twice.any():
        places = _shown(xy[1:][twice])
        out.append(
            Finding(
                "duplicate_vertex",
                "fault",
                f"有 {int(twice.sum())} 个重复界址点，位置 {_at(places)}",
                f"{int(twice.sum())} boundary points are repeated, at {_at(places)}",
                places,
            )
        )
    short = same & (step > limits["duplicate_m"]) & (step < limits["short_edge_m"])
    if short.any():
        places = _shown(xy[1:][short])
        out.append(
            Finding(
                "short_edge",
                "remark",
                f"有 {int(short.sum())} 条短于 {limits['short_edge_m']:g} m 的边，"
                f"位置 {_at(places)}",
                f"{int(short.sum())} edges are shorter than {limits['short_edge_m']:g} m,"
                f" at {_at(places)}",
                places,
            )
        )
    out += _spikes(xy, ring, limits["spike_deg"])
    wanted = limits["decimals_deg" if crs.is_geographic else "decimals_m"]
    have = _decimals(xy.ravel())
    if have < wanted:
        size = unit * 10.0**-have
        out.append(
            Finding(
                "few_decimals",
                "fault",
                f"坐标只有 {have} 位小数（约 {size:g} m），至少应为 {wanted:g} 位",
                f"coordinates have {have} decimals (about {size:g} m); {wanted:g} are needed",
            )
        )
    return out


def _spikes(xy: Points, ring: npt.NDArray[np.int64], limit_deg: float) -> list[Finding]:
    found = []
    for r in np.unique(ring):
        p = xy[ring == r]
        if len(p) > 1 and (p[0] == p[-1]).all():
            p = p[:-1]
        moved = np.r_[True, (np.diff(p, axis=0) != 0).any(axis=1)]
        p = p[moved]
        if len(p) < 4:
            continue
        back, ahead = np.roll(p, 1, axis=0) - p, np.roll(p, -1, axis=0) - p
        long = np.hypot(*back.T) * np.hypot(*ahead.T)
        cosine = np.clip((back * ahead).sum(axis=1) / np.where(long > 0, long, 1), -1, 1)
        found.append(p[np.degrees(np.arccos(cosine)) < limit_deg])
    sharp = np.concatenate(found) if found else np.empty((0, 2))
    if not len(sharp):
        return []
    places = _shown(sharp)
    return [
        Finding(
            "spike",
            "fault",
            f"有 {len(sharp)} 处夹角小于 {limit_deg:g}° 的尖刺，位置 {_at(places)}",
            f"{len(sharp)} spikes sharper than {limit_deg:g} deg, at {_at(places)}",
            places,
        )
    ]


def _parcel_findings(geoms: Any, crs: pyproj.CRS) -> list[Finding]:  # noqa: ANN401
    """Parcels that overlap, and slivers left between parcels that should touch."""
    limits, out = _limits(), []
    tree = shapely.STRtree(geoms)
    i, j = tree.query(geoms, predicate="intersects")
    pairs = i < j
    shared = shapely.intersection(geoms[i[pairs]], geoms[j[pairs]])
    area = np.zeros(0)
    if len(shared):
        area = np.asarray(polygon_area_m2([_polygonal(g) for g in shared], crs), dtype=float)
    over = area > limits["overlap_m2"]
    if over.any():
        places = _shown(shapely.get_coordinates(shapely.point_on_surface(shared[over])))
        out.append(
            Finding(
                "parcels_overlap",
                "fault",
                f"有 {int(over.sum())} 对地块相互重叠，合计 {area[over].sum():.2f} m²",
                f"{int(over.sum())} pairs of parcels overlap by {area[over].sum():.2f} m2",
                places,
            )
        )
    width = limits["gap_m"] / _metres_per_unit(crs)
    union = shapely.union_all(geoms)
    closed = shapely.buffer(
        shapely.buffer(union, width / 2, join_style="mitre"), -width / 2, join_style="mitre"
    )
    slivers = shapely.get_parts(_polygonal(shapely.difference(closed, union)))
    gap = np.asarray(polygon_area_m2(slivers, crs), dtype=float) if len(slivers) else area[:0]
    # the mitred closing gives back a straight outline to rounding; smaller is no gap
    real = gap > limits["overlap_m2"]
    if real.any():
        places = _shown(shapely.get_coordinates(shapely.point_on_surface(slivers[real])))
        out.append(
            Finding(
                "gap",
                "fault",
                f"有 {int(real.sum())} 处窄于 {limits['gap_m']:g} m 的缝隙，"
                f"合计 {gap[real].sum():.2f} m²，位置 {_at(places)}",
                f"{int(real.sum())} gaps narrower than {limits['gap_m']:g} m,"
                f" {gap[real].sum():.2f} m2 in all, at {_at(places)}",
                places,
            )
        )
    return out


def _polygonal(geometry: Any) -> Any:  # noqa: ANN401
    parts = shapely.get_parts(shapely.get_parts(geometry))
    kept = parts[np.isin(shapely.get_type_id(parts), (3, 6))] if len(parts) else parts
    return shapely.multipolygons(shapely.get_parts(kept)) if len(kept) else shapely.Polygon()


def outline_faults(frame: gpd.GeoDataFrame) -> tuple[Finding, ...]:
    """What is wrong with the way polygons are drawn.

    Parameters
    ----------
    frame : GeoDataFrame
        As `gis.read.read_features` gave it, in the file's own CRS; its notes say where
        polygons crossed themselves before they were mended.

    Returns
    -------
    tuple of Finding
        Self-intersection, repeated points, short edges, spikes, few decimals, overlapping
        parcels, gaps, and declared areas that are not the computed ones.

    Examples
    --------
    >>> import geopandas as gpd
    >>> square = shapely.Polygon([(0, 0), (9.25, 0), (9.25, 0), (9.25, 9.25), (0, 9.25)])
    >>> [f.code for f in outline_faults(gpd.GeoDataFrame(geometry=[square], crs=4544))]
    ['duplicate_vertex']
    """
    crs = frame.crs
    geoms = frame.geometry.to_numpy()
    out = [
        Finding("self_intersection", "fault", n.zh, n.en)
        if n.code == "repaired"
        else Finding(n.code, "remark", n.zh, n.en)
        for n in notes_of(frame)
    ]
    out += _vertex_findings(geoms, crs)
    if len(geoms) > 1 or shapely.get_num_geometries(geoms[0]) > 1:
        out += _parcel_findings(shapely.get_parts(geoms), crs)
    if "area_ha" in frame.columns:
        declared = np.asarray(frame["area_ha"], dtype=float)
        real = to_ha(np.asarray(polygon_area_m2(geoms, crs), dtype=float))
        off = np.abs(declared - real) > _limits()["area_ha"]
        for k in np.flatnonzero(off & np.isfinite(declared)):
            out.append(
                Finding(
                    "declared_area",
                    "fault",
                    f"第 {k + 1} 个地块申报面积 {declared[k]:.4f} 公顷，"
                    f"椭球面积为 {real[k]:.4f} 公顷",
                    f"parcel {k + 1} declares {declared[k]:.4f} ha; its ellipsoidal area is"
                    f" {real[k]:.4f} ha",
                )
            )
    return tuple(out)


def _as_polygons(frame: gpd.GeoDataFrame, where: str) -> gpd.GeoDataFrame:
    """Polygons of a file; points alone are one ring in the order of the rows."""
    kinds = shapely.get_type_id(frame.geometry.to_numpy())
    if np.isin(kinds, (3, 6)).all():
        return frame
    if (kinds == 0).all() and len(frame) >= 3:
        ring = shapely.Polygon(shapely.get_coordinates(frame.geometry.to_numpy()))
        out = frame.iloc[:1][[frame.geometry.name]].copy()
        mended = ring if ring.is_valid else shapely.make_valid(ring)
        out[frame.geometry.name] = [_polygonal(mended)]
        if not ring.is_valid:
            raise DataError(
                "the points in the order of the rows make a ring that crosses itself",
                where=where,
                got=shapely.is_valid_reason(ring),
                todo="correct the order, or add a column with the ring number",
            )
        out.attrs.update(frame.attrs)
        return out
    raise DataError(
        "the file has no polygons",
        where=where,
        got=", ".join(sorted({g.geom_type for g in frame.geometry})),
        expected="polygons, closed lines (DXF) or a table of boundary points",
    )


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
    path: Path | str, plan: Plan, *, layer: str = "", crs: str = "", encoding: str = ""
) -> Outline:
    """Read a project boundary and bring it to the plan's CRS.

    Parameters
    ----------
    path : path
        Anything `gis.read.read_features` reads: Shapefile, FileGDB, GeoPackage, GeoJSON,
        KML, DXF, coordinate text, table of points.
    layer, crs, encoding : str
        Layer of the file, CRS it does not say, encoding of its texts.

    Raises
    ------
    DataError
        When the file cannot be read, holds no polygon, or lies outside the county; where
        another zone would put it inside, the message says which.
    """
    frame = read_features(path, layer=layer, crs=crs, encoding=encoding)
    frame = _as_polygons(frame, str(path))
    found = list(outline_faults(frame))
    target, county = plan_crs(plan), county_boundary(plan)
    parcels = reproject(frame, target, str(path)).reset_index(drop=True)
    parcels.insert(0, "parcel", np.arange(1, len(parcels) + 1))
    land = shapely.union_all(parcels.geometry.to_numpy())
    if not shapely.intersects(county, land):
        advice = _zone_advice(frame, county, target)
        raise DataError(
            "the boundary lies outside the county",
            where=str(path),
            got=f"{crs_name(frame.crs)}, centre {_centre_ll(land, target)}",
            expected="land in the county of the plan",
            todo=f"wrong zone? in {advice} it lies inside: say --crs"
            if advice
            else "check the CRS and the order of the axes",
        )
    outside = shapely.difference(land, county)
    beyond = float(np.sum(polygon_area_m2([_polygonal(outside)], target)))
    if beyond > _limits()["overlap_m2"]:
        found.append(
            Finding(
                "outside_county",
                "remark",
                f"有 {beyond:.2f} m² 在县界之外，县外图层可能不完整",
                f"{beyond:.2f} m2 lie outside the county, where layers may be incomplete",
            )
        )
    return Outline(parcels, land, crs_name(frame.crs), tuple(found))


def _centre_ll(land: BaseGeometry, crs: pyproj.CRS) -> str:
    centre = shapely.centroid(land)
    lon, lat = transform_points(centre.x, centre.y, crs, as_crs(4490))
    return f"{float(np.ravel(lon)[0]):.5f}, {float(np.ravel(lat)[0]):.5f}"
