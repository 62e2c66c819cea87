"""The gate of a raster layer's values: unit, scale, range, fills and classes, once a file.

What passes is in the catalogue's unit and range; a mark for *nothing here* is not known; a
layer in another unit is refused with the unit it looks like.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.crs.systems import as_crs, transform_points, transformer
from gis.errors import DataError
from gis.files.raster_values import RasterSurvey, survey_raster
from gis.files.read import Kind, RasterInfo, raster_info
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary_ll
from layers.open.place import covering_told_frac, outside_fault
from layers.open.read_layer import file_of, where_of
from layers.plan.model import LayerSource, Plan
from layers.result import Warn
from layers.spec import Layer, Text
from layers.vocabulary import Vocabulary, vocabularies, vocabulary

__all__ = [
    "RasterTerms",
    "cell_m",
    "class_nodata",
    "raster_kind",
    "raster_place_warnings",
    "raster_terms",
    "value_warnings",
]

_DEGREE_M = 111_320.0
_FLAT_CELLS = 100  # fewer may be one cell of a coarse source
_SHOWN = 6  # classes and bands named in one message
_PICTURE = frozenset({"red", "green", "blue", "cyan", "magenta", "yellow", "hue"})


@dataclass(frozen=True)
class Cause:
    """A unit values may be in by mistake: catalogue's unit = value * factor + offset."""

    unit: str
    factor: float
    offset: float
    title: Text
    spellings: tuple[str, ...]


@dataclass(frozen=True)
class RasterTerms:
    """How a raster layer of a plan is read: arguments of `gis.files.read.read_raster`."""

    kind: Kind
    band: int
    nodata: float | None
    scale: float
    offset: float
    limits: tuple[float, float] | None
    crs: str


@cache
def _causes() -> tuple[Cause, ...]:
    rows = read_toml("layers.open", "raster_causes.toml")["cause"]
    return tuple(
        Cause(r["unit"], r["factor"], r["offset"], Text(**r["title"]), tuple(r["spellings"]))
        for r in rows
    )


@cache
def _own_spellings() -> Mapping[str, frozenset[str]]:
    own = read_toml("layers.open", "raster_causes.toml")["own"]
    return {unit: frozenset(s) for unit, s in own.items()}


def raster_kind(layer_id: str) -> Kind:
    """Kind of a raster layer.

    Raises
    ------
    DataError
        When the layer is no raster.
    """
    kind = layer_of(layer_id).kind
    if kind == "features" or kind == "timeseries":
        raise DataError(say("layers.open.layer_not_raster"), where=layer_id, got=kind)
    return kind


def _unit_of_file(info: RasterInfo, band: int, spec: Layer) -> tuple[str, Cause | None]:
    """The unit a file states for a band, and how it becomes the catalogue's.

    Empty when the file states none or the catalogue's own.
    """
    said = info.units[band - 1].strip()
    plain = said.casefold()
    if not plain or plain in {spec.unit.casefold(), *_own_spellings().get(spec.unit, ())}:
        return "", None
    for cause in _causes():
        if cause.unit == spec.unit and plain in cause.spellings:
            return said, cause
    return said, None


def raster_terms(plan: Plan, layer_id: str) -> RasterTerms:
    """How a raster layer of a plan is read.

    The plan's scale and offset take the place of the file's own; where it gives none, those
    of the file act, and then the unit the file states is brought to the catalogue's.

    Raises
    ------
    DataError
        When the layer is no raster, the file cannot be read or has no such band.
    """
    source, spec = plan.layers[layer_id], layer_of(layer_id)
    kind = raster_kind(layer_id)
    info = raster_info(file_of(plan, layer_id, source), crs=source.crs)
    if source.band > info.count:
        raise DataError(
            say("gis.files.no_band", band=source.band),
            where=where_of(plan, layer_id),
            expected=f"1..{info.count}",
        )
    scale, offset = info.scales[source.band - 1], info.offsets[source.band - 1]
    _, cause = _unit_of_file(info, source.band, spec)
    stated = source.scale is not None or source.offset is not None
    if stated:
        scale = 1.0 if source.scale is None else source.scale
        offset = 0.0 if source.offset is None else source.offset
    elif cause is not None and kind != "classes":
        scale, offset = scale * cause.factor, offset * cause.factor + cause.offset
    limits = spec.range if kind != "classes" else None
    nodata = source.nodata
    if nodata is None and kind == "classes" and (lst := _list_of(source, spec)) is not None:
        nodata = None if info.nodata[source.band - 1] is not None else lst.nodata
    return RasterTerms(kind, source.band, nodata, scale, offset, limits, source.crs)


