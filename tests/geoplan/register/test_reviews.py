"""Reviews are only added to, and one of an older run is never taken for one of this run."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from shapely.geometry import box

from geoplan.cli import main
from geoplan.plan_file import load_plan
from geoplan.register.adding import add_projects, stamp_of
from geoplan.register.ledger import Entry, Stamp
from geoplan.register.project import Project
from geoplan.register.reading import Brought
from geoplan.register.reviews import Opinion, Review, append_review, reviews_of
from geoplan.register.section import RegisterSection
from geoplan.register.signed import export_reviews, review_lines, reviews_as_list
from geoplan.register.signing import Present, add_review, standing_reviews
from geoplan.register.store import Place, _review_statements, may_be_there, opened, place_of
from gis.errors import ConfigError, DataError
from tests.geoplan.api.test_api import make_plan

EPSG = 4544
HOSTILE = '<script>alert(1)</script>\n=HYPERLINK("x")\x0b"; DROP TABLE reviews; --'
LAND = box(600_000, 4_300_000, 600_100, 4_300_100)
RUN = Present("run-1", "law-1", {"PV-01": LAND, "W-01": LAND}, {"PV-01": "pv", "W-01": "wind"})


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return load_plan(make_plan(tmp_path_factory.mktemp("plan 审")))


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "库.gpkg")


def say_of(place, plan, name="PV-01", state="通过", who="李工", present=RUN, **more):
    values = {"subject": "site", "id": name, "state": state, **more}
    return add_review(place, plan, values, who, present, "test")


def standing(place, plan, present=RUN, **more):
    return [
        (s.review.opinion.id, s.why) for s in standing_reviews(place, plan, present, **more)
    ]


def test_a_review_comes_back_as_it_was_written(place, plan):
    done = say_of(place, plan, comment=HOSTILE, rule="pv-001")
    assert (done.review.seq, done.review.opinion.rule) == (1, "PV-001")
    (found,) = standing_reviews(place, plan, RUN)
    s, o = found.review.stamp, found.review.opinion
    assert (s.who, s.run_id, s.rules_hash, s.plan) == ("李工", "run-1", "law-1", plan.plan.id)
    assert (o.state, found.current, found.why) == ("accepted", True, ())
    # what no document can hold is a blank, the rest stands as it was typed
    assert o.comment == HOSTILE.replace("\x0b", " ")
    assert found.review.geometry.equals(LAND)


@pytest.mark.parametrize(
    ("after", "why"),
    [
        (replace(RUN, run_id="run-2"), ("run", "same_land")),
        (replace(RUN, run_id="run-2", rules_hash="law-2"), ("run", "rules", "same_land")),
        (
            replace(RUN, run_id="run-2", sites={"PV-01": LAND.buffer(1.0)}),
            ("run", "land"),
        ),
        (replace(RUN, run_id="run-2", sites={}), ("run", "gone")),
        (Present("", "law-1"), ("no_run",)),
    ],
)
def test_a_review_of_an_older_run_says_so_and_what_is_another(place, plan, after, why):
    say_of(place, plan)
    assert standing(place, plan, after) == [("PV-01", why)]
    text = "\n".join(review_lines(standing_reviews(place, plan, after), "en"))
    assert "of an older run: run run-1" in text
    assert "1 of them not of this run" in text
    # and a new one of the new run does not make the old one new
    if after.sites.get("PV-01"):
        say_of(place, plan, who="王工", present=after)
        assert [w for _, w in standing(place, plan, after)] == [why, ()]


def test_the_same_boundary_written_from_another_corner_is_the_same(place, plan):
    say_of(place, plan)
    x0, y0, x1, y1 = LAND.bounds
    turned = type(LAND)([(x1, y1), (x1, y0), (x0, y0), (x0, y1)])
    after = replace(RUN, run_id="run-2", sites={"PV-01": turned})
    assert standing(place, plan, after) == [("PV-01", ("run", "same_land"))]


def test_what_somebody_says_later_replaces_his_own_and_nobody_elses(place, plan):
    for who, state in (("李工", "不通过"), ("王工", "修改"), ("李工", "通过")):
        say_of(place, plan, state=state, who=who)
    say_of(place, plan, who="李工", rule="PV-001", state="不通过")
    now = standing_reviews(place, plan, RUN, history=False)
    assert [(s.review.stamp.who, s.review.opinion.state) for s in now] == [
        ("王工", "to_change"),
        ("李工", "accepted"),
        ("李工", "rejected"),
    ]
    every = standing_reviews(place, plan, RUN)
    assert [s.latest for s in every] == [False, True, True, True]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "PV-09"}, "no such site"),
        ({"who": "  "}, "a review is signed"),
        ({"who": "a" * 101}, "name"),
        ({"state": "maybe"}, "no such verdict"),
        ({"state": ""}, "no such verdict"),
        ({"state": None}, ""),
        ({"rule": "NO-001"}, ""),
        ({"rule": "PV-001", "name": "W-01"}, "none of those for this use"),
        ({"comment": "x" * 4001}, ""),
        ({"present": Present("", "law")}, "on a finished run"),
        ({"subject": "county"}, ""),
        ({"name": ""}, ""),
    ],
)
def test_what_is_no_review_is_refused_and_nothing_written(place, plan, more, words):
    with pytest.raises((ConfigError, DataError)) as err:
        say_of(place, plan, **more)
    assert words in err.value.text("en")
    assert standing(place, plan) == []


def test_a_review_of_a_project_ends_with_the_next_change_of_the_project(place, plan):
    stamp = Stamp("2026-11-28T00:00:00", "甲", "", "p", "")

    def enter(event, land):
        with opened(place, EPSG, write=True) as ledger:
            ledger.append([Entry(stamp, event, Project(id="G1", name="甲", kind="pv"), land)])

    with pytest.raises(ConfigError, match="no such project"):
        say_of(place, plan, "G1", subject="project")
    assert not place.path.exists()  # a register is not made for it
    enter("added", LAND)
    say_of(place, plan, "G1", subject="project", rule="PV-001")
    with pytest.raises(ConfigError, match="none of those"):
        say_of(place, plan, "G1", subject="project", rule="WD-027")
    assert standing(place, plan) == [("G1", ())]
    enter("changed", LAND)
    assert standing(place, plan) == [("G1", ("entry",))]
    enter("changed", LAND.buffer(5))
    assert standing(place, plan) == [("G1", ("entry", "land"))]


def test_rows_stay_as_they_were_written(place, plan):
    say_of(place, plan)
    with closing(sqlite3.connect(place.path)) as link:
        for statement in ("UPDATE reviews SET state = 'rejected'", "DELETE FROM reviews"):
            with pytest.raises(sqlite3.DatabaseError, match="only added to"):
                link.execute(statement)


def _earlier(path: Path) -> None:
    """The register as it was made before there were reviews."""
    with opened(Place(path), EPSG, write=True) as ledger:
        ledger.append([Entry(Stamp("", "", "", "", ""), "added", Project(id="A", name="A"))])
    with closing(sqlite3.connect(path, isolation_level=None)) as link:
        for name in ("reviews_update", "reviews_delete"):
            link.execute(f"DROP TRIGGER {name}")
        link.execute("DROP TABLE reviews")
        for table in ("gpkg_geometry_columns", "gpkg_contents"):
            link.execute(f"DELETE FROM {table} WHERE table_name = 'reviews'")


def test_a_register_of_an_earlier_version_is_read_and_gets_its_table(place, plan):
    _earlier(place.path)
    with opened(place, EPSG) as ledger:
        assert reviews_of(ledger) == ()
    say_of(place, plan)
    assert standing(place, plan) == [("PV-01", ())]
    with opened(place, EPSG) as ledger:
        assert list(ledger.current()) == ["A"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE reviews (seq INTEGER, who TEXT)",
        "CREATE VIEW reviews AS SELECT * FROM history",
        "CREATE TRIGGER reviews_update AFTER INSERT ON history BEGIN SELECT 1; END",
    ],
)
def test_another_table_of_reviews_is_refused(place, plan, statement):
    _earlier(place.path)
    with closing(sqlite3.connect(place.path, isolation_level=None)) as link:
        link.execute(statement)
    with pytest.raises(DataError, match="no register made by geoplan"):
        say_of(place, plan)


def test_what_the_program_did_not_write_is_told(place, plan):
    say_of(place, plan)
    with closing(sqlite3.connect(place.path, isolation_level=None)) as link:
        link.execute("INSERT INTO reviews (subject, id, state) VALUES ('site', 'X', 'maybe')")
    with pytest.raises(DataError, match="no such verdict"):
        standing(place, plan)
    assert len(_review_statements()) == 4


@pytest.mark.parametrize("kind", ["xlsx", "csv", "json"])
def test_the_export_runs_no_formula_and_holds_every_row(place, plan, tmp_path, kind):
    say_of(place, plan, comment="=1+1")
    say_of(place, plan, who="=cmd()", state="不通过")
    found = standing_reviews(place, plan, RUN)
    path = export_reviews(tmp_path / f"意见.{kind}", found, "zh")
    if kind == "json":
        rows = json.loads(path.read_text(encoding="utf-8"))
        assert [r["comment"] for r in rows] == ["=1+1", ""]
        assert rows == reviews_as_list(found, "zh")
    elif kind == "csv":
        assert "'=1+1" in path.read_text(encoding="utf-8-sig")
    else:
        head, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
        assert "审查人" in head
        assert len(rows) == 2
        cells = [v for r in rows for v in r if isinstance(v, str)]
        assert not [v for v in cells if v.startswith("=")]
    with pytest.raises(ConfigError):
        export_reviews(tmp_path / "意见.pdf", found, "zh")


WRITER = """
import sys
from pathlib import Path
from geoplan.register.ledger import Stamp
from geoplan.register.reviews import Opinion, Review, append_review
from geoplan.register.store import Place, opened
path, who, n, size = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
stamp = Stamp("2026-11-28T00:00:00", who, "run", "p", "h")
for k in range(n):
    opinion = Opinion(id=f"{who}-{k}", state="accepted", comment="x" * 4000 if size else "")
    with opened(Place(path), 4544, write=True) as ledger:
        for _ in range(size or 1):
            append_review(ledger, Review(stamp, opinion))
        print("in", flush=True)
    print("done", flush=True)
