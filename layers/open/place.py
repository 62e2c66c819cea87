"""The gate of place: does this layer touch the county, in this zone, in this datum.

A red line in the wrong zone takes no land, and a county without a red line is free: nothing
else in a run would notice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.crs.china import gk_epsg
from gis.crs.systems import (
    as_crs,
    bd09_to_wgs84,
    corners_ll,
    crs_name,
    gcj02_to_wgs84,
    transform_points,
)
from gis.errors import DataError
from gis.prepared import prepared
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary, county_boundary_ll, plan_crs
from layers.open.read_layer import Key, key_of, layer_state, opened, where_of
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Layer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "OutlineShift",
    "Place",
    "covering_layers",
    "covering_told_frac",
    "outline_shift",
    "outside_fault",
    "place_of",
    "place_of_key",
    "place_warnings",
    "refuse_elsewhere",
    "refuse_place",
    "shift_of",
]

Box = tuple[float, float, float, float]
Points = npt.NDArray[np.float64]

_WGS84 = "EPSG:4326"
_ZONES = range(13, 46)  # of 6 and of 3 degrees in China
_AT_A_TIME = 50_000  # outlines taken out in one go
_ADVICE = 3  # systems named in one message


@dataclass(frozen=True)
class Place:
    """Where a feature layer lies to the county.

    Attributes
    ----------
    away_km
        From the county to the layer's box [km]; 0 where they meet.
    inside, features
        Features that meet the county (areas that have land in it), and all of them.
    covered_frac, own_frac
        Share of the county under the features, and of the features' area inside the county;
        of polygons, NaN for others.
    """

    away_km: float
    inside: int
    features: int
    covered_frac: float
    own_frac: float


def _limits() -> Any:  # noqa: ANN401 - a table of data
    return read_toml("layers.open", "place.toml")


def covering_layers() -> tuple[str, ...]:
    """Ids of the layers that fill a county."""
    return tuple(_limits()["covering"]["layers"])


def covering_told_frac() -> float:
    """Share of the county below which the reader must know that the rest is unknown."""
    return float(_limits()["covering"]["told_frac"])


@lru_cache(maxsize=256)
def _measured(key: Key, county_wkb: bytes) -> Place:
    table, _ = opened(*key)
    county = prepared(shapely.from_wkb(county_wkb))
    shapes = np.asarray(table.geometry.array)
    if away := float(shapely.distance(county, shapely.box(*table.total_bounds))) / 1000.0:
        return Place(away, 0, len(table), 0.0, 0.0)
    meets = shapely.intersects(county, shapes)
    covered = own = float("nan")
    if np.isin(shapely.get_type_id(shapes), (3, 6)).all():
        area = shapely.area(shapes)
        whole = float(area.sum())
        cut = meets & ~shapely.contains_properly(county, shapes)
        area[~meets] = 0.0
        area[cut] = shapely.area(shapely.intersection(shapes[cut], county))
        meets &= area > _limits()["touch_m2"]
        covered = float(area.sum() / shapely.area(county))
        own = float(area.sum() / whole) if whole > 0 else 0.0
    return Place(0.0, int(meets.sum()), len(table), covered, own)


def place_of_key(plan: Plan, key: Key) -> Place:
    """Where the features behind a key lie to the county."""
    return _measured(key, shapely.to_wkb(county_boundary(plan)))


def place_of(plan: Plan, layer_id: str) -> Place | None:
    """Where a feature layer lies to the county; None for other layers and absent ones."""
    if layer_of(layer_id).kind != "features" or layer_state(plan, layer_id) != "available":
        return None
    if layer_of(layer_id).geometry == "none":
        return None
    return place_of_key(plan, key_of(plan, layer_id))


def _fitting(box: Box, declared: str, county_ll: BaseGeometry) -> list[str]:
    """Systems in which the same numbers would lie in the county."""
    if as_crs(declared).is_geographic:
        return []
    prefixed = box[0] >= 1e7
    out = []
    for width in (3, 6):
        for zone in _ZONES:
            code = gk_epsg(zone, width, prefixed=prefixed)
            found = corners_ll(box, f"EPSG:{code}") if code else None
            if found is not None and shapely.box(*found).intersects(county_ll):
                out.append(f"EPSG:{code} ({crs_name(as_crs(code))})")
    return list(dict.fromkeys(out))[:_ADVICE]


def outside_fault(
    plan: Plan, spec: Layer, where: str, *, away_km: float, box: Box, crs: str
) -> DataError:
    """The refusal of a layer that lies elsewhere, naming the zone that fits.

    Parameters
    ----------
    away_km : float
        From the county to the layer.
    box, crs
        Extent of the layer in its own system.
    """
    fitting = _fitting(box, crs, county_boundary_ll(plan))
    todo: Sentence = say("layers.open.other_county_or_absent")
    if fitting:
        todo = say("layers.open.zone_that_fits", systems=listed(fitting))
    return DataError(
        say("layers.open.layer_lies_elsewhere", title=spec.title),
        where=where,
        got=say(
            "layers.open.away",
            away_km=away_km,
            crs=crs_name(as_crs(crs)),
            box=", ".join(f"{v:.6g}" if abs(v) < 1000 else f"{v:.0f}" for v in box),
        ),
        todo=todo,
    )


def refuse_elsewhere(plan: Plan, layer_id: str) -> None:
    """Refuse a layer that does not come near the county, or fills next to nothing of it.

    Raises
    ------
    DataError
        With the distance, and the zone in which it would lie in the county.
    """
    found = place_of(plan, layer_id)
    if found is not None:
        refuse_place(plan, layer_id, found, key_of(plan, layer_id), where_of(plan, layer_id))


def refuse_place(plan: Plan, layer_id: str, found: Place, key: Key, where: str) -> None:
    """`refuse_elsewhere` for data read as a layer is, under another key of the plan."""
    spec, limits = layer_of(layer_id), _limits()
    if found.away_km > limits["away_km"].get(spec.geometry, 0.0):
        report = opened(*key)[1]
        raise outside_fault(
            plan, spec, where, away_km=found.away_km, box=report.bounds, crs=report.crs
        )
    covering = limits["covering"]
    # a few parcels of this county are few parcels; a neighbour's file is another matter
    if (
        layer_id in covering["layers"]
        and found.covered_frac < covering["refused_frac"]
        and found.own_frac < covering["own_frac"]
    ):
        raise DataError(
            say("layers.open.covers_too_little", title=spec.title),
            where=where,
            got=say(
                "layers.open.share_of_county",
                share=100 * found.covered_frac,
                own=100 * found.own_frac,
            ),
            expected=say("layers.open.at_least_share", share=100 * covering["refused_frac"]),
            todo=say("layers.open.other_county_or_zone"),
        )


def place_warnings(plan: Plan, layer_id: str) -> list[Warn]:
    """What must be said of where a feature layer lies."""
    found = place_of(plan, layer_id)
    if found is None:
        return []
    spec, where, covering = layer_of(layer_id), where_of(plan, layer_id), _limits()["covering"]
    out = []
    if layer_id in covering["layers"]:
        if found.covered_frac < covering["told_frac"]:
            text = say(
                "layers.open.covers_part", title=spec.title, share=100 * found.covered_frac
            )
            out.append(Warn("covers_part", text, where))
    elif not found.inside:
        text = say("layers.open.none_inside", title=spec.title, n=found.features)
        out.append(Warn("none_inside", text, where))
    shifted = _shifted(plan, layer_id)
    if shifted is not None:
        out.append(Warn("layer_shifted", shifted, where))
    return out


# ---------------------------------------------------------------- shifted systems


def _outlines(shapes: npt.NDArray[np.object_]) -> tuple[Points, npt.NDArray[np.int64]]:
    """Vertices of outlines that have a length, and the line of each; some at a time."""
    xy, line, n = [np.empty((0, 2))], [np.empty(0, np.int64)], 0
    for at in range(0, len(shapes), _AT_A_TIME):
        lines = shapely.get_parts(shapely.boundary(shapes[at : at + _AT_A_TIME]))
        lines = lines[shapely.length(lines) > 0]
        points, of = shapely.get_coordinates(lines, return_index=True)
        xy, line, n = [*xy, points], [*line, of + n], n + len(lines)
    return np.concatenate(xy), np.concatenate(line)


def _sampled(xy: Points, line: npt.NDArray[np.int64], n: int) -> Points:
    """Points along lines, evenly; in one pass, so that a line may have a million vertices."""
    step = np.hypot(*np.diff(xy, axis=0).T)
    step[line[1:] != line[:-1]] = 0.0  # from one line to the next
    ends = np.concatenate([[0.0], np.cumsum(step)])
    at = (np.arange(n) + 0.5) / n * ends[-1]
    k = np.clip(np.searchsorted(ends, at, side="right") - 1, 0, len(step) - 1)
    share = (at - ends[k]) / np.where(step[k] > 0, step[k], 1.0)
    return np.asarray(xy[k] + (xy[k + 1] - xy[k]) * share[:, None])


def _on_edges(points: Points, tree: shapely.STRtree, tolerance_m: float) -> float:
    """Share of points within a tolerance of any edge."""
    near = tree.query(shapely.points(points), predicate="dwithin", distance=tolerance_m)
    return len(np.unique(near[0])) / len(points)


def _segments(lines: list[Any], box: Box | None = None) -> shapely.STRtree:
    """The pieces between two vertices of lines, those that reach into a box if one is given."""
    parts = shapely.get_parts(np.asarray(lines, dtype=object))
    xy, line = shapely.get_coordinates(parts, return_index=True)
    kept = line[1:] == line[:-1]
    ends = np.stack([xy[:-1], xy[1:]], axis=1)[kept]
    if box is not None:
        low, high = ends.min(axis=1), ends.max(axis=1)
        inside = (high >= np.array(box[:2])).all(axis=1) & (low <= np.array(box[2:])).all(
            axis=1
        )
        ends = ends[inside]
    return shapely.STRtree(shapely.linestrings(ends))


@lru_cache(maxsize=8)
def _edges(county_wkb: bytes, townships: Key | None) -> shapely.STRtree:
    """Lines a layer may have been cut along: the county's, and those of its townships."""
    lines = [shapely.boundary(shapely.from_wkb(county_wkb))]
    if townships:
        table: gpd.GeoDataFrame = opened(*townships)[0]
        lines += list(shapely.boundary(np.asarray(table.geometry.array)))
    return _segments(lines)


