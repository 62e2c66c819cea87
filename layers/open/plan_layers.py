"""The one door to a plan's layers: canonical names, plan CRS, valid geometry, known codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from gis.cells.grid import Grid, cell_size_m, origin
from gis.crs.systems import reproject, suspect_gcj02
from gis.errors import DataError, Fault, raise_faults
from gis.files.raster_info import HeldRasters
from gis.files.read import raster_info, read_raster
from gis.say import Listed, listed, say
from layers.catalogue import layer as layer_of
from layers.open.acceptance import PARCELS, acceptance_warnings
from layers.open.county import (
    boundary_warnings,
    county_boundary_ll,
    plan_crs,
    plan_grid_of,
)
from layers.open.parcel_outlines import layer_outlines
from layers.open.place import place_warnings, refuse_elsewhere
from layers.open.raster_values import (
    cell_m,
    class_nodata,
    raster_place_warnings,
    raster_terms,
    value_warnings,
)
from layers.open.read_layer import (
    Key,
    LayerReport,
    LayerState,
    file_of,
    key_of,
    layer_state,
    opened,
    report_of,
    where_of,
)
from layers.open.shelf.reports import kept_report
from layers.open.together import mosaic_warnings
from layers.plan.model import Plan
from layers.plan.target import small_share_warnings
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd
    import xarray as xr

    from gis.crs.gcj02 import Suspicion

__all__ = [
    "LayerReport",
    "LayerState",
    "layer_report",
    "layer_state",
    "open_features",
    "open_layer",
    "open_raster",
    "outline_suspicion",
    "own_classes",
    "plan_warnings",
    "told_of",
    "townships",
    "vocabulary_of",
    "warnings_of",
]

# A cell this many times the grid's is worth a loud warning: below it, resampling still
# says where a class is; above it a whole site falls into one cell.
_COARSE_RATIO = 5.0


def vocabulary_of(plan: Plan, layer_id: str) -> str:
    """Name of the vocabulary a layer's codes are in: the plan's, else the catalogue's."""
    source = plan.layers.get(layer_id)
    return (source.vocabulary if source else "") or layer_of(layer_id).vocabulary


def own_classes(plan: Plan, layer_id: str) -> bool:
    """Whether a layer holds classes of the plan's own, which only its table of pools explains.

    Such a layer is named by no vocabulary, and the plan has a line ``[carbon] pools``.
    """
    if layer_of(layer_id).kind != "classes" or vocabulary_of(plan, layer_id):
        return False
    named = bool(getattr(plan.sections.get("carbon"), "pools", ""))
    return named and layer_state(plan, layer_id) == "available"


def open_features(plan: Plan, layer_id: str) -> gpd.GeoDataFrame | None:
    """The features of a layer as the toolkit understands them.

    Parameters
    ----------
    plan : Plan
    layer_id : str
        Id in the layer catalogue.

    Returns
    -------
    GeoDataFrame or None
        In the plan CRS, with the catalogue's field names and values, valid 2-D geometry and
        known codes; other columns of the file are kept. None when the plan has no such
        layer (`layer_state` says why).

    Raises
    ------
    DataError
        When the file is missing or empty, has no or a wrong CRS, lacks a required field,
        holds codes the vocabulary does not know, or lies elsewhere.
    """
    if layer_state(plan, layer_id) != "available":
        return None
    key = key_of(plan, layer_id)
    table, _ = opened(*key)
    refuse_elsewhere(plan, layer_id)
    report_of(*key)  # kept longer than the features are
    # shallow: pandas copies what the caller changes, and the spatial index is shared
    return table.copy(deep=False)


def open_raster(
    plan: Plan,
    layer_id: str,
    grid: Grid,
    window: tuple[slice, slice] | None = None,
    held: HeldRasters | None = None,
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]] | None:
    """A raster layer on a grid, resampled as its kind demands.

    Parameters
    ----------
    plan : Plan
    layer_id : str
    grid : Grid
        The grid wanted; `window` is a part of it in (rows, columns).
    held : HeldRasters, optional
        Where the file stays open for the next window.

    Returns
    -------
    (array, bool array) or None
        Values in the catalogue's unit and where they are known; None when the plan has no
        such layer.

    Raises
    ------
    DataError
        When the file is missing, has no CRS, or holds what the catalogue says it cannot.
    """
    if layer_state(plan, layer_id) != "available":
        return None
    path = file_of(plan, layer_id, plan.layers[layer_id])
    terms = raster_terms(plan, layer_id)
    layer_report(plan, layer_id)  # refuses what is not in the catalogue's unit and range
    values, valid = read_raster(path, grid, window, held=held, **asdict(terms))
    empty = class_nodata(plan, layer_id)
    return (values, valid) if empty is None else (values, valid & (values != empty))


