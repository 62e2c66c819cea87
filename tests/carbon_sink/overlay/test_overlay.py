"""Two surveys laid upon one another: cases by hand."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely

from carbon_sink.overlay.lands import survey_land
from carbon_sink.overlay.overlay import NOT_SURVEYED, overlay
from carbon_sink.overlay.pieces import pieces_of
from carbon_sink.overlay.places import ELSEWHERE
from gis.cells.area import polygon_area_m2
from gis.errors import DataError
from tests.carbon_sink.overlay.conftest import (
    COUNTY,
    CRS,
    box,
    changed_ha,
    laid,
    moves,
    survey,
)

COUNTY_HA = float(polygon_area_m2([COUNTY], CRS)[0]) / 1e4  # edges straight in degrees
# the two differ by 1.3e-5 on edges of 3 km; areas are brought to the county's by its formula


def ha(*shapes: shapely.Geometry) -> float:
    """Area by the national formula [ha]; vertices every 100 m keep edges straight."""
    fine = [shapely.segmentize(s, 100.0) for s in shapes]
    return float(polygon_area_m2(fine, CRS).sum()) / 1e4


def test_planting_on_a_part_of_a_parcel_is_found():
    # 40 of 600 ha planted; the number of the parcel went to what was left
    old = [("grass_other", COUNTY)]
    new = [("forest_arbor", box(0, 0, 200, 2000)), ("grass_other", box(200, 0, 3000, 2000))]
    assert moves(laid(old, new)) == {
        ("grass_other", "forest_arbor"): pytest.approx(ha(box(0, 0, 200, 2000)), rel=2e-5)
    }


def test_a_boundary_that_moved_is_change_by_its_area():
    old = [("sand", box(0, 0, 1500, 2000)), ("grass_other", box(1500, 0, 3000, 2000))]
    new = [("sand", box(0, 0, 1300, 2000)), ("grass_other", box(1300, 0, 3000, 2000))]
    # 200 m x 2 km of sand became grass; by number the whole 260 or 300 ha would stand still
    assert moves(laid(old, new)) == {
        ("sand", "grass_other"): pytest.approx(ha(box(1300, 0, 1500, 2000)), rel=2e-5)
    }


def test_the_same_survey_has_not_changed():
    rows = [("sand", box(0, 0, 1500, 2000)), ("water", box(1500, 0, 3000, 2000))]
    found = laid(rows, rows)
    assert moves(found) == {}
    assert len(found.pieces) == 3  # the western parcel lies in two townships


def test_areas_close_on_county_and_townships():
    old = [("sand", box(0, 0, 1500, 2000)), ("water", box(1500, 0, 3000, 2000))]
    new = [("sand", box(0, 0, 1000, 900)), ("shrubland", box(1000, 0, 3000, 900))]
    new += [("rock", box(0, 900, 3000, 2000))]
    found = laid(old, new)
    t = found.transitions()
    assert t["area_ha"].sum() == pytest.approx(COUNTY_HA, rel=1e-12)
    by = t.groupby("place")["area_ha"].sum()
    towns = found.places.set_index("place")["area_m2"] / 1e4
    assert by.to_dict() == pytest.approx(towns.to_dict(), rel=1e-12)
    assert towns.sum() == pytest.approx(COUNTY_HA, rel=1e-12)
    # the adjustment is that of edges straight on the map, not of the surveys
    assert found.places["adjusted_frac"].abs().max() < 2e-5


def test_land_of_one_survey_only_has_rows_of_its_own():
    old = [("sand", box(0, 0, 2000, 2000))]
    new = [("sand", box(500, 0, 2500, 2000))]
    found = laid(old, new)
    assert moves(found) == {
        ("sand", NOT_SURVEYED): pytest.approx(ha(box(0, 0, 500, 2000)), rel=2e-5),
        (NOT_SURVEYED, "sand"): pytest.approx(ha(box(2000, 0, 2500, 2000)), rel=2e-5),
    }
    gap = ha(box(2500, 0, 3000, 2000))
    assert found.places["neither_m2"].sum() / 1e4 == pytest.approx(gap, rel=2e-5)
    both = found.transitions()["area_ha"].sum() + found.places["neither_m2"].sum() / 1e4
    assert both == pytest.approx(COUNTY_HA, rel=1e-12)


def test_a_survey_of_changes_leaves_the_rest_as_it_was():
    old = [("sand", COUNTY)]
    new = [("shrubland", box(100, 100, 300, 300))]
    assert moves(laid(old, new, covers="changes")) == {
        ("sand", "shrubland"): pytest.approx(ha(box(100, 100, 300, 300)), rel=2e-5)
    }


def test_townships_over_half_of_the_county_do_not_halve_the_change():
    old, new = [("sand", COUNTY)], [("shrubland", COUNTY)]
    found = laid(old, new, towns={"西镇": box(0, 0, 1500, 2000)})
    by = found.transitions().set_index("place")["area_ha"]
    assert set(by.index) == {"西镇", ELSEWHERE}
    assert by.sum() == pytest.approx(COUNTY_HA, rel=1e-12)
    assert by[ELSEWHERE] == pytest.approx(ha(box(1500, 0, 3000, 2000)), rel=2e-5)


def test_a_shift_below_the_tolerance_is_no_change_and_one_above_is():
    kinds = ["sand", "grass_other", "forest_arbor", "built", "water"]

    def grid(dx: float, dy: float) -> list:
        return [
            (kinds[(3 * i + 2 * j) % 5], box(500 * i + dx, 500 * j + dy, 500 * i + 500 + dx,
                                             500 * j + 500 + dy))
            for i in range(-1, 7)
            for j in range(-1, 5)
        ]  # fmt: skip

    assert changed_ha(laid(grid(0, 0), grid(1.2, -1.5))) == 0.0  # 1.92 m
    found = laid(grid(0, 0), grid(1.2, -1.5))
    assert found.transitions()["area_ha"].sum() == pytest.approx(COUNTY_HA, rel=1e-12)
    # all boundaries shifted by 6 m east: 5 vertical lines of 2 km and half of the 2 x 3 km ...
    assert changed_ha(laid(grid(0, 0), grid(6, 0))) > 5


def test_a_strip_is_given_to_the_land_beside_it_and_its_area_is_kept():
    # the fence was drawn 1.5 m further east: 1.5 m x 2 km = 0.3 ha
    old = [("sand", box(0, 0, 1500, 2000)), ("water", box(1500, 0, 3000, 2000))]
    new = [("sand", box(0, 0, 1501.5, 2000)), ("water", box(1501.5, 0, 3000, 2000))]
    found = laid(old, new, tolerance_m=2.0)
    assert moves(found) == {}
    held = found.pieces[found.pieces["absorbed"]]
    assert held["area_m2"].sum() == pytest.approx(
        1e4 * ha(box(1500, 0, 1501.5, 2000)), rel=2e-5
    )
    assert (held["drawn_start"] + ">" + held["drawn_end"]).unique().tolist() == ["water>sand"]
    assert moves(laid(old, new, tolerance_m=1.0)) == {
        ("water", "sand"): pytest.approx(ha(box(1500, 0, 1501.5, 2000)), rel=2e-5)
    }


def test_a_real_change_keeps_its_corners_and_loses_its_tails():
    # 30 m x 300 m of dunes planted, and a strip of 1 m x 1.5 km that hangs on it
    field = box(0, 0, 30, 300)
    tail = box(30, 0, 1530, 1)
    old = [("sand", COUNTY)]
    new = [("shrubland", shapely.union(field, tail))]
    new += [("sand", shapely.difference(COUNTY, new[0][1]))]
    kept = moves(laid(old, new, tolerance_m=2.0))
    assert kept == {("sand", "shrubland"): pytest.approx(ha(field), rel=1e-3)}
    # without tolerance all of it is change
    assert moves(laid(old, new, tolerance_m=0.0)) == {
        ("sand", "shrubland"): pytest.approx(ha(field, tail), rel=2e-5)
    }
    # a corner of 90 degrees lies outside the circle that fits, and is change all the same
    square = box(0, 0, 100, 100)
    new = [("shrubland", square), ("sand", shapely.difference(COUNTY, square))]
    assert moves(laid(old, new, tolerance_m=10.0)) == {
        ("sand", "shrubland"): pytest.approx(ha(square), rel=2e-5)
    }


def test_holes_and_parts_are_land_of_their_parcel():
    ring = shapely.difference(box(100, 100, 700, 700), box(300, 300, 500, 500))
    two = shapely.union(box(1000, 0, 1100, 100), box(2000, 0, 2100, 100))
    rest = shapely.difference(COUNTY, shapely.union(ring, two))
    old = [("sand", COUNTY)]
    new = [("shrubland", ring), ("grass_other", two), ("sand", rest)]
    assert moves(laid(old, new)) == {
        ("sand", "shrubland"): pytest.approx(ha(ring), rel=2e-5),
        ("sand", "grass_other"): pytest.approx(ha(two), rel=2e-5),
    }


def test_land_drawn_twice_counts_once_or_is_refused():
    rows = [("sand", box(0, 0, 1501, 2000)), ("water", box(1500, 0, 3000, 2000))]
    land = survey_land(survey(rows), crs=CRS, county=COUNTY)
    assert [w.code for w in land.warnings] == ["survey_overlaps"]
    assert land.area_m2.sum() / 1e4 == pytest.approx(COUNTY_HA, rel=2e-5)
    # the larger parcel keeps what both have, whatever the order of the file
    again = survey_land(survey(rows[::-1]), crs=CRS, county=COUNTY)
    assert dict(zip(again.ecosystem, again.area_m2, strict=True)) == dict(
        zip(land.ecosystem, land.area_m2, strict=True)
    )
    rows = [("sand", box(0, 0, 1600, 2000)), ("water", box(1500, 0, 3000, 2000))]
    with pytest.raises(DataError, match="drawn twice"):
        survey_land(survey(rows), crs=CRS, county=COUNTY)
    with pytest.raises(DataError, match="drawn twice"):
        survey_land(survey([("sand", COUNTY), ("sand", COUNTY)]), crs=CRS, county=COUNTY)


def test_a_ring_that_crosses_itself_is_mended_and_told():
    tie = shapely.Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    tie = shapely.transform(tie, lambda xy: xy + np.array([630_000.0, 4_300_000.0]))
    land = survey_land(survey([("sand", tie)]), crs=CRS, county=COUNTY)
    (told,) = land.warnings
    assert told.code == "survey_rings_repaired"
    # two triangles of 250,000 m2 that meet in the middle; the ring as drawn has no area
    assert "500,000 m²" in told.text("en")
    assert land.area_m2.sum() / 1e4 == pytest.approx(ha(shapely.make_valid(tie)), rel=2e-5)


@pytest.mark.parametrize("other", ["EPSG:4490", "EPSG:4545", "EPSG:32648"])
def test_surveys_in_different_systems_are_the_same_land(other):
    rows = [("sand", box(0, 0, 1500, 2000)), ("water", box(1500, 0, 3000, 2000))]
    lands = [survey_land(survey(rows, crs), crs=CRS, county=COUNTY) for crs in (CRS, other)]
    found = overlay(*lands, county=COUNTY, crs=CRS)
    assert moves(found) == {}
    assert found.transitions()["area_ha"].sum() == pytest.approx(COUNTY_HA, rel=1e-12)


def test_a_survey_of_another_place_is_refused():
    far = [("sand", shapely.transform(COUNTY, lambda xy: xy + np.array([90_000.0, 0.0])))]
    with pytest.raises(DataError, match="no parcel of this survey lies in the county"):
        survey_land(survey(far), crs=CRS, county=COUNTY)


def test_land_outside_the_county_is_told():
    wide = [("sand", box(-100, 0, 3000, 2000))]
    land = survey_land(survey(wide), crs=CRS, county=COUNTY)
    assert [w.code for w in land.warnings] == ["survey_outside_county"]
    assert land.outside_m2 == pytest.approx(200_000.0)
    assert land.area_m2.sum() / 1e4 == pytest.approx(COUNTY_HA, rel=2e-5)


def test_pieces_are_a_partition_of_both_surveys():
    rng = np.random.default_rng(5)

    def strips(cuts: np.ndarray) -> np.ndarray:
        at = np.concatenate([[0.0], np.sort(cuts), [3000.0]])
        return np.array([box(a, 0, b, 2000) for a, b in pairwise(at)])

    old, new = strips(rng.uniform(0, 3000, 7)), strips(rng.uniform(0, 3000, 9))
    p = pieces_of(old, new)
    assert p.plane_m2.sum() == pytest.approx(6e6, rel=1e-12)
    of = np.bincount(p.before, weights=p.plane_m2)
    assert of == pytest.approx(shapely.area(old), rel=1e-9)
    of = np.bincount(p.after, weights=p.plane_m2)
    assert of == pytest.approx(shapely.area(new), rel=1e-9)


def test_an_empty_frame_of_parcels_is_refused():
    nothing = gpd.GeoDataFrame({"ecosystem": []}, geometry=[], crs=CRS)
    with pytest.raises(DataError, match="no parcel"):
        survey_land(nothing, crs=CRS, county=COUNTY)
