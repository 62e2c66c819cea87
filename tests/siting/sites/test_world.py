"""Facts, ways and borders of sites on a county of two by two kilometres drawn by hand.

The county is the square x 633000..635000, y 4308000..4310000 of EPSG:4544 with cells of 20 m.
The ground is flat in the west (x < 700; its north-west corner falls eastwards by 5 in 100), a
plane rising eastwards at 15 degrees in the middle, and in the east (x > 1300) a bowl
whose slope grows with y: tan = y / 10 000, facing south.
Metres below are counted from the south-west corner.
"""

from __future__ import annotations

from math import atan, degrees, radians, tan

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from shapely.geometry import LineString, Point, box

from geoplan.plan_file import load_plan
from gis.cells.cell_area import areal_scale
from gis.cells.grid import cell_centres, full_window, plan_grid, windows
from gis.cells.runs import run_raster
from gis.files.write_raster import write_cog
from layers.plan.model import LayerSource
from siting.sites.candidates import border_barrier, largest_sites, site_mask
from siting.sites.facts import _to_total, dlbm_areas, ground_facts, nearest_road, overlaps
from siting.sites.final import final_boundaries
from siting.sites.route import connect, cost_surface
from siting.sites.section import SitesSection

CRS, CELL = "EPSG:4544", 20.0
X, Y = 633000.0, 4308000.0
SCALE = float(areal_scale([X + 1000], [Y + 1000], CRS)[0])
TILT = tan(radians(15.0))

PLAN = """
[plan]
id = "square"
title = { zh = "方县", en = "Square" }
as_of = 2026-06-01

[area]
crs = "EPSG:4544"
cell_m = 20.0
boundary = { path = "county.gpkg", source = "test" }

[screening]
techs = ["pv"]

[layers.dem]
path = "dem.tif"
[layers.ghi]
path = "ghi.tif"
[layers.road]
path = "road.gpkg"
[layers.river]
path = "river.gpkg"
[layers.land_parcels]
path = "parcels.gpkg"
[layers.mining_right]
path = "mining.gpkg"
[layers.existing_pv]
path = "pv.gpkg"
[layers.nature_reserve]
path = "reserve.gpkg"
[layers.substations]
path = "substations.gpkg"
"""


def rect(x0, y0, x1, y1):
    return box(X + x0, Y + y0, X + x1, Y + y1)


def line(*points):
    return LineString([(X + x, Y + y) for x, y in points])


def write(path, geoms, **columns):
    gpd.GeoDataFrame(columns, geometry=geoms, crs=CRS).to_file(path)


def heights(x, y):
    flat = np.where((x < 250) & (y > 1850), 1000 - 0.05 * x, 1000.0)
    plane = 1000 + TILT * (x - 700)
    bowl = 1000 + TILT * 600 + y**2 / 20_000
    return np.where(x < 700, flat, np.where(x < 1300, plane, bowl))


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("square")
    wide = plan_grid((X - 400, Y - 400, X + 2400, Y + 2400), CRS, CELL)
    cx, cy = cell_centres(wide)
    x, y = np.asarray(cx)[None, :] - X, np.asarray(cy)[:, None] - Y
    write_cog(
        folder / "dem.tif",
        heights(x, y).astype(np.float32),
        wide,
        dtype="float32",
        nodata=-9999,
    )
    sun = np.where(x < 700, 1600.0, 1700.0) + 0 * y
    write_cog(folder / "ghi.tif", sun.astype(np.float32), wide, dtype="float32", nodata=-9999)
    write(folder / "county.gpkg", [rect(0, 0, 2000, 2000)], name=["方县"])
    write(
        folder / "road.gpkg",
        [line((-400, 1003), (2400, 1003)), line((300, 1300), (300, 2400))],
        road_class=["national", "village"],
    )
    write(folder / "river.gpkg", [line((213, -400), (213, 2400))], name=["河"])
    # paddy in the south-west, sand beside it and round the road, nothing else in the north
    write(
        folder / "parcels.gpkg",
        [rect(0, 0, 400, 900), rect(400, 0, 2000, 900), rect(500, 960, 900, 1400)],
        DLBM=["0101", "1205", "1205"],
        DLMC=["水田", "沙地", "沙地"],
    )
    write(
        folder / "mining.gpkg",
        [rect(100, 1500, 200, 1600), rect(299.5, 1690, 400, 1700)],
        name=["矿甲", "矿乙"],
        right_type=["mining", "mining"],
        mineral=["煤", "煤"],
    )
    write(folder / "pv.gpkg", [rect(1000, 1000, 1100, 1100)], name=["站"])
    write(folder / "reserve.gpkg", [rect(420, 100, 480, 160)], name=["保护区"])
    write(
        folder / "substations.gpkg",
        [Point(X + 100, Y + 1900), Point(X + 650, Y + 1900), Point(X + 650, Y + 1500)],
        name=["planned one", "one ten", "two twenty"],
        voltage_kv=[110.0, 110.0, 220.0],
        status=["planned", "operating", "operating"],
    )
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    return load_plan(folder / "plan.toml")


