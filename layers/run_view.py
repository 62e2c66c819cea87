"""A folder in which one step of a run is computed apart from the others.

It holds the files of the steps it reads from and no others, so that what is written in it is
the step's own, whatever runs at the same time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from layers.run_aside import KEY, aside_of
from layers.run_folder import RunFolder
from layers.run_record import read_records, write_records

__all__ = ["open_view", "take_step"]


def _same_file(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(old, new)
    except OSError:  # a file system without links
        shutil.copy2(old, new)


def open_view(run: RunFolder, name: str, needs: Iterable[str]) -> RunFolder:
    """A run folder in which step `name` finds what the steps `needs` wrote.

    Parameters
    ----------
    run : RunFolder
    name : str
    needs : iterable of str
        Finished steps: all it reads from, and those they read from.
    """
    work = aside_of(run.work) / "apart" / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    records = read_records(run.work)
    known = {n: records[n] for n in needs if n in records}
    for one in known.values():
        for path in one.files:
            _same_file(run.work / path, work / path)
    (work / KEY).write_bytes(run.key.encode())
    write_records(work, known)
    return replace(run, work=work)


def take_step(run: RunFolder, view: RunFolder, name: str) -> None:
    """Move the finished step `name` from its `view` into `run` and record it there."""
    one = read_records(view.work)[name]
    for path in one.files:
        (run.work / path).parent.mkdir(parents=True, exist_ok=True)
        os.replace(view.work / path, run.work / path)  # noqa: PTH105 - same volume, one call
    records = read_records(run.work)
    records[name] = replace(one, key=run.key)
    write_records(run.work, records)
    shutil.rmtree(view.work, ignore_errors=True)
