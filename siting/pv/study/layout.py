"""Rows of modules drawn inside a real site: setback, blocks, roads between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from gis.crs.systems import transform_points
from gis.errors import ConfigError, ModelError
from gis.files.write import write_drawing
from gis.prepared import prepared
from gis.say import say
from layers.result import Warn
from siting.pv.plant.facing import facing_warnings

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = ["Layout", "LayoutRules", "draw_layout", "write_layout"]


@dataclass(frozen=True)
class LayoutRules:
    """How a site is filled.

    Attributes
    ----------
    pitch_m
        Row to row, horizontally [m].
    collector_m, tilt_deg
        Width of a row along its tilt and the tilt; the plan depth is their product.
    azimuth_deg
        The modules face this way; rows run across it.
    setback_m
        Kept free inside the site's boundary [m].
    road_m
        Width of roads between blocks [m]; Ningxia allows 6 m for permanent roads
        (rule PV-070).
    block_mw
        Grid power of one block, between roads [MW].
    dc_ac_ratio
        Module over grid power of it.
    table_m
        Rows are built of tables of this length [m].
    kw_m2
        Module power per module area [kW/m2]: efficiency at 1 kW/m2.
    """

    pitch_m: float
    collector_m: float
    tilt_deg: float
    azimuth_deg: float = 180.0
    setback_m: float = 10.0
    road_m: float = 6.0
    block_mw: float = 3.15
    table_m: float = 15.0
    kw_m2: float = 0.225
    dc_ac_ratio: float = 1.25

    def __post_init__(self) -> None:
        if not self.pitch_m > self.depth_m > 0.0:
            raise ConfigError(
                say("siting.pv_study.rows_overlap"),
                got=say(
                    "siting.pv_study.pitch_and_depth",
                    pitch_m=self.pitch_m,
                    depth_m=self.depth_m,
                ),
            )
        positive = (self.block_mw, self.table_m, self.dc_ac_ratio)
        if min(self.setback_m, self.road_m) < 0 or min(positive) <= 0:
            raise ConfigError(say("siting.pv_study.layout_rule_not_positive"), got=str(self))

    @property
    def depth_m(self) -> float:
        """Depth of a row in plan [m]."""
        return self.collector_m * float(np.cos(np.deg2rad(self.tilt_deg)))


@dataclass(frozen=True)
class Layout:
    """A drawn plant.

    Attributes
    ----------
    features
        ``layer`` (``rows``, ``roads``, ``buildable``, ``site``), ``block``, ``length_m``,
        ``kwp``, geometry in the plan CRS.
    dc_mw
        Module power drawn.
    buildable_m2, site_m2
        Planar areas inside the setback and of the site.
    warnings
        That the rows face away from the noon sun.
    """

    features: gpd.GeoDataFrame
    dc_mw: float
    buildable_m2: float
    site_m2: float
    blocks: int
    warnings: tuple[Warn, ...] = ()


def _free_spans(
    strip: BaseGeometry, inner: BaseGeometry, x0: float, x1: float
) -> list[tuple[float, float]]:
    """X intervals in which the whole depth of `strip` lies inside `inner`."""
    outside = shapely.get_parts(shapely.difference(strip, inner))
    outside = outside[shapely.area(outside) > 1e-9]
    if not len(outside):
        return [(x0, x1)]
    bounds = shapely.bounds(outside)
    taken = sorted((float(b[0]), float(b[2])) for b in bounds)
    spans, at = [], x0
    for a, b in taken:
        if a > at:
            spans.append((at, a))
        at = max(at, b)
    if at < x1:
        spans.append((at, x1))
    return spans


def draw_layout(site: BaseGeometry, crs: pyproj.CRS | str, rules: LayoutRules) -> Layout:
    """Fill a site with rows.

    Parameters
    ----------
    site : Polygon or MultiPolygon
        In the plan CRS [m]; holes stay free, with the setback around them.
    crs : CRS
    rules : LayoutRules

    Returns
    -------
    Layout
        Every row lies in full inside the site less the setback, and off the roads.

    Raises
    ------
    ModelError
        When the site has no area, or nothing is left inside the setback.

    Examples
    --------
    100 m x 100 m with 10 m setback: 7 rows of 11 m pitch and 5 tables of 15 m each.

    >>> rules = LayoutRules(11.0, 4.6, 35.0, road_m=0.0)
    >>> r = draw_layout(shapely.box(0, 0, 100, 100), "EPSG:4545", rules)
    >>> rows = r.features[r.features["layer"] == "rows"]
    >>> len(rows), float(rows["length_m"].sum())
    (7, 525.0)
    """
    import geopandas as gpd

    if site.is_empty or not site.area > 0.0:
        raise ModelError(
            say("siting.pv_study.site_has_no_area"),
            todo=say("siting.pv_study.draw_on_polygon"),
        )
    # GEOS gives nothing back for a vanishing distance
    wide = rules.setback_m > 1e-6
    buildable = site.buffer(-rules.setback_m, join_style="mitre") if wide else site
    if buildable.is_empty:
        raise ModelError(
            say("siting.pv_study.nothing_inside_setback"),
            got=say(
                "siting.pv_study.area_and_setback", area=site.area, setback_m=rules.setback_m
            ),
        )
    # rows along x: turn the facing direction to -y (south)
    turn = rules.azimuth_deg - 180.0
    centre = site.centroid
    inner = affinity.rotate(buildable, turn, origin=centre)
    x0, y0, x1, y1 = inner.bounds
    kw_m = rules.collector_m * rules.kw_m2
    block_kwp = rules.block_mw * rules.dc_ac_ratio * 1000.0
    side = float(np.sqrt(block_kwp / kw_m * rules.pitch_m))
    n_rows = max(1, round(side / rules.pitch_m))
    tables = max(1, round(side / rules.table_m))
    width = tables * rules.table_m
    # bottom edges of all rows: blocks of n_rows, then a road
    count = int((y1 - y0) / rules.pitch_m) + 2
    i = np.arange(count)
    gap = max(0.0, rules.road_m - (rules.pitch_m - rules.depth_m))
    bottoms = y0 + i * rules.pitch_m + (i // n_rows) * gap
    bottoms = bottoms[bottoms + rules.depth_m <= y1 + 1e-9]
    inner = prepared(inner)
    records = []
    for j, y in enumerate(bottoms):
        strip = shapely.box(x0, y, x1, y + rules.depth_m)
        for a, b in _free_spans(strip, inner, x0, x1):
            first = int((a - x0) // (width + rules.road_m))
            last = int((b - x0) // (width + rules.road_m))
            for k in range(first, last + 1):
                left = x0 + k * (width + rules.road_m)
                lo, hi = max(a, left), min(b, left + width)
                n = int((hi - lo) / rules.table_m + 1e-9)
                if n < 1:
                    continue
                length = n * rules.table_m
                records.append((j // n_rows, k, lo, y, length))
    rows = [
        affinity.rotate(shapely.box(x, y, x + length, y + rules.depth_m), -turn, origin=centre)
        for _, _, x, y, length in records
    ]
    lengths = np.array([r[4] for r in records], dtype=np.float64)
    names = [f"{r[0] + 1}-{r[1] + 1}" for r in records]
    roads = _roads(inner, rules, width=width, bottoms=bottoms, n_rows=n_rows)
    roads = [affinity.rotate(r, -turn, origin=centre) for r in roads]
    roads = [r for r in (shapely.intersection(r, buildable) for r in roads) if not r.is_empty]
    extra = [*roads, buildable, site]
    layers = ["rows"] * len(rows) + ["roads"] * len(roads) + ["buildable", "site"]
    features = gpd.GeoDataFrame(
        {
            "layer": layers,
            "block": names + [""] * len(extra),
            "length_m": np.concatenate([lengths, np.full(len(extra), np.nan)]),
            "kwp": np.concatenate([lengths * kw_m, np.full(len(extra), np.nan)]),
        },
        geometry=[*rows, *extra],
        crs=crs,
    )
    return Layout(
        features=features,
        dc_mw=float(lengths.sum() * kw_m / 1000.0),
        buildable_m2=float(buildable.area),
        site_m2=float(site.area),
        blocks=len(set(names)),
        warnings=_facing(site, crs, rules),
    )


def _facing(site: BaseGeometry, crs: pyproj.CRS | str, rules: LayoutRules) -> tuple[Warn, ...]:
    if rules.tilt_deg == 0.0:
        return ()
    at = site.centroid
    _, lat = transform_points(np.array([at.x]), np.array([at.y]), crs, "EPSG:4326")
    return facing_warnings(float(lat[0]), rules.azimuth_deg, rules.tilt_deg)


def _roads(
    inner: BaseGeometry, rules: LayoutRules, *, width: float, bottoms: np.ndarray, n_rows: int
) -> list[BaseGeometry]:
    if rules.road_m <= 0.0:
        return []
    x0, y0, x1, y1 = inner.bounds
    out: list[BaseGeometry] = []
    k = 0
    while (left := x0 + (k + 1) * width + k * rules.road_m) < x1:
        out.append(shapely.box(left, y0, left + rules.road_m, y1))
        k += 1
    # a road ends where the next block's rows begin
    out += [
        shapely.box(x0, bottoms[j] - rules.road_m, x1, bottoms[j])
        for j in range(n_rows, len(bottoms), n_rows)
    ]
    return out


def write_layout(layout: Layout, folder: Path, name: str) -> tuple[Path, Path]:
    """Write a layout as GeoJSON (lon/lat, RFC 7946) and DXF (plan metres, by layer).

    Returns
    -------
    geojson, dxf : Path
    """
    folder.mkdir(parents=True, exist_ok=True)
    geojson = folder / f"{name}.geojson"
    geojson.write_text(layout.features.to_crs(4326).to_json(drop_id=True), encoding="utf-8")
    return geojson, write_drawing(folder / f"{name}.dxf", layout.features)
