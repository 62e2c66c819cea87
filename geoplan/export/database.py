"""Results of a run in a PostGIS schema: one transaction, its own rows only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geoplan.export.ask import Wanted
from geoplan.export.sheets import GEOMETRY, NAME_BYTES, REGISTER, RUN_ID, Sheet, sheets_of
from geoplan.summary import read_run_summary
from gis.errors import ConfigError, DataError
from gis.say import Sentence, say
from layers.open.database import connected, connection_text, quoted
from layers.plan.model import Plan
from layers.run_lock import Tell
from layers.run_record import check_result

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["REGISTER", "check_target", "find_postgis", "to_database"]

_SITE = "site_id"
_MARK = "geoplan:"
"""Every table geoplan made has a remark that begins with it."""


def to_database(
    plan: Plan,
    run: Path,
    ask: Wanted,
    dsn_env: str,
    schema: str,
    *,
    tell: Tell | None = None,
) -> list[Sentence]:
    """Write layers and tables of a run into a schema, all of it or nothing.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Its finished run folder.
    ask : Wanted
        Layers and the rest.
    dsn_env : str
        Environment variable with the connection text.
    schema : str
        Made when it is not there and may be.
    tell : callable, optional
        Told what is to be known of the system asked for.

    Returns
    -------
    list of Sentence
        Every table with the number of rows that are of this run.

    Raises
    ------
    ConfigError
        For a connection or a schema that cannot be.
    DataError
        When the database refuses, or a table of the name was made by somebody else. Nothing
        has changed then.

    Notes
    -----
    Every table has a column ``run_id``. A run written again takes the place of its own rows;
    one site of it takes the place of the rows of that site. Rows of other runs and sites stay,
    and so do tables and columns this version does not know. The table
    ``runs`` is the register.
    """
    check_target(dsn_env, schema)
    check_result(run)
    summary = read_run_summary(run)
    sheets = sheets_of(plan, run, ask, summary, tell)
    where = f"--format postgis {schema}"
    todo = say("geoplan.export.check_database", dsn_env=dsn_env)
    with connected(dsn_env, where, todo=todo, name_it=_name_it(), read_only=False) as link:
        import psycopg

        raw = link.connection.driver_connection
        with raw.cursor() as cursor:
            need = _ready(cursor, schema, where)
            try:
                if need.startswith("CREATE"):
                    _call(cursor, f"create schema {quoted(schema)}")
                for sheet in sheets:
                    site = "" if sheet.name == REGISTER else ask.site
                    _fill(cursor, schema, sheet, summary.run.id, site, where)
            except psycopg.errors.InsufficientPrivilege as err:
                raise _refused(where, need) from err
    return [
        say("geoplan.export.rows_in", schema=schema, table=s.name, n=len(s.rows))
        for s in sheets
    ]


def _name_it() -> Sentence:
    return say("geoplan.export.name_variable")


def check_target(dsn_env: str, schema: str) -> None:
    """Refuse a connection or a schema that cannot be, before anything is written.

    Raises
    ------
    ConfigError
    """
    its_own = schema.lower().startswith("pg_") or schema.lower() == "information_schema"
    if not schema or len(schema.encode()) > NAME_BYTES or its_own:
        raise ConfigError(
            say("geoplan.export.schema_name"), where="--schema", got=schema[:80] or "-"
        )
    connection_text(dsn_env, "--dsn-env", _name_it())


def _refused(where: str, statement: str) -> DataError:
    return DataError(
        say("geoplan.export.database_refused"),
        where=where,
        todo=say("geoplan.export.grant", statement=statement),
    )


def _call(cursor: Any, sql: str, values: Any = None) -> Any:  # noqa: ANN401
    return cursor.execute(sql.encode(), values)


def _ready(cursor: Any, schema: str, where: str) -> str:  # noqa: ANN401
    """What the user has to be granted; two exports into one schema wait for each other.

    It begins with CREATE where the schema is not there.
    """
    _call(
        cursor,
        "select pg_advisory_xact_lock(hashtextextended(%s, 13))",
        (f"geoplan {schema}",),
    )
    find_postgis(cursor, where)
    who, there = _call(
        cursor,
        "select current_user, exists(select 1 from pg_namespace where nspname = %s)",
        (schema,),
    ).fetchone()
    if not there:
        return f"CREATE SCHEMA {quoted(schema)} AUTHORIZATION {quoted(who)}"
    return f"GRANT CREATE, USAGE ON SCHEMA {quoted(schema)} TO {quoted(who)}"


def find_postgis(cursor: Any, where: str) -> None:  # noqa: ANN401
    """Let names in this transaction mean those of the server and of PostGIS, nobody else's.

    Raises
    ------
    DataError
        When the database lacks PostGIS.
    """
    found = _call(
        cursor,
        "select nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace "
        "where extname = 'postgis'",
    ).fetchone()
    if found is None:
        raise DataError(
            say("geoplan.export.no_postgis"),
            where=where,
            todo=say("geoplan.export.create_extension"),
        )
    # wherever the type of geometry lives, and nothing that somebody put before it
    path = f"pg_catalog, {quoted(str(found[0]))}"
    _call(cursor, f"set local search_path to {path}")


def _fill(
    cursor: Any,  # noqa: ANN401
    schema: str,
    sheet: Sheet,
    own: str,
    site: str,
    where: str,
) -> None:
    """Make or widen one table, take this run's rows (of one site) away and put them in."""
    table = f"{quoted(schema)}.{quoted(sheet.name)}"
    _own_table(cursor, schema, sheet, where)
    whose = table.replace("%", "%%")  # a sign of the name is no place for a value
    old = f"delete from {whose} where {quoted(RUN_ID)} = %s"
    values: tuple[str, ...] = (own,)
    if site:
        old, values = f"{old} and {quoted(_SITE)} = %s", (own, site)
    _call(cursor, old, values)
    names = ", ".join(quoted(c) for c, _, _ in sheet.columns)
    copy = f"copy {table} ({names}) from stdin"
    with cursor.copy(copy.encode()) as stream:
        for row in sheet.rows:
            stream.write_row(row)


