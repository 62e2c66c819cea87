"""Which files of a source a county needs: their names, addresses and places."""

from __future__ import annotations

import math
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from layers.fetch.source import Source

__all__ = ["Box", "Piece", "pieces_of"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Piece:
    """One file of a source.

    Attributes
    ----------
    source
    name
        Of the file, as it is on a stick and below the data folder.
    url
    box_ll
        Window of a raster that is kept; None where the file is kept whole.
    layers
        What it is for.
    lon, lat
        Of a series or value at a point.
    """

    source: Source
    name: str
    url: str
    box_ll: Box | None
    layers: tuple[str, ...]
    lon: float | None = None
    lat: float | None = None


def _sides(lat: float, lon: float) -> dict[str, str]:
    return {"ns": "N" if lat >= 0 else "S", "ew": "E" if lon >= 0 else "W"}


def _piece(
    source: Source,
    values: dict[str, object],
    box: Box | None,
    layers: tuple[str, ...],
    **at: float,
) -> Piece:
    stem = source.name.format(**values)
    address = source.address.format(name=stem, **values)
    return Piece(source, stem + source.suffix, f"{source.base}/{address}", box, layers, **at)


def _tiles(source: Source, box: Box) -> Iterator[Piece]:
    size = source.tile_deg
    west, south, east, north = box
    for lat in range(math.floor(south / size) * size, math.ceil(north / size) * size, size):
        for lon in range(math.floor(west / size) * size, math.ceil(east / size) * size, size):
            named = lat + size if source.corner == "north_west" else lat
            values: dict[str, object] = {"lat": abs(named), "lon": abs(lon)}
            yield _piece(source, {**values, **_sides(named, lon)}, box, source.gives)


def _lattice(source: Source, box: Box) -> Iterator[Piece]:
    step = source.step_deg
    west, south, east, north = box
    # whole steps, so that two counties share their points
    for i in np.arange(math.floor(south / step), math.ceil(north / step) + 1):
        for j in np.arange(math.floor(west / step), math.ceil(east / step) + 1):
            lat, lon = round(float(i) * step, 6), round(float(j) * step, 6)
            values: dict[str, object] = {"lat": lat, "lon": lon}
            yield _piece(source, values, None, source.gives, lat=lat, lon=lon)


def _questions(source: Source, box: Box) -> Iterator[Piece]:
    west, south, east, north = box
    at = f"{south:.5f},{west:.5f},{north:.5f},{east:.5f}"
    for layer in source.gives:
        # "out geom" gives every object with its coordinates
        query = f"[out:json][timeout:180][bbox:{at}];({source.osm[layer].query};);out geom;"
        values: dict[str, object] = {
            "layer": layer,
            "query": urllib.parse.quote(query, safe=""),
            "west": west,
            "south": south,
            "east": east,
            "north": north,
        }
        yield _piece(source, values, None, (layer,))


def pieces_of(
    source: Source, box_ll: Box, point_ll: tuple[float, float], country: str, code: str = ""
) -> list[Piece]:
    """The files of a source for a county.

    Parameters
    ----------
    source : Source
    box_ll : (west, south, east, north)
        Of the county [deg]; the margin of the source comes around it.
    point_ll : (lon, lat)
        Inside the county.
    country : str
        Code of two letters.
    code : str
        Of the county, for an extract of its province.

    Returns
    -------
    list of Piece
        Empty when the source does not have the country.

    Examples
    --------
    >>> from layers.fetch.source import sources
    >>> box = (106.2, 38.6, 106.9, 39.1)
    >>> for p in pieces_of(sources()["copernicus_glo30"], box, (106.5, 38.9), "CN"):
    ...     print(p.name)
    Copernicus_DSM_COG_10_N38_00_E106_00_DEM.tif
    Copernicus_DSM_COG_10_N39_00_E106_00_DEM.tif
    >>> pieces_of(sources()["jrc_surface_water"], box, (106.5, 38.9), "CN")[0].name
    'seasonality_100E_40Nv1_4_2021.tif'
    """
    m = source.margin_deg
    box = (box_ll[0] - m, box_ll[1] - m, box_ll[2] + m, box_ll[3] + m)
    lon, lat = point_ll
    match source.kind:
        case "tiles":
            return list(_tiles(source, box))
        case "lattice":
            return list(_lattice(source, box_ll))
        case "overpass":
            return list(_questions(source, box))
        case "point":
            return [
                _piece(source, {"lat": lat, "lon": lon}, None, source.gives, lat=lat, lon=lon)
            ]
        case "extract":
            region = source.regions.get(code[:2], "") if country == "CN" else ""
            return [_piece(source, {"region": region}, None, source.gives)] if region else []
        case "country":
            code = source.iso3.get(country, "")
            values: dict[str, object] = {"iso3": code, "iso3_low": code.lower()}
            return [_piece(source, values, box, source.gives)] if code else []
