"""A county with few of its layers: the same land at every door, and never free."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

import geoplan
from geoplan.plan_file import load_plan
from geoplan.report.overlap import overlap_lines
from geoplan.serve.scenario import Change, base_of, evaluate_changes, rebased
from layers.result import read_layer, read_table
from siting.check.boundary import check_boundary
from siting.check.explain import explain_point, explanation_lines
from siting.connection.capacity import capacity_of
from siting.rules import load_rules
from siting.screen.coded import PROVISIONAL, STATES, areas_by_state, state_raster
from siting.screen.judged.coarse import coarse_m
from siting.screen.judged.share import judged_codes
from siting.screen.screening import screen
from tests.faults import small_county as sc
from tests.faults.test_interrupted_runs import run
from tests.geoplan.test_bad_input import BOX_LL, HEAD, line, parcels, roads, write_plan

WEST, SOUTH, EAST, NORTH = BOX_LL
MISSING = 'missing = "{}"\n'
# parcels from west to east: sand, irrigated cropland (taken by PV-004), bare soil
CODES, NAMES = ["1205", "0102", "1206"], ["沙地", "水浇地", "裸土地"]
SAND = (WEST + (EAST - WEST) / 6, SOUTH + 0.25 * (NORTH - SOUTH))


def plan_of(
    folder: Path,
    mode: str = "provisional",
    more: str = "",
    sites: str = "",
    day: str = "2026-11-27",
) -> Path:
    """The box with parcels, road and red line, and nothing else; law of a day that is known."""
    folder.mkdir(parents=True, exist_ok=True)
    roads(line(), 4490).to_file(folder / "road.geojson")
    sc.red_line(folder, 0.3)
    parcels(CODES, NAMES).to_file(folder / "dltb.gpkg")
    layers = "".join(
        f'[layers.{k}]\npath = "{v}"\ndate = "2023"\n' for k, v in sc.GIVEN.items()
    )
    head = HEAD.replace("2026-03-31", day).replace(
        'techs = ["pv"]\n', 'techs = ["pv"]\n' + MISSING.format(mode)
    )
    return write_plan(folder, layers + more, head.replace("[sites]\n", "[sites]\n" + sites))


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return load_plan(plan_of(tmp_path_factory.mktemp("late")))


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    return load_plan(plan_of(tmp_path_factory.mktemp("strict"), "unknown"))


@pytest.fixture(scope="module")
def found(plan):
    return screen(plan, "pv")


def test_the_county_is_taken_or_provisional_and_never_free(found, strict):
    areas = areas_by_state(found)
    assert areas["left"] == areas["conditional"] == 0
    assert areas["provisional"] > 0
    before = areas_by_state(screen(strict, "pv"))
    assert before["taken"] == areas["taken"] > 0
    assert before["unknown"] == pytest.approx(areas["unknown"] + areas["provisional"])
    assert "provisional" not in before


def test_land_whose_law_is_not_known_stays_unknown(tmp_path):
    # NE-002 (mineral reserves) has no text before the regulation of 2026 takes force, and no
    # layer either: the layer would not settle it
    found = screen(load_plan(plan_of(tmp_path / "d", day="2026-03-31")), "pv")
    assert not next(r for r in found.rules if r.id == "NE-002").law_known
    areas = areas_by_state(found)
    assert areas["provisional"] == 0
    assert areas["unknown"] > 0


def test_a_point_says_what_its_cell_says(plan, strict, found):
    here = explain_point(plan, *SAND).techs["pv"]
    assert here.state == "provisional"
    assert explain_point(strict, *SAND).techs["pv"].state == "unknown"
    codes = judged_codes(found)
    row = np.flatnonzero(found.state == PROVISIONAL)
    assert np.isclose(codes.frac[row], here.judged.frac, rtol=1e-12).any()
    assert here.judged.of == codes.of
    lines = "\n".join(explanation_lines(explain_point(plan, *SAND), "zh"))
    assert "暂定" in lines
    assert "判定比例" in lines
    # in the cropland strip the ban takes land in both
    crop = (WEST + (EAST - WEST) / 2, SAND[1])
    assert explain_point(plan, *crop).techs["pv"].state == "taken"


def boundary(folder: Path, strip: int) -> Path:
    west = WEST + strip * (EAST - WEST) / 3
    shape = shapely.box(west + 0.004, SOUTH + 0.004, west + 0.014, SOUTH + 0.012)
    path = folder / f"site{strip}.gpkg"
    gpd.GeoDataFrame(geometry=[shape], crs=4490).to_file(path)
    return path


@pytest.mark.slow
def test_a_boundary_over_provisional_land_is_no_pass(plan, strict, tmp_path):
    answer = check_boundary(boundary(tmp_path, 0), plan, "pv")
    assert answer.result == "provisional"
    told = "\n".join(overlap_lines(answer, "zh"))
    assert "暂定：缺图层的规则未判定，不等于可用" in told
    assert "未压占" not in told.splitlines()[1]
    report = answer.as_dict()
    assert report["result"] == "provisional"
    assert 0 < report["judged"]["frac"] < 1
    assert report["judged"]["of"] == report["of"]
    assert check_boundary(boundary(tmp_path, 0), strict, "pv").result == "unknown"
    # taken is taken, whatever waits
    for one in (plan, strict):
        assert check_boundary(boundary(tmp_path, 1), one, "pv").result == "fail"


@pytest.mark.slow
def test_sites_are_marked_or_none_and_the_list_says_why(tmp_path):
    # of PV's hard rules the parcels, the red line and the road carry about half of the weight
    few = run(plan_of(tmp_path / "a", sites="min_judged_share = 0.4\n"), tmp_path / "a" / "out")
    summary = json.loads((few / "summary.json").read_text(encoding="utf-8"))
    assert summary["sites"]
    assert summary["sites_refused"] == []
    for site in summary["sites"]:
        assert site["provisional"] is True
        assert site["provisional_frac"] == pytest.approx(1.0)
        assert site["unconditional_frac"] == 0.0
        assert site["judged_hard_frac"] >= 0.4
        assert "PV-003" in site["rules_not_judged"].split(";")
        assert site["certified"] is False
    none = run(
        plan_of(tmp_path / "b", sites="min_judged_share = 0.9\n"), tmp_path / "b" / "out"
    )
    summary = json.loads((none / "summary.json").read_text(encoding="utf-8"))
    assert summary["sites"] == []
    (refused,) = summary["sites_refused"]
    nexts = summary["screening"]["pv"]["judged"]["next_layers"]
    assert refused["layers"] == [x["layer"] for x in nexts[: len(refused["layers"])]]
    assert refused["then_frac"] >= 0.9 > refused["hard_frac"]
    assert refused["land_ha"] == pytest.approx(
        summary["screening"]["pv"]["area_ha"]["provisional"], rel=0.02
    )
    codes = {w["code"] for w in summary["warnings"]}
    assert "sites_refused" in codes
    assert "no_sites" not in codes  # size is not the reason
    table = read_table(none, "next_layers")
    assert table["layer"].tolist() == [x["layer"] for x in nexts]
    with rasterio.open(none / "judged_share.tif") as src:
        share = src.read(1)
    inside = share[share != 255]
    assert inside.max() <= 100
    assert inside.min() > 0
    layer = read_layer(none, "provisional_pv")
    assert layer["area_ha"].sum() == pytest.approx(
        summary["screening"]["pv"]["area_ha"]["provisional"], rel=0.01
    )


def test_a_mark_in_the_raster_is_that_of_the_summary(plan, found):
    state = state_raster(found)
    assert set(np.unique(state)) <= set(range(len(STATES)))
    assert (state == PROVISIONAL).any()


def test_provisional_sites_are_in_no_capacity():
    sites = pd.DataFrame(
        {
            "capacity_mw": [100.0, 40.0, 7.0],
            "conditional_rules": ["", "PV-011", ""],
            "provisional": [True, False, False],
        }
    )
    found = capacity_of(sites, dc_ac_ratio=1.25)
    assert found.unconditional_mw == 7.0
    assert found.with_approvals_mw == 47.0
    assert found.provisional_mw == 100.0


def test_what_if_keeps_land_provisional(plan):
    base = base_of(plan, "pv")
    areas = areas_by_state(base.found)
    assert areas["provisional"] > 0
    # PV-035 asks for the road, which is there: a wider setback takes provisional land alone
    wide = evaluate_changes(plan, base, (Change(rule_id="PV-035", distance_m=50.0),))
    assert wide.after_m2["left"] == 0
    assert sum(wide.after_m2.values()) == pytest.approx(sum(areas.values()))
    moved = rebased(plan, base, (Change(rule_id="PV-035", kind="off"),))
    assert areas_by_state(moved.found)["left"] == 0
    assert areas_by_state(moved.found)["provisional"] > 0
    # the rule off that takes the cropland: land becomes provisional, never left
    off = evaluate_changes(plan, base, (Change(rule_id="PV-004", kind="off"),))
    assert off.after_m2["left"] == 0
    little = base.little_judged(plan)
    assert little is not None
    assert little.shape == base.found.code.shape


@pytest.mark.parametrize(("cells", "judged"), [(40, True), (4, False)])
def test_classes_of_wide_cells_judge_nothing(tmp_path, cells, judged):
    # the box is 5.2 km wide: 40 cells of 130 m, 4 of 1,300 m; on a grid of 50 m the limit is
    # 250 m (five cells of the grid, more than 100 m)
    folder = tmp_path / "c"
    step = (EAST - WEST) / cells
    more = '[layers.land_cover]\npath = "cover.tif"\nvocabulary = "worldcover2021"\n'
    path = plan_of(folder, more=more)
    text = path.read_text(encoding="utf-8").replace("cell_m = 100.0", "cell_m = 50.0")
    given = '[layers.land_parcels]\npath = "dltb.gpkg"\ndate = "2023"\n'
    path.write_text(text.replace(given, ""), encoding="utf-8")
    rows = int((NORTH - SOUTH) / step) + 1
    with rasterio.open(
        folder / "cover.tif", "w", driver="GTiff", width=cells, height=rows, count=1,
        dtype="uint8", crs="EPSG:4326", nodata=0,
        transform=from_origin(WEST, NORTH, step, step),
    ) as out:  # fmt: skip
        out.write(np.full((rows, cells), 60, np.uint8), 1)  # bare everywhere
    plan = load_plan(path)
    assert (coarse_m(plan, "land_cover") == 0) is judged
    found = screen(plan, "pv")
    crops = found.rule_index("PV-004")
    assert (found.verdicts[crops].state == "judged") is judged
    assert areas_by_state(found)["left"] == 0  # the other layers are not there


def test_the_front_door_tells_it_apart():
    land = gpd.GeoDataFrame(geometry=[shapely.box(5e5, 43e5, 502e3, 4302e3)], crs=4544)
    near = [r for r in load_rules("wind") if r.id == "WD-054"]
    found = geoplan.screen(land, {}, tech="wind", rules=near, others="provisional")
    areas = geoplan.areas_by_state(found)
    assert areas["provisional"] == pytest.approx(4e6, rel=2e-3)
    assert areas["left"] == areas["unknown"] == 0


@pytest.mark.shared
def test_the_real_county_waits_for_its_layers(root, shared):
    plan = load_plan(root / "plans" / "pingluo.toml")
    assert not [k for k, v in plan.layers.items() if v.assumed_absent]
    coarse = plan.area.model_copy(update={"cell_m": 500.0})
    found = screen(plan.model_copy(update={"area": coarse}), "pv")
    areas = areas_by_state(found)
    assert areas["provisional"] == pytest.approx(found.county_m2)
    # 4.9 km cells judge nothing; preferences (irradiation) take no land
    pairs = zip(found.verdicts, found.effects, strict=True)
    assert not any(v.state == "judged" for v, e in pairs if e != "none")
