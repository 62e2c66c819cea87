"""The web server of this machine, in which half-open connections hold up nobody."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from gis.errors import ConfigError
from gis.foreign import foreign_reason
from gis.say import say

__all__ = ["listening_at", "server_of"]

HEAD_S = 10.0  # from the first byte, or the connection, to the end of the headers
HEAD_BYTES = 16_384
NO_PASSWORD = "-"  # a key that wants one is refused: else the terminal is asked
MOST = 256  # connections; the oldest that has not asked yet makes room


class _Connection(H11Protocol):  # type: ignore[misc]
    """A connection that is closed when its request does not come, or comes by the byte."""

    clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401
        super().connection_made(transport)
        self.born = self.loop.time()
        self._wait()
        idle = [c for c in self.connections if c is not self and c.waits()]
        if len(self.connections) > MOST and idle:
            min(idle, key=lambda c: c.born).transport.close()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.waits():
            self._stop()
        elif self.clock is None:
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered as everything else is; `msg` names no reason."""
        err = sys.exc_info()[1]
        lang = getattr(self.config.app, "lang", "zh")
        told = {
            "where": "",
            "what": say("geoplan.serve.no_http")(lang),
            "got": msg if err is None else foreign_reason(err),
            "expected": say("geoplan.serve.http_expected")(lang),
            "todo": say("geoplan.serve.no_http_todo")(lang),
        }
        said = {"error": told["what"], "kind": "Refused", "faults": [told]}
        body = json.dumps(said, ensure_ascii=False).encode()
        head = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=400, headers=head, reason=b"Bad Request"),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def waits(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        self.clock = self.loop.call_later(HEAD_S, self._too_late)

    def _stop(self) -> None:
        if self.clock is not None:
            self.clock.cancel()
            self.clock = None

    def _too_late(self) -> None:
        self.clock = None
        if self.waits() and not self.transport.is_closing():
            self.transport.close()


def listening_at(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A socket that callers reach from now on: who comes before the server starts waits.

    Raises
    ------
    ConfigError
        When the address is taken or is none of this machine.
    """
    found = socket.socket(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM
    )
    try:
        if os.name != "nt":  # there it would let two programs listen on one port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(MOST)
    except OSError as err:
        found.close()
        raise ConfigError(
            say("geoplan.serve.no_address"),
            where="--host --port",
            got=f"{host[:60]}:{port}: {foreign_reason(err)}",
            todo=say("geoplan.serve.no_address_todo"),
        ) from err
    return found


def server_of(
    app: Callable[..., Any],
    port: int,
    *,
    host: str = "127.0.0.1",
    certificate: Path | None = None,
    key: Path | None = None,
) -> uvicorn.Server:
    """A server of `app`, not started yet; encrypted when it is given certificate and key."""
    config = uvicorn.Config(
        app, host=host, port=port, ssl_certfile=certificate, ssl_keyfile=key,
        ssl_keyfile_password=NO_PASSWORD,
        http=_Connection, ws="none", log_level="error",
        access_log=False, server_header=False, timeout_keep_alive=10,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )  # fmt: skip
    return uvicorn.Server(config)
