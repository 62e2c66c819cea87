"""The workspace: what is inside and what is not, files brought in, projects, jobs in files."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient

from geoplan.app.desk import _drop_unmade, ask_job, begin_project
from geoplan.app.folders import folder_view, put_piece
from geoplan.app.jobs import ask_to_stop, job_of, running_jobs, start_job
from geoplan.app.look import Looks, _register_of
from geoplan.app.messages import JobAsked, NewProject
from geoplan.app.server import PIECE_BYTES, create_app
from geoplan.app.watch import Watch
from geoplan.app.work import KINDS
from geoplan.app.workspace import Project, Workspace, below
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from geoplan.progress.pace import share_done
from gis.errors import ConfigError
from gis.say import both, say, texts_of
from gis.toml import read_toml
from layers.plain_json import write_json
from layers.result import Progress
from tests.conftest import ROOT
from tests.geoplan.browser import opened

TOKEN = "right-token-0123456789"
HERE = "http://127.0.0.1"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    folder, data = tmp_path / "工作区", tmp_path / "数据"
    folder.mkdir()
    (data / "三区三线").mkdir(parents=True)
    (data / ".hidden").mkdir()
    (data / "a.gdb").mkdir()
    (data / "b.txt").write_text("x", encoding="utf-8")
    (tmp_path / "别处").mkdir()
    return Workspace(folder, (folder, data))


@pytest.fixture
def client(space: Workspace):
    app = create_app(space, TOKEN, "zh")
    with TestClient(app, base_url=HERE, headers={"X-Token": TOKEN}) as c:
        yield c


@pytest.fixture
def project(space: Workspace) -> Project:
    made = space.new_project("甲")
    made.jobs.mkdir(parents=True)
    new_plan("640221", made.plan)
    return made


# ---------------------------------------------------------------- what is inside


@pytest.mark.parametrize("path", ["..", "../别处", "三区三线/../../别处", "/etc", "link", "\0"])
def test_nothing_outside_of_the_roots_is_listed(space: Workspace, path: str) -> None:
    (space.roots[1] / "link").symlink_to(space.folder.parent / "别处")
    with pytest.raises(ConfigError, match="outside"):
        space.inside(1, path)
    with pytest.raises(ConfigError, match="outside"):
        below(space.roots[1], path)


def test_a_path_that_is_typed_has_to_lie_under_a_root(space: Workspace) -> None:
    assert space.rooted(f' "{space.roots[1]}" ') == space.roots[1].resolve()
    for text in (str(space.folder.parent), "/", str(space.roots[1] / "..")):
        with pytest.raises(ConfigError, match="outside"):
            space.rooted(text)
    with pytest.raises(ConfigError, match="no such file"):
        space.rooted(str(space.roots[1] / "nothing"))


def test_a_folder_is_shown_without_what_hides(space: Workspace) -> None:
    view = folder_view(space, 1, "")
    assert view["folders"] == ["三区三线"]  # a geodatabase is data, not a folder to go into
    assert view["data"] == 2  # a.gdb and b.txt


@pytest.mark.parametrize(
    "name", ["..", ".", "a/b", "a\\b", "", "con", "NUL.x", ".x", "a\n", "x" * 61]
)
def test_names_that_are_no_project(space: Workspace, name: str) -> None:
    with pytest.raises(ConfigError, match="name of a project"):
        space.new_project(name)
    with pytest.raises(ConfigError, match="no such project"):
        space.project(name)


def test_two_projects_of_one_name_are_two_folders(space: Workspace) -> None:
    assert space.new_project("平罗县").name == "平罗县"
    assert space.new_project("平罗县").name == "平罗县 2"


# ---------------------------------------------------------------- files brought in


def test_a_file_comes_in_pieces(project: Project) -> None:
    assert put_piece(project, "三线/红线.shp", 0, b"abc", 5) == 3
    assert not (project.data / "三线" / "红线.shp").exists()  # half a file is none
    with pytest.raises(ConfigError, match="piece"):
        put_piece(project, "三线/红线.shp", 4, b"e", 5)
    assert put_piece(project, "三线/红线.shp", 3, b"de", 5) == 5
    assert (project.data / "三线" / "红线.shp").read_bytes() == b"abcde"


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/x", "a/../../x", "", ".x", "a/.git/x", "a\\..\\x", "c:x", "x.", "a\0b"],
)
def test_names_that_lead_elsewhere_are_not_kept(project: Project, path: str) -> None:
    with pytest.raises(ConfigError, match="name of a file"):
        put_piece(project, path, 0, b"x", 1)


def test_a_link_in_the_project_leads_nowhere(project: Project, tmp_path: Path) -> None:
    project.data.mkdir()
    (project.data / "out").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="name of a file"):
        put_piece(project, "out/x.shp", 0, b"x", 1)
    assert not (tmp_path / "x.shp").exists()


def test_what_is_too_large_is_refused_before_it_is_written(project: Project) -> None:
    with pytest.raises(ConfigError, match="too large"):
        put_piece(project, "x.tif", 0, b"x", 1 << 40)
    with pytest.raises(ConfigError, match="too large"):
        put_piece(project, "x.tif", 0, b"xyz", 2)
    assert not (project.data / "x.tif").exists()


# ---------------------------------------------------------------- over HTTP


def test_without_the_token_nothing_is_answered(space: Workspace) -> None:
    with TestClient(create_app(space, TOKEN, "zh"), base_url=HERE) as c:
        for path in ("/", "/static/main.js", "/api/space", "/files/x/y", "/look/x/0001/"):
            assert c.get(path).status_code == 403
            assert (
                c.get(path, headers={"X-Token": TOKEN, "Host": "evil.example"}).status_code
                == 403
            )


def test_the_page_runs_no_inline_script_and_names_nothing_outside(client) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]* src=)", answer.text) == []
    assert re.findall(r"https?://", answer.text) == []
    assert " style=" not in answer.text
    assert "onclick" not in answer.text
    for name in re.findall(r'"(/static/[^"]+)"', answer.text):
        assert client.get(name).status_code == 200
    assert client.get("/static/..%2fserver.py").status_code == 404


def test_every_word_the_page_says_is_there(client) -> None:
    words = client.get("/api/words").json()
    scripts = "".join(p.read_text("utf-8") for p in (ROOT / "geoplan/app/static").glob("*.js"))
    used = set(re.findall(r'GA\.t\("([a-z_]+)"[,)]', scripts))
    used |= set(re.findall(r'GA\.(?:button|field|pick)\("([a-z_]+)"[,)]', scripts))
    assert len(used) > 90
    assert used - set(words) == set()
    # what the page fills with 1 has words of its own in English
    assert words["files_here#n"]["en"] == "{n} file here"
    assert words["files_here#n"]["zh"] == words["files_here"]["zh"]


def test_counties_are_offered_while_one_is_typed(client) -> None:
    found = client.get("/api/counties", params={"q": "平罗"}).json()
    assert [c["adcode"] for c in found] == ["640221"]
    assert client.get("/api/counties", params={"q": "64022"}).json()[0]["name"] == "平罗县"
    assert client.get("/api/counties", params={"q": " "}).json() == []
    # a city's counties; nothing is refused before it is typed to its end
    assert len(client.get("/api/counties", params={"q": "石嘴山"}).json()) == 3


def test_refusals_are_said_in_the_language_of_the_page(client) -> None:
    for lang, words in (("zh", "没有这个项目"), ("en", "no such project")):
        answer = client.get("/api/projects/nothere", headers={"X-Lang": lang})
        assert answer.status_code == 422
        assert words in answer.json()["error"]
    answer = client.post("/api/projects", json={"county": "nowhere at all"})
    assert answer.status_code == 422
    assert not list(client.get("/api/space").json()["projects"])


def test_files_of_a_project_are_given_and_no_others(client, project: Project) -> None:
    (project.folder / "runs").mkdir()
    (project.folder / "runs" / "a.html").write_text("<p>x</p>", encoding="utf-8")
    answer = client.get("/files/甲/runs/a.html")
    assert answer.text == "<p>x</p>"
    assert "connect-src 'none'" in answer.headers["content-security-policy"]
    for path in ("../secret", "%2e%2e/secret", ".geoplan/jobs", "runs", ".run-0001.toml", "no"):
        assert client.get(f"/files/甲/{path}").status_code in {404, 422}


def test_table_settings_zones_and_absence_change_the_plan_alone(
    client, project: Project
) -> None:
    view = client.get("/api/projects/甲").json()
    rows = {r["id"]: r for r in view["layers"]}
    assert rows["road"]["state"] == "missing"
    assert rows["road"]["holder"]["zh"] == "县交通运输局"
    assert rows["road"]["rules"] > 0
    assert "slope" not in rows  # computed from heights: nobody is asked for it
    before = project.plan.read_text(encoding="utf-8")

    body = {"title": "平罗 方案", "cell_m": 50, "hub_height_m": 110, "rotor_diameter_m": 191}
    assert client.post("/api/projects/甲/settings", json=body).status_code == 200
    # what another person saved stays, and nobody writes over it unseen
    mine = {"cell_m": 40, "was": {"cell_m": 50}}
    assert client.post("/api/projects/甲/settings", json=mine).status_code == 200
    assert client.get("/api/projects/甲").json()["settings"]["hub_height_m"] == 110
    late = client.post("/api/projects/甲/settings", json={"cell_m": 30, "was": {"cell_m": 50}})
    assert late.status_code == 422
    assert "改过" in late.json()["error"]
    for value, words in ((0, "不小于 1"), (5000, "不大于 1000"), (None, "")):
        told = client.post("/api/projects/甲/settings", json={"cell_m": value}).json()["error"]
        assert "网格边长" in told
        assert "cell_m" not in told
        assert words in told
    assert client.post("/api/projects/甲/settings", json=body).status_code == 200
    half = {**body, "rotor_diameter_m": None}  # one without the other says nothing
    assert client.post("/api/projects/甲/settings", json=half).status_code == 422
    ring = [[106.5, 38.9], [106.6, 38.9], [106.6, 39.0]]
    zone = {"title": "红崖子 <b>", "title_en": "Hongyazi", "purpose": "pv", "ring": ring}
    assert client.post("/api/projects/甲/zones", json=zone).json() == {"zone": "zone_1"}
    crossing = {**zone, "ring": [[106.5, 38.9], [106.6, 39.0], [106.6, 38.9], [106.5, 39.0]]}
    assert client.post("/api/projects/甲/zones", json=crossing).status_code == 422
    # read before it is written: elsewhere, a name that is there, files that are no area
    far = {**zone, "title": "远", "ring": [[105.5, 38.9], [105.6, 38.9], [105.6, 39.0]]}
    for wrong in (far, zone):
        told = client.post("/api/projects/甲/zones", json=wrong)
        assert told.status_code == 422
        assert "bounds_ll" not in told.json()["error"]
        assert str(project.folder) not in told.json()["error"]
    (project.data / "zones").mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("坏.geojson", "{"),
        ("点.geojson", '{"type":"Point","coordinates":[106.5,38.9]}'),
        ("空.geojson", '{"type":"FeatureCollection","features":[]}'),
        (
            "自交.geojson",
            json.dumps(
                {"type": "Polygon", "coordinates": [[*crossing["ring"], crossing["ring"][0]]]}
            ),
        ),
    ):
        (project.data / "zones" / name).write_text(text, encoding="utf-8")
        body = {"title": name, "purpose": "pv", "file": f"zones/{name}"}
        told = client.post("/api/projects/甲/zones", json=body)
        assert told.status_code == 422, name
        assert name in told.json()["error"]
        assert "已修复" not in told.json()["error"]
        assert str(project.folder) not in told.json()["error"]
    assert len(load_plan(project.plan).zones) == 1
    source = {"absent": "交通局 2026 年确认没有"}
    assert client.post("/api/projects/甲/layers/railway/source", json=source).status_code == 200
    assert client.post("/api/projects/甲/layers/no/source", json=source).status_code == 422

    plan = load_plan(project.plan)
    assert (plan.area.cell_m, plan.plan.title.zh) == (50, "平罗 方案")
    assert plan.zones[0].title.model_dump() == {"zh": "红崖子 <b>", "en": "Hongyazi"}
    assert plan.layers["railway"].assumed_absent == "交通局 2026 年确认没有"
    # what a person would read in the file is still there
    kept = [line for line in before.splitlines() if line.startswith("#")]
    after = project.plan.read_text(encoding="utf-8")
    assert [line for line in kept[:3] if line not in after] == []
    shapes = client.get("/api/projects/甲/shapes").json()
    assert len(shapes["zones"]["features"]) == 1
    assert client.delete("/api/projects/甲/zones/zone_1").status_code == 200
    assert load_plan(project.plan).zones == ()
    # a run before reads the file of the zone taken out: another zone has another one
    left = (project.data / "zones" / "zone_1.geojson").read_bytes()
    other = {**zone, "title": "另一处", "ring": [[106.5, 38.9], [106.7, 38.9], [106.7, 39.0]]}
    assert client.post("/api/projects/甲/zones", json=other).json() == {"zone": "zone_2"}
    assert (project.data / "zones" / "zone_1.geojson").read_bytes() == left


def test_zones_that_overlap_are_told(client: TestClient, project: Project) -> None:
    """Squares of 0.02 degrees: the second shifted by half a side, the third alike."""
    url = "/api/projects/甲/zones"
    for name, west in (("东", 106.50), ("西", 106.51), ("又", 106.50), ("远", 106.54)):
        ring = [[west, 38.9], [west + 0.02, 38.9], [west + 0.02, 38.92], [west, 38.92]]
        body = {"title": name, "purpose": "pv", "ring": ring}
        assert client.post(url, json=body).status_code == 200
    told = client.get("/api/projects/甲/shapes").json()["faults"]
    assert len(told) == 2
    assert "“西”与东重叠" in told[0]["zh"]
    assert "占其面积的 50.0%" in told[0]["zh"]
    assert "“又”与东、西重叠" in told[1]["zh"]
    assert "100.0% of it" in told[1]["en"]


def test_of_two_people_who_change_the_same_at_one_time_one_is_told(client, project) -> None:
    def ask(cell_m: int) -> int:
        body = {"cell_m": cell_m, "was": {"cell_m": 100}}
        return int(client.post("/api/projects/甲/settings", json=body).status_code)

    assert client.post("/api/projects/甲/settings", json={"cell_m": 100}).status_code == 200
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(ask, (40, 60, 80, 120)))
    assert sorted(codes) == [200, 422, 422, 422]
    assert load_plan(project.plan).area.cell_m == (40, 60, 80, 120)[codes.index(200)]


def test_zones_two_people_draw_at_one_time_are_both_there(client, project) -> None:
    ring = [[106.5, 38.9], [106.6, 38.9], [106.6, 39.0]]

    def draw(title: str) -> int:
        body = {"title": title, "purpose": "pv", "ring": ring}
        return int(client.post("/api/projects/甲/zones", json=body).status_code)

    titles = [f"区 {k}" for k in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(draw, titles)) == [200] * 6
        # of one name one only
        assert sorted(pool.map(draw, ["同名"] * 4)) == [200, 422, 422, 422]
    plan = load_plan(project.plan)
    assert sorted(z.title.zh for z in plan.zones) == sorted([*titles, "同名"])
    assert len({z.id for z in plan.zones}) == 7
    files = {(plan.data_root / z.path).resolve() for z in plan.zones}
    # each its own file, and none left of those that were refused
    assert files == {p.resolve() for p in (project.data / "zones").iterdir()}


def test_weights_follow_the_comparisons_and_what_disagrees_is_not_saved(
    client, project
) -> None:
    base = "/api/projects/甲/preference"
    names = [c["id"] for c in client.get(base).json()["criteria"]]
    rank = {name: i for i, name in enumerate(names)}
    pairs = {f"{a}/{b}": "1" for a in names for b in names if rank[a] < rank[b]}
    equal = client.post(f"{base}/weights", json={"pairs": pairs}).json()
    assert equal["weights"] == pytest.approx([1 / len(names)] * len(names))
    assert equal["ratio"] == pytest.approx(0, abs=1e-9)
    # the first is three times as important as each other: 3 to 1, in full agreement
    more = {k: "3" if k.startswith(f"{names[0]}/") else v for k, v in pairs.items()}
    found = client.post(f"{base}/weights", json={"pairs": more}).json()
    assert found["weights"][0] == pytest.approx(3 / (3 + len(names) - 1))
    assert client.post(base, json={"pairs": more}).status_code == 200
    assert client.get(base).json()["pairs"] == more
    # a over b, b over c, and c over a
    a, b, c = names[:3]
    circle = {**pairs, f"{a}/{b}": "9", f"{b}/{c}": "9", f"{a}/{c}": "1/9"}
    assert client.post(f"{base}/weights", json={"pairs": circle}).json()["ratio"] > 0.1
    refused = client.post(base, json={"pairs": circle})
    assert refused.status_code == 422
    assert client.get(base).json()["pairs"] == more
    assert client.post(base, json={"pairs": {}}).status_code == 200
    assert client.get(base).json()["pairs"] == {}


def test_a_scenario_that_was_saved_is_a_plan_a_run_can_be_of(project: Project) -> None:
    text = project.plan.read_text(encoding="utf-8")
    (project.folder / "plan-方案一.toml").write_text(text, encoding="utf-8")
    (project.folder / ".plan-x.toml.tmp.toml").write_text("", encoding="utf-8")
    assert list(project.scenarios()) == ["方案一"]
    asked = JobAsked(kind="run", scenario="方案二")
    with pytest.raises(ConfigError, match="no such scenario"):
        ask_job(Workspace(project.folder.parent, ()), project, asked)


def test_a_layer_is_read_from_a_file_that_came_in(client, project: Project) -> None:
    import geopandas as gpd
    from shapely import LineString

    roads = gpd.GeoDataFrame(
        {"路名": ["甲", "乙"], "行政等级": ["国道", "大路"]},
        geometry=[
            LineString([(106.5, 38.9), (106.6, 38.9)]),
            LineString([(106.5, 39), (106.6, 39)]),
        ],
        crs=4490,
    )
    project.data.mkdir()
    roads.to_file(project.data / "路.gpkg")
    view = client.get("/api/projects/甲").json()
    offered = next(c for c in view["choices"] if c["path"].endswith("路.gpkg"))
    other = {"path": "/etc/passwd", "table": ""}
    assert client.post("/api/projects/甲/layers/road/source", json=other).status_code == 422
    assert client.post("/api/projects/甲/layers/road/source", json=offered).status_code == 200
    asked = {"layer": "road", "column": "行政等级"}
    held = client.post("/api/projects/甲/columns", json=asked).json()
    assert held["columns"] == ["路名", "行政等级"]
    assert sorted(held["values"]) == ["国道", "大路"]
    mapping = {
        "fields": {"road_class": "行政等级", "name": "路名"},
        "values": {"road_class": {"大路": "county"}},
    }
    assert client.post("/api/projects/甲/layers/road/mapping", json=mapping).status_code == 200
    road = load_plan(project.plan).layers["road"]
    assert dict(road.fields) == mapping["fields"]
    assert dict(road.values["road_class"]) == {"大路": "county"}
    bad = {"fields": {"nothing": "行政等级"}, "values": {}}
    assert client.post("/api/projects/甲/layers/road/mapping", json=bad).status_code == 422


def test_bodies_longer_than_a_piece_are_refused(client, project: Project) -> None:
    query = {"path": "x.bin", "offset": 0, "total": PIECE_BYTES * 2}
    url = "/api/projects/甲/data"
    assert client.put(url, params=query, content=b"x" * (PIECE_BYTES * 2)).status_code == 413


def test_a_folder_that_gave_no_project_leaves_none(client, space: Workspace) -> None:
    """Its name is free again; one that files were brought into is kept."""
    failed = space.new_project("平罗县")
    _job(failed, "0001", outcome={"error": {"zh": "坏", "en": "bad"}})
    kept = space.new_project("平罗县")
    _job(kept, "0001", outcome={"error": {"zh": "坏", "en": "bad"}})
    kept.data.mkdir()
    going = space.new_project("平罗县")
    (_job(going, "0001") / "alive").touch()
    shown = [p["name"] for p in client.get("/api/space").json()["projects"]]
    assert shown == ["平罗县 2", "平罗县 3"]
    _drop_unmade(space, "平罗县")
    assert [p.name for p in space.projects()] == ["平罗县 2", "平罗县 3"]


def test_a_map_says_that_it_is_being_opened_and_what_is_wrong(
    client, project, monkeypatch
) -> None:
    """The first answer comes at once, in the language asked for, and goes on by itself."""
    go, real = threading.Event(), Looks._shown

    def slow(self, name: str, number: str, progress: Progress) -> object:
        progress("documents run", 0, 1)
        go.wait(30)
        return real(self, name, number, progress)

    with monkeypatch.context() as m:
        m.setattr(Looks, "_shown", slow)
        first = client.get("/look/甲/0001/?lang=en")
        assert first.status_code == 200
        assert "Opening the map: Checking the result of the run (0 %" in first.text
        assert 'http-equiv="refresh"' in first.text
        assert "正在打开地图" in client.get("/look/甲/0001/").text
        go.set()
        then = opened(client, "/look/甲/0001/", lang="en")
    assert then.status_code == 422
    assert "no such run" in then.text
    assert "<script" not in opened(client, "/look/甲/0001/", lang="en", x="<script>").text


def test_what_is_said_of_a_run_stands_in_the_register_of_the_project(project) -> None:
    """A run's plan is a copy with a name of its own; its register is not."""
    assert _register_of(load_plan(project.plan)) == project.folder / "plan.register.gpkg"


