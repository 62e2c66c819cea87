"""One layer of a plan read, checked and brought to the plan CRS; kept while it is in use."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

from gis.crs.systems import as_crs
from gis.errors import DataError
from gis.files.checked_features import checked, with_crs
from gis.files.given import foreign
from gis.files.notes import Note
from gis.files.read import notes_of, read_features
from gis.files.repair import moved
from gis.machine import give_back_memory
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.open.canonical import canonical, filtered, picked_column, rivals
from layers.open.county import county_boundary_ll, plan_crs
from layers.open.kinds import KINDS, kind_word, kinds_met
from layers.open.plan_file import plan_files
from layers.open.sentinel2 import is_scene, scene_ndvi
from layers.open.together import mosaic_file, together
from layers.open.variable import check_one_variable, variable_file
from layers.plan.model import LayerSource, Plan
from layers.provenance import file_mark
from layers.result import Warn
from layers.spec import Layer
from layers.vocabulary.classed import (
    NAMES,
    Unclassed,
    check_vocabulary,
    classed,
    codes_by_name,
)

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "Key",
    "LayerReport",
    "LayerState",
    "file_of",
    "key_of",
    "key_of_source",
    "layer_state",
    "let_go",
    "opened",
    "report_of",
    "where_of",
]

Box = tuple[float, float, float, float]
Key = tuple[str, str, str, int, str, str, Box | None]
"""The arguments of `opened`."""
_REACH_DEG = 1.5  # 130 km east and west at 40 N; a changed rule reaches 100 km at most
LayerState = Literal["available", "assumed_absent", "missing"]

# an encoding found from the bytes beyond doubt is no news to the reader of a result
_NAMED = 12  # rows called by name
_MANY = 100_000  # rows of a table that leaves much behind when it was read
_QUIET = frozenset({"encoding_found"})


@dataclass(frozen=True)
class LayerReport:
    """What was found, and mended, on opening a layer.

    Attributes
    ----------
    layer_id, path
        Which layer, from where.
    rows, dropped
        Features kept, and left out because nothing of the right geometry remained.
    warnings
        For the reader of a result: repairs, encodings, cells too coarse.
    crs, bounds
        Of features: the system the file declares, and their extent in it.
    unclassed
        Features left out because nobody knows their class.
    by_name
        Codes the plan gives to the names in the column of codes; nothing else says them.
    """

    layer_id: str
    path: str
    rows: int = 0
    dropped: int = 0
    warnings: tuple[Warn, ...] = ()
    crs: str = ""
    bounds: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    unclassed: tuple[Unclassed, ...] = ()
    by_name: frozenset[str] = frozenset()


def layer_state(plan: Plan, layer_id: str) -> LayerState:
    """Whether a plan has a layer, assumes it absent, or lacks it.

    Returns
    -------
    {"available", "assumed_absent", "missing"}
        A layer the plan does not mention, or marks *required from user*, is missing.
    """
    source = plan.layers.get(layer_id)
    if source is None or source.required_from_user:
        return "missing"
    return "available" if source.available else "assumed_absent"


def where_of(plan: Plan, layer_id: str) -> str:
    """Plan file and table of a layer, for messages."""
    return f"{plan.path.name} [layers.{layer_id}]"


def file_of(plan: Plan, layer_id: str, source: LayerSource, where: str = "") -> Path:
    """The file behind a layer; of several rasters the one they are put together in.

    Raises
    ------
    DataError
        When it is not there; a missing data folder is told apart.
    """
    files = plan_files(plan, source)
    path = next((f for f in files if not f.exists()), files[0])
    if not path.exists():
        todo = say("layers.open.check_path_or_declare")
        if not plan.data_root.is_dir():
            todo = say("layers.open.data_folder_missing", folder=plan.data_root)
        raise DataError(
            say("layers.open.file_missing"),
            where=where or where_of(plan, layer_id),
            got=str(path),
            todo=todo,
        )
    spec = layer_of(layer_id)
    if spec.geometry != "raster":
        return path
    scenes = [spec.scenes and is_scene(f) for f in files]
    if source.variable or any(f.suffix.lower() == ".zarr" for f in files):
        files = [variable_file(f, source) for f in files]
    for f in files:
        if f.suffix.lower() in {".nc", ".nc4"}:
            check_one_variable(f)
    if any(scenes):
        files = [scene_ndvi(f) if s else f for f, s in zip(files, scenes, strict=True)]
    if len(files) > 1:
        return mosaic_file(files, source, spec, highest=all(scenes))
    return files[0]


def _key_files(plan: Plan, layer_id: str, source: LayerSource, where: str) -> tuple[str, int]:
    """Files of a layer of features, one a line, and the mark of all."""
    file_of(plan, layer_id, source, where)  # refuses what is not there
    files = plan_files(plan, source)
    marks = [file_mark(f) for f in files]
    return "\n".join(map(str, files)), marks[0] if len(marks) == 1 else hash(tuple(marks))


# ---------------------------------------------------------------- geometry

_DIMENSION = {"point": 0, "line": 1, "polygon": 2}


def _right_kind(
    table: gpd.GeoDataFrame, spec: Layer, where: str
) -> tuple[gpd.GeoDataFrame, int, int, list[str]]:
    """Only geometry of the layer's own dimension.

    A repair can leave collections; their parts of the right dimension are kept. Points of
    a layer drawn as areas (and the like) are refused, not dropped. Several points in one row
    are as many rows: a row is a machine or a mark. Where the layer says that they are one
    place, they stay one row, at the middle of them.

    Returns
    -------
    GeoDataFrame
    int
        Features left out because nothing of the right kind is in them.
    int
        Points that shared a row with another; of a layer of places, rows of several.
    list of str
        Of a layer of places, what those rows are called, else their number.
    """
    kinds = KINDS.get(spec.geometry)
    if kinds is None:
        return table, 0, 0, []
    geometry = np.asarray(table.geometry.array).copy()
    for i in np.flatnonzero(shapely.get_type_id(geometry) == 7):
        parts = shapely.get_parts(geometry[i])
        parts = parts[shapely.get_dimensions(parts) == _DIMENSION[spec.geometry]]
        geometry[i] = shapely.union_all(parts) if len(parts) else None
    gone = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    table, geometry = table[~gone], geometry[~gone]
    wrong = ~np.isin(shapely.get_type_id(geometry), kinds)
    # a point layer may hold footprints (turbine pads, substations as areas)
    if wrong.any() and spec.geometry == "point":
        geometry[wrong] = shapely.point_on_surface(geometry[wrong])
    elif wrong.any():
        raise DataError(
            say("layers.open.layer_holds_another_kind_geometry"),
            where=where,
            got=kinds_met(geometry[wrong]),
            expected=kind_word(spec.geometry),
            todo=say("layers.open.check_right_file_stands_behind"),
        )
    out = table.set_geometry(geometry, crs=table.crs).reset_index(drop=True)
    if spec.geometry != "point":
        return out, int(gone.sum()), 0, []
    if spec.one_place:
        several = np.flatnonzero(shapely.get_num_geometries(geometry) > 1)
        geometry[several] = shapely.centroid(shapely.convex_hull(geometry[several]))
        out = out.set_geometry(geometry, crs=table.crs)
        called = _called(out, several)
        return out.explode(ignore_index=True), int(gone.sum()), len(several), called
    single = out.explode(ignore_index=True)
    return single, int(gone.sum()), len(single) - len(out), []


def _called(table: gpd.GeoDataFrame, rows: Iterable[int]) -> list[str]:
    """Names of rows, or their numbers among those that can be used where they have none."""
    names = table["name"].tolist() if "name" in table else [None] * len(table)
    called = ((i, names[i]) for i in rows)
    return [n if isinstance(n, str) and n.strip() else f"#{i + 1}" for i, n in called]


# ---------------------------------------------------------------- opening


def _from_database(source: LayerSource, where: str, box: Box | None) -> gpd.GeoDataFrame:
    """Rows of a table or query, with their system told and their shapes checked as a file's."""
    from layers.open.postgis import read_sql, read_table  # optional extra

    if source.table:
        raw = read_table(
            source.table,
            dsn_env=source.dsn_env,
            where=where,
            geometry=source.geometry,
            crs=source.crs,
            box=box,
        )
    else:
        raw = read_sql(source.sql, dsn_env=source.dsn_env, where=where, crs=source.crs, box=box)
    notes: list[Note] = []
    if len(raw):
        raw = checked(with_crs(raw, source.crs, where, notes), where, notes, filtered=False)
    raw.attrs["notes"] = tuple(notes)
    return raw