def open_layer(plan: Plan, layer_id: str) -> gpd.GeoDataFrame | xr.DataArray:
    """A layer of a plan as a person works with it.

    Parameters
    ----------
    plan : Plan
    layer_id : str
        Id in the layer catalogue (``geoplan layers`` lists them).

    Returns
    -------
    GeoDataFrame or xarray.DataArray
        Features as `open_features` gives them; a raster on the plan's screening grid, with
        ``x`` and ``y`` [m] at the cells' centres, NaN where it is not known, and ``crs``,
        ``unit``, ``vocabulary`` and ``title`` among its attributes.

    Raises
    ------
    ConfigError
        When the catalogue has no such layer; near names are suggested.
    DataError
        When the plan does not have the layer, it is no map, or it cannot be opened.
    """
    spec = layer_of(layer_id)
    state = layer_state(plan, layer_id)
    where = where_of(plan, layer_id)
    if state != "available":
        raise DataError(
            say(f"layers.open.layer_{state}_in_plan"),
            where=where,
            todo=say("layers.open.give_path_of_layer"),
        )
    if spec.kind == "timeseries":
        raise DataError(
            say("layers.open.layer_is_no_map"),
            where=where,
            todo=say("layers.open.read_it_with_read_weather"),
        )
    if spec.kind == "features":
        found = open_features(plan, layer_id)
        if found is None:
            raise AssertionError
        return found
    import xarray as xr  # heavy

    grid = plan_grid_of(plan)
    opened_raster = open_raster(plan, layer_id, grid)
    if opened_raster is None:
        raise AssertionError
    values, valid = opened_raster
    left, top = origin(grid)
    cell = cell_size_m(grid)
    return xr.DataArray(
        np.where(valid, values, np.nan),
        dims=("y", "x"),
        coords={
            "y": top - cell * (np.arange(grid.shape[0]) + 0.5),
            "x": left + cell * (np.arange(grid.shape[1]) + 0.5),
        },
        name=layer_id,
        attrs={
            "crs": plan_crs(plan).to_string(),
            "unit": spec.unit,
            "vocabulary": vocabulary_of(plan, layer_id),
            "title": spec.title.en,
        },
    )


def _raster_report(plan: Plan, layer_id: str) -> LayerReport:
    source, spec = plan.layers[layer_id], layer_of(layer_id)
    where, path = where_of(plan, layer_id), file_of(plan, layer_id, source)
    info = raster_info(path, crs=source.crs)
    warnings = [
        Warn(n.code, n.text, where)
        for n in info.notes
        if not (n.code == "no_nodata" and source.nodata is not None)
    ]
    warnings += value_warnings(plan, layer_id)
    warnings += raster_place_warnings(plan, layer_id)
    warnings += mosaic_warnings(path, spec, where)
    cell, grid = cell_m(info), plan.area.cell_m
    if source.resolution_warning and cell > _COARSE_RATIO * grid:
        warnings.append(
            Warn(
                "resolution",
                say(
                    "layers.open.resolution",
                    title=spec.title,
                    layer_id=layer_id,
                    cell=cell,
                    grid=grid,
                    ratio=cell / grid,
                ),
                where,
            )
        )
    return LayerReport(layer_id=layer_id, path=str(path), warnings=tuple(warnings))


def layer_report(plan: Plan, layer_id: str) -> LayerReport | None:
    """What was found on opening a layer; None when the plan does not have it.

    Raises
    ------
    DataError
        When the layer cannot be opened.
    """
    if layer_state(plan, layer_id) != "available":
        return None
    source, spec = plan.layers[layer_id], layer_of(layer_id)
    if spec.kind == "timeseries" or spec.geometry == "none":
        return LayerReport(layer_id=layer_id, path=str(file_of(plan, layer_id, source)))
    return kept_report(plan, layer_id, lambda: _looked_at(plan, layer_id))


def _looked_at(plan: Plan, layer_id: str) -> LayerReport:
    """What opening a layer and looking at all of it tells."""
    if layer_of(layer_id).kind == "features":
        report = report_of(*key_of(plan, layer_id))
        refuse_elsewhere(plan, layer_id)
        more = [*place_warnings(plan, layer_id)]
        # the edges inside the county say which shift it is: the outline need not say it again
        if not any(w.code == "layer_shifted" for w in more):
            more += _shifted(plan, layer_id)
        if layer_id == PARCELS:
            more += acceptance_warnings(plan)
        return replace(report, warnings=(*report.warnings, *more), unclassed=())
    return _raster_report(plan, layer_id)


