"""Where turbines may stand, what joins them, and who lives near, on grids drawn by hand."""

from __future__ import annotations

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.cells.grid import origin, plan_grid
from gis.errors import ModelError
from siting.wind.impact import people
from siting.wind.layout import land as land_module
from siting.wind.layout.land import rules_at, turbine_land, warn_land
from siting.wind.layout.optimise import _at
from siting.wind.layout.region import Region, Spacing, circle_region, feasible, mask_region
from siting.wind.layout.sketch import _cells, _line, collector, nearest_way
from siting.wind.repower import layers as layer_module
from siting.wind.repower import parks
from siting.wind.repower.candidates import _count, better, power_slope
from siting.wind.repower.compare import mean_age_yr
from siting.wind.repower.layers import new_layer, pad_layer
from siting.wind.resource import ground as ground_module
from siting.wind.resource.ground import at_points
from siting.wind.resource.rose import Rose
from siting.wind.section import RepowerSection
from tests.siting.wind.test_wind_formulas import ramp

CRS = 4544
# 4 by 3 cells of 100 m; the north-west corner is (0, 300)
GRID = plan_grid((0, 0, 400, 300), CRS, 100)
PLAN = SimpleNamespace(area=SimpleNamespace(cell_m=10.0))


def features(**columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry="geometry", crs=CRS)


# ------------------------------------------------------------------ values at points


def test_a_point_takes_the_value_of_its_cell():
    values = np.arange(12.0).reshape(3, 4)
    x = np.array([50.0, 399.0, 0.0, 250.0, -1.0, 401.0, 50.0, 50.0])
    y = np.array([250.0, 1.0, 300.0, 150.0, 150.0, 150.0, 301.0, -1.0])
    found = at_points(values, GRID, x, y)
    assert found[:4].tolist() == [0.0, 11.0, 0.0, 6.0]
    assert np.isnan(found[4:]).all()  # west, east, north and south of the grid


def test_a_shifted_grid_is_read_at_its_own_corner():
    grid = plan_grid((1000, 500, 1200, 700), CRS, 100)
    values = np.array([[1.0, 2.0], [3.0, 4.0]])
    x, y = np.array([1050.0, 1150.0, 1050.0]), np.array([650.0, 650.0, 550.0])
    assert at_points(values, grid, x, y).tolist() == [1.0, 2.0, 3.0]


def test_grid_around_points(monkeypatch):
    """Points from 1,000 to 1,600 and 2,000 to 2,300 m with 300 m around them."""
    monkeypatch.setattr(ground_module, "plan_crs", lambda _: CRS)
    x, y = np.array([1000.0, 1600.0]), np.array([2300.0, 2000.0])
    grid = ground_module.grid_around(PLAN, x, y, 300.0, 100.0)
    assert origin(grid) == (700.0, 2600.0)
    assert grid.shape == (9, 12)


def test_factor_and_bonus_are_read_where_the_turbine_stands():
    grid = np.arange(12.0, dtype=np.float32).reshape(3, 4)
    region = mask_region(np.ones((3, 4), bool), 0.0, 300.0, 100.0)
    x, y = np.array([50.0, 350.0, 150.0, 500.0]), np.array([250.0, 50.0, 150.0, 900.0])
    assert _at(grid, region, x, y, 1.0).tolist() == [0.0, 11.0, 5.0, 3.0]
    assert _at(np.zeros((0, 0), np.float32), region, x, y, 1.5).tolist() == [1.5] * 4


# ------------------------------------------------------------------ regions


def test_box_of_a_mask_a_circle_and_both():
    mask = np.zeros((3, 4), bool)
    mask[1, 2] = mask[2, 1] = True
    region = mask_region(mask, 1000.0, 5000.0, 100.0)
    # columns 1 and 2, rows 1 and 2 from the north
    assert region.box.tolist() == [1100.0, 4700.0, 1300.0, 4900.0]
    assert circle_region(50.0, 10.0, 20.0).box.tolist() == [-40.0, -30.0, 60.0, 70.0]
    both = Region(mask=region.mask, frame=region.frame, circle=np.array([1200.0, 4800.0, 50.0]))
    assert both.box.tolist() == [1150.0, 4750.0, 1250.0, 4850.0]


