"""Features of a layer near one place, without reading the rest of it a second time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.errors import ConfigError, DataError
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import layer_report, layer_state, open_features
from layers.open.shelf.marks import rows_mark, shelf_path
from layers.open.shelf.reports import is_reported
from layers.open.shelf.rows import keep_rows, kept_rows
from layers.plan.model import Plan

if TYPE_CHECKING:
    import geopandas as gpd

    from layers.open.shelf.rows import Box

__all__ = ["features_near", "first_looks", "keep_layers"]


def features_near(plan: Plan, layer_id: str, box: Box) -> gpd.GeoDataFrame | None:
    """The features of `open_features` whose bounds touch a box, in the layer's order.

    A layer that is asked the first time is opened whole and kept on disk; as long as nothing
    that decides it changes, only rows near the box are read from there.

    Parameters
    ----------
    plan : Plan
    layer_id : str
        Id in the layer catalogue.
    box : (xmin, ymin, xmax, ymax)
        In the plan CRS.

    Returns
    -------
    GeoDataFrame or None
        With the row of the layer as index; None when the plan has no such layer.

    Raises
    ------
    DataError
        As `layers.open.plan_layers.open_features`.
    """
    if layer_state(plan, layer_id) != "available":
        return None
    crs = plan_crs(plan)
    mark = rows_mark(plan, layer_id)
    if mark is not None:
        try:
            path = shelf_path(plan, layer_id, "rows")
        except ConfigError:
            mark = None
    if mark is not None:
        kept = kept_rows(path, mark)
        found = None if kept is None else kept.near(box, crs)
        if found is not None:
            return found
    table = open_features(plan, layer_id)
    if table is None:
        return None
    if mark is not None and rows_mark(plan, layer_id) == mark:  # no file changed meanwhile
        keep_rows(path, mark, table, crs)
    return table.iloc[np.sort(table.sindex.query(shapely.box(*box)))]


def keep_layers(plan: Plan) -> None:
    """Open every layer of a plan once, so that questions about one place wait for none.

    A layer that cannot be opened is left: whoever asks for it is told.
    """
    x, y = county_boundary(plan).bounds[:2]
    for layer_id in plan.layers:
        try:
            layer_report(plan, layer_id)
            if layer_of(layer_id).kind == "features" and layer_of(layer_id).geometry != "none":
                features_near(plan, layer_id, (x, y, x, y))
        except DataError:
            continue


def first_looks(plan: Plan, layer_ids: Iterable[str]) -> int:
    """How many of some layers have to be opened whole, since nothing is kept of them yet."""
    return sum(
        layer_of(i).kind in ("features", "classes", "intensive", "extensive")
        and layer_of(i).geometry != "none"
        and layer_state(plan, i) == "available"
        and not is_reported(plan, i)
        for i in layer_ids
    )
