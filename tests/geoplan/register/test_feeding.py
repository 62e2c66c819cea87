"""A run counts the projects of the register its plan names, each plant once."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import Point

from geoplan.inputs import changed_since, read_inputs
from geoplan.plan_file import load_plan
from geoplan.register.adding import add_projects, epsg_of, stamp_of
from geoplan.register.feeding import expansion_lines, with_register
from geoplan.register.reading import Brought
from geoplan.register.reviews import Opinion, Review, append_review
from geoplan.register.store import opened, place_of
from gis.errors import ConfigError, DataError
from layers.plan.model import Plant
from siting.connection.ledger import ledger, told_ledger
from siting.connection.on_sites import taken_land
from siting.connection.registered import Registered
from tests.geoplan.register.test_register import folder, plan_of  # noqa: F401
from tests.siting.check.test_law_of_the_day import rect

PLANT = """
[register]
file = "库.gpkg"

[[plants]]
name = { zh = "甲电站", en = "Plant A" }
technology = "pv"
capacity_mw = 30.0
status = "operating"
year = 2020
source = "test"
"""


@pytest.fixture
def plan(folder):  # noqa: F811
    return plan_of(folder, more=PLANT)


def put(plan, *rows):
    brought = [Brought("t", {"name": r["id"], "kind": "pv", **r}, land) for r, land in rows]
    add_projects(place_of(plan), plan, brought, stamp_of(plan, "甲", ""))


def test_each_plant_counts_once_and_one_without_capacity_is_told(plan):
    """30 MW of the plan; 20 + 5 of the register; the plan's own plant is in both."""
    put(
        plan,
        ({"id": "A", "name": "甲 电站", "stage": "投产", "capacity_mw": 31}, None),
        ({"id": "B", "stage": "开工", "capacity_mw": 20, "year": 2027}, None),
        ({"id": "C", "stage": "谋划", "capacity_mw": 5, "kind": "wind"}, None),
        ({"id": "D", "stage": "谋划"}, None),
        ({"id": "E", "stage": "投产", "kind": "storage", "capacity_mw": 9}, None),
    )
    table, told = told_ledger(with_register(plan))
    assert table["capacity_mw"].tolist() == [30.0, 20.0, 5.0]
    assert table["found_in"].tolist() == ["plants projects", "projects", "projects"]
    assert table["status"].tolist() == ["operating", "construction", "announced"]
    words = " ".join(t("en") for t in told)
    assert "not counted: D" in words
    assert "31" in words  # the other figure of the plant in two lists
    # without the register it is as it was
    assert ledger(plan)["capacity_mw"].tolist() == [30.0]


def test_a_plan_that_names_no_register_is_left_as_it_is(folder):  # noqa: F811
    plan = plan_of(folder)
    put(plan, ({"id": "B", "stage": "投产", "capacity_mw": 20}, None))
    assert with_register(plan) is plan


def test_a_register_that_is_named_and_not_there_is_refused(plan):
    with pytest.raises(DataError, match="no register yet"):
        with_register(plan)


def test_the_run_is_another_when_a_project_is_and_not_when_one_is_reviewed(plan):
    put(plan, ({"id": "B", "stage": "开工", "capacity_mw": 20}, rect(0, 0, 100, 100)))
    first = read_inputs(with_register(plan)).provenance
    with opened(place_of(plan), epsg_of(plan), write=True) as register:
        said = Opinion(subject="project", id="B", state="通过")
        append_review(register, Review(stamp_of(plan, "乙", ""), said, 1))
    assert read_inputs(with_register(plan)).provenance.id == first.id
    assert changed_since(plan, first.inputs) == []
    put(plan, ({"id": "B", "capacity_mw": 21}, None))
    second = read_inputs(with_register(plan)).provenance
    assert second.id != first.id
    (told,) = changed_since(plan, first.inputs)
    assert "register" in told("en")
    put(plan, ({"id": "B"}, rect(0, 0, 100, 101)))  # other land, the same capacity
    assert read_inputs(with_register(plan)).provenance.id not in (first.id, second.id)


def test_land_of_projects_on_sites_is_counted_once(plan):
    """P has 1 ha of the 25 ha of S1 with 100 MW: 4 MW less; T stands on the same hectare.

    Q is a point in S1: it may take all of it. W is wind: panels can stand beside its turbines.
    """
    sites = gpd.GeoDataFrame(
        {"site_id": ["S1", "S2"], "tech": "pv", "capacity_mw": [100.0, 50.0]},
        geometry=[rect(0, 0, 500, 500), rect(1000, 1000, 1500, 1500)],
        crs=f"EPSG:{epsg_of(plan)}",
    )
    inside = rect(100, 100, 200, 200)
    beside = rect(500, 0, 600, 500)  # shares a side with S1 and no land
    put(
        plan,
        ({"id": "P", "stage": "谋划", "capacity_mw": 5}, inside),
        ({"id": "R", "stage": "谋划", "capacity_mw": 7}, beside),
        ({"id": "T", "stage": "投产", "capacity_mw": 8}, inside),
        ({"id": "W", "stage": "开工", "kind": "wind", "capacity_mw": 9}, rect(0, 0, 500, 500)),
    )
    taken = taken_land(with_register(plan), sites)
    assert taken.least_mw == pytest.approx([4.0, 0.0])
    assert taken.most_mw == pytest.approx([4.0, 0.0])
    assert taken.ha == pytest.approx([1.0, 0.0], rel=2e-3)
    told = [t("en") for t in taken.told]
    assert [t.split(" ")[0] for t in told] == ["P", "T", "W"]
    assert "4.0 MW of the sites do not" in told[0]
    assert "site S1 of the other kind" in told[2]
    put(plan, ({"id": "Q", "stage": "开工", "capacity_mw": 6}, Point(inside.centroid)))
    taken = taken_land(with_register(plan), sites)
    assert taken.least_mw == pytest.approx([4.0, 0.0])
    assert taken.most_mw == pytest.approx([100.0, 0.0])
    assert any(
        "Q (6.0 MW" in t("en") and "100.0 MW of sites less" in t("en") for t in taken.told
    )


