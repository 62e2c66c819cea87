"""Which of several texts counts on a day, for any texts, days, strengths and scenarios."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from siting.rules.entry import Entry
from siting.rules.law import calendar
from siting.rules.version import Version
from tests.siting.rules.test_as_of import ENTRIES, strength_on

A_DAY = st.dates(date(2008, 1, 1), date(2033, 12, 31))


@st.composite
def versions(draw: st.DrawFn) -> Version:
    """A text of law or practice with any days, strength and step."""
    begins = draw(st.none() | A_DAY)
    ends = draw(st.none() | A_DAY)
    if begins and ends and begins > ends:
        begins, ends = ends, begins
    return Version(
        citation=f"text {draw(st.integers(0, 99))}",
        quote="words",
        kind=draw(st.sampled_from([None, "hard", "conditional", "preference"])),
        valid_from=begins,
        valid_to=ends,
        source_step=draw(st.sampled_from(["primary", "mirror", "secondary", "recalled"])),
        scenarios=draw(
            st.sampled_from([("base", "hard", "conservative"), ("conservative",), ("base",)])
        ),
    )


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    return Entry.model_validate(
        {
            "id": "T-001",
            "applies_to": ["pv"],
            "holds_in": {"country": "CN"},
            "kind": draw(st.sampled_from(["hard", "conditional", "preference"])),
            "title": {"zh": "测试", "en": "test"},
            "stated": {"layer": "x", "operator": "intersects"},
            "test": {"type": "intersects", "layer": "ecological_red_line"},
            "versions": [v.model_dump() for v in draw(st.lists(versions(), min_size=1))],
        }
    )


RANK = {"preference": 0, "conditional": 1, "hard": 2}


@settings(max_examples=300, deadline=None)
@given(entries(), A_DAY, st.sampled_from(["base", "conservative"]))
def test_the_text_that_counts_is_in_force_and_the_strongest(entry, day, scenario):
    live = [v for v in entry.versions if v.on(day) and scenario in v.scenarios]
    found = entry.chosen(day, scenario)
    if live:
        assert found is not None
        version, also, known = found
        assert known
        assert version in live
        best = max(RANK[entry.strength_of(v, scenario)] for v in live)
        assert RANK[entry.strength_of(version, scenario)] == best
        assert len(also) == len(live) - 1 or live.count(version) > 1
        assert all(v in live for v in also)
    elif found is not None:
        version, also, known = found
        assert not known
        assert not also
        # a text that comes later, or one that ended and nobody looked up what followed: after
        # the calendar was last read, or no text of the calendar
        assert not version.on(day)
        if version.ends and version.ends < day:
            assert version.ends > calendar().read_on or not version.law
            assert not version.last_text
            assert not [v for v in entry.versions if v.begins and v.begins > day
                        and scenario in v.scenarios]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(entries(), A_DAY)
def test_a_day_before_any_text_that_is_to_come_is_unknown(entry, day):
    coming = [
        v for v in entry.versions if "base" in v.scenarios and v.begins and v.begins > day
    ]
    live = [v for v in entry.versions if v.on(day)]
    if coming and not live:
        rule = entry.on(day)
        assert rule is not None
        assert not rule.law_known
        assert rule.valid_from == min(v.begins for v in coming if v.begins)


@settings(max_examples=200, deadline=None)
@given(entries(), versions(), A_DAY, st.sampled_from(["base", "conservative"]))
def test_one_more_text_never_weakens_a_rule(entry, version, day, scenario):
    if not [v for v in entry.versions if v.on(day) and scenario in v.scenarios]:
        return
    more = entry.model_copy(update={"versions": (*entry.versions, version)})
    assert RANK[strength_on(more, day, scenario)] >= RANK[strength_on(entry, day, scenario)]


@settings(max_examples=200, deadline=None)
@given(versions())
def test_only_a_text_that_was_read_excludes_and_the_careful_scenario_excludes_no_less(version):
    entry = ENTRIES[0].model_copy(
        update={"kind": "hard", "kind_in": {}, "read_as": None, "engineering": False}
    )
    base, careful = (entry.strength_of(version, s) for s in ("base", "conservative"))
    assert RANK[careful] >= RANK[base]
    if base == "hard":
        assert version.step in ("primary", "mirror")
    if version.step == "recalled":
        assert careful != "hard"


@settings(max_examples=100, deadline=None)
@given(entries(), A_DAY)
def test_order_of_the_texts_does_not_matter(entry, day):
    back = entry.model_copy(update={"versions": entry.versions[::-1]})
    for scenario in ("base", "conservative"):
        assert strength_on(entry, day, scenario) == strength_on(back, day, scenario)


def test_a_gap_between_two_texts_is_unknown_and_not_free():
    """A text of 2010 to 2012 and one from 2015: in 2013 nobody knows, before and after too."""
    old, new = (
        Version(citation=c, quote="words", valid_from=a, valid_to=b, source_step="primary")
        for c, a, b in (
            ("old", date(2010, 1, 1), date(2012, 12, 31)),
            ("new", date(2015, 1, 1), None),
        )
    )
    entry = ENTRIES[0].model_copy(update={"versions": (old, new)})
    seen = {
        day: (found[0].citation, found[2])
        for day in (
            date(2009, 12, 31),
            date(2010, 1, 1),
            date(2012, 12, 31),
            date(2013, 1, 1),
            date(2014, 12, 31),
            date(2015, 1, 1),
        )
        if (found := entry.chosen(day)) is not None
    }
    assert list(seen.values()) == [
        ("old", False),
        ("old", True),
        ("old", True),
        ("new", False),
        ("new", False),
        ("new", True),
    ]


def test_a_final_text_stands_before_the_draft_it_followed():
    """Both say *deserts first* on the same days; a draft is not what a reader is shown."""
    entry = next(e for e in ENTRIES if e.id == "WD-019")
    chosen = entry.chosen(date(2026, 11, 27))
    assert chosen is not None
    assert chosen[0].validity == "confirmed"
    assert [v.validity for v in chosen[1]] == ["draft"]


def test_days_of_law_stand_in_the_calendar_alone():
    """A text of a law takes its days from the calendar, of its own edition or another one."""
    own = {
        e.id
        for e in ENTRIES
        for v in e.versions
        if v.law and (v.valid_from is not None or v.valid_to is not None)
    }
    assert own == set()


def test_a_text_that_gives_way_to_another_ends_the_day_before():
    """基本农田保护条例 stands until 土地管理法 of 2019 comes into force on 2020-01-01."""
    entry = next(e for e in ENTRIES if e.id == "PV-001")
    old = next(v for v in entry.versions if v.law == "basic_farmland_2011")
    assert (old.begins, old.ends) == (date(2011, 1, 8), date(2019, 12, 31))
    # the older caliber of shrubs counts in another scenario from the day of the notice on
    shrub = next(e for e in ENTRIES if e.id == "PV-008").versions
    assert [(v.ends, v.begins) for v in shrub] == [
        (date(2023, 3, 19), shrub[0].begins),
        (None, date(2023, 3, 20)),
    ]
    assert not shrub[0].day_known  # of the notice of 2015 the year is known
    assert shrub[1].day_known
    # a default that came with a notice has its first day
    town = next(e for e in ENTRIES if e.id == "PV-089").versions[0]
    assert (town.begins, town.ends, town.law) == (date(2023, 3, 20), None, "")
