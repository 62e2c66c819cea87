"""What was written is on the disk, not only in the memory of the system."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["write_through"]


def write_through(folder: Path) -> None:
    """Have the system write what it keeps of a folder.

    After a power cut a moved folder may otherwise be there with empty files in it.
    """
    if os.name == "nt":
        return  # its journal keeps the order, and a folder cannot be opened
    for path in [*folder.rglob("*"), folder, folder.parent]:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            continue
        with contextlib.suppress(OSError):  # a file system that cannot: nothing is lost yet
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
