"""Demand of a case, read from the plan's layers as points; features a case may read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2, to_ha, to_mu
from gis.errors import DataError, Fault
from gis.prepared import points_inside
from gis.say import Sentence, in_lang, listed, say
from gis.types import F8
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary
from layers.open.plan_layers import layer_state, open_features
from layers.plan.model import Plan
from siting.facilities.demand.cells import raster_demand
from siting.facilities.demand.section import Where
from siting.facilities.leaving.plants import leaving_plants
from siting.facilities.section import Demand, FacilityCase

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "Asking",
    "area_at",
    "demand_of",
    "features_of",
    "has_field",
    "has_none",
    "inner_points",
    "names_of",
    "numbers_of",
    "only_where",
    "weight_unit",
    "within_county",
]

_BORDER_M = 1.0  # a point so near the border lies in the county
_SHOWN = 8


@dataclass(frozen=True)
class Asking:
    """Demand as points.

    Attributes
    ----------
    name : list of str
    xy : (n, 2) float64
    weight : (n,) float64
        0 where the layer has none.
    told
        What a reader has to know.
    """

    name: list[str]
    xy: F8
    weight: F8
    told: tuple[Sentence, ...]


def features_of(
    plan: Plan,
    case: FacilityCase,
    layer_id: str,
    where: Where | None = None,
    counts: tuple[str, ...] = (),
) -> tuple[gpd.GeoDataFrame, list[Sentence]]:
    """Features of a layer, each once, and what has to be told of them.

    Parameters
    ----------
    plan : Plan
    case : FacilityCase
    layer_id : str
    where : mapping, optional
        Field -> values: only those.
    counts : tuple of str
        Fields that count beside the name when one feature stands twice.

    Raises
    ------
    DataError
        When there is none.
    """
    table = open_features(plan, layer_id)
    if table is None or not len(table):
        raise DataError(say("siting.facilities.no_places"), where=layer_id)
    table, told = only_where(table, case, layer_id, where or {})
    twice = _twice(table, counts)
    if twice.any():
        title, n = layer_of(layer_id).title, int(twice.sum())
        told.append(say("siting.facilities.stands_twice", name=case.name, layer=title, n=n))
        table = table[~twice].reset_index(drop=True)
    return table, told


def _twice(table: gpd.GeoDataFrame, counts: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Features that stand in a layer before: of one shape and name, and of all it counts by."""
    import pandas as pd

    shape = pd.Series(shapely.to_wkb(np.asarray(table.geometry.array, dtype=object)))
    out = np.zeros(len(table), bool)
    same = shape.duplicated(keep=False).to_numpy()
    if not same.any():
        return out
    own = table[same].drop(columns=table.geometry.name).astype(str).assign(_shape=shape[same])
    named = np.array([bool(_named(v)) for v in table["name"]]) if "name" in table else out
    keys = ["_shape", *(c for c in ("name", *counts) if c in own)]
    again = own.duplicated(keys).to_numpy() & named[same]
    again |= own.duplicated().to_numpy() & ~named[same]
    out[np.flatnonzero(same)[again]] = True
    return out


def has_none(plan: Plan, layer_id: str) -> bool:
    """Whether the plan says that the county has none of it."""
    return layer_state(plan, layer_id) == "assumed_absent"


def _plain(value: Any) -> str:  # noqa: ANN401 - what a column holds
    """Spelling without spaces, widths and the .0 of a number."""
    text = "".join(unicodedata.normalize("NFKC", str(value)).split()).casefold()
    return text.removesuffix(".0")


def only_where(
    table: gpd.GeoDataFrame, case: FacilityCase, layer_id: str, where: Where
) -> tuple[gpd.GeoDataFrame, list[Sentence]]:
    """Features that have one of the values in each field, and values nobody has.

    Raises
    ------
    DataError
        When a field is not there, or no feature is left.
    """
    told: list[Sentence] = []
    for field, values in where.items():
        has_field(table, layer_id, field)
        own = [_plain(v) for v in table[field]]
        wanted = {_plain(v): str(v) for v in values}
        there = listed(list(dict.fromkeys(str(v) for v in table[field]))[:_SHOWN])
        table = table[[v in wanted for v in own]]
        if not len(table):
            raise DataError(
                say("siting.facilities.no_feature_where"),
                where=f"{layer_id} [{field}]",
                got=there,
                expected=listed(wanted.values()),
            )
        if lost := [v for k, v in wanted.items() if k not in own]:
            told.append(
                say(
                    "siting.facilities.value_nobody_has",
                    name=case.name,
                    layer=layer_of(layer_id).title,
                    field=field,
                    values=listed(lost),
                    there=there,
                )
            )
    return (table.reset_index(drop=True) if where else table), told


