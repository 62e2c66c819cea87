"""Counts and areas by rule against their definition: rules dropped, codes looked at singly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siting.rules.outcome import HIT, UNKNOWN
from siting.screen.coded import CONDITIONAL as SOFT
from siting.screen.coded import LEFT, STATES, TAKEN, UNDECIDED, states
from siting.screen.coded import PROVISIONAL as LATE
from siting.screen.judged.counted import (
    areas_by_rule,
    first_hits,
    pairs_of_rules,
    roles_of,
    without_each,
)

EFFECTS = ("taken", "conditional", "none")


@st.composite
def tables(draw):
    """Outcomes of a few rules on a few codes, row 0 the placeholder; areas beyond 2**53."""
    n, r = draw(st.integers(2, 12)), draw(st.integers(1, 6))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    outcomes = rng.choice([0, UNKNOWN, HIT], (n, r)).astype(np.int8)
    effects = tuple(rng.choice(EFFECTS, r).tolist())
    late = rng.random((draw(st.sampled_from([1, n])), r)) < 0.5
    quanta = rng.integers(0, 2**58, n)
    quanta[0] = 0
    return outcomes, effects, late, quanta


@given(tables())
def test_dropping_a_rule_is_a_table_without_it(case):
    outcomes, effects, late, quanta = case

    def by_state(own):
        state = states(outcomes, own, late)
        return [int(quanta[state == s].sum()) for s in range(len(STATES))]

    got = without_each(
        outcomes, roles_of(effects), late, quanta, (TAKEN, UNDECIDED, LATE, SOFT, LEFT), 6
    )
    before = by_state(effects)
    for j in range(len(effects)):
        after = by_state(tuple("none" if i == j else e for i, e in enumerate(effects)))
        assert got[j].tolist() == [a - b for a, b in zip(after, before, strict=True)]


@given(tables())
def test_areas_of_rules_are_those_of_their_codes(case):
    outcomes, effects, _, quanta = case
    r = len(effects)
    want = [[0] * r for _ in range(4)]
    pairs = [[0] * r for _ in range(r)]
    first = [0] * r
    for row, q in zip(outcomes, quanta.tolist(), strict=True):
        hit = [j for j in range(r) if row[j] == HIT]
        forced = [j for j in hit if effects[j] != "none"]
        for j in range(r):
            want[0][j] += q if j in hit else 0
            want[1][j] += q if forced == [j] else 0
            same = [i for i in forced if effects[i] == effects[j]]
            want[2][j] += q if same == [j] else 0
            want[3][j] += q if row[j] == UNKNOWN else 0
            for i in hit:
                pairs[i][j] += q if j in hit else 0
        if hit:
            first[r - 1 - max(hit)] += q
    role = roles_of(effects)
    assert areas_by_rule(outcomes, role, quanta).tolist() == want
    assert pairs_of_rules(outcomes, quanta).tolist() == pairs
    assert first_hits(outcomes, np.arange(r)[::-1].copy(), quanta).tolist() == first


def test_a_table_in_columns_is_counted_as_one_in_rows():
    rows = np.array([[0, 0, 0], [HIT, UNKNOWN, HIT], [HIT, HIT, 0]], np.int8)
    role, quanta = roles_of(["taken", "conditional", "none"]), np.array([0, 7, 11])
    one = areas_by_rule(rows, role, quanta)
    assert (areas_by_rule(np.asfortranarray(rows), role, quanta) == one).all()


def test_an_effect_nobody_knows_is_a_fault():
    with pytest.raises(KeyError):
        roles_of(["forbidden"])


def test_a_large_table_in_parts_is_the_table_in_one():
    """70,000 codes: above the number from which two threads go through it."""
    rng = np.random.default_rng(18)
    n, rules = 70_000, 5
    said = rng.choice([0, HIT, UNKNOWN], size=(n, rules), p=[0.6, 0.2, 0.2]).astype(np.int8)
    role = roles_of(["taken", "conditional", "none", "taken", "conditional"])
    late, quanta = rng.random((n, rules)) < 0.4, rng.integers(0, 9, n)
    ask = (3, 4, 5, 2, 1), 6
    whole = without_each(said, role, late, quanta, *ask)
    parts = [
        without_each(
            said[k : k + 10_000], role, late[k : k + 10_000], quanta[k : k + 10_000], *ask
        )
        for k in range(0, n, 10_000)
    ]
    assert (whole == sum(parts)).all()
