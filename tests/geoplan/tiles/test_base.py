"""Base maps of a plan: beside the map, in the served page, in a plan made from a folder."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geoplan.doctor import diagnose
from geoplan.maps import write_map
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from geoplan.run import run_plan
from geoplan.serve.app import Planner, create_app
from geoplan.tiles import base
from geoplan.tiles.base import plan_bases, write_tiles
from geoplan.tiles.section import map_section
from gis.errors import DataError
from layers.plan.model import Plan
from tests.geoplan.browser import opened
from tests.geoplan.tiles.archives import PINGLUO, colour, mbtiles, picture, pmtiles, tiles_over

ROOT = Path(__file__).parents[3]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
TOKEN = "x" * 32


def _plan(folder: Path, tiles: str) -> Plan:
    text = (ROOT / "plans" / "sample.toml").read_text(encoding="utf-8")
    path = folder / "sample.toml"
    path.write_text(text.replace('sample = "demo"', 'sample = "tiny"') + tiles, "utf-8")
    return load_plan(path)


def _one(path: Path, **more: str) -> str:
    keys = {"path": str(path), **more}
    lines = [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in keys.items()]
    return "\n[[map.tiles]]\n" + "\n".join(lines) + "\n"


@pytest.fixture
def plan(tmp_path) -> Plan:
    found = mbtiles(tmp_path / "影 像.mbtiles")
    return _plan(tmp_path, _one(found, title="2024 年影像", source="某局航拍 2024-05"))


def test_tiles_over_the_county_stand_beside_the_map(plan, tmp_path):
    (layer,) = write_tiles(plan, tmp_path / "run")
    assert layer["url"] == "map_tiles/0/{z}/{x}/{y}.png"
    assert (layer["least"], layer["most"], layer["note"]) == (8, 10, None)
    written = {
        tuple(int(v) for v in (p.parts[-3], p.parts[-2], p.stem)): p.read_bytes()
        for p in (tmp_path / "run" / "map_tiles").rglob("*.png")
    }
    # the view of the county lies in what the archive covers, but for its western edge
    box = base.plan_box(plan)
    cut = (max(box[0], PINGLUO[0]), max(box[1], PINGLUO[1]), box[2], min(box[3], PINGLUO[3]))
    cut = (*cut[:2], min(cut[2], PINGLUO[2]), cut[3])
    assert written == {at: picture(*at) for at in tiles_over(cut, range(8, 11))}


def test_levels_that_have_no_room_are_left_out_and_told(plan, tmp_path, monkeypatch):
    # 1 tile at zoom 8 and up to 4 at zoom 9 go in, those of zoom 10 do not
    counts = [len(tiles_over(PINGLUO, [z])) for z in (8, 9, 10)]
    monkeypatch.setattr(base, "_MOST_TILES", counts[0] + counts[1])
    (layer,) = write_tiles(plan, tmp_path / "run")
    assert layer["most"] == 9
    assert "第 9 级" in layer["note"]["zh"]
    assert "zoom 9" in layer["note"]["en"]
    assert not (tmp_path / "run" / "map_tiles" / "0" / "10").exists()
    monkeypatch.setattr(base, "_MOST_TILES", 20_000)
    monkeypatch.setattr(base, "_MOST_BYTES", counts[0] * len(picture(8, 0, 0)) + 400)
    (layer,) = write_tiles(plan, tmp_path / "run")
    assert layer["most"] == 8
    assert not (tmp_path / "run" / "map_tiles" / "0" / "9").exists()


def test_a_folder_of_archives(tmp_path):
    folder = tmp_path / "img"
    folder.mkdir()
    mbtiles(folder / "a.mbtiles", [8])
    pmtiles(folder / "b.pmtiles", [9])
    (folder / "读我.txt").write_text("x")
    plan = _plan(tmp_path, _one(folder, title="不用于文件夹"))
    assert [b.title["zh"] for b in plan_bases(plan)] == ["航拍 <b>2024</b>", "卫星影像"]


def test_archives_that_cannot_be_shown_are_told_before_a_run(tmp_path):
    away = mbtiles(tmp_path / "away.mbtiles", [8], (113.0, 22.0, 114.0, 23.0))
    # it says that it is of the county, but no tile of it is
    lying = mbtiles(
        tmp_path / "lying.mbtiles", [10], (113.0, 22.0, 114.0, 23.0),
        metadata={"bounds": "106.1,38.5,107.0,39.2"},
    )  # fmt: skip
    empty = tmp_path / "none"
    empty.mkdir()
    (empty / "读我.txt").write_text("x")
    plan = _plan(tmp_path, "".join(map(_one, (away, lying, empty))))
    with pytest.raises(DataError) as told:
        run_plan(plan, tmp_path / "out", only=("screen",))
    text = told.value.text("zh")
    assert text.count("切片不在县域之内") == 2
    assert "文件夹里没有切片文件" in text
    assert "sample.toml [map.tiles[1]]" in text
    found = [f for f in diagnose(plan).faults if "map.tiles" in str(f.where)]
    assert len(found) == 3
    run_plan(plan, tmp_path / "out", only=("screen",), documents=False)  # no map, no matter


def test_without_tiles_nothing_is_written(tmp_path):
    plan = _plan(tmp_path, "")
    assert write_tiles(plan, tmp_path) == []
    assert map_section(plan).tiles == ()
    assert not (tmp_path / "map_tiles").exists()


def test_new_from_a_folder_takes_the_archives_of_the_county(tmp_path):
    folder = tmp_path / "data"
    (folder / "影像").mkdir(parents=True)
    mbtiles(folder / "影像" / "a.mbtiles", [8])
    mbtiles(folder / "影像" / "b.mbtiles", [8], (113.0, 22.0, 114.0, 23.0))
    (folder / "影像" / "c.pmtiles").write_bytes(b"PMTiles")
    path = new_plan("640221", tmp_path / "p.toml", folder=folder)
    assert [t.path for t in map_section(load_plan(path)).tiles] == ["影像/a.mbtiles"]
    text = path.read_text(encoding="utf-8")
    assert "影像/b.mbtiles: 切片不在县域之内" in text
    assert re.search(r"# .*影像/c.pmtiles: ", text)


def test_served_tile_by_tile(plan):
    app = create_app(Planner(plan, None, "zh"), TOKEN)
    at = "/api/tile/0/10/815/391"
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get(at).status_code == 403
        found = client.get(at, params={"token": TOKEN})
        assert (found.status_code, found.headers["content-type"]) == (200, "image/png")
        assert found.content == picture(10, 815, 391)
        for none in ("/api/tile/0/10/1/1", "/api/tile/1/10/815/391", "/api/tile/-1/10/815/391"):
            assert client.get(none, params={"token": TOKEN}).status_code in (404, 422)
        page = opened(client, token=TOKEN).text
    assert "/api/tile/0/{z}/{x}/{y}" in page
    assert "某局航拍 2024-05" in page


def test_an_archive_that_went_is_told_on_the_served_page(plan, tmp_path):
    (tmp_path / "影 像.mbtiles").write_bytes(b"")
    app = create_app(Planner(plan, None, "zh"), TOKEN)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page = opened(client, token=TOKEN).text
    assert "切片文件" in page
    assert "/api/tile/" not in page.split('id="gp-meta"')[1]


# ---------------------------------------------------------------- in a browser


@pytest.fixture
def tab() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM)
        yield browser.new_context(
            offline=True, viewport={"width": 1280, "height": 800}
        ).new_page()
        browser.close()


@pytest.mark.browser
def test_a_map_opened_as_a_file_shows_them_in_place(plan, tiny_run, tmp_path, tab):
    out = tmp_path / "给人 看"
    out.mkdir()
    write_map(tiny_run, out / "map.html", plan=plan)
    errors: list[str] = []
    tab.on("console", lambda m: m.type == "error" and errors.append(m.text))
    tab.goto((out / "map.html").as_uri())
    tab.wait_for_selector("html[data-ready]")
    tab.wait_for_function("document.querySelectorAll('img.leaflet-tile-loaded').length > 3")
    # the ground at 106.9 E, 38.55 N is outside of the county: only the tile is seen there
    shown = tab.evaluate(
        """() => { const p = GP.map.latLngToContainerPoint([38.55, 106.9]);
        const at = GP.map.getContainer().getBoundingClientRect();
        const img = document.elementsFromPoint(at.x + p.x, at.y + p.y);
        return [...document.querySelectorAll('img.leaflet-tile')].filter(n => {
          const b = n.getBoundingClientRect();
          return b.left <= at.x + p.x && at.x + p.x < b.right && b.top <= at.y + p.y
            && at.y + p.y < b.bottom; }).map(n => n.getAttribute('src')); }"""
    )
    z = int(shown[0].split("/")[-3])
    ((_, x, y),) = tiles_over((106.9, 38.55, 106.9, 38.55), [z])
    assert shown == [f"map_tiles/0/{z}/{x}/{y}.png"]
    assert colour(z, x, y) != (0, 0, 0)
    assert "某局航拍 2024-05" in tab.inner_text(".gp-attribution")
    assert tab.locator("#gp-base option:checked").text_content() == "2024 年影像"
    assert errors == []


@pytest.mark.browser
def test_a_map_without_its_folder_says_so(plan, tiny_run, tmp_path, tab):
    write_map(tiny_run, tmp_path / "map.html", plan=plan)
    shutil.rmtree(tmp_path / "map_tiles")
    tab.goto((tmp_path / "map.html").as_uri())
    tab.wait_for_selector("html[data-ready]")
    tab.wait_for_selector(".gp-base .gp-note:not([hidden])", state="attached")
    assert "map_tiles" in tab.text_content(".gp-base .gp-note")