def _own_table(cursor: Any, schema: str, sheet: Sheet, where: str) -> None:  # noqa: ANN401
    """The table with every column this run has.

    Raises
    ------
    DataError
        When somebody else made it, or a column holds another type.
    """
    table = f"{quoted(schema)}.{quoted(sheet.name)}"
    row = _call(
        cursor,
        "select c.oid, c.relkind, obj_description(c.oid, 'pg_class'), "
        "pg_has_role(c.relowner, 'usage'), pg_get_userbyid(c.relowner), current_user "
        "from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace where n.nspname = %s and c.relname = %s",
        (schema, sheet.name),
    ).fetchone()
    at = f"{where} {sheet.name}"
    if row is None:
        fields = ", ".join(f"{quoted(c)} {kind}" for c, kind, _ in sheet.columns)
        _call(cursor, f"create table {table} ({fields})")
        _remark(cursor, f"table {table}", f"{_MARK} {sheet.remark}")
        for column, _, text in sheet.columns:
            _remark(cursor, f"column {table}.{quoted(column)}", text)
        unique = "unique " if sheet.name == REGISTER else ""
        _call(cursor, f"create {unique}index on {table} ({quoted(RUN_ID)})")
        if sheet.srid:
            _call(
                cursor,
                f"create index on {table} using gist ({quoted(GEOMETRY)})",
            )
        return
    oid, kind, remark, may, owner, who = row
    kind = kind.decode() if isinstance(kind, bytes) else str(kind)
    if kind not in ("r", "p") or not str(remark or "").startswith(_MARK):
        raise DataError(
            say("geoplan.export.table_not_ours"),
            where=at,
            got=f"{schema}.{sheet.name}",
            todo=say("geoplan.export.other_schema"),
        )
    if not may:  # widening a table and its remarks are its owner's alone
        raise _refused(at, f"GRANT {quoted(owner)} TO {quoted(who)}")
    held = dict(
        _call(
            cursor,
            "select attname, format_type(atttypid, atttypmod) from pg_attribute "
            "where attrelid = %s and attnum > 0 and not attisdropped",
            (oid,),
        ).fetchall()
    )
    for column, wanted, text in sheet.columns:
        if column not in held:
            _call(
                cursor,
                f"alter table {table} add column {quoted(column)} {wanted}",
            )
            _remark(cursor, f"column {table}.{quoted(column)}", text)
        elif wanted in _WIDER.get(held[column], ()):
            _call(
                cursor,
                f"alter table {table} alter column {quoted(column)} type {wanted}",
            )
        elif not _takes(held[column], wanted):
            raise DataError(
                say("geoplan.export.column_of_another_type"),
                where=f"{at} {column}",
                got=held[column],
                expected=wanted,
                todo=say("geoplan.export.other_schema"),
            )


_WIDER = {
    "bigint": ("double precision", "text"),
    "double precision": ("text",),
    "boolean": ("text",),
}


def _takes(held: str, wanted: str) -> bool:
    """Whether a column of the table takes what this run has.

    Examples
    --------
    >>> _takes("geometry(Geometry,4544)", "geometry(Geometry, 4544)"), _takes("text", "bigint")
    (True, True)
    """
    short = {
        "timestamp with time zone": "timestamptz",
        "timestamp without time zone": "timestamp",
    }.get(held, held)
    return short.replace(" ", "") == wanted.replace(" ", "") or short in _WIDER.get(wanted, ())


def _remark(cursor: Any, on: str, text: str) -> None:  # noqa: ANN401
    """Say what a table or a column is; the server takes no parameter here."""
    if text:
        said = text.replace("\0", "").replace("'", "''")
        _call(cursor, f"comment on {on} is E'{said.replace(chr(92), chr(92) * 2)}'")
