"""Features from a PostGIS database; needs the extra ``postgis``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gis.crs.systems import as_crs
from gis.errors import ConfigError, DataError
from gis.files.checked_features import likely_crs, likely_epsg, shown_extent
from gis.say import Sentence, listed, say
from layers.open.database import connected, quoted

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = ["read_sql", "read_table"]

_GEOMETRY_NAMES = ("geom", "geometry", "the_geom", "wkb_geometry", "shape")
_SHOWN = 12  # tables named in a message

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class _Column:
    """A geometry column of a table the role may read.

    Attributes
    ----------
    kind
        ``"geometry"`` or ``"geography"``.
    srid
        What the column declares; 0 for nothing.
    """

    schema: str
    table: str
    name: str
    kind: str
    srid: int

    @property
    def full(self) -> str:
        return f"{self.schema}.{self.table}"


# ---------------------------------------------------------------- doors


def read_sql(
    sql: str, *, dsn_env: str, where: str, crs: str = "", box: Box | None = None
) -> gpd.GeoDataFrame:
    """Rows of a query with their geometry, read in a read-only transaction.

    Parameters
    ----------
    sql : str
        A ``select`` of the plan file.
    dsn_env : str
        Name of the environment variable that holds the connection text
        (``postgresql://user:password@host/database``); a plan never holds a password.
    where : str
        Plan file and layer, for messages.
    crs : str
        What the caller takes rows to be in that have no system, or one nobody can read.
    box : (west, south, east, north), optional
        Only rows that meet it [deg], chosen by the database; all when none does.

    Returns
    -------
    GeoDataFrame
        In the CRS of the geometry column, as the database describes it; without one where
        it has none and `crs` is given.

    Raises
    ------
    ConfigError
        When the variable is not set or unclear, names another database, or the extra is not
        installed.
    DataError
        When the database cannot be reached, the query fails, it gives no geometry, or rows are
        in several systems, in none (SRID 0) or in one nobody can read.
    """
    with connected(dsn_env, where, todo=_todo(dsn_env), name_it=_name_it()) as link:
        import sqlalchemy

        # streamed: the columns are known before the rows are fetched, and the cursor takes
        # nothing but a query
        query = sqlalchemy.text(sql).execution_options(stream_results=True)
        head = link.execute(query)
        columns = set(head.keys())
        head.close()
        name = next((c for c in _GEOMETRY_NAMES if c in columns), None)
        if name is None:
            raise DataError(
                say("layers.open.query_gives_no_geometry_column"),
                where=where,
                got=listed(sorted(columns)),
                expected=" / ".join(_GEOMETRY_NAMES),
            )
        near = None if box is None else _near(sql, name, box, link, where)
        found, srid = _first_filled((near, query), name, link, where, crs)
        if not srid and not crs and not found.geometry.isna().all():
            raise _no_srid(found, f"ST_SetSRID({name}, {{srid}}) as {name}", where)
        return found


def read_table(
    name: str,
    *,
    dsn_env: str,
    where: str,
    geometry: str = "",
    crs: str = "",
    box: Box | None = None,
) -> gpd.GeoDataFrame:
    """Rows of a table or view by its name, with all its columns and one geometry.

    Parameters
    ----------
    name : str
        ``schema.table``, or the table alone where only one schema has it; as it is spelled in
        the database, without quotes.
    dsn_env, where, crs, box
        See `read_sql`.
    geometry : str
        Column to take where the table has several.

    Returns
    -------
    GeoDataFrame
        As `read_sql` gives it, in two dimensions.

    Raises
    ------
    ConfigError
        As `read_sql` does; when several tables or geometry columns are meant.
    DataError
        As `read_sql` does; when the role sees no such table with a geometry. Near names, or
        all there are, are given.
    """
    with connected(dsn_env, where, todo=_todo(dsn_env), name_it=_name_it()) as link:
        column = _column(name, geometry, link, where)
        far = _select(column, None, link, where)
        near = None if box is None else _select(column, box, link, where)
        found, srid = _first_filled((near, far), "geometry", link, where, crs)
        if not srid and not crs and not found.geometry.isna().all():
            parts = (column.schema, column.table, column.name)
            names = ", ".join("'" + n.replace("'", "''") + "'" for n in parts)
            names = names.replace("{", "{{").replace("}", "}}")
            statement = f"SELECT UpdateGeometrySRID({names}, {{srid}})"
            raise _no_srid(found, statement, where)
        return found


# ---------------------------------------------------------------- queries


def _todo(dsn_env: str) -> Sentence:
    return say("layers.open.check_query", dsn_env=dsn_env)


def _name_it() -> Sentence:
    return say("layers.open.name_dsn_env_geoplan_dsn")


def _first_filled(
    queries: Sequence[Any],
    name: str,
    link: Any,  # noqa: ANN401 - sqlalchemy's
    where: str,
    crs: str,
) -> tuple[gpd.GeoDataFrame, int]:
    """Rows of the first query that has some: near the county, else all, to tell where.

    With the number of their system; 0 for none.
    """
    import geopandas as gpd
    import pandas as pd

    table, shapes = None, None
    for query in queries:
        if query is not None and (shapes is None or shapely.is_missing(shapes).all()):
            table = pd.read_sql(query, link)
            if table.columns.tolist().count(name) > 1:
                raise DataError(
                    say("layers.open.geometry_twice"),
                    where=where,
                    got=name,
                    todo=say("layers.open.name_columns"),
                )
            cells = table[name].astype(object).where(table[name].notna(), None)
            # what is no geometry at all is refused by its text
            given = [v if isinstance(v, bytes | None) else str(v) for v in cells]
            shapes = shapely.from_wkb(np.array(given, dtype=object))
    assert table is not None  # noqa: S101 - the last query is always there
    assert shapes is not None  # noqa: S101
    srid = _one_system(shapely.get_srid(shapes[~shapely.is_missing(shapes)]), where)
    known = _system_of(srid, link, where) if srid else None
    if srid and known is None and not crs:
        raise DataError(
            say("layers.open.srid_unknown"),
            where=where,
            got=str(srid),
            todo=say("layers.open.srid_unknown_todo"),
        )
    bare = table.drop(columns=name)
    return gpd.GeoDataFrame(bare, geometry=shapely.set_srid(shapes, 0), crs=known), srid


def _no_srid(found: gpd.GeoDataFrame, statement: str, where: str) -> DataError:
    """The fault of rows without a system, with the SQL that gives them one."""
    code = likely_epsg(found)
    return DataError(
        say("layers.open.no_srid"),
        where=where,
        got=say("gis.files.coordinates", extent=shown_extent(found)),
        expected=say("layers.open.an_srid", hint=likely_crs(found)),
        todo=say("layers.open.no_srid_todo", statement=statement.format(srid=code or "…")),
    )


def _system_of(srid: int, link: Any, where: str) -> pyproj.CRS | None:  # noqa: ANN401
    """The system behind the number of a database, as its own table describes it.

    Counties keep systems of their own under numbers no registry has, and a number may be
    another registry's. None where nobody can read the description.
    """
    import pyproj
    import sqlalchemy

    asked = "select auth_name, auth_srid, srtext, proj4text from spatial_ref_sys where srid = "
    row = link.execute(sqlalchemy.text(f"{asked}{int(srid)}")).first()
    name, number, wkt, proj = row if row is not None else ("EPSG", srid, "", "")
    for text in (f"{name}:{number}" if name and number else "", wkt, proj):
        try:
            found = pyproj.CRS.from_user_input(text) if text and text.strip() else None
        except pyproj.exceptions.CRSError:
            continue
        if found is not None:
            return as_crs(found, where)
    return None


def _one_system(found: Iterable[int], where: str) -> int:
    """The one system rows are in; 0 for none."""
    systems = sorted({int(v) for v in found})
    if len(systems) > 1:
        raise DataError(
            say("layers.open.several_srid"),
            where=where,
            got=listed(map(str, systems)),
            todo=say("layers.open.several_srid_todo"),
        )
    return systems[0] if systems else 0


def _near(sql: str, name: str, box: Box, link: Any, where: str) -> Any:  # noqa: ANN401
    """The query with a condition on its geometry, so that the database uses its index.

    None where rows have no system, or one the database does not know.
    """
    import sqlalchemy

    # its own lines: the query may end in a comment
    rows = f"(\n{sql.strip().rstrip(';')}\n) as gp"
    try:
        with link.begin_nested():
            some = f"from {rows} where gp.{name} is not null"
            asked = sqlalchemy.text(f"select distinct ST_SRID(gp.{name}) {some}")
            found = link.scalars(asked).all()
    except sqlalchemy.exc.SQLAlchemyError:
        return None
    shape = _envelope(box, _one_system(found, where), link)
    if shape is None:
        return None
    # rows without a shape are nowhere: they come, and are told
    near = f"select * from {rows} where gp.{name} && {shape} or gp.{name} is null"
    return sqlalchemy.text(near).execution_options(stream_results=True)


def _envelope(box: Box, srid: int | None, link: Any) -> str | None:  # noqa: ANN401
    """A box in the system of the rows, worked out once.

    A condition that is worked out for every row uses no index.
    """
    import sqlalchemy

    if not srid:
        return None
    corners = ", ".join(f"{v:.6f}" for v in box)
    shape = f"ST_Transform(ST_MakeEnvelope({corners}, 4326), {int(srid)})"
    try:
        with link.begin_nested():
            wkt = link.scalar(sqlalchemy.text(f"select ST_AsEWKT({shape})"))
    except sqlalchemy.exc.SQLAlchemyError:
        return None
    return f"ST_GeomFromEWKT('{wkt}')"


def _select(column: _Column, box: Box | None, link: Any, where: str) -> Any:  # noqa: ANN401
    """The columns of a table with one geometry, in two dimensions, near a box if one is given.

    None where the box cannot be brought into the system of the rows.
    """
    import sqlalchemy

    table = f"{quoted(column.schema)}.{quoted(column.table)}"
    own = f"t.{quoted(column.name)}"
    names = link.scalars(
        sqlalchemy.text(
            "select a.attname from pg_attribute a join pg_type y on y.oid = a.atttypid "
            "join pg_class c on c.oid = a.attrelid "
            "join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = :schema and c.relname = :table and a.attnum > 0 "
            "and not a.attisdropped and y.typname not in ('geometry', 'geography', 'raster') "
            "order by a.attnum"
        ),
        {"schema": column.schema, "table": column.table},
    )
    columns = [f"t.{quoted(n)}" for n in names if n != "geometry"]
    text = f"select {', '.join([*columns, f'ST_Force2D({own}::geometry) as geometry'])}"
    text += f" from {table} as t"
    if box is not None:
        asked = f"select distinct ST_SRID({own}) from {table} as t where {own} is not null"
        srid = column.srid or _one_system(link.scalars(_plain(asked)), where)
        shape = _envelope(box, srid, link)
        if shape is None:
            return None
        shape += "::geography" * (column.kind == "geography")
        text += f" where {own} && {shape} or {own} is null"
    return _plain(text).execution_options(stream_results=True)


def _plain(sql: str) -> Any:  # noqa: ANN401 - sqlalchemy's
    """A statement without parameters: a colon, in a name as well, is a colon."""
    import sqlalchemy

    return sqlalchemy.text(sql.replace(":", r"\:"))


def _column(name: str, geometry: str, link: Any, where: str) -> _Column:  # noqa: ANN401
    """The one geometry column a plan means."""
    import sqlalchemy

    rows = link.execute(
        sqlalchemy.text(
            "select f_table_schema, f_table_name, f_geometry_column, 'geometry', srid "
            "from geometry_columns union all "
            "select f_table_schema, f_table_name, f_geography_column, 'geography', srid "
            "from geography_columns order by 1, 2, 3"
        )
    )
    known = [_Column(str(r[0]), str(r[1]), str(r[2]), str(r[3]), int(r[4])) for r in rows]
    meant = [c for c in known if c.full == name] or [c for c in known if c.table == name]
    if not meant:
        all_names = sorted({c.full for c in known})
        bare = {c.table: c.full for c in known}
        near = [
            *difflib.get_close_matches(name, all_names, n=3),
            *(bare[b] for b in difflib.get_close_matches(name, bare, n=3)),
        ]
        shown = list(dict.fromkeys(near)) or all_names[:_SHOWN]
        more = len(all_names) - len(shown)
        raise DataError(
            say("layers.open.no_such_table"),
            where=where,
            got=name,
            expected=say("layers.open.tables_seen", names=listed(shown), more=more)
            if shown
            else say("layers.open.no_table_seen"),
            todo=say("layers.open.name_table_or_grant"),
        )
    tables = sorted({c.full for c in meant})
    if len(tables) > 1:
        raise ConfigError(
            say("layers.open.several_tables"),
            where=where,
            got=name,
            expected=listed(tables),
            todo=say("layers.open.write_schema"),
        )
    chosen = [c for c in meant if c.name == geometry] if geometry else meant
    if len(chosen) != 1:
        raise ConfigError(
            say("layers.open.several_geometries"),
            where=where,
            got=geometry or name,
            expected=listed(c.name for c in meant),
            todo=say("layers.open.write_geometry"),
        )
    return chosen[0]
