"""Final boundaries of sites: cut free of every hard rule, whole enough to build on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2
from gis.errors import ModelError
from layers.plan.model import Plan
from siting.check.certificate import RuleCut, cut_land, proof_table
from siting.check.near import Place, gather, place_of
from siting.check.shapes import ground_of
from siting.rules import Rule
from siting.screen.screening import Effect, rules_of

if TYPE_CHECKING:
    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

__all__ = ["cut_free", "final_boundaries"]

_CLEAR_M = 0.05  # round what was cut a second time; below any survey's accuracy


def cut_free(
    land: BaseGeometry, rules: Sequence[Rule], effects: Sequence[Effect], place: Place
) -> tuple[BaseGeometry, list[RuleCut]]:
    """`cut_land`, once more with a wider cut where needle-thin overlaps survive the first."""
    try:
        return cut_land(land, rules, effects, place)
    except ModelError:
        hard = [r for r, e in zip(rules, effects, strict=True) if e == "taken"]
        near = gather(hard, place, land)
        hits = [ground_of(r, near).hit for r in hard]
        wider = shapely.union_all(shapely.buffer([h for h in hits if not h.is_empty], _CLEAR_M))
        return cut_land(shapely.difference(land, wider), rules, effects, place)


def _worth(land: BaseGeometry, least_m2: float, width_m: float) -> BaseGeometry:
    """The parts of a cut site that are large and wide enough to be built on."""
    parts = shapely.get_parts(land)
    if not len(parts):
        return land
    keep = shapely.area(parts) >= least_m2
    # a part that vanishes when drawn in by half the width is narrower than that everywhere
    keep &= ~shapely.is_empty(shapely.buffer(parts, -width_m / 2, quad_segs=2))
    parts = parts[keep]
    if not len(parts):
        return shapely.Polygon()
    whole: BaseGeometry = shapely.MultiPolygon(list(parts)) if len(parts) > 1 else parts[0]
    return whole


def final_boundaries(
    sites: gpd.GeoDataFrame,
    plan: Plan,
    tech: str,
    *,
    min_area_m2: float,
    min_width_m: float,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Cut sites exactly against the vector layers of every hard rule.

    Parameters
    ----------
    sites : GeoDataFrame
        ``site_id`` and polygons in the plan CRS.
    plan : Plan
    tech : str
    min_area_m2, min_width_m : float
        Sites of which less remains are left out; parts below a twentieth of the area or
        narrower than the width are dropped.
    progress : callable, optional
        Called with sites done and to do.

    Returns
    -------
    sites : GeoDataFrame
        New geometry, ``area_m2`` (ellipsoidal), ``area_before_m2``, ``certified`` (every
        hard rule was judged and overlaps by 0.00 m2) and ``not_judged``.
    certificate : DataFrame
        One row a site and hard rule, as `siting.check.certificate.RuleCut` writes it.
    """
    rules, effects = rules_of(plan, tech)
    place = place_of(plan)
    lands = list(sites.geometry)
    found: list[tuple[BaseGeometry, list[RuleCut]]] = []
    with ThreadPoolExecutor(2) as pool:
        for result in pool.map(lambda land: cut_free(land, rules, effects, place), lands):
            found.append(result)
            if progress is not None:
                progress(len(found), len(lands))
    geometry = np.array(
        [_worth(land, min_area_m2 / 20, min_width_m) for land, _ in found], dtype=object
    )
    after = polygon_area_m2(geometry, sites.crs) if len(geometry) else np.zeros(0)
    out = sites.set_geometry(geometry, crs=sites.crs) if len(sites) else sites.copy()
    unjudged = [";".join(r.rule_id for r in rows if not r.judged) for _, rows in found]
    out["area_before_m2"] = sites["area_m2"]
    out["area_m2"] = after
    out["not_judged"] = unjudged
    out["certified"] = [not u for u in unjudged]
    keep = (after >= min_area_m2) & ~shapely.is_empty(geometry)
    proof = proof_table(
        sites["site_id"][keep], (f for (_, f), kept in zip(found, keep, strict=True) if kept)
    )
    return out[keep].reset_index(drop=True), proof
