"""How much of the law was looked at: the judged share of a county, and of its land.

A rule is judged at a place where it hits, or where it is known not to without assuming a layer
absent. Its weight is the land it usually takes (`siting.rules.usual`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.toml import read_toml
from siting.rules.model import Rule
from siting.rules.outcome import HIT, MISS
from siting.rules.usual import rule_weights
from siting.screen.coded import OUTSIDE, Effect, Screening

__all__ = [
    "JudgedCodes",
    "JudgedShare",
    "in_force",
    "judged_at",
    "judged_codes",
    "judged_limits",
    "judged_share",
    "share_of",
    "shares_of",
    "weights_of",
]

Bools = npt.NDArray[np.bool_]
F8 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class JudgedShare:
    """How much of the rules in force was judged.

    Attributes
    ----------
    frac
        Of hard and conditional rules, by the land they usually take (0 to 1).
    n, of
        The same rules, counted.
    hard_frac, hard_n, hard_of
        Of hard rules alone.
    """

    frac: float
    n: int
    of: int
    hard_frac: float
    hard_n: int
    hard_of: int


@dataclass(frozen=True)
class JudgedCodes:
    """How much was judged on the land of every code of a screening.

    Attributes
    ----------
    frac, hard_frac : (n,) float
        As in `JudgedShare`; NaN outside.
    n, hard_n : (n,) int
        Rules counted.
    of, hard_of
        Rules in force.
    """

    frac: F8
    n: npt.NDArray[np.int64]
    of: int
    hard_frac: F8
    hard_n: npt.NDArray[np.int64]
    hard_of: int


def judged_limits() -> Any:  # noqa: ANN401 - of the file
    """Limits of what is told without a mark, each with its reason."""
    return read_toml("siting.screen.judged", "limits.toml")


def in_force(s: Screening) -> tuple[Bools, Bools]:
    """Rules that may take land or put a condition on it, and those that take it."""
    return (
        np.array([e != "none" for e in s.effects], dtype=bool),
        np.array([e == "taken" for e in s.effects], dtype=bool),
    )


def weights_of(s: Screening, own: Bools) -> F8:
    """Weights of some rules, summing to 1; 0 for the others and where there is none."""
    return _weighed(s.rules, own)


def _weighed(rules: Sequence[Rule], own: Bools) -> F8:
    out = np.zeros(len(rules))
    index = np.flatnonzero(own).tolist()
    out[index] = rule_weights([rules[i] for i in index])
    total = out.sum()
    return np.asarray(out / total if total > 0 else out, dtype=np.float64)


def share_of(weights: F8, judged: npt.NDArray[Any], own: Bools) -> Any:  # noqa: ANN401
    """Weight judged; 1 where there is nothing to judge, and exactly 1 where all is."""
    whole = judged[..., own].all(axis=-1)
    return np.where(whole, 1.0, np.minimum(judged @ weights, 1.0))


def judged_share(s: Screening) -> JudgedShare:
    """How much of the rules in force a screening judged, by their layers.

    What a layer does not say at single places is not counted here but in `judged_codes`.
    """
    force, hard = in_force(s)
    judged = np.array([v.state == "judged" for v in s.verdicts], dtype=bool)
    return JudgedShare(
        frac=float(share_of(weights_of(s, force), judged, force)),
        n=int((judged & force).sum()),
        of=int(force.sum()),
        hard_frac=float(share_of(weights_of(s, hard), judged, hard)),
        hard_n=int((judged & hard).sum()),
        hard_of=int(hard.sum()),
    )


def judged_at(s: Screening) -> Bools:
    """Whether each rule is judged at each code, (n, r)."""
    sure = np.array([not v.assumed for v in s.verdicts], dtype=bool)
    return np.asarray((s.outcomes == HIT) | (s.outcomes == MISS) & sure, dtype=bool)


def judged_codes(s: Screening) -> JudgedCodes:
    """How much was judged at every code, and so at every cell."""
    found = shares_of(s.rules, s.effects, judged_at(s))
    for frac in (found.frac, found.hard_frac):
        frac[s.state == OUTSIDE] = np.nan
    return found


def shares_of(rules: Sequence[Rule], effects: Sequence[Effect], judged: Bools) -> JudgedCodes:
    """How much was judged at places.

    Parameters
    ----------
    rules, effects : sequences of r
    judged : (n, r) bool
        Whether each rule is judged at each place.
    """
    force = np.array([e != "none" for e in effects], dtype=bool)
    hard = np.array([e == "taken" for e in effects], dtype=bool)

    def told(own: Bools) -> tuple[F8, npt.NDArray[np.int64]]:
        frac = np.array(share_of(_weighed(rules, own), judged, own), dtype=np.float64)
        return frac, np.asarray(judged[:, own].sum(axis=1), dtype=np.int64)

    frac, n = told(force)
    hard_frac, hard_n = told(hard)
    return JudgedCodes(frac, n, int(force.sum()), hard_frac, hard_n, int(hard.sum()))
