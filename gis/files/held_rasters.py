"""Rasters that stay open while they are read window by window.

To open a file and to look whether it may be opened takes longer than to read a window of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gis.files.raster_info import open_raster_file
from gis.machine import stamp_of

__all__ = ["HeldRasters", "held_rasters"]

_HELD_BYTES = 1 << 24
"""Read from one opening before it is closed: the driver keeps the blocks until then."""

_Key = tuple[Path, tuple[int, ...]]


@dataclass(frozen=True)
class HeldRasters:
    """Openings nobody reads just now; each belongs to one reader at a time.

    Copied into another process it holds none.

    Attributes
    ----------
    free : dict
        Path and stamp of a file -> openings, each with the bytes read from it so far. A file
        that was replaced has another stamp, so it is opened anew.
    """

    free: dict[_Key, list[tuple[Any, int]]] = field(default_factory=dict)

    def __reduce__(self) -> tuple[type[HeldRasters], tuple[()]]:
        """As another process gets it."""
        return HeldRasters, ()

    @contextmanager
    def reading(self, path: Path, size: int) -> Iterator[Any]:
        """An opening of a file for one read.

        Parameters
        ----------
        path : Path
        size : int
            Bytes about to be read.

        Raises
        ------
        DataError
            As `gis.files.raster_info.open_raster_file`.
        OSError
            When the file is gone.
        """
        key = path, stamp_of(path)
        kept = self.free.setdefault(key, [])
        try:
            src, read = kept.pop()
        except IndexError:
            src, read = open_raster_file(path), 0
        try:
            yield src
        except BaseException:
            src.close()
            raise
        if read + size < _HELD_BYTES:
            kept.append((src, read + size))
        else:
            src.close()

    def close(self) -> None:
        """Close what is open."""
        for kept in self.free.values():
            while kept:
                kept.pop()[0].close()


@contextmanager
def held_rasters() -> Iterator[HeldRasters]:
    """Openings for the windows of a piece of work, closed at its end.

    Examples
    --------
    >>> with held_rasters() as held:
    ...     held.free
    {}
    """
    held = HeldRasters()
    try:
        yield held
    finally:
        held.close()
