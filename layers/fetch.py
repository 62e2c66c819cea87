"""The only door to the network: files a plan names, brought when the user asks."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from gis.errors import DataError, Fault, raise_faults
from gis.foreign import foreign_reason
from gis.say import say
from layers.plan.model import Download, Plan
from layers.provenance import file_sha256
from layers.result import Progress

__all__ = ["fetch"]

_TIMEOUT_S = 60
_CHUNK = 1 << 18
_WAITS_S = (1.0, 4.0, 15.0)  # before the second, third and fourth try
_LONGEST_WAIT_S = 60.0  # a server may ask for less, not for more
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_SLOW_S, _SLOW_BYTES_S = 120.0, 200.0  # slower than this for so long is no answer
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
}
_PAGES = frozenset({".html", ".htm"})
_BROKEN = (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException)


class _OnlyHttp(urllib.request.HTTPRedirectHandler):
    """Redirects stay on http(s); a server must not point us at a file of this machine."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if not newurl.startswith(("http://", "https://")):
            raise DataError(
                say("layers.room.file_could_not_brought"),
                where=_shown(req.full_url),
                got=say("layers.room.redirected", scheme=newurl.split(":")[0]),
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _inside(root: Path, path: str) -> Path:
    target = (root / path).resolve()
    if not target.is_relative_to(root.resolve()):
        raise DataError(
            say("layers.room.download_may_not_leave_data"),
            where=path,
            expected=say("layers.room.below", root=root),
        )
    return target


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


def _bring(item: Download, target: Path, progress: Progress) -> None:
    """Bring one file, again after a pause where that can help, from where it stopped."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = _Partial.of(target, item.url)
    for wait in (*_WAITS_S, None):
        try:
            _try(item, target, partial, progress)
        except _BROKEN as err:
            if wait is None or not _may_pass(err):
                if not partial.size():
                    partial.drop()
                raise DataError(
                    say("layers.room.file_could_not_brought"),
                    where=_shown(item.url),
                    got=_reason(err),
                    todo=say("layers.room.check_connection_or_place", path=item.path),
                ) from err
            time.sleep(_pause(err, wait))
        except DataError:
            partial.drop()
            raise
        else:
            return


def _may_pass(err: BaseException) -> bool:
    """Whether another try may go better: the server is busy, silent or broke off."""
    if isinstance(err, urllib.error.HTTPError):
        return err.code in _BUSY
    if isinstance(err, urllib.error.URLError) and isinstance(err.reason, BaseException):
        err = err.reason
    return isinstance(
        err, TimeoutError | ConnectionResetError | BrokenPipeError | http.client.IncompleteRead
    )


def _shown(url: str) -> str:
    """An address as a message shows it: without a name or password in it."""
    return re.sub(r"//[^/?#]*@", "//", url)


def _reason(err: BaseException) -> str:
    if isinstance(err, urllib.error.HTTPError) and 300 <= err.code < 400:
        to = str(err.headers.get("Location", ""))
        return say("layers.room.redirected", scheme=to.partition(":")[0][:20])
    if isinstance(err, http.client.IncompleteRead):
        return say("layers.room.came_in_part")
    if isinstance(err, http.client.HTTPException):
        return say("layers.room.no_http")
    return foreign_reason(err)


def _pause(err: Any, wait: float) -> float:  # noqa: ANN401 - what was caught
    """Seconds until the next try: what the server asks for, within reason."""
    busy = isinstance(err, urllib.error.HTTPError)
    asked = str(err.headers.get("Retry-After", "")) if busy else ""
    try:
        seconds = float(asked) if asked else wait
    except ValueError:
        try:
            seconds = parsedate_to_datetime(asked).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            seconds = wait
    return min(max(seconds, 0.0), _LONGEST_WAIT_S) if seconds == seconds else wait


def _length(text: str | None, url: str) -> int | None:
    """Bytes a header promises; None where it promises none."""
    if text is None:
        return None
    if not (text.isascii() and text.strip().isdigit() and len(text) < 20):
        raise DataError(
            say("layers.room.file_could_not_brought"),
            where=_shown(url),
            got=say("layers.room.odd_length", text=text[:40]),
        )
    return int(text)


def _try(item: Download, target: Path, partial: _Partial, progress: Progress) -> None:
    """Ask once for what is missing of a file, check the whole and put it in its place."""
    limit = int(item.max_mb * 1e6)
    kept = partial.size()
    request = urllib.request.Request(item.url)
    if kept:
        request.add_header("Range", f"bytes={kept}-")
        request.add_header("If-Range", partial.edition)
    opener = urllib.request.build_opener(_OnlyHttp)
    try:
        reply = opener.open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as err:
        if err.code == 416 and kept:  # there is no more of it than we have, or it is another
            partial.drop()
            partial.edition = ""
            raise TimeoutError from err
        raise
    with reply:
        if kept and reply.status != http.HTTPStatus.PARTIAL_CONTENT:
            kept = 0
        if not kept:
            partial.begin(reply.headers.get("ETag") or reply.headers.get("Last-Modified") or "")
        _check_type(item, reply.headers.get_content_type())
        rest = _length(reply.headers.get("Content-Length"), item.url)
        total = None if rest is None else kept + rest
        if total is not None and total > limit:
            raise _too_large(item)
        done = _copy(item, reply, partial, (kept, total or 0, limit), progress)
    if total is not None and done < total:
        raise http.client.IncompleteRead(b"", total - done)
    _check_bytes(item, partial.file)
    found = file_sha256(partial.file)
    if item.sha256 and found != item.sha256:
        raise DataError(
            say("layers.room.file_not_one_plan_means"),
            where=_shown(item.url),
            got=found,
            expected=item.sha256,
        )
    shutil.move(partial.file, target)
    partial.drop()


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
            took = time.monotonic() - since
            if took > _SLOW_S and come < took * _SLOW_BYTES_S:
                raise TimeoutError("timed out")
    return done


def _too_large(item: Download) -> DataError:
    return DataError(
        say("layers.room.file_larger_than_plan_allows"),
        where=_shown(item.url),
        expected=say("layers.room.at_most_mb", max_mb=item.max_mb),
        todo=say("layers.room.raise_max_mb_if_right"),
    )


def _another_kind(item: Download, got: str) -> DataError:
    return DataError(
        say("layers.room.came_another_kind", suffix=Path(item.path).suffix),
        where=_shown(item.url),
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


def fetch(plan: Plan, progress: Progress) -> dict[str, str]:
    """Bring every file of ``[[data.fetch]]`` that is not there yet.

    Parameters
    ----------
    plan : Plan
        A loaded plan; nothing is sent but the requests for its own addresses.
    progress : callable
        Told path, bytes done and bytes in all.

    Returns
    -------
    dict
        Path -> sha256 of each file, brought now or before.

    Raises
    ------
    DataError
        Listing every file that could not be brought; those that could stay.

    Notes
    -----
    A server that is busy, does not answer or breaks off is asked again three times, after 1, 4
    and 15 s or what its ``Retry-After`` says (60 s at most). What came is kept beside the file
    (``.part``), and a server that names its edition goes on from there, also at the next call.
    """
    out: dict[str, str] = {}
    faults: list[Fault] = []
    for item in plan.data.fetch:
        try:
            target = _inside(plan.data_root, item.path)
            if not target.exists():
                _bring(item, target, progress)
            out[item.path] = file_sha256(target)
            if item.sha256 and out[item.path] != item.sha256:
                raise DataError(
                    say("layers.room.file_already_there_has_another"),
                    where=str(target),
                    got=out[item.path],
                    expected=item.sha256,
                    todo=say("layers.room.remove_fetch_again"),
                )
        except DataError as err:
            faults += err.faults
        except (OSError, ValueError) as err:  # the disk, or an address that is none
            faults.append(
                Fault(
                    say("layers.room.file_could_not_brought"),
                    where=_shown(item.url),
                    got=foreign_reason(err),
                )
            )
    raise_faults(DataError, faults)
    return out
