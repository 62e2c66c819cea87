"""What must hold for any county: order, tiling, mirror, strictness, what-if."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cells.rasterize import coverage_runs, ragged
from siting.screen.attribution import attribute, leave_one_out, pairwise_m2, waterfall
from siting.screen.coded import LEFT, TAKEN, areas_by_state, screen_program, state_raster
from siting.screen.factors import compile_rules
from siting.screen.whatif import Move, what_if, what_ifs
from tests.siting.screen import screening_world as w

seeds = st.integers(0, 10_000)
few = settings(max_examples=15, deadline=None)


def run(rules, source, runs=None, grid=None, **options):
    program = compile_rules(rules, source, grid or w.GRID, runs or w.RUNS)
    return screen_program(program, source, **options), program


@few
@given(seeds, st.permutations(range(7)))
def test_order_of_rules_never_matters(seed, order):
    source, rules = w.world(seed), w.rules()
    a, _ = run(rules, source)
    b, _ = run([rules[i] for i in order], source)
    assert np.array_equal(state_raster(a), state_raster(b))
    assert areas_by_state(a) == areas_by_state(b)


@few
@given(seeds, st.sampled_from([7, 16, 33]), st.sampled_from(["serial", "threads"]))
def test_tiles_and_threads_never_change_a_bit(seed, tile, engine):
    source = w.world(seed)
    a, _ = run(w.rules(), source, engine="serial", tile_px=4096)
    b, _ = run(w.rules(), source, engine=engine, workers=3, tile_px=tile)
    assert np.array_equal(a.code, b.code)
    assert np.array_equal(a.table, b.table)
    assert np.array_equal(a.quanta, b.quanta)


@few
@given(seeds, st.floats(0, 200), st.floats(0, 200))
def test_a_stricter_rule_never_frees_land(seed, d1, d2):
    source = w.world(seed)
    near, far = sorted((d1, d2))
    a, _ = run(w.rules(near), source)
    b, _ = run(w.rules(far), source)
    assert not ((state_raster(a) == TAKEN) & (state_raster(b) != TAKEN)).any()
    assert not ((state_raster(a) != LEFT) & (state_raster(b) == LEFT)).any()


@few
@given(seeds)
def test_mirrored_east_west(seed):
    source = w.world(seed)
    axis = 2 * 500_350.0

    def flip(xy):
        return np.c_[axis - xy[:, 0], xy[:, 1]]

    vectors = {
        k: gpd.GeoDataFrame(
            t.drop(columns="geometry"),
            geometry=shapely.transform(t.geometry.to_numpy(), flip),
            crs=w.CRS,
        )
        for k, t in source.vectors.items()
    }
    rasters = {
        k: (np.ascontiguousarray(v[:, ::-1]), np.ascontiguousarray(m[:, ::-1]))
        for k, (v, m) in source.rasters.items()
    }
    mirrored = replace(source, vectors=vectors, rasters=rasters)
    runs = coverage_runs(ragged([shapely.transform(w.county(), flip)]), w.GRID)
    a, _ = run(w.rules(), source)
    b, _ = run(w.rules(), mirrored, runs)
    assert np.array_equal(state_raster(a)[:, ::-1], state_raster(b))


@few
@given(seeds, st.floats(0, 250))
def test_what_if_distance_equals_a_fresh_run(seed, d):
    source = w.world(seed)
    a, program = run(w.rules(), source)
    fresh, _ = run(w.rules(distance=d), source)
    got = what_if(a, program, source, "T-001", distance_m=d, raster=True, tile_px=32)
    assert (got.rule.kind, got.rule.stated_kind) == ("hard", a.rules[0].stated_kind)
    assert got.after_m2 == areas_by_state(fresh)
    assert got.before_m2 == areas_by_state(a)
    assert np.array_equal(got.state, state_raster(fresh))


@few
@given(seeds, st.floats(1, 60))
def test_what_if_limit_equals_a_fresh_run(seed, limit):
    source = w.world(seed)
    a, program = run(w.rules(), source)
    fresh, _ = run(w.rules(slope=limit), source)
    got = what_if(a, program, source, "T-005", limit=limit, raster=True)
    assert got.after_m2 == areas_by_state(fresh)
    assert np.array_equal(got.state, state_raster(fresh))


@few
@given(seeds, st.floats(0, 250), st.floats(1, 60))
def test_several_rules_moved_at_once_equal_a_fresh_run(seed, d, limit):
    source = w.world(seed)
    a, program = run(w.rules(), source)
    fresh, _ = run(w.rules(distance=d, slope=limit), source)
    moves = [Move("T-001", distance_m=d), Move("T-005", limit=limit)]
    got = what_ifs(a, program, source, moves, raster=True, tile_px=32)
    assert got.after_m2 == areas_by_state(fresh)
    assert np.array_equal(got.state, state_raster(fresh))


@pytest.mark.parametrize("i", range(1, 8))
def test_dropping_a_rule_equals_a_run_without_it(i):
    source, rules = w.world(3), w.rules()
    a, program = run(rules, source)
    fresh, _ = run([r for r in rules if r.id != f"T-{i:03d}"], source)
    got = what_if(a, program, source, f"T-{i:03d}", kind="off", raster=True)
    assert got.after_m2 == areas_by_state(fresh)
    assert np.array_equal(got.state, state_raster(fresh))
    row = leave_one_out(a).set_index("rule_id").loc[f"T-{i:03d}"]
    for state, m2 in areas_by_state(fresh).items():
        assert row[f"{state}_m2"] == pytest.approx(m2 - got.before_m2[state], abs=1e-3)


def test_another_kind_equals_a_fresh_run():
    source, rules = w.world(5), w.rules()
    a, program = run(rules, source)
    changed = [r.model_copy(update={"kind": "hard"}) if r.id == "T-003" else r for r in rules]
    fresh, _ = run(changed, source)
    got = what_if(a, program, source, "T-003", kind="hard", raster=True)
    assert got.after_m2 == areas_by_state(fresh)
    assert np.array_equal(got.state, state_raster(fresh))


@few
@given(seeds)
def test_states_close_to_the_county(seed):
    source = w.world(seed)
    a, program = run(w.rules(), source)
    total = sum(areas_by_state(a).values())
    assert total == pytest.approx(a.county_m2, rel=1e-12)
    # the county's planar area times the scale here: 1 + 6e-12 at the central meridian
    assert total == pytest.approx(w.county().area, rel=1e-8)
    assert program.n_bits <= 64


def test_more_than_64_bits():
    # 40 setbacks of two layers with distances of their own: two words of mask
    source = w.world(7)
    rules = [
        w.rule(
            i,
            {
                "type": "within",
                "layer": ("settlement", "heritage_site")[i % 2],
                "distance_m": 3.0 * i,
                "bounds_m": [0, 999],
            },
        )
        for i in range(1, 91)
    ]
    a, program = run(rules, source)
    assert program.n_words == 2
    hardest, _ = run(rules[-2:], source)
    assert np.array_equal(state_raster(a), state_raster(hardest))


@few
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_no_area_depends_on_how_land_is_numbered(seed, random):
    # as many quanta as a county of 2,000 km2 in steps of 2**-24 m2 has: more than a float holds
    found, _ = run(w.rules(), w.world(seed))
    rng = np.random.default_rng(seed)
    quanta = rng.integers(2**50, 2**53, len(found.quanta)) * (found.quanta > 0)
    own = {"quanta": quanta, "quantum_m2": 2.0**-24, "area_m2": quanta * 2.0**-24}
    own |= {"zones": {"a": quanta * 2.0**-24}}
    found = replace(found, **own)
    order = [0, *random.sample(range(1, len(quanta)), len(quanta) - 1)]
    other = replace(
        found,
        outcomes=found.outcomes[order],
        state=found.state[order],
        table=found.table[order],
        quanta=found.quanta[order],
        area_m2=found.area_m2[order],
        zones={"a": found.zones["a"][order]},
    )
    # a whole number below 2**62 times a power of two: one rounding, in any order
    whole = {
        s: sum(int(q) for q in quanta[found.state == k]) * 2.0**-24
        for k, s in ((LEFT, "left"), (TAKEN, "taken"))
    }
    for zone in ("", "a"):
        areas = areas_by_state(other, zone)
        assert areas == areas_by_state(found, zone)
        assert {k: areas[k] for k in whole} == whole
    assert other.county_m2 == found.county_m2
    for table in (attribute, leave_one_out, pairwise_m2, waterfall):
        pd.testing.assert_frame_equal(table(other), table(found), check_exact=True)
