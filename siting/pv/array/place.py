"""A polygon and a weather file from a folder: the place found, the system chosen, no plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from gis.cells.grid import plan_grid
from gis.cells.ground import length_scale
from gis.crs.systems import as_crs, crs_name, pick_gk_crs, reproject, transform_points
from gis.errors import ConfigError, DataError
from gis.files.notes import notes_of
from gis.files.read import read_features
from gis.files.read_raster import read_raster
from gis.files.repair import repair_polygons
from gis.say import say
from gis.toml import read_toml
from layers.result import Warn
from layers.weather import WeatherSource, prepare_weather, read_weather
from siting.check.outline import as_polygons
from siting.pv.array.ground import ground_of_file
from siting.pv.array.study import PolygonPlant, PolygonSite, plant_of_polygon
from siting.pv.plant.chain import resource
from siting.pv.study.assess import decomposition_spread
from siting.pv.study.context import PvContext
from siting.pv.study.design import best_tilt_deg, plant_warnings
from siting.pv.study.ground import FarGround, known_reach_m
from siting.pv.study.section import PvSection
from siting.pv.study.site_light import SiteLight

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "PolygonFiles",
    "connection_xy",
    "file_land",
    "polygon_of_file",
    "polygon_site",
    "study_of_files",
]

_WGS84 = "EPSG:4326"
_TRUE_FRAC = 1e-3  # lengths of a system may be off by this
_TOO_FAR_KM = 1000.0
_HORIZON_CELL_M = 50.0
_OUTSIDE_KM = 1.0  # a connection further from the polygon has a line of its own


@dataclass(frozen=True)
class PolygonFiles:
    """What lies in a folder.

    Attributes
    ----------
    polygon
        Any file of areas; ``layer`` and ``crs`` where it does not say them.
    weather, dem, no_go
        Hourly weather, elevation model, land not to be built on.
    connection_ll
        Where the plant meets the grid [deg].
    """

    polygon: Path
    layer: str = ""
    crs: str = ""
    weather: Path | None = None
    dem: Path | None = None
    no_go: Path | None = None
    connection_ll: tuple[float, float] | None = None


def _lengths_hold(crs: pyproj.CRS, x: float, y: float) -> bool:
    """Whether a system is of metres on the ground at a place."""
    if not crs.is_projected or abs(crs.axis_info[0].unit_conversion_factor - 1.0) > 1e-9:
        return False
    scale = length_scale(np.array([x]), np.array([y]), crs)
    return bool(abs(float(np.ravel(scale)[0]) - 1.0) < _TRUE_FRAC)


def _system_for(frame: gpd.GeoDataFrame, path: Path) -> pyproj.CRS:
    """The file's own system where lengths hold, a Gauss-Krueger zone in China, else UTM."""
    own = as_crs(frame.crs)
    x0, y0, x1, y1 = frame.total_bounds
    if _lengths_hold(own, (x0 + x1) / 2, (y0 + y1) / 2):
        return own
    ll = reproject(frame, _WGS84, str(path))
    west, south, east, north = (float(v) for v in ll.total_bounds)
    try:
        return pick_gk_crs((west, south, east, north))
    except DataError:
        if max(abs(south), abs(north)) > 84.0:
            raise DataError(
                say("siting.pv_array.polar_place"), where=str(path), got=f"{south:.2f}"
            ) from None
        return as_crs(ll.estimate_utm_crs())


def polygon_of_file(
    path: Path, *, layer: str = "", crs: str = ""
) -> tuple[BaseGeometry, pyproj.CRS, tuple[Warn, ...]]:
    """The areas of a file as one shape in a system of metres.

    Parameters
    ----------
    path : Path
        Anything `gis.files.read.read_features` reads.
    layer, crs : str
        Layer of the file, and the system it does not say.

    Raises
    ------
    DataError
        No file, no areas, no system, swapped axes, numbers that are not of the system.
    """
    frame = read_features(path, layer=layer, crs=crs, kind="polygon")
    notes = [Warn(n.code, n.text, str(path)) for n in notes_of(frame)]
    frame = as_polygons(frame, str(path))
    given = as_crs(frame.crs)
    taken = _system_for(frame, path)
    moved = reproject(frame, taken, str(path))
    if crs_name(given) != crs_name(taken):
        text = say("siting.pv_array.crs_chosen", given=crs_name(given), taken=crs_name(taken))
        notes.append(Warn("array_crs_chosen", text, str(path)))
    if len(moved) > 1:
        text = say("siting.pv_array.parts_united", n=len(moved))
        notes.append(Warn("array_parts_united", text, str(path)))
    return _areas(moved, str(path)), taken, tuple(notes)