def test_what_is_wrong_with_a_layout():
    """Edges of a mask belong to the cell east and south of them; the east edge is outside."""
    region = mask_region(np.ones((1, 2), bool), 0.0, 100.0, 100.0)
    wide = Spacing(10.0, 10.0)
    inside = feasible(np.array([0.0, 199.0]), np.array([100.0, 1.0]), region, wide)
    assert inside == []
    x, y = np.array([-1.0, 200.0, 50.0, 50.0]), np.array([50.0, 50.0, 101.0, 0.0])
    out = feasible(x, y, region, wide)
    assert [line.split()[1] for line in out] == ["0", "1", "2", "3"]
    near = feasible(np.array([0.0, 30.0, 60.0]), np.full(3, 50.0), region, Spacing(40.0, 40.0))
    assert near == ["turbines 0 and 1 too close (30 m)", "turbines 1 and 2 too close (30 m)"]


# ------------------------------------------------------------------ land


def coded(outcomes, state, code=None):
    """A screening of two rules; code k has the outcomes and the state of row k."""
    rules = [SimpleNamespace(id="A"), SimpleNamespace(id="B"), SimpleNamespace(id="C")]
    return SimpleNamespace(
        grid=GRID,
        code=np.asarray(code if code is not None else np.ones((3, 4))).astype(np.int16),
        state=np.asarray(state, dtype=np.uint8),
        outcomes=np.asarray(outcomes),
        rules=rules,
        effects=["exclude", "condition", "none"],
    )


def test_rules_at_points():
    """Outcome 2 is a hit, 1 unknown; a rule without effect says nothing."""
    code = [[0, 1, 2, 2], [1, 1, 1, 1], [1, 1, 1, 1]]
    found = coded([[0, 0, 0], [2, 1, 2], [1, 2, 1]], [0, 3, 4], code)
    x = np.array([50.0, 150.0, 250.0, -10.0, 50.0, 410.0, 50.0])
    y = np.array([250.0, 250.0, 250.0, 50.0, -10.0, 50.0, 310.0])
    states, hits, unknown = rules_at(found, x, y)
    assert states == [0, 3, 4, 0, 0, 0, 0]
    assert hits == [[], ["A"], ["B"], [], [], [], []]
    assert unknown == [[], ["B"], ["A"], [], [], [], []]


def left_land(monkeypatch, section=None, *, dem=None, roads=None, **given):
    monkeypatch.setattr(land_module, "raster_on", lambda *_: dem)
    monkeypatch.setattr(land_module, "open_features", lambda *_: roads)
    code = np.array([[1, 1, 2, 3], [1, 1, 1, 4], [1, 1, 1, 0]])
    found = coded(np.zeros((5, 3)), [0, 1, 2, 3, 4], code)
    section = section or RepowerSection(extent_m=1000.0)
    given = {"dwellings": None, "setback_m": 0.0, "gross_mwh_yr": 1000.0} | given
    x, y = np.array([50.0]), np.array([50.0])
    return turbine_land(PLAN, found, x, y, section, **given)


def test_land_left_and_refused(monkeypatch):
    """Twelve cells of a hectare: 8 left, one each conditional, taken, unknown, outside."""
    found = left_land(monkeypatch)
    assert found.refused_ha == {"outside": 1.0, "taken": 1.0, "unknown": 1.0}
    assert found.allowed.sum() == 9
    (lost,) = warn_land(found)
    assert lost.code == "repower_land_unknown"
    strict = left_land(monkeypatch, RepowerSection(extent_m=1000.0, conditional_land=False))
    assert strict.refused_ha["conditional"] == 1.0
    assert strict.allowed.sum() == 8
    # the conditional cell costs 2 % of a turbine's 1,000 MWh; the pad's cell brings 1 %,
    # and no road stands near it
    assert found.region.bonus[0, 2] == pytest.approx(-20.0)
    assert found.region.bonus[2, 0] == pytest.approx(10.0)
    assert found.region.bonus[0, 0] == 0.0
    assert not (found.region.factor - 1.0).any()


