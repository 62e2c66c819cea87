"""A PostGIS database by a connection text that no plan, message or log ever shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import say
from layers.open.postgis import connection_text, need_driver, patience

__all__ = ["TIMEOUT_S", "connected", "quoted"]

TIMEOUT_S = 300
"""Longest time one statement may take, waiting for locks included [s]."""


def quoted(name: str) -> str:
    """A name as SQL takes it whatever is in it.

    Examples
    --------
    >>> print(quoted('a"; drop table b; --'))
    "a""; drop table b; --"
    """
    return '"' + name.replace("\0", "").replace('"', '""') + '"'


@contextmanager
def connected(dsn_env: str, where: str, *, todo: str, read_only: bool = True) -> Iterator[Any]:
    """A connection in one transaction, which is undone when the block fails.

    Parameters
    ----------
    dsn_env : str
        Name of the environment variable that holds the connection text
        (``postgresql://user:password@host/database``); a plan never holds a password.
    where : str
        Plan file and layer, or option, for messages.
    todo : str
        What to do when the database refuses.
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
    text = connection_text(dsn_env, where)
    url = text.replace("postgresql:", "postgresql+psycopg:", 1)
    need_driver(where)
    import psycopg
    import sqlalchemy

    try:
        engine = sqlalchemy.create_engine(
            url,
            poolclass=sqlalchemy.pool.NullPool,
            hide_parameters=True,
            connect_args=patience(url),
        )
        with engine.begin() as link:
            if read_only:
                link.execute(sqlalchemy.text("set transaction read only"))
            link.execute(
                sqlalchemy.text(f"set local statement_timeout = {round(TIMEOUT_S * 1000)}")
            )
            yield link
    except (sqlalchemy.exc.SQLAlchemyError, ValueError, OSError, psycopg.Error) as err:
        raise DataError(
            say("layers.open.database_cannot_read")
            if read_only
            else say("layers.open.database_cannot_write"),
            where=where,
            got=foreign_reason(err),
            todo=todo,
        ) from err
