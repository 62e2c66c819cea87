"""Machines, substations, plants and zones: what lies or reads wrong, by place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2
from gis.crs.systems import transform_points
from gis.errors import GeoplanError
from gis.say import Lang, say
from layers.catalogue import layer as layer_of
from layers.doctor.features import feature_names
from layers.doctor.finding import DataFinding, Severity, Spot, limits
from layers.open.county import county_boundary, drawn_zones, plan_crs
from layers.open.plan_layers import open_features
from layers.open.read_layer import where_of
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["plant_findings", "substation_findings", "turbine_findings", "zone_findings"]

_WGS84 = "EPSG:4326"


def _numbers(table: gpd.GeoDataFrame, name: str) -> Any:  # noqa: ANN401 - an array
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)


def _layer(plan: Plan, layer_id: str) -> gpd.GeoDataFrame | None:
    try:
        return open_features(plan, layer_id)
    except GeoplanError:  # told with the layer
        return None


def _rows(
    plan: Plan,
    layer_id: str,
    table: gpd.GeoDataFrame,
    code: str,
    severity: Severity,
    wrong: Iterable[int],
    said: Callable[[int], Callable[[Lang], str]] | None = None,
) -> Iterator[DataFinding]:
    """One finding for all rows that are wrong in one way."""
    rows = list(wrong)
    if not rows:
        return
    names, shapes = feature_names(table), np.asarray(table.geometry.array)
    title = layer_of(layer_id).title
    text = say(f"layers.doctor.{code}", title=title, n=len(rows), total=len(table))
    spots = [Spot(shapes[k], names[k], None if said is None else said(k)) for k in rows]
    where = where_of(plan, layer_id)
    todo = say(f"layers.doctor.{code}_todo")
    yield DataFinding(code, severity, text, layer_id, where, todo, tuple(spots))


def turbine_findings(plan: Plan) -> list[DataFinding]:
    """Machines that stand: outside the county, on one another, without figures or odd ones."""
    table = _layer(plan, "turbines")
    if table is None:
        return []
    limit = limits("turbine")
    shapes = np.asarray(table.geometry.array)
    out: list[DataFinding] = []

    def told(code: str, severity: Severity, wrong: Any, said: Any = None) -> None:  # noqa: ANN401
        rows = [int(k) for k in np.flatnonzero(wrong)]
        out.extend(_rows(plan, "turbines", table, code, severity, rows, said))

    told("turbine_outside", "warning", ~shapely.intersects(county_boundary(plan), shapes))
    near = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=limit["apart_m"])
    twice = np.zeros(len(shapes), dtype=bool)
    twice[near[1][near[0] < near[1]]] = True
    told("turbine_twice", "warning", twice)
    for name, code in (("capacity_kw", "rated"), ("hub_height_m", "hub")):
        values = _numbers(table, name)
        low, high = limit["kw" if code == "rated" else "hub_m"]

        def said(k: int, values: Any = values, code: str = code) -> Callable[[Lang], str]:  # noqa: ANN401
            return say(f"layers.doctor.turbine_{code}_value", value=float(values[k]))

        told(f"turbine_{code}_missing", "warning", np.isnan(values))
        told(f"turbine_{code}_odd", "warning", (values < low) | (values > high), said)
    told("turbine_rotor_missing", "note", np.isnan(_numbers(table, "rotor_diameter_m")))
    return out


def substation_findings(plan: Plan) -> list[DataFinding]:
    """Substations without voltage or free capacity, or with more free than there is."""
    table = _layer(plan, "substations")
    if table is None:
        return []
    free, whole = _numbers(table, "free_mw"), _numbers(table, "capacity_mva")
    volts = _numbers(table, "voltage_kv")

    def more(k: int) -> Callable[[Lang], str]:
        return say(
            "layers.doctor.substation_more_value", free=float(free[k]), whole=float(whole[k])
        )

    checks: tuple[tuple[str, Severity, Any, Any], ...] = (
        ("substation_voltage_missing", "warning", np.isnan(volts), None),
        ("substation_free_missing", "warning", np.isnan(free), None),
        ("substation_more_free", "warning", free > whole, more),
    )
    return [
        found
        for code, severity, wrong, said in checks
        for found in _rows(
            plan,
            "substations",
            table,
            code,
            severity,
            [int(k) for k in np.flatnonzero(wrong)],
            said,
        )
    ]


def zone_findings(plan: Plan) -> list[DataFinding]:
    """How much of each zone lies inside the county, and where it does not."""
    try:
        shapes = drawn_zones(plan)
        county = county_boundary(plan)
    except GeoplanError:  # told with boundary and zones
        return []
    out = []
    for zone, shape in zip(plan.zones, shapes, strict=True):
        rest = shapely.difference(shape, county)
        whole = float(shapely.area(shape))
        share = 1.0 - float(shapely.area(rest)) / whole if whole > 0 else 0.0
        where = f"{plan.path.name} [zones.{zone.id}]"
        area = float(polygon_area_m2([shape], plan_crs(plan))[0]) if whole > 0 else 0.0
        if share < 1.0 - 1e-6:
            text = say("layers.doctor.zone_partly", title=zone.title, share=100 * share)
            outside = float(polygon_area_m2([rest], plan_crs(plan))[0])
            spot = Spot(rest, zone.id, None, outside)
            found = DataFinding("zone_partly", "warning", text, "", where)
            out.append(found.with_spots([spot]))
        else:
            text = say("layers.doctor.zone_inside", title=zone.title, area_ha=area / 1e4)
            found = DataFinding("zone_inside", "note", text, "", where)
            out.append(found.with_spots([Spot(shape, zone.id, None, area)]))
    return out


def plant_findings(plan: Plan) -> list[DataFinding]:
    """Plants of the plan without a place, or outside the county."""
    out = []
    county = county_boundary(plan)
    for i, plant in enumerate(plan.plants, 1):
        where = f"{plan.path.name} [[plants]] {i}"
        if plant.lon is None or plant.lat is None:
            text = say("layers.doctor.plant_unplaced", title=plant.name, mw=plant.capacity_mw)
            out.append(DataFinding("plant_unplaced", "note", text, "", where))
            continue
        x, y = transform_points(
            np.array([plant.lon]), np.array([plant.lat]), _WGS84, plan_crs(plan)
        )
        at = shapely.Point(float(x[0]), float(y[0]))
        if not county.intersects(at):
            text = say("layers.doctor.plant_outside", title=plant.name)
            spot = Spot(at, plant.name.zh)
            out.append(DataFinding("plant_outside", "warning", text, "", where, "", (spot,)))
    return out
