"""Acceptance of land-survey parcels (DLTB): what is wrong, by parcel and place.

The survey is the ground of every answer, and no table of two hundred thousand parcels is free
of faults. They are listed as a layer; where land would count twice it is counted once, and the
run goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha
from gis.say import Sentence, listed, say
from gis.toml import read_toml
from layers.catalogue import layer as layer_of
from layers.open.county import county_boundary
from layers.open.parcel_outlines import ParcelFault, outline_faults
from layers.open.read_layer import Key, key_of, layer_state, opened, where_of
from layers.plan.model import Plan
from layers.result import Warn
from layers.units import convert, unit_of
from layers.vocabulary import vocabulary

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "PARCELS",
    "acceptance_warnings",
    "area_unit",
    "areas_off",
    "parcel_faults",
    "parcel_ids",
]

PARCELS = "land_parcels"
_NAMED = 5  # parcels named in a sentence
_UNCLASSED = "class_unknown"
Shapes = npt.NDArray[Any]


def _limits(part: str) -> Any:  # noqa: ANN401 - a table of data
    return read_toml("layers.open", "acceptance.toml")[part]


def parcel_ids(table: pd.DataFrame, faults: Iterable[ParcelFault]) -> dict[int, str]:
    """What the parcels of faults are called, by row: BSM, else number, else the row's."""
    rows = sorted({row for f in faults for row in (f.row, f.other) if row >= 0})
    out = [f"#{row + 1}" for row in rows]
    for name in ("tbbh", "bsm"):
        if name in table.columns:
            given = table[name].iloc[rows].astype("object")
            out = [
                o if v is None or v != v else str(v) for o, v in zip(out, given, strict=True)
            ]
    return dict(zip(rows, out, strict=True))


# ---------------------------------------------------------------- faults of attributes


def _numbers(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64] | None:
    import pandas as pd

    if name not in table.columns:
        return None
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    return None if np.isnan(values).all() else values


