"""What tests of features share, and what a preference about land is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from pydantic import ValidationError
from shapely.geometry import (
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
)

from gis.errors import ModelError
from layers.catalogue import layer as layer_of
from layers.spec import Text
from siting.rules.conditions import kinds
from siting.rules.conditions.canvas import (
    Answer,
    ClassMeasure,
    FeatureMeasure,
    LandClass,
    NearFeature,
    ValueMeasure,
)
from siting.rules.conditions.within import formula_m
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


# ------------------------------------------------------------------ formulas and bounds


def test_formulas_of_a_turbine_by_hand():
    # hub 100 m, rotor radius 80 m: the tip is at 180 m
    tip = {"fall_distance": 270.0, "tenth_height": 1800.0, "eighth_height": 1440.0}
    for name, metres in tip.items():
        assert formula_m(name, 100.0, 80.0) == metres
        assert formula_m(name, None, 80.0) is None
        assert formula_m(name, 100.0, None) is None
        waits = made("within", layer="road", distance_of=name, bounds_m=[10, 2000])
        assert waits.resolved(100.0, 80.0).distance_m == metres
        assert waits.resolved(None, 80.0).distance_m is None
        # a distance that is given caps the formula's, from either side
        for cap, wanted in ((metres + 1, metres), (metres - 1, metres - 1)):
            capped = made(
                "within", layer="road", distance_of=name, distance_m=cap, bounds_m=[10, 2000]
            )
            assert capped.resolved(100.0, 80.0).distance_m == wanted
    plain = made("within", layer="road", distance_m=50.0, bounds_m=[10, 100])
    assert plain.resolved(100.0, 80.0) is plain
    with pytest.raises(ModelError, match="turbine"):
        _ = made("within", layer="road", distance_of="fall_distance", bounds_m=[0, 9]).metres


def test_formulas_inside_others_are_resolved():
    inner = made("within", layer="road", distance_of="fall_distance", bounds_m=[10, 2000])
    other = made("intersects", layer="nature_reserve")
    either = made("any_of", tests=[inner, other], when=[inner])
    found = either.resolved(100.0, 80.0)
    assert [t.distance_m for t in (found.tests[0], found.when[0])] == [270.0, 270.0]
    assert found.tests[1] == other
    assert other.resolved(100.0, 80.0) is other
    assert [t.type for t in either.nested()] == ["any_of", "within", "within", "intersects"]
    assert either.reads == ()
    assert inner.reads == ("road",)


def test_bounds_are_numbers_a_plan_may_set_themselves():
    for bounds in ([0, 1_000_000], [5, 5]):
        assert made("within", layer="road", distance_m=bounds[0], bounds_m=bounds)
    # at most 1,000 km, at least nothing
    assert made("within", layer="road", distance_m=1e6, bounds_m=[0, 1e6]).distance_m == 1e6
    for bad in (
        {"distance_m": 1_000_001.0, "bounds_m": [0, 2e6]},
        {"distance_m": -1.0, "bounds_m": [0, 9]},
        {"distance_m": 1.0, "bounds_m": [-1, 9]},
    ):
        with pytest.raises(ValidationError):
            made("within", layer="road", **bad)
    slope = {"layer": "slope", "unit": "deg"}
    for limit in (10.0, 35.0):
        assert made("above", limit=limit, bounds=[10, 35], **slope).limit == limit
    for limit in (9.99, 35.01):
        with pytest.raises(ValidationError, match="bounds"):
            made("above", limit=limit, bounds=[10, 35], **slope)
    assert made("above", limit=99.0, **slope).parameter.bounds is None


def test_a_number_of_a_test_is_changed_by_its_own_name_only():
    near = made("within", layer="road", distance_m=30.0, bounds_m=[0, 100])
    assert near.relaxed(distance_m=20).distance_m == 20.0
    assert near.relaxed(limit=20) is None
    assert near.relaxed() is None
    assert near.relaxed(distance_m=20, limit=20) is None
    assert (near.parameter.value, near.parameter.unit, near.parameter.bounds) == (
        30.0, "m", (0, 100),
    )  # fmt: skip
    assert near.parameter_text() == "30 m"
    below = made("below", layer="slope", limit=3.0, unit="deg", inclusive=False)
    assert below.relaxed(limit=5).limit == 5.0
    assert below.relaxed(distance_m=5) is None
    assert below.parameter_text() == "< 3 deg"
    assert made("above", layer="slope", limit=3.0, unit="deg").parameter_text() == ">= 3 deg"
    # land of a class has no number
    assert made("in_classes", layer="land_cover", classes=["sand"]).relaxed(limit=1) is None


@pytest.mark.parametrize("kind", ["in_classes", "not_in_classes"])
def test_a_test_of_classes_names_one_at_least(kind):
    assert made(kind, layer="land_cover", classes=["sand"]).asked_classes == ("sand",)
    with pytest.raises(ValidationError):
        made(kind, layer="land_cover", classes=[])


@pytest.mark.parametrize(
    ("where", "asked"),
    [
        ({"dlbm": ["0101", "0102"]}, ("0101", "0102")),
        ({"dlbm": "0101"}, ("0101",)),
        ({"dlbm": {"not": ["0101"]}}, ()),
        ({"dlbm": {"in": ["0101", "0102"], "not": ["0102"]}}, ()),
        ({"dlbm": ["0101"], "name": "a"}, ()),
        ({"name": "a"}, ()),
        ({}, ()),
    ],
)
def test_codes_alone_can_be_answered_by_land_cover(where, asked):
    test = made("intersects", layer="land_parcels", where=where)
    assert test.asked_classes == asked
    assert test.fields == tuple(where)


def test_where_the_law_measures_from():
    lines = {"centre_line", "point", "ground_mark"}
    edges = {"edge", "land_edge", "outer_conductor", "embankment_toe", "wall"}
    for name in lines | edges:
        test = made("within", layer="road", distance_m=30.0, bounds_m=[0, 99], **{"from": name})
        assert test.measured_from == name
        assert test.from_edge == (name in edges)
        width = 12.0 if name in edges else 0.0
        assert test.reaches_m(np.array([12.0])).tolist() == [30.0 + width]
    assert made("intersects", layer="road").measured_from == "edge"


# ------------------------------------------------------------------ what is measured


class Ruler:
    """A place with two roads, a slope and a land class; it notes what it was asked."""

    def __init__(self, state: str = "available", *near: NearFeature) -> None:
        self.state, self.near, self.asked = state, near, []

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        self.asked.append((layer_id, by_class))
        return Answer(layer_id, self.state)

    def features(self, layer_id: str, where: object, *, from_edge: bool) -> object:
        self.asked.append(from_edge)
        return self.near

    def value(self, answer: Answer) -> float | None:
        return {"slope": 12.5, "aspect": None}[answer.layer_id]

    def land_class(self, layer_id: str) -> LandClass | None:
        return LandClass("1205", None) if layer_id == "land_parcels" else None


NEAR = (
    NearFeature("G244", "a", 3.0, 12.0),
    NearFeature("", "X1", 20.0, 6.0),
    NearFeature("G244", "c", 20.0, 5.0),
    NearFeature("", "", 20.0, 5.0),
    NearFeature("S1", "d", 20.1, 4.0),
)


def test_the_nearest_feature_is_measured_and_all_within_are_named():
    ruler = Ruler("available", *NEAR)
    test = made("within", layer="road", distance_m=20.0, bounds_m=[0, 99], **{"from": "wall"})
    (found,) = test.measure(ruler)
    assert (found.name, found.code, found.distance_m, found.half_width_m) == (
        "G244", "a", 3.0, 12.0,
    )  # fmt: skip
    assert (found.needed_m, found.from_, found.layer) == (20.0, "wall", "road")
    assert found.hits == ("G244", "X1")  # at the distance too, each once, by code if unnamed
    assert ruler.asked == [("road", False), True]
    (inside,) = made("intersects", layer="road").measure(Ruler("available", *NEAR))
    assert (inside.needed_m, inside.hits) == (0.0, ())
    (waits,) = made("within", layer="road", distance_of="fall_distance", bounds_m=[0, 99]
                    ).measure(Ruler("available", *NEAR))  # fmt: skip
    assert waits.needed_m == 0.0
    for nothing in (Ruler(), Ruler("missing", *NEAR)):
        assert test.measure(nothing) == ()


def test_codes_of_parcels_are_asked_by_class():
    ruler = Ruler("available", *NEAR)
    made("intersects", layer="land_parcels", where={"dlbm": ["0101"]}).measure(ruler)
    assert ruler.asked[0] == ("land_parcels", True)


def test_the_class_and_the_value_of_a_place():
    ruler = Ruler()
    test = made("in_classes", layer="land_parcels", classes=["sand"])
    (found,) = test.measure(ruler)
    assert (found.layer, found.class_, found.title) == ("land_parcels", "1205", None)
    assert ruler.asked == [("land_parcels", True)]
    assert test.measure(Ruler("missing")) == ()
    assert made("in_classes", layer="land_cover", classes=["sand"]).measure(Ruler()) == ()
    above = made("above", layer="slope", limit=25.0, unit="deg")
    (found,) = above.measure(ruler)
    assert (found.value, found.limit, found.unit) == (12.5, ">= 25", "deg")
    assert above.measure(Ruler("missing")) == ()
    assert made("above", layer="aspect", limit=25.0, unit="deg").measure(Ruler()) == ()
    either = made("any_of", tests=[above, test])
    assert [m.layer for m in either.measure(Ruler())] == ["slope", "land_parcels"]


@pytest.mark.parametrize(
    ("distance", "needed", "preference", "english"),
    [
        (0.0, 0.0, False, "inside G244"),
        (0.6, 0.0, False, "G244 edge 1 m away"),
        (0.0, 30.0, False, "G244 edge 0 m away, 30 m needed"),
        (40.0, 30.0, False, "G244 edge 40 m away, 30 m needed"),
        (40.0, 30.0, True, "G244 edge 40 m away, within 30 m is favourable"),
        (0.0, 0.0, True, "inside G244"),
    ],
)
def test_a_measure_reads_as_what_is_asked(distance, needed, preference, english):
    found = FeatureMeasure(
        layer="road", name="G244", code="", from_="edge", distance_m=distance,
        needed_m=needed, half_width_m=0.0,
    )  # fmt: skip
    assert found.words("en", preference=preference) == english
    assert found.distance == distance


def test_values_and_classes_read_as_what_is_asked():
    value = ValueMeasure(layer="slope", value=12.5, limit="> 15", unit="deg")
    for preference, other in ((False, True), (True, False)):
        text = value.words("en", preference=preference)
        assert "12.5" in text
        assert "> 15" in text
        assert text != value.words("en", preference=other)
    assert "favourable" in value.words("en", preference=True)
    assert (value.distance, value.hit_names) == (None, ())
    title = Text(zh="沙地", en="sand")
    named = ClassMeasure(layer="land_parcels", class_="1205", title=title)
    assert named.words("en", preference=False).endswith(" 1205 sand")
    bare = ClassMeasure(layer="land_parcels", class_="9999")
    assert bare.words("en", preference=True).endswith(" 9999")


class Verbs:
    """A canvas that writes down what it is asked."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers

    def answer(self, layer_id: str, *, by_class: bool = False) -> Answer:
        return self.answers.get(layer_id, Answer(layer_id, "available"))

    def lacking(self, answer: Answer) -> str:
        return f"lacking {answer.layer_id} {answer.state}"

    def near(self, layer_id: str, where: object, distance_m: float, *, from_edge: bool) -> str:
        return f"near {layer_id} {distance_m:g}{' edge' if from_edge else ''}"

    def covered(self, layer_id: str, where: object) -> str:
        return f"covered {layer_id}"

    def classes(self, layer_id: str, classes: object) -> str:
        return f"classes {layer_id} {','.join(classes)}"

    def limit(self, answer: Answer, operator: str, limit: float) -> str:
        return f"{answer.layer_id} {operator} {limit:g}"

    def all_of(self, parts: list[str]) -> str:
        return f"all({'; '.join(parts)})"

    def one_of(self, parts: list[str]) -> str:
        return f"one({'; '.join(parts)})"

    def no(self, part: str) -> str:
        return f"no({part})"


