"""A drawn plant as layers on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.prepared import prepared
from siting.pv.array.collector import current_a
from siting.pv.array.plant import PvArray
from siting.pv.array.rows import turned

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["LAYERS", "array_features", "cable_class_a", "collector_features", "fence_m"]

LAYERS = (
    "site",
    "no_go",
    "land",
    "roads",
    "tables",
    "inverters",
    "transformers",
    "collector",
    "substation",
    "fence",
)
_SINGLE = 60_000
"""Tables drawn one by one; above, those of a row and transformer end to end are one."""


def array_features(array: PvArray, *, single: int = _SINGLE) -> dict[str, gpd.GeoDataFrame]:
    """Every layer of a drawn plant, in the system of the plant.

    Parameters
    ----------
    array : PvArray
    single : int
        Plants of more tables than this have one feature for tables that stand end to end.

    Returns
    -------
    dict of GeoDataFrame
        By the names of `LAYERS`, empty ones left out. ``tables`` holds ``tables, modules, kwp,
        inverters, transformer, part, block, cut_m3, fill_m3``; its sums are those of the bill.
    """
    found = {
        "site": _frame(array, [array.site], {"area_m2": [array.site_m2]}),
        "land": _frame(array, [array.land], {"area_m2": [array.land_m2]}),
        "tables": _tables(array, single=single),
        "inverters": _inverters(array),
        "transformers": _transformers(array),
        "collector": collector_features(array),
        "substation": _frame(array, [shapely.Point(*array.root)], {"name": ["substation"]}),
        "fence": _fence(array),
    }
    if not array.no_go.is_empty:
        found["no_go"] = _frame(array, [array.no_go], {"area_m2": [array.no_go_m2]})
    if not array.roads.is_empty:
        area = array.roads.area
        found["roads"] = _frame(
            array,
            [array.roads],
            {"area_m2": [area], "length_m": [area / array.rules.road_m]},
        )
    return {k: found[k] for k in LAYERS if k in found}


def _frame(array: PvArray, shapes: object, columns: dict[str, object]) -> gpd.GeoDataFrame:
    import geopandas as gpd

    return gpd.GeoDataFrame(columns, geometry=shapes, crs=array.crs)


def _back(array: PvArray, shapes: Any) -> Any:  # noqa: ANN401 - geometries
    """Shapes of the frame of the rows on the map."""
    turn = np.deg2rad(array.rules.azimuth_deg - 180.0)
    if turn == 0.0:
        return shapes
    m = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return shapely.transform(shapes, lambda xy: xy @ m)


def _tables(array: PvArray, *, single: int) -> gpd.GeoDataFrame:
    t, g, r = array.tables, array.groups, array.rules
    transformer = g.inverter_transformer[g.table_inverter]
    n = len(t.x)
    first = np.ones(n, dtype=bool)
    if n > single:
        together = (t.row[1:] == t.row[:-1]) & (transformer[1:] == transformer[:-1])
        first[1:] = ~(together & (t.x[1:] - t.x[:-1] < r.step_m + 1e-3))
    run = np.cumsum(first) - 1
    count = np.bincount(run)
    start = np.flatnonzero(first)
    long = (count - 1) * r.step_m + r.table_m
    x, y = t.x[start], t.y[start]
    columns: dict[str, object] = {
        "name": [f"T{k + 1}" for k in range(len(start))],
        "block": [f"{j}/{k}" for j, k in t.block[start].tolist()],
        "part": array.part[start] + 1,
        "transformer": transformer[start] + 1,
        "inverter": g.table_inverter[start] + 1,
        "tables": count,
        "strings": count * r.table_strings,
        "modules": count * r.table_modules,
        "piles": count * r.table_piles,
        "kwp": count * r.table_kw,
        "string_cable_m": np.bincount(run, g.string_cable_m),
    }
    if array.earth is not None:
        columns["cut_m3"] = np.bincount(run, array.earth.cut_m3)
        columns["fill_m3"] = np.bincount(run, array.earth.fill_m3)
    shapes = _back(array, shapely.box(x, y, x + long, y + r.depth_m))
    return _frame(array, shapes, columns)


def _inverters(array: PvArray) -> gpd.GeoDataFrame:
    g = array.groups
    return _frame(
        array,
        _back(array, shapely.points(g.inverter_xy)),
        {
            "name": [f"INV{k + 1}" for k in range(len(g.inverter_kw))],
            "transformer": g.inverter_transformer + 1,
            "kw": g.inverter_kw,
            "tables": np.bincount(g.table_inverter),
            "low_cable_m": g.low_cable_m,
        },
    )


def _transformers(array: PvArray) -> gpd.GeoDataFrame:
    g = array.groups
    return _frame(
        array,
        _back(array, shapely.points(g.transformer_xy)),
        {
            "name": [f"BT{k + 1}" for k in range(len(g.transformer_xy))],
            "mw": g.transformer_mw,
            "inverters": np.bincount(g.inverter_transformer),
            "feeder": array.collector.feeder + 1,
            "part": g.transformer_part + 1,
        },
    )


def cable_class_a(array: PvArray) -> np.ndarray:
    """Upper end of the class of current of each line of the collector [A]."""
    o = array.rules.other
    amps = current_a(array.collector.power_mw, o["collector_kv"], o["power_factor"])
    return np.asarray(np.ceil(amps / o["cable_class_a"] - 1e-9) * o["cable_class_a"])


def collector_features(array: PvArray) -> gpd.GeoDataFrame:
    """Right-angled lines; of the two ways the one that leaves the land the least."""
    c, g, o = array.collector, array.groups, array.rules.other
    free = shapely.difference(array.site, array.no_go)
    site = turned(free, array.rules.azimuth_deg)
    root = shapely.get_coordinates(turned(shapely.Point(*array.root), array.rules.azimuth_deg))[
        0
    ]
    a = g.transformer_xy
    b = np.where((c.towards >= 0)[:, None], a[np.maximum(c.towards, 0)], root)
    ways: list[Any] = [
        shapely.linestrings(np.stack([a, np.column_stack(corner), b], axis=1))
        for corner in ((a[:, 0], b[:, 1]), (b[:, 0], a[:, 1]))
    ]
    site = prepared(site)
    inside = [
        np.where(shapely.covers(site, w), shapely.length(w), _within(w, site)) for w in ways
    ]
    lines = np.where(inside[0] >= inside[1], *ways)
    return _frame(
        array,
        _back(array, lines),
        {
            "name": [f"L{k + 1}" for k in range(len(a))],
            "from_transformer": np.arange(len(a)) + 1,
            "to_transformer": c.towards + 1,
            "feeder": c.feeder + 1,
            "mw": c.power_mw,
            "current_a": current_a(c.power_mw, o["collector_kv"], o["power_factor"]),
            "class_a": cable_class_a(array),
            "length_m": c.length_m,
            "outside_m": np.maximum(
                c.length_m - np.where(inside[0] >= inside[1], *inside), 0.0
            ).round(3),
        },
    )


def _within(lines: Any, site: Any) -> np.ndarray:  # noqa: ANN401 - geometries
    cross = ~shapely.covers(site, lines)
    out = np.zeros(len(lines))
    out[cross] = shapely.length(shapely.intersection(lines[cross], site))
    return out


def _fenced(array: PvArray) -> list[Any]:
    """Outer rings of the pieces of the site that hold tables."""
    parts = shapely.get_parts(array.site)
    if len(parts) > 1:
        t, r = array.tables, array.rules
        spots = _back(array, shapely.points(t.x + r.table_m / 2, t.y + r.depth_m / 2))
        hit, _ = shapely.STRtree(spots).query(parts, predicate="intersects")
        parts = parts[np.unique(hit)]
    return list(shapely.get_exterior_ring(parts))


def fence_m(array: PvArray) -> float:
    """Length of the fence around the pieces of the site that hold tables [m]."""
    return float(sum(ring.length for ring in _fenced(array)))


def _fence(array: PvArray) -> gpd.GeoDataFrame:
    rings = _fenced(array)
    return _frame(array, rings, {"length_m": [ring.length for ring in rings]})
