"""How much land rests on law nobody has read in full, and which document to look up first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from siting.rules.law import SourceStep, Validity, edition
from siting.rules.model import Rule
from siting.screen.coded import Effect, Screening, states

__all__ = ["LookUp", "Settled", "settled", "unsettled"]


@dataclass(frozen=True)
class LookUp:
    """A document a lawyer must look up, and what hangs on it.

    Attributes
    ----------
    law
        Edition of the law calendar; empty for a text that is no law.
    document
        Its title, number and days.
    source_step, validity
        How well it was read, and whether it is known to be in force.
    rules
        Ids of the rules that rest on it.
    if_void_m2
        Land whose state changes when the document falls away [m2].
    if_confirmed_m2
        Land whose state changes when it is confirmed as stated [m2].
    """

    law: str
    document: str
    source_step: SourceStep
    validity: Validity
    rules: tuple[str, ...]
    if_void_m2: float
    if_confirmed_m2: float

    @property
    def moves_m2(self) -> float:
        """What is at stake: the larger of both [m2]."""
        return max(self.if_void_m2, self.if_confirmed_m2)


@dataclass(frozen=True)
class Settled:
    """What of a screening rests on settled law.

    Attributes
    ----------
    rests_m2
        Land whose state would change if the texts that are not firm fell away, or were all
        confirmed as stated [m2].
    look_ups
        The documents behind it, the one that moves most land first.
    """

    rests_m2: float
    look_ups: tuple[LookUp, ...]


def unsettled(rule: Rule) -> bool:
    """Whether a rule's text was not read in full or is not known to be in force.

    A text of another day, shown because the law of this one is not known, decides nothing.
    """
    return rule.law_known and not (rule.firm or rule.engineering)


def _confirmed(rule: Rule, effect: Effect) -> Effect:
    """What a hit does once the text is confirmed: a ban held back for want of that is one."""
    stated = (rule.stated_kind or rule.kind, rule.kind_in.get("conservative"))
    return "taken" if effect != "none" and "hard" in stated else effect


def settled(s: Screening) -> Settled:
    """What of a screening rests on texts that were not read in full.

    Parameters
    ----------
    s : Screening

    Returns
    -------
    Settled
    """
    open_rules = [
        i
        for i, (r, e) in enumerate(zip(s.rules, s.effects, strict=True))
        if e != "none" and unsettled(r)
    ]

    late = s.waiting

    def moved(indices: Iterable[int]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        own = set(indices)
        pairs = list(enumerate(zip(s.rules, s.effects, strict=True)))
        void = states(s.outcomes, ["none" if i in own else e for i, (_, e) in pairs], late)
        stated = [_confirmed(r, e) if i in own else e for i, (r, e) in pairs]
        firm = states(s.outcomes, stated, late)
        return void != s.state, firm != s.state

    groups: dict[str, list[int]] = {}
    for i in open_rules:
        groups.setdefault(s.rules[i].law or s.rules[i].citation, []).append(i)
    found = []
    for key, indices in groups.items():
        first = s.rules[indices[0]]
        void, firm = moved(indices)
        found.append(
            LookUp(
                law=first.law,
                document=edition(first.law).cited() if first.law else key,
                source_step=first.source_step,
                validity=first.validity,
                rules=tuple(s.rules[i].id for i in indices),
                if_void_m2=s.sum_m2(void),
                if_confirmed_m2=s.sum_m2(firm),
            )
        )
    void, firm = moved(open_rules)
    return Settled(
        rests_m2=s.sum_m2(void | firm),
        look_ups=tuple(sorted(found, key=lambda x: (-x.moves_m2, x.document))),
    )
