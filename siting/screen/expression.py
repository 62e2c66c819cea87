"""Three-valued logic of rules over the bits of a cell: miss, unknown, hit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from siting.rules.outcome import HIT, MISS, UNKNOWN

__all__ = ["AllOf", "Constant", "Leaf", "Node", "Not", "OneOf", "evaluate"]

I1 = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Constant:
    """The same outcome everywhere: a layer that is missing or assumed absent."""

    value: int


@dataclass(frozen=True)
class Leaf:
    """A test that left bits in the cells.

    Attributes
    ----------
    hit, unknown
        Bits that say the test hits, or cannot be decided; -1 when there is none.
    covered
        Bit that says the layer has data here; without it absence of data is no hit.
    open
        The layer is incomplete: land it is silent about cannot be decided either.
    """

    hit: int
    unknown: int = -1
    covered: int = -1
    open: bool = False


@dataclass(frozen=True)
class AllOf:
    """Hits where every part hits."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class OneOf:
    """Hits where any part hits."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """Hits where the part is known not to hit."""

    part: Node


Node: TypeAlias = Constant | Leaf | AllOf | OneOf | Not


def _bit(table: npt.NDArray[np.uint64], bit: int) -> npt.NDArray[np.bool_]:
    word = table[:, bit // 64] >> np.uint64(bit % 64)
    return (word & np.uint64(1)).astype(bool)


def evaluate(node: Node, table: npt.NDArray[np.uint64], *, vouched: bool = False) -> I1:
    """Outcome of `node` for every mask of a table.

    Parameters
    ----------
    node : Node
    table : (n, k) uint64
        Masks, 64 bits a word.
    vouched : bool
        As if every layer were complete.

    Returns
    -------
    (n,) int8
        `MISS`, `UNKNOWN` or `HIT`.

    Examples
    --------
    >>> table = np.array([[0b00], [0b01], [0b10]], np.uint64)
    >>> evaluate(Leaf(hit=0, unknown=1), table).tolist()
    [0, 2, 1]
    >>> evaluate(AllOf((Leaf(hit=0, unknown=1), Constant(UNKNOWN))), table).tolist()
    [0, 1, 1]
    >>> evaluate(Not(Leaf(hit=0, unknown=1)), table).tolist()
    [2, 0, 1]
    >>> part = Leaf(hit=0, unknown=1, open=True)
    >>> evaluate(part, table).tolist(), evaluate(part, table, vouched=True).tolist()
    ([1, 2, 1], [0, 2, 1])
    """
    if isinstance(node, Constant):
        return np.full(len(table), node.value, dtype=np.int8)
    if isinstance(node, Leaf):
        silent = UNKNOWN if node.open and not vouched else MISS
        out = np.full(len(table), silent, dtype=np.int8)
        if node.covered >= 0:
            out[~_bit(table, node.covered)] = UNKNOWN
        if node.unknown >= 0:
            out[_bit(table, node.unknown)] = UNKNOWN
        if node.hit >= 0:
            out[_bit(table, node.hit)] = HIT
        return out
    if isinstance(node, Not):
        return np.asarray(HIT - evaluate(node.part, table, vouched=vouched), dtype=np.int8)
    parts: Sequence[I1] = [evaluate(p, table, vouched=vouched) for p in node.parts]
    fold = np.minimum if isinstance(node, AllOf) else np.maximum
    first = parts[0]
    for p in parts[1:]:
        first = fold(first, p)
    return first
