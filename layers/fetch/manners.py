"""How servers are asked: seldom enough, again where that can help, and never led astray."""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from gis.errors import ConfigError, DataError
from gis.foreign import foreign_reason
from gis.say import say

__all__ = ["BROKEN", "Manners", "NotBroughtError", "again", "not_brought", "pace", "shown"]

T = TypeVar("T")

_TIMEOUT_S = 60
_WAITS_S = (1.0, 4.0, 15.0)  # before the second, third and fourth try
_LONGEST_WAIT_S = 60.0  # a server may ask for less, not for more
_PROXY = re.compile(
    r"(?:https?://)?(?:[^\s/@]*@)?(?:[A-Za-z0-9._-]*[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))?/?",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"([?&](?:sig|token|key|api_?key|access_token|x-amz-[a-z-]+|signature)=)[^&#]+",
    re.IGNORECASE,
)
_SLOW_S, _SLOW_BYTES_S = 120.0, 200.0  # slower than this for so long is no answer
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
BROKEN = (urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException)
"""What goes wrong between two machines."""


class NotBroughtError(DataError):
    """A file that could not be had; what came of it can be gone on with."""


class _OnlyHttp(urllib.request.HTTPRedirectHandler):
    """Redirects stay on http(s); a server must not point us at a file of this machine."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        if not newurl.startswith(("http://", "https://")):
            raise DataError(
                say("layers.room.file_could_not_brought"),
                where=shown(req.full_url),
                got=say("layers.room.redirected", scheme=newurl.split(":")[0]),
            )
        if _is_inside(newurl) and not _is_inside(req.full_url):
            raise DataError(
                say("layers.room.file_could_not_brought"),
                where=shown(req.full_url),
                got=say("layers.fetch.redirected_inside", host=_host(newurl)[:80]),
            )
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        # a password is for the host it was given for
        if found is not None and _host(newurl) != _host(req.full_url):
            found.remove_header("Authorization")
        return found


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc.rpartition("@")[2].lower()


def _is_inside(url: str) -> bool:
    """Whether an address is of this machine or of the house: what only we can reach.

    A name that is not found here is a stranger's: it is asked for, or a proxy asks.
    """
    name = urllib.parse.urlsplit(url).hostname or ""
    try:
        rows = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        found = [ipaddress.ip_address(str(r[4][0]).partition("%")[0]) for r in rows]
    except (OSError, ValueError):
        return False
    return any(not a.is_global for a in found)


class Manners:
    """How often a host is asked: a few requests at a time, with a pause between two.

    Attributes
    ----------
    at_once
        Requests under way to one host.
    gap_s
        Shortest time between the beginnings of two requests to one host.
    """

    def __init__(self, at_once: int = 3, gap_s: float = 0.0) -> None:
        self.at_once, self.gap_s = at_once, gap_s
        self._lock = threading.Lock()
        self._places: dict[str, threading.Semaphore] = {}
        self._next: dict[str, float] = {}

    @contextmanager
    def ask(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[Any]:
        """The reply to one request, when it is its turn; its place is free when it is read.

        Raises
        ------
        urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException
            When there is none, or another than that the request went well.
        ConfigError
            When the way out is set to what is no proxy.
        """
        host = _host(url)
        check_proxy(url)
        with self._lock:
            place = self._places.setdefault(host, threading.Semaphore(self.at_once))
        with place:
            with self._lock:
                now = time.monotonic()
                at = max(now, self._next.get(host, 0.0))
                self._next[host] = at + self.gap_s
            if at > now:
                time.sleep(at - now)
            request = urllib.request.Request(url)
            request.add_header("User-Agent", "geoplan")
            # what is compressed on the way cannot be asked for by ranges
            request.add_header("Accept-Encoding", "identity")
            for name, value in (headers or {}).items():
                request.add_header(name, value)
            opener = urllib.request.build_opener(_OnlyHttp)
            with opener.open(request, timeout=_TIMEOUT_S) as reply:
                yield reply


def check_proxy(url: str) -> None:
    """Refuse a setting of the way out (``http_proxy``) that names no proxy that is spoken.

    Raises
    ------
    ConfigError
        Naming the variable, the form it has to have, and never a password.

    Examples
    --------
    >>> check_proxy("ftp://no.such.scheme/x")
    """
    scheme = url.partition(":")[0].lower()
    proxy = urllib.request.getproxies().get(scheme)
    if proxy is None or urllib.request.proxy_bypass(_host(url)) or _PROXY.fullmatch(proxy):
        return
    raise ConfigError(
        say("layers.fetch.proxy_wrong"),
        where=f"{scheme}_proxy",
        got="***" if "@" in proxy else proxy[:80],
        expected="http://HOST:PORT",
        todo=say("layers.fetch.proxy_todo", name=f"{scheme}_proxy"),
    )


def pace(since: float, come: int) -> None:
    """Refuse a server that drips.

    Parameters
    ----------
    since : float
        When it began, of `time.monotonic` [s].
    come : int
        Bytes that came since.

    Raises
    ------
    TimeoutError
    """
    took = time.monotonic() - since
    if took > _SLOW_S and come < took * _SLOW_BYTES_S:
        raise TimeoutError("timed out")


def shown(url: str) -> str:
    """An address as a message shows it: without a name, password or signature in it.

    Examples
    --------
    >>> shown("https://me:secret@example.org/a.tif")
    'https://example.org/a.tif'
    """
    return _SIGNED.sub(r"\1-", re.sub(r"//[^/?#]*@", "//", url))


def again(attempt: Callable[[], T], failed: Callable[[BaseException], DataError]) -> T:
    """What `attempt` gives, asked again after a pause where that can help.

    Raises
    ------
    DataError
        `failed` of what went wrong, when it did for good.
    """
    for wait in (*_WAITS_S, None):
        try:
            return attempt()
        except BROKEN as err:
            if wait is None or not _may_pass(err):
                raise failed(err) from err
            time.sleep(_pause(err, wait))
    raise AssertionError


def not_brought(url: str, err: BaseException, path: str) -> NotBroughtError:
    """The fault of a file that could not be had."""
    return NotBroughtError(
        say("layers.room.file_could_not_brought"),
        where=shown(url),
        got=_reason(err),
        todo=say("layers.room.check_connection_or_place", path=path),
    )


def _may_pass(err: BaseException) -> bool:
    """Whether another try may go better: the server is busy, silent or broke off."""
    if isinstance(err, urllib.error.HTTPError):
        return err.code in _BUSY
    if isinstance(err, urllib.error.URLError) and isinstance(err.reason, BaseException):
        err = err.reason
    return isinstance(
        err, TimeoutError | ConnectionResetError | BrokenPipeError | http.client.IncompleteRead
    )


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
