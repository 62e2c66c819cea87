"""How much of the county the layers that fill it cover, and where they do not."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.errors import DataError
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.doctor.features import feature_names
from layers.doctor.finding import DataFinding, Severity, Spot, limits
from layers.open.county import county_boundary
from layers.open.parcel_outlines import layer_outlines
from layers.open.place import covering_layers
from layers.open.read_layer import Key, key_of, layer_state, opened, where_of
from layers.plan.model import Plan

__all__ = ["county_gaps", "coverage_findings"]


@lru_cache(maxsize=4)
def _gaps(key: Key, county_wkb: bytes) -> tuple[float, tuple[Spot, ...]]:
    """Share of the county under a layer, and the parts without one, largest first."""
    county = shapely.from_wkb(county_wkb)
    table, report = opened(*key)
    rest = shapely.difference(county, layer_outlines(key)[1])
    if report.unclassed:  # their class is missing, not they
        rest = shapely.difference(rest, shapely.union_all([u.shape for u in report.unclassed]))
    share = 1.0 - float(shapely.area(rest) / shapely.area(county))
    least = limits("gap")
    parts = shapely.get_parts(rest)
    parts = parts[shapely.get_type_id(parts) == 3]
    size = shapely.area(parts)
    width = 2.0 * size / np.maximum(shapely.length(parts), 1e-9)
    parts = parts[(size >= least["least_m2"]) & (width >= least["least_width_m"])]
    if not len(parts):
        return share, ()
    area = np.asarray(polygon_area_m2(parts, table.crs), dtype=np.float64)
    order = np.argsort(-area, kind="stable")
    parts, area = parts[order], area[order]
    shapes = np.asarray(table.geometry.array)
    beside = shapely.STRtree(shapes).nearest(parts)
    names = feature_names(table)
    return share, tuple(
        Spot(
            part,
            names[k],
            say("layers.doctor.gap_beside", area_m2=float(a), feature=names[k]),
            float(a),
        )
        for part, k, a in zip(parts, beside, area, strict=True)
    )


def county_gaps(plan: Plan, layer_id: str) -> tuple[float, tuple[Spot, ...]]:
    """Share of the county a polygon layer covers, and the places it does not, largest first.

    Raises
    ------
    DataError
        When the layer cannot be opened.
    """
    return _gaps(key_of(plan, layer_id), shapely.to_wkb(county_boundary(plan)))


def coverage_findings(plan: Plan) -> list[DataFinding]:
    """How much of the county each layer covers that should fill it; gaps as places."""
    out = []
    for layer_id in covering_layers():
        if layer_state(plan, layer_id) != "available":
            continue
        try:
            share, spots = county_gaps(plan, layer_id)
        except DataError:  # told with the layer
            continue
        text = say(
            "layers.doctor.coverage",
            title=layer_of(layer_id).title,
            share=100 * share,
            n=len(spots),
            area_ha=to_ha(sum(s.area_m2 for s in spots)),
        )
        severity: Severity = "warning" if spots else "note"
        found = DataFinding("coverage", severity, text, layer_id, where_of(plan, layer_id))
        out.append(found.with_spots(spots))
    return out
