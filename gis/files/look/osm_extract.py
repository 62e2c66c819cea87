"""Objects of an extract of OpenStreetMap with all their tags, by GDAL's driver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

import shapely

from gis.files.given import foreign
from gis.say import say

__all__ = ["OsmObject", "osm_objects"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class OsmObject:
    """A node, way or relation.

    Attributes
    ----------
    kind, number
        What it is and its number.
    tags
        All of them, as drawn.
    shape
        In WGS 84.
    """

    kind: Literal["node", "way", "relation"]
    number: int
    tags: dict[str, str]
    shape: Any


def osm_objects(
    file: Path, box_ll: Box, layer: Literal["points", "lines", "multipolygons"]
) -> Iterator[OsmObject]:
    """Objects of one layer of the driver that touch a box.

    Parameters
    ----------
    file : Path
        ``.osm.pbf`` or ``.osm``.
    box_ll : (west, south, east, north)
        In degrees.
    layer : str
        Nodes with tags; ways that are no areas; areas of ways and of relations.

    Raises
    ------
    DataError
        When it cannot be read as an extract.
    """
    import pyogrio

    config = files("gis.files.look").joinpath("osm_extract.ini")
    with as_file(config) as ini, foreign(say("gis.files.no_osm_extract"), str(file)):
        # asked by SQL the driver keeps nothing of its other layers in memory
        table = pyogrio.read_dataframe(
            file,
            sql=f"select * from {layer}",
            bbox=box_ll,
            CONFIG_FILE=str(ini),
            TAGS_FORMAT="JSON",
        )
    area = shapely.box(*box_ll)
    for row in table.to_dict("records"):
        shape, said = row["geometry"], row.get("all_tags")
        if isinstance(said, str):  # newer versions read JSON themselves
            said = json.loads(said)
        if shape is None or not isinstance(said, dict) or not shape.intersects(area):
            continue
        way = row.get("osm_way_id")
        is_way = layer == "lines" or isinstance(way, str)
        number = way if isinstance(way, str) else row["osm_id"]
        yield OsmObject(
            kind="node" if layer == "points" else "way" if is_way else "relation",
            number=int(str(number)),
            tags={str(k): str(v) for k, v in said.items()},
            shape=shape,
        )
