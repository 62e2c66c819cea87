"""A rule's test is one object: one meaning on cells and on shapes, one file for a new kind."""

from __future__ import annotations

import ast
import importlib.util
import sys
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.cells.grid import cell_centres, plan_grid
from gis.cells.ground import feature_scales
from gis.cells.rasterize import coverage_runs, ragged
from gis.errors import ConfigError
from layers.catalogue import layer as layer_of
from layers.vocabulary import vocabulary
from siting.check.near import Place, gather
from siting.check.points import Points
from siting.check.shapes import Shapes, ground_of
from siting.rules import Rule, all_rules, as_conditions, read_book, relaxed, rules_table
from siting.rules.conditions import kinds
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.screen.coded import areas_by_state, screen_program
from siting.screen.factors import compile_rules
from siting.screen.sources import MemorySource
from siting.screen.whatif import what_if
from tests.conftest import ROOT
from tests.siting.rules.test_rules_fire import EXPIRED, FILTERS, fitting, misfits

CRS = 4544
# 134 km east of the central meridian: a metre on the ground is 1.00022 m on the map
X, Y = 634_000.0, 4_300_000.0
GRID = plan_grid((X, Y, X + 300, Y + 200), CRS, 10)
AROUND = plan_grid((X - 50, Y - 50, X + 350, Y + 250), CRS, 10)
LAND = shapely.box(X, Y, X + 300, Y + 200)
COUNTY = coverage_runs(ragged([LAND]), GRID)
NAMES = {
    *(c.__name__ for c in kinds().values()),
    *("RuleTest", "FilterTest", "LayerTest", "FeatureTest"),
}

# ------------------------------------------------------------------ nobody asks for the type


def words_of(node: ast.AST) -> set[str]:
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return names | {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}