def test_land_near_the_old_turbines_only(monkeypatch):
    """150 m around (50, 50) end at 200 m north and east: the first row is not looked at."""
    found = left_land(monkeypatch, RepowerSection(extent_m=150.0))
    assert found.grid.shape == (2, 3)
    assert found.state.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert found.allowed[1].tolist()[:2] == [True, True]
    assert not found.allowed[0, 2]  # its nearest corner is 180 m away


def test_dwellings_and_slopes_take_land(monkeypatch):
    home = np.array([shapely.Point(50.0, 250.0)], dtype=object)
    found = left_land(monkeypatch, dwellings=home, setback_m=60.0)
    assert not found.allowed[0, 0]
    assert found.refused_ha["dwellings"] > 0
    # a plane that rises 100 m in 100 m to the east is 45 degrees steep
    steep = np.tile(np.arange(4.0) * 100.0, (3, 1))
    kept = RepowerSection(extent_m=1000.0, slope_max_deg=46.0)
    assert left_land(monkeypatch, kept, dem=steep).refused_ha["slope"] < 9.0
    less = RepowerSection(extent_m=1000.0, slope_max_deg=44.0)
    with pytest.raises(ModelError):
        left_land(monkeypatch, less, dem=steep)
    assert "slope" not in left_land(monkeypatch, kept).refused_ha


def test_energy_grows_with_the_square_of_the_mean_wind(monkeypatch):
    atlas = np.full((3, 4), 6.0)
    atlas[0, 0] = 7.2
    atlas[2, 1] = np.nan
    found = left_land(monkeypatch, atlas=atlas)
    middle = np.nanmean(atlas[found.allowed])
    assert found.region.factor[0, 0] == pytest.approx((7.2 / middle) ** 2)
    assert found.region.factor[2, 1] == 1.0


def test_roads_bring_half_of_what_a_pad_brings(monkeypatch):
    road = features(geometry=[shapely.LineString([(390.0, 290.0), (390.0, 310.0)])])
    found = left_land(monkeypatch, roads=road)
    assert found.region.bonus[1, 2] == pytest.approx(5.0)  # within 200 m of it
    assert found.region.bonus[2, 0] == pytest.approx(10.0)  # the pad alone
    none = RepowerSection(extent_m=1000.0, reuse_bonus_frac=0.0)
    assert left_land(monkeypatch, none, roads=road).region.bonus[1, 2] == 0.0


# ------------------------------------------------------------------ sketch of lines


def test_collector_is_the_shortest_tree():
    """Turbines at 50, 150 and 350 m, a station 100 m below the first: 100 + 200 + 100 m."""
    cost = np.ones((3, 4))
    x, y = np.array([50.0, 150.0, 350.0]), np.full(3, 250.0)
    ways = collector(cost, GRID, x, y, (50.0, 150.0))
    assert sorted(w.straight_m for w in ways) == [100.0, 100.0, 200.0]
    assert sum(w.length_m for w in ways) == pytest.approx(400.0)
    assert {w.kind for w in ways} == {"cable"}
    # 100 m to the left of the middle of the grid no mirrored distance is one of these
    assert len(collector(cost, GRID, x, y, None)) == 2
    assert collector(cost, GRID, x[:1], y[:1], None) == []


def test_a_way_leads_round_what_is_dear():
    """A wall in the second row leaves one gap at the east: down, and back through cell 3."""
    cost = np.ones((3, 4))
    cost[1, :3] = 1000.0
    (way,) = collector(cost, GRID, np.array([50.0, 50.0]), np.array([250.0, 50.0]), None)
    assert way.straight_m == 200.0
    points = shapely.get_coordinates(way.line)
    assert points[0].tolist() == [50.0, 250.0]
    assert points[-1].tolist() == [50.0, 50.0]
    assert points[:, 0].max() == 350.0  # the gap, through the middle of its cell
    # three diagonals and straight cells: (0,0) .. (0,2), (1,3), (2,2) .. (2,0)
    assert way.length_m == pytest.approx(400.0 + 2 * np.hypot(100.0, 100.0))


