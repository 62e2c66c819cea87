"""The register in a PostGIS schema, where many people write over a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import shapely

from geoplan.export.database import check_target, find_postgis
from geoplan.register.ledger import CHECK, HISTORY, Dialect, Ledger
from geoplan.register.reviews import REVIEW
from gis.errors import DataError
from gis.say import say
from layers.open.database import connected, quoted

__all__ = ["in_database"]

_KEY = "seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
_TYPES = {"INTEGER": "integer", "REAL": "double precision"}


@contextmanager
def in_database(dsn_env: str, schema: str, epsg: int, *, write: bool) -> Iterator[Ledger]:
    """The register of a schema in one transaction; see `geoplan.register.store.opened`.

    Writers wait for one another; readers see what was committed.

    Raises
    ------
    ConfigError
        For a connection or a schema that cannot be.
    DataError
        When the database refuses, or the schema holds no register.
    """
    check_target(dsn_env, schema)
    where = f"--schema {schema}"
    todo = say("geoplan.export.check_database", dsn_env=dsn_env)
    name_it = say("geoplan.export.name_variable")
    with connected(dsn_env, where, todo=todo, name_it=name_it, read_only=not write) as link:
        cursor = link.connection.driver_connection.cursor()
        prefix = f"{quoted(schema)}."

        def call(text: str, values: Sequence[Any] = ()) -> Any:  # noqa: ANN401
            return cursor.execute(text.encode(), values)

        find_postgis(cursor, where)
        if write:
            call(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 16))",
                (f"geoplan register {schema}",),
            )
        there = call(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = %s "
            "AND c.relname IN ('history', 'projects', 'checks', 'findings')",
            (schema,),
        ).fetchone()[0]
        reviewed = bool(
            call(
                "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = %s AND c.relname = 'reviews'",
                (schema,),
            ).fetchone()[0]
        )
        if there == 0 and write:
            _make(call, schema, epsg)
        elif there != 4:
            raise DataError(
                say("geoplan.register.none_yet" if there == 0 else "geoplan.register.not_ours"),
                where=where,
                todo=say("geoplan.register.add_first") if there == 0 else "",
            )
        else:
            found = call(
                "SELECT Find_SRID(%s, 'history', 'geom')",
                (schema,),
            ).fetchone()
            epsg = int(found[0])
        if write and not reviewed:  # new, or made before there were reviews
            _make_reviews(call, schema, epsg)
            reviewed = True
        yield Ledger(call, _dialect(prefix, epsg), where, epsg, reviewed)


def _dialect(prefix: str, epsg: int) -> Dialect:
    return Dialect(
        mark="%s",
        prefix=prefix.replace("%", "%%"),
        geometry_in=f"ST_GeomFromWKB(%s, {epsg})",
        geometry_out="ST_AsBinary(geom)",
        encoded=lambda g: None if g is None else shapely.to_wkb(g),
        decoded=lambda cell, _: None if cell is None else shapely.from_wkb(bytes(cell)),
    )


def _make(call: Any, schema: str, epsg: int) -> None:  # noqa: ANN401
    """Tables of the register, whose rows stay as they were written."""
    s = quoted(schema).replace("%", "%%")
    if call("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone() is None:
        call(f"CREATE SCHEMA {s}")
    columns = ", ".join(f"{n} {_TYPES.get(k, 'text')}" for n, k in HISTORY)
    names = ", ".join(n for n, _ in HISTORY)
    checks = ", ".join(f"{n} text" for n in CHECK)
    key = _KEY
    call(f"CREATE TABLE {s}.history ({key}, {columns}, geom geometry(Geometry, {epsg}))")
    call(f"CREATE INDEX ON {s}.history (id, seq)")
    call(
        f"CREATE VIEW {s}.projects AS SELECT DISTINCT ON (id) seq, {names}, geom "
        f"FROM {s}.history ORDER BY id, seq DESC"
    )
    call(f"CREATE TABLE {s}.checks ({key}, {checks})")
    call(
        f"CREATE TABLE {s}.findings ({key}, check_seq bigint, id text, entry bigint, "
        "tech text, result text, area_m2 double precision, rules text)"
    )
    call(
        f"CREATE FUNCTION {s}.kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'the register is only added to'; END$$"
    )
    for table in ("history", "checks", "findings"):
        _keep(call, s, table)


def _keep(call: Any, s: str, table: str) -> None:  # noqa: ANN401
    call(
        f"CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {s}.{table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {s}.kept()"
    )


def _make_reviews(call: Any, schema: str, epsg: int) -> None:  # noqa: ANN401
    s = quoted(schema).replace("%", "%%")
    columns = ", ".join(f"{n} {_TYPES.get(k, 'text')}" for n, k in REVIEW)
    call(f"CREATE TABLE {s}.reviews ({_KEY}, {columns}, geom geometry(Geometry, {epsg}))")
    call(f"CREATE INDEX ON {s}.reviews (subject, id, seq)")
    _keep(call, s, "reviews")
