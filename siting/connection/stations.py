"""Stations as they act: one row a station, what is not usable told and not guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from typing_extensions import TypedDict

from gis.say import Sentence, listed, say
from gis.toml import read_toml
from siting.connection.matching import plain_name
from siting.connection.section import ConnectionSection
from siting.sites.route import one_point

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "STATION_COLUMNS",
    "counts_by_plan",
    "free_in",
    "known_stations",
    "number_of",
    "own_name",
    "stands_in",
    "text_in",
]

STATION_COLUMNS = (
    *("station_id", "name", "voltage_kv", "free_mw", "overload_mw", "bays"),
    *("status", "year", "certainty"),
)
_SAME_M = 50.0  # two rows of one name so near are one station
_FAR_M = 2000.0  # a station so far from every line of its own layer is looked at again
_BUILT = "operating"


class _Row(TypedDict):
    """A station as it is read."""

    name: str
    voltage_kv: float
    free_mw: float
    overload_mw: float
    bays: float
    status: str
    year: float
    certainty: str
    geometry: shapely.Point
    station_id: str


def number_of(value: Any) -> float:  # noqa: ANN401 - whatever a table holds
    """A number; NaN for anything else."""
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        found = float(value)
    except (TypeError, ValueError):
        return math.nan
    return found if math.isfinite(found) else math.nan


def _given(value: Any) -> bool:  # noqa: ANN401 - whatever a table holds
    return not (value is None or value is pd.NA or value != value or value == "")


def text_in(row: pd.Series, column: str) -> str:
    """What a row says in a column; empty where it says nothing."""
    value = row.get(column)
    return str(value).strip() if _given(value) else ""


def known_stations(
    table: gpd.GeoDataFrame | None, lines: npt.NDArray[np.object_] | None = None
) -> tuple[gpd.GeoDataFrame, list[Sentence]]:
    """Stations of the layer ``substations``, and what had to be set right or left out.

    Parameters
    ----------
    table : GeoDataFrame or None
        ``voltage_kv``, ``free_mw`` and, where known, ``name``, ``bays``, ``status``, ``year``,
        ``certainty``; points in the plan CRS. Of a station in several points the middle counts.
    lines : array of LineString, optional
        Of the layer ``power_line``: stations beside all of them are told.

    Returns
    -------
    stations : GeoDataFrame
        `STATION_COLUMNS` by ``station_id``; ``free_mw`` NaN where it is not known (such a
        station takes nothing), 0 where it is negative: then ``overload_mw`` says by how much.
    told : list of Sentence
    """
    import geopandas as gpd  # heavy

    told: list[Sentence] = []
    crs = None if table is None else table.crs
    rows: list[_Row] = []
    for number, (_, row) in enumerate(() if table is None else table.iterrows(), 1):
        name = text_in(row, "name") or f"#{number}"
        shape = row.geometry
        point = one_point(shape)
        if point is None:
            told.append(say("siting.connection.station_without_place", name=name))
            continue
        if len(shapely.get_parts(shape)) > 1 or not isinstance(shape, shapely.Point):
            told.append(say("siting.connection.station_of_parts", name=name))
        rows.append(
            {
                "name": name,
                "voltage_kv": number_of(row.get("voltage_kv")),
                "free_mw": _free(row.get("free_mw"), name, told),
                "overload_mw": float(np.nan_to_num(max(0.0, -number_of(row.get("free_mw"))))),
                "bays": _bays(row.get("bays"), name, told),
                "status": text_in(row, "status") or _BUILT,
                "year": number_of(row.get("year")),
                "certainty": text_in(row, "certainty"),
                "geometry": point,
                "station_id": "",
            }
        )
    rows = _once(rows, told)
    told += [
        say("siting.connection.station_without_voltage", name=row["name"])
        for row in rows
        if not row["voltage_kv"] > 0
    ]
    rows = [r for r in rows if r["voltage_kv"] > 0]
    # the order of the file decides nothing
    rows.sort(key=lambda r: (r["name"], r["voltage_kv"], r["geometry"].x, r["geometry"].y))
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["name"]] = seen.get(row["name"], 0) + 1
        again = seen[row["name"]]
        row["station_id"] = row["name"] if again == 1 else f"{row['name']} ({again})"
        if again > 1:
            told.append(say("siting.connection.station_name_twice", name=row["name"]))
    unknown = [r["name"] for r in rows if math.isnan(r["free_mw"])]
    if unknown:
        told.append(
            say("siting.connection.free_unknown", n=len(unknown), names=listed(unknown, 3))
        )
    if lines is not None and len(lines) and rows:
        tree = shapely.STRtree(lines)
        points = np.array([r["geometry"] for r in rows], dtype=object)
        _, far = tree.query_nearest(points, return_distance=True, all_matches=False)
        beside = [r["name"] for r, d in zip(rows, far, strict=True) if d > _FAR_M]
        if beside:
            told.append(
                say(
                    "siting.connection.station_beside_lines",
                    n=len(beside),
                    names=listed(beside, 3),
                    km=_FAR_M / 1000,
                )
            )
    frame = gpd.GeoDataFrame(
        rows, columns=[*STATION_COLUMNS, "geometry"], geometry="geometry", crs=crs
    )
    return frame, told


def _free(value: Any, name: str, told: list[Sentence]) -> float:  # noqa: ANN401
    free = number_of(value)
    if math.isnan(free):
        if _given(value):
            told.append(say("siting.connection.free_no_number", name=name, got=str(value)))
        return free
    if free < 0:
        told.append(say("siting.connection.free_negative", name=name, mw=free))
        return 0.0
    return free


def _bays(value: Any, name: str, told: list[Sentence]) -> float:  # noqa: ANN401
    bays = number_of(value)
    if _given(value) and not bays >= 0:
        told.append(say("siting.connection.bays_no_number", name=name, got=str(value)))
        return math.nan
    return bays


def _once(rows: list[_Row], told: list[Sentence]) -> list[_Row]:
    """A station that stands twice in the layer counts once, with the smaller free capacity.

    Names on one place that differ by what kind of station it is are one station; whether
    stations of other names with the same capacity are, nobody can say, and it is told.
    """
    out: list[_Row] = []
    for row in sorted(rows, key=_smaller_first):
        near = [
            o
            for o in out
            if o["voltage_kv"] == row["voltage_kv"]
            and o["geometry"].distance(row["geometry"]) <= _SAME_M
        ]
        same = [o for o in near if own_name(o["name"]) == own_name(row["name"])]
        if same:
            kept = same[0]["name"]
            told.append(
                say("siting.connection.station_twice", name=kept)
                if kept == row["name"]
                else say("siting.connection.station_named_twice", name=kept, other=row["name"])
            )
            continue
        told += [
            say(
                "siting.connection.stations_on_one_place",
                name=o["name"],
                other=row["name"],
                kv=row["voltage_kv"],
                mw=row["free_mw"],
            )
            for o in near
            if o["free_mw"] == row["free_mw"] > 0
        ]
        out.append(row)
    return out


def own_name(name: str) -> str:
    """What a station is called, without its voltage and the word for what it is.

    Examples
    --------
    >>> own_name("甲站"), own_name("220kV甲变电站"), own_name("Jia substation"), own_name("#2")
    ('甲', '甲', 'jia', '#2')
    """
    words = read_toml("siting.connection", "connection.toml")["station_words"]
    kinds = "|".join(sorted(map(re.escape, words["kinds"]), key=len, reverse=True))
    units = "|".join(map(re.escape, words["units"]))
    plain = plain_name(name)
    text = re.sub(rf"\d+(?:{units})", "", plain)
    while (cut := re.sub(rf"(?:{kinds})$", "", text)) != text:
        text = cut
    # a name of nothing else, or of a row without one, is no other row's
    return name if not text or text.isdigit() else text


def _smaller_first(row: _Row) -> tuple[str, float, float, str]:
    free = row["free_mw"]
    least = math.inf if math.isnan(free) else free - row["overload_mw"]
    return own_name(row["name"]), row["voltage_kv"], least, row["name"]


def free_in(
    stations: pd.DataFrame,
    how: ConnectionSection,
    year: int,
    added: Mapping[Hashable, float] | None = None,
) -> tuple[npt.NDArray[np.float64], list[Sentence]]:
    """Free capacity of each station in a year [MW], with what the plan counts on by then.

    A planned station counts from its year, where its certainty is one of ``count_on``; a
    station being built is certain. What works add counts from then on, and what a station is
    overloaded by goes off it first.

    Parameters
    ----------
    added : mapping, optional
        Station id -> MW that works add until the year, `siting.connection.works.works_by`.

    Returns
    -------
    free : (k,) float64
        NaN where it is not known; 0 for a station that does not stand yet.
    told : list of Sentence
        Planned stations without a year.
    """
    told: list[Sentence] = []
    free = stations["free_mw"].to_numpy(float).copy()
    stands = stands_in(stations, how, year)
    for i, row in enumerate(stations.to_dict("records")):
        more = (added or {}).get(row["station_id"], 0.0)
        if more > 0:
            over = row.get("overload_mw", 0.0)
            free[i] = max(0.0, float(np.nansum([free[i], more])) - over)
        if row["status"] in {_BUILT, ""}:
            continue
        if math.isnan(row["year"]):
            told.append(say("siting.connection.planned_without_year", name=row["name"]))
        if not stands[i]:
            free[i] = 0.0
    return free, told


def stands_in(
    stations: pd.DataFrame, how: ConnectionSection, year: int
) -> npt.NDArray[np.bool_]:
    """Stations that stand in a year, or that the plan counts on by then, bool[k].

    Examples
    --------
    >>> rows = [("operating", float("nan"), ""), ("planned", 2034.0, "possible"),
    ...         ("construction", 2028.0, ""), ("construction", 2036.0, "")]
    >>> table = pd.DataFrame(rows, columns=["status", "year", "certainty"])
    >>> stands_in(table, ConnectionSection(), 2035).tolist()
    [True, False, True, False]
    """
    return np.array(
        [
            row["status"] in {_BUILT, ""} or (row["year"] <= year and counts_by_plan(row, how))
            for row in stations.to_dict("records")
        ],
        bool,
    )


def counts_by_plan(row: Mapping[Any, Any], how: ConnectionSection) -> bool:
    """Whether a station that does not stand yet is one the plan counts on; False for others.

    Parameters
    ----------
    row : mapping
        ``status`` and ``certainty`` of it; one being built is certain, another possible where
        nothing is said.
    """
    if row["status"] in {_BUILT, ""}:
        return False
    building = row["status"] == "construction"
    return (row["certainty"] or ("certain" if building else "possible")) in how.count_on
