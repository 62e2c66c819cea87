"""The table of boundary points of parcels (界址点): names, coordinates, sides, areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.cells.area import polygon_area_m2
from gis.crs.systems import china_row, reproject
from gis.errors import DataError
from gis.files.exchange.kept import KeptText, kept_of
from gis.files.exchange.lines import points_of
from gis.files.exchange.matched import as_cell, matches, rings_of
from gis.files.exchange.write import exchange_crs, exchange_crs_of
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = [
    "POINT_DECIMALS",
    "BoundaryPoint",
    "ParcelPoints",
    "PointTable",
    "RingPoints",
    "point_table",
]

POINT_DECIMALS = 4  # those of the coordinate text, whose head says 精度=0.0001
_CALLED = ("site_id", "name", "Name", "parcel_no")


@dataclass(frozen=True)
class BoundaryPoint:
    """One line of the table.

    Attributes
    ----------
    north_m, east_m
        X and Y, to the millimetre.
    side_m
        To the next point, by the coordinates of the table; None where the ring is closed.
    """

    name: str
    north_m: float
    east_m: float
    side_m: float | None


@dataclass(frozen=True)
class RingPoints:
    """A ring; its last point is its first one again.

    Attributes
    ----------
    number
        Through all parts of the parcel, from 1.
    hole
        Whether it is cut out of the ring around it.
    """

    number: int
    hole: bool
    points: tuple[BoundaryPoint, ...]

    @property
    def n_points(self) -> int:
        """Points that are told apart."""
        return len(self.points) - 1

    @property
    def length_m(self) -> float:
        """Sum of its sides as they are written."""
        return round(sum(p.side_m or 0.0 for p in self.points), POINT_DECIMALS)


@dataclass(frozen=True)
class ParcelPoints:
    """A parcel.

    Attributes
    ----------
    area_m2
        On the ellipsoid.
    plane_m2
        In the plane of the projection, by the coordinates of the table.
    """

    number: int
    name: str
    use: str
    rings: tuple[RingPoints, ...]
    area_m2: float
    plane_m2: float

    @property
    def n_points(self) -> int:
        """Points that are told apart."""
        return sum(r.n_points for r in self.rings)

    @property
    def length_m(self) -> float:
        """Sum of all sides."""
        return round(sum(r.length_m for r in self.rings), POINT_DECIMALS)


@dataclass(frozen=True)
class PointTable:
    """Boundary points of parcels in one Gauss-Krueger zone of CGCS2000.

    Attributes
    ----------
    crs
        Its eastings begin with the number of the zone.
    zone, width_deg, meridian_deg
        Of `crs`.
    """

    crs: pyproj.CRS
    zone: int
    width_deg: int
    meridian_deg: float
    parcels: tuple[ParcelPoints, ...]


def point_table(gdf: gpd.GeoDataFrame, crs: str = "", where: str = "") -> PointTable:
    """Boundary points of every row with an outline.

    Points come in the order of the outline; those of a coordinate text keep the names it gives
    them, others are J1, J2 ... through all rings of a parcel.

    Parameters
    ----------
    gdf : GeoDataFrame
        Polygons; ``site_id``, ``name`` or ``parcel_no`` is what a parcel is called, ``use``
        what it is for.
    crs : str
        A Gauss-Krueger zone; when empty that of the text the table was read from, else the
        3-degree zone whose meridian is nearest.
    where : str
        Name of the data in messages.

    Raises
    ------
    DataError
        When `crs` is no Gauss-Krueger zone of CGCS2000 or a row is no polygon.

    Examples
    --------
    >>> import geopandas as gpd
    >>> plot = shapely.Polygon([(5e5, 4.3e6), (500_000, 4_300_030), (500_040, 4_300_030)])
    >>> found = point_table(gpd.GeoDataFrame(geometry=[plot], crs="EPSG:4544"))
    >>> [(p.name, p.side_m) for p in found.parcels[0].rings[0].points]
    [('J1', 30.0), ('J2', 40.0), ('J3', 50.0), ('J1', None)]
    >>> found.zone, found.meridian_deg, found.parcels[0].plane_m2
    (35, 105.0, 600.0)
    """
    held = gdf[~(gdf.geometry.is_empty | gdf.geometry.isna())].reset_index(drop=True)
    kept = kept_of(gdf)
    own = china_row(kept.crs) if kept is not None else None
    zone = crs or (f"EPSG:{own.epsg}" if own is not None and own.is_gk else "")
    target = exchange_crs(zone, where) if zone else exchange_crs_of(held, where)
    areas = polygon_area_m2(held.geometry, held.crs, where)
    shapes = list(reproject(held, target, where).geometry)
    given = _given_names(kept, held, where) if kept is not None else [None] * len(held)
    called = next((c for c in _CALLED if c in held), "")
    parcels = []
    for i, shape in enumerate(shapes):
        rings = _rings(shape, given[i])
        parcels.append(
            ParcelPoints(
                i + 1,
                as_cell(held[called][i]) if called else "",
                as_cell(held["use"][i]) if "use" in held else "",
                rings,
                float(areas[i]),
                _plane_m2(rings),
            )
        )
    row = china_row(target)
    if row is None:  # exchange_crs gives zones alone
        raise DataError(say("gis.files.coordinate_text_needs_gauss_krueger"), where=where)
    width, meridian = int(row.zone_width_deg), row.central_meridian_deg
    return PointTable(target, row.zone, width, meridian, tuple(parcels))


def _given_names(
    kept: KeptText, held: gpd.GeoDataFrame, where: str
) -> list[list[list[str]] | None]:
    """Names of the points of each row, ring by ring, where a text gives them."""
    geoms = list(reproject(held, kept.crs, where).geometry)
    pairs = kept.parcels()
    out: list[list[list[str]] | None] = []
    for match in matches(kept, geoms, {}):
        names = None
        if match.same_shape and pairs[match.parcel][1].order:
            text, shape = pairs[match.parcel]
            by_ring: dict[str, list[str]] = {r: [] for r in text.rings}
            for _, point in points_of(text.body):
                if point is not None:
                    by_ring[point.ring].append(point.label)
            names = [by_ring[r] for r in shape.order]
        out.append(names)
    return out


def _rings(shape: Any, given: list[list[str]] | None) -> tuple[RingPoints, ...]:  # noqa: ANN401
    holes = [
        k > 0
        for part in shapely.get_parts(shape)
        for k in range(1 + shapely.get_num_interior_rings(part))
    ]
    out = []
    first = 1
    for k, (coordinates, hole) in enumerate(zip(rings_of(shape), holes, strict=True)):
        xy = np.round(coordinates, POINT_DECIMALS)
        n = len(xy) - 1
        names = [f"J{first + j}" for j in range(n)] if given is None else given[k][:n]
        first += n
        # sides by the coordinates of the table: whoever computes them finds the same
        step = np.diff(xy, axis=0)
        sides: list[float | None] = [
            round(v, POINT_DECIMALS) for v in np.hypot(step[:, 0], step[:, 1]).tolist()
        ]
        points = tuple(
            BoundaryPoint(name, north, east, side)
            for name, (east, north), side in zip(
                [*names, names[0]], xy.tolist(), [*sides, None], strict=True
            )
        )
        out.append(RingPoints(k + 1, hole, points))
    return tuple(out)


def _plane_m2(rings: tuple[RingPoints, ...]) -> float:
    """Area by the coordinates of the table, holes taken off."""
    total = 0.0
    for ring in rings:
        xy = np.array([(p.east_m, p.north_m) for p in ring.points])
        # from a corner near by: products of whole coordinates would lose square millimetres
        x, y = (xy - xy[0]).T
        area = abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2
        total += -area if ring.hole else area
    return total
