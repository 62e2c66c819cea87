"""A layer brought to the county where only one system does it, and is certain to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.crs.china import china_crs
from gis.crs.systems import (
    as_crs,
    bd09_to_wgs84,
    crs_name,
    gcj02_to_wgs84,
    transform_points,
)
from gis.errors import GeoplanError
from gis.say import Lang, say
from layers.doctor.finding import limits
from layers.open.county import county_boundary_ll
from layers.open.place import shift_of
from layers.open.plan_layers import outline_suspicion
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Moved", "placed"]

_WGS84, _CGCS2000 = "EPSG:4326", 4490
_PREFIXED_M = 1e7
_UNDO = {"GCJ-02": gcj02_to_wgs84, "BD-09": bd09_to_wgs84}


@dataclass(frozen=True)
class Moved:
    """What was said anew of a layer's place: its declared system, or a shift undone."""

    field: str
    before: str
    after: str
    why: Callable[[Lang], str]


def _lon_lat(bounds: tuple[float, ...], crs: Any) -> Any:  # noqa: ANN401 - a box or None
    x = np.array([bounds[0], bounds[2], bounds[0], bounds[2]])
    y = np.array([bounds[1], bounds[1], bounds[3], bounds[3]])
    try:
        lon, lat = transform_points(x, y, crs, _WGS84)
    except GeoplanError:
        return None
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    return shapely.box(lon.min(), lat.min(), lon.max(), lat.max())


def _systems(bounds: tuple[float, ...]) -> list[int]:
    """Systems of China such numbers can be in."""
    if max(map(abs, bounds)) <= 180:
        return [_CGCS2000]
    kind = "zone" if bounds[0] >= _PREFIXED_M else "cm"
    rows = china_crs().values()
    return [r.epsg for width in (3, 6) for r in rows if r.family == f"gk{width}_{kind}"]


def _declared_anew(
    plan: Plan, table: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Moved | None]:
    """Another declaration, where the declared place is not the county and one other is."""
    bounds = tuple(float(v) for v in table.total_bounds)
    county = county_boundary_ll(plan)
    reach = float(limits("repair")["beyond_deg"])
    around = shapely.box(*county.bounds).buffer(reach, cap_style="square", join_style="mitre")
    here = _lon_lat(bounds, table.crs)
    if here is not None and here.intersects(around):
        return table, None
    fitting: dict[tuple[float, ...], int] = {}
    for code in _systems(bounds):
        box = _lon_lat(bounds, f"EPSG:{code}")
        if box is not None and around.contains(box) and box.intersects(county):
            # a zone of 3 and one of 6 degrees may have one meridian: the same place
            fitting.setdefault(tuple(round(v, 6) for v in box.bounds), code)
    if len(fitting) != 1:
        return table, None
    (code,) = fitting.values()
    before = crs_name(as_crs(table.crs))
    after = f"EPSG:{code} ({crs_name(as_crs(code))})"
    why = say("layers.doctor.why_declared")
    return table.set_crs(code, allow_override=True), Moved("crs", before, after, why)


def _certain_shift(plan: Plan, layer_id: str) -> str:
    """The shift a layer carries beyond doubt; empty for none."""
    c = limits("repair")
    try:
        outline = outline_suspicion(plan, layer_id)
        if outline is not None:
            return outline.system if outline.after_m <= c["outline_m"] else ""
        found = shift_of(plan, layer_id)
    except GeoplanError:  # what cannot be opened is not moved
        return ""
    if found is None or found[0] not in _UNDO:
        return ""
    system, before, after = found
    sure = after >= c["least_frac"] and after >= c["times"] * before
    return system if sure else ""


def _undone(table: gpd.GeoDataFrame, system: str) -> gpd.GeoDataFrame:
    def back(xy: Any) -> Any:  # noqa: ANN401 - (n, 2) array
        lon, lat = transform_points(xy[:, 0], xy[:, 1], table.crs, _WGS84)
        x, y = transform_points(*_UNDO[system](lon, lat), _WGS84, table.crs)
        return np.column_stack([x, y])

    moved = shapely.transform(table.geometry.to_numpy(), back)
    return table.set_geometry(moved, crs=table.crs)


def placed(
    plan: Plan, layer_id: str, table: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, Moved | None]:
    """The table where it belongs, and what was done; None for nothing.

    Parameters
    ----------
    plan : Plan
    layer_id : str
    table : GeoDataFrame
        As its file holds it, shapes valid.
    """
    if not len(table):
        return table, None
    out, moved = _declared_anew(plan, table)
    if moved is not None:
        return out, moved
    system = _certain_shift(plan, layer_id)
    if not system:
        return table, None
    why = say("layers.doctor.why_shift", system=system)
    return _undone(table, system), Moved("geometry", system, "WGS 84", why)
