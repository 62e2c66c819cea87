"""Land that only missing layers leave open: its state, its judged share, what to fetch next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.rules.usual import convention_frac, rule_weights, usual_land
from siting.screen.attribution import leave_one_out
from siting.screen.coded import (
    LEFT,
    PROVISIONAL,
    STATES,
    TAKEN,
    UNDECIDED,
    areas_by_state,
    screen_program,
    state_raster,
    states,
    with_missing,
)
from siting.screen.factors import compile_rules
from siting.screen.judged.next_layer import next_layers
from siting.screen.judged.share import judged_codes, judged_share, share_of
from siting.screen.judged.tell import NO_SHARE, judged_percent, judged_summary
from siting.screen.program import Verdict
from siting.screen.settled import settled
from siting.screen.sources import MemorySource
from siting.screen.tables import areas_table, codes_table
from siting.screen.whatif import what_if
from tests.siting.screen import screening_world as w

seeds = st.integers(0, 10_000)
few = settings(max_examples=8, deadline=None)


def less(source: MemorySource, gone: set[str]) -> MemorySource:
    """The same world without some layers."""
    return replace(
        source,
        vectors={k: v for k, v in source.vectors.items() if k not in gone},
        rasters={k: v for k, v in source.rasters.items() if k not in gone},
    )


def ids(source: MemorySource) -> list[str]:
    return sorted({*source.vectors, *source.rasters})


def screened(source, *, missing="provisional", **options):
    program = compile_rules(w.rules(), source, w.GRID, w.RUNS)
    return with_missing(screen_program(program, source, **options), missing), program


@st.composite
def worlds(draw):
    source = w.world(draw(seeds))
    gone = draw(st.sets(st.sampled_from(ids(source))))
    return source, gone


@few
@given(worlds())
def test_taken_land_is_the_same_and_provisional_land_was_unknown(case):
    source, gone = case
    found, _ = screened(less(source, gone))
    before = with_missing(found, "unknown")
    now, was = state_raster(found), state_raster(before)
    assert np.array_equal(now == TAKEN, was == TAKEN)
    assert (was[now == PROVISIONAL] == UNDECIDED).all()
    # every other state is what it was
    rest = now != PROVISIONAL
    assert np.array_equal(now[rest], was[rest])
    a, b = areas_by_state(found), areas_by_state(before)
    assert sum(a.values()) == pytest.approx(found.county_m2, rel=1e-12)
    assert a["provisional"] + a["unknown"] == pytest.approx(b["unknown"], rel=1e-12, abs=1e-6)
    assert "provisional" not in b


@few
@given(worlds(), st.data())
def test_a_layer_that_comes_never_lowers_the_share_nor_makes_land_free_of_nothing(case, data):
    source, gone = case
    if not gone:
        return
    comes = data.draw(st.sampled_from(sorted(gone)))
    a, _ = screened(less(source, gone))
    b, _ = screened(less(source, gone - {comes}))
    assert judged_share(b).frac >= judged_share(a).frac - 1e-12
    assert judged_share(b).hard_frac >= judged_share(a).hard_frac - 1e-12
    assert judged_share(b).n >= judged_share(a).n
    # cell by cell: what was decided stays decided
    was, now = judged_codes(a).frac[a.code], judged_codes(b).frac[b.code]
    inside = np.asarray(a.code) > 0
    assert (now[inside] >= was[inside] - 1e-12).all()
    # land left before stays left; land newly left was waiting
    sa, sb = state_raster(a), state_raster(b)
    assert (sb[sa == LEFT] == LEFT).all()
    assert np.isin(sa[(sb == LEFT) & (sa != LEFT)], (PROVISIONAL, UNDECIDED)).all()
    assert np.array_equal(sa[sa == TAKEN], sb[sa == TAKEN])


@few
@given(seeds)
def test_with_all_layers_no_cell_is_provisional(seed):
    found, _ = screened(w.world(seed))
    assert areas_by_state(found)["provisional"] == 0
    assert next_layers(found) == ()
    share = judged_share(found)
    assert (share.frac, share.hard_frac, share.n) == (1.0, 1.0, share.of)
    assert np.array_equal(state_raster(found), state_raster(with_missing(found, "unknown")))


@few
@given(worlds(), st.sampled_from([7, 33]), st.sampled_from(["serial", "threads"]))
def test_tiles_and_engines_never_change_it(case, tile, engine):
    source, gone = case
    own = less(source, gone)
    a, _ = screened(own, engine="serial", tile_px=4096)
    b, _ = screened(own, engine=engine, tile_px=tile, workers=3)
    assert np.array_equal(state_raster(a), state_raster(b))
    assert np.array_equal(judged_codes(a).frac, judged_codes(b).frac, equal_nan=True)
    assert next_layers(a) == next_layers(b)


@few
@given(worlds(), st.floats(0, 200), st.floats(0, 200))
def test_a_stricter_rule_frees_no_provisional_land(case, d1, d2):
    source, gone = case
    own = less(source, gone)
    near, far = sorted((d1, d2))
    pair = []
    for d in (near, far):
        program = compile_rules(w.rules(d), own, w.GRID, w.RUNS)
        pair.append(state_raster(with_missing(screen_program(program, own), "provisional")))
    lax, strict = pair
    assert not ((lax == TAKEN) & (strict != TAKEN)).any()
    assert not ((lax != LEFT) & (strict == LEFT)).any()


@few
@given(worlds())
def test_a_what_if_is_a_fresh_screening(case):
    source, gone = case
    own = less(source, gone)
    found, program = screened(own)
    rule = next(r for r in found.rules if r.test.type == "within")
    got = what_if(found, program, own, rule.id, distance_m=77.0, raster=True)
    rules = [
        r.model_copy(update={"test": r.test.model_copy(update={"distance_m": 77.0})})
        if r.id == rule.id
        else r
        for r in w.rules()
    ]
    again = compile_rules(rules, own, w.GRID, w.RUNS)
    fresh = with_missing(screen_program(again, own), "provisional")
    assert got.after_m2 == areas_by_state(fresh)
    assert np.array_equal(got.state, state_raster(fresh))


@few
@given(worlds())
def test_layers_in_their_order_end_where_all_are_there(case):
    source, gone = case
    own = less(source, gone)
    found, _ = screened(own)
    steps = next_layers(found)
    shares = [judged_share(found).frac, *(x.frac for x in steps)]
    assert shares == sorted(shares)
    assert [x.lifted_m2 for x in steps] == sorted(x.lifted_m2 for x in steps)
    assert all(x.alone_m2 <= steps[-1].lifted_m2 for x in steps)
    if steps:
        assert shares[-1] == 1.0
        # what waits for layers and for nothing else is decided by the last one
        assert steps[-1].lifted_m2 == pytest.approx(areas_by_state(found)["provisional"])


# --------------------------------------------------------------------- by hand


def by_hand(outcomes, awaits, effects=("taken", "taken", "conditional")):
    """A screening of one row of cells of 1 m2 each, rule by rule."""
    source = w.world(1)
    program = compile_rules(w.rules(), source, w.GRID, w.RUNS)
    base = screen_program(program, source)
    outcomes = np.array([[MISS] * len(effects), *outcomes], np.int8)
    n = len(outcomes)
    verdicts = tuple(
        Verdict("missing", need, need, awaits=need) if need else Verdict("judged", ("road",))
        for need in awaits
    )
    return with_missing(
        replace(
            base,
            rules=base.rules[: len(effects)],
            verdicts=verdicts,
            effects=effects,
            code=np.arange(n, dtype=np.uint16)[None, :],
            table=np.zeros((n, 1), np.uint64),
            outcomes=outcomes,
            state=states(outcomes, effects),
            quanta=np.array([0, *([1] * (n - 1))], np.int64),
            area_m2=np.array([0.0, *([1.0] * (n - 1))]),
            zones={},
            quantum_m2=1.0,
        ),
        "provisional",
    )


def test_the_state_of_every_combination():
    found = by_hand(
        [
            [HIT, UNKNOWN, MISS],  # a judged hard rule takes it, whatever waits
            [MISS, UNKNOWN, MISS],  # only the waiting rule is open
            [UNKNOWN, UNKNOWN, MISS],  # its own layer is silent here: unknown
            [MISS, UNKNOWN, HIT],  # a condition is known, and a rule waits
            [MISS, MISS, HIT],
            [MISS, MISS, MISS],
        ],
        ((), ("dem",), ()),
    )
    names = [STATES[s] for s in found.state]
    assert names == [
        "outside", "taken", "provisional", "unknown", "provisional", "conditional", "left",
    ]  # fmt: skip
    # the condition of the provisional cell stays listed
    row = codes_table(found).iloc[4]
    assert row["state"] == "provisional"
    assert row["conditional"] == found.rules[2].id or row["hard"] == found.rules[2].id
    assert row["judged_n"] == 2


def test_a_rule_that_says_nothing_waits_for_nothing():
    found = by_hand([[MISS, UNKNOWN, MISS]], ((), ("dem",), ()), ("taken", "none", "taken"))
    assert found.state[1] == LEFT


def test_two_layers_of_one_rule_lift_land_only_together():
    found = by_hand(
        [[MISS, UNKNOWN, MISS], [MISS, UNKNOWN, UNKNOWN], [MISS, MISS, UNKNOWN]],
        ((), ("dem",), ("dem", "ghi")),
    )
    steps = next_layers(found)
    # dem first: it settles one rule by itself; then the other layer lifts the rest
    assert [x.layer for x in steps] == ["dem", "ghi"]
    assert [x.alone_m2 for x in steps] == [1.0, 0.0]
    assert [x.lifted_m2 for x in steps] == [1.0, 3.0]
    assert [x.n for x in steps] == [2, 3]
    assert [x.rules for x in steps] == [
        (found.rules[1].id, found.rules[2].id), (found.rules[2].id,),
    ]  # fmt: skip


def test_core_layers_come_first_where_equal():
    # three rules of the same weight, each waiting for one layer; of the two core layers the
    # parcels have the lower rank
    found = by_hand(
        [[UNKNOWN] * 3], (("habitat",), ("dem",), ("land_parcels",)), ("taken",) * 3
    )
    same = replace(found, rules=(found.rules[0],) * 3)
    assert [x.layer for x in next_layers(same)] == ["land_parcels", "dem", "habitat"]


def test_a_miss_that_rests_on_an_assumption_is_not_judged():
    found = by_hand([[MISS, MISS, MISS], [HIT, MISS, MISS]], ((), (), ()))
    assumed = Verdict("assumed_absent", ("dem",), ("dem",), assumed=("dem",))
    told = replace(found, verdicts=(assumed, *found.verdicts[1:]))
    n = judged_codes(told).n
    assert (n[1], n[2]) == (2, 3)  # where it hits, another of its layers says so
    assert judged_share(told).n == 2


def test_all_values_of_a_raster_missing_is_no_missing_layer():
    silent = Verdict("missing", ("dem",), (), all_nodata=("dem",))
    found = by_hand([[MISS, UNKNOWN, MISS]], ((), ("dem",), ()))
    told = with_missing(
        replace(found, verdicts=(found.verdicts[0], silent, found.verdicts[2])), "provisional"
    )
    assert told.state[1] == UNDECIDED


def test_percent_is_rounded_down_and_outside_is_marked():
    found = by_hand([[MISS, UNKNOWN, MISS]], ((), ("dem",), ()))
    percent = judged_percent(found)
    assert percent[0] == NO_SHARE
    assert percent[1] == int(100 * judged_codes(found).frac[1])


def test_share_is_exactly_one_where_all_is_judged():
    # three weights of a third add up to less than one in floats
    weights = np.full(3, 1 / 3)
    assert float(share_of(weights, np.array([True] * 3), np.array([True] * 3))) == 1.0
    assert float(share_of(weights, np.array([False] * 3), np.array([False] * 3))) == 1.0


def test_tables_and_summary_close():
    found = by_hand(
        [[HIT, UNKNOWN, MISS], [MISS, UNKNOWN, MISS], [MISS, MISS, MISS]],
        ((), ("dem",), ()),
    )
    table = areas_table(found).set_index("state")["area_m2"]
    assert table.to_dict() == {
        "taken": 1.0, "conditional": 0.0, "left": 1.0, "unknown": 0.0, "provisional": 1.0,
    }  # fmt: skip
    told = judged_summary(found, 0.5)
    assert told.above_ha + told.below_ha == pytest.approx(3e-4)
    dropped = leave_one_out(found).set_index("rule_id")
    own = dropped.loc[found.rules[1].id]
    # without the waiting rule the provisional cell is left
    assert (own["provisional_m2"], own["left_m2"], own["gain_m2"]) == (-1.0, 1.0, 1.0)
    assert settled(found).rests_m2 >= 0


# --------------------------------------------------------------------- weights


def test_parts_of_a_class_add_up_to_its_published_total():
    # third national land survey: parts and totals of the bulletin of 2021-08-26, in 10^4 ha
    area = {u.id: u.share_frac * 96_000 for u in usual_land()}
    forest = sum(area[k] for k in ("arbor_forest", "bamboo", "shrub", "other_forest"))
    assert forest == pytest.approx(area["forest_land"], abs=0.02)
    water = sum(area[k] for k in ("rivers_lakes", "ponds", "canals", "water_works"))
    assert water < 3628.79  # the rest is ice and snow
    assert area["ecological_red_line"] == pytest.approx(30_400)
    # 15.46 hundred million mu, 15 mu a hectare
    assert area["permanent_basic_farmland"] == pytest.approx(15.46e8 / 15 / 1e4, abs=0.01)
    assert sum(u.share_frac for u in usual_land() if u.id in ("cropland", "garden")) < 0.16


def test_every_share_says_where_it_is_from():
    for u in usual_land():
        assert u.source
        assert u.date >= "2010"
        assert u.quality in ("published", "recalled")
        assert 0 < u.share_frac < 1


def test_rules_of_one_layer_share_its_land():
    from siting.rules import load_rules

    rules = {r.id: r for r in load_rules("pv")}
    forest = [rules[i] for i in ("PV-003", "PV-097")]  # both on forest land alone
    one = rule_weights(forest[:1])
    two = rule_weights(forest)
    assert two.sum() == pytest.approx(one.sum())
    assert rule_weights([rules["PV-032"]]).tolist() == [convention_frac()]


def test_conditions_that_must_all_hit_weigh_as_the_smallest():
    from siting.rules import load_rules

    rules = {r.id: r for r in load_rules("grass")}
    # grassland inside the red line: no more than the grassland, 0.2756 of the country
    assert rule_weights([rules["GR-006"]])[0] == pytest.approx(26453.01 / 96000)
