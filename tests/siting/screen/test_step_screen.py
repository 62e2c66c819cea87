"""The screening step on the tiny sample county, and the plan's screening section."""

import json
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from pydantic import ValidationError

from geoplan.demo import sample_plan
from geoplan.plan_file import load_plan
from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError
from layers.open.county import zone_geometries
from layers.plain_json import to_json
from layers.plan.model import locality_of
from layers.sample import with_sample
from siting.rules import load_rules
from siting.screen.coded import areas_by_state, state_raster
from siting.screen.scenarios import (
    compare_scenarios,
    scenario_table,
    transitions,
)
from siting.screen.screening import about_land_of, rules_of, screen
from siting.screen.section import ScreeningSection
from siting.screen.step_screen import screen_step

STATES = ("taken", "conditional", "left", "unknown")


@pytest.fixture(scope="module")
def plan(root):
    found = with_sample(load_plan(root / "plans" / "sample.toml"), "tiny")
    section = found.section(ScreeningSection).model_copy(update={"techs": ("pv", "wind")})
    coarse = found.area.model_copy(update={"cell_m": 100.0})
    return found.model_copy(
        update={"sections": {**found.sections, "screening": section}, "area": coarse}
    )


def with_section(plan, **changes):
    section = ScreeningSection.model_validate(
        {**plan.section(ScreeningSection).model_dump(), **changes}
    )
    return plan.model_copy(update={"sections": {**plan.sections, "screening": section}})


@pytest.fixture(scope="module")
def result(plan, tmp_path_factory):
    work = tmp_path_factory.mktemp("run")
    return screen_step(plan, work, lambda *a: None), work


def test_the_four_states_close_to_the_county(result):
    summary = json.loads(json.dumps(to_json(result[0].summary)))
    county = summary["county"]["area_km2"]
    # 2,065.8 km2 is the published area of the bundled boundary
    assert county == pytest.approx(2065.8, rel=2e-3)
    assert summary["county"]["polygon_area_km2"] == pytest.approx(county, rel=1e-8)
    for tech in ("pv", "wind"):
        part = summary["screening"][tech]
        assert set(part["area_ha"]) == set(STATES)
        assert sum(part["area_ha"].values()) / 100 == pytest.approx(county, rel=1e-9)
        assert part["closure"] <= 1e-9
        fall = part["waterfall"]
        taken = sum(r["area_ha"] for r in fall) + fall[-1]["left_ha"]
        assert taken / 100 == pytest.approx(county, rel=1e-9)


def test_rules_come_with_their_law(result):
    rules = result[0].tables["rules_pv"]
    assert {"rule_id", "title_zh", "title_en", "kind", "source_step", "citation", "quote",
            "judged", "gross_ha", "exclusive_ha"} <= set(rules.columns)  # fmt: skip
    assert (rules.citation.str.len() > 0).all()
    assert (rules.exclusive_ha <= rules.gross_ha + 1e-9).all()
    recalled = rules[(rules.source_step == "recalled") & (rules.stated_kind == "hard")]
    assert len(recalled)
    assert (recalled.effect != "taken").all()


def test_codes_name_rules_that_are_in_the_table(result):
    codes, rules = result[0].tables["codes_pv"], result[0].tables["rules_pv"]
    lists = [codes[c] for c in ("hard", "conditional", "preference", "unknown")]
    named = {i for column in lists for v in column for i in v.split(";") if i}
    assert named <= set(rules.rule_id)
    assert codes.state.isin(["outside", *STATES]).all()
    taken = codes[codes.state == "taken"]
    assert (taken.hard.str.len() > 0).all()


def test_rasters_and_polygons_agree_with_the_tables(result):
    found, _ = result
    with rasterio.open(found.rasters["eligibility"]) as src:
        assert src.descriptions == ("pv", "wind")
        assert src.nodata == 0
        state = src.read(1)
    with rasterio.open(found.rasters["screening_pv"]) as src:
        code = src.read(1)
    names = np.array(["outside", "left", "conditional", "taken", "unknown"])
    of_code = found.tables["codes_pv"].state.to_numpy()
    assert (names[state] == of_code[code]).all()
    shapes = found.layers["eligible_pv"]
    assert shapes.geometry.is_valid.all()
    assert set(shapes.state) <= {"left", "conditional"}
    county = found.layers["county"].geometry.iloc[0]
    assert shapely.difference(shapely.union_all(shapes.geometry.to_numpy()), county).area < 1.0