ROAD = {"layer": "road", "bounds_m": [10, 99]}


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("within", {**ROAD, "distance_m": 30}, "near road 30 edge"),
        ("within", {**ROAD, "distance_m": 30, "from": "point"}, "near road 30"),
        # a distance that waits: surely within the smaller bound, perhaps up to the larger
        ("within", {**ROAD, "distance_of": "fall_distance"},
         "one(near road 10 edge; all(near road 99 edge; lacking road no_turbine))"),
        ("intersects", {"layer": "road"}, "covered road"),
        ("in_classes", {"layer": "land_cover", "classes": ["sand", "rock"]},
         "classes land_cover sand,rock"),
        ("not_in_classes", {"layer": "land_cover", "classes": ["sand"]},
         "no(classes land_cover sand)"),
        ("above", {"layer": "slope", "limit": 25, "unit": "deg"}, "slope >= 25"),
        ("below", {"layer": "slope", "limit": 25, "unit": "deg", "inclusive": False},
         "slope < 25"),
        # what is not there, and what answers in its place
        ("intersects", {"layer": "river"}, "lacking river missing"),
        ("intersects", {"layer": "land_parcels", "where": {"dlbm": ["0101"]}},
         "classes land_cover 0101"),
        ("not_in_classes", {"layer": "land_parcels", "classes": ["sand"]},
         "no(classes land_cover sand)"),
        ("intersects", {"layer": "road", "when": [{"type": "intersects", "layer": "river"}]},
         "all(covered road; lacking river missing)"),
        ("any_of", {"tests": [{"type": "intersects", "layer": "road"},
                              {"type": "intersects", "layer": "river"}]},
         "one(covered road; lacking river missing)"),
    ],
)  # fmt: skip
def test_what_a_test_asks_of_a_canvas(kind, fields, said):
    answers = {
        "river": Answer("river", "missing"),
        "land_parcels": Answer("land_cover", "available"),
    }
    assert made(kind, **fields).on(Verbs(answers)) == said


