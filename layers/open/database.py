"""A PostGIS database by a connection text that no plan, message or log ever shows."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import shapely

from gis.errors import ConfigError
from gis.say import Sentence, say
from layers.open.database_fault import Asked, database_fault

__all__ = ["TIMEOUT_S", "connected", "connection_text", "quoted"]

TIMEOUT_S = 600
"""Longest time one statement may take, waiting for locks included [s]."""

_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
# user and password without a sign that ends them; host, port and database likewise
_DSN = re.compile(
    r"(?:postgresql(?:\+psycopg)?|postgres)://"
    r"(?P<rest>(?:[^@/?#:\s]*(?::[^@/?#:\s]*)?@)?"
    r"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[^@/?#:\s]*)?(?:\?[^@#\s]*)?)"
)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)  # of a variable; nothing else is ever shown
_CONNECT_S = 15


def quoted(name: str) -> str:
    """A name as SQL takes it whatever is in it.

    Examples
    --------
    >>> print(quoted('a"; drop table b; --'))
    "a""; drop table b; --"
    """
    return '"' + name.replace("\0", "").replace('"', '""') + '"'


def _need_driver(where: str) -> None:
    """Refuse where the extra ``postgis`` is not installed.

    Raises
    ------
    ConfigError
        With the command that installs it.
    """
    try:
        import psycopg  # noqa: F401 - the driver sqlalchemy loads by name
        import sqlalchemy  # noqa: F401
    except ImportError as err:
        raise ConfigError(
            say("layers.open.reading_postgis_needs_packages_not"),
            where=where,
            got=err.name or "",
            todo=say("layers.open.pip_install_pingluo_geoplan_postgis"),
        ) from err


def connection_text(dsn_env: str, where: str, name_it: str) -> str:
    """Where the database is, as the environment says, for the one driver that is used.

    Parameters
    ----------
    dsn_env : str
        Name of the environment variable.
    where : str
        Who asks, for messages.
    name_it : str
        How a variable is named there.

    Raises
    ------
    ConfigError
        When no variable or no name of one is given, when it is empty, is of another database
        or driver, or cannot be taken apart
        in one way only: a password with ``@`` or ``/`` in it would end up in the name of the
        host. The message shows no part of the text.
    """
    if dsn_env and not _NAME.fullmatch(dsn_env):
        raise ConfigError(
            say("layers.database.name_wanted"),
            where=where,
            expected=say("layers.database.name_wanted_expected"),
            todo=name_it,
        )
    dsn = os.environ.get(dsn_env, "") if dsn_env else ""
    if not dsn:
        raise ConfigError(
            say("layers.open.connection_database_not_known"),
            where=where,
            got=say(
                "layers.open.environment_variable_empty",
                name=dsn_env or say("layers.open.none_named"),
            ),
            expected=say("layers.open.postgresql_user_password_host_database"),
            todo=say("layers.database.set_variable", name=dsn_env) if dsn_env else name_it,
        )
    found = _DSN.fullmatch(dsn)
    if found is None:
        scheme = dsn.partition("://")[0]
        another = "://" in dsn and scheme not in _SCHEMES
        raise ConfigError(
            say("layers.open.another_database")
            if another
            else say("layers.open.connection_text_unclear"),
            where=where,
            got=say("layers.open.of_variable", name=dsn_env),
            expected=say("layers.open.postgresql_user_password_host_database"),
            todo=say("layers.open.only_postgresql")
            if another
            else say("layers.open.write_signs_escaped"),
        )
    return f"postgresql://{found['rest']}"


def _settings(text: str) -> dict[str, int | str]:
    """How long to wait for a server, and the signs to speak in, unless the text says it.

    A database of another encoding changes the signs itself, and says which it lacks.
    """
    own: dict[str, int | str] = {"connect_timeout": _CONNECT_S, "client_encoding": "utf8"}
    return {k: v for k, v in own.items() if f"{k}=" not in text}


@contextmanager
def connected(
    dsn_env: str, where: str, *, todo: str, name_it: Sentence, read_only: bool = True
) -> Iterator[Any]:
    """A connection in one transaction, which is undone when the block fails.

    Parameters
    ----------
    dsn_env : str
        Name of the environment variable that holds the connection text
        (``postgresql://user:password@host/database``); a plan never holds a password.
    where : str
        Plan file and layer, or option, for messages.
    todo : str
        What to do when the database refuses for a reason that says nothing better.
    name_it : Sentence
        How a variable is named by whoever asks: in the plan, or as an option.
    read_only : bool
        Whether the server refuses to change anything.

    Yields
    ------
    sqlalchemy.Connection

    Raises
    ------
    ConfigError
        When the variable is not set or unclear, names another database, or the extra is not
        installed.
    DataError
        When the database cannot be reached or refuses a statement.
    """
    text = connection_text(dsn_env, where, name_it)
    url = text.replace("postgresql:", "postgresql+psycopg:", 1)
    _need_driver(where)
    import psycopg
    import sqlalchemy

    asked = Asked(text, dsn_env, where, todo, read_only, TIMEOUT_S)
    link, at_end = None, False
    try:
        engine = sqlalchemy.create_engine(
            url,
            poolclass=sqlalchemy.pool.NullPool,
            hide_parameters=True,
            connect_args=_settings(url),
        )
        with engine.begin() as link:
            if read_only:
                link.execute(sqlalchemy.text("set transaction read only"))
            link.execute(
                sqlalchemy.text(f"set local statement_timeout = {round(TIMEOUT_S * 1000)}")
            )
            yield link
            at_end = True
    except (
        *(sqlalchemy.exc.SQLAlchemyError, psycopg.Error, ValueError, OSError),
        # shapes the library has no kind for
        *(shapely.errors.ShapelyError, NotImplementedError),
    ) as err:
        lost = link is not None and link.invalidated
        raise database_fault(err, asked, lost=lost, at_end=at_end) from err
