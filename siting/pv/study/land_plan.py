"""The land of a PV plant inside its site: array, substation, roads and collector lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
import shapely.ops
from shapely.geometry.base import BaseGeometry

from gis.cells.area import polygon_area_m2
from gis.errors import ModelError
from gis.prepared import prepared
from gis.say import say
from layers.plan.model import Plan
from layers.result import optional_layer
from layers.units import MU_PER_HA
from siting.check.area_table import balanced
from siting.pv.study.layout import Layout, LayoutRules
from siting.pv.study.one_site import SiteChoice, assess_one, layout_rules

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "AREAS",
    "LandRow",
    "LandTable",
    "SiteLayout",
    "collector_tree",
    "connection_point",
    "land_table",
    "plant_land",
    "site_layout",
]

AREAS = ("array", "substation", "roads", "remaining")
_M2_HA = 1e4


@dataclass(frozen=True)
class SiteLayout:
    """A plant drawn inside its site, by land type.

    Attributes
    ----------
    features
        ``part`` (those of `AREAS`, which cover the site without overlap; ``rows``;
        ``collector``; ``substation`` is a point while its area is not known), ``area_m2``
        on the ellipsoid, ``length_m`` in the plane, geometry in the plan CRS.
    dc_mw, wanted_dc_mw
        Module power that fits, and the power the site counts with.
    outside_m
        Length of collector lines beyond the boundary.
    substation_known
        Whether the applicant gave its area.
    """

    features: gpd.GeoDataFrame
    rules: LayoutRules
    dc_mw: float
    wanted_dc_mw: float
    outside_m: float
    substation_known: bool

    def part(self, name: str) -> gpd.GeoDataFrame:
        """Features of one part."""
        return self.features[self.features["part"] == name]


def collector_tree(
    points: np.ndarray, root: tuple[float, float], allowed: BaseGeometry, turn_deg: float = 0.0
) -> list[shapely.LineString]:
    """The shortest tree that joins all `points` to `root`, of right-angled lines.

    Parameters
    ----------
    points : f8[n, 2]
        Centres of the blocks [m].
    root : (x, y)
        The substation [m].
    allowed : polygon
        Of the two right-angled ways the one is taken that leaves it the least.
    turn_deg : float
        The legs run across and along rows turned by this angle [deg].

    Examples
    --------
    Two blocks east of the substation, the second 30 m north of the first:

    >>> xy = np.array([[100.0, 0.0], [200.0, 30.0]])
    >>> lines = collector_tree(xy, (0.0, 0.0), shapely.box(-1, -1, 300, 40))
    >>> [round(line.length) for line in lines]
    [100, 130]
    """
    from scipy.sparse.csgraph import minimum_spanning_tree
    from scipy.spatial.distance import cdist

    angle = np.deg2rad(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    nodes = np.vstack([np.asarray(root, dtype=np.float64)[None], points]) @ turn.T
    # city-block distance is the length of the right-angled line; + 1 mm keeps coinciding
    # points joined, for a zero is no edge
    tree = minimum_spanning_tree(cdist(nodes, nodes, "cityblock") + 1e-3).tocoo()
    allowed = prepared(allowed)
    out = []
    for i, j in sorted(zip(tree.row.tolist(), tree.col.tolist(), strict=True)):
        a, b = nodes[i], nodes[j]
        ways = [
            shapely.LineString(np.array([a, corner, b]) @ turn)
            for corner in (np.array([a[0], b[1]]), np.array([b[0], a[1]]))
        ]
        inside = [
            w.length if allowed.covers(w) else w.intersection(allowed).length for w in ways
        ]
        out.append(ways[int(np.argmax(inside))])
    return out


def connection_point(run: Path, site: str, shape: BaseGeometry) -> shapely.Point:
    """Where the grid connection leaves the site; without a route the site's middle."""
    routes = optional_layer(run, "routes")
    own = None if routes is None else routes[routes["site_id"] == site]
    if own is None or not len(own):
        return shapely.point_on_surface(shape)
    near: shapely.Point = shapely.ops.nearest_points(shape, own.geometry.iloc[0])[0]
    return near


