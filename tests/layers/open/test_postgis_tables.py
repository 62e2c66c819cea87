"""Layers of a real PostGIS by the name of their table, without SQL."""

from __future__ import annotations

import time

import geopandas as gpd
import pytest
import shapely

from geoplan.plan_file import load_plan
from gis.errors import ConfigError, DataError
from layers.open.plan_layers import layer_report, open_features
from layers.open.postgis import read_table
from tests.postgres import server

pytestmark = pytest.mark.slow

LINE = "ST_GeomFromText('LINESTRING(106.6 38.8, 106.7 38.9)', 4490)"
ODD = 'Straße "道路"; drop table dl --:x %s {}'


@pytest.fixture(scope="module")
def dsn():
    yield from server()


@pytest.fixture(scope="module")
def filled(dsn):
    import psycopg
    from psycopg import sql

    with psycopg.connect(dsn, autocommit=True) as link:
        link.execute("create extension postgis")
        link.execute("create schema gis; create schema old")
        link.execute("create table gis.dl (dj text, mc text, km numeric(8,3), geom geometry)")
        link.execute(
            f"insert into gis.dl values ('国道', 'G109', 12.345, {LINE}), "
            f"('县道', 'X310', null, {LINE}), ('县道', 'X311', 1, null)"
        )
        link.execute("create view gis.dl_view as select dj, mc, geom from gis.dl")
        link.execute("create materialized view gis.dl_mat as select dj, geom from gis.dl")
        link.execute("create table old.twice as select dj, geom from gis.dl")
        link.execute("create table gis.twice as select dj, geom from gis.dl")
        odd = sql.Identifier("gis", ODD)
        line = sql.SQL("geom geometry(LineString, 4490)")
        link.execute(sql.SQL("create table {} (dj text, {})").format(odd, line))
        link.execute(sql.SQL("insert into {} values ('国道', {})").format(odd, sql.SQL(LINE)))
        link.execute(
            "create table gis.two (dj text, kr geometry(LineString, 4490), "
            "point geometry(Point, 4490))"
        )
        link.execute(f"insert into gis.two values ('国道', {LINE}, ST_StartPoint({LINE}))")
        link.execute("create table gis.plain (dj text)")
        link.execute(
            "create table gis.nosrid as select dj, ST_SetSRID(geom, 0) as geom from gis.dl"
        )
        link.execute("create table gis.mixed (dj text, geom geometry)")
        link.execute(
            f"insert into gis.mixed values ('国道', {LINE}), "
            f"('国道', ST_Transform({LINE}, 4544))"
        )
        link.execute("create table gis.geo (dj text, geog geography(LineString, 4326))")
        link.execute(
            f"insert into gis.geo values ('国道', ST_SetSRID({LINE}, 4326)::geography)"
        )
        link.execute("create table gis.bow (dlbm text, geom geometry(PolygonZM, 4490))")
        link.execute(
            "insert into gis.bow values ('1201', ST_GeomFromText('POLYGON ZM(("
            "106.6 38.8 1 2, 106.7 38.9 1 2, 106.7 38.8 1 2, 106.6 38.9 1 2, "
            "106.6 38.8 1 2))', 4490))"
        )
        link.execute("create role reader login; grant usage on schema gis to reader")
        link.execute("grant select on gis.dl_view to reader")
        link.execute("create schema wide")
        link.execute("create table wide.marks (id int, geom geometry(Point, 4544))")
        link.execute(
            "insert into wide.marks select k, ST_Transform(ST_SetSRID("
            "ST_MakePoint(80 + k * 0.001, 38.8), 4490), 4544) from generate_series(0, 49999) k"
        )
        link.execute("create index on wide.marks using gist (geom); analyze wide.marks")
    return dsn


@pytest.fixture
def plan_of(tmp_path, filled, monkeypatch):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    county = gpd.GeoDataFrame(geometry=[shapely.box(106.5, 38.6, 106.8, 39.0)], crs="EPSG:4490")
    county.to_file(tmp_path / "county.gpkg")

    def make(table, more="", layer="road"):
        path = tmp_path / "p.toml"
        path.write_text(
            f"""[plan]
id = "t"
title = "测"
as_of = 2026-01-01
[area]
boundary = {{ path = "county.gpkg" }}
crs = "EPSG:4544"
[layers.{layer}]
table = '{table}'
dsn_env = "GEOPLAN_TEST_DSN"
{more}
""",
            encoding="utf-8",
        )
        return load_plan(path)

    return make


