"""Law of the day, 2010 to 2031: no rule before its law, none after it, no ban lost between."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, get_args

import numpy as np
import pytest

from siting.rules import load_rules, rule_books
from siting.rules.entry import Entry
from siting.rules.kind import AppliesTo
from siting.rules.outcome import HIT, UNKNOWN
from tests.conftest import ROOT
from tests.siting.rules.corrections import FOREST
from tests.siting.rules.day_county import state
from tests.siting.rules.test_rules_fire import outcome, own_tests, source_for

ONE_DAY = timedelta(days=1)
START, END = date(2010, 1, 1), date(2031, 12, 31)
ENTRIES = [e for b in rule_books() for e in b.entries]
QUESTIONS = get_args(AppliesTo)

# The days as the files have them, past the loader.
LAWS = {
    row["id"]: row
    for row in tomllib.loads((ROOT / "siting/rules/laws.toml").read_text("utf-8"))["laws"]
}
WRITTEN = {
    row["id"]: row
    for path in sorted((ROOT / "siting/rules/books").glob("*.toml"))
    for row in tomllib.loads(path.read_text("utf-8"))["rules"]
}


def _changes() -> list[date]:
    """First days of a new state: of every edition, and of texts narrower than theirs."""
    found = set()
    for row in LAWS.values():
        found |= {row.get("in_force"), row.get("last_day") and row["last_day"] + ONE_DAY}
    for rule in WRITTEN.values():
        for v in rule.get("versions", [rule]):
            found |= {v.get("valid_from"), v.get("valid_to") and v["valid_to"] + ONE_DAY}
    return sorted(d for d in found if d and START <= d <= END)


CHANGES = _changes()
DAYS = sorted(
    {date(y, 1, 1) for y in range(2010, 2032)}
    | set(CHANGES)
    | {d - ONE_DAY for d in CHANGES}
    | {END}
)


def test_days_reach_over_every_change():
    assert len(CHANGES) > 60
    assert date(2026, 8, 15) in CHANGES  # the code
    assert date(2031, 1, 1) in CHANGES  # the wind notice has ended


SCENARIOS = [
    "base",
    *(pytest.param(s, marks=pytest.mark.slow) for s in ("hard", "conservative")),  # 151 days
]


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("day", DAYS, ids=str)
def test_no_rule_rests_on_a_text_before_its_first_day_or_after_its_last(day, scenario):
    for rule in load_rules(
        QUESTIONS, as_of=day, scenario=scenario, hub_height_m=100.0, rotor_radius_m=80.0
    ):
        if not rule.law_known:
            continue
        row = LAWS.get(rule.law, {})
        begins, ends = row.get("in_force"), row.get("last_day")
        assert begins is None or begins <= day, rule.id
        assert ends is None or day <= ends, rule.id
        assert rule.valid_from is None or rule.valid_from <= day, rule.id
        assert rule.valid_to is None or day <= rule.valid_to, rule.id
        # a day of which only month or year is known is never before its law
        if begins and row.get("passed"):
            assert row["passed"] <= begins, rule.id


@pytest.mark.parametrize("day", [date(2010, 1, 1), date(2016, 1, 1), date(2022, 1, 1)], ids=str)
def test_land_is_never_taken_nor_freed_by_a_law_nobody_knows(day):
    rules = load_rules(
        QUESTIONS, as_of=day, scenario="conservative", hub_height_m=100.0, rotor_radius_m=80.0
    )
    unknown = [r for r in rules if r.is_filter and not r.law_known]
    assert len(unknown) > 40
    for rule in unknown:
        source = source_for(own_tests(rule))
        found = outcome(rule, source)
        assert (found != HIT).all(), rule.id
        # what the later text would hit is undecided, and not simply missed
        later = outcome(rule.model_copy(update={"law_known": True}), source)
        assert (later[:, 0] == HIT).all(), rule.id
        assert (found[later == HIT] == UNKNOWN).all(), rule.id


# ------------------------------------------------------------------ no ban is lost in between


def strength_on(entry: Entry, day: date, scenario: str = "base") -> str:
    """hard, conditional, preference, unknown, or none where it is not in force."""
    found = entry.chosen(day, scenario)  # type: ignore[arg-type]
    if found is None:
        return "none"
    return entry.strength_of(found[0], scenario) if found[2] else "unknown"  # type: ignore[arg-type]


# A ban that ends, and why that is no loss of ours.
ENDS = {
    ("WD-020", date(2024, 3, 27)): "林资发〔2019〕17号 ran five years and nothing followed",
}


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.test.is_filter], ids=lambda e: e.id)
def test_a_ban_goes_on_where_the_next_text_takes_over(entry):
    before = strength_on(entry, START - ONE_DAY)
    for day in DAYS:
        now = strength_on(entry, day)
        if before == "hard" and now != "hard":
            assert (entry.id, day) in ENDS, (day, now)
        if before == "unknown":
            # an unknown law becomes known; it does not vanish
            assert now != "none", day
        before = now


def test_bans_that_end_are_those_listed():
    for (rule_id, day), why in ENDS.items():
        entry = next(e for e in ENTRIES if e.id == rule_id)
        assert strength_on(entry, day - ONE_DAY) == "hard"
        assert strength_on(entry, day) == "none", why


def test_texts_of_a_rule_follow_each_other_without_a_gap():
    """Between the first text and the last one there is no day without law."""
    for entry in ENTRIES:
        for scenario in ("base", "conservative"):
            own = [v for v in entry.versions if scenario in v.scenarios]
            starts = [v.begins for v in own if v.begins]
            if scenario not in entry.scenarios or not starts:
                continue
            first = min(starts)
            last = max((v.ends or END for v in own), default=END)
            for day in DAYS:
                if first <= day <= last:
                    assert strength_on(entry, day, scenario) != "unknown", (entry.id, day)


# ------------------------------------------------------------- what was banned on which day


@dataclass(frozen=True)
class Subject:
    """Land drawn, and its state from a day on, with the text that says so."""

    name: str
    question: str
    layers: Mapping[str, Mapping[str, Any]]
    since: tuple[tuple[date, str, str], ...]


def days(*rows: tuple[str, str, str]) -> tuple[tuple[date, str, str], ...]:
    return tuple((date.fromisoformat(d), s, why) for d, s, why in rows)


NOT_FOUND = "the text of that day was not found"
RESERVE = {"nature_reserve": {"name": "某", "zone": "core"}}
ZONE1 = {"drinking_water_zone": {"zone": "first"}}
HERITAGE = {"heritage_site": {"zone": "protection"}}
WETLAND = {"wetland": {"level": "national", "wetland_type": "lake"}}
MILITARY = {"military_zone": {"zone": "restricted"}}
CLASS_1 = {"forest_land": FOREST | {"protection_level": "I"}}
WATER = days(
    ("2010-01-01", "unknown", NOT_FOUND),
    ("2018-01-01", "taken", "水污染防治法 2017 第六十五条; 生态环境法典第三百一十九条"),
)
RELICS = days(("2010-01-01", "taken", "文物保护法 2007-2017 第十七条; 2024 第二十八条"))
MARSH = days(
    ("2010-01-01", "unknown", NOT_FOUND), ("2022-06-01", "taken", "湿地保护法第十九条")
)
ARMY = days(
    ("2010-01-01", "unknown", NOT_FOUND),
    ("2014-08-01", "taken", "军事设施保护法 2014 第十五条; 2021 第十八条"),
)
SAND = days(("2010-01-01", "taken", "防沙治沙法 2001、2018 第二十二条"))
HAZARD = days(("2010-01-01", "taken", "地质灾害防治条例第十九条"))
FARM = days(
    ("2010-01-01", "unknown", NOT_FOUND),
    ("2011-01-08", "taken", "基本农田保护条例 2011 第十五条; 土地管理法 2019 第三十五条"),
)
CLASS1 = days(
    ("2010-01-01", "unknown", NOT_FOUND),
    ("2015-05-01", "taken", "建设项目使用林地审核审批管理办法第四条（一）"),
)
OLD_RESERVES = days(
    ("2010-01-01", "unknown", NOT_FOUND),
    ("2017-10-07", "taken", "自然保护区条例 2017 第三十二条; 2026 第二十六、二十七条"),
)
RED_LINE = days(
    ("2010-01-01", "unknown", NOT_FOUND),
    ("2022-08-16", "taken", "自然资发〔2022〕142号一（一）"),
)

BOTH = {
    "red line": ({"ecological_red_line": {}}, RED_LINE),
    "basic farmland": ({"permanent_basic_farmland": {}}, FARM),
    "nature reserve": (RESERVE, OLD_RESERVES),
    "drinking water, first zone": (ZONE1, WATER),
    "heritage, protection range": (HERITAGE, RELICS),
    "wetland of national level": (WETLAND, MARSH),
    "military restricted zone": (MILITARY, ARMY),
    "closed sandy area": ({"sandy_closed_area": {}}, SAND),
    "geological danger area": ({"geohazard_danger": {}}, HAZARD),
    "forest land of class I": (CLASS_1, CLASS1),
    "the Great Wall": (
        {"great_wall": {}},
        days(("2010-01-01", "taken", "长城保护条例第十二条")),
    ),
    "national park": (
        {"national_park": {}},
        days(
            ("2010-01-01", "unknown", NOT_FOUND),
            ("2026-01-01", "taken", "国家公园法第二十七、二十八条"),
        ),
    ),
}
SUBJECTS = [
    Subject(name, question, layers, since)
    for question in ("pv", "wind")
    for name, (layers, since) in BOTH.items()
] + [
    Subject(
        "basic grassland",
        "pv",
        {"basic_grassland": {}},
        days(
            ("2010-01-01", "unknown", NOT_FOUND),
            ("2023-03-20", "taken", "自然资办发〔2023〕12号一（二）; 法典第七百一十六条"),
        ),
    ),
    Subject(
        "basic grassland",
        "wind",
        {"basic_grassland": {}},
        days(
            ("2010-01-01", "unknown", NOT_FOUND),
            ("2026-01-22", "conditional", "2026年风电通知, known from a summary only"),
            ("2026-08-15", "taken", "生态环境法典第七百一十六条"),
        ),
    ),
    Subject(
        "arbor forest",
        "pv",
        {"land_parcels": {"dlbm": "0301"}},
        days(
            ("2010-01-01", "unknown", NOT_FOUND),
            ("2023-03-20", "taken", "自然资办发〔2023〕12号二（一）"),
        ),
    ),
    Subject(
        "natural arbor forest",
        "wind",
        {"forest_land": FOREST | {"forest_type": "arbor", "origin": "natural"}},
        days(
            ("2010-01-01", "unknown", NOT_FOUND),
            ("2019-03-27", "taken", "林资发〔2019〕17号"),
            ("2024-03-27", "unknown", "it ran five years; the notice of 2026 is not yet there"),
            ("2026-01-22", "conditional", "征求意见稿, no text in force"),
            ("2031-01-01", "unknown", "the notice has ended, what follows is not known"),
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda s: f"{s.question}-{s.name}")
def test_what_was_banned_on_which_day(subject):
    """Yearly and at every change of law: taken, conditional or unknown, never left."""
    edges = {d for d, _, _ in subject.since}
    asked = [d for d in DAYS if d.month == d.day == 1 or d in edges or d + ONE_DAY in edges]
    for day in [*asked, END]:
        want = [s for d, s, _ in subject.since if d <= day][-1]
        assert state(subject.question, subject.layers, day) == want, day


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda s: f"{s.question}-{s.name}")
def test_a_subject_is_free_where_nothing_is_drawn(subject):
    assert state(subject.question, {}, date(2010, 1, 1)) == "left"


def test_every_day_of_2026_in_the_life_of_the_code():
    """Day by day around the code, the strip of a first zone is taken on every single day."""
    for day in np.arange("2026-08-01", "2026-09-01", dtype="datetime64[D]").astype(object):
        for question in ("pv", "wind"):
            assert state(question, ZONE1, day) == "taken"
