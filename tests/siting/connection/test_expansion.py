"""Capacity by year, plants counted once, and what meets a target."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely.affinity
from shapely.geometry import MultiPoint, Point, box

from layers.plan.target import Target
from layers.spec import Text
from siting.connection import ledger as ledger_module
from siting.connection import matching
from siting.connection.allocate import allocate
from siting.connection.capacity import Capacity
from siting.connection.expansion import (
    Potential,
    expansion_table,
    plants_in,
    target_rows,
)
from siting.connection.ledger import Project, ledger, told_ledger
from siting.connection.matching import plain_name
from siting.connection.registered import Registered
from siting.connection.section import ConnectionSection, Upgrade
from siting.connection.stations import free_in, known_stations
from siting.connection.storage import StorageAsked, Store, stores, stores_mw
from siting.connection.words import target_words
from siting.connection.works import known_works, works_by
from tests.siting.pv.test_pv_design import plan as ledger_plan

ALL = frozenset({"pv", "wind"})


def target(year, value, indicator="new_energy_capacity", relation=">="):
    return Target.model_validate(
        {
            "id": f"t{year}",
            "title": {"zh": "装机", "en": "capacity"},
            "indicator": indicator,
            "year": year,
            "value": value,
            "unit": "MW",
            "relation": relation,
            "section": "s",
            "quote": "q",
        }
    )


def can_add(free, bound, grid, grid_free, at=100.0):
    one = Capacity(sites=1, unconditional_mw=free, with_approvals_mw=bound, with_grid_mw=grid)
    return Potential(one, grid_free, at)


# ---------------------------------------------------------------- ledger


def test_plants_of_the_plan_without_those_retired_and_coal():
    plants = ledger(ledger_plan())
    assert plants["name_en"].tolist() == ["Xinghai", "Old", "Next"]
    assert plants["retires"].tolist() == [2050, 2036, 2053]  # PV stands 25 years
    then = plants_in(plants, ALL, 2025)
    assert then["operating_mw"] == 1010.0
    assert plants_in(plants, ALL, 2028)["building_mw"] == 300.0
    later = plants_in(plants, ALL, 2036)
    assert (later["operating_mw"], later["retired_mw"]) == (1000.0, 10.0)


def project(name, mw, kind="pv", **more):
    given = {"id": name, "stage": "operating", "year": 2020, "source": "test", **more}
    return Project(name=Text(zh=name, en=name), kind=kind, capacity_mw=mw, **given)


def test_a_plant_in_two_lists_counts_once_and_is_told():
    """By name, whatever its spelling; another kind or another name is another plant."""
    more = (
        project("xing hai（合成）", 980.0),
        project("Old", 10.0, kind="wind"),
        project("New", 5.0),
    )
    plants, told = told_ledger(ledger_plan(), more)
    assert plants["capacity_mw"].sum() == 1000.0 + 10.0 + 300.0 + 10.0 + 5.0
    assert plants.set_index("name_en").at["Xinghai", "found_in"] == "plants projects"
    assert any("980" in t("en") and "Xinghai" in t("en") for t in told)


def test_a_plant_that_stands_and_its_successor_are_two_plants_and_told():
    """Old stands with 10 MW: 40 MW planned under its name are added, and both are told of.

    A planned project with Old's own id is Old.
    """
    stand = ledger(ledger_plan())
    own = stand.set_index("name_en").at["Old", "id"]
    later = {"stage": "planned", "year": 2028}
    plants, told = told_ledger(ledger_plan(), [project("Old", 40.0, **later)])
    assert plants["capacity_mw"].sum() == stand["capacity_mw"].sum() + 40.0
    assert plants[plants["name_en"] == "Old"]["status"].tolist() == ["operating", "announced"]
    both = [t("en") for t in told if "two plants" in t("en")]
    assert len(both) == 1
    assert "10 MW" in both[0]
    assert "40 MW" in both[0]
    plants, told = told_ledger(ledger_plan(), [project("Old", 40.0, **{**later, "id": own})])
    assert plants["capacity_mw"].sum() == stand["capacity_mw"].sum()
    assert any("are one plant" in t("en") for t in told)


def test_a_farm_of_two_years_leaves_in_two_years(monkeypatch):
    """10 x 1.5 MW of 2004 and 10 x 2.0 MW of 2018 under one name, all of them standing.

    The design life of wind is 20 years: the 15 MW reached it in 2024, stand on the plan's day
    in 2026 and count as retired from 2027 on; the 20 MW until 2037.
    """
    table = gpd.GeoDataFrame(
        {
            "farm": "老风场",
            "capacity_kw": [1500.0] * 10 + [2000.0] * 10,
            "on_grid": ["2004-06-01"] * 9 + [None] + ["2018-03-01"] * 10,
            "status": "operating",
        },
        geometry=[Point(i, 0) for i in range(20)],
        crs=4544,
    )
    monkeypatch.setattr(ledger_module, "existing_turbines", lambda *_: (table, None))
    monkeypatch.setattr(ledger_module, "plan_crs", lambda _: "EPSG:4544")
    plan = ledger_plan()
    plan = plan.model_copy(update={"layers": {"turbines": None}, "plants": ()})
    plants, told = told_ledger(plan)
    rows = plants[["id", "capacity_mw", "year", "retires"]].values.tolist()
    now = plan.plan.as_of.year
    assert rows == [
        ["turbines.老风场.2004", 15.0, 2004, now + 1],
        ["turbines.老风场.2018", 20.0, 2018, 2038],
    ]
    wind = frozenset({"wind"})
    by_year = {
        y: plants_in(plants, wind, y)["operating_mw"] for y in (now, now + 1, 2037, 2038)
    }
    assert by_year == {now: 35.0, now + 1: 20.0, 2037: 20.0, 2038: 0.0}
    (text,) = [t("en") for t in told]
    assert "15.0 MW of 2004" in text
    assert "2024" in text


def in_lists(monkeypatch, plants, turbines=None, pv=None):
    """The plan with `plants` alone, and the layers as tables."""
    plan = ledger_plan()
    old = plan.plants[0]
    own = tuple(
        old.model_copy(update={"name": Text(zh=n, en=n), "capacity_mw": mw, **more})
        for n, mw, more in plants
    )
    layers = {} if turbines is None else {"turbines": None}
    layers |= {} if pv is None else {"existing_pv": None}
    monkeypatch.setattr(ledger_module, "existing_turbines", lambda *_: (turbines, None))
    monkeypatch.setattr(ledger_module, "open_features", lambda *_: pv)
    monkeypatch.setattr(ledger_module, "plan_crs", lambda _: "EPSG:4544")
    return plan.model_copy(update={"layers": layers, "plants": own})


def parcels(rows):
    """Squares of 1 km, one a row, 5 km apart."""
    shapes = [box(5000.0 * i, 0.0, 5000.0 * i + 1000.0, 1000.0) for i in range(len(rows))]
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=4544)


def test_a_third_list_shows_that_two_rows_are_one_plant(monkeypatch):
    """90 MW in the plan without a place; the land of existing PV has its name; a project of
    another name, 91 MW, has that land: one plant of 90 MW. A project beside it is another.
    """
    pv = parcels([{"name": "甲光伏电站", "capacity_mw": 90.0, "year": 2010}])
    plan = in_lists(monkeypatch, [("甲光伏电站", 90.0, {"technology": "pv"})], pv=pv)
    land = pv.geometry.iloc[0]
    own = project("沙湖一号", 91.0, land=land)
    plants, told = told_ledger(plan, [own])
    assert plants["capacity_mw"].tolist() == [90.0]
    assert plants["found_in"].tolist() == ["plants projects existing_pv"]
    assert sum("are one plant" in t("en") for t in told) == 2
    beside = project("沙湖二号", 91.0, land=shapely.affinity.translate(land, 1000.0))
    plants, _ = told_ledger(plan, [beside])
    assert plants["capacity_mw"].tolist() == [90.0, 91.0]
    # two projects on one land stay two: the third list makes no one plant of them
    plants, _ = told_ledger(
        plan.model_copy(update={"plants": ()}), [own, project("丙", 5.0, land=land)]
    )
    assert plants["capacity_mw"].tolist() == [91.0, 5.0]


def test_turbines_age_by_their_own_years_where_the_plan_lists_their_farm(monkeypatch):
    """The plan says 40 MW of 2004. The turbines: 15 MW of 2004, 20 MW of 2018.

    It counts once with the 40 MW of the plan, 15/35 of it of 2004 and 20/35 of 2018.
    """
    table = gpd.GeoDataFrame(
        {
            "farm": "老风场",
            "capacity_kw": [15000.0, 20000.0],
            "on_grid": ["2004-06-01", "2018-03-01"],
        },
        geometry=[Point(i, 0) for i in range(2)],
        crs=4544,
    )
    listed = ("老风场", 40.0, {"technology": "wind", "year": 2004, "on_grid": None})
    plants, told = told_ledger(in_lists(monkeypatch, [listed], turbines=table))
    assert plants["year"].tolist() == [2004, 2018]
    assert plants["capacity_mw"].tolist() == pytest.approx([40 * 15 / 35, 40 * 20 / 35])
    assert any("2004, 2018" in t("en") for t in told)
    # without a year in the plan the year of the layer is its year
    undated = ("老风场", 40.0, {"technology": "wind", "year": None, "on_grid": None})
    plants, told = told_ledger(in_lists(monkeypatch, [undated], turbines=table.iloc[1:]))
    assert plants[["capacity_mw", "year"]].values.tolist() == [[40.0, 2018]]
    assert not any("has no year" in t("en") for t in told)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # one capacity and year in each piece: of the whole
        ([(50.0, 2015), (50.0, 2015)], [[50.0, 2015]]),
        ([(50.0, 2015), (50.0, None)], [[50.0, 2015]]),
        # of two years: two stages, whatever their capacity
        ([(50.0, 2015), (50.0, 2020)], [[50.0, 2015], [50.0, 2020]]),
        ([(30.0, 2015), (50.0, 2020)], [[30.0, 2015], [50.0, 2020]]),
        # a piece without a capacity adds none
        ([(50.0, 2015), (None, 2020)], [[50.0, 2015]]),
    ],
)
def test_pieces_of_existing_pv_of_several_years(monkeypatch, rows, expected):
    pv = parcels([{"name": "甲", "capacity_mw": mw, "year": year} for mw, year in rows])
    plants, told = told_ledger(in_lists(monkeypatch, [], pv=pv))
    assert plants[["capacity_mw", "year"]].values.tolist() == expected
    alike = rows[0][0] == rows[1][0]
    assert sum("all say 50 MW" in t("en") for t in told) == alike


def test_equal_rows_of_the_plan_are_told_and_count(monkeypatch):
    rows = [("甲", 60.0, {"technology": "pv"})] * 2 + [("乙", 5.0, {"technology": "pv"})]
    plants, told = told_ledger(in_lists(monkeypatch, rows))
    assert plants["capacity_mw"].sum() == 125.0
    (text,) = [t("zh") for t in told if "多行" in t("zh")]
    assert "甲" in text
    assert "乙" not in text


def test_a_plant_is_found_by_place(monkeypatch):
    """Two surveyed places within 500 m; two rough ones within 3 km only with the same MW."""
    here = {"lon": 106.60, "lat": 38.90, "exact": True}
    near = {"lon": 106.604, "lat": 38.90, "exact": True}  # 347 m east
    far = {"lon": 106.62, "lat": 38.90}  # 1.7 km east

    def merged(a, b):
        rows = [
            matching.Found(project("A", 50.0, **a), "plants", None),
            matching.Found(project("B", **b), "projects", None),
        ]
        return len(matching.grouped(rows, ledger_plan())[0]) == 1

    assert merged(here, {"mw": 80.0, **near})
    assert not merged(here, {"mw": 80.0, **far})
    assert merged(here, {"mw": 51.0, **far})
    assert not merged({}, {"mw": 50.0, **near})  # a place nobody knows


@pytest.mark.parametrize(
    ("one", "other", "plants"),
    [
        ("红崖子光伏一期", "红崖子光伏二期", 2),
        ("红崖子光伏一期", "红崖子电站1期", 1),
        ("红崖子光伏", "红崖子电站二期", 1),
        ("Hong Phase 1", "Hong PV phase II", 2),
    ],
)
def test_neighbours_whose_names_say_two_stages_are_two_plants(one, other, plants):
    """Both surveyed, 347 m apart: one plant, unless both names say a stage and not one."""
    rows = [
        matching.Found(project(one, 50.0, lon=106.6, lat=38.9, exact=True), "plants", None),
        matching.Found(
            project(other, 90.0, lon=106.604, lat=38.9, exact=True), "turbines", None
        ),
    ]
    assert len(matching.grouped(rows, ledger_plan())[0]) == plants


def test_stages_of_one_plant_are_two_plants():
    assert plain_name("甲（一期）") != plain_name("甲（二期）")
    assert plain_name("甲 电站(示意)") == plain_name("甲电站")


def test_life_of_plants_is_the_users_where_given():
    own = ledger_plan()
    changed = own.model_copy(
        update={"sections": {"connection": ConnectionSection(plant_life_yr={"pv": 30})}}
    )
    assert ledger(changed)["retires"].tolist() == [2055, 2041, 2058]


# ---------------------------------------------------------------- targets


@pytest.mark.parametrize(
    ("add", "way", "blocked", "short"),
    [
        (can_add(300.0, 300.0, 300.0, 250.0), "unconditional", "", 0.0),
        (can_add(100.0, 300.0, 250.0, 80.0), "approvals", "permit", 0.0),
        (can_add(100.0, 300.0, 150.0, 80.0), "reinforcement", "permit grid", 40.0),
        (can_add(50.0, 150.0, 150.0, 50.0), "none", "land", 40.0),
        (can_add(50.0, 300.0, None, np.nan), "reinforcement", "permit grid_unknown", np.nan),
    ],
)
def test_what_meets_a_target_and_what_blocks_it(add, way, blocked, short):
    """1,310 of 1,500 MW stand in 2030: 190 MW are missing."""
    plants = ledger(ledger_plan())
    years = dict.fromkeys(range(2026, 2036), add)
    row = target_rows([target(2030, 1500.0)], plants, {ALL: years}, now=2026).iloc[0]
    assert row["gap_mw"] == pytest.approx(190.0)
    assert (row["met_with"], row["blocked_by"]) == (way, blocked)
    assert row["short_mw"] == pytest.approx(short, nan_ok=True)
    words = target_words(row.to_dict())
    assert words is not None
    assert "190" in words("en") or "40" in words("en")
    assert words("zh") != words("en")


def test_a_list_of_sites_at_its_limit_is_not_the_lack_of_land():
    """150 of the 190 MW that are missing are listed; what lies beside them is not counted."""
    plants = ledger(ledger_plan())
    years = dict.fromkeys(range(2026, 2036), can_add(50.0, 150.0, 150.0, 50.0))
    asked = [target(2030, 1500.0)]
    row = target_rows(asked, plants, {ALL: years}, now=2026, cut=frozenset({"pv"})).iloc[0]
    assert (row["met_with"], row["blocked_by"]) == ("none", "site_list")
    words = target_words(row.to_dict())
    assert "未列入的用地没有计入" in words("zh")
    assert "全部场址" not in words("zh")
    # a list of another kind says nothing of this one
    other = target_rows(asked, plants, {ALL: years}, now=2026, cut=frozenset({"afforest"}))
    assert other["blocked_by"].iloc[0] == "land"


def test_sites_that_wait_for_layers_are_what_blocks_a_target():
    """190 MW are missing; 20,888 MW of sites are listed, all of them provisional."""
    plants = ledger(ledger_plan())
    asked = [target(2030, 1500.0)]
    none = can_add(0.0, 0.0, 0.0, 0.0)

    def waiting(mw):
        capacity = none.capacity.model_copy(update={"provisional_mw": mw})
        return dict.fromkeys(range(2026, 2036), replace(none, capacity=capacity))

    pv = frozenset({"pv"})
    row = target_rows(asked, plants, {ALL: waiting(20_888.0)}, now=2026, cut=pv).iloc[0]
    assert (row["met_with"], row["blocked_by"]) == ("none", "provisional")
    words = target_words(row.to_dict())
    assert "20,888.0 MW 的场址含暂定土地，不能计入" in words("zh")
    assert "场址清单" not in words("zh")
    assert "20,888.0 MW stand on provisional land" in words("en")
    # 100 MW of them close a part of the 190: the rest lacks land, or a longer list
    for cut, rest in ((frozenset(), "land"), (pv, "site_list")):
        row = target_rows(asked, plants, {ALL: waiting(100.0)}, now=2026, cut=cut).iloc[0]
        assert row["blocked_by"] == f"provisional {rest}"


def test_a_target_met_by_plants_needs_no_word_and_one_of_the_past_no_site():
    plants = ledger(ledger_plan())
    years = {y: can_add(900.0, 900.0, 900.0, 900.0) for y in range(2026, 2036)}
    rows = target_rows(
        [target(2025, 1000.0), target(2024, 1500.0)], plants, {ALL: years}, now=2026
    ).set_index("id")
    assert rows.at["t2025", "met_with"] == "plants"
    assert target_words(rows.loc["t2025"].to_dict()) is None
    assert rows.at["t2024", "met_with"] == "none"
    assert rows.at["t2024", "blocked_by"] == "time"
    assert rows.at["t2024", "met_year"] == 2026  # with the sites, two years late


def test_free_land_is_judged_as_if_nothing_else_were_connected():
    """100 MW free. 40 MW on free land 9 km away, 100 MW with conditions 1 km away.

    The most MW by the shortest line are the 100 with conditions; but free land alone takes 40
    of the 100, so 40 MW need no approval.
    """
    from siting.connection.yearly import GridYear, _on_free_land, potential_of

    sites = gpd.GeoDataFrame(
        {
            "site_id": ["free", "bound"],
            "tech": "pv",
            "capacity_mw": [40.0, 100.0],
            "unconditional_frac": [1.0, 0.0],
            "provisional": False,
        },
        geometry=[Point(0, 0), Point(1, 1)],
    )
    station = pd.DataFrame({"station_id": ["s"], "voltage_kv": [110.0], "free_mw": [100.0]})
    km = np.array([[9.0], [1.0]])
    plain = pd.DataFrame(sites.drop(columns="geometry"))
    year = GridYear(
        allocate(plain, station, km, how=ConnectionSection(partly=False)),
        allocate(_on_free_land(plain), station, km, how=ConnectionSection(partly=False)),
        100.0,
    )
    assert year.all_land.sites.set_index("site_id")["grid_mw"].to_dict() == {
        "bound": 100.0,
        "free": 0.0,
    }
    found = potential_of(sites, year, frozenset({"pv"}), 1.0)
    assert found.capacity.with_grid_mw == 100.0
    assert found.grid_unconditional_mw == 40.0
    asked = [target(2030, 1340.0)]  # 30 MW more than stand
    row = target_rows(asked, ledger(ledger_plan()), {ALL: {2030: found}}, now=2026).iloc[0]
    assert (row["met_with"], row["blocked_by"]) == ("unconditional", "")


def test_a_target_of_one_kind_has_the_grid_to_itself():
    """100 MW free; PV of 80 MW lies 9 km away, wind of 100 MW 1 km away.

    Together the grid takes the 100 MW of wind and nothing of PV where sites are not split. A
    PV target of 80 MW more is met by PV alone, and the sentence says with which grid.
    """
    from siting.connection.yearly import grid_years, potential_of

    sites = gpd.GeoDataFrame(
        {
            "site_id": ["p", "w"],
            "tech": ["pv", "wind"],
            "capacity_mw": [80.0, 100.0],
            "unconditional_frac": 1.0,
            "provisional": False,
        },
        geometry=[Point(0, 0), Point(1, 1)],
    )
    stations, _ = known_stations(
        gpd.GeoDataFrame(
            {"name": ["s"], "voltage_kv": [110.0], "free_mw": [100.0]},
            geometry=[Point(9, 9)],
            crs=4544,
        ),
        None,
    )
    how = ConnectionSection(partly=False)
    works, _ = known_works(stations, how)
    pv = frozenset({"pv"})
    lengths = (np.array([[9.0], [1.0]]), None)
    found, _ = grid_years(
        sites, stations, lengths, how, works, range(2026, 2031), [ALL, pv], lambda *_: None
    )
    both = {
        y: potential_of(sites[sites["tech"] == "pv"], one, ALL, 1.0)
        for y, one in found[ALL].items()
    }
    alone = {y: potential_of(sites, one, pv, 1.0) for y, one in found[pv].items()}
    assert both[2030].capacity.with_grid_mw == 0.0
    assert alone[2030].capacity.with_grid_mw == alone[2030].grid_unconditional_mw == 80.0
    assert (found[ALL][2030].alone, alone[2030].alone) == (False, True)
    plants = ledger(ledger_plan())
    asked = target(2030, plants_in(plants, pv, 2030)["operating_mw"] + 380.0, "pv_capacity")
    row = target_rows([asked], plants, {pv: alone}, now=2026).iloc[0].to_dict()
    assert row["gap_mw"] == 80.0  # 300 MW are being built
    assert (row["met_with"], row["blocked_by"]) == ("unconditional", "")
    assert "left to sites of this kind" in target_words(row)("en")
    # a run without wind sites has nobody to share with
    only = sites.assign(capacity_mw=[80.0, np.nan])
    found, _ = grid_years(
        only, stations, lengths, how, works, range(2026, 2027), [ALL, pv], lambda *_: None
    )
    assert not found[pv][2026].alone
    assert found[pv][2026].all_land is found[ALL][2026].all_land


@pytest.mark.parametrize(("certainty", "later"), [("possible", "big"), ("certain", "own")])
def test_a_planned_station_sets_voltages_from_the_year_it_counts(certainty, later):
    """50 MW on 220 kV with 100 MW free; a planned 110 kV station of 2034 is their own class."""
    from siting.connection.yearly import grid_years

    sites = gpd.GeoDataFrame(
        {"site_id": ["p"], "tech": "pv", "capacity_mw": [50.0], "unconditional_frac": 1.0},
        geometry=[Point(0, 0)],
    )
    rows = {
        "name": ["big", "own"],
        "voltage_kv": [220.0, 110.0],
        "free_mw": [100.0, 80.0],
        "status": ["operating", "planned"],
        "year": [None, 2034],
        "certainty": ["", certainty],
    }
    stations, _ = known_stations(layer(rows, [Point(1, 0), Point(2, 0)]))
    how = ConnectionSection()
    works, _ = known_works(stations, how)
    lengths = (np.array([[1.0, 2.0]]), None)
    found, _ = grid_years(
        sites, stations, lengths, how, works, range(2026, 2036), [ALL], lambda *_: None
    )
    for year, name in ((2026, "big"), (2033, "big"), (2034, later), (2035, later)):
        row = found[ALL][year].all_land.sites.iloc[0]
        assert (row["grid_mw"], row["station"]) == (50.0, name), year


def test_without_sites_land_is_not_what_blocks_and_planned_works_are_named():
    plants = ledger(ledger_plan())
    empty = Capacity(sites=0, unconditional_mw=0.0, with_approvals_mw=0.0, with_grid_mw=0.0)
    none = Potential(empty, 0.0, 100.0)
    row = target_rows([target(2030, 1500.0)], plants, {ALL: {2030: none}}, now=2026).iloc[0]
    assert row["blocked_by"] == "sites"
    assert "no sites of the kind" in target_words(row.to_dict())("en")
    # 190 MW are missing; the grid of 2030 takes 300, 250 of them planned
    years = {
        y: can_add(0.0, 300.0, 300.0, 0.0, 300.0 if y > 2027 else 50.0) for y in (2026, 2030)
    }
    row = target_rows([target(2030, 1500.0)], plants, {ALL: years}, now=2026).iloc[0]
    assert row["grid_added_mw"] == 250.0
    assert "250.0 MW of planned works" in target_words(row.to_dict())("en")
    named = {y: replace(p, works=("丙站 2028",) if y > 2027 else ()) for y, p in years.items()}
    row = target_rows([target(2030, 1500.0)], plants, {ALL: named}, now=2026).iloc[0]
    assert "当年电网（含规划新增 250.0 MW：丙站 2028）" in target_words(row.to_dict())("zh")


def store(mw, year, name="s", stands=True):
    return Store(Text(zh=name, en=name), mw, None, stands, year)


def test_storage_of_the_register_counts_once_beside_that_of_the_plan():
    """30 MW of the plan; the register repeats it and has 50 MW of 2024 and 20 planned for 2031.

    By 2030 80 MW, by 2031 100.
    """
    plan = ledger_plan()
    own = plan.plants[0].model_copy(
        update={
            "name": Text(zh="储一", en="Store 1"),
            "technology": "storage",
            "capacity_mw": 30.0,
            "year": 2022,
            "on_grid": None,
        }
    )
    gone = own.model_copy(update={"name": Text(zh="旧", en="Old"), "status": "retired"})
    more = (
        project("储一", 31.0, "storage", year=2022),
        project("储二", 50.0, "storage", year=2024),
        project("储三", 20.0, "storage", year=2031, stage="planned"),
    )
    sections = {**plan.sections, "registered": Registered(storage=more)}
    plan = plan.model_copy(update={"plants": (own, gone), "sections": sections})
    found = stores(plan)
    assert [s.stands for s in found] == [True, True, False]
    assert (stores_mw(found, 2030), stores_mw(found, 2031)) == (80.0, 100.0)


def test_storage_blocks_where_the_plan_asks_for_it():
    """10 % of 190 MW are 19 MW of storage; 18 are not enough."""
    plants = ledger(ledger_plan())
    years = {2030: can_add(300.0, 300.0, 300.0, 300.0)}
    for have, word in ((18.0, "storage"), (19.0, "")):
        row = target_rows(
            [target(2030, 1500.0)],
            plants,
            {ALL: years},
            now=2026,
            storage=StorageAsked(0.1, [store(have, 2022), store(50.0, 2031)]),
        ).iloc[0]
        words = target_words(row.to_dict())("en")
        assert ("ask for 19.0 MW; 18.0 MW that are new stand" in words) == (word == "storage")
        assert row["storage_needed_mw"] == pytest.approx(19.0)
        assert row["blocked_by"] == word


def test_storage_of_plants_that_stand_is_not_there_for_the_gap():
    """1,000 MW of 2022 and a gap of 500 ask for 10 % of 1,500 = 150 MW; 100 of 2022 are there.

    The 200 MW of 2015 and the 30 MW of storage of 2019 are older than the base year, the 40 MW
    of PV of no year nobody asks storage for, and 50 MW of storage of no year may be new.
    """
    rows = [
        ("pv", 1000.0, "operating", 2022, 2047),
        ("wind", 200.0, "operating", 2015, 2035),
        ("pv", 40.0, "operating", None, None),
    ]
    names = ["technology", "capacity_mw", "status", "year", "retires"]
    plants = pd.DataFrame(rows, columns=names).astype({"year": "Int64", "retires": "Int64"})
    plants = plants.assign(retires_late=plants["retires"])
    years = {2030: can_add(600.0, 600.0, 600.0, 600.0)}
    old, new = store(30.0, 2019), store(100.0, 2022)
    for more, have, word in (([], 100.0, "storage"), ([store(50.0, None)], 150.0, "")):
        asked = StorageAsked(0.1, [old, new, *more], since=2020)
        row = target_rows(
            [target(2030, 1740.0)], plants, {ALL: years}, now=2026, storage=asked
        ).iloc[0]
        assert row["gap_mw"] == 500.0
        assert row["storage_needed_mw"] == pytest.approx(150.0)
        assert row["storage_mw"] == have
        assert row["blocked_by"] == word
    # a plant that is gone by then asks for none: 10 % of the gap of 1,500 MW
    gone = plants.assign(retires=pd.array([2029, 2035, None], "Int64"))
    row = target_rows([target(2030, 1740.0)], gone, {ALL: years}, now=2026, storage=asked).iloc[
        0
    ]
    assert row["storage_needed_mw"] == pytest.approx(150.0)


LEAVING = ("retires", "retires_late")


def test_a_target_is_met_from_the_year_on_in_which_it_stays_met():
    """90 MW of 2010 retire in 2035, 60 are built in 2027; the grid takes 100, from 2030 150.

    240 MW: 90 + 60 + 100 in 2027 and more until 2034, but 60 + 150 = 210 in 2035: 30 short.
    210 MW: held from 2027 on, 2035 included.
    """
    plants = pd.DataFrame(
        [
            ("p", "pv", 90.0, "operating", 2010, 2035, 2040),
            ("c", "pv", 60.0, "construction", 2027, 2052, 2057),
        ],
        columns=[
            "id",
            "technology",
            "capacity_mw",
            "status",
            "year",
            "retires",
            "retires_late",
        ],
    ).assign(year_known=True)
    years = {
        y: can_add(10.0, 200.0, 100.0 if y < 2030 else 150.0, 8.0) for y in range(2026, 2037)
    }

    def row(year, mw, relation=">="):
        asked = [target(year, mw, relation=relation)]
        return target_rows(
            asked, plants, {ALL: years}, now=2026, storage=StorageAsked(0.1, [])
        ).iloc[0]

    lost = row(2035, 240.0)
    assert (lost["met_with_grid"], lost["short_mw"]) == (False, pytest.approx(30.0))
    assert pd.isna(lost["met_year"])
    assert row(2035, 210.0)["met_year"] == 2027
    # not in its year, but two years later
    assert row(2028, 290.0)["met_year"] == 2030
    # 150 MW stand: at most 160 holds, at most 100 is exceeded by 50 whatever becomes of sites
    few = row(2030, 160.0, "<=")
    assert (few["met_with"], few["short_mw"], few["blocked_by"]) == ("plants", 0.0, "")
    for relation in ("<=", "<", "="):
        many = row(2030, 100.0, relation)
        assert (many["met_with"], many["blocked_by"]) == ("none", "plants"), relation
        assert many["short_mw"] == pytest.approx(50.0)
        assert many["storage_needed_mw"] == 0.0
        assert "50.0 MW over" in target_words(many.to_dict())("en")
    assert row(2030, 100.0, "<=")["met_year"] == 2035


def test_years_add_up():
    """Wind of 2015 leaves in 2035 at its design life and not before 2040 when extended."""
    wind = project("Wind", 49.5, kind="wind", year=2015)
    plants = ledger(ledger_plan(), [wind])
    years = {y: can_add(10.0, 90.0, 60.0, 5.0) for y in range(2026, 2042)}
    table = expansion_table(plants, years, [target(2030, 1500.0)], ALL).set_index("year")
    assert table.at[2034, "plants_mw"] == pytest.approx(1310.0 + 49.5)
    assert table.at[2035, "plants_mw"] == pytest.approx(1310.0)
    assert table.at[2035, "retired_at_least_mw"] == 0.0
    # 10 MW of PV of 2011 may stand for 30 years, to 2041
    assert table.at[2040, "retired_at_least_mw"] == pytest.approx(49.5)
    assert table.at[2041, "retired_at_least_mw"] == pytest.approx(49.5 + 10.0)
    sums = table["operating_mw"] + table["building_mw"] + table["planned_mw"]
    assert (table["plants_mw"] == sums).all()
    assert table["total_with_grid_mw"].tolist() == pytest.approx((sums + 60.0).tolist())
    assert np.isnan(table.at[2029, "target_mw"])
    assert table.at[2030, "target_mw"] == 1500.0
    assert table.at[2030, "met_with_grid"] == False  # noqa: E712 - a cell, not a flag


@pytest.mark.parametrize("order", [1, -1])
def test_two_targets_of_one_year_both_count_in_it(order):
    """1,310 MW of plants and 60 by the grid: at least 1,300 holds, less than 1,350 does not."""
    years = {2030: can_add(10.0, 90.0, 60.0, 5.0)}
    both = [target(2030, 1300.0), target(2030, 1350.0, relation="<")][::order]
    row = expansion_table(ledger(ledger_plan()), years, both, ALL).iloc[0]
    assert row["met_with_grid"] == False  # noqa: E712 - a cell, not a flag
    assert row["target_mw"] == 1350.0


# ---------------------------------------------------------------- stations


def layer(rows, shapes):
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapes, crs=4544)


def test_stations_as_they_come():
    """Several points, negative, text, twice, no place, no voltage: each has its word."""
    table = layer(
        {
            "name": ["A", "B", "C", "D", "D", "E", "F", None],
            "voltage_kv": [110.0, 110.0, 110.0, 110.0, 110.0, 110.0, None, 35.0],
            "bays": pd.Series([1, 2, "three", None, None, 1, 1, 1], dtype=object),
            "free_mw": pd.Series([50.0, -7.0, "much", 30.0, 20.0, 9.0, 9.0, 8.0], dtype=object),
        },
        [
            MultiPoint([(0, 0), (100, 0)]),
            Point(1, 1),
            Point(2, 2),
            Point(3, 3),
            Point(3, 13),
            Point(),
            Point(4, 4),
            Point(5, 5),
        ],
    )
    found, told = known_stations(table)
    rows = found.set_index("station_id")
    assert rows.index.tolist() == ["#8", "A", "B", "C", "D"]
    assert rows.at["A", "geometry"].x == pytest.approx(50.0)
    assert rows.at["B", "free_mw"] == 0.0
    assert np.isnan(rows.at["C", "free_mw"])
    assert rows.at["D", "free_mw"] == 20.0  # twice within 50 m: the smaller counts
    said = " | ".join(t("en") for t in told)
    for word in (
        "A has several",
        "-7",
        "much",
        "D stands twice",
        "(three)",
        "E has no place",
        "F has no",
    ):
        assert word in said
    turned, _ = known_stations(table.iloc[::-1])
    named = found.iloc[1:].drop(columns="geometry").reset_index(drop=True)
    other = turned[turned["station_id"].str.len() == 1].drop(columns="geometry")
    pd.testing.assert_frame_equal(named, other.reset_index(drop=True))
    assert known_stations(None)[0].empty


@pytest.mark.parametrize(
    "other", ["甲变电站", "甲变", "甲升压站", "220千伏甲变电所", "220kV 甲站"]
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_station_under_two_words_for_its_kind_counts_once(other, order):
    """300 MW on one point are 300 MW, whatever the station is called there, and it is told."""
    table = layer(
        {"name": ["甲站", other], "voltage_kv": 220.0, "free_mw": 300.0}, [Point(0, 0)] * 2
    )
    found, told = known_stations(table.iloc[::order])
    assert found["free_mw"].tolist() == [300.0]
    (text,) = told
    for word in ("甲站", other, "按一座计"):
        assert word in text("zh")


def test_other_stations_on_one_place_count_and_are_told_where_they_are_alike():
    """甲 and 乙 of 300 MW on one point: 600 MW, and a word what to do; of 200 MW: none."""
    for mw, said in ((300.0, [True]), (200.0, [])):
        table = layer(
            {"name": ["甲站", "乙站"], "voltage_kv": 220.0, "free_mw": [300.0, mw]},
            [Point(0, 0)] * 2,
        )
        found, told = known_stations(table)
        assert found["free_mw"].sum() == 300.0 + mw
        assert ["both count; where they are one, delete" in t("en") for t in told] == said
    # two voltages of one yard, and two kilometres between: two stations without a word
    for kv, x in ((110.0, 0), (220.0, 2000)):
        table = layer(
            {"name": ["甲站", "甲变电站"], "voltage_kv": [220.0, kv], "free_mw": 300.0},
            [Point(0, 0), Point(x, 0)],
        )
        found, told = known_stations(table)
        assert (found["free_mw"].sum(), told) == (600.0, [])


def test_a_station_beside_all_lines_is_told():
    from shapely.geometry import LineString

    table = layer({"name": ["A", "B"], "voltage_kv": 110.0}, [Point(0, 0), Point(0, 9000)])
    _, told = known_stations(table, np.array([LineString([(0, 100), (900, 100)])]))
    assert any("(B)" in t("en") and "no power line" in t("en") for t in told)


def test_what_is_planned_counts_from_its_year_and_only_where_it_is_counted_on():
    table = layer(
        {
            "name": ["old", "building", "idea", "someday"],
            "voltage_kv": 110.0,
            "free_mw": [10.0, 20.0, 40.0, 80.0],
            "status": ["operating", "construction", "planned", "planned"],
            "year": [None, 2028, 2029, None],
        },
        [Point(i, 0) for i in range(4)],
    )
    stations, _ = known_stations(table)
    up = Upgrade(station="old", year=2030, add_mw=5.0, certainty="likely", source="test")
    lost = Upgrade(station="nobody", year=2030, add_mw=5.0, source="test")
    names = stations["name"].tolist()

    def free(year, *count):
        how = ConnectionSection(upgrades=(up, lost), count_on=count or ("certain",))
        works, lost_told = known_works(stations, how)
        mw, told = free_in(stations, how, year, works_by(works, year))
        return dict(zip(names, mw.tolist(), strict=True)), [*lost_told, *told]

    assert free(2027)[0] == {"building": 0.0, "idea": 0.0, "old": 10.0, "someday": 0.0}
    assert free(2028)[0]["building"] == 20.0
    late, told = free(2030, "certain", "likely", "possible")
    assert late == {"building": 20.0, "idea": 40.0, "old": 15.0, "someday": 0.0}
    said = " | ".join(t("en") for t in told)
    assert "someday" in said
    assert "nobody" in said


@pytest.mark.parametrize(
    ("names", "shift", "expected"),
    [
        (("癸光伏Ａ", "癸光伏 A"), 0.0, [100.0]),  # one name in two widths
        ((None, None), 0.0, [100.0]),
        (("甲", "乙"), 400.0, [100.0]),  # six tenths of either lie on the other
        (("甲", "乙"), 600.0, [100.0, 60.0]),  # four tenths: neighbours drawn badly
        (("甲", "甲"), 5000.0, [160.0]),  # one plant in two pieces
    ],
)
def test_existing_pv_drawn_twice_counts_once(monkeypatch, names, shift, expected):
    pv = parcels(
        [
            {"name": n, "capacity_mw": mw, "year": 2018}
            for n, mw in zip(names, (100.0, 60.0), strict=True)
        ]
    )
    pv.loc[1, "geometry"] = box(shift, 0.0, shift + 1000.0, 1000.0)
    plants, told = told_ledger(in_lists(monkeypatch, [], pv=pv))
    assert plants["capacity_mw"].tolist() == expected
    assert sum("同一块地" in t("zh") for t in told) == (expected == [100.0])


@pytest.mark.parametrize("listed", ["甲", "乙"])
def test_of_two_drawings_the_one_the_plan_names_is_its_plant(monkeypatch, listed):
    """100 MW in the plan without a place, 100 MW drawn twice under two names: one plant."""
    pv = parcels([{"name": n, "capacity_mw": 100.0, "year": 2018} for n in ("甲", "乙")])
    pv.loc[1, "geometry"] = pv.loc[0, "geometry"]
    plan = in_lists(monkeypatch, [(listed, 100.0, {"technology": "pv"})], pv=pv)
    plants, _ = told_ledger(plan)
    assert plants["capacity_mw"].tolist() == [100.0]
    assert plants["found_in"].tolist() == ["plants existing_pv"]


def test_two_lists_that_name_two_drawings_of_one_land_mean_one_plant(monkeypatch):
    """100 MW: 甲 in the plan, 乙 in a register, drawn once under each name."""
    pv = parcels([{"name": n, "capacity_mw": 100.0, "year": 2018} for n in ("甲", "乙")])
    pv.loc[1, "geometry"] = pv.loc[0, "geometry"]
    plan = in_lists(monkeypatch, [("甲", 100.0, {"technology": "pv"})], pv=pv)
    plants, _ = told_ledger(plan, [project("乙", 100.0)])
    assert plants["capacity_mw"].tolist() == [100.0]
    assert plants["found_in"].tolist() == ["plants projects existing_pv"]


def test_two_stages_drawn_on_the_land_of_the_park_are_two_plants(monkeypatch):
    """60 MW of the first stage and 40 of the second, each drawn as the whole park."""
    pv = parcels(
        [
            {"name": f"甲电站{n}期", "capacity_mw": mw, "year": 2018}
            for n, mw in (("一", 60.0), ("二", 40.0))
        ]
    )
    pv.loc[1, "geometry"] = pv.loc[0, "geometry"]
    plants, told = told_ledger(in_lists(monkeypatch, [], pv=pv))
    assert sorted(plants["capacity_mw"]) == [40.0, 60.0]
    assert not any("同一块地" in t("zh") for t in told)


@pytest.mark.parametrize("first", [True, False])
def test_a_drawing_without_capacity_is_told_as_such_and_not_as_zero(monkeypatch, first):
    mw = [None, 100.0] if first else [100.0, None]
    pv = parcels([{"name": n, "capacity_mw": m} for n, m in zip("甲乙", mw, strict=True)])
    pv.loc[1, "geometry"] = pv.loc[0, "geometry"]
    plants, told = told_ledger(in_lists(monkeypatch, [], pv=pv))
    assert plants["capacity_mw"].tolist() == [100.0]
    (words,) = (t for t in told if "同一块地" in t("zh"))
    assert "（未给出容量）" in words("zh")
    assert "(capacity not given)" in words("en")
    assert "0 MW" not in words("en").replace("100 MW", "")


@pytest.mark.parametrize(
    ("title", "wanted"),
    [("capacity (2030)", "capacity (2030) lacks"), ("new", "new (2030) lacks")],
)
def test_a_title_that_says_its_year_is_not_told_it_again(title, wanted):
    add = can_add(300.0, 300.0, 300.0, 250.0)
    own = target(2030, 1500.0).model_copy(update={"title": Text(zh=title, en=title)})
    row = target_rows([own], ledger(ledger_plan()), {ALL: {2030: add}}, now=2026).iloc[0]
    words = target_words(row.to_dict())
    assert wanted in words("en")
    assert words("zh").count("2030") == 1