def _surroundings(plan: Plan) -> Box:
    """The county with more around it than any rule reaches [deg]."""
    west, south, east, north = county_boundary_ll(plan).bounds
    return west - _REACH_DEG, south - _REACH_DEG, east + _REACH_DEG, north + _REACH_DEG


# A plan has some eighty layers and every step asks for most of them: fewer places would
# read all of them again each time round.
@lru_cache(maxsize=96)
def opened(
    source_json: str,
    layer_id: str,
    path: str,
    mark: int,
    crs: str,
    where: str,
    box: Box | None = None,
) -> tuple[gpd.GeoDataFrame, LayerReport]:
    """Read, check and bring to the plan CRS; keyed by what decides the answer."""
    del mark  # only part of the cache key
    source = LayerSource.model_validate_json(source_json)
    spec = layer_of(layer_id)
    if source.path:
        kind = spec.geometry if spec.geometry in KINDS else ""
        raw = together(
            [
                read_features(
                    Path(p),
                    layer=source.layer,
                    encoding=source.encoding,
                    crs=source.crs,
                    kind=kind,
                )
                for p in path.split("\n")
            ]
        )
    else:
        raw = _from_database(source, where, box)
    if not len(raw):
        raise DataError(
            say("layers.open.layer_empty"),
            where=where,
            got=path or say("layers.open.query_without_rows"),
            todo=say("layers.open.check_file_declare_layer_assumed"),
        )
    # what a library makes of odd columns and shapes is a fault of the file, too
    with foreign(say("layers.open.layer_cannot_be_used"), where, say("gis.files.open_in_qgis")):
        held = [raw]
        del raw
        return _usable(held, spec, source, path, crs, where)


