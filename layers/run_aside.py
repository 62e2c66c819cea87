"""What a run keeps beside its steps: its key, and half-finished work for the next start."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["ASIDE", "KEY", "aside_of", "note_seen", "run_key", "same_inputs"]

KEY = ".key"
"""File of a work folder that names the run."""

ASIDE = ".aside"
"""Folder of a work folder that is no part of the result."""

_SEEN = "inputs"


def run_key(work: Path) -> str:
    """Key of the run whose work folder this is; empty when it is none."""
    try:
        return (work / KEY).read_bytes().decode("ascii", "replace")
    except OSError:
        return ""


def aside_of(work: Path) -> Path:
    """A folder for what only the run itself needs; never part of its result."""
    return work / ASIDE


def note_seen(work: Path, seen: str) -> None:
    """Note which files, as the system sees them, are read from now on.

    Parameters
    ----------
    work : Path
    seen : str
        Differs once an input is written anew, even with the same content.
    """
    aside_of(work).mkdir(parents=True, exist_ok=True)
    (aside_of(work) / _SEEN).write_text(seen, encoding="utf-8")


def same_inputs(work: Path, folder: Path) -> Path:
    """`folder`, emptied unless what is in it was made from the inputs of `note_seen`.

    Half a step may have read an input that was another for a moment: what it left is used
    again only when no input was touched since it began.
    """

    def read(place: Path) -> bytes:
        try:
            return (place / _SEEN).read_bytes()
        except OSError:
            return b""

    now = read(aside_of(work))
    if not now or read(folder) != now:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _SEEN).write_bytes(now)
    return folder
