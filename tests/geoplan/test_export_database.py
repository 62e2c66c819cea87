"""Results written into a real PostGIS: whole runs, their own rows, nobody else's tables."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import shapely

from geoplan.demo import sample_plan
from geoplan.export import database
from geoplan.export.ask import wanted
from geoplan.export.database import to_database
from geoplan.export.sheets import cells_of
from geoplan.report.exports import run_layers, run_tables
from geoplan.summary import read_run_summary
from gis.errors import ConfigError, DataError
from tests.geoplan.fake_run import fake_run
from tests.postgres import server

pytestmark = pytest.mark.slow
VARIABLE = "GEOPLAN_TEST_DSN"


@pytest.fixture(scope="module")
def dsn():
    with contextmanager(server)() as text:
        import psycopg

        with psycopg.connect(text, autocommit=True) as link:
            link.execute("create extension postgis")
            link.execute("create role reader login")
            link.execute("create role clerk login")
            link.execute("create schema granted")
            link.execute("grant usage on schema granted to reader")
        yield text


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return fake_run(tmp_path_factory.mktemp("db") / "run", cell_m=400.0, n_parcels=60)


@pytest.fixture
def link(dsn, monkeypatch):
    import psycopg

    monkeypatch.setenv(VARIABLE, dsn)
    with psycopg.connect(dsn, autocommit=True) as found:
        yield found


def write(run, schema, **more):
    return to_database(sample_plan("tiny"), run, wanted(["postgis"], **more), VARIABLE, schema)


def tables_of(link, schema):
    found = link.execute("select tablename from pg_tables where schemaname = %s", (schema,))
    return {r[0] for r in found}


def rows(link, table):
    return link.execute(f"select count(*) from {table}").fetchone()[0]


def run_id_of(run):
    return read_run_summary(run).run.id


def test_every_layer_and_table_is_there_with_its_register(run, link):
    told = write(run, "results")
    layers, tables = dict(run_layers(run)), dict(run_tables(run))
    assert tables_of(link, "results") == {"runs", *layers, *tables}
    assert any("results.sites" in t for t in told)
    own = run_id_of(run)
    register = link.execute(
        "select run_id, plan_sha256, as_of, geoplan from results.runs"
    ).fetchall()
    summary = read_run_summary(run)
    plan = sample_plan("tiny")
    assert register == [(own, summary.plan.sha256, str(plan.plan.as_of), summary.run.geoplan)]
    for name, layer in layers.items():
        got = link.execute(
            f"select ST_AsBinary(geom), ST_SRID(geom), run_id from results.{name}"
        ).fetchall()
        assert {r[1:] for r in got} == {(4544, own)}
        shapes = shapely.from_wkb([bytes(r[0]) for r in got])
        # copied as they are: not one bit moves
        assert shapely.equals_exact(shapes, layer.geometry.to_numpy(), tolerance=0.0).all()
    sites = layers["sites"]
    got = link.execute("select site_id, area_m2 from results.sites").fetchall()
    assert got == list(zip(sites["site_id"], sites["area_m2"], strict=True))
    kind = link.execute(
        "select type, srid from geometry_columns where f_table_schema = 'results'"
        " and f_table_name = 'sites'"
    ).fetchone()
    assert kind == ("GEOMETRY", 4544)
    indexes = link.execute(
        "select indexdef from pg_indexes where schemaname = 'results' and tablename = 'sites'"
    ).fetchall()
    assert any("gist" in i[0] for i in indexes)
    remark = link.execute(
        "select col_description('results.sites'::regclass, attnum) from pg_attribute"
        " where attrelid = 'results.sites'::regclass and attname = 'area_m2'"
    ).fetchone()[0]
    assert re.search("[一-鿿].* / .*[a-z]", remark)


def test_a_run_replaces_its_own_rows_and_no_others(run, link, monkeypatch):
    write(run, "again")
    n = rows(link, "again.sites")
    summary = read_run_summary(run)
    again = summary.run.model_copy(update={"id": "ffff00001111"})
    other = summary.model_copy(update={"run": again})
    with monkeypatch.context() as m:
        m.setattr(database, "read_run_summary", lambda _: other)
        write(run, "again")
    assert rows(link, "again.sites") == 2 * n
    link.execute("create table again.notes (a int)")
    link.execute("insert into again.notes values (1)")
    link.execute("alter table again.sites add column checked_by text")
    link.execute("update again.sites set checked_by = 'me' where run_id = 'ffff00001111'")
    write(run, "again")
    write(run, "again", layers=["sites"])
    assert rows(link, "again.sites") == 2 * n
    assert rows(link, "again.runs") == 2
    assert rows(link, "again.notes") == 1
    assert link.execute(
        "select count(*) from again.sites where checked_by = 'me'"
    ).fetchone() == (n,)


def test_one_site_takes_the_place_of_its_own_rows(run, link):
    """Five sites of a run; one of them written again, before and after it was changed."""
    write(run, "one_site", layers=["sites"])
    link.execute("update one_site.sites set zone = 'x' where site_id = 'PV-02'")
    write(run, "one_site", site="PV-02")
    found = dict(link.execute("select site_id, zone from one_site.sites").fetchall())
    assert len(found) == 5
    assert found["PV-02"] == found["PV-01"] == "gaoren"
    assert rows(link, "one_site.runs") == 1


def test_what_others_made_is_left_alone(run, link):
    link.execute("create schema town")
    link.execute("create table town.sites (a int)")
    link.execute("insert into town.sites values (1)")
    with pytest.raises(DataError, match=r"did not make.*town\.sites"):
        write(run, "town")
    assert tables_of(link, "town") == {"sites"}  # nothing of the run either
    assert rows(link, "town.sites") == 1
    link.execute("drop table town.sites")
    link.execute("create view town.sites as select 1 as run_id")
    with pytest.raises(DataError, match="did not make"):
        write(run, "town")


def test_failing_halfway_leaves_nothing(run, link, monkeypatch):
    calls = []
    whole = database._fill

    def break_off(*args):
        calls.append(args)
        if len(calls) == 6:
            raise OSError(28, "No space left on device")
        return whole(*args)

    monkeypatch.setattr(database, "_fill", break_off)
    with pytest.raises(DataError, match="disk is full"):
        write(run, "half")
    assert len(calls) == 6
    assert not link.execute("select 1 from pg_namespace where nspname = 'half'").fetchone()


def test_killed_halfway_leaves_nothing(run, link, tmp_path):
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from geoplan.demo import sample_plan\n"
        "from geoplan.export import database\n"
        "from geoplan.export.ask import wanted\n"
        "whole, calls = database._fill, []\n"
        "def slow(*args):\n"
        "    whole(*args)\n"
        "    calls.append(1)\n"
        "    if len(calls) == 4:\n"
        f"        Path({str(tmp_path / 'there')!r}).touch()\n"
        "        time.sleep(60)\n"
        "database._fill = slow\n"
        f"database.to_database(sample_plan('tiny'), Path({str(run)!r}),"
        f" wanted(['postgis']), {VARIABLE!r}, 'killed')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], env=dict(os.environ))
    try:
        for _ in range(400):
            if (tmp_path / "there").exists():
                break
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait(20)
    for _ in range(50):  # the server sees the lost connection
        if not link.execute("select 1 from pg_namespace where nspname = 'killed'").fetchone():
            break
        time.sleep(0.1)
    assert tables_of(link, "killed") == set()
    write(run, "killed")  # and nothing is locked
    assert rows(link, "killed.runs") == 1


def test_missing_rights_are_said(run, dsn, link, monkeypatch):
    monkeypatch.setenv(VARIABLE, dsn.replace("postgres@", "reader@"))
    for schema, wish in (
        ("granted", 'GRANT CREATE, USAGE ON SCHEMA "granted" TO "reader"'),
        ("new_one", 'CREATE SCHEMA "new_one" AUTHORIZATION "reader"'),
    ):
        with pytest.raises(DataError, match="lacks the rights") as err:
            write(run, schema)
        assert wish in err.value.faults[0].todo
        assert "postgresql://" not in str(err.value)
    assert tables_of(link, "granted") == set()


def test_a_table_of_another_user_is_asked_of_its_owner(run, dsn, link, monkeypatch):
    """Widening a table is its owner's: rights on the schema do not suffice."""
    link.execute("create schema shared")
    write(run, "shared", layers=["sites"])
    link.execute("grant all on schema shared to reader")
    link.execute("grant all on all tables in schema shared to reader")
    monkeypatch.setenv(VARIABLE, dsn.replace("postgres@", "reader@"))
    with pytest.raises(DataError, match='GRANT "postgres" TO "reader"'):
        write(run, "shared", layers=["sites"])