def _usable(
    held: list[gpd.GeoDataFrame],
    spec: Layer,
    source: LayerSource,
    path: str,
    crs: str,
    where: str,
) -> tuple[gpd.GeoDataFrame, LayerReport]:
    """A table as it was read, with the catalogue's fields, geometry and codes.

    It is taken out of the list that holds it, so that its shapes can be let go.
    """
    layer_id = spec.id
    raw = held.pop()
    notes = notes_of(raw)
    raw = filtered(raw, source.where, where)
    if not len(raw):
        raise DataError(
            say("layers.open.no_feature_left_after_filter"),
            where=f"{where} where",
            got=str(source.where),
            todo=say("layers.open.check_filter_against_values_file"),
        )
    table = canonical(raw, spec, source, where)
    twice = rivals(raw, spec, source, where)
    name = source.vocabulary or spec.vocabulary
    named, only = _by_name(raw, spec, source, name)
    if only:
        table = table.drop(columns=NAMES)
    del raw
    table, dropped, split, joined = _right_kind(table, spec, where)
    if not len(table):
        raise DataError(
            say("layers.open.no_feature_has_usable_geometry"), where=where, got=path
        )
    declared = as_crs(table.crs, where).to_wkt()
    west, south, east, north = (float(v) for v in table.total_bounds)
    table = moved(table, as_crs(crs), where, last=spec.geometry in KINDS)
    if len(table) > _MANY:
        give_back_memory()
    warnings = [
        Warn(n.code, n.text, f"{where} {n.where}") for n in notes if n.code not in _QUIET
    ]
    warnings += twice
    unclassed: tuple[Unclassed, ...] = ()
    if name and spec.kind == "features":
        meant = source.values.get(name, {})
        table, unclassed, told = classed(table, name, spec, meant, where)
        check_vocabulary(table, name, where, few=spec.id == "land_parcels")
        warnings += told
    if dropped:
        warnings.append(
            Warn(
                "geometry_dropped",
                say("layers.open.geometry_dropped", title=spec.title, dropped=dropped),
                where,
            )
        )
    if split:
        code = "points_joined" if spec.one_place else "points_split"
        names = listed(joined, _NAMED)
        text = say(f"layers.open.{code}", title=spec.title, n=split, names=names)
        warnings.append(Warn(code, text, where))
    return table, LayerReport(
        layer_id,
        path or "PostGIS",
        len(table),
        dropped,
        tuple(warnings),
        declared,
        (west, south, east, north),
        unclassed,
        named,
    )


def _by_name(
    raw: gpd.GeoDataFrame, spec: Layer, source: LayerSource, name: str
) -> tuple[frozenset[str], bool]:
    """Codes of a layer that its column holds as names alone, and whether it is that of names.

    One column cannot say a code and, beside it, whether its name is right.
    """
    said = source.values.get(name, {})
    columns = [str(c) for c in raw.columns if c != raw.geometry.name]
    taken = {
        f.name: picked_column(columns, f, source.fields.get(f.name, ""))
        for f in spec.fields
        if f.name in {name, NAMES}
    }
    column = taken.get(name)
    if not said or column is None:
        return frozenset(), False
    return codes_by_name(raw[column], said, name), taken.get(NAMES) == column


def key_of(plan: Plan, layer_id: str) -> Key:
    """What decides how a layer comes out: the arguments of `opened`."""
    return key_of_source(plan, layer_id, plan.layers[layer_id], where_of(plan, layer_id))


def key_of_source(plan: Plan, layer_id: str, source: LayerSource, where: str) -> Key:
    """The same for data that are declared as a layer is, under another key of the plan."""
    path, mark = "", 0
    if source.path:
        path, mark = _key_files(plan, layer_id, source, where)
    return (
        source.model_dump_json(),
        layer_id,
        path,
        mark,
        plan.area.crs if plan.area.crs != "auto" else plan_crs(plan).to_string(),
        where,
        None if source.path else _surroundings(plan),
    )


def let_go() -> None:
    """Let go of the features that are kept; whoever asks next reads them anew."""
    opened.cache_clear()


@lru_cache(maxsize=512)
def report_of(
    source_json: str,
    layer_id: str,
    path: str,
    mark: int,
    crs: str,
    where: str,
    box: Box | None = None,
) -> LayerReport:
    """What was found on opening; kept longer than the features."""
    return opened(source_json, layer_id, path, mark, crs, where, box)[1]
