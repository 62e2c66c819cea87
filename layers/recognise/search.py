"""Every file of a folder looked at once: what it may be, where it lies, or why not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gis.errors import GeoplanError
from gis.files.child import in_child
from gis.files.look.rasters import RasterLook, look_at_raster
from gis.files.look.tables import TableLook, look_at_tables
from gis.say import say
from gis.toml import read_toml
from layers.open.sentinel2 import scene_band
from layers.open.variable import variable_looks
from layers.recognise.guess import Guess, guess_raster, guess_table
from layers.recognise.names import date_in, name_fits
from layers.recognise.place import (
    Ground,
    Where,
    km_away,
    likely_systems,
    where_is,
    where_is_box,
)
from layers.recognise.walk import Held, Said, held_files
from layers.result import Progress
from layers.weather.formats import guess_format
from layers.weather.read import read_weather
from layers.weather.schema import WeatherSource

__all__ = ["NotTaken", "Seen", "Series", "search"]

_SELF_NAMED = {"epw", "tmy3", "pvgis_csv", "pvgis_json", "nasa_power", "nsrdb", "solargis"}
_HEAD = 4096
_DAY = re.compile(r"_(\d{4})(0[1-9]|1[0-2])([0-3]\d)T\d{6}")  # of a scene: _20230812T033541
_AFTER = 1.2  # choosing and writing follow
_LIGHT = (b"ghi", b"irradiance", b"temp_air")  # headings of a series of hours


@dataclass(frozen=True)
class Seen:
    """A table or raster with the layers it may be.

    Attributes
    ----------
    path
        The file.
    look
        What was seen of it.
    guesses
        The likeliest first; empty where nothing speaks for any.
    date
        Of its name, else of its file; empty where neither says one.
    variable
        Of a file of several variables, the one that was looked at.
    """

    path: Path
    look: TableLook | RasterLook
    guesses: tuple[Guess, ...]
    where: Where
    date: str
    variable: str = ""

    @property
    def scene(self) -> bool:
        """Whether it is the folder of a satellite scene."""
        return isinstance(self.look, RasterLook) and not self.variable and self.path.is_dir()

    @property
    def table(self) -> str:
        """What a plan must name to read it; empty where the file is enough."""
        return self.look.layer if isinstance(self.look, TableLook) else ""


@dataclass(frozen=True)
class Series:
    """A weather series.

    Attributes
    ----------
    away_km
        From the county to its place; NaN where the file does not say the place.
    hours
        How many it holds.
    columns
        Canonical columns with values.
    """

    path: Path
    kind: str
    lon: float
    lat: float
    away_km: float
    hours: int
    columns: tuple[str, ...]


@dataclass(frozen=True)
class NotTaken:
    """A file or table that no layer of the plan is read from, and why."""

    path: Path
    table: str
    why: Said
    layer_id: str = ""


def _places(ground: Ground) -> list[str]:
    """Names of the county and what it belongs to, whole and without their kind."""
    c = ground.county
    names = [c.name, c.city, c.province]
    short = [n[:-1] for n in names if len(n) > 2]
    return [*names, *short, c.adcode]


def search(
    folder: Path, ground: Ground, progress: Progress | None = None
) -> Iterator[Seen | Series | NotTaken | Held]:
    """Look at every file of a folder.

    Parameters
    ----------
    folder : Path
    ground : Ground
        The county.
    progress : callable, optional
        Is told how much was looked at, by how long files of their size usually take; what
        follows them counts a fifth more.

    Yields
    ------
    Seen, Series, NotTaken or Held
        What it is; a `Held` for files that are no data of any kind the house reads.
    """
    places = _places(ground)
    every = list(held_files(folder))
    took = _usual(every)
    whole = round(sum(took) * _AFTER) + 1
    for n, held in enumerate(every):
        if progress is not None:
            progress("new", round(sum(took[:n])), whole)
        if held.kind == "other":
            yield held
        elif held.why is not None:
            yield NotTaken(held.path, "", held.why)
        else:
            try:
                yield from _of_held(held, ground, places)
            except GeoplanError as err:
                yield NotTaken(held.path, "", _said(err))
            except (OSError, ValueError, KeyError, RecursionError, MemoryError) as err:
                # a file nobody thought of never ends the walk
                text = say("layers.recognise.broke", kind=type(err).__name__)
                yield NotTaken(held.path, "", text)


def _usual(every: Sequence[Held]) -> list[float]:
    """How long it usually takes to look at each file, in any unit."""
    usual = read_toml("layers.recognise", "evidence.toml")["usual"]
    out: list[float] = []
    for held in every:
        read = held.kind != "other" and held.why is None
        size = _bytes_of(held.path) / usual["bytes"] if read else 0.0
        # what reads files is loaded at the first one
        begin = usual["first"] if read and not any(out) else 0.0
        out.append(begin + usual["each"] + size if read else 0.0)
    return out


def _bytes_of(path: Path) -> int:
    try:
        files = (p for p in path.rglob("*") if p.is_file()) if path.is_dir() else (path,)
        return sum(p.stat().st_size for p in files)
    except OSError:  # it is told where it is read
        return 0


def _said(err: GeoplanError) -> Said:
    return err.faults[0].text


def _of_held(
    held: Held, ground: Ground, places: list[str]
) -> Iterator[Seen | Series | NotTaken]:
    path = held.path
    if held.kind == "raster":
        yield _raster(path, ground, places)
    elif held.kind == "scene":
        yield _scene(path, ground)
    elif held.kind == "weather":
        yield from _weather_or_raster(path, ground, places)
    elif held.kind == "text":
        yield from _text(path, ground, places)
    else:
        yield from _of_tables(path, ground, places)


def _of_tables(path: Path, ground: Ground, places: list[str]) -> Iterator[Seen | NotTaken]:
    inside = path.suffix.lower() in {".gdb", ".gpkg", ".zip"}
    folder = path.stem if inside else path.parent.name
    for look in look_at_tables(path, likely_systems(ground)):
        if look.kind == "none":
            key = "no_geometry" if look.rows else "no_rows"
            yield NotTaken(path, look.layer or look.name, say(f"layers.recognise.{key}"))
            continue
        label = f"{path.name} {look.layer}".strip()
        where = where_is(look.bounds, look.crs, look.points, look.sample, ground, label)
        if not look.layer and inside and not name_fits(look.name, places):
            # the only table of a file is called as the file is
            look = replace(look, name=path.stem)
        guesses = tuple(guess_table(look, folder, places))
        date = date_in(look.name) or _date_of_rows(look) or date_in(path.stem)
        yield Seen(path, look, guesses, where, date or date_in(path.parent.name))


def _date_of_rows(look: TableLook) -> str:
    """The year the rows say they are of: the data year of the survey (SJNF)."""
    for column in look.sample.columns:
        if str(column).upper() == "SJNF":
            years = look.sample[column].dropna().astype(str).str[:4]
            years = years[years.str.fullmatch(r"(19|20)\d{2}")]
            if len(years):
                return str(years.max())
    return ""


def _raster(path: Path, ground: Ground, places: list[str]) -> Seen:
    look = look_at_raster(path)
    where = where_is_box(look.bounds, look.crs, ground, path.name)
    guesses = guess_raster(look, path.stem, path.parent.name, path.suffix.lower(), places)
    return Seen(path, look, tuple(guesses), where, date_in(path.stem))


# ---------------------------------------------------------------- weather


def _facts(path: Path, lon: float, lat: float) -> tuple[float, float, int, tuple[str, ...]]:
    """Place, hours and columns of a series; runs in a process of its own."""
    cutout = path.suffix.lower() in {".nc", ".nc4", ".zarr"}
    source = WeatherSource(path=str(path), **({"lon": lon, "lat": lat} if cutout else {}))
    found = read_weather(path, source)
    kept = [str(c) for c in found.hourly.columns if found.hourly[c].notna().any()]
    return found.lon, found.lat, len(found.hourly), tuple(kept)


def _series(path: Path, ground: Ground) -> Series:
    centre = ground.shape_ll.centroid
    size = path.stat().st_size
    lon, lat, hours, columns = in_child(
        _facts, path, centre.x, centre.y, where=str(path), size=size
    )
    away = km_away((lon, lat, lon, lat), ground)
    return Series(path, guess_format(path), lon, lat, away, hours, columns)


def _weather_or_raster(
    path: Path, ground: Ground, places: list[str]
) -> Iterator[Seen | Series]:
    try:
        yield _series(path, ground)
    except GeoplanError:
        if path.suffix.lower() not in {".nc", ".nc4", ".zarr"}:
            raise
        found = list(_grids(path, ground, places))
        if not found:
            raise
        yield from found


def _grids(path: Path, ground: Ground, places: list[str]) -> Iterator[Seen]:
    """The rasters of a file of variables; the only one of a file is called as the file is."""
    size = path.stat().st_size
    looks = in_child(variable_looks, path, where=str(path), size=size)
    if len(looks) < 2 and path.is_file():
        yield _raster(path, ground, places)
        return
    for name, look in looks:
        where = where_is_box(look.bounds, look.crs, ground, path.name)
        guesses = guess_raster(look, name, path.stem, "", places)
        yield Seen(path, look, tuple(guesses), where, date_in(path.stem), name)


def _scene(path: Path, ground: Ground) -> Seen:
    """A scene of a satellite: its red and near infrared bands are the vegetation index."""
    look = look_at_raster(scene_band(path) or path)
    where = where_is_box(look.bounds, look.crs, ground, path.name)
    weight = read_toml("layers.recognise", "evidence.toml")["weight"]
    guess = Guess(
        "ndvi",
        weight["name_whole"] + weight["range"],
        (say("layers.recognise.by_scene"),),
        named=True,
    )
    day = _DAY.search(path.name)
    date = "-".join(day.groups()) if day else date_in(path.name)
    return Seen(path, look, (guess,), where, date)


def _text(path: Path, ground: Ground, places: list[str]) -> Iterator[Seen | Series | NotTaken]:
    """A text is weather when it says so; else a table of places, else hours."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    features = b"FeatureCollection" in head or b'"features"' in head or b"coordinates" in head
    features = features and b'"parameter"' not in head  # NASA POWER is a feature, too
    if features and path.suffix.lower() == ".json":
        yield from _of_tables(path, ground, places)
        return
    try:
        kind = guess_format(path)
    except GeoplanError:
        kind = ""
    if kind in _SELF_NAMED:
        yield _series(path, ground)
        return
    if path.suffix.lower() in {".tsv"}:
        yield _series(path, ground)
        return
    try:
        yield from _of_tables(path, ground, places)
    except GeoplanError as no_table:
        if path.suffix.lower() != ".csv":
            raise
        try:
            yield _series(path, ground)
        except GeoplanError:
            if any(word in head.lower() for word in _LIGHT):
                raise
            raise no_table from None


def near_km() -> float:
    """How far from the county a table may end and still count."""
    return float(read_toml("layers.recognise", "evidence.toml")["place"]["near_km"])
