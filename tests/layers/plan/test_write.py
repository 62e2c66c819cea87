"""Plans as text: what is written reads back, a changed plan keeps every other character."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ConfigError
from layers.plan.model import Plan, Plant, Zone
from layers.plan.write import edited_plan, plan_text, write_plan

_SCALAR = st.one_of(
    st.text(max_size=30),
    st.integers(-(2**40), 2**40),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(),
)
_NAME = st.text(min_size=1, max_size=8)
_VALUE = st.recursive(
    _SCALAR,
    lambda inner: st.one_of(
        st.lists(_SCALAR, max_size=3),
        st.dictionaries(_NAME, inner, max_size=3),
        st.lists(st.dictionaries(_NAME, inner, max_size=2), max_size=2),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(_NAME, st.dictionaries(_NAME, _VALUE, max_size=3), max_size=4))
def test_what_is_written_reads_back(doc):
    text = plan_text(doc, dict.fromkeys(doc, "why\n[not] = a table"), head="a\x07b\u2028c")
    assert tomllib.loads(text) == doc


def test_a_remark_stands_above_what_it_is_about():
    doc = {"layers": {"road": {"path": "a.shp", "values": {"road_class": {"甲": "county"}}}}}
    text = plan_text(
        doc, {"layers.road": ["one", "two"], "layers.road.path": "file"}, foot="end"
    )
    assert text.splitlines() == [
        *("# one", "# two", "[layers.road]", "# file", 'path = "a.shp"'),
        *('values = { road_class = { "甲" = "county" } }', "", "# end"),
    ]


def test_a_remark_from_a_file_cannot_write_a_key():
    text = plan_text({"plan": {"id": "a"}}, head='x\n[plan]\rid = "b"\x0bq')
    assert tomllib.loads(text) == {"plan": {"id": "a"}}


def test_an_edit_keeps_every_other_character():
    before = '# mine\n[plan]\nid = "a" # own\n\n[layers.road]  # by hand\npath = "r.shp"\n'
    after = edited_plan(
        before,
        {"layers.river": {"path": "w.gpkg", "fields": {"name": "MC"}, "date": None}},
        {"layers.river": "OSM"},
    )
    assert after.startswith(before)
    read = tomllib.loads(after)["layers"]
    assert read == {
        "road": {"path": "r.shp"},
        "river": {"path": "w.gpkg", "fields": {"name": "MC"}},
    }
    assert "# OSM" in after
    assert edited_plan(after, {"layers.river": None}).rstrip() == before.rstrip()
    assert tomllib.loads(edited_plan(before, {"screening.missing": "provisional"}))[
        "screening"
    ] == {"missing": "provisional"}


def test_a_plan_that_is_there_is_not_overwritten(tmp_path):
    out = tmp_path / "新 规划" / "p.toml"
    assert write_plan(out, "a = 1\n") == out
    with pytest.raises(ConfigError, match="exists already"):
        write_plan(out, "a = 2\n")
    assert write_plan(out, "a = 3\n", replace=True).read_text(encoding="utf-8") == "a = 3\n"
    assert [p.name for p in out.parent.iterdir()] == ["p.toml"]
    with pytest.raises(ConfigError, match="cannot be written"):
        write_plan(out / "below" / "p.toml", "a = 1\n")


@pytest.mark.parametrize(
    ("given_title", "zh", "en"),
    [("高仁", "高仁", "高仁"), ({"en": "G"}, "G", "G"), ({"zh": "甲", "en": "A"}, "甲", "A")],
)
def test_a_title_needs_one_language(given_title, zh, en):
    zone = Zone(id="z", title=given_title, bounds_ll=(1, 2, 3, 4))
    plant = Plant(name=given_title, technology="pv", capacity_mw=1, source="s")
    plan = Plan(
        plan={"id": "p", "title": given_title, "as_of": "2026-01-01"},
        area={"boundary": {"adcode": "640221"}},
    )
    for title in (zone.title, plant.name, plan.plan.title):
        assert (title.zh, title.en) == (zh, en)


@pytest.mark.parametrize("wrong", ["", {"zh": ""}, {}, {"zh": "a", "fr": "b"}, 3])
def test_a_title_without_words_is_refused(wrong):
    with pytest.raises(ValueError, match="title"):
        Zone(id="z", title=wrong, bounds_ll=(1, 2, 3, 4))