def test_the_qgis_project_is_handed_on_with_what_it_shows(project, monkeypatch) -> None:
    from zipfile import ZipFile

    folder = project.runs / "0001"
    folder.mkdir(parents=True)
    for name in ("results.qgz", "results.gpkg", "screening_pv.tif", "report.html"):
        (folder / name).write_bytes(b"x")
    monkeypatch.setattr("geoplan.app.work._of_run", lambda *_: (None, folder))
    monkeypatch.setattr("geoplan.finished.read_whole", lambda _: nullcontext())
    (path,) = KINDS["qgis"](project, {"run": "0001"}, Watch(project.folder))
    assert ZipFile(path).namelist() == ["results.gpkg", "results.qgz", "screening_pv.tif"]


def test_projects_are_entered_checked_and_given_out(client, project: Project) -> None:
    """One by the form with a boundary, two by a table; what is wrong is not written."""
    url = "/api/projects/甲/register"
    assert client.get(url).json()["rows"] == []
    ring = [[106.55, 38.88], [106.56, 38.88], [106.56, 38.89], [106.55, 38.88]]
    land = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    project.data.mkdir()
    body = {"type": "FeatureCollection", "features": [land]}
    write_json(project.data / "红线.geojson", body)
    table = "项目编号,项目名称,类型,阶段,备注\nB,乙站,风电,在建,续建\nC,丙站,储能,谋划,\n"
    (project.data / "台账.csv").write_text(table, encoding="utf-8-sig")
    one = {"id": "A", "name": "甲站 <b>", "kind": "pv", "stage": "planned", "capacity_mw": 20}
    done = client.post(url, json={**one, "file": "红线.geojson"}).json()
    assert done["written"] == ["A"]
    assert ["2 位小数" in t["zh"] for t in done["told"]] == [True]  # of the ring above
    done = client.post(url, json={"file": "台账.csv"}).json()
    assert done["written"] == ["B", "C"]
    assert ["备注" in t["zh"] for t in done["told"]] == [True]
    for bad in ({"kind": "nothing"}, {"file": "../plan.toml"}, {"year": 3}):
        assert client.post(url, json={**one, **bad}).status_code == 422
    view = client.get(url).json()
    shown = [(r["id"], r["kind"]["zh"], r["stage"]["zh"]) for r in view["rows"]]
    assert shown == [("A", "光伏", "谋划"), ("B", "风电", "开工"), ("C", "储能", "谋划")]
    assert [r["result"] for r in view["rows"]] == [None] * 3
    (shape,) = view["shapes"]["features"]
    # to the plan's system and back within a centimetre
    got = sorted(shape["geometry"]["coordinates"][0])
    assert got == [pytest.approx(p, abs=1e-7) for p in sorted(ring)]
    files = KINDS["register"](project, {"lang": "zh"}, Watch(project.folder))
    assert [f.name for f in files] == ["plan.register.xlsx"]
    after = client.get(url).json()
    assert after["as_of"] == load_plan(project.plan).plan.as_of.isoformat()
    assert all(r["result"] for r in after["rows"])


