"""Every filter rule of the books hits the case built for it, and not its negatives.

The case: a strip of 60 x 4 cells of 10 m. A feature that fits the rule's condition covers the
first four columns; the rule hits there and, for a setback of d metres, in every cell whose
centre is not farther than d (plus the half width) from it. The negatives change one thing: a
field that no longer fits, a distance that is too far, a raster on the other side of the
limit, a class that is not listed, a further condition that does not hold.
"""

from __future__ import annotations

import tomllib
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from shapely.affinity import translate

from gis.cells.grid import cell_centres, plan_grid
from gis.cells.rasterize import coverage_runs, ragged
from layers.catalogue import layer as layer_of
from layers.vocabulary import vocabulary
from siting.check.certificate import cut_land
from siting.check.near import Place, gather
from siting.check.shapes import ground_of
from siting.rules import (
    Above,
    AnyOf,
    Condition,
    InClasses,
    Intersects,
    NotInClasses,
    Rule,
    Within,
    all_rules,
    as_conditions,
    half_widths,
    load_rules,
)
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.screen.coded import screen_program
from siting.screen.factors import compile_rules
from siting.screen.sources import MemorySource
from tests.conftest import ROOT

CRS = 4544
X, Y = 500_000.0, 4_300_000.0
GRID = plan_grid((X, Y, X + 600, Y + 40), CRS, 10)
LAND = shapely.box(X, Y, X + 600, Y + 40)
COUNTY = coverage_runs(ragged([LAND]), GRID)
PATCH = shapely.box(X, Y - 100, X + 40, Y + 140)  # the first four columns
TURBINE = {"hub_height_m": 100.0, "rotor_radius_m": 80.0}

# Rules as the books state them, with the formulas of a turbine filled in.
FILTERS = [
    r
    for r in {
        r.id: r
        for scenario in ("base", "conservative")
        for q in ("pv", "wind", "afforest", "wetland", "grass")
        for r in load_rules(q, scenario=scenario, **TURBINE)
    }.values()
    if r.is_filter
]
EXPIRED = [r for r in all_rules() if r.is_filter and r.id not in {f.id for f in FILTERS}]


def place(source: MemorySource) -> Place:
    """The same layers for the exact test."""
    return Place(source, gpd.GeoSeries([], crs=CRS).crs, 10.0)


def fitting(c: Condition, field: Any) -> Any:
    if c.in_:
        return c.in_[0]
    if c.contains:
        return f"某{c.contains[0]}某"
    if c.not_:
        names = [v for v in field.values if v not in c.not_] or ["anything else"]
        return names[0]
    low = c.min if c.min is not None else (c.gt + 1 if c.gt is not None else None)
    return low if low is not None else c.max


def misfits(c: Condition, field: Any) -> list[Any]:
    """Values on the other side of every edge of a condition."""
    out: list[Any] = []
    if c.in_:
        out += [v for v in field.values if v not in c.in_][:1] or ["anything else"]
    if c.contains:
        out.append("别处")
    out += list(c.not_)
    if c.min is not None:
        out.append(np.nextafter(c.min, -np.inf))
    if c.max is not None:
        out.append(np.nextafter(c.max, np.inf))
    if c.gt is not None:
        out.append(c.gt)
    if c.lt is not None:
        out.append(c.lt)
    return out


def code_in(test: InClasses | NotInClasses, *, hit: bool) -> str:
    listed = hit == isinstance(test, InClasses)
    if listed:
        return test.classes[0]
    return next(c for c in vocabulary("dlbm").entries if c not in test.classes)


