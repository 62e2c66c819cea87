"""What comes out of service is what the ledger counts, each plant once."""

from __future__ import annotations

import math

import pytest

from geoplan.register.adding import add_projects, epsg_of, stamp_of
from geoplan.register.reading import Brought
from geoplan.register.retiring import (
    registered_plants,
    retired_as_json,
    retired_lines,
    write_retired,
)
from geoplan.register.store import Place, opened
from siting.connection.ledger import ledger
from siting.pv.study.section import PvSection
from siting.retire.schedule import Plant, retirement, with_factors
from tests.geoplan.register.test_register import folder, plan_of  # noqa: F401
from tests.siting.check.test_law_of_the_day import rect, write

LAYERS = """
[layers.turbines]
path = "turbines.gpkg"
date = "2024"
source = "test"

[layers.existing_pv]
path = "pv.gpkg"
date = "2024"
source = "test"
"""
PLANTS = """
[[plants]]
name = { zh = "丙电站", en = "Plant C" }
technology = "pv"
capacity_mw = 30.0
on_grid = 2019-05-01
source = "test"

[[plants]]
name = { zh = "老风场", en = "Old farm" }
technology = "wind"
capacity_mw = 3.0
status = "operating"
source = "test"

[[plants]]
name = { zh = "丁储能", en = "Storage D" }
technology = "storage"
capacity_mw = 10.0
energy_mwh = 20.0
year = 2024
source = "test"
"""


@pytest.fixture
def plan(folder):  # noqa: F811
    farm = [rect(100 + 300 * k, 100, 101 + 300 * k, 101).centroid for k in range(3)]
    write(
        folder / "turbines.gpkg",
        farm,
        turbine_id=["T1", "T2", "T3"],
        farm=["老风场"] * 3,
        capacity_kw=[1000.0] * 3,
        on_grid=["2010-01-01", "2012-06-01", "2012-06-01"],
        status=["operating"] * 3,
    )
    parts = [rect(1000, 1000, 1200, 1200), rect(1300, 1000, 1400, 1200)]
    write(folder / "pv.gpkg", parts, name=["乙"] * 2, capacity_mw=[50.0] * 2, year=[2015] * 2)
    return plan_of(folder, more=LAYERS + PLANTS)


def found(plan, *rows):
    place = Place(plan.path.with_name("r.gpkg"))
    brought = [Brought("t", {"name": r["id"], "stage": "投产", **r}, land) for r, land in rows]
    add_projects(place, plan, brought, stamp_of(plan, "", ""))
    with opened(place, epsg_of(plan)) as register:
        entries, epsg = list(register.current().values()), register.epsg
    return {p.id: p for p in registered_plants(plan, entries, epsg)}


def other():
    return ({"id": "其他", "kind": "other"}, None)


def test_every_plant_of_the_ledger_is_there_once_with_its_own_days(plan):
    """A plant in two polygons repeats its 50 MW: it is one of 50; 3 turbines of 1 MW each."""
    own = found(plan, other())
    ratio = float(plan.section(PvSection).dc_ac_ratio)
    assert {k: (p.kind, p.size, p.commissioned) for k, p in own.items()} == {
        "plants.1": ("pv", pytest.approx(30 * ratio), "2019-05-01"),
        "T1": ("wind", 1.0, "2010-01-01"),
        "T2": ("wind", 1.0, "2012-06-01"),
        "T3": ("wind", 1.0, "2012-06-01"),
        "existing_pv.乙": ("pv", pytest.approx(50 * ratio), "2015"),
        "丁储能": ("storage", 20.0, "2024"),
    }
    mw = sum(
        p.size / (ratio if p.kind == "pv" else 1) for p in own.values() if p.kind != "storage"
    )
    assert mw == pytest.approx(ledger(plan)["capacity_mw"].sum())


def test_a_project_takes_the_place_of_what_is_called_so_or_lies_on_its_land(plan):
    """The farm by its name, the PV plant by its land; a neighbour that touches is another."""
    own = found(
        plan,
        ({"id": "W", "name": "老风场", "kind": "wind", "capacity_mw": 3,
          "commissioned": "2011"}, None),
        ({"id": "P", "kind": "pv", "capacity_mw": 80, "commissioned": "2016-02"},
         rect(900, 900, 1500, 1300)),
        ({"id": "Q", "kind": "pv", "capacity_mw": 50, "commissioned": "2017"},
         rect(1400, 1300, 1500, 1400)),
    )  # fmt: skip
    assert set(own) == {"W", "P", "Q", "plants.1", "丁储能"}
    assert (own["W"].commissioned, own["P"].commissioned) == ("2011", "2016-02")


