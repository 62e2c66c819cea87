"""Arrays mapped from ``.npy`` files, whose pages can be given back."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import say

__all__ = ["Mapped", "map_array"]


@dataclass(frozen=True)
class Mapped:
    """An array in a file.

    Attributes
    ----------
    array
        Reads from the file when touched; what is written stays in memory only.
    pages
        The mapping behind it.
    """

    array: npt.NDArray[Any]
    pages: mmap.mmap | None

    def release(self) -> None:
        """Give the touched pages back; they are read again when needed.

        Pages of a mapped file count as this process's memory until then. Does nothing where
        the system has no such call.
        """
        if self.pages is not None and hasattr(mmap, "MADV_DONTNEED"):
            self.pages.madvise(mmap.MADV_DONTNEED)


@lru_cache(maxsize=256)
def map_array(path: Path) -> Mapped:
    """Map a ``.npy`` file.

    Raises
    ------
    DataError
        When the file is missing or is not a plain array.
    """
    if not path.exists():
        raise DataError(say("gis.cells.prepared_array_missing"), where=str(path))
    with path.open("rb") as stream:
        try:
            version = np.lib.format.read_magic(stream)
            read = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, fortran, dtype = read(stream)
        except ValueError as err:
            raise DataError(
                say("gis.cells.not_npy_file"), where=str(path), got=foreign_reason(err)
            ) from err
        start = stream.tell()
        if dtype.hasobject or fortran:
            raise DataError(say("gis.cells.not_plain_array_row_order"), where=str(path))
        count = int(np.prod(shape))
        if count == 0:
            return Mapped(np.zeros(shape, dtype), None)
        # copy on write: the kernels know one, writable kind of array, and nothing is written
        pages = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY)
    array = np.frombuffer(pages, dtype, count, start).reshape(shape)
    return Mapped(array, pages)