def _undone(points: Points, crs: Any) -> dict[str, Points]:  # noqa: ANN401
    """The points with each shift undone that a layer may carry, by its name.

    Web maps' systems, and the plane of the same meridian with another scale (UTM for
    Gauss-Krueger and the reverse).
    """
    lon, lat = transform_points(points[:, 0], points[:, 1], crs, as_crs(_WGS84))
    out = {}
    for name, undo in (("GCJ-02", gcj02_to_wgs84), ("BD-09", bd09_to_wgs84)):
        x, y = transform_points(*undo(lon, lat), as_crs(_WGS84), crs)
        out[name] = np.column_stack([x, y])
    # numbers of Gauss-Krueger (scale 1) that were declared UTM (scale 0.9996), and the reverse
    middle = 500_000.0
    for name, factor in (("GK", 0.9996), ("UTM", 1 / 0.9996)):
        moved = points.copy()
        moved[:, 0] = (points[:, 0] - middle) * factor + middle
        moved[:, 1] = points[:, 1] * factor
        out[name] = moved
    return out


@lru_cache(maxsize=256)
def _best_shift(
    key: Key, county_wkb: bytes, townships: Key | None
) -> tuple[str, float, float] | None:
    table, _ = opened(*key)
    shapes = np.asarray(table.geometry.array)
    if not np.isin(shapely.get_type_id(shapes), (3, 6)).all():
        return None
    c, tree = _limits()["shift"], _edges(county_wkb, townships)
    lines = _outlines(shapes)
    if not len(lines[0]):
        return None
    # most layers lie where they say, and a few points tell: all are asked on suspicion only
    few = _after(_sampled(*lines, int(c["first_samples"])), table.crs, tree, c["tolerance_m"])
    if max(few.values()) < c["first_frac"] * c["least_frac"]:
        return None
    points = _sampled(*lines, int(c["samples"]))
    before = _on_edges(points, tree, c["tolerance_m"])
    best: tuple[str, float, float] | None = None
    for name, after in _after(points, table.crs, tree, c["tolerance_m"]).items():
        if after < c["least_frac"] or after < c["times"] * before:
            continue
        if best is None or after > best[2]:
            best = name, before, after
    return best


