"""The folder of an export: written aside, put in place whole, nobody else's files touched."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gis.errors import ConfigError, DataError, Fault, GeoplanError
from gis.files.whole_file import WRITE_ERRORS, about_the_file, put_in_place, write_fault
from gis.say import listed, say
from layers.plain_json import write_json

__all__ = ["EXPORTS", "RECORD", "Staged", "as_written", "export_folder", "staged"]

EXPORTS = "exports"
"""Folder below a run that exports go to when no other is named."""
RECORD = "exports.json"
"""Record of the exports of a folder: path below it -> sha256 of the file as it was written."""
_SHOWN = 6


class Staged:
    """Where files are written before they are put into place.

    Attributes
    ----------
    folder
        To write into.
    written
        What stands in its place once the block has ended.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: list[Path] = []


def export_folder(run: Path, to: Path | None) -> Path:
    """Where an export goes.

    Raises
    ------
    ConfigError
        For a file where a folder is wanted; for a place inside the run that is not its folder
        of exports: what a run wrote is what its record says.
    """
    run = run.resolve()
    if to is None:
        return run / EXPORTS
    folder = to.expanduser().resolve()
    if folder.exists() and not folder.is_dir():
        raise ConfigError(
            say("geoplan.export.to_is_a_file"),
            where="--to",
            got=str(folder),
            todo=say("geoplan.export.give_a_folder"),
        )
    own = run / EXPORTS
    if (folder == run or run in folder.parents) and folder != own and own not in folder.parents:
        raise ConfigError(
            say("geoplan.export.inside_the_run"),
            where="--to",
            got=str(folder),
            expected=str(own),
        )
    return folder


def _units(folder: Path) -> list[Path]:
    """Files below a folder; a File Geodatabase is one."""
    out: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.suffix != ".gdb":
            out += _units(path)
        else:
            out.append(path)
    return out


def _files(unit: Path) -> list[Path]:
    return [p for p in sorted(unit.rglob("*")) if p.is_file()] if unit.is_dir() else [unit]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _recorded(to: Path) -> dict[str, str]:
    try:
        found = json.loads((to / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return (
        {k: v for k, v in found.items() if isinstance(v, str)}
        if isinstance(found, dict)
        else {}
    )


def as_written(to: Path, name: str) -> bool:
    """Whether a file of the folder is as an export left it."""
    path = to / name
    return path.is_file() and not path.is_symlink() and _recorded(to).get(name) == _digest(path)


def _not_ours(to: Path, names: list[str]) -> list[str]:
    """What stands in the way and is not as an export left it."""
    mine = _recorded(to)
    out = []
    for name in names:
        path = to / name
        above = [p for p in path.parents if to in p.parents]
        # a link, or a file where a folder has to be: what is behind it is not the export's
        strange = [p for p in above if p.is_symlink() or (p.exists() and not p.is_dir())]
        if strange or path.is_symlink():
            out.append((strange[-1] if strange else path).relative_to(to).as_posix())
            continue
        if not path.exists():
            continue
        files = [p.relative_to(to).as_posix() for p in _files(path)]
        # the desktop programs leave their locks behind
        held = [f for f in files if not f.endswith(".lock")]
        if any(mine.get(f) != _digest(to / f) for f in held):
            out.append(name)
    return list(dict.fromkeys(out))


def _outlived(to: Path, names: set[str]) -> list[Path]:
    """Side files of a Shapefile before: an index points to wrong rows, a list to none."""
    out = []
    for name in names:
        if not name.endswith(".shp"):
            continue
        stem = name.removesuffix(".shp")
        sides = [f"{stem}{end}" for end in (".qix", ".sbn", ".sbx", "_long_text.csv")]
        out += [to / side for side in sides if side not in names]
    return out


def _in_place(err: GeoplanError, aside: str, to: str) -> GeoplanError:
    """The error with the folder people know: nobody finds the one it is written aside in."""
    return type(err)(
        [
            Fault(
                f.what,
                where=f.where.replace(aside, to) if aside in f.where else f.where,
                got=f.got.replace(aside, to) if aside in f.got else f.got,
                expected=f.expected,
                todo=f.todo,
            )
            for f in err.faults
        ]
    )


@contextmanager
def staged(to: Path) -> Iterator[Staged]:
    """A folder to write an export into, put into place when the block ends well.

    Parameters
    ----------
    to : Path
        Made when missing. What other programs wrote there stays; a file of an earlier export
        is replaced, unless somebody changed it.

    Raises
    ------
    DataError
        When a file would be written over that no export wrote or that was changed since, and
        when the disk fails. Then the folder is as it was.
    """
    try:
        made = not to.exists()
        to.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(dir=to, prefix=".export-") as aside:
                out = Staged(Path(aside))
                try:
                    yield out
                except GeoplanError as err:
                    raise _in_place(err, aside, str(to)) from err
                units = _units(out.folder)
                names = [p.relative_to(out.folder).as_posix() for p in units]
                others = _not_ours(to, names)
                if others:
                    raise DataError(
                        say("geoplan.export.not_ours"),
                        where=str(to),
                        got=listed([*others[:_SHOWN], *(["..."] if others[_SHOWN:] else [])]),
                        todo=say("geoplan.export.move_it"),
                    )
                for unit, name in zip(units, names, strict=True):
                    (to / name).parent.mkdir(parents=True, exist_ok=True)
                    put_in_place(unit, to / name)
                    out.written.append(to / name)
                for old in _outlived(to, set(names)):
                    old.unlink(missing_ok=True)
        finally:
            if made and to.is_dir() and not any(to.iterdir()):
                to.rmdir()
        files = [p for unit in out.written for p in _files(unit)]
        now = {p.relative_to(to).as_posix(): _digest(p) for p in files}
        write_json(to / RECORD, dict(sorted({**_recorded(to), **now}.items())))
    except WRITE_ERRORS as err:
        if not about_the_file(err):
            raise
        raise write_fault(say("geoplan.export.cannot_be_written"), str(to), err) from err
