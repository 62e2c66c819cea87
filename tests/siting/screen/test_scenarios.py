"""Scenarios side by side: areas, what moves, and maps.

The county is 10 by 10 cells of 10 m on the central meridian, where a square metre of the
grid is one of the ellipsoid. Rules, counted in cells:

- T-001 hard, the three western columns: 30
- T-002 conditional, the two southern rows: 20, of which 6 are taken by T-001
- T-003 hard, the eastern column: 10, of which 2 are in the southern rows
"""

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from geoplan.plan_file import load_plan
from gis.cells.grid import plan_grid
from gis.cells.rasterize import coverage_runs, ragged
from layers.plain_json import to_json
from layers.sample import with_sample
from siting.screen.coded import LEFT, STATES, effect_of, screen_program, state_raster
from siting.screen.factors import compile_rules
from siting.screen.scenarios import scenario_states, transition_areas
from siting.screen.screening import screen
from siting.screen.section import ScreeningSection
from siting.screen.sources import MemorySource
from siting.screen.step_screen import screen_step
from tests.siting.screen import screening_world as w

X, Y = 500_000, 4_300_000
SECTION = ScreeningSection(engine="serial", workers=1)


def put(layer, i, kind, *corners):
    test = {"type": "intersects", "layer": layer}
    return w.rule(i, test, kind), {layer: w.table([shapely.box(*corners)])}


TAKEN, WEST = put("ecological_red_line", 1, "hard", X, Y, X + 30, Y + 100)
SOFT, SOUTH = put("mining_right", 2, "conditional", X, Y, X + 100, Y + 20)
MORE, EAST = put("nature_reserve", 3, "hard", X + 90, Y, X + 100, Y + 100)
SMALL = plan_grid((X, Y, X + 100, Y + 100), w.CRS, 10)
WHOLE = coverage_runs(ragged([shapely.box(X, Y, X + 100, Y + 100)]), SMALL)


def small(wanted):
    source = MemorySource({**WEST, **SOUTH, **EAST}, {}, SMALL)
    program = compile_rules([TAKEN, SOFT], source, SMALL, WHOLE)
    found = screen_program(program, source, engine="serial")
    effects = [effect_of(r) for r in wanted]
    after = scenario_states(found, program, source, wanted, effects, SECTION)
    moved = transition_areas(state_raster(found), after, WHOLE, program.areas)
    return {
        (STATES[i], STATES[j]): round(moved[i, j] / 100, 4)
        for i, j in zip(*np.nonzero(moved), strict=True)
    }


def test_fewer_rules_free_their_land():
    # 20 - 6 conditional cells become free; 100 - 30 - 14 = 56 were
    assert small([TAKEN]) == {
        ("taken", "taken"): 30,
        ("conditional", "left"): 14,
        ("left", "left"): 56,
    }


def test_a_rule_more_takes_its_land():
    # of the eastern column 2 cells were conditional and 8 free
    assert small([TAKEN, SOFT, MORE]) == {
        ("taken", "taken"): 30,
        ("conditional", "taken"): 2,
        ("conditional", "conditional"): 12,
        ("left", "taken"): 8,
        ("left", "left"): 48,
    }


def test_the_same_rule_of_another_kind_is_not_burned_again():
    hard = SOFT.model_copy(update={"kind": "hard", "stated_kind": "conditional"})
    assert small([TAKEN, hard]) == {
        ("taken", "taken"): 30,
        ("conditional", "taken"): 14,
        ("left", "left"): 56,
    }


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 5), st.sets(st.integers(0, 6)), st.sets(st.integers(0, 6)))
def test_more_rules_never_have_more_free_land(seed, base, fewer):
    every, source = w.rules(), w.world(seed)
    program = compile_rules([every[i] for i in sorted(base)], source, w.GRID, w.RUNS)
    found = screen_program(program, source, engine="serial")

    def left(chosen):
        own = [every[i] for i in sorted(chosen)]
        effects = [effect_of(r) for r in own]
        states = scenario_states(found, program, source, own, effects, SECTION)
        return np.asarray(states) == LEFT

    strict, mild = left(base | fewer), left(base & fewer)
    assert not (strict & ~mild).any()


