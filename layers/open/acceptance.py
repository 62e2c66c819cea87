"""Acceptance of land-survey parcels (DLTB): what is wrong, by parcel and place.

The survey is the ground of every answer, and no table of two hundred thousand parcels is free
of faults. They are listed as a layer; where land would count twice it is counted once, and the
run goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2, to_ha
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary
from layers.open.read_layer import key_of, layer_state, opened, where_of
from layers.plan.model import Plan
from layers.result import Warn
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "PARCELS",
    "acceptance_warnings",
    "counted_once",
    "layer_union",
    "overlaps",
    "parcel_faults",
    "parcel_ids",
]

PARCELS = "land_parcels"
_NAMED = 5  # parcels named in a sentence
Shapes = npt.NDArray[Any]
Key = tuple[str, str, str, int, str, str]


@dataclass(frozen=True)
class _Fault:
    """One fault: what, of which parcel, where."""

    kind: str
    row: int
    shape: Any
    area_m2: float
    other: int = -1
    got: float = float("nan")
    expected: float = float("nan")


def _limits(part: str) -> Any:  # noqa: ANN401 - a table of data
    return read_toml("layers.open", "acceptance.toml")[part]


def parcel_ids(table: pd.DataFrame) -> list[str]:
    """What each parcel is called: its BSM, else its number, else the row."""
    out = [f"#{i + 1}" for i in range(len(table))]
    for name in ("tbbh", "bsm"):
        if name in table.columns:
            given = table[name].astype("object")
            out = [
                o if v is None or v != v else str(v) for o, v in zip(out, given, strict=True)
            ]
    return out


def _polygonal(shape: Any) -> Any:  # noqa: ANN401
    parts = shapely.get_parts(shapely.get_parts(shape))
    kept = parts[np.isin(shapely.get_type_id(parts), (3, 6))] if len(parts) else parts
    return shapely.multipolygons(shapely.get_parts(kept)) if len(kept) else shapely.Polygon()


# ---------------------------------------------------------------- land counted once


def overlaps(shapes: Shapes, *, least_m2: float | None = None) -> list[tuple[int, int, Any]]:
    """Pairs of polygons that share land, and the land they share.

    Only polygons whose edges do not match their neighbours' are looked at: a coverage whose
    edges match has no overlap. A vertex more on one side of an edge is none either.

    Parameters
    ----------
    shapes : (n,) polygons
        Valid, on the map.
    least_m2 : float, optional
        Less shared land than this is none; that of ``acceptance.toml`` when not given.

    Returns
    -------
    list of (row, later row, polygons)

    Examples
    --------
    >>> pair = np.array([shapely.box(0, 0, 10, 10), shapely.box(9, 0, 19, 10)])
    >>> [(i, j, p.area) for i, j, p in overlaps(pair)]
    [(0, 1, 10.0)]
    """
    shapes = np.asarray(shapes, dtype=object)
    edges = shapely.coverage_invalid_edges(shapes)
    bad = np.flatnonzero(~shapely.is_empty(edges))
    if not len(bad):
        return []
    left, right = shapely.STRtree(shapes[bad]).query(shapes[bad], predicate="intersects")
    keep = left < right
    left, right = bad[left[keep]], bad[right[keep]]
    left, right = np.minimum(left, right), np.maximum(left, right)
    shared = shapely.intersection(shapes[left], shapes[right])
    least = _limits("overlap")["least_m2"] if least_m2 is None else least_m2
    hit = np.flatnonzero(shapely.area(shared) > least)
    hit = hit[np.lexsort((right[hit], left[hit]))]
    return [(int(left[k]), int(right[k]), _polygonal(shared[k])) for k in hit]


def counted_once(shapes: Shapes, *, least_m2: float | None = None) -> Shapes:
    """Polygons without the land an earlier one has: nothing counts twice.

    Examples
    --------
    >>> pair = np.array([shapely.box(0, 0, 10, 10), shapely.box(9, 0, 19, 10)])
    >>> [g.area for g in counted_once(pair)]
    [100.0, 90.0]
    """
    out = np.asarray(shapes, dtype=object).copy()
    for _, later, shared in overlaps(out, least_m2=least_m2):
        out[later] = _polygonal(shapely.difference(out[later], shared))
    return out


# ---------------------------------------------------------------- faults of outlines


def union_of(shapes: Shapes) -> Any:  # noqa: ANN401
    """Union of polygons; the quick way only where its precondition holds."""
    # right only where neighbours share their edges vertex by vertex, which parcels need not
    if shapely.coverage_is_valid(shapes):
        return shapely.coverage_union_all(shapes)
    return shapely.union_all(shapes)


@lru_cache(maxsize=4)
def layer_union(key: Key) -> Any:  # noqa: ANN401
    """Union of all features of a layer, in the plan CRS; asked for more than once."""
    return union_of(np.asarray(opened(*key)[0].geometry.array))


def _width_m(shape: Any) -> float:  # noqa: ANN401
    return 2.0 * float(shapely.area(shape)) / max(float(shapely.length(shape)), 1e-9)


def _of_outlines(
    table: gpd.GeoDataFrame,
    union: Any,  # noqa: ANN401
    county: Any,  # noqa: ANN401
) -> Iterator[_Fault]:
    shapes = np.asarray(table.geometry.array)
    limits = _limits("overlap")
    size = shapely.area(shapes)
    for i, j, shared in overlaps(shapes):
        area = float(shapely.area(shared))
        least = min(size[i], size[j])
        twice = abs(size[i] - size[j]) <= limits["same_frac"] * least
        if twice and area >= least * (1 - limits["same_frac"]):
            yield _Fault("doubled", j, shared, area, i)
        elif _width_m(shared) < limits["wedge_m"]:
            yield _Fault("wedge", j, shared, area, i)
        else:
            yield _Fault("overlap", j, shared, area, i)
    parts = shapely.get_num_geometries(shapes)
    for k in np.flatnonzero(parts > 1):
        yield _Fault("multi_part", int(k), shapes[k], float(size[k]), got=float(parts[k]))
    yield from _gaps(shapes, union, county)


def _gaps(shapes: Shapes, union: Any, county: Any) -> Iterator[_Fault]:  # noqa: ANN401
    """Holes between the parcels, inside the county."""
    least, most = _limits("overlap"), _limits("gap")["most_ha"]
    outline = shapely.get_parts(_polygonal(union))
    rings = [shapely.Polygon(ring) for part in outline for ring in part.interiors]
    holes = [_polygonal(shapely.intersection(r, county)) for r in rings]
    holes = [h for h in holes if h.area > least["least_m2"] and to_ha(h.area) <= most]
    if not holes:
        return
    tree = shapely.STRtree(shapes)
    for hole, row in zip(holes, tree.nearest(shapely.boundary(holes)), strict=True):
        kind = "wedge_gap" if _width_m(hole) < least["wedge_m"] else "gap"
        yield _Fault(kind, int(row), hole, float(hole.area))


# ---------------------------------------------------------------- faults of attributes


def _numbers(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64] | None:
    import pandas as pd

    if name not in table.columns:
        return None
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    return None if np.isnan(values).all() else values


def _of_attributes(
    table: gpd.GeoDataFrame, ellipsoidal: npt.NDArray[np.float64]
) -> Iterator[_Fault]:
    shapes = np.asarray(table.geometry.array)
    gross, net, less, share = (
        _numbers(table, n) for n in ("tbmj_m2", "tbdlmj_m2", "kcmj_m2", "kcxs")
    )

    def each(kind: str, wrong: Any, got: Any, want: Any) -> Iterator[_Fault]:  # noqa: ANN401
        for k in np.flatnonzero(wrong):
            expected = float(want[k]) if isinstance(want, np.ndarray) else float(want)
            yield _Fault(
                kind,
                int(k),
                shapes[k],
                float(ellipsoidal[k]),
                got=float(got[k]),
                expected=expected,
            )

    for values in (gross, net, less):
        if values is not None:
            yield from each("negative", values < 0, values, 0.0)
    limit = _limits("area")
    if gross is not None:
        off = np.abs(gross - ellipsoidal)
        wrong = (off > np.maximum(limit["least_m2"], limit["frac"] * ellipsoidal)) & (
            gross >= 0
        )
        yield from each("area_differs", wrong, gross, ellipsoidal)
        if net is not None:
            rest = gross - (less if less is not None else 0.0)
            apart = np.abs(net - rest) > limit["sum_m2"]
            if less is None:
                apart = net > gross + limit["sum_m2"]
            yield from each("net_differs", apart & (net >= 0) & (gross >= 0), net, rest)
    if share is not None:
        k = _limits("kcxs")
        yield from each("kcxs", (share < k["low"]) | (share > k["high"]), share, k["high"])


def _of_names(
    table: gpd.GeoDataFrame, ellipsoidal: npt.NDArray[np.float64]
) -> Iterator[_Fault]:
    """Codes whose name is another class's, and codes of two lists that no name settles."""
    if "dlbm" not in table.columns:
        return
    words = vocabulary("dlbm")
    shapes = np.asarray(table.geometry.array)
    names = table["dlmc"] if "dlmc" in table.columns else [None] * len(table)
    for k, (code, name) in enumerate(zip(table["dlbm"], names, strict=True)):
        entry = words.entries.get(str(code).strip())
        if entry is None:
            continue
        given = "" if name is None or name != name else str(name).strip()
        if given and given != entry.title.zh:
            yield _Fault("name_differs", k, shapes[k], float(ellipsoidal[k]))
        elif not given and entry.code in words.collisions:
            yield _Fault("two_lists", k, shapes[k], float(ellipsoidal[k]))


