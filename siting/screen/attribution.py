"""Which rule takes which land: gross, exclusive, in order, pairwise, and without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.cells.tally import exact_sums, sums_by
from siting.rules.outcome import HIT, UNKNOWN
from siting.screen.coded import LEFT, STATES, Screening, in_use, state_of

__all__ = ["attribute", "leave_one_out", "pairwise_m2", "waterfall"]

Bool = npt.NDArray[np.bool_]


def _in_force(s: Screening) -> Bool:
    return np.array([e != "none" for e in s.effects], dtype=bool)


def attribute(s: Screening) -> pd.DataFrame:
    """Gross and exclusive area of every rule.

    Returns
    -------
    DataFrame
        One row a rule: ``rule_id``, ``effect``, ``gross_m2`` (land the rule hits),
        ``exclusive_m2`` (land that no other rule in force hits), ``sole_m2`` (land that no
        other rule *of the same effect* hits: taken land that only this rule takes),
        ``unknown_m2`` (land where it could not be decided). A preference has neither.
    """
    hits = s.outcomes == HIT
    force = _in_force(s)
    alone = hits[:, force].sum(axis=1) == 1
    gross = s.sums_m2(hits)
    exclusive = s.sums_m2(hits & alone[:, None] & force)
    sole = np.zeros(len(s.rules))
    for effect in ("taken", "conditional"):
        own = np.array([e == effect for e in s.effects], dtype=bool)
        one = hits[:, own].sum(axis=1) == 1
        sole += s.sums_m2(hits & one[:, None] & own)
    unknown = s.sums_m2(s.outcomes == UNKNOWN)
    return pd.DataFrame(
        {
            "rule_id": [r.id for r in s.rules],
            "effect": list(s.effects),
            "gross_m2": gross,
            "exclusive_m2": exclusive,
            "sole_m2": sole,
            "unknown_m2": unknown,
        }
    )


def waterfall(s: Screening, order: Sequence[str] | None = None) -> pd.DataFrame:
    """What each rule takes off what the rules before it left.

    Parameters
    ----------
    s : Screening
    order : sequence of str, optional
        Rule ids; hard rules and then conditional ones, as stated, when not given. Rules
        that are left out come last, in the stated order.

    Returns
    -------
    DataFrame
        ``rule_id``, ``effect``, ``area_m2`` (newly hit), ``left_m2`` (hit by no rule so
        far). The areas and the last ``left_m2`` add up to the county.

    Raises
    ------
    KeyError
        When `order` names an unknown rule.
    """
    force = _in_force(s)
    index = [s.rule_index(i) for i in order or ()]
    rank = {"taken": 0, "conditional": 1, "none": 2}
    rest = sorted(range(len(s.rules)), key=lambda i: rank[s.effects[i]])
    index += [i for i in rest if i not in set(index)]
    index = [i for i in index if force[i]]
    free = np.ones(len(s.area_m2), dtype=bool)
    rows = []
    for i in index:
        new = free & (s.outcomes[:, i] == HIT)
        free &= ~new
        rows.append((s.rules[i].id, s.effects[i], s.sum_m2(new), s.sum_m2(free)))
    return pd.DataFrame(rows, columns=["rule_id", "effect", "area_m2", "left_m2"])


def pairwise_m2(s: Screening) -> pd.DataFrame:
    """Area that two rules hit together, rule by rule; the diagonal is the gross area."""
    hits = (s.outcomes == HIT).astype(np.float64)
    ids = [r.id for r in s.rules]
    both = exact_sums(lambda half: hits.T @ (hits * half[:, None]), s.quanta)
    return pd.DataFrame(both * s.quantum_m2, index=ids, columns=ids)


def leave_one_out(s: Screening) -> pd.DataFrame:
    """The county without one rule, for every rule in force.

    Returns
    -------
    DataFrame
        ``rule_id`` and for every state the change of its area [m2] when the rule is
        dropped; ``gain_m2`` is the change of land left.
    """
    hard = np.array([e == "taken" for e in s.effects], dtype=bool)
    soft = np.array([e == "conditional" for e in s.effects], dtype=bool)
    force = hard | soft
    decisive = np.asfortranarray(s.outcomes[:, force])  # the loop goes rule by rule
    kind = hard[force]
    late = s.waiting[:, force]
    hit, open_ = decisive == HIT, decisive == UNKNOWN
    unknown, waiting = open_ & ~late, open_ & late
    n_hard, n_soft = hit[:, kind].sum(axis=1), hit[:, ~kind].sum(axis=1)
    n_unknown, n_waiting = unknown.sum(axis=1), waiting.sum(axis=1)
    before = state_of(n_hard, n_unknown, n_soft, n_waiting)
    told = sorted(in_use(s.missing))
    rows = []
    for j, i in enumerate(np.flatnonzero(force)):
        touched = np.flatnonzero(hit[:, j] | open_[:, j])
        after = state_of(
            n_hard[touched] - (hit[touched, j] & kind[j]),
            n_unknown[touched] - unknown[touched, j],
            n_soft[touched] - (hit[touched, j] & ~kind[j]),
            n_waiting[touched] - waiting[touched, j],
        )
        own = s.quanta[touched]
        now, was = (sums_by(x, own, len(STATES)) for x in (after, before[touched]))
        change = (now - was) * s.quantum_m2
        rows.append((s.rules[i].id, *change[told], change[LEFT]))
    columns = ["rule_id", *(f"{STATES[x]}_m2" for x in told), "gain_m2"]
    return pd.DataFrame(rows, columns=columns)
