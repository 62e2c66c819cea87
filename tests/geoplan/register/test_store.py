"""The register keeps what was written: through two writers, a killed one, and hostile files."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geoplan.register.ledger import Check, Entry, Finding, Stamp
from geoplan.register.project import Project
from geoplan.register.section import RegisterSection
from geoplan.register.store import Place, opened
from gis.errors import ConfigError, DataError
from gis.files.read import read_features

EPSG = 4544
STAMP = Stamp("2026-11-28T00:00:00", "张三", "run", "plan", "hash")


def entry(i, *, event="added", name="甲", geometry=None, **more):
    return Entry(STAMP, event, Project(id=f"P{i:05d}", name=name, **more), geometry)


def square(i, size=100.0):
    return shapely.box(600_000 + 200 * i, 4_300_000, 600_000 + 200 * i + size, 4_300_100)


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "项目 库.gpkg")


def write(place, entries):
    with opened(place, EPSG, write=True) as ledger:
        return ledger.append(entries)


def test_the_last_entry_of_a_project_is_its_state_and_all_of_them_are_its_history(place):
    write(place, [entry(1, geometry=square(1)), entry(2)])
    write(place, [entry(1, event="changed", name="乙", geometry=square(3))])
    with opened(place, EPSG) as ledger:
        now, history = ledger.current(), ledger.history("P00001")
        assert len(ledger.history()) == 3
    assert (now["P00001"].project.name, now["P00002"].project.name) == ("乙", "甲")
    assert now["P00001"].geometry.equals(square(3))
    assert now["P00002"].geometry is None
    assert [e.project.name for e in history] == ["甲", "乙"]
    assert history[0].stamp == STAMP


def test_what_was_written_can_be_neither_changed_nor_deleted(place):
    write(place, [entry(1)])
    link = sqlite3.connect(place.path)
    other = "SELECT seq, 'x' FROM history WHERE seq = 1"
    for statement in (
        "UPDATE history SET name = 'x'",
        "DELETE FROM history",
        f"INSERT OR REPLACE INTO history (seq, who) {other}",
        f"REPLACE INTO history (seq, who) {other}",
        f"INSERT INTO history (seq, who) {other} ON CONFLICT (seq) DO UPDATE SET who = 'x'",
        "UPDATE OR REPLACE history SET who = 'x'",
    ):
        with pytest.raises(sqlite3.DatabaseError, match="only added to"):
            link.execute(statement)
    link.close()


@pytest.mark.parametrize("table", ["history", "checks", "findings", "reviews"])
def test_no_row_of_a_register_takes_the_place_of_another(place, table):
    """REPLACE deletes without the trigger of DELETE; a register made before is guarded too."""
    write(place, [entry(1)])
    link = sqlite3.connect(place.path)
    link.execute(f"INSERT INTO {table} (seq) VALUES (7)")
    for _ in range(2):
        with pytest.raises(sqlite3.DatabaseError, match="only added to"):
            link.execute(f"REPLACE INTO {table} (seq) VALUES (7)")
        link.execute(f"DROP TRIGGER {table}_insert")  # as an earlier version made it
        link.commit()
        for to_write in (False, True):  # it is read as it is
            with opened(place, EPSG, write=to_write):
                pass
    link.close()


def test_other_programs_read_the_projects_as_a_layer(place):
    write(place, [entry(1, geometry=square(1), kind="光伏"), entry(2, name="无红线")])
    write(place, [entry(1, event="changed", name="乙", geometry=square(1))])
    assert {str(n) for n, _ in pyogrio.list_layers(place.path)} >= {"projects", "history"}
    found = gpd.read_file(place.path, layer="projects").set_index("id")
    assert found.crs.to_epsg() == EPSG
    assert found.loc["P00001", "name"] == "乙"
    assert found.loc["P00001"].geometry.equals(square(1))
    assert len(gpd.read_file(place.path, layer="history")) == 3
    assert len(read_features(place.path, layer="projects", kind="polygon")) == 1


def test_ten_thousand_projects_are_written_and_read(place):
    began = time.process_time()
    write(place, (entry(i, geometry=square(i)) for i in range(10_000)))
    with opened(place, EPSG) as ledger:
        now = ledger.current()
    assert len(now) == 10_000
    assert now["P09999"].geometry.equals(square(9_999))
    assert time.process_time() - began < 20


def test_a_block_that_fails_writes_nothing(place):
    write(place, [entry(1)])
    two = [entry(2), "no entry"]
    with pytest.raises(AttributeError), opened(place, EPSG, write=True) as ledger:
        ledger.append(two)
    with opened(place, EPSG) as ledger:
        assert list(ledger.current()) == ["P00001"]


WRITER = """
import sys, shapely
from pathlib import Path
from geoplan.register.ledger import Entry, Stamp
from geoplan.register.project import Project
from geoplan.register.store import Place, opened
path, name, n, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
stamp = Stamp("2026-11-28T00:00:00", name, "", "", "")
ring = shapely.Point(6e5, 4.3e6).buffer(100, quad_segs=size) if size else None
for k in range(n):
    with opened(Place(path), 4544, write=True) as ledger:
        one = [Entry(stamp, "added", Project(id=f"{name}{k}-{j}", name=name), ring)
               for j in range(1 if size == 0 else 400)]
        if size:
            print("in", flush=True)
        ledger.append(one)
    print("done", flush=True)
