"""Each kind of finding with its places: parcels are boxes on the map, known by hand."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.doctor import diagnose
from gis.cells.area import polygon_area_m2
from layers.doctor.age import age_findings, day_of
from layers.doctor.cover import county_gaps
from layers.doctor.finding import limits
from tests.layers.open.test_open import X, Y, plan_of  # noqa: F401 - a fixture

SIDE = 500.0


def lattice():
    """400 parcels of 500 m that fill the county of 10 km, TBMJ to 0.01 m2."""
    shapes = [
        shapely.box(X + SIDE * i, Y + SIDE * j, X + SIDE * (i + 1), Y + SIDE * (j + 1))
        for j in range(20)
        for i in range(20)
    ]
    area = np.round(polygon_area_m2(shapes, "EPSG:4544"), 2)
    n = len(shapes)
    return gpd.GeoDataFrame(
        {
            "BSM": [f"b{i:03d}" for i in range(n)],
            "DLBM": ["0102"] * n,
            "DLMC": ["水浇地"] * n,
            "TBMJ": area,
            "KCXS": 0.1,
        },
        geometry=shapes,
        crs="EPSG:4544",
    )


@pytest.fixture
def findings(plan_of, tmp_path):  # noqa: F811
    """Findings of parcels by code."""

    def found(table, more="", name="d.gpkg"):
        table.to_file(tmp_path / name)
        plan = plan_of(f'[layers.land_parcels]\npath = "{name}"\ndate = "2025"\n{more}')
        return plan, {f.code: f for f in diagnose(plan).findings}

    return found


def test_the_faults_of_an_ordinary_survey_are_each_there_by_bsm_and_place(findings):
    """5 twice, 30 missing, one moved 30 m, TBMJ doubled on 10, negative on 10, KCXS on 3."""
    import pandas as pd

    table = lattice()
    gone = list(range(100, 130))  # a row and a half: 30 parcels of 25 ha
    table.loc[200, "geometry"] = table.translate(30)[200]
    table.loc[210:219, "TBMJ"] *= 2
    table.loc[230:239, "TBMJ"] *= -1
    table.loc[250:252, "KCXS"] = 3.0
    twice = table.iloc[:5]
    table = pd.concat([table.drop(index=gone), twice], ignore_index=True)
    _, found = findings(table)

    def bsm(code):
        return {s.feature for s in found[code].spots}

    assert bsm("parcels_doubled") == {f"b{i:03d}" for i in range(5)}
    assert bsm("parcels_area_differs") == {f"b{i:03d}" for i in range(210, 220)}
    assert bsm("parcels_negative") == {f"b{i:03d}" for i in range(230, 240)}
    assert bsm("parcels_kcxs") == {"b250", "b251", "b252"}
    # moved east by 30 m: 30 m x 500 m are shared with the neighbour, as much is left open
    (over,) = found["parcels_overlap"].spots
    assert "b200" in over.feature
    assert shapely.area(over.shape) == pytest.approx(30 * 500)
    gaps = found["covers_part"].spots
    assert sorted(round(s.shape.area) for s in gaps) == [30 * 500, 30 * 500 * 500]
    assert gaps[0].shape.equals(shapely.union_all([lattice().geometry[i] for i in gone]))
    assert all(f.todo for f in found.values() if f.severity != "note")
    # the land that is meant stands in what is blocked, and the rules that read the layer
    assert found["covers_part"].blocks.area_km2 == pytest.approx(7.515, rel=1e-3)
    assert len(found["covers_part"].blocks.rules) > 20
    assert "carbon" in found["covers_part"].blocks.steps


def test_areas_are_listed_worst_first(findings):
    table = lattice()
    table.loc[3, "TBMJ"] *= 1.5
    table.loc[7, "TBMJ"] *= 4
    table.loc[9, "TBMJ"] *= 2
    _, found = findings(table)
    assert [s.feature for s in found["parcels_area_differs"].spots] == ["b007", "b009", "b003"]


def test_a_sound_county_has_notes_only(findings):
    _, found = findings(lattice())
    mine = {f.code: f.severity for f in found.values() if f.layer == "land_parcels"}
    assert mine == {"coverage": "note"}
    assert found["coverage"].spots == ()


def test_a_bow_tie_is_shown_where_it_crosses(findings):
    table = lattice()
    a = X + 500 * 20  # beside the county, so that no other parcel is touched
    tie = shapely.Polygon([(a, Y), (a + 200, Y + 200), (a + 200, Y), (a, Y + 200)])
    table.loc[len(table)] = ["tie", "0102", "水浇地", 20_000.0, 0.1, tie]
    _, found = findings(table)
    (spot,) = found["repaired"].spots
    assert spot.feature == "tie"
    assert shapely.get_coordinates(spot.shape).tolist() == [[a + 100, Y + 100]]


def test_codes_nobody_knows_are_counted_by_value_and_area(findings):
    table = lattice()
    table.loc[[5, 6], "DLBM"] = "9999"
    table.loc[[8], "DLBM"] = ""
    _, found = findings(table)
    own = found["values_not_understood"]
    assert own.severity == "error"
    assert {s.feature for s in own.spots} == {"b005", "b006", "b008"}
    # 3 of 400 parcels of one size, to the scale of the map over 10 km
    assert "0.75 % by area" in own.text("en")
    two = polygon_area_m2(lattice().geometry.to_numpy()[5:7], "EPSG:4544").sum() / 1e4
    assert f"“9999”: 2 ({two:.2f} ha)" in own.text("en")
    assert "按面积占 0.75%" in own.text("zh")


def test_a_lattice_in_gcj02_is_shown(findings):
    from gis.crs.gcj02 import wgs84_to_gcj02

    table = lattice().to_crs(4490)
    table["geometry"] = shapely.transform(
        table.geometry.to_numpy(),
        lambda p: np.column_stack(wgs84_to_gcj02(p[:, 0], p[:, 1])),
    )
    _, found = findings(table)
    # told once, by whichever of the two looks saw it
    (code,) = {"layer_shifted", "layer_gcj02"} & set(found)
    assert "GCJ-02" in found[code].text("en")
    assert found[code].spots


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("2025", None),
        ("2023-12-31", "old"),
        ("2027", "date_later"),
        ("soon", "date_unreadable"),
    ],
)
def test_age_by_the_plan_day(plan_of, tmp_path, given, code):  # noqa: F811
    """As of 2026-01-01: parcels may be two years old (limits.toml)."""
    assert limits("age")["layers"]["land_parcels"] == 2.0
    lattice().iloc[:1].to_file(tmp_path / "d.gpkg")
    plan = plan_of(f'[layers.land_parcels]\npath = "d.gpkg"\ndate = "{given}"\n')
    assert [f.code for f in age_findings(plan)] == ([code] if code else [])


def test_a_date_is_the_last_day_it_can_mean():
    assert day_of("2024年2月") == date(2024, 2, 29)
    assert day_of("2024") == date(2024, 12, 31)
    assert day_of("2024-13") is None
    assert day_of("1991—2020年") == date(2020, 12, 31)
    assert day_of("2019-2020-06") == date(2020, 6, 30)


def test_share_and_gaps_of_a_half(plan_of, tmp_path):  # noqa: F811
    lattice().iloc[:200].to_file(tmp_path / "d.gpkg")
    plan = plan_of('[layers.land_parcels]\npath = "d.gpkg"\n')
    share, (gap,) = county_gaps(plan, "land_parcels")
    assert share == pytest.approx(0.5, abs=1e-9)
    assert gap.shape.bounds == (X, Y + 5000, X + 1e4, Y + 1e4)


def test_machines_that_cannot_be(plan_of, tmp_path):  # noqa: F811
    points = [(X + 100, Y + 100), (X + 105, Y + 100), (X + 3000, Y + 100), (X - 900, Y)]
    gpd.GeoDataFrame(
        {
            "JWH": ["A1", "A2", "A3", "A4"],
            "RL_KW": [1500.0, 1500.0, 3.3, 3300.0],  # A3 in MW
            "LGGD": [70.0, 70.0, None, 100.0],
            "YLZJ": [82.0, 82.0, 155.0, 155.0],
        },
        geometry=[shapely.Point(p) for p in points],
        crs="EPSG:4544",
    ).to_file(tmp_path / "t.gpkg")
    plan = plan_of('[layers.turbines]\npath = "t.gpkg"\n')
    found = {
        f.code: [s.feature for s in f.spots]
        for f in diagnose(plan).findings
        if f.layer == "turbines"
    }
    assert found["turbine_twice"] == ["A2"]
    assert found["turbine_outside"] == ["A4"]
    assert found["turbine_rated_odd"] == ["A3"]
    assert found["turbine_hub_missing"] == ["A3"]
    assert "turbine_rotor_missing" not in found


@pytest.mark.slow
def test_a_layer_in_another_zone_is_an_error_with_its_box(findings):
    """Numbers of the zone of 108 E (EPSG:4545) declared to be of 105 E: 260 km to the west."""
    table = lattice().to_crs("EPSG:4545").set_crs("EPSG:4544", allow_override=True)
    _, found = findings(table)
    own = found["layer_lies_elsewhere"]
    assert own.severity == "error"
    assert "EPSG:4545" in own.text("en")
    (box,) = own.spots
    assert box.shape.bounds[2] < X - 200_000


def test_values_nobody_understands_hide_nothing_else(findings):
    """Code, word and number that are refused, a bow tie, a BSM twice: all told at one look."""
    table = lattice().assign(QSXZ="20")
    table["KCXS"] = table["KCXS"].astype(object)
    table.loc[[5, 6], "DLBM"] = ["9999", None]
    table.loc[7, "QSXZ"] = "部队"
    table.loc[8, "KCXS"] = "无"
    table.loc[31, "BSM"] = "b030"
    a = X + 500 * 20
    tie = shapely.Polygon([(a, Y), (a + 200, Y + 200), (a + 200, Y), (a, Y + 200)])
    table.loc[len(table)] = ["tie", "0102", "水浇地", 20_000.0, "0.1", tie, "20"]
    plan, _ = findings(table)
    found = [f for f in diagnose(plan).findings if f.layer == "land_parcels"]
    by = {f.code: f for f in found}
    errors = [f for f in found if f.severity == "error"]
    # each once: what counts the values is told in place of what refuses them
    assert sorted(f.code for f in errors) == [
        "field_holds_text_where_number",
        "values_not_understood",
        "values_not_understood",
    ]
    assert {s.feature for f in errors for s in f.spots} == {"b005", "b006", "b007"}
    assert [s.feature for s in by["repaired"].spots] == ["tie"]
    assert {s.feature for s in by["parcels_id_twice"].spots} == {"b030"}
    assert "class_unknown" not in by


def test_codes_of_another_survey_are_told_as_such_and_once(findings):
    table = lattice()
    table.loc[[5, 6], "DLBM"] = ["013", "101"]
    _, found = findings(table)
    assert "codes_not" not in found
    assert "second land survey" in found["values_not_understood"].todo("en")
