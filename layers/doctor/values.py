"""Codes and classes that are empty or not understood, by value and by area."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.cells.grid import plan_grid
from gis.errors import DataError, GeoplanError
from gis.files.repair import moved, repair_polygons
from gis.prepared import points_inside
from gis.say import listed, say
from layers.catalogue import layer as layer_of
from layers.doctor.features import as_it_is, feature_names, raw_names
from layers.doctor.finding import DataFinding, Severity, Spot, limits
from layers.open.canonical import no_number
from layers.open.county import county_boundary, plan_crs
from layers.open.plan_layers import open_raster, vocabulary_of
from layers.open.read_layer import key_of, layer_state, opened, where_of
from layers.plan.model import Plan
from layers.spec import Layer
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["as_unknown", "raster_share_findings", "value_findings"]

_VALUES = 12  # values named in a sentence
_POLYGON = (3, 6)


def _areas(table: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    shapes = np.asarray(table.geometry.array)
    if not np.isin(shapely.get_type_id(shapes), _POLYGON).all():
        return np.full(len(shapes), np.nan)
    return np.asarray(polygon_area_m2(shapes, table.crs), dtype=np.float64)


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    text = column.astype("object").where(column.notna(), "")
    return text.map(lambda v: str(v).strip().removesuffix(".0"))


def _known(plan: Plan, layer_id: str, name: str) -> frozenset[str] | None:
    """Spellings a field may hold, in small letters; None where it is free."""
    spec = layer_of(layer_id)
    words = vocabulary_of(plan, layer_id)
    own = plan.layers[layer_id].values.get(name, {})
    if words and name == words:
        return frozenset(c.lower() for c in (*vocabulary(words).entries, *own))
    field = next((f for f in spec.fields if f.name == name), None)
    if field is None or not field.values:
        return None
    return frozenset(v.lower() for k, some in field.values.items() for v in (k, *some, *own))


def _named(plan: Plan, layer_id: str, name: str) -> object:
    """What a person calls a field: the column it is read from, or the field's title."""
    given = plan.layers[layer_id].fields.get(name)
    field = next((f for f in layer_of(layer_id).fields if f.name == name), None)
    return given or (name if field is None else field.title)


def _finding(
    plan: Plan,
    layer_id: str,
    column: str,
    text: pd.Series[Any],
    wrong: npt.NDArray[np.bool_],
    table: gpd.GeoDataFrame,
    names: list[str],
    severity: Severity,
    field: str = "",
) -> DataFinding:
    """Features whose value is not understood, by value and area."""
    area = _areas(table)
    rows = np.flatnonzero(wrong)
    order = rows[np.argsort(-np.nan_to_num(area[rows]), kind="stable")]
    shapes = np.asarray(table.geometry.array)
    polygons = not np.isnan(area).any()
    counts = text[wrong].value_counts()
    shown = []
    for value, n in list(counts.items())[:_VALUES]:
        own = to_ha(float(area[np.asarray(wrong & (text == value).to_numpy())].sum()))
        word = say("layers.doctor.empty") if value == "" else f"“{value}”"
        key = "value_with_area" if polygons else "value_with_count"
        shown.append(say(f"layers.doctor.{key}", value=word, n=int(n), area_ha=own))
    whole = float(area.sum()) if polygons else float(len(table))
    share = (float(area[wrong].sum()) if polygons else float(wrong.sum())) / max(whole, 1e-9)
    said = say(
        "layers.doctor.values_not_understood",
        title=layer_of(layer_id).title,
        column=_named(plan, layer_id, column),
        n=int(wrong.sum()),
        share=100 * share,
        by=say(f"layers.doctor.{'by_area' if polygons else 'by_count'}"),
        values=listed([*shown, *(["..."] if len(counts) > _VALUES else [])]),
    )
    found = DataFinding(
        "values_not_understood",
        severity,
        said,
        layer_id,
        f"{where_of(plan, layer_id)} {column}" + (f" ({field})" if field else ""),
        say("layers.doctor.say_what_values_mean"),
    )
    return found.with_spots(
        [
            Spot(
                shapes[k],
                names[k],
                say("layers.doctor.value_of", column=column, value=str(text.iloc[k])),
                float(area[k]),
            )
            for k in order
        ]
    )


