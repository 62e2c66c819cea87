"""Mask, certificate, boundary check, explanation and what-if give one answer at round limits.

The county is 300 x 200 m on the central meridian of EPSG:4544, where a metre of the map is one
of the ground to 1e-9. Its heights rise by exactly 10 m a cell of 10 m in the west (45 degrees)
and by ``float32(tan 35)`` in the middle; rain is ``float32(0.1)`` mm everywhere.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin

from geoplan.plan_file import load_plan
from geoplan.serve.rule_rows import rule_rows
from geoplan.serve.scenario import Change, base_of, evaluate_changes
from gis.cells.grid import cell_centres
from gis.crs.systems import transform_points
from siting.check.boundary import check_boundary
from siting.check.certificate import cut_land
from siting.check.explain import explain_point
from siting.check.near import place_of
from siting.rules.outcome import HIT
from siting.screen.screening import rules_of, screen, state_raster

CRS = "EPSG:4544"
X, Y = 500_000.0, 4_300_000.0

PLAN = """
[plan]
id = "square"
title = { zh = "方县", en = "Square" }
as_of = 2026-06-01

[area]
crs = "EPSG:4544"
cell_m = 10.0
adcode = "640221"
boundary = { path = "county.gpkg", source = "test" }

[screening]
techs = ["pv"]
books = ["own.toml"]