def test_a_server_that_takes_no_writing_is_told_as_one(run, dsn, link, monkeypatch):
    """A standby, or a role that only reads, needs another server and no grant."""
    link.execute("create role looker login")
    link.execute("alter role looker set default_transaction_read_only = on")
    link.execute("create schema lookers authorization looker")
    monkeypatch.setenv(VARIABLE, dsn.replace("postgres@", "looker@"))
    with pytest.raises(DataError, match=r"takes nothing but reading.*primary") as err:
        write(run, "lookers", layers=["sites"])
    assert "GRANT" not in err.value.text("zh")


def test_without_a_variable_the_option_is_asked_for(run, monkeypatch):
    """A plan's syntax is no help on the command line."""
    monkeypatch.delenv(VARIABLE, raising=False)
    plan, ask = sample_plan("tiny"), wanted(["postgis"])
    with pytest.raises(ConfigError, match=r"add --dsn-env GEOPLAN_DSN"):
        to_database(plan, run, ask, "", "results")
    with pytest.raises(ConfigError, match=rf"export {VARIABLE}=") as err:
        to_database(plan, run, ask, VARIABLE, "results")
    assert "dsn_env =" not in str(err.value)
    text = "postgresql://u:topsecret@h/d"
    with pytest.raises(ConfigError, match="name of an environment variable") as err:
        to_database(plan, run, ask, text, "results")
    for lang in ("zh", "en"):
        assert "topsecret" not in err.value.text(lang)
        assert "u:" not in err.value.text(lang)