@pytest.fixture(scope="module")
def plan(root):
    found = with_sample(load_plan(root / "plans" / "sample.toml"), "tiny")
    section = ScreeningSection.model_validate(
        {
            **found.section(ScreeningSection).model_dump(),
            "techs": ("pv", "wind"),
            "scenario": "hard_conditional",
            # the plan's own is passed over
            "compare": ("hard_only", "hard_conditional", "conservative"),
        }
    )
    coarse = found.area.model_copy(update={"cell_m": 100.0})
    return found.model_copy(
        update={"sections": {**found.sections, "screening": section}, "area": coarse}
    )


@pytest.fixture(scope="module")
def result(plan, tmp_path_factory):
    return screen_step(plan, tmp_path_factory.mktemp("run"), lambda *_: None)


@pytest.mark.slow
def test_maps_are_those_of_a_fresh_run(plan, result):
    for name in ("hard_only", "conservative"):
        with rasterio.open(result.rasters[f"eligibility_{name}"]) as src:
            assert src.descriptions == ("pv", "wind")
            for band, tech in enumerate(src.descriptions, start=1):
                fresh = state_raster(screen(plan, tech, scenario=name, zones={}))
                assert (src.read(band) == fresh).all()


def test_tables_close_to_the_county(result):
    county = result.summary.county.area_ha
    areas, moved = result.tables["scenario_areas"], result.tables["scenario_transitions"]
    assert set(areas.scenario) == {"hard_conditional", "hard_only", "conservative"}
    for _, part in areas.groupby(["tech", "scenario"]):
        assert part.area_ha.sum() == pytest.approx(county, rel=1e-9)
        assert part.difference_ha.sum() == pytest.approx(0, abs=1e-6)
    for (tech, name), part in moved.groupby(["tech", "scenario"]):
        assert part.area_ha.sum() == pytest.approx(county, rel=1e-9)
        there = part.groupby("state_there").area_ha.sum()
        own = areas[(areas.tech == tech) & (areas.scenario == name)].set_index("state")
        for state, ha in there.items():
            assert ha == pytest.approx(own.area_ha[state], rel=1e-9)
    assert (areas[areas.own].difference_ha == 0).all()


def test_the_stricter_scenario_has_no_more_free_land(result):
    areas = result.tables["scenario_areas"]
    for _, part in areas[areas.state == "left"].groupby("tech"):
        left = part.set_index("scenario").area_ha
        assert left["hard_only"] >= left["hard_conditional"] >= left["conservative"]
    moved = result.tables["scenario_transitions"]
    strict = moved[moved.scenario == "conservative"]
    assert not ((strict.state != "left") & (strict.state_there == "left")).any()


def test_the_plans_own_scenario_is_not_compared_with_itself(result):
    assert set(result.summary.screening["pv"].scenarios) == {"hard_only", "conservative"}
    assert "eligibility_hard_conditional" not in result.rasters


def test_summary_tells_the_difference(result):
    body = result.summary.screening["pv"]
    own, other = body.area_ha, body.scenarios["hard_only"]
    for state in ("taken", "conditional", "left", "unknown"):
        difference = other.area_ha[state] - own[state]
        assert other.difference_ha[state] == pytest.approx(difference, abs=1e-6)
    # written out, scenarios are there only where some are compared
    assert "scenarios" in to_json(body)
    assert "scenarios" not in to_json(body.model_copy(update={"scenarios": None}))


def test_scenarios_named_twice_or_without_kinds_are_refused():
    for compare in (["hard_only", "hard_only"], ["custom"], ["all"]):
        with pytest.raises(ValidationError):
            ScreeningSection.model_validate({"compare": compare})