def _areas(frame: gpd.GeoDataFrame, where: str) -> BaseGeometry:
    fixed, _ = repair_polygons(frame.geometry.to_numpy(), where)
    whole = shapely.union_all(fixed)
    parts = [p for p in shapely.get_parts(whole) if p.geom_type == "Polygon" and p.area > 0.0]
    if not parts:
        raise DataError(
            say("siting.pv_array.polygon_has_no_area"),
            where=where,
            expected=say("siting.pv_array.polygon_or_points"),
        )
    return shapely.union_all(parts)


def file_land(path: Path, crs: pyproj.CRS) -> BaseGeometry:
    """The areas of a file in a system, as land that is not to be built on."""
    frame = read_features(path, kind="polygon")
    return _areas(reproject(as_polygons(frame, str(path)), crs, str(path)), str(path))


def connection_xy(
    lonlat: tuple[float, float], shape: BaseGeometry, crs: pyproj.CRS
) -> tuple[tuple[float, float], list[Warn]]:
    """Where the plant meets the grid, in the system of its polygon [m], and what is to be told.

    Raises
    ------
    ConfigError
        For a point that is not on the earth, or farther away than any weather may be.
    """
    lon, lat = lonlat
    got = f"{lon:g} {lat:g}"
    todo = say("siting.pv_study.longitude_first")
    if not (abs(lon) <= 180.0 and abs(lat) <= 90.0):
        raise ConfigError(
            say("siting.pv_array.connection_not_on_earth"),
            where="--connection",
            got=got,
            expected=say("siting.pv_array.lon_and_lat"),
            todo=todo,
        )
    at = shape.representative_point()
    lons, lats = transform_points(np.array([at.x]), np.array([at.y]), crs, _WGS84)
    away = pyproj.Geod(ellps="WGS84").inv(lon, lat, float(lons[0]), float(lats[0]))[2]
    if away > _TOO_FAR_KM * 1000.0:
        raise ConfigError(
            say("siting.pv_array.connection_too_far", km=away / 1000.0),
            where="--connection",
            got=got,
            expected=f"{float(lons[0]):.3f} {float(lats[0]):.3f}",
            todo=todo,
        )
    xs, ys = transform_points(np.array([lon]), np.array([lat]), _WGS84, crs)
    x, y = float(xs[0]), float(ys[0])
    km = float(shapely.distance(shape, shapely.Point(x, y))) / 1000.0
    if km <= _OUTSIDE_KM:
        return (x, y), []
    text = say("siting.pv_array.connection_outside", km=km)
    return (x, y), [Warn("array_connection_outside", text, "--connection")]


def polygon_site(
    name: str,
    shape: BaseGeometry,
    crs: pyproj.CRS,
    **more: Any,  # noqa: ANN401 - its fields
) -> PolygonSite:
    """A shape as a `PolygonSite`, with the place of its middle."""
    middle = shapely.point_on_surface(shape)
    lon, lat = transform_points(np.array([middle.x]), np.array([middle.y]), crs, _WGS84)
    return PolygonSite(name, shape, crs, float(lat[0]), float(lon[0]), **more)