@pytest.mark.parametrize(
    ("status", "location", "told"),
    [
        ("construction", "exact", True),
        ("announced", "exact", True),
        ("operating", "exact", True),  # it is in the sum as well
        ("construction", "approximate", False),  # nobody knows on which land
    ],
)
def test_a_plant_of_the_plan_on_a_site_is_told_too(plan, status, location, told):
    square = rect(0, 0, 500, 500)
    sites = gpd.GeoDataFrame(
        {"site_id": ["S1"], "tech": ["pv"], "capacity_mw": [20.0]},
        geometry=[square],
        crs=f"EPSG:{epsg_of(plan)}",
    )
    (place,) = gpd.GeoSeries([square.centroid], crs=sites.crs).to_crs("EPSG:4326")
    own = Plant(
        name="甲", technology="pv", capacity_mw=350.0, status=status, location=location,
        lon=place.x, lat=place.y, source="test",
    )  # fmt: skip
    found = taken_land(plan.model_copy(update={"plants": (own,)}), sites)
    assert [("甲" in t("zh"), "S1" in t("zh")) for t in found.told] == [(True, True)] * told
    assert found.most_mw.tolist() == [20.0 * told]


def test_a_run_tells_of_a_write_into_its_register_that_was_cut_off(plan):
    put(plan, ({"id": "B", "stage": "投产", "capacity_mw": 20}, None))
    whole = with_register(plan).section(Registered)
    # what a writer that is killed before the first page is safe leaves beside the file
    path = place_of(plan).path
    path.with_name(f"{path.name}-journal").write_bytes(bytes(512))
    read = with_register(plan)
    assert read.section(Registered).sha256 == whole.sha256
    (told,) = (t for t in told_ledger(read)[1] if "undone as a whole" in t("en"))
    assert path.name in told("zh")


def test_the_record_of_a_run_keeps_a_digest_and_no_list(plan):
    put(plan, *(({"id": f"P{i}", "stage": "谋划", "capacity_mw": 5}, None) for i in range(50)))
    found = with_register(load_plan(plan.path)).section(Registered)
    assert len(found.projects) == 50
    assert set(found.model_dump(mode="json")) == {"projects", "sha256"}


def test_storage_of_the_register_is_among_that_of_the_targets(folder, tmp_path):  # noqa: F811
    """100 MW and 200 MWh of storage beside 1,000 MW, all of the register, after 2020."""
    from siting.energy.declared import Evidence
    from siting.energy.section import EnergySection
    from siting.energy.step_energy import target_answer
    from tests.siting.energy.test_energy import goal

    wanted = goal("storage_power_share", 10, "%") + goal("storage_hours", 2, "h")
    plan = plan_of(folder, more=f"{PLANT}\n[energy]\nbase_year = 2020\n{wanted}")
    storage = {"kind": "储能", "stage": "投产", "capacity_mw": 100, "year": 2025}
    put(
        plan,
        ({"id": "A", "stage": "投产", "capacity_mw": 600, "year": 2023}, None),
        ({"id": "B", "stage": "投产", "capacity_mw": 400, "year": 2025}, None),
        ({"id": "C", "stage": "开工", "capacity_mw": 500, "year": 2025}, None),
        ({"id": "S", "energy_mwh": 200, **storage}, None),
        ({"id": "T", "energy_mwh": 900, **storage, "stage": "谋划"}, None),
    )

    def found():
        given = with_register(plan)
        evidence = Evidence(given, given.section(EnergySection), tmp_path)
        return [target_answer(evidence, t).value for t in given.targets]

    # the plan's own plant of 2020 is none after it, C and T do not stand
    assert found() == [10.0, 2.0]
    first = with_register(plan).section(Registered).model_dump(mode="json")
    put(plan, ({"id": "S", "kind": "储能", "energy_mwh": 150}, None))
    assert found() == [10.0, 1.5]
    assert with_register(plan).section(Registered).model_dump(mode="json") != first


@pytest.mark.parametrize(("last", "years"), [(0, 1), (2, 3)])
def test_capacity_is_listed_from_the_year_of_the_plan(plan, last, years):
    now = plan.plan.as_of.year
    lines = list(expansion_lines(plan, [], epsg_of(plan), now + last, "en"))
    assert sum(line.startswith(str(now + k)) for k in range(5) for line in lines) == years


def test_a_last_year_before_the_plan_is_refused(plan):
    now = plan.plan.as_of.year
    with pytest.raises(ConfigError, match=f"1990.*{now}"):
        list(expansion_lines(plan, [], epsg_of(plan), 1990, "en"))
