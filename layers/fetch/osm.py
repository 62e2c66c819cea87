"""OpenStreetMap's objects as features of the catalogue."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry.base import BaseGeometry

from gis.errors import DataError
from gis.say import say
from layers.catalogue import layer as layer_of
from layers.fetch.source import OsmLayer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["osm_features", "osm_table", "tag_number"]

_NUMBER = re.compile(r"\s*([0-9]+(?:[.,][0-9]+)?)\s*([a-zA-Z\"']*)")
# what a unit written in a tag is in the unit of the catalogue's field
_UNITS = {
    ("kV", ""): 1e-3,
    ("kV", "kv"): 1.0,
    ("kV", "v"): 1e-3,
    ("kW", "kw"): 1.0,
    ("kW", "mw"): 1e3,
    ("kW", "gw"): 1e6,
    ("kW", "w"): 1e-3,
    ("MW", "mw"): 1.0,
    ("MW", "kw"): 1e-3,
    ("MW", "gw"): 1e3,
    ("MW", "w"): 1e-6,
    ("m", ""): 1.0,
    ("m", "m"): 1.0,
    ("", ""): 1.0,
}


def tag_number(text: str, unit: str) -> float | None:
    """The number a tag writes, in a unit; the largest of several.

    Parameters
    ----------
    text : str
        ``"110000;35000"``, ``"2 MW"``, ``"12 m"``.
    unit : str
        Of the catalogue's field: kV, kW, MW, m or none.

    Returns
    -------
    float or None
        None when it is no number, or of a unit that cannot be told.

    Examples
    --------
    >>> tag_number("110000;35000", "kV"), tag_number("2 MW", "kW"), tag_number("yes", "MW")
    (110.0, 2000.0, None)
    """
    found = []
    for part in text.split(";"):
        match = _NUMBER.fullmatch(part.strip())
        factor = _UNITS.get((unit, match[2].lower())) if match else None
        if match and factor is not None:
            found.append(round(float(match[1].replace(",", ".")) * factor, 6))
    return max(found, default=None)


def _points(row: Mapping[str, Any]) -> list[tuple[float, float]]:
    return [_place(p) for p in row.get("geometry") or () if p]


def _place(point: Mapping[str, Any]) -> tuple[float, float]:
    """A place on the earth.

    Raises
    ------
    ValueError
        For one that is not: a line to infinity crosses every county.
    """
    lon, lat = float(point["lon"]), float(point["lat"])
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise ValueError(f"{lon} {lat}")
    return lon, lat


def _area(rings: Iterable[list[tuple[float, float]]]) -> BaseGeometry | None:
    """The area of pieces of outline that meet at their ends."""
    lines = [shapely.LineString(r) for r in rings if len(r) > 1]
    if not lines:
        return None
    found = shapely.union_all(shapely.get_parts(shapely.polygonize(lines)))
    return None if found.is_empty else found


def _outline(row: Mapping[str, Any]) -> BaseGeometry | None:
    if row["type"] == "way":
        ring = _points(row)
        if len(ring) < 4 or ring[0] != ring[-1]:
            return None
        return shapely.make_valid(shapely.Polygon(ring))
    members = row.get("members") or ()
    outer = _area(_points(m) for m in members if m.get("role") in ("outer", ""))
    inner = _area(_points(m) for m in members if m.get("role") == "inner")
    if outer is None or inner is None:
        return outer
    return outer.difference(inner)


def _geometry(row: Mapping[str, Any], kind: str) -> BaseGeometry | None:
    if row["type"] == "node":
        return shapely.Point(_place(row)) if kind == "point" else None
    if kind == "line":
        line = _points(row)
        return shapely.LineString(line) if len(line) > 1 else None
    area = _outline(row)
    if area is None or kind == "polygon":
        return area
    return area.representative_point()


def _value(
    row: Mapping[str, Any], field: str, tag: str, mapping: OsmLayer, layer_id: str
) -> Any:  # noqa: ANN401 - text or number
    tags = row.get("tags") or {}
    spec = layer_of(layer_id).field(field)
    text = f"osm-{row['type'][0]}{row['id']}" if tag == "@id" else str(tags.get(tag, ""))
    for one in (c for c in mapping.choose if c.field == field):
        if all(tags.get(k) in v for k, v in one.when.items()):
            return one.value
    if spec.type in ("number", "integer"):
        number = tag_number(text, spec.unit)
        if number is None or (spec.type == "integer" and number != int(number)):
            return None
        return number
    if field in mapping.values:
        return mapping.values[field].get(text) or None
    return text or None


def osm_features(file: Path, layer_id: str, mapping: OsmLayer) -> gpd.GeoDataFrame:
    """What an answer of Overpass (``out geom``) holds of a layer.

    Parameters
    ----------
    file : Path
        JSON as the service gives it.
    layer_id : str
    mapping : OsmLayer

    Returns
    -------
    GeoDataFrame
        In WGS 84, fields as the catalogue calls them, each object once; no rows when there is
        none.

    Raises
    ------
    DataError
        When the file is no answer of Overpass.
    """
    try:
        rows = json.loads(file.read_bytes())["elements"]
        if not isinstance(rows, list):
            raise TypeError(type(rows).__name__)
        found: dict[tuple[str, int], tuple[Mapping[str, Any], BaseGeometry]] = {}
        for row in rows:
            shape = _geometry(row, mapping.geometry)
            if shape is None or shape.is_empty:
                continue
            found[(str(row["type"]), int(row["id"]))] = (row, shape)
        return osm_table(found, layer_id, mapping)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
        raise DataError(say("layers.fetch.no_overpass"), where=str(file)) from err


def osm_table(
    found: Mapping[tuple[str, int], tuple[Mapping[str, Any], BaseGeometry]],
    layer_id: str,
    mapping: OsmLayer,
) -> gpd.GeoDataFrame:
    """Objects with the fields of the catalogue.

    Parameters
    ----------
    found : mapping
        Kind and number of an object -> itself with its ``tags``, and its shape.
    layer_id : str
    mapping : OsmLayer
    """
    import geopandas as gpd
    import pandas as pd

    rows = [
        {
            **{f: _value(row, f, t, mapping, layer_id) for f, t in mapping.fields.items()},
            **mapping.constants,
            "geometry": shape,
        }
        for row, shape in found.values()
    ]
    columns = [*mapping.fields, *mapping.constants]
    table = pd.DataFrame(rows, columns=[*columns, "geometry"])
    spec = layer_of(layer_id)
    for name in mapping.fields:
        kind = spec.field(name).type
        if kind in ("number", "integer"):
            table[name] = pd.to_numeric(table[name]).astype("float64")
    return gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326")