def test_a_line_keeps_its_corner():
    """East through three cells, then south: the corner is the middle of its cell."""
    path = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3), (2, 3)]
    line = _line(path, GRID, (50.0, 250.0), (350.0, 50.0))
    corners = shapely.get_coordinates(line).tolist()
    assert corners == [[50.0, 250.0], [350.0, 250.0], [350.0, 50.0]]
    late = _line([(0, 0), (0, 3), (1, 3)], GRID, (50.0, 250.0), (350.0, 150.0))
    assert shapely.get_coordinates(late).tolist()[1] == [350.0, 250.0]


def test_roads_join_the_nearest_and_each_other():
    cost = np.ones((3, 4))
    road = np.array([shapely.LineString([(0.0, 50.0), (400.0, 50.0)])], dtype=object)
    x, y = np.array([250.0, 250.0]), np.array([250.0, 150.0])
    ways = nearest_way(cost, GRID, x, y, road)
    # the nearer turbine first (100 m), the other joins its road at it
    assert [w.straight_m for w in ways] == [100.0, 100.0]
    assert [w.length_m for w in ways] == pytest.approx([100.0, 100.0])
    assert [shapely.get_coordinates(w.line)[0].tolist() for w in ways] == [
        [250.0, 150.0],
        [250.0, 250.0],
    ]
    assert nearest_way(cost, GRID, x, y, np.zeros(0, dtype=object)) == []


def test_points_beside_the_grid_go_to_its_edge():
    x = np.array([-50.0, 450.0, 50.0, 50.0])
    y = np.array([150.0, 150.0, 350.0, -50.0])
    assert _cells(GRID, x, y) == [(1, 0), (1, 3), (0, 0), (2, 0)]


# ------------------------------------------------------------------ who lives near


def living(monkeypatch, found, reach_m=1000.0):
    monkeypatch.setattr(people, "open_features", lambda _, layer: found.get(layer))
    return people.dwellings(PLAN, np.array([0.0]), np.array([0.0]), reach_m)


def test_homes_schools_and_hospitals_are_protected(monkeypatch):
    square = shapely.box(500.0, -10.0, 520.0, 10.0)
    uses = ["rural_residential", "urban_residential", "school", "hospital", "factory", None]
    found = {
        "buildings": features(building_id=list("abcdef"), use=uses, geometry=[square] * 6),
        "settlement": features(name=["s"], geometry=[square]),
    }
    near, warnings = living(monkeypatch, found)
    assert near.kind == "buildings"
    assert near.name.tolist() == list("abcd")
    assert near.x_m.tolist() == [500.0] * 4  # the wall nearest to the turbine
    assert warnings == []
    near, _ = living(monkeypatch, found, 500.0)
    assert len(near.x_m) == 4  # just at the reach
    near, _ = living(monkeypatch, found, 499.0)
    assert near.x_m.size == near.name.size == 0


def test_buildings_of_unknown_use_all_count(monkeypatch):
    point = shapely.Point(100.0, 0.0)
    for columns in ({}, {"use": [None, None]}):
        frame = features(geometry=[point, point], **columns)
        near, _ = living(monkeypatch, {"buildings": frame})
        assert near.name.tolist() == ["0", "1"]


def test_without_buildings_settlements_then_villages(monkeypatch):
    point = shapely.Point(100.0, 0.0)
    villages = features(name=["V", None], geometry=[point, point], use=["factory", "school"])
    near, (warning,) = living(monkeypatch, {"villages": villages})
    assert (near.kind, warning.code) == ("villages", "dwellings_coarse")
    assert near.name.tolist() == ["V", ""]  # a use means something for buildings only
    both = {"villages": villages, "settlement": villages[:1]}
    assert living(monkeypatch, both)[0].kind == "settlement"
    nobody, (warning,) = living(monkeypatch, {})
    assert nobody is None
    assert warning.code == "dwellings_missing"


# ------------------------------------------------------------------ repowering


def candidate(x, y, screening=None):
    machine = ramp()
    return SimpleNamespace(
        layout=SimpleNamespace(x_m=np.asarray(x, float), y_m=np.asarray(y, float)),
        machine=machine,
        screening=screening or coded([[0] * 3, [2, 1, 2]], [0, 2]),
        capacity_mw=len(x) * machine.rated_kw / 1000.0,
    )