@pytest.mark.parametrize(
    "name", ["gis.dl", "dl", "gis.dl_view", "gis.dl_mat", f"gis.{ODD}", ODD]
)
def test_a_table_view_or_odd_name_is_read(plan_of, name):
    road = open_features(plan_of(name), "road")
    assert road["road_class"].tolist()[0] == "national"
    assert road.crs.to_epsg() == 4544
    # haversine of the two ends: 14.1 km
    assert road.length.iloc[0] == pytest.approx(14_100, rel=0.01)


def test_columns_are_those_of_a_file(plan_of):
    plan = plan_of("gis.dl")
    road = open_features(plan, "road")
    assert road["name"].tolist() == ["G109", "X310"]
    assert road["km"].astype(float).tolist()[0] == 12.345
    codes = [w.code for w in layer_report(plan, "road").warnings]
    assert "no_geometry" in codes  # X311 has none: told, not dropped in silence


def test_one_of_two_geometries_is_chosen_by_name(plan_of):
    with pytest.raises(ConfigError, match=r"kr.*point"):
        open_features(plan_of("gis.two"), "road")
    road = open_features(plan_of("gis.two", 'geometry = "kr"'), "road")
    assert road.geom_type.tolist() == ["LineString"]
    assert "point" not in road.columns
    with pytest.raises(ConfigError, match="which geometry column"):
        open_features(plan_of("gis.two", 'geometry = "nowhere"'), "road")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gis.dll", "gis.dl"),
        ("DL", "gis.dl"),
        ("gis.plain", "no table of this name"),
        ("gis.dl; drop table gis.dl", "gis.dl"),
        ('gis"."dl', "gis.dl"),
    ],
)
def test_a_wrong_name_is_refused_with_near_ones(plan_of, name, words):
    with pytest.raises(DataError, match=words):
        open_features(plan_of(name), "road")


def test_two_schemas_with_the_table_are_told(plan_of):
    with pytest.raises(ConfigError, match=r"gis\.twice.*old\.twice"):
        open_features(plan_of("twice"), "road")


def test_rows_without_a_system_are_refused_until_it_is_declared(plan_of, filled):
    """A table has an SRID and no .prj; the SQL that is told gives it one."""
    with pytest.raises(DataError, match=r"SRID 0.*EPSG:4490") as err:
        open_features(plan_of("gis.nosrid"), "road")
    for lang in ("zh", "en"):
        assert ".prj" not in err.value.text(lang)
    statement = "SELECT UpdateGeometrySRID('gis', 'nosrid', 'geom', 4490)"
    assert statement in str(err.value)
    import psycopg

    with psycopg.connect(filled) as link:  # undone at the end
        link.execute(statement.encode())
        found = link.execute(
            "select distinct ST_SRID(geom) from gis.nosrid where geom is not null"
        )
        assert found.fetchall() == [(4490,)]
        link.rollback()
    road = open_features(plan_of("gis.nosrid", 'crs = "EPSG:4490"'), "road")
    assert road.length.iloc[0] == pytest.approx(14_100, rel=0.01)


def test_a_query_without_a_system_is_told_what_to_write(filled, monkeypatch):
    from layers.open.postgis import read_sql

    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    ask = {"dsn_env": "GEOPLAN_TEST_DSN", "where": "p"}
    sql = "select dj, {} from gis.nosrid"
    with pytest.raises(DataError, match=r"ST_SetSRID\(geom, 4490\) as geom"):
        read_sql(sql.format("geom"), **ask)
    found = read_sql(sql.format("ST_SetSRID(geom, 4490) as geom"), **ask)
    assert found.crs.to_epsg() == 4490


