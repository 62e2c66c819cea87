"""Parcels and stands for the province's platform: GPKG beside a JSON that says what it means.

No exchange format of the platform is published; this one is our own (``geoplan-parcels/1``) and
documented in the guide. What was written is read back as a receiver reads it, and checked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import numpy as np
import pandas as pd

from carbon_sink.cover.indicators.wetland_area import WetlandCaliber, wetland_codes
from carbon_sink.monitor.inventory import categories
from geoplan.summary import RunSummary
from gis.cells.area import polygon_area_m2
from gis.crs.identity import same_crs
from gis.crs.systems import as_crs
from gis.errors import DataError, Fault, raise_faults
from gis.files.read import read_features
from gis.files.write import write_features
from gis.say import Sentence, both, listed, say
from layers.plain_json import write_json
from layers.result import optional_layer
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "FIELDS",
    "SCHEMA",
    "STAND_FIELDS",
    "read_parcels",
    "write_parcels",
    "write_stands",
]

SCHEMA = "geoplan-parcels/1"
_SUMMED = ("area_ha", "total_tc_ha", "total_tc")
_NAMED = 5
_MOVED = 1e-3  # of a unit of the system: less is rounding of what was written
_LARGEST = 1_000_000  # characters: a document has a few thousand
FIELDS: Mapping[str, str] = {
    "parcel_id": "",
    "dlbm": "",
    "township": "",
    "category": "",
    "area_ha": "ha",
    "living_tc_ha": "tC/ha",
    "soc_tc_ha": "tC/ha",
    "total_tc_ha": "tC/ha",
    "total_tc": "tC",
    "wet_narrow": "0/1",
    "wet_broad": "0/1",
    "wet_law": "0/1",
    "year": "",
}
"""Field -> unit; what it is called stands in ``text/mrv.toml``."""
STAND_FIELDS: Mapping[str, str] = {
    "stand_id": "",
    "township": "",
    "forest_type_zh": "",
    "species_zh": "",
    "origin_zh": "",
    "age_class_zh": "",
    "purpose_zh": "",
    "ownership_zh": "",
    "age_years": "a",
    "area_ha": "ha",
    "m3_ha": "m3/ha",
    "volume_m3": "m3",
    "living_tc_ha": "tC/ha",
    "living_low_tc_ha": "tC/ha",
    "living_high_tc_ha": "tC/ha",
    "soc_tc_ha": "tC/ha",
    "total_tc_ha": "tC/ha",
    "total_tc": "tC",
    "source_zh": "",
    "year": "",
}
"""The same of stands of the forest map."""
_OF: Mapping[str, Mapping[str, str]] = {"parcels": FIELDS, "stands": STAND_FIELDS}
_WET: Mapping[str, str] = {
    "wet_narrow": "narrow", "wet_broad": "broad", "wet_law": "broad_law",
}  # fmt: skip


def _frame(parcels: gpd.GeoDataFrame, year: int) -> gpd.GeoDataFrame:
    out = parcels[["parcel_id", "dlbm", "township", "geometry"]].copy()
    words = categories()
    out["category"] = [
        words.get(str(g), words["unused"])[0] for g in parcels["group"].astype(str)
    ]
    out["area_ha"] = parcels["area_m2"].to_numpy(np.float64) / 1e4
    for name in ("living_tc_ha", "soc_tc_ha", "total_tc_ha"):
        out[name] = parcels[name].to_numpy(np.float64)
    out["total_tc"] = out["total_tc_ha"] * out["area_ha"]
    for name, caliber in _WET.items():
        codes = wetland_codes(cast("WetlandCaliber", caliber))
        out[name] = parcels["dlbm"].astype(str).isin(codes).astype(int)
    out["year"] = year
    return cast("gpd.GeoDataFrame", out[[*FIELDS, "geometry"]])


def _totals(frame: gpd.GeoDataFrame) -> dict[str, float]:
    return {
        "count": float(len(frame)),
        "area_ha": math.fsum(frame["area_ha"]),
        "total_tc": math.fsum(frame["total_tc"].dropna()),
        "not_estimated_ha": math.fsum(frame["area_ha"][frame["total_tc"].isna()]),
        "outline_ha": math.fsum(polygon_area_m2(frame.geometry, frame.crs, "parcels") / 1e4),
    }


def _extent(frame: gpd.GeoDataFrame) -> list[float]:
    """West, south, east and north end of all features, in their own system."""
    return [float(v) for v in frame.total_bounds]


def write_parcels(folder: Path, s: RunSummary, run: Path, *, year: int) -> tuple[Path, Path]:
    """Write ``parcels.gpkg`` and ``parcels.json`` of a finished run, and read them back.

    Parameters
    ----------
    folder : Path
    s : RunSummary
    run : Path
    year : int
        Of the land; 0 when unknown.

    Returns
    -------
    gpkg, json : Path

    Raises
    ------
    ValueError
        When the run has no parcels.
    DataError
        When what was read back is not what was sent.
    """
    parcels = optional_layer(run, "ecosystem")
    if parcels is None or not len(parcels):
        raise ValueError(say("geoplan.mrv.no_parcels"))
    assert set(get_args(WetlandCaliber)) == set(_WET.values())  # noqa: S101 - one field each
    frame = _frame(parcels, year)
    words = {k: say(f"geoplan.mrv.parcels.{k}") for k in FIELDS}
    return _sent(folder, "parcels", frame, s, words)


def write_stands(
    folder: Path, s: RunSummary, run: Path, *, year: int
) -> tuple[Path, Path] | None:
    """Write ``stands.gpkg`` and ``stands.json`` of a finished run, and read them back.

    Parameters
    ----------
    folder, s, run, year
        As of `write_parcels`.

    Returns
    -------
    gpkg, json : Path
        None where the run has no stands of a forest map.

    Raises
    ------
    DataError
        When what was read back is not what was sent.
    """
    stands = optional_layer(run, "stands")
    if stands is None or not len(stands):
        return None
    frame = stands.assign(total_tc=stands["total_tc_ha"] * stands["area_ha"], year=year)
    kept = cast("gpd.GeoDataFrame", frame[[*STAND_FIELDS, "geometry"]])
    words = {k: say(f"geoplan.mrv.stands.{k}") for k in STAND_FIELDS}
    return _sent(folder, "stands", kept, s, words)


def _sent(
    folder: Path,
    kind: str,
    frame: gpd.GeoDataFrame,
    s: RunSummary,
    words: Mapping[str, Sentence],
) -> tuple[Path, Path]:
    """Features, and the document that says what they mean; read back before they are told."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{kind}.gpkg"
    write_features(path, kind, frame, append=False)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "plan": {
            "id": s.plan.id,
            "adcode": s.plan.adcode,
            "as_of": s.plan.as_of,
            "synthetic": s.plan.synthetic,
            "plan_sha256": s.plan.sha256,
        },
        "file": path.name,
        "layer": kind,
        "crs": frame.crs.to_string() if frame.crs is not None else "",
        "fields": {k: {"unit": u, **both(words[k])} for k, u in _OF[kind].items()},
        "extent": _extent(frame),
        "totals": _totals(frame),
    }
    told = folder / f"{kind}.json"
    write_json(told, document)
    read_parcels(told)
    return path, told