# ---------------------------------------------------------------- doors


@lru_cache(maxsize=8)
def _found(key: Key, county_wkb: bytes) -> tuple[_Fault, ...]:
    table, _ = opened(*key)
    county = shapely.from_wkb(county_wkb)
    shapes = np.asarray(table.geometry.array)
    area = np.asarray(polygon_area_m2(shapes, table.crs), dtype=np.float64)
    drawn = tuple(_of_outlines(table, layer_union(key), county))
    true = np.asarray(polygon_area_m2([f.shape for f in drawn], table.crs)) if drawn else area
    words = layer_of(PARCELS).vocabulary
    named = words == "dlbm" and '"vocabulary":""' in key[0].replace(" ", "")
    return (
        *(replace(f, area_m2=float(a)) for f, a in zip(drawn, true, strict=False)),
        *_of_attributes(table, area),
        *(_of_names(table, area) if named else ()),
    )


def _faults(plan: Plan) -> tuple[_Fault, ...]:
    if layer_state(plan, PARCELS) != "available":
        return ()
    return _found(key_of(plan, PARCELS), shapely.to_wkb(county_boundary(plan)))


def _sentence(fault: _Fault, ids: list[str], table: pd.DataFrame) -> Sentence:
    values: dict[str, Any] = {
        "bsm": ids[fault.row],
        "other": ids[fault.other] if fault.other >= 0 else "",
        "area_m2": fault.area_m2,
        "got": fault.got,
        "expected": fault.expected,
    }
    if fault.kind in ("name_differs", "two_lists"):
        words = vocabulary("dlbm")
        code = str(table["dlbm"].iloc[fault.row]).strip()
        values["code"], values["own"] = code, words.entries[code].title.zh
        values["given"] = (
            words.collisions[code]
            if fault.kind == "two_lists"
            else str(table["dlmc"].iloc[fault.row]).strip()
        )
    return say(f"layers.acceptance.{fault.kind}", **values)


