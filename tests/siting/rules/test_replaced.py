"""A rule that another one replaces: one of them on each day, and the days must fit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gis.errors import ConfigError
from siting.rules import law_ahead, load_rules, read_book
from siting.screen.on_day import on_the_day

OLD, NEW = date(2024, 12, 31), date(2025, 3, 1)

RULE = """
[[rules]]
id = "{id}"
applies_to = ["pv"]
kind = "hard"
title = {{ zh = "堤防外保护距离", en = "distance from dykes" }}
stated = {{ layer = "堤防", operator = "within", parameter = "{m}", unit = "m" }}
citation = "text of {id}"
quote = "words"
source_step = "primary"
source = "gazette"
{days}

[rules.test]
type = "within"
layer = "dyke"
distance_m = {m}
bounds_m = [20, 200]
from = "edge"
"""


def book(folder: Path, old: str, new: str) -> Path:
    head = '[book]\nid = "own"\ntitle = { zh = "本县", en = "own" }\nas_of = 2026-11-27\n'
    head += 'holds_in = { country = "CN" }\n'
    text = head + RULE.format(id="PL-101", m=30, days=old)
    path = folder / "own.toml"
    path.write_text(text + RULE.format(id="PL-102", m=40, days=new), encoding="utf-8")
    return path


FITS = f'valid_to = {OLD}\nreplaced_by = "PL-102"', f"valid_from = {NEW}"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 12, 31), {30.0: True}),
        (date(2025, 1, 1), {40.0: False}),  # the texts leave a gap: the law is not known
        (date(2025, 3, 1), {40.0: True}),
        (date(2031, 1, 1), {40.0: True}),  # after the day the calendar was read, too
    ],
)
def test_each_day_has_the_rule_of_its_text(
    tmp_path: Path, day: date, expected: dict[float, bool]
):
    rules = load_rules("pv", books=[book(tmp_path, *FITS)], as_of=day)
    assert {r.test.distance_m: r.law_known for r in rules} == expected


def test_the_former_rule_names_the_text_that_takes_its_place(tmp_path: Path):
    (rule, *_) = load_rules("pv", books=[book(tmp_path, *FITS)], as_of=OLD)
    assert (rule.id, rule.next_from, rule.next_text) == ("PL-101", NEW, "text of PL-102")
    (change,) = [c for c in law_ahead([rule], OLD, 1) if c.rule_id == "PL-101"]
    assert (change.day, change.change) == (NEW, "changes")


def test_a_list_of_rules_says_that_the_other_one_is_still_to_come(tmp_path: Path):
    own = book(tmp_path, *FITS)
    ready = {r.id: r for r in load_rules("pv", books=[own], as_of=OLD)}
    standing = {
        e.id: on_the_day(e, OLD, ready, None, ("pv",)).standing for e in read_book(own).entries
    }
    assert standing == {"PL-101": "in_force", "PL-102": "not_yet"}


def test_without_a_name_the_end_of_a_text_not_read_since_is_not_known(tmp_path: Path):
    # a text that ends after the law calendar was read: nobody knows what followed it
    far, after = date(2090, 12, 31), date(2091, 1, 1)
    open_end = book(tmp_path, f"valid_to = {far}", f"valid_from = {after}")
    told = {r.id: r.law_known for r in load_rules("pv", books=[open_end], as_of=after)}
    assert told == {"PL-101": False, "PL-102": True}
    # nor is it of a county's own text that ended long ago: the calendar has no such texts
    ended, next_day = date(2020, 12, 31), date(2026, 11, 27)
    open_end = book(tmp_path, f"valid_to = {ended}", "valid_from = 2018-03-01")
    told = {r.id: r.law_known for r in load_rules("pv", books=[open_end], as_of=next_day)}
    assert told == {"PL-101": False, "PL-102": True}
    # unless the book says that nothing took its place, whatever the day
    for end in (ended, far):
        last = book(tmp_path, f"valid_to = {end}\nlast_text = true", "valid_from = 2018-03-01")
        told = {r.id for r in load_rules("pv", books=[last], as_of=date(2091, 1, 1))}
        assert told == {"PL-102"}
    named = book(tmp_path, f'valid_to = {far}\nreplaced_by = "PL-102"', f"valid_from = {after}")
    told = {r.id: r.law_known for r in load_rules("pv", books=[named], as_of=after)}
    assert told == {"PL-102": True}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('replaced_by = "PL-102"', f"valid_from = {NEW}", "has no last day"),
        (FITS[0], f"valid_from = {OLD}", "begins too early"),
        (FITS[0], "", "begins too early"),
        (f'valid_to = {OLD}\nreplaced_by = "PL-109"', FITS[1], "no such rule"),
        (f'valid_to = {OLD}\nreplaced_by = "PL-101"', FITS[1], "no such rule"),
    ],
)
def test_days_that_do_not_fit_are_refused(tmp_path: Path, old: str, new: str, words: str):
    with pytest.raises(ConfigError, match=words) as caught:
        load_rules("pv", books=[book(tmp_path, old, new)])
    assert "PL-101 [replaced_by]" in str(caught.value)