# ------------------------------------------------------------------ the table of half widths


@pytest.mark.parametrize(
    ("road_class", "metres"),
    # half of the corridors in half_widths.toml
    [("expressway", 20.0), ("national", 12.0), ("provincial", 10.0), ("county", 6.0),
     ("township", 4.0), ("village", 4.0), ("street", 4.0), ("track", 0.0)],
)  # fmt: skip
def test_half_widths_of_roads_by_class(road_class, metres):
    table = gpd.GeoDataFrame({"road_class": [road_class]}, geometry=[LINE])
    assert half_widths("road", table).tolist() == [metres]


def test_each_line_takes_the_first_row_that_means_it():
    classes = ["national", "county", None, "national"]
    table = gpd.GeoDataFrame(
        {"road_class": classes, "half_width_m": [np.nan, np.nan, np.nan, 3.0]},
        geometry=[LINE] * 4,
    )
    found = half_widths("road", table)
    assert found.tolist() == [12.0, 6.0, 0.0, 3.0]
    # multilines are lines, multipoints and multipolygons are not
    shapes = [
        MultiLineString([LINE]),
        MultiPoint([(0, 0)]),
        MultiPolygon([Polygon([(0, 0), (1, 0), (1, 1)])]),
    ]
    many = gpd.GeoDataFrame({"half_width_m": [9.0] * 3}, geometry=shapes)
    assert half_widths("road", many).tolist() == [9.0, 0.0, 0.0]
    assert half_widths("road", many.iloc[:0]).shape == (0,)
