"""Which rule takes which land: gross, exclusive, in order, pairwise, and without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.rules.outcome import MISS
from siting.screen.coded import (
    CONDITIONAL,
    LEFT,
    PROVISIONAL,
    STATES,
    TAKEN,
    UNDECIDED,
    Screening,
    in_use,
)
from siting.screen.judged.counted import (
    areas_by_rule,
    first_hits,
    pairs_of_rules,
    roles_of,
    without_each,
)

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
    areas = areas_by_rule(s.outcomes, roles_of(s.effects), s.quanta) * s.quantum_m2
    gross, exclusive, sole, unknown = areas
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
        far). The areas and the last ``left_m2`` add up to the county. Land that is not judged
        is no conditional rule's, though one may hit it: areas by effect are those by state.

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
    unsure = np.isin(s.state, (UNDECIDED, PROVISIONAL))
    soft = np.array([e == "conditional" for e in s.effects], dtype=bool)
    outcomes = s.outcomes.copy()
    outcomes[np.ix_(unsure, soft)] = MISS
    new = first_hits(outcomes, np.array(index, dtype=np.int64), s.quanta)
    free = s.quanta.sum() - np.cumsum(new)
    rows = [
        (s.rules[i].id, s.effects[i], float(n * s.quantum_m2), float(f * s.quantum_m2))
        for i, n, f in zip(index, new, free, strict=True)
    ]
    return pd.DataFrame(rows, columns=["rule_id", "effect", "area_m2", "left_m2"])


def pairwise_m2(s: Screening) -> pd.DataFrame:
    """Area that two rules hit together, rule by rule; the diagonal is the gross area."""
    ids = [r.id for r in s.rules]
    both = pairs_of_rules(s.outcomes, s.quanta)
    return pd.DataFrame(both * s.quantum_m2, index=ids, columns=ids)


def leave_one_out(s: Screening) -> pd.DataFrame:
    """The county without one rule, for every rule in force.

    Returns
    -------
    DataFrame
        ``rule_id`` and for every state the change of its area [m2] when the rule is
        dropped; ``gain_m2`` is the change of land left.
    """
    change = s.quantum_m2 * without_each(
        s.outcomes,
        roles_of(s.effects),
        s.waiting,
        s.quanta,
        (TAKEN, UNDECIDED, PROVISIONAL, CONDITIONAL, LEFT),
        len(STATES),
    )
    told = sorted(in_use(s.missing))
    rows = [
        (s.rules[i].id, *change[i, told], change[i, LEFT]) for i in np.flatnonzero(_in_force(s))
    ]
    columns = ["rule_id", *(f"{STATES[x]}_m2" for x in told), "gain_m2"]
    return pd.DataFrame(rows, columns=columns)