def test_pv_built_in_several_years_leaves_by_each_of_them(plan, folder):  # noqa: F811
    """Three pieces of one name: 20 MW of 2012, 30 and 10 MW of 2016; 25 years after each.

    The ledger has 20 MW that retire in 2037 and 40 in 2041, and so has what comes out.
    """
    pieces = [rect(1000 + 300 * k, 1000, 1200 + 300 * k, 1200) for k in range(3)]
    write(
        folder / "pv.gpkg",
        pieces,
        name=["乙"] * 3,
        capacity_mw=[20.0, 30.0, 10.0],
        year=[2012, 2016, 2016],
    )
    own = found(plan, other())
    ratio = float(plan.section(PvSection).dc_ac_ratio)
    assert {k: (p.size, p.commissioned) for k, p in own.items() if "existing_pv" in k} == {
        "existing_pv.乙.2012": (pytest.approx(20 * ratio), "2012"),
        "existing_pv.乙.2016": (pytest.approx(40 * ratio), "2016"),
    }
    assert {p.name for k, p in own.items() if "existing_pv" in k} == {"乙"}
    rows = ledger(plan).set_index("id")["retires"]
    assert rows[["existing_pv.乙.2012", "existing_pv.乙.2016"]].tolist() == [2037, 2041]


def test_of_a_project_without_a_day_the_layer_says_when(plan):
    own = found(plan, ({"id": "W", "name": "老风场", "kind": "wind", "capacity_mw": 3}, None))
    assert {"T1", "T2", "T3"} <= set(own)
    assert "W" not in own


def test_a_project_without_capacity_is_told_and_estimates_nothing(plan):
    own = found(plan, ({"id": "X", "kind": "pv", "commissioned": "2018"}, None))
    assert math.isnan(own["X"].size)


def test_a_planned_project_leaves_nothing(plan):
    own = found(
        plan, ({"id": "X", "kind": "pv", "capacity_mw": 5, "stage": "谋划"}, None), other()
    )
    assert "X" not in own


def test_storage_of_the_register_takes_the_place_of_the_plans(plan):
    own = found(
        plan, ({"id": "S", "name": "丁储能", "kind": "storage", "energy_mwh": 25}, None)
    )
    assert own["S"].size == 25.0
    assert "丁储能" not in own


def test_a_factor_with_an_upper_end_only_is_at_most_that():
    """20 MWh x 10.05 t/MWh = 201 t at most; 12 years after 2023."""
    known = with_factors(["life_storage=12"])
    rows = retirement([Plant("S", "S", "storage", 20.0, "2023")], known)
    lines = list(retired_lines(rows, known, "en"))
    assert "2035 to 2035  batteries  at most 201 t  S" in lines
    assert "by the end of 2035  batteries  at most 201 t" in lines
    (factor,) = [x for x in lines if x.startswith("batteries: at most")]
    assert factor.startswith("batteries: at most 10.05 t/MWh (")
    assert any(x.startswith("life_storage: 12 yr (") for x in lines)
    assert any(x.startswith("blades: 10 to 14 t/MW (") for x in lines)


def test_sums_by_year_stand_beside_the_rows_in_every_form(tmp_path):
    """10 MW of 2012: 0 to 140 t of blades by 2032, 100 to 140 t by 2037."""
    import pandas as pd

    rows = retirement([Plant("W", "W", "wind", 10.0, "2012")])
    expected = [[2032, "blades", 0.0, 140.0], [2037, "blades", 100.0, 140.0]]
    told = retired_as_json(rows, "en")
    assert [list(y.values()) for y in told["years"]] == expected
    assert len(told["plants"]) == 2  # the turbine without a mass as well
    book = write_retired(rows, tmp_path / "r.xlsx", "en")
    sheets = pd.read_excel(book, sheet_name=None, engine="openpyxl")
    assert sheets["by year"].to_numpy().tolist() == expected
    write_retired(rows, tmp_path / "r.csv", "en")
    assert pd.read_csv(tmp_path / "r_by_year.csv").to_numpy().tolist() == expected
    assert "by the end of 2037  blades  100 to 140 t" in retired_lines(
        rows, with_factors([]), "en"
    )