def test_township_areas_close(result):
    areas = result[0].tables["areas"]
    county = areas[(areas.tech == "pv") & (areas.zone == "")].area_ha.sum()
    towns = areas[(areas.tech == "pv") & (areas.zone_kind == "township")].area_ha.sum()
    # the sample's townships partition the county
    assert towns == pytest.approx(county, rel=1e-6)


def test_scenarios_differ_the_right_way(plan):
    found = compare_scenarios(plan, "pv")
    areas = {k: areas_by_state(v) for k, v in found.items()}
    # more rules in force, less land left
    assert areas["hard_only"]["left"] >= areas["hard_conditional"]["left"]
    assert areas["conservative"]["taken"] >= areas["hard_conditional"]["taken"]
    table = scenario_table(found)
    assert (table[table.scenario == "hard_only"].difference_ha == 0).all()
    before, after = found["hard_only"], found["hard_conditional"]
    moved = transitions(before, after)
    differ = (state_raster(before) != state_raster(after)).sum()
    assert differ == moved.to_numpy().sum() - np.trace(moved.to_numpy())
    assert moved.loc["taken", "left"] == 0


def test_custom_scenario_and_overrides(plan):
    custom = with_section(plan, scenario="custom", kinds={"PV-005": "hard", "PV-011": "off"})
    rules, effects = rules_of(custom, "pv")
    by_id = dict(zip([r.id for r in rules], effects, strict=True))
    assert by_id["PV-005"] == "taken"
    assert "PV-011" not in by_id
    wide = with_section(
        plan, overrides=[{"id": "PV-084", "distance_m": 150, "reason": "agreed at the hearing"}]
    )
    rule = next(r for r in rules_of(wide, "pv")[0] if r.id == "PV-084")
    assert rule.test.distance_m == 150
    assert rule.overridden == "agreed at the hearing"


@pytest.mark.parametrize(
    ("name", "scenario"),
    [("hard_conditional", "base"), ("conservative", "conservative"), ("custom", "base")],
)
def test_each_scenario_asks_the_books_for_its_own(plan, name, scenario):
    section = plan.section(ScreeningSection)
    own = {r.id: r.kind for r in rules_of(plan, "pv", name)[0]}
    asked = load_rules(
        "pv", as_of=plan.plan.as_of, scenario=scenario, overrides=section.overrides,
        here=locality_of(plan),
    )  # fmt: skip
    books = {r.id: r.kind for r in asked if r.is_filter and about_land_of(r, "pv")}
    assert own == books
    # PV-005 and others are hard, conditional or not there by scenario
    assert own != {r.id: r.kind for r in rules_of(plan, "pv", "hard_only")[0]}


def test_hard_rules_alone_are_all_that_were_written_as_hard(plan):
    rules, effects = rules_of(plan, "pv", "hard_only")
    base = rules_of(plan, "pv", "hard_conditional")[0]
    hard = [r for r in base if "hard" in (r.kind, r.stated_kind)]
    assert [r.id for r in rules] == [r.id for r in hard]
    recalled = {e for r, e in zip(rules, effects, strict=True) if r.kind != "hard"}
    assert recalled == {"conditional"}
    assert "taken" in effects


def test_the_turbine_of_the_plan_sets_its_distances(plan):
    tall = with_section(plan, hub_height_m=110.0, rotor_diameter_m=180.0)
    rule = next(r for r in rules_of(tall, "wind")[0] if r.id == "WD-044")
    # 1.5 x (110 + 180 / 2)
    assert [t.distance_m for t in rule.test.tests] == [300.0] * 3


def test_half_widths_of_the_plan_widen_the_setback(plan):
    before = screen(plan, "pv", zones={})
    wide = with_section(
        plan,
        half_widths=[{"layer": "road", "half_width_m": 200, "reason": "test"}],
    )
    after = screen(wide, "pv", zones={})
    assert areas_by_state(after)["taken"] > areas_by_state(before)["taken"]


def test_unknown_rule_in_a_custom_scenario_is_refused(plan):
    bad = with_section(plan, scenario="custom", kinds={"PV-999": "hard"})
    with pytest.raises(ConfigError, match="PV-999"):
        rules_of(bad, "pv")


