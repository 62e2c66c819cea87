"""What nobody builds on, whatever the law says: classes, kinds and words."""

from __future__ import annotations

from datetime import date

import pytest

from gis.errors import ConfigError
from layers.vocabulary import vocabulary
from siting.rules import load_rules, read_book, rule_books
from siting.rules.classes import class_outcomes
from siting.rules.listing import rules_table
from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.rules.words import kind_word
from siting.screen.coded import effect_of

BOOK = next(b for b in rule_books() if b.engineering)
EXCLUDED = {c.code for c in BOOK.classes if c.excluded}

# issue 11, point 7: rivers, lakes, reservoirs; tidal and inland flats; marsh and swamp;
# housing; commerce; public; special; transport
NOBODY_BUILDS = {
    *("1101", "1102", "1103", "1105", "1106", "1108", "0402", "0306", "0304", "0303"),
    *("0701", "0702", "05H1", "0508", "09"),
    *("08H1", "08H2", "08H2A", "0809", "0810", "0810A"),
    *(f"100{n}" for n in range(1, 10)),
}
# the same point: industry, mining, fish ponds, ditches; and what the law books judge
THE_LAW_JUDGES = {
    *("0601", "0602", "1104", "1104A", "1104K", "1107", "1107A"),
    *("0101", "0102", "0103", "0201", "0301", "0301K", "0305", "0307", "0401", "0403K", "0404"),
    *("0603", "1201", "1202", "1203", "1204", "1205", "1206", "1207"),
}


def test_classes_are_those_of_the_issue():
    assert NOBODY_BUILDS <= EXCLUDED
    assert not THE_LAW_JUDGES & EXCLUDED
    # beyond the issue: dams and sluices, ice and snow
    assert {"1109", "1110"} == EXCLUDED - NOBODY_BUILDS


def test_every_class_of_the_land_survey_has_a_reason():
    survey = {
        c: e
        for c, e in vocabulary("dlbm").entries.items()
        if "attribute_only" not in e.ecosystem  # CZCSXM, no class of land
    }
    assert [c.code for c in BOOK.classes] == list(survey)
    for c in BOOK.classes:
        assert (c.title.zh, c.title.en) == (survey[c.code].title.zh, survey[c.code].title.en)
        assert c.reason.zh
        assert c.reason.en.isascii()
        assert (c.basis == "practice") == c.excluded  # no clause of a code names a class


@pytest.mark.parametrize("tech", ["pv", "wind"])
@pytest.mark.parametrize("scenario", ["base", "hard", "conservative"])
@pytest.mark.parametrize("day", [date(2010, 1, 1), date(2026, 11, 27), date(2031, 1, 1)])
def test_they_exclude_on_every_day_in_every_scenario(tech, scenario, day):
    own = [r for r in load_rules(tech, scenario=scenario, as_of=day) if r.engineering]
    found = {c for r in own for c in getattr(r.test, "classes", ())}
    assert found == EXCLUDED
    assert {i for r in own for i in r.layer_ids} == {
        "land_parcels",
        "existing_pv",
        "turbines",
    }
    for r in own:
        assert effect_of(r) == "taken"
        assert r.law_known
        assert not r.needs_review  # it is no law a lawyer could look up
        assert r.shown_kind == "engineering"
        assert not r.law


def test_restoration_and_planting_are_not_asked():
    for tech in ("afforest", "wetland", "grass"):
        assert not [r for r in load_rules(tech) if r.engineering]


def test_a_repowered_farm_stands_where_the_old_one_stood():
    def ids(project):
        return {r.id for r in load_rules("wind", project=project) if "turbines" in r.layer_ids}

    assert ids("new") == ids("expansion") == {"ENG-011"}
    assert ids("repower") == set()
    # but nobody puts modules on a foundation
    assert [r.id for r in load_rules("pv", project="repower") if "turbines" in r.layer_ids]


def test_only_clauses_of_the_facts_are_cited():
    clauses = [r.citation for r in BOOK.rules if "GB" in r.citation]
    assert clauses == ["《风力发电场设计规范》GB 51096-2015 4.1.2"]


def test_the_kind_is_told_as_no_law_in_both_languages():
    assert kind_word("engineering")("zh") == "工程排除（不是法规）"
    assert kind_word("engineering")("en") == "Engineering, not law"
    for lang in ("zh", "en"):
        table = rules_table(BOOK.rules, lang)
        word = kind_word("engineering")(lang)
        assert (table == word).sum().sum() == 2 * len(BOOK.rules)  # stated, and in force


# what a code of a land cover may be: ponds are water too, and factories built-up land
COVER = [
    ("worldcover2021", "80", ("1101", "1102", "1103"), UNKNOWN),
    ("worldcover2021", "80", ("1101", "1102", "1103", "1104", "1104A", "1104K"), UNKNOWN),
    ("worldcover2021", "80", ("water",), HIT),
    ("worldcover2021", "80", ("pond_canal",), UNKNOWN),
    ("worldcover2021", "90", ("0402", "0306", "1106", "1108"), HIT),
    ("worldcover2021", "90", ("1108",), UNKNOWN),
    ("worldcover2021", "50", ("0701", "0702"), UNKNOWN),
    ("worldcover2021", "60", ("0701", "0702", "1101"), MISS),
    ("worldcover2021", "70", ("1110",), HIT),
    ("worldcover2021", "95", ("0303",), UNKNOWN),
    ("dlbm", "1104A", ("1101", "1102", "1103"), MISS),
    ("dlbm", "1102", ("1101", "1102", "1103"), HIT),
    ("dlbm", "0403K", ("0403",), MISS),  # a K code is a code of its own
]


@pytest.mark.parametrize(("words", "code", "classes", "outcome"), COVER)
def test_codes_of_the_land_survey_on_other_lists(words, code, classes, outcome):
    assert class_outcomes(classes, words, "x")[code] == outcome


BAD = """
[book]
id = "own"
title = { zh = "甲", en = "own" }
as_of = 2026-01-01
engineering = true

[[rules]]
id = "X-001"
applies_to = ["pv"]
holds_in = { country = "CN" }
kind = "hard"
title = { zh = "水面", en = "water" }
stated = { layer = "水面", operator = "in_classes" }
citation = "工程惯例（不是法规）"
no_quote = "工程惯例，没有条文"
source_step = "recalled"
[rules.test]
type = "in_classes"
layer = "land_parcels"
"""
WATER = """
[[classes]]
code = "1102"
title = { zh = "湖泊水面", en = "lake" }
rule = "X-001"
reason = { zh = "水面", en = "water" }
basis = "practice"
"""


def test_a_book_of_ones_own_fills_its_classes(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(BAD + WATER, encoding="utf-8")
    book = read_book(path)
    assert book.rules[0].test.classes == ("1102",)
    assert book.rules[0].engineering


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"1102"', '"9999"'),
        ("湖泊水面", "河流水面"),
        ('"X-001"', '"X-009"'),
        ('basis = "practice"', ""),
    ],
)
def test_faulty_classes_are_refused(tmp_path, old, new):
    path = tmp_path / "own.toml"
    rule = BAD.replace('"land_parcels"', '"land_parcels"\nclasses = ["1102"]')
    path.write_text(rule + WATER.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError):
        read_book(path)


def test_a_class_named_twice_is_refused(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(BAD + WATER + WATER, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"twice|重复"):
        read_book(path)