def areas_off(
    stated: npt.NDArray[np.float64], ellipsoidal: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    """Where a stated area is not the ellipsoidal one, to the tolerance of acceptance.toml."""
    limit = _limits("area")
    off = np.abs(stated - ellipsoidal)
    return np.asarray(off > np.maximum(limit["least_m2"], limit["frac"] * ellipsoidal))


def area_unit(stated: npt.NDArray[np.float64], ellipsoidal: npt.NDArray[np.float64]) -> str:
    """The unit areas are stated in where it is not the square metre; empty where it is.

    Examples
    --------
    >>> area_unit(np.array([15.0, 30.0]), np.array([10000.0, 20000.0]))
    'mu'
    """
    good = (ellipsoidal > 1.0) & (stated > 0)
    if not good.any():
        return ""
    middle = float(np.median(stated[good] / ellipsoidal[good]))
    band = _limits("area")["unit_frac"]
    fits = (u for u in ("mu", "ha", "km2") if abs(middle / convert(1.0, "m2", u) - 1.0) <= band)
    return next(fits, "")


def _of_attributes(
    table: gpd.GeoDataFrame, ellipsoidal: npt.NDArray[np.float64]
) -> Iterator[ParcelFault]:
    shapes = np.asarray(table.geometry.array)
    gross, net, less, share = (
        _numbers(table, n) for n in ("tbmj_m2", "tbdlmj_m2", "kcmj_m2", "kcxs")
    )

    def each(kind: str, wrong: Any, got: Any, want: Any) -> Iterator[ParcelFault]:  # noqa: ANN401
        for k in np.flatnonzero(wrong):
            expected = float(want[k]) if isinstance(want, np.ndarray) else float(want)
            yield ParcelFault(
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
        wrong = areas_off(gross, ellipsoidal) & (gross >= 0)
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
    times = _times_of_id(table)
    if times is not None:
        yield from each("id_twice", times > 1, times, 1.0)


def _times_of_id(table: gpd.GeoDataFrame) -> npt.NDArray[np.float64] | None:
    """How many different outlines carry a row's BSM; None where the table has none.

    The same outline twice is a fault of its own.
    """
    import pandas as pd

    if "bsm" not in table.columns:
        return None
    given = table["bsm"].astype("str").str.strip()
    out = np.ones(len(table))
    again = (given.notna() & (given != "") & given.duplicated(keep=False)).to_numpy(bool)
    if again.any():
        rows = pd.DataFrame(
            {"bsm": given[again].to_numpy(), "outline": table.geometry[again].to_wkb()}
        )
        times = rows.drop_duplicates().groupby("bsm").size()
        out[again] = rows["bsm"].map(times)
    return out


def _of_names(
    table: gpd.GeoDataFrame, ellipsoidal: npt.NDArray[np.float64], by_name: Collection[str]
) -> Iterator[ParcelFault]:
    """Codes whose name is another class's, and codes of two lists that no name settles.

    A code of `by_name` was given to its name by the plan, so nothing is open.
    """
    if "dlbm" not in table.columns:
        return
    names = [n for n in ("dlbm", "dlmc") if n in table.columns]
    pair = table.groupby(names, sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(pair, return_index=True)
    kinds = np.array([_of_name(*table[names].iloc[k]) for k in first], dtype=object)
    settled = table["dlbm"].iloc[first].isin(by_name).to_numpy(bool) & (kinds == "two_lists")
    kinds[settled] = ""
    shapes = np.asarray(table.geometry.array)
    for k in np.flatnonzero(kinds[pair] != ""):
        yield ParcelFault(kinds[pair[k]], int(k), shapes[k], float(ellipsoidal[k]))


def _of_name(code: Any, name: Any = None) -> str:  # noqa: ANN401 - what a table holds
    """What is wrong with a name beside a code; empty where nothing is."""
    words = vocabulary("dlbm")
    entry = words.entries.get(str(code).strip())
    if entry is None:
        return ""
    given = "" if name is None or name != name else str(name).strip()
    if given:
        return "" if given == entry.title.zh else "name_differs"
    return "two_lists" if entry.code in words.collisions else ""


# ---------------------------------------------------------------- doors


@lru_cache(maxsize=8)
def _found(key: Key, county_wkb: bytes) -> tuple[ParcelFault, ...]:
    table, report = opened(*key)
    county = shapely.from_wkb(county_wkb)
    shapes = np.asarray(table.geometry.array)
    area = np.asarray(polygon_area_m2(shapes, table.crs), dtype=np.float64)
    drawn = _without(tuple(outline_faults(key, county)), [u.shape for u in report.unclassed])
    true = np.asarray(polygon_area_m2([f.shape for f in drawn], table.crs)) if drawn else area
    words = layer_of(PARCELS).vocabulary
    named = words == "dlbm" and '"vocabulary":""' in key[0].replace(" ", "")
    return (
        *(replace(f, area_m2=float(a)) for f, a in zip(drawn, true, strict=False)),
        *_of_attributes(table, area),
        *(_of_names(table, area, report.by_name) if named else ()),
        *(
            ParcelFault(_UNCLASSED, -1, *(u.shape, u.area_m2), name=u.name)
            for u in report.unclassed
        ),
    )


def _without(found: Sequence[ParcelFault], unclassed: Sequence[Any]) -> list[ParcelFault]:
    """Faults of outlines; where a parcel without class was left out there is no gap."""
    if not unclassed:
        return list(found)
    left_out = shapely.union_all(np.asarray(unclassed, dtype=object))
    out = []
    for f in found:
        if f.kind in ("gap", "wedge_gap"):
            rest = polygonal(shapely.difference(f.shape, left_out))
            if rest.area <= _limits("overlap")["least_m2"]:
                continue
            f = replace(f, shape=rest, area_m2=float(rest.area))
        out.append(f)
    return out


def _id(fault: ParcelFault, ids: Mapping[int, str]) -> str:
    """What the parcel of a fault is called."""
    return fault.name or ids[fault.row]


def _faults(plan: Plan) -> tuple[ParcelFault, ...]:
    if layer_state(plan, PARCELS) != "available":
        return ()
    return _found(key_of(plan, PARCELS), shapely.to_wkb(county_boundary(plan)))


def _sentence(fault: ParcelFault, ids: Mapping[int, str], table: pd.DataFrame) -> Sentence:
    values: dict[str, Any] = {
        "bsm": _id(fault, ids),
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


def parcel_faults(plan: Plan, kind: str = "") -> gpd.GeoDataFrame | None:
    """Faults of the land-survey parcels, one a row, with their place.

    Parameters
    ----------
    plan : Plan
    kind : str
        One kind of fault only; all of them when empty.

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
    found = [f for f in _faults(plan) if not kind or f.kind == kind]
    table, _ = opened(*key_of(plan, PARCELS))
    ids = parcel_ids(table, found)
    said = [_sentence(f, ids, table) for f in found]
    return gpd.GeoDataFrame(
        {
            "fault": [f.kind for f in found],
            "bsm": [_id(f, ids) for f in found],
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
    ids, where = parcel_ids(table, found), where_of(plan, PARCELS)
    out = []
    # land without a class is told by the reader of the layer
    for kind in dict.fromkeys(f.kind for f in found if f.kind != _UNCLASSED):
        own = [f for f in found if f.kind == kind]
        named = [_id(f, ids) if f.other < 0 else f"{ids[f.other]}/{ids[f.row]}" for f in own]
        shown = list(dict.fromkeys(named))
        text = say(
            f"layers.acceptance.{kind}_all",
            n=len(own),
            area_ha=to_ha(sum(f.area_m2 for f in own)),
            ids=listed([*shown[:_NAMED], *(["..."] if len(shown) > _NAMED else [])]),
        )
        if kind == "area_differs":
            text = _in_unit(own) or text
        out.append(Warn(f"parcels_{kind}", text, where))
    return out


def _in_unit(own: list[ParcelFault]) -> Sentence | None:
    """That a column of areas is in another unit; None where areas are wrong one by one."""
    got, expected = (np.array([getattr(f, k) for f in own]) for k in ("got", "expected"))
    unit = area_unit(got, expected)
    if not unit:
        return None
    return say("layers.acceptance.area_unit_all", n=len(own), unit=unit_of(unit).title)
