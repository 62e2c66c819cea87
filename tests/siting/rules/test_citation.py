"""What a citation says of days that are not known, and how English cites a Chinese text."""

from __future__ import annotations

import re
from datetime import date

import pytest

from siting.rules import load_rules, rule_books
from siting.rules.ahead import law_ahead
from siting.rules.citation import cited
from siting.rules.law import Edition, calendar, edition
from siting.screen.on_day import rules_on_day
from siting.wind.repower.eligibility import law_facts

CHINESE = re.compile(r"[一-鿿，（）；：、]")
TITLE = re.compile(r"《[^》]*》")
EVERY = [(e, v) for b in rule_books() for e in b.entries for v in e.versions]


@pytest.mark.parametrize("law", [e for e in calendar().editions if not e.day_known])
def test_no_day_is_cited_that_nobody_knows(law):
    for lang in ("zh", "en"):
        said = TITLE.sub("", law.cited(lang=lang))
        assert not re.search(r"\d{4}-\d{2}-\d{2}", said), said
        assert str(law.passed.year) in said


@pytest.mark.parametrize(
    ("law", "zh", "en"),
    [
        # the office notice is dated by its reprint of 2015-08-24; its number gives the year
        ("ningxia_land_2015", "宁政办发〔2015〕108号，2015年，", "(2015 No. 108, 2015, "),
        # "千乡万村驭风行动" was issued in March 2024
        ("village_wind_2024", "发改能源〔2024〕378号，2024年3月）", "(2024 No. 378, 2024-03)"),
        # a known day stays a day
        ("roads_2011", "国务院令第593号，2011-03-07，2011-07-01施行）", "2011-07-01)"),
    ],
)
def test_the_known_part_of_a_day(law, zh, en):
    assert zh in edition(law).cited()
    assert en in edition(law).cited(lang="en")


def test_a_rule_says_that_its_day_is_the_latest_it_can_be():
    rules = {x.rule.id: x.rule for x in rules_on_day(day=date(2026, 11, 27))}
    law = rules["PV-066"].in_force  # Ningxia 2015 No. 108
    assert law.valid_from == date(2015, 8, 24)
    assert "最迟自 2015-08-24 起施行" in law.words("zh")
    assert "at the latest" in law.words("en")
    assert "最迟" not in rules["PV-035"].in_force.words("zh")  # roads: 2011-07-01 is the day


@pytest.mark.parametrize("key", ["cited", "no_quote"])
def test_english_citations_hold_no_chinese_but_titles(key):
    left = {cited(getattr(v, key), "en") for _, v in EVERY}
    assert {x for x in left if CHINESE.search(TITLE.sub("", x))} == set()


def test_english_words_of_the_law_hold_no_chinese_but_titles():
    for x in rules_on_day(day=date(2026, 11, 27)):
        said = TITLE.sub("", x.rule.in_force.words("en"))
        assert not CHINESE.search(said), said


def test_a_citation_keeps_its_article_and_day_in_english():
    # 公路安全保护条例 2011, art. 11: the 20 m, 15 m, 10 m and 5 m of building control
    road = next(r for r in load_rules("pv", as_of=date(2026, 11, 27)) if r.id == "PV-035")
    assert cited(road.citation, "en") == (
        "《公路安全保护条例》 (State Council Decree No. 593, 2011-03-07, in force 2011-07-01), "
        "art. 11, art. 13"
    )
    assert cited(road.citation, "zh") == road.citation


def test_a_draft_is_no_law_that_ends():
    day = date(2026, 11, 27)
    wind = load_rules("wind", as_of=day)
    draft = next(r for r in wind if r.id == "WD-014")
    assert draft.validity == "draft"
    assert "2030-12-31" not in draft.in_force.words("zh")
    assert "征求意见稿" in draft.in_force.words("zh")
    found = {c.rule_id: c for c in law_ahead(wind, day, 25)}
    # what ends is the notice of 2026-01-22, valid to 2030-12-31, the draft is read for
    assert found["WD-014"].law == "wind_forest_grass_2026"
    assert found["WD-014"].day == date(2031, 1, 1)
    assert "征求意见稿" not in found["WD-014"].text
    assert {c.law for c in found.values() if c.change == "ends"} == {"wind_forest_grass_2026"}


@pytest.mark.parametrize("key", ["in_force", "last_day"])
def test_a_draft_has_no_days_in_the_calendar(key):
    row = {
        "id": "a_draft",
        "title": {"zh": "甲（征求意见稿）", "en": "draft A"},
        "passed": "2025-03-05",
        "validity": "draft",
        "checked": "2026-11-27",
        "source_step": "secondary",
        "source": "x",
    }
    Edition.model_validate(row)
    with pytest.raises(ValueError, match="draft"):
        Edition.model_validate({**row, key: "2026-01-22"})


# 耕地保护和质量提升法, in force 2027-01-01: articles and rules of the audit, section 5. PV-001
# to PV-004 rest on the notice of 2023, whose bans are wider than those of the new law.
CROPLAND = {
    "PV-081": "第二十三条",
    "WD-022": "第二十四条",
    "WD-023": "第二十六条、第二十八条",
    "AF-001": "第二十七条",
    "AF-002": "第二十五条",
    "AF-005": "第二十七条",
    "WT-012": "第二十五条",
}


def test_every_rule_on_cropland_knows_the_law_of_2027():
    own = {e.id: v.article for e, v in EVERY if v.law == "cropland_2026"}
    assert own == CROPLAND


@pytest.mark.parametrize(
    ("day", "old"),
    [(date(2026, 11, 27), True), (date(2026, 12, 31), True), (date(2027, 1, 1), False)],
)
def test_the_law_of_2027_is_told_ahead_and_then_cited(day, old):
    rules = [r for t in ("pv", "wind", "afforest", "wetland") for r in load_rules(t, as_of=day)]
    own = [r for r in rules if r.id in CROPLAND]
    assert {r.id for r in own} == set(CROPLAND)
    assert {r.law == "cropland_2026" for r in own} == {not old}
    ahead = {c.rule_id for c in law_ahead(rules, day, 1) if c.law == "cropland_2026"}
    assert ahead == (set(CROPLAND) if old else set())


def test_a_default_is_no_document_that_could_be_in_force():
    rules = {x.rule.id: x.rule for x in rules_on_day(day=date(2026, 11, 27))}
    for rule_id in ("PV-064", "WD-044"):  # engineering defaults
        said = rules[rule_id].in_force.words
        assert "有效性已查明" not in said("zh")
        assert "validity" not in said("en")
    assert "有效性已查明" in rules["PV-035"].in_force.words("zh")


def test_practice_is_not_called_law_of_the_day():
    rules = {x.rule.id: x.rule for x in rules_on_day(day=date(2026, 11, 27))}
    # published figures of one plant; a default; a noise standard that is no law of the calendar
    for rule_id in ("PV-085", "PV-064", "WD-053"):
        law = rules[rule_id].in_force
        assert "有效的条文" not in law.day_words()("zh")
        assert law.day_words()("en").startswith("basis outside the law calendar")
    assert rules["PV-035"].in_force.day_words()("zh") == "在 2026-11-27 有效的条文"


def test_what_a_repowering_rests_on_is_cited_in_english():
    left = {cited(f.citation, "en") for f in law_facts().values()}
    assert {x for x in left if CHINESE.search(TITLE.sub("", x))} == set()
