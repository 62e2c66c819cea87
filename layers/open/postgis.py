"""Features from a PostGIS database; needs the extra ``postgis``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gis.errors import ConfigError, DataError
from gis.foreign import foreign_reason
from gis.say import say

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["read_sql"]

_GEOMETRY_NAMES = ("geom", "geometry", "the_geom", "wkb_geometry", "shape")


def read_sql(sql: str, *, dsn_env: str, where: str) -> gpd.GeoDataFrame:
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

    Returns
    -------
    GeoDataFrame
        In the CRS of the geometry column.

    Raises
    ------
    ConfigError
        When the variable is not set or the extra is not installed.
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
    url = dsn
    for short in ("postgresql://", "postgres://"):
        if dsn.startswith(short):
            url = "postgresql+psycopg://" + dsn.removeprefix(short)
    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool)
        with engine.connect() as link:
            link.execute(sqlalchemy.text("set transaction read only"))
            query = sqlalchemy.text(sql)
            # streamed: the columns are known before the rows are fetched
            head = link.execution_options(stream_results=True).execute(query)
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
            table = gpd.read_postgis(query, link, geom_col=name)
    except (sqlalchemy.exc.SQLAlchemyError, ValueError) as err:
        raise DataError(
            say("layers.open.database_cannot_read"),
            where=where,
            got=foreign_reason(err),
            todo=say("layers.open.check_query", dsn_env=dsn_env),
        ) from err
    return table.rename_geometry("geometry")