def _of_opened(plan: Plan, layer_id: str, table: gpd.GeoDataFrame) -> Iterator[DataFinding]:
    """Empty codes and classes of a layer that opens: the rest it holds is understood."""
    spec = layer_of(layer_id)
    words = vocabulary_of(plan, layer_id)
    names = feature_names(table)
    for field in spec.fields:
        asked = field.required or field.name == words
        if not asked or field.name not in table.columns:
            continue
        text = _as_text(table[field.name])
        wrong = (text == "").to_numpy()
        if wrong.any():
            yield _finding(plan, layer_id, field.name, text, wrong, table, names, "warning")


def _of_raw(plan: Plan, layer_id: str, spec: Layer) -> Iterator[DataFinding]:
    """Values of a layer that is refused, from its file."""
    held = as_it_is(plan, layer_id)
    if held is None:
        return
    raw = held.table
    columns = raw_names(raw, spec, plan.layers[layer_id])
    shapes, _ = repair_polygons(raw.geometry.to_numpy())
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    table = raw.set_geometry(shapes, crs=raw.crs)[kept].reset_index(drop=True)
    try:
        table = moved(table, plan_crs(plan))
    except GeoplanError:
        return
    names = feature_names(table, columns)
    for name, column in columns.items():
        known = _known(plan, layer_id, name)
        if known is None:
            continue
        text = _as_text(table[column])
        code = name == vocabulary_of(plan, layer_id)
        wrong = _strange(text, known, blank=code)
        if wrong.any():
            yield _finding(plan, layer_id, column, text, wrong, table, names, "error", name)


def _strange(
    text: pd.Series[Any], known: frozenset[str], *, blank: bool
) -> npt.NDArray[np.bool_]:
    """Where a text is none of those; whether a blank is one, too."""
    wrong = ~text.str.lower().isin(known).to_numpy()
    return np.asarray(wrong & (blank | (text != "").to_numpy()))


def as_unknown(plan: Plan, layer_id: str) -> Plan:
    """A plan that takes the values of a layer nobody understands to be unknown.

    A layer that is refused for them is looked at so: what else is wrong is told at once. It is
    the same plan where nothing can be said of its values.
    """
    held = as_it_is(plan, layer_id)
    if held is None:
        return plan
    source, spec = plan.layers[layer_id], layer_of(layer_id)
    said = {k: dict(v) for k, v in source.values.items()}
    for name, column in raw_names(held.table, spec, source).items():
        known = _known(plan, layer_id, name)
        if known is None:
            values = held.table[column]
            strange = values[no_number(values, spec.field(name))].map(str)
        else:
            text = _as_text(held.table[column])
            strange = text[_strange(text, known, blank=name == vocabulary_of(plan, layer_id))]
        if len(strange):
            said[name] = {**said.get(name, {}), **dict.fromkeys(strange.unique(), "")}
    if said == source.values:
        return plan
    return plan.with_layers({layer_id: source.model_copy(update={"values": said})})


def value_findings(plan: Plan) -> list[DataFinding]:
    """Codes and classes of feature layers that are empty or not understood, with places."""
    out: list[DataFinding] = []
    for layer_id in plan.layers:
        spec = layer_of(layer_id)
        if spec.kind != "features" or layer_state(plan, layer_id) != "available":
            continue
        try:
            table, _ = opened(*key_of(plan, layer_id))
        except DataError:
            out += _of_raw(plan, layer_id, spec)
        else:
            out += _of_opened(plan, layer_id, table)
    return out


def raster_share_findings(plan: Plan) -> list[DataFinding]:
    """Share of the county without a value in each raster."""
    out = []
    limit = limits("unknown")
    county = county_boundary(plan)
    west, south, east, north = county.bounds
    cell = max(plan.area.cell_m, max(east - west, north - south) / limit["side_cells"])
    grid = plan_grid((west, south, east, north), plan_crs(plan), float(np.ceil(cell)))
    x0, y0 = grid.boundingbox.left, grid.boundingbox.top
    rows, cols = grid.shape
    x = x0 + grid.resolution.x * (np.arange(cols) + 0.5)
    y = y0 + grid.resolution.y * (np.arange(rows) + 0.5)
    inside = points_inside(county, *np.meshgrid(x, y))
    for layer_id in plan.layers:
        spec = layer_of(layer_id)
        if spec.geometry != "raster" or layer_state(plan, layer_id) != "available":
            continue
        try:
            read = open_raster(plan, layer_id, grid)
        except DataError:  # told with the layer
            continue
        if read is None:
            continue
        share = float((~read[1])[inside].mean()) if inside.any() else 0.0
        if share >= limit["told_frac"]:
            text = say("layers.doctor.raster_unknown", title=spec.title, share=100 * share)
            where = where_of(plan, layer_id)
            out.append(DataFinding("raster_unknown", "warning", text, layer_id, where))
    return out
