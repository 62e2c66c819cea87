"""Mends of one layer that are safe and mechanical, each told feature by feature."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2
from gis.crs.identity import crs_name
from gis.crs.systems import as_crs
from gis.files.as_it_is import AsItIs
from gis.files.repair import repair_polygons
from gis.say import Lang, say
from layers.catalogue import layer as layer_of
from layers.doctor.features import feature_names, raw_names
from layers.doctor.relocate import Moved, placed
from layers.open.acceptance import PARCELS, area_unit, areas_off
from layers.open.plan_layers import vocabulary_of
from layers.plan.model import Plan
from layers.units import convert, unit_of

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["AREA_FIELD", "Change", "Mended", "mended"]

AREA_FIELD = "TBMJ_ELL"
_POLYGON = (3, 6)
_NAN = float("nan")


@dataclass(frozen=True)
class Change:
    """One change of a repair.

    Attributes
    ----------
    layer, feature, field
        What was changed: ``"geometry"``, ``"row"`` or a column.
    before, after
        Values as text.
    why
        Said in the language it is called with.
    area_before_m2, area_after_m2
        Of a polygon that was changed or left out; NaN for others.
    computed
        Whether it is a value of a new column, beside which the given one stands as it was.
    """

    layer: str
    feature: str
    field: str
    before: str
    after: str
    why: Callable[[Lang], str]
    area_before_m2: float = _NAN
    area_after_m2: float = _NAN
    computed: bool = False


@dataclass(frozen=True)
class Mended:
    """A layer after its mends.

    Attributes
    ----------
    table
        All rows that are left, with the columns of the file.
    changes
        Every one.
    fields
        Canonical names that stand in another column now.
    """

    table: gpd.GeoDataFrame
    changes: tuple[Change, ...]
    fields: Mapping[str, str] = field(default_factory=dict)


def _areas(table: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Ellipsoidal areas of the polygons among the shapes; NaN for others."""
    shapes = np.asarray(table.geometry.array)
    out = np.full(len(shapes), np.nan)
    own = np.isin(shapely.get_type_id(shapes), _POLYGON)
    if own.any():
        out[own] = polygon_area_m2(shapes[own], table.crs)
    return out


def _file_changes(layer_id: str, held: AsItIs) -> Iterator[Change]:
    if held.encoding:
        why = say("layers.doctor.why_encoding")
        yield Change(layer_id, "", "encoding", held.encoding, "UTF-8", why)
    if held.declared is not None:
        why = say("layers.doctor.why_stated")
        after = crs_name(as_crs(held.table.crs))
        yield Change(layer_id, "", "crs", held.declared or "-", after, why)


def _shapes(
    layer_id: str, held: AsItIs, names: list[str]
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_], list[Change]]:
    """Valid shapes, which rows stay, and what was done."""
    shapes = held.table.geometry.to_numpy()
    gone = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    changes = []
    for u in held.unclosed:
        last = len(shapely.get_coordinates(shapes[u]))
        why = say("layers.doctor.why_unclosed")
        area = float(shapely.area(shapes[u]))
        changes.append(
            Change(layer_id, names[u], "geometry", str(last - 1), str(last), why, _NAN, area)
        )
    fixed, repairs = repair_polygons(shapes)
    for r in repairs:
        before, after = (
            float(shapely.area(shapes[r.index])),
            float(shapely.area(fixed[r.index])),
        )
        text = f"{r.reason}, {r.parts_before} -> {r.parts_after}"
        why = say("layers.doctor.why_invalid", change=100 * r.area_change)
        changes.append(
            Change(layer_id, names[r.index], "geometry", r.reason, text, why, before, after)
        )
    emptied = ~gone & shapely.is_empty(fixed)
    for k in np.flatnonzero(gone | emptied):
        why = say("layers.doctor.why_empty")
        changes.append(Change(layer_id, names[k], "row", "-", "", why, 0.0, 0.0))
    return fixed, ~(gone | emptied), changes