@pytest.mark.parametrize(
    "section",
    [
        {"kinds": {"PV-001": "hard"}},
        {"scenario": "custom"},
        {"hub_height_m": 100},
        {"techs": ["pv", "pv"]},
        {"techs": []},
        {"scenario": "everything"},
        {"workers": 0},
        {"nonsense": 1},
    ],
)
def test_faulty_sections_are_refused(section):
    with pytest.raises(ValidationError):
        ScreeningSection.model_validate(section)


@pytest.mark.slow
def test_per_rule_area_equals_the_vector_computation(root):
    # independent: buffers with 64 segments a quarter circle, union, cut, ellipsoidal area
    from gis.cells.area import polygon_area_m2
    from layers.open.county import county_boundary, plan_crs
    from layers.open.plan_layers import open_features
    from siting.rules import Intersects, Within, matches
    from siting.rules.features import reach_m
    from siting.screen.attribution import attribute

    plan = with_sample(load_plan(root / "plans" / "sample.toml"), "tiny")
    plan = plan.model_copy(update={"area": plan.area.model_copy(update={"cell_m": 10.0})})
    found = screen(plan, "pv", zones={})
    gross = attribute(found).set_index("rule_id").gross_m2
    county, crs = county_boundary(plan), plan_crs(plan)
    compared = 0
    for rule, verdict in zip(found.rules, found.verdicts, strict=True):
        test = rule.test
        if verdict.state != "judged" or not isinstance(test, Intersects | Within) or test.when:
            continue
        table = open_features(plan, test.layer)
        table = table[matches(test.where, table).hit]
        if not len(table):
            continue
        reach = reach_m(test, test.layer, table)
        shapes = shapely.buffer(table.geometry.to_numpy(), reach, quad_segs=64)
        cut = shapely.intersection(shapely.union_all(shapes), county)
        if cut.is_empty:
            continue  # a wall drawn as a line has cells, and no area of its own
        want = float(polygon_area_m2([shapely.segmentize(cut, 200.0)], crs)[0])
        if want < 2e6:
            continue  # 2 km2 are 20,000 cells; below, the grid itself is the error
        compared += 1
        assert gross[rule.id] == pytest.approx(want, rel=3e-3), rule.id
    assert compared >= 15


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["processes", "dask"])
def test_other_engines_give_the_same_bits(plan, engine):
    here = screen(plan, "pv", engine="threads", tile_px=128)
    seen = []
    there = screen(
        plan, "pv", engine=engine, tile_px=200, progress=lambda d, n: seen.append((d, n))
    )
    assert np.array_equal(here.code, there.code)
    assert np.array_equal(here.table, there.table)
    assert np.array_equal(here.quanta, there.quanta)
    assert areas_by_state(here) == areas_by_state(there)
    assert seen[-1][0] == seen[-1][1]


def test_zones_and_parks_are_totalled_by_state(result, plan):
    areas = result[0].tables["areas"]
    own = areas[areas.zone_kind == "zone"]
    assert set(own.zone) == {z.id for z in plan.zones}
    assert set(areas[areas.zone_kind == "park"].zone)
    shapes = zone_geometries(plan).set_index("zone").geometry
    for (_, zone), part in own.groupby(["tech", "zone"]):
        # cells on the border of this grid of 100 m count by the share of them inside
        held_ha = polygon_area_m2([shapes[zone]], shapes.crs)[0] / 1e4
        assert part.area_ha.sum() == pytest.approx(held_ha, rel=1e-4), zone


def test_townships_of_other_counties_are_left_out(monkeypatch):
    """A layer of a whole province: one square in the county, one 3 degrees east of it."""
    from layers.open.county import county_boundary, plan_crs
    from siting.screen import step_screen as step

    plan = sample_plan("tiny")
    at = county_boundary(plan).representative_point()
    squares = [shapely.box(x, at.y, x + 100, at.y + 100) for x in (at.x, at.x + 260_000)]
    towns = gpd.GeoDataFrame({"name": ["here", "there"]}, geometry=squares, crs=plan_crs(plan))
    monkeypatch.setattr(step, "open_features", lambda *_: towns)
    monkeypatch.setattr(step, "areas_by_state", lambda *_: {"left": 20_000.0})
    found = step._townships_layer(plan, SimpleNamespace(tech="pv", zones={"here": 0}))
    assert found["name"].tolist() == ["here"]
    assert found["pv_left_ha"].tolist() == [2.0]
