"""The register in a real PostGIS: the same answers as from a GeoPackage, and its own lock."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import psycopg
import pytest
import shapely

from geoplan.register.ledger import Check, Entry, Finding, Stamp
from geoplan.register.project import Project
from geoplan.register.store import Place, opened
from gis.errors import DataError
from tests.postgres import server

pytestmark = pytest.mark.slow
VARIABLE = "GEOPLAN_TEST_DSN"
STAMP = Stamp("2026-11-28T00:00:00", "张三", "run", "plan", "hash")
LAND = shapely.box(600_000, 4_300_000, 600_100, 4_300_100)


@pytest.fixture(scope="module")
def dsn():
    with contextmanager(server)() as text:
        with psycopg.connect(text, autocommit=True) as link:
            link.execute("create extension postgis")
        yield text


@pytest.fixture
def place(dsn, monkeypatch, tmp_path, request):
    monkeypatch.setenv(VARIABLE, dsn)
    return Place(tmp_path / "x.gpkg", VARIABLE, f'库 "{request.node.name[:20]}" 100%')


def entry(i, name="甲", event="added", land=LAND):
    return Entry(STAMP, event, Project(id=f"P{i}", name=name, documents=("a/b.pdf",)), land)


def test_entries_and_checks_come_back_as_from_a_file(place, tmp_path):
    file = Place(tmp_path / "y.gpkg")
    finding = Finding("P1", 1, "pv", "fail", 12.5, {"PV-001": ("fail", 10.0, 0.5)})
    check = Check(STAMP, "2026-11-28", {"rules": {"pv": {}}}, (finding,))
    found = []
    for one in (file, place):
        with opened(one, 4544, write=True) as ledger:
            ledger.append([entry(1), entry(2, land=None)])
        with opened(one, 4544, write=True) as ledger:
            ledger.append([entry(1, "乙", "changed")])
            ledger.add_check(check)
        with opened(one, 4544) as ledger:
            found.append((ledger.current(), ledger.history(), ledger.last_check(), ledger.epsg))
    assert found[0] == found[1]
    assert found[0][0]["P1"].project.name == "乙"


def test_rows_are_never_changed(place, dsn):
    with opened(place, 4544, write=True) as ledger:
        ledger.append([entry(1)])
    name = place.schema.replace('"', '""')
    with psycopg.connect(dsn, autocommit=True) as link:
        for verb in (f'update "{name}".history set name = 1', f'truncate "{name}".history'):
            with pytest.raises(psycopg.errors.RaiseException, match="only added to"):
                link.execute(verb)


def test_writers_wait_for_one_another(place):
    def write(k):
        for j in range(10):
            with opened(place, 4544, write=True) as ledger:
                known = ledger.current()
                ledger.append([entry(f"{k}-{j}", name=str(len(known)))])

    threads = [threading.Thread(target=write, args=(k,)) for k in "ab"]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with opened(place, 4544) as ledger:
        history = ledger.history()
    # each saw all that were written before it
    assert [e.project.name for e in history] == [str(i) for i in range(20)]


def test_a_schema_without_a_register_is_said_to_have_none(place):
    with pytest.raises(DataError, match="no register yet"), opened(place, 4544):
        pass