def _substation(
    buildable: BaseGeometry, at: shapely.Point, area_ha: float | None
) -> BaseGeometry:
    """A square of the given area as near to `at` as it fits, else the nearest point."""
    side = 0.0 if area_ha is None else float(np.sqrt(area_ha * _M2_HA))
    room = buildable.buffer(-side * np.sqrt(0.5)) if side else buildable
    if room.is_empty:
        raise ModelError(
            say("siting.pv_study.substation_too_large"),
            got=say("siting.pv_study.square_of", area_ha=area_ha, side=side),
            todo=say("siting.pv_study.smaller_substation"),
        )
    point: shapely.Point = shapely.ops.nearest_points(room, at)[0]
    if not side:
        return point
    half = side / 2
    return shapely.box(point.x - half, point.y - half, point.x + half, point.y + half)


def _land(
    layout: Layout, rules: LayoutRules, station: BaseGeometry
) -> tuple[dict[str, BaseGeometry], gpd.GeoDataFrame]:
    """Polygon of every land type, and the rows that are left beside the substation."""
    f = layout.features
    site, buildable = (f[f["layer"] == k].geometry.iloc[0] for k in ("site", "buildable"))
    rows = f[f["layer"] == "rows"]
    solid = station if station.area > 0 else shapely.Polygon()
    rows = rows[~shapely.intersects(rows.geometry.to_numpy(), solid)]
    roads = shapely.union_all(f[f["layer"] == "roads"].geometry.to_numpy()).difference(solid)
    # half the space to the next row belongs to a row, all around
    gap = (rules.pitch_m - rules.depth_m) / 2
    grown = shapely.buffer(rows.geometry.to_numpy(), gap, join_style="mitre")
    array = shapely.union_all(grown).intersection(buildable).difference(roads)
    array = array.difference(solid)
    built = shapely.union_all([array, roads, solid])
    parts = {"array": array, "roads": roads, "remaining": site.difference(built)}
    if station.area > 0:
        parts["substation"] = station
    # lines and points the overlays leave behind carry no area
    clean = {
        k: shapely.union_all([p for p in shapely.get_parts(g) if p.area > 0])
        for k, g in parts.items()
        if g.area > 0
    }
    return clean, rows


def _block_centres(rows: gpd.GeoDataFrame) -> np.ndarray:
    xy = shapely.get_coordinates(shapely.centroid(rows.geometry.to_numpy()))
    weight = rows["kwp"].to_numpy()
    _, block = np.unique(rows["block"].to_numpy().astype(str), return_inverse=True)
    total = np.bincount(block, weight)
    return np.column_stack([np.bincount(block, weight * xy[:, k]) / total for k in (0, 1)])


@dataclass(frozen=True)
class LandRow:
    """Land of one part of a plant.

    Attributes
    ----------
    part
        One of `AREAS`, or ``"collector"``.
    area_ha, area_mu
        To 4 and 2 decimals, balanced so that the rows add up to the site's rounded total;
        None where the area is not known or not estimated.
    length_km
        Of lines; None for areas.
    """

    part: str
    area_ha: float | None
    area_mu: float | None
    length_km: float | None


@dataclass(frozen=True)
class LandTable:
    """Land of a plant by part, and the site's total."""

    rows: tuple[LandRow, ...]
    total_ha: float
    total_mu: float


def land_table(layout: SiteLayout, total_m2: float | None = None) -> LandTable:
    """Area by part and length of lines, balanced to the site's total.

    The land of collector lines and, unless given, the substation's is not estimated.

    Parameters
    ----------
    layout : SiteLayout
    total_m2 : float, optional
        Area of the site as it is told elsewhere [m2]; it differs from the sum of the parts in
        the last digits, and what remains takes the difference.
    """
    areas = [layout.part(k)["area_m2"].sum() for k in AREAS]
    if total_m2 is not None:
        areas[-1] = max(0.0, total_m2 - sum(areas[:-1]))
    ha = balanced([a / _M2_HA for a in areas], 4).tolist()
    mu = balanced([a / _M2_HA * MU_PER_HA for a in areas], 2).tolist()
    rows = []
    for part, area_ha, area_mu in zip(AREAS, ha, mu, strict=True):
        known = part != "substation" or layout.substation_known
        rows.append(
            LandRow(part, area_ha, area_mu, None) if known else LandRow(part, None, None, None)
        )
    km = float(layout.part("collector")["length_m"].sum() / 1000.0)
    rows.insert(3, LandRow("collector", None, None, round(km, 3)))
    return LandTable(tuple(rows), round(sum(ha), 4), round(sum(mu), 2))


