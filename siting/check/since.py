"""Why a check says something else than the one before: the article, the layer, or the land."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from layers.open.plan_file import plan_files
from layers.open.plan_layers import open_features
from layers.plain_json import digest
from layers.plan.model import Plan
from layers.provenance import file_sha256
from siting.check.overlap import NOTHING_M2
from siting.rules import Rule
from siting.screen.screening import rules_of
from siting.screen.sources import consulted

__all__ = ["Cause", "Found", "LawEvent", "RuleMoved", "basis_of", "law_days", "moved_since"]

Cause: TypeAlias = Literal["rule", "layer", "land", "plan", "first"]
LawEvent: TypeAlias = Literal["ended", "began", "not_yet", "still"]
Found: TypeAlias = Mapping[str, tuple[str, float, float]]
"""Rules that do not pass: id -> (result, area hit, area not judged) [m2]."""


@dataclass(frozen=True)
class RuleMoved:
    """One rule that says something else about one piece of land than before.

    Attributes
    ----------
    before, after
        Result and areas [m2]; result ``"pass"``, or ``"none"`` where the rule was not asked.
    causes
        Every input of the answer that is another, none of which can be ruled out.
    article
        Citation before and after; empty where there was none.
    layers
        Layers that are others: id, their date before and after.
    law_days
        What happened to the text between the two days of law, and its day: the last one of a
        text that ended, the first one of a text that came into force. Going back in time, of a
        text not yet in force and of one still in force.
    """

    rule_id: str
    before: tuple[str, float, float]
    after: tuple[str, float, float]
    causes: tuple[Cause, ...]
    article: tuple[str, str]
    layers: tuple[tuple[str, str, str], ...]
    law_days: tuple[tuple[LawEvent, str], ...] = ()


def _rule(rule: Rule) -> Mapping[str, Any]:
    own = rule.model_dump(mode="json", exclude={"as_of"})
    law = rule.in_force
    return {
        "digest": digest(own),
        "article": rule.citation,
        "since": law.valid_from.isoformat() if law.valid_from else "",
        "until": law.valid_to.isoformat() if law.valid_to else "",
        "layers": sorted(consulted(rule.layer_ids)),
    }


def _layer(plan: Plan, layer_id: str) -> dict[str, str] | None:
    """Content and date of a layer the plan has; None where it has none."""
    source = plan.layers.get(layer_id)
    if source is None:
        return None
    content: list[str] = []
    if source.path:
        content = [file_sha256(f) for f in plan_files(plan, source)]
    elif source.in_database:
        table = open_features(plan, layer_id)
        if table is not None:
            rows = zip(
                table.geometry.to_wkb(hex=True),
                table.drop(columns=table.geometry.name).astype(str).to_numpy().tolist(),
                strict=True,
            )
            content = sorted(digest(*row) for row in rows)
    return {"digest": digest(source, content), "date": source.date}


def basis_of(plan: Plan, techs: Sequence[str]) -> Mapping[str, Any]:
    """What a check rests on, for the next one to compare: rules, layers, and the plan's rest.

    Parameters
    ----------
    plan : Plan
    techs : sequence of str
        Technologies checked.
    """
    rules = {t: {r.id: _rule(r) for r in rules_of(plan, t)[0]} for t in techs}
    asked = sorted({i for own in rules.values() for r in own.values() for i in r["layers"]})
    layers = {str(i): _layer(plan, str(i)) for i in asked}
    rest = [plan.area.model_dump(mode="json"), plan.plan.id]
    return {
        "as_of": plan.plan.as_of.isoformat(),
        "rules": rules,
        "layers": layers,  # None: asked for, and the plan has none
        "rest": digest(rest),
    }


def moved_since(
    before: Found,
    after: Found,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    tech: str,
    *,
    same_land: bool,
) -> tuple[RuleMoved, ...]:
    """Rules that say something else about a piece of land than they did, and why.

    Parameters
    ----------
    before, after : mapping
        What the two checks found.
    old, new : mapping
        `basis_of` each.
    tech : str
    same_land : bool
        Whether the boundary is the same.

    Examples
    --------
    >>> one = {"A": {"digest": "1", "article": "《甲法》第一条", "layers": ["road"]}}
    >>> two = {"A": {"digest": "2", "article": "《乙法》第二条", "layers": ["road"]}}
    >>> old, new = ({"rules": {"pv": r}, "layers": {}, "rest": ""} for r in (one, two))
    >>> found = moved_since({}, {"A": ("fail", 9.0, 0.0)}, old, new, "pv", same_land=True)
    >>> [(m.rule_id, m.causes, m.article) for m in found]
    [('A', ('rule',), ('《甲法》第一条', '《乙法》第二条'))]
    """
    rules = old["rules"].get(tech, {}), new["rules"].get(tech, {})
    out = []
    for i in sorted({*before, *after, *rules[0], *rules[1]}):
        a, b = _said(before, rules[0], i), _said(after, rules[1], i)
        if not _differs(a, b):
            continue
        was, now = rules[0].get(i, {}), rules[1].get(i, {})
        layers = _others({*was.get("layers", ()), *now.get("layers", ())}, old, new)
        causes: list[Cause] = []
        if was.get("digest") != now.get("digest"):
            causes.append("rule")
        if layers:
            causes.append("layer")
        if not same_land:
            causes.append("land")
        if old.get("rest") != new.get("rest") or not causes:
            causes.append("plan")
        article = (str(was.get("article", "")), str(now.get("article", "")))
        days = law_days(was, now, _day(old), _day(new)) if "rule" in causes else ()
        out.append(RuleMoved(i, a, b, tuple(causes), article, layers, days))
    return tuple(out)


def _day(basis: Mapping[str, Any]) -> str:
    return str(basis.get("as_of", ""))


def law_days(
    was: Mapping[str, Any], now: Mapping[str, Any], old_day: str, new_day: str
) -> tuple[tuple[LawEvent, str], ...]:
    """What happened to the text of a rule between two days of law.

    Parameters
    ----------
    was, now : mapping
        ``since`` and ``until`` of the text that counts on each day, as ISO dates; empty where
        there is none.
    old_day, new_day : str
        ISO dates; nothing is said where one is not known.

    Examples
    --------
    >>> law_days({"until": "2026-12-31"}, {"since": "2027-01-01"}, "2026-11-27", "2027-03-01")
    (('ended', '2026-12-31'), ('began', '2027-01-01'))
    """
    if not (old_day and new_day):
        return ()
    days: tuple[tuple[LawEvent, str, bool], ...] = (
        ("ended", str(was.get("until", "")), old_day <= str(was.get("until", "")) < new_day),
        ("began", str(now.get("since", "")), old_day < str(now.get("since", "")) <= new_day),
        ("not_yet", str(was.get("since", "")), new_day < str(was.get("since", "")) <= old_day),
        ("still", str(now.get("until", "")), new_day <= str(now.get("until", "")) < old_day),
    )
    return tuple((event, day) for event, day, holds in days if day and holds)


def _said(found: Found, rules: Mapping[str, Any], rule_id: str) -> tuple[str, float, float]:
    own = found.get(rule_id)
    if own is not None:
        return (str(own[0]), float(own[1]), float(own[2]))
    return ("pass" if rule_id in rules else "none", 0.0, 0.0)


def _differs(a: tuple[str, float, float], b: tuple[str, float, float]) -> bool:
    quiet = {"pass", "none"}
    if a[0] != b[0] and not {a[0], b[0]} <= quiet:
        return True
    return any(abs(x - y) > NOTHING_M2 for x, y in zip(a[1:], b[1:], strict=True))


def _others(
    ids: Iterable[str], old: Mapping[str, Any], new: Mapping[str, Any]
) -> tuple[tuple[str, str, str], ...]:
    """Layers that are not what they were, with their dates."""
    out = []
    for i in sorted(ids):
        if i not in old["layers"] or i not in new["layers"]:
            continue  # no rule asked for it: whether it changed plays no part
        a, b = old["layers"][i], new["layers"][i]
        if a != b:
            out.append((i, str(a["date"]) if a else "", str(b["date"]) if b else ""))
    return tuple(out)