def old_turbines(x, y) -> gpd.GeoDataFrame:
    return features(
        turbine_id=[f"T{i}" for i in range(len(x))], x=x, y=y,
        geometry=gpd.points_from_xy(x, y),
    )  # fmt: skip


def test_new_turbines_and_the_nearest_old_pad():
    """(150, 250) lies 50 m from (100, 250), 130 m = (50, 120) from (200, 130)."""
    after = SimpleNamespace(
        speed_m_s=np.array([7.0]), gross_mwh_yr=np.array([3000.0]),
        wake_loss_frac=np.array([0.05]), net_mwh_yr=np.array([2000.0]),
        levels=SimpleNamespace(haircut_frac=0.1),
    )  # fmt: skip
    new = new_layer(
        old_turbines([100.0, 200.0], [250.0, 130.0]), candidate([150.0], [250.0]), after
    )
    row = new.iloc[0]
    assert row["nearest_pad_m"] == 50.0
    assert row["p50_mwh_yr"] == pytest.approx(1800.0)
    assert row["full_load_hours_h"] == pytest.approx(1800.0)  # of a machine of 1 MW
    assert (row["turbine_id"], row["land_state"]) == ("N01", "conditional")
    assert row["conditional_rules"] == "A"


def test_a_pad_within_50_m_is_used_again():
    pads = pad_layer(old_turbines([100.0, 201.0], [250.0, 250.0]), candidate([150.0], [250.0]))
    assert pads["reused"].tolist() == [True, False]
    assert pads["not_judged"].tolist() == ["B", "B"]
    assert pads["rules"].tolist() == ["A", "A"]


def test_the_station_of_the_plan_or_the_nearest_one(monkeypatch):
    """37 N, 105 E on the meridian of the belt: x = 500 km; longitude comes first."""
    asked = []

    def ways(_cost, _grid, _x, _y, station):
        asked.append(station)
        return []

    stations = features(geometry=[shapely.Point(9000.0, 0.0), shapely.Point(800.0, 900.0)])
    monkeypatch.setattr(layer_module, "plan_crs", lambda _: CRS)
    monkeypatch.setattr(layer_module, "collector", ways)
    monkeypatch.setattr(layer_module, "cost_surface", lambda *_: None)
    grids = []
    monkeypatch.setattr(layer_module, "grid_around", lambda *a: grids.append(a[3:]))
    known = {"substations": stations}
    monkeypatch.setattr(layer_module, "open_features", lambda _, layer: known.get(layer))
    new = candidate([0.0, 1000.0], [0.0, 0.0])
    _, warnings = layer_module.line_layer(PLAN, RepowerSection(), new)
    assert warnings == []
    assert asked == [(800.0, 900.0)]
    assert grids == [(1000.0, 50.0)]  # a kilometre around, cells of 50 m at least
    _, warnings = layer_module.line_layer(
        PLAN, RepowerSection(substation_ll=(105.0, 37.0)), new
    )
    x, y = asked[1]
    assert x == pytest.approx(500_000.0, abs=0.01)
    # meridian arc to 37 N on the ellipsoid of GRS 80: 4,096,518.6 m (110.574 km a degree
    # at the equator, 111.694 km at the pole)
    assert y == pytest.approx(4_096_500.0, abs=1000.0)
    known.clear()
    _, (warning,) = layer_module.line_layer(PLAN, RepowerSection(), new)
    assert warning.code == "no_substation"
    assert asked[2] is None


def test_as_many_new_turbines_as_the_old_capacity_holds():
    machine = ramp()  # 1,000 kW
    keep = RepowerSection()
    assert _count(keep, machine, 1000.0) == 1
    assert _count(keep, machine, 2999.0) == 2
    assert _count(keep, machine, 3000.0) == 3
    with pytest.raises(ModelError):
        _count(keep, machine, 999.0)
    assert _count(RepowerSection(mode="max", max_turbines=7), machine, 999.0) == 7


def test_the_best_of_candidates_and_none():
    assert better([None, -5.0, -7.0]) == 1
    assert better([3.0, 4.0, 4.0]) == 1


