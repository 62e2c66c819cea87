"""A plant drawn from its polygon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.cells.area import polygon_area_m2
from gis.crs.systems import as_crs
from gis.errors import ConfigError, ModelError
from gis.say import say
from layers.result import Warn
from siting.pv.array.collector import Collector, collector_lines
from siting.pv.array.earthwork import Earth, Ground, samples, table_earth
from siting.pv.array.groups import Groups, grouped
from siting.pv.array.rows import Tables, fill, turned
from siting.pv.array.rules import ArrayRules
from siting.pv.study.spacing import gb_gcr

if TYPE_CHECKING:
    import pyproj

__all__ = ["PvArray", "draw_array", "land_inside"]

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
_MOST_KM2 = 1000.0  # the largest plants on earth cover a third of it
_CHUNK = 20_000
_SHADE = 1.05  # half of all ground is steeper than its mean; beyond this it matters


@dataclass(frozen=True)
class PvArray:
    """A drawn plant.

    Attributes
    ----------
    site, no_go, land
        The polygon, what of it may not be built on, and what is left inside the setback, in
        `crs`.
    root
        Where the collector ends, in `crs` [m].
    tables, groups, collector
        In the frame turned with the rows, see `siting.pv.array.rows.turned`.
    part : i8[tables]
        Piece of `land` each table stands on.
    roads
        In `crs`.
    earth
        None where no elevation model is known.
    shaded_frac
        Share of the tables whose own slope asks for a pitch more than 5 % wider than is drawn;
        NaN where not known.
    site_m2, no_go_m2, land_m2
        On the ellipsoid.
    """

    site: BaseGeometry
    no_go: BaseGeometry
    land: BaseGeometry
    crs: pyproj.CRS
    rules: ArrayRules
    tables: Tables
    part: I8
    groups: Groups
    collector: Collector
    root: tuple[float, float]
    roads: BaseGeometry
    earth: Earth | None
    shaded_frac: float
    site_m2: float
    no_go_m2: float
    land_m2: float
    warnings: tuple[Warn, ...] = ()

    @property
    def n_tables(self) -> int:
        """Tables."""
        return len(self.tables.x)

    @property
    def n_modules(self) -> int:
        """Modules."""
        return self.n_tables * self.rules.table_modules

    @property
    def dc_mw(self) -> float:
        """Module power [MW]."""
        return self.n_modules * self.rules.module_kw / 1000.0

    @property
    def ac_mw(self) -> float:
        """Rated power of the inverters [MW]."""
        return float(self.groups.inverter_kw.sum()) / 1000.0

    @property
    def ha_mwp(self) -> float:
        """Land of the polygon less what may not be built on, per module power [ha/MWp]."""
        return (self.site_m2 - self.no_go_m2) / 1e4 / self.dc_mw


def land_inside(site: BaseGeometry, no_go: BaseGeometry, setback_m: float) -> BaseGeometry:
    """Land for tables: inside the setback from the boundary, holes and land not to be built on.

    Corners of the setback are round (to 1.2 cm in 10 m), so that the land inside a part of a
    polygon is a part of the land inside the polygon.
    """
    free = shapely.difference(site, no_go) if not no_go.is_empty else site
    # GEOS gives nothing back for a vanishing distance
    if setback_m > 1e-6:
        free = shapely.buffer(free, -setback_m, quad_segs=16)
    parts = [p for p in shapely.get_parts(free) if p.geom_type == "Polygon" and p.area > 0.0]
    return shapely.union_all(parts)


def draw_array(
    site: BaseGeometry,
    crs: pyproj.CRS | str,
    rules: ArrayRules,
    *,
    lat: float,
    no_go: BaseGeometry | None = None,
    connection: tuple[float, float] | None = None,
    ground: Ground | None = None,
    name: str = "",
) -> PvArray:
    """Draw a plant into a polygon: tables, inverters, transformers, roads, collector, earth.

    Parameters
    ----------
    site : Polygon or MultiPolygon
        Valid, in a system of metres.
    crs : CRS
    rules : ArrayRules
    lat : float
        Of the site, for the pitch its slopes ask for [deg].
    no_go : Polygon or MultiPolygon, optional
        Land inside that is not to be built on.
    connection : (x, y), optional
        Where the plant meets the grid [m]; the nearest point of the site is the collector's
        end. Without one it is the middle of the power.
    ground : Ground, optional
        Elevation model; without one the volumes of earth are not estimated.
    name : str
        Of the site, for messages.

    Raises
    ------
    ConfigError
        For a system that is not of metres.
    ModelError
        For a shape without area, one too large, or one in which no table fits.

    Examples
    --------
    >>> from siting.pv.array.rules import array_rules
    >>> from siting.pv.plant.module import modules
    >>> rules = array_rules(pitch_m=11.19, tilt_deg=35.0, azimuth_deg=180.0, collector_m=4.6,
    ...     module=modules()["topcon_bifacial"], dc_ac_ratio=1.25, setback_m=10.0, road_m=6.0,
    ...     block_mw=3.15)
    >>> found = draw_array(shapely.box(5e5, 4.3e6, 5e5 + 300, 4.3e6 + 300), "EPSG:4545",
    ...     rules, lat=38.9)
    >>> round(found.dc_mw / 6.5, 1), len(found.groups.transformer_xy)
    (1.0, 2)
    """
    system = as_crs(crs)
    if system.is_geographic or abs(system.axis_info[0].unit_conversion_factor - 1.0) > 1e-9:
        raise ConfigError(
            say("siting.pv_array.not_in_metres"),
            where=name,
            got=str(system.name),
            todo=say("siting.pv_study.draw_on_polygon"),
        )
    _refuse(site, name)
    blocked = shapely.Polygon() if no_go is None else shapely.intersection(site, no_go)
    land = land_inside(site, blocked, rules.setback_m)
    if land.is_empty:
        raise ModelError(
            say("siting.pv_study.nothing_inside_setback"),
            where=name,
            got=say(
                "siting.pv_study.area_and_setback", area=site.area, setback_m=rules.setback_m
            ),
        )
    inner = turned(land, rules.azimuth_deg)
    tables = fill(inner, rules)
    if not len(tables.x):
        raise ModelError(
            say("siting.pv_array.no_table_fits"),
            where=name,
            got=say("siting.pv_array.land_left", area=land.area, setback_m=rules.setback_m),
            expected=say(
                "siting.pv_array.size_of_table", long=rules.step_m, deep=rules.depth_m
            ),
            todo=say("siting.pv_array.larger_or_less_setback"),
        )
    part = _part_of(inner, tables, rules)
    roads = _roads(inner, tables, rules)
    groups = grouped(tables, rules, part, roads, inner)
    root = _root(site, land, rules, groups, connection)
    turned_root = shapely.get_coordinates(turned(shapely.Point(*root), rules.azimuth_deg))[0]
    lines = collector_lines(
        groups.transformer_xy,
        groups.transformer_mw,
        (float(turned_root[0]), float(turned_root[1])),
        rules.other["feeder_mw"],
    )
    earth = None if ground is None else _earth(tables, rules, ground)
    areas = polygon_area_m2(np.array([site, blocked, land], dtype=object), system)
    shaded = _shaded(earth, rules, lat)
    return PvArray(
        site=site,
        no_go=blocked,
        land=land,
        crs=system,
        rules=rules,
        tables=tables,
        part=part,
        groups=groups,
        collector=lines,
        root=root,
        roads=turned(roads, rules.azimuth_deg, back=True),
        earth=earth,
        shaded_frac=shaded,
        site_m2=float(areas[0]),
        no_go_m2=float(areas[1]),
        land_m2=float(areas[2]),
        warnings=_warnings(name, rules, lines, roads, part, earth, ground, shaded, connection),
    )


def _refuse(site: BaseGeometry, name: str) -> None:
    areal = site.geom_type in {"Polygon", "MultiPolygon"}
    if site.is_empty or not areal or not site.area > 0.0:
        raise ModelError(
            say("siting.pv_study.site_has_no_area"),
            where=name,
            todo=say("siting.pv_study.draw_on_polygon"),
        )
    if not site.is_valid:
        raise ModelError(
            say("siting.pv_array.shape_not_valid"),
            where=name,
            got=shapely.is_valid_reason(site),
            todo=say("siting.pv_array.repair_shape"),
        )
    if site.area > _MOST_KM2 * 1e6:
        raise ModelError(
            say("siting.pv_array.too_large"),
            where=name,
            got=f"{site.area / 1e6:,.0f} km2",
            expected=f"<= {_MOST_KM2:,.0f} km2",
            todo=say("siting.pv_array.split_polygon"),
        )


def _part_of(inner: BaseGeometry, tables: Tables, rules: ArrayRules) -> I8:
    """Piece of the land under each table."""
    parts = shapely.get_parts(inner)
    if len(parts) == 1:
        return np.zeros(len(tables.x), dtype=np.int64)
    middles = shapely.points(tables.x + rules.table_m / 2, tables.y + rules.depth_m / 2)
    at, piece = shapely.STRtree(parts).query(middles, predicate="intersects")
    out = np.zeros(len(tables.x), dtype=np.int64)
    out[at] = piece
    # numbered without gaps, in the order of the first table
    return np.unique(out, return_inverse=True)[1].astype(np.int64)


def _roads(inner: BaseGeometry, tables: Tables, rules: ArrayRules) -> BaseGeometry:
    """Roads on all sides of the blocks that hold tables, where the land lets them."""
    if rules.road_m <= 0.0 or not tables.lattice.roads:
        return shapely.Polygon()
    rows, per_row = rules.block
    period = rows * rules.pitch_m + rules.road_gap_m
    width = per_row * rules.step_m
    used = np.unique(tables.block, axis=0).astype(np.float64)
    # the road lies in the middle of the space between the last row and the first of the next
    space = rules.pitch_m - rules.depth_m + rules.road_gap_m
    aside = (space - rules.road_m) / 2
    bottom = tables.lattice.row_m + used[:, 0] * period - aside
    top = bottom + period
    left = tables.lattice.road_m + used[:, 1] * (width + rules.road_m)
    right = left + width
    w = rules.road_m
    boxes = np.concatenate(
        [
            shapely.box(left - w, bottom - w, left, top),
            shapely.box(right, bottom - w, right + w, top),
            shapely.box(left - w, bottom - w, right + w, bottom),
            shapely.box(left - w, top - w, right + w, top),
        ]
    )
    found = shapely.intersection(shapely.union_all(boxes), inner)
    parts = shapely.get_parts(found)
    return shapely.union_all([p for p in parts if p.geom_type == "Polygon" and p.area > w])


def _root(
    site: BaseGeometry,
    land: BaseGeometry,
    rules: ArrayRules,
    groups: Groups,
    connection: tuple[float, float] | None,
) -> tuple[float, float]:
    if connection is not None:
        near = shapely.get_coordinates(shapely.shortest_line(site, shapely.Point(*connection)))
        return float(near[0, 0]), float(near[0, 1])
    power = groups.transformer_mw
    x, y = (groups.transformer_xy * (power / power.sum())[:, None]).sum(axis=0)
    middle = turned(shapely.Point(x, y), rules.azimuth_deg, back=True)
    near = shapely.get_coordinates(shapely.shortest_line(land, middle))
    return float(near[0, 0]), float(near[0, 1])


def _earth(tables: Tables, rules: ArrayRules, ground: Ground) -> Earth:
    dx, dy = samples(rules.table_m, rules.depth_m)
    turn = np.deg2rad(rules.azimuth_deg - 180.0)
    cos, sin = float(np.cos(turn)), float(np.sin(turn))
    found = []
    for first in range(0, len(tables.x), _CHUNK):
        own = slice(first, first + _CHUNK)
        x = tables.x[own, None, None] + dx
        y = tables.y[own, None, None] + dy
        z = ground.at(x * cos + y * sin, y * cos - x * sin)
        found.append(
            table_earth(
                z,
                rules.table_m,
                rules.depth_m,
                slope_most=rules.other["axis_slope_most"],
                reveal_m=rules.other["reveal_m"],
            )
        )
    return Earth(*(np.concatenate([getattr(e, k) for e in found]) for k in _EARTH))


_EARTH = ("cut_m3", "fill_m3", "slope", "slope_across", "height_m")


def _shaded(earth: Earth | None, rules: ArrayRules, lat: float) -> float:
    """Share of tables whose ground asks for a clearly wider pitch by the no-shading rule."""
    if earth is None or rules.azimuth_deg == 270.0:
        return float("nan")
    known = np.isfinite(earth.slope)
    if not known.any():
        return float("nan")
    step = max(1, int(known.sum()) // 50_000)
    own = gb_gcr(
        lat,
        rules.tilt_deg,
        azimuth_deg=rules.azimuth_deg,
        rise=earth.slope_across[known][::step],
        # towards azimuth + 90 deg is -x in the frame of the rows
        axis_rise=-earth.slope[known][::step],
    )
    return float((rules.collector_m / rules.pitch_m > own * _SHADE).mean())


def _warnings(
    name: str,
    rules: ArrayRules,
    lines: Collector,
    roads: BaseGeometry,
    part: I8,
    earth: Earth | None,
    ground: Ground | None,
    shaded_frac: float,
    connection: tuple[float, float] | None,
) -> tuple[Warn, ...]:
    found = []
    if connection is None:
        found.append(Warn("array_root_assumed", say("siting.pv_array.root_assumed"), name))
    feeders = int(lines.feeder.max()) + 1
    if feeders > rules.other["feeders_told"]:
        text = say("siting.pv_array.many_feeders", n=feeders)
        found.append(Warn("array_many_feeders", text, name))
    pieces = len(shapely.get_parts(roads)) if not roads.is_empty else 0
    if pieces == 0:
        found.append(Warn("array_no_roads", say("siting.pv_array.no_roads"), name))
    elif pieces > 1:
        text = say("siting.pv_array.roads_apart", n=pieces)
        found.append(Warn("array_roads_apart", text, name))
    n_parts = int(part.max()) + 1
    if n_parts > 1:
        text = say("siting.pv_array.land_apart", n=n_parts)
        found.append(Warn("array_land_apart", text, name))
    if earth is None or ground is None:
        found.append(Warn("array_no_dem", say("siting.pv_array.no_dem"), name))
        return tuple(found)
    unknown = float(np.isnan(earth.cut_m3).mean())
    if unknown > 0.0:
        text = say("siting.pv_array.dem_gaps", share=100.0 * unknown)
        found.append(Warn("array_dem_gaps", text, name))
    if ground.source_cell_m > rules.table_m / 2:
        text = say("siting.pv_array.dem_coarse", cell=ground.source_cell_m, table=rules.table_m)
        found.append(Warn("array_dem_coarse", text, name))
    if shaded_frac > 0.0:
        text = say("siting.pv_array.pitch_too_small", share=100.0 * shaded_frac)
        found.append(Warn("array_pitch_uniform", text, name))
    return tuple(found)
