"""Weather and imagery of a project are chosen on the page; maps tell what they show."""

from __future__ import annotations

import re
import shutil

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from shapely import LineString

from geoplan.app.remedies import remedy_of
from geoplan.plan_file import load_plan
from geoplan.tiles.section import map_section
from gis.cells.area import polygon_area_m2
from gis.say import say
from layers.bundled_county import bundled_county
from layers.plain_json import write_json
from layers.plan.write import edited_plan
from tests.conftest import SHARED
from tests.geoplan.app.test_workspace import client, project, space
from tests.geoplan.tiles.archives import mbtiles
from tests.layers.weather.test_weather import HEAD, clear, csv_file

__all__ = ["client", "project", "space"]


def _view(client):
    return client.get("/api/projects/甲").json()


def test_imagery_that_came_in_is_listed_laid_beneath_and_taken_away(client, project) -> None:
    project.data.mkdir()
    mbtiles(project.data / "航拍.mbtiles")
    mbtiles(project.data / "别处.mbtiles", box=(116.0, 39.0, 116.5, 39.5))
    picture = project.data / "正射.tif"
    with rasterio.open(
        picture, "w", driver="GTiff", width=8, height=8, count=3, dtype="uint8",
        crs="EPSG:4490", transform=rasterio.transform.from_origin(106.5, 39.0, 0.001, 0.001),
    ) as out:  # fmt: skip
        out.write(np.full((3, 8, 8), 90, np.uint8))
    plan = load_plan(project.plan)
    path = next(c["path"] for c in _view(client)["choices"] if c["path"].endswith("正射.tif"))
    assert plan.resolve(path).samefile(picture)
    missed = {"path": path, "table": "", "layer": "", "why": "three bands"}
    write_json(project.own / "findings.json", {"zh": {"not_taken": [missed]}})

    rows = {r["title"]: r for r in _view(client)["imagery"]}
    assert {k: r["state"] for k, r in rows.items()} == {
        "航拍.mbtiles": "other",
        "别处.mbtiles": "other",
        "正射.tif": "tif",
    }
    base = "/api/projects/甲/imagery"
    for refused in ("别处.mbtiles", "正射.tif"):  # of another county; no archive
        assert client.post(base, json={"path": rows[refused]["path"]}).status_code == 422
    assert client.post(base, json={"path": "/etc/passwd"}).status_code == 422
    given = {"path": rows["航拍.mbtiles"]["path"]}
    assert client.post(base, json=given).status_code == 200
    (used,) = map_section(load_plan(project.plan)).tiles
    assert (used.path, used.title.zh) == (given["path"], "航拍 <b>2024</b>")
    assert [r["state"] for r in _view(client)["imagery"]] == ["used", "other", "tif"]
    assert client.delete(base, params=given).status_code == 200
    assert map_section(load_plan(project.plan)).tiles == ()
    assert client.delete(base, params=given).status_code == 422


def test_weather_that_came_in_is_taken_where_it_is_weather(client, project) -> None:
    mark = _view(client)["weather"].pop("mark")
    assert _view(client)["weather"] == {"path": "", "away_km": None, "mark": mark}
    project.data.mkdir()
    (project.data / "不是.epw").write_text("x", encoding="utf-8")
    offered = _view(client)["weather_choices"]
    assert [p.rpartition("/")[2] for p in offered] == ["不是.epw"]
    base = "/api/projects/甲/weather"
    before = project.plan.read_bytes()
    assert client.post(base, json={"path": offered[0]}).status_code == 422
    assert client.post(base, json={"path": "/etc/passwd"}).status_code == 422
    assert project.plan.read_bytes() == before
    real = next(iter(sorted((SHARED / "data" / "weather").rglob("*.epw"))), None)
    if real is None:
        return
    shutil.copy(real, project.data / "站.epw")
    path = next(p for p in _view(client)["weather_choices"] if p.endswith("站.epw"))
    assert client.post(base, json={"path": path}).status_code == 200
    plan = load_plan(project.plan)
    assert plan.sections["pv"].weather.path == path
    assert plan.sections["wind"].weather.path == path  # an EPW has wind
    assert _view(client)["weather"]["path"] == path


def test_the_ground_of_a_map_is_of_the_plan_and_follows_its_files(client, project) -> None:
    base = "/api/projects/甲/ground"
    assert client.get(base).json() == {"synthetic": False, "layers": []}
    project.data.mkdir()
    roads = project.data / "路.gpkg"

    def write(lat: float) -> None:
        line = LineString([(106.4, lat), (106.6, lat)])
        rows = {"name": ["甲"], "等级": ["国道"]}
        gpd.GeoDataFrame(rows, geometry=[line], crs=4490).to_file(roads)

    write(38.9)
    offered = next(c for c in _view(client)["choices"] if c["path"].endswith("路.gpkg"))
    assert client.post("/api/projects/甲/layers/road/source", json=offered).status_code == 200
    (one,) = client.get(base).json()["layers"]
    assert one["title"]["zh"] == "公路"
    (lon, lat), *_ = one["shapes"]["features"][0]["geometry"]["coordinates"]
    assert (round(lon, 3), round(lat, 3)) == (106.4, 38.9)
    roads.unlink()
    write(38.95)
    (one,) = client.get(base).json()["layers"]
    assert round(one["shapes"]["features"][0]["geometry"]["coordinates"][0][1], 3) == 38.95
    roads.write_bytes(b"broken")  # the doctor says so; the map is shown all the same
    assert client.get(base).json()["layers"] == []