def features(test: Any, *, hit: bool = True) -> gpd.GeoDataFrame:
    """One feature over the patch, which the test means or, for `hit` False, does not."""
    if isinstance(test, InClasses | NotInClasses):
        # land parcels are complete: what is not the patch is of another class
        inside, outside = code_in(test, hit=hit), code_in(test, hit=False)
        return gpd.GeoDataFrame(
            {"dlbm": [inside, outside]},
            geometry=[PATCH, shapely.box(X + 40, Y - 100, X + 900, Y + 140)],
            crs=CRS,
        )
    layer = layer_of(test.layer)
    where = as_conditions(test.where)
    row = {n: fitting(c, layer.field(n)) for n, c in where.items()}
    table = gpd.GeoDataFrame({k: [v] for k, v in row.items()}, geometry=[PATCH], crs=CRS)
    if layer.unknown == "unknown":
        # a layer that must be complete: the rest of the land is what the test does not mean
        other = {n: misfits(c, layer.field(n))[0] for n, c in where.items()}
        rest = gpd.GeoDataFrame(
            {k: [v] for k, v in other.items()},
            geometry=[shapely.box(X + 40, Y - 100, X + 900, Y + 140)],
            crs=CRS,
        )
        table = gpd.GeoDataFrame(
            {k: [*table[k], *rest[k]] for k in row},
            geometry=[*table.geometry, *rest.geometry],
            crs=CRS,
        )
    return table


def raster(test: Any, *, hit: bool) -> tuple[Any, Any]:
    """Cells that pass the limit in the patch only, and there by as little as can be."""
    out = np.float32(test.limit)
    away = np.float32(np.inf) if isinstance(test, Above) else np.float32(-np.inf)
    on = out if test.inclusive else np.nextafter(out, away)
    off = np.nextafter(out, -away) if test.inclusive else out
    values = np.full(GRID.shape, off, np.float32)
    if hit:
        values[:, :4] = on
    return values, np.ones(GRID.shape, bool)


def source_for(tests: list[Any], *, broken: Any = None, swap: Any = None) -> MemorySource:
    """Layers in which every test holds, but `broken` does not, or reads `swap` instead."""
    vectors: dict[str, Any] = {}
    rasters: dict[str, Any] = {}
    for test in tests:
        if isinstance(test, AnyOf) or test.layer in rasters:
            continue
        hit = test is not broken
        if test.layer in vectors:  # alternatives on one layer: a feature for each
            both = [vectors[test.layer], features(test, hit=hit)]
            vectors[test.layer] = pd.concat(both, ignore_index=True)
            continue
        if layer_of(test.layer).kind == "features":
            found = swap if (test is broken and swap is not None) else features(test, hit=hit)
            vectors[test.layer] = found
        else:
            rasters[test.layer] = raster(test, hit=hit)
    return MemorySource(vectors, rasters, GRID, vocabularies={"land_parcels": "dlbm"})


def outcome(rule: Rule, source: MemorySource) -> np.ndarray:
    found = screen_program(compile_rules([rule], source, GRID, COUNTY), source, engine="serial")
    return found.outcomes[:, 0][found.code]


def exact_outcome(rule: Rule, source: MemorySource) -> np.ndarray:
    """The same from exact geometry, at the cell centres."""
    ground = ground_of(rule, gather([rule], place(source), LAND))
    xs, ys = cell_centres(GRID)
    points = shapely.points(*np.meshgrid(xs, ys))
    out = np.full(GRID.shape, MISS)
    out[shapely.intersects(ground.unknown, points)] = UNKNOWN
    out[shapely.intersects(ground.hit, points)] = HIT
    return out


def own_tests(rule: Rule) -> list[Any]:
    return [t for t in rule.test.nested() if not isinstance(t, AnyOf)]


def expected(rule: Rule, test: Any, source: MemorySource) -> np.ndarray:
    """Cells within reach of the patch, by the distance of their centres."""
    reach = 0.0
    if isinstance(test, Within):
        assert test.distance_m is not None
        reach = test.distance_m  # the patch is a polygon: no half width
    columns = np.arange(60) * 10 + 5
    hit = columns <= 40 + reach
    return np.broadcast_to(np.where(hit, HIT, MISS), GRID.shape)


