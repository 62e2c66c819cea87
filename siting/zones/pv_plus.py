"""Which "光伏+" a parcel suits: farming, livestock, sand control or tourism."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pydantic import Field

from gis.cells.area import polygon_area_m2, polygonal, to_ha
from gis.cells.grid import cell_size_m, halo_window, origin, windows
from gis.cells.terrain import slope_deg
from gis.prepared import prepared
from gis.say import LANGS, Sentence, say
from gis.toml import read_toml
from layers.catalogue import layer as layer_of
from layers.open.county import plan_grid_of
from layers.open.plan_layers import open_features, open_raster
from layers.plan.model import Plan
from layers.spec import Frozen, Text
from siting.zones.section import PlusSection

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

__all__ = ["PlusClass", "plus_classes", "pv_plus"]

Verdict = Literal["yes", "no", "unknown"]
Shapes = npt.NDArray[np.object_]
_TILE = 2048
_JOINT = {"zh": "；", "en": "; "}
_MOST = 0.5
_LEAST_M2 = 1.0  # less of a parcel on usable land is an edge of two drawings


class PlusClass(Frozen):
    """One kind of ``siting/zones/pv_plus.toml``.

    Attributes
    ----------
    dlbm
        Land classes that suit it; empty where the class of land does not matter.
    cover
        Layer that does as well where it covers over half of the parcel.
    near, near_key
        Layer that has to lie within the distance of this key of ``[park.plus]``.
    above, under, between
        What is above, under and between the panels.
    """

    id: str
    title: Text
    dlbm: tuple[str, ...] = ()
    cover: str = ""
    near: str = ""
    near_key: str = ""
    above: Text
    under: Text
    between: Text
    source: str = Field(min_length=1)
    quality: str = Field(min_length=1)


@cache
def plus_classes() -> Mapping[str, PlusClass]:
    """Every kind by its id, in the order in which a parcel is given its first one.

    Examples
    --------
    >>> list(plus_classes())
    ['sand', 'livestock', 'farm', 'tourism']
    """
    table = read_toml("siting.zones", "pv_plus.toml")
    return MappingProxyType({k: PlusClass(id=k, **row) for k, row in table.items()})


def _usable(parcels: Shapes, land: Shapes, crs: CRS) -> npt.NDArray[np.float64]:
    """Land of each parcel that screening leaves [m2], f8[n]."""
    out = np.zeros(len(parcels))
    if not len(parcels) or not len(land):
        return out
    tree = shapely.STRtree(parcels)
    for piece in land:
        hit = tree.query(piece, predicate="intersects")
        if not len(hit):
            continue
        piece = prepared(piece)
        cut = parcels[hit].copy()
        over = ~shapely.contains_properly(piece, cut)
        # land that touches a parcel meets it in points and lines
        cut[over] = [polygonal(g) for g in shapely.intersection(cut[over], piece)]
        np.add.at(out, hit, polygon_area_m2(cut, crs))
    return out


def _slopes(plan: Plan, points: Shapes) -> npt.NDArray[np.float64]:
    """Slope at each point [deg], NaN without heights, f8[n]."""
    out = np.full(len(points), np.nan)
    grid = plan_grid_of(plan)
    left, top = origin(grid)
    cell = cell_size_m(grid)
    row = np.floor((top - shapely.get_y(points)) / cell).astype(int)
    column = np.floor((shapely.get_x(points) - left) / cell).astype(int)
    for window in windows(grid, _TILE):
        rows, columns = window
        own = (row >= rows.start) & (row < rows.stop)
        own &= (column >= columns.start) & (column < columns.stop)
        if not own.any():
            continue
        outer, inner = halo_window(grid, window, 1)
        dem = open_raster(plan, "dem", grid, outer)
        if dem is None or min(dem[1].shape) < 2:
            continue
        slope = slope_deg(np.where(dem[1], dem[0], np.nan), cell)[inner]
        out[own] = slope[row[own] - rows.start, column[own] - columns.start]
    return out


def _distance(plan: Plan, layer_id: str, shapes: Shapes) -> npt.NDArray[np.float64] | None:
    """Distance of each parcel to the nearest feature [m]; None without the layer."""
    found = open_features(plan, layer_id)
    if found is None:
        return None
    if not len(found) or not len(shapes):
        return np.full(len(shapes), np.inf)
    features = np.asarray(found.geometry.array)
    nearest = shapely.STRtree(features).nearest(shapes)
    out: npt.NDArray[np.float64] = shapely.distance(shapes, features[nearest])
    return out


def _covered(plan: Plan, layer_id: str, shapes: Shapes) -> npt.NDArray[np.bool_] | None:
    """Whether a layer covers over half of each parcel; None without the layer."""
    found = open_features(plan, layer_id)
    if found is None:
        return None
    part = np.zeros(len(shapes))
    features = np.asarray(found.geometry.array)
    if len(features) and len(shapes):
        own, other = shapely.STRtree(features).query(shapes, predicate="intersects")
        pieces = shapely.intersection(shapes[own], features[other])
        np.add.at(part, own, shapely.area(pieces))
        # features that lie over each other cover their land once
        for i in np.flatnonzero(part > _MOST * shapely.area(shapes)):
            part[i] = shapely.area(shapely.union_all(pieces[own == i]))
    covered: npt.NDArray[np.bool_] = part > _MOST * shapely.area(shapes)
    return covered


def _both(a: npt.NDArray[np.str_], b: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """Two conditions that have to hold: no where one fails, unknown where one is unknown."""
    open_ = np.where((a == "unknown") | (b == "unknown"), "unknown", "yes")
    return np.where((a == "no") | (b == "no"), "no", open_)


def _verdicts(
    plan: Plan,
    kind: PlusClass,
    section: PlusSection,
    dlbm: npt.NDArray[np.str_],
    shapes: Shapes,
) -> tuple[npt.NDArray[np.str_], Sentence | None]:
    """Of every parcel whether it suits the kind, and what is missing to say so."""
    why: Sentence | None = None
    land = np.where(np.isin(dlbm, kind.dlbm), "yes", "no") if kind.dlbm else None
    if land is None:
        land = np.full(len(dlbm), "yes", dtype="<U7")
    land = land.astype("<U7")
    land[(dlbm == "") & bool(kind.dlbm)] = "unknown"
    if kind.cover:
        covered = _covered(plan, kind.cover, shapes)
        if covered is None:
            land[land == "no"] = "unknown"
            why = say("siting.zones.plus_needs_layer", layer=layer_of(kind.cover).title)
        else:
            land[covered] = "yes"
    if not kind.near:
        return land, why
    limit_m = getattr(section, kind.near_key)
    away = _distance(plan, kind.near, shapes)
    if away is None or limit_m is None:
        why = (
            say("siting.zones.plus_needs_layer", layer=layer_of(kind.near).title)
            if away is None
            else say("siting.zones.plus_needs_key", name=f"[park.plus] {kind.near_key}")
        )
        return _both(land, np.full(len(dlbm), "unknown", dtype="<U7")), why
    return _both(land, np.where(away <= limit_m, "yes", "no").astype("<U7")), why


def pv_plus(
    plan: Plan, section: PlusSection, usable: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame | None, list[tuple[PlusClass, Sentence]]]:
    """Parcels of the survey on land that screening leaves, by the kinds of "光伏+" they suit.

    Parameters
    ----------
    plan : Plan
    section : PlusSection
    usable : GeoDataFrame
        Land that is left or left with approvals for PV.

    Returns
    -------
    parcels : GeoDataFrame or None
        ``parcel_id, dlbm, dlmc, area_ha`` (usable land of the parcel), ``slope_deg``,
        ``livestock_m``, ``plus_<kind>`` (yes, no, unknown), ``plus`` (the first kind that
        suits, else unknown or none), ``boards_zh, boards_en``; None without parcels.
    missing : list of (PlusClass, Sentence)
        What a kind needs to be judged.
    """
    parcels = open_features(plan, "land_parcels")
    if parcels is None:
        return None, []
    shapes = np.asarray(parcels.geometry.array)
    area = _usable(shapes, np.asarray(usable.geometry.array), parcels.crs)
    keep = area > _LEAST_M2
    own, shapes, area = parcels[keep], shapes[keep], area[keep]
    dlbm = own["dlbm"].fillna("").astype(str).to_numpy().astype("<U8")
    ids = own["parcel_id"] if "parcel_id" in own else pd.Series(range(1, len(own) + 1))
    names = own["dlmc"] if "dlmc" in own else own["dlbm"]
    farms = _distance(plan, "livestock_farms", shapes)
    out = (
        own[["geometry"]]
        .reset_index(drop=True)
        .assign(
            parcel_id=[str(x) for x in ids],
            dlbm=dlbm,
            dlmc=[str(x) for x in names],
            area_ha=to_ha(area),
            slope_deg=_slopes(plan, shapely.point_on_surface(shapes)) if len(shapes) else [],
            livestock_m=np.nan if farms is None else farms,
        )
    )
    missing = []
    first = np.full(len(out), "none", dtype="<U9")
    for kind in reversed(list(plus_classes().values())):
        found, why = _verdicts(plan, kind, section, dlbm, shapes)
        too_steep = section.slope_max_deg is not None
        if too_steep:
            slope = out["slope_deg"].to_numpy()
            flat = np.where(slope <= section.slope_max_deg, "yes", "no").astype("<U7")
            flat[np.isnan(slope)] = "unknown"
            found = _both(found, flat)
        out[f"plus_{kind.id}"] = found
        first = np.where(found == "yes", kind.id, first)
        if why is not None:
            missing.append((kind, why))
    kinds = [f"plus_{k}" for k in plus_classes()]
    unknown = (out[kinds] == "unknown").any(axis=1).to_numpy()
    out["plus"] = np.where((first == "none") & unknown, "unknown", first)
    for lang in LANGS:
        words = {
            k.id: _JOINT[lang].join(t(lang) for t in (k.above, k.under, k.between))
            for k in plus_classes().values()
        }
        out[f"boards_{lang}"] = [words.get(k, "") for k in out["plus"]]
    return out, missing[::-1]
