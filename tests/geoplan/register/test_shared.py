"""The register in a real PostGIS: the same answers as from a GeoPackage, and its own lock."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import psycopg
import pytest
import shapely

from geoplan.plan_file import load_plan
from geoplan.register.adding import add_projects, epsg_of
from geoplan.register.exporting import export_register
from geoplan.register.ledger import Check, Entry, Finding, Stamp
from geoplan.register.project import Project
from geoplan.register.reading import read_brought
from geoplan.register.signing import Present, add_review, standing_reviews
from geoplan.register.store import Place, opened
from gis.errors import DataError
from layers.open.county import county_boundary
from tests.geoplan.api.test_api import make_plan
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


SITE = Present("run-1", "law-1", {"PV-01": LAND}, {"PV-01": "pv"})


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return load_plan(make_plan(tmp_path_factory.mktemp("plan")))


def review(place, plan, who="甲", present=SITE, **more):
    values = {"subject": "site", "id": "PV-01", "state": "通过", **more}
    return add_review(place, plan, values, who, present, "test")


def test_reviews_come_back_as_from_a_file(place, plan, tmp_path):
    file = Place(tmp_path / "y.gpkg")
    hostile = "'; DROP TABLE reviews; -- %s {0} \\ <b>"
    later = Present("run-2", "law-1", {"PV-01": LAND.buffer(2)}, {"PV-01": "pv"})
    found = []
    for one in (file, place):
        review(one, plan, comment=hostile)
        review(one, plan, who="乙", rule="pv-001", state="不通过", present=later)
        rows = standing_reviews(one, plan, later, name="PV-01", subject="site")
        found.append(
            [
                (s.why, s.review.opinion, s.review.seq, s.review.stamp.who, s.review.geometry)
                for s in rows
            ]
        )
    assert found[0] == found[1]
    assert [w for w, *_ in found[1]] == [("run", "land"), ()]
    assert found[1][0][1].comment == hostile


def test_a_schema_of_an_earlier_version_gets_its_table_of_reviews(place, plan, dsn):
    with opened(place, 4544, write=True) as ledger:
        ledger.append([entry(1)])
    name = place.schema.replace('"', '""')
    with psycopg.connect(dsn, autocommit=True) as link:
        link.execute(f'drop table "{name}".reviews')
    assert standing_reviews(place, plan, SITE) == ()
    review(place, plan)
    assert len(standing_reviews(place, plan, SITE)) == 1
    with psycopg.connect(dsn, autocommit=True) as link:
        for verb in (f'delete from "{name}".reviews', f'truncate "{name}".reviews'):
            with pytest.raises(psycopg.errors.RaiseException, match="only added to"):
                link.execute(verb)


def test_two_reviewers_at_once_lose_nothing(place, plan):
    with opened(place, 4544, write=True):
        pass

    def write(who):
        for _ in range(8):
            review(place, plan, who=who)

    threads = [threading.Thread(target=write, args=(who,)) for who in "ab"]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    found = standing_reviews(place, plan, SITE)
    assert [s.review.seq for s in found] == list(range(1, 17))
    assert sum(s.latest for s in found) == 2


KILLED = """
import sys, time
from pathlib import Path
from geoplan.register.adding import add_projects, epsg_of
from geoplan.register.exporting import export_register
from geoplan.register.ledger import Stamp
from geoplan.register.reviews import Opinion, Review, append_review
from geoplan.register.store import Place, opened
with opened(Place(Path("x"), sys.argv[1], sys.argv[2]), 4544, write=True) as ledger:
    append_review(ledger, Review(Stamp("", "", "", "", ""), Opinion(id="X", state="通过")))
    print("in", flush=True)
    time.sleep(120)
"""


def test_a_killed_reviewer_leaves_nothing_and_holds_up_nobody(place, plan):
    review(place, plan)
    words = [sys.executable, "-c", KILLED, VARIABLE, place.schema]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "in\n"
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    review(place, plan)
    found = standing_reviews(place, plan, SITE)
    assert [s.review.opinion.id for s in found] == ["PV-01", "PV-01"]


WRITING = """
import sys, time
from pathlib import Path
import shapely
from geoplan.register.adding import add_projects, epsg_of
from geoplan.register.exporting import export_register
from geoplan.register.ledger import Entry, Stamp
from geoplan.register.project import Project
from geoplan.register.store import Place, opened
stamp = Stamp("2026-11-29T00:00:00", "killed", "", "", "")
land = shapely.box(600_000, 4_300_000, 600_100, 4_300_100)
with opened(Place(Path("x"), sys.argv[1], sys.argv[2]), 4544, write=True) as ledger:
    for i in range(500):
        ledger.append([Entry(stamp, "added", Project(id=f"K{i}", name="x"), land)])
    print("in", flush=True)
    time.sleep(120)
"""


def test_a_writer_killed_amid_its_projects_leaves_none_of_them(place):
    with opened(place, 4544, write=True) as ledger:
        ledger.append([entry(1)])
    words = [sys.executable, "-c", WRITING, VARIABLE, place.schema]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "in\n"
    with opened(place, 4544) as ledger:  # half of it is seen by nobody
        assert set(ledger.current()) == {"P1"}
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    with opened(place, 4544, write=True) as ledger:  # and holds up nobody
        assert set(ledger.current()) == {"P1"}
        ledger.append([entry(2)])
    with opened(place, 4544) as ledger:
        assert set(ledger.current()) == {"P1", "P2"}


def test_what_a_database_exports_is_the_same_when_it_is_brought_back(place, plan, tmp_path):
    """Into the same register nothing changes, into an empty one all of it comes."""
    x, y = (float(v[0]) for v in county_boundary(plan).representative_point().xy)
    land = shapely.box(x, y, x + 100, y + 80)
    with opened(place, epsg_of(plan), write=True) as ledger:
        more = {"kind": "光伏", "capacity_mw": 12.5, "year": 2027}
        for i, shape in ((1, land), (2, shapely.Point(x, y)), (3, None)):
            project = Project(id=f"P{i}", name=f"项目 {i}", **more)
            ledger.append([Entry(STAMP, "added", project, shape)])
    with opened(place, epsg_of(plan)) as ledger:
        entries = ledger.current()
        file = export_register(
            tmp_path / "out.gpkg", entries, ledger.history(), None, ledger.epsg, "zh"
        )
    brought = read_brought(tmp_path / "out.gpkg", plan)
    again = add_projects(place, plan, brought, STAMP)
    assert (again.added, again.changed, again.same) == ((), (), ("P1", "P2", "P3")), file
    other = Place(tmp_path / "other.gpkg")
    assert add_projects(other, plan, brought, STAMP).added == ("P1", "P2", "P3")
    with opened(other, epsg_of(plan)) as ledger:
        found = ledger.current()
    assert {i: e.project for i, e in found.items()} == {
        i: e.project for i, e in entries.items()
    }
    assert found["P1"].geometry.equals(land)


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
