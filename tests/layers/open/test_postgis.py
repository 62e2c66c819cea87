"""Layers from a real PostGIS: started for the test, skipped where it is not installed."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geoplan.plan_file import load_plan
from gis.errors import ConfigError, DataError
from layers.open.plan_layers import layer_report, open_features
from tests.postgres import server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dsn():
    yield from server()


@pytest.fixture(scope="module")
def filled(dsn):
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as link:
        link.execute("create extension postgis")
        link.execute("create table dl (dj text, mc text, geom geometry(LineString, 4490))")
        link.execute(
            "insert into dl values "
            "('国道', 'G109', ST_GeomFromText('LINESTRING(106.6 38.8, 106.7 38.9)', 4490)),"
            "('县道', 'X310', ST_GeomFromText('LINESTRING(106.6 38.7, 106.7 38.7)', 4490))"
        )
    return dsn


@pytest.fixture
def plan_of(tmp_path):
    county = gpd.GeoDataFrame(geometry=[shapely.box(106.5, 38.6, 106.8, 39.0)], crs="EPSG:4490")
    county.to_file(tmp_path / "county.gpkg")

    def make(sql):
        path = tmp_path / "p.toml"
        path.write_text(
            f"""[plan]
id = "t"
title = {{ zh = "测", en = "test" }}
as_of = 2026-01-01
[area]
boundary = {{ path = "county.gpkg" }}
crs = "EPSG:4544"
[layers.road]
sql = "{sql}"
dsn_env = "GEOPLAN_TEST_DSN"
""",
            encoding="utf-8",
        )
        return load_plan(path)

    return make


def test_a_layer_comes_from_the_database(filled, plan_of, monkeypatch):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    road = open_features(plan_of("select dj, mc, geom from dl order by mc"), "road")
    assert road["road_class"].tolist() == ["national", "county"]
    assert road["name"].tolist() == ["G109", "X310"]
    assert road.crs.to_epsg() == 4544
    # 0.1 degrees of longitude at 38.7 N: 111.32 km x cos 38.7 x 0.1 = 8.69 km
    assert road.length.iloc[1] == pytest.approx(8690, rel=0.005)


def test_a_query_without_rows_or_geometry_is_explained(filled, plan_of, monkeypatch):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    with pytest.raises(DataError, match="empty"):
        open_features(plan_of("select dj, geom from dl where dj = 'x'"), "road")
    with pytest.raises(DataError, match="no geometry column"):
        open_features(plan_of("select dj from dl"), "road")


def test_nothing_can_be_written(filled, plan_of, monkeypatch):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    # a cursor takes no other statement than a query, and the transaction is read-only
    for sql in ("delete from dl returning dj, geom", "select 1; drop table dl"):
        with pytest.raises(DataError, match="cannot be read"):
            open_features(plan_of(sql), "road")
    assert len(open_features(plan_of("select dj, geom from dl"), "road")) == 2


def test_a_wrong_query_and_no_server_are_data_faults(filled, plan_of, monkeypatch):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    with pytest.raises(DataError, match="cannot be read"):
        open_features(plan_of("select * from nowhere"), "road")
    monkeypatch.setenv("GEOPLAN_TEST_DSN", "postgresql://u:secret@/x?host=/nonexistent")
    with pytest.raises(DataError) as err:
        open_features(plan_of("select 1"), "road")
    assert "secret" not in str(err.value)
    monkeypatch.delenv("GEOPLAN_TEST_DSN")
    with pytest.raises(ConfigError, match="GEOPLAN_TEST_DSN"):
        open_features(plan_of("select 1"), "road")


@pytest.mark.parametrize(
    ("dsn", "word"),
    [
        ("postgresql://u:p@ssw0rd/secret@127.0.0.1:1/db", "one way only"),
        ("postgresql://u:p@ssw0rd@127.0.0.1:1/db", "one way only"),
        ("postgresql://u:ssw0rd/x@127.0.0.1/db", "one way only"),
        ("postgresql://u:p#ssw0rd@127.0.0.1/db", "one way only"),
        ("postgresql://u:p?ssw0rd@127.0.0.1/db", "one way only"),
        ("postgresql://u:ssw0rd:x@127.0.0.1/db", "one way only"),
        ("postgresql://u:ssw0rd", "one way only"),
        ("host=127.0.0.1 password=ssw0rd", "one way only"),
        ("ssw0rd", "one way only"),
        ("mysql://u:ssw0rd@127.0.0.1/db", "another database"),
        ("sqlite:////etc/ssw0rd", "another database"),
        ("postgresql+psycopg2://u:ssw0rd@127.0.0.1/db", "another database"),
        ("http://u:ssw0rd@127.0.0.1/", "another database"),
    ],
)
def test_no_part_of_a_connection_text_is_shown(plan_of, monkeypatch, dsn, word):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", dsn)
    with pytest.raises(ConfigError, match=word) as err:
        open_features(plan_of("select 1"), "road")
    for text in (err.value.text("zh"), err.value.text("en")):
        assert "ssw0rd" not in text
        assert "GEOPLAN_TEST_DSN" in text


@pytest.mark.parametrize("sign", ["%40", "%3A", "%2F", "%3F", "%23"])
def test_an_escaped_password_is_not_shown_when_nobody_answers(plan_of, monkeypatch, sign):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", f"postgresql://u:p{sign}ssw0rd@127.0.0.1:1/db")
    with pytest.raises(DataError, match=r"no server answers at 127\.0\.0\.1:1") as err:
        open_features(plan_of("select 1"), "road")
    assert "ssw0rd" not in str(err.value)


def test_the_database_chooses_the_rows_near_the_county(filled, monkeypatch):
    import psycopg

    from layers.open.postgis import read_sql

    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    with psycopg.connect(filled, autocommit=True) as link:
        link.execute("drop table if exists wide")
        link.execute("create table wide (id int, geom geometry(Point, 4544))")
        # 5,000 points over 50 degrees of longitude along 38.8 N; zone 35 has its axis at 105 E
        link.execute(
            "insert into wide select k, ST_Transform(ST_SetSRID("
            "ST_MakePoint(80 + k * 0.01, 38.8), 4490), 4544) from generate_series(0, 4999) k"
        )
        link.execute("create index on wide using gist (geom)")
        link.execute("analyze wide")
    box = (106.0, 38.0, 107.0, 39.0)
    for sql in ("select id, geom from wide -- all", "select id, geom from wide;"):
        near = read_sql(sql, dsn_env="GEOPLAN_TEST_DSN", where="p", box=box)
        # 106.00 to 107.00 in steps of 0.01: 101 points, and some where the box bulges
        assert 101 <= len(near) <= 110
        assert set(range(2600, 2701)) <= set(near["id"])
    whole = read_sql("select id, geom from wide", dsn_env="GEOPLAN_TEST_DSN", where="p")
    assert len(whole) == 5000
    # nothing near: all, so that the gate of places can say where they lie
    far = (10.0, 50.0, 11.0, 51.0)
    assert (
        len(
            read_sql(
                "select id, geom from wide", dsn_env="GEOPLAN_TEST_DSN", where="p", box=far
            )
        )
        == 5000
    )


def test_a_query_may_call_its_shape_geometry_and_hold_rows_without_one(filled, monkeypatch):
    from layers.open.postgis import read_sql

    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    sql = "select mc, geom as geometry from dl union all select 'none', null"
    box = (106.0, 38.0, 107.0, 39.0)
    found = read_sql(sql, dsn_env="GEOPLAN_TEST_DSN", where="p", box=box)
    assert sorted(found["mc"]) == ["G109", "X310", "none"]
    assert found.geometry.isna().sum() == 1


def test_shapes_of_a_database_are_repaired_and_told_as_those_of_a_file(
    filled, plan_of, monkeypatch
):
    monkeypatch.setenv("GEOPLAN_TEST_DSN", filled)
    sql = "select dj, geom from dl union all select '国道', null"
    plan = plan_of(sql)
    assert len(open_features(plan, "road")) == 2
    assert "no_geometry" in [w.code for w in layer_report(plan, "road").warnings]
