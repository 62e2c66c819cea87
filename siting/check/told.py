"""What a reader of an answer must know of the layers it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gis.say import Sentence, say
from layers.open.near import first_looks
from layers.open.plan_layers import told_of
from layers.open.shelf.reports import can_keep
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Outcome, Text
from siting.rules import Rule
from siting.screen.judged.coarse import coarse_warnings
from siting.screen.sources import DERIVED, consulted

__all__ = ["Told", "layers_of_rules", "tell_first_looks", "told_of_rules", "told_rows"]


class Told(Outcome):
    """A warning as written to JSON."""

    code: str
    where: str
    text: Text


def layers_of_rules(rules: Iterable[Rule]) -> tuple[str, ...]:
    """Layers an answer of some rules rests on, those that a layer is made from among them.

    Class tables and contradictions rest on the parcels whatever the rules are.
    """
    ids = dict.fromkeys(i for r in rules for i in r.layer_ids)
    made = [DERIVED[i] for i in ids if i in DERIVED]
    return tuple(sorted({*ids, *made, "land_parcels"}))


def told_of_rules(plan: Plan, rules: Iterable[Rule]) -> tuple[Warn, ...]:
    """Warnings of boundary, plan and `layers_of_rules`."""
    rules = tuple(rules)
    coarse = coarse_warnings(plan, sorted(consulted(i for r in rules for i in r.layer_ids)))
    return (*told_of(plan, layers_of_rules(rules)), *coarse)


def tell_first_looks(
    plan: Plan, rules: Iterable[Rule], tell: Callable[[Sentence], None] | None
) -> None:
    """Say that layers are opened whole this once, where some are."""
    if tell is None:
        return
    n = first_looks(plan, layers_of_rules(rules))
    if n:
        tell(say(f"siting.check.{'first_looks' if can_keep() else 'looks_not_kept'}", n=n))


def told_rows(told: Iterable[Warn]) -> tuple[Told, ...]:
    """The warnings as values."""
    return tuple(
        Told(code=w.code, where=w.where, text=Text(zh=w.text("zh"), en=w.text("en")))
        for w in told
    )
