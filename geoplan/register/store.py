"""Where a register is kept: one GeoPackage under the lock of SQLite, or a PostGIS schema.

A write is one transaction that begins by taking the lock; a process that dies in the midst
leaves a journal from which the next one restores the file. The rollback journal is used and not
the write-ahead log, whose shared memory does not reach over a network share.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geoplan.register.ledger import CHECK, HISTORY, Dialect, Ledger
from geoplan.register.reviews import REVIEW
from geoplan.register.section import register_section
from geoplan.register.shared import in_database
from gis.errors import DataError
from gis.files.exchange.geopackage import (
    add_layer,
    begin_geopackage,
    geometry_cell,
    geometry_of_cell,
)
from gis.files.given import given_file
from gis.foreign import foreign_reason
from gis.say import say
from layers.plan.model import Plan

__all__ = ["Place", "may_be_there", "opened", "place_of"]

_WAIT_S = 60.0
_OWN = ("history", "projects", "checks", "findings", "reviews")
_KEPT = ("history", "checks", "findings", "reviews")
_LAYERS = (("history", "geom"), ("projects", "geom"), ("checks", ""), ("findings", ""))
_REVIEW_LAYER = ("reviews", "geom")


@dataclass(frozen=True)
class Place:
    """Where a register is.

    Attributes
    ----------
    path
        Of the GeoPackage; beside it lie the documents.
    dsn_env, schema
        Environment variable with the connection text, and schema, where it is in a database.
    """

    path: Path
    dsn_env: str = ""
    schema: str = "geoplan_register"

    @property
    def name(self) -> str:
        """What it is called in messages; never where the database is."""
        return self.schema if self.dsn_env else str(self.path)


def place_of(
    plan: Plan, path: Path | None = None, dsn_env: str = "", schema: str = ""
) -> Place:
    """The register of a plan: the one that is asked for, that of the plan, or beside it.

    Parameters
    ----------
    plan : Plan
    path, dsn_env, schema
        What is asked for; empty takes what ``[register]`` says.
    """
    own = register_section(plan)
    beside = plan.path.with_name(own.file or f"{plan.path.stem}.register.gpkg")
    if path is not None:
        return Place(path, dsn_env, schema or own.db_schema)
    return Place(beside, dsn_env or own.dsn_env, schema or own.db_schema)


def _columns() -> str:
    return ", ".join(f"{name} {kind}" for name, kind in HISTORY)


def _kept(table: str) -> list[str]:
    """Triggers that keep rows as they were written."""
    return [
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the register is only added to'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def _no_second(table: str) -> str:
    """A trigger against a row in place of another: REPLACE deletes and no trigger is told."""
    return (
        f"CREATE TRIGGER {table}_insert BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq) "
        "BEGIN SELECT RAISE(ABORT, 'the register is only added to'); END"
    )


def _statements() -> list[str]:
    """What makes the register's own tables; also what they are compared with on opening."""
    names = ", ".join(name for name, _ in HISTORY)
    checks = ", ".join(f"{name} TEXT" for name in CHECK)
    return [
        "CREATE TABLE history (seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        f"{_columns()}, geom BLOB)",
        "CREATE INDEX history_of ON history (id, seq)",
        f"CREATE VIEW projects AS SELECT seq AS seq, {names}, geom FROM history h "
        "WHERE seq = (SELECT max(seq) FROM history WHERE id = h.id)",
        f"CREATE TABLE checks (seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {checks})",
        "CREATE TABLE findings (seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        "check_seq INTEGER, id TEXT, entry INTEGER, tech TEXT, result TEXT, area_m2 REAL, "
        "rules TEXT)",
        "CREATE INDEX findings_of ON findings (check_seq, id)",
        *(t for table in ("history", "checks", "findings") for t in _kept(table)),
    ]


def _review_statements() -> list[str]:
    """What makes the table of reviews; a register of an earlier version is given it."""
    columns = ", ".join(f"{name} {kind}" for name, kind in REVIEW)
    return [
        "CREATE TABLE reviews (seq INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
        f"{columns}, geom BLOB)",
        "CREATE INDEX reviews_of ON reviews (subject, id, seq)",
        *_kept("reviews"),
    ]


def may_be_there(place: Place) -> bool:
    """Whether there is a register to read; of a database only asking it tells.

    A file that was being made when its writer failed or was killed is empty.
    """
    path = place.path
    return bool(place.dsn_env) or (path.exists() and path.stat().st_size > 0)