def has_field(
    table: gpd.GeoDataFrame, layer_id: str, field: str, lack: str = "no_such_field"
) -> None:
    """Refuse a field a layer has not, with those it has.

    Raises
    ------
    DataError
    """
    if field not in table:
        raise DataError(
            say(f"siting.facilities.{lack}"),
            where=layer_id,
            got=listed(str(c) for c in table.columns if c != table.geometry.name),
            expected=field,
            todo=say("siting.facilities.field_todo"),
        )


def inner_points(table: gpd.GeoDataFrame) -> F8:
    """A point inside each feature."""
    shapes = np.asarray(table.geometry.array, dtype=object)
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(shapes)))


def _named(value: Any) -> str:  # noqa: ANN401 - what a column holds
    return value.strip() if isinstance(value, str) else ""


def names_of(table: gpd.GeoDataFrame, layer_id: str) -> list[str]:
    """Names of features; the title of the layer and a number where they have none."""
    given = table["name"] if "name" in table else [None] * len(table)
    title = in_lang(layer_of(layer_id).title, "zh") if layer_id else layer_id
    return [_named(v) or f"{title} {i + 1}" for i, v in enumerate(given)]


def numbers_of(table: gpd.GeoDataFrame, layer_id: str, field: str) -> F8:
    """A number field of features, NaN where it is empty."""
    import pandas as pd

    has_field(table, layer_id, field, "field_lacking")
    return np.asarray(pd.to_numeric(table[field], errors="coerce"), float)


def within_county(plan: Plan, xy: F8) -> npt.NDArray[np.bool_]:
    """Which points lie in the county."""
    county = county_boundary(plan)
    out = points_inside(county, xy[:, 0], xy[:, 1])
    beside = np.flatnonzero(~out)
    out[beside] = shapely.dwithin(shapely.points(xy[beside]), county, _BORDER_M)
    return out


def demand_of(plan: Plan, case: FacilityCase) -> Asking:
    """Demand of a case; what lies outside the county does not ask.

    Raises
    ------
    DataError
        Without the weight field, with a negative weight, without any weight at all.
    """
    d = case.demand
    told: list[Sentence] = []
    if d.retired:
        here = partial(within_county, plan)
        left = leaving_plants(plan, d.retired, d.until or 0, case.name, here)
        names, xy, weight, told = left.names, left.xy, left.mass_t, list(left.told)
    elif d.raster:
        names, xy, weight, told = raster_demand(plan, case)
    else:
        counts = (d.weight,) if d.weight else ()
        table, told = features_of(plan, case, d.layer, d.where, counts)
        if d.measure and d.outside and not has_none(plan, d.outside):
            table = _cut_out(table, features_of(plan, case, d.outside)[0])
        names, xy, weight = names_of(table, d.layer), inner_points(table), _weights(table, d)
    # cells and plants that do not lie in the county are told of where they are read
    read = bool(d.retired or d.raster)
    inside = np.ones(len(xy), dtype=bool) if read else within_county(plan, xy)
    keep, away = inside & _asks_at(plan, case, xy), ~inside
    if d.once:
        whole = _wholes(table, d, weight)
        away &= ~np.isin(whole, whole[inside])
        away, keep = _first_of(whole, away), _first_of(whole, keep)
    if away.any():
        n, lost = int(away.sum()), float(np.nansum(weight[away]))
        told.append(say("siting.facilities.demand_outside", name=case.name, n=n, weight=lost))
    names = [n for n, k in zip(names, keep, strict=True) if k]
    xy, weight = xy[keep], weight[keep]
    negative = np.flatnonzero(weight < 0)
    if len(negative):
        raise DataError(
            say("siting.facilities.weight_no_number", n=len(negative)),
            where=f"{d.layer} [{d.weight}] {names[negative[0]]}",
            got=f"{weight[negative[0]]:g}",
            todo=say("siting.facilities.weight_todo"),
        )
    silent = ~(weight > 0)
    if silent.all():
        where = f"{d.layer} [{d.weight}]" if d.layer else f"[[facilities]] {case.id}"
        # why nothing asks is what is told of the ledger
        why = [Fault(t, where=where) for t in told] if d.retired else []
        none = Fault(
            say("siting.facilities.no_demand"),
            where=where,
            got=say("siting.facilities.all_zero", n=len(silent)),
            todo="" if d.retired else say("siting.facilities.no_demand_todo"),
        )
        raise DataError([none, *why])
    if silent.any():
        n = int(silent.sum())
        told.append(say("siting.facilities.without_weight", name=case.name, n=n))
    factor = 1.0 if d.factor is None else d.factor.value
    return Asking(names, xy, np.where(silent, 0.0, weight * factor), tuple(told))