def asked_types(path: Any) -> list[str]:
    """Places of a file that ask a value whether it is a kind of test."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("isinstance", "issubclass"):
                asked = {n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)}
                asked |= {
                    n.attr for n in ast.walk(node.args[1]) if isinstance(n, ast.Attribute)
                }
                if asked & NAMES:
                    found.append(f"{path}:{node.lineno}")
            if node.func.id in ("hasattr", "getattr"):
                words = {n.id for n in ast.walk(node.args[0]) if isinstance(n, ast.Name)}
                words |= {
                    n.attr for n in ast.walk(node.args[0]) if isinstance(n, ast.Attribute)
                }
                if "test" in words:
                    found.append(f"{path}:{node.lineno}")
        if isinstance(node, ast.MatchClass) and getattr(node.cls, "id", "") in NAMES:
            found.append(f"{path}:{node.lineno}")
        if isinstance(node, ast.Compare):
            sides = [ast.unparse(s) for s in (node.left, *node.comparators)]
            if any(s.endswith("test.type") or s == "type(test)" for s in sides):
                found.append(f"{path}:{node.lineno}")
    return found


def test_nobody_outside_the_folder_asks_a_test_for_its_type():
    own = ROOT / "siting" / "rules" / "conditions"
    files = [
        p
        for room in ("siting", "geoplan", "benchmarks")  # the others know no rules
        for p in (ROOT / room).rglob("*.py")
        if own not in p.parents
    ]
    assert len(files) > 150
    assert [x for p in files for x in asked_types(p)] == []


@pytest.mark.parametrize(
    "line",
    [
        "isinstance(rule.test, Within)",
        "isinstance(t, conditions.Above | Below)",
        "getattr(rule.test, 'limit', None)",
        "rule.test.type == 'within'",
    ],
)
def test_the_search_finds_what_it_looks_for(tmp_path, line):
    (tmp_path / "a.py").write_text(line, encoding="utf-8")
    assert len(asked_types(tmp_path / "a.py")) == 1


# ------------------------------------------------------------------ cells == shapes


def place(source: MemorySource) -> Place:
    return Place(source, gpd.GeoSeries([], crs=CRS).crs, 10.0)


def on_cells(rule: Rule, source: MemorySource) -> np.ndarray:
    found = screen_program(compile_rules([rule], source, GRID, COUNTY), source, engine="serial")
    return found.outcomes[:, 0][found.code]


def on_points(rule: Rule, source: MemorySource) -> np.ndarray:
    """Outcome of the cell centres as places."""
    xs, ys = np.meshgrid(*cell_centres(GRID))
    places = Points(gather([rule], place(source), LAND), np.c_[xs.ravel(), ys.ravel()])
    return rule.test.on(places).reshape(GRID.shape)


def on_shapes(rule: Rule, source: MemorySource) -> tuple[np.ndarray, np.ndarray]:
    """Outcome at the cell centres, and how far each centre is from an edge of it [m]."""
    ground = ground_of(rule, gather([rule], place(source), LAND))
    points = shapely.points(*np.meshgrid(*cell_centres(GRID)))
    out = np.full(GRID.shape, MISS)
    edge = np.full(GRID.shape, np.inf)
    for shape, value in ((ground.unknown, UNKNOWN), (ground.hit, HIT)):
        if not shape.is_empty:
            out[shapely.distance(shape, points) <= 1e-6] = value
            edge = np.minimum(edge, shapely.distance(shapely.boundary(shape), points))
    return out, edge


def shape_of(rng: np.random.Generator, kind: str, reach: float) -> Any:
    """A shape near the land; corners lie on tens of metres, so that edges meet centres."""
    # so far west that the edge of what it reaches falls into the land
    x, y = X - reach + rng.uniform(-60, 250), rng.uniform(Y, Y + 200)
    at = np.round(np.array([x, y]) / 5) * 5
    if kind == "point":
        return shapely.Point(at)
    steps = np.round(rng.uniform(-60, 60, (4, 2)) / 5) * 5
    if kind == "line":
        return shapely.LineString(at + np.cumsum(steps, axis=0))
    if rng.uniform() < 0.5:
        return shapely.box(*at, *(at + np.abs(steps[0]) + 10))
    return shapely.buffer(shapely.Point(at), rng.uniform(10, 60), quad_segs=3)


def features(rng: np.random.Generator, tests: list[Any]) -> gpd.GeoDataFrame:
    """Features of one layer: fields that fit, that do not, and that are not known."""
    layer = layer_of(tests[0].layer)
    n = 7
    reach = max(t.reach_m for t in tests)
    shapes = [shape_of(rng, layer.geometry, reach) for _ in range(n)]
    columns: dict[str, list[Any]] = {}
    for test in tests:
        for name, condition in as_conditions(getattr(test, "where", {})).items():
            field = layer.field(name)
            values = [fitting(condition, field), *misfits(condition, field), None]
            columns[name] = [values[i] for i in rng.integers(0, len(values), n)]
        for code in getattr(test, "classes", ())[:1]:
            codes = [code, "0101", "0307", "1205", None]
            columns["dlbm"] = [codes[i] for i in rng.integers(0, len(codes), n)]
    if layer.vocabulary:
        columns.setdefault("dlbm", ["0101"] * n)
    table = gpd.GeoDataFrame({k: pd.Series(v, dtype=object) for k, v in columns.items()},
                             geometry=shapes, crs=CRS)  # fmt: skip
    if layer.half_width_field:
        table["half_width_m"] = rng.choice([0.0, 4.0, 12.5], n)
    return table


def numbers(rng: np.random.Generator, tests: list[Any], dtype: Any) -> Any:
    """Values at every limit asked, and the nearest to both sides of it."""
    found = [0.0]
    for limit in (dtype(t.limit) for t in tests):
        found += [limit, np.nextafter(limit, dtype(-9e9)), np.nextafter(limit, dtype(9e9))]
        found += [limit - dtype(1), limit + dtype(1)]
    values = np.array(found, dtype)[rng.integers(0, len(found), AROUND.shape)]
    return values, rng.uniform(size=AROUND.shape) > 0.05


def heights(rng: np.random.Generator, tests: list[Any]) -> Any:
    """Ground that is exactly as steep as a limit, in stripes, and rough beside them."""
    col = np.arange(AROUND.shape[1]) * 10.0
    steep = np.tan(np.radians([t.limit if 0 < t.limit < 90 else 45.0 for t in tests]))
    rise = np.resize(steep, (AROUND.shape[0], 1))
    dem = (col * rise).astype(np.float32)
    rough = rng.uniform(size=AROUND.shape) < 0.1
    return np.where(rough, dem + rng.uniform(-3, 3, AROUND.shape), dem).astype(np.float32), (
        rng.uniform(size=AROUND.shape) > 0.02
    )


def world(rule: Rule, seed: int) -> MemorySource:
    rng = np.random.default_rng([seed, *map(ord, rule.id)])
    by_layer: dict[str, list[Any]] = {}
    for test in rule.test.nested():
        for layer_id in test.reads:
            by_layer.setdefault(layer_id, []).append(test)
    vectors: dict[str, Any] = {}
    rasters: dict[str, Any] = {}
    words = {"land_parcels": "dlbm"}
    for layer_id, tests in by_layer.items():
        kind = layer_of(layer_id).kind
        if layer_id in ("slope", "aspect") and seed % 2:
            rasters["dem"] = heights(rng, tests)
        elif kind == "classes" or (layer_id == "land_parcels" and seed % 3 == 2
                                   and all(t.asked_classes for t in tests)):  # fmt: skip
            codes = [int(c) for c in vocabulary("worldcover2021").entries if c.isdigit()]
            values = rng.choice([*codes, 250], AROUND.shape).astype(np.uint8)
            rasters["land_cover"] = (values, rng.uniform(size=AROUND.shape) > 0.05)
            words["land_cover"] = "worldcover2021"
        elif kind == "features":
            vectors[layer_id] = features(rng, tests)
        else:
            rasters[layer_id] = numbers(rng, tests, np.float32 if seed % 2 else np.float64)
    return MemorySource(vectors, rasters, AROUND, vocabularies=words)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 2, 3))]
)
@pytest.mark.parametrize("rule", [*FILTERS, *EXPIRED], ids=lambda r: r.id)
def test_cells_are_the_shapes_at_their_centres(rule, seed):
    source = world(rule, seed)
    cells = on_cells(rule, source)
    np.testing.assert_array_equal(cells, on_points(rule, source))
    exact, edge = on_shapes(rule, source)
    differ = cells != exact
    # arcs are drawn outside the circle, and land of no width has two sides: shapes may differ
    # on their very edges, and only there
    reach = max((t.reach_m for t in rule.test.nested()), default=0.0) + 12.5
    assert (edge[differ] <= 6e-6 * reach + 1e-6).all(), (cells[differ], exact[differ])


@pytest.mark.slow
def test_the_worlds_hold_hits_misses_and_unknown():
    """A property over worlds in which nothing happens would prove nothing."""
    found = {}
    for rule in FILTERS:
        seen = set()
        for seed in range(12):
            seen |= set(np.unique(on_cells(rule, world(rule, seed))).tolist())
            if seed >= 3 and {HIT, MISS} <= seen:
                break
        found[rule.id] = seen
    assert all(HIT in s and MISS in s for s in found.values()), {
        k: s for k, s in found.items() if not {HIT, MISS} <= s
    }
    assert sum(UNKNOWN in s for s in found.values()) > len(found) / 2


# ------------------------------------------------------------------ limits


def limit_rule(kind: str, layer: str, limit: float, unit: str, *, inclusive: bool) -> Rule:
    return made(
        {"type": kind, "layer": layer, "limit": limit, "unit": unit, "inclusive": inclusive}
    )


def made(test: dict[str, Any], **more: Any) -> Rule:
    return Rule.model_validate(
        {
            "id": "T-001",
            "applies_to": ["pv"],
            "kind": "hard",
            "source_step": "primary",
            "title": {"zh": "测试", "en": "test"},
            "citation": "test",
            "quote": "test",
            "stated": {"layer": "x", "operator": "x"},
            "holds_in": {"country": "CN"},
            "test": test,
            **more,
        }
    )


def plane(limit_deg: float, dtype: Any) -> MemorySource:
    rise = 10.0 if limit_deg == 45 else 10.0 * np.tan(np.radians(limit_deg))
    dem = np.tile(np.arange(AROUND.shape[1]) * rise, (AROUND.shape[0], 1)).astype(dtype)
    return MemorySource(rasters={"dem": (dem, np.ones(dem.shape, bool))}, grid=AROUND)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ground_of_exactly_45_degrees_is_not_above_45(dtype):
    # the plane rises 10 m a cell of 10 m: its slope is atan(1) = 45 degrees and no more
    for kind, inclusive, wanted in (
        ("above", False, MISS),
        ("above", True, HIT),
        ("below", False, MISS),
        ("below", True, HIT),
    ):
        rule = limit_rule(kind, "slope", 45.0, "deg", inclusive=inclusive)
        source = plane(45.0, dtype)
        assert (on_cells(rule, source) == wanted).all()
        assert (on_shapes(rule, source)[0] == wanted).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("limit", [3.0, 10.0, 15.0, 20.0, 25.0, 35.0, 60.0, 89.0])
@pytest.mark.parametrize("inclusive", [False, True])
def test_steep_ground_at_a_round_limit_has_one_answer(limit, inclusive, dtype):
    """Whichever side the rounding of tan and of the heights puts it: cells and shapes agree."""
    source = plane(limit, dtype)
    for kind in ("above", "below"):
        rule = limit_rule(kind, "slope", limit, "deg", inclusive=inclusive)
        np.testing.assert_array_equal(on_cells(rule, source), on_shapes(rule, source)[0])


@pytest.mark.parametrize(
    ("value", "limit", "inclusive", "wanted"),
    [
        # float32(0.1) is 0.100000001490116 (IEEE 754: 13421773 / 2^27), above 0.1
        (np.float32(0.1), 0.1, False, HIT),
        # float32(0.3) is 0.300000011920929; float32(0.7) is 0.699999988079071, below 0.7
        (np.float32(0.3), 0.3, False, HIT),
        (np.float32(0.7), 0.7, True, MISS),
        (np.float64(0.1), 0.1, False, MISS),
        (np.float64(0.1), 0.1, True, HIT),
        (np.int16(400), 400.0, False, MISS),
        (np.int16(400), 400.0, True, HIT),
    ],
)
def test_a_value_at_a_limit_is_compared_in_double_precision(value, limit, inclusive, wanted):
    cells = np.full(AROUND.shape, value)
    source = MemorySource(
        rasters={"annual_rainfall": (cells, np.ones(cells.shape, bool))}, grid=AROUND
    )
    rule = limit_rule("above", "annual_rainfall", limit, "mm", inclusive=inclusive)
    assert (on_cells(rule, source) == wanted).all()
    assert (on_shapes(rule, source)[0] == wanted).all()
    measured = rule.test.measure(Shapes(gather([rule], place(source), LAND)))[0]
    assert (measured.value > limit or (inclusive and measured.value == limit)) == (
        wanted == HIT
    )


def test_level_ground_faces_nowhere_in_cells_and_shapes():
    source = plane(0.0, np.float32)
    for kind in ("above", "below"):
        rule = limit_rule(kind, "aspect", 45.0, "deg", inclusive=True)
        assert (on_cells(rule, source) == MISS).all()
        assert (on_shapes(rule, source)[0] == MISS).all()


# ------------------------------------------------------------------ distances on the ground


def test_a_distance_is_one_on_the_ground():
    """k = 1 + (134.2 km / 6371 km)^2 / 2 = 1.000222: 100 m on the ground are 100.0222 m."""
    village = shapely.box(X - 500, Y - 500, X + 5.0 - 100.011, Y + 700)
    k = feature_scales(np.array([village.bounds]), CRS, 100.0)[0]
    assert k == pytest.approx(1 + (134.0**2 / 6371**2) / 2, abs=4e-6)
    source = MemorySource({"settlement": gpd.GeoDataFrame(geometry=[village], crs=CRS)})
    far = {"type": "within", "layer": "settlement", "distance_m": 100.0, "bounds_m": [0, 999]}
    # the first centres are 100.011 m away on the map and 99.989 m on the ground
    assert (on_cells(made(far), source)[:, 0] == HIT).all()
    assert (on_shapes(made(far), source)[0][:, 0] == HIT).all()
    measured = made(far).test.measure(Shapes(gather([made(far)], place(source), LAND)))[0]
    assert measured.needed_m == 100.0
    near = made({**far, "distance_m": 99.98})
    assert (on_cells(near, source) == MISS).all()
    assert (on_shapes(near, source)[0] == MISS).all()


def test_without_a_turbine_the_bounds_say_what_is_sure():
    rule = next(r for r in all_rules() if r.id == "WD-044")
    road = gpd.GeoDataFrame(
        {"road_class": ["national"], "half_width_m": [12.0]},
        geometry=[shapely.LineString([(X - 2000, Y + 100), (X + 2000, Y + 100)])],
        crs=CRS,
    )
    none = {
        k: gpd.GeoDataFrame({"placement": []}, geometry=[], crs=CRS)
        for k in ("railway", "power_line")
    }
    source = MemorySource({"road": road, **none})
    cells, (shapes, _) = on_cells(rule, source), on_shapes(rule, source)
    np.testing.assert_array_equal(cells, shapes)
    # the road's own land (12 m) is within any fall distance; the rest waits, up to 1000 m
    hit = np.abs(cell_centres(GRID)[1] - (Y + 100)) <= 12
    assert (cells[hit] == HIT).all()
    assert (cells[~hit] == UNKNOWN).all()
    away = MemorySource({"road": road.translate(0, 1200).to_frame("geometry").assign(
        road_class=["national"], half_width_m=[12.0]), **none})  # fmt: skip
    assert (on_cells(rule, away) == MISS).all()
    assert (on_shapes(rule, away)[0] == MISS).all()
    program = compile_rules([rule], source, GRID, COUNTY)
    assert program.verdicts[0].state == "no_turbine"


def test_a_line_without_width_takes_the_cells_it_crosses_in_both():
    line = shapely.LineString([(X + 13, Y + 21), (X + 187, Y + 133)])
    source = MemorySource({"farmland_shelterbelt": gpd.GeoDataFrame(
        {"half_width_m": [0.0]}, geometry=[line], crs=CRS)})  # fmt: skip
    rule = next(r for r in all_rules() if r.id == "AF-020")
    cells = on_cells(rule, source)
    np.testing.assert_array_equal(cells, on_shapes(rule, source)[0])
    xs, ys = cell_centres(GRID)
    boxes = shapely.box(*np.meshgrid(xs - 5, ys - 5), *np.meshgrid(xs + 5, ys + 5))
    np.testing.assert_array_equal(cells == HIT, shapely.intersects(boxes, line))


# ------------------------------------------------------------------ a new kind is one file

KIND = '''
"""Land far from every feature."""

from __future__ import annotations

from typing import Literal

from siting.rules.conditions.base import Parameter
from siting.rules.conditions.features import FeatureTest


class Beyond(FeatureTest):
    """Land farther than `distance_m` from every feature."""

    type: Literal["beyond"] = "beyond"
    distance_m: float

    @property
    def needed_m(self):
        return self.distance_m

    @property
    def reach_m(self):
        return self.distance_m

    @property
    def parameter(self):
        return Parameter(name="distance_m", value=self.distance_m, unit="m", bounds=(50, 500))

    def parameter_text(self):
        return f"> {self.distance_m:g} m"

    def judged(self, canvas, answer):
        near = canvas.near(answer.layer_id, self.where, self.distance_m, from_edge=True)
        return canvas.no(near)
'''

BOOK = """
[book]
id = "own"
title = { zh = "自有", en = "own" }
as_of = 2026-01-01

