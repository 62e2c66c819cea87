"""What open data do not show is judged by nobody: no land is free because a map is silent."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import layers.fetch.manners
from geoplan.checkup.lines import diagnosis_lines
from geoplan.demo import sample_plan
from geoplan.doctor import diagnose
from geoplan.new_plan import new_plan
from geoplan.plan_file import load_plan
from gis.cells.grid import cell_centres, full_window
from gis.crs.systems import transform_points
from layers.fetch.open_data import fetch_open_data
from layers.open.county import plan_crs, plan_grid_of
from layers.open.plan_layers import open_features
from layers.plan.model import Plan
from siting.check.boundary import check_boundary
from siting.check.certificate import cut_land
from siting.check.explain import explain_point, explanation_lines
from siting.check.near import place_of
from siting.screen.screening import CONDITIONAL, LEFT, TAKEN, rules_of, screen, state_raster
from siting.screen.section import ScreeningSection
from tests.layers.fetch.server import Server

DRAWN = ("road", "railway", "power_line")


def _in_force(plan: Plan, given: dict[str, object]) -> Plan:
    """A plan with other layers, told provisionally on coarse cells."""
    section = plan.section(ScreeningSection).model_copy(update={"missing": "provisional"})
    return plan.model_copy(
        update={
            "layers": {**plan.layers, **given},
            "sections": {**plan.sections, "screening": section},
            "area": plan.area.model_copy(update={"cell_m": 160.0}),
        }
    )


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    """The sample county with its own lines, those of a map, and the map vouched for."""
    file = new_plan("640221", tmp_path_factory.mktemp("open") / "p.toml")
    server = Server()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layers.fetch.manners.time, "sleep", lambda _: None)
        plan, ask = load_plan(file), ["openstreetmap"]
        fetch_open_data(
            plan, lambda *_: None, asked=ask, mirrors=server.mirrors(), remark="open"
        )
    server.close()
    fetched = load_plan(file)
    marked = {}
    for name in DRAWN:
        source = fetched.layers[name]
        assert source.incomplete
        path = str(fetched.resolve(source.path))
        marked[name] = source.model_copy(update={"path": path})
    vouched = {k: v.model_copy(update={"incomplete": ""}) for k, v in marked.items()}
    own = sample_plan("tiny")
    return {
        "own": _in_force(own, {}),
        "map": _in_force(own, marked),
        "vouched": _in_force(own, vouched),
    }


@pytest.mark.slow
def test_no_land_is_free_by_the_silence_of_a_map(
    plans: dict[str, Plan], tmp_path: Path
) -> None:
    found = {k: screen(p, "pv") for k, p in plans.items()}
    state = {k: state_raster(s) for k, s in found.items()}
    # the rules of roads are about all land: where no road is drawn none of it is free
    assert not np.isin(state["map"], (LEFT, CONDITIONAL)).any()
    free = state["vouched"] == LEFT
    assert free.sum() > 100
    # what is drawn, and every other layer, takes what it took
    assert np.array_equal(state["map"] == TAKEN, state["vouched"] == TAKEN)
    # a place in the middle of free land, and one on the road that is drawn
    plan = plans["map"]
    grid, crs = plan_grid_of(plan), plan_crs(plan)
    east, north = cell_centres(grid, full_window(grid))
    row, col = (int(x[len(x) // 2]) for x in np.nonzero(free))
    x, y = float(east[col]), float(north[row])
    lon, lat = (float(v) for v in transform_points(x, y, crs, "EPSG:4326"))
    told = explain_point(plan, lon, lat)
    assert told.techs["pv"].state == "provisional"
    open_ = {n for r in told.techs["pv"].rules for n in r.incomplete}
    assert open_ == set(DRAWN)
    assert "roads" in "\n".join(explanation_lines(told, "en"))
    assert explain_point(plans["vouched"], lon, lat).techs["pv"].state == "left"
    line = open_features(plan, "road")
    assert line["road_class"].tolist() == ["provincial", "village"]
    at = line.to_crs(4326).geometry.iloc[0].centroid
    own = {r.id: r for r in explain_point(plan, at.x, at.y).techs["pv"].rules}
    assert own["PV-037"].result == "hit"  # provincial road, 15 m
    # the exact check of a boundary says the same, and nothing is cut off for silence
    land = shapely.box(x - 4, y - 4, x + 4, y + 4)
    gpd.GeoDataFrame(geometry=[land], crs=crs).to_file(tmp_path / "b.gpkg")
    answer = check_boundary(tmp_path / "b.gpkg", plan, "pv")
    assert answer.result == "provisional"
    assert answer.judged.n == told.techs["pv"].judged.n
    assert check_boundary(tmp_path / "b.gpkg", plans["vouched"], "pv").result == "pass"
    final, rows = cut_land(land, *rules_of(plan, "pv"), place_of(plan))
    assert final.area == pytest.approx(land.area, rel=1e-2)
    assert {r.rule_id for r in rows if not r.judged} >= {"PV-037"}


@pytest.mark.slow
def test_doctor_names_what_is_to_be_completed(plans: dict[str, Plan]) -> None:
    diagnosis = diagnose(plans["map"])
    assert set(diagnosis.rules["pv"].to_complete) == set(DRAWN)
    lines = "\n".join(diagnosis_lines(diagnosis, "zh"))
    assert "公路（现有数据不齐全，须补全）" in lines
    assert "incomplete = false" in lines
