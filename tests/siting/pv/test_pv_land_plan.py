"""Land of a plant by type: it tiles the site, and its tree of lines is the shortest."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box

from gis.cells.area import polygon_area_m2
from gis.errors import ModelError
from siting.pv.study.land_plan import AREAS, collector_tree, land_table, plant_land
from siting.pv.study.layout import LayoutRules, draw_layout

CRS = "EPSG:4545"
X0, Y0 = 500_000.0, 4_300_000.0
SITE = box(X0, Y0, X0 + 600.0, Y0 + 500.0)
RULES = LayoutRules(pitch_m=10.0, collector_m=4.6, tilt_deg=30.0, block_mw=1.0)


def land(**given):
    layout = draw_layout(SITE, CRS, RULES)
    at = Point(X0 + 600.0, Y0 + 250.0)
    return plant_land(layout, RULES, at, **({"wanted_dc_mw": 12.0, "site_id": "s"} | given))


@pytest.mark.parametrize("substation_ha", [None, 0.5, 1.0])
def test_parts_tile_the_site(substation_ha):
    found = land(substation_ha=substation_ha)
    areas = found.features[found.features["area_m2"].notna()]
    whole = float(polygon_area_m2(np.array([SITE], dtype=object), CRS)[0])
    assert areas["area_m2"].sum() == pytest.approx(whole, rel=1e-9)
    for a, b in itertools.combinations(areas.geometry, 2):
        assert a.intersection(b).area < 1e-6
    array = found.part("array").geometry.iloc[0]
    assert all(array.buffer(1e-6).covers(r) for r in found.part("rows").geometry)
    assert found.substation_known is (substation_ha is not None)
    # one substation: an area where its size is known, else a point without area
    (kind,) = found.part("substation").geometry.geom_type
    assert kind == ("Point" if substation_ha is None else "Polygon")
    if substation_ha:
        station = found.part("substation").geometry.iloc[0]
        assert station.area == pytest.approx(substation_ha * 1e4)
        # as near to the connection in the east as the setback of 10 m lets it be: the
        # square keeps half its diagonal off the edge of the land that may be built on
        side = np.sqrt(substation_ha * 1e4)
        assert station.centroid.x == pytest.approx(X0 + 590.0 - side * np.sqrt(0.5), abs=0.5)
        assert station.centroid.y == pytest.approx(Y0 + 250.0, abs=0.5)


def test_a_row_holds_half_the_space_to_the_next():
    """Without roads, inside the plant: rows are depth over pitch of the land, array is all."""
    rules = LayoutRules(10.0, 4.6, 30.0, road_m=0.0, block_mw=1000.0)
    found = plant_land(draw_layout(SITE, CRS, rules), rules, Point(X0, Y0), wanted_dc_mw=12.0)
    middle = box(X0 + 200.0, Y0 + 100.0, X0 + 230.0, Y0 + 400.0)
    rows = shapely.union_all(found.part("rows").geometry.to_numpy()).intersection(middle).area
    array = found.part("array").geometry.iloc[0].intersection(middle).area
    # 300 m hold 30 pitches
    assert rows / middle.area == pytest.approx(4.6 * np.cos(np.deg2rad(30.0)) / 10.0, rel=1e-6)
    assert array == pytest.approx(middle.area, rel=1e-6)


def test_power_left_beside_a_substation():
    """A substation of 1 ha costs about 1 ha of array: 0.225 * depth / pitch kW/m2."""
    lost = land().dc_mw - land(substation_ha=1.0).dc_mw
    per_ha = 10_000.0 * 0.225 * 4.6 / 10.0 / 1000.0
    assert per_ha * 0.9 < lost < per_ha * 1.8  # whole tables go


def test_table_adds_up_and_estimates_nothing():
    table = land_table(land())
    by_part = {r.part: r for r in table.rows}
    assert [r.part for r in table.rows] == [
        "array",
        "substation",
        "roads",
        "collector",
        "remaining",
    ]
    assert by_part["substation"].area_ha is by_part["collector"].area_ha is None
    shown = [r.area_ha for r in table.rows if r.area_ha is not None]
    assert sum(shown) == pytest.approx(table.total_ha, abs=1e-9)
    # 600 m x 500 m are 30 ha in the plane, 450 mu; on the ellipsoid within 0.1 %
    assert table.total_ha == pytest.approx(30.0, rel=1e-3)
    assert table.total_mu == pytest.approx(450.0, rel=1e-3)
    assert by_part["collector"].length_km > 0.0
    known = land_table(land(substation_ha=1.0))
    assert {r.part: r.area_ha for r in known.rows}["substation"] == pytest.approx(1.0, rel=1e-3)
    assert set(AREAS) < set(by_part)


def test_a_substation_that_does_not_fit_is_refused():
    with pytest.raises(ModelError, match="does not fit"):
        land(substation_ha=25.0)


def test_the_tree_is_the_shortest_of_all():
    """Against every spanning tree of five points, by city-block length."""
    rng = np.random.default_rng(4)
    xy = rng.uniform(0.0, 1000.0, (4, 2))
    root = (500.0, 0.0)
    found = sum(x.length for x in collector_tree(xy, root, box(-1, -1, 1001, 1001)))
    nodes = np.vstack([[root], xy])
    edges = list(itertools.combinations(range(5), 2))
    length = {e: float(np.abs(nodes[e[0]] - nodes[e[1]]).sum()) for e in edges}

    def joined(tree):
        seen = {0}
        for _ in range(5):
            seen |= {b for a, b in tree if a in seen} | {a for a, b in tree if b in seen}
        return len(seen) == 5

    best = min(
        sum(length[e] for e in tree)
        for tree in itertools.combinations(edges, 4)
        if joined(tree)
    )
    assert found == pytest.approx(best)


def test_legs_follow_turned_rows():
    lines = collector_tree(
        np.array([[100.0, 50.0]]), (0.0, 0.0), box(-200, -200, 200, 200), 30.0
    )
    xy = np.asarray(lines[0].coords)
    legs = np.diff(xy, axis=0)
    angles = np.rad2deg(np.arctan2(legs[:, 1], legs[:, 0])) % 90.0
    assert np.minimum(angles - 60.0, 90.0) == pytest.approx(angles - 60.0)
    assert set(np.round(angles)) == {60.0}


def test_lines_keep_inside_where_they_can():
    """An L of land: of the two ways round the corner the one inside is taken."""
    allowed = shapely.union_all([box(-10, -10, 110, 10), box(90, -10, 110, 110)])
    (line,) = collector_tree(np.array([[100.0, 100.0]]), (0.0, 0.0), allowed)
    assert allowed.covers(line)