def _doubles(
    layer_id: str, table: gpd.GeoDataFrame, names: list[str]
) -> tuple[npt.NDArray[np.bool_], list[Change]]:
    """Rows that are an earlier row once more: outline and every attribute."""
    wkb = shapely.to_wkb(shapely.normalize(table.geometry.to_numpy()))
    text = pd.DataFrame({"g": wkb}).assign(
        **{str(c): table[c].astype(str).to_numpy() for c in table.columns if c != "geometry"}
    )
    twice = text.duplicated(keep="first").to_numpy()
    area = _areas(table)
    why = say("layers.doctor.why_double")
    return ~twice, [
        Change(layer_id, names[k], "row", names[k], "", why, float(area[k]), 0.0)
        for k in np.flatnonzero(twice)
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell
    """A code without blanks around and in half-width signs."""
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFKC", value).strip()


def _codes(
    plan: Plan, layer_id: str, table: gpd.GeoDataFrame, names: list[str]
) -> tuple[gpd.GeoDataFrame, list[Change]]:
    """Codes and words of closed lists spelled plainly."""
    spec = layer_of(layer_id)
    words = vocabulary_of(plan, layer_id)
    columns = raw_names(table, spec, plan.layers[layer_id])
    coded = {f.name for f in spec.fields if f.values} | {words}
    changes: list[Change] = []
    for name in sorted(coded & set(columns)):
        column = columns[name]
        before = table[column].astype("object").tolist()
        after = [_plain(v) for v in before]
        other = np.array(
            [isinstance(v, str) and v != w for v, w in zip(before, after, strict=True)]
        )
        if not other.any():
            continue
        why = say("layers.doctor.why_code")
        changes += [
            Change(layer_id, names[k], column, repr(before[k]), str(after[k]), why)
            for k in np.flatnonzero(other)
        ]
        table = table.assign(**{column: after})
    return table, changes


def _parcel_areas(
    plan: Plan, layer_id: str, table: gpd.GeoDataFrame, names: list[str]
) -> tuple[gpd.GeoDataFrame, list[Change], dict[str, str]]:
    """The ellipsoidal area in a field of its own, where the stated one is not it."""
    column = raw_names(table, layer_of(layer_id), plan.layers[layer_id]).get("tbmj_m2")
    if layer_id != PARCELS or column is None:
        return table, [], {}
    area = _areas(table)
    stated = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
    wrong = (areas_off(stated, area) | (stated < 0)) & ~np.isnan(area)
    if not wrong.any():
        return table, [], {}
    new = np.where(wrong, np.round(area, 2), stated)
    table, more, fields = _in_square_metres(plan, layer_id, table, area_unit(stated, area))
    why = say("layers.doctor.why_area", column=column)
    changes = [
        Change(
            layer_id,
            names[k],
            AREA_FIELD,
            f"{column} = {stated[k]:.2f}",
            f"{new[k]:.2f}",
            why,
            float(stated[k]),
            float(area[k]),
            computed=True,
        )
        for k in np.flatnonzero(wrong)
    ]
    fields["tbmj_m2"] = AREA_FIELD
    return table.assign(**{AREA_FIELD: new}), changes + more, fields


def _in_square_metres(
    plan: Plan, layer_id: str, table: gpd.GeoDataFrame, unit: str
) -> tuple[gpd.GeoDataFrame, list[Change], dict[str, str]]:
    """The survey's other areas in square metres, where the parcel's is in another unit."""
    if not unit:
        return table, [], {}
    factor = convert(1.0, unit, "m2")
    columns = raw_names(table, layer_of(layer_id), plan.layers[layer_id])
    changes, fields = [], {}
    for name in ("tbdlmj_m2", "kcmj_m2"):
        column = columns.get(name)
        if column is None:
            continue
        fields[name] = own = f"{column}_M2"
        values = pd.to_numeric(table[column], errors="coerce")
        table = table.assign(**{own: (values * factor).round(2)})
        why = say("layers.doctor.why_unit", column=column, unit=unit_of(unit).title)
        changes.append(Change(layer_id, "", own, column, f"{column} x {factor:.6g}", why))
    return table, changes, fields


def _place_changes(layer_id: str, moved: Moved | None) -> Iterator[Change]:
    if moved is not None:
        yield Change(layer_id, "", moved.field, moved.before, moved.after, moved.why)


def mended(plan: Plan, layer_id: str, held: AsItIs) -> Mended:
    """A layer with what is safe to mend mended; its file is not touched.

    Parameters
    ----------
    plan : Plan
    layer_id : str
    held : AsItIs
        The layer as its file holds it.

    Returns
    -------
    Mended
        Rings closed and made valid, empty shapes and rows that stand twice left out, a system
        that is certain said or undone, codes spelled plainly, areas in a field of their own.
    """
    source, spec = plan.layers[layer_id], layer_of(layer_id)
    names = feature_names(held.table, raw_names(held.table, spec, source))
    changes = list(_file_changes(layer_id, held))
    shapes, kept, told = _shapes(layer_id, held, names)
    changes += told
    table = held.table.set_geometry(shapes, crs=held.table.crs)[kept].reset_index(drop=True)
    names = [n for n, k in zip(names, kept, strict=True) if k]
    table, moved = placed(plan, layer_id, table)
    changes += _place_changes(layer_id, moved)
    kept, told = _doubles(layer_id, table, names)
    changes += told
    table = table[kept].reset_index(drop=True)
    names = [n for n, k in zip(names, kept, strict=True) if k]
    table, told = _codes(plan, layer_id, table, names)
    changes += told
    table, told, fields = _parcel_areas(plan, layer_id, table, names)
    return Mended(table, tuple(changes + told), fields)
