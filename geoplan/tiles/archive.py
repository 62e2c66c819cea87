"""Archives of picture tiles, read tile by tile; whoever made them is not trusted."""

from __future__ import annotations

import functools
import json
import math
import mmap
import sqlite3
import struct
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gis.errors import DataError
from gis.files.given import given_file
from gis.foreign import foreign_reason
from gis.say import Sentence, say

__all__ = ["KINDS", "Archive", "open_archive", "picture_kind", "tile_of"]

KINDS = (".mbtiles", ".pmtiles")
"""Endings of the archives that are read."""

_T = "geoplan.tiles"
_DEEPEST = 22  # 4 cm on the ground at 38 degrees north: finer than any imagery
_MOST_TILE_BYTES = 4 << 20
_MOST_DIRECTORY_BYTES = 16 << 20
_QUERY_S = 5.0  # a view of an archive may be written to never end
_STEPS = 10_000
_HEAD_BYTES = 127  # of PMTiles version 3
_DEPTH = 4  # directories below each other in PMTiles
_MAGIC: Mapping[str, Callable[[bytes], bool]] = {
    "png": lambda b: b[:8] == b"\x89PNG\r\n\x1a\n",
    "jpeg": lambda b: b[:3] == b"\xff\xd8\xff",
    "webp": lambda b: b[:4] == b"RIFF" and b[8:12] == b"WEBP",
}
_WORLD = (-180.0, -85.0511287798, 180.0, 85.0511287798)

TileKind = Literal["png", "jpeg", "webp"]


@dataclass(frozen=True)
class Archive:
    """A file of picture tiles in the scheme of web maps.

    Attributes
    ----------
    path
        The file.
    name
        As the file calls itself; empty when it does not.
    kind
        What its tiles are by their first one; also the ending of the file of a tile.
    least, most
        Zoom levels it holds.
    bounds_ll
        West, south, east, north [degrees, WGS 84] it says it covers.
    """

    path: Path
    name: str
    kind: TileKind
    least: int
    most: int
    bounds_ll: tuple[float, float, float, float]


def _fault(path: Path, key: str, got: object = "", **names: Any) -> DataError:  # noqa: ANN401
    return DataError(
        say(f"{_T}.{key}", **names),
        where=str(path),
        got=got if isinstance(got, Sentence) else str(got)[:200],
        expected=say(f"{_T}.expected"),
        todo=say(f"{_T}.todo"),
    )


def picture_kind(tile: bytes) -> TileKind | None:
    r"""What picture the bytes are by their beginning, whatever they are called.

    Examples
    --------
    >>> picture_kind(b"\xff\xd8\xff\xe0"), picture_kind(b"<svg onload=...>")
    ('jpeg', None)
    """
    for kind, fits in _MAGIC.items():
        if fits(tile):
            return kind  # type: ignore[return-value]
    return None


def _bounds(given: tuple[float, ...]) -> tuple[float, float, float, float]:
    """Bounds as written, cut to the world of web maps; all of it where they are no box."""
    if len(given) != len(_WORLD) or not all(math.isfinite(v) for v in given):
        return _WORLD
    west, south = max(given[0], _WORLD[0]), max(given[1], _WORLD[1])
    east, north = min(given[2], _WORLD[2]), min(given[3], _WORLD[3])
    return (west, south, east, north) if west < east and south < north else _WORLD


# ---------------------------------------------------------------- MBTiles (SQLite)


def _database(path: Path) -> sqlite3.Connection:
    # immutable: no lock and no journal beside a file that may lie on a read-only share
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_TILE_BYTES)
    db.execute("PRAGMA trusted_schema = OFF")
    until = time.monotonic() + _QUERY_S
    db.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    return db


def _open_mbtiles(path: Path) -> Archive:
    with closing(_database(path)) as db:
        known = dict(db.execute("SELECT name, value FROM metadata LIMIT 200"))
        range_ = db.execute("SELECT MIN(zoom_level), MAX(zoom_level) FROM tiles").fetchone()
        if range_[0] is None:
            raise _fault(path, "empty")
        one = db.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
    kind = picture_kind(bytes(one[0] or b""))
    if kind is None:
        raise _fault(path, "no_pictures", known.get("format", "?"))
    bounds: tuple[float, ...] = ()
    try:
        bounds = tuple(float(x) for x in str(known.get("bounds", "")).split(","))
    except ValueError:
        bounds = ()
    name = str(known.get("name") or "")
    return Archive(path, name, kind, int(range_[0]), int(range_[1]), _bounds(bounds))


def _mbtile(path: Path, z: int, x: int, y: int) -> bytes | None:
    # rows of MBTiles are counted from the south
    with closing(_database(path)) as db:
        found = db.execute(
            "SELECT tile_data FROM tiles WHERE zoom_level=? AND tile_column=? AND tile_row=?",
            (z, x, (1 << z) - 1 - y),
        ).fetchone()
    return None if found is None or found[0] is None else bytes(found[0])


# ---------------------------------------------------------------- PMTiles


def _part(path: Path, start: int, length: int, most: int) -> bytes:
    size = path.stat().st_size
    if length > most or start < 0 or start + length > size:
        raise _fault(path, "damaged", f"{start}+{length} / {size}")
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as view,
    ):
        return view[start : start + length]


