"""Three-valued logic on masks of several words."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from siting.rules.outcome import HIT, MISS, UNKNOWN
from siting.screen.expression import AllOf, Constant, Leaf, Not, OneOf, evaluate

THREE = (MISS, UNKNOWN, HIT)


@pytest.mark.parametrize("bit", [0, 1, 63, 64, 65, 127, 128, 130])
def test_a_bit_is_found_in_its_word(bit):
    masks = np.zeros((131, 3), np.uint64)  # row k has bit k alone
    for k in range(131):
        masks[k, k // 64] = np.uint64(1) << np.uint64(k % 64)
    hit = evaluate(Leaf(hit=bit), masks)
    assert np.flatnonzero(hit == HIT).tolist() == [bit]
    assert set(hit.tolist()) <= {MISS, HIT}
    doubt = evaluate(Leaf(hit=-1, unknown=bit), masks)
    assert np.flatnonzero(doubt == UNKNOWN).tolist() == [bit]
    assert set(doubt.tolist()) <= {MISS, UNKNOWN}
    silent = evaluate(Leaf(hit=-1, covered=bit), masks)  # without data nothing is known
    assert np.flatnonzero(silent == MISS).tolist() == [bit]
    assert set(silent.tolist()) <= {MISS, UNKNOWN}


def test_a_hit_outdoes_doubt_and_doubt_a_miss():
    # bits: 0 hit, 1 unknown, 2 covered
    masks = np.arange(8, dtype=np.uint64)[:, None]
    found = evaluate(Leaf(hit=0, unknown=1, covered=2), masks)
    assert found.tolist() == [UNKNOWN, HIT, UNKNOWN, HIT, MISS, HIT, UNKNOWN, HIT]


def test_all_any_and_not_are_kleenes():
    # Kleene 1938: the least of all parts, the greatest of any, the mirror of one
    none = np.zeros((1, 1), np.uint64)
    for parts in itertools.product(THREE, repeat=3):
        nodes = tuple(Constant(v) for v in parts)
        assert evaluate(AllOf(nodes), none).tolist() == [min(parts)]
        assert evaluate(OneOf(nodes), none).tolist() == [max(parts)]
    assert [evaluate(Not(Constant(v)), none).item() for v in THREE] == [HIT, UNKNOWN, MISS]
    assert THREE == (0, 1, 2)
