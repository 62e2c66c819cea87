"""Rules as the what-if page lists them: what they do, their law, and what may be moved."""

from __future__ import annotations

from geoplan.maps.reasons import law_texts
from geoplan.serve.messages import RuleRow
from geoplan.serve.scenario import Base
from siting.rules.citation import cited_text

__all__ = ["rule_rows"]


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
            if own.name == "limit":
                row["limit"] = own.value
            else:
                row["distance_m"] = own.value
        out.append(row)
    return out
