"""Acceptance of land-survey parcels: each kind of fault by BSM and place, and the run goes on.

Parcels are boxes on the map, so their shared land is known by hand; areas are ellipsoidal, k2
of the map at the place being 1.0005 or nearer to 1.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoplan.doctor import diagnose
from geoplan.plan_file import load_plan
from gis.cells.area import polygon_area_m2
from gis.errors import DataError
from layers.open import parcel_outlines
from layers.open.acceptance import parcel_faults
from layers.open.parcel_outlines import (
    counted_once,
    inside_county,
    layer_counted_once,
    layer_outlines,
    overlaps,
)
from layers.open.plan_layers import layer_report, open_features
from layers.open.read_layer import key_of
from tests.layers.open.test_open import X, Y, plan_of  # noqa: F401 - a fixture

A = shapely.box(X, Y, X + 2000, Y + 2000)
B = shapely.box(X + 2000, Y, X + 4000, Y + 2000)
C = shapely.box(X + 4000, Y, X + 6000, Y + 2000)


def table(shapes, **columns):
    n = len(shapes)
    given = {"BSM": [f"b{i}" for i in range(n)], "DLBM": ["0102"] * n, "DLMC": ["水浇地"] * n}
    return gpd.GeoDataFrame(given | columns, geometry=list(shapes), crs="EPSG:4544")


@pytest.fixture
def faults_of(plan_of, tmp_path):  # noqa: F811
    """Faults of parcels: the layer of them by kind, and the warnings by code."""

    def found(parcels):
        parcels.to_file(tmp_path / "d.gpkg")
        plan = plan_of('[layers.land_parcels]\npath = "d.gpkg"\n')
        layer = parcel_faults(plan)
        report = layer_report(plan, "land_parcels")
        said = {w.code: w.text("en") for w in report.warnings}
        return plan, layer, said

    return found


def test_sound_parcels_have_no_fault(faults_of):
    _, layer, said = faults_of(table([A, B, C]))
    assert len(layer) == 0
    assert not [c for c in said if c.startswith("parcels_")]


def test_a_vertex_more_on_one_side_is_no_fault(faults_of):
    """T-junctions are in every survey; quick operations on coverages crash on them."""
    b = shapely.Polygon(
        [
            (X + 2000, Y),
            (X + 4000, Y),
            (X + 4000, Y + 2000),
            (X + 2000, Y + 2000),
            (X + 2000, Y + 1234.5),
        ]
    )
    assert not shapely.coverage_is_valid(np.array([A, b], dtype=object))
    _, layer, _ = faults_of(table([A, b]))
    assert len(layer) == 0


def test_a_parcel_twice_is_told_with_its_land_and_counts_once(faults_of):
    plan, layer, said = faults_of(table([A, B, A], BSM=["1", "2", "1"]))
    row = layer[layer["fault"] == "doubled"].iloc[0]
    assert (row["bsm"], row["other_bsm"]) == ("1", "1")
    true = float(polygon_area_m2([A], "EPSG:4544")[0])
    assert row["area_m2"] == pytest.approx(true, rel=1e-9)
    assert row.geometry.equals(A)
    assert said["parcels_doubled"].startswith(f"1 parcel lies on another, {true / 1e4:,.2f} ha")
    once = counted_once(np.asarray(open_features(plan, "land_parcels").geometry))
    assert shapely.area(once).sum() == pytest.approx(2 * A.area)


def test_land_of_two_parcels_counts_with_one_whatever_their_order():
    """The smaller keeps it; of one place drawn twice the first in words does."""
    big, small = shapely.box(0, 0, 100, 100), shapely.box(90, 0, 130, 100)
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        shapes = np.array([big, small, small], dtype=object)[order]
        words = np.array(["0301", "0305", "0404"])[order]
        once = counted_once(shapes, words=lambda r, w=words: w[r])
        held = dict(zip(words, shapely.area(once).tolist(), strict=True))
        assert held == {"0301": 9_000.0, "0305": 4_000.0, "0404": 0.0}


def test_a_layer_is_counted_once_as_its_shapes_are_and_looked_at_once(faults_of, monkeypatch):
    """A twice, and a county that ends in the middle of B."""
    plan, _, _ = faults_of(table([A, B, A]))
    shapes = np.asarray(open_features(plan, "land_parcels").geometry)
    county = shapely.box(X, Y, X + 3000, Y + 2000)
    want = inside_county(shapes, county)
    looked = []
    real = parcel_outlines.overlaps
    monkeypatch.setattr(
        parcel_outlines, "overlaps", lambda *a, **k: looked.append(1) or real(*a, **k)
    )
    key = key_of(plan, "land_parcels")
    for _ in range(2):
        inside, once = layer_counted_once(key, county, least_m2=1.0)
        assert [g.wkb for g in inside] == [g.wkb for g in want]
        assert shapely.area(once[:2]).tolist() == shapely.area(want[:2]).tolist()
        assert shapely.area(once[2]) == 0.0
        once[:] = None  # the arrays are the caller's own
    assert looked == [1]


def test_one_bsm_of_two_outlines_is_told(faults_of):
    """A and C carry b7; B and a row without a BSM are named by nobody else."""
    d = shapely.box(X + 6000, Y, X + 8000, Y + 2000)
    _, layer, said = faults_of(table([A, B, C, d], BSM=["b7", "b8", " b7", None]))
    twice = layer[layer["fault"] == "id_twice"]
    assert [g.equals(s) for g, s in zip(twice.geometry, [A, C], strict=True)] == [True, True]
    assert list(twice["got"]) == [2.0, 2.0]
    assert said["parcels_id_twice"].startswith("2 parcels share their BSM")
    _, layer, said = faults_of(table([A, B, A], BSM=["1", "2", "1"]))
    assert "parcels_id_twice" not in said  # the same outline: doubled, told above


def test_overlaps_and_wedges_by_their_width(faults_of):
    wide = shapely.box(X + 1990, Y, X + 4000, Y + 2000)
    _, layer, _ = faults_of(table([A, wide]))
    (row,) = layer.to_dict("records")
    # 10 m x 2,000 m; the scale of the map squared is within 6e-4 of 1
    assert row["fault"] == "overlap"
    assert row["area_m2"] == pytest.approx(20_000.0, rel=6e-4)
    thin = shapely.Polygon(
        [(X + 2000, Y), (X + 4000, Y), (X + 4000, Y + 2000), (X + 1999.5, Y + 2000)]
    )
    _, layer, said = faults_of(table([A, thin]))
    (row,) = layer.to_dict("records")
    assert row["fault"] == "wedge"
    assert row["area_m2"] == pytest.approx(500.0, rel=6e-4)  # half of 0.5 m x 2,000 m
    assert "b0/b1" in said["parcels_wedge"]


def test_a_millimetre_is_neither_overlap_nor_gap(faults_of):
    near = shapely.box(X + 2000.0004, Y, X + 4000, Y + 2000)
    over = shapely.box(X + 3999.9996, Y, X + 6000, Y + 2000)
    _, layer, _ = faults_of(table([A, near, over]))
    assert len(layer) == 0


def test_gaps_between_parcels_are_told_with_a_neighbour(faults_of):
    outer = shapely.box(X, Y, X + 6000, Y + 6000)
    hole = shapely.box(X + 1000, Y + 1000, X + 1100, Y + 1050)
    slit = shapely.box(X + 3000, Y + 3000, X + 5000, Y + 3000.5)
    _, layer, said = faults_of(table([outer.difference(hole).difference(slit)]))
    by = layer.set_index("fault")
    assert by.loc["gap", "area_m2"] == pytest.approx(5_000.0, rel=6e-4)
    assert by.loc["gap", "bsm"] == "b0"
    assert by.loc["wedge_gap", "area_m2"] == pytest.approx(1_000.0, rel=6e-4)
    assert by.loc["gap"].geometry.equals(hole)
    assert "b0" in said["parcels_gap"]


def test_several_parts_and_no_geometry(faults_of):
    parcels = table([shapely.MultiPolygon([A, C]), B, None])
    _, layer, said = faults_of(parcels)
    assert layer["fault"].tolist() == ["multi_part"]
    assert layer["got"].tolist() == [2.0]
    assert "1 row has no geometry" in said["no_geometry"]
    assert "b2" in said["no_geometry"]


def true_area(shape):
    return float(polygon_area_m2([shape], "EPSG:4544")[0])


def test_areas_of_the_table_against_the_ellipsoid(faults_of):
    true = [true_area(g) for g in (A, B, C)]
    # the second in 亩 (1 mu = 10,000 / 15 m2), the third plane: off by the square of the scale
    parcels = table([A, B, C], TBMJ=[true[0] + 0.5, true[1] / (10_000 / 15), C.area])
    _, layer, said = faults_of(parcels)
    wrong = layer[layer["fault"] == "area_differs"].set_index("bsm")
    assert wrong.index.tolist() == ["b1", "b2"]
    assert wrong.loc["b2", "expected"] == pytest.approx(true[2])
    assert wrong.loc["b2", "got"] == C.area
    assert "b1, b2" in said["parcels_area_differs"]


def test_net_area_share_and_negative_areas(faults_of):
    true = [true_area(g) for g in (A, B, C)]
    parcels = table(
        [A, B, C],
        TBMJ=[true[0], true[1], -5.0],
        KCMJ=[0.1 * true[0], 0.0, 0.0],
        TBDLMJ=[0.8 * true[0], true[1], 1.0],
        KCXS=[0.1, 12.5, -0.2],
    )
    _, layer, _ = faults_of(parcels)
    by = {k: g["bsm"].tolist() for k, g in layer.groupby("fault")}
    assert by == {"net_differs": ["b0"], "kcxs": ["b1", "b2"], "negative": ["b2"]}


def test_a_few_wrong_names_are_listed_and_the_layer_is_read(faults_of):
    shapes = [shapely.box(X + 100 * i, Y, X + 100 * i + 100, Y + 100) for i in range(40)]
    names = ["水浇地"] * 39 + ["旱地"]
    _, layer, said = faults_of(table(shapes, DLMC=names))
    assert layer["fault"].tolist() == ["name_differs"]
    assert layer["bsm"].tolist() == ["b39"]
    assert "code 0102 is 水浇地, but its name says 旱地" in layer["text_en"].iloc[0]
    assert "parcels_name_differs" in said


def test_names_of_many_parcels_are_another_list(faults_of):
    with pytest.raises(DataError, match="0102 is 水浇地 here"):
        faults_of(table([A, B, C], DLMC=["水浇地", "旱地", "旱地"]))


def test_codes_of_two_lists_without_a_name_are_told_with_their_land(faults_of):
    parcels = table([A, B, C], DLBM=["1202", "1201", "0102"], DLMC=["设施农用地", None, None])
    _, layer, said = faults_of(parcels)
    assert layer["bsm"].tolist() == ["b1"]
    assert "空闲地" in layer["text_zh"].iloc[0]
    assert "铁路用地" in layer["text_zh"].iloc[0]
    assert f"({true_area(B) / 1e4:,.2f} ha)" in said["parcels_two_lists"]


@pytest.mark.parametrize("also", ["", ', dlmc = "图斑名称"'])
@pytest.mark.parametrize(
    ("held", "told"),
    [
        (["空闲地", "空闲地", "水浇地(一)"], []),
        (["空闲地", "1201", "水浇地(一)"], ["b0", "b1"]),
    ],
)
def test_a_code_that_comes_from_its_name_needs_no_other(plan_of, tmp_path, also, held, told):  # noqa: F811
    """1201 is in two lists; the plan gives it to a name. As a bare code it stays open."""
    parcels = table([A, B, C]).drop(columns=["DLBM", "DLMC"]).assign(图斑名称=held)
    parcels.to_file(tmp_path / "d.gpkg")
    plan = plan_of(
        '[layers.land_parcels]\npath = "d.gpkg"\n'
        f'fields = {{ dlbm = "图斑名称"{also} }}\n'
        'values.dlbm = { "空闲地" = "1201", "水浇地(一)" = "0102" }\n'
    )
    assert open_features(plan, "land_parcels")["dlbm"].tolist() == ["1201", "1201", "0102"]
    assert parcel_faults(plan)["bsm"].tolist() == told
    said = {w.code for w in layer_report(plan, "land_parcels").warnings}
    assert ("parcels_two_lists" in said) == bool(told)


def test_doctor_says_it(faults_of):
    plan, _, _ = faults_of(table([A, B, A]))
    (state,) = [s for s in diagnose(plan).layers if s.layer == "land_parcels"]
    assert "parcels_doubled" in {w.code for w in state.warnings}


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(2, 9), st.integers(2, 9)),
        min_size=1,
        max_size=8,
    )
)
def test_land_counted_once_is_the_union(boxes):
    shapes = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes], dtype=object)
    once = counted_once(shapes, least_m2=0.0)
    assert shapely.area(once).sum() == pytest.approx(shapely.union_all(shapes).area, abs=1e-9)
    assert overlaps(once, least_m2=1e-6) == []


def _grid(side, n=6):
    return [
        shapely.box(x, y, x + side, y + side)
        for x in range(0, n * side, side)
        for y in range(0, n * side, side)
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 4), st.integers(0, 4), st.integers(1, 3), st.integers(1, 3),
            st.sampled_from(["whole", "tiles", "finer", "inside"]),
        ),
        max_size=3,
    )
)  # fmt: skip
def test_what_is_drawn_over_a_clean_coverage_counts_once(drawn):
    """Edges of the coverage below all match; what is drawn over it shares its land."""
    more = []
    for x, y, w, h, how in drawn:
        left, low, right, top = 10 * x, 10 * y, 10 * (x + w), 10 * (y + h)
        if how == "whole":
            more.append(shapely.box(left, low, right, top))
        elif how == "inside":
            more.append(shapely.box(left + 2, low + 2, right - 2, top - 2))
        else:
            step = 10 if how == "tiles" else 5
            more += [
                shapely.box(a, b, a + step, b + step)
                for a in range(left, right, step)
                for b in range(low, top, step)
            ]
    shapes = np.array([*_grid(10), *more], dtype=object)
    pairs = {(i, j) for i, j, _ in overlaps(shapes, least_m2=1e-6)}
    i, j = np.triu_indices(len(shapes), 1)
    share = shapely.area(shapely.intersection(shapes[i], shapes[j])) > 1e-6
    assert pairs == set(zip(i[share].tolist(), j[share].tolist(), strict=True))
    once = counted_once(shapes, least_m2=0.0)
    assert shapely.area(once).sum() == pytest.approx(shapely.union_all(shapes).area, abs=1e-6)


def test_an_island_drawn_over_parcels_is_told_and_not_counted_twice(faults_of):
    """300 m x 300 m in the middle of nine parcels whose edges match: 9 ha."""
    cells = [shapely.box(X + x, Y + y, X + x + 1000, Y + y + 1000) for x, y in _NINE]
    island = shapely.box(X + 1300, Y + 1300, X + 1600, Y + 1600)
    plan, layer, said = faults_of(table([*cells, island]))
    (row,) = layer.to_dict("records")
    assert row["fault"] == "overlap"
    assert row["area_m2"] == pytest.approx(90_000.0, rel=6e-4)
    assert "parcels_overlap" in said
    pairs, union = layer_outlines(key_of(plan, "land_parcels"))
    assert [(i, j) for i, j, _ in pairs] == [(4, 9)]
    assert union.area == pytest.approx(9e6)


_NINE = [(x, y) for x in (0, 1000, 2000) for y in (0, 1000, 2000)]


# ---------------------------------------------------------------- cases kept beside


def case(shared, name):
    (path,) = (shared / "cases" / name).glob("*/plan.toml")
    plan = load_plan(path)
    report = layer_report(plan, "land_parcels")
    return plan, {w.code: w.text("en") for w in report.warnings}


def test_case_of_a_t_junction(shared):
    plan, said = case(shared, "b01")
    assert len(open_features(plan, "land_parcels")) == 2
    assert not [c for c in said if c.startswith("parcels_")]


def test_case_of_a_row_twice(shared):
    from layers.open.county import county_boundary
    from siting.check.shares import class_table

    plan, said = case(shared, "b02")
    assert said["parcels_doubled"].startswith("1 parcel lies on another, 399.79 ha")
    classes = class_table(plan, county_boundary(plan))
    assert isinstance(classes, pd.DataFrame)
    # 1,600.0 ha on the map over the square of its scale, 1.00051
    assert classes["area_ha"].sum() == pytest.approx(1600.0 / 1.00051, rel=2e-5)
    assert classes.set_index("dlbm").loc["0301", "area_ha"] == pytest.approx(399.79, abs=0.01)


def test_case_of_codes_of_2023_without_names(shared):
    _, said = case(shared, "b30")
    assert (
        "mean something else in the land-and-sea-use list of 2023" in said["parcels_two_lists"]
    )
    assert said["parcels_two_lists"].startswith("4 parcels")


@pytest.mark.parametrize(
    ("island", "shared"),
    [
        (shapely.box(12, 12, 18, 18), [36.0]),  # in one parcel
        (shapely.box(15, 12, 25, 18), [30.0, 30.0]),  # on two
        # on all sixteen: 5 + 10 + 10 + 3 wide, likewise high
        (shapely.box(5, 5, 33, 33), [a * b for a in (5, 10, 10, 3) for b in (5, 10, 10, 3)]),
    ],
)
def test_an_island_drawn_over_parcels_that_match_all_around_counts_once(island, shared):
    """Sixteen boxes of 100 m2 are 1600 m2 of land, whatever is drawn over them."""
    grid = [
        shapely.box(x, y, x + 10, y + 10) for x in range(0, 40, 10) for y in range(0, 40, 10)
    ]
    shapes = np.array([*grid, island])
    assert sorted(p.area for _, _, p in overlaps(shapes)) == sorted(shared)
    assert all(j == 16 for _, j, _ in overlaps(shapes))
    once = counted_once(shapes)
    assert sum(g.area for g in once) == pytest.approx(1600.0, abs=1e-9)
    # the smaller one keeps the land
    kept = island.area if island.area < 100 else island.area - sum(shared)
    assert once[16].area == pytest.approx(kept, abs=1e-9)


def test_an_island_over_whole_parcels_is_told(faults_of):
    """A and B side by side match; 400 m x 400 m of another class lie on A alone."""
    island = shapely.box(X + 500, Y + 500, X + 900, Y + 900)
    _, layer, said = faults_of(table([A, B, island]))
    (row,) = layer.to_dict("records")
    assert row["fault"] == "overlap"
    assert "b0/b2" in said["parcels_overlap"] or "b2/b0" in said["parcels_overlap"]
    assert row["area_m2"] == pytest.approx(160_000, rel=1e-3)
