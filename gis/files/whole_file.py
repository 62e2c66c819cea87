"""A file that is there whole or not at all, and the fault when it cannot be written."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import say

__all__ = [
    "WRITE_ERRORS",
    "about_the_file",
    "no_room",
    "put_in_place",
    "whole_file",
    "whole_folder",
    "write_fault",
]

# GDAL's own errors leave rasterio bare when a file is closed: it has no public name for them.
# pyogrio's are RuntimeErrors, told by their module: importing it takes 90 MB, which a raster
# writer need not pay.
WRITE_ERRORS = (OSError, RasterioError, CPLE_BaseError, RuntimeError)

_ROOM = 65_536  # bytes free: what a writer could not use of a full disk
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_THE_DISK = ("CRSError", "FieldError", "GeometryError")
_REFUSED = ("permission denied", "read-only", "no such file")


def about_the_file(error: Exception) -> bool:
    """Whether `error` (one of `WRITE_ERRORS`) came from the file and not from our code."""
    return not isinstance(error, RuntimeError) or type(error).__module__ == "pyogrio.errors"


def no_room(folder: Path) -> bool:
    """Whether the disk below a folder is as good as full at this moment."""
    try:
        return shutil.disk_usage(folder).free < _ROOM
    except OSError:
        return False


def write_fault(
    what: str, where: str, error: Exception, *, known_full: bool = False
) -> DataError:
    """The error to raise for a write that failed; it names a full disk where that may be it.

    GDAL gives a failed write no error number, so all of its failures may be a full disk but
    those that name another cause. Its words are of the file it could not finish then, so where
    the disk is known to be full they are not given.

    Examples
    --------
    >>> print(write_fault("a.tif is lost", "", OSError(errno.ENOSPC, "No space")))
    a.tif is lost; got the disk is full; the disk may be full: free space, then run again
    """
    # GDAL's errors carry a number of that name too, which is another thing
    number = error.errno if isinstance(error, OSError) else None
    text = str(error)
    refused = any(word in text.lower() for word in _REFUSED)
    full = (
        known_full
        or number in _FULL
        or (number is None and not refused and type(error).__name__ not in _NOT_THE_DISK)
    )
    return DataError(
        what,
        where=where,
        got=say("gis.system.ENOSPC") if known_full else foreign_reason(error),
        todo=say("gis.files.disk_may_full_free_space")
        if full
        else say("gis.files.check_rights_folder_no_other"),
    )


@contextmanager
def whole_file(path: Path, what: str, where: str = "") -> Iterator[Path]:
    """A path to write to, whose file takes the place of `path` when the block ends well.

    Parameters
    ----------
    path : Path
        Its folder is made when missing; a file that is there stays until the new one is whole.
    what : str
        The fault when the disk fails, such as ``"the raster cannot be written"``.
    where : str
        Of the fault; the path when empty.

    Yields
    ------
    Path
        Of the same name, in a hidden folder beside `path` that is gone afterwards.

    Raises
    ------
    DataError
        When the block or the move fails on the disk. Other errors pass.
    """
    # a folder is never taken for the file it stands in the place of
    with _aside(path, what, where, lambda part, to: part.replace(to)) as part:
        yield part


@contextmanager
def _aside(
    path: Path, what: str, where: str, move: Callable[[Path, Path], object]
) -> Iterator[Path]:
    known_full = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # a short prefix: names of more than 255 bytes are refused, and one Chinese sign takes 3
        prefix = f".{path.stem[:24]}-"
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=prefix) as folder:
            part = Path(folder, path.name)
            try:
                yield part
                move(part, path)
            except WRITE_ERRORS:
                known_full = no_room(path.parent)  # while what was written still stands
                raise
    except WRITE_ERRORS as e:
        if not about_the_file(e):
            raise
        raise write_fault(what, where or str(path), e, known_full=known_full) from e


@contextmanager
def whole_folder(path: Path, what: str, where: str = "") -> Iterator[Path]:
    """A folder to fill, which takes the place of the folder `path` when the block ends well.

    Parameters
    ----------
    path : Path
        The folder above it is made when missing; what is there stays until the new one is
        whole.
    what : str
        The fault when the disk fails.
    where : str
        Of the fault; the path when empty.

    Yields
    ------
    Path
        Of the same name, in a hidden folder beside `path`; the block makes it.

    Raises
    ------
    DataError
        When the block or the move fails on the disk. Other errors pass.
    """
    with _aside(path, what, where, put_in_place) as part:
        yield part


def put_in_place(part: Path, path: Path) -> None:
    """Move a file or a folder to `path` in place of what is there, which comes back on failure.

    Examples
    --------
    >>> new, old = Path(tempfile.mkdtemp(), "new"), Path(tempfile.mkdtemp(), "old")
    >>> _ = new.write_text("b"), old.write_text("a"), put_in_place(new, old)
    >>> old.read_text(), new.exists()
    ('b', False)
    """
    if not path.is_dir() or path.is_symlink():
        part.replace(path)
        return
    # a folder that is not empty takes no other in its place
    aside = part.with_name(f"{part.name}.before")
    path.replace(aside)
    try:
        part.replace(path)
    except OSError:
        aside.replace(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)
