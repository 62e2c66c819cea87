"""One plan as a service for other programs: check, explain, sites, targets, over HTTP."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from gis.errors import ConfigError
from gis.foreign import foreign_reason
from gis.say import listed, say

__all__ = ["SECONDS", "Doorway", "serve_api"]

_T = "geoplan.api"
_LEAST_TOKEN = 24
_PEM_HEAD = 4096
_PEM_MOST = 1 << 20
SECONDS = 60.0
"""What an answer may take; proxies are told to wait for longer, as it may wait for a place."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Doorway:
    """Where the service listens and whom it answers.

    Attributes
    ----------
    host, port
        Address; 0 takes any free port.
    names
        Host names requests may be addressed to beside this machine's own: those of the
        proxy that encrypts.
    certificate, key
        Files of the certificate with which the service itself encrypts.
    token_env
        Environment variable with the token; a new one is made at every start when empty.
    write_token_env
        Environment variable with the token of those who may also write into the register and
        the sign-off; nobody may when empty.
    per_minute
        Requests of one caller in a minute.
    seconds
        What an answer may take, from the moment the layers of the plan are open.
    """

    host: str = "127.0.0.1"
    port: int = 0
    names: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    token_env: str = ""
    write_token_env: str = ""
    per_minute: int = 120
    seconds: float = SECONDS


def _token(name: str) -> str:
    if not name:
        return secrets.token_urlsafe(32)
    found = os.environ.get(name, "")
    if not found:
        raise ConfigError(say(f"{_T}.token_missing"), where=name, todo=say(f"{_T}.token_todo"))
    if len(found) < _LEAST_TOKEN or not _TOKEN.fullmatch(found):
        raise ConfigError(
            say(f"{_T}.token_weak"),
            where=name,
            expected=say(f"{_T}.token_strong", n=_LEAST_TOKEN),
            todo=say(f"{_T}.token_todo"),
        )
    return found


def _is_local(door: Doorway) -> bool:
    from geoplan.serve.gate import LOCAL_HOSTS

    return door.host in LOCAL_HOSTS or door.host == "::1"


def _require_secret(door: Doorway) -> None:
    """Refuse to answer other machines in the clear."""
    if (door.certificate is None) != (door.key is None):
        raise ConfigError(say(f"{_T}.half_tls"), where="--tls-cert --tls-key")
    if not _is_local(door) and door.certificate is None and not door.names:
        raise ConfigError(
            say(f"{_T}.open_host"),
            where="--host",
            got=door.host[:60],
            todo=say(f"{_T}.open_host_todo"),
        )


def _unusable(door: Doorway, err: Exception) -> ConfigError:
    """Why certificate and key cannot be used, in one message."""
    try:
        kept = b"ENCRYPTED" in (door.key or Path()).read_bytes()[:_PEM_HEAD]
    except OSError:
        kept = False
    if kept:
        return ConfigError(
            say(f"{_T}.encrypted_key"),
            where=str(door.key),
            todo=say(f"{_T}.encrypted_key_todo"),
        )
    where = listed([str(door.certificate), str(door.key)])
    if getattr(err, "reason", "") == "KEY_VALUES_MISMATCH":
        return ConfigError(say(f"{_T}.wrong_pair"), where=where)
    wanted = {"--tls-cert": (door.certificate, "CERTIFICATE"), "--tls-key": (door.key, "KEY")}
    held = {option: _held(path) for option, (path, _) in wanted.items()}
    cert, key = held["--tls-cert"], held["--tls-key"]
    if cert is not None and key is not None:
        if "CERTIFICATE" not in cert and "KEY" in cert and "CERTIFICATE" in key:
            what = say(f"{_T}.swapped_tls")
            return ConfigError(what, where=where, todo=say(f"{_T}.swapped_tls_todo"))
        for option, (path, block) in wanted.items():
            if block not in (held[option] or ""):
                return ConfigError(
                    say(f"{_T}.no_pem_{'key' if block == 'KEY' else 'certificate'}"),
                    where=f"{option} {path}",
                    got=held[option] or say(f"{_T}.no_pem"),
                    expected=f"-----BEGIN {'PRIVATE KEY' if block == 'KEY' else block}-----",
                )
    return ConfigError(say(f"{_T}.no_tls"), where=where, got=foreign_reason(err))