def class_nodata(plan: Plan, layer_id: str) -> int | None:
    """The value that means no data in a layer's code list, whatever its file declares."""
    spec = layer_of(layer_id)
    found = _list_of(plan.layers[layer_id], spec) if spec.kind == "classes" else None
    return found.nodata if found else None


def _list_of(source: LayerSource, spec: Layer) -> Vocabulary | None:
    name = source.vocabulary or spec.vocabulary
    return vocabulary(name) if name else None


def cell_m(info: RasterInfo) -> float:
    """Side of a raster's cells [m]; of one in degrees, at its middle."""
    cell = math.sqrt(info.cell[0] * info.cell[1])
    if not as_crs(info.crs).is_geographic:
        return cell
    middle = math.radians((info.bounds[1] + info.bounds[3]) / 2)
    return cell * _DEGREE_M * math.sqrt(math.cos(middle))


def _county_box(plan: Plan, info: RasterInfo) -> tuple[float, float, float, float]:
    """The county's box in the CRS of a file."""
    county = county_boundary_ll(plan)
    west, south, east, north = transformer("EPSG:4326", info.crs).transform_bounds(
        *county.bounds, densify_pts=21
    )
    return west, south, east, north


def value_warnings(plan: Plan, layer_id: str) -> tuple[Warn, ...]:
    """What must be said of a raster layer's values, over the county's box.

    Raises
    ------
    DataError
        When the file is a picture, values lie outside the catalogue's range, or classes are
        not in the layer's list.
    """
    source, spec = plan.layers[layer_id], layer_of(layer_id)
    where = where_of(plan, layer_id)
    path = file_of(plan, layer_id, source)
    info = raster_info(path, crs=source.crs)
    terms = raster_terms(plan, layer_id)
    _refuse_picture(info, terms, where)
    box = _county_box(plan, info)
    if not shapely.box(*box).intersects(shapely.box(*info.bounds)):
        away = _box_ll_distance_km(plan, info)
        raise outside_fault(plan, spec, where, away_km=away, box=info.bounds, crs=info.crs)
    found = survey_raster(path, box=box, **asdict(terms))
    _refuse_outside(found, terms, spec, where)
    _refuse_codes(found, source, spec, info, where)
    return (
        *_list_warnings(found, source, spec, where),
        *_band_warnings(info, source, spec, where),
        *_unit_warnings(info, source, spec, where),
        *_fill_warnings(found, spec, info, where),
        *_empty_warnings(found, spec, where),
        *_flat_warnings(found, terms, spec, info, where),
    )


def _footprint_ll(info: RasterInfo) -> BaseGeometry:
    """What a raster covers, in degrees."""
    rows, cols = info.shape
    edge = np.linspace(0.0, 1.0, 21)
    zero, one = np.zeros_like(edge), np.ones_like(edge)
    u = np.concatenate([edge, one, edge[::-1], zero]) * cols
    v = np.concatenate([zero, edge, one, edge[::-1]]) * rows
    t = info.transform
    x, y = t.a * u + t.b * v + t.c, t.d * u + t.e * v + t.f
    lon, lat = transform_points(x, y, info.crs, "EPSG:4326")
    return shapely.make_valid(shapely.Polygon(np.column_stack([lon, lat])))