@pytest.fixture(scope="module")
def grid():
    return plan_grid((X, Y, X + 2000, Y + 2000), CRS, CELL)


def sites(*shapes, **columns):
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)
    table["site_id"] = [f"PV-{i:02d}" for i in range(1, len(shapes) + 1)]
    table["area_m2"] = shapely.area(np.asarray(table.geometry.array)) / SCALE**-1
    return table


def cell(grid, x, y):
    """Row and column of the cell that holds a place."""
    rows, _ = grid.shape
    return int(rows - 1 - y // CELL), int(x // CELL)


# ---------------------------------------------------------------- ground


def test_ground_of_flat_tilted_and_bowl_shaped_sites(plan, grid):
    own = sites(
        rect(100, 200, 500, 600), rect(900, 200, 1100, 600), rect(1500, 600, 1700, 1400)
    )
    found = ground_facts(plan, own, grid)
    assert found["slope_mean_deg"].tolist()[:2] == pytest.approx([0.0, 15.0], abs=1e-3)
    assert found["slope_max_deg"].tolist()[:2] == pytest.approx([0.0, 15.0], abs=1e-3)
    # flat land faces everywhere; the plane rises eastwards and faces west; the bowl south
    assert found["south_share"].tolist() == [1.0, 0.0, 1.0]
    # of a plane, the mean height is that of its middle: x = 1000
    assert found["elevation_mean_m"].tolist()[:2] == pytest.approx(
        [1000.0, 1000 + TILT * 300], abs=0.01
    )
    # of the bowl, that of its rows of cells
    rows = np.arange(610.0, 1400.0, 20.0)
    bottom = 1000 + TILT * 600
    assert found["elevation_mean_m"][2] == pytest.approx(
        bottom + (rows**2).mean() / 20_000, abs=0.02
    )
    # tan runs evenly from 0.061 at the lowest cell centre (610) to 0.139 at the highest:
    # 40 rows of cells, 95 % between the rows 37.05 and 38.05 counted from 0
    at = 610 + 0.95 * 39 * 20
    assert found["slope_p95_deg"][2] == pytest.approx(degrees(atan(at / 1e4)), abs=0.01)
    assert found["slope_max_deg"][2] == pytest.approx(degrees(atan(0.139)), abs=0.01)
    assert found["slope_mean_deg"][2] == pytest.approx(degrees(atan(0.1)), abs=0.02)
    assert found["ghi_kwh_m2"].tolist() == pytest.approx([1600.0, 1700.0, 1700.0])


def test_aspect_counts_only_where_there_is_a_slope(plan, grid):
    # half on the flat west, half on the slope facing west: no sloping cell faces south
    found = ground_facts(plan, sites(rect(300, 1200, 1100, 1400)), grid)
    assert found["south_share"][0] == 0.0
    # 5 in 100 are 2.9 degrees: a slope that counts, and it faces east
    found = ground_facts(plan, sites(rect(40, 1890, 200, 2000)), grid)
    assert found["slope_mean_deg"][0] == pytest.approx(degrees(atan(0.05)), abs=1e-3)
    assert found["south_share"][0] == 0.0
    # below one degree (tan 0.01745, y < 174) land counts as flat
    found = ground_facts(plan, sites(rect(1500, 20, 1700, 160)), grid)
    assert found["south_share"][0] == 1.0
    assert found["slope_max_deg"][0] < 1.0


# ---------------------------------------------------------------- land, roads, rights


def test_land_classes_and_land_without_a_parcel_add_up_to_the_site(plan):
    own = sites(rect(300, 800, 500, 1000))
    table = dlbm_areas(plan, own).set_index("dlbm")
    # 100 x 100 m of paddy, as much sand, and 200 x 100 m that no parcel covers
    for code, planar in (("0101", 1e4), ("1205", 1e4), ("", 2e4)):
        assert table.at[code, "area_m2"] == pytest.approx(planar * SCALE, rel=1e-5)
    assert table["area_m2"].sum() == pytest.approx(float(own["area_m2"].iloc[0]), rel=1e-12)
    assert table.at["0101", "area_ha"] == pytest.approx(SCALE, rel=1e-5)
    assert table.at["0101", "area_mu"] == pytest.approx(15 * SCALE, rel=1e-5)
    # a site no parcel touches is of no class, whole
    bare = dlbm_areas(plan, sites(rect(1200, 1500, 1240, 1540)))
    assert bare["dlbm"].tolist() == [""]
    assert bare["area_m2"].tolist() == pytest.approx([1600 * SCALE], rel=1e-5)


def test_a_site_whole_in_one_parcel_is_of_that_class_alone(plan):
    """The site is measured 143 m2 larger than its pieces: no parcel is missing in the plane."""
    own = sites(rect(300, 900, 400, 1000))
    whole = dlbm_areas(plan, own)
    assert len(whole) == 1
    wider = own.assign(area_m2=own["area_m2"] * 1.0009)
    found = dlbm_areas(plan, wider)
    assert found["dlbm"].tolist() == whole["dlbm"].tolist()
    assert found["area_m2"].sum() == pytest.approx(float(wider["area_m2"].iloc[0]), rel=1e-12)


def test_square_metres_of_short_edges_are_shared_out_and_overlapping_parcels_are_not():
    table = pd.DataFrame(
        {
            "site_id": ["a", "a", "b", "b"],
            "area_m2": [3_000_100.0, 1_000_000.0, 300.0, 200.0],
        }
    )
    sites = pd.DataFrame({"site_id": ["a", "b"], "area_m2": [4_000_000.0, 400.0]})
    found = _to_total(table, sites).tolist()
    # 4,000,100 m2 of pieces in a site of 4,000,000: each is 25 millionths too large
    assert found[:2] == pytest.approx([3_000_100 * 4e6 / 4_000_100, 1e6 * 4e6 / 4_000_100])
    assert sum(found[:2]) == pytest.approx(4e6, rel=1e-15)
    assert found[2:] == [300.0, 200.0]  # a quarter too much is parcels on one another


def test_the_nearest_road_and_its_class(plan):
    found = nearest_road(plan, sites(rect(500, 1200, 600, 1300), rect(400, 1800, 500, 1900)))
    # 197 m south to the national road; 100 m west to the village road
    assert found["road_distance_m"].tolist() == pytest.approx([197.0, 100.0])
    assert found["road_class"].tolist() == ["national", "village"]


def test_rights_overlapped_by_name_and_specks_left_out(plan):
    # 矿甲 wholly, 矿乙 by 0.5 x 10 m: 0.0005 ha is a speck
    found = overlaps(plan, sites(rect(50, 1400, 300, 1800)))
    assert found["layer"].tolist() == ["mining_right"]
    assert found["name"].tolist() == ["矿甲"]
    assert found["area_ha"].tolist() == pytest.approx([SCALE], rel=1e-5)
    # 20 x 10 m are 0.02 ha and no speck
    found = overlaps(plan, sites(rect(200, 1650, 319.5, 1800)))
    assert found["name"].tolist() == ["矿乙"]
    assert found["area_ha"].tolist() == pytest.approx([0.02 * SCALE], rel=1e-4)


# ---------------------------------------------------------------- cost of a way


@pytest.mark.parametrize(
    ("x", "y", "factor"),
    [
        # paddy, flat: 1.2; sand: 1.0; no parcel: 1.5
        (50, 300, 1.2),
        (550, 300, 1.0),
        (550, 1500, 1.5),
        # sand at 15 degrees: between 10 and 20, 1.5
        (1000, 300, 1.5),
        # a nature reserve on sand: 20 times
        (450, 130, 20.0),
        # within 150 m of a road a tenth is saved: sand 0.9 at 133 m, not at 153 m
        (550, 870, 0.9),
        (550, 850, 1.0),
        # on the national road: 400 m over a cell of 20 m
        (550, 1010, 0.9 + 20.0),
    ],
)
def test_cost_of_a_cell(plan, grid, x, y, factor):
    cost = cost_surface(plan, grid)
    assert cost[cell(grid, x, y)] == pytest.approx(factor, abs=1e-9)


def test_what_is_crossed_counts_once_and_the_dearest_decides(plan, grid):
    cost = cost_surface(plan, grid)
    # a river in paddy: 1500 m of open land over one cell of 20 m
    assert cost[cell(grid, 210, 300)] == pytest.approx(1.2 + 1500 / 20)
    # the village road in the north: 30 m
    assert cost[cell(grid, 300, 1700)] == pytest.approx(1.5 * 0.9 + 30 / 20)
    # where the national road (400 m) meets the river the dearer of the two is paid
    assert cost[cell(grid, 210, 1010)] == pytest.approx(1.5 * 0.9 + 1500 / 20)


def test_without_parcels_the_land_cover_is_asked_and_the_dearest_class_decides(
    plan, grid, tmp_path
):
    # WorldCover 10 is forest, other woodland or orchard: at most 1.8; 40 is cropland or
    # orchard: at most 1.4; 0 is no data
    cover = np.full(grid.shape, 10, np.uint8)
    cover[:, 20:30], cover[:, 30:] = 40, 0
    path = write_cog(tmp_path / "cover.tif", cover, grid, dtype="uint8", nodata=0)
    bare = {k: v for k, v in plan.layers.items() if k not in ("land_parcels", "road", "river")}
    source = LayerSource(path=str(path), vocabulary="worldcover2021")
    other = plan.model_copy(update={"layers": {**bare, "land_cover": source}})
    cost = cost_surface(other, grid)
    assert cost[cell(grid, 50, 300)] == pytest.approx(1.8)
    assert cost[cell(grid, 550, 1500)] == pytest.approx(1.4)
    assert cost[cell(grid, 650, 1500)] == pytest.approx(1.5)


# ---------------------------------------------------------------- connection


def test_connection_takes_the_voltage_needed_and_skips_what_is_planned(plan):
    section = SitesSection(route_cell_m=20.0)
    own = sites(
        rect(500, 1700, 550, 1750), rect(500, 1700, 550, 1750), capacity_mw=[50.0, 500.0]
    )
    found, routes = connect(plan, own, section)
    assert found["connection_kv"].tolist() == [110.0, 220.0]
    assert found["substation"].tolist() == ["one ten", "two twenty"]
    # from the corners (550, 1750) and (550, 1700) to (650, 1900) and (650, 1500)
    straight = [(100**2 + 150**2) ** 0.5, (100**2 + 200**2) ** 0.5]
    assert found["substation_distance_m"].tolist() == pytest.approx(straight)
    assert (found["route_length_m"] >= found["substation_distance_m"] - 1e-6).all()
    assert routes["voltage_kv"].tolist() == [110.0, 220.0]
    assert routes["site_id"].tolist() == ["PV-01", "PV-02"]
    assert routes["length_m"].tolist() == pytest.approx(routes.length.tolist())


def test_a_voltage_nobody_has_is_served_by_the_next_one_up(plan):
    # 20 MW connect at 35 kV; 110 kV is the next that exists, 1500 MW (330 kV) has none
    own = sites(
        rect(500, 1700, 550, 1750), rect(500, 1700, 550, 1750), capacity_mw=[20.0, 1500.0]
    )
    found, routes = connect(plan, own, SitesSection(route_cell_m=20.0))
    assert found["connection_kv"].tolist() == [35.0, 330.0]
    assert found["substation"].tolist() == ["one ten", ""]
    assert found["substation_kv"].tolist()[0] == 110.0
    assert found["route_length_m"].isna().tolist() == [False, True]
    assert len(routes) == 1


def test_no_way_is_sought_when_the_plan_says_so(plan):
    own = sites(rect(500, 1700, 550, 1750), capacity_mw=[50.0])
    found, routes = connect(plan, own, SitesSection(route=False))
    assert found["connection_kv"].tolist() == [110.0]
    assert found["route_length_m"].isna().all()
    assert len(routes) == 0


# ---------------------------------------------------------------- borders and masks


def test_borders_run_on_roads_and_steps(plan, grid):
    barrier = border_barrier(plan, grid)(full_window(grid))
    assert barrier[cell(grid, 550, 500)] == 0.0
    # a gradient of a fifth is a full step: tan 15 degrees is more, tan 0.1 is half of it
    assert barrier[cell(grid, 1000, 500)] == pytest.approx(1.0)
    assert barrier[cell(grid, 1700, 1010 + 400)] == pytest.approx(
        (1410 // 20 * 20 + 10) / 1e4 / 0.2, rel=1e-3
    )
    # the village road lies between the columns 290 and 310: 10 m from either centre
    assert barrier[cell(grid, 310, 1700)] == pytest.approx(2.0)
    assert barrier[cell(grid, 290, 1700)] == pytest.approx(2.0)
    assert barrier[cell(grid, 330, 1700)] == 0.0


def test_conditional_land_counts_only_when_the_plan_says_so(plan, grid):
    state = np.zeros(grid.shape, np.uint8)
    state[:, :50], state[:, 50:] = 1, 2  # 1 left, 2 conditional
    bare = {"exclude_layers": ()}
    every = site_mask(plan, SitesSection(**bare), "pv", state, grid)(full_window(grid))
    strict = SitesSection(include_conditional=False, **bare)
    assert every.all()
    assert site_mask(plan, strict, "pv", state, grid)(full_window(grid)).sum() == 50 * 100
    # the existing plant of 100 x 100 m and every cell it touches is left out
    free = site_mask(plan, SitesSection(exclude_layers=("existing_pv",)), "pv", state, grid)(
        full_window(grid)
    )
    assert not free[cell(grid, 1050, 1050)]
    assert 25 <= (~free).sum() <= 49


def test_the_largest_are_kept_and_what_is_lost_is_said():
    labels = run_raster(np.array([[1, 1, 2, 2, 2, 3]], np.int32))
    half = np.array([0.0, 1e4, 1.5e4, 5e3])  # cells of half a hectare
    kept, warnings = largest_sites(labels, half, 2, "pv")
    # numbered by size; the third, one cell of half a hectare, goes
    assert kept[:, :].tolist() == [[2, 2, 1, 1, 1, 0]]
    assert warnings[0].text("en") == "PV: 3 sites, cut to the 2 largest (0 ha left out)"
    kept, warnings = largest_sites(labels, 4 * half, 2, "pv")
    assert "(2 ha left out)" in warnings[0].text("en")
    assert largest_sites(labels, half, 3, "pv")[1] == []


# ---------------------------------------------------------------- final boundaries


def cut(plan, *shapes, min_area_m2=20_000.0, min_width_m=0.0):
    return final_boundaries(
        sites(*shapes), plan, "pv", min_area_m2=min_area_m2, min_width_m=min_width_m
    )


def test_a_reserve_becomes_a_hole_and_the_rule_overlaps_by_nothing(plan):
    found, proof = cut(plan, rect(400, 50, 700, 300))
    # 300 x 250 m without 60 x 60 m
    assert found["area_m2"][0] == pytest.approx((75_000 - 3_600) * SCALE, rel=1e-4)
    assert found["area_before_m2"][0] == pytest.approx(75_000 * SCALE, rel=1e-4)
    assert len(found.geometry[0].interiors) == 1
    rows = proof.set_index("rule_id")
    assert (rows["overlap_m2"] == 0).all()
    assert rows["before_m2"].max() == pytest.approx(3_600 * SCALE, rel=1e-4)
    assert set(rows["site_id"]) == {"PV-01"}
    # other hard rules have no layer here, so nothing is certified
    assert not found["certified"][0]
    unjudged = set(rows.index[~rows["judged"].astype(bool)])
    assert set(found["not_judged"][0].split(";")) == unjudged


def test_parts_too_small_or_too_narrow_are_dropped(plan):
    # a national road: 12 m to its land's edge and 20 m from there cut the site at 971 and
    # 1035; below stays a strip of 400 x 11 m = 4 400 m2
    site = rect(500, 960, 900, 1400)
    strip, upper = 400 * 11, 400 * 365
    kept, _ = cut(plan, site, min_area_m2=50_000)  # a twentieth is 2 500 m2
    assert kept["area_m2"][0] == pytest.approx((upper + strip) * SCALE, rel=1e-3)
    small, _ = cut(plan, site, min_area_m2=100_000)  # a twentieth is 5 000 m2
    assert small["area_m2"][0] == pytest.approx(upper * SCALE, rel=1e-3)
    for least, left in ((86_000, upper + strip), (90_000, upper)):  # 4 300 and 4 500 m2
        edge, _ = cut(plan, site, min_area_m2=least)
        assert edge["area_m2"][0] == pytest.approx(left * SCALE, rel=1e-3)
    narrow, _ = cut(plan, site, min_area_m2=50_000, min_width_m=15.0)
    assert narrow["area_m2"][0] == pytest.approx(upper * SCALE, rel=1e-3)
    wide, _ = cut(plan, site, min_area_m2=50_000, min_width_m=9.0)
    assert wide["area_m2"][0] == pytest.approx((upper + strip) * SCALE, rel=1e-3)


def test_sites_of_which_too_little_remains_are_left_out(plan):
    found, proof = cut(plan, rect(430, 110, 470, 150), rect(400, 50, 700, 300))
    assert found["site_id"].tolist() == ["PV-02"]
    assert (found.index.tolist(), "index" in found) == ([0], False)
    assert set(proof["site_id"]) == {"PV-02"}
    found, _ = cut(plan, rect(400, 50, 700, 300), min_area_m2=72_000)
    assert len(found) == 0
    # what is left is just as large as is asked for
    whole, _ = cut(plan, rect(400, 50, 700, 300))
    again, _ = cut(plan, rect(400, 50, 700, 300), min_area_m2=float(whole["area_m2"][0]))
    assert len(again) == 1


def test_land_that_cannot_be_judged_is_no_part_of_a_site(plan):
    # in the north no parcel says whether it is cropland
    found, _ = cut(plan, rect(500, 1500, 900, 1900))
    assert len(found) == 0


@pytest.mark.parametrize("hole", [False, True])
def test_borders_are_the_same_in_every_window(plan, grid, tmp_path, hole):
    if hole:  # a square of unknown heights
        with rasterio.open(plan.data_root / "dem.tif") as src:
            heights, own = src.read(1), src.transform
        heights[30:60, 40:80] = np.nan
        area = plan_grid(
            (own.c, own.f - heights.shape[0] * own.a, own.c + heights.shape[1] * own.a, own.f),
            CRS, own.a,
        )  # fmt: skip
        write_cog(tmp_path / "dem.tif", heights, area, dtype="float32", nodata=float("nan"))
        source = LayerSource(path=str(tmp_path / "dem.tif"))
        plan = plan.model_copy(update={"layers": {**plan.layers, "dem": source}})
    barrier = border_barrier(plan, grid)
    whole = barrier(full_window(grid))
    assert whole.min() == 0.0
    assert whole.max() >= 2.0
    for window in windows(grid, 33):
        np.testing.assert_array_equal(barrier(window), whole[window])