[[rules]]
id = "XX-001"
applies_to = ["pv"]
kind = "hard"
source_step = "primary"
title = { zh = "远离道路", en = "far from roads" }
citation = "自定"
quote = "不得"
stated = { layer = "x", operator = "beyond" }
holds_in = { country = "CN" }
[rules.test]
type = "beyond"
layer = "road"
where = { road_class = "national" }
distance_m = 100
"""


@pytest.fixture
def beyond(tmp_path):
    """A kind of test in a file of its own, known while it is imported."""
    path = tmp_path / "beyond.py"
    path.write_text(KIND, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("own_beyond", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["own_beyond"] = module
    spec.loader.exec_module(module)
    book = tmp_path / "own.toml"
    book.write_text(BOOK, encoding="utf-8")
    yield book
    del sys.modules["own_beyond"]


def test_a_new_kind_of_test_is_one_file(beyond):
    rule = read_book(beyond).rules[0]
    assert rule.test.type == "beyond"
    assert rule.layer_ids == ("road",)
    assert Rule.model_validate_json(rule.model_dump_json(by_alias=True)) == rule

    road = gpd.GeoDataFrame(
        {"road_class": ["national", None], "name": ["G1", "?"], "half_width_m": [5.0, 5.0]},
        geometry=[shapely.LineString([(X - 900, Y + y), (X + 900, Y + y)]) for y in (0, 40)],
        crs=CRS,
    )
    source = MemorySource({"road": road})
    # beyond 105 m of the first road; the class of the second is not known: no hit within 145 m
    north = cell_centres(GRID)[1] - Y
    wanted = np.where(north > 145.1, HIT, np.where(north > 105.1, UNKNOWN, MISS))
    wanted = np.broadcast_to(wanted[:, None], GRID.shape)
    np.testing.assert_array_equal(on_cells(rule, source), wanted)
    np.testing.assert_array_equal(on_shapes(rule, source)[0], wanted)

    measured = rule.test.measure(Shapes(gather([rule], place(source), LAND)))
    assert measured[0].words("en", preference=False) == "G1 edge 0 m away, 100 m needed"
    table = rules_table([rule], "en")
    assert table[["test", "parameter", "bounds"]].to_numpy().tolist() == [
        ["beyond", "> 100 m", "50-500 m"]
    ]

    program = compile_rules([rule], source, GRID, COUNTY)
    found = screen_program(program, source, engine="serial")
    fresh = screen_program(
        compile_rules([relaxed(rule, distance_m=60)], source, GRID, COUNTY), source
    )
    got = what_if(found, program, source, "XX-001", distance_m=60)
    assert got.after_m2 == areas_by_state(fresh)
    assert got.after_m2["taken"] > got.before_m2["taken"] > 0


def test_a_new_kind_tells_its_own_faults(beyond, tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(BOOK.replace('road_class = "national"', "lane = 1"), encoding="utf-8")
    with pytest.raises(ConfigError, match="no such field"):
        read_book(bad)
    bad.write_text(BOOK.replace("distance_m = 100", 'distance_m = "far"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"XX-001 \[test.distance_m\]"):
        read_book(bad)


def test_a_kind_that_is_not_there_is_named_with_those_that_are(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(BOOK.replace('type = "beyond"', 'type = "yonder"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"no kind of test yonder.*within") as err:
        read_book(bad)
    assert "判定方式" in err.value.text("zh")


def test_a_checklist_is_no_condition_on_land(tmp_path):
    inner = '{ type = "note", about = { zh = "x", en = "x" } }'
    bad = tmp_path / "bad.toml"
    head, _, _ = BOOK.partition("type = ")
    bad.write_text(f'{head}type = "intersects"\nlayer = "road"\nwhen = [{inner}]', "utf-8")
    with pytest.raises(ConfigError, match="no kind of test note"):
        read_book(bad)