# ---------------------------------------------------------------- jobs


def _job(project: Project, number: str, **more: object) -> Path:
    folder = project.jobs / number
    folder.mkdir(parents=True)
    write_json(folder / "job.json", {"kind": "run", "created": "2026-11-28", "run": "0001"})
    for name, value in more.items():
        write_json(folder / f"{name}.json", value)
    return folder


def test_the_state_of_a_job_is_what_its_files_say(project: Project) -> None:
    _job(project, "0001", outcome={"files": []})
    _job(project, "0002", outcome={"error": {"zh": "坏", "en": "bad"}})
    _job(project, "0003", outcome={"cancelled": True})
    alive = _job(project, "0004") / "alive"
    alive.touch()
    silent = _job(project, "0005") / "alive"
    silent.touch()
    os.utime(silent, (0, time.time() - 3600))
    _job(project, "0006")
    states = [job_of(project, f"000{n}")["state"] for n in range(1, 7)]
    assert states == ["done", "failed", "cancelled", "running", "interrupted", "interrupted"]
    assert [j["number"] for _, j in running_jobs([project])] == ["0004"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_log_of_a_job_has_its_first_line_at_once(
    kind: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report said nothing for 6.8 s: its process was being loaded, then the run was read."""
    monkeypatch.setattr("geoplan.app.jobs.subprocess.Popen", lambda *_, **__: None)
    number = start_job(project, kind, {"lang": "zh"}, [])
    title = both(say(f"geoplan.app.kind_{kind}"))
    told = job_of(project, number, log=True)["log"]
    assert told == f"已开始：{title['zh']} / begun: {title['en']}\n"


def test_a_refused_job_leaves_nothing(project: Project) -> None:
    """As many jobs compute as may: neither a run nor a new project is begun by half."""
    for n in range(int(read_toml("geoplan.app", "limits.toml")["jobs"]["at_once"])):
        (_job(project, f"000{n + 1}") / "alive").touch()
    space = Workspace(project.folder.parent, ())
    before = sorted(space.folder.rglob("*"))
    for kind in ("run", "doctor", "repair"):
        with pytest.raises(ConfigError, match="jobs"):
            ask_job(space, project, JobAsked(kind=kind))
    with pytest.raises(ConfigError, match="jobs"):
        begin_project(space, NewProject(county="640221", name="乙"))
    assert sorted(space.folder.rglob("*")) == before


@pytest.mark.parametrize("number", ["", "..", "0001/..", "９", "abcd"])
def test_numbers_that_are_no_job(project: Project, number: str) -> None:
    with pytest.raises(ConfigError, match="no such job"):
        job_of(project, number)


def test_share_and_time_left_follow_the_weights(tmp_path: Path) -> None:
    weights = {"a": 60.0, "b": 30.0, "c": 10.0}
    assert share_done(weights, {"a": 1.0, "b": 0.5}) == pytest.approx(0.75)  # (60 + 15) / 100
    watch = Watch(tmp_path)
    watch.set_steps({"screen": (), "stand": (), "sites": ("screen",)})
    watch.weights = {"screen": 60.0, "stand": 4.0, "sites": 16.0}

    def told() -> dict[str, Any]:
        watch._written = 0.0
        watch._write()
        return json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))

    watch.progress("step.screen", 0, 3)
    # another step begins beside it: that does not end it
    watch.progress("step.stand", 1, 3)
    assert told()["share"] == 0
    assert told()["remaining_s"] is None
    watch._starts["screen"] = time.monotonic() - 30.0
    watch._rose = time.monotonic()
    watch.progress("screen pv", 1, 2)
    # half of the 0.65 of its time that screening tells of: 19.5 of 80
    assert told()["share"] == pytest.approx(0.2438, abs=1e-4)
    # what is said of a part stands beside the step whose part it is, not beside the last begun
    assert told()["step"] == both(say("geoplan.cli.step_screen"))
    assert told()["remaining_s"] == pytest.approx(93, abs=1)  # 30 s for 19.5: 60.5 more
    # the step that waited for it begins: it has ended
    watch.progress("step.sites", 2, 3)
    assert told()["share"] == pytest.approx(0.75)
    assert told()["step"]["zh"] == "提取候选场址"


def test_steps_that_were_there_do_not_make_the_rest_look_short(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.set_steps({"screen": (), "sites": ("screen",)})
    watch.weights = {"screen": 60.0, "sites": 20.0}
    watch.progress("step.screen", 0, 2)
    watch.progress("step.sites", 1, 2)
    watch._starts = dict.fromkeys(watch._starts, time.monotonic() - 10.0)
    watch.progress("certify pv", 1, 2)
    watch._written = 0.0
    watch._write()
    told = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    # half of the 0.55 of its time that certifying takes: 60 + 5.5 of 80
    assert told["share"] == pytest.approx(0.8188, abs=1e-4)
    assert told["remaining_s"] == pytest.approx(26, abs=1)  # 10 s for 5.5, not for 65.5


@pytest.mark.slow
def test_a_job_outlives_who_began_it_and_stops_when_asked(project: Project) -> None:
    number = start_job(project, "doctor", {"lang": "zh"}, [project])
    end = time.monotonic() + 120
    while job_of(project, number)["state"] == "running":
        assert time.monotonic() < end
        time.sleep(0.2)
    done = job_of(project, number, log=True)
    assert done["state"] == "done", done
    assert "正在检查数据" in done["log"]
    assert any(str(f).endswith("doctor.json") for f in done["outcome"]["files"])
    number = start_job(project, "doctor", {"lang": "zh"}, [project])
    ask_to_stop(project, number)
    while job_of(project, number)["state"] == "running":
        assert time.monotonic() < end
        time.sleep(0.2)
    assert job_of(project, number)["state"] in {"cancelled", "done"}


def test_pairs_are_of_criteria_every_use_knows(client, project: Project) -> None:
    """Light says nothing of wind: a pair with it would end the ranking of wind sites."""
    from siting.sites.preference import PreferenceSection, criteria_of, weights_of

    names = [c["id"] for c in client.get("/api/projects/甲/preference").json()["criteria"]]
    pairs = {f"{a}/{b}": "1" for i, a in enumerate(names) for b in names[i + 1 :]}
    assert client.post("/api/projects/甲/preference", json={"pairs": pairs}).status_code == 200
    section = load_plan(project.plan).section(PreferenceSection)
    for tech in ("pv", "wind"):
        assert [c.id for c in weights_of(criteria_of(tech), section)[0]] == names


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_file_of_a_pack_is_called_by_what_it_is(lang: str) -> None:
    """The names a pack gives its files, and the patterns of the page that know them."""
    page = (ROOT / "geoplan" / "app" / "static" / "give.js").read_text(encoding="utf-8")
    known = re.findall(r"\[/((?:\\/|[^/\n])+)/, \"(is_\w+)\"\]", page)
    texts = texts_of("geoplan.app")
    names = {k: v[lang] for k, v in texts_of("geoplan.pack").items() if k.startswith("f_")}
    for suffix in ("docx", "xlsx"):
        names[suffix] = f"{texts_of('geoplan.points')['file'][lang]}.{suffix}"
    assert len(names) == 7
    for name in names.values():
        file = name if "." in name else f"{name}.png"
        found = [words for pattern, words in known if re.search(pattern, f"packs/PV-1/{file}")]
        assert len(found) == 1, file
        assert found[0] in texts