def study_of_files(
    files: PolygonFiles,
    section: PvSection,
    *,
    named: frozenset[str] = frozenset(),
    figures: Mapping[str, float] | None = None,
) -> PolygonPlant:
    """The plant of a polygon in a file: ``geoplan pv --polygon FILE --weather FILE``.

    Parameters
    ----------
    files : PolygonFiles
    section : PvSection
        The plant; ``section.weather`` is not read.
    named : set of str
        Keys of the section that the user named; fixed modules face north in the southern
        hemisphere unless ``azimuth_deg`` is among them.
    figures : mapping, optional
        See `siting.pv.array.study.plant_of_polygon`.

    Raises
    ------
    ConfigError, DataError, ModelError
        See `polygon_of_file`, `layers.weather.read_weather` and
        `siting.pv.array.plant.draw_array`.
    """
    shape, crs, told = polygon_of_file(files.polygon, layer=files.layer, crs=files.crs)
    more: dict[str, Any] = {}
    if files.no_go is not None:
        more["no_go"] = file_land(files.no_go, crs)
    if files.connection_ll is not None:
        more["connection"], far = connection_xy(files.connection_ll, shape, crs)
        told = (*told, *far)
    if files.dem is not None:
        more["ground"] = ground_of_file(files.dem, shape, crs)
    site = polygon_site(files.polygon.stem, shape, crs, **more)
    if site.lat < 0.0 and "azimuth_deg" not in named:
        section = section.changed(azimuth_deg=0.0)
    context = None if files.weather is None else _context(files, site, section)
    found = plant_of_polygon(site, section, context, named=named, figures=figures)
    return replace(found, warnings=(*told, *found.warnings))


def _context(files: PolygonFiles, site: PolygonSite, section: PvSection) -> PvContext:
    """Weather and terrain of a folder as those of a county."""
    path = Path(files.weather or "")
    source = WeatherSource(path=str(path))
    if path.is_dir() or path.suffix in {".nc", ".zarr"}:
        source = source.model_copy(update={"lon": site.lon, "lat": site.lat})
    raw = read_weather(path, source)
    far = _far(raw.lon, raw.lat, site, path)
    raw = raw.with_hourly(raw.hourly, far)
    weather, findings = prepare_weather(
        raw, decomposition=source.decomposition, clock=source.clock
    )
    res = resource(weather)
    tilt = section.tilt_deg
    if tilt is None:
        tilt = (
            0.0 if section.mounting != "fixed" else best_tilt_deg(res, section.plant, site.lat)
        )
    rebuilt = any(w.code == "weather_decomposed" for w in weather.warnings)
    spread = decomposition_spread(raw, section.plant, tilt or 30.0) if rebuilt else float("nan")
    grid, dem = None, None
    if files.dem is not None:
        reach = section.yield_map.horizon_reach_m
        x0, y0, x1, y1 = site.shape.bounds
        grid = plan_grid(
            (x0 - reach, y0 - reach, x1 + reach, y1 + reach), site.crs, _HORIZON_CELL_M
        )
        values, valid = read_raster(files.dem, grid, kind="intensive", limits=(-500.0, 9000.0))
        dem = np.where(valid, values.astype(np.float64), np.nan)
        known = known_reach_m(dem, grid, site.shape, reach)
        cut = FarGround(grid, dem, 1, known, reach).warning
        if cut is not None and section.horizon:
            weather = weather.with_hourly(weather.hourly, [replace(cut, where=files.dem.name)])
    x, y = transform_points(np.array([raw.lon]), np.array([raw.lat]), _WGS84, site.crs)
    months = np.bincount(res.month, res.ghi_w_m2, minlength=12) / 1000.0 / len(res.years)
    # one source, and so no spread between sources
    light = SiteLight(
        None,
        np.asarray(months),
        (float(x[0]), float(y[0])),
        measured=weather.measured_local,
        choice="series",
    )
    return PvContext(
        section=section,
        res=res,
        tilt_deg=tilt,
        decomposition=spread,
        findings=findings,
        grid=grid,
        dem=dem,
        warnings=(*weather.warnings, *plant_warnings(section.plant)),
        battery=None,
        light=light,
    )


def _far(lon: float, lat: float, site: PolygonSite, path: Path) -> list[Warn]:
    """Weather of another place: told beyond the county's limit, refused of another climate."""
    away = pyproj.Geod(ellps="WGS84").inv(lon, lat, site.lon, site.lat)[2]
    km = float(away) / 1000.0
    if km > _TOO_FAR_KM:
        raise DataError(
            say("siting.pv_array.weather_too_far", km=km),
            where=path.name,
            got=f"{lon:.3f}, {lat:.3f}",
            expected=f"{site.lon:.3f}, {site.lat:.3f}",
            todo=say("siting.pv_array.check_polygon_or_weather"),
        )
    told = float(read_toml("layers.open", "place.toml")["weather"]["told_km"])
    if km <= told:
        return []
    return [Warn("weather_far", say("siting.pv_array.weather_far", km=km), path.name)]
