"""Rules as the what-if page lists them: what they do, their law, and what may be moved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from geoplan.maps.reasons import law_texts
from geoplan.report.cell_words import unit_word
from geoplan.serve.messages import MovedRule, RuleRow
from geoplan.serve.scenario import Base, Change
from gis.say import both
from siting.rules.citation import cited_text
from siting.rules.outcome import HIT
from siting.screen.whatif import WhatIf

__all__ = ["moved_rules", "rule_rows"]


def moved_rules(
    base: Base, changes: Sequence[Change], answer: WhatIf | None
) -> list[MovedRule]:
    """Land each moved rule hits, before and after: told also where no state changes by it."""
    out: list[MovedRule] = []
    for change in changes:
        own = base.found.outcomes[:, base.found.rule_index(change.rule_id)]
        before = base.found.sum_m2(own == HIT)
        after = before if answer is None else answer.hit_m2.get(change.rule_id, before)
        after = 0.0 if change.kind == "off" else after
        out.append({"id": change.rule_id, "before_ha": before / 1e4, "after_ha": after / 1e4})
    return out


def rule_rows(base: Base) -> list[RuleRow]:
    """One row a rule of a screening."""
    out: list[RuleRow] = []
    for rule, effect in zip(base.found.rules, base.found.effects, strict=True):
        own = rule.test.parameter
        row: RuleRow = {
            "id": rule.id,
            "title": rule.title.model_dump(),
            "kind": rule.kind,
            "no_law": rule.shown_kind if rule.engineering else "",
            "effect": effect,
            "citation": cited_text(rule.citation).model_dump(),
            "law": law_texts(rule.in_force),
        }
        if own is not None and own.value is not None:
            row["bounds"] = list(own.bounds or ())
            row["unit"] = both(partial(unit_word, own.unit))
            if own.name == "limit":
                row["limit"] = own.value
            else:
                row["distance_m"] = own.value
        out.append(row)
    return out
