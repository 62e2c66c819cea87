"""A case of facilities is put together of the plan's layers on the page, and taken out."""

from __future__ import annotations

from geoplan.plan_file import load_plan
from siting.facilities.section import FacilitiesSection
from tests.geoplan.app.test_remedies import given
from tests.geoplan.app.test_workspace import client, project, space

__all__ = ["client", "project", "space"]

BASE = "/api/projects/甲/facilities"
CASE = {
    "title": "公共充电桩",
    "demand": "settlement",
    "weight": "population",
    "existing": "charging_stations",
    "candidates": ["parking"],
    "rules": "charging",
    "limit": 10,
    "open": {"2030": 4},
}


def test_a_case_is_made_of_lists_and_taken_out(client, project) -> None:
    given(
        project, settlement={"path": "a.shp"}, parking={"path": "b.shp"}, dem={"path": "d.tif"}
    )
    view = client.get(BASE).json()
    offered = {x["id"]: x for x in view["layers"]}
    assert set(offered) == {"settlement", "parking"}  # heights ask for nothing
    assert [n["zh"] for n in offered["settlement"]["numbers"]] == ["人口"]
    assert offered["settlement"]["areas"]
    before = view["rows"]
    assert client.post(BASE, json=CASE).json() == {"case": "case_1"}
    row = client.get(BASE).json()["rows"][-1]
    # charging stations stand in no layer yet and are no condition; the road is
    assert (row["title"]["zh"], row["model"]["zh"]) == ("公共充电桩", "最大覆盖")
    assert [m["zh"] for m in row["missing"]] == ["公路"]
    case = load_plan(project.plan).section(FacilitiesSection).cases[-1]
    assert (case.demand.weight, case.cost.limit, case.open) == ("population", 10, {"2030": 4})
    assert (case.candidates.layers, case.candidates.rules) == (("parking",), "charging")
    assert client.post(BASE, json={**CASE, "weight": "each"}).json() == {"case": "case_2"}
    for n in (1, 2):
        assert client.delete(f"{BASE}/case_{n}").status_code == 200
    assert client.delete(f"{BASE}/case_1").status_code == 422
    assert client.get(BASE).json()["rows"] == before


def test_what_cannot_be_answered_is_refused_with_its_reason(client, project) -> None:
    given(project, settlement={"path": "a.shp"}, parking={"path": "b.shp"})
    before = project.plan.read_bytes()
    for wrong in (
        {"limit": None},  # most covered: within what
        {"open": {}},  # and by how many
        {"candidates": [], "existing": ""},  # nowhere
        {"by": "straight"},  # minutes need roads
        {"demand": "no_layer"},
        {"open": {"soon": 1}},
    ):
        answer = client.post(BASE, json={**CASE, **wrong})
        assert answer.status_code == 422, wrong
        assert answer.json()["error"]
    assert project.plan.read_bytes() == before
