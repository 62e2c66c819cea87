"""A survey kept in PostGIS: a real server, started for the test, skipped where none is."""

from __future__ import annotations

import geopandas as gpd
import pytest

from carbon_sink.step_survey import survey_step
from tests.carbon_sink.conftest import CRS, quiet, write_plan
from tests.carbon_sink.survey.test_survey_step import codes_of, earlier, summary
from tests.postgres import server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dsn():
    yield from server()


def kept(dsn: str, table: gpd.GeoDataFrame, name: str) -> None:
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as link:
        link.execute("create extension if not exists postgis")
        link.execute(f"drop table if exists {name}")
        link.execute(
            f"create table {name} "
            '("DLBM" text, "DLMC" text, "TBBH" text, geom geometry(Polygon, 4544))'
        )
        for row in table.itertuples():
            link.execute(
                f"insert into {name} values (%s, %s, %s, ST_GeomFromText(%s, 4544))",
                (row.DLBM, row.DLMC, row.TBBH, row.geometry.wkt),
            )


@pytest.mark.parametrize(
    "source", ['sql = "select * from dltb_2015"', 'table = "dltb_2015"\ngeometry = "geom"']
)
def test_the_earlier_survey_lies_in_a_database(dsn, tmp_path, monkeypatch, source):
    table = earlier(p0=("0404", "其他草地"))
    assert table.crs == CRS
    kept(dsn, table, "dltb_2015")
    monkeypatch.setenv("GEOPLAN_TEST_DSN", dsn)
    more = (
        f'[carbon.survey_before]\nyear = 2015\ndsn_env = "GEOPLAN_TEST_DSN"\n{source}\n'
        "[carbon.survey_after]\nyear = 2023\n"
    )
    found = survey_step(write_plan(tmp_path, "", more), tmp_path, quiet)
    (row,) = found.tables["survey_changes"].to_dict("records")
    # 8 years of poplar (2.46) for grass (2.73): -0.27 tC/ha of about 100 ha
    assert (row["before"], row["after"]) == ("grass_other", "forest_arbor")
    assert row["living_tc"] == pytest.approx(-0.27 * row["area_ha"], rel=1e-6)
    assert row["area_ha"] == pytest.approx(100.0, rel=1e-3)
    assert row["parcels_before"] == "A00"
    assert summary(found).changes == 1


def test_one_table_as_both_surveys_is_told(dsn, tmp_path, monkeypatch):
    kept(dsn, earlier(), "dltb_one")
    monkeypatch.setenv("GEOPLAN_TEST_DSN", dsn)
    own = 'dsn_env = "GEOPLAN_TEST_DSN"\nsql = "select * from dltb_one"\n'
    more = (
        f"[carbon.survey_before]\nyear = 2015\n{own}[carbon.survey_after]\nyear = 2023\n{own}"
    )
    found = survey_step(write_plan(tmp_path, "", more), tmp_path, quiet)
    assert "survey_same_file" in codes_of(found)
    assert summary(found).changes == 0