def plant_land(
    layout: Layout,
    rules: LayoutRules,
    connection: shapely.Point,
    *,
    wanted_dc_mw: float,
    site_id: str = "",
    substation_ha: float | None = None,
) -> SiteLayout:
    """Divide a drawn plant's site by land type.

    Parameters
    ----------
    layout : Layout
        Rows and roads, of `siting.pv.study.layout.draw_layout`.
    rules : LayoutRules
        By which it was drawn.
    connection : Point
        Where the grid connection leaves the site; the substation stands as near as it fits.
    wanted_dc_mw : float
        Module power the site counts with [MW].
    site_id : str
    substation_ha : float, optional
        Area of the substation [ha]; no figure is assumed, without it only its place is shown.

    Raises
    ------
    ModelError
        When the substation or not one row fits into the site.
    """
    import geopandas as gpd

    f = layout.features
    shape = f[f["layer"] == "site"].geometry.iloc[0]
    buildable = f[f["layer"] == "buildable"].geometry.iloc[0]
    station = _substation(buildable, connection, substation_ha)
    land, rows = _land(layout, rules, station)
    if not len(rows):
        raise ModelError(say("siting.pv_study.no_row_fits"), where=site_id)
    root = station.centroid
    lines = collector_tree(
        _block_centres(rows), (root.x, root.y), shape, rules.azimuth_deg - 180.0
    )
    outside = float(sum(x.length - x.intersection(shape).length for x in lines))
    names = [k for k in AREAS if k in land]
    shapes = [land[k] for k in names]
    areas = polygon_area_m2(np.array(shapes, dtype=object), f.crs)
    point = [] if station.area > 0 else [station]
    n = len(rows) + len(lines) + len(point)
    features = gpd.GeoDataFrame(
        {
            "site_id": site_id,
            "part": names
            + ["rows"] * len(rows)
            + ["collector"] * len(lines)
            + ["substation"] * len(point),
            "area_m2": np.concatenate([areas, np.full(n, np.nan)]),
            "length_m": np.concatenate(
                [
                    np.full(len(names), np.nan),
                    rows["length_m"].to_numpy(),
                    [x.length for x in lines],
                    np.full(len(point), np.nan),
                ]
            ),
        },
        geometry=[*shapes, *rows.geometry, *lines, *point],
        crs=f.crs,
    )
    return SiteLayout(
        features=features,
        rules=rules,
        dc_mw=float(rows["kwp"].sum() / 1000.0),
        wanted_dc_mw=wanted_dc_mw,
        outside_m=outside,
        substation_known=station.area > 0,
    )


def site_layout(
    plan: Plan,
    run: Path,
    site: str,
    *,
    substation_ha: float | None = None,
    shape: BaseGeometry | None = None,
) -> SiteLayout:
    """Draw the plant of a PV site of a run and divide its land.

    Parameters
    ----------
    plan : Plan
    run : Path
        Finished run folder.
    site : str
        Id of a PV site.
    substation_ha : float, optional
        See `plant_land`.
    shape : polygon or multipolygon, optional
        Boundary to draw in, instead of the run's.

    Raises
    ------
    DataError
        When the plan has no weather.
    ModelError
        When nothing fits into the site.
    """
    a, layout = assess_one(plan, SiteChoice(site, shape=shape), work=run)
    if layout is None:
        raise ModelError(say("siting.pv_study.no_layout"), where=site)
    f = layout.features
    shape = f[f["layer"] == "site"].geometry.iloc[0]
    return plant_land(
        layout,
        layout_rules(a, plan),
        connection_point(run, site, shape),
        wanted_dc_mw=float(a.dc_mw),
        site_id=site,
        substation_ha=substation_ha,
    )
