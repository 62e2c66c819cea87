"""Sheets of zones from sites, land and roofs whose figures are known."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.answers.zone_part import zone_facts
from geoplan.demo import sample_plan
from geoplan.needs import require_asked
from gis.errors import ConfigError, DataError
from layers.answers.answer import Words
from siting.connection.kinds import with_wind
from siting.zones.asked import load_faults, zone_faults
from siting.zones.overlap import overlaps
from siting.zones.park import _year_of, park_balance, read_load
from siting.zones.places import Place, places
from siting.zones.section import ParkBalanceSection, ParkSection
from siting.zones.sheet import Results, zone_approvals, zone_sheet
from siting.zones.step_zones import _row, zones_step

CRS = "EPSG:4544"
X, Y = 400_000.0, 4_300_000.0


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


def place(shape: shapely.Polygon) -> Place:
    return Place("z", "zone", Words(zh="片区", en="zone"), "pv", "official", shape, shape.area)


@pytest.fixture(scope="module")
def plan():
    return sample_plan("tiny")


@pytest.fixture
def results(plan) -> Results:
    sites = gpd.GeoDataFrame(
        {
            "site_id": ["PV-01", "PV-02", "PV-03"],
            "tech": "pv",
            "rank": [1, 2, 3],
            "area_ha": [100.0, 100.0, 100.0],
            "capacity_mw": [60.0, 40.0, 20.0],
            "unconditional_frac": [0.25, 0.0, 1.0],
            "conditional_rules": ["A;B", "A", ""],
            "provisional": False,
            "grid_mw": [30.0, 0.0, 20.0],
            "p50_mwh_yr": [100.0, 80.0, 40.0],
            "p90_mwh_yr": [90.0, 70.0, 35.0],
            "station": ["s4", "", "s2"],
            "substation": ["s1", "s2", ""],
            "route_length_m": [1000.0, 2000.0, math.nan],
        },
        # all inside, 60 % inside, 11.6 % inside
        geometry=[
            box(0, 0, 1000, 1000),
            box(4400, 0, 5400, 1000),
            box(4884, 2000, 5884, 3000),
        ],
        crs=CRS,
    )
    approvals = pd.DataFrame(
        {
            "site_id": ["PV-01", "PV-01", "PV-02", "PV-03"],
            "rule_id": ["A", "B", "A", "C"],
            "title_zh": "甲", "title_en": "a", "citation": "第一条", "source_step": "primary",
            "area_ha": [75.0, 10.0, 100.0, 1.0],
        }
    )  # fmt: skip
    areas = pd.DataFrame(
        {
            "tech": ["pv", "pv", "pv"],
            "zone": ["z", "z", ""],
            "zone_kind": ["zone", "zone", "county"],
            "state": ["left", "taken", "left"],
            "area_ha": [30.0, 70.0, 900.0],
        }
    )
    roofs = gpd.GeoDataFrame(
        {"kwp": [10.0, 20.0], "kwh_yr": [14_000.0, 28_000.0]},
        geometry=[box(10, 10, 20, 20), box(9000, 0, 9010, 10)],
        crs=CRS,
    )
    fit = {"afforest": gpd.GeoDataFrame(geometry=[box(500, 0, 1500, 1000)], crs=CRS)}
    return Results(plan, sites, areas, approvals, roofs, None, fit)


def test_a_site_counts_in_the_zone_that_holds_most_of_it(results) -> None:
    sheet = zone_sheet(results, place(box(0, 0, 5000, 3000)), None)
    assert [(s.site_id, s.held) for s in sheet.sites] == [
        ("PV-01", True),
        ("PV-02", True),
        ("PV-03", False),
    ]
    assert [s.zone_frac for s in sheet.sites] == pytest.approx([1.0, 0.6, 0.116])
    # 60 + 40 MW; a quarter of 60 is free of conditions; the grid takes 30 + 0
    assert sheet.capacity.with_approvals_mw == 100.0
    assert sheet.capacity.unconditional_mw == 15.0
    assert sheet.capacity.with_grid_mw == 30.0
    assert (sheet.pv_p50_mwh_yr, sheet.pv_p90_mwh_yr) == (180.0, 160.0)
    assert sheet.wind_p50_mwh_yr is None
    assert sheet.land_ha == {"pv": {"left": 30.0, "taken": 70.0}}
    # Ningxia asks for 10 % and 2 h
    assert (sheet.storage_mw, sheet.storage_mwh) == (10.0, 20.0)
    assert (sheet.roofs, sheet.roofs_kwp, sheet.roofs_mwh_yr) == (1, 10.0, 14.0)
    # half of PV-01 may be planted: 50 ha in the plane
    assert sheet.conflict_ha["afforest"] == pytest.approx(50.0, rel=2e-3)


def test_approvals_of_a_zone_are_those_of_the_sites_it_holds(results) -> None:
    table = zone_approvals(results, place(box(0, 0, 5000, 3000)))
    assert table[["rule_id", "sites", "area_ha"]].to_numpy().tolist() == [
        ["A", 2, 175.0],
        ["B", 1, 10.0],
    ]
    assert set(table["citation"]) == {"第一条"}


def with_wind_site(results: Results) -> Results:
    """Turbines of 30 MW on half of PV-01, on land half of which is free of conditions."""
    wind = gpd.GeoDataFrame(
        {
            "site_id": ["WIND-01"], "tech": "wind", "rank": 1, "area_ha": 50.0,
            "capacity_mw": 30.0, "unconditional_frac": 0.5, "conditional_rules": "A",
            "provisional": False, "grid_mw": 25.0, "station": "s3",
            "p50_mwh_yr": 60.0, "p90_mwh_yr": 50.0,
        },
        geometry=[box(0, 0, 500, 1000)],
        crs=CRS,
    )  # fmt: skip
    return replace(results, sites=pd.concat([results.sites, wind], ignore_index=True))


def test_a_sheet_has_both_kinds_and_their_sum(results) -> None:
    """PV 15 / 100 / 30 MW as above, wind 0.5 x 30 = 15 / 30 / 25: together 30 / 130 / 55.

    Ningxia asks for 10 % and 2 h beside new energy, wind as well as PV: 13 MW and 26 MWh.
    """
    sheet = zone_sheet(with_wind_site(results), place(box(0, 0, 5000, 3000)), None)

    def three(c):
        return c.unconditional_mw, c.with_approvals_mw, c.with_grid_mw

    assert three(sheet.capacity) == (15.0, 100.0, 30.0)
    assert three(sheet.wind) == (15.0, 30.0, 25.0)
    assert three(sheet.both) == (30.0, 130.0, 55.0)
    assert (sheet.wind_p50_mwh_yr, sheet.wind_p90_mwh_yr) == (60.0, 50.0)
    assert (sheet.storage_mw, sheet.storage_mwh) == (13.0, 26.0)
    words = dict(zone_facts(sheet, "en"))
    # the grid gives PV-01 to s4, not to the nearest, and has no room for PV-02
    assert words["substations of its PV sites"] == "s4"
    assert words["substations of its wind sites"] == "s3"
    assert words["wind capacity"].startswith(
        "unconditional 15.0 MW, with approvals 30.0 MW, with grid 25.0 MW"
    )
    assert "with approvals 130.0 MW" in words["PV and wind together"]
    # WIND-01 lies on the western half of PV-01: 500 x 1,000 m in the plane
    assert sheet.both.shared_ha == pytest.approx(50.0, rel=2e-3)
    assert sheet.wind.shared_ha == 0.0  # one kind shares nothing
    assert "PV and wind sites have 50.0 ha in common" in words["PV and wind together"]
    row = _row(sheet)
    assert row["wind_with_approvals_mw"] == 30.0
    assert row["both_with_grid_mw"] == 55.0


def test_where_the_grid_is_not_known_the_nearest_station_is_shown(results) -> None:
    sites = results.sites.assign(grid_mw=math.nan, station=math.nan)
    sheet = zone_sheet(replace(results, sites=sites), place(box(0, 0, 5000, 3000)), None)
    assert dict(zone_facts(sheet, "en"))["substations of its PV sites"] == "s1, s2"
    assert [s.route_length_m for s in sheet.sites] == [1000.0, 2000.0, None]
    given = zone_sheet(results, place(box(0, 0, 5000, 3000)), None)
    assert [s.route_length_m for s in given.sites] == [None, None, None]


def test_wind_sites_without_turbines_are_told(results) -> None:
    """Where the step of turbines did not run their capacity is not known, and is not 0."""
    r = with_wind_site(results)
    r = replace(r, sites=r.sites.assign(capacity_mw=[60.0, 40.0, 20.0, math.nan]))
    sheet = zone_sheet(r, place(box(0, 0, 5000, 3000)), None)
    words = dict(zone_facts(sheet, "en"))
    assert words["wind capacity"] == "not known: no turbines were placed on its 1 wind site"
    assert sheet.both.unknown_sites == 1


def test_turbines_of_a_wind_site_are_its_capacity(tmp_path, results) -> None:
    table = pd.DataFrame({"site_id": ["WIND-01"], "capacity_mw": [25.0]})
    (tmp_path / "steps" / "wind").mkdir(parents=True)
    table.to_parquet(tmp_path / "steps" / "wind" / "wind_sites.table.parquet")
    r = with_wind_site(results)
    bare = r.sites.assign(capacity_mw=[60.0, 40.0, 20.0, math.nan])
    assert with_wind(tmp_path, bare)["capacity_mw"].tolist() == [60.0, 40.0, 20.0, 25.0]
    assert with_wind(tmp_path / "none", bare) is bare


def test_land_no_site_has_is_told_beside_the_capacities(results) -> None:
    """350 ha left or conditional; sites have 100 + 60 + 11.6 ha of the zone."""
    areas = results.areas.assign(state=["left", "conditional", "left"], area_ha=[300, 50, 900])
    sheet = zone_sheet(replace(results, areas=areas), place(box(0, 0, 5000, 3000)), None)
    assert sheet.pv_no_site_ha == pytest.approx(350.0 - 171.6)
    words = dict(zone_facts(sheet, "en"))
    assert words["land that PV may use and that is in none of the run's sites "
                 "(not in the capacities above)"] == "178.4 ha"  # fmt: skip
    # grass and wetland were not screened
    assert sum("not screened" in w for w in words.values()) == 2


def test_land_that_only_touches_a_site_is_no_land_of_it(results) -> None:
    """Beside PV-01, and round a corner of it: an edge in common has no area.

    The second shape also covers 10 x 10 m of the site, 0.01 ha in the plane.
    """
    beside = box(1000, 0, 1500, 1000)
    corner = shapely.union(box(990, 990, 1500, 1200), box(1000, 0, 1500, 1000))
    for shape, ha in ((beside, 0.0), (corner, 0.01)):
        fit = {"grass": gpd.GeoDataFrame(geometry=[shape], crs=CRS)}
        sheet = zone_sheet(replace(results, fit=fit), place(box(0, 0, 1000, 1000)), None)
        assert sheet.conflict_ha["grass"] == pytest.approx(ha, rel=5e-3)


def test_what_two_sheets_hold_is_told_with_the_sites_both_count(results) -> None:
    """A park of 1,000 x 1,000 m in a zone that holds PV-01 (60 MW): 100 ha in the plane."""
    zone = place(box(0, 0, 5000, 3000))
    park = replace(zone, id="p", kind="park", title=Words(zh="园区", en="park"))
    within = replace(park, shape=box(0, 0, 1000, 1000))
    beside = replace(park, shape=box(2000, 3000, 3000, 4000))
    corner = replace(park, shape=box(1000, 2000, 1100, 3100))

    def told(other: Place) -> list[str]:
        sheets = [zone_sheet(results, p, None) for p in (zone, other)]
        return [w.text("en") for w in overlaps((zone, other), sheets, CRS)]

    (text,) = told(within)
    assert "PV-01" in text
    assert "60.0 MW" in text
    assert "PV-02" not in text
    assert "twice" in text
    assert told(beside) == []  # they share a line
    (text,) = told(corner)
    assert "10.0 ha" in text
    assert "MW" not in text


def test_a_zone_without_sites_has_no_yield(results) -> None:
    sheet = zone_sheet(results, place(box(7000, 0, 8000, 100)), None)
    assert sheet.sites == ()
    assert sheet.pv_p50_mwh_yr is None
    assert sheet.capacity.with_approvals_mw == 0.0


def test_places_are_the_zones_and_the_parks_of_the_plan(plan) -> None:
    found = places(plan)
    assert [p.id for p in found if p.kind == "zone"] == [z.id for z in plan.zones]
    parks = [p for p in found if p.kind == "park"]
    assert len(parks) == 3  # of the sample county
    # a park has its English name where the layer gives one
    assert parks[0].id == "宁夏精细化工基地（红崖子园区，位置示意）"
    assert parks[0].title("zh") == parks[0].id
    assert (
        parks[0].title("en") == "Ningxia fine chemicals base (Hongyazi park, indicative place)"
    )
    assert all(p.area_m2 > 0 for p in found)


def test_a_year_is_that_of_the_official_clock() -> None:
    # 4 UTC is noon in Beijing; the leap day is left out
    index = pd.date_range("2020-01-01", periods=8784, freq="h", tz="UTC")
    noon = pd.Series((index.hour == 4).astype(float), index=index)
    year = _year_of(noon)
    assert len(year) == 8760
    assert np.flatnonzero(year[:48] > 0.5).tolist() == [12, 36]
    assert year.sum() == pytest.approx(365.0)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("load_kw\n" + "1\n" * 8759, "8,760 hours"),
        ("kw\n" + "1\n" * 8760, "no column load_kw"),
        ("\x00\x01", "load curve"),
        ("load_kw\n" + "1\n" * 9 + "-1\n" + "1\n" * 8750, "hour 10: -1"),
        ("load_kw\n1\n1\nabc\n" + "1\n" * 8757, "hour 3: abc"),
        ("load_kw,x\n" + "1,1\n" * 5 + ",1\n" + "1,1\n" * 8754, "hour 6"),
        ("load_kw\ninf\n" + "1\n" * 8759, "hour 1: inf"),
    ],
)
def test_a_load_that_is_no_year_is_refused(tmp_path, rows: str, words: str) -> None:
    from gis.errors import GeoplanError

    path = tmp_path / "load.csv"
    path.write_text(rows, "utf-8")
    plan = sample_plan("tiny").model_copy(
        update={"base": tmp_path, "path": tmp_path / "p.toml"}
    )
    with pytest.raises(GeoplanError) as err:
        read_load(plan, ParkBalanceSection(zone="gaoren", load_path="load.csv"))
    assert "load.csv" in err.value.text("en")
    assert words in err.value.text("en")


@pytest.mark.slow
def test_the_balance_of_a_park_closes_over_the_year(tmp_path, plan) -> None:
    from layers.sample import on_sample

    load = 5_000.0 + 2_000.0 * np.sin(np.arange(8760) / 24 * 2 * np.pi)
    base = on_sample(plan).base
    target = tmp_path / "load.csv"
    pd.DataFrame({"load_kw": load}).to_csv(target, index=False)
    own = plan.model_copy(update={"path": tmp_path / "plan.toml"})
    section = ParkBalanceSection(
        zone="gaoren", load_path=str(target), ground_mw=10.0, storage_mw=2.0,
        storage_mwh=4.0, round_trip_frac=0.85,
    )  # fmt: skip
    assert base.exists()
    (gaoren,) = [p for p in places(plan) if p.id == "gaoren"]
    found, hours, why = park_balance(own, section, gaoren, None)
    assert why is None
    assert found.closure <= 1e-9
    assert len(hours) == 8760
    assert found.load_mwh == pytest.approx(load.sum() / 1e3)
    # a year of PV here gives 1,500 to 2,100 h of its AC power
    assert 1500.0 < found.ground_mwh / 10.0 < 2100.0
    assert found.direct_mwh + found.charged_mwh + found.sent_mwh == pytest.approx(
        found.ground_mwh
    )
    assert found.direct_mwh + found.discharged_mwh + found.bought_mwh == pytest.approx(
        found.load_mwh
    )


def test_a_balance_of_no_zone_is_refused(tmp_path, plan, monkeypatch) -> None:
    section = ParkSection(balance=(ParkBalanceSection(zone="nowhere", load_path="x.csv"),))
    own = plan.model_copy(update={"sections": {**plan.sections, "park": section}})
    monkeypatch.setattr(
        "siting.zones.step_zones.results", lambda *_: SimpleNamespace(roofs=None)
    )
    with pytest.raises(ConfigError) as err:
        zones_step(own, tmp_path, lambda *_: None)
    (fault,) = err.value.faults
    assert fault.got == "nowhere"
    assert "gaoren" in fault.expected


def test_a_balance_of_no_zone_is_refused_before_anything_is_computed(plan) -> None:
    """By the doctor and a run; a second balance of one zone is none, one of a park is."""

    def asked(base, *zones: str):
        rows = tuple(ParkBalanceSection(zone=z, load_path="l.csv") for z in zones)
        return base.model_copy(
            update={"sections": {**base.sections, "park": ParkSection(balance=rows)}}
        )

    park = next(p.id for p in places(plan) if p.kind == "park")
    faults = zone_faults(asked(plan, "nowhere", "gaoren", park, "gaoren"))
    assert [f.got for f in faults] == ["nowhere", "gaoren"]
    assert all(name in faults[0].expected for name in ("gaoren", park))
    with pytest.raises(ConfigError) as err:
        require_asked(asked(plan, "nowhere"), ("zones",))
    assert err.value.exit_code == 2
    require_asked(asked(plan, "nowhere"), ("screen",))
    # when a plan is read its layers are not: a park that is not there is told where none is
    assert zone_faults(asked(plan, "nowhere"), read=False) == []
    layers = {k: v for k, v in plan.layers.items() if k != "industrial_park"}
    bare = plan.model_copy(update={"layers": layers})
    assert [f.got for f in zone_faults(asked(bare, park), read=False)] == [park]


def test_a_load_that_is_no_year_is_a_fault_before_the_run(tmp_path, plan) -> None:
    (tmp_path / "load.csv").write_text("load_kw\n" + "1\n" * 8759, "utf-8")
    section = ParkSection(balance=(ParkBalanceSection(zone="gaoren", load_path="load.csv"),))
    own = plan.model_copy(
        update={
            "sections": {**plan.sections, "park": section},
            "path": tmp_path / "p.toml",
            "base": tmp_path,
        }
    )
    (fault,) = load_faults(own)
    assert "8,760" in fault.text("en")
    with pytest.raises(DataError, match="8,760"):
        require_asked(own, ("zones",))


@pytest.mark.parametrize(
    "given",
    [{"storage_mw": 2.0}, {"storage_mwh": 4.0}, {"storage_mw": 2.0, "storage_mwh": 4.0}],
)
def test_half_a_battery_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"storage|battery"):
        ParkBalanceSection(zone="z", load_path="x.csv", **given)


def test_the_area_of_a_zone_is_that_of_its_cells_and_of_its_parcels(plan):
    """Each cell of the ellipsoid times its share inside, summed: an outline has edges
    of kilometres, which the formula of area alone takes as another line (1e-5 of the zone)."""
    from gis.cells.cell_area import cell_area_m2
    from gis.cells.coverage import coverage
    from gis.cells.ragged import ragged
    from layers.open.county import plan_grid_of
    from siting.zones.sheet import zone_land

    grid, found = plan_grid_of(plan), places(plan)
    cell_m2 = cell_area_m2(grid)
    land = zone_land(plan, found).groupby("zone")["area_m2"].sum()
    for p in found:
        cells = float((coverage(ragged([p.shape]), grid) * cell_m2).sum())
        assert p.area_m2 == pytest.approx(cells, rel=1e-9), p.id
        assert land[p.id] == pytest.approx(cells, rel=1e-9), p.id


def test_a_zone_of_a_file_ends_at_the_border(plan, tmp_path):
    """A box round the north of the county: what lies beyond is no land of the zone."""
    from layers.open.county import county_boundary, zone_shapes
    from layers.plan.model import Zone

    county = county_boundary(plan)
    x0, y0, x1, y1 = county.bounds
    north = shapely.box(x0 - 9e3, (y0 + y1) / 2, x1 + 9e3, y1 + 9e3)
    gpd.GeoDataFrame(geometry=[north], crs=CRS).to_file(tmp_path / "zone.gpkg")
    zone = Zone.model_validate(
        {"id": "n", "title": "北", "path": str(tmp_path / "zone.gpkg"), "status": "official"}
    )
    (shape,) = zone_shapes(plan.model_copy(update={"zones": (zone,)}))
    assert shape.area == pytest.approx(shapely.intersection(north, county).area, rel=1e-12)
    assert shape.area < 0.8 * north.area


def test_the_sample_park_is_balanced(plan):
    """One park of the sample has a load, of a curve that says it is synthetic."""
    (section,) = plan.section(ParkSection).balance
    assert section.zone in {p.id for p in places(plan)}
    load = read_load(plan, section)
    assert len(load) == 8760
    table = pd.read_csv(plan.base / section.load_path)
    assert table["synthetic"].all()
