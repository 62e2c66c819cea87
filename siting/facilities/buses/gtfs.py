"""Stops of routes from a timetable in the General Transit Feed Specification (GTFS).

References
----------
GTFS Schedule Reference, https://gtfs.org/documentation/schedule/reference/ (stops, routes,
trips and stop times; types of routes 3, 11 and 700 to 799 are buses, 200 to 209 coaches, 800
trolleybuses).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from gis.constants import constants
from gis.errors import DataError
from gis.files.archive import unpacked
from gis.files.coordinate_txt import read_text
from gis.files.given import given_file
from gis.say import Sentence, listed, say
from layers.spec import Text

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["read_gtfs"]

_FILES = {
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id", "route_type"),
    "trips.txt": ("trip_id", "route_id"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence"),
}
_BUSES = frozenset({3, 11, *range(200, 210), *range(700, 800), 800})  # coaches, trolleybuses
_MAY = frozenset({"parent_station", "pickup_type", "drop_off_type"})
_NOT_HERE = "1"  # pickup_type and drop_off_type: nobody gets on or off
_SHOWN = 5
_LINE = ""  # beside the cells of a row: its line in the file

Row = dict[str, str]


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """The folder that holds the files; of a zip, or of a folder in it, unpacked."""
    given_file(path)
    if not path.exists():
        raise DataError(
            say("gis.files.file_missing"), where=path.name, todo=say("gis.files.check_path")
        )
    if path.is_dir():
        yield path
        return
    with unpacked(path) as folder:
        # what a Mac puts beside each file is none of the feed
        every = [p for p in folder.rglob("*.txt") if "__MACOSX" not in p.parts]
        # a feed that lacks its stops is one too: what it lacks is told
        of = {p.parent for p in every if p.name == "stops.txt"}
        of = of or {p.parent for p in every if p.name in _FILES}
        found = sorted(of, key=lambda p: (len(p.parts), str(p)))
        if len(found) > 1 and len(found[0].parts) == len(found[1].parts):
            got = listed(p.name for p in found[:_SHOWN])
            raise DataError(say("siting.facilities.gtfs_two_feeds"), where=path.name, got=got)
        yield found[0] if found else folder


def _rows(folder: Path, file: str, where: str) -> list[Row]:
    """Rows of a file as they stand, with the columns that are needed."""
    at = f"{where}/{file}"
    if not (folder / file).is_file():
        raise DataError(
            say("siting.facilities.gtfs_lacks"),
            where=where,
            got=listed(sorted(p.name for p in folder.iterdir())[:_SHOWN]) or "-",
            expected=listed(_FILES),
        )
    text, _ = read_text(folder / file)
    if "\x00" in text:
        raise DataError(say("siting.facilities.gtfs_no_table"), where=at)
    found = csv.reader(io.StringIO(text))
    try:
        names = [c.strip() for c in next(found, [])]
        lost = [c for c in _FILES[file] if c not in names]
        if lost:
            raise DataError(
                say("siting.facilities.no_such_field"),
                where=at,
                got=listed(names, _SHOWN) or "-",
                expected=listed(lost),
            )
        kept = [(i, n) for i, n in enumerate(names) if n in _FILES[file] or n in _MAY]
        most = int(constants("limits")["table_rows_max"])
        out = []
        for row in found:
            if row:
                cells = {n: row[i].strip() for i, n in kept if i < len(row)}
                out.append(cells | {_LINE: str(found.line_num)})
            if len(out) > most:
                raise DataError(
                    say("siting.facilities.gtfs_too_long"),
                    where=at,
                    expected=say("gis.files.at_most", most=most),
                )
    except csv.Error as err:
        raise DataError(say("siting.facilities.gtfs_no_table"), where=at) from err
    if not out:
        raise DataError(say("siting.facilities.gtfs_empty"), where=at)
    return out


class _Feed:
    """A timetable as it is read; faults name file, row and field."""

    def __init__(self, folder: Path, where: str) -> None:
        self._where = where
        self._tables = {file: _rows(folder, file, where) for file in _FILES}

    def wrong(self, file: str, k: int, field: str, key: str, got: str = "") -> DataError:
        """A fault of the row counted from 0, told by its line in the file."""
        line = self._tables[file][k][_LINE]
        where = say(
            "siting.facilities.gtfs_at", file=f"{self._where}/{file}", row=line, field=field
        )
        return DataError(say(f"siting.facilities.gtfs_{key}"), where=where, got=got or "-")

    def rows(self, file: str) -> list[Row]:
        """All of them, in their order."""
        return self._tables[file]

    def by_id(self, file: str, field: str) -> dict[str, tuple[int, Row]]:
        """Number and row by an id that stands once."""
        out: dict[str, tuple[int, Row]] = {}
        for k, row in enumerate(self.rows(file)):
            name = row.get(field, "")
            if not name or name in out:
                raise self.wrong(file, k, field, "twice" if name else "nothing", name)
            out[name] = (k, row)
        return out

    def whole(self, file: str, k: int, field: str) -> int:
        """A whole number of 0 or more."""
        given = self.rows(file)[k].get(field, "")
        if not (given.isascii() and given.isdigit()):
            raise self.wrong(file, k, field, "no_whole", given)
        return int(given)

    def degrees(self, k: int, field: str, most: float) -> float:
        """A coordinate of a stop."""
        given = self.rows("stops.txt")[k].get(field, "")
        try:
            value = float(given)
        except ValueError:
            value = float("nan")
        if not abs(value) <= most:
            raise self.wrong("stops.txt", k, field, "no_degrees", given)
        return value


def _patterns(
    feed: _Feed,
) -> tuple[dict[tuple[str, tuple[str, ...]], None], int, set[str], int]:
    """Each order of stops a route is driven in; trips that are no buses, or call nowhere."""
    routes, trips = feed.by_id("routes.txt", "route_id"), feed.by_id("trips.txt", "trip_id")
    stops = feed.by_id("stops.txt", "stop_id")
    buses: dict[str, str] = {}
    others = 0
    for trip, (k, row) in trips.items():
        route = row.get("route_id", "")
        if route not in routes:
            raise feed.wrong("trips.txt", k, "route_id", "unknown", route)
        if feed.whole("routes.txt", routes[route][0], "route_type") in _BUSES:
            buses[trip] = route
        else:
            others += 1
    called: dict[str, dict[int, str]] = {trip: {} for trip in buses}
    one_sided: set[str] = set()
    for k, row in enumerate(feed.rows("stop_times.txt")):
        trip, stop = row.get("trip_id", ""), row.get("stop_id", "")
        for field, name, known in (("trip_id", trip, trips), ("stop_id", stop, stops)):
            if name not in known:
                raise feed.wrong("stop_times.txt", k, field, "unknown", name)
        order = feed.whole("stop_times.txt", k, "stop_sequence")
        if trip not in buses:
            continue
        if order in called[trip]:
            raise feed.wrong("stop_times.txt", k, "stop_sequence", "twice", str(order))
        shut = [row.get(c, "") == _NOT_HERE for c in ("pickup_type", "drop_off_type")]
        called[trip][order] = "" if all(shut) else stop
        if any(shut) and not all(shut):
            one_sided.add(stop)
    out: dict[tuple[str, tuple[str, ...]], None] = {}
    idle = 0
    for trip, own in called.items():
        line = tuple(own[k] for k in sorted(own) if own[k])
        if line:
            out[buses[trip], line] = None
        else:
            idle += 1
    return out, others, one_sided, idle


def read_gtfs(path: Path, name: Text) -> tuple[gpd.GeoDataFrame, list[Sentence]]:
    """Stops of bus routes in the order they are served.

    Trips of one route that serve the same stops in the same order are one route here; one that
    runs back is another. Platforms of a station are the station. Days of service and times do
    not count: what runs on one day of the year counts.

    Parameters
    ----------
    path : Path
        A folder or zip.
    name : Text
        Of the case, for what is told.

    Returns
    -------
    GeoDataFrame
        In degrees (WGS 84): ``line`` (route_id), ``route`` (one a line and order of stops),
        ``stop_order``, ``name``.
    list of Sentence

    Raises
    ------
    DataError
        With file, row and field.
    """
    with _folder(path) as folder:
        feed = _Feed(folder, path.name)
    patterns, others, one_sided, idle = _patterns(feed)
    stops = feed.by_id("stops.txt", "stop_id")
    told: list[Sentence] = [say("siting.facilities.gtfs_days", name=name)]
    if others:
        told.append(say("siting.facilities.gtfs_others", name=name, n=others))
    if idle:
        told.append(say("siting.facilities.gtfs_no_calls", name=name, n=idle))
    if one_sided:
        own = listed(
            [stops[s][1].get("stop_name", "") or s for s in sorted(one_sided)[:_SHOWN]]
        )
        told.append(
            say("siting.facilities.gtfs_one_side", name=name, n=len(one_sided), stops=own)
        )
    if not patterns:
        raise DataError(say("siting.facilities.gtfs_no_bus"), where=path.name)
    return _stops_of(feed, stops, patterns), told


def _stops_of(
    feed: _Feed,
    stops: dict[str, tuple[int, Row]],
    patterns: Iterable[tuple[str, tuple[str, ...]]],
) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    rows: list[tuple[str, str, int, str]] = []
    xy: list[tuple[float, float]] = []
    at: dict[str, tuple[str, float, float]] = {}
    for k, (line, served) in enumerate(patterns, 1):
        for order, stop in enumerate(served):
            if stop not in at:
                number, row = stops[stop]
                if station := row.get("parent_station", ""):
                    if station not in stops:
                        raise feed.wrong(
                            "stops.txt", number, "parent_station", "unknown", station
                        )
                    number, row = stops[station]
                lon, lat = (
                    feed.degrees(number, field, most)
                    for field, most in (("stop_lon", 180.0), ("stop_lat", 90.0))
                )
                if lon == lat == 0.0:
                    raise feed.wrong("stops.txt", number, "stop_lat", "at_zero", "0, 0")
                at[stop] = (row.get("stop_name", ""), lon, lat)
            title, lon, lat = at[stop]
            rows.append((line, f"{line} #{k}", order, title))
            xy.append((lon, lat))
    table = pd.DataFrame(rows, columns=["line", "route", "stop_order", "name"])
    points = gpd.points_from_xy(*zip(*xy, strict=True), crs=4326)
    return gpd.GeoDataFrame(table, geometry=points)
