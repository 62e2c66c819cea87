"""Features from a PostGIS database; needs the extra ``postgis``."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from gis.errors import ConfigError, DataError
from gis.foreign import foreign_reason
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["read_sql"]

_GEOMETRY_NAMES = ("geom", "geometry", "the_geom", "wkb_geometry", "shape")


_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
# user and password without a sign that ends them; host, port and database likewise
_DSN = re.compile(
    r"(?:postgresql(?:\+psycopg)?|postgres)://"
    r"(?P<rest>(?:[^@/?#:\s]*(?::[^@/?#:\s]*)?@)?"
    r"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[^@/?#:\s]*)?(?:\?[^@#\s]*)?)"
)

Box = tuple[float, float, float, float]


def read_sql(sql: str, *, dsn_env: str, where: str, box: Box | None = None) -> gpd.GeoDataFrame:
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
    box : (west, south, east, north), optional
        Only rows that meet it [deg], chosen by the database; all when none does.

    Returns
    -------
    GeoDataFrame
        In the CRS of the geometry column.

    Raises
    ------
    ConfigError
        When the variable is not set or unclear, names another database, or the extra is not
        installed.
    DataError
        When the database cannot be reached, the query fails, or it gives no geometry.
    """
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
            todo=say("layers.open.name_dsn_env_geoplan_dsn"),
        )
    try:
        import geopandas as gpd
        import psycopg  # noqa: F401 - the driver sqlalchemy loads by name
        import sqlalchemy
    except ImportError as err:
        raise ConfigError(
            say("layers.open.reading_postgis_needs_packages_not"),
            where=where,
            got=err.name or "",
            todo=say("layers.open.pip_install_pingluo_geoplan_postgis"),
        ) from err
    url = _address(dsn, dsn_env, where)
    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
        with engine.connect() as link:
            link.execute(sqlalchemy.text("set transaction read only"))
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
                    got=", ".join(sorted(columns)),
                    expected=" / ".join(_GEOMETRY_NAMES),
                )
            table = None
            if box is not None and (near := _near(sql, name, box, link)) is not None:
                table = gpd.read_postgis(near, link, geom_col=name)
            if table is None or not len(table):  # elsewhere: then it is told where
                table = gpd.read_postgis(query, link, geom_col=name)
    except (sqlalchemy.exc.SQLAlchemyError, ValueError, OSError) as err:
        raise DataError(
            say("layers.open.database_cannot_read"),
            where=where,
            got=foreign_reason(err),
            todo=say("layers.open.check_query", dsn_env=dsn_env),
        ) from err
    return table.rename_geometry("geometry")


def _near(sql: str, name: str, box: Box, link: Any) -> Any:  # noqa: ANN401 - sqlalchemy's
    """The query with a condition on its geometry, so that the database uses its index.

    The box is brought into the system of the rows first: a condition that is worked out for
    every row uses no index. None where rows have no system, or one the database does not know.
    """
    import sqlalchemy

    # its own lines: the query may end in a comment
    rows = f"(\n{sql.strip().rstrip(';')}\n) as gp"
    corners = ", ".join(f"{v:.6f}" for v in box)
    try:
        with link.begin_nested():
            srid = link.scalar(
                sqlalchemy.text(f"select ST_SRID(gp.{name}) from {rows} limit 1")
            )
            if not srid:
                return None
            where = f"ST_Transform(ST_MakeEnvelope({corners}, 4326), {int(srid)})"
            wkt = link.scalar(sqlalchemy.text(f"select ST_AsEWKT({where})"))
    except sqlalchemy.exc.SQLAlchemyError:
        return None
    near = f"select * from {rows} where gp.{name} && ST_GeomFromEWKT('{wkt}')"
    return sqlalchemy.text(near).execution_options(stream_results=True)


def _address(dsn: str, dsn_env: str, where: str) -> str:
    """The connection text for the one driver that is used.

    Raises
    ------
    ConfigError
        When it is of another database or driver, or cannot be taken apart in one way only: a
        password with ``@`` or ``/`` in it would end up in the name of the host. The message
        shows no part of the text.
    """
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
    return f"postgresql+psycopg://{found['rest']}"