@contextmanager
def opened(place: Place, epsg: int, *, write: bool = False) -> Iterator[Ledger]:
    """A register in one transaction; it is undone when the block fails.

    Parameters
    ----------
    place : Place
    epsg : int
        System of a register that is made now; one that is there has its own.
    write : bool
        Takes the lock at once, so that what is read in the block is what will be added to; the
        register is made when it is not there.

    Raises
    ------
    DataError
        When it is not there, is no register, is damaged, or somebody else writes for longer
        than a minute.
    """
    if place.dsn_env:
        with in_database(place.dsn_env, place.schema, epsg, write=write) as ledger:
            yield ledger
        return
    path = given_file(place.path)
    if not write and not may_be_there(place):
        raise DataError(
            say("geoplan.register.none_yet"),
            where=str(path),
            todo=say("geoplan.register.add_first"),
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    journal = path.with_name(f"{path.name}-journal")
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)) as link:
            undone = _left_by_a_writer(link, journal)  # before anything else is read of it
            for setting in ("trusted_schema = OFF", "synchronous = FULL"):
                link.execute(f"PRAGMA {setting}")
            link.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield replace(_ledger(link, path, epsg, write=write), undone=undone)
            except BaseException:
                if link.in_transaction:
                    link.execute("ROLLBACK")
                raise
            link.execute("COMMIT")
    except sqlite3.OperationalError as err:
        busy = err.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        raise DataError(
            say(f"geoplan.register.{'busy' if busy else 'not_opened'}"),
            where=str(path),
            got="" if busy else foreign_reason(err),
            todo=say("geoplan.register.once_more") if busy else "",
        ) from err
    except sqlite3.DatabaseError as err:
        raise DataError(
            say("geoplan.register.not_opened"), where=str(path), got=foreign_reason(err)
        ) from err


def _left_by_a_writer(link: sqlite3.Connection, journal: Path) -> bool:
    """Whether a journal lies there though nobody writes: its writer was killed.

    Who can take the lock at once knows that nobody writes. What the killed writer had put into
    the file already is undone with it.
    """
    if not journal.is_file() or not journal.stat().st_size:
        return False
    link.execute("PRAGMA busy_timeout = 0")
    try:
        link.execute("BEGIN IMMEDIATE")
        link.execute("ROLLBACK")
    except sqlite3.OperationalError:  # somebody writes, or nobody may
        return False
    finally:
        link.execute(f"PRAGMA busy_timeout = {_WAIT_S * 1000:.0f}")
    return True


def _ledger(link: sqlite3.Connection, path: Path, epsg: int, *, write: bool) -> Ledger:
    rows = link.execute(
        "SELECT name, coalesce(sql, ''), type, tbl_name FROM sqlite_master"
    ).fetchall()
    there = {name: text for name, text, _, _ in rows}
    triggers = {name for name, _, kind, table in rows if kind == "trigger" and table in _OWN}
    if not there and write:
        begin_geopackage(link, epsg)
        for statement in (*_statements(), *_review_statements()):
            link.execute(statement)
        for name, column in (*_LAYERS, _REVIEW_LAYER):
            add_layer(link, name, epsg, column=column)
        reviewed = True
    else:
        _require_ours(there, triggers, path)
        row = link.execute(
            "SELECT srs_id FROM gpkg_geometry_columns WHERE table_name = 'history'"
        ).fetchone()
        if row is None or not isinstance(row[0], int):
            raise _not_ours(path)
        epsg = row[0]
        reviewed = "reviews" in there
        if write and not reviewed:  # made before there were reviews
            for statement in _review_statements():
                link.execute(statement)
            add_layer(link, _REVIEW_LAYER[0], epsg, column=_REVIEW_LAYER[1])
            reviewed = True
    if write:
        for name, text in _guards(_KEPT if reviewed else _KEPT[:-1]).items():
            if name not in there:
                link.execute(text)
    dialect = Dialect(
        mark="?",
        prefix="",
        geometry_in="?",
        geometry_out="geom",
        encoded=lambda g: geometry_cell(g, epsg),
        decoded=geometry_of_cell,
    )

    def call(text: str, values: Sequence[Any]) -> sqlite3.Cursor:
        return link.execute(text, values)

    return Ledger(call, dialect, path.name, epsg, reviewed)


def _require_ours(there: dict[str, str], triggers: set[str], path: Path) -> None:
    """Refuse tables and views that are not those of the register, and triggers on them.

    A trigger may undo what is written; what another program put beside them (styles of QGIS)
    is never read and left alone.
    """
    wanted = {s.split()[2]: s for s in _statements()}
    reviews = {s.split()[2]: s for s in _review_statements()}
    if set(reviews) & set(there):  # all of it, or an earlier register without any
        wanted |= reviews
    # a register of an earlier version has none of these; the next writer gives it them
    wanted |= {k: v for k, v in _guards(_KEPT).items() if k in there}
    if triggers - set(wanted) or any(there.get(k) != v for k, v in wanted.items()):
        raise _not_ours(path)


def _guards(tables: Sequence[str]) -> dict[str, str]:
    return {f"{table}_insert": _no_second(table) for table in tables}


def _not_ours(path: Path) -> DataError:
    return DataError(
        say("geoplan.register.not_ours"),
        where=str(path),
        todo=say("geoplan.register.other_file"),
    )