@pytest.mark.parametrize("moment", ["copy", "commit"])
def test_a_server_that_dies_is_told_and_nothing_is_claimed_too_much(
    run, dsn, link, monkeypatch, moment
):
    """SIGKILL of the process that serves us, in the middle of a COPY and before COMMIT."""
    pids = []
    whole = database._fill

    def pid_of(cursor):
        return cursor.execute("select pg_backend_pid()").fetchone()[0]

    def die(cursor, schema, sheet, *more):
        if moment == "commit" and sheet.name == "sites":
            whole(cursor, schema, sheet, *more)
            pids.append(pid_of(cursor))
            os.kill(pids[0], signal.SIGKILL)
            return
        if sheet.name != "sites":
            whole(cursor, schema, sheet, *more)
            return
        pids.append(pid_of(cursor))

        def rows():
            yield sheet.rows[0]
            os.kill(pids[0], signal.SIGKILL)
            time.sleep(0.3)
            for _ in range(20_000):
                yield sheet.rows[1]

        whole(cursor, schema, replace(sheet, rows=rows()), *more)

    monkeypatch.setattr(database, "_fill", die)
    with pytest.raises(DataError, match="closed the connection") as err:
        write(run, f"dies_{moment}", layers=["sites"])
    told = err.value.text("zh")
    assert "中断了连接" in told
    assert "未给出" not in told
    assert ("没有改变" in told) == (moment == "copy")
    assert ("不得而知" in told) == (moment == "commit")
    import psycopg

    for _ in range(100):  # the server begins again after such a loss
        try:
            with psycopg.connect(dsn, autocommit=True) as again:
                assert tables_of(again, f"dies_{moment}") == set()
                break
        except psycopg.OperationalError:
            time.sleep(0.1)
    else:
        pytest.fail("the server did not come back")


def test_a_user_with_its_own_schema_needs_no_more(run, dsn, link, monkeypatch):
    link.execute("create schema clerks authorization clerk")
    monkeypatch.setenv(VARIABLE, dsn.replace("postgres@", "clerk@"))
    write(run, "clerks")
    write(run, "clerks")
    assert rows(link, "clerks.runs") == 1


@pytest.mark.parametrize("schema", ['we"ird; drop schema results; --', "成果 %s :x", "A" * 63])
def test_a_schema_is_a_name_and_no_more(run, link, schema):
    write(run, schema, layers=["sites"])
    assert tables_of(link, schema) == {"runs", "sites"}


def test_a_schema_that_cannot_be(run, link):
    for schema in ("", "pg_catalog", "information_schema", "Information_Schema", "字" * 22):
        with pytest.raises(ConfigError, match="--schema"):
            write(run, schema)


