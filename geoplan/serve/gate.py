"""What stands before the app: who may ask, how much, and how long it may take to ask."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from gis.say import LANGS, say

__all__ = ["BODY_BYTES", "LOCAL_HOSTS", "Gate"]

LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost"})
BODY_BYTES = 1 << 20  # a hundred changed rules are 10 kB
BODY_S = 10.0
AT_ONCE = 64

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


class _Stop(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is answered here: status and key of ``serve.toml``."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


class Gate:
    """ASGI: host and token are looked at before a byte of the body is read.

    Parameters
    ----------
    app : ASGI app
        Asked only for requests that pass, with their whole body at hand.
    token : str
        Every request carries it in the header ``X-Token`` or as ``?token=``.
    lang : {"zh", "en"}
        Of refusals, where the request does not say.
    """

    def __init__(self, app: App, *, token: str, lang: str) -> None:
        self.app = app
        self.token = token.encode()
        self.lang = lang
        self.busy = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        try:
            self._check(scope, headers)
            body = await _body(headers, receive)
        except _Stop as stop:
            await self._refuse(stop, headers, send)
            return
        self.busy += 1
        try:
            await self.app(scope, _replayed(body, receive), _closed(send))
        finally:
            self.busy -= 1

    def _check(self, scope: Scope, headers: Mapping[str, str]) -> None:
        # another name in the Host header is a page elsewhere that was pointed here
        if headers.get("host", "").rsplit(":", 1)[0] not in LOCAL_HOSTS:
            raise _Stop(403, "not_this_machine")
        given = headers.get("x-token", "").encode("latin-1") or _asked(scope["query_string"])
        if not secrets.compare_digest(given, self.token):
            raise _Stop(403, "wrong_token")
        if self.busy >= AT_ONCE:
            raise _Stop(503, "too_many_at_once")

    async def _refuse(self, stop: _Stop, headers: Mapping[str, str], send: Send) -> None:
        asked = headers.get("x-lang", "")
        text = say(f"geoplan.serve.{stop.key}")(asked if asked in LANGS else self.lang)
        body = json.dumps({"error": text}, ensure_ascii=False).encode()
        await send(
            {
                "type": "http.response.start",
                "status": stop.status,
                "headers": [
                    *_HEADERS,
                    (b"content-type", b"application/json"),
                    (b"content-length", str(len(body)).encode()),
                    # what is still on its way is not read
                    (b"connection", b"close"),
                ],
            }
        )
        await send({"type": "http.response.body", "body": body})


def _asked(query: bytes) -> bytes:
    """The token of a query; it is made of letters that need no escape."""
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if name == b"token":
            return value
    return b""


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """The whole body, when it is small and comes in time."""
    length = headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit():
        raise _Stop(400, "body_without_length")
    if len(length) > 18 or int(length) > BODY_BYTES:
        raise _Stop(413, "body_too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Stop(400, "body_cut_off")
                body += message.get("body", b"")
                if len(body) > BODY_BYTES:
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
