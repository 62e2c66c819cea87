"""Where it is: the places of what readers and gates only count."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2
from gis.crs.systems import as_crs, reproject
from gis.errors import GeoplanError
from gis.files.repair import crossings
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.doctor.cover import county_gaps
from layers.doctor.features import as_it_is, feature_names, raw_names
from layers.doctor.finding import DataFinding, Spot
from layers.open.acceptance import PARCELS, parcel_faults
from layers.open.contradiction import contradictions
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_features, vocabulary_of
from layers.open.read_layer import key_of, opened
from layers.plan.model import Plan
from layers.spec import Text

__all__ = ["with_places"]

_NONE: tuple[Spot, ...] = ()
# kinds told worst first by how far a figure is off; the others by area
_BY_FIGURE = frozenset({"area_differs", "negative", "net_differs", "kcxs"})


def _parcels(plan: Plan, finding: DataFinding) -> tuple[Spot, ...]:
    """Parcels of one kind of fault, worst first."""
    kind = finding.code.removeprefix("parcels_")
    own = parcel_faults(plan, kind)
    if own is None:
        return _NONE
    by = own["area_m2"].to_numpy()
    if kind in _BY_FIGURE:
        by = np.abs(own["got"].to_numpy() - own["expected"].to_numpy())
    own = own.iloc[np.argsort(-np.nan_to_num(by), kind="stable")]
    return tuple(
        Spot(
            shape,
            bsm if not other or other == bsm else f"{bsm} / {other}",
            Text(zh=zh, en=en),
            float(area),
        )
        for shape, bsm, other, zh, en, area in zip(
            own.geometry,
            own["bsm"],
            own["other_bsm"],
            own["text_zh"],
            own["text_en"],
            own["area_m2"],
            strict=True,
        )
    )


def _gaps(plan: Plan, finding: DataFinding) -> tuple[Spot, ...]:
    if layer_of(finding.layer).geometry != "polygon":
        return _NONE
    return county_gaps(plan, finding.layer)[1]


def _crossing(plan: Plan, finding: DataFinding) -> tuple[Spot, ...]:
    """Polygons whose rings cross themselves or do not close, by the points where they do."""
    held = as_it_is(plan, finding.layer)
    if held is None:
        return _NONE
    table = held.table
    shapes = table.geometry.to_numpy()
    polygon = np.isin(shapely.get_type_id(shapes), (3, 6))
    bad = polygon & ~shapely.is_valid(shapes)
    bad[list(held.unclosed)] = True
    rows = np.flatnonzero(bad)
    if not len(rows):
        return _NONE
    names = feature_names(
        table, raw_names(table, layer_of(finding.layer), plan.layers[finding.layer])
    )
    out = []
    for k in rows:
        points = [shapely.Point(p) for p in crossings(shapes[k])]
        place: Any = shapely.MultiPoint(points) if points else shapes[k].representative_point()
        reason = shapely.is_valid_reason(shapes[k]).partition("[")[0]
        closed = k in held.unclosed
        key = "ring_not_closed" if closed else "ring_crosses"
        text = say(f"layers.doctor.{key}", feature=names[k], reason=reason, n=len(points))
        out.append((place, names[k], text))
    moved = reproject(
        table.iloc[rows].set_geometry([o[0] for o in out], crs=table.crs), plan_crs(plan)
    )
    return tuple(
        Spot(shape, name, text)
        for shape, (_, name, text) in zip(moved.geometry, out, strict=True)
    )


def _extent(plan: Plan, finding: DataFinding) -> tuple[Spot, ...]:
    """The box of a layer, as it is declared."""
    table, report = opened(*key_of(plan, finding.layer))
    box = shapely.segmentize(shapely.box(*report.bounds), 10_000.0)
    if as_crs(report.crs).is_geographic:
        box = shapely.segmentize(shapely.box(*report.bounds), 0.1)
    moved = reproject(
        table.iloc[:1].set_geometry([box], crs=report.crs), plan_crs(plan)
    ).geometry.iloc[0]
    if not moved.is_valid or moved.is_empty:
        return _NONE
    return (Spot(moved, finding.layer),)


def _boundary(plan: Plan, finding: DataFinding) -> tuple[Spot, ...]:
    del finding
    return (Spot(county_boundary(plan), plan.area.code),)


def _contradicting(plan: Plan, finding: DataFinding) -> tuple[Spot, ...]:
    """The parcels that show a layer which is assumed absent."""
    own = next((c for c in contradictions(plan) if c.layer_id == finding.layer), None)
    table = open_features(plan, PARCELS)
    words = vocabulary_of(plan, PARCELS)
    if own is None or table is None or words not in table.columns:
        return _NONE
    shown = table[table[words].astype(str).isin(set(own.area_ha))]
    shown = shown[shapely.intersects(county_boundary(plan), np.asarray(shown.geometry.array))]
    area = np.asarray(polygon_area_m2(np.asarray(shown.geometry.array), shown.crs))
    names = feature_names(shown)
    order = np.argsort(-area, kind="stable")
    shapes = np.asarray(shown.geometry.array)
    return tuple(Spot(shapes[k], names[k], None, float(area[k])) for k in order)


_PLACES: Mapping[str, Callable[[Plan, DataFinding], tuple[Spot, ...]]] = {
    "covers_part": _gaps,
    "repaired": _crossing,
    "file_cannot_read_features": _crossing,
    "layer_gcj02": _extent,
    "layer_shifted": _extent,
    "layer_lies_elsewhere": _extent,
    "covers_too_little": _extent,
    "none_inside": _extent,
    "boundary_gcj02": _boundary,
    "layer_contradicted": _contradicting,
    "parcels_contradict_absence": _contradicting,
}


def with_places(plan: Plan, finding: DataFinding) -> DataFinding:
    """The finding with its places, where what found it only counted."""
    if finding.spots:
        return finding
    find = _PLACES.get(finding.code)
    of_parcels = finding.code.startswith("parcels_") or finding.code == "class_unknown"
    if of_parcels and finding.layer == PARCELS:
        find = _parcels
    if find is None or (not finding.layer and find is not _boundary):
        return finding
    try:
        return finding.with_spots(find(plan, finding))
    except GeoplanError:  # what cannot be opened has no place; the fault is told
        return finding
