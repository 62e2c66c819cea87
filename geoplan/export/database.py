"""Results of a run in a PostGIS schema: one transaction, its own rows only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely

from geoplan.export.ask import Wanted, chosen_layers, layer_title
from geoplan.export.origin import origin_of
from geoplan.report.exports import column_title, field_docs, run_tables
from geoplan.summary import RunSummary, read_run_summary
from gis.crs.systems import as_crs, epsg_of
from gis.errors import ConfigError, DataError
from gis.files.export.frames import plain_text, typed
from gis.say import LANGS, Sentence, say
from layers.open.database import connected, quoted
from layers.plan.model import Plan
from layers.run_record import check_result

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["REGISTER", "to_database"]

REGISTER = "runs"
"""Table with a row for every run of the schema."""
RUN_ID = "run_id"
GEOMETRY = "geom"
_SITE = "site_id"
_MARK = "geoplan:"
"""Every table geoplan made has a remark that begins with it."""
_NAME_BYTES = 63  # of a name in PostgreSQL


@dataclass(frozen=True)
class _Sheet:
    """A table to be filled.

    Attributes
    ----------
    columns
        Name, type and remark of each column; the first is the run.
    rows
        Cells in their order.
    geometry
        Whether the last column is one, with its SRID.
    """

    name: str
    remark: str
    columns: tuple[tuple[str, str, str], ...]
    rows: Sequence[Sequence[Any]]
    srid: int = 0


def to_database(
    plan: Plan, run: Path, ask: Wanted, dsn_env: str, schema: str
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
    its_own = schema.lower().startswith("pg_") or schema.lower() == "information_schema"
    if not schema or len(schema.encode()) > _NAME_BYTES or its_own:
        raise ConfigError(
            say("geoplan.export.schema_name"), where="--schema", got=schema[:80] or "-"
        )
    check_result(run)
    summary = read_run_summary(run)
    sheets = _sheets(plan, run, ask, summary)
    where = f"--format postgis {schema}"
    todo = say("geoplan.export.check_database", dsn_env=dsn_env)
    name_it = say("geoplan.export.name_variable")
    with connected(dsn_env, where, todo=todo, name_it=name_it, read_only=False) as link:
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


def _both(text: Any) -> str:  # noqa: ANN401 - what is said in each language
    return " / ".join(dict.fromkeys(text(lang) for lang in LANGS))


def _sheets(plan: Plan, run: Path, ask: Wanted, summary: RunSummary) -> list[_Sheet]:
    """The register, then every layer, then every table."""
    import pandas as pd

    docs = field_docs(plan)
    own = summary.run.id
    register = {
        RUN_ID: own,
        "plan": summary.plan.id,
        "plan_sha256": summary.plan.sha256,
        "title_zh": summary.plan.title("zh"),
        "title_en": summary.plan.title("en"),
        "as_of": str(plan.plan.as_of),
        "finished": summary.run.finished,
        "geoplan": summary.run.geoplan,
        "synthetic": bool(summary.plan.synthetic),
        "attribution": " / ".join(
            dict.fromkeys(origin_of(summary, la).get("attribution", "") for la in LANGS)
        ),
        "sources": origin_of(summary, LANGS[0]).get("sources", ""),
        "written": pd.Timestamp.now(tz="UTC"),
    }
    keys = {
        RUN_ID: "run",
        "plan": "plan",
        "plan_sha256": "plan_sha",
        "title_zh": "title",
        "title_en": "title",
        "geoplan": "version",
    }
    remarks = {c: _both(say(f"geoplan.export.c_{keys.get(c, c)}")) for c in register}
    out = [
        _sheet(
            REGISTER,
            pd.DataFrame([register]),
            remarks,
            _both(say("geoplan.export.register")),
            "",
        )
    ]

    def told(columns: Sequence[str]) -> dict[str, str]:
        return {
            c: " / ".join(dict.fromkeys(column_title(c, lang, docs) for lang in LANGS))
            for c in columns
            if docs.get(c) is not None
        }

    for name, layer in chosen_layers(plan, run, ask).items():
        title = {lang: layer_title(name, lang) for lang in LANGS}
        remark = " / ".join(
            say("geoplan.export.result_layer", title=title[lang])(lang) for lang in LANGS
        )
        out.append(_sheet(name, layer, told(list(layer.columns)), remark, own))
    if ask.layers or ask.site:
        return out
    taken = {s.name for s in out}
    for name, table in run_tables(run):
        shown = f"{name}_table" if name in taken else name
        remark = _both(say("geoplan.export.result_table", title=name))
        out.append(_sheet(shown, table, told(list(table.columns)), remark, own))
    return out


def _fit(name: str, taken: set[str]) -> str:
    """A name the database keeps whole, told apart from those before."""
    raw = name.replace("\0", "").encode()[:_NAME_BYTES]
    fit = raw.decode(errors="ignore") or "field"
    number = 1
    while fit in taken:
        number += 1
        tail = f"_{number}"
        fit = raw[: _NAME_BYTES - len(tail)].decode(errors="ignore") + tail
    taken.add(fit)
    return fit


def _sheet(
    name: str, frame: pd.DataFrame, remarks: Mapping[str, str], remark: str, own: str
) -> _Sheet:
    """Cells and types of a frame; `own` is the run, put in front of every row."""
    import geopandas as gpd

    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else ""
    columns: list[tuple[str, str, str]] = []
    cells: list[Sequence[Any]] = []
    taken = {GEOMETRY}
    if own:
        taken.add(RUN_ID)
        columns.append((RUN_ID, "text", _both(say("geoplan.export.c_run"))))
        cells.append([own] * len(frame))
    for c in frame.columns:
        if c != geometry:
            kind, values = _cells(frame[c])
            columns.append((_fit(str(c), taken), kind, remarks.get(str(c), "")))
            cells.append(values)
    srid = 0
    if isinstance(frame, gpd.GeoDataFrame):
        code = epsg_of(as_crs(frame.crs))
        if not code:
            raise DataError(say("geoplan.export.no_epsg"), where=name, got=str(frame.crs)[:80])
        srid = code
        flat = shapely.force_2d(frame.geometry.to_numpy())
        wkb = shapely.to_wkb(shapely.set_srid(flat, srid), hex=True, include_srid=True)
        columns.append(
            (GEOMETRY, f"geometry(Geometry, {srid})", _both(say("geoplan.export.c_geometry")))
        )
        cells.append(wkb.tolist())
    rows = list(zip(*cells, strict=True))
    return _Sheet(_fit(name, set()), remark, tuple(columns), rows, srid)


def _cells(column: pd.Series[Any]) -> tuple[str, Sequence[Any]]:
    """Type of a column in the database, and its cells."""
    import pandas as pd

    column = typed(column)
    kind = column.dtype
    known = column.notna()
    if pd.api.types.is_bool_dtype(kind):
        return "boolean", [bool(v) if k else None for v, k in zip(column, known, strict=True)]
    if pd.api.types.is_integer_dtype(kind):
        return "bigint", [int(v) if k else None for v, k in zip(column, known, strict=True)]
    if pd.api.types.is_float_dtype(kind):
        # a number that is none is no value, to every program that reads it
        return "double precision", [
            float(v) if k else None for v, k in zip(column, known, strict=True)
        ]
    if pd.api.types.is_datetime64_any_dtype(kind):
        name = "timestamp" if getattr(kind, "tz", None) is None else "timestamptz"
        return name, [v.isoformat() if k else None for v, k in zip(column, known, strict=True)]
    return "text", [plain_text(v) for v in column]


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
    who, there = _call(
        cursor,
        "select current_user, exists(select 1 from pg_namespace where nspname = %s)",
        (schema,),
    ).fetchone()
    if not there:
        return f"CREATE SCHEMA {quoted(schema)} AUTHORIZATION {quoted(who)}"
    return f"GRANT CREATE, USAGE ON SCHEMA {quoted(schema)} TO {quoted(who)}"


def _fill(
    cursor: Any,  # noqa: ANN401
    schema: str,
    sheet: _Sheet,
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


def _own_table(cursor: Any, schema: str, sheet: _Sheet, where: str) -> None:  # noqa: ANN401
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
