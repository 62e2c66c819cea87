"""Objects of an extract of OpenStreetMap (``.osm.pbf``) that a question would bring."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gis.files.look.osm_extract import osm_objects
from layers.fetch.osm import osm_table
from layers.fetch.source import OsmLayer

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["extract_features", "tags_fit"]

Box = tuple[float, float, float, float]
Tags = Mapping[str, str]
_KINDS = {"node": "n", "way": "w", "wr": "wr", "nwr": "nwr"}
_QUERY = re.compile(r"(node|way|nwr|wr)((?:\[[^\]]+\])+)")
_TEXT = r'"((?:[^"\\]|\\.)*)"'
_FILTER = re.compile(rf"\[(?:{_TEXT}(?:(!?=|~){_TEXT})?|~{_TEXT}~{_TEXT})\]")
# layers of GDAL's driver that hold nodes, ways and relations of a geometry
_LAYERS: dict[str, tuple[Literal["points", "lines", "multipolygons"], ...]] = {
    "point": ("points", "multipolygons"),
    "line": ("lines",),
    "polygon": ("multipolygons",),
}


@cache
def _parsed(query: str) -> tuple[str, tuple[Callable[[Tags], bool], ...]]:
    """Kinds of objects and the conditions of a question of Overpass QL.

    Raises
    ------
    ValueError
        For what this subset does not have.
    """
    match = _QUERY.fullmatch(query)
    if match is None or "".join(m[0] for m in _FILTER.finditer(match[2])) != match[2]:
        raise ValueError(query)
    return _KINDS[match[1]], tuple(_condition(m) for m in _FILTER.finditer(match[2]))


def _condition(match: re.Match[str]) -> Callable[[Tags], bool]:
    key, sign, value, keys, values = match.groups()
    if keys is not None:
        of, like = re.compile(keys), re.compile(values)
        return lambda tags: any(of.search(k) and like.search(v) for k, v in tags.items())
    if sign is None:
        return lambda tags: key in tags
    if sign == "~":
        like = re.compile(value)
        return lambda tags: key in tags and like.search(tags[key]) is not None
    return lambda tags: (tags.get(key) == value) == (sign == "=")


def tags_fit(query: str, tags: Tags) -> bool:
    """Whether an object has the tags a question asks for.

    Parameters
    ----------
    query : str
        Of Overpass QL: a kind of object and conditions on tags.
    tags : mapping

    Examples
    --------
    >>> tags_fit('way["power"~"^(line|cable)$"]', {"power": "line"})
    True
    >>> tags_fit('wr["building"]["building"!="no"]', {"building": "no"})
    False
    """
    return all(one(tags) for one in _parsed(query)[1])


def extract_features(
    file: Path, box_ll: Box, layer_id: str, mapping: OsmLayer
) -> gpd.GeoDataFrame:
    """What an extract holds of a layer in a box, as `layers.fetch.osm.osm_features` gives it.

    Parameters
    ----------
    file : Path
        ``.osm.pbf`` or ``.osm``.
    box_ll : (west, south, east, north)
        In degrees.
    layer_id : str
    mapping : OsmLayer

    Returns
    -------
    GeoDataFrame

    Raises
    ------
    DataError
        When it cannot be read as an extract.
    """
    kinds = _parsed(mapping.query)[0]
    found: dict[tuple[str, int], tuple[Mapping[str, Any], Any]] = {}
    for layer in _LAYERS[mapping.geometry]:
        for one in osm_objects(file, box_ll, layer):
            if one.kind[0] not in kinds or not tags_fit(mapping.query, one.tags):
                continue
            shape = one.shape
            if mapping.geometry == "point" and one.kind != "node":
                shape = shape.representative_point()
            row = {"type": one.kind, "id": one.number, "tags": one.tags}
            found[(one.kind, one.number)] = (row, shape)
    return osm_table(found, layer_id, mapping)