def test_mean_age():
    plan = SimpleNamespace(plan=SimpleNamespace(as_of="2026-01-01"))
    dates = pd.DataFrame({"on_grid": ["2016-01-01", "2006-01-01", ""]})
    # 3,653 and 7,305 days
    assert mean_age_yr(dates, plan) == pytest.approx((3653 + 7305) / 2 / 365.2425)
    assert np.isnan(mean_age_yr(pd.DataFrame({"on_grid": [""]}), plan))


def test_slope_of_the_power_curve():
    """100 kW for every m/s up to 10, level from there to 25 m/s, nothing outside."""
    found = power_slope(ramp(), np.array([-1.0, 0.0, 5.0, 10.0, 24.9, 25.0, 30.0]))
    assert found.tolist() == [0.0, 100.0, 100.0, 0.0, 0.0, 0.0, 0.0]


# ------------------------------------------------------------------ parks


def in_parks(monkeypatch, layers, section=None):
    monkeypatch.setattr(parks, "open_features", lambda _, layer: layers.get(layer))
    monkeypatch.setattr(people, "open_features", lambda _, layer: layers.get(layer))
    monkeypatch.setattr(parks, "plan_crs", lambda _: CRS)
    monkeypatch.setattr(parks, "locality_of", lambda _: None)
    monkeypatch.setattr(
        parks, "law_facts",
        lambda: {"park_conflict": SimpleNamespace(concerns=lambda _: False)},
    )  # fmt: skip
    rose = Rose(np.array([0.0, 180.0]), np.array([8.0]), np.array([[0.5], [0.5]]))
    section = section or RepowerSection()
    return parks.park_positions(PLAN, section, rose, {}, turbulence=0.1)


def test_land_of_a_park(monkeypatch):
    """A park of 1 km2 without neighbours is free as a whole: 100 ha in cells of 10 m."""
    layer = RepowerSection().distributed.layer
    park = features(name=["P"], geometry=[shapely.box(0.0, 0.0, 1000.0, 1000.0)])
    nothing = features(geometry=[])
    none = dict.fromkeys(("buildings", "road", "railway", "power_line"), nothing)
    found, table, warnings = in_parks(monkeypatch, {layer: park, **none})
    row = table.iloc[0]
    assert row["area_ha"] == 100.0
    assert row["free_ha"] == pytest.approx(100.0, abs=1e-9)
    assert row["turbines"] == len(found) > 0
    assert row["capacity_mw"] == pytest.approx(found["capacity_kw"].sum() / 1000.0)
    assert "park_layers_missing" not in [w.code for w in warnings]
    # a railway along its west side takes a strip of the fall distance
    rail = features(geometry=[shapely.LineString([(0.0, 0.0), (0.0, 1000.0)])])
    _, less, _ = in_parks(monkeypatch, {layer: park, **none, "railway": rail})
    from siting.wind.machine.library import turbine
    from siting.wind.machine.turbine import with_hub

    spec = RepowerSection().distributed
    machine = with_hub(turbine(spec.turbine, {}), spec.hub_m)
    fall = spec.fall_factor * (machine.hub_m + machine.rotor_m / 2)
    assert less.iloc[0]["free_ha"] == pytest.approx(100.0 - fall / 10.0, abs=1.01)


def test_without_parks_nothing_is_placed(monkeypatch):
    layer = RepowerSection().distributed.layer
    for layers in ({}, {layer: features(name=[], geometry=[])}):
        found, table, warnings = in_parks(monkeypatch, layers)
        assert found is None
        assert table.empty
        assert warnings == []


def test_what_a_park_cannot_be_judged_by_is_told(monkeypatch):
    layer = RepowerSection().distributed.layer
    park = features(geometry=[shapely.box(0.0, 0.0, 1000.0, 1000.0)])
    _, table, warnings = in_parks(monkeypatch, {layer: park})
    assert table["park"].tolist() == ["park 1"]
    (missing,) = [w for w in warnings if w.code == "park_layers_missing"]
    for name in ("buildings", "dwellings", "power_line", "railway", "road"):
        assert name in missing.text("en")