def parcel_faults(plan: Plan) -> gpd.GeoDataFrame | None:
    """Faults of the land-survey parcels, one a row, with their place.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    GeoDataFrame or None
        fault, bsm, other_bsm, area_m2, got, expected, text_zh, text_en and the polygons that
        are meant, in the plan CRS; None without parcels, empty without faults.

    Raises
    ------
    DataError
        When the parcels cannot be opened.
    """
    import geopandas as gpd

    if layer_state(plan, PARCELS) != "available":
        return None
    found = _faults(plan)
    table, _ = opened(*key_of(plan, PARCELS))
    ids = parcel_ids(table)
    said = [_sentence(f, ids, table) for f in found]
    return gpd.GeoDataFrame(
        {
            "fault": [f.kind for f in found],
            "bsm": [ids[f.row] for f in found],
            "other_bsm": [ids[f.other] if f.other >= 0 else "" for f in found],
            "area_m2": np.array([f.area_m2 for f in found], dtype=np.float64),
            "got": np.array([f.got for f in found], dtype=np.float64),
            "expected": np.array([f.expected for f in found], dtype=np.float64),
            "text_zh": [s("zh") for s in said],
            "text_en": [s("en") for s in said],
        },
        geometry=[f.shape for f in found],
        crs=table.crs,
    )


def acceptance_warnings(plan: Plan) -> list[Warn]:
    """One warning a kind of fault: how many, how much land, the first parcels by BSM."""
    found = _faults(plan)
    if not found:
        return []
    table, _ = opened(*key_of(plan, PARCELS))
    ids, where = parcel_ids(table), where_of(plan, PARCELS)
    out = []
    for kind in dict.fromkeys(f.kind for f in found):
        own = [f for f in found if f.kind == kind]
        named = [ids[f.row] if f.other < 0 else f"{ids[f.other]}/{ids[f.row]}" for f in own]
        shown = list(dict.fromkeys(named))
        text = say(
            f"layers.acceptance.{kind}_all",
            n=len(own),
            area_ha=to_ha(sum(f.area_m2 for f in own)),
            ids=listed([*shown[:_NAMED], *(["..."] if len(shown) > _NAMED else [])]),
        )
        out.append(Warn(f"parcels_{kind}", text, where))
    return out