def test_the_county_is_taken_from_a_file_that_came_in(client, project) -> None:
    from shapely import box

    assert _view(client)["boundary"] == ""  # the one that comes with the program
    project.data.mkdir()
    own = gpd.GeoDataFrame({"name": ["甲"]}, geometry=[box(106.3, 38.7, 106.7, 39.0)], crs=4490)
    own.to_file(project.data / "县界.gpkg")
    line = LineString([(106.4, 38.9), (106.6, 38.9)])
    gpd.GeoDataFrame({"name": ["乙"]}, geometry=[line], crs=4490).to_file(
        project.data / "路.gpkg"
    )
    offered = {c["path"].rpartition("/")[2]: c for c in _view(client)["choices"]}
    base = "/api/projects/甲/boundary"
    before = project.plan.read_bytes()
    assert client.post(base, json=offered["路.gpkg"]).status_code == 422  # a line is no county
    assert client.post(base, json={"path": "/etc/passwd"}).status_code == 422
    assert project.plan.read_bytes() == before
    assert not (project.folder / ".boundary.toml").exists()
    assert client.post(base, json=offered["县界.gpkg"]).status_code == 200
    view = _view(client)
    assert view["boundary"] == offered["县界.gpkg"]["path"]
    assert [round(v, 3) for v in view["bounds_ll"]] == [106.3, 38.7, 106.7, 39.0]
    # the file does not say which county it is: the code stays, and the share is told
    assert view["adcode"] == "640221"
    (told,) = view["boundary_told"]
    # of 2065.8 km2 of the county (ellipsoidal, found independently)
    inside = box(106.3, 38.7, 106.7, 39.0).intersection(bundled_county("640221").geometry_ll)
    km2 = polygon_area_m2([inside], "EPSG:4326")[0] / 1e6
    share = float(re.search(r"随附县界的 ([0-9.]+)%", told["zh"]).group(1))
    assert share == pytest.approx(100 * km2 / 2065.8, abs=0.2)


def test_a_boundary_another_person_took_meanwhile_is_not_written_over(client, project) -> None:
    """Two who saw the same page: the second is told, and the first one's file stays."""
    project.data.mkdir()
    county = gpd.GeoDataFrame(geometry=[bundled_county("640221").geometry_ll], crs=4490)
    for name in ("甲", "乙"):
        county.to_file(project.data / f"{name}.gpkg")
    text = project.plan.read_text(encoding="utf-8")
    made = say("geoplan.newplan.own_boundary", name="旧界.shp", share=100.0)("zh")
    project.plan.write_text(
        text.replace("[area]\n", f"[area]\n# {made}\n# mine\n"), encoding="utf-8"
    )
    seen = _view(client)
    offered = {c["path"].rsplit("/", 1)[-1]: c for c in seen["choices"]}
    base, mark = "/api/projects/甲/boundary", seen["boundary_mark"]
    assert client.post(base, json={**offered["甲.gpkg"], "mark": mark}).status_code == 200
    late = client.post(base, json={**offered["乙.gpkg"], "mark": mark})
    assert late.status_code == 422
    assert say("geoplan.app.changed_meanwhile")("zh") in late.json()["error"]
    assert _view(client)["boundary"].endswith("甲.gpkg")
    # the plan no longer says that the county is the outline of another file
    now = project.plan.read_text(encoding="utf-8")
    assert "旧界.shp" not in now
    assert say("geoplan.newplan.boundary_path")("zh") not in now
    assert "# mine" in now
    again = {**offered["乙.gpkg"], "mark": _view(client)["boundary_mark"]}
    assert client.post(base, json=again).status_code == 200


def test_weather_another_person_took_meanwhile_is_not_written_over(client, project) -> None:
    project.data.mkdir()
    for name in ("甲", "乙"):
        csv_file(project.data / f"{name}.csv", clear(), label="mid", **HEAD)
    base, mark = "/api/projects/甲/weather", _view(client)["weather"]["mark"]
    files = {p.rsplit("/", 1)[-1]: p for p in _view(client)["weather_choices"]}
    first = client.post(base, json={"path": files["甲.csv"], "mark": mark})
    assert first.status_code == 200, first.text
    assert client.post(base, json={"path": files["乙.csv"], "mark": mark}).status_code == 422
    assert _view(client)["weather"]["path"] == files["甲.csv"]


def test_dates_of_the_doctors_page_carry_the_mark_of_their_layer(client, project) -> None:
    project.data.mkdir()
    line = LineString([(106.4, 38.9), (106.6, 38.9)])
    gpd.GeoDataFrame({"路名": ["甲"]}, geometry=[line], crs=4490).to_file(
        project.data / "公路.gpkg"
    )
    undated = say("geoplan.newplan.no_date")("zh")
    text = project.plan.read_text(encoding="utf-8")
    text = edited_plan(text, {"layers.road": {"path": "data/公路.gpkg"}})
    text = text.replace("[layers.road]\n", f"# {undated}\n[layers.road]\n")
    project.plan.write_text(text, encoding="utf-8")
    plan = load_plan(project.plan)
    (layer,) = remedy_of("date_missing", "road", {"zh": "", "en": ""}, plan)["layers"]
    base = "/api/projects/甲/layers/road/facts"
    assert client.post(base, json={"date": "2024", "mark": layer["mark"]}).status_code == 200
    assert client.post(base, json={"date": "2021", "mark": layer["mark"]}).status_code == 422
    assert load_plan(project.plan).layers["road"].date == "2024"
    text = project.plan.read_text(encoding="utf-8")
    assert undated not in text
    # beside the layer's other keys, not under the remark of the next
    assert 'path = "data/公路.gpkg"\ndate = "2024"\n' in text
