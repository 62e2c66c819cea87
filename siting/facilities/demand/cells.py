"""Cells of a raster that weigh something, as places of demand."""

from __future__ import annotations

import math

import numpy as np

from gis.cells.grid import cell_centres, full_window, origin, plan_grid
from gis.errors import ConfigError, DataError
from gis.prepared import points_inside
from gis.say import Sentence, in_lang, listed, say
from gis.types import F8
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_raster
from layers.plan.model import Plan
from siting.facilities.section import FacilityCase

__all__ = ["raster_demand"]

_FINE_M = 50.0  # cells by which a raster is cut at the border
_MOST_FINE = 20_000_000
_SHARE_WITHOUT = 0.005  # of the county without data: told from here on
_SHARES = {"1": 1.0, "%": 0.01}


def raster_demand(plan: Plan, case: FacilityCase) -> tuple[list[str], F8, F8, list[Sentence]]:
    """Cells of a raster that weigh something, cut by the county, as places.

    What is counted (people) is summed; a share of the land becomes hectares.

    Raises
    ------
    ConfigError
        For cells so small that the county has too many of them.
    DataError
        For a raster that is neither counted nor a share, or without data.
    """
    d = case.demand
    layer = layer_of(d.layer)
    counted = layer.kind == "extensive"
    if not counted and layer.unit not in _SHARES:
        raise DataError(
            say("siting.facilities.raster_no_demand"),
            where=d.layer,
            got=layer.unit or "-",
            expected=listed(_SHARES),
        )
    county = county_boundary(plan)
    least_m = math.sqrt(county.area / _MOST_FINE)
    if d.cell_m < least_m:
        n = int(county.area / d.cell_m**2)
        raise ConfigError(
            say("siting.facilities.cells_many", n=n),
            where="[demand.cell_m]",
            got=f"{d.cell_m:g}",
            expected=say("siting.facilities.cells_at_least", m=math.ceil(least_m)),
        )
    whole = plan_grid(county.bounds, plan_crs(plan), d.cell_m)
    most = math.sqrt(_MOST_FINE / max(1, whole.shape[0] * whole.shape[1]))
    side = d.cell_m / max(1, min(math.ceil(d.cell_m / _FINE_M), int(most)))
    grid = plan_grid(county.bounds, plan_crs(plan), side)
    found = open_raster(plan, d.layer, grid)
    if found is None:
        raise DataError(say("siting.facilities.no_places"), where=d.layer)
    values, valid = found
    x, y = cell_centres(grid, full_window(grid))
    x, y = np.broadcast_arrays(np.ravel(x)[None, :], np.ravel(y)[:, None])
    inside = points_inside(county, x.ravel(), y.ravel())
    told = []
    unknown = float((inside & ~valid.ravel()).sum()) / max(1, int(inside.sum()))
    if unknown >= _SHARE_WITHOUT:
        title = layer.title
        told.append(
            say("siting.facilities.no_data", name=case.name, layer=title, share=unknown)
        )
    some = np.flatnonzero(valid.ravel() & (values.ravel() > 0))
    x, y, weight = x.ravel()[some], y.ravel()[some], values.ravel()[some].astype(float)
    if not counted:
        weight = weight * _SHARES[layer.unit] * side**2 * 1e-4
    left, top = origin(whole)
    row = np.floor((top - y) / d.cell_m).astype(np.intp)
    column = np.floor((x - left) / d.cell_m).astype(np.intp)
    place, asks = row * whole.shape[1] + column, inside[some]
    cut = weight[~asks & np.isin(place, place[asks])].sum()
    if counted and cut > 0:  # people of a cell are taken to live all over it
        told.append(
            say(
                "siting.facilities.cut_at_border",
                name=case.name,
                layer=layer.title,
                cut=float(cut),
                share=float(cut / (cut + weight[asks].sum())),
            )
        )
    x, y, weight = x[asks], y[asks], weight[asks]
    cell, at = np.unique(place[asks], return_inverse=True)
    total = np.bincount(at, weight, len(cell))
    # where in the cell it is: at its middle when it is even
    middle = [np.bincount(at, weight * v, len(cell)) / total for v in (x, y)]
    xy = np.column_stack(middle).astype(np.float64)
    # of a cell the border cuts the middle may lie outside: its part nearest to it
    for k in np.flatnonzero(~points_inside(county, xy[:, 0], xy[:, 1])):
        part = np.flatnonzero(at == k)
        away = np.hypot(x[part] - xy[k, 0], y[part] - xy[k, 1])
        xy[k] = x[part[np.argmin(away)]], y[part[np.argmin(away)]]
    title = in_lang(layer.title, "zh")
    places = zip(*np.divmod(cell, int(whole.shape[1])), strict=True)
    return [f"{title} {r}-{c}" for r, c in places], xy, total.astype(np.float64), told
