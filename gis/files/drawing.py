"""CAD drawings: what is shown of them, and closed polylines as the parcels they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.crs.systems import as_crs, check_coordinates
from gis.errors import DataError
from gis.files.dxf_facts import DxfFacts, dxf_encoding
from gis.files.exchange.rings import nested
from gis.files.notes import Note
from gis.say import Listed, listed, say
from gis.toml import read_toml

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["areas_of", "chosen_layer", "dxf_text", "refuse_units", "shown"]

_LOCK = threading.Lock()
_POINTS, _LINES, _AREAS = (0, 4), (1, 2, 5), (3, 6)
_NAMED = 6  # layers named in a sentence
_BLOCK_LISTS = ("BlockScale", "BlockOCSNormal", "BlockOCSCoords", "BlockAttributes")

Shapes = npt.NDArray[Any]


@contextmanager
def dxf_text(path: Path, *, blocks: bool) -> Iterator[None]:
    """While the block runs the driver reads a drawing's text as `dxf_encoding` says.

    The driver takes it from a setting of the process only, so drawings are read one by one.

    Parameters
    ----------
    path : Path
    blocks : bool
        Draw the blocks that are inserted; else each is the point it is inserted at.
    """
    import pyogrio

    with _LOCK:
        own = {"DXF_ENCODING": dxf_encoding(path) or None}
        own["DXF_INLINE_BLOCKS"] = None if blocks else "FALSE"
        pyogrio.set_gdal_config_options(own)
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options(dict.fromkeys(own))


def _rules() -> Any:  # noqa: ANN401 - a table of data
    return read_toml("gis.files", "drawings.toml")["rings"]


def _counted(names: pd.Series[Any]) -> Listed:
    """Layers with how many objects each has: "A (2), B (1)"."""
    counts = names.astype(str).value_counts(sort=False)
    each = [f"{k} ({v})" for k, v in counts.items()]
    return listed([*each[:_NAMED], *(["..."] if len(each) > _NAMED else [])])


def _note(notes: list[Note], label: str, code: str, n: int, **values: Any) -> None:  # noqa: ANN401
    text = say(f"gis.files.{code}", n=n, **values)
    notes.append(Note(code, label, text, {"n": float(n)}))


def _layer(frame: gpd.GeoDataFrame) -> pd.Series[Any]:
    given = "Layer" in frame.columns
    names: pd.Series[Any] = frame["Layer"] if given else pd.Series("", index=frame.index)
    return names.fillna("").astype(str)


def shown(
    frame: gpd.GeoDataFrame, facts: DxfFacts, notes: list[Note], label: str
) -> gpd.GeoDataFrame:
    """The objects a person sees: not frozen, off, invisible or on paper; no lettering.

    Raises
    ------
    DataError
        When nothing is left.
    """
    layer = _layer(frame)
    gone = layer.isin(facts.hidden)
    if "PaperSpace" in frame.columns:
        gone |= frame["PaperSpace"].isin([True, 1])
    if "EntityHandle" in frame.columns:
        gone |= frame["EntityHandle"].astype(str).isin(facts.invisible)
    if gone.any():
        if gone.all():
            raise DataError(
                say("gis.files.drawing_all_hidden"),
                where=label,
                got=_counted(layer),
                todo=say("gis.files.thaw_layer"),
            )
        _note(notes, label, "drawing_hidden", int(gone.sum()), layers=_counted(layer[gone]))
        frame = frame[~gone].reset_index(drop=True)
    if "SubClasses" in frame.columns:
        text = frame["SubClasses"].fillna("").str.contains("Text|AttributeDef|Dimension")
        if text.any() and not text.all():
            _note(notes, label, "drawing_texts", int(text.sum()))
            frame = frame[~text].reset_index(drop=True)
    return frame


def chosen_layer(
    frame: gpd.GeoDataFrame, layer: str, notes: list[Note], label: str, kind: str
) -> gpd.GeoDataFrame:
    """The objects of one layer of the drawing; where none is named, areas of several are told.

    Raises
    ------
    DataError
        When there is no such layer.
    """
    names = _layer(frame)
    if layer:
        if layer not in set(names):
            raise DataError(
                say("gis.files.no_layer", layer=layer),
                where=label,
                expected=say("gis.files.one", names=listed(dict.fromkeys(names))),
            )
        return frame[names == layer].reset_index(drop=True)
    areas = np.isin(shapely.get_type_id(frame.geometry.to_numpy()), _AREAS)
    if kind == "polygon" and names[areas].nunique() > 1:
        _note(notes, label, "drawing_layers", int(areas.sum()), layers=_counted(names[areas]))
    return frame


def refuse_units(
    frame: gpd.GeoDataFrame, facts: DxfFacts, notes: list[Note], label: str
) -> None:
    """Refuse a drawing whose numbers are no metres, naming the unit they would fit in.

    Numbers that fit as metres are metres whatever the header says: it is often that of a
    template. It is told.

    Raises
    ------
    DataError
        When the coordinates cannot be in their system, and could in another unit.
    """
    if frame.crs is None or as_crs(frame.crs).is_geographic or not len(frame):
        return
    box = np.asarray(frame.total_bounds, dtype=np.float64)
    if not np.isfinite(box).all():
        return
    if _plausible(box, frame.crs):
        if facts.metres != 1.0:
            text = say("gis.files.drawing_unit_kept", unit=facts.unit)
            notes.append(Note("drawing_unit_kept", label, text))
        return
    units = read_toml("gis.files", "drawings.toml")["units"]
    tried = {facts.unit: facts.metres, **dict(units.values())}
    for unit, metres in tried.items():
        if metres == 1.0 or not _plausible(box * metres, frame.crs):
            continue
        raise DataError(
            say("gis.files.drawing_unit", unit=unit, times=max(metres, 1 / metres)),
            where=label,
            got=say("gis.files.insunits", unit=facts.unit)
            if facts.unit
            else say("gis.files.no_insunits"),
            expected=say("gis.files.drawing_in_metres"),
            todo=say("gis.files.scale_drawing", factor=metres),
        )


def _plausible(box: npt.NDArray[np.float64], crs: Any) -> bool:  # noqa: ANN401
    try:
        check_coordinates((box[0], box[1], box[2], box[3]), crs)
    except DataError:
        return False
    return True


# ---------------------------------------------------------------- rings


def _ring_of(lines: Shapes, tolerance: float) -> tuple[Shapes, npt.NDArray[np.float64]]:
    """Lines whose ends meet as polygons, None for others, and how far the ends are apart."""
    first = shapely.get_point(lines, 0)
    last = shapely.get_point(lines, -1)
    gap = np.asarray(shapely.distance(first, last), dtype=np.float64)
    out = np.full(len(lines), None, dtype=object)
    for k in np.flatnonzero(gap <= tolerance):
        xy = shapely.get_coordinates(lines[k])
        if gap[k] > 0:
            xy = np.vstack([xy[:-1], xy[:1]]) if len(xy) > 4 else np.vstack([xy, xy[:1]])
        if len(np.unique(xy, axis=0)) >= 3:
            out[k] = shapely.Polygon(xy)
    return out, gap


def areas_of(
    frame: gpd.GeoDataFrame, notes: list[Note], label: str, kind: str
) -> gpd.GeoDataFrame:
    """Areas of a drawing from its closed lines; a line layer keeps its lines.

    Rings inside others of the same layer are holes, what is drawn twice counts once, ends a
    centimetre apart are closed. Where an area is wanted, points and open lines are left out.

    Parameters
    ----------
    frame : GeoDataFrame
        Objects of a drawing.
    notes : list of Note
        What was done is added.
    kind : {"", "point", "line", "polygon"}
        What the reader is looking for.
    """
    if kind == "point" and "BlockName" in frame.columns:
        inserted = int(frame["BlockName"].notna().sum())
        if inserted:
            names = _counted(frame["BlockName"].dropna())
            _note(notes, label, "drawing_blocks", inserted, names=names)
        # lists a table cannot hold
        frame = frame.drop(columns=[c for c in _BLOCK_LISTS if c in frame.columns])
    if kind in ("point", "line"):
        return _only(frame, _POINTS if kind == "point" else _LINES, notes, label)
    rules = _rules()
    geoms = frame.geometry.to_numpy().copy()
    # a drawing in degrees has no number above 360
    degrees = bool(len(geoms)) and float(np.abs(frame.total_bounds).max()) <= 360.0
    tolerance = rules["closed_deg"] if degrees else rules["closed_m"]
    at = np.flatnonzero(shapely.get_type_id(geoms) == shapely.GeometryType.LINESTRING)
    rings, gap = _ring_of(geoms[at], tolerance)
    is_ring = np.array([r is not None for r in rings], dtype=bool)
    if is_ring.any():
        geoms[at[is_ring]] = rings[is_ring]
        _note(notes, label, "closed_lines", int(is_ring.sum()), size=int(is_ring.sum()))
        open_by = gap[is_ring]
        if (open_by > 0).any():
            n = int((open_by > 0).sum())
            _note(notes, label, "drawing_nearly_closed", n, gap=float(open_by.max()))
    frame = frame.set_geometry(geoms, crs=frame.crs)
    if not is_ring.any() and not np.isin(shapely.get_type_id(geoms), _AREAS).any():
        frame = _joined(frame, notes, label)
    frame = _once(frame, notes, label)
    frame = _with_holes(frame, notes, label)
    areas = np.isin(shapely.get_type_id(frame.geometry.to_numpy()), _AREAS)
    near = (~is_ring) & (gap <= (rules["nearly_m"] if not degrees else 1e-5))
    if near.any() and kind == "polygon":
        _note(notes, label, "drawing_open", int(near.sum()), gap=float(gap[near].min()))
    points = np.isin(shapely.get_type_id(frame.geometry.to_numpy()), _POINTS)
    if areas.any() and (kind == "polygon" or (points | areas).all()):
        return _only(frame, _AREAS, notes, label)
    return frame


def _only(
    frame: gpd.GeoDataFrame, kinds: tuple[int, ...], notes: list[Note], label: str
) -> gpd.GeoDataFrame:
    kept = np.isin(shapely.get_type_id(frame.geometry.to_numpy()), kinds)
    if kept.all() or not kept.any():
        return frame
    _note(notes, label, "drawing_aside", int((~kept).sum()))
    return frame[kept].reset_index(drop=True)


def _joined(frame: gpd.GeoDataFrame, notes: list[Note], label: str) -> gpd.GeoDataFrame:
    """Areas put together from single lines, where a layer holds nothing but lines."""
    import geopandas as gpd

    geoms = frame.geometry.to_numpy()
    lines = shapely.get_type_id(geoms) == shapely.GeometryType.LINESTRING
    names = _layer(frame)
    rows, made = [], []
    for name in dict.fromkeys(names[lines]):
        own = geoms[lines & (names == name).to_numpy()]
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(list(own))))
        rings, _ = _ring_of(merged, _rules()["closed_m"])
        for ring in rings:
            if ring is not None:
                rows.append(name)
                made.append(ring)
    if not made:
        return frame
    _note(notes, label, "drawing_joined", len(made))
    areas = gpd.GeoDataFrame({"Layer": rows}, geometry=made, crs=frame.crs)
    rest = frame[~lines]
    return gpd.GeoDataFrame(pd.concat([areas, rest], ignore_index=True), crs=frame.crs)


def _once(frame: gpd.GeoDataFrame, notes: list[Note], label: str) -> gpd.GeoDataFrame:
    """Areas drawn twice on a layer (an outline and its hatch) counted once."""
    geoms = frame.geometry.to_numpy()
    at = np.flatnonzero(np.isin(shapely.get_type_id(geoms), _AREAS) & shapely.is_valid(geoms))
    if len(at) < 2:
        return frame
    a, b = shapely.STRtree(geoms[at]).query(geoms[at], predicate="intersects")
    a, b = a[a < b], b[a < b]
    size = shapely.area(geoms[at])
    alike = np.abs(size[a] - size[b]) <= _rules()["same_frac"] * np.maximum(size[a], size[b])
    a, b = a[alike], b[alike]
    apart = shapely.area(shapely.symmetric_difference(geoms[at][a], geoms[at][b]))
    twice = np.unique(at[b[apart <= _rules()["same_frac"] * size[a]]])
    if not len(twice):
        return frame
    _note(notes, label, "drawing_twice", len(twice))
    return frame.drop(index=twice).reset_index(drop=True)


def _with_holes(frame: gpd.GeoDataFrame, notes: list[Note], label: str) -> gpd.GeoDataFrame:
    """Rings inside others of their layer as holes, rings inside holes as areas: even-odd."""
    geoms, names = frame.geometry.to_numpy().copy(), _layer(frame).to_numpy()
    at = np.flatnonzero((shapely.get_type_id(geoms) == 3) & shapely.is_valid(geoms))
    if len(at) < 2:
        return frame
    solid = shapely.polygons(shapely.get_exterior_ring(geoms[at]))
    inner, outer = shapely.STRtree(solid).query(solid, predicate="covered_by")
    same = (inner != outer) & (names[at[inner]] == names[at[outer]])
    inner, outer = inner[same], outer[same]
    if not len(inner):
        return frame
    depth = np.bincount(inner, minlength=len(at))
    # a ring's own parent is the deepest of those around it
    parent = np.full(len(at), -1)
    for k, p in zip(inner.tolist(), outer.tolist(), strict=True):
        if parent[k] < 0 or depth[p] > depth[parent[k]]:
            parent[k] = p
    holes = np.flatnonzero(depth % 2 == 1)
    for shell in np.unique(parent[holes]):
        own = holes[parent[holes] == shell]
        before = geoms[at[shell]]
        # the points begin and run as drawn where the rings stand apart
        found = None if len(before.interiors) else nested([before, *solid[own]])
        if found is not None and found[0].geom_type == "Polygon":
            geoms[at[shell]] = found[0]
        else:
            geoms[at[shell]] = shapely.difference(before, shapely.union_all(solid[own]))
    _note(notes, label, "drawing_islands", len(holes))
    frame = frame.set_geometry(geoms, crs=frame.crs)
    return frame.drop(index=at[holes]).reset_index(drop=True)
