"""What a reader of an answer must know of the layers it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from layers.open.plan_layers import told_of
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Outcome, Text
from siting.rules import Rule
from siting.screen.judged.coarse import coarse_warnings
from siting.screen.sources import DERIVED, consulted

__all__ = ["Told", "told_of_rules", "told_rows"]


class Told(Outcome):
    """A warning as written to JSON."""

    code: str
    where: str
    text: Text


def told_of_rules(plan: Plan, rules: Iterable[Rule]) -> tuple[Warn, ...]:
    """Warnings of boundary, plan and the layers some rules look at.

    Layers a layer is made from are among them: heights behind slopes.
    """
    ids = dict.fromkeys(i for r in rules for i in r.layer_ids)
    made = {DERIVED[i] for i in ids if i in DERIVED}
    # class tables and contradictions rest on the parcels whatever the rules are
    coarse = coarse_warnings(plan, sorted(consulted(ids)))
    return (*told_of(plan, sorted({*ids, *made, "land_parcels"})), *coarse)


def told_rows(told: Iterable[Warn]) -> tuple[Told, ...]:
    """The warnings as values."""
    return tuple(
        Told(code=w.code, where=w.where, text=Text(zh=w.text("zh"), en=w.text("en")))
        for w in told
    )