def _titles(layer_ids: list[str]) -> Listed:
    return listed(layer_of(i).title for i in layer_ids)


def plan_warnings(plan: Plan) -> list[Warn]:
    """What the plan itself says of its targets and its layers, one warning a kind."""
    absent = [i for i, s in plan.layers.items() if s.assumed_absent]
    missing = [i for i, s in plan.layers.items() if s.required_from_user]
    partial = [i for i, s in plan.layers.items() if s.available and s.incomplete]
    undated = [i for i, s in plan.layers.items() if s.available and not s.date]
    out = small_share_warnings(plan.targets, plan.path.name)
    where = f"{plan.path.name} [layers]"
    if absent:
        out.append(
            Warn(
                "layer_assumed_absent",
                say(
                    "layers.open.layer_assumed_absent",
                    n_absent=len(absent),
                    titles=_titles(absent),
                ),
                where,
            )
        )
    if missing:
        out.append(
            Warn(
                "layer_missing",
                say(
                    "layers.open.layer_missing",
                    n_missing=len(missing),
                    titles=_titles(missing),
                ),
                where,
            )
        )
    out += [
        Warn(
            "layer_incomplete",
            say(
                "layers.open.layer_incomplete",
                title=layer_of(i).title,
                why=plan.layers[i].incomplete,
            ),
            where_of(plan, i),
        )
        for i in partial
    ]
    if undated:
        out.append(
            Warn(
                "date_missing",
                say(
                    "layers.open.date_missing",
                    n_undated=len(undated),
                    titles=_titles(undated),
                ),
                where,
            )
        )
    return out


# layers whose features fill the county, so that their outline is its boundary
_COVERAGES = ("townships", "villages", "land_parcels")


@lru_cache(maxsize=16)
def _outline_ll(key: Key) -> BaseGeometry:
    """Outline of all features of a layer, in degrees."""
    table, _ = opened(*key)
    moved = reproject(
        table.iloc[:1].set_geometry([layer_outlines(key)[1]], crs=table.crs), "EPSG:4326"
    )
    found: BaseGeometry = moved.geometry.iloc[0]
    return found


def outline_suspicion(plan: Plan, layer_id: str) -> Suspicion | None:
    """Whether a layer that fills the county lies off its boundary as GCJ-02 does."""
    if layer_id not in _COVERAGES:
        return None
    return suspect_gcj02(_outline_ll(key_of(plan, layer_id)), county_boundary_ll(plan))


def _shifted(plan: Plan, layer_id: str) -> list[Warn]:
    """What is said of a layer that lies off the boundary as GCJ-02 does."""
    found = outline_suspicion(plan, layer_id)
    if found is None:
        return []
    return [Warn("layer_gcj02", found.message, where_of(plan, layer_id))]


def warnings_of(plan: Plan) -> list[Warn]:
    """Everything about a plan's layers the reader of a result must know.

    Opens every layer that has not been opened yet.

    Raises
    ------
    DataError
        With the faults of all layers that cannot be opened.
    """
    out = [*boundary_warnings(plan), *plan_warnings(plan)]
    faults: list[Fault] = []
    for layer_id in plan.layers:
        try:
            report = layer_report(plan, layer_id)
        except DataError as err:
            faults += err.faults
            continue
        if report is not None:
            out += report.warnings
    raise_faults(DataError, faults)
    return out


def told_of(plan: Plan, layer_ids: Iterable[str] | None = None) -> tuple[Warn, ...]:
    """`warnings_of` for a door that has its answer already: it says, and never refuses.

    Parameters
    ----------
    plan : Plan
    layer_ids : iterable of str, optional
        The layers the answer rests on; every layer of the plan when not given.

    Returns
    -------
    tuple of Warn
        Of boundary, zones, list of layers and layers; each once. A layer that cannot be opened
        is a warning with its faults.
    """
    asked = plan.layers if layer_ids is None else dict.fromkeys(layer_ids)
    out = [*boundary_warnings(plan), *plan_warnings(plan)]
    for layer_id in asked:
        try:
            report = layer_report(plan, layer_id)
        except DataError as err:
            out += [
                Warn("layer_not_opened", f.text, where_of(plan, layer_id)) for f in err.faults
            ]
            continue
        if report is not None:
            out += report.warnings
    return tuple({(w.code, w.where, w.text("en")): w for w in out}.values())


def townships(plan: Plan) -> gpd.GeoDataFrame | None:
    """The townships (layer ``townships``) in the plan CRS, or None when not available."""
    return open_features(plan, "townships")