def _cut_out(table: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """What of features lies beside areas; nothing of those that lie in them."""
    shapes = np.asarray(table.geometry.array, dtype=object).copy()
    other = np.asarray(areas.geometry.array, dtype=object)
    hit = np.unique(shapely.STRtree(other).query(shapes, predicate="intersects")[0])
    shapes[hit] = shapely.difference(shapes[hit], shapely.union_all(other))
    left = ~shapely.is_empty(shapes)
    return table.set_geometry(shapes, crs=table.crs)[left].reset_index(drop=True)


def weight_unit(d: Demand) -> str:
    """Unit of what asks; empty where it is a number of things."""
    if d.retired:
        return "t"
    if d.factor is not None:
        return d.factor.unit
    if d.raster:
        layer = layer_of(d.layer)
        return layer.unit if layer.kind == "extensive" else "ha"
    if d.measure:
        return d.measure.removeprefix("area_")
    return next((f.unit for f in layer_of(d.layer).fields if f.name == d.weight), "")


def _weights(table: gpd.GeoDataFrame, d: Demand) -> F8:
    if d.each:
        return np.ones(len(table))
    if not d.measure:
        return numbers_of(table, d.layer, d.weight)
    area = polygon_area_m2(np.asarray(table.geometry.array, dtype=object), table.crs)
    if d.measure == "area_ha":
        return to_ha(area)
    return to_mu(area) if d.measure == "area_mu" else area


def _asks_at(plan: Plan, case: FacilityCase, xy: F8) -> npt.NDArray[np.bool_]:
    """Which points do not lie in the layer that does not ask."""
    d = case.demand
    if not d.outside or d.measure or has_none(plan, d.outside):
        return np.ones(len(xy), bool)
    return ~_within(xy, features_of(plan, case, d.outside)[0])


def _wholes(table: gpd.GeoDataFrame, d: Demand, weight: F8) -> npt.NDArray[np.intp]:
    """Which whole each part is of; a part that names none is a whole of its own."""
    import pandas as pd

    has_field(table, d.layer, d.once)
    whole = table[d.once].reset_index(drop=True)
    same = pd.Series(weight).groupby(whole, sort=False)
    uneven = same.nunique(dropna=False)
    if (uneven > 1).any():
        name = str(uneven.index[uneven > 1][0])
        own = weight[(whole.astype(str) == name).to_numpy()]
        raise DataError(
            say("siting.facilities.once_differs"),
            where=f"{d.layer} [{d.once}] {name}",
            got=", ".join(f"{v:g}" for v in np.unique(own)[:4]),
            expected=say("siting.facilities.once_expected"),
            todo=say("siting.facilities.once_todo"),
        )
    number, _ = pd.factorize(whole)
    return np.where(number < 0, len(whole) + np.arange(len(whole)), number).astype(np.intp)


def _first_of(
    whole: npt.NDArray[np.intp], parts: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Of some parts the first of each whole."""
    out = np.zeros(len(parts), bool)
    out[np.flatnonzero(parts)[np.unique(whole[parts], return_index=True)[1]]] = True
    return out


def area_at(plan: Plan, case: FacilityCase, layer_id: str, xy: F8) -> npt.NDArray[np.intp]:
    """The first area of a layer each place lies in, by row; -1 where none is."""
    table, _ = features_of(plan, case, layer_id)
    shapes = np.asarray(table.geometry.array, dtype=object)
    at, area = shapely.STRtree(shapes).query(shapely.points(xy), predicate="intersects")
    out = np.full(len(xy), len(shapes))
    np.minimum.at(out, at, area)
    return np.where(out < len(shapes), out, -1)


def _within(xy: F8, areas: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    tree = shapely.STRtree(np.asarray(areas.geometry.array, dtype=object))
    out = np.zeros(len(xy), dtype=bool)
    out[tree.query(shapely.points(xy), predicate="intersects")[0]] = True
    return out
