"""What a case reads of layers: who counts, who is left out, and that it is told."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

import siting.facilities.asking as asking
import siting.facilities.demand.cells as cells
import siting.facilities.places as places
from gis.cells.grid import cell_centres, full_window
from gis.errors import ConfigError, DataError
from siting.facilities.case import answer_case
from siting.facilities.section import FacilitiesSection
from tests.siting.facilities.test_case import CRS, ROOT, case, load_plan, table

COUNTY = shapely.box(0, 0, 30000, 30000)
STRAIGHT = {"by": "straight", "unit": "km", "limit": 1.0}


def box(x, y, w, h=None):
    return shapely.box(x, y, x + w, y + (h or w))


def areas(shapes, **columns):
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


@pytest.fixture
def world(monkeypatch):
    plan = load_plan(ROOT / "plans" / "sample.toml")
    own = {
        "settlement": table([(1000, 0), (5000, 0)], name=["甲", "乙"], population=[100, 200]),
        "parking": table([(1000, 0), (5000, 0)], name=["P1", "P2"], spaces=[1, 1]),
    }
    for room in (asking, places):
        monkeypatch.setattr(room, "open_features", lambda _, i: own.get(i))
    monkeypatch.setattr(asking, "layer_state", lambda _, i: "available")
    for room in (asking, cells):
        monkeypatch.setattr(room, "county_boundary", lambda _: COUNTY)
    for room in (cells, places):
        monkeypatch.setattr(room, "plan_crs", lambda _: CRS)
    monkeypatch.setattr(places, "townships", lambda _: None)

    def ask(layers=None, **given):
        own.update(layers or {})
        base = {"existing": None, "cost": STRAIGHT, "open": {"2025": 1}}
        section = FacilitiesSection(cases=(case(**(base | given)),))
        moved = plan.model_copy(update={"sections": {**plan.sections, "facilities": section}})
        return answer_case(moved, section.cases[0], lambda _: None)

    return ask


def states(found):
    return list(zip(found.sites["name"], found.sites["facility_state"], strict=True))


def told(found):
    return " | ".join(t("en") for t in found.told)


def test_a_name_of_several_candidates_means_all_of_them(world):
    lots = table([(1000, 0), (5000, 0), (9000, 0)], name=["P", "P", "Q"], spaces=[1, 1, 1])
    c = {"layers": ["parking"], "forbidden": ["P"]}
    found = world({"parking": lots}, candidates=c)
    assert states(found) == [("P", "excluded"), ("P", "excluded"), ("Q", "new")]
    assert "2 candidates are called P; all are forbidden" in told(found)
    both = world(
        {"parking": lots},
        candidates={"layers": ["parking"], "preselected": ["P"]},
        open={"2025": 2},
    )
    assert states(both) == [("P", "new"), ("P", "new"), ("Q", "not_chosen")]


def test_land_that_only_touches_is_not_excluded(world):
    lots = areas([box(1000, 0, 100), box(5000, 0, 100)], name=["A", "B"])
    # one shares an edge with A; one overlaps B by 1 x 100 m
    farm = areas([box(1100, 0, 100), box(5099, 0, 100)])
    layers = {"idle_land": lots, "permanent_basic_farmland": farm}
    found = world(layers, candidates={"layers": ["idle_land"], "rules": "construction"})
    assert dict(states(found)) == {"A": "new", "B": "excluded"}


def test_a_place_at_the_distance_itself_is_far_enough(world):
    lots = table([(1500, 0), (1499, 0)], name=["at", "nearer"], spaces=[1, 1])
    away = {"layer": "settlement", "metres": 500.0, "source": "of a test"}
    found = world({"parking": lots}, candidates={"layers": ["parking"], "away": [away]})
    assert dict(states(found)) == {"at": "new", "nearer": "excluded"}


def test_what_stands_is_no_new_site_on_the_same_spot(world):
    chargers = table([(1000, 0), (9000, 0)], name=["E1", "E2"], piles=[10, 5])
    found = world(
        {"charging_stations": chargers},
        existing={"layer": "charging_stations", "where": {"name": ["E1"]}},
        candidates={"layers": ["charging_stations", "parking"]},
    )
    assert states(found) == [
        ("E1", "existing"),
        ("E1", "excluded"),
        ("E2", "not_chosen"),
        ("P1", "not_chosen"),
        ("P2", "new"),
    ]


def test_one_village_twice_in_a_layer_counts_once(world):
    twice = table(
        [(1000, 0), (5000, 0), (5000, 0), (5000, 0)],
        name=["甲", "乙", "乙", "丙"],
        population=[100, 200, 200, 7],
    )
    found = world({"settlement": twice})
    assert (len(found.demand), found.answer.weight) == (3, 307.0)
    assert "1 feature of settlements has the name and shape of another and" in told(found)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shut", [{}, {"outside": "heat_network"}])
def test_a_whole_with_a_part_that_does_not_ask_asks_at_the_other(world, turned, shut):
    """Of two yards of a farm one lies beyond the border, or in an area that does not ask."""
    away = (5000, 0) if shut else (5000, 9e5)
    yards = [("甲", 100, away), ("甲", 100, (1000, 0)), ("乙", 50, (2000, 0))]
    rows = yards[1::-1] + yards[2:] if turned else yards
    farms = table(
        [r[2] for r in rows], name=[r[0] for r in rows], population=[r[1] for r in rows]
    )
    area = gpd.GeoDataFrame({"name": ["x"]}, geometry=[shapely.box(4e3, -1, 6e3, 1)], crs=CRS)
    one = {"layer": "settlement", "weight": "population", "once": "name", **shut}
    found = world({"settlement": farms, "heat_network": area}, demand=one)
    # both within 1 km of the candidate at 1,000: the yard that asks is the one that is near
    assert (found.answer.weight, found.answer.years[0].served) == (150.0, 150.0)
    assert "outside the county" not in told(found)


def test_values_are_found_however_they_are_spaced_and_lost_ones_are_told(world):
    farms = table(
        [(1000, 0), (5000, 0), (9000, 0)],
        name=["a", "b", "c"],
        kind=["奶 牛", "羊", "猪"],
        code=[1.0, np.nan, 2.0],
        population=[5, 6, 7],
    )
    one = {"layer": "settlement", "weight": "population", "where": {"kind": ["奶牛", "鸡"]}}
    found = world({"settlement": farms}, demand=one)
    assert found.demand["name"].tolist() == ["a"]
    assert "has 鸡 in kind (there are 奶 牛, 羊" in told(found).replace(" and ", ", ")
    number = world(demand={**one, "where": {"code": ["1"]}})
    assert number.demand["name"].tolist() == ["a"]
    with pytest.raises(DataError, match="no feature has any") as err:
        world(demand={**one, "where": {"kind": ["马"]}})
    assert err.value.faults[0].where == "settlement [kind]"


def test_what_lies_outside_the_county_neither_asks_nor_is_chosen(world):
    villages = table([(1000, 0), (90000, 0)], name=["甲", "外"], population=[100, 900])
    lots = table([(1000, 0), (90000, 0)], name=["P1", "out"], spaces=[1, 1])
    found = world({"settlement": villages, "parking": lots})
    assert (found.answer.weight, found.answer.years[-1].served) == (100.0, 100.0)
    assert "1 demand place (weight 900) lies outside the county" in told(found)
    assert dict(states(found)) == {"P1": "new", "out": "excluded"}


def test_capacity_outside_the_county_is_not_its_own(world):
    """500 stand 60 km beyond the border: of the 20 asked for 10 + 10 are new."""
    out = table([(90000, 0)], name=["far"], piles=[500])
    found = world(
        {"charging_stations": out},
        existing={"layer": "charging_stations", "capacity": "piles"},
        candidates={"layers": ["parking"], "capacity": 10, "capacity_source": "x"},
        count="capacity",
        open={"2025": 20},
    )
    (year,) = found.answer.years
    assert (year.new_sites, year.capacity) == (2, 20.0)
    assert "their capacity is not the county's" in told(found)


def test_a_station_of_another_county_is_not_this_ones_to_close(world):
    """Neither serves anybody; E1 may close, the one beyond the border is not asked."""
    two = table([(9000, 0), (90000, 0)], name=["E1", "far"], piles=[5, 5])
    found = world(
        {"charging_stations": two},
        existing={"layer": "charging_stations", "capacity": "piles"},
        open={"2025": 0},
    )
    assert dict(zip(found.sites["name"], found.sites["closable"], strict=True)) == {
        "E1": True,
        "far": False,
        "P1": False,
        "P2": False,
    }
    assert found.answer.closable == 1
    assert "outside the county; serves 0" in found.sites["why_chosen_en"].iloc[1]


def test_who_is_covered_twice_is_in_the_table(world):
    """Within 1 km of 甲 lie P1 and P3, within 1 km of 乙 P2."""
    lots = table([(1000, 0), (5000, 0), (1500, 0)], name=["P1", "P2", "P3"], spaces=[1] * 3)
    found = world({"parking": lots}, model="backup", open={"2025": 3})
    at = dict(zip(found.demand["name"], found.demand["near_n"], strict=True))
    assert at == {"甲": 2.0, "乙": 1.0}


def test_a_place_of_a_level_says_what_it_serves_on_it(world):
    """Villages at 0 and 3 km. A at 0 is of the township, B at 3 km of the village.

    Within 1 km of a place and 5 km of a higher one: A serves both (300) and is the only one of
    its level; B serves 乙 (200) alone.
    """
    lots = table([(1000, 0), (4000, 0)], name=["A", "B"], spaces=[1, 1])
    lived = table([(1000, 0), (4000, 0)], name=["甲", "乙"], population=[100, 200])
    found = world(
        {"parking": lots, "settlement": lived},
        candidates={"layers": ["parking"], "preselected": ["A", "B"]},
        model="hierarchical",
        cost={"by": "straight", "unit": "km", "limit": [1.0, 5.0]},
        open={"2025": [1, 1]},
    )
    at = found.sites.set_index("name")
    top = at["facility_level"].idxmax()
    low = "B" if top == "A" else "A"
    assert at.loc[[top, low], "load_weight"].tolist() == [300.0, {"A": 100.0, "B": 200.0}[low]]
    assert at.loc[top, "only_weight"] == 300.0
    assert (at["only_weight"] <= at["load_weight"]).all()


def test_a_place_of_ones_own_lies_in_the_county_and_has_a_name_of_its_own(world):
    to = pyproj.Transformer.from_crs(CRS, 4490, always_xy=True)
    lon, lat = to.transform(5000.0, 10.0)
    own = {"layers": ["parking"], "preselected": ["P1"]}
    with pytest.raises(ConfigError, match="is taken"):
        world(candidates={**own, "places": [{"name": "P1", "lon": lon, "lat": lat}]})
    with pytest.raises(ConfigError, match="outside the county"):
        world(candidates={**own, "places": [{"name": "N", "lon": 120.0, "lat": 30.0}]})


def test_features_without_a_name_are_called_by_the_title_of_their_layer(world):
    bare = table([(1000, 0), (5000, 0)], spaces=[1, 1])
    found = world({"parking": bare})
    assert found.sites["name"].tolist() == ["停车场 1", "停车场 2"]


def test_an_area_asks_with_what_lies_beside_the_net_of_heat(world):
    """100 x 100 m each: 49, 51 and all of the 100 m lie in it. The scale of the projection
    differs by 1e-4 between them."""
    blocks = areas([box(1000, 0, 100), box(5000, 0, 100), box(9000, 0, 100)], name=list("abc"))
    heat = areas([box(1000, 0, 49, 100), box(5000, 0, 51, 100), box(9000, 0, 100)])
    one = {"layer": "buildings", "measure": "area_m2", "outside": "heat_network"}
    found = world({"buildings": blocks, "heat_network": heat}, demand=one)
    assert found.demand["name"].tolist() == ["a", "b"]
    a, b = found.demand["demand_weight"]
    assert a / b == pytest.approx(5100 / 4900, rel=1e-3)


def people(monkeypatch, value, known=1.0):
    """A raster of `value` people a hectare; a part of the county from the west is known."""

    def raster(_plan, _layer, grid):
        x = np.broadcast_to(np.ravel(cell_centres(grid, full_window(grid))[0]), grid.shape)
        side = abs(float(np.diff(np.unique(x))[0]))
        return np.full(grid.shape, value * side**2 / 1e4), x < 30000 * known

    monkeypatch.setattr(cells, "open_raster", raster)


@pytest.mark.parametrize("cell_m", [1000.0, 7000.0, 333.0])
def test_people_are_counted_to_the_border_whatever_the_cells(world, monkeypatch, cell_m):
    """One a hectare in 30 x 30 km: 90,000. Fine cells of 50 m at most fall in or out whole."""
    people(monkeypatch, 1.0)
    found = world(demand={"layer": "population", "cell_m": cell_m})
    assert found.answer.weight == pytest.approx(90000, rel=2 * 50 / 30000)


def test_a_cell_the_border_cuts_asks_from_within(world, monkeypatch):
    """A county of a corner: 10 km of it 1 km wide to the east and to the north.

    One cell of 12 km holds both arms; their middle, (10 x 5 + 9 x 0.5) / 19 = 2.87 km from
    both edges, lies outside.
    """
    corner = shapely.union_all([shapely.box(0, 0, 10000, 1000), shapely.box(0, 0, 1000, 10000)])
    for room in (asking, cells):
        monkeypatch.setattr(room, "county_boundary", lambda _: corner)
    people(monkeypatch, 1.0)
    found = world(demand={"layer": "population", "cell_m": 12000.0})
    (x,), (y,) = found.demand["x"], found.demand["y"]
    assert shapely.intersects_xy(corner, x, y)
    # the nearest part of an arm to the middle: beside it, at the arm's inner edge
    assert max(x, y) == pytest.approx(2868, abs=60)
    assert min(x, y) == pytest.approx(1000, abs=60)
    # one a hectare: of 10,000 in its box 1,900 live in the arms, the others are told
    assert found.answer.weight == pytest.approx(1900)
    assert "8,100 (81.0%) lie outside and do not count" in told(found)


def test_a_county_half_without_data_is_told(world, monkeypatch):
    people(monkeypatch, 1.0, known=0.5)
    found = world(demand={"layer": "population"})
    assert found.answer.weight == pytest.approx(45000)
    assert "50.0% of the county has no data" in told(found)


def test_a_raster_that_counts_nothing_is_no_demand(world, monkeypatch):
    people(monkeypatch, 1100.0)
    with pytest.raises(DataError, match="only a raster that counts"):
        world(demand={"layer": "dem"})


def test_cells_too_small_for_the_county_are_refused(world, monkeypatch):
    """30 x 30 km in cells of a metre are 900 million; 20 million make cells of 6.7 m."""
    people(monkeypatch, 1.0)
    with pytest.raises(ConfigError, match=r"900,000,000 of them; got 1; expected 7 m or more"):
        world(demand={"layer": "population", "cell_m": 1.0})


def test_more_pairs_than_memory_holds_are_refused(world, monkeypatch):
    """30 x 30 km in cells of 500 m are 3,600; two candidates make 7,200 pairs."""
    people(monkeypatch, 1.0)
    monkeypatch.setattr("siting.facilities.case._MOST_PAIRS", 7_199)
    with pytest.raises(ConfigError, match=r"3,600 demand places and 2 sites.*demand\.cell_m"):
        world(demand={"layer": "population", "cell_m": 500.0})
