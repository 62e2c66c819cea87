"""Tables in a polygon: inside, apart, monotone; counted alike on drawing and bill."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import Polygon, box

from gis.errors import ConfigError, ModelError
from siting.pv.array.bill import bill, bill_table
from siting.pv.array.features import array_features
from siting.pv.array.plant import draw_array, land_inside
from siting.pv.array.rows import fill, free_spans, turned
from siting.pv.array.rules import array_rules
from siting.pv.plant.module import modules
from siting.pv.study.spacing import array_ha_mw, row_pitch_m

CRS = "EPSG:4545"
X0, Y0 = 500_000.0, 4_300_000.0
LAT, TILT = 38.9, 35.0
PITCH = row_pitch_m(LAT, 4.6, TILT).pitch_m


def rules(azimuth_deg=180.0, tilt_deg=TILT, pitch_m=PITCH, **given):
    base = {"setback_m": 10.0, "road_m": 6.0, "block_mw": 3.15, "dc_ac_ratio": 1.25}
    return array_rules(
        pitch_m=pitch_m,
        tilt_deg=tilt_deg,
        azimuth_deg=azimuth_deg,
        collector_m=4.6,
        module=modules()["topcon_bifacial"],
        **{**base, **given},
    )


RULES = rules()


def square(side, at=(0.0, 0.0)):
    return box(X0 + at[0], Y0 + at[1], X0 + at[0] + side, Y0 + at[1] + side)


def ell():
    return Polygon(
        [(X0, Y0), (X0 + 500, Y0), (X0 + 500, Y0 + 200), (X0 + 220, Y0 + 200),
         (X0 + 220, Y0 + 600), (X0, Y0 + 600)]
    )  # fmt: skip


def holed():
    hole = square(60.0, (150.0, 150.0)).exterior.coords
    return Polygon(square(400.0).exterior.coords, [hole])


def spiky():
    """A concave star with slivers: no tables in its points."""
    angle = np.linspace(0.0, 2 * np.pi, 14, endpoint=False)
    r = np.where(np.arange(14) % 2 == 0, 400.0, 120.0)
    return Polygon(np.column_stack([X0 + r * np.cos(angle), Y0 + r * np.sin(angle)]))


SHAPES = {
    "square": square(400.0),
    "ell": ell(),
    "holed": holed(),
    "spiky": spiky(),
    "parts": shapely.MultiPolygon([square(150.0), square(180.0, (600.0, 100.0))]),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("azimuth", [180.0, 150.0, 270.0])
def test_tables_lie_inside_and_apart_and_off_the_roads(shape, azimuth):
    site = SHAPES[shape]
    tilt, pitch = (0.0, 12.0) if azimuth == 270.0 else (TILT, PITCH)
    found = draw_array(site, CRS, rules(azimuth, tilt, pitch), lat=LAT)
    layers = array_features(found)
    tables = layers["tables"].geometry.to_numpy()
    # round corners of the setback are off by 10 m (1 - cos(pi / 64)) = 1.2 cm at most
    inside = site.buffer(-10.0 + 0.013)
    assert shapely.covers(inside.buffer(1e-6), tables).all()
    pairs = shapely.STRtree(tables).query(tables, predicate="intersects")
    assert (pairs[0] == pairs[1]).all()
    if "roads" in layers:
        cut = shapely.intersection(tables, layers["roads"].geometry.iloc[0])
        assert float(shapely.area(cut).max()) < 1e-6
        assert site.buffer(1e-6).covers(layers["roads"].geometry.iloc[0])
    # every inverter and transformer stands on the site, and not on a foreign piece of land
    for key in ("inverters", "transformers"):
        assert site.buffer(1e-6).covers(shapely.union_all(layers[key].geometry.to_numpy()))
    assert layers["tables"].groupby("transformer")["part"].nunique().max() == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_the_bill_is_what_the_drawing_holds(shape):
    found = draw_array(SHAPES[shape], CRS, RULES, lat=LAT)
    layers = array_features(found)
    quantity = {row.key: row.quantity for row in bill(found)}
    tables, lines = layers["tables"], layers["collector"]
    assert quantity["tables"] == tables["tables"].sum() == len(tables)
    assert quantity["modules"] == tables["modules"].sum() == 28 * len(tables)
    assert quantity["piles"] == tables["piles"].sum()
    assert quantity["inverters"] == len(layers["inverters"])
    assert quantity["transformers"] == len(layers["transformers"])
    assert layers["inverters"]["tables"].sum() == len(tables)
    assert layers["transformers"]["inverters"].sum() == len(layers["inverters"])
    assert layers["transformers"]["mw"].sum() == pytest.approx(found.ac_mw)
    assert found.dc_mw * 1000.0 == pytest.approx(tables["kwp"].sum())
    # lengths of the drawing, with 5 % laid on top
    km = sum(v for k, v in quantity.items() if k.startswith("collector_"))
    assert km == pytest.approx(1.05 * lines.geometry.length.sum() / 1000.0)
    assert km == pytest.approx(1.05 * lines["length_m"].sum() / 1000.0)
    assert quantity["string_cable"] == pytest.approx(
        1.05 * tables["string_cable_m"].sum() / 1000.0
    )
    assert quantity["fence"] == pytest.approx(layers["fence"]["length_m"].sum() / 1000.0)
    # without an elevation model earth is unknown, not zero
    assert quantity["cut"] is None
    assert bill_table(found).set_index("key")["quantity"].isna()[["cut", "fill"]].all()
    # a large plant is drawn by stretches; the sums stay
    runs = array_features(found, single=0)["tables"]
    assert len(runs) < len(tables)
    for column in ("tables", "modules", "piles", "kwp", "string_cable_m"):
        assert runs[column].sum() == pytest.approx(tables[column].sum())


def test_no_inverter_or_transformer_above_its_limit():
    found = draw_array(square(900.0), CRS, RULES, lat=LAT)
    g = found.groups
    # 1.25 x 300 kW over strings of 28 x 581 W are 23 strings
    assert int(1.25 * 300 / (28 * RULES.module_kw)) == RULES.inverter_tables == 23
    assert np.bincount(g.table_inverter).max() <= 23
    assert g.transformer_mw.max() <= 3.15
    assert found.dc_mw / found.ac_mw <= 1.25
    # groups are dealt alike: the ratio is not lost to a half-empty machine
    assert found.dc_mw / found.ac_mw > 1.2


@pytest.mark.parametrize("shape", SHAPES)
def test_where_a_ring_begins_and_which_way_it_runs_changes_nothing(shape):
    def moved(p):
        xy = np.array(p.exterior.coords)[:-1]
        rings = [np.array(r.coords)[::-1] for r in p.interiors]
        return Polygon(np.roll(xy, 3, axis=0)[::-1], rings)

    site = SHAPES[shape]
    other = shapely.union_all([moved(p) for p in shapely.get_parts(site)[::-1]])
    a, b = (fill(land_inside(s, Polygon(), 10.0), RULES) for s in (site, other))
    assert len(a.x) == len(b.x)
    assert a.x == pytest.approx(b.x, abs=1e-6)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.0, 400.0), st.floats(0.0, 400.0)), min_size=4, max_size=9),
    st.floats(0.0, 60.0),
    st.sampled_from([180.0, 135.0]),
)
def test_less_land_never_holds_more(points, less, azimuth):
    whole = shapely.MultiPoint([(X0 + x, Y0 + y) for x, y in points]).convex_hull
    cut = box(X0 + less, Y0 + less, X0 + 300.0, Y0 + 380.0)
    part = whole.intersection(cut)
    own = rules(azimuth)

    def held(site):
        if site.area <= 0.0 or site.geom_type != "Polygon":
            return 0
        land = land_inside(site, Polygon(), 5.0)
        return 0 if land.is_empty else len(fill(turned(land, azimuth), own).x)

    assert held(part) <= held(whole)
    assert held(whole.buffer(-3.0)) <= held(whole)


def test_land_not_to_be_built_on_is_free_with_its_setback():
    blocked = square(80.0, (100.0, 100.0))
    found = draw_array(square(400.0), CRS, RULES, lat=LAT, no_go=blocked)
    tables = array_features(found)["tables"].geometry.to_numpy()
    assert shapely.distance(tables, blocked).min() >= 10.0 - 0.013
    # a part of the land outside the polygon takes nothing from it
    outside = draw_array(square(400.0), CRS, RULES, lat=LAT, no_go=square(50.0, (900.0, 0.0)))
    assert outside.n_tables == draw_array(square(400.0), CRS, RULES, lat=LAT).n_tables
    assert outside.no_go_m2 == 0.0
    assert found.no_go_m2 == pytest.approx(80.0**2, rel=2e-3)


def test_one_table_needs_room_for_one_table():
    """Length 14 x 1.134 + 13 x 0.02 = 16.136 m and half a gap of 0.3 m at both ends."""
    assert RULES.table_m == pytest.approx(16.136)
    bare = rules(setback_m=0.0)
    deep = 4.6 * np.cos(np.deg2rad(35.0))
    fits = box(X0 + 3.0, Y0 + 5.0, X0 + 3.0 + 16.44, Y0 + 5.0 + deep + 0.03)
    assert draw_array(fits, CRS, bare, lat=LAT).n_tables == 1
    for short in (box(X0, Y0, X0 + 16.4, Y0 + 20.0), box(X0, Y0, X0 + 30.0, Y0 + deep - 0.1)):
        with pytest.raises(ModelError, match="not one table fits"):
            draw_array(short, CRS, bare, lat=LAT)


def test_capacity_agrees_with_the_land_of_the_array():
    """Land of the array alone is 1 / (efficiency gcr): 1.08 ha/MWp here. Setback, roads, gaps
    between tables and modules take 5 to 15 % of a square kilometre more."""
    found = draw_array(square(1000.0), CRS, RULES, lat=LAT)
    bare = array_ha_mw(0.225, 4.6 / PITCH)
    assert 1.05 < found.ha_mwp / bare < 1.15
    # and a square of 1 km2 is 1/(1.08 .. 1.25) of it in MWp
    assert 80.0 < found.dc_mw < 92.6


def test_a_row_is_free_where_no_edge_passes():
    notch = Polygon([(0, 0), (20, 0), (20, 10), (12, 10), (12, 4), (8, 4), (8, 10), (0, 10)])
    row, a, b = free_spans(notch, np.array([0.0, 3.0, 6.0]), 3.0)
    # the second row (3 to 6 m) and the third meet the notch between 8 and 12 m
    assert row.tolist() == [0, 1, 1, 2, 2]
    assert a.tolist() == [0.0, 0.0, 12.0, 0.0, 12.0]
    assert b.tolist() == [20.0, 8.0, 20.0, 8.0, 20.0]


@pytest.mark.parametrize(
    ("site", "crs", "words"),
    [
        (square(300.0), "EPSG:4326", "not in metres"),
        (Polygon(), CRS, "no area"),
        (shapely.LineString([(0, 0), (1, 1)]), CRS, "no area"),
        (Polygon([(0, 0), (99, 90), (90, 0), (0, 99)]), CRS, "not valid"),
        (square(19.0), CRS, "nothing is left"),
        (square(40_000.0), CRS, "too large"),
    ],
)
def test_what_is_no_site_is_refused(site, crs, words):
    with pytest.raises((ConfigError, ModelError), match=words):
        draw_array(site, crs, RULES, lat=LAT)


def test_figures_out_of_bounds_are_refused_all_at_once():
    with pytest.raises(ConfigError) as err:
        rules(given={"pile_spacing_m": 0.0, "feeder_mw": 1e6, "no_such": 1.0})
    text = err.value.text("en")
    assert all(k in text for k in ("pile_spacing_m", "feeder_mw", "no_such"))


def test_odd_strings_make_whole_tables():
    """27 modules do not stand two by two: two strings are one table of 54."""
    own = rules(given={"string_modules": 27.0})
    assert (own.up, own.table_strings, own.table_modules) == (2, 2, 54)
    found = draw_array(square(300.0), CRS, own, lat=LAT)
    assert found.n_modules == 54 * found.n_tables


def test_tables_of_a_turned_plant_are_those_of_the_plant_turned():
    """A square turned with its rows about the origin of the system holds the same tables."""
    site = square(300.0)
    a = fill(turned(land_inside(site, Polygon(), 10.0), 180.0), RULES)
    round_ = affinity.rotate(site, 30.0, origin=(0.0, 0.0))
    b = fill(turned(land_inside(round_, Polygon(), 10.0), 150.0), rules(150.0))
    assert abs(len(a.x) - len(b.x)) <= 1


def test_small_pieces_of_land_take_small_inverters():
    """Seven strings are 114 kW: for a ratio of 1.25 they feed 91 kW, not a machine of 300."""
    pieces = shapely.MultiPolygon([square(60.0, (100.0 * i, 0.0)) for i in range(6)])
    found = draw_array(pieces, CRS, RULES, lat=LAT)
    assert found.dc_mw / found.ac_mw == pytest.approx(1.25)
    assert len(found.groups.transformer_xy) == found.part.max() + 1 == 6
    assert "array_land_apart" in {w.code for w in found.warnings}


def test_an_inverter_above_its_transformer_is_refused():
    with pytest.raises(ConfigError, match="larger than its transformer"):
        rules(block_mw=2.0, given={"inverter_kw": 3125.0})


@pytest.mark.parametrize("high_m", [450.0, 470.0, 660.0])
def test_no_inverter_is_further_from_its_transformer_than_two_blocks(high_m):
    """The edge leaves strips of a few rows: groups along them would be as long as the site.

    A block is 19 rows of 11.19 m and 13 tables of 16.436 m: 213 m by 214 m.
    """
    drawn = draw_array(
        shapely.box(5e5, 4.3e6, 5e5 + 1500, 4.3e6 + high_m), CRS, rules(), lat=38.9
    )
    assert drawn.rules.block == (19, 13)
    assert drawn.groups.low_cable_m.max() < 2 * (19 * 11.19 + 13 * 16.436) / 2
