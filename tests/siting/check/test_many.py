"""Many boundaries in one pass say what each says alone."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from geoplan.plan_file import load_plan
from siting.check import many
from siting.check.boundary import check_outline
from siting.check.many import check_lands
from siting.check.outline import Outline
from tests.siting.check.test_law_of_the_day import CRS, PLAN, SCALE, X, Y, rect, write

COUNTY_M = 2000.0


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """A road, a canal without width, sand, ragged parcels, farmland, and a hill."""
    import rasterio

    folder = tmp_path_factory.mktemp("many")
    write(folder / "county.gpkg", [rect(0, 0, 2000, 2000)], name=["方县"])
    xs = np.linspace(-500, 2500, 150)
    road = LineString(np.column_stack([X + xs, Y + 1000 + 80 * np.sin(xs / 200)]))
    write(folder / "road.gpkg", [road], road_class=["国道"], ref=["G244"])
    write(folder / "sand.gpkg", [rect(1200, 1400, 2000, 2000)], name=["封禁区"])
    edge = [(1000 + 30 * np.sin(y / 50), y) for y in range(0, 2001, 20)]
    west = shapely.Polygon([(X, Y), *((X + a, Y + b) for a, b in edge), (X, Y + 2000)])
    east = shapely.difference(rect(0, 0, 2000, 1900), west)
    write(
        folder / "parcels.gpkg",
        [west, *shapely.get_parts(east)],
        DLBM=["0102", *["1205"] * shapely.get_num_geometries(east)],
        DLMC=["水浇地", *["沙地"] * shapely.get_num_geometries(east)],
        QSXZ=["30", *["20"] * shapely.get_num_geometries(east)],
    )
    write(folder / "farmland.gpkg", [rect(0, 0, 400, 400)], BSM=["1"])
    n = 260
    y, x = np.mgrid[0:n, 0:n]
    heights = (1100 + 60 * np.exp(-((x - 130) ** 2 + (y - 150) ** 2) / 900)).astype("float32")
    corner_of = rasterio.transform.from_origin(X - 300, Y + 2300, 10, 10)
    with rasterio.open(
        folder / "dem.tif", "w", driver="GTiff", width=n, height=n, count=1, dtype="float32",
        crs=CRS, transform=corner_of, nodata=-9999,
    ) as out:  # fmt: skip
        out.write(heights, 1)
    text = PLAN.format(day="2026-11-27") + '[layers.dem]\npath = "dem.tif"\n'
    (folder / "plan.toml").write_text(text, encoding="utf-8")
    return load_plan(folder / "plan.toml")


def outline(land):
    import geopandas as gpd

    parcels = gpd.GeoDataFrame({"parcel": [1]}, geometry=[land], crs=CRS)
    return Outline(parcels, land, "x", (), parcels)


def same(plan, tech, lands):
    """Areas to 5 cm2, the least that counts as anything; results to the letter."""
    for land, found in zip(lands, check_lands(plan, tech, lands), strict=True):
        alone = check_outline(outline(land), plan, tech)
        assert found.result == alone.result
        assert found.area_m2 == pytest.approx(alone.area_m2, rel=1e-12)
        assert [r.rule.id for r in found.rules] == [r.rule.id for r in alone.rules]
        for a, b in zip(found.rules, alone.rules, strict=True):
            assert a.hit_m2 == pytest.approx(b.overlap_m2, abs=5e-4), a.rule.id
            assert a.unknown_m2 == pytest.approx(b.unknown_m2, abs=5e-4), a.rule.id
            assert (a.result, a.says, a.awaits) == (b.result, *b.says), a.rule.id


corner = st.floats(0, 1900)
side = st.floats(5, 700)


@st.composite
def land(draw):
    x, y, w, h = draw(corner), draw(corner), draw(side), draw(side)
    turned = shapely.affinity.rotate(
        box(X + x, Y + y, X + x + w, Y + y + h), draw(st.floats(0, 90))
    )
    whole = shapely.intersection(turned, rect(0, 0, 2000, 2000))
    hole = shapely.Point(X + x + w / 2, Y + y + h / 2).buffer(min(w, h) / 5)
    found = shapely.difference(whole, hole)
    return found if not found.is_empty else rect(100, 100, 200, 200)


@pytest.mark.slow
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],  # a smaller case takes minutes to find
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lands=st.lists(land(), min_size=1, max_size=5), tech=st.sampled_from(["pv", "wind"]))
def test_together_as_alone(plan, lands, tech):
    same(plan, tech, lands)


def test_it_is_the_exact_area(plan):
    """200 by 300 m of farmland: 6 ha planar, times the areal scale of the zone."""
    found = check_lands(plan, "pv", [rect(200, 100, 600, 600)])[0]
    hit = next(r for r in found.rules if r.rule.id == "PV-001")
    assert hit.hit_m2 == pytest.approx(200 * 300 * SCALE, rel=1e-5)
    assert (hit.result, found.result) == ("fail", "fail")


def test_batches_and_their_order_change_nothing(plan, monkeypatch):
    lands = [rect(150 * i, 130 * i, 150 * i + 170, 130 * i + 140) for i in range(12)]
    whole = check_lands(plan, "pv", lands)
    monkeypatch.setattr(many, "_MOST", 2)
    split = check_lands(plan, "pv", lands[::-1])[::-1]
    for a, b in zip(whole, split, strict=True):
        assert [(r.rule.id, r.says) for r in a.rules] == [(r.rule.id, r.says) for r in b.rules]
        assert [r.hit_m2 for r in a.rules] == pytest.approx([r.hit_m2 for r in b.rules])


def test_only_the_rules_asked_for_are_judged(plan):
    found = check_lands(plan, "pv", [rect(200, 100, 600, 600)], ["PV-001"])
    assert [r.rule.id for r in found[0].rules] == ["PV-001"]
    assert check_lands(plan, "pv", []) == ()


def test_land_that_parcels_cover_is_judged_to_its_edge(plan):
    """A strip over two parcels: nothing of it is unknown, though edges meet inside it.

    The difference with the union of parcels and hit left slivers of no width and 1.1 m2.
    """
    strip = shapely.affinity.rotate(rect(800, 880, 1345, 886), 5)
    for found in (
        {r.rule.id: r.unknown_m2 for r in check_outline(outline(strip), plan, "pv").rules},
        {r.rule.id: r.unknown_m2 for r in check_lands(plan, "pv", [strip])[0].rules},
    ):
        assert found["PV-004"] == 0.0


@pytest.mark.parametrize("shift", [0.0, 8.0, 14.9, 21.0, 29.0])
def test_a_point_at_the_rim_of_a_batch_has_its_own_cell(plan, shift):
    """The northernmost and easternmost land without width, wherever it lies in its cell."""
    lands = [
        rect(100, 100, 300, 300),
        rect(1890 + shift, 1870 + shift, 1891 + shift, 1871 + shift),
        rect(500 + shift, 1800, 501 + shift, 1899 + shift),
    ]
    together = check_lands(plan, "pv", lands)
    for land_, found in zip(lands, together, strict=True):
        (alone,) = check_lands(plan, "pv", [land_])
        assert [(r.rule.id, r.says) for r in found.rules] == [
            (r.rule.id, r.says) for r in alone.rules
        ]
