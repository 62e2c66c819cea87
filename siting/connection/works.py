"""Works that give stations free capacity: upgrades of the plan, lines of the layer."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gis.say import Lang, Sentence, in_lang, listed, say
from siting.connection.section import Certainty, ConnectionSection
from siting.connection.stations import counts_by_plan, number_of, text_in

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["WORK_COLUMNS", "known_works", "works_between", "works_by"]

WORK_COLUMNS = (
    *("station_id", "name", "work_kind", "year", "certainty", "add_mw", "cost_cny", "counts"),
    "source",
)
_AT_STATION_M = 500.0  # a line that ends so near a station ends at it
_NOT_BUILT = frozenset({"planned", "construction"})


def known_works(
    stations: gpd.GeoDataFrame,
    how: ConnectionSection,
    lines: gpd.GeoDataFrame | None = None,
    source: str = "",
    lang: Lang = "zh",
) -> tuple[pd.DataFrame, list[Sentence]]:
    """Works of the plan's ``[[connection.upgrades]]`` and planned lines of ``power_line``.

    A line that is planned or being built gives the station at its end ``add_mw`` from its
    ``year``. Which station is said by its ``station``, else by the one at one of its ends.

    Parameters
    ----------
    stations : GeoDataFrame
        See `siting.connection.stations.known_stations`.
    lines : GeoDataFrame, optional
        Layer ``power_line`` with ``status`` and, of lines that do not stand yet, ``year``,
        ``certainty``, ``add_mw``, ``station``; in the CRS of `stations`.
    source : str
        Where the layer is from.
    lang : {"zh", "en"}
        In which the sources of upgrades are named, where the plan names them in both.

    Returns
    -------
    works : DataFrame
        `WORK_COLUMNS`; ``counts`` where its certainty is one of ``count_on``.
    told : list of Sentence
        Works of stations nobody knows, lines without year, capacity or station.
    """
    told: list[Sentence] = []
    rows: list[dict[str, object]] = []
    ids = stations["station_id"].tolist()
    names = stations["name"].tolist()
    for up in how.upgrades:
        own = [i for i, name in enumerate(names) if name == up.station]
        if len(own) != 1:
            text = say("siting.connection.upgrade_of_nobody", name=up.station, n=len(own))
            told.append(text)
            continue
        rows.append(
            {
                "station_id": ids[own[0]],
                "name": up.station,
                "work_kind": up.kind,
                "year": up.year,
                "certainty": up.certainty,
                "add_mw": up.add_mw,
                "cost_cny": np.nan if up.cost_cny is None else up.cost_cny,
                "source": in_lang(up.source, lang),
            }
        )
    rows += _of_lines(stations, lines, source, told)
    works = pd.DataFrame(rows, columns=[c for c in WORK_COLUMNS if c != "counts"])
    counts = works["certainty"].isin(list(how.count_on)) & works["year"].notna()
    works = works.assign(counts=counts.astype(bool))[list(WORK_COLUMNS)]
    return works.astype({"year": "Int64"}), told


def _of_lines(
    stations: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame | None,
    source: str,
    told: list[Sentence],
) -> list[dict[str, object]]:
    if lines is None or "status" not in lines:
        return []
    points = np.asarray(stations.geometry.array, dtype=object)
    rows: list[dict[str, object]] = []
    silent: list[str] = []
    for number, (_, line) in enumerate(lines.iterrows(), 1):
        status = text_in(line, "status")
        if status not in _NOT_BUILT:
            continue
        name = text_in(line, "name") or f"#{number}"
        add = number_of(line.get("add_mw"))
        if not add > 0:
            silent.append(name)
            continue
        year = number_of(line.get("year"))
        if not year > 0:
            told.append(say("siting.connection.line_without_year", name=name))
            continue
        at, why = _station_of(line, stations, points)
        if at is None:
            told.append(say(f"siting.connection.line_{why}", name=name, m=_AT_STATION_M))
            continue
        building: Certainty = "certain" if status == "construction" else "possible"
        rows.append(
            {
                "station_id": stations["station_id"].iloc[at],
                "name": name,
                "work_kind": "line",
                "year": int(year),
                "certainty": text_in(line, "certainty") or building,
                "add_mw": add,
                "cost_cny": np.nan,
                "source": source,
            }
        )
    if silent:
        names = listed(silent, 3)
        told.append(say("siting.connection.lines_without_mw", n=len(silent), names=names))
    return rows


def _station_of(
    line: pd.Series[Any], stations: gpd.GeoDataFrame, points: np.ndarray[Any, Any]
) -> tuple[int | None, str]:
    """Row of the station a line gives capacity to; why there is none."""
    named = text_in(line, "station")
    if named:
        own = [i for i, name in enumerate(stations["name"]) if name == named]
        return (own[0], "") if len(own) == 1 else (None, "of_nobody")
    shape = line.geometry
    if shape is None or bool(shapely.is_empty(shape)):
        return None, "of_nobody"
    ends = shapely.boundary(shape)
    if shapely.is_empty(ends):  # a ring, a point
        ends = shape
    near = np.flatnonzero(shapely.distance(points, ends) <= _AT_STATION_M)
    if len(near) == 1:
        return int(near[0]), ""
    # of both ends only the county's stations are known; two may share what a line adds
    return None, "of_several" if len(near) else "of_nobody"


def works_by(works: pd.DataFrame, year: int) -> Mapping[Hashable, float]:
    """MW that works add to each station until a year, of those that count."""
    own = works[works["counts"] & (works["year"].fillna(9999) <= year)]
    return {k: float(v) for k, v in own.groupby("station_id")["add_mw"].sum().items()}


def works_between(
    stations: pd.DataFrame, how: ConnectionSection, works: pd.DataFrame, first: int, last: int
) -> tuple[str, ...]:
    """Planned stations and works in the grid of `last` and not in that of `first`.

    Parameters
    ----------
    stations : DataFrame
        See `siting.connection.stations.known_stations`.
    works : DataFrame
        See `known_works`.

    Returns
    -------
    tuple of str
        Name and year of each that counts, the earliest first; none of a station that is known
        to have no free capacity. A work is called by its line, or by its station.
    """
    rows = [
        (int(row["year"]), str(row["name"]))
        for row in stations.to_dict("records")
        if row["year"] == row["year"] and row["free_mw"] > 0 and counts_by_plan(row, how)
    ]
    own = works[works["counts"]]
    rows += [(int(y), str(n)) for y, n in zip(own["year"], own["name"], strict=True)]
    return tuple(dict.fromkeys(f"{n} {y}" for y, n in sorted(rows) if first < y <= last))