[layers.dem]
path = "dem.tif"
[layers.annual_rainfall]
path = "rain.tif"
[layers.settlement]
path = "village.gpkg"
[layers.nature_reserve]
path = "reserve.gpkg"
"""

BOOK = """
[book]
id = "own"
title = { zh = "自有", en = "own" }
as_of = 2026-01-01
"""

RULE = """
[[rules]]
id = "XX-{i:03d}"
applies_to = ["pv"]
kind = "hard"
source_step = "primary"
title = {{ zh = "规则{i}", en = "rule {i}" }}
citation = "自定"
quote = "不得"
stated = {{ layer = "x", operator = "x" }}
holds_in = {{ country = "CN" }}
test = {{ {test} }}
"""

# test, (row, column) of a cell, whether its centre is hit
CASES = {
    "slope above 45": ('type = "above", layer = "slope", limit = 45, unit = "deg", '
                       "inclusive = false", (9, 4), False),
    "slope at least 45": ('type = "above", layer = "slope", limit = 45, unit = "deg"',
                          (9, 4), True),
    "slope below 45": ('type = "below", layer = "slope", limit = 45, unit = "deg", '
                       "inclusive = false", (9, 4), False),
    # tan 35 = 0.70020753820971 and its float32 is 0.70020753145218: less than 35 degrees
    "slope at least 35": ('type = "above", layer = "slope", limit = 35, unit = "deg"',
                          (9, 16), None),
    "slope above 35": ('type = "above", layer = "slope", limit = 35, unit = "deg", '
                       "inclusive = false", (9, 16), None),
    # float32(0.1) is 0.100000001490116
    "rain above 0.1": ('type = "above", layer = "annual_rainfall", limit = 0.1, unit = "mm", '
                       "inclusive = false", (9, 4), True),
    # the village ends 100 m west of the centres of column 12
    "within 100 m": ('type = "within", layer = "settlement", distance_m = 100, '
                     "bounds_m = [0, 900]", (9, 12), True),
    "within 90 m": ('type = "within", layer = "settlement", distance_m = 90, '
                    "bounds_m = [0, 900]", (9, 12), False),
    # the reserve's edge runs through the centres of column 20
    "inside to the edge": ('type = "intersects", layer = "nature_reserve"', (9, 20), True),
    "beyond the edge": ('type = "intersects", layer = "nature_reserve"', (9, 19), False),
    "at the edge and 45": ('type = "intersects", layer = "nature_reserve", when = [{ type = '
                           '"above", layer = "slope", limit = 45, unit = "deg", '
                           "inclusive = false }]", (9, 20), False),
}  # fmt: skip


def write_raster(path, values):
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
        dtype="float32", crs=CRS, transform=from_origin(X - 50, Y + 250, 10, 10), nodata=-9999,
    ) as dst:  # fmt: skip
        dst.write(values.astype(np.float32), 1)


@pytest.fixture(scope="module", params=CASES, ids=lambda k: k.replace(" ", "-"))
def case(request, tmp_path_factory):
    test, cell, hit = CASES[request.param]
    folder = tmp_path_factory.mktemp("square 县")

    def write(name, shape):
        table = gpd.GeoDataFrame({"name": ["方"]}, geometry=[shape], crs=CRS)
        table.to_file(folder / name)

    write("county.gpkg", shapely.box(X, Y, X + 300, Y + 200))
    write("village.gpkg", shapely.box(X - 400, Y - 300, X + 25, Y + 500))
    write("reserve.gpkg", shapely.box(X + 205, Y - 300, X + 900, Y + 500))
    col = np.arange(40.0)
    west = col * 10.0
    rise = np.float32(np.tan(np.radians(35.0)) * 10.0)
    line = np.where(col < 16, west, 160.0 + (col - 16).astype(np.float32) * rise)
    write_raster(folder / "dem.tif", np.tile(line, (30, 1)))
    write_raster(folder / "rain.tif", np.full((30, 40), np.float32(0.1)))
    (folder / "own.toml").write_text(BOOK + RULE.format(i=1, test=test), encoding="utf-8")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    return load_plan(folder / "plan.toml"), cell, hit, folder


def test_five_doors_give_one_answer(case):
    plan, (row, col), wanted, folder = case
    masked = screen(plan, "pv")
    xs, ys = cell_centres(masked.grid)
    x, y = float(xs[col]), float(ys[row])
    mask = bool(masked.outcomes[masked.code[row, col], 0] == HIT)
    assert wanted is None or mask is wanted

    lon, lat = (float(np.ravel(v)[0]) for v in transform_points(x, y, CRS, 4490))
    told = explain_point(plan, lon, lat).techs["pv"]
    assert (told.rules[0].result == "hit") is mask
    assert told.state == ("taken" if mask else "left")

    rules, effects = rules_of(plan, "pv")
    spot = shapely.box(x - 0.1, y - 0.1, x + 0.1, y + 0.1)
    _, proof = cut_land(spot, rules, effects, place_of(plan))
    assert (proof[0].before_m2 > 1e-4) is mask

    red = gpd.GeoDataFrame({"name": ["A"]}, geometry=[spot], crs=CRS)
    red.to_file(folder / "red.gpkg")
    checked = check_boundary(folder / "red.gpkg", plan, "pv")
    assert (checked.rules[0].result == "fail") is mask
    assert checked.result == ("fail" if mask else "pass")

    base = base_of(plan, "pv")
    assert bool(base.found.outcomes[base.found.code[row, col], 0] == HIT) is mask
    own = rule_rows(base)[0]
    name = next((n for n in ("distance_m", "limit") if n in own), "")
    change = Change(rule_id="XX-001", kind="hard", **({name: own[name]} if name else {}))
    moved = evaluate_changes(plan, base, (change,))
    np.testing.assert_array_equal(moved.state, state_raster(masked))
    assert moved.after_m2 == moved.before_m2


def test_a_value_is_shown_as_it_was_compared(case):
    plan, (row, col), _, _ = case
    xs, ys = cell_centres(screen(plan, "pv").grid)
    lon, lat = transform_points(float(xs[col]), float(ys[row]), CRS, 4490)
    row_ = explain_point(plan, float(np.ravel(lon)[0]), float(np.ravel(lat)[0]))
    for measure in row_.techs["pv"].rules[0].measures:
        body = measure.model_dump()
        if "value" in body:
            sign, limit = body["limit"].split()
            beyond = {
                ">": body["value"] > float(limit),
                ">=": body["value"] >= float(limit),
                "<": body["value"] < float(limit),
                "<=": body["value"] <= float(limit),
            }[sign]
            assert beyond == (row_.techs["pv"].rules[0].result == "hit"), body
