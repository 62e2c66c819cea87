"""A layer that lacks features: what it shows counts, what it is silent about is not judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.cells.grid import cell_centres, full_window
from siting.check.explain import _late
from siting.check.near import Place, gather
from siting.check.points import Points
from siting.check.shapes import ground_of
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.screen.coded import (
    CONDITIONAL,
    LEFT,
    PROVISIONAL,
    TAKEN,
    UNDECIDED,
    areas_by_state,
    screen_program,
    state_raster,
    with_missing,
)
from siting.screen.expression import Leaf, Not, evaluate
from siting.screen.factors import compile_rules
from siting.screen.judged.next_layer import next_layers
from siting.screen.judged.share import judged_codes, judged_share
from siting.screen.sources import MemorySource
from siting.screen.tables import codes_table, reason, rules_table
from siting.screen.whatif import what_if
from tests.siting.screen import screening_world as w

few = settings(max_examples=5, deadline=None)
DRAWN = ("ecological_red_line", "heritage_site", "mining_right", "road", "settlement")


def screened(source, *, missing="provisional", rules=None, **options):
    program = compile_rules(rules or w.rules(), source, w.GRID, w.RUNS)
    return with_missing(screen_program(program, source, **options), missing), program


@st.composite
def worlds(draw):
    """A world, and the same with some layers marked."""
    source = w.world(draw(st.integers(0, 10_000)))
    partial = draw(st.sets(st.sampled_from(DRAWN), min_size=1))
    return source, replace(source, partial=frozenset(partial))


@few
@given(worlds(), st.sampled_from(["provisional", "unknown"]))
def test_a_mark_frees_no_land_and_keeps_what_is_taken(case, missing):
    whole, marked = case
    was, _ = screened(whole, missing=missing)
    now, _ = screened(marked, missing=missing)
    before, after = state_raster(was), state_raster(now)
    assert np.array_equal(before == TAKEN, after == TAKEN)
    assert (after[before == UNDECIDED] == UNDECIDED).all()
    assert (before[after == LEFT] == LEFT).all()
    assert np.isin(before[after == CONDITIONAL], (LEFT, CONDITIONAL)).all()
    moved = after[before != after]
    assert (moved == (PROVISIONAL if missing == "provisional" else UNDECIDED)).all()
    # what was judged shrinks, nowhere grows, and what is hit stays hit
    share, less = judged_codes(was).frac[was.code], judged_codes(now).frac[now.code]
    inside = np.asarray(was.code) > 0
    assert (less[inside] <= share[inside]).all()
    hits = [(s.outcomes == HIT)[s.code] for s in (was, now)]
    assert np.array_equal(*hits)


@few
@given(worlds())
def test_vouched_for_it_is_what_it_was(case):
    whole, marked = case
    a, _ = screened(whole)
    b, _ = screened(replace(marked, partial=frozenset()))
    assert b.silent is None
    assert a.verdicts == b.verdicts
    for name in ("code", "table", "outcomes", "state", "quanta"):
        assert np.array_equal(getattr(a, name), getattr(b, name))


@few
@given(worlds(), st.sampled_from([7, 33]))
def test_tiles_never_change_it(case, tile):
    a, _ = screened(case[1], engine="serial", tile_px=4096)
    b, _ = screened(case[1], engine="threads", tile_px=tile, workers=3)
    assert np.array_equal(state_raster(a), state_raster(b))
    assert np.array_equal(a.silent, b.silent)
    assert next_layers(a) == next_layers(b)


@few
@given(worlds())
def test_points_and_cells_and_shapes_agree(case):
    marked = case[1]
    rules = [r for r in w.rules() if r.id != "T-005"]
    found, _ = screened(marked, rules=rules)
    east, north = cell_centres(w.GRID, full_window(w.GRID))
    rows, cols = (np.array([5, 20, 25, 31, 44]), np.array([8, 30, 36, 50, 61]))
    xy = np.c_[east[cols], north[rows]]
    place = Place(marked, w.GRID.crs, 10.0)
    near = gather(rules, place, shapely.box(*w.BOX))
    for j, rule in enumerate(rules):
        own = Points(near, xy)
        outcome = rule.on(own)
        code = np.asarray(found.code)[rows, cols]
        inside = code > 0
        assert np.array_equal(outcome[inside], found.outcomes[code, j][inside])
        ground = ground_of(rule, near)
        late = found.late[code if len(found.late) > 1 else np.zeros_like(code), j]
        for k in np.flatnonzero(inside):
            one = Points(near, xy[k : k + 1])
            assert int(rule.on(one)[0]) == outcome[k]
            waits = outcome[k] == UNKNOWN and bool(late[k])
            assert (outcome[k] == UNKNOWN and _late(rule, one)) == waits
            at = shapely.Point(xy[k])
            if shapely.distance(at, shapely.boundary(ground.silent)) > 1e-3:
                assert bool(shapely.contains(ground.silent, at)) == waits


@few
@given(worlds(), st.floats(0, 200))
def test_a_what_if_is_a_fresh_screening(case, metres):
    marked = case[1]
    found, program = screened(marked)
    got = what_if(found, program, marked, "T-001", distance_m=metres, raster=True)
    fresh, _ = screened(marked, rules=w.rules(metres))
    assert got.after_m2 == areas_by_state(fresh)
    assert np.array_equal(got.state, state_raster(fresh))


@few
@given(worlds())
def test_completed_one_after_the_other_all_is_judged(case):
    found, _ = screened(case[1])
    steps = next_layers(found)
    assert {x.layer for x in steps} <= set(case[1].partial)
    assert all(x.complete_it for x in steps)
    shares = [judged_share(found).frac, *(x.frac for x in steps)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    if steps:
        assert steps[-1].lifted_m2 == pytest.approx(areas_by_state(found)["provisional"])


# --------------------------------------------------------------------- by hand

# a county of 700 m by 500 m, two roads across it, one of them without a class
NATIONAL = {
    "type": "within",
    "layer": "road",
    "where": {"road_class": "national"},
    "distance_m": 50,
    "from": "centre_line",
    "bounds_m": [0, 100],
}


def roads(partial=("road",), classes=("national", None)):
    lines = [shapely.LineString([(499_000, y), (502_000, y)]) for y in (4_300_405, 4_300_105)]
    table = w.table(lines[: len(classes)], road_class=list(classes))
    return MemorySource({"road": table}, partial=frozenset(partial))


def column(found):
    """State from north to south, in the middle of the county."""
    return state_raster(found)[:, 35]


def test_near_what_is_drawn_it_acts_and_elsewhere_it_waits():
    found, _ = screened(roads(), rules=[w.rule(1, NATIONAL)])
    state = column(found)
    # rows of 10 m from 4 300 500 down: within 50 m of y = 405 are the centres 455 to 355
    assert np.flatnonzero(state == TAKEN).tolist() == list(range(4, 15))
    # within 50 m of the road nobody knows the class of: no completion helps there
    assert np.flatnonzero(state == UNDECIDED).tolist() == list(range(34, 45))
    rest = np.setdiff1d(np.flatnonzero(state), [*range(4, 15), *range(34, 45)])
    assert (state[rest] == PROVISIONAL).all()
    complete, _ = screened(roads(partial=()), rules=[w.rule(1, NATIONAL)])
    assert (column(complete)[rest] == LEFT).all()
    assert column(with_missing(found, "unknown"))[20] == UNDECIDED


def test_it_says_why_and_what_to_complete():
    found, _ = screened(roads(), rules=[w.rule(1, NATIONAL)])
    verdict = found.verdicts[0]
    assert (verdict.state, verdict.awaits) == ("incomplete", ("road",))
    assert "not complete" in reason(verdict)("en")
    row = rules_table(found).iloc[0]
    assert (row["judged"], row["state"]) == (False, "incomplete")
    assert row["gross_ha"] > 0  # an area that is hit keeps its article
    codes = codes_table(found).set_index("state")
    # one rule: judged where it hits, not judged where it waits
    assert (codes.at["taken", "judged_n"], codes.at["provisional", "judged_n"]) == (1, 0)
    assert codes.at["provisional", "unknown"] == "T-001"
    assert [(x.layer, x.complete_it) for x in next_layers(found)] == [("road", True)]


def test_a_condition_that_fails_settles_it():
    # inside a red line and near a road: outside every red line the roads are of no account
    inside = {"type": "intersects", "layer": "ecological_red_line"}
    source = roads(classes=("national",))
    block = w.table([shapely.box(500_300, 4_300_000, 500_400, 4_300_500)])
    source = replace(source, vectors={**source.vectors, "ecological_red_line": block})
    found, _ = screened(source, rules=[w.rule(1, {**NATIONAL, "when": [inside]})])
    state = state_raster(found)
    assert state[25, 35] == PROVISIONAL  # in the line, no road drawn near
    assert state[9, 35] == TAKEN
    assert state[25, 15] == LEFT


def test_where_a_rule_needs_presence_silence_is_not_far_away():
    # "not near a road": a hit of the part is a verdict, silence is none
    table = np.array([[0b0], [0b1], [0b10]], np.uint64)
    part = Not(Leaf(hit=0, unknown=1, open=True))
    assert evaluate(part, table).tolist() == [UNKNOWN, MISS, UNKNOWN]
    assert evaluate(part, table, vouched=True).tolist() == [HIT, MISS, UNKNOWN]


def test_a_preference_that_is_silent_is_not_unfavourable():
    wish = w.rule(1, NATIONAL, "preference")
    found, _ = screened(roads(), rules=[wish])
    assert found.outcomes[found.code[20, 35], 0] == UNKNOWN
    assert found.outcomes[found.code[9, 35], 0] == HIT
    assert column(found)[20] == LEFT  # a preference takes and withholds nothing


def test_parcels_say_themselves_where_they_are_silent():
    # one parcel of cropland in the west half, nothing in the east
    parcel = w.table([shapely.box(500_000, 4_300_000, 500_350, 4_300_500)], dlbm=["0103"])
    test = {"type": "in_classes", "layer": "land_parcels", "classes": ["0301"]}
    near = {"type": "within", "layer": "land_parcels", "where": {"dlbm": "0301"}}
    near |= {"distance_m": 100, "bounds_m": [0, 200]}
    source = MemorySource({"land_parcels": parcel}, partial=frozenset({"land_parcels"}))
    whole = replace(source, partial=frozenset())
    states = [column(screened(s, rules=[w.rule(1, test)])[0]) for s in (source, whole)]
    assert np.array_equal(*states)
    # but what lies within a distance of a parcel is not known
    state = state_raster(screened(source, rules=[w.rule(1, near)])[0])
    assert (state[25, 30], state[25, 60]) == (PROVISIONAL, UNDECIDED)
