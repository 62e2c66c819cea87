"""Documents of a finished run, by sha256: what a person changed in them is noticed and kept.

The steps are what a result is; documents are made from them again at any time. So an edited
document is no fault, but whoever would write over it says so first and keeps a copy.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from gis.say import say
from layers.plain_json import write_json
from layers.provenance import file_sha256
from layers.run_lock import Tell

__all__ = [
    "DOCUMENTS",
    "changed_documents",
    "keep_edited",
    "record_documents",
    "recorded_documents",
]

DOCUMENTS = "documents.json"
"""Record of the documents of a folder: path below it -> sha256."""


def recorded_documents(folder: Path) -> dict[str, str]:
    """Path below the folder -> sha256 as it was written; empty without a record."""
    try:
        found = json.loads((folder / DOCUMENTS).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str) and not _leads_out(k)}


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts


def record_documents(folder: Path, names: Iterable[str]) -> None:
    """Record documents as they were written just now; those that are not there are left out."""
    found = recorded_documents(folder)
    for name in names:
        path = folder / name
        if path.is_file():
            found[name] = file_sha256(path)
    write_json(folder / DOCUMENTS, dict(sorted(found.items())))


def changed_documents(folder: Path) -> tuple[str, ...]:
    """Documents that are not as they were written; one that was removed is not among them."""
    return tuple(
        name
        for name, was in recorded_documents(folder).items()
        if (folder / name).is_file() and file_sha256(folder / name) != was
    )


def keep_edited(folder: Path, to: Path, tell: Tell, names: Iterable[str] | None = None) -> None:
    """Keep a copy of each edited document that is about to be written over, and say so.

    Parameters
    ----------
    folder : Path
        Of the result with the documents.
    to : Path
        Folder of the copies: ``report.edited.html`` beside ``report.html``.
    tell : callable
    names : iterable of str, optional
        The documents that will be written; all of them when not given.
    """
    asked = None if names is None else set(names)
    for name in changed_documents(folder):
        if asked is not None and name not in asked:
            continue
        path = PurePosixPath(name)
        copy = str(path.with_name(f"{path.stem}.edited{path.suffix}"))
        (to / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / name, to / copy)
        tell(say("layers.run.document_kept", name=name, copy=copy))
