"""What has the focus when a page, a folder or a job gives way to another, and what is told."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geoplan.app.workspace import Project, Workspace
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from layers.plain_json import write_json
from layers.plan.write import edited_plan
from tests.geoplan.app.analyst import Analyst, in_browser
from tests.geoplan.browser import wait_until

pytestmark = in_browser(180)
REASON = {
    "zh": "“地类编码”：有代码不在表中",
    "en": "codes that are not in the list",
    "faults": {},
}


@pytest.fixture
def project(desk: Workspace) -> Project:
    """A project with a run that failed, one that goes on, and parcels with odd classes."""
    made = desk.new_project("甲")
    new_plan("640221", made.plan)
    made.data.mkdir()
    shapes = [shapely.box(106.4 + 0.01 * k, 38.9, 106.41 + 0.01 * k, 38.91) for k in range(40)]
    codes = ["9999", None, *["0102"] * 38]
    gpd.GeoDataFrame({"DLBM": codes}, geometry=shapes, crs=4490).to_file(
        made.data / "DLTB.gpkg"
    )
    text = made.plan.read_text(encoding="utf-8")
    given = {"data.root": "data", "layers.land_parcels": {"path": "DLTB.gpkg"}}
    made.plan.write_text(edited_plan(text, given), encoding="utf-8")
    for number, outcome in (("0001", {"error": REASON}), ("0002", {})):
        job = made.jobs / number
        job.mkdir(parents=True)
        asked = {"kind": "run", "run": number, "created": "2026-01-01T00:00:00+00:00"}
        write_json(job / "job.json", asked)
        (job / "alive").touch()
        if outcome:
            write_json(job / "outcome.json", outcome)
        made.plan_of_run(number).write_text(text, encoding="utf-8")  # of before the parcels
    return made


FOCUS = "document.activeElement"


def test_the_focus_goes_on_where_a_page_gives_way(analyst: Analyst, project: Project) -> None:
    page = analyst.page
    page.click("[data-project='甲']")
    page.wait_for_selector("#found-summary")
    wait_until(page, f"{FOCUS}.tagName === 'H1'")
    page.click("#save-settings")
    wait_until(page, f"{FOCUS}.id === 'save-settings'")
    (project.jobs / "0002" / "alive").touch()
    page.click("[data-tab='run']")
    why = analyst.see("[data-why='0001']")
    wait_until(page, f"{FOCUS}.tagName === 'H1'")
    # the reason is still there, with the way to what to do, and which plan goes on
    assert REASON["zh"] in why
    assert "体检" in why
    assert "“继续”仍按当时的规划" in why
    page.click("[data-act='cancel']")
    while not (project.jobs / "0002" / "cancel").exists():
        page.wait_for_timeout(50)
    write_json(project.jobs / "0002" / "outcome.json", {"cancelled": True})
    wait_until(page, f"{FOCUS}.className.includes('job-label') || {FOCUS}.tagName === 'H1'")
    page.click(".brand")
    page.click("#new-project")
    wait_until(page, f"{FOCUS}.id === 'county'")
    page.click("[data-root]:has-text('资料')")
    wait_until(page, f"{FOCUS}.id === 'folder-now'")
    page.click("[data-folder='三区三线']")
    wait_until(page, f"{FOCUS}.id === 'folder-now' && {FOCUS}.textContent.includes('三区')")
    page.click(".crumbs button")
    wait_until(page, f"'root' in {FOCUS}.dataset")


def test_classes_nobody_knows_are_chosen_in_the_dialog(
    analyst: Analyst, project: Project
) -> None:
    page = analyst.page
    page.click("[data-project='甲']")
    page.click("[data-correct='land_parcels']")
    page.wait_for_selector("dialog select[data-value='9999']")
    assert "（空）" in page.inner_text("dialog#correct")
    # known codes are not asked for
    assert page.query_selector("dialog select[data-value='0102']") is None
    page.select_option("dialog select[data-value='9999']", "1206")
    page.select_option("dialog select[data-value='']", "")
    page.click("[data-act='save-mapping']")
    told = analyst.see("#layer-told.bad")
    assert "1 个要素没有可用的分类代码" in told  # kept, and told
    values = load_plan(project.plan).layers["land_parcels"].values
    assert values == {"dlbm": {"9999": "1206", "": ""}}