def _named(ids: pd.Series[str], wrong: Any, got: Iterable[object]) -> Sentence:  # noqa: ANN401
    """The first features that are wrong, with what they have."""
    own = [f"{i} {g}".strip() for i, g, w in zip(ids, got, wrong, strict=True) if w]
    return say("geoplan.mrv.features_like", n=len(own), names=listed(own, _NAMED))


def _places(
    frame: gpd.GeoDataFrame, ids: pd.Series[str], raw: Mapping[str, Any], where: str
) -> list[Fault]:
    """Features in another system, or outside of the document's land."""
    crs = str(raw.get("crs", ""))
    if frame.crs is None or not crs or not same_crs(frame.crs, as_crs(crs)):
        got = "" if frame.crs is None else frame.crs.to_string()
        return [_fault("another_crs", where, got, crs, "keep_the_system")]
    extent = raw.get("extent")
    if not (
        isinstance(extent, list)
        and len(extent) == 4
        and all(isinstance(v, int | float) and not isinstance(v, bool) for v in extent)
    ):
        return [_fault("no_extent", where, extent, "[west, south, east, north]", "send_again")]
    west, south, east, north = (float(v) for v in extent)
    box = frame.geometry.bounds.to_numpy(np.float64)
    off = box - np.array([west, south, east, north])
    away = (off[:, :2] < -_MOVED).any(axis=1) | (off[:, 2:] > _MOVED).any(axis=1)
    if not away.any():
        return []
    at = [f"({x:.0f}, {y:.0f})" for x, y in (box[:, :2] + box[:, 2:]) / 2]
    land = f"{west:.0f}..{east:.0f}, {south:.0f}..{north:.0f}"
    return [_fault("outside_the_land", where, _named(ids, away, at), land, "put_back")]


