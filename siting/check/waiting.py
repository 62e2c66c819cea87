"""Rules that wait for a layer, where land is asked about exactly."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Literal, Protocol, TypeAlias

import numpy as np

from gis.say import say
from layers.catalogue import layer as layer_of
from layers.spec import Outcome
from siting.rules.conditions.canvas import LAW
from siting.rules.model import Rule
from siting.screen.coded import Effect
from siting.screen.judged.share import shares_of
from siting.screen.section import Missing

__all__ = [
    "TURBINE",
    "JudgedHere",
    "Result",
    "judged_here",
    "lacking_words",
    "layer_title",
    "share_values",
    "waits",
    "worst",
]

Result: TypeAlias = Literal[
    "pass", "conditional", "fail", "unknown", "provisional", "assumed", "favourable"
]

TURBINE = "turbine"
"""Stands for a layer where it is the turbine that is not known."""


class JudgedHere(Outcome):
    """How much of the rules in force was judged at a place.

    Attributes
    ----------
    frac, n, of
        Hard and conditional rules: by the land they usually take (0 to 1), judged, and all.
    hard_frac, hard_n, hard_of
        Hard rules alone.
    """

    frac: float
    n: int
    of: int
    hard_frac: float
    hard_n: int
    hard_of: int


def waits(missing: Collection[str]) -> bool:
    """Whether layers, and nothing else, keep a rule from being judged.

    Examples
    --------
    >>> waits(("road",)), waits(()), waits(("road", "law")), waits(("turbine",))
    (True, False, False, False)
    """
    return bool(missing) and not {LAW, TURBINE} & set(missing)


def worst(results: Iterable[tuple[Result, tuple[str, ...]]], missing: Missing) -> Result:
    """The worst of the results of rules, each with the layers the rule lacks.

    Examples
    --------
    >>> worst([("pass", ()), ("unknown", ("road",))], "provisional")
    'provisional'
    >>> worst([("unknown", ()), ("unknown", ("road",))], "provisional")
    'unknown'
    """
    late = missing == "provisional"
    found: set[Result] = {
        "provisional" if late and r == "unknown" and waits(lacking) else r
        for r, lacking in results
    }
    order: tuple[Result, ...] = ("fail", "unknown", "provisional", "conditional")
    return next((w for w in order if w in found), "pass")


def judged_here(rules: Iterable[tuple[Rule, Effect, bool]]) -> JudgedHere:
    """How much was judged at one place, from rules, what each does, and whether it was."""
    rows = list(rules)
    found = shares_of(
        [r for r, _, _ in rows],
        [e for _, e, _ in rows],
        np.array([[known for _, _, known in rows]], dtype=bool),
    )
    return JudgedHere(
        frac=float(found.frac[0]),
        n=int(found.n[0]),
        of=found.of,
        hard_frac=float(found.hard_frac[0]),
        hard_n=int(found.hard_n[0]),
        hard_of=found.hard_of,
    )


def share_values(judged: JudgedHere) -> dict[str, float]:
    """The values of a sentence about the share."""
    return {
        "share_pct": 100 * judged.frac,
        "n": judged.n,
        "m": judged.of,
        "hard_pct": 100 * judged.hard_frac,
        "hard_n": judged.hard_n,
        "hard_m": judged.hard_of,
    }


class _Said(Protocol):
    @property
    def says(self) -> tuple[Result, tuple[str, ...]]: ...
    @property
    def ground(self) -> _Lacking: ...


_DECIDED = frozenset(("fail", "conditional", "pass", "favourable"))


def counted(one: _Said) -> bool:
    """Whether a rule is counted as judged, as screening counts: a hit is one whatever lacks.

    Land that is not hit is judged only where all the rule asks for is there.
    """
    said = one.says[0]
    return said in _DECIDED and (one.ground.judged or said in ("fail", "conditional"))


class _Lacking(Protocol):
    @property
    def missing(self) -> Iterable[str]: ...
    @property
    def assumed_absent(self) -> Iterable[str]: ...
    @property
    def incomplete(self) -> Iterable[str]: ...
    @property
    def judged(self) -> bool: ...


def lacking_words(found: _Lacking) -> list[Callable[[str], str]]:
    """Names of what keeps a rule from being judged, those to be completed marked so.

    That the law of the day is not known stands with the text.
    """
    names = [layer_title(x) for x in (*found.missing, *found.assumed_absent) if x != LAW]
    open_ = [] if found.judged else found.incomplete
    return [*names, *(say("siting.screen.to_complete", layer=layer_title(x)) for x in open_)]


def layer_title(layer_id: str) -> Callable[[str], str]:
    """Name of what a rule lacks: a layer, or the turbine."""
    if layer_id == TURBINE:
        return say(f"siting.check.{layer_id}")
    return layer_of(layer_id).title
