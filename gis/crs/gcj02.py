"""The two shifted systems of Chinese web maps, GCJ-02 and BD-09, both ways, and a detector.

Data copied from a web map sit 300-700 m off in a direction that changes slowly with place.
The forward shift is a closed polynomial; the way back is found by iteration, to far below
0.1 m. Outside China (the rectangle the polynomial is defined in) all four are the identity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.constants import constants
from gis.prepared import prepared
from gis.say import say
from gis.types import F8

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapely import LineString
    from shapely.geometry.base import BaseGeometry

__all__ = [
    "Suspicion",
    "bd09_to_wgs84",
    "gcj02_to_wgs84",
    "suspect_gcj02",
    "wgs84_to_bd09",
    "wgs84_to_gcj02",
]

Points = tuple[F8, F8]

# Fixed-point steps: the shift's derivative is below 0.001, so each step gains three digits.
_STEPS = 8


def _arrays(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Points:
    return np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)


def _in_china(lon: F8, lat: F8) -> npt.NDArray[np.bool_]:
    c = constants("gcj02")
    return np.asarray(
        (lon >= c["lon_min_deg"])
        & (lon <= c["lon_max_deg"])
        & (lat >= c["lat_min_deg"])
        & (lat <= c["lat_max_deg"])
    )


def _gcj_shift(lon: F8, lat: F8) -> Points:
    """The GCJ-02 offset [deg] of a WGS 84 place, without the test for China."""
    c = constants("gcj02")
    a, ee = c["semi_major_m"], c["eccentricity_squared"]
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    w2 = 1.0 - ee * np.sin(phi) ** 2
    w = np.sqrt(w2)
    d_lat = np.degrees(north * w2 * w / (a * (1.0 - ee)))
    d_lon = np.degrees(east * w / (a * np.cos(phi)))
    return d_lon, d_lat


def wgs84_to_gcj02(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Points:
    """Shift WGS 84 to GCJ-02.

    Parameters
    ----------
    lon, lat : (n,) float
        Longitude and latitude [deg]; NaN stays NaN.

    Returns
    -------
    lon, lat : (n,) float
        Shifted inside China, unchanged outside.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02([2.35], [48.85])
    >>> lon.tolist(), lat.tolist()
    ([2.35], [48.85])
    """
    x, y = _arrays(lon, lat)
    dx, dy = _gcj_shift(x, y)
    inside = _in_china(x, y)
    return np.where(inside, x + dx, x), np.where(inside, y + dy, y)


def _invert(lon: F8, lat: F8, forward: Callable[[F8, F8], Points]) -> Points:
    """Solve forward(p) = q by fixed-point iteration on the offset."""
    x, y = lon.copy(), lat.copy()
    for _ in range(_STEPS):
        fx, fy = forward(x, y)
        x, y = x + (lon - fx), y + (lat - fy)
    return x, y


def _gcj_forward(lon: F8, lat: F8) -> Points:
    dx, dy = _gcj_shift(lon, lat)
    return lon + dx, lat + dy


def gcj02_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Points:
    """Undo GCJ-02 by iteration (error below a micrometre inside China).

    Examples
    --------
    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02([106.54], [38.91]))
    >>> bool(abs(lon[0] - 106.54) < 1e-12 and abs(lat[0] - 38.91) < 1e-12)
    True
    """
    x, y = _arrays(lon, lat)
    bx, by = _invert(x, y, _gcj_forward)
    inside = _in_china(bx, by)
    return np.where(inside, bx, x), np.where(inside, by, y)


def _bd_forward(lon: F8, lat: F8) -> Points:
    c = constants("bd09")
    k = c["wave_number_per_deg"]
    radius = np.hypot(lon, lat) + c["radius_amplitude_deg"] * np.sin(lat * k)
    angle = np.arctan2(lat, lon) + c["angle_amplitude_rad"] * np.cos(lon * k)
    return radius * np.cos(angle) + c["lon_shift_deg"], radius * np.sin(angle) + c[
        "lat_shift_deg"
    ]


def wgs84_to_bd09(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Points:
    """Shift WGS 84 to BD-09 (GCJ-02 and Baidu's own offset); identity outside China."""
    x, y = _arrays(lon, lat)
    bx, by = _bd_forward(*_gcj_forward(x, y))
    inside = _in_china(x, y)
    return np.where(inside, bx, x), np.where(inside, by, y)


def bd09_to_wgs84(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Points:
    """Undo BD-09 by iteration.

    Examples
    --------
    >>> lon, lat = bd09_to_wgs84(*wgs84_to_bd09([106.54], [38.91]))
    >>> bool(abs(lon[0] - 106.54) < 1e-12 and abs(lat[0] - 38.91) < 1e-12)
    True
    """
    x, y = _arrays(lon, lat)
    bx, by = _invert(x, y, lambda p, q: _bd_forward(*_gcj_forward(p, q)))
    inside = _in_china(bx, by)
    return np.where(inside, bx, x), np.where(inside, by, y)


@dataclass(frozen=True)
class Suspicion:
    """Why a layer looks as if it came from a web map.

    Attributes
    ----------
    system
        ``"GCJ-02"`` or ``"BD-09"``.
    east_m, north_m
        By how much the layer lies east and north of the reference [m].
    offset_m
        Length of that offset [m].
    before_m, after_m
        Median distance from the layer's outline to the reference's, as it lies and with the
        shift undone [m].
    """

    system: str
    east_m: float
    north_m: float
    offset_m: float
    before_m: float
    after_m: float

    def message(self, lang: str = "zh") -> str:
        """The suspicion in a sentence, ``"zh"`` or ``"en"``."""
        return say(
            "gis.crs.shifted",
            system=self.system,
            offset=self.offset_m,
            east=self.east_m,
            north=self.north_m,
            before=self.before_m,
            after=self.after_m,
            function=self._function(),
        )(lang)

    def _function(self) -> str:
        return "gcj02_to_wgs84" if self.system == "GCJ-02" else "bd09_to_wgs84"


def suspect_gcj02(geom_ll: BaseGeometry, reference_ll: BaseGeometry) -> Suspicion | None:
    """Tell whether a layer is the reference shifted into GCJ-02 or BD-09.

    Parameters
    ----------
    geom_ll : geometry
        Outline of the layer, longitude-latitude as declared. Points and lines cannot be
        judged, since nothing says where they belong.
    reference_ll : geometry
        The county boundary in WGS 84 or CGCS2000.

    Returns
    -------
    Suspicion or None
        None when the layer lies on the reference, is no outline of it, or no shift explains
        where it lies.

    Notes
    -----
    Points along the layer's outline are measured against the reference's outline as they lie
    and after undoing each shift. The layer is suspicious when the shift is 250-800 m (GCJ-02)
    or up to 1,600 m (BD-09) and undoing it leaves less than 45 % of the median distance.
    """
    import shapely

    c = constants("gcj02_suspicion")
    outline, target = _outline(geom_ll), _outline(reference_ll)
    if outline is None or target is None:
        return None
    lat0 = math.radians(float(shapely.get_y(target.centroid)))
    kx, ky = 111_320.0 * math.cos(lat0), 110_950.0  # metres in a degree; 0.3 % is enough here
    metre_target = shapely.transform(target, lambda p: p * (kx, ky))
    metre_target = prepared(metre_target)
    fractions = np.linspace(0.0, 1.0, int(c["samples"]), endpoint=False)
    points = shapely.get_coordinates(
        shapely.line_interpolate_point(outline, list(fractions), normalized=True)
    )
    lon, lat = points[:, 0], points[:, 1]

    def median_m(x: F8, y: F8) -> float:
        at = shapely.points(x * kx, y * ky)
        return float(np.median(shapely.distance(at, metre_target)))

    before = median_m(lon, lat)
    best: Suspicion | None = None
    for system, undo in (("GCJ-02", gcj02_to_wgs84), ("BD-09", bd09_to_wgs84)):
        x, y = undo(lon, lat)
        east, north = float(np.mean(lon - x)) * kx, float(np.mean(lat - y)) * ky
        offset = math.hypot(east, north)
        limit = c["offset_max_m"] if system == "GCJ-02" else c["bd09_offset_max_m"]
        after = median_m(x, y)
        fits = c["offset_min_m"] <= offset <= limit and after < before * c["residual_ratio_max"]
        if fits and (best is None or after < best.after_m):
            best = Suspicion(system, east, north, offset, before, after)
    return best


def _outline(geom: BaseGeometry) -> LineString | None:
    """One line string along the largest ring, None when there is no area."""
    import shapely

    parts = [
        p
        for p in shapely.get_parts(shapely.get_parts([geom]))
        if shapely.get_type_id(p) == shapely.GeometryType.POLYGON and not shapely.is_empty(p)
    ]
    if not parts:
        return None
    areas = [abs(shapely.area(shapely.Polygon(p.exterior))) for p in parts]
    largest = parts[int(np.argmax(areas))]
    return shapely.LineString(shapely.get_coordinates(largest.exterior))