@pytest.mark.parametrize("rule", FILTERS, ids=lambda r: r.id)
def test_rule_hits_its_case_and_not_its_negatives(rule):
    tests = own_tests(rule)
    main = rule.test.tests[0] if isinstance(rule.test, AnyOf) else rule.test
    source = source_for(tests)
    got = outcome(rule, source)
    want = expected(rule, main, source)
    if isinstance(rule.test, AnyOf):
        reach = max(getattr(t, "distance_m", 0) or 0 for t in rule.test.tests)
        near = np.arange(60) * 10 + 5 <= 40 + reach
        want = np.broadcast_to(np.where(near, HIT, MISS), GRID.shape)
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(exact_outcome(rule, source), want)
    for test in tests:
        alternatives = rule.test.tests if isinstance(rule.test, AnyOf) else ()
        if test in alternatives or _inside_any(rule, test):
            continue  # one of several that suffice; seen below one by one
        if isinstance(test, Intersects | Within):
            layer = layer_of(test.layer)
            for name, c in as_conditions(test.where).items():
                for value in misfits(c, layer.field(name)):
                    table = features(test)
                    table[name] = [value] * len(table)
                    bad = source_for(tests, broken=test, swap=table)
                    assert (outcome(rule, bad) == MISS).all(), (name, value)
            # 1 cm too far (and 1e-5, as arcs are drawn outside the circle): the east edge
            # lies that much more than d west of the first centres
            d = getattr(test, "distance_m", 0) or 0
            far = features(test)
            far = far.set_geometry(
                [translate(PATCH, -(35 + d * 1.00001 + 0.01))] * len(far), crs=CRS
            )
            if layer.unknown == "absent":
                bad = source_for(tests, broken=test, swap=far)
                assert (outcome(rule, bad) == MISS).all()
                assert (exact_outcome(rule, bad)[:, 0] == MISS).all()
        else:
            bad = source_for(tests, broken=test)
            assert (outcome(rule, bad) == MISS).all(), test.type


def _inside_any(rule: Rule, test: Any) -> bool:
    return any(test in t.nested()[1:] for t in rule.test.nested() if isinstance(t, AnyOf))


@pytest.mark.parametrize(
    "rule", [r for r in FILTERS if isinstance(r.test, AnyOf)], ids=lambda r: r.id
)
def test_each_alternative_suffices(rule):
    for test in rule.test.tests:
        others = [t for t in rule.test.tests if t is not test and t.layer != test.layer]
        source = source_for([test, *own_conditions(rule)])
        empty = {
            t.layer: features(t).iloc[:0]
            for t in others
            if layer_of(t.layer).kind == "features"
        }
        source = MemorySource(
            {**empty, **source.vectors}, source.rasters, GRID, vocabularies=source.vocabularies
        )
        if any(t.layer == "land_parcels" for t in others):
            continue  # an empty layer of parcels is unknown land, not no land
        got = outcome(rule, source)
        assert (got[:, :4] == HIT).all(), test.layer


def own_conditions(rule: Rule) -> list[Any]:
    return [t for w in rule.test.when for t in w.nested() if not isinstance(t, AnyOf)]


@pytest.mark.parametrize("rule", FILTERS, ids=lambda r: r.id)
def test_missing_layer_is_unknown_and_assumed_absent_is_a_miss(rule):
    nothing = MemorySource({}, {}, GRID)
    assert (outcome(rule, nothing) == UNKNOWN).all()
    assert (exact_outcome(rule, nothing) == UNKNOWN).all()
    absent = MemorySource({}, {}, GRID, absent=frozenset(rule.layer_ids))
    assert (outcome(rule, absent) == MISS).all()
    assert (exact_outcome(rule, absent) == MISS).all()


def test_nothing_is_left_out():
    """Every rule of the books is judged here, is a condition on a project, or has expired."""
    written = [
        row
        for path in sorted((ROOT / "siting" / "rules" / "books").glob("*.toml"))
        for row in tomllib.loads(path.read_text("utf-8"))["rules"]
    ]
    land = {r["id"] for r in written if r["test"]["type"] not in ("checklist", "note")}
    assert {r.id for r in (*FILTERS, *EXPIRED)} == land
    # the document of 2019 ran five years
    assert "WD-020" in {r.id for r in EXPIRED}
    assert all(r.valid_to is not None or r.valid_from is not None for r in EXPIRED)


# ------------------------------------------------------------------ cells against geometry