def _held(path: Path | None) -> str | None:
    """Blocks a PEM file says it holds; None where it cannot be read."""
    try:
        found = (path or Path()).read_bytes()[:_PEM_MOST]
    except OSError:
        return None
    blocks = re.findall(rb"-----BEGIN ([A-Z0-9 ]+)-----", found)
    return ", ".join(dict.fromkeys(b.decode() for b in blocks))


def serve_api(
    path: Path,
    run: Path | None = None,
    *,
    register: Path | None = None,
    door: Doorway | None = None,
    lang: str = "zh",
) -> None:
    """Answer the questions of other programs to the plan at `path` until it is stopped.

    Parameters
    ----------
    path : path
        The plan.
    run : path, optional
        Folder of its run.
    register : path, optional
        Its register of projects, where it is not the plan's own.
    door : Doorway, optional
        This machine alone, any free port, when not given.
    lang : {"zh", "en"}

    Raises
    ------
    ConfigError
        When the plan is wrong, the token too short, other machines would be answered in the
        clear, certificate or key cannot be used, or the address is taken.

    Notes
    -----
    Address and token are written to standard output; a token of the environment is not.
    """
    from geoplan.api.app import BODY_BYTES, create_api
    from geoplan.api.desk import Desk
    from geoplan.api.places import Places
    from geoplan.api.work import Home
    from geoplan.serve.connection import listening_at, server_of
    from geoplan.serve.gate import LOCAL_HOSTS, House

    door = door or Doorway()
    _require_secret(door)
    token = _token(door.token_env)
    writing = _token(door.write_token_env) if door.write_token_env else ""
    if writing == token:
        raise ConfigError(say(f"{_T}.same_token"), where="--write-token-env")
    hosts = {*LOCAL_HOSTS, "::1", *(n.casefold() for n in door.names)}
    if door.host not in ("0.0.0.0", "::"):
        hosts.add(door.host.casefold())
    house = House(
        hosts=frozenset(hosts),
        link=False,
        per_minute=door.per_minute,
        body_bytes=BODY_BYTES,
        body_s=30.0,
    )
    places = Places(door.seconds)
    app = create_api(Desk(path, run, register), token, lang, house, writing, places=places)
    listening = listening_at(door.port, door.host)
    server = server_of(
        app, door.port, host=door.host, certificate=door.certificate, key=door.key
    )
    try:
        server.config.load()
    except (OSError, ValueError) as err:
        listening.close()
        raise _unusable(door, err) from err
    shown = f"[{door.host}]" if ":" in door.host else door.host
    scheme = "https" if door.certificate else "http"
    address = f"{scheme}://{shown}:{listening.getsockname()[1]}"
    lines = [
        say(f"{_T}.note"),
        say(f"{_T}.described", address=f"{address}/v1/openapi.json"),
        say(f"{_T}.token_given", name=door.token_env)
        if door.token_env
        else say(f"{_T}.token_line", token=token),
    ]
    if not _is_local(door) and door.certificate is None:
        lines.append(say(f"{_T}.in_the_clear", host=door.host))
    if writing:
        lines.append(say(f"{_T}.writes", name=door.write_token_env))
    sys.stdout.write("".join(f"{line(lang)}\n" for line in lines))
    sys.stdout.flush()
    home = Home(path, run, register)
    threading.Thread(target=places.warm, args=(home,), daemon=True).start()
    # that is how it is stopped
    with contextlib.suppress(KeyboardInterrupt), listening, contextlib.closing(places):
        server.run(sockets=[listening])
