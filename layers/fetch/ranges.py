"""A file of a server read by pieces: what came is kept, so nothing is asked for twice."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import re
import threading
import time
import urllib.error
from pathlib import Path
from typing import Any

from gis.errors import DataError
from gis.say import say
from layers.fetch.manners import Manners, again, not_brought, pace, shown

__all__ = ["NoRangesError", "RangeFile"]

_PIECE = 1 << 18
_AT_ONCE = 16  # pieces of one request
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class NoRangesError(Exception):
    """The server gives no pieces of this file, or another edition by now: take the whole."""


class RangeFile:
    """A remote file as one that can be read and sought in.

    Pieces go to a sparse file beside the target, and a map says which came; a program that is
    killed goes on from there. A file whose edition (``ETag`` or ``Last-Modified``) is another
    by now is begun again; of a server that names none nothing is kept.

    Attributes
    ----------
    size
        Bytes of the whole.
    brought
        Bytes that came over the network through this object.
    error
        What went wrong while another library was reading, which may hide it.
    """

    def __init__(self, url: str, store: Path, manners: Manners, label: str) -> None:
        self.name = shown(url)
        self._url, self._manners, self._label = url, manners, label
        self._data = store.with_name(store.name + ".pieces")
        self._map = store.with_name(store.name + ".map")
        self._note = store.with_name(store.name + ".pieces.json")
        self.size, self.brought = 0, 0
        self.error: BaseException | None = None
        self._lock = threading.Lock()
        self._edition = ""
        store.parent.mkdir(parents=True, exist_ok=True)
        self._resume()
        if not self._edition:
            self._begin()

    # ------------------------------------------------------------ what came earlier

    def _resume(self) -> None:
        try:
            said = json.loads(self._note.read_text(encoding="utf-8"))
            same = said["url"] == self._url and said["piece"] == _PIECE and said["edition"]
            if same and self._data.is_file() and self._map.is_file():
                self.size, self._edition = int(said["size"]), str(said["edition"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            self._edition = ""

    def _begin(self) -> None:
        """Ask for the first piece, which says how long the file is."""
        self.drop()
        self._data.write_bytes(b"")
        self._map.write_bytes(b"")
        try:
            self._ask_again(0, 1)
        except BaseException:
            self.drop()
            raise
        note = {"url": self._url, "piece": _PIECE, "size": self.size, "edition": self._edition}
        self._note.write_text(json.dumps(note), encoding="utf-8")

    def drop(self) -> None:
        """Leave nothing of it on the disk."""
        for file in (self._data, self._map, self._note):
            file.unlink(missing_ok=True)

    # ------------------------------------------------------------ asking

    def _ask_again(self, first: int, n: int) -> None:
        again(
            lambda: self._ask(first, n),
            lambda err: not_brought(self._url, err, self._label),
        )

    def _ask(self, first: int, n: int) -> None:
        """Bring `n` pieces from number `first` on."""
        start, stop = first * _PIECE, (first + n) * _PIECE
        headers = {"Range": f"bytes={start}-{stop - 1}"}
        if self._edition:
            headers["If-Range"] = self._edition
        with contextlib.ExitStack() as place:
            try:
                reply = place.enter_context(self._manners.ask(self._url, headers))
            except urllib.error.HTTPError as err:
                if err.code in (416, 501):
                    raise NoRangesError from err
                raise
            self._check(reply, start)
            want = min(stop, self.size) - start
            # a server that sends more than it said is not to be believed
            body = _read(reply, want)
        if len(body) < want:
            raise http.client.IncompleteRead(body, want - len(body))
        self.brought += want
        self._keep(first, body[:want])

    def _check(self, reply: Any, start: int) -> None:  # noqa: ANN401 - what the opener gives
        packed = (reply.headers.get("Content-Encoding") or "identity").strip().lower()
        found = _RANGE.fullmatch((reply.headers.get("Content-Range") or "").strip())
        if reply.status != http.HTTPStatus.PARTIAL_CONTENT or packed != "identity" or not found:
            raise NoRangesError
        begin, size = int(found[1]), int(found[3])
        edition = reply.headers.get("ETag") or reply.headers.get("Last-Modified") or ""
        if begin != start or (self.size and (size != self.size or edition != self._edition)):
            raise NoRangesError
        self.size, self._edition = size, edition

    def _keep(self, first: int, body: bytes) -> None:
        n = -(-len(body) // _PIECE)
        with self._data.open("r+b") as out:
            out.seek(first * _PIECE)
            out.write(body)
        # the map after the bytes: what it says is there is there
        with self._map.open("r+b") as out:
            out.seek(first)
            out.write(b"\1" * n)

    def _missing(self, first: int, last: int) -> list[tuple[int, int]]:
        """Runs of pieces in [first, last) that have not come: (first, how many)."""
        have = self._map.read_bytes()
        out: list[tuple[int, int]] = []
        for i in range(first, last):
            if i < len(have) and have[i]:
                continue
            if out and sum(out[-1]) == i and out[-1][1] < _AT_ONCE:
                out[-1] = (out[-1][0], out[-1][1] + 1)
            else:
                out.append((i, 1))
        return out

    # ------------------------------------------------------------ as a file

    def view(self) -> io.RawIOBase:
        """It as an open file."""
        return _View(self)

    def read_at(self, start: int, size: int) -> bytes:
        """Bytes from a place on; none where one could not be had, with `error` saying why."""
        stop = min(start + size, self.size)
        if start >= stop or self.error is not None:
            return b""
        try:
            with self._lock:
                for first, n in self._missing(start // _PIECE, -(-stop // _PIECE)):
                    self._ask_again(first, n)
            with self._data.open("rb") as file:
                file.seek(start)
                return file.read(stop - start)
        except Exception as err:  # noqa: BLE001 - GDAL calls us and would lose it
            self.error = err
            return b""

    def check(self) -> None:
        """Raise what went wrong while another library was reading.

        Raises
        ------
        DataError
            When a piece could not be had.
        NoRangesError
            When the server began to send the whole.
        """
        if isinstance(self.error, DataError | NoRangesError):
            raise self.error
        if self.error is not None:
            raise DataError(
                say("layers.room.file_could_not_brought"), where=self.name
            ) from self.error


def _read(reply: Any, want: int) -> bytes:  # noqa: ANN401 - what the opener gives
    """As many bytes, fewer where it breaks off; not from a server that drips."""
    out, since = bytearray(), time.monotonic()
    while len(out) < want and (chunk := reply.read1(want - len(out))):
        out += chunk
        pace(since, len(out))
    return bytes(out)


class _View(io.RawIOBase):
    """A `RangeFile` as an open file."""

    def __init__(self, whole: RangeFile) -> None:
        super().__init__()
        self._whole, self._at = whole, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._whole.size}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def read(self, size: int = -1) -> bytes:
        out = self._whole.read_at(self._at, self._whole.size if size < 0 else size)
        self._at += len(out)
        return out

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever has room for bytes
        out = self.read(len(buffer))
        buffer[: len(out)] = out
        return len(out)
