"""Existing PV drawn twice on one land: which drawing counts, and under which year."""

import pytest
from shapely.geometry import box

from siting.connection.ledger import told_ledger
from tests.siting.connection.test_expansion import in_lists, parcels, project

PV = {"technology": "pv", "status": "operating", "location": "unknown"}


def on_one(*rows):
    """Drawings (name, MW, year) of one square."""
    pv = parcels([{"name": n, "capacity_mw": mw, "year": year} for n, mw, year in rows])
    for i in range(1, len(pv)):
        pv.loc[i, "geometry"] = pv.loc[0, "geometry"]
    return pv


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("old", "mw", "year", "replaced"),
    [
        (1990, 100.0, 2024, True),  # 120 MW of 1990 would be over in 2015
        (2018, 120.0, 2018, False),  # within 5 years: drawn again, the most MW counts
        (2013, 120.0, 2013, False),
        (2012, 100.0, 2018, True),
    ],
)
def test_of_two_generations_on_one_land_the_later_counts(
    monkeypatch, turned, old, mw, year, replaced
):
    rows = [("旧", 120.0, old), ("新", 100.0, 2018 if old > 1990 else 2024)]
    pv = on_one(*(rows[::-1] if turned else rows))
    plants, told = told_ledger(in_lists(monkeypatch, [], pv=pv))
    assert plants["capacity_mw"].tolist() == [mw]
    assert plants["year"].tolist() == [year]
    (words,) = (t for t in told if "同一块地" in t("zh"))
    assert ("两代" in words("zh")) == replaced
    assert ("two generations" in words("en")) == replaced


def test_a_small_later_drawing_does_not_replace_the_rest_of_a_plant(monkeypatch):
    """10 MW of 2024 on a tenth of the land of 120 MW of 2010: 110 MW of the first remain."""
    pv = on_one(("旧", 120.0, 2010), ("新", 10.0, 2024))
    pv.loc[1, "geometry"] = box(0.0, 0.0, 1000.0, 100.0)
    plants, _ = told_ledger(in_lists(monkeypatch, [], pv=pv))
    assert plants["capacity_mw"].tolist() == [120.0]


@pytest.mark.parametrize("turned", [False, True])
def test_a_known_year_counts_before_none(monkeypatch, turned):
    """100 MW of 2001 drawn again without a year leave after 25 to 30 years, not never."""
    rows = [("甲", 100.0, None), ("乙", 100.0, 2015)]
    pv = on_one(*(rows[::-1] if turned else rows))
    plants, _ = told_ledger(in_lists(monkeypatch, [], pv=pv))
    assert plants[["capacity_mw", "year", "retires"]].values.tolist() == [[100.0, 2015, 2040]]


def test_a_drawing_without_capacity_lends_its_year(monkeypatch):
    pv = on_one(("甲", 100.0, None), ("乙", None, 2015))
    plants, told = told_ledger(in_lists(monkeypatch, [], pv=pv))
    assert plants[["capacity_mw", "year"]].values.tolist() == [[100.0, 2015]]
    assert any("2015" in t("en") and "no year" in t("en") for t in told)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("years", "drawn", "mw", "year"),
    [
        ((2015, 2015), (2018, 2018), 100.0, 2015),
        ((None, None), (1990, 2024), 90.0, 2024),  # the later drawing is the second row's
        ((1990, 2024), (None, None), 90.0, 2024),
    ],
)
def test_two_rows_of_the_plan_that_name_two_drawings_of_one_land_are_one_plant(
    monkeypatch, turned, years, drawn, mw, year
):
    rows = [
        ("甲", 100.0, PV | {"year": years[0], "on_grid": None}),
        ("乙", 90.0, PV | {"year": years[1], "on_grid": None}),
    ]
    pv = on_one(("甲", 100.0, drawn[0]), ("乙", 90.0, drawn[1]))
    plan = in_lists(monkeypatch, rows[::-1] if turned else rows, pv=pv)
    plants, told = told_ledger(plan)
    assert plants[["capacity_mw", "year"]].values.tolist() == [[mw, year]]
    assert any("甲" in t("zh") and "各有一幅图" in t("zh") for t in told)


def test_a_row_of_the_plan_that_lies_elsewhere_is_a_plant_of_its_own(monkeypatch):
    """One of two rows named as two drawings of one land has a place 100 km and more away."""
    far = {"location": "exact", "lon": 103.0, "lat": 38.0}
    rows = [("甲", 100.0, PV), ("乙", 90.0, PV | far)]
    pv = on_one(("甲", 100.0, 2018), ("乙", 90.0, 2018))
    plants, _ = told_ledger(in_lists(monkeypatch, rows, pv=pv))
    assert sorted(plants["capacity_mw"]) == [90.0, 100.0]


def test_two_projects_of_a_register_on_two_drawings_of_one_land_are_one_plant(monkeypatch):
    pv = on_one(("甲", 100.0, 2018), ("乙", 90.0, 2018))
    own = [project("甲", 100.0), project("乙", 90.0)]
    plants, _ = told_ledger(in_lists(monkeypatch, [], pv=pv), own)
    assert plants["capacity_mw"].tolist() == [100.0]