def test_systems_of_the_database_are_read_from_its_own_table(filled, monkeypatch):
    """A county's own meridian (106 E) under a number no registry has, by its description."""
    import psycopg

    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    ask = {"dsn_env": "GEOPLAN_TEST_DSN", "where": "p"}
    proj = "+proj=tmerc +lat_0=0 +lon_0=106 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"
    with psycopg.connect(filled, autocommit=True) as link:
        link.execute("create schema if not exists own")
        link.execute("delete from spatial_ref_sys where srid between 990001 and 990009")
        link.execute(
            "insert into spatial_ref_sys (srid, auth_name, auth_srid, proj4text) values "
            f"(990001, 'county', 1, '{proj}'), (990002, 'EPSG', 4544, '{proj}'), "
            "(990003, 'county', 3, 'nothing')"
        )
        for k in (1, 2, 3):
            link.execute(f"create table own.t{k} (a int, geom geometry(Point, 99000{k}))")
            link.execute(
                f"insert into own.t{k} values "
                f"(1, ST_SetSRID(ST_MakePoint(6e5, 4.3e6), 99000{k}))"
            )
    found = read_table("own.t1", **ask)
    # 100 km east of its meridian
    assert found.to_crs(4326).geometry.x[0] == pytest.approx(107.15, abs=0.01)
    assert read_table("own.t2", **ask).crs.to_epsg() == 4544  # the registry's number
    with pytest.raises(DataError, match=r"SRID.*990003.*spatial_ref_sys"):
        read_table("own.t3", **ask)
    assert read_table("own.t3", crs="EPSG:4544", **ask).crs is None


def test_a_server_that_dies_while_it_is_read_is_told(filled, plan_of, monkeypatch):
    from layers.open.postgis import read_sql

    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    sql = "select pg_terminate_backend(pg_backend_pid()), geom from gis.dl"
    for box in (None, (106.0, 38.0, 107.0, 39.0)):
        with pytest.raises(DataError, match=r"closed the connection.*run again") as err:
            read_sql(sql, dsn_env="GEOPLAN_TEST_DSN", where="p", box=box)
        assert "中断了连接" in err.value.text("zh")
    monkeypatch.setattr("layers.open.database.TIMEOUT_S", 0.2)
    with pytest.raises(DataError, match=r"longer than 0 s.*index"):
        read_sql("select pg_sleep(3), geom from gis.dl", dsn_env="GEOPLAN_TEST_DSN", where="p")
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled.replace("postgres@", "reader@"))
    with pytest.raises(DataError, match=r"lacks the rights.*GRANT SELECT"):
        read_sql("select dj, geom from gis.dl", dsn_env="GEOPLAN_TEST_DSN", where="p")


def test_rows_in_two_systems_are_refused(plan_of):
    with pytest.raises(DataError, match="4490, 4544"):
        open_features(plan_of("gis.mixed"), "road")


def test_geography_and_four_dimensions_are_read(plan_of):
    road = open_features(plan_of("gis.geo"), "road")
    assert road.length.iloc[0] == pytest.approx(14_100, rel=0.01)
    plan = plan_of("gis.bow", layer="land_parcels")
    land = open_features(plan, "land_parcels")
    # a bow tie of two triangles: each a quarter of the box of 0.1 by 0.1 degrees
    box = gpd.GeoSeries([shapely.box(106.6, 38.8, 106.7, 38.9)], crs=4490).to_crs(4544)
    assert land.area.sum() == pytest.approx(box.area[0] / 2, rel=1e-3)
    assert not land.has_z.any()
    assert any("repair" in w.code for w in layer_report(plan, "land_parcels").warnings)


def test_a_role_sees_what_it_may_read(filled, monkeypatch):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled.replace("postgres@", "reader@"))
    ask = {"dsn_env": "GEOPLAN_TEST_DSN", "where": "p"}
    assert len(read_table("gis.dl_view", **ask)) == 3
    with pytest.raises(DataError, match="may read") as err:
        read_table("gis.dl", **ask)
    assert "gis.dl_view" in str(err.value)


def scans(dsn):
    """How often the server has used the index of the marks."""
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as link:
        asked = (
            "select idx_scan from pg_stat_user_indexes where indexrelname = 'marks_geom_idx'"
        )
        return link.execute(asked).fetchone()[0]


def test_the_index_answers_for_the_county(filled, monkeypatch):
    """1,001 points lie in one degree of longitude; the server counts the uses of its index."""
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    before = scans(filled)
    box = (106.0, 38.0, 107.0, 39.0)
    found = read_table("wide.marks", dsn_env="GEOPLAN_TEST_DSN", where="p", box=box)
    assert set(range(26_000, 27_001)) <= set(found["id"])
    assert len(found) <= 1_100  # the box bulges in the plane
    ends = time.monotonic() + 5  # the session that read tells its figures when it is gone
    while scans(filled) == before and time.monotonic() < ends:
        time.sleep(0.1)
    assert scans(filled) > before


def test_exactly_one_way_to_answer(plan_of):
    with pytest.raises(ConfigError, match="exactly one of path, table, sql"):
        plan_of("gis.dl", 'path = "a.gpkg"')
