"""Cases of a plan: what is asked, what is told, what is refused."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from pydantic import ValidationError

import siting.facilities.asking as asking
import siting.facilities.looked_at as looked_at
import siting.facilities.places as places
import siting.facilities.step_facilities as step
from geoplan.answers.facility_part import facility_lines
from geoplan.plan_file import load_plan
from gis.errors import ConfigError, DataError
from gis.say import say
from layers.spec import Text
from layers.units import unit_of
from siting.facilities.case import answer_case
from siting.facilities.equity import gini, quantile
from siting.facilities.network import road_network
from siting.facilities.section import Demand, FacilitiesSection, site_rules
from siting.rules.law import calendar

ROOT = Path(__file__).resolve().parents[3]
CRS = "EPSG:4544"
COUNTY = shapely.box(-1e5, -1e5, 1e5, 1e5)


def table(points, **columns):
    shapes = [shapely.Point(p) for p in points]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


def line(x0, x1, y=0.0):
    return shapely.LineString([(x0, y), (x1, y)])


LAYERS = {
    # a road of 20 km and one beside it that meets nothing
    "road": gpd.GeoDataFrame(
        {"road_class": ["county", "county"]},
        geometry=[line(0, 20000), line(0, 5000, 9000)],
        crs=CRS,
    ),
    "settlement": table(
        [(0, 0), (4000, 0), (10000, 0), (19000, 0), (2000, 9000), (3000, 0)],
        name=["a", "b", "c", "d", "far", "empty"],
        population=[100, 200, 300, 50, 70, None],
    ),
    "charging_stations": table([(0, 0)], name=["old"], piles=[10]),
    "parking": table(
        [(4000, 0), (10000, 0), (18000, 0)], name=["p1", "p2", "p3"], spaces=[9, 9, 9]
    ),
}


@pytest.fixture
def world(monkeypatch):
    plan = load_plan(ROOT / "plans" / "sample.toml")
    for room in (asking, places):
        monkeypatch.setattr(room, "open_features", lambda _, i: LAYERS.get(i))
    monkeypatch.setattr(asking, "layer_state", lambda _, i: "available")
    monkeypatch.setattr(asking, "county_boundary", lambda _: COUNTY)
    monkeypatch.setattr(places, "townships", lambda _: None)
    there = lambda _, i: "available" if i in LAYERS else ""  # noqa: E731
    monkeypatch.setattr(looked_at, "layer_state", there)

    def with_cases(*cases):
        section = FacilitiesSection(cases=cases)
        return plan.model_copy(update={"sections": {**plan.sections, "facilities": section}})

    return with_cases


def case(**given):
    base = {
        "id": "charging",
        "demand": {"layer": "settlement", "weight": "population"},
        "existing": {"layer": "charging_stations", "capacity": "piles"},
        "candidates": {"layers": ["parking"]},
        "cost": {"by": "road", "unit": "min", "limit": 3.0},
        "model": "mclp",
        "open": {"2025": 1, "2030": 2},
    }
    return base | given


def answered(plan):
    one = plan.section(FacilitiesSection).cases[0]
    return answer_case(plan, one, lambda _: road_network(LAYERS["road"]))


def test_a_case_says_who_is_served_by_whom_and_since_when(world):
    """40 km/h and 3 minutes are 2 km: the old station serves a, p2 serves c, p1 serves b."""
    found = answered(world(case()))
    a = found.answer
    assert [(y.year, y.new_sites, y.served) for y in a.years] == [
        (2025, 1, 400.0),
        (2030, 2, 600.0),
    ]
    demand = found.demand.set_index("name")
    assert demand["served_by"].to_dict() == {
        "a": "old",
        "b": "p1",
        "c": "p2",
        "d": "p2",
        "far": "",
        "empty": "p1",
    }
    assert demand["demand_state"].to_dict() == {
        "a": "served",
        "b": "served",
        "c": "served",
        "d": "not_served",
        "far": "unreachable",
        "empty": "no_weight",
    }
    # c is 300 of weight and opens first; 9 km at 40 km/h are 13.5 minutes
    assert demand.loc["d", "travel_cost"] == pytest.approx(13.5)
    sites = found.sites.set_index("name")
    assert sites["open_year"].dropna().to_dict() == {"p2": 2025, "p1": 2030}
    assert sites["facility_state"].to_dict() == {
        "old": "existing",
        "p1": "new",
        "p2": "new",
        "p3": "not_chosen",
    }
    assert sites.loc["p2", "load_weight"] == 300
    assert a.states == {"served": 3, "not_served": 1, "unreachable": 1, "no_weight": 1}
    assert a.weight == 720
    assert a.gini == pytest.approx(gini(np.array([0, 0, 0, 13.5]), np.array([1, 2, 3, 0.5])))
    told = " ".join(found.told)
    assert "1 demand place has no weight" in told
    (cut,) = (
        w.text("en")
        for w in step.facility_answers(world(case())).warnings
        if "reach no facility" in w.text("en")
    )
    assert cut.endswith("charging 1")


def test_the_curve_says_how_many_are_enough(world):
    a = answered(world(case())).answer
    assert {p.new_sites: p.coverage_frac * 720 for p in a.curve} == pytest.approx(
        {0: 100, 1: 400, 2: 600, 3: 650}
    )
    assert a.enough == 3


def test_capacity_counts_what_stands(world):
    c = {"layers": ["parking"], "capacity": 10, "capacity_source": "given"}
    one = case(candidates=c, count="capacity", open={"2025": 15, "2030": 99})
    found = answered(world(one))
    # 10 stand: 5 more are one station of 10; 89 more are nine, and there are three
    assert [(y.year, y.new_sites, y.capacity) for y in found.answer.years] == [
        (2025, 1, 20.0),
        (2030, 3, 40.0),
    ]
    assert "9 new sites are asked for 2030 and there are 3" in " ".join(found.told)


def test_an_old_place_nobody_needs_may_close(world, monkeypatch):
    two = table([(0, 0), (100, 0)], name=["old", "twin"], piles=[10, 4])
    monkeypatch.setitem(LAYERS, "charging_stations", two)
    found = answered(world(case(open={"2025": 0})))
    assert found.answer.closable == 2  # each alone
    assert found.sites.set_index("name")["closable"].to_dict() == {
        "old": True,
        "twin": True,
        "p1": False,
        "p2": False,
        "p3": False,
    }


def test_land_the_rules_exclude_is_never_chosen(world, monkeypatch):
    land = gpd.GeoDataFrame(geometry=[shapely.box(9000, -10, 11000, 10)], crs=CRS)
    monkeypatch.setitem(LAYERS, "permanent_basic_farmland", land)
    found = answered(world(case(candidates={"layers": ["parking"], "rules": "charging"})))
    sites = found.sites.set_index("name")
    assert sites.loc["p2", "facility_state"] == "excluded"
    assert "土地管理法" in sites.loc["p2", "why_chosen_zh"]
    assert "Land Administration Law" in sites.loc["p2", "why_chosen_en"]
    assert sites["why_chosen_en"].map(str.isascii).all()  # names are in columns of their own
    assert found.answer.excluded == 1
    # the layer of the other rule is not there: nobody judged it
    assert "candidates are not judged" in " ".join(found.told)


def test_every_rule_of_sites_names_its_law_in_both_languages():
    """By the titles the law has in the calendar, which the rule books cite too."""
    known = [e.title for e in calendar().editions]
    for book in site_rules().values():
        for rule in book["rules"]:
            said = Text(**rule["source"])
            (title,) = {t.en for t in known if said.en.startswith(t.en)}
            assert said.en.isascii()
            numbers = {e.number for e in calendar().editions if e.title.en == title} - {""}
            zh = {t.zh for t in known if t.en == title} | numbers
            assert any(name in said.zh for name in zh)


def test_names_are_forbidden_or_preselected(world):
    c = {"layers": ["parking"], "forbidden": ["p2"], "preselected": ["p3"]}
    found = answered(world(case(candidates=c, open={"2025": 1})))
    assert found.sites.set_index("name")["facility_state"].to_dict() == {
        "old": "existing",
        "p1": "not_chosen",
        "p2": "excluded",
        "p3": "new",
    }
    with pytest.raises(ConfigError, match=r"no candidate has this name.*p9.*p1, p2, p3"):
        answered(world(case(candidates={"layers": ["parking"], "forbidden": ["p9"]})))
    both = {"layers": ["parking"], "forbidden": ["p2"], "preselected": ["p3", "p2"]}
    with pytest.raises(ConfigError, match=r"both open and forbidden; got p2; take it out"):
        answered(world(case(candidates=both)))


def test_a_place_that_is_chosen_but_excluded_is_told(world, monkeypatch):
    no = say("siting.facilities.reason_outside")
    monkeypatch.setattr(
        "siting.facilities.places._excluded",
        lambda plan, case, table: ([no if n == "p3" else None for n in table["name"]], []),
    )
    c = {"layers": ["parking"], "preselected": ["p3"]}
    found = answered(world(case(candidates=c, open={"2025": 1})))
    assert found.sites.set_index("name")["facility_state"]["p3"] == "excluded"
    assert "p3, chosen beforehand, is excluded (" in " ".join(found.told)


def test_demand_of_no_weight_says_how_much_there_is_and_what_to_do(world, monkeypatch):
    monkeypatch.setitem(LAYERS, "settlement", LAYERS["settlement"].assign(population=0))
    with pytest.raises(DataError, match=r"6 places, weights empty or 0; name under demand"):
        answered(world(case()))


def test_means_of_places_with_capacities_are_of_what_is_served(world):
    room = {"layers": ["parking"], "capacity": 100, "capacity_source": "x"}
    found = answered(world(case(candidates=room, model="capacitated_p_median")))
    lines = " ".join(facility_lines([found.answer], "en"))
    assert "min of what is served" in lines
    assert "of the demand that is served half is within" in lines
    assert "of all that reaches one" not in lines


def test_what_stands_may_be_taken_out(world):
    """Without the old station nothing is within 2 km of a: c (300) is served by p2 in 2025,
    and b (200) by p1 in 2030."""
    e = {"layer": "charging_stations", "capacity": "piles", "closed": ["old"]}
    found = answered(world(case(existing=e)))
    assert [y.served for y in found.answer.years] == [300.0, 500.0]
    assert found.answer.existing == 0
    assert "old" not in set(found.sites["name"])
    assert "1 facility that stands is taken out (old)" in " ".join(found.told)
    with pytest.raises(ConfigError, match="no facility that stands has this name"):
        answered(world(case(existing={**e, "closed": ["p1"]})))


def test_a_place_of_ones_own_is_a_candidate(world):
    """Two metres from c (10000, 0): of the two that may be opened it takes the one of c."""
    to = pyproj.Transformer.from_crs(CRS, 4490, always_xy=True)
    lon, lat = to.transform(10002.0, 0.0)
    own = {"name": "自选1", "lon": lon, "lat": lat}
    c = {"layers": ["parking"], "forbidden": ["p2"], "preselected": ["自选1"], "places": [own]}
    found = answered(world(case(candidates=c, open={"2025": 1})))
    sites = found.sites.set_index("name")
    assert sites["facility_state"].to_dict() == {
        "old": "existing",
        "p1": "not_chosen",
        "p2": "excluded",
        "p3": "not_chosen",
        "自选1": "new",
    }
    assert sites.loc["自选1", ["x", "y"]].astype(float).tolist() == pytest.approx(
        [10002.0, 0.0], abs=1e-3
    )
    assert found.demand.set_index("name").loc["c", "served_by"] == "自选1"


def test_as_the_crow_flies_no_road_is_asked(world):
    cost = {"by": "straight", "unit": "km", "limit": 5.0}
    found = answered(world(case(cost=cost, open={"2025": 1})))
    # from the old station 4 km reach b; p2 reaches c; far is 9.2 km from anything
    assert found.answer.years[-1].served == 100 + 200 + 300
    assert found.answer.states["not_served"] == 2


def test_a_factor_multiplies_and_gives_its_unit(world):
    demand = {
        "layer": "settlement",
        "weight": "population",
        "factor": {"value": 0.5, "unit": "kWh", "source": "made up for this test"},
    }
    a = answered(world(case(demand=demand))).answer
    assert (a.weight, a.weight_unit) == (360.0, "kWh")


def test_every_weight_of_the_sample_has_a_unit():
    """Vehicles of freight had none, and nobody knew what 100 % were of."""
    plan = load_plan(ROOT / "plans" / "sample.toml")
    units = {c.id: asking.weight_unit(c.demand) for c in plan.section(FacilitiesSection).cases}
    assert units["hydrogen"] == "vehicle"
    assert [i for i, unit in units.items() if not unit] == ["bus", "corridors"]


def test_one_case_without_an_answer_leaves_the_others(world):
    wrong = case(id="wrong", demand={"layer": "settlement", "weight": "cars"})
    waits = case(id="waits", candidates={"layers": ["service_area"]})
    found = step.facility_answers(world(wrong, waits, case()))
    assert [a.id for a in found.answers] == ["wrong", "waits", "charging"]
    assert "no such number field" in found.answers[0].refused.en
    assert found.answers[1].waits_for == ("service_area",)
    assert list(found.done) == ["charging"]
    codes = [w.code for w in found.warnings]
    assert codes[:2] == ["facilities_refused", "facilities_waiting"]
    assert "speeds_recalled" in codes
    # which ends the command where it is asked alone
    (why,) = found.refused.items()
    assert why[0] == "wrong"
    assert isinstance(why[1], DataError)
    assert why[1].faults[0].where == "sample.toml [[facilities]] wrong settlement"


@pytest.fixture(autouse=True)
def _roads(monkeypatch):
    monkeypatch.setattr(step, "open_features", lambda _, i: LAYERS.get(i))


def test_a_case_that_does_not_exist_and_a_target_that_does_not(world):
    with pytest.raises(ConfigError, match="no such facility case"):
        step.facility_answers(world(case()), "heat")
    with pytest.raises(ConfigError, match="target that is not in"):
        step.facility_answers(world(case(target=["nothing"])))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"demand": {"layer": "settlement"}}, "needs a weight field"),
        ({"cost": {"limit": None}}, "needs a limit"),
        ({"open": {}}, "needs a number"),
        ({"open": {"soon": 1}}, "keys of open are years"),
        ({"open": {"2025": -1}}, "0 or more"),
        ({"open": {"2030": 150, "2025": 400}}, "2030 has fewer places than 2025"),
        ({"count": "capacity"}, "candidates.capacity"),
        (
            {
                "count": "capacity",
                "existing": {"layer": "charging_stations"},
                "candidates": {
                    "layers": ["parking"],
                    "capacity": 9,
                    "capacity_source": "of a test",
                },
            },
            "existing.capacity",
        ),
        ({"count": "budget"}, "candidates.price_cny"),
        ({"candidates": {"layers": ["parking"], "capacity": 9}}, "needs its source"),
        ({"candidates": {"layers": ["parking"], "rules": "x"}}, "no such book of site rules"),
        ({"cost": {"by": "straight", "limit": 1.0}}, "no minutes"),
        ({"cost": {"unit": "cny", "limit": 1.0}}, "cny_km"),
        ({"cost": {"limit": 1.0, "access_kmh": 9}}, "needs its source"),
        ({"model": "hierarchical"}, "for each level"),
        ({"open": {"2030": 1.5}}, "must be whole, got 1.5"),
        ({"cost": {"limit": [1.0, 2.0]}}, "limit .1.0, 2.0. and open"),
        ({"candidates": None, "existing": None}, "neither existing"),
        ({"model": "best"}, "Input should be"),
    ],
)
def test_a_case_that_cannot_be_is_refused(given, words):
    with pytest.raises((ConfigError, ValidationError), match=words):
        FacilitiesSection.model_validate([case(**given)])


def test_a_case_stands_once():
    with pytest.raises((ConfigError, ValidationError), match="stands twice"):
        FacilitiesSection.model_validate([case(), case()])


def test_the_case_of_the_issue_is_read():
    one = case(
        candidates={"layers": ["parking", "service_area"], "rules": "charging"},
        cost={"by": "road", "unit": "min", "limit": 10},
        open={"2025": 150, "2030": 400},
        target=["public_chargers_2025", "public_chargers_2030"],
    )
    found = FacilitiesSection.model_validate([one]).cases[0]
    assert found.layers == (
        *("settlement", "charging_stations", "parking", "service_area", "road"),
    )


def test_both_plans_name_the_case_and_its_targets():
    for name in ("sample", "pingluo"):
        plan = load_plan(ROOT / "plans" / f"{name}.toml")
        one = plan.section(FacilitiesSection).cases[0]
        assert one.id == "charging"
        assert set(one.target) <= {t.id for t in plan.targets}
    assert unit_of("台").quantity == "count"


def test_a_place_serves_its_own_area_alone(world, monkeypatch):
    """A border at 5 km: b at 4 km has the place beside it, c at 10 km none of its own."""
    boxes = [shapely.box(-1, -1, 5000, 1), shapely.box(5000, -1, 12000, 1)]
    areas = gpd.GeoDataFrame({"name": ["west", "east"]}, geometry=boxes, crs=CRS)
    monkeypatch.setitem(LAYERS, "townships", areas)
    cost = {"by": "straight", "unit": "km", "limit": 9.0}
    given = {"candidates": {"layers": ["parking"], "forbidden": ["p2", "p3"]}}
    for inside, served in (("", 600.0), ("townships", 300.0)):
        one = answered(world(case(**given, open={"2025": 1}, cost=cost | {"inside": inside})))
        assert one.answer.years[0].served == served
    states = one.demand.set_index("name")["demand_state"]
    # that it is not this case's to serve is no lack of roads; d lies in no area, c's has the
    # forbidden p2 alone
    assert [t("en").split(": ")[1] for t in one.told if "area of" in t("en")] == [
        "2 demand places (weight 120) lie in no area of townships; "
        "no facility answers for them",
        "1 demand place (weight 300) has no facility or candidate in their area of townships",
    ]
    # c has the forbidden p2 in its area; d lies in none
    assert states[["a", "b"]].tolist() == ["served"] * 2
    assert states[["c", "d"]].tolist() == ["not_served", "not_served"]


def test_half_and_nine_tenths_of_the_people():
    cost, weight = np.array([1.0, 2.0, 3.0, np.inf]), np.array([5.0, 4.0, 1.0, 9.0])
    assert quantile(cost, weight, 0.5) == 1.0
    assert quantile(cost, weight, 0.9) == 2.0
    assert quantile(cost, weight, 0.91) == 3.0


def _held(**more):
    """Place p1 alone, for 310 of the 650 that reach it."""
    places = {"layers": ["parking"], "forbidden": ["p2", "p3"], **more}
    return case(
        existing=None,
        candidates=places,
        cost={"by": "road", "unit": "km"},
        model="capacitated_p_median",
        open={"2030": 1},
    )


def test_what_is_served_in_part_weighs_its_part(world):
    """300 at once: a 100 over 4 km, b 200 at the place; then 10 of c over 6 km: 460 / 310."""
    found = answered(world(_held(capacity=310, capacity_source="s")))
    assert found.answer.years[0].served == pytest.approx(310)
    assert found.answer.years[0].mean_cost == pytest.approx(460 / 310)
    # b is more than half of 310, and c's 10 are less than a tenth
    assert found.answer.cost_p50 == pytest.approx(0.0, abs=1e-6)
    assert found.answer.cost_p90 == pytest.approx(4.0)
    by_town = found.townships.set_index("township")["travel_cost"]
    assert by_town.tolist() == pytest.approx([460 / 310])
    chosen = found.sites.set_index("name").loc["p1"]
    assert np.isnan(chosen["only_weight"])
    assert chosen["why_chosen_en"] == "serves 3 places, weight 310"
    assert any("310" in t("en") and "below demand" in t("en") for t in found.told)


def test_places_that_hold_nothing_anybody_knows_are_refused(world):
    with pytest.raises(ConfigError, match=r"charging.*no capacity"):
        answered(world(_held()))


def test_a_limit_of_a_median_says_who_is_served(world):
    """p1 and p2 within 1 km serve b and c alone: 500 of the 720 that ask."""
    cost = {"by": "road", "unit": "km", "limit": 1.0}
    found = answered(world(case(model="p_median", existing=None, cost=cost)))
    assert found.answer.years[-1].served == 500.0
    free = case(model="p_median", existing=None, cost={"by": "road", "unit": "km"})
    assert answered(world(free)).answer.years[-1].served == 650.0


def test_a_station_that_keeps_the_capacity_asked_may_not_close(world, monkeypatch):
    stations = table([(0, 0), (100, 0)], name=["old", "twin"], piles=[10, 12])
    monkeypatch.setitem(LAYERS, "charging_stations", stations)
    given = {
        "count": "capacity",
        "candidates": {"layers": ["parking"], "capacity": 20, "capacity_source": "s"},
    }
    # 22 stand and 20 more hold 42: with 31 asked 11 may go, the smaller of both
    may = answered(world(case(**given, open={"2030": 31}))).sites.set_index("name")["closable"]
    assert may[["old", "twin"]].tolist() == [True, False]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": "lscp"}, "reads no open"),
        ({"open": {"2025": 1.5}}, "whole"),
        (
            {
                "model": "hierarchical",
                "open": {"2025": (1, 1)},
                "cost": {"limit": (3, 9)},
                "count": "capacity",
                "candidates": {"layers": ["parking"], "capacity": 2, "capacity_source": "s"},
            },
            "must be sites",
        ),
    ],
)
def test_numbers_a_model_does_not_read_are_refused(given, words):
    with pytest.raises(ConfigError, match=words):
        FacilitiesSection(cases=(case(**given),))


def test_places_of_levels_have_their_level_and_too_many_are_told(world):
    """County 2, town 1 of three candidates: all are opened, none is left for the fourth."""
    given = {"model": "hierarchical", "existing": None, "cost": {"limit": (3, 30)}}
    found = answered(world(case(**given, open={"2030": (3, 1)})))
    level = found.sites["facility_level"]
    assert sorted(level.tolist()) == [1, 1, 2]
    assert any("4 new sites" in t("en") for t in found.told)
    assert found.answer.years[0].served == found.answer.years[0].value


def test_the_doctor_sees_what_keeps_a_case_from_an_answer(world):
    """Names nobody has, a target the plan has not, a field that is not there; all at once."""
    shut = case(existing={"layer": "charging_stations", "closed": ["nobody"]})
    named = case(id="two", candidates={"layers": ["parking"], "forbidden": ["p9"]})
    field = case(id="three", demand={"layer": "settlement", "weight": "heads"})
    waits = case(id="four", candidates={"layers": ["idle_land"], "forbidden": ["p9"]})
    plan = world(shut, named, field, case(id="five", target=["none"]), waits)
    faults = looked_at.cases_seen(plan).faults
    assert "name a field there is" in " ".join(str(f.todo) for f in faults)
    got = [str(f.got) for f in faults]
    assert [g in str(got) for g in ("nobody", "p9", "population", "none")] == [True] * 4
    assert len(got) == 4
    good = looked_at.cases_seen(world(case()))
    assert good.faults == ()
    # what the answer would tell of layers is told before it
    assert ["1 demand place has no weight" in w.text("en") for w in good.warnings] == [True]


@pytest.mark.parametrize(
    "given",
    [
        {"demand": {"layer": "countie", "each": True}},
        {"demand": {"layer": "settlement", "each": True, "outside": "countie"}},
        {"cost": {"limit": 3, "inside": "countie"}},
    ],
)
def test_a_layer_that_may_be_left_out_is_one_fault(given):
    with pytest.raises(ConfigError, match=r"no such layer; .*geoplan layers") as err:
        FacilitiesSection(cases=(case(**given),))
    assert len(err.value.faults) == 1


def test_a_layer_no_catalogue_has_is_refused_with_the_plan():
    with pytest.raises(ConfigError, match=r"no such layer; did you mean parking\?"):
        FacilitiesSection(cases=(case(candidates={"layers": ["parkin"]}),))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cost": {"inside": "road"}}, "areas is needed"),
        (
            {"demand": {"layer": "settlement", "each": True, "outside": "dem"}},
            "areas is needed",
        ),
        ({"candidates": {"layers": ["dem"]}}, "no raster"),
        ({"existing": {"layer": "population"}}, "no raster"),
        ({"open": {"2025": "1"}}, "expected a number"),
        ({"open": {"2025": True}}, "expected a number"),
        ({"cost": {"limit": "3"}}, "expected a number"),
        ({"cost": {"limit": 3, "access_kmh": 900, "speeds_source": "x"}}, "at most 300"),
        (
            {"cost": {"limit": 3, "speeds_kmh": {"county": 5000}, "speeds_source": "x"}},
            "at most 300",
        ),
        ({"open": {"二〇二五": 1}}, "expected 2025"),
        ({"model": "p_dispersion"}, "leave out limit"),
    ],
)
def test_what_a_case_cannot_be_is_refused_with_what_to_do(given, words):
    with pytest.raises(ConfigError, match=words):
        FacilitiesSection(cases=(case(**given),))


def test_a_plan_says_which_case_is_wrong(tmp_path):
    """By the id its writer gave, not by a number of the reader."""
    text = (ROOT / "plans" / "sample.toml").read_text("utf-8")
    wrong = text.replace("open = { 2025 = 150, 2030 = 400 }", 'open = { 2025 = "150" }')
    assert wrong != text
    (tmp_path / "sample.toml").write_text(wrong, "utf-8")
    with pytest.raises(ConfigError) as err:
        load_plan(tmp_path / "sample.toml")
    assert err.value.faults[0].where.startswith(
        "sample.toml [[facilities]] charging [open.2025"
    )


def test_later_years_keep_earlier_ones_and_free_choice_is_said(world, monkeypatch):
    """Weights 1, 2, 2, 1; A serves two, M the middle, B the last two: M first, then 5 of 6.

    A and B together would serve all.
    """
    at = [0, 1000, 2000, 3000]
    lived = table([(x, 0) for x in at], name=list("wxyz"), population=[1, 2, 2, 1])
    places_ = table([(500, 0), (1500, 0), (2500, 0)], name=["A", "M", "B"])
    monkeypatch.setitem(LAYERS, "settlement", lived)
    monkeypatch.setitem(LAYERS, "parking", places_)
    # M serves x and y, 4 of 6, no less than A or B (3 each)
    given = {"existing": None, "cost": {"by": "straight", "unit": "m", "limit": 500.0}}
    one = answered(world(case(**given, open={"2025": 1, "2030": 2}))).answer
    assert [y.served for y in one.years] == [4.0, 5.0]
    said = list(facility_lines([one], "en"))
    assert any("2 new sites could cover 100.0%" in line for line in said)
    assert any("keeps what was opened before" in line for line in said)


def test_blades_of_turbines_are_tonnes_by_a_factor_with_its_source():
    """50 turbines of 1,500 kW: 75 MW of 10 t each."""
    d = Demand(layer="turbines", weight="capacity_kw", factor="turbine_blades")
    assert d.factor is not None
    assert d.factor.value * 50 * 1500 == pytest.approx(750.0)
    assert d.factor.unit == "t"


def test_what_is_counted_is_held_against_the_targets(world):
    """10 stand and each new station has 10: one reaches 20, three reach 40 of 150 and 400."""
    c = {"layers": ["parking"], "capacity": 10, "capacity_source": "given"}
    own = ["public_chargers_2025", "public_chargers_2030"]
    one = case(candidates=c, count="capacity", open={"2025": 20, "2030": 400}, target=own)
    (answer,) = step.facility_answers(world(one)).answers
    assert [t.en.rsplit(": ", 1)[1] for t in answer.against] == [
        "20 by 2025 once this case is built, 130 are lacking",
        "40 by 2030 once this case is built, 360 are lacking",
    ]
    assert answer.weight_unit == "person"
    (sites,) = step.facility_answers(world(case(target=own[:1]))).answers
    assert "does not give this number" in sites.against[0].en


def test_a_speed_of_a_class_no_road_has_is_refused_by_case_and_doctor(world, monkeypatch):
    """Its case would go by the table's speeds for the bureau's, and nobody would know."""
    for room in (step, looked_at):
        monkeypatch.setattr(room, "open_features", lambda _, i: LAYERS.get(i))
    cost = {"unit": "min", "limit": 3.0, "speeds_kmh": {"contry": 50}, "speeds_source": "s"}
    plan = world(case(cost=cost))
    (answer,) = step.facility_answers(plan).answers
    assert answer.refused.en.endswith("there is not; got contry; expected county")
    (fault,) = looked_at.cases_seen(plan).faults
    assert fault.where == "[[facilities]] charging [cost.speeds_kmh]"
    # of a class the roads have or the table knows it is taken; others keep the table's, told
    known = world(case(cost=cost | {"speeds_kmh": {"county": 50, "village": 10}}))
    found = step.facility_answers(known)
    assert found.answers[0].refused is None
    assert any(w.code == "speeds_recalled" for w in found.warnings)


def test_features_without_a_shape_are_told_with_their_cases(world, monkeypatch):
    from gis.say import say
    from layers.open.plan_layers import LayerReport
    from layers.result import Warn

    lost = Warn("no_geometry", say("siting.facilities.case_n", name="乙", n=1), "settlement")
    of = {"settlement": LayerReport("settlement", "x", warnings=(lost,))}
    monkeypatch.setattr(step, "layer_report", lambda _, i: of.get(i))
    (told,) = (
        w.text("zh")
        for w in step.facility_answers(world(case())).warnings
        if w.code == "facilities_no_shape"
    )
    assert "乙 1；不知在哪里" in told
    assert told.endswith("charging")
