"""One file brought whole: asked for again, gone on with, checked and put in its place."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import time
import urllib.error
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.errors import DataError
from gis.say import say
from layers.fetch.manners import Manners, NotBroughtError, again, not_brought, pace, shown
from layers.plan.model import Download
from layers.provenance import file_sha256
from layers.result import Progress

__all__ = ["bring"]

_CHUNK = 1 << 18
# first bytes of what a suffix promises
_BEGINS = {
    ".tif": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ".tiff": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ".zip": (b"PK",),
    ".kmz": (b"PK",),
    ".xlsx": (b"PK",),
    ".gpkg": (b"SQLite format 3\0",),
    ".parquet": (b"PAR1",),
    ".fgb": (b"fgb",),
    ".shp": (b"\0\0\x27\x0a",),
    ".nc": (b"CDF", b"\x89HDF"),
    ".h5": (b"\x89HDF",),
    ".gz": (b"\x1f\x8b",),
    ".pbf": (b"\0\0\0",),  # the length of its first part
}
_PAGES = frozenset({".html", ".htm"})


@dataclass
class _Partial:
    """What has come of a file: its bytes, and which edition of it they are.

    Attributes
    ----------
    file, note
        The bytes, and beside them address and mark of the edition.
    edition
        ``ETag`` or ``Last-Modified`` of the server; empty when it names none, and then
        the file is begun again.
    """

    file: Path
    note: Path
    url: str
    edition: str = ""

    @classmethod
    def of(cls, target: Path, url: str) -> _Partial:
        """What an earlier try left of `url`; nothing of another address."""
        file = target.with_name(target.name + ".part")
        out = cls(file, target.with_name(target.name + ".part.json"), url)
        try:
            said = json.loads(out.note.read_text(encoding="utf-8"))
            if said["url"] == url:
                out.edition = str(said["edition"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            out.edition = ""
        return out

    def size(self) -> int:
        """Bytes that can be kept."""
        return self.file.stat().st_size if self.edition and self.file.is_file() else 0

    def begin(self, edition: str) -> None:
        """Start the file again, in that edition."""
        self.edition = edition
        self.file.write_bytes(b"")
        self.note.write_text(
            json.dumps({"url": self.url, "edition": edition}), encoding="utf-8"
        )

    def drop(self) -> None:
        """Leave nothing."""
        self.file.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def bring(
    item: Download, target: Path, progress: Progress, manners: Manners | None = None
) -> None:
    """Bring one file, again after a pause where that can help, from where it stopped.

    Parameters
    ----------
    item : Download
        Address, name, checksum and size allowed.
    target : Path
        Where it goes when it is whole; what came stands beside it until then.
    progress : callable
        Told path, bytes done and bytes in all.
    manners : Manners, optional
        How often its host is asked; shared by all who ask at the same time.

    Raises
    ------
    DataError
        When it cannot be had, is not what was asked for, or has another checksum.
    """
    manners = manners or Manners()
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _Partial.of(target, item.url)

    def failed(err: BaseException) -> DataError:
        if not partial.size():
            partial.drop()
        return not_brought(item.url, err, item.path)

    try:
        again(lambda: _try(item, target, partial, progress, manners), failed)
    except NotBroughtError:
        raise
    except DataError:
        partial.drop()
        raise


def _length(text: str | None, url: str) -> int | None:
    """Bytes a header promises; None where it promises none."""
    if text is None:
        return None
    if not (text.isascii() and text.strip().isdigit() and len(text) < 20):
        raise DataError(
            say("layers.room.file_could_not_brought"),
            where=shown(url),
            got=say("layers.room.odd_length", text=text[:40]),
        )
    return int(text)


def _try(
    item: Download, target: Path, partial: _Partial, progress: Progress, manners: Manners
) -> None:
    """Ask once for what is missing of a file, check the whole and put it in its place."""
    limit = int(item.max_mb * 1e6)
    kept = partial.size()
    headers = {"Range": f"bytes={kept}-", "If-Range": partial.edition} if kept else {}
    with contextlib.ExitStack() as place:
        try:
            reply = place.enter_context(manners.ask(item.url, headers))
        except urllib.error.HTTPError as err:
            if err.code == 416 and kept:  # no more of it than we have, or it is another
                partial.drop()
                partial.edition = ""
                raise TimeoutError from err
            raise
        if kept and reply.status != http.HTTPStatus.PARTIAL_CONTENT:
            kept = 0
        packed = (reply.headers.get("Content-Encoding") or "identity").strip().lower()
        if packed not in ("identity", "gzip", "x-gzip"):
            raise _another_kind(item, packed[:20])
        if not kept:
            edition = reply.headers.get("ETag") or reply.headers.get("Last-Modified") or ""
            # what was compressed on the way cannot be gone on with
            partial.begin(edition if packed == "identity" else "")
        elif packed != "identity":
            partial.drop()
            raise TimeoutError
        _check_type(item, reply.headers.get_content_type())
        rest = _length(reply.headers.get("Content-Length"), item.url)
        total = None if rest is None else kept + rest
        if total is not None and total > limit:
            raise _too_large(item)
        if packed != "identity":
            reply, total = _Unpacked(reply, total), None
        done = _copy(item, reply, partial, (kept, total or 0, limit), progress)
    if total is not None and done < total:
        raise http.client.IncompleteRead(b"", total - done)
    _check_bytes(item, partial.file)
    found = file_sha256(partial.file)
    if item.sha256 and found != item.sha256:
        raise DataError(
            say("layers.room.file_not_one_plan_means"),
            where=shown(item.url),
            got=found,
            expected=item.sha256,
        )
    shutil.move(partial.file, target)
    partial.drop()


class _Unpacked:
    """A reply that was compressed on the way, as the file it is."""

    def __init__(self, reply: Any, total: int | None) -> None:  # noqa: ANN401
        self._reply, self._total, self._come = reply, total, 0
        self._gunzip = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def read1(self, size: int) -> bytes:
        """The next bytes of the file; none at its end."""
        while True:
            try:
                if out := self._gunzip.decompress(self._gunzip.unconsumed_tail, size):
                    return out
                chunk = self._reply.read1(size)
                self._come += len(chunk)
                if chunk:
                    out = self._gunzip.decompress(self._gunzip.unconsumed_tail + chunk, size)
            except zlib.error as err:
                raise http.client.IncompleteRead(b"") from err
            if out:
                return out
            if not chunk:
                if not self._gunzip.eof or (self._total or 0) > self._come:
                    raise http.client.IncompleteRead(b"")
                return b""


def _copy(
    item: Download,
    reply: Any,  # noqa: ANN401 - what the opener gives
    partial: _Partial,
    sizes: tuple[int, int, int],
    progress: Progress,
) -> int:
    """Append what comes; the bytes there are then."""
    done, total, limit = sizes
    since, come = time.monotonic(), 0
    with partial.file.open("ab") as out:
        while chunk := reply.read1(_CHUNK):
            done += len(chunk)
            come += len(chunk)
            if done > limit:
                raise _too_large(item)
            out.write(chunk)
            progress(item.path, done, total)
            pace(since, come)
    return done


def _too_large(item: Download) -> DataError:
    return DataError(
        say("layers.room.file_larger_than_plan_allows"),
        where=shown(item.url),
        expected=say("layers.room.at_most_mb", max_mb=item.max_mb),
        todo=say("layers.room.raise_max_mb_if_right"),
    )


def _another_kind(item: Download, got: str) -> DataError:
    return DataError(
        say("layers.room.came_another_kind", suffix=Path(item.path).suffix),
        where=shown(item.url),
        got=got,
        todo=say("layers.room.check_address", path=item.path),
    )


def _check_type(item: Download, kind: str) -> None:
    """Refuse a page where data were asked for: a login, or a notice of an error."""
    if kind in {"text/html", "application/xhtml+xml"} and not _is_page(item):
        raise _another_kind(item, say("layers.room.a_page"))


def _check_bytes(item: Download, file: Path) -> None:
    with file.open("rb") as stream:
        head = stream.read(512)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")) and not _is_page(item):
        raise _another_kind(item, say("layers.room.a_page"))
    begins = _BEGINS.get(Path(item.path).suffix.lower())
    if begins and not head.startswith(begins):
        shown = head[:24].decode("ascii", "replace").strip()
        raise _another_kind(item, repr(shown))


def _is_page(item: Download) -> bool:
    return Path(item.path).suffix.lower() in _PAGES
