"""Whether several files are one layer in parts: townships, tiles, classes of lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gis.crs.systems import corners_ll, transform_points
from gis.errors import GeoplanError
from gis.files.look.rasters import RasterLook
from gis.files.look.tables import TableLook, row_places
from layers.catalogue import layer as layer_of
from layers.recognise.fields import field_fit
from layers.recognise.guess import Guess
from layers.recognise.search import Seen

__all__ = ["COLUMN_FILES", "Candidate", "alike", "beside", "one_source"]

COLUMN_FILES = {".shp", ".gpkg", ".gdb", ".fgb", ".geojson"}
"""Formats of which a column is read without the rest."""
_APART = 0.1  # share of the smaller box two parts of a split layer may share
_ALIKE = 0.8  # of the columns of two parts
_ROWS = 30  # from so many on the places of rows say whether two tables lie in one another
_LATTICE = 64  # cells along an edge of the box of both
_MIXED = 0.5  # of the rows of the smaller one, in cells that hold rows of both
_WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class Candidate:
    """A table or raster, and the layer it is guessed to be."""

    seen: Seen
    guess: Guess


def alike(a: Candidate, b: Candidate) -> bool:
    """Whether two have the same columns, or are rasters both."""
    one, two = a.seen.look, b.seen.look
    if isinstance(one, TableLook) and isinstance(two, TableLook):
        left, right = ({str(c).casefold() for c in k.sample.columns} for k in (one, two))
        return one.kind == two.kind and len(left & right) >= _ALIKE * len(left | right)
    return isinstance(one, RasterLook) and isinstance(two, RasterLook)


def one_source(a: Candidate, b: Candidate) -> bool:
    """Whether one table of a plan can name both: by one name, system and mapping."""
    system = a.seen.where.crs == b.seen.where.crs
    declared = a.seen.where.declared and b.seen.where.declared
    return (
        (system or declared)
        and (a.seen.table, a.seen.variable) == (b.seen.table, b.seen.variable)
        and a.seen.path != b.seen.path
        and a.guess.fields == b.guess.fields
        and a.guess.constants == b.guess.constants
        and a.guess.scale == b.guess.scale
    )


def beside(a: Candidate, b: Candidate) -> bool:
    """Whether two hold different ground or different classes, and are not one thing twice.

    Scenes of one year are days of one layer.
    """
    if a.seen.scene and b.seen.scene and a.seen.date[:4] == b.seen.date[:4]:
        return True
    return _other_place(a.seen, b.seen) or _other_classes(a, b)


def _other_place(a: Seen, b: Seen) -> bool:
    boxes = [_box_ll(s) for s in (a, b)]
    if boxes[0] is None or boxes[1] is None:
        return False
    one, two = (shapely.box(*x) for x in boxes if x is not None)
    least = min(shapely.area(one), shapely.area(two))
    if least and shapely.area(shapely.intersection(one, two)) <= _APART * least:
        return True
    if not (isinstance(a.look, TableLook) and isinstance(b.look, TableLook)):
        return False
    # townships lie beside one another while their boxes do not
    return min(a.look.rows, b.look.rows) >= _ROWS and _mixed(a, b) < _MIXED


def _box_ll(seen: Seen) -> tuple[float, float, float, float] | None:
    if seen.look.bounds is None or not seen.where.crs:
        return None
    return corners_ll(seen.look.bounds, seen.where.crs)


def _mixed(a: Seen, b: Seen) -> float:
    """Share of the rows of the smaller table that lie in cells where rows of both do."""
    one, two = _places_ll(a), _places_ll(b)
    if not len(one) or not len(two):
        return 1.0
    both = np.vstack([one, two])
    low = both.min(axis=0)
    step = np.maximum(both.max(axis=0) - low, 1e-9) / _LATTICE
    cells = [np.floor((p - low) / step).astype(int) @ (1, 2 * _LATTICE) for p in (one, two)]
    small, large = sorted(cells, key=len)
    return float(np.isin(small, large).mean())


def _places_ll(seen: Seen) -> npt.NDArray[np.float64]:
    look = seen.look
    if not isinstance(look, TableLook):
        return np.empty((0, 2))
    places = look.points
    if look.rows > len(look.sample) and seen.path.suffix.lower() in COLUMN_FILES:
        try:
            places = row_places(seen.path, look.layer)
        except GeoplanError:
            places = look.points
    lon, lat = transform_points(places[:, 0], places[:, 1], seen.where.crs, _WGS84)
    found = np.column_stack([lon, lat])
    return found[np.isfinite(found).all(axis=1)]


def _other_classes(a: Candidate, b: Candidate) -> bool:
    """Whether lines of two tables are of other classes: national roads, and county ones."""
    spec = layer_of(a.guess.layer_id)
    if spec.geometry != "line" or not alike(a, b):
        return False
    held = []
    for c in (a, b):
        look = c.seen.look
        if not isinstance(look, TableLook):
            return False
        columns = {**field_fit(spec, look.sample.columns).columns, **c.guess.fields}
        column = next(
            (columns[f.name] for f in spec.fields if f.required and f.name in columns), ""
        )
        if not column or look.rows > len(look.sample):
            return False
        held.append({t for v in look.sample[column].dropna() if (t := str(v).strip())})
    return bool(held[0] and held[1]) and not held[0] & held[1]
