"""What a result was computed from: inputs by checksum, rule books, parameters, versions."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.errors import DataError
from gis.files.given import given_file
from gis.say import say
from gis.toml import read_toml
from layers.plain_json import JsonObject, digest

__all__ = ["Provenance", "file_mark", "file_sha256", "file_stamp", "provenance"]

_PACKAGES = (
    "pingluo-geoplan",
    "numpy",
    "pandas",
    "geopandas",
    "shapely",
    "pyproj",
    "rasterio",
    "pyogrio",
    "numba",
    "pvlib",
    "windpowerlib",
    "folium",
)

_ROOT = Path(__file__).resolve().parents[1]
_COMPILED = frozenset({".pyc", ".nbc", ".nbi"})
_AUX_MOST = 1 << 24  # bytes of an aux.xml that is looked through


@dataclass(frozen=True)
class Provenance:
    """What a result was computed from.

    Attributes
    ----------
    inputs
        Input name -> sha256 of its bytes.
    rule_books
        Rule book id -> version (as-of date and content digest).
    parameters
        What the user or the plan chose.
    versions
        Package -> version.
    """

    inputs: Mapping[str, str]
    rule_books: Mapping[str, str]
    parameters: Mapping[str, Any]
    versions: Mapping[str, str]

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that name this combination."""
        return digest(self.inputs, self.rule_books, self.parameters, self.versions)[:12]

    def as_dict(self) -> JsonObject:
        """For ``summary.json``."""
        return {
            "run_id": self.id,
            "inputs": dict(self.inputs),
            "rule_books": dict(self.rule_books),
            "parameters": dict(self.parameters),
            "versions": dict(self.versions),
        }


def _formats() -> dict[str, Any]:
    return read_toml("gis.files", "formats.toml")


def _beside(path: Path) -> list[Path]:
    """Files of the same folder that say what is read of a file: prj, world files, aux.xml."""
    formats, suffix = _formats(), path.suffix.lower()
    if suffix not in {**formats["vector"], **formats["raster"]}:
        return []
    known, stem, name = formats["beside"], path.stem.lower(), path.name.lower()
    ends = {f"{name}{e}" for e in known["whole_name"]} | {f"{stem}{e}" for e in known["suffix"]}
    every = f"{stem}." if suffix in known["all"] else None
    with os.scandir(path.parent) as found:
        names = [e.name for e in found if e.name != path.name]
    return [
        path.parent / n
        for n in sorted(names)
        if n.lower() in ends or (every is not None and n.lower().startswith(every))
    ]


def _parts(path: Path) -> list[Path]:
    """The files behind a name: of a folder all, of a file those beside it too."""
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file())
    return [path, *_beside(path)] if path.exists() else [path]


def _tells(path: Path) -> bool:
    """Whether a file beside another one says anything: statistics alone do not."""
    try:
        size = path.stat().st_size
    except OSError:
        return False  # gone since the folder was looked at
    if not path.name.lower().endswith(".aux.xml") or size > _AUX_MOST:
        return size > 0  # a database leaves an empty one while it is read
    data = path.read_bytes()
    return any(m.encode() in data for m in _formats()["beside"]["told"])


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, or of the names and bytes of all files of a folder.

    What stands beside a data set and changes what is read of it is part of it: all files of
    a Shapefile, a world file, a prj, an aux.xml that holds more than statistics.

    Raises
    ------
    DataError
        When the path does not exist.
    """
    h = hashlib.sha256()
    given_file(path)
    files = _parts(path)
    if not files or not path.exists():
        raise DataError(
            say("layers.room.file_missing"), where=str(path), todo=say("layers.room.check_path")
        )
    for f in files:
        given_file(f)
    if not path.is_dir():
        files = [path, *(f for f in files[1:] if _tells(f))]
    for f in files:
        if len(files) > 1:
            # the name below the folder: bands of two days may be called the same
            name = f.relative_to(path).as_posix() if path.is_dir() else f.name
            h.update(os.fsencode(f"{name}\0{f.stat().st_size}\0"))
        with f.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                h.update(chunk)
    return h.hexdigest()


def code_digest(*rooms: str) -> str:
    """SHA-256 of the code and data of rooms of this program, as they are installed.

    Parameters
    ----------
    *rooms : str
        Top-level packages, ``"gis"``; what Python and numba compile is no part of them.

    Examples
    --------
    >>> code_digest("gis") == code_digest("gis") != code_digest("layers")
    True
    """
    h = hashlib.sha256()
    for room in rooms:
        base = _ROOT / room
        for path in sorted(p for p in base.rglob("*") if p.suffix not in _COMPILED):
            if path.is_file():
                data = path.read_bytes()
                name = path.relative_to(_ROOT).as_posix()
                h.update(f"{name}\0{len(data)}\0".encode())
                h.update(data)
    return h.hexdigest()


def file_stamp(path: Path) -> tuple[tuple[object, ...], ...]:
    """What the system says of a file without reading it; it differs once a file is replaced.

    Cheap enough to be asked after every step of a run. Empty when the file is gone.

    Examples
    --------
    >>> file_stamp(Path("nowhere"))
    ()
    """
    out = []
    for f in _parts(path):
        try:
            s = f.stat()
        except OSError:
            continue
        out.append((f.name, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino))
    return tuple(out)


def file_mark(path: Path) -> int:
    """`file_stamp` as a number, for keys of caches: another one once a file is replaced.

    The time a file was written does not do: copies keep it, clocks jump, and of a Shapefile
    a side file may be another while the first is the same.
    """
    text = repr(file_stamp(path)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


def provenance(
    inputs: Mapping[str, Path],
    rule_books: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Provenance:
    """Compute the provenance of a result from its inputs."""
    versions = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    return Provenance(
        inputs={k: file_sha256(p) for k, p in sorted(inputs.items())},
        rule_books=dict(rule_books or {}),
        parameters=dict(parameters or {}),
        versions=versions,
    )
