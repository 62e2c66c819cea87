"""Demand and places of a case, read from the plan's layers as points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2, to_ha, to_mu
from gis.cells.grid import cell_centres, full_window, plan_grid
from gis.errors import ConfigError, DataError
from gis.prepared import points_inside
from gis.say import Sentence, in_lang, listed, say
from gis.types import F8
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import layer_state, open_features, open_raster, townships
from layers.plan.model import Plan
from siting.facilities.section import Candidates, Demand, Existing, FacilityCase, site_rules

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "Asking",
    "Places",
    "area_at",
    "demand_of",
    "places_of",
    "township_of",
    "weight_unit",
]


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


@dataclass(frozen=True)
class Places:
    """Existing facilities and candidates as points, the existing first.

    Attributes
    ----------
    stands : (m,) bool
    capacity : (m,) float64
        NaN where nobody says.
    excluded : (m,) object
        Why a candidate is forbidden; None where it is not.
    chosen : (m,) bool
        Named as preselected.
    """

    name: list[str]
    layer: list[str]
    xy: F8
    stands: npt.NDArray[np.bool_]
    capacity: F8
    excluded: list[Sentence | None]
    chosen: npt.NDArray[np.bool_]
    told: tuple[Sentence, ...]


def _features(
    plan: Plan, layer_id: str, where: Mapping[str, tuple[str, ...]] | None = None
) -> gpd.GeoDataFrame:
    table = open_features(plan, layer_id)
    if table is not None:
        table = _only(table, layer_id, where or {})
    if table is None or not len(table):
        wanted = " ".join(f"[{k} = {', '.join(v)}]" for k, v in (where or {}).items())
        raise DataError(
            say("siting.facilities.no_places"), where=f"{layer_id} {wanted}".strip()
        )
    return table


def _none(plan: Plan, layer_id: str) -> bool:
    """Whether the plan says that the county has none of it."""
    return layer_state(plan, layer_id) == "assumed_absent"


def _only(
    table: gpd.GeoDataFrame, layer_id: str, where: Mapping[str, Iterable[str]]
) -> gpd.GeoDataFrame:
    for field, values in where.items():
        _has(table, layer_id, field)
        table = table[table[field].astype(str).isin(list(values))]
    return table.reset_index(drop=True) if where else table


def _has(
    table: gpd.GeoDataFrame, layer_id: str, field: str, lack: str = "no_such_field"
) -> None:
    if field not in table:
        raise DataError(
            say(f"siting.facilities.{lack}"),
            where=layer_id,
            got=", ".join(str(c) for c in table.columns if c != table.geometry.name),
            expected=field,
        )


def _points(table: gpd.GeoDataFrame) -> F8:
    shapes = np.asarray(table.geometry.array, dtype=object)
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(shapes)))


def _names(table: gpd.GeoDataFrame, layer_id: str) -> list[str]:
    given = table["name"] if "name" in table else [None] * len(table)
    return [
        str(v) if isinstance(v, str) and v.strip() else f"{layer_id} {i + 1}"
        for i, v in enumerate(given)
    ]


def _numbers(table: gpd.GeoDataFrame, layer_id: str, field: str) -> F8:
    import pandas as pd

    _has(table, layer_id, field, "field_lacking")
    return np.asarray(pd.to_numeric(table[field], errors="coerce"), float)


def demand_of(plan: Plan, case: FacilityCase) -> Asking:
    """Demand of a case.

    Raises
    ------
    DataError
        Without the weight field, with a negative weight, without any weight at all.
    """
    d = case.demand
    if d.raster:
        names, xy, weight = _cells(plan, d)
    else:
        table = _features(plan, d.layer, d.where)
        names, xy, weight = _names(table, d.layer), _points(table), _weights(table, d)
        if d.once:
            keep = _once(table, d, weight)
            names, xy, weight = [names[i] for i in keep], xy[keep], weight[keep]
    if d.outside and not _none(plan, d.outside):
        asks = ~_within(xy, _features(plan, d.outside))
        names = [n for n, a in zip(names, asks, strict=True) if a]
        xy, weight = xy[asks], weight[asks]
    negative = np.flatnonzero(weight < 0)
    if len(negative):
        raise DataError(
            say("siting.facilities.weight_no_number", n=len(negative)),
            where=f"{d.layer} {names[negative[0]]}",
            got=f"{weight[negative[0]]:g}",
            todo=say("siting.facilities.weight_todo"),
        )
    silent = ~(weight > 0)
    told = []
    if silent.all():
        raise DataError(say("siting.facilities.no_demand"), where=f"{d.layer} [{d.weight}]")
    if silent.any():
        n = int(silent.sum())
        told.append(say("siting.facilities.without_weight", name=case.name, n=n))
    factor = 1.0 if d.factor is None else d.factor.value
    return Asking(names, xy, np.where(silent, 0.0, weight * factor), tuple(told))


def weight_unit(d: Demand) -> str:
    """Unit of what asks; empty where it is a number of things."""
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
        return _numbers(table, d.layer, d.weight)
    area = polygon_area_m2(np.asarray(table.geometry.array, dtype=object), table.crs)
    if d.measure == "area_ha":
        return to_ha(area)
    return to_mu(area) if d.measure == "area_mu" else area


def _once(table: gpd.GeoDataFrame, d: Demand, weight: F8) -> npt.NDArray[np.intp]:
    """The first part of each whole; a part that names none is a whole of its own."""
    import pandas as pd

    _has(table, d.layer, d.once)
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
    return np.flatnonzero(~(whole.duplicated() & whole.notna()).to_numpy())


def area_at(plan: Plan, layer_id: str, xy: F8) -> npt.NDArray[np.intp]:
    """The first area of a layer each place lies in, by row; -1 where none is."""
    shapes = np.asarray(_features(plan, layer_id).geometry.array, dtype=object)
    at, area = shapely.STRtree(shapes).query(shapely.points(xy), predicate="intersects")
    out = np.full(len(xy), len(shapes))
    np.minimum.at(out, at, area)
    return np.where(out < len(shapes), out, -1)


def _within(xy: F8, areas: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    tree = shapely.STRtree(np.asarray(areas.geometry.array, dtype=object))
    out = np.zeros(len(xy), dtype=bool)
    out[tree.query(shapely.points(xy), predicate="intersects")[0]] = True
    return out


def _cells(plan: Plan, d: Demand) -> tuple[list[str], F8, F8]:
    """Cells of a raster in the county that weigh something, as places."""
    county = county_boundary(plan)
    grid = plan_grid(county.bounds, plan_crs(plan), d.cell_m)
    found = open_raster(plan, d.layer, grid)
    if found is None:
        raise DataError(say("siting.facilities.no_places"), where=d.layer)
    values, valid = found
    x, y = cell_centres(grid, full_window(grid))
    x, y = np.broadcast_arrays(np.ravel(x)[None, :], np.ravel(y)[:, None])
    xy = np.column_stack([x.ravel(), y.ravel()])
    weight = np.where(valid, values.astype(float), 0.0).ravel()
    if layer_of(d.layer).kind != "extensive":
        weight = weight * d.cell_m**2 * 1e-4
    keep = points_inside(county, xy[:, 0], xy[:, 1]) & (weight > 0)
    rows, columns = np.divmod(np.flatnonzero(keep), int(grid.shape[1]))
    names = [f"{d.layer} {r}-{c}" for r, c in zip(rows, columns, strict=True)]
    return names, xy[keep], weight[keep]


def _excluded(
    plan: Plan, case: FacilityCase, table: gpd.GeoDataFrame
) -> tuple[list[Sentence | None], list[Sentence]]:
    """Why rules exclude candidates, and which rules nobody could judge."""
    why: list[Sentence | None] = [None] * len(table)
    told = []
    book = case.candidates.rules if case.candidates else ""
    for rule in site_rules()[book]["rules"] if book else ():
        if _none(plan, rule["layer"]):
            continue
        land = open_features(plan, rule["layer"])
        source = rule["source"]
        if land is None:
            told.append(
                say(
                    "siting.facilities.rule_not_judged",
                    name=case.name,
                    layer=rule["layer"],
                    source=source,
                )
            )
            continue
        land = _only(land, rule["layer"], rule.get("where", {}))
        shapes = np.asarray(table.geometry.array, dtype=object)
        hit, _ = shapely.STRtree(np.asarray(land.geometry.array)).query(
            shapes, predicate="intersects"
        )
        for i in np.unique(hit):
            why[i] = why[i] or say("siting.facilities.reason_forbidden", why=source)
    for away in case.candidates.away if case.candidates else ():
        if _none(plan, away.layer):
            continue
        near = _features(plan, away.layer)
        shapes = np.asarray(table.geometry.array, dtype=object)
        hit, _ = shapely.STRtree(np.asarray(near.geometry.array)).query(
            shapes, predicate="dwithin", distance=away.metres
        )
        for i in np.unique(hit):
            why[i] = why[i] or say(
                "siting.facilities.reason_near",
                layer=layer_of(away.layer).title,
                metres=away.metres,
                source=away.source,
            )
    return why, told


def _candidates(plan: Plan, c: Candidates) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Candidates by layer; those of one's own stand last, of no layer."""
    import geopandas as gpd  # heavy

    for layer_id in c.layers:
        yield layer_id, _features(plan, layer_id)
    if c.places:
        at = gpd.points_from_xy([p.lon for p in c.places], [p.lat for p in c.places], crs=4490)
        own = gpd.GeoDataFrame({"name": [p.name for p in c.places]}, geometry=at)
        yield "", own.to_crs(plan_crs(plan))


