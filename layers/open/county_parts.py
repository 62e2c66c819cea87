"""Parts of a county that a screening totals: townships, zones of the plan, industrial parks."""

from __future__ import annotations

from typing import Any

from gis.cells.coverage import Runs, coverage_runs
from gis.cells.ragged import ragged
from layers.open.county import county_boundary, plan_grid_of, zone_geometries
from layers.open.plan_layers import open_features, townships
from layers.plan.model import Plan

__all__ = ["parks_in_english", "parks_of", "zone_runs"]


def zone_runs(plan: Plan) -> dict[str, Runs]:
    """Cells of every township by its name, every zone of the plan and every industrial park.

    All are cut to the county. A zone is named ``zone:`` and its id, a park ``park:`` and its
    name, so that a township of the same name stays apart.
    """
    return {**_township_runs(plan), **_planned_runs(plan)}


def parks_of(plan: Plan) -> list[tuple[str, Any]]:
    """Name and outline of every industrial park within the county; parts of a name are one."""
    import shapely

    found = open_features(plan, "industrial_park")
    if found is None or not len(found):
        return []
    county = county_boundary(plan)
    names = found["name"].fillna("") if "name" in found else [""] * len(found)
    shapes: dict[str, list[Any]] = {}
    for i, (name, shape) in enumerate(zip(names, found.geometry.array, strict=True), 1):
        part = shapely.intersection(shape, county)
        if not part.is_empty:
            shapes.setdefault(str(name).strip() or f"#{i}", []).append(part)
    return [(name, shapely.union_all(parts)) for name, parts in shapes.items()]


def parks_in_english(plan: Plan) -> dict[str, str]:
    """Name of an industrial park -> its English name, of those that have one."""
    found = open_features(plan, "industrial_park")
    if found is None or not {"name", "name_en"} <= set(found.columns):
        return {}
    pairs = zip(found["name"].fillna(""), found["name_en"].fillna(""), strict=True)
    named = ((str(a).strip(), str(b).strip()) for a, b in pairs)
    return {a: b for a, b in named if a and b}


def _planned_runs(plan: Plan) -> dict[str, Runs]:
    grid = plan_grid_of(plan)
    found = [(f"park:{name}", shape) for name, shape in parks_of(plan)]
    if plan.zones:
        own = zone_geometries(plan)
        zones = zip(own["zone"], own.geometry.array, strict=True)
        found = [*((f"zone:{k}", shape) for k, shape in zones), *found]
    return {k: coverage_runs(ragged([shape]), grid) for k, shape in found}


def _township_runs(plan: Plan) -> dict[str, Runs]:
    import shapely

    found = townships(plan)
    if found is None and "townships" in plan.layers:
        found = open_features(plan, "townships")
    if found is None or not len(found):
        return {}
    county = county_boundary(plan)
    grid = plan_grid_of(plan)
    names = [c for c in ("name", "title_zh", "title", "id") if c in found.columns]
    out: dict[str, Runs] = {}
    for i, row in enumerate(found.itertuples(index=False)):
        name = str(getattr(row, names[0])) if names else str(i)
        part = shapely.intersection(row.geometry, county)
        if not part.is_empty:
            out[name] = coverage_runs(ragged([part]), grid)
    return out
