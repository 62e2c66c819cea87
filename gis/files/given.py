"""The door for files a person hands over: what may be opened at all, and as what.

Everything that reads a file named in a plan, on the command line or in a request passes here
first. A pipe or a device would never end, a loop of links has no file, and GDAL opens by
content: a text named ``.geojson`` can send it to the network or to another file.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gis.constants import constants
from gis.errors import DataError, GeoplanError, without_secrets
from gis.foreign import foreign_reason
from gis.say import Sentence, listed, os_reason, say
from gis.toml import read_toml

__all__ = [
    "check_features_file",
    "foreign",
    "given_bytes",
    "given_file",
    "has_views",
    "raster_drivers",
    "refuse_access",
]

_TEXT_HEAD = 1 << 20  # GDAL tells formats apart by a few thousand bytes
_DXF_TAIL = 1 << 10  # a drawing ends with EOF; the driver looks for it for ever
_CHUNK = 1 << 23
_KEY = 160  # the key with its colon, however it is written
_OBJECT = 1 << 16  # the longest description of a coordinate system
_ACCESS = (".mdb", ".accdb")  # no driver of it runs on all systems
# an address; of Windows a drive is one letter, and a Path keeps one of two slashes
_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]+:[/\\]|(?:https?|ftp|s3|gs|file):)", re.IGNORECASE)
_JET, _ACE = b"Standard Jet DB", b"Standard ACE DB"
_KINDS = (
    (stat.S_ISFIFO, "a_pipe"),
    (stat.S_ISCHR, "a_device"),
    (stat.S_ISBLK, "a_device"),
    (stat.S_ISSOCK, "a_socket"),
)
# "crs" as a key, each letter as itself or escaped
_CRS = re.compile(
    rb""""(?:c|\\u00[46]3)(?:r|\\u00[57]2)(?:s|\\u00[57]3)"\s*(?:\Z|:\s*(?:\Z|\{))""",
    re.IGNORECASE,
)


def given_file(path: str | Path, error: type[GeoplanError] = DataError) -> Path:
    r"""`path`, when a reader may open it; a path where nothing is passes too.

    Parameters
    ----------
    path : path
        As a person wrote it.
    error : type of GeoplanError
        What to raise: a plan or a rule book is configuration, the rest data.

    Raises
    ------
    GeoplanError
        Pipe, device, socket, loop of links, a path with a NUL, an address of GDAL's own
        file systems or of the network.

    Examples
    --------
    >>> try:
    ...     given_file("a\0b.tif")
    ... except DataError as err:
    ...     print(err)
    'a\x00b.tif': this is no path of a file; got a zero byte in it
    """
    text = os.fspath(path)
    if "\0" in text:
        raise error(say("gis.given.no_path"), where=repr(text), got=say("gis.given.zero_byte"))
    if text.replace("\\", "/").lower().startswith("/vsi"):
        raise error(
            say("gis.given.no_path"),
            where=without_secrets(text),
            got=say("gis.given.address_of_gdal"),
            todo=say("gis.given.fetch_it_first"),
        )
    if _ADDRESS.match(text):
        raise error(
            say("gis.given.no_path"),
            where=without_secrets(text),
            got=say("gis.given.address_of_network"),
            todo=say("gis.given.fetch_it_first"),
        )
    path = Path(text)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return path
    except (OSError, ValueError) as err:
        got: str = os_reason(err) if isinstance(err, OSError) else foreign_reason(err)
        raise error(say("gis.given.not_opened"), where=text, got=got) from err
    for is_kind, key in _KINDS:
        if is_kind(mode):
            raise error(
                say("gis.given.no_file"),
                where=text,
                got=say(f"gis.given.{key}"),
                todo=say("gis.given.save_as_file"),
            )
    return path


def given_bytes(path: str | Path, error: type[GeoplanError] = DataError) -> bytes:
    """The content of a text file a person hands over, up to the ceiling for texts.

    Raises
    ------
    OSError
        When it is not there or may not be read, for the caller to say whose file it is.
    GeoplanError
        When it is no file (`given_file`) or larger than the ceiling.
    """
    path = given_file(path, error)
    limit = int(constants("limits")["text_bytes_max"])
    with path.open("rb") as stream:
        raw = stream.read(limit + 1)
    if len(raw) > limit:
        raise error(
            say("gis.files.text_file_too_large"),
            where=str(path),
            expected=say("gis.files.at_most_bytes", limit=limit),
        )
    return raw


@contextlib.contextmanager
def foreign(what: str | Callable[[], str], where: str = "", todo: str = "") -> Iterator[None]:
    """Whatever a library raises inside the block becomes one error with file and reason.

    Parameters
    ----------
    what : str or callable
        The fault, such as ``"the file cannot be read as features"``, or what says it.
    where : str
        File and layer.
    todo : str
        The way out.

    Raises
    ------
    DataError
        In place of any exception that is not ours; it stays in the chain, for ``--debug``.

    Examples
    --------
    >>> with foreign("the table cannot be read", "a.csv"):
    ...     int("x")
    Traceback (most recent call last):
    gis.errors.DataError: a.csv: the table cannot be read; got 'x' is no number
    """
    try:
        yield
    except GeoplanError:
        raise
    except Exception as err:
        said = what if isinstance(what, str) else what()
        raise DataError(said, where=where, got=foreign_reason(err), todo=todo) from err


@cache
def _marks() -> tuple[bytes, ...]:
    marks = read_toml("gis.files", "formats.toml")["elsewhere"]["marks"]
    return tuple(m.lower().encode() for m in marks)


def _points_elsewhere(path: Path, label: str) -> DataError:
    return DataError(
        say("gis.given.points_elsewhere"),
        where=label or str(path),
        expected=say("gis.given.data_themselves"),
        todo=say("gis.given.export_data"),
    )


def _not_of_suffix(path: Path, label: str, got: str | Sentence = "") -> DataError:
    return DataError(
        say("gis.given.not_of_suffix", suffix=path.suffix.lower()),
        where=label or str(path),
        got=got,
        todo=say("gis.files.open_in_qgis"),
    )


def refuse_access(path: Path, label: str = "") -> None:
    """Refuse an Access database (personal geodatabase), whatever its name ends with.

    Parameters
    ----------
    path : Path
    label : str
        Name of the file in messages, such as the archive it came in.

    Raises
    ------
    DataError
        With the way out: an export from the program that wrote it.
    """
    named = path.suffix.lower() in _ACCESS
    if not named and path.is_file():
        with path.open("rb") as stream:
            named = stream.read(len(_JET) + 4)[4:] in (_JET, _ACE)
    if named:
        raise DataError(
            say("gis.given.access_database"),
            where=label or str(path),
            got=path.suffix or say("gis.given.no_suffix"),
            expected=".gdb, .gpkg",
            todo=say("gis.given.export_access"),
        )


def check_features_file(path: Path, label: str = "") -> None:
    """Refuse a file of features whose content is not what its suffix says.

    Parameters
    ----------
    path : Path
        An existing file, or the folder of a FileGDB.
    label : str
        Name of the file in messages, such as the archive it came in.

    Raises
    ------
    DataError
        An unknown suffix, another content, or a description that points to the network or
        to other files.
    """
    refuse_access(path, label)
    allowed: Mapping[str, Any] = read_toml("gis.files", "formats.toml")["vector"]
    row = allowed.get(path.suffix.lower())
    if row is None:
        raise DataError(
            say("gis.given.unknown_suffix"),
            where=label or str(path),
            got=path.suffix or say("gis.given.no_suffix"),
            expected=listed([*allowed, ".csv", ".xlsx", ".txt", ".zip", ".kmz"]),
            todo=say("gis.files.convert_geopackage"),
        )
    if row.get("folder") or path.is_dir():
        if not (row.get("folder") and path.is_dir()):
            raise _not_of_suffix(path, label)
        return
    with path.open("rb") as stream:
        head = stream.read(_TEXT_HEAD)
    if begins := row.get("begins"):
        if not head.startswith(bytes.fromhex(begins)):
            raise _not_of_suffix(path, label)
        return
    low = head.replace(b"\0", b"").lower()
    if any(mark in low for mark in _marks()):
        raise _points_elsewhere(path, label)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = {"json": (b"{", b"["), "xml": (b"<",)}.get(row["text"])
    if first is not None and not text.startswith(first):
        raise _not_of_suffix(path, label)
    if row["text"] == "dxf":
        if not re.match(rb"\d|AutoCAD Binary DXF", text):
            raise _not_of_suffix(path, label)
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - _DXF_TAIL))
            if b"EOF" not in stream.read():
                raise _not_of_suffix(path, label, say("gis.given.cut_off"))
    if row["text"] == "json" and _links_to_crs(path):
        raise DataError(
            say("gis.given.crs_by_link"),
            where=label or str(path),
            todo=say("gis.given.write_crs_code"),
        )


def _links_to_crs(path: Path) -> bool:
    """Whether a GeoJSON names its coordinate system by an address GDAL would ask."""
    links = read_toml("gis.files", "formats.toml")["elsewhere"]["crs_links"]
    with path.open("rb") as stream:
        start, tail = 0, b""
        while chunk := stream.read(_CHUNK):
            text = tail + chunk
            for at in _key_places(text):
                if _is_link(path, start - len(tail) + at, links):
                    return True
            start += len(chunk)
            tail = text[-_KEY:]
    return False


def _key_places(text: bytes) -> Iterator[int]:
    """Where the key may begin; a search for plain bytes is twenty times one by expression."""
    low = text.lower()
    for mark in (b'crs"', b"\\u00"):  # GDAL takes no other quotes
        at = low.find(mark)
        while at >= 0:
            found = _CRS.search(text, max(0, at - _KEY), at + 2 * _KEY)
            if found is not None:
                yield found.start()
            at = low.find(mark, at + 1)


def _is_link(path: Path, at: int, links: Iterable[str]) -> bool:
    """Whether the object after the key at a place of a file is a link."""
    with path.open("rb") as stream:
        stream.seek(at)
        raw = stream.read(_OBJECT)
    key = _CRS.match(raw)
    if key is None:
        return False
    text = raw[key.end() - 1 :].decode("utf-8", "replace")
    try:
        crs = json.JSONDecoder().raw_decode(text)[0]
    except (ValueError, RecursionError):
        return True  # what we cannot read GDAL may
    if not isinstance(crs, dict):
        return True
    return any(str(v).lower() in links for k, v in crs.items() if k.lower() == "type")


def has_views(path: Path, label: str = "") -> bool:
    """Whether a GeoPackage holds views, or cannot be asked.

    Raises
    ------
    DataError
        When it is no database, or a damaged one.
    """
    address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True)) as base:
            found = base.execute("select 1 from sqlite_master where type = 'view' limit 1")
            return found.fetchone() is not None
    except sqlite3.OperationalError:
        return True  # locked, or of a kind that only GDAL knows
    except sqlite3.Error as err:
        raise DataError(
            say("gis.files.file_cannot_read_features"),
            where=label or str(path),
            got=foreign_reason(err),
            todo=say("gis.files.open_in_qgis"),
        ) from err


def raster_drivers(path: Path) -> list[str]:
    """The GDAL drivers that may open a raster, by its suffix.

    Raises
    ------
    DataError
        A suffix that is not listed, or a side file that is no TIFF.

    Examples
    --------
    >>> raster_drivers(Path("dem.TIF"))
    ['GTiff']
    """
    refuse_access(path)
    table = read_toml("gis.files", "formats.toml")
    allowed: Mapping[str, Any] = table["raster"]
    found = allowed.get(path.suffix.lower())
    if found is None:
        raise DataError(
            say("gis.given.unknown_suffix"),
            where=str(path),
            got=path.suffix or say("gis.given.no_suffix"),
            expected=listed(list(allowed)),
            todo=say("gis.given.convert_geotiff"),
        )
    begins = tuple(bytes.fromhex(b) for b in table["elsewhere"]["side_begins"])
    for suffix in table["elsewhere"]["side_files"]:
        for beside in (path.with_name(path.name + suffix), path.with_suffix(suffix)):
            if not os.path.lexists(beside):
                continue
            given_file(beside)
            with beside.open("rb") as stream:
                if not stream.read(4).startswith(begins):
                    raise _points_elsewhere(beside, "")
    return list(found)