def _standing(
    plan: Plan, case: FacilityCase, e: Existing
) -> tuple[gpd.GeoDataFrame, list[Sentence]]:
    """Existing facilities without those the case takes out, and that it does."""
    table = _features(plan, e.layer, e.where)
    if not e.closed:
        return table, []
    names = _names(table, e.layer)
    if strange := [n for n in e.closed if n not in names]:
        raise ConfigError(
            say("siting.facilities.no_such_existing"),
            where=f"[[facilities]] {case.id}",
            got=listed(strange),
        )
    stays = np.array([n not in e.closed for n in names])
    n = int((~stays).sum())
    gone = listed(dict.fromkeys(e.closed))
    out = say("siting.facilities.taken_out", name=case.name, n=n, names=gone)
    return table[stays].reset_index(drop=True), [out]


def places_of(plan: Plan, case: FacilityCase) -> Places:
    """Existing facilities and candidates of a case.

    Raises
    ------
    DataError
        When there is no place, or the capacity field is lacking.
    ConfigError
        When `forbidden` or `preselected` names no candidate, or `closed` nothing that stands.
    """
    names: list[str] = []
    layers: list[str] = []
    xy: list[F8] = []
    capacity: list[F8] = []
    why: list[Sentence | None] = []
    told: list[Sentence] = []
    stands = 0
    e = case.existing
    if e is not None and not _none(plan, e.layer):
        table, more = _standing(plan, case, e)
        told += more
        stands = len(table)
        own = _numbers(table, e.layer, e.capacity) if e.capacity else np.full(stands, np.nan)
        if e.capacity and (n := int((~(own >= 0)).sum())):
            told.append(say("siting.facilities.capacity_unknown", name=case.name, n=n))
            own = np.where(own >= 0, own, 0.0)
        names += _names(table, e.layer)
        layers += [e.layer] * stands
        xy.append(_points(table))
        capacity.append(own)
        why += [None] * stands
    c = case.candidates
    for layer_id, table in _candidates(plan, c) if c else ():
        own_why, more = _excluded(plan, case, table)
        names += _names(table, layer_id)
        layers += [layer_id] * len(table)
        xy.append(_points(table))
        new = np.nan if c is None or c.capacity is None else c.capacity
        capacity.append(np.full(len(table), new))
        why += own_why
        told += [t for t in more if t not in told]
    if not names:
        raise DataError(say("siting.facilities.no_places"), where=case.id)
    at = {n: i for i, n in reversed(list(enumerate(names))) if i >= stands}
    chosen = np.zeros(len(names), dtype=bool)
    for key, listed_names in (
        ("forbidden", c.forbidden if c else ()),
        ("preselected", c.preselected if c else ()),
    ):
        for name in listed_names:
            if name not in at:
                raise ConfigError(
                    say("siting.facilities.no_such_name"),
                    where=f"[[facilities]] {case.id}",
                    got=name,
                )
            if key == "forbidden":
                why[at[name]] = say("siting.facilities.reason_named")
            else:
                chosen[at[name]] = True
    return Places(
        names,
        layers,
        np.vstack(xy),
        np.arange(len(names)) < stands,
        np.concatenate(capacity),
        why,
        chosen,
        tuple(told),
    )


def township_of(plan: Plan, xy: F8) -> list[str]:
    """Name of the township each point lies in; empty where none does or none is known."""
    table = townships(plan)
    out = [""] * len(xy)
    if table is None or "name" not in table:
        return out
    shapes: Any = np.asarray(table.geometry.array, dtype=object)
    point, shape = shapely.STRtree(shapes).query(shapely.points(xy), predicate="intersects")
    for i, j in zip(point[::-1].tolist(), shape[::-1].tolist(), strict=True):
        out[i] = str(in_lang(table["name"].iloc[j], "zh"))
    return out