def _words(frame: gpd.GeoDataFrame, ids: pd.Series[str], where: str) -> list[Fault]:
    """Codes and categories nobody knows, and wetland flags that are not those of the code."""
    out = []
    known = {
        "dlbm": set(vocabulary("dlbm").entries),
        "category": {key for key, _ in categories().values()},
    }
    for name, words in known.items():
        given = frame[name].astype(str)
        wrong = ~given.isin(words).to_numpy()
        if wrong.any():
            got = _named(ids, wrong, given)
            out.append(
                _fault(f"unknown_{name}", where, got, ", ".join(sorted(words)), "use_a_word")
            )
    for name, caliber in _WET.items():
        codes = wetland_codes(cast("WetlandCaliber", caliber))
        wrong = (frame["dlbm"].astype(str).isin(codes) != (frame[name] == 1)).to_numpy()
        if wrong.any():
            got = _named(ids, wrong, frame[name])
            expected = say("geoplan.mrv.flag_expected", name=name)
            out.append(_fault("flag_differs", where, got, expected, "send_again"))
    return out


def _fault(what: str, where: str, got: object, expected: object, todo: str) -> Fault:
    return Fault(
        say(f"geoplan.mrv.{what}"),
        where=where,
        got=got if isinstance(got, Sentence) else str(got),
        expected=expected if isinstance(expected, Sentence) else str(expected),
        todo=say(f"geoplan.mrv.{todo}"),
    )


def read_parcels(file: Path) -> gpd.GeoDataFrame:
    """Read parcels or stands back as their document says, and hold them to its totals.

    Parameters
    ----------
    file : Path
        ``parcels.json`` or ``stands.json``; its GPKG lies beside it.

    Raises
    ------
    DataError
        No document, another schema, a file outside the folder, a field that is missing or no
        number, carbon that is not area times density, totals that are missing or differ,
        features in another system or outside of the land the document is of, codes and
        categories nobody knows.
    """

    def fault(what: str, got: object, expected: object = "") -> DataError:
        return DataError([_fault(what, str(file), got, expected, "send_again")])

    try:
        text = file.read_text(encoding="utf-8")[:_LARGEST]
    except (OSError, UnicodeDecodeError) as err:
        raise fault("no_document", type(err).__name__) from err
    try:
        raw = json.loads(text)
    except ValueError as err:
        raise fault("no_document", str(err)) from err
    if not isinstance(raw, dict):
        raise fault("no_document", type(raw).__name__, "{...}")
    if raw.get("schema") != SCHEMA:
        raise fault("wrong_schema", raw.get("schema"), SCHEMA)
    name = str(raw.get("file", ""))
    if Path(name).name != name or not name.endswith(".gpkg"):
        raise fault("file_elsewhere", name, "parcels.gpkg")
    kind = str(raw.get("layer", "parcels"))
    if kind not in _OF:
        raise fault("wrong_layer", kind, ", ".join(_OF))
    frame = read_features(file.parent / name, layer=kind)
    missing = [k for k in _OF[kind] if k not in frame.columns]
    if missing:
        raise fault("field_missing", ", ".join(missing))
    numbers = [k for k in _SUMMED if not pd.api.types.is_numeric_dtype(frame[k])]
    if numbers:
        raise fault("no_numbers", ", ".join(numbers))
    names = ("count", "area_ha", "total_tc", "not_estimated_ha", "outline_ha")
    totals = raw.get("totals")
    if not isinstance(totals, dict) or not set(names) <= set(totals):
        raise fault("no_totals", totals, ", ".join(names))
    ids = frame[f"{kind[:-1]}_id"].astype(str)
    raise_faults(DataError, _places(frame, ids, raw, str(file)))
    if kind == "parcels":
        raise_faults(DataError, _words(frame, ids, str(file)))
    product = (frame["total_tc_ha"] * frame["area_ha"]).to_numpy(np.float64)
    stated = frame["total_tc"].to_numpy(np.float64)
    off = ~np.isclose(stated, product, rtol=1e-6, atol=1e-6, equal_nan=True)
    if off.any():
        at = int(np.flatnonzero(off)[0])
        one = f"{ids.iloc[at]} {stated[at]:g}"
        raise fault("product_differs", one, f"{product[at]:g}")
    got = _totals(frame)
    for key, value in totals.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise fault("totals_differ", f"{key} {got.get(key)}", value)
        apart = abs(got.get(key, math.nan) - float(value))
        if not apart <= 1e-6 * max(abs(float(value)), 1.0):  # a total it has not is none
            raise fault("totals_differ", f"{key} {got.get(key)}", value)
    return frame
