"""Screening on counties small enough to count by hand."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import cell_centres, plan_grid
from gis.cells.rasterize import coverage_runs, ragged
from siting.rules.model import Rule
from siting.screen.attribution import attribute, leave_one_out, pairwise_m2, waterfall
from siting.screen.coded import (
    CONDITIONAL,
    LEFT,
    OUTSIDE,
    TAKEN,
    UNDECIDED,
    areas_by_state,
    screen_program,
    state_raster,
)
from siting.screen.factors import compile_rules
from siting.screen.sources import MemorySource
from siting.screen.tables import overlap_table

CRS = 4544
BOX = (500_000, 4_300_000, 500_200, 4_300_100)  # 20 x 10 cells of 10 m
GRID = plan_grid(BOX, CRS, 10)
COUNTY = coverage_runs(ragged([shapely.box(*BOX)]), GRID)


def rule(i, test, kind="hard", source_step="primary", **more):
    return Rule.model_validate(
        {
            "id": f"T-{i:03d}",
            "applies_to": ["pv"],
            "holds_in": {"country": "CN"},
            "kind": kind,
            "source_step": source_step,
            "title": {"zh": "测试", "en": "test"},
            "citation": "test",
            "quote": "test",
            "stated": {"layer": "x", "operator": "x"},
            "test": test,
            **more,
        }
    )


def table(geoms, **fields):
    return gpd.GeoDataFrame(fields, geometry=list(geoms), crs=CRS)


def run(rules, source, county=COUNTY, grid=GRID, **options):
    return screen_program(compile_rules(rules, source, grid, county), source, **options)


def full(value, dtype=np.float32):
    return np.full(GRID.shape, value, dtype), np.ones(GRID.shape, bool)


ROAD = table(
    [
        shapely.LineString([(499_000, 4_300_055), (501_000, 4_300_055)]),
        shapely.LineString([(500_105, 4_299_000), (500_105, 4_301_000)]),
    ],
    road_class=["national", "county"],
    half_width_m=[5.0, 0.0],
)


def test_setback_from_the_land_edge_by_road_class():
    # national road along y = 55 with a half width of 5 m: 10 m from its edge is 15 m from
    # the centre line, so rows with centres 45, 55, 65 are hit and 35 and 75 are not
    national = rule(
        1,
        {
            "type": "within",
            "layer": "road",
            "where": {"road_class": "national"},
            "distance_m": 10,
            "bounds_m": [0, 99],
            "from": "land_edge",
        },
    )
    s = run([national], MemorySource({"road": ROAD}))
    hit = state_raster(s) == TAKEN
    y = cell_centres(GRID)[1]
    assert np.array_equal(hit.any(axis=1), np.isin(y - 4_300_000, [45, 55, 65]))
    assert hit.sum() == 60


def test_centre_line_distances_take_no_half_width():
    t = {
        "type": "within",
        "layer": "road",
        "where": {"road_class": "national"},
        "distance_m": 10,
        "bounds_m": [0, 99],
        "from": "centre_line",
    }
    s = run([rule(1, t)], MemorySource({"road": ROAD}))
    assert (state_raster(s) == TAKEN).sum() == 60  # 45, 55, 65 are 10, 0, 10 m away
    t["distance_m"] = 9.99
    s = run([rule(1, t)], MemorySource({"road": ROAD}))
    assert (state_raster(s) == TAKEN).sum() == 20


def test_line_without_width_intersects_the_cells_it_crosses():
    t = {"type": "intersects", "layer": "road", "where": {"road_class": "county"}}
    s = run([rule(1, t)], MemorySource({"road": ROAD}))
    hit = state_raster(s) == TAKEN
    assert hit[:, 10].all()
    assert hit.sum() == 10


def test_voltage_range():
    lines = table(
        [shapely.LineString([(500_000, y), (500_200, y)]) for y in (4_300_005, 4_300_055)],
        voltage_kv=[110.0, 220.0],
        half_width_m=[0.0, 0.0],
    )
    t = {
        "type": "within",
        "layer": "power_line",
        "where": {"voltage_kv": {"min": 154, "max": 330}},
        "distance_m": 10,
        "bounds_m": [0, 99],
        "from": "outer_conductor",
    }
    s = run([rule(1, t)], MemorySource({"power_line": lines}))
    assert np.flatnonzero((state_raster(s) == TAKEN).all(axis=1)).tolist() == [3, 4, 5]


def test_priority_taken_unknown_conditional_left():
    redline = table([shapely.box(500_000, 4_300_000, 500_050, 4_300_100)])  # columns 0-4
    slope = np.full(GRID.shape, 5.0, np.float32)
    known = np.ones(GRID.shape, bool)
    known[:, 3:8] = False  # columns 3-7 unknown
    heritage = table([shapely.box(500_060, 4_300_000, 500_120, 4_300_100)])  # columns 6-11
    source = MemorySource(
        {"ecological_red_line": redline, "mining_right": heritage},
        {"slope": (slope, known)},
        GRID,
    )
    s = run(
        [
            rule(1, {"type": "intersects", "layer": "ecological_red_line"}),
            rule(2, {"type": "above", "layer": "slope", "limit": 15, "unit": "deg"}),
            rule(3, {"type": "intersects", "layer": "mining_right"}, "conditional"),
        ],
        source,
    )
    row = state_raster(s)[0].tolist()
    assert row == [TAKEN] * 5 + [UNDECIDED] * 3 + [CONDITIONAL] * 4 + [LEFT] * 8
    assert s.ids(int(s.code[0, 4]), 2) == ("T-001",)
    assert s.ids(int(s.code[0, 6]), 1) == ("T-002",)


def test_recalled_hard_rule_alone_never_takes():
    wall = table([shapely.box(*BOX)])
    t = {"type": "intersects", "layer": "ecological_red_line"}
    s = run([rule(1, t, source_step="recalled")], MemorySource({"ecological_red_line": wall}))
    assert (state_raster(s) == CONDITIONAL).all()


def test_missing_layer_is_unknown_and_assumed_absent_is_left():
    t = {"type": "intersects", "layer": "ecological_red_line"}
    s = run([rule(1, t)], MemorySource())
    assert (state_raster(s) == UNDECIDED).all()
    assert s.verdicts[0].state == "missing"
    s = run([rule(1, t)], MemorySource(absent=frozenset({"ecological_red_line"})))
    assert (state_raster(s) == LEFT).all()
    assert s.verdicts[0].state == "assumed_absent"


def test_preference_never_changes_the_state():
    t = {"type": "intersects", "layer": "sandy_land"}
    s = run([rule(1, t, "preference")], MemorySource())
    assert (state_raster(s) == LEFT).all()


def test_class_zero_is_a_class():
    # MCD12C1 writes water as 0; a rule on water hits it, and only it
    cover = np.zeros(GRID.shape, np.uint8)
    cover[:, 10:] = 16
    source = MemorySource(
        rasters={"land_cover": (cover, np.ones(GRID.shape, bool))},
        grid=GRID,
        vocabularies={"land_cover": "mcd12_igbp"},
    )
    t = {"type": "in_classes", "layer": "land_cover", "classes": ["water"]}
    s = run([rule(1, t)], source)
    # IGBP water may be a pond or canal, both in the group water
    assert (state_raster(s)[:, :10] == TAKEN).all()
    assert (state_raster(s)[:, 10:] == LEFT).all()


def test_straddling_class_is_unknown():
    cover = np.full(GRID.shape, 40, np.uint8)  # WorldCover cropland: arable or orchard
    cover[:, :5] = 60  # bare
    cover[:, 5:8] = 0  # nodata by the vocabulary
    source = MemorySource(
        rasters={"land_cover": (cover, cover != 0)},
        grid=GRID,
        vocabularies={"land_cover": "worldcover2021"},
    )
    t = {"type": "in_classes", "layer": "land_cover", "classes": ["cropland"]}
    row = state_raster(run([rule(1, t)], source))[0]
    assert row.tolist() == [LEFT] * 5 + [UNDECIDED] * 15


def test_parcels_by_code_and_silence_is_unknown():
    parcels = table(
        [
            shapely.box(500_000, 4_300_000, 500_100, 4_300_100),
            shapely.box(500_100, 4_300_000, 500_150, 4_300_100),
        ],
        dlbm=["0103", "1206"],
    )
    t = {
        "type": "intersects",
        "layer": "land_parcels",
        "where": {"dlbm": ["0101", "0102", "0103"]},
    }
    row = state_raster(run([rule(1, t)], MemorySource({"land_parcels": parcels})))[0]
    # columns 15-19 lie in no parcel: nobody knows what they are
    assert row.tolist() == [TAKEN] * 10 + [LEFT] * 5 + [UNDECIDED] * 5


def test_parcel_rule_is_answered_by_land_cover_when_parcels_are_missing():
    cover = np.full(GRID.shape, 40, np.uint8)
    cover[:, :5] = 60
    source = MemorySource(
        rasters={"land_cover": (cover, cover != 0)},
        grid=GRID,
        vocabularies={"land_cover": "worldcover2021"},
    )
    t = {
        "type": "intersects",
        "layer": "land_parcels",
        "where": {"dlbm": ["0101", "0102", "0103"]},
    }
    s = run([rule(1, t)], source)
    assert state_raster(s)[0].tolist() == [LEFT] * 5 + [UNDECIDED] * 15
    assert s.verdicts[0].layers == ("land_cover",)


def test_slope_from_heights_reaches_the_outermost_cells():
    # a plane rising 3 m every 10 m cell to the east: atan(0.3) = 16.7 degrees everywhere
    around = plan_grid((499_900, 4_299_900, 500_300, 4_300_200), CRS, 10)
    dem = np.tile(np.arange(around.shape[1]) * 3.0, (around.shape[0], 1)).astype(np.float32)
    source = MemorySource(rasters={"dem": (dem, np.ones(dem.shape, bool))}, grid=around)
    for limit, state in ((16.6, TAKEN), (16.8, LEFT)):
        t = {
            "type": "above",
            "layer": "slope",
            "limit": limit,
            "unit": "deg",
            "inclusive": False,
        }
        assert (state_raster(run([rule(1, t)], source)) == state).all()


def test_when_needs_both():
    slope = np.full(GRID.shape, 20.0, np.float32)
    slope[:, :10] = 1.0
    source = MemorySource(
        {"ecological_red_line": table([shapely.box(500_050, 4_300_000, 500_150, 4_300_100)])},
        {"slope": (slope, slope > 0)},
        GRID,
    )
    t = {
        "type": "intersects",
        "layer": "ecological_red_line",
        "when": [{"type": "above", "layer": "slope", "limit": 10, "unit": "deg"}],
    }
    assert np.flatnonzero(state_raster(run([rule(1, t)], source))[0] == TAKEN).tolist() == [
        10,
        11,
        12,
        13,
        14,
    ]


def test_all_nodata_raster_is_reported():
    slope = np.zeros(GRID.shape, np.float32)
    source = MemorySource(rasters={"slope": (slope, slope > 1)}, grid=GRID)
    s = run([rule(1, {"type": "above", "layer": "slope", "limit": 10, "unit": "deg"})], source)
    assert (state_raster(s) == UNDECIDED).all()
    assert s.verdicts[0].all_nodata == ("slope",)


def test_settlement_outside_the_border_counts():
    village = table([shapely.Point(499_950, 4_300_045)])  # 50 m west of the county
    t = {"type": "within", "layer": "settlement", "distance_m": 60, "bounds_m": [0, 999]}
    hit = state_raster(run([rule(1, t)], MemorySource({"settlement": village}))) == TAKEN
    assert hit.sum() > 0
    assert hit[5, 0]  # 55 m away
    assert not hit[5, 1]  # 65 m


def test_areas_are_ellipsoidal_shared_and_close():
    # a county whose border cuts cells: shares count, and the states add up to it
    border = shapely.Polygon([(500_003, 4_300_004), (500_197, 4_300_011), (500_150, 4_300_096)])
    county = coverage_runs(ragged([border]), GRID)
    source = MemorySource({"road": ROAD})
    t = {"type": "within", "layer": "road", "distance_m": 12, "bounds_m": [0, 99]}
    s = run([rule(1, t)], source, county)
    areas = areas_by_state(s)
    shares = np.zeros(GRID.shape)
    for k in range(GRID.shape[0]):
        for i in range(county.row[k], county.row[k + 1]):
            shares[k, county.start[i] : county.stop[i]] = county.share[i]
    want = (shares * cell_area_m2(GRID)).sum()
    assert sum(areas.values()) == pytest.approx(want, rel=1e-9)
    hit = state_raster(s) == TAKEN
    assert areas["taken"] == pytest.approx((shares * cell_area_m2(GRID))[hit].sum(), rel=1e-9)
    assert (state_raster(s)[shares == 0] == OUTSIDE).all()


def three_overlapping():
    boxes = {
        "ecological_red_line": shapely.box(500_000, 4_300_000, 500_100, 4_300_100),  # 0-9
        "nature_reserve": shapely.box(500_050, 4_300_000, 500_120, 4_300_100),  # 5-11
        "mining_right": shapely.box(500_110, 4_300_000, 500_140, 4_300_100),  # 11-13
    }
    kinds = ("hard", "hard", "conditional")
    rules = [
        rule(i + 1, {"type": "intersects", "layer": k}, kinds[i]) for i, k in enumerate(boxes)
    ]
    return run(rules, MemorySource({k: table([b]) for k, b in boxes.items()}))


def test_attribution_counted_by_hand():
    # in columns of 10 cells of 100 m2: red line 10, reserve 7, mining 3; together 5 and 1
    s = three_overlapping()
    a = attribute(s)
    column = s.county_m2 / 20
    assert (a.gross_m2 / column).round(6).tolist() == [10, 7, 3]
    assert (a.exclusive_m2 / column).round(6).tolist() == [5, 1, 2]
    # of the two hard rules alone: red line 0-4, reserve 10-11; the conditional one all 3
    assert (a.sole_m2 / column).round(6).tolist() == [5, 2, 3]
    pairs = pairwise_m2(s) / column
    assert pairs.round(6).to_numpy().tolist() == [[10, 5, 0], [5, 7, 1], [0, 1, 3]]
    # each pair once, and none that shares no land
    listed = overlap_table(s)
    assert listed[["rule_id", "other_id"]].to_numpy().tolist() == [
        ["T-001", "T-002"], ["T-002", "T-003"],
    ]  # fmt: skip
    assert (listed.area_ha * 1e4 / column).round(6).tolist() == [5, 1]


def test_waterfall_closes_in_any_order():
    s = three_overlapping()
    column = s.county_m2 / 20
    w = waterfall(s)
    assert (w.area_m2 / column).round(6).tolist() == [10, 2, 2]
    for order in (["T-003", "T-002", "T-001"], ["T-002"]):
        w = waterfall(s, order)
        assert w.area_m2.sum() + w.left_m2.iloc[-1] == pytest.approx(s.county_m2, rel=1e-12)
    assert waterfall(s, ["T-003"]).rule_id.tolist() == ["T-003", "T-001", "T-002"]


def test_leave_one_out_equals_a_run_without_the_rule():
    s = three_overlapping()
    column = s.county_m2 / 20
    w = leave_one_out(s).set_index("rule_id") / column
    # without the reserve, column 10 becomes left and column 11 conditional
    assert w.loc["T-002", "gain_m2"] == pytest.approx(1)
    assert w.loc["T-002", "conditional_m2"] == pytest.approx(1)
    assert w.loc["T-002", "taken_m2"] == pytest.approx(-2)
    assert w.loc["T-003", "gain_m2"] == pytest.approx(2)


def test_aspect_from_heights_and_flat_ground_faces_nowhere():
    # west half flat; east half falls to the north: it faces 0 degrees
    around = plan_grid((499_900, 4_299_900, 500_300, 4_300_200), CRS, 10)
    dem = np.zeros(around.shape, np.float32)
    dem[:, 20:] = np.arange(around.shape[0])[:, None] * 2.0
    source = MemorySource(rasters={"dem": (dem, np.ones(dem.shape, bool))}, grid=around)
    t = {"type": "below", "layer": "aspect", "limit": 45, "unit": "deg"}
    s = run([rule(1, t)], source)
    state = state_raster(s)
    assert (state[:, :8] == LEFT).all()
    assert (state[:, 12:] == TAKEN).all()
    assert not (state == UNDECIDED).any()