@functools.lru_cache(maxsize=256)
def _directory(path: Path, _stamp: tuple[int, int], start: int, length: int) -> list[Any]:
    from pmtiles.tile import deserialize_directory

    packed = _part(path, start, length, _MOST_DIRECTORY_BYTES)
    # the library unpacks whatever it is given: what would fill the memory does not reach it
    unpacking = zlib.decompressobj(31)
    unpacking.decompress(packed, _MOST_DIRECTORY_BYTES)
    if not unpacking.eof:
        raise _fault(path, "damaged", say(f"{_T}.directory"))
    found: list[Any] = deserialize_directory(packed)
    return found


def _head(path: Path) -> Mapping[str, Any]:
    from pmtiles.tile import Compression, TileType, deserialize_header

    head: Mapping[str, Any] = deserialize_header(_part(path, 0, _HEAD_BYTES, _HEAD_BYTES))
    if head["tile_type"] not in (TileType.PNG, TileType.JPEG, TileType.WEBP):
        raise _fault(path, "no_pictures", head["tile_type"].name.lower())
    if head["internal_compression"] is not Compression.GZIP:
        raise _fault(path, "packed", head["internal_compression"].name.lower())
    return head


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _open_pmtiles(path: Path) -> Archive:
    head = _head(path)
    if not _directory(path, _stamp(path), head["root_offset"], head["root_length"]):
        raise _fault(path, "empty")
    kind: TileKind = head["tile_type"].name.lower()
    box = tuple(head[k] / 1e7 for k in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7"))
    return Archive(
        path, _name(path, head), kind, head["min_zoom"], head["max_zoom"], _bounds(box)
    )


def _name(path: Path, head: Mapping[str, Any]) -> str:
    try:
        packed = _part(
            path, head["metadata_offset"], head["metadata_length"], _MOST_DIRECTORY_BYTES
        )
        text = zlib.decompressobj(31).decompress(packed, _MOST_DIRECTORY_BYTES)
        return str(json.loads(text).get("name") or "")
    except (ValueError, zlib.error, AttributeError, RecursionError, DataError):
        return ""  # a name is no reason to refuse pictures


def _pmtile(path: Path, z: int, x: int, y: int) -> bytes | None:
    from pmtiles.tile import find_tile, zxy_to_tileid

    head, wanted, stamp = _head(path), zxy_to_tileid(z, x, y), _stamp(path)
    start, length = head["root_offset"], head["root_length"]
    for _ in range(_DEPTH):
        found = find_tile(_directory(path, stamp, start, length), wanted)
        if found is None:
            return None
        if found.run_length:
            at = head["tile_data_offset"] + found.offset
            return _part(path, at, found.length, _MOST_TILE_BYTES)
        start, length = head["leaf_directory_offset"] + found.offset, found.length
    return None


# ---------------------------------------------------------------- both

_FOREIGN = (sqlite3.Error, OSError, ValueError, EOFError, IndexError, struct.error, zlib.error)


def _unreadable(path: Path, err: Exception) -> DataError:
    return _fault(path, "unreadable", foreign_reason(err))


def _libraries_own() -> tuple[type[Exception], ...]:
    from pmtiles.tile import MagicNumberNotFound, SpecVersionUnsupported

    return MagicNumberNotFound, SpecVersionUnsupported


def open_archive(path: Path) -> Archive:
    """What an archive of tiles holds.

    Parameters
    ----------
    path : path
        An MBTiles (1.3) or PMTiles (version 3) file.

    Raises
    ------
    DataError
        When it is none of the two, cannot be read, is empty or holds other than pictures.

    References
    ----------
    MBTiles specification 1.3; PMTiles specification version 3.
    """
    given_file(path)
    kind = path.suffix.casefold()
    try:
        if kind == ".mbtiles":
            found = _open_mbtiles(path)
        elif kind == ".pmtiles":
            found = _open_pmtiles(path)
        else:
            raise _fault(path, "no_archive", path.suffix or path.name)
    except _FOREIGN as err:
        raise _unreadable(path, err) from err
    except _libraries_own() as err:
        raise _fault(path, "no_pmtiles") from err
    if not 0 <= found.least <= found.most <= _DEEPEST:
        raise _fault(path, "zooms", f"{found.least}..{found.most}", most=_DEEPEST)
    return found


def tile_of(archive: Archive, z: int, x: int, y: int) -> bytes | None:
    """A tile; None where the archive has none, or what lies there is no picture.

    Parameters
    ----------
    archive : Archive
    z, x, y : int
        Zoom, column from the west, row from the north.

    Raises
    ------
    DataError
        When the archive cannot be read any more.
    """
    if not (archive.least <= z <= archive.most and 0 <= x < 1 << z and 0 <= y < 1 << z):
        return None
    read = _mbtile if archive.path.suffix.casefold() == ".mbtiles" else _pmtile
    try:
        found = read(archive.path, z, x, y)
    except _FOREIGN as err:
        raise _unreadable(archive.path, err) from err
    # a tile is handed to a browser: only what it draws, never what it would run
    return found if found is not None and picture_kind(found) is not None else None
