"""An analyst in the browser: from a folder to pack and report, no file touched by hand."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.geoplan.app.analyst import LARGE, PHONE, Analyst, Server, in_browser
from tests.layers.recognise.bureau import bureau_folder

MOST_CLICKS = 12
MOST_S = 15 * 60
SIZES = (LARGE, (1920, 1080), PHONE)

pytestmark = in_browser(MOST_S)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    data = tmp_path / "局里 资料"
    bureau_folder(data / "平罗 数据", "640221", n=8, zone=4523)
    (tmp_path / "工作 区").mkdir()
    made = Server(tmp_path / "工作 区", data)
    yield made
    made.kill()


def _project(analyst: Analyst) -> None:
    """From the first page to a project with its table: county, folder, one button."""
    analyst.click("#new-project")
    analyst.look()
    analyst.type("#county", "平罗县")
    analyst.click('[data-root="0"]')
    analyst.click('[data-folder="平罗 数据"]')
    analyst.click("#make-project")
    assert "认出 10 个图层" in analyst.see("#found-summary", 120)


def _coarse(analyst: Analyst, cell_m: int = 500) -> None:
    """Coarse cells make a quick run; a person would leave them."""
    status = analyst.page.evaluate(
        "cell => GA.api('POST', GA.at('/settings'), {title: '平罗县', cell_m: cell})", cell_m
    )
    assert status == {"done": True}


def _screen_alone(analyst: Analyst) -> None:
    """One step is enough for what becomes of a job; the whole run is in the other test."""
    analyst.click("#steps summary")
    analyst.click("[data-step='screen']")


def _middle(page: Any) -> list[float]:
    """Where the middle of the county is on the screen."""
    found: list[float] = page.evaluate(
        "(() => { const b = GP.meta.bounds; const p = GP.map.latLngToContainerPoint("
        "[(b[1] + b[3]) / 2, (b[0] + b[2]) / 2]); const r = GP.map.getContainer()"
        ".getBoundingClientRect(); return [r.x + p.x, r.y + p.y]; })()"
    )
    return found


def _look(analyst: Analyst) -> None:
    """The map of the run: a place, a drawn area and what it yields, and the way back."""
    page, back = analyst.page, analyst.page.url
    page.goto(analyst.home + str(page.get_attribute("#look", "href")))
    page.wait_for_selector("html[data-whatif]", timeout=1000 * 120)
    page.click("#gp-tab-asking")
    page.check("#gp-ask-place")
    page.mouse.click(*_middle(page))
    page.wait_for_selector("#gp-ask-lines[data-ms]", timeout=1000 * 60)
    assert "法规日期" in page.inner_text("#gp-ask-lines")
    page.uncheck("#gp-ask-place")
    page.click("#gp-ask-draw")
    page.wait_for_timeout(400)
    middle = _middle(page)  # the map moved to make room for what it says of the place
    for dx, dy in ((0, 0), (30, 0), (30, 30), (0, 30)):
        page.mouse.click(middle[0] + dx, middle[1] + dy)
        page.wait_for_timeout(400)
    page.click("#gp-ask-done")
    for button, word in (("#gp-ask-check", "结论"), ("#gp-ask-yield", "GWh")):
        page.click(button)
        page.wait_for_selector(f"#gp-ask-lines li:has-text('{word}')", timeout=1000 * 60)
    page.goto(back)
    page.wait_for_selector("#make-report")


def test_from_a_folder_to_pack_and_report(browser: Any, server: Server, tmp_path: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "局里 资料").rglob("*")}
    began = time.monotonic()
    one = Analyst(browser, server.url, SIZES[0])
    _project(one)
    one.look()
    # the table says what was found, how sure it is, what is missing and who has it
    row = one.see('tr[data-layer="land_parcels"]')
    assert "高" in row
    assert "DLTB" in row
    missing = one.see('tr[data-layer="river_lake_management"]')
    assert "水务" in missing
    assert "二级公路" in one.see('tr[data-layer="road"]')  # what is not understood is said
    _coarse(one)
    one.click("#to-run")
    one.click("#start-run")
    one.see(".job progress[value]")
    one.see("#runs a[href*='/look/']", MOST_S)
    one.look()
    one.click("[data-tab='give']")
    one.click("#make-report")
    one.see("#giving .job[data-state='done']", 300)
    one.click("#make-pack")
    one.see("[data-file^='packs/'][data-file$='.zip']", 300)
    one.look()
    files = one.page.locator("[data-file]").evaluate_all("n => n.map(x => x.dataset.file)")
    assert {"report.html", "report.docx", "map.html", "results.qgz", "tables.xlsx"} <= {*files}
    assert any(f.startswith("packs/") and f.endswith(".docx") for f in files)
    taken = time.monotonic() - began
    acts = one.acts
    with one.page.expect_download() as got:
        one.page.click("[data-file='report.docx'] a[download]")
    assert got.value.path().read_bytes()[:2] == b"PK"
    # the answer stands first, in words; a Shapefile is handed out with its other files
    assert files[0] == "onepage.pdf"
    assert "领导参阅一页" in one.see("[data-file='onepage.pdf']")
    with one.page.expect_download() as got:
        one.page.click("[data-file$='/gis/site.shp'] a[download]")
    with zipfile.ZipFile(got.value.path()) as z:
        assert {Path(n).suffix for n in z.namelist()} >= {".shp", ".shx", ".dbf", ".prj"}
    _look(one)
    # the same pages on a large screen, on a phone, and in English
    for size in SIZES[1:]:
        one.page.set_viewport_size({"width": size[0], "height": size[1]})
        for tab in ("data", "doctor", "run", "register", "give"):
            one.page.click(f"[data-tab='{tab}']")
            one.see(f"[data-tab='{tab}'][aria-current]")
            one.page.wait_for_load_state("networkidle")
            one.look()
    one.page.click("#lang")
    assert one.see("#make-report") == "Make the report"
    assert re.search("[一-鿿]", one.see("nav")) is None
    assert one.wrong == []
    assert acts <= MOST_CLICKS, acts
    assert taken <= MOST_S
    # nothing was written beside the data, and the plan can be read by a person
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "局里 资料").rglob("*")} == before
    text = next((tmp_path / "工作 区").glob("*/plan.toml")).read_text(encoding="utf-8")
    assert "# 地类图斑" in text


def test_two_at_once_and_a_server_that_is_killed(
    browser: Any, server: Server, tmp_path: Path
) -> None:
    """Each has a project of the same county; the runs go on without the server."""
    people = [Analyst(browser, server.url, SIZES[0]) for _ in range(2)]
    for one in people:
        _project(one)
        _coarse(one)
        one.click("#to-run")
        _screen_alone(one)
        one.click("#start-run")
        one.see(".job progress")
    server.kill()
    time.sleep(1)
    server.start()
    again = Analyst(browser, server.url, SIZES[0])
    for name in ("平罗县", "平罗县 2"):
        again.page.click(".brand")
        again.click(f"[data-project='{name}']")
        again.click("#to-run")
        again.see("#runs a[href*='/look/']", MOST_S)
    # one that is cancelled goes on where it stopped, and two runs stand side by side;
    # cells of 20 m, so that it cannot end before it is cancelled
    _coarse(again, 20)
    _screen_alone(again)
    again.click("#start-run")
    again.see(".job progress")
    again.click("[data-act='cancel']")
    again.see("[data-act='resume']", 60)
    again.click("[data-act='resume']")
    again.see("th[data-run='0002']")
    looks = again.page.locator("#runs a[href*='/look/']")
    looks.nth(1).wait_for(timeout=1000 * MOST_S)
    assert again.wrong == []
    done = sorted((tmp_path / "工作 区").glob("*/runs/*/summary.json"))
    assert len(done) == 3
