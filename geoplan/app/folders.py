"""Folders of this machine as the page shows them, and files that are brought in."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path, PurePosixPath

from typing_extensions import TypedDict

from geoplan.app.workspace import Project, Workspace
from gis.errors import ConfigError
from gis.say import os_reason, say
from gis.toml import read_toml

__all__ = [
    "FolderView",
    "drop_template",
    "folder_view",
    "put_piece",
    "take_template",
    "template_of",
]

_T = "geoplan.app"
_SHOWN = 400
# what no system takes in a name, and what hides a file or leads out
_BAD = re.compile(r'[\x00-\x1f<>:"|?*\\]|^\.|[. ]$')


class FolderView(TypedDict):
    """A folder: what lies in it, by name.

    Attributes
    ----------
    path
        Under its root; empty for the root itself.
    data
        How many files and geodatabases lie straight in it.
    """

    root: int
    path: str
    title: str
    folders: list[str]
    data: int
    more: int


def folder_view(space: Workspace, root: int, path: str) -> FolderView:
    """What a folder under a root holds; hidden ones and links are passed by.

    Raises
    ------
    ConfigError
        When it lies outside, is no folder, or cannot be listed.
    """
    folder = space.inside(root, path)
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda e: e.name)
    except OSError as err:
        raise ConfigError(
            say(f"{_T}.not_listed"), where=path[:120], got=os_reason(err)
        ) from err
    plain = [e for e in found if not e.name.startswith((".", "~$")) and not e.is_symlink()]
    folders = [e.name for e in plain if e.is_dir() and not e.name.lower().endswith(".gdb")]
    base = space.roots[root].resolve()
    return {
        "root": root,
        "path": folder.relative_to(base).as_posix().removeprefix("."),
        "title": str(folder),
        "folders": folders[:_SHOWN],
        "data": len(plain) - len(folders),
        "more": max(0, len(folders) - _SHOWN),
    }


def _limits() -> dict[str, int]:
    return {k: int(v) for k, v in read_toml("geoplan.app", "limits.toml")["upload"].items()}


def _target(project: Project, path: str) -> Path:
    """Where a file that is brought in is kept.

    Raises
    ------
    ConfigError
        When its name could lead anywhere else.
    """
    parts = PurePosixPath(path).parts
    wrong = (
        not parts
        or len(parts) > _limits()["deepest"]
        or any(p in ("..", "/") or _BAD.search(p) or len(p.encode()) > 200 for p in parts)
    )
    if wrong:
        raise ConfigError(say(f"{_T}.no_file_name"), got=path[:120])
    target = project.data.joinpath(*parts)
    project.data.mkdir(exist_ok=True)
    if not target.parent.resolve().is_relative_to(project.data.resolve()):
        raise ConfigError(say(f"{_T}.no_file_name"), got=path[:120])
    return target


def put_piece(project: Project, path: str, offset: int, piece: bytes, total: int) -> int:
    """Write one piece of a file that is brought in; how much of it is there now.

    Parameters
    ----------
    path : str
        Name, with the folders it lay in.
    offset, total : int
        Where the piece begins, and how long the whole file is [bytes].

    Raises
    ------
    ConfigError
        When the name is none, files are too large or too many, or pieces do not follow.
    """
    limits = _limits()
    target = _target(project, path)
    if total > limits["file_bytes"] or offset + len(piece) > total:
        raise ConfigError(
            say(f"{_T}.file_too_large"),
            got=path[-120:],
            expected=say(f"{_T}.at_most_mb", mb=limits["file_bytes"] >> 20),
            todo=say(f"{_T}.choose_folder_instead"),
        )
    if offset == 0:
        _require_room(project, total)
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        held = part.stat().st_size if part.exists() and offset else 0
        if held != offset:
            raise ConfigError(say(f"{_T}.piece_missing"), got=f"{path[-100:]}: {held}")
        with part.open("ab" if offset else "wb") as stream:
            stream.write(piece)
        if offset + len(piece) == total:
            part.replace(target)
    except OSError as err:
        raise ConfigError(
            say(f"{_T}.file_not_kept"), where=path[-120:], got=os_reason(err)
        ) from err
    return offset + len(piece)


def template_of(project: Project) -> Path | None:
    """The Word file the reports of a project take their styles from; None without one."""
    return next(iter(sorted(_templates(project).glob("*.docx"))), None)


def take_template(project: Project, name: str, content: bytes) -> None:
    """Keep a Word file as the template of a project, in place of the one before.

    Raises
    ------
    ConfigError
        When the name is none, or the file cannot be a template; the one before stays.
    """
    from geoplan.report.template import open_template

    if _BAD.search(name) or "/" in name:
        raise ConfigError(say(f"{_T}.no_file_name"), got=name[-120:])
    folder = _templates(project)
    try:
        with tempfile.TemporaryDirectory(prefix="geoplan-") as aside:
            given = Path(aside, name)
            given.write_bytes(content)
            open_template(given, name)
        before = sorted(folder.glob("*.docx"))
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        for one in before:
            if one.name != name:
                one.unlink(missing_ok=True)
    except OSError as err:
        raise ConfigError(say(f"{_T}.file_not_kept"), where=name, got=os_reason(err)) from err


def drop_template(project: Project) -> None:
    """Take the template of a project away: reports have the styles of the house again."""
    for one in _templates(project).glob("*.docx"):
        one.unlink(missing_ok=True)


def _templates(project: Project) -> Path:
    return project.folder / "template"


def _require_room(project: Project, total: int) -> None:
    limits = _limits()
    sizes = [p.stat().st_size for p in project.data.rglob("*") if p.is_file()]
    if len(sizes) >= limits["files"] or sum(sizes) + total > limits["project_bytes"]:
        raise ConfigError(
            say(f"{_T}.too_many_files"),
            expected=say(f"{_T}.at_most_mb", mb=limits["project_bytes"] >> 20),
            todo=say(f"{_T}.choose_folder_instead"),
        )
    if shutil.disk_usage(project.folder).free < total + limits["disk_left_bytes"]:
        raise ConfigError(say(f"{_T}.no_disk"), todo=say(f"{_T}.choose_folder_instead"))
