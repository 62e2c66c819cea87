"""Every case of the fault table, one test a case."""

from __future__ import annotations

import collections

import pytest

from tests.faults.table import judged, rows

CASES = 255


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(r, id=f"{r.family}: {r.id}", marks=[pytest.mark.slow] if r.slow else [])
        for r in rows()
    ],
)
def test_case(row, tmp_path):
    found = judged(row, tmp_path)
    assert (found.kind, found.detail) == ("right", "")


def test_the_table_holds_what_was_promised():
    """255 different cases; each family refuses, tells and reads."""
    found = rows()
    assert len(found) >= CASES
    assert len({(r.family, r.id) for r in found}) == len(found)
    inputs = {(r.make, repr(sorted(r.words.items()))) for r in found}
    assert len(inputs) == len(found)
    outcomes = collections.Counter(r.outcome for r in found)
    assert min(outcomes.values()) >= 10
