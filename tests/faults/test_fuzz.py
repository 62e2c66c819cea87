"""The seeded search of the gate: 2,000 broken files, and every file found before."""

from __future__ import annotations

import collections

import pytest

from tests.faults.fuzz import Case, Report, case_bytes, fuzz, good_files
from tests.faults.mutate import mutated
from tests.faults.seeds import SEEDS

SEED, COUNT = 1, 2_000


@pytest.mark.slow
def test_two_thousand_broken_files_end_in_a_message_or_a_sound_answer():
    report = Report()
    for case in fuzz(SEED, COUNT):
        report.add(case)
    assert [f"{c.reader} {c.number}: {c.outcome} {c.detail}" for c in report.bad] == []
    assert sum(c.total() for c in report.counts.values()) == COUNT
    # a search in which nothing is refused, or nothing is read, looks at nothing
    total = sum(report.counts.values(), collections.Counter())
    assert total["refused"] > COUNT / 2
    assert total["read"] > COUNT / 20


def test_a_case_is_the_same_on_every_machine(tmp_path):
    good = b"a,b\n1,2\n3,4\n"
    assert case_bytes(1, "csv_deg", 7, good, text=True) == case_bytes(
        1, "csv_deg", 7, good, text=True
    )
    drawn = {case_bytes(1, "csv_deg", k, good, text=True) for k in range(50)}
    assert len(drawn) > 40
    assert set(good_files(tmp_path)) == set(SEEDS)


def test_a_mutant_can_be_anything_but_must_be_bytes():
    import random

    for k in range(200):
        assert isinstance(mutated(b"", random.Random(k), text=True), bytes)


def test_what_is_bad_is_counted_as_bad():
    report = Report()
    report.add(Case("plan", 1, "refused"))
    report.add(Case("plan", 2, "traceback", "KeyError", 0.5))
    report.add(Case("plan", 3, "refused:ours", "KeyError plan.py:1"))
    assert [c.number for c in report.bad] == [2]
    assert [c.number for c in report.ours] == [3]
    assert "| plan | 3 | 2 | 0 | 1 | 0 | 0 | 0 | 0.5 |" in report.table()
