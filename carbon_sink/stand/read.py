"""Stands of the forest map as rows to compute with: cut to the county, each land once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from carbon_sink.section import CarbonSection
from carbon_sink.species import species_coded, species_table
from carbon_sink.stand.codes import (
    classed,
    code_titles,
    plain_text,
    species_ids,
    stand_checks,
)
from gis.cells.area import polygon_area_m2, to_ha
from gis.say import listed, say
from gis.types import F8
from layers.open.county import county_boundary, plan_crs
from layers.open.parcel_outlines import counted_once, inside_county, row_words
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from layers.result import Warn

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["LAYER", "NUMBERS", "Stands", "read_stands", "stands_of"]

LAYER = "forest_land"
NUMBERS = (
    "age_years", "height_m", "dbh_cm", "canopy_frac", "stems_ha", "stock_m3_ha", "volume_m3",
)  # fmt: skip
_CODED = ("purpose", "forest_class", "ownership")
_NAMED = 8
_TEXTS = ("species", "origin", "age_class")


@dataclass(frozen=True)
class Stands:
    """Stands of a county.

    Attributes
    ----------
    table
        One row a stand: ``stand_id, forest_type, species, species_id, origin, age_class,
        purpose, forest_class, ownership, township``, the numbers of `NUMBERS` (NaN unknown),
        ``stated_ha`` (NaN unknown), ``whole_ha`` (outline), ``inside_ha`` (in the county) and
        ``area_ha`` (in the county, land of an earlier stand taken off).
    stated_unit
        Unit the stated areas are in; empty where none is, or it could not be told.
    warnings
        About columns as a whole.
    """

    table: gpd.GeoDataFrame
    stated_unit: str
    warnings: tuple[Warn, ...]


def _column(raw: pd.DataFrame, name: str) -> pd.Series[Any]:
    if name in raw.columns:
        return raw[name]
    return pd.Series(None, index=raw.index, dtype=object)


def _ids(raw: pd.DataFrame) -> list[str]:
    """The stand's number where it is one stand's alone, else with its row."""
    text = plain_text(_column(raw, "stand_id")).str.strip()
    twice = text.duplicated(keep=False) | (text == "")
    row = pd.Series([f"#{i + 1}" for i in range(len(raw))], index=raw.index)
    return list((text + row).where(twice, text))


def _stated(raw: pd.DataFrame, whole_ha: F8) -> tuple[F8, str, list[Warn]]:
    """Stated areas in hectares, and the unit they are in by the outlines."""
    given = pd.to_numeric(_column(raw, "area_stated"), errors="coerce").to_numpy(np.float64)
    good = (given > 0) & (whole_ha > 0)
    unknown = np.full(len(raw), np.nan)
    if not good.any():
        return unknown, "", []
    units = stand_checks("area_units")
    middle = float(np.median(given[good] / whole_ha[good]))
    fits = [u for u in ("ha", "mu", "m2") if abs(middle / units[u] - 1) <= units["band"]]
    if not fits:
        told = say("carbon_sink.stand.area_unit_unclear", middle=middle)
        return unknown, "", [Warn("stand_area_unit_unclear", told, LAYER)]
    if fits[0] == "ha":
        return given, "ha", []
    told = say("carbon_sink.stand.area_unit", unit=say(f"carbon_sink.stand.unit_{fits[0]}"))
    return given / units[fits[0]], fits[0], [Warn("stand_area_unit", told, LAYER)]


def _strange(out: pd.DataFrame) -> list[Warn]:
    """Codes of purpose, class and ownership that no list explains: they stay as spelled."""
    told = []
    for name in _CODED:
        known = code_titles(name)
        values = sorted({v for v in out[name] if v and v not in known})
        if not values:
            continue
        words = say(
            "carbon_sink.stand.codes_unknown",
            attribute=say(f"carbon_sink.stand.by_{name}"),
            n=int(out[name].isin(values).sum()),
            names=listed(values, _NAMED),
        )
        told.append(Warn(f"stand_{name}_unknown", words, LAYER))
    return told


def _by_code(species: pd.Series[str]) -> list[Warn]:
    """Which species were told by a six-digit code, for the user to check."""
    coded, table = species_coded(), species_table()
    used = sorted({v.strip() for v in species} & set(coded))
    if not used:
        return []
    pairs = listed(
        say("carbon_sink.stand.code_is", code=c, title=table[coded[c]].title) for c in used
    )
    return [
        Warn("stand_species_codes", say("carbon_sink.stand.codes_read", codes=pairs), LAYER)
    ]


def _townships(raw: gpd.GeoDataFrame, towns: gpd.GeoDataFrame | None) -> list[str]:
    if towns is None:
        return list(plain_text(_column(raw, "township")).str.strip())
    points = shapely.point_on_surface(np.asarray(raw.geometry.array))
    shapes = np.asarray(towns.geometry.array)
    at, town = shapely.STRtree(shapes).query(points, predicate="within")
    out = np.full(len(raw), "", dtype=object)
    out[at[::-1]] = towns["name"].astype(str).to_numpy()[town[::-1]]
    return list(out)


def _canopy(given: F8) -> tuple[F8, list[Warn]]:
    """Canopy as a share; a column in percent is not guessed at."""
    known = np.isfinite(given)
    over = known & (given > 1.0)
    if not over.any():
        return given, []
    whole = over.sum() * 2 > known.sum()
    key = "canopy_column_over_one" if whole else "canopy_over_one"
    told = say(
        f"carbon_sink.stand.{key}",
        n=int(over.sum()),
        of=int(known.sum()),
        most=given[over].max(),
    )
    out = np.where(over | whole, np.nan, given)
    return out, [Warn(f"stand_{key}", told, LAYER)]


def stands_of(
    raw: gpd.GeoDataFrame,
    county: Any,  # noqa: ANN401 - a polygon
    towns: gpd.GeoDataFrame | None = None,
    *,
    least_m2: float = 1.0,
) -> Stands:
    """Rows of the forest map as stands.

    Parameters
    ----------
    raw : GeoDataFrame
        With the field names of the layer catalogue, and `forest_type`; polygons.
    county : polygon
        In the same system.
    towns : GeoDataFrame, optional
        Townships, by ``name``.
    least_m2 : float
        Overlap that is digitising noise [m2].

    Returns
    -------
    Stands
        In the order of the rows; land that two stands share counts once, see `counted_once`.
    """
    shapes = np.asarray(raw.geometry.array)
    whole = polygon_area_m2(shapes, raw.crs, LAYER)
    plane = np.maximum(shapely.area(shapes), 1e-9)
    inside = inside_county(shapes, county)
    once = counted_once(inside, least_m2=least_m2, words=row_words(raw))
    out = raw[["geometry"]].copy()
    out["geometry"] = once
    out["stand_id"] = _ids(raw)
    out["forest_type"] = plain_text(_column(raw, "forest_type"))
    for name in _TEXTS:
        out[name] = plain_text(_column(raw, name))
    out["species_id"] = species_ids(_column(raw, "species"))
    out["purpose"] = classed("purpose", _column(raw, "purpose"))
    out["forest_class"] = classed("forest_class", _column(raw, "forest_class"))
    owner = _column(raw, "tree_owner" if "tree_owner" in raw.columns else "land_owner")
    out["ownership"] = classed("ownership", owner)
    out["township"] = _townships(raw, towns)
    warnings: list[Warn] = [*_strange(out), *_by_code(out["species"])]
    for name in NUMBERS:
        values = pd.to_numeric(_column(raw, name), errors="coerce").to_numpy(np.float64)
        if name == "canopy_frac":
            values, told = _canopy(values)
            warnings += told
        out[name] = values
    out["whole_ha"] = to_ha(whole)
    out["inside_ha"] = to_ha(whole * shapely.area(inside) / plane)
    out["area_ha"] = to_ha(whole * shapely.area(once) / plane)
    out["stated_ha"], unit, told = _stated(raw, out["whole_ha"].to_numpy())
    return Stands(out.reset_index(drop=True), unit, (*warnings, *told))


def read_stands(plan: Plan, section: CarbonSection) -> Stands | None:
    """Stands of a plan's forest map; None without the layer or without its land class.

    Raises
    ------
    DataError
        As `layers.open` refuses a layer.
    """
    raw = open_features(plan, LAYER)
    if raw is None or "forest_type" not in raw.columns:
        return None
    return stands_of(
        raw.set_crs(plan_crs(plan), allow_override=True),
        county_boundary(plan),
        open_features(plan, "townships"),
        least_m2=section.overlap_tolerance_m2,
    )
