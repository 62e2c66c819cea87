"""Which layer to fetch or complete next: what each one would bring to a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from layers.catalogue import layer as layer_of
from siting.rules.outcome import UNKNOWN
from siting.screen.coded import OUTSIDE, TAKEN, Screening
from siting.screen.judged.share import (
    in_force,
    judged_at,
    judged_limits,
    share_of,
    weights_of,
)

__all__ = ["NextLayer", "next_layers"]

Bools = npt.NDArray[np.bool_]
F8 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class NextLayer:
    """What one more layer would bring, when the layers before it in the list have come.

    Attributes
    ----------
    layer
        Its id.
    complete_it
        It is there, and lacks features: it is to be completed, not fetched.
    rules
        Rules that wait for it, alone or with others.
    alone_m2
        Land whose state would be decided if this layer came and no other [m2].
    lifted_m2
        Land whose state is decided by then: with it and all before it [m2].
    above_m2
        Land by then of which at least `limit` of the rules was judged [m2].
    frac, hard_frac
        Judged share by then.
    n
        Rules judged by then.
    """

    layer: str
    rules: tuple[str, ...]
    alone_m2: float
    lifted_m2: float
    above_m2: float
    frac: float
    hard_frac: float
    n: int
    complete_it: bool = False


def _rank(layer_id: str) -> tuple[int, str]:
    """Core layers first, in their order."""
    supply = layer_of(layer_id).supply
    core = supply is not None and supply.priority == "core"
    return (supply.rank if supply and core else 100), layer_id


def _decided(s: Screening, there: Iterable[str]) -> Bools:
    """Codes that are decided once these layers have come, and are not today."""
    have = set(there)
    force, _ = in_force(s)
    comes = np.array([bool(v.awaits) and set(v.awaits) <= have for v in s.verdicts], dtype=bool)
    doubt = (s.outcomes == UNKNOWN) & force
    open_now = doubt.any(axis=1) & (s.state != TAKEN) & (s.state != OUTSIDE)
    return np.asarray(open_now & ~(doubt & ~(comes & s.late)).any(axis=1), dtype=bool)


def next_layers(s: Screening, limit: float | None = None) -> tuple[NextLayer, ...]:
    """Layers that are not there or not complete, by how fast the judged share grows.

    One after the other, the layer that adds most to the judged share of all rules comes next;
    a rule that waits for several layers counts in equal parts for each. Where equal, core
    layers come first, in their order.

    Parameters
    ----------
    s : Screening
    limit : float, optional
        Judged share from which land is told without a mark; the toolkit's when not given.

    Returns
    -------
    tuple of NextLayer
        Empty when no rule waits for a layer. A layer of parcels may let land be undecided
        where it is silent: what is told is the most it can bring.
    """
    force, hard = in_force(s)
    weight, hard_weight = weights_of(s, force), weights_of(s, hard)
    judged = np.array([v.state == "judged" for v in s.verdicts], dtype=bool)
    waits = [
        (i, frozenset(v.awaits)) for i, v in enumerate(s.verdicts) if force[i] and v.awaits
    ]
    least = float(judged_limits()["judged_limit"]["value"]) if limit is None else limit
    at = judged_at(s)
    left = sorted({x for _, need in waits for x in need}, key=_rank)
    partial = {x for v in s.verdicts for x in v.incomplete}
    have: set[str] = set()
    out = []
    while left:
        # the first of the best: core layers stand first
        gains = [_gain(x, waits, have, weight) for x in left]
        best = left.pop(int(np.argmax(gains)))
        have.add(best)
        for i, need in waits:
            # a rule that also assumes a layer absent stays not judged
            come = need <= have and not s.verdicts[i].assumed
            judged[i] = judged[i] or come
            at[:, i] |= come & s.late[:, i]
        above = (share_of(weight, at, force) >= least) & (s.state != OUTSIDE)
        out.append(
            NextLayer(
                layer=best,
                rules=tuple(s.rules[i].id for i, need in waits if best in need),
                alone_m2=s.sum_m2(_decided(s, [best])),
                lifted_m2=s.sum_m2(_decided(s, have)),
                above_m2=s.sum_m2(np.asarray(above, dtype=bool)),
                frac=float(share_of(weight, judged, force)),
                hard_frac=float(share_of(hard_weight, judged, hard)),
                n=int((judged & force).sum()),
                complete_it=best in partial,
            )
        )
    return tuple(out)


def _gain(
    layer_id: str, waits: list[tuple[int, frozenset[str]]], have: set[str], weight: F8
) -> float:
    """Weight a layer brings: a rule that waits for several counts in equal parts for each."""
    parts = [(i, len(need - have)) for i, need in waits if layer_id in need]
    return round(sum(float(weight[i]) / n for i, n in parts), 12)
