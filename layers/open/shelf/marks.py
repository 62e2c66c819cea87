"""What decides how a layer comes out, as one digest: with another, nothing kept is used."""

from __future__ import annotations

import hashlib
import importlib.metadata
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import shapely

from gis.errors import GeoplanError
from gis.versions import loaded_versions
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary_ll, plan_crs
from layers.open.plan_file import plan_files
from layers.open.read_layer import layer_state, where_of
from layers.plain_json import digest
from layers.plan.model import Plan
from layers.provenance import code_digest, file_stamp
from layers.sample import cache_folder

__all__ = ["report_mark", "rows_mark", "shelf_path"]

Marks = tuple[tuple[object, ...], ...]
_PACKAGES = ("numpy", "pandas", "geopandas", "shapely", "pyproj", "rasterio", "pyogrio")
_SETTLED_S = 2.0  # what is written anew within a tick of a disk's clock looks as it did before
_ELSEWHERE = frozenset({".vrt", ".xml"})  # a file that names others, which change by themselves


@cache
def _code() -> str:
    """Digest of all that reads and looks at layers."""
    versions = [importlib.metadata.version(p) for p in _PACKAGES]
    return digest(code_digest("gis", "layers"), versions, loaded_versions())


def _marks(files: Iterable[Path]) -> Marks | None:
    """What the system says of files; None where they could change unseen."""
    out: list[tuple[object, ...]] = []
    newest = 0.0
    for file in files:
        if file.suffix.lower() in _ELSEWHERE or not file.exists():
            return None
        stamps = file_stamp(file)
        newest = max([newest, *(max(s[2], s[3]) for s in stamps)])  # type: ignore[call-overload]
        out += [(str(file), *s) for s in stamps]
    return None if time.time() - newest / 1e9 < _SETTLED_S else tuple(out)


def _county(plan: Plan) -> tuple[str, str]:
    """Digest of the county's boundary, and the system everything is computed in."""
    shape = shapely.to_wkb(county_boundary_ll(plan))
    return hashlib.sha256(shape).hexdigest(), plan_crs(plan).to_string()


def _of_layer(plan: Plan, layer_id: str) -> tuple[object, ...] | None:
    """Source, files and place of a layer; None for a database, which changes unseen."""
    source = plan.layers[layer_id]
    if not source.path:
        return None
    files = plan_files(plan, source)
    marks = _marks(files)
    if marks is None:
        return None
    return (
        _code(),
        layer_id,
        source.model_dump_json(),
        _county(plan),
        marks,
    )


def rows_mark(plan: Plan, layer_id: str) -> str | None:
    """Digest of all that decides the features of a layer; None where it cannot be told."""
    try:
        found = _of_layer(plan, layer_id)
    except (GeoplanError, OSError):
        return None
    return None if found is None else digest("rows", *found)


def report_mark(plan: Plan, layer_id: str) -> str | None:
    """Digest of all that decides what is found of a layer; None where it cannot be told."""
    try:
        own = _of_layer(plan, layer_id)
        other: tuple[object, ...] | None = ()
        # the edges of townships tell whether a layer of polygons is shifted
        if layer_of(layer_id).geometry == "polygon" and layer_id != "townships":
            other = _of_townships(plan)
    except (GeoplanError, OSError):
        return None
    if own is None or other is None:
        return None
    return digest("report", where_of(plan, layer_id), plan.area.cell_m, *own, other)


def _of_townships(plan: Plan) -> tuple[object, ...] | None:
    if layer_state(plan, "townships") != "available":
        return ()
    return _of_layer(plan, "townships")


def shelf_path(plan: Plan, layer_id: str, kind: str) -> Path:
    """Where something of a layer is kept: one place, whatever its files hold by now.

    Raises
    ------
    ConfigError
        When the cache cannot be made.
    """
    files = [str(f) for f in plan_files(plan, plan.layers[layer_id])]
    of = (
        layer_id,
        where_of(plan, layer_id) if kind == "report" else "",
        plan.layers[layer_id].model_dump_json(),
        _county(plan),
        files,
    )
    return cache_folder() / "layers" / f"{digest(*of)[:32]}.{kind}"
