"""Parts of the screening engine at their borders: windows, reach, bits, filters, heights."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.cells.cell_area import cell_area_m2
from gis.cells.coverage import coverage_runs
from gis.cells.grid import cell_centres, full_window, plan_grid
from gis.cells.ragged import ragged
from gis.cells.tally import cell_areas
from gis.errors import ConfigError
from siting.rules.conditions.canvas import Answer
from siting.rules.model import Rule
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.screen import factors, prepare, program, tiles
from siting.screen.cells import Bits, Cells, _selected, _without_area
from siting.screen.coded import screen_program, state_raster
from siting.screen.derived import or_beyond, raster_cells, read_cells, shown_cells, value_at
from siting.screen.expression import Constant, Leaf, OneOf
from siting.screen.factors import _class_jobs, _verdict, compile_rules
from siting.screen.prepare import _order, prepare_features, prepared
from siting.screen.program import BurnJob, LimitJob, _reach, atom_of, burn_jobs
from siting.screen.scenarios import transition_areas
from siting.screen.section import HalfWidth
from siting.screen.sources import (
    Features,
    MemorySource,
    consulted,
    drawn_near,
    features_of,
    laid,
)
from siting.screen.tables import reason
from siting.screen.tiles import _limit_bits, select_features

CRS = 4544
X, Y = 500_000.0, 4_300_000.0
NAN = np.nan


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


def table(shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


# ------------------------------------------------------------------ arrays on windows


@pytest.mark.parametrize(
    ("dx", "dy"),
    [(0, 0), (10, 20), (-10, -20), (40, 0), (0, 30), (-60, 10), (50, 10), (0, -40)],
)
@pytest.mark.parametrize("window", [(slice(0, 4), slice(0, 6)), (slice(1, 3), slice(2, 5))])
def test_cells_of_an_array_lie_where_their_centres_are(dx, dy, window):
    values = np.arange(1, 21).reshape(4, 5)  # 50 x 40 m, its corner at X, Y + 40
    known = values % 3 > 0
    grid = plan_grid((X + dx, Y + dy, X + dx + 60, Y + dy + 40), CRS, 10)
    wanted = np.zeros((4, 6), int)
    sure = np.zeros((4, 6), bool)
    xs, ys = cell_centres(grid)
    for r, y in enumerate(ys):
        for c, x in enumerate(xs):
            i, j = math.floor((Y + 40 - y) / 10), math.floor((x - X) / 10)
            if 0 <= i < 4 and 0 <= j < 5:
                wanted[r, c], sure[r, c] = values[i, j], known[i, j]
    got, there = laid(values, known, (X, Y + 40), grid, window)
    np.testing.assert_array_equal(got, wanted[window])
    np.testing.assert_array_equal(there, sure[window])
    _, all_known = laid(values, None, (X, Y + 40), grid, window)
    np.testing.assert_array_equal(all_known, (wanted > 0)[window])
    source = MemorySource(rasters={"ghi": (values, known)},
                          grid=plan_grid((X, Y, X + 50, Y + 40), CRS, 10))  # fmt: skip
    for a, b in zip(source.raster("ghi", grid, window), (got, there), strict=True):
        np.testing.assert_array_equal(a, b)


def test_rasters_without_a_grid_lie_nowhere():
    grid = plan_grid((X, Y, X + 50, Y + 40), CRS, 10)
    with pytest.raises(ConfigError, match="grid"):
        MemorySource(rasters={"ghi": (np.zeros((1, 1)), np.ones((1, 1), bool))}).raster(
            "ghi", grid, full_window(grid)
        )


def test_prepared_rasters_are_those_that_were_given(tmp_path):
    grid = plan_grid((X, Y, X + 50, Y + 40), CRS, 10)
    around = plan_grid((X - 10, Y - 10, X + 60, Y + 50), CRS, 10)
    values = np.arange(42, dtype=np.float32).reshape(6, 7)
    whole = np.ones((6, 7), bool)
    holes = values % 5 > 0
    source = MemorySource(rasters={"ghi": (values, whole), "dem": (values, holes)}, grid=around)
    ready = prepared(source, tmp_path, {"ghi": "a", "dem": "b"}, grid, fields={},
                     rasters=("ghi", "dem"), absent=frozenset({"road"}))  # fmt: skip
    # one cell of a halo is kept on every side, and no more
    wide = (slice(-2, 6), slice(-2, 7))
    for name, sure in (("ghi", whole), ("dem", holes)):
        got, known = ready.raster(name, grid, wide)
        wanted = np.zeros((8, 9), bool)
        wanted[1:7, 1:8] = sure
        np.testing.assert_array_equal(known, wanted)
        np.testing.assert_array_equal(got[1:7, 1:8], values)
    assert [ready.state(k) for k in ("ghi", "road", "river")] == [
        "available", "assumed_absent", "missing",
    ]  # fmt: skip


# ------------------------------------------------------------------ who reaches a tile

MANY = ragged([box(10 * k, 0, 10 * k + 5, 5) for k in range(600)])


def job(reach: np.ndarray, n: int, distance: np.ndarray | None = None) -> BurnJob:
    return BurnJob("road", MANY, 0, np.zeros(n) if distance is None else distance,
                   np.ones(n, np.uint64), False, reach)  # fmt: skip


def test_bounds_of_blocks_of_256_features(monkeypatch):
    distance = np.full(600, 2.0)
    distance[255], distance[256], distance[599] = 20.0, NAN, 7.0
    wanted = [
        [X - 2, Y - 20, X + 2555 + 20, Y + 25],
        [X + 2568, Y - 2, X + 5117, Y + 7],
        [X + 5118, Y - 7, X + 5995 + 7, Y + 12],
    ]
    np.testing.assert_array_equal(_reach(MANY, distance), wanted)
    # a block at a time, as a province is taken
    monkeypatch.setattr(program, "_CHUNK", 256)
    np.testing.assert_array_equal(_reach(MANY, distance), wanted)
    assert _reach(ragged([]), np.zeros(0)).shape == (0, 4)


@pytest.mark.parametrize(
    ("bounds", "blocks"),
    [
        ((0, 0, 10, 10), [0]),
        ((10, 10, 19, 20), [0]),  # touching corners reach
        ((10, 10, 20, 20), [0, 1]),
        ((10.1, 0, 19.9, 10), []),
        ((-5, -5, 0, 0), [0]),
        ((-5, -5, -0.1, 0), []),
        ((-5, -5, 0, -0.1), []),
        ((0, 10.1, 10, 19), []),
        ((20, 0, 30, 10), [1]),
        ((30.1, 0, 40, 10), [2]),  # the last block is not full
        ((5, 5, 35, 5), [0, 1]),
        ((5, 5, 45, 5), [0, 1, 2]),
    ],
)
def test_blocks_that_touch_a_tile_are_looked_at(bounds, blocks):
    reach = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]], float)
    found = select_features(job(reach, 600), bounds)
    n = [256, 256, 88]
    wanted = [256 * b + k for b in blocks for k in range(n[b])]
    assert found.tolist() == wanted


def test_features_near_a_box_touch_it():
    found = features_of(table([box(10 * k, 0, 10 * k + 5, 5) for k in range(4)],
                              name=list("abcd")), "settlement")  # fmt: skip
    for sides, names in (
        ((15, 5, 20, 9), "bc"), ((15.1, 0, 19.9, 5), ""), ((-9, -9, 0, 0), "a"),
        ((0, 5.1, 50, 9), ""), ((0, -9, 50, -0.1), ""), ((0, 0, 50, 5), "abcd"),
    ):  # fmt: skip
        got = drawn_near(found, (X + sides[0], Y + sides[1], X + sides[2], Y + sides[3]))
        assert "".join(got.table["name"]) == names
        assert len(got.shapes) == len(got.half_width_m) == len(names)
    bare = Features(ragged([box(0, 0, 5, 5)]), pd.DataFrame({"name": ["a"]}))
    assert drawn_near(bare, (X, Y, X + 1, Y + 1)).half_width_m.tolist() == [0.0]


def test_jobs_of_a_layer_know_their_reach():
    shapes = ragged([box(0, 0, 5, 5), box(100, 0, 105, 5)])
    one, two = burn_jobs("road", shapes, [atom_of(0, np.array([5.0, NAN])),
                                          atom_of(70, np.array([NAN, 9.0]))])  # fmt: skip
    assert one.reach.tolist() == [[X - 5, Y - 5, X + 10, Y + 10]]
    assert two.reach.tolist() == [[X + 91, Y - 9, X + 114, Y + 14]]
    assert (two.word, two.mask.tolist()) == (1, [0, 1 << 6])


# ------------------------------------------------------------------ bits


def test_what_is_asked_twice_is_one_bit():
    bits = Bits(MemorySource(), plan_grid((X, Y, X + 50, Y + 40), CRS, 10))
    assert bits.bit(("a",)) == (0, True)
    assert bits.bit(("b",)) == (1, True)
    assert bits.bit(("a",)) == (0, False)
    assert bits.n_bits == 2
    far = np.array([5.0, NAN])
    assert [bits.atom("road", far, touch=t) for t in (False, True, False)] == [2, 3, 2]
    assert bits.atom("river", far, touch=False) == 4
    assert bits.atom("road", np.array([5.1, NAN]), touch=False) == 5
    assert bits.atom("road", np.array([NAN, NAN]), touch=False) == -1
    assert [a.bit for a in bits.atoms["road"]] == [2, 3, 5]


def test_a_limit_has_a_bit_and_a_raster_one_doubt():
    canvas = Cells(Bits(MemorySource(), plan_grid((X, Y, X + 50, Y + 40), CRS, 10)), "rule")
    slope = Answer("slope", "available", "dem")
    first = canvas.limit(slope, ">", 25.0)
    assert (first.hit, first.unknown, first.covered) == (0, 1, -1)
    second = canvas.limit(slope, ">=", 25.0)
    assert (second.hit, second.unknown) == (2, 1)
    assert canvas.limit(slope, ">", 25.0) == first
    assert [(j.operator, j.limit, j.hit, j.unknown) for j in canvas.bits.limits] == [
        (">", 25.0, 0, 1), (">=", 25.0, 2, 1),
    ]  # fmt: skip


def test_a_layer_that_lacks_is_known_or_not():
    canvas = Cells(Bits(MemorySource(), plan_grid((X, Y, X + 50, Y + 40), CRS, 10)), "rule")
    wanted = dict.fromkeys(("missing", "law_unknown", "no_turbine"), UNKNOWN)
    for state, value in {**wanted, "assumed_absent": MISS}.items():
        assert canvas.lacking(Answer("road", state)) == Constant(value)
        assert canvas.seen["road"] == state


def test_a_filter_asks_every_kind_of_row_once():
    columns = {"road_class": ["national", "county", None, "national", "county"],
               "lane": [4.0, 2.0, 2.0, 2.0, NAN]}  # fmt: skip
    shapes = [box(10 * k, 0, 10 * k + 5, 5) for k in range(5)]
    found = Features(ragged(shapes), pd.DataFrame(columns), np.zeros(5))
    asked = {"road_class": "national"}
    assert _selected(found, asked).tolist() == [HIT, MISS, UNKNOWN, HIT, MISS]
    assert _selected(found, {}).tolist() == [HIT] * 5
    # a field the table has not is known of none; with another it is not known where that hits
    assert _selected(found, {"road_class": "national", "missing": "x"}).tolist() == [
        UNKNOWN, MISS, UNKNOWN, UNKNOWN, MISS,
    ]  # fmt: skip
    assert _selected(found, {"missing": "x"}).tolist() == [UNKNOWN] * 5
    both = {"road_class": "national", "lane": 4.0}
    assert _selected(found, both).tolist() == [HIT, MISS, MISS, MISS, MISS]
    empty = Features(ragged([]), pd.DataFrame({"road_class": []}))
    assert _selected(empty, asked).shape == (0,)


def test_features_without_an_area_are_lines_and_points_of_no_width():
    shapes = ragged(
        [
            shapely.Point(X, Y),
            shapely.LineString([(X, Y), (X + 9, Y)]),
            shapely.LineString([(X, Y), (X + 9, Y)]),
            box(0, 0, 5, 5),
            shapely.MultiPolygon([box(0, 0, 5, 5), box(9, 0, 12, 5)]),
        ]
    )
    wide = Features(shapes, half_width_m=np.array([0.0, 0.0, 4.0, 0.0, 0.0]))
    assert _without_area(wide).tolist() == [True, True, False, False, False]
    assert _without_area(Features(shapes)).tolist() == [True, True, True, False, False]


def test_lines_inside_which_nothing_lies_take_the_cells_they_cross():
    grid = plan_grid((X, Y, X + 50, Y + 40), CRS, 10)
    thin = shapely.LineString([(X, Y), (X + 9, Y)])

    def covered(*half: float) -> Any:
        source = MemorySource({"road": table([thin] * len(half), half_width_m=list(half))})
        canvas = Cells(Bits(source, grid), "rule")
        return canvas.covered("road", {}), canvas.bits

    node, bits = covered(3.0)
    assert isinstance(node, Leaf)
    assert [a.touch for a in bits.atoms["road"]] == [False]
    assert bits.atoms["road"][0].distance_m == pytest.approx([3.0], rel=1e-3)
    node, bits = covered(3.0, 0.0)
    assert isinstance(node, OneOf)
    (area, line) = bits.atoms["road"]
    assert (area.touch, line.touch) == (False, True)
    assert (area.rows.tolist(), line.rows.tolist()) == ([0], [1])
    np.testing.assert_allclose(area.distance_m, [3.0], rtol=1e-3)
    np.testing.assert_array_equal(line.distance_m, [0.0])
    assert [(p.hit, p.unknown, p.covered) for p in node.parts] == [(0, -1, -1), (1, -1, -1)]


def test_why_a_rule_is_not_judged_comes_in_one_order():
    order = ["missing", "law_unknown", "assumed_absent", "no_turbine"]
    for k, state in enumerate(order):
        seen = {f"layer{i}": s for i, s in enumerate(reversed(order[k:]))}
        seen["there"] = "available"
        found = _verdict(seen)
        assert found.state == state
        assert found.layers == tuple(seen)
        assert found.missing == tuple(n for n, s in seen.items() if s == state)
    both = _verdict({"a": "missing", "b": "missing", "c": "available"})
    assert both.missing == ("a", "b")
    fine = _verdict({"c": "available"})
    assert (fine.state, fine.layers, fine.missing) == ("judged", ("c",), ())
    assert _verdict({}).state == "judged"


def test_a_rule_that_waits_for_a_layer_and_a_turbine_says_both():
    """No layer alone lets it be judged, so it awaits none and its land stays unknown."""
    found = _verdict({"road": "no_turbine", "railway": "missing"})
    assert (found.state, found.turbine, found.awaits) == ("missing", True, ())
    assert "hub height" in reason(found)("en")
    assert "轮毂高度" in reason(found)("zh")
    layer_only = _verdict({"railway": "missing"})
    assert (layer_only.turbine, layer_only.awaits) == (False, ("railway",))


def test_class_values_a_table_of_bits_may_have(monkeypatch):
    source = MemorySource(vocabularies={"land_cover": "worldcover2021"})
    # 100 is the largest value of WorldCover (moss and lichen): 101 columns
    bits = SimpleNamespace(source=source, classes={"land_cover": [(0, 1, {"100": HIT})]})
    (made,) = _class_jobs(bits, 1)
    assert made.bits.shape == (1, 101)
    assert factors._CLASS_VALUES == 65_536
    monkeypatch.setattr(factors, "_CLASS_VALUES", 101)
    _class_jobs(bits, 1)
    monkeypatch.setattr(factors, "_CLASS_VALUES", 100)
    with pytest.raises(ConfigError, match="land_cover"):
        _class_jobs(bits, 1)


# ------------------------------------------------------------------ half widths of a plan


def test_half_widths_of_a_plan_are_for_lines():
    line = shapely.LineString([(X, Y), (X + 9, Y)])
    shapes = [line, shapely.MultiLineString([line]), box(0, 0, 5, 5), shapely.Point(X, Y), line]
    roads = table(shapes, road_class=["national", "county", "national", "national", "county"])
    own = HalfWidth(layer="road", half_width_m=7.0, reason="x")
    some = HalfWidth(layer="road", where={"road_class": "county"}, half_width_m=2.0, reason="x")
    other = HalfWidth(layer="river", half_width_m=99.0, reason="x")
    assert features_of(roads, "road").half_width_m.tolist() == [12.0, 6.0, 0.0, 0.0, 6.0]
    assert features_of(roads, "road", (own, other)).half_width_m.tolist() == [7, 7, 0, 0, 7]
    found = features_of(roads, "road", (some,)).half_width_m.tolist()
    assert found == [12.0, 2.0, 0.0, 0.0, 2.0]


# ------------------------------------------------------------------ heights

ROUND = plan_grid((X - 10, Y - 10, X + 60, Y + 50), CRS, 10)
INNER = plan_grid((X, Y, X + 50, Y + 40), CRS, 10)


def ground(east: float, north: float) -> MemorySource:
    """A plane that rises by so much to the metre; one cell of the halo is not known."""
    xs, ys = cell_centres(ROUND)
    dem = (east * (xs - X)[None, :] + north * (ys - Y)[:, None]).astype(np.float32)
    known = np.ones(dem.shape, bool)
    known[0, 0] = False
    return MemorySource(rasters={"dem": (dem, known)}, grid=ROUND)


@pytest.mark.parametrize(
    ("east", "north", "slope", "facing"),
    [
        # falls to the west, the east, the south, the north; clockwise from north
        (1.0, 0.0, 45.0, 270.0),
        (-1.0, 0.0, 45.0, 90.0),
        (0.0, 0.5, math.degrees(math.atan(0.5)), 180.0),
        (0.0, -0.5, math.degrees(math.atan(0.5)), 0.0),
        (1.0, 1.0, math.degrees(math.atan(math.sqrt(2))), 225.0),
    ],
)
def test_slope_and_aspect_of_a_plane(east, north, slope, facing):
    source = ground(east, north)
    for layer, wanted in (("slope", slope), ("aspect", facing)):
        values, known = raster_cells(source, layer, INNER)
        assert values.shape == known.shape == (4, 5)
        # the corner cell has a neighbour that is not known
        assert np.flatnonzero(~known).tolist() == [0]
        assert values[known] == pytest.approx(np.full(19, wanted), abs=1e-3)
        answer = Answer(layer, "available", "dem")
        at = (slice(1, 2), slice(1, 2))
        cells = read_cells(source, answer, INNER, at)
        assert cells[0].shape == (3, 3)
        assert value_at(cells, answer, 10.0) == pytest.approx(wanted, abs=1e-3)
        corner = read_cells(source, answer, INNER, (slice(0, 1), slice(0, 1)))
        assert value_at(corner, answer, 10.0) is None
    raw = Answer("dem", "available")
    values, known = read_cells(source, raw, INNER, (slice(0, 1), slice(0, 2)))
    assert values.shape == (1, 2)
    assert shown_cells((values, known), raw, 10.0) == (values, known)
    assert value_at((values, known), raw, 10.0) == pytest.approx(5 * east + 35 * north)
    assert value_at((values, ~known), raw, 10.0) is None
    assert raster_cells(MemorySource(), "slope", INNER) is None
    window = (slice(1, 3), slice(2, 5))
    assert raster_cells(source, "slope", INNER, window)[0].shape == (2, 3)


@pytest.mark.parametrize(
    ("operator", "limit", "hits"),
    [(">", 180.0, False), (">=", 180.0, True), ("<", 180.0, False), ("<=", 180.0, True),
     (">", 179.0, True), ("<", 181.0, True), (">", 181.0, False), ("<", 179.0, False)],
)  # fmt: skip
def test_an_aspect_beyond_a_limit(operator, limit, hits):
    answer = Answer("aspect", "available", "dem")
    for source, faces in ((ground(0.0, 0.5), True), (ground(0.0, 0.0), False)):
        cells = read_cells(source, answer, INNER, full_window(INNER))
        out = np.zeros((4, 5), np.uint64)
        or_beyond(out, cells, answer, 10.0, operator, limit, hit=4, unknown=8)
        assert out[0, 0] == 8
        # flat ground faces nowhere: beyond no limit, and known
        assert set(out.ravel()[1:].tolist()) == {4 if hits and faces else 0}


def test_a_raster_as_it_is_beyond_a_limit():
    source = ground(1.0, 0.0)
    answer = Answer("dem", "available")
    cells = read_cells(source, answer, INNER, full_window(INNER))
    out = np.full((4, 5), 1, np.uint64)
    or_beyond(out, cells, answer, 10.0, ">=", 25.0, hit=2, unknown=4)
    # centres at 5, 15 ... 45 m; what was there stays
    assert out.tolist() == [[1, 1, 3, 3, 3]] * 4


# ------------------------------------------------------------------ layers kept on disk


def test_features_are_kept_along_a_curve_of_neighbours(tmp_path):
    # of four corners the Z-curve takes south-west, south-east, north-west, north-east
    corners = [(90, 90), (0, 90), (90, 0), (0, 0)]
    shapes = ragged([box(x, y, x + 5, y + 5) for x, y in corners])
    assert _order(shapes).tolist() == [3, 2, 1, 0]
    assert _order(ragged([])).tolist() == []
    assert _order(ragged([box(0, 0, 1, 1)] * 3)).tolist() == [0, 1, 2]
    near = ragged([box(k, 0, k + 1, 1) for k in (9, 1, 5, 3)])
    assert _order(near).tolist() == [1, 3, 2, 0]


def test_features_kept_in_parts_are_the_whole(tmp_path):
    shapes = [box(10 * k, 0, 10 * k + 5, 5) for k in range(4)]
    whole = table(shapes, name=["a", "b", None, "d"], lane=[1.0, NAN, 3.0, 4.0])
    source = MemorySource({"settlement": whole})
    parts = [
        features_of(whole.iloc[:1], "settlement"),
        features_of(whole.iloc[1:], "settlement"),
    ]
    entry = prepare_features(tmp_path, "settlement", "x", source, ["name", "lane", "none"],
                             parts=lambda: parts)  # fmt: skip
    ready = prepared(source, tmp_path, {"settlement": "x"}, INNER,
                     fields={"settlement": ["name", "lane", "none"]})  # fmt: skip
    assert ready.entries["settlement"] == str(entry)
    found = ready.features("settlement")
    assert len(found) == 4
    assert list(found.table.columns) == ["name", "lane"]
    assert found.table["name"].astype(object).tolist()[:2] == ["a", "b"]
    assert found.table["name"].isna().tolist() == [False, False, True, False]
    np.testing.assert_array_equal(found.table["lane"], [1.0, NAN, 3.0, 4.0])
    assert found.half_width_m.tolist() == [0.0] * 4
    near = ready.near("settlement", (X + 15, Y, X + 20, Y + 1))
    assert [s.bounds[0] - X for s in near.shapes] == [10.0, 20.0]
    np.testing.assert_array_equal(found.shapes.bounds, ragged(shapes).bounds)
    assert tiles.BLOCK == program.BLOCK == 256


@pytest.mark.parametrize("rows", [1, 3, 5, 6, 7])
def test_rasters_are_kept_band_by_band(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(prepare, "_BAND", rows)  # of six rows with the halo
    xs, ys = cell_centres(ROUND)
    values = (xs[None, :] + 1000 * ys[:, None]).astype(np.float64)
    known = np.ones(values.shape, bool)
    known[-1, -1] = rows == 3
    source = MemorySource(rasters={"ghi": (values, known)}, grid=ROUND)
    ready = prepared(source, tmp_path, {"ghi": "a"}, INNER, fields={}, rasters=("ghi",))
    got, sure = ready.raster("ghi", ROUND, full_window(ROUND))
    np.testing.assert_array_equal(got, values)
    np.testing.assert_array_equal(sure, known)
    # where everything is known no second file is kept
    folder = Path(ready.entries["ghi"])
    assert (folder / "known.npy").exists() == (rows != 3)


# ------------------------------------------------------------------ limits of a tile


@pytest.mark.parametrize(("hit", "unknown"), [(0, 1), (63, 64), (64, 63), (5, 130), (130, 5)])
def test_a_limit_sets_its_bits_in_whatever_word_they_are(hit, unknown):
    source = ground(1.0, 0.0)  # centres at 5, 15 ... 45 m
    source.rasters["dem"][1][1, 1] = False  # the first cell of the grid
    answer = Answer("dem", "available")
    job_ = LimitJob(answer, ">", 20.0, hit, unknown)
    words = np.zeros((3, 4, 5), np.uint64)
    cells = read_cells(source, answer, INNER, full_window(INNER))
    name, n = _limit_bits(words, answer, [job_], cells, 10.0)
    assert (name, n) == ("dem", 19)
    bits = sum(int(w) << 64 * k for k, w in enumerate(words[:, 0, 0]))
    assert bits == 1 << unknown
    for c in range(1, 5):
        bits = sum(int(w) << 64 * k for k, w in enumerate(words[:, 0, c]))
        assert bits == (1 << hit if c > 1 else 0)


def test_heights_are_read_once_for_slope_and_aspect(monkeypatch):
    source = ground(1.0, 0.0)  # rises to the east by 45 degrees: faces west, 270
    read = []
    monkeypatch.setattr(tiles, "read_cells", lambda *a: read.append(a[1]) or read_cells(*a))
    limits = [
        LimitJob(Answer("slope", "available", "dem"), ">", 40.0, 0, 1),
        LimitJob(Answer("aspect", "available", "dem"), "<", 200.0, 2, 3),
        LimitJob(Answer("slope", "available", "dem"), ">", 50.0, 4, 5),
        LimitJob(Answer("dem", "available"), ">", 20.0, 6, 7),
    ]
    job = SimpleNamespace(grid=INNER, burns=(), classes=(), limits=limits)
    words = np.zeros((1, 4, 5), np.uint64)
    known = tiles.fill_words(words, job, source, full_window(INNER))
    # the heights with a halo once, the heights themselves once
    assert [(a.layer_id, a.base) for a in read] == [("slope", "dem"), ("dem", "")]
    assert known["dem"] == 20
    # steeper than 40, no less than 200, not steeper than 50; 45 m high in the last column
    assert int(words[0, 1, 4]) == 1 << 0 | 1 << 6
    assert int(words[0, 1, 1]) == 1 << 0


def test_layers_a_test_may_ask_about():
    assert consulted(["road"]) == {"road"}
    assert consulted(["aspect"]) == {"aspect", "dem"}
    assert consulted(["land_parcels", "road"]) == {"land_parcels", "land_cover", "road"}
    assert consulted([]) == frozenset()


def test_land_moves_by_the_states_of_its_cells():
    before = np.array([[0, 1, 2, 3, 4]] * 4, np.uint8)
    after = np.array([[0] * 5, [0, 1, 2, 3, 4], [0, 3, 3, 3, 3], [1] * 5], np.uint8)
    county = coverage_runs(ragged([box(10, 0, 50, 40)]), INNER)  # without the first column
    moved = transition_areas(before, after, county, cell_areas(INNER))
    area = cell_area_m2(INNER)
    wanted = np.zeros((5, 5))
    for r in range(4):
        for c in range(1, 5):
            wanted[before[r, c], after[r, c]] += area[r, 0]
    np.testing.assert_allclose(moved, wanted, rtol=1e-6, atol=1e-6)


def rule(i: int, test: dict[str, Any]) -> Rule:
    return Rule.model_validate(
        {
            "id": f"T-{i:03d}", "applies_to": ["pv"], "holds_in": {"country": "CN"},
            "kind": "hard", "source_step": "primary", "title": {"zh": "甲", "en": "a"},
            "citation": "x", "quote": "x", "stated": {"layer": "x", "operator": "x"},
            "test": test,
        }
    )  # fmt: skip


def test_rules_about_projects_and_faulty_ones_are_passed_over_one_by_one():
    note = {"type": "note", "about": {"zh": "甲", "en": "a"}}
    road = {"type": "intersects", "layer": "road"}
    county = coverage_runs(ragged([box(0, 0, 50, 40)]), INNER)
    source = MemorySource({k: table([box(0, 0, 5, 5)]) for k in ("road", "river")})
    made = compile_rules([rule(1, note), rule(2, road), rule(3, note), rule(4, road)], source,
                         INNER, county)  # fmt: skip
    assert [r.id for r in made.rules] == ["T-002", "T-004"]
    assert made.nodes[0] == made.nodes[1]
    assert made.n_words == 1
    bad = {"type": "above", "layer": "road", "limit": 1, "unit": "deg"}
    other = {**bad, "layer": "river"}
    with pytest.raises(ConfigError) as e:
        compile_rules([rule(1, bad), rule(2, road), rule(3, other)], source, INNER, county)
    assert len(e.value.faults) == 2  # all faults of all rules at once


def test_parcels_of_a_class_take_their_own_land_and_no_more():
    parcels = table([box(0, 0, 20, 40), box(20, 0, 30, 40), box(30, 0, 40, 40)],
                    dlbm=["0101", "1205", None])  # fmt: skip
    source = MemorySource({"land_parcels": parcels})
    asked = {"type": "in_classes", "layer": "land_parcels", "classes": ["0101"]}
    county = coverage_runs(ragged([box(0, 0, 50, 40)]), INNER)
    made = compile_rules([rule(1, asked)], source, INNER, county)
    found = screen_program(made, source, engine="serial")
    # two columns of paddy are taken, sand is left; no code and no parcel are not known
    assert state_raster(found)[0].tolist() == [3, 3, 1, 4, 4]
    assert all(np.nanmax(np.abs(j.distance_m)) == 0.0 for j in made.burns)
