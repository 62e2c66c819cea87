"""What tests of features share, and what a preference about land is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from pydantic import ValidationError
from shapely.geometry import LineString, Point, Polygon

from layers.catalogue import layer as layer_of
from layers.spec import Text
from siting.rules.conditions import kinds
from siting.rules.conditions.canvas import ClassMeasure, FeatureMeasure
from siting.rules.features import half_widths

LINE = LineString([(0, 0), (10, 0)])
KINDS = kinds()


def made(kind: str, **fields: object) -> object:
    return KINDS[kind].model_validate({"type": kind, **fields})


def test_a_line_takes_its_half_width_and_no_more():
    test = made("intersects", layer="road")
    assert test.reaches_m(np.array([0.0, 12.0])).tolist() == [0.0, 12.0]
    assert (test.metres, test.needed_m, test.reach_m) == (0.0, 0.0, 0.0)
    near = made("within", layer="road", distance_m=30.0, bounds_m=[0, 100])
    assert near.reaches_m(np.array([0.0, 12.0])).tolist() == [30.0, 42.0]
    assert (near.metres, near.needed_m, near.reach_m) == (30.0, 30.0, 30.0)


def test_a_setback_has_a_distance_or_a_formula_within_its_bounds():
    road = {"layer": "road", "bounds_m": [10, 100]}
    assert made("within", distance_of="fall_distance", **road).distance_m is None
    for metres in (10.0, 100.0):
        assert made("within", distance_m=metres, **road).distance_m == metres
    for bad in ({}, {"distance_m": 9.9}, {"distance_m": 100.1}):
        with pytest.raises(ValidationError):
            made("within", **road, **bad)
    with pytest.raises(ValidationError):
        made("within", layer="road", distance_m=50.0, bounds_m=[100, 10])
    # while a turbine is not known, land up to the larger bound matters
    assert made("within", distance_of="fall_distance", **road).reach_m == 100.0


def test_only_features_have_a_reach():
    above = made("above", layer="slope", limit=25.0, unit="deg")
    assert above.reach_m == 0.0


def test_which_tests_ask_for_the_kind_of_land():
    # a distance or a number of the ground is a criterion of its own
    found = {k for k, c in KINDS.items() if c.about_land}
    assert found == {"intersects", "in_classes", "any_of"}


def test_a_class_nobody_knows_has_no_title():
    title = Text(zh="沙地", en="sand")
    known = ClassMeasure(layer="land_parcels", class_="1205", title=title)
    assert set(known.model_dump(by_alias=True)) == {"layer", "class", "title"}
    other = ClassMeasure(layer="land_parcels", class_="9999")
    assert other.model_dump(by_alias=True) == {"layer": "land_parcels", "class": "9999"}


def test_names_of_hits_are_said_and_not_written_out():
    found = FeatureMeasure(
        layer="road", name="G244", code="", from_="land_edge", distance_m=3.0, needed_m=20.0,
        half_width_m=12.0, hits=("G244",),
    )  # fmt: skip
    assert found.hit_names == ("G244",)
    assert set(found.model_dump(by_alias=True)) == {
        "layer", "name", "code", "from", "distance_m", "needed_m", "half_width_m",
    }  # fmt: skip


def test_one_of_several_needs_two_and_filters():
    road, reserve = made("intersects", layer="road"), made("intersects", layer="nature_reserve")
    assert len(made("any_of", tests=[road, reserve]).tests) == 2
    with pytest.raises(ValidationError):
        made("any_of", tests=[road])
    note = made("note", about={"zh": "甲", "en": "a"})
    assert not note.is_filter
    with pytest.raises(ValidationError, match="note"):
        made("any_of", tests=[road, note])


@pytest.mark.parametrize(
    ("kind", "fields", "layer", "faults"),
    [
        ("in_classes", {"classes": ["sand"]}, "land_cover", 0),
        ("in_classes", {"classes": ["0101", "sand"]}, "land_parcels", 0),  # features with codes
        ("in_classes", {"classes": ["snad", "sand", "foerst"]}, "land_cover", 2),
        ("in_classes", {"classes": ["sand"]}, "road", 1),
        ("above", {"limit": 25.0, "unit": "deg"}, "slope", 0),
        ("above", {"limit": 25.0, "unit": "%"}, "slope", 1),
        ("above", {"limit": 25.0, "unit": "deg"}, "road", 1),
        ("intersects", {}, "road", 0),
        ("intersects", {}, "slope", 1),
    ],
)
def test_layers_a_test_cannot_be_asked_of(kind, fields, layer, faults):
    found = made(kind, layer=layer, **fields).faults(layer_of(layer), "here")
    assert len(found) == faults
    assert {f.where for f in found} <= {"here"}


@pytest.mark.parametrize(
    ("given", "metres"),
    [
        ({"half_width_m": [9.0, 0.0, np.nan, -1.0]}, [9.0, 0.0, 12.0, 12.0]),
        ({"width_m": [18.0, 0.0, np.nan, -2.0]}, [9.0, 0.0, 12.0, 12.0]),
        # half of the width counts where the half width is not given
        ({"half_width_m": [5.0, np.nan, np.nan, np.nan], "width_m": [99.0, 30.0, -1.0, np.nan]},
         [5.0, 15.0, 12.0, 12.0]),
    ],
)  # fmt: skip
def test_a_given_width_wins_and_one_below_nothing_is_none(given, metres):
    table = gpd.GeoDataFrame({"road_class": ["national"] * 4, **given}, geometry=[LINE] * 4)
    assert half_widths("road", table).tolist() == metres  # 12 m: national, shared table


def test_only_lines_have_a_half_width_whatever_is_given():
    square = Polygon([(0, 0), (1, 0), (1, 1)])
    table = gpd.GeoDataFrame(
        {"half_width_m": [9.0, 9.0, 9.0]}, geometry=[LINE, Point(0, 0), square]
    )
    assert half_widths("road", table).tolist() == [9.0, 0.0, 0.0]


def test_the_width_of_another_layer_is_not_taken():
    table = gpd.GeoDataFrame({"road_class": ["national"]}, geometry=[LINE])
    assert half_widths("pipeline", table).tolist() == [0.0]
    assert half_widths("road", table).tolist() == [12.0]
