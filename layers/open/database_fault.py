"""Why a database refused, told by the state its answer carries, and what to do then."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from gis.errors import ConfigError, DataError, GeoplanError
from gis.foreign import foreign_reason
from gis.say import Listed, Sentence, listed, say, texts_of
from gis.toml import read_toml

__all__ = ["Asked", "database_fault", "place_of"]

_PORT = "5432"
_SHOWN = 80
_NO_POSTGIS = re.compile(
    r"geometry_columns|geography_columns|spatial_ref_sys|\"?geometry\"?|\bst_\w+\(", re.I
)
_MISSING = ("42P01", "42704", "42883")
_CHANGES = frozenset({"too_long", "rights", "read_only", "constraint"})
"""Reasons whose way out differs between reading and writing."""


@dataclass(frozen=True)
class Asked:
    """What a connection was for.

    Attributes
    ----------
    text
        The connection text, which nobody is shown.
    dsn_env
        The variable it came from.
    where
        Plan file and layer, or option.
    todo
        What to do where the reason says nothing better.
    read_only
        Whether nothing was to be written.
    seconds
        Longest time of one statement [s].
    """

    text: str
    dsn_env: str
    where: str
    todo: str
    read_only: bool
    seconds: float


@cache
def _table() -> tuple[tuple[str, frozenset[str], re.Pattern[str] | None], ...]:
    rows = read_toml("layers.open", "database_fault.toml")["reason"]
    return tuple(
        (
            row["key"],
            frozenset(row.get("states", ())),
            re.compile(row["pattern"]) if "pattern" in row else None,
        )
        for row in rows
    )


def _facts(text: str) -> dict[str, str]:
    """Host, port and database of a connection text, as the driver takes them."""
    import psycopg

    try:
        found = psycopg.conninfo.conninfo_to_dict(text)
    except psycopg.Error:
        return {}
    return {k: str(v) for k, v in found.items() if v and k != "password"}


def place_of(text: str) -> Listed:
    """Where a connection text points to, without user and password.

    Examples
    --------
    >>> place_of("postgresql://anna:secret@gis.example:5433/land")
    'gis.example:5433'
    >>> place_of("postgresql://anna:secret@/land?host=/run/pg")
    'socket /run/pg/.s.PGSQL.5432'
    """
    facts = _facts(text)
    if "service" in facts and "host" not in facts:
        return listed([say("layers.database.service", name=facts["service"][:_SHOWN])])
    hosts = (facts.get("host") or os.environ.get("PGHOST") or "/var/run/postgresql").split(",")
    ports = (facts.get("port") or os.environ.get("PGPORT") or _PORT).split(",")
    if len(ports) != len(hosts):
        ports = [ports[0]] * len(hosts)
    places: list[str] = []
    for host, port in zip(hosts, ports, strict=True):
        shown = host[:_SHOWN] or "localhost"
        if shown.startswith(("/", "@")):
            path = f"{shown}/.s.PGSQL.{port or _PORT}"
            places.append(say("layers.database.socket", path=path))
        else:
            bare = f"[{shown}]" if ":" in shown else shown
            places.append(f"{bare}:{port or _PORT}")
    return listed(places)


def _chain(err: BaseException) -> Iterator[BaseException]:
    """The error and those it came from; what the driver said lies inside sqlalchemy's."""
    one: BaseException | None = err
    for _ in range(6):
        if one is None:
            return
        yield one
        inner = getattr(one, "orig", None)
        one = inner if isinstance(inner, BaseException) else one.__cause__


def _state(err: BaseException) -> str:
    return next((s for e in _chain(err) if (s := getattr(e, "sqlstate", None))), "")


def _key(err: BaseException) -> str:
    """Which reason it is; empty for one that only the library can tell."""
    if any(isinstance(e.args[0] if e.args else None, Sentence) for e in _chain(err)):
        return ""
    state = _state(err)
    if state:
        own = next((key for key, states, _ in _table() if state in states), "other_state")
        missing = state in _MISSING and _NO_POSTGIS.search("\n".join(_words(err)))
        return "no_postgis" if missing else own
    words = "\n".join(_words(err))
    for key, _, pattern in _table():
        if pattern is not None and pattern.search(words):
            return key
    return ""


def database_fault(
    err: BaseException, asked: Asked, *, lost: bool = False, at_end: bool = False
) -> GeoplanError:
    """The error to raise for a connection or statement that failed.

    Parameters
    ----------
    err : BaseException
        What driver or library raised.
    asked : Asked
        What the connection was for.
    lost : bool
        Whether the connection is known to be gone.
    at_end : bool
        Whether the server had been told to keep the result: then nobody knows whether it did.

    Returns
    -------
    ConfigError
        For a connection text that cannot be taken.
    DataError
        For everything else. Neither holds a password or what the server said.
    """
    what = say(f"layers.open.database_cannot_{'read' if asked.read_only else 'write'}")
    reason = foreign_reason(err)  # its log has the words of the driver
    key = _key(err)
    if not key and lost:
        key = "lost"
    if not key:
        return DataError(what, where=asked.where, got=reason, todo=asked.todo)
    if key == "lost" and at_end and not asked.read_only:
        key = "lost_at_end"
    facts = _facts(asked.text)
    given = {
        "place": place_of(asked.text),
        "dsn_env": asked.dsn_env,
        "name": (facts.get("dbname") or facts.get("user") or "-")[:_SHOWN],
        "seconds": f"{asked.seconds:.0f}",
        "object": _object(err),
        "state": _state(err),
    }
    got = _said(key, given)
    if key == "text":
        return ConfigError(what, where=asked.where, got=got, todo=_said("text_todo", given))
    writing = "" if asked.read_only or key not in _CHANGES else "_writing"
    own = f"{key}{writing}_todo"
    todo = _said(own, given) if own in texts_of("layers.database") else asked.todo
    if not asked.read_only and key != "lost_at_end":
        todo = say("layers.database.kept", todo=todo)
    return DataError(what, where=asked.where, got=got, todo=todo)


def _said(key: str, given: Mapping[str, object]) -> Sentence:
    """A sentence with as many of the values as it has places for."""
    text = texts_of("layers.database")[key]["en"]
    return say(
        f"layers.database.{key}", **{k: v for k, v in given.items() if f"{{{k}}}" in text}
    )


def _object(err: BaseException) -> str:
    """The name a server's message quotes first: languages differ in the words around it."""
    found = re.search(
        r'["“]([^"”\n]{1,80})["”]|\b([\w.]+\([^)\n]{0,60}\))', " ".join(_words(err))
    )
    return (found[1] or found[2]) if found else "-"


def _words(err: BaseException) -> list[str]:
    """What the driver said."""
    import psycopg

    return [str(e) for e in _chain(err) if isinstance(e, psycopg.Error)]