def test_a_wider_type_comes_and_a_wrong_one_is_refused(run, link, tmp_path):
    write(run, "kinds", layers=["sites"])
    link.execute("alter table kinds.sites alter column area_m2 type bigint")
    write(run, "kinds", layers=["sites"])
    got = [r[0] for r in link.execute("select area_m2 from kinds.sites")]
    assert np.allclose(got, dict(run_layers(run))["sites"]["area_m2"], rtol=0, atol=0)
    link.execute("alter table kinds.sites alter column site_id type bytea using null")
    with pytest.raises(DataError, match=r"another type.*bytea.*text"):
        write(run, "kinds", layers=["sites"])
    write(run, "kinds2", layers=["sites"])
    with pytest.raises(DataError, match=r"another type.*4544.*4523"):
        write(run, "kinds2", layers=["sites"], crs="EPSG:4523")


def test_a_database_without_postgis_is_told(run, dsn, link, monkeypatch):
    link.execute("create database bare")
    monkeypatch.setenv(VARIABLE, dsn.replace("/postgres?", "/bare?"))
    with pytest.raises(DataError, match=r"lacks the PostGIS extension"):
        write(run, "results")


def test_what_others_put_on_a_table_and_signs_a_database_lacks_are_told(
    run, dsn, link, monkeypatch
):
    """A foreign key on our rows; Chinese titles into a database of LATIN1."""
    import psycopg

    write(run, "held", layers=["sites"])
    link.execute("create unique index on held.sites (site_id)")
    link.execute("create table held.visits (s text references held.sites (site_id))")
    link.execute("insert into held.visits values ('PV-01')")
    with pytest.raises(DataError, match=r"constraint or a trigger.*another schema"):
        write(run, "held", layers=["sites"])
    assert rows(link, "held.sites") == 5
    link.execute("create database latin encoding 'LATIN1' template template0 locale 'C'")
    there = dsn.replace("/postgres?", "/latin?")
    with psycopg.connect(there, autocommit=True) as other:
        other.execute("create extension postgis")
    monkeypatch.setenv(VARIABLE, there)
    with pytest.raises(DataError, match=r"encoding of the database lacks signs.*UTF8"):
        write(run, "results")


def test_geometry_lives_in_another_schema(run, dsn, link, monkeypatch):
    import psycopg

    link.execute("create database apart")
    there = dsn.replace("/postgres?", "/apart?")
    with psycopg.connect(there, autocommit=True) as other:
        other.execute('create schema "几何 lib"')
        other.execute('create extension postgis schema "几何 lib"')
        # somebody's own type of that name in front must not be taken
        other.execute("create domain public.geometry as text")
        monkeypatch.setenv(VARIABLE, there)
        for _ in range(2):  # the second time the types of the table are compared
            write(run, "results", layers=["sites"])
        kind = other.execute(
            "select srid from \"几何 lib\".geometry_columns where f_table_name = 'sites'"
        ).fetchone()
        assert kind[0] == 4544
        assert rows(other, "results.runs") == 1


def test_numbers_of_joined_tables_are_numbers():
    import pandas as pd

    column = pd.Series([1.5, None], dtype=object)
    assert cells_of(column) == ("double precision", [1.5, None])
    assert cells_of(pd.Series([True, None], dtype=object)) == ("boolean", [True, None])
    assert cells_of(pd.Series([1, "a", None], dtype=object)) == (
        "text", ["1", "a", None],
    )  # fmt: skip


def test_the_verb_names_the_tables_in_the_language_asked_for(run, link, monkeypatch, capsys):
    from geoplan.cli import main

    # the run of the fixture is of no plan file: what finds one is not tested here
    monkeypatch.setattr("geoplan.commands.results.finished_run", lambda *_: run)
    monkeypatch.setattr("geoplan.commands.results._warned", lambda *_: None)
    words = ["export", str(sample_plan("tiny").path), "--format", "postgis", "--schema", "verb"]
    for lang, line in (("zh", "verb.runs：1 行"), ("en", "verb.runs: 1 row")):
        assert main([*words, "--dsn-env", VARIABLE, "--lang", lang]) == 0
        assert line in capsys.readouterr().out.splitlines()
    assert rows(link, "verb.runs") == 1