"""


def writer(place, name, n, size=0):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(place.path), name, str(n), str(size)],
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_processes_that_write_at_once_lose_nothing(place):
    both = [writer(place, "a", 40), writer(place, "b", 40)]
    assert [p.wait(timeout=120) for p in both] == [0, 0]
    with opened(place, EPSG) as ledger:
        history = ledger.history()
    assert len({e.project.id for e in history}) == 80
    assert [e.seq for e in history] == list(range(1, 81))


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_that_was_there_and_leaves_no_half(place):
    write(place, [entry(1, geometry=square(1))])
    random.seed(7)
    for k in range(6):
        # 400 rings of 64 kB do not fit the cache: pages of the file itself are written
        # before the end, and the journal has to bring them back
        process = writer(place, f"k{k}x", 1, size=1000)
        assert process.stdout.readline() == "in\n"
        time.sleep(random.uniform(0.0, 0.15))
        os.kill(process.pid, signal.SIGKILL)
        done = "done" in process.stdout.read()
        process.wait(timeout=60)
        with opened(place, EPSG) as ledger:
            found = [e.project.id for e in ledger.history()]
        own = [i for i in found if i.startswith(f"k{k}x")]
        assert len(own) in ((400,) if done else (0, 400)), "half of a write was kept"
        assert "P00001" in found
    link = sqlite3.connect(place.path)
    assert link.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    link.close()
    write(place, [entry(2)])


@pytest.mark.parametrize("rows", [1, 4000])
@pytest.mark.parametrize("reading", [True, False])
def test_a_write_that_was_cut_off_is_told_by_the_next_who_opens(place, rows, reading):
    """One row is in the journal alone; 4,000 have reached the file and are taken out of it."""
    write(place, [entry(1)])
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from geoplan.register.store import Place, opened\n"
        "from tests.geoplan.register.test_store import EPSG, entry\n"
        "with opened(Place(Path(sys.argv[1])), EPSG, write=True) as ledger:\n"
        "    more = range(2, 2 + int(sys.argv[2]))\n"
        "    ledger.append([entry(i, name='甲' * 300) for i in more])\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(place.path), str(rows)], check=False)
    assert done.returncode == -signal.SIGKILL
    with opened(place, EPSG, write=not reading) as ledger:
        assert list(ledger.current()) == ["P00001"]
        (told,) = ledger.told
        assert "undone as a whole" in told("en")
        assert place.path.name in told("zh")
    write(place, [entry(2)])
    with opened(place, EPSG) as ledger:
        assert ledger.told == ()
        assert len(ledger.current()) == 2


def test_a_writer_that_is_still_at_it_is_none_that_was_killed(place):
    write(place, [entry(1)])
    with opened(place, EPSG, write=True) as busy:
        busy.append([entry(2)])
        with opened(place, EPSG) as ledger:
            assert ledger.told == ()
            assert len(ledger.current()) == 1
    with opened(place, EPSG) as ledger:
        assert (len(ledger.current()), ledger.told) == (2, ())


def test_a_file_that_is_no_register_is_refused_and_left_alone(tmp_path):
    other = tmp_path / "other.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[square(1)], crs=EPSG).to_file(other, layer="x")
    before = other.read_bytes()
    with (
        pytest.raises(DataError, match="no register made by geoplan"),
        opened(Place(other), EPSG, write=True),
    ):
        pass
    assert other.read_bytes() == before
    noise = tmp_path / "noise.gpkg"
    noise.write_bytes(b"\0\1" * 5000)
    with pytest.raises(DataError), opened(Place(noise), EPSG):
        pass


def test_a_trigger_or_view_somebody_put_into_the_file_is_refused(place):
    write(place, [entry(1)])
    link = sqlite3.connect(place.path)
    link.execute(
        "CREATE TRIGGER t AFTER INSERT ON history "
        "BEGIN INSERT INTO checks (who) VALUES ('x'); END"
    )
    link.commit()
    link.close()
    with (
        pytest.raises(DataError, match="no register made by geoplan"),
        opened(place, EPSG, write=True),
    ):
        pass


def test_a_table_of_another_program_beside_it_is_left_alone(place):
    write(place, [entry(1)])
    link = sqlite3.connect(place.path)
    link.execute("CREATE TABLE layer_styles (id INTEGER)")  # as QGIS stores a style
    link.commit()
    link.close()
    write(place, [entry(2)])


def test_a_writer_that_does_not_come_in_is_told_so(place, monkeypatch):
    monkeypatch.setattr("geoplan.register.store._WAIT_S", 0.05)
    write(place, [entry(1)])
    with (
        opened(place, EPSG, write=True),
        pytest.raises(DataError, match="somebody else is writing"),
        opened(place, EPSG, write=True),
    ):
        pass


def test_a_check_is_read_back_as_it_was_written(place):
    finding = Finding("P00001", 1, "pv", "fail", 12.5, {"PV-001": ("fail", 10.0, 0.5)})
    check = Check(STAMP, "2026-11-28", {"rules": {"pv": {}}}, (finding,))
    with opened(place, EPSG, write=True) as ledger:
        assert ledger.last_check() is None
        ledger.add_check(check)
    with opened(place, EPSG) as ledger:
        found = ledger.last_check()
    assert (found.stamp, found.findings, found.basis) == (STAMP, (finding,), check.basis)


def test_a_register_that_is_not_there_is_not_made_by_reading(place):
    with pytest.raises(DataError, match="no register yet"), opened(place, EPSG):
        pass
    assert not place.path.exists()


def test_a_file_left_empty_by_a_killed_writer_is_no_register_yet(place):
    place.path.write_bytes(b"")
    with pytest.raises(DataError, match="no register yet"), opened(place, EPSG):
        pass
    with opened(place, EPSG, write=True) as ledger:  # and it is filled when one is added
        assert ledger.current() == {}


@pytest.mark.parametrize("name", ["../a.gpkg", "a/b.gpkg", "C:\\a.gpkg", "/a.gpkg", ".."])
def test_the_register_of_a_plan_lies_beside_it(name):
    with pytest.raises(ConfigError, match="beside the plan"):
        RegisterSection(file=name)
    assert RegisterSection(file="重大项目库.gpkg").named
