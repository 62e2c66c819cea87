"""The files of a folder that may be data, without what only belongs to them or hides."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gis.errors import ConfigError, GeoplanError
from gis.files.given import refuse_access
from gis.say import Lang, os_reason, say
from gis.toml import read_toml
from layers.open.sentinel2 import bands_in, is_scene

__all__ = ["Held", "Kind", "Said", "held_files"]

Said = Callable[[Lang], str]
"""A reason in the language it is asked for."""
Kind = Literal["table", "raster", "scene", "weather", "text", "refused", "other"]
_TABLES = {
    *(".shp", ".gpkg", ".geojson", ".fgb", ".parquet", ".kml", ".kmz", ".gml", ".gpx"),
    *(".dxf", ".zip", ".xlsx", ".xlsm"),
}
_RASTERS = {
    *(".tif", ".tiff", ".img", ".asc", ".hgt", ".dem", ".dt0", ".dt1", ".dt2"),
    *(".bil", ".flt", ".grd"),
}
_TEXTS = {".csv", ".json", ".txt", ".tsv"}  # tables or weather, by their content
_WEATHER = {".epw", ".nc", ".nc4", ".zarr", ".tm2", ".tmy"}
# what belongs to another file and is never opened alone
_BESIDE = {
    *(".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qmd", ".fbn", ".fbx", ".ain", ".aih"),
    *(".atx", ".ixs", ".mxs", ".tfw", ".tifw", ".jgw", ".pgw", ".ovr", ".msk", ".aux", ".rrd"),
    *(".wld", ".clr", ".stx"),
    *(".xml", ".hdr", ".qml", ".sld", ".lyr", ".lyrx", ".lock", ".toml", ".gpkg-wal"),
    *(".gpkg-shm", ".gpkg-journal"),
}
_LEVEL_1 = re.compile(r"_MSIL1C_.*\.SAFE$", re.IGNORECASE)
_REFUSED = {
    ".dwg": "save_as_dxf",
    ".dgn": "save_as_dxf",
    ".xls": "save_as_xlsx",
    ".rar": "unpack_it",
    ".7z": "unpack_it",
    ".mpk": "export_it",
    ".mxd": "export_it",
    ".wt": "export_it",
    ".wl": "export_it",
    ".wp": "export_it",
    ".tab": "export_it",
}


@dataclass(frozen=True)
class Held:
    """One file, or the folder of a geodatabase, that a folder holds.

    Attributes
    ----------
    kind
        How it is looked at; ``"refused"`` and ``"other"`` are not.
    why
        Of what is refused: the reason and the way out.
    """

    path: Path
    kind: Kind
    why: Said | None = None


def _of_file(path: Path) -> Held | None:
    suffix = path.suffix.lower()
    if suffix in _BESIDE:
        return None
    if suffix == ".dbf":
        if any(path.with_suffix(s).exists() for s in (".shp", ".SHP")):
            return None
        return Held(path, "refused", say("layers.recognise.dbf_alone"))
    if suffix in {".mdb", ".accdb"}:
        try:
            refuse_access(path, path.name)
        except GeoplanError as err:
            return Held(path, "refused", err.faults[0].text)
        return Held(path, "refused", say("layers.recognise.export_it"))
    if suffix == ".tab" and not _of_mapinfo(path):
        return Held(path, "other")
    if suffix in _REFUSED:
        return Held(path, "refused", say(f"layers.recognise.{_REFUSED[suffix]}"))
    if suffix in _TABLES:
        return Held(path, "table")
    if suffix in _RASTERS:
        return Held(path, "raster")
    if suffix in _WEATHER:
        return Held(path, "weather")
    if suffix in _TEXTS:
        return Held(path, "text")
    return Held(path, "other")


def _of_mapinfo(path: Path) -> bool:
    """Whether a ``.tab`` is a table of MapInfo; WAsP's climates have the name, too."""
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
    except OSError:
        return True
    return head.lstrip(b"\xef\xbb\xbf \r\n").lower().startswith(b"!table") or b"\0" in head


def held_files(folder: Path) -> Iterator[Held]:
    """What a folder holds, in the order of names, to a limited depth.

    Hidden files, links and folders of programs are passed by; a link is told.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ConfigError
        When there is no such folder or it cannot be listed, or it holds more files than
        anybody's data folder does.
    """
    if not folder.is_dir():
        raise ConfigError(
            say("layers.recognise.no_such_folder"),
            where=str(folder),
            got=say("layers.recognise.is_a_file") if folder.exists() else "",
            todo=say("layers.recognise.name_data_folder"),
        )
    limits = read_toml("layers.recognise", "evidence.toml")["walk"]
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError as err:
        raise ConfigError(
            say("layers.recognise.folder_not_listed"), where=str(folder), got=os_reason(err)
        ) from err
    walked = _walked(folder, int(limits["deepest"]), frozenset(limits["skipped"]))
    for n, held in enumerate(walked, 1):
        if n > limits["most_files"]:
            raise ConfigError(
                say("layers.recognise.too_many_files"),
                where=str(folder),
                expected=say("layers.recognise.at_most_files", n=int(limits["most_files"])),
                todo=say("layers.recognise.name_smaller_folder"),
            )
        yield held


def _walked(folder: Path, depth: int, skipped: frozenset[str]) -> Iterator[Held]:
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda e: e.name)
    except OSError as err:
        yield Held(folder, "refused", say("layers.recognise.not_listed", reason=os_reason(err)))
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith((".", "~$")) or entry.name in skipped:
            continue
        if entry.is_symlink():
            yield Held(path, "refused", say("layers.recognise.link_not_followed"))
        elif entry.is_dir(follow_symlinks=False):
            yield from _of_folder(path, depth, skipped)
        elif entry.is_file(follow_symlinks=False):
            held = _of_file(path)
            if held is not None:
                yield held
        else:
            yield Held(path, "refused", say("layers.recognise.no_ordinary_file"))


def _of_folder(path: Path, depth: int, skipped: frozenset[str]) -> Iterator[Held]:
    if path.suffix.lower() == ".gdb":
        yield Held(path, "table")
    elif path.suffix.lower() == ".zarr":
        yield Held(path, "weather")
    elif _LEVEL_1.search(path.name):
        yield Held(path, "refused", say("layers.recognise.scene_level_1"))
    elif _is_scene(path):
        yield Held(path, "scene")
    elif (path / "summary.json").exists() and (path / "results.gpkg").exists():
        yield Held(path, "refused", say("layers.recognise.finished_run"))
    elif depth <= 0:
        yield Held(path, "refused", say("layers.recognise.too_deep"))
    else:
        yield from _walked(path, depth - 1, skipped)


def _is_scene(path: Path) -> bool:
    """Whether a folder is a scene: one of the format, or one that holds its bands itself."""
    if path.suffix.lower() == ".safe":
        return is_scene(path)
    try:
        with os.scandir(path) as entries:
            return bands_in(e.name for e in entries if e.is_file(follow_symlinks=False))
    except OSError:
        return False
