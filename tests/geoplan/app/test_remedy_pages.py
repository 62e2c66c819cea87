"""What the doctor asks for is done where it stands: dates, values, a layer, a list."""

from __future__ import annotations

import pytest

from geoplan.app.workspace import Project, Workspace
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from gis.say import LANGS, say
from layers.plain_json import write_json
from siting.facilities.section import FacilitiesSection
from tests.geoplan.app.analyst import Analyst, in_browser
from tests.geoplan.app.test_remedies import TODO, given
from tests.geoplan.browser import wait_until

pytestmark = in_browser(180)


def _finding(code: str, layer: str, **values: str) -> dict[str, object]:
    todo = say(f"{TODO}{code}" if not values else f"{TODO}plan_key", **values)
    return {
        "code": code,
        "severity": "warning",
        "layer": layer,
        "text": {"zh": code, "en": code},
        "todo": {x: todo(x) for x in LANGS},
        "blocks": {"steps": [], "rules": [], "area_km2": None},
        "places_total": 0,
        "places": [],
    }


@pytest.fixture
def project(desk: Workspace) -> Project:
    made = desk.new_project("甲")
    made.jobs.mkdir(parents=True)
    new_plan("640221", made.plan)
    given(made, road={"path": "r.shp"}, settlement={"path": "s.shp"}, parking={"path": "p.shp"})
    found = [
        _finding("date_missing", ""),
        _finding("pv_horizon_cut", "", plan_key="[pv.yield_map] horizon_reach_m"),
        _finding("layer_incomplete", "road"),
        _finding("layer_missing", ""),
    ]
    (made.folder / "doctor").mkdir()
    write_json(made.folder / "doctor" / "doctor.json", {"findings": found})
    places = {"type": "FeatureCollection", "features": []}
    write_json(made.own / "doctor_places.json", places)
    return made


def test_findings_are_mended_where_they_stand(analyst: Analyst, project: Project) -> None:
    page = analyst.page
    page.click("[data-project='甲']")
    page.click("[data-tab='doctor']")
    analyst.see("#findings [data-code='layer_missing']")
    shown = page.inner_text("#findings")
    assert "[pv." not in shown  # keys of the plan are behind a click
    page.fill("[data-date='road']", "2024-06")
    page.click("[data-act='save-dates']")
    analyst.see("#message.good")
    page.fill("[data-value='pv.yield_map.horizon_reach_m']", "5000")
    page.keyboard.press("Tab")
    wait_until(page, "document.querySelector('#message.good')")
    page.click("[data-way='road']")
    analyst.see("dialog#correct")
    assert page.input_value("#layer-date") == "2024-06"
    page.keyboard.press("Escape")
    # a case of facilities by lists, on the same page
    page.click("#part-facilities > summary")
    page.click("[data-add='facilities']")
    page.fill("#entry [data-field='title'] [data-lang='zh']", "公共充电桩")
    page.select_option("#entry [data-field='model'] select", "mclp")
    page.select_option("#entry [data-field='demand.layer'] select", "settlement")
    page.select_option("#entry [data-field='demand.by'] select", "population")
    page.check("#entry [data-field='candidates.layers'] input[value='parking']")
    page.click("#entry [data-field='open'] [data-act='add-line']")
    page.fill("#entry [data-part='year'] input", "2030")
    page.fill("#entry [data-part='number'] input", "4")
    # what is meant for other models is not shown
    for other in ("bus.layer", "patches.source", "cost.limits", "cost.eye_m"):
        assert not page.is_visible(f"#entry [data-field='{other}']")
    page.click("#save-row")
    wait_until(page, "document.querySelector('#entry [data-field=\"cost.limit\"][data-wrong]')")
    assert "case_1" not in project.plan.read_text(encoding="utf-8")
    page.fill("#entry [data-field='cost.limit'] input", "10")
    page.click("#save-row")
    page.wait_for_selector("[data-form='facilities'] [data-row]", state="attached")
    analyst.see("#message.good")
    # a plant beside it, its fault told as soon as the field is left
    page.click("#part-plants > summary")
    page.click("[data-add='plants']")
    page.fill("#entry [data-field='capacity_mw'] input", "一百")
    page.keyboard.press("Tab")
    wait_until(page, "document.querySelector('#entry [data-field=capacity_mw][data-wrong]')")
    page.fill("#entry [data-field='capacity_mw'] input", "100")
    page.fill("#entry [data-field='name'] [data-lang='zh']", "一期")
    page.select_option("#entry [data-field='technology'] select", "pv")
    page.fill("#entry [data-field='source'] input", "台账")
    analyst.look()
    page.click("#save-row")
    page.wait_for_selector("[data-form='plants'] [data-row]", state="attached")
    analyst.look()
    # a layer whose file is not there has no columns to choose from: that alone is refused
    analyst.wrong[:] = [w for w in analyst.wrong if "422" not in w]
    plan = load_plan(project.plan)
    assert plan.layers["road"].date == "2024-06"
    assert plan.sections["pv"].yield_map.horizon_reach_m == 5000
    case = plan.section(FacilitiesSection).cases[-1]
    assert (case.demand.weight, case.open) == ("population", {"2030": 4})
    assert [(p.name.zh, p.capacity_mw) for p in plan.plants] == [("一期", 100)]
