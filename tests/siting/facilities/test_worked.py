"""Cases worked by hand: biogas with its way, fire watch with its sights, parts of a farm."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.errors import ConfigError, DataError
from siting.facilities.case import answer_case
from siting.facilities.network import road_network
from siting.facilities.section import FacilitiesSection, factors
from siting.facilities.step_facilities import facility_answers
from siting.facilities.summary import FacilityAnswer
from tests.siting.facilities.test_case import COUNTY, CRS, ROOT, case, line, load_plan, table

# one road of 40 km along x
ROAD = gpd.GeoDataFrame({"road_class": ["county"]}, geometry=[line(0, 40000)], crs=CRS)


@pytest.fixture
def world(monkeypatch):
    """A plan whose layers are `layers`; a layer that is a word is in that state."""
    import siting.facilities.asking as asking
    import siting.facilities.looked_at as looked_at
    import siting.facilities.places as places
    import siting.facilities.seen as seen
    import siting.facilities.step_facilities as step

    plan = load_plan(ROOT / "plans" / "sample.toml")
    held = {}

    def state(_, layer_id):
        found = held.get(layer_id, "unknown")
        return found if isinstance(found, str) else "available"

    def read(_, layer_id):
        found = held.get(layer_id)
        return None if isinstance(found, str) else found

    def ground(_plan, _layer, grid):
        return np.full(grid.shape, held["dem"]), np.ones(grid.shape, bool)

    for room in (asking, places, step):
        monkeypatch.setattr(room, "open_features", read)
    for room in (asking, looked_at):
        monkeypatch.setattr(room, "layer_state", state)
    monkeypatch.setattr(asking, "county_boundary", lambda _: COUNTY)
    monkeypatch.setattr(places, "townships", lambda _: None)
    monkeypatch.setattr(seen, "open_raster", ground)
    monkeypatch.setattr(seen, "plan_crs", lambda _: CRS)

    def ask(one, layers):
        held.update(layers)
        section = FacilitiesSection(cases=(one,))
        moved = plan.model_copy(update={"sections": {**plan.sections, "facilities": section}})
        return moved, section.cases[0]

    return ask


def farms(**columns):
    """Four farms on the road, 2, 6, 20 and 30 km along it."""
    at = [(2000, 0), (6000, 0), (20000, 0), (30000, 0)]
    given = {"name": ["a", "b", "c", "d"], "heads": [100, 300, 200, 50]}
    return table(at, **{**given, "animals": ["奶牛", "奶牛", "奶牛", "肉牛"], **columns})


def biogas(**given):
    base = case(
        id="biogas",
        demand={"layer": "livestock_farms", "weight": "heads", "factor": "dairy_manure"},
        existing=None,
        candidates={
            "layers": ["idle_land"],
            "capacity": 3000.0,
            "capacity_source": "of a test",
        },
        cost={"by": "road", "unit": "km", "limit": 10.0},
        model="capacitated_mclp",
        open={"2030": 1},
    )
    return base | given


SITES = {"road": ROAD, "idle_land": table([(4000, 0), (25000, 0)], name=["west", "east"])}


def answered(pair):
    return answer_case(*pair, lambda _: road_network(ROAD))


def test_biogas_takes_what_is_near_and_fits(world):
    """West has a and b at 2 km each: 400 heads x 7.3 t = 2,920 t of 3,000 t, mean way 2 km.

    East has c and d at 5 km each: 250 x 7.3 = 1,825 t. So west opens first, and both serve
    all, by (2,920 x 2 + 1,825 x 5) / 4,745 = 3.1538 km.
    """
    found = answered(world(biogas(), {**SITES, "livestock_farms": farms()}))
    a = found.answer
    assert (a.weight, a.weight_unit) == (pytest.approx(650 * 7.3), "t/a")
    assert a.years[0].served == pytest.approx(2920.0)
    sites = found.sites.set_index("name")
    assert sites["facility_state"].to_dict() == {"west": "new", "east": "not_chosen"}
    assert sites.loc["west", "load_weight"] == pytest.approx(2920.0)
    both = answered(world(biogas(open={"2030": 2}), {}))
    assert both.answer.years[0].served == pytest.approx(4745.0)
    assert both.answer.years[0].mean_cost == pytest.approx((2920 * 2 + 1825 * 5) / 4745)
    # 2,190 t a plant: west takes no more than that of its 2,920 t
    little = {**biogas()["candidates"], "capacity": 2190.0}
    small = answered(world(biogas(candidates=little), {}))
    assert small.answer.years[0].served == pytest.approx(2190.0)


def test_the_factor_is_the_tables_and_says_its_source(world):
    """20 kg a day and cow over 365 days are 7.3 t; a name nobody knows is refused."""
    assert factors()["dairy_manure"]["value"] == pytest.approx(20 * 365 / 1000)
    assert factors()["beef_manure"]["value"] == pytest.approx(10 * 365 / 1000)
    a = answered(world(biogas(), {**SITES, "livestock_farms": farms()})).answer
    assert "20 kg" in a.factor("en")
    wrong = {"layer": "livestock_farms", "weight": "heads", "factor": "pig_manure"}
    with pytest.raises(ConfigError, match="no such factor"):
        FacilitiesSection(cases=(biogas(demand=wrong),))


@pytest.mark.parametrize("source", ["of a test", {"zh": "测试", "en": "of a test"}, ""])
def test_a_source_is_one_word_or_both_languages_and_never_nothing(source):
    away = {"layer": "settlement", "metres": 9.0, "source": source}
    one = biogas(candidates={"layers": ["idle_land"], "away": [away]}, model="mclp")
    patches = case(
        model="connectivity",
        existing=None,
        candidates=None,
        open={},
        demand={"layer": "forest_land", "each": True},
        patches={"half_distance_m": 9.0, "source": source},
        cost={},
    )
    for given in (one, patches):
        if source:
            assert FacilitiesSection(cases=(given,)).cases
            continue
        with pytest.raises(ConfigError, match="needs its source"):
            FacilitiesSection(cases=(given,))


def test_only_what_the_case_names_asks(world):
    demand = {"layer": "livestock_farms", "weight": "heads", "where": {"animals": ["肉牛"]}}
    layers = {**SITES, "livestock_farms": farms()}
    found = answered(world(biogas(demand=demand), layers))
    assert found.demand["name"].tolist() == ["d"]
    nothing = demand | {"where": {"animals": ["猪"]}}
    with pytest.raises(DataError, match="no feature has any of these values"):
        answered(world(biogas(demand=nothing), layers))
    lacking = demand | {"where": {"kind": ["猪"]}}
    with pytest.raises(DataError, match="the layer has no such field"):
        answered(world(biogas(demand=lacking), layers))


def test_a_farm_of_several_yards_counts_once(world):
    """a and b are yards of one farm of 100 heads; c has no farm named and is its own."""
    demand = {"layer": "livestock_farms", "weight": "heads", "once": "farm"}
    yards = farms(farm=["F", "F", None, "D"], heads=[100, 100, 200, 50])
    found = answered(world(biogas(demand=demand), {**SITES, "livestock_farms": yards}))
    assert found.answer.weight == 350
    assert found.demand["name"].tolist() == ["a", "c", "d"]
    uneven = farms(farm=["F", "F", None, "D"], heads=[100, 90, 200, 50])
    with pytest.raises(DataError, match="different weights"):
        answered(world(biogas(demand=demand), {"livestock_farms": uneven}))


def test_water_zones_of_two_grades_exclude_works_that_discharge(world):
    """East lies in a quasi zone, which the article does not speak of; west in the second."""
    zones = gpd.GeoDataFrame(
        {"zone": ["second", "quasi"]},
        geometry=[shapely.box(3000, -9, 5000, 9), shapely.box(24000, -9, 26000, 9)],
        crs=CRS,
    )
    layers = {**SITES, "livestock_farms": farms(), "drinking_water_zone": zones}
    layers |= {"permanent_basic_farmland": "assumed_absent", "ecological_red_line": "unknown"}
    c = biogas()["candidates"] | {"rules": "polluting"}
    found = answered(world(biogas(candidates=c), layers))
    sites = found.sites.set_index("name")
    assert sites["facility_state"].to_dict() == {"west": "excluded", "east": "new"}
    assert "第三百二十条" in sites.loc["west", "why_chosen_zh"]
    # of the two layers nobody has, one is known to be nowhere
    assert sum("are not judged" in str(t) for t in found.told) == 1


def test_what_the_county_does_not_have_is_not_waited_for(world):
    layers = {**SITES, "livestock_farms": farms(), "biogas_plants": "assumed_absent"}
    one = biogas(existing={"layer": "biogas_plants", "capacity": "capacity_t"})
    (a,) = facility_answers(world(one, layers)[0]).answers
    assert (a.waits_for, a.existing, a.refused) == ((), 0, None)
    (b,) = facility_answers(world(one, {"biogas_plants": "unknown"})[0]).answers
    assert b.waits_for == ("biogas_plants",)
    (c,) = facility_answers(world(one, {"idle_land": "assumed_absent"})[0]).answers
    assert set(c.waits_for) == {"biogas_plants", "idle_land"}


def test_a_mast_sees_as_far_as_the_earth_bends(world):
    """Over a plain: sqrt(2 R h / (1 - 0.13)) is 12.1 km for 10 m and 17.1 km for 20 m.

    A mast of 10 m sees smoke of 20 m to the sum of both, 29.2 km, and ground to 12.1 km: R is
    6,371 km, 2 R / 0.87 = 14,646 km, sqrt(0.01 x 14,646) = 12.102 and sqrt(0.02 x 14,646) =
    17.115 km.
    """
    cost = {"by": "sight", "unit": "km", "limit": 40.0, "eye_m": 10.0, "sight_source": "test"}
    woods = table(
        [(11900, 0), (12300, 0), (29000, 0), (29400, 0)],
        name=["a", "b", "c", "d"],
        animals=["x"] * 4,
        heads=[1, 2, 4, 8],
    )
    one = case(
        demand={"layer": "livestock_farms", "weight": "heads"},
        existing=None,
        candidates={"layers": ["telecom_masts"]},
        cost=cost | {"target_m": 20.0},
        open={"2030": 1},
    )
    layers = {"livestock_farms": woods, "telecom_masts": table([(0, 0)], name=["mast"])}
    found = answered(world(one, layers | {"dem": 1100.0}))
    assert found.demand["demand_state"].tolist() == ["served"] * 3 + ["unreachable"]
    assert found.answer.years[0].served == 1 + 2 + 4
    (told,) = facility_answers(world(one, {})[0]).warnings
    assert "seen from no place" in told.text("en")
    ground = answered(world(case(**{**one, "cost": cost}), {}))
    assert ground.demand["demand_state"].tolist() == ["served"] + ["unreachable"] * 3
    assert "seen from nowhere" in ground.answer.sentence.en


@pytest.mark.parametrize("model", ["transport", "lscp", "p_center"])
def test_every_answer_is_read_again_from_its_json(world, model):
    """Nothing is asked of transport and of the fewest; a way to nowhere is endless."""
    c = biogas()["candidates"]
    far = {"layer": "livestock_farms", "weight": "heads"}
    one = biogas(demand=far, model=model, candidates=c, open={"2030": 0})
    if model != "p_center":
        one["open"] = {}
    else:
        one["cost"] = {k: v for k, v in one["cost"].items() if k != "limit"}
    a = answered(world(one, {**SITES, "livestock_farms": farms()})).answer
    assert FacilityAnswer.model_validate_json(a.model_dump_json()) == a
    assert (a.years[0].asked is None) == (model != "p_center")


def test_both_plans_name_the_same_cases_each_with_words_of_the_plan():
    """Fourteen kinds; those of Pingluo wait for layers; forest chiefs are asked for by law."""
    sample, real = (
        load_plan(ROOT / "plans" / f"{n}.toml").section(FacilitiesSection).cases
        for n in ("sample", "pingluo")
    )
    assert [c.id for c in sample] == [c.id for c in real]
    assert [c.id for c in sample] == [
        *("charging", "bus", "circle30", "logistics", "hydrogen", "heating", "biogas"),
        *("straw", "reclaimed_water", "storage", "fire_watch", "forest_chiefs", "recycling"),
        "corridors",
    ]
    for c in real:
        assert bool(c.quote) == (c.id != "forest_chiefs")
        assert c.quote or c.note is not None
        assert c.candidates is None or c.candidates.capacity is None  # no figure is invented


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            {"open": {"2030": 4}, "cost": {"limit": 5.0}},
            "transfers does not read.*: cost, open",
        ),
        ({"candidates": {"layers": ["parking"]}}, "does not read these keys.*candidates"),
        (
            {"demand": {"layer": "townships", "each": True, "where": {"name": ["x"]}}},
            "demand.where",
        ),
    ],
)
def test_what_a_model_does_not_read_is_refused(more, words):
    bus = {
        "id": "bus",
        "model": "transfers",
        "bus": {"layer": "bus_stops"},
        "demand": {"layer": "townships", "each": True},
    }
    assert FacilitiesSection(cases=(bus,)).cases
    with pytest.raises(ConfigError, match=words):
        FacilitiesSection(cases=(bus | more,))


@pytest.mark.parametrize(
    ("demand", "words"),
    [
        ({"layer": "settlement", "weight": "population", "factor": "dairy_manure"}, "one head"),
        ({"layer": "livestock_farms", "each": True, "factor": "dairy_manure"}, "in places"),
        ({"layer": "population", "factor": "dairy_manure"}, "one head, .* in person"),
        ({"layer": "parking", "measure": "area_mu"}, "parking.* are points"),
    ],
)
def test_a_factor_is_of_its_own_weight_and_areas_are_of_areas(demand, words):
    with pytest.raises(ConfigError, match=words):
        FacilitiesSection(cases=(biogas(demand=demand),))


def test_one_table_of_facilities_is_told_to_be_a_list():
    with pytest.raises(ConfigError, match=r"write each case as \[\[facilities\]\]"):
        FacilitiesSection(id="bus", model="transfers")


@pytest.mark.parametrize(
    ("cost", "words"),
    [
        ({"by": "straight", "unit": "km", "limit": 5, "most_access_m": 10}, "most_access_m"),
        (
            {"unit": "km", "limit": 5, "access_kmh": 50, "speeds_source": "x"},
            "access_kmh, speeds_source",
        ),
        (
            {"unit": "m", "limit": 5, "speeds_kmh": {"county": 5}, "speeds_source": "x"},
            "speeds",
        ),
    ],
)
def test_what_a_cost_does_not_read_is_refused(cost, words):
    with pytest.raises(ConfigError, match=f"does not read these keys.*{words}.*leave them out"):
        FacilitiesSection(cases=(biogas(cost=cost),))


def test_whole_is_of_capacities():
    with pytest.raises(ConfigError, match=r"mclp does not read these keys.*whole"):
        FacilitiesSection(cases=(biogas(model="mclp", whole=True),))


@pytest.mark.parametrize("unit", ["t/mu", "m3/(ha d)", "t/head", "t/(person a)"])
def test_the_unit_of_a_factor_is_that_of_the_product(unit):
    demand = {"layer": "livestock_farms", "weight": "heads"}
    own = {"value": 2.0, "unit": unit, "source": "of a test"}
    with pytest.raises(ConfigError, match="that of the product"):
        FacilitiesSection(cases=(biogas(demand={**demand, "factor": own}),))
    for good in ("t/a", "m3/d", "kWh"):
        one = {**demand, "factor": {**own, "unit": good}}
        assert FacilitiesSection(cases=(biogas(demand=one),)).cases
