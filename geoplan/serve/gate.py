"""What stands before the app: who may ask, how often, how much, how long it may take to ask."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from gis.say import LANGS, say

__all__ = ["LOCAL_HOSTS", "WRITES", "Gate", "House"]

WRITES = "geoplan.writes"
"""Key of a request's scope: whether its token may write."""

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})
BODY_S = 10.0
AT_ONCE = 64
_CALLERS = 4096
_MINUTE_S = 60.0
_TOO_LARGE = 413
_RUN_OUT_S = 3.0
_RUN_OUT_BYTES = 64 << 20

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)


@dataclass(frozen=True)
class House:
    """Who is let in, and how.

    Attributes
    ----------
    hosts
        Names and numbers the house is addressed by.
    body_bytes
        The longest request; a hundred changed rules are 10 kB.
    body_s
        Time a request may take to arrive [s].
    link
        Whether the token may stand in the address, as a link that is opened by hand has it;
        else in a header alone, since addresses are kept in logs.
    per_minute
        Requests of one caller in a minute, all at once or one after the other; 0 for any.
    """

    hosts: frozenset[str] = LOCAL_HOSTS
    body_bytes: int = 1 << 20
    body_s: float = BODY_S
    link: bool = True
    per_minute: int = 0


class _Stop(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered here: status, key of ``serve.toml``, headers."""

    def __init__(self, status: int, key: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(key)
        self.status = status
        self.key = key
        self.headers = headers


class Gate:
    """ASGI: host and token are looked at before a byte of the body is read.

    Parameters
    ----------
    app : ASGI app
        Asked only for requests that pass, with their whole body at hand.
    token : str
        Every request carries it in the header ``X-Token``, as ``Authorization: Bearer`` or,
        where the house has a link, as ``?token=``.
    lang : {"zh", "en"}
        Of refusals, where the request does not say.
    house : House
    writing : str, optional
        A second token; a request that carries it has `WRITES` true in its scope.
    """

    def __init__(
        self,
        app: App,
        *,
        token: str,
        lang: str,
        house: House | None = None,
        writing: str = "",
    ) -> None:
        self.app = app
        self.token = token.encode()
        self.writing = writing.encode()
        self.lang = lang
        self.house = house or House()
        self.busy = 0
        # caller -> requests left, when that was
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        try:
            self._check(scope, headers)
            body = await _body(headers, receive, self.house)
        except _Stop as stop:
            await self._refuse(stop, headers, scope["query_string"], send)
            if stop.status == _TOO_LARGE:
                await _let_run_out(receive)
            await send({"type": "http.response.body", "body": b""})
            return
        self.busy += 1
        try:
            await self.app(scope, _replayed(body, receive), _closed(send))
        finally:
            self.busy -= 1

    def _check(self, scope: Scope, headers: Mapping[str, str]) -> None:
        # another name in the Host header is a page elsewhere that was pointed here
        if _host(headers.get("host", "")) not in self.house.hosts:
            raise _Stop(403, "not_this_machine")
        given = _carried(headers)
        if self.house.link:
            given = given or _asked(scope["query_string"])
        reads = secrets.compare_digest(given, self.token)
        writes = bool(self.writing) and secrets.compare_digest(given, self.writing)
        scope[WRITES] = writes
        if not (reads or writes):
            if self.house.link:
                raise _Stop(403, "wrong_token")
            raise _Stop(401, "wrong_key", (b"www-authenticate", b"Bearer"))
        if self.house.per_minute:
            self._count((scope.get("client") or ("",))[0])
        if self.busy >= AT_ONCE:
            raise _Stop(503, "too_many_at_once", (b"retry-after", b"5"))

    def _count(self, caller: str) -> None:
        """One more request of a caller: what he has left comes back evenly over a minute."""
        most, now = float(self.house.per_minute), time.monotonic()
        left, then = self._left.pop(caller, (most, now))
        left = min(most, left + (now - then) * most / _MINUTE_S)
        self._left[caller] = (left - 1 if left >= 1 else left, now)
        while len(self._left) > _CALLERS:
            self._left.popitem(last=False)
        if left < 1:
            wait = math.ceil((1 - left) * _MINUTE_S / most)
            raise _Stop(429, "too_often", (b"retry-after", str(wait).encode()))

    async def _refuse(
        self, stop: _Stop, headers: Mapping[str, str], query: bytes, send: Send
    ) -> None:
        # a page says its language itself, whatever the browser is set to
        query, headers = (
            (b"", {"x-lang": headers.get("x-lang", "")})
            if self.house.link
            else (
                query,
                headers,
            )
        )
        text = say(f"geoplan.serve.{stop.key}")(_spoken(headers, query) or self.lang)
        body = json.dumps(
            {"error": text, "kind": "Refused", "faults": []}, ensure_ascii=False
        ).encode()
        await send(
            {
                "type": "http.response.start",
                "status": stop.status,
                "headers": [
                    *_HEADERS,
                    *stop.headers,
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    # what is still on its way is not read
                    (b"connection", b"close"),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _let_run_out(receive: Receive) -> None:
    """Throw away what is still on its way, for a moment.

    A connection that is closed while the caller is sending is reset, and the answer that
    says why is lost with it.
    """
    left = _RUN_OUT_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_RUN_OUT_S):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))


def _spoken(headers: Mapping[str, str], query: bytes) -> str:
    """The language a request asks for; empty when it does not."""
    address = [p[5:].decode("latin-1") for p in query.split(b"&") if p.startswith(b"lang=")]
    accepted = headers.get("accept-language", "").split(",")
    asked = [headers.get("x-lang", ""), *address, *(p.strip()[:2].lower() for p in accepted)]
    return next((x for x in asked if x in LANGS), "")


def _host(text: str) -> str:
    """The name in a Host header, without its port."""
    if text.startswith("["):
        return text[1:].partition("]")[0].casefold()
    return text.rsplit(":", 1)[0].casefold()


def _carried(headers: Mapping[str, str]) -> bytes:
    """The token in the headers; empty when there is none."""
    kind, _, bearer = headers.get("authorization", "").partition(" ")
    found = headers.get("x-token", "") or (bearer.strip() if kind.lower() == "bearer" else "")
    return found.encode("latin-1")


def _asked(query: bytes) -> bytes:
    """The token of a query; it is made of letters that need no escape."""
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"token":
            return value
    return b""


async def _body(headers: Mapping[str, str], receive: Receive, house: House) -> bytes:
    """The whole body, when it is small and comes in time."""
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        raise _Stop(400, "body_without_length")
    if len(length) > 18 or int(length) > house.body_bytes:
        raise _Stop(413, "body_too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(house.body_s):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Stop(400, "body_cut_off")
                body += message.get("body", b"")
                if len(body) > house.body_bytes:
                    raise _Stop(413, "body_too_large")
                more = message.get("more_body", False)
    except TimeoutError:
        raise _Stop(408, "body_too_slow") from None
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """`receive` with the body that was read already."""
    left = [body]

    async def again() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return again


def _closed(send: Send) -> Send:
    """`send` that adds the headers every answer has."""

    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *_HEADERS]}
        await send(message)

    return out
