"""The county's land as carbon sees it: parcels of the survey, else a classified raster."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from carbon_sink.cover.areas import (
    Closure,
    ParcelAreas,
    close_on_county,
    net_areas,
    without_negatives,
)
from carbon_sink.cover.cells import cover_grid
from carbon_sink.cover.classes import classify_codes, refuse_attribute_codes
from carbon_sink.cover.vegetation import parcel_fvc
from carbon_sink.monitor_section import MonitorSection
from carbon_sink.section import CarbonSection
from gis.cells.area import polygon_area_m2
from gis.cells.cell_area import cell_area_m2
from gis.cells.coverage import coverage_runs, expand_runs
from gis.cells.grid import Grid, windows
from gis.cells.ragged import ragged
from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import listed, say
from gis.types import F8
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary, plan_crs
from layers.open.parcel_outlines import layer_counted_once
from layers.open.plan_layers import layer_state, open_features, open_raster, vocabulary_of
from layers.open.read_layer import key_of
from layers.open.unlisted import unlisted_classes
from layers.plan.model import Plan
from layers.result import Warn
from layers.vocabulary import dlbm_group, vocabularies, vocabulary

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "County",
    "county_area_m2",
    "county_land",
    "crosswalk_faults",
    "outside_words",
    "read_parcels",
]

_COVER = "land_cover"
_OUTSIDE_TOLD_M2 = 100.0  # less is rounding of borders


@dataclass(frozen=True)
class County:
    """Land of the county by ecosystem.

    Attributes
    ----------
    areas
        Columns township, code, ecosystem, group, area_ha; ridges are rows of their own.
    parcels
        Survey parcels with ``parcel_id, dlbm, dlmc, ecosystem, group, township, area_m2``;
        None when the land comes from a raster.
    area_m2
        Ellipsoidal area of the county.
    closure
        Sum of the land against `area_m2`.
    area_source
        TBDLMJ, TBMJ, ellipsoidal, or ``raster``.
    source
        Layer the land comes from.
    ambiguous
        Raster codes that may be several ecosystems -> those ecosystems.
    """

    areas: pd.DataFrame
    parcels: gpd.GeoDataFrame | None
    area_m2: float
    closure: Closure
    area_source: str
    source: str
    warnings: tuple[Warn, ...]
    ambiguous: Mapping[str, frozenset[str]]

    def by_ecosystem(self) -> dict[str, float]:
        """Ecosystem -> area [ha]."""
        grouped = self.areas.groupby("ecosystem")["area_ha"].agg(math.fsum)
        return {str(k): float(v) for k, v in grouped.items()}


def county_area_m2(plan: Plan) -> float:
    """Ellipsoidal area of the county [m2]."""
    return float(polygon_area_m2([county_boundary(plan)], plan_crs(plan))[0])


def _township_of(parcels: gpd.GeoDataFrame, plan: Plan) -> pd.Series[str]:
    if "township" in parcels.columns and parcels["township"].notna().any():
        return pd.Series(parcels["township"].fillna("").astype(str))
    towns = open_features(plan, "townships")
    if towns is None:
        return pd.Series("", index=parcels.index)
    points = shapely.point_on_surface(np.asarray(parcels.geometry.array))
    tree = shapely.STRtree(np.asarray(towns.geometry.array))
    at, town = tree.query(points, predicate="within")
    out = np.full(len(parcels), "", dtype=object)
    out[at] = towns["name"].fillna("").astype(str).to_numpy()[town]
    return pd.Series(out, index=parcels.index)


def read_parcels(
    plan: Plan, section: CarbonSection
) -> tuple[gpd.GeoDataFrame, ParcelAreas, tuple[Warn, ...]] | None:
    """Survey parcels with canonical names and checked areas; None when there are none.

    Land outside the county does not count and is told. Land that two parcels share counts
    with the first; a few negative areas give way to the outline's. The acceptance of the
    layer tells both.

    Raises
    ------
    DataError
        Unknown or colliding codes, a column of negative areas, areas in mu.
    """
    raw = open_features(plan, "land_parcels")
    if raw is None:
        return None
    ellipsoidal = polygon_area_m2(raw.geometry, plan_crs(plan), "land_parcels")
    areas = net_areas(without_negatives(raw, ellipsoidal), ellipsoidal)
    shapes = np.asarray(raw.geometry.array)
    inside, once = layer_counted_once(
        key_of(plan, "land_parcels"),
        county_boundary(plan),
        least_m2=section.overlap_tolerance_m2,
    )
    share = shapely.area(once) / np.maximum(shapely.area(shapes), 1e-9)
    told = outside_words(shapes, inside, "land_parcels")
    kept = shapely.area(inside) > 0
    areas = areas.scaled(share).of(kept)
    raw = raw[kept].set_geometry(inside[kept])
    codes = raw["dlbm"].astype(str).str.strip()
    eco, group, _ = classify_codes(codes, section.crosswalk, "dlbm")
    refuse_attribute_codes(codes, group, "land_parcels DLBM")
    eco = _split_saline(plan, section, eco, np.asarray(raw.geometry.array))
    ids = _ids(raw)
    titles = vocabulary("dlbm")
    out = raw[["geometry"]].copy()
    out["parcel_id"] = ids
    out["dlbm"] = codes
    out["dlmc"] = codes.map({c: titles[c].title.zh for c in codes.unique()})
    out["ecosystem"] = eco
    out["group"] = group
    out["township"] = _township_of(raw, plan)
    out["area_m2"] = areas.net_m2
    for extra in ("tree_species", "age_class", "qsxz", "zldwmc"):
        if extra in raw.columns:
            out[extra] = raw[extra]
    return out, areas, told


def outside_words(
    shapes: npt.NDArray[np.object_], inside: npt.NDArray[np.object_], layer_id: str
) -> tuple[Warn, ...]:
    """What is told of polygons of a layer that reach beyond the county."""
    beyond = shapely.area(shapes) - shapely.area(inside)
    area_m2 = float(beyond.sum())
    if area_m2 <= max(_OUTSIDE_TOLD_M2, 1e-6 * float(shapely.area(shapes).sum())):
        return ()
    said = say(
        "carbon_sink.cover.outside_county",
        n=int((beyond > 1.0).sum()),
        area_ha=area_m2 / 1e4,
        title=layer_of(layer_id).title,
    )
    return (Warn("outside_county", said, layer_id),)


def _split_saline(
    plan: Plan, section: CarbonSection, eco: pd.Series[str], shapes: npt.NDArray[np.object_]
) -> pd.Series[str]:
    """Vegetated saline land apart from bare, by the FVC the plan says."""
    own = np.flatnonzero(eco == "saline")
    if section.saline_vegetated_fvc is None or not len(own):
        return eco
    cover = parcel_fvc(plan, section, shapes[own])
    if cover is None:
        return eco
    out = eco.copy()
    out.iloc[own[cover >= section.saline_vegetated_fvc]] = "saline_vegetated"
    return out


def _ids(raw: pd.DataFrame) -> pd.Series[str]:
    for name in ("bsm", "tbbh"):
        if name in raw.columns:
            text = raw[name].astype("object")
            if text.notna().all() and text.is_unique:
                return text.astype(str)
    return pd.Series([f"P{i + 1:06d}" for i in range(len(raw))], index=raw.index)


def _from_parcels(plan: Plan, section: CarbonSection, area_m2: float) -> County | None:
    found = read_parcels(plan, section)
    if found is None:
        return None
    parcels, areas, told = found
    # survey codes of settlement attributes are not land; they must not be in DLBM at all
    rows = parcels[["township", "dlbm", "ecosystem", "group", "area_m2"]].rename(
        columns={"dlbm": "code"}
    )
    if areas.ridge_m2.sum() > 0:
        (code,) = dlbm_group("ridge")
        ridge = rows.assign(
            code=code,
            ecosystem="cropland_bund",
            group="cropland",
            area_m2=areas.ridge_m2,
        )
        rows = pd.concat([rows, ridge[areas.ridge_m2 > 0]], ignore_index=True)
    rows["area_ha"] = rows.pop("area_m2") / 1e4
    closure = close_on_county(areas, area_m2)
    table = rows.groupby(["township", "code", "ecosystem", "group"], as_index=False)[
        "area_ha"
    ].sum()
    return County(
        table,
        parcels,
        area_m2,
        closure,
        areas.source,
        "land_parcels",
        (*told, *_closure_warnings(closure, section)),
        {},
    )


def _closure_warnings(closure: Closure, section: CarbonSection) -> tuple[Warn, ...]:
    if abs(closure.relative) <= section.closure_tolerance_frac:
        return ()
    return (
        Warn(
            "parcels_do_not_close",
            say(
                "carbon_sink.cover.parcels_do_not_close",
                relative=closure.relative,
                difference_ha=closure.difference_m2 / 1e4,
            ),
            "land_parcels",
        ),
    )


_BYTE = 256


def _sums_by_class(values: npt.NDArray[np.generic], area: F8) -> dict[int, float]:
    """Area of each class of a window; classes of one byte are counted without being sorted."""
    if values.dtype == np.uint8:
        sums = np.bincount(values, weights=area, minlength=_BYTE)
        seen = np.flatnonzero(np.bincount(values, minlength=_BYTE))
        return {int(k): float(sums[k]) for k in seen}
    keys, inverse = np.unique(values.astype(np.int64), return_inverse=True)
    sums = np.bincount(inverse.ravel(), weights=area)
    return dict(zip(keys.tolist(), sums.tolist(), strict=True))


def raster_class_areas(plan: Plan, layer_id: str, grid: Grid) -> tuple[dict[int, float], float]:
    """Area of each class value within the county, and area without data [m2].

    Cells on the border count with the part inside; cell areas are ellipsoidal.
    """
    inside = coverage_runs(ragged([county_boundary(plan)]), grid)
    areas: dict[int, float] = {}
    unknown = 0.0
    for window in windows(grid):
        share = expand_runs(inside, window)
        if not share.any():
            continue
        got = open_raster(plan, layer_id, grid, window)
        if got is None:
            raise DataError(
                say("carbon_sink.cover.layer_not_available"), where=f"[layers.{layer_id}]"
            )
        values, valid = got
        area = cell_area_m2(grid, window) * share
        unknown += float(area[~valid].sum())
        for key, value in _sums_by_class(values[valid], area[valid]).items():
            areas[key] = areas.get(key, 0.0) + value
    return areas, unknown


def _from_raster(plan: Plan, section: CarbonSection, area_m2: float) -> County | None:
    if layer_state(plan, "land_cover") != "available":
        return None
    name = vocabulary_of(plan, "land_cover")
    if not name and section.pools:
        return None  # classes of the user's own: their table of pools answers for them
    if not name:
        raise unlisted_classes(plan, "land_cover")
    found, unknown = raster_class_areas(plan, _COVER, cover_grid(plan, (_COVER,)))
    words = vocabulary(name)
    codes = pd.Series([words[v].code for v in found], dtype=object)
    eco, group, ambiguous = classify_codes(codes, section.crosswalk, name)
    table = pd.DataFrame(
        {
            "township": "",
            "code": codes,
            "ecosystem": eco,
            "group": group,
            "area_ha": np.array(list(found.values())) / 1e4,
        }
    )
    warnings = [
        Warn(
            "land_from_raster",
            say("carbon_sink.cover.land_from_raster"),
            "land_cover",
        )
    ]
    if ambiguous:
        names = listed(sorted(ambiguous))
        warnings.append(
            Warn(
                "ambiguous_classes",
                say("carbon_sink.cover.ambiguous_classes", names=names),
                "land_cover",
            )
        )
    if unknown > 0:
        rest = {"township": "", "code": "", "ecosystem": "none", "group": "unknown"}
        rest_ha = pd.DataFrame([{**rest, "area_ha": unknown / 1e4}])
        table = pd.concat([table, rest_ha], ignore_index=True)
    total = math.fsum(found.values()) + unknown
    return County(
        table,
        None,
        area_m2,
        Closure(total, area_m2),
        "raster",
        "land_cover",
        tuple(warnings),
        ambiguous,
    )


def crosswalk_faults(plan: Plan, section: CarbonSection) -> list[Fault]:
    """Crosswalk codes no vocabulary in use has, in one fault: they would be read by nobody."""
    dates = enumerate(plan.section(MonitorSection).series, 1)
    series = {n: d for n, d in dates if d.layer == "land_cover"}
    named = {vocabulary_of(plan, i) for i in ("land_cover", "land_cover_base")}
    names = sorted(
        {"dlbm", *named, *(d.vocabulary for d in series.values())} & set(vocabularies())
    )
    known = {c for n in names for c in vocabulary(n).entries}
    strange = [code for code in section.crosswalk if code not in known]
    if not strange:
        return []
    blind = [] if named - {""} else [n for n, d in series.items() if not d.vocabulary]
    unnamed = f"[[monitor.series]] {', '.join(map(str, blind))}" if blind else ""
    return [
        Fault(
            say("carbon_sink.cover.no_such_class_code"),
            where=f"[carbon.crosswalk] {', '.join(strange)}",
            expected=say("carbon_sink.cover.code_of", vocabularies=listed(names)),
            todo=say("carbon_sink.cover.name_the_list", where=unnamed) if unnamed else "",
        )
    ]


def county_land(plan: Plan, section: CarbonSection) -> County | None:
    """Land by ecosystem: from the survey parcels, else from land cover, else None."""
    raise_faults(ConfigError, crosswalk_faults(plan, section))
    area = county_area_m2(plan)
    found = _from_parcels(plan, section, area)
    return found or _from_raster(plan, section, area)
