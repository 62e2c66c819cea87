"""The corrections of the law audit, one by one: words, strength, days and land moved."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest

from siting.rules import Rule, rule_books
from siting.rules.entry import Entry
from siting.rules.law import calendar, edition
from siting.screen.coded import effect_of
from tests.siting.rules.corrections import CASES, FIRST_DAYS, Case, Land, rail
from tests.siting.rules.day_county import TODAY, reach_m, state
from tests.siting.rules.test_quotes import plain

ENTRIES: dict[str, Entry] = {e.id: e for b in rule_books() for e in b.entries}
ONE_DAY = timedelta(days=1)


def rule_on(rule_id: str, day: date, scenario: str = "base") -> Rule:
    found = ENTRIES[rule_id].on(day, scenario)  # type: ignore[arg-type]
    assert found is not None, (rule_id, day)
    return found.model_copy(update={"scenario": scenario})


def effect(rule_id: str, day: date, scenario: str = "base") -> str:
    entry = ENTRIES[rule_id]
    chosen = entry.chosen(day, scenario)  # type: ignore[arg-type]
    assert chosen is not None
    kind = entry.strength_of(chosen[0], scenario)  # type: ignore[arg-type]
    return {"hard": "taken", "conditional": "conditional", "preference": "none"}[kind]


@pytest.mark.parametrize("case", [c for c in CASES if c.rules], ids=lambda c: c.row)
def test_correction_is_entered(case: Case):
    for rule_id in case.rules:
        scenario = "base" if "base" in ENTRIES[rule_id].scenarios else "conservative"
        rule = rule_on(rule_id, case.day, scenario)
        assert rule.law_known
        if case.law:
            texts = [v for v in ENTRIES[rule_id].versions if v.law == case.law]
            assert texts
            assert all(v.cited in (rule.citation, *rule.also) for v in texts)
            if case.quote or case.begins:
                assert rule.law == case.law
        if case.article:
            assert rule.citation.endswith(f"）{case.article}"), rule.citation
        assert plain(case.quote) in plain(rule.quote)
        if case.step:
            assert rule.source_step == case.step
        if case.begins:
            assert rule.valid_from == date.fromisoformat(case.begins)
        if case.ends:
            assert rule.valid_to == date.fromisoformat(case.ends)
        if case.effect:
            assert effect(rule_id, case.day) == case.effect
        if case.conservative:
            assert effect(rule_id, case.day, "conservative") == case.conservative
        if case.also:
            others = [v.law for v in ENTRIES[rule_id].versions]
            assert case.also in others


@pytest.mark.parametrize(
    ("case", "land"),
    [pytest.param(c, x, id=f"{c.row}-{i}") for c in CASES for i, x in enumerate(c.land)],
)
def test_correction_moves_the_land_it_should(case: Case, land: Land):
    of = ENTRIES[case.rules[0]].applies_to
    question = land.question or of[0]
    assert question in of
    how = dict(land.how)
    assert state(question, land.layers, land.day, **how) == land.now
    off = [*how.pop("without", ()), *case.rules]
    assert state(question, land.layers, land.day, **how, without=off) == land.without


def test_every_row_of_the_audit_has_its_case(shared):
    with (shared / "facts" / "rules_corrections.csv").open(encoding="utf-8-sig") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == 178
    cases = {c.row: c for c in CASES}
    first = {(i, day) for day, ids in FIRST_DAYS.values() for i in ids.split()}
    seen_days = set()
    for row in rows:
        if row["field"] == "valid_from" and row["now"] == "(空)":
            day = row["should_be"].split(";")[0]
            assert (row["rule_id"], day) in first
            seen_days.add((row["rule_id"], day))
        elif not row["rule_id"].startswith("pending"):
            assert row["rule_id"] in cases, row["rule_id"]
    assert seen_days == first
    assert {c.row for c in CASES} - {"PV-030 (b)"} <= {r["rule_id"] for r in rows}


def test_words_of_the_audit_stand_in_the_books(shared):
    """Every sentence the audit gives for a rule is a sentence of one of its texts."""
    with (shared / "facts" / "rules_corrections.csv").open(encoding="utf-8-sig") as f:
        rows = [r for r in csv.DictReader(f) if r["field"] != "valid_from"]
    cases = {c.row: c for c in CASES}
    absent = set()
    for row in rows:
        case = cases.get(row["rule_id"])
        if case is None:
            continue
        own = [plain(v.quote) for i in case.rules for v in ENTRIES[i].versions]
        for part in row["exact_quote_zh"].replace(" / ", "…").split("…"):
            words = plain(part).rstrip(".;")
            if words and not any(words in q for q in own):
                absent.add(row["rule_id"])
    assert absent == set(ELSEWHERE)


# Words that are kept where a reader finds them, and not in the quote of the rule; each has its
# line in docs/develop/corrections.md.
ELSEWHERE = {
    "PV-048": "a text that does not carry the number is no quote of it",
    "PV-049": "as PV-048",
    "AF-015": "the decision's own words say that the article was left alone",
    "PV-015": "the audit's list of what is allowed, shortened by it",
    "PV-040": "the four settings of one article are rules of their own",
    "PV-041": "as PV-040",
    "WD-045": "as PV-040",
    "WD-046": "as PV-040",
}


@pytest.mark.parametrize(
    ("rule_id", "law", "day"),
    [
        pytest.param(i, law, date.fromisoformat(day), id=f"{i}-{law}")
        for law, (day, ids) in FIRST_DAYS.items()
        for i in ids.split()
    ],
)
def test_a_text_starts_on_its_first_day(rule_id: str, law: str, day: date):
    assert edition(law).in_force == day
    now, before = rule_on(rule_id, day), rule_on(rule_id, day - ONE_DAY)
    title = edition(law).title.zh
    assert any(title in c for c in (now.citation, *now.also))
    assert now.law_known
    # the day before, another text holds, or nobody knows
    if before.law_known:
        assert before.law != law
        assert before.valid_to is None or before.valid_to >= day - ONE_DAY
    else:
        assert before.valid_from == day


def test_the_code_and_the_cropland_law_are_in_the_calendar():
    code, cropland = edition("code_2026"), edition("cropland_2026")
    assert (code.passed, code.in_force) == (date(2026, 3, 12), date(2026, 8, 15))
    assert (cropland.passed, cropland.in_force) == (date(2026, 8, 28), date(2027, 1, 1))
    # article 1242 repeals ten laws; the two that rules rested on end the day before
    repealed = {e.id: e for e in calendar().editions if e.repealed_by == "code_2026"}
    assert set(repealed) == {"noise_2021", "water_pollution_2017"}
    for old in repealed.values():
        assert old.last_day == date(2026, 8, 14)
        assert old.repealing_article == "第一千二百四十二条"


def test_state_forest_farms_are_no_rule():
    assert "WD-011" not in ENTRIES


@pytest.mark.parametrize("question", ["pv", "wind", "afforest"])
@pytest.mark.parametrize(
    ("rail_class", "setting", "metres"),
    [
        # 铁路安全管理条例第二十七条（一）至（四）
        ("high_speed", "urban", 10),
        ("conventional", "urban", 8),
        ("high_speed", "suburb", 12),
        ("conventional", "suburb", 10),
        ("high_speed", "village", 15),
        ("conventional", "village", 12),
        ("high_speed", "other", 20),
        ("conventional", "other", 15),
        ("industrial", "urban", 8),
        # a line whose setting is not known is out in the country
        ("high_speed", None, 20),
        ("conventional", None, 15),
    ],
)
def test_four_settings_of_railways(question, rail_class, setting, metres):
    # the fall distance of turbines is another rule
    drawn = rail(rail_class, setting)
    assert reach_m(question, drawn, without=["WD-044"]) == metres
    assert state(question, drawn, without=["WD-044"]) == "conditional"


@pytest.mark.parametrize("question", ["pv", "wind"])
@pytest.mark.parametrize(
    ("line", "metres", "of"),
    [
        # 电力设施保护条例第十条 up to 500 kV; above, and for direct current, a default
        ({"voltage_kv": 110.0}, 10, "taken"),
        ({"voltage_kv": 330.0}, 15, "taken"),
        ({"voltage_kv": 500.0}, 20, "taken"),
        ({"voltage_kv": 750.0}, 25, "conditional"),
        ({"voltage_kv": 800.0, "current": "dc"}, 30, "conditional"),
        ({"voltage_kv": 660.0, "current": "dc"}, 30, "conditional"),
        ({"voltage_kv": 1000.0, "current": "ac"}, 25, "conditional"),
    ],
)
def test_corridors_of_power_lines(question, line, metres, of):
    row = {"current": None, "placement": "overhead"} | line
    assert reach_m(question, {"power_line": row}, without=["WD-044"]) == metres
    assert state(question, {"power_line": row}, without=["WD-044"]) == of


def test_village_roads_have_no_width_until_the_county_draws_one():
    for question in ("pv", "wind"):
        drawn = {"road": {"road_class": "village"}}
        assert reach_m(question, drawn) == 0
        assert state(question, drawn) == "conditional"
        assert state(question, drawn, date(2025, 9, 14)) == "unknown"


def test_rain_is_read_by_the_rule_and_not_by_the_place():
    dense = {"forest_land": {"forest_type": "shrub", "shrub_cover_pct": 60.0}}
    row = dense["forest_land"]
    row |= {"origin": "planted", "protection_level": "II", "public_welfare": "none"}
    assert state("pv", dense, rain_mm=399.9) == "left"
    assert state("pv", dense, rain_mm=400.0) == "taken"
    assert state("pv", dense, rain_mm=600.0, here="110101") == "taken"


def test_kinds_of_project_are_read():
    park = {"natural_park": {"level": "provincial"}}
    for project, want in {"new": "conditional", "village": "conditional"}.items():
        assert state("wind", park, project=project) == want
    # the village notice is a reason for village wind only
    farm = {"permanent_basic_farmland": {}}
    assert state("wind", farm, without=["WD-022"]) == "left"
    assert state("wind", farm, without=["WD-022"], project="village") == "conditional"
    assert state("wind", park, without=["WD-009"], project="repower") == "conditional"
    assert state("wind", park, without=["WD-009", "WD-017"], project="repower") == "left"


def test_no_document_nobody_read_takes_land_by_itself():
    """Reported or remembered texts, drafts and unknown validity are conditions at most."""
    for entry in ENTRIES.values():
        for scenario in ("base", "hard"):
            chosen = entry.chosen(TODAY, scenario)
            if chosen is None or entry.engineering:
                continue
            if entry.strength_of(chosen[0], scenario) == "hard":
                assert chosen[0].step in ("primary", "mirror"), entry.id
                assert chosen[0].validity == "confirmed", entry.id
    assert effect_of(rule_on("WD-008", TODAY)) == "conditional"


@pytest.mark.parametrize(
    "rule_id", ["PV-048", "PV-049", "WD-083", "WD-094", "PV-031", "PV-095", "AF-004", "AF-010",
                "PV-021", "PV-024", "WD-054"],
)  # fmt: skip
def test_a_number_no_text_carries_is_said_to_be_one(rule_id):
    rule = rule_on(rule_id, TODAY)
    assert rule.review is not None
    assert rule.needs_review
    assert effect(rule_id, TODAY) == "conditional"


@pytest.mark.parametrize(
    ("parts", "rules"),
    [
        (("array",), "PV-004 PV-005 PV-006 PV-007 PV-096"),
        (("array", "substation", "road"), "PV-060"),
        (("line",), "PV-104 PV-083"),
        (("substation", "road", "line"), "PV-081"),
        # the whole project: the notice asks the site to avoid, not the array
        ((), "PV-001 PV-002 PV-003 PV-097 PV-098 WD-084 WD-085 NE-001 NE-002 WD-012 WD-013"),
    ],
)
def test_parts_a_text_is_about(parts, rules):
    for rule_id in rules.split():
        assert ENTRIES[rule_id].parts == parts, rule_id


@pytest.mark.parametrize(
    "rule_id", ["WD-001", "WD-002", "WD-003", "WD-017", "WD-068", "WD-069"]
)
def test_kinds_of_project_a_text_is_about(rule_id):
    village = rule_id in {"WD-068", "WD-069"}
    assert ENTRIES[rule_id].projects == (("village",) if village else ("repower",))