"""


def writer(place, who, n, size=0):
    words = [sys.executable, "-c", WRITER, str(place.path), who, str(n), str(size)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_two_reviewers_at_once_lose_nothing(place):
    both = [writer(place, "a", 30), writer(place, "b", 30)]
    assert [len(p.communicate(timeout=120)[0].split()) for p in both] == [60, 60]
    with opened(place, EPSG) as ledger:
        found = reviews_of(ledger)
    assert [r.seq for r in found] == list(range(1, 61))
    assert len({r.opinion.id for r in found}) == 60


@pytest.mark.slow
def test_a_killed_reviewer_leaves_all_of_his_review_or_nothing(place):
    with opened(place, EPSG, write=True) as ledger:
        append_review(
            ledger, Review(Stamp("t", "w", "r", "p", "h"), Opinion(id="A", state="修改"))
        )
    random.seed(3)
    for k in range(4):
        process = writer(place, f"k{k}", 1, size=3000)  # more than the cache holds
        time.sleep(random.uniform(0.5, 2.5))
        os.kill(process.pid, signal.SIGKILL)
        done = "done" in process.communicate(timeout=60)[0]
        with opened(place, EPSG) as ledger:
            own = [r for r in reviews_of(ledger) if r.opinion.id == f"k{k}-0"]
            assert reviews_of(ledger, name="A")
        assert len(own) in ((3000,) if done else (0, 3000))


def test_the_plan_names_its_register_and_a_verb_may_name_another(plan, tmp_path):
    assert place_of(plan).path == plan.path.with_name(f"{plan.path.stem}.register.gpkg")
    own = plan.model_copy(
        update={"sections": {"register": RegisterSection(file="甲.gpkg", db_schema="s")}}
    )
    assert place_of(own).path == plan.path.with_name("甲.gpkg")
    assert place_of(own).schema == "s"
    assert place_of(own, tmp_path / "b.gpkg").path == tmp_path / "b.gpkg"
    shared = plan.model_copy(update={"sections": {"r": RegisterSection(dsn_env="REG")}})
    assert place_of(shared).dsn_env == "REG"
    assert place_of(shared, tmp_path / "b.gpkg").dsn_env == ""


def test_the_verbs_write_list_and_refuse(plan, capsys, tmp_path):
    file = str(tmp_path / "r.gpkg")

    def call(*words):
        code = main(["review", *words, "--register", file, "--lang", "en"])
        return code, capsys.readouterr()

    code, out = call("list", str(plan.path))
    assert code == 0
    assert "there are no reviews yet" in out.out
    assert "no finished run" in out.err
    code, out = call("add", "PV-01", str(plan.path), "--state", "accepted", "--who", "A")
    assert code == 3
    assert "on a finished run" in out.err
    code, out = call("list", str(plan.path), "--of", "county")
    assert code == 2
    assert "site, project" in out.err
    words = ("add", "G1", str(plan.path), "--of", "project", "--state", "通过", "--who", "A")
    assert call(*words)[0] == 2  # no such project
    assert (
        main(
            [
                "register",
                "add",
                str(plan.path),
                "--id",
                "G1",
                "--name",
                "甲",
                "--register",
                file,
            ]
        )
        == 0
    )
    capsys.readouterr()
    code, out = call(*words, "--json")
    assert code == 0
    done = json.loads(out.out)
    assert (done["subject"], done["entry"], done["run_id"]) == ("project", 1, "")
    code, out = call("list", str(plan.path), "--json")
    (row,) = json.loads(out.out)
    assert row == done


def test_the_map_has_what_the_register_has_in_both_languages(tmp_path, monkeypatch):
    from types import SimpleNamespace

    from geoplan.maps.offline import json_text
    from geoplan.register import packed

    plan = load_plan(make_plan(tmp_path))
    run = SimpleNamespace()
    monkeypatch.setattr(packed, "present_of", lambda *_: RUN)
    assert packed.map_signoff(plan, run) is None
    own = place_of(plan)
    say_of(own, plan, comment=HOSTILE, rule="pv-001", state="不通过")
    say_of(own, plan, name="W-01", present=replace(RUN, run_id="run-0"))
    found = packed.map_signoff(plan, run)
    assert found["title"] == {"zh": "审查意见", "en": "Reviewer's sign-off"}
    rejected, old = found["reviews"]
    assert (rejected["id"], rejected["rule"], rejected["state"]) == (
        "PV-01",
        "PV-001",
        "rejected",
    )
    assert rejected["words"]["state"] == {"zh": "不通过", "en": "rejected"}
    assert (rejected["current"], old["current"]) == (True, False)
    assert "run-0" in old["words"]["standing"]["zh"]
    # no text of a reviewer ends the script it is in
    assert "<script" not in json_text(json.dumps(found))


def test_a_first_write_that_failed_leaves_no_register_to_anybody(place, plan):
    """The file it began is empty: maps and lists go on as without one."""
    with pytest.raises(DataError):
        add_projects(place, plan, [Brought("t", {"id": "A"}, None)], stamp_of(plan, "甲", ""))
    place.path.touch()
    assert standing(place, plan) == []
    assert not may_be_there(place)