ROADS = [r for r in FILTERS if r.id in {"PV-035", "PV-037", "PV-039"}]
POINT = st.tuples(st.integers(-300, 900), st.integers(-300, 340))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(POINT, min_size=2, max_size=5, unique=True), min_size=1, max_size=4),
    st.sampled_from(ROADS),
)
def test_exact_land_holds_every_cell_the_engine_takes(lines, rule):
    """The exact land is drawn outside the circle, never inside: nothing legal is lost."""
    table = gpd.GeoDataFrame(
        {"road_class": [rule.test.where["road_class"]] * len(lines)},
        geometry=[shapely.LineString([(X + x, Y + y) for x, y in line]) for line in lines],
        crs=CRS,
    )
    source = MemorySource({"road": table}, {}, GRID)
    cells, exact = outcome(rule, source), exact_outcome(rule, source)
    assert (exact[cells == HIT] == HIT).all()
    xs, ys = cell_centres(GRID)
    points = shapely.points(*np.meshgrid(xs, ys))
    reach = rule.test.distance_m + float(half_widths("road", table)[0])
    far = shapely.distance(points, shapely.union_all(table.geometry.to_numpy()))
    # the rest is a hair's breadth: 4.7e-6 of the distance and rounding
    extra = (exact == HIT) & (cells != HIT)
    assert (far[extra] <= reach * 1.00001 + 1e-6).all()
    np.testing.assert_array_equal(cells == HIT, far <= reach)


HARD = [r for r in FILTERS if r.id in {"PV-001", "PV-036", "PV-046"}]


@settings(max_examples=25, deadline=None)
@example(lines=[[(0, 0), (484, 28)]], corners=[(0, 0), (0, 39), (139, 39)], turn=1.0)
@given(
    st.lists(st.lists(POINT, min_size=2, max_size=4, unique=True), min_size=1, max_size=3),
    st.lists(POINT, min_size=3, max_size=6, unique=True),
    st.floats(0, 1),
)
def test_certificate_overlaps_nothing_whatever_the_lines(lines, corners, turn):
    """Roads, lines and farmland at any angle: 0.00 m2 left, also with points rounded."""
    drawn = [shapely.LineString([(X + x + turn, Y + y) for x, y in line]) for line in lines]
    farm = shapely.convex_hull(shapely.multipoints([(X + x, Y + y + turn) for x, y in corners]))
    assume(farm.geom_type == "Polygon")
    source = MemorySource(
        {
            "road": gpd.GeoDataFrame(
                {"road_class": ["national"] * len(drawn)}, geometry=drawn, crs=CRS
            ),
            "power_line": gpd.GeoDataFrame(
                {"voltage_kv": [220.0] * len(drawn)}, geometry=drawn[::-1], crs=CRS
            ),
            "permanent_basic_farmland": gpd.GeoDataFrame(geometry=[farm], crs=CRS),
        },
        {},
        GRID,
    )
    final, rows = cut_land(LAND, HARD, ["taken"] * len(HARD), place(source))
    assert [r.overlap_m2 for r in rows] == [0.0] * len(HARD)
    assert all(r.judged for r in rows)
    assert shapely.is_valid(final)
    assert final.is_empty or shapely.covers(shapely.buffer(LAND, 1e-6), final)
    rounded = shapely.set_precision(final, 0.001)
    for rule, width in (("road", 32.0), ("power_line", 25.0)):
        # national 12 m and 20 m; 220 kV 10 m to the outer conductor and 15 m
        gone = shapely.buffer(
            shapely.union_all(source.vectors[rule].geometry.to_numpy()), width
        )
        assert shapely.area(shapely.intersection(rounded, gone)) < 0.005
    assert shapely.area(shapely.intersection(rounded, farm)) < 0.005
    # and no more is given away than the margin along the edges
    free = LAND.difference(farm)
    for rule, width in (("road", 32.0), ("power_line", 25.0)):
        lines_ = shapely.union_all(source.vectors[rule].geometry.to_numpy())
        # 256 chords a quarter: 0.2 mm inside the circle, 16 would be 38 mm
        free = free.difference(shapely.buffer(lines_, width * 1.0001, quad_segs=256))
    lost = shapely.area(free) - shapely.area(final)
    # 10 mm of margin and 1 mm of rounding on either side of an edge, and slivers
    slivers = 0.1 * len(shapely.get_parts(free))
    assert lost <= 0.012 * shapely.length(free) + slivers