def _after(
    points: Points,
    crs: Any,  # noqa: ANN401
    tree: shapely.STRtree,
    tolerance_m: float,
) -> dict[str, float]:
    """Share of the points on the edges with each shift undone."""
    undone = _undone(points, crs)
    return {name: _on_edges(moved, tree, tolerance_m) for name, moved in undone.items()}


@dataclass(frozen=True)
class OutlineShift:
    """How a project's outline lies on the edges of the county's layers.

    Attributes
    ----------
    system
        Name of the shift that explains it; None when it lies well or nothing says so.
    decided
        Whether enough of the outline runs along known edges, as it lies or moved back.
    before_frac, after_frac
        Share of it on edges as it lies, and with the best shift undone.
    """

    system: str | None
    decided: bool
    before_frac: float
    after_frac: float


def outline_shift(
    plan: Plan,
    shapes: npt.NDArray[np.object_],
    near: Callable[[Plan, str, Box], gpd.GeoDataFrame | None],
) -> OutlineShift:
    """Whether a project boundary lies in a shifted system, by the layers around it.

    Parameters
    ----------
    plan : Plan
    shapes : (n,) polygon
        The boundary, in the plan's CRS.
    near : callable
        The features of a layer in a box: `layers.open.near.features_near`.
    """
    c = {**_limits()["shift"], **_limits()["boundary_shift"]}
    west, south, east, north = (float(v) for v in shapely.total_bounds(shapes))
    reach = float(c["near_m"])
    near_box = (west - reach, south - reach, east + reach, north + reach)
    box = shapely.box(*near_box)
    lines = [shapely.boundary(county_boundary(plan))]
    for layer_id in c["layers"]:
        try:
            table = near(plan, layer_id, near_box)
        except DataError:  # told by the door that reads it
            continue
        if table is not None:
            around = table.sindex.query(box, predicate="intersects")
            lines += list(shapely.boundary(np.asarray(table.geometry.array)[around]))
    tree = _segments(lines, near_box)
    outline = _outlines(np.asarray(shapes, dtype=object))
    if not len(outline[0]):
        return OutlineShift(None, decided=False, before_frac=0.0, after_frac=0.0)
    points = _sampled(*outline, int(c["samples"]))
    before = _on_edges(points, tree, c["tolerance_m"])
    undone = _after(points, plan_crs(plan), tree, c["tolerance_m"])
    system = max(("GCJ-02", "BD-09"), key=undone.__getitem__)
    after = undone[system]
    shifted = after >= max(c["least_frac"], c["times"] * before)
    decided = shifted or before >= c["least_frac"]
    return OutlineShift(system if shifted else None, decided, before, after)


def shift_of(plan: Plan, layer_id: str) -> tuple[str, float, float] | None:
    """The shift a polygon layer carries: system, share on edges before and after; or None."""
    if layer_of(layer_id).geometry != "polygon":
        return None
    others = layer_id != "townships" and layer_state(plan, "townships") == "available"
    return _best_shift(
        key_of(plan, layer_id),
        shapely.to_wkb(county_boundary(plan)),
        key_of(plan, "townships") if others else None,
    )


def _shifted(plan: Plan, layer_id: str) -> Sentence | None:
    """The suspicion that a layer of polygons lies in a shifted system; None without."""
    found = shift_of(plan, layer_id)
    if found is None:
        return None
    system, before, after = found
    name = {
        "GK": say("layers.open.declared_utm"),
        "UTM": say("layers.open.declared_gk"),
    }.get(system, system)
    return say(
        "layers.open.shifted_system",
        title=layer_of(layer_id).title,
        system=name,
        before=100 * before,
        after=100 * after,
    )
