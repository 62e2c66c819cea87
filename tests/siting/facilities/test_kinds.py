"""Cases beyond roads: cells that ask, sights, distances a bureau sets, buses, patches."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pydantic import ValidationError

import siting.facilities.asking as asking
import siting.facilities.buses.answer as answer
import siting.facilities.connected as connected
import siting.facilities.demand.cells as cells
import siting.facilities.looked_at as looked_at
import siting.facilities.places as places
import siting.facilities.seen as seen
from gis.cells.grid import cell_centres, full_window
from gis.errors import ConfigError, DataError
from siting.facilities.buses.answer import answer_transfers
from siting.facilities.case import answer_case
from siting.facilities.connected import answer_connectivity
from siting.facilities.section import FacilitiesSection
from tests.siting.facilities.test_case import CRS, LAYERS, ROOT, case, load_plan, table

COUNTY = shapely.box(0, 0, 6000, 3000)
LANDSCAPE = shapely.box(-10, -10, 9990, 9990)


def box(x, y, side):
    return shapely.box(x, y, x + side, y + side)


@pytest.fixture
def world(monkeypatch):
    plan = load_plan(ROOT / "plans" / "sample.toml")
    own = dict(LAYERS)

    def raster(_plan, layer_id, grid):
        x = np.broadcast_to(np.ravel(cell_centres(grid, full_window(grid))[0]), grid.shape)
        if layer_id == "dem":  # a wall at 3,000 m
            return np.where(np.abs(x - 3000) < 60, 80.0, 0.0), np.ones(grid.shape, bool)
        side = abs(float(np.diff(np.unique(x))[0])) / 1000.0
        value = {"population": 10.0 * side**2, "tree_cover": 0.5}[layer_id]
        return np.where(x < 5000, value, 0.0), np.ones(grid.shape, bool)

    for room in (asking, places, connected, answer):
        monkeypatch.setattr(room, "open_features", lambda _, i: own.get(i))
    for room in (cells, seen):
        monkeypatch.setattr(room, "open_raster", raster)
        monkeypatch.setattr(room, "plan_crs", lambda _: CRS)
    monkeypatch.setattr(places, "plan_crs", lambda _: CRS)
    for room in (asking, cells):
        monkeypatch.setattr(room, "county_boundary", lambda _: COUNTY)
    monkeypatch.setattr(connected, "county_boundary", lambda _: LANDSCAPE)
    for room in (asking, places):  # what cells ask is cut, all else lies inside
        monkeypatch.setattr(room, "within_county", lambda _, xy: np.ones(len(xy), bool))
    monkeypatch.setattr(asking, "layer_state", lambda _, i: "available")
    monkeypatch.setattr(places, "townships", lambda _: None)
    monkeypatch.setattr(looked_at, "layer_state", lambda _, i: "available")

    def ask(given, layers=None):
        own.update(layers or {})
        section = FacilitiesSection(cases=(given,))
        moved = plan.model_copy(update={"sections": {**plan.sections, "facilities": section}})
        return moved, moved.section(FacilitiesSection).cases[0]

    return ask


STRAIGHT = {"by": "straight", "unit": "km", "limit": 1.2}


def test_cells_of_people_ask_and_those_outside_the_county_do_not(world):
    """Three rows of five cells of a kilometre with 10 people each; the sixth have none."""
    one = case(demand={"layer": "population"}, cost=STRAIGHT, open={"2025": 0})
    found = answer_case(*world(one), lambda _: None)
    assert found.answer.weight == pytest.approx(150)
    assert len(found.demand) == 15
    # the station at the corner: cells (500, 500) at 707 m; the next are 1,581 m off
    assert found.answer.years[-1].served == pytest.approx(10)


def test_a_share_of_canopy_becomes_hectares(world):
    """Half of 100 ha in each of 15 cells; a mast of 50 m does not look over a wall of 80 m."""
    cost = {
        "by": "sight",
        "unit": "km",
        "limit": 9.0,
        "eye_m": 50.0,
        "sight_source": "of a test",
    }
    one = case(
        demand={"layer": "tree_cover"},
        existing=None,
        candidates={"layers": ["parking"]},
        cost=cost,
        open={"2025": 1},
    )
    posts = table([(500, 1500)], name=["post"], spaces=[1])
    found = answer_case(*world(one, {"parking": posts}), lambda _: None)
    assert found.answer.weight == pytest.approx(15 * 50)
    at = found.demand.set_index("name")
    assert at.loc[at["x"] < 3000, "demand_state"].eq("served").all()
    assert at.loc[at["x"] > 3000, "demand_state"].eq("unreachable").all()
    assert found.answer.years[-1].served == pytest.approx(9 * 50)
    # 300 m pass the wall at 300 (1 - 2,560 / 4,000) = 108 m to x = 4,500, at 50 m to 3,500
    higher = case(**{**one, "cost": cost | {"eye_m": 300.0}})
    seen_all = answer_case(*world(higher, {"parking": posts}), lambda _: None)
    assert seen_all.answer.years[-1].served == pytest.approx(12 * 50)


def test_areas_weigh_and_what_is_served_already_does_not_ask(world):
    fields = gpd.GeoDataFrame(
        {"name": ["in", "out"]}, geometry=[box(0, 0, 100), box(2000, 0, 200)], crs=CRS
    )
    served = gpd.GeoDataFrame(geometry=[box(-50, -50, 500)], crs=CRS)
    one = case(
        demand={"layer": "buildings", "measure": "area_ha", "outside": "heat_network"},
        cost=STRAIGHT,
        open={"2025": 0},
    )
    got = answer_case(
        *world(one, {"buildings": fields, "heat_network": served}), lambda _: None
    )
    assert got.demand["name"].tolist() == ["out"]
    # 4 ha of the plane; the ellipsoid differs by the scale of the projection, below 1e-3 here
    assert got.answer.weight == pytest.approx(4.0, rel=0.2)


def test_candidates_too_near_are_excluded_with_the_distance_and_its_source(world):
    away = {"layer": "settlement", "metres": 500.0, "source": "of a test"}
    one = case(candidates={"layers": ["parking"], "away": [away]}, cost=STRAIGHT)
    found = answer_case(*world(one), lambda _: None)
    sites = found.sites.set_index("name")
    # p1 and p2 lie on b and c, p3 a kilometre from d
    assert sites["facility_state"].to_dict() == {
        "old": "existing",
        "p1": "excluded",
        "p2": "excluded",
        "p3": "new",
    }
    assert "500" in sites.loc["p1", "why_chosen_en"]
    assert "of a test" in sites.loc["p1", "why_chosen_en"]


def test_buses_between_areas(world):
    """A-B on route 1, B-C on route 2: of six pairs four are direct, all with one change."""
    areas = gpd.GeoDataFrame(
        {"name": ["A", "B", "C", "D"]},
        geometry=[box(1000 * k, 0, 900) for k in range(4)],
        crs=CRS,
    )
    stops = table(
        [(500, 500), (1500, 500), (1500, 500), (2500, 500)],
        name=["a", "b", "b", "c"],
        route=["1", "1", "2", "2"],
        stop_order=[1, 2, 1, 2],
    )
    one = {
        "id": "bus",
        "demand": {"layer": "townships", "each": True},
        "model": "transfers",
        "bus": {"layer": "parking"},
    }
    found = answer_transfers(*world(one, {"townships": areas, "parking": stops}))
    # of 12 ordered pairs: ab, ba, bc, cb direct; ac, ca one change; six with D
    assert found.answer.direct_frac == pytest.approx(4 / 12)
    assert found.answer.one_change_frac == pytest.approx(6 / 12)
    assert found.answer.states == {
        "direct": 4,
        "one_change": 2,
        "more_changes": 0,
        "unreachable": 6,
    }
    assert "D" in found.told[0]("en")
    rows = found.more["facility_transfers"].set_index(["from_name", "to_name"])["changes_n"]
    assert rows["A", "C"] == 1
    with pytest.raises(DataError, match="the layer has no such field"):
        answer_transfers(
            *world(one, {"parking": stops.drop(columns="route"), "townships": areas})
        )


TWO = gpd.GeoDataFrame(
    {"name": ["西", "东"]}, geometry=[box(0, 0, 900), box(23000, 0, 900)], crs=CRS
)


def bus_of(**bus):
    return {
        "id": "bus",
        "demand": {"layer": "townships", "each": True},
        "model": "transfers",
        "bus": {"layer": "parking", **bus},
    }


def test_stops_of_one_name_far_apart_are_different_stops(world):
    stops = table(
        [(500, 500), (9000, 0), (23500, 500), (9000, 0)],
        name=["村委会", "a", "村委会", "b"],
        route=["1", "1", "2", "2"],
        stop_order=[1, 2, 1, 2],
    )
    found = answer_transfers(*world(bus_of(), {"townships": TWO, "parking": stops}))
    assert found.answer.states["unreachable"] == 2
    assert "1 name lie more than 500 m apart and are different stops: 村委会" in str(
        found.told[0]("en")
    )
    joined = answer_transfers(*world(bus_of(same_stop_m=30000.0)))
    assert joined.answer.states["direct"] == 2


def test_stops_without_a_name_a_route_or_an_order(world):
    """Two nameless rows at one place are one stop: the change from route 1 to route 2."""
    stops = table(
        [(500, 500), (9000, 0), (9000, 0), (23500, 500), (400, 400), (300, 300)],
        name=["w", None, None, "e", "lost", "loose"],
        route=["1", "1", "2", "2", None, "1"],
        stop_order=[1, 2, 1, 2, 1, None],
    )
    found = answer_transfers(*world(bus_of(), {"townships": TWO, "parking": stops}))
    assert found.answer.states["one_change"] == 2
    told = " | ".join(t("en") for t in found.told)
    assert "1 row of bus stops has no route" in told
    assert "2 rows of bus stops have no name" in told
    # and by the doctor, before any answer
    seen_before = looked_at.cases_seen(world(bus_of())[0]).warnings
    assert told == " | ".join(w.text("en") for w in seen_before)
    assert "no order" not in told
    one_way = answer_transfers(*world(bus_of(both_ways=False)))
    assert "1 row of bus stops has no order" in " | ".join(t("en") for t in one_way.told)
    assert one_way.answer.states["one_change"] == 1


def test_patches_that_touch_are_one_and_the_net_joins_all(world):
    """Two boxes side by side and one 1,000 m off: steps of one half at that distance."""
    land = gpd.GeoDataFrame(
        geometry=[box(0, 0, 1000), box(1000, 0, 1000), box(3000, 0, 1000), box(9000, 0, 10)],
        crs=CRS,
    )
    one = {
        "id": "green",
        "demand": {"layer": "water_body", "each": True},
        "model": "connectivity",
        "patches": {"half_distance_m": 1000.0, "source": "of a test", "least_ha": 1.0},
    }
    found = answer_connectivity(*world(one, {"water_body": land}))
    # a patch has a number, the same in every language
    assert sorted(found.more["facility_patches"]["name"]) == ["#1", "#2"]
    # areas 2 and 1 of a county of 100: (4 + 1 + 2 * 2 * 1 / 2) / 100 ** 2
    assert found.answer.pc == pytest.approx(7 / 100**2, rel=1e-3)
    assert found.answer.demand == 2
    links = found.more["facility_links"]
    # land to land, whatever was drawn about it to see what touches
    assert links["distance_m"].tolist() == pytest.approx([1000], abs=1e-6)
    by_name = np.argsort(found.more["facility_patches"]["name"].tolist())
    (first, _) = found.shapes["facility_patches"][by_name]
    assert first.bounds == pytest.approx((0, 0, 2000, 1000))
    assert links["step_probability"].tolist() == pytest.approx([0.5], abs=1e-3)
    assert shapely.length(found.shapes["facility_links"]) == pytest.approx([1000], abs=0.2)
    assert "of 3 patches 2 are of 1 ha or more" in found.answer.sentence.en
    # boxes that share a side are one at any reach; at 2,100 m all three are
    for touch, patches in ((0.0, 2), (2100.0, 1)):
        reach = {**one, "patches": {**one["patches"], "touch_m": touch}}
        moved = answer_connectivity(*world(reach, {"water_body": land.iloc[:3]}))
        assert moved.answer.demand == patches
        # the area is that of the land, not of what was drawn about it
        assert moved.answer.weight == pytest.approx(found.answer.weight, rel=1e-9)
    none = {**one, "patches": {**one["patches"], "least_ha": 1e6}}
    with pytest.raises(DataError, match="no patches"):
        answer_connectivity(*world(none, {"water_body": land}))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cost": {"by": "sight", "unit": "m", "limit": 9.0}}, "eye_m"),
        ({"cost": {"unit": "m", "limit": 9.0, "eye_m": 9.0}}, "eye_m"),
        (
            {"cost": {"by": "sight", "unit": "m", "limit": 9.0, "eye_m": 9.0}},
            "needs its source",
        ),
        ({"demand": {"layer": "population", "weight": "people"}}, "a raster none"),
        ({"demand": {"layer": "settlement", "each": True, "measure": "area_ha"}}, "one of"),
        ({"model": "transfers", "open": {}, "cost": {}}, "needs bus"),
        ({"patches": {"half_distance_m": 9.0, "source": "x"}}, "needs patches"),
    ],
)
def test_what_does_not_go_together_is_refused(given, words):
    with pytest.raises((ConfigError, ValidationError), match=words):
        FacilitiesSection.model_validate([case(**given)])
