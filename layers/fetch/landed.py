"""Files that were brought as layers: polygons of water, features of a map, values of points."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gis.cells.grid import plan_grid
from gis.cells.parcels import polygonize
from gis.errors import DataError
from gis.files.read import read_raster
from gis.files.write import write_features
from gis.say import say
from gis.tiles.points import write_points_raster
from layers.fetch.osm import osm_features
from layers.fetch.osm_extract import extract_features
from layers.fetch.pieces import Piece
from layers.fetch.record import Record
from layers.fetch.source import Source, sources
from layers.open.county import county_boundary, county_boundary_ll, plan_crs
from layers.plan.model import Plan
from layers.weather import WeatherSource, read_weather

__all__ = ["landed"]


def landed(
    plan: Plan,
    source: Source,
    layer_id: str,
    came: Sequence[tuple[Piece, Path]],
    record: Record,
) -> list[Path]:
    """The files a layer is read from, made of those that came where need be.

    Parameters
    ----------
    plan : Plan
    source : Source
    layer_id : str
    came : sequence of (Piece, Path)
        Of this source and layer.
    record : Record
        A layer that was made of the same files is not made again.

    Returns
    -------
    list of Path
        Empty when there is nothing of the layer here.

    Raises
    ------
    DataError
        When what came cannot be read.
    """
    files = [p for _, p in came]
    made = source.polygons is not None or source.kind in ("lattice", "overpass", "extract")
    if not made:
        if source.section:
            for file in files:  # a reply may be in order and hold no hours
                read_weather(file, WeatherSource(path=file.name))
        return files
    suffix = ".tif" if source.kind == "lattice" else ".gpkg"
    name = f"{source.id}/{layer_id}{suffix}"
    known = record.rows()
    of = [known[f"{source.id}/{f.name}"]["sha256"] for f in files]
    what: dict[str, object] = {
        "source": source.id,
        "made_of": of,
        "crs": plan_crs(plan).to_string(),
    }
    out = record.file.parent / name
    if record.has(name, what):
        return [out]
    if source.kind == "lattice":
        _lattice(source, came, out)
    elif not _features(plan, source, layer_id, files, out):
        return []
    record.add(name, what)
    return [out]


def _features(
    plan: Plan, source: Source, layer_id: str, files: Sequence[Path], out: Path
) -> bool:
    """Write features; False where there are none."""
    import pandas as pd

    if source.kind == "overpass":
        parts = [osm_features(f, layer_id, source.osm[layer_id]) for f in files]
    elif source.kind == "extract":
        west, south, east, north = county_boundary_ll(plan).bounds
        m = source.margin_deg
        box = (west - m, south - m, east + m, north + m)
        mapping = sources()[source.objects].osm[layer_id]
        parts = [extract_features(f, box, layer_id, mapping) for f in files]
    else:
        parts = [_polygons(plan, source, f) for f in files]
    table = pd.concat(parts, ignore_index=True)
    if not len(table):
        return False
    out.unlink(missing_ok=True)
    write_features(out, layer_id, table, append=False)
    return True


def _polygons(plan: Plan, source: Source, file: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Polygons of the cells of one value."""
    rule = source.polygons
    if rule is None:
        raise AssertionError
    m = 2_000.0  # a setback of water reaches over the border
    x0, y0, x1, y1 = county_boundary(plan).bounds
    grid = plan_grid((x0 - m, y0 - m, x1 + m, y1 + m), plan_crs(plan), rule.cell_m)
    values, known = read_raster(file, grid, kind="classes")
    return polygonize(known & (values == rule.value), grid, smooth=False)[["geometry"]]


def _lattice(source: Source, came: Sequence[tuple[Piece, Path]], out: Path) -> None:
    """A raster of the values at points."""
    found = {}
    for piece, file in came:
        value: object = json.loads(file.read_bytes())
        for key in source.value:
            value = value.get(key) if isinstance(value, dict) else None
        if piece.lon is None or piece.lat is None:
            raise AssertionError
        if isinstance(value, int | float) and np.isfinite(value):
            found[(piece.lon, piece.lat)] = float(value)
    if not found:
        raise DataError(
            say("layers.fetch.no_value"), where=source.id, expected=".".join(source.value)
        )
    write_points_raster(out, found, source.step_deg)