def _box_ll_distance_km(plan: Plan, info: RasterInfo) -> float:
    """From the county to a raster [km], to a few per cent."""
    county = county_boundary_ll(plan)
    lat = math.radians(float(county.centroid.y))

    def km(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return xy * (_DEGREE_M * math.cos(lat) / 1000.0, _DEGREE_M / 1000.0)

    ends = shapely.transform(county, km), shapely.transform(_footprint_ll(info), km)
    return float(shapely.distance(*ends))


def raster_place_warnings(plan: Plan, layer_id: str) -> list[Warn]:
    """What must be said of how much of the county a raster covers."""
    source, spec = plan.layers[layer_id], layer_of(layer_id)
    info = raster_info(file_of(plan, layer_id, source), crs=source.crs)
    county = county_boundary_ll(plan)
    inside = shapely.intersection(county, _footprint_ll(info))
    share = shapely.area(inside) / shapely.area(county)
    if share >= covering_told_frac():
        return []
    text = say("layers.open.raster_covers_part", title=spec.title, share=100 * share)
    return [Warn("covers_part", text, where_of(plan, layer_id))]


def _refuse_picture(info: RasterInfo, terms: RasterTerms, where: str) -> None:
    colour = info.colours[terms.band - 1]
    if colour in _PICTURE or (colour == "palette" and terms.kind != "classes"):
        raise DataError(
            say("layers.open.raster_is_picture"),
            where=where,
            got=listed(info.colours),
            todo=say("layers.open.give_values_not_picture"),
        )


def _likely(found: RasterSurvey, unit: str, limits: tuple[float, float]) -> Cause | None:
    """The first unit in which every value would lie inside the limits."""
    for cause in _causes():
        low = found.low * cause.factor + cause.offset
        high = found.high * cause.factor + cause.offset
        if cause.unit == unit and limits[0] <= low and high <= limits[1]:
            return cause
    return None


def _refuse_outside(found: RasterSurvey, terms: RasterTerms, spec: Layer, where: str) -> None:
    if not found.outside or terms.limits is None:
        return
    low, high = terms.limits
    cause = _likely(found, spec.unit, terms.limits) if terms.scale > 0 else None
    todo: Sentence
    if cause is not None:
        todo = say(
            "layers.open.looks_like_unit",
            unit=cause.title,
            scale=terms.scale * cause.factor,
            offset=terms.offset * cause.factor + cause.offset,
        )
    elif found.low_outside == found.high_outside:
        mark = (found.low_outside - terms.offset) / terms.scale
        todo = say("layers.open.declare_nodata", value=mark)
    else:
        todo = say("layers.open.check_unit_scale_band")
    raise DataError(
        say("layers.open.values_outside_range", title=spec.title),
        where=where,
        got=say(
            "layers.open.cells_outside",
            n=found.outside,
            share=100.0 * found.outside / max(found.known, 1),
            low=found.low_outside,
            high=found.high_outside,
        ),
        expected=f"{low:g}..{high:g} {spec.unit}",
        todo=todo,
    )


def _refuse_codes(
    found: RasterSurvey, source: LayerSource, spec: Layer, info: RasterInfo, where: str
) -> None:
    codes = _list_of(source, spec)
    if codes is None or not found.codes:
        return
    entries = codes.entries.values()
    known = {codes.nodata, *(e.raster_value for e in entries)}
    known |= {int(e.code) for e in entries if e.raster_value is None and e.code.isdecimal()}
    strange = {c: n for c, n in sorted(found.codes.items()) if c not in known}
    if not strange:
        return
    cell_ha = cell_m(info) ** 2 / 1e4
    shown = [
        say("layers.open.raster_class_area", code=c, n=n, area=n * cell_ha)
        for c, n in strange.items()
    ]
    if len(shown) > _SHOWN:
        shown[_SHOWN:] = [say("layers.vocabulary.more", n=len(shown))]
    raise DataError(
        say("layers.open.classes_not_in_list", title=spec.title, name=codes.name),
        where=where,
        got=listed(shown),
        expected=say(
            "layers.vocabulary.codes", n_vocabulary=len(codes.entries), title=codes.title
        ),
        todo=say("layers.open.check_vocabulary_or_nodata"),
    )


def _list_warnings(
    found: RasterSurvey, source: LayerSource, spec: Layer, where: str
) -> list[Warn]:
    """Classes without a list: nothing can tell whether their codes mean anything."""
    if spec.kind != "classes" or _list_of(source, spec) is not None:
        return []
    codes = [str(c) for c in sorted(found.codes)]
    if len(codes) > _SHOWN:
        codes[_SHOWN:] = ["..."]
    text = say(
        "layers.open.classes_without_list",
        title=spec.title,
        codes=listed(codes),
        known=listed(vocabularies()),
    )
    return [Warn("classes_without_list", text, where)]


def _band_warnings(
    info: RasterInfo, source: LayerSource, spec: Layer, where: str
) -> list[Warn]:
    if info.count == 1 or spec.several_bands or "band" in source.model_fields_set:
        return []
    names = [d or str(i) for i, d in enumerate(info.descriptions, 1)]
    if len(names) > _SHOWN:
        names[_SHOWN:] = ["..."]
    text = say("layers.open.several_bands", n=info.count, names=listed(names))
    return [Warn("several_bands", text, where)]


def _unit_warnings(
    info: RasterInfo, source: LayerSource, spec: Layer, where: str
) -> list[Warn]:
    if spec.kind == "classes":
        return []
    band = source.band - 1
    own = (info.scales[band], info.offsets[band])
    given = (
        1.0 if source.scale is None else source.scale,
        0.0 if source.offset is None else source.offset,
    )
    said, cause = _unit_of_file(info, source.band, spec)
    stated = source.scale is not None or source.offset is not None
    out = []
    if stated and own not in ((1.0, 0.0), given):
        text = say(
            "layers.open.scale_replaced",
            scale=own[0],
            offset=own[1],
            plan_scale=given[0],
            plan_offset=given[1],
        )
        out.append(Warn("scale_replaced", text, where))
    elif not stated and own != (1.0, 0.0):
        text = say("layers.open.scale_of_file", scale=own[0], offset=own[1])
        out.append(Warn("scale_of_file", text, where))
    if said and cause is not None and not stated:
        text = say("layers.open.unit_converted", said=said, unit=spec.unit)
        out.append(Warn("unit_converted", text, where))
    elif said and cause is None:
        text = say("layers.open.unit_not_known", said=said, unit=spec.unit)
        out.append(Warn("unit_not_known", text, where))
    return out


def _empty_warnings(found: RasterSurvey, spec: Layer, where: str) -> list[Warn]:
    """A raster over the county that holds nothing there."""
    if found.known:
        return []
    return [Warn("no_value", say("layers.open.raster_no_value", title=spec.title), where)]


def _flat_warnings(
    found: RasterSurvey, terms: RasterTerms, spec: Layer, info: RasterInfo, where: str
) -> list[Warn]:
    """One value everywhere, or zeros far below all others: voids that were filled."""
    # heights and climate change gently; a plain may well have slope 0 throughout
    gentle = spec.group == "climate" or (spec.group == "terrain" and spec.unit == "m")
    if spec.kind != "intensive" or not gentle:
        return []
    if found.known >= _FLAT_CELLS and found.low == found.high:
        text = say("layers.open.raster_one_value", title=spec.title, value=found.low)
        return [Warn("one_value", text, where)]
    if not found.zeros_apart:
        return []
    text = say(
        "layers.open.raster_zeros_apart",
        title=spec.title,
        n=found.zeros,
        area=found.zeros * cell_m(info) ** 2 / 1e4,
        zero=terms.offset,
        low=found.low_nonzero * terms.scale + terms.offset,
        high=found.high_nonzero * terms.scale + terms.offset,
    )
    return [Warn("zeros_apart", text, where)]


def _fill_warnings(
    found: RasterSurvey, spec: Layer, info: RasterInfo, where: str
) -> list[Warn]:
    if not found.fills:
        return []
    cell_ha = cell_m(info) ** 2 / 1e4
    n = sum(found.fills.values())
    text = say(
        "layers.open.fill_unknown",
        title=spec.title,
        marks=listed(f"{v:g}" for v in sorted(found.fills)),
        n=n,
        area=n * cell_ha,
    )
    return [Warn("fill_unknown", text, where)]
