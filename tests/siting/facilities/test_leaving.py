"""Blades and modules that plants leave are demand where the plants stand."""

import numpy as np
import pytest
import shapely

from gis.errors import ConfigError, DataError
from layers.open.plan_layers import open_features
from siting.facilities.asking import demand_of
from siting.facilities.case import answer_case
from siting.facilities.leaving.plants import leaving_plants
from siting.facilities.section import FacilitiesSection
from siting.pv.study.section import PvSection
from tests.geoplan.register.test_register import folder, plan_of  # noqa: F401
from tests.geoplan.register.test_retiring import LAYERS, PLANTS, plan  # noqa: F401

CASE = """
[[facilities]]
id = "recycling"
demand = { retired = ["blades", "pv_modules"], until = 2040 }
candidates = { layers = ["land_parcels"] }
cost = { by = "straight", unit = "m" }
model = "p_median"
open = { 2040 = 1 }
"""


def everywhere(xy):
    return np.ones(len(xy), bool)


def found(plan, *items, year, inside=everywhere):  # noqa: F811
    (case,) = FacilitiesSection(
        cases=(
            {
                "id": "recycling",
                "demand": {"retired": items, "until": year},
                "candidates": {"layers": ["idle_land"]},
                "cost": {"by": "straight", "unit": "km"},
                "model": "p_median",
                "open": {"2040": 1},
            },
        )
    ).cases
    left = leaving_plants(plan, items, year, case.name, inside)
    return left, [t("en") for t in left.told]


def test_blades_come_out_by_the_years_their_turbines_were_built(plan):  # noqa: F811
    """A turbine of 1 MW of 2010, two of 2012; 20 to 25 years, 10 to 14 t/MW.

    By 2030 the first at most: 14 t. By 2035 all at most, 3 x 14, and the first at least: 10 t.
    """
    left, told = found(plan, "blades", year=2030)
    assert left.names == ["老风场"]
    assert left.mass_t.tolist() == pytest.approx([14.0])
    left, told = found(plan, "blades", year=2035)
    assert left.mass_t.tolist() == pytest.approx([42.0])
    assert "by the end of 2035: 10 t at least, 42 t at most" in told[0]
    assert "10 t a MW is the common assumption" in told[0]
    # inside the land of its turbines
    turbines = open_features(plan, "turbines")
    assert shapely.dwithin(
        shapely.convex_hull(shapely.union_all(turbines.geometry.to_numpy())),
        shapely.Point(left.xy[0]),
        1e-6,
    )


def test_modules_are_weighed_by_their_direct_current_and_stand_on_their_land(plan):  # noqa: F811
    """50 MW of 2015 leave from 2040 on: x the ratio of the plan x 98 t/MWp at most.

    Plant C of 2019 leaves from 2044, and nobody knows where it stands.
    """
    ratio = float(plan.section(PvSection).dc_ac_ratio)
    left, told = found(plan, "pv_modules", year=2039)
    assert left.names == []
    assert "0 t at least, 0 t at most" in told[0]
    left, _ = found(plan, "pv_modules", year=2040)
    assert left.mass_t.tolist() == pytest.approx([50 * ratio * 98.0])
    land = open_features(plan, "existing_pv").geometry.union_all()
    assert shapely.intersects(land, shapely.Point(left.xy[0]))
    left, told = found(plan, "pv_modules", year=2044)
    assert left.names == ["乙"]
    assert "1 plant has no place, what they leave does not count: 丙电站" in told[-1]


def test_what_stands_outside_the_county_is_told_and_in_no_sum(plan):  # noqa: F811
    """Plant 乙 would leave 50 x ratio x 98 t at most; beyond the border nobody asks."""
    ratio = float(plan.section(PvSection).dc_ac_ratio)
    left, told = found(plan, "pv_modules", year=2040, inside=lambda xy: xy[:, 0] < 0)
    assert left.names == []
    assert "0 t at least, 0 t at most" in told[0]
    (beyond,) = (t for t in told if "outside the county" in t)
    assert f"1 plant stands outside the county ({50 * ratio * 98:,.0f} t at most)" in beyond


def test_why_nothing_asks_is_said_and_words_of_the_ledger_too(folder):  # noqa: F811
    """Every plant undated: the refusal says so. The same row twice: the ledger's words."""
    undated = PLANTS.replace("on_grid = 2019-05-01\n", "")
    plan = plan_of(folder, more=undated + CASE)  # noqa: F811
    (case,) = plan.section(FacilitiesSection).cases
    with pytest.raises(DataError) as err:
        demand_of(plan, case)
    said = " | ".join(f.text("en") for f in err.value.faults)
    assert "no demand has a weight" in said
    assert "it is not known when it went into operation" in said
    row = PLANTS.split("[[plants]]")[1]
    twice = plan_of(folder, more="[[plants]]" + row + "[[plants]]" + row)
    _, told = found(twice, "pv_modules", year=2040)
    assert any("丙电站" in t or "Plant C" in t for t in told[1:])


def test_a_plant_without_a_year_is_not_estimated_and_told(folder):  # noqa: F811
    more = LAYERS.split("[layers.existing_pv]")[0].split("[layers.turbines]")[0]
    undated = PLANTS.replace("on_grid = 2019-05-01\n", "")
    plan = plan_of(folder, more=more + undated)  # noqa: F811
    left, told = found(plan, "pv_modules", year=2060)
    assert left.names == []
    assert "what 1 plant leaves is not estimated: it is not known when" in told[1]


def test_a_case_asks_with_what_is_retired(plan, folder):  # noqa: F811
    """Both plants ask in tonnes, and the nearest parcel takes them."""
    moved = plan_of(folder, more=LAYERS + PLANTS + CASE)
    (case,) = moved.section(FacilitiesSection).cases
    assert case.layers == ("land_parcels",)
    answer = answer_case(moved, case, lambda _: None)
    ratio = float(moved.section(PvSection).dc_ac_ratio)
    assert answer.answer.weight == pytest.approx(42.0 + 50 * ratio * 98.0)
    assert answer.answer.weight_unit == "t"
    assert answer.answer.years[-1].served_frac == 1.0
    assert np.isfinite(answer.demand["travel_cost"]).all()


@pytest.mark.parametrize(
    ("demand", "words"),
    [
        ({}, "layer, or retired"),
        ({"retired": ["blades"]}, "layer, or retired"),
        ({"retired": ["blades"], "until": 2040, "layer": "turbines"}, "layer, or retired"),
        ({"retired": ["blades"], "until": 2040, "each": True}, "leave out weight"),
        ({"retired": ["batteries"], "until": 2040}, "blades"),
    ],
)
def test_demand_is_a_layer_or_what_is_retired(demand, words):
    case = {
        "id": "recycling",
        "demand": demand,
        "candidates": {"layers": ["idle_land"]},
        "cost": {"by": "straight", "unit": "km"},
        "model": "p_median",
        "open": {"2040": 1},
    }
    with pytest.raises(ConfigError, match=words):
        FacilitiesSection(cases=(case,))
