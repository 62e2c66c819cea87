"""Rules found by words, and as a table."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from layers.catalogue import layer as layer_of
from layers.spec import Frozen, Text
from siting.rules.load import all_rules, kind_in_force
from siting.rules.model import Override, Rule

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Pending",
    "overrides_table",
    "parameter_text",
    "pending_law",
    "rules_table",
    "search_rules",
]

_WORDS = {
    "id": ("编号", "id"),
    "applies_to": ("适用", "applies to"),
    "kind": ("性质", "kind"),
    "in_force": ("默认效力", "in force as"),
    "confidence": ("核实", "confidence"),
    "review": ("复核", "review"),
    "title": ("标题", "title"),
    "layers": ("图层", "layers"),
    "test": ("判定", "test"),
    "parameter": ("参数", "parameter"),
    "bounds": ("允许范围", "bounds"),
    "approval": ("需办手续", "approval"),
    "citation": ("依据", "citation"),
    "quote": ("原文", "quote"),
    "grade": ("来源等级", "source grade"),
    "source": ("来源", "source"),
    "valid": ("有效期", "valid"),
    "holds_in": ("施行区域", "holds in"),
    "book": ("规则书", "book"),
    "stated_layer": ("原表图层", "layer as stated"),
    "stated_operator": ("原表算子", "operator as stated"),
    "stated_parameter": ("原表参数", "parameter as stated"),
    "stated_unit": ("原表单位", "unit as stated"),
}
_KINDS = {
    "hard": ("禁止", "hard"),
    "conditional": ("有条件", "conditional"),
    "preference": ("优先", "preference"),
}
_CONFIDENCE = {"verified": ("已核", "verified"), "recalled": ("未核", "recalled")}
_APPLIES = {
    "pv": ("光伏", "PV"),
    "wind": ("风电", "wind"),
    "afforest": ("造林", "afforestation"),
    "wetland": ("湿地", "wetland"),
    "grass": ("草原", "grassland"),
}


def search_rules(
    text: str = "",
    applies_to: str = "",
    *,
    books: Sequence[str | Path] | None = None,
) -> tuple[Rule, ...]:
    """Rules as stated whose id, titles, citation, quote or layers hold every word of `text`.

    Parameters
    ----------
    text : str
        Words separated by blanks; letter case does not matter.
    applies_to : str
        ``pv``, ``wind``, ``afforest``, ``wetland``, ``grass``, or empty for all.

    Examples
    --------
    >>> [r.id for r in search_rules("长城", applies_to="wind")]
    ['WD-032']
    """
    words = text.casefold().split()
    out = []
    for rule in all_rules(books):
        if applies_to and applies_to not in rule.applies_to:
            continue
        titles = [layer_of(i).title for i in rule.layer_ids]
        hay = " ".join(
            (
                rule.id,
                rule.title.zh,
                rule.title.en,
                rule.citation,
                rule.quote,
                rule.stated.layer,
                *rule.layer_ids,
                *(t.zh for t in titles),
                *(t.en for t in titles),
            )
        ).casefold()
        if all(w in hay for w in words):
            out.append(rule)
    return tuple(out)


def parameter_text(rule: Rule) -> str:
    """The rule's parameter with its unit, e.g. ``30 m`` or ``<= 3 deg``."""
    return rule.test.parameter_text()


def _bounds_text(rule: Rule) -> str:
    own = rule.test.parameter
    if own is None or own.bounds is None:
        return ""
    return f"{own.bounds[0]:g}-{own.bounds[1]:g} {own.unit}"


def rules_table(rules: Iterable[Rule] | None = None, lang: str = "zh") -> pd.DataFrame:
    """Rules as a table for reading and export, one row a rule.

    Parameters
    ----------
    rules : iterable of Rule, optional
        All rules as stated when None.
    lang : {"zh", "en"}
        Language of headings, titles and words.
    """
    import pandas as pd

    i = 0 if lang == "zh" else 1
    need = ("需法务复核", "needs legal review")[i]
    rows = []
    for r in all_rules() if rules is None else rules:
        why = r.review(lang) if r.review else ""
        rows.append(
            {
                "id": r.id,
                "applies_to": "、".join(_APPLIES[a][i] for a in r.applies_to),
                "kind": _KINDS[r.stated_kind or r.kind][i],
                "in_force": _KINDS[kind_in_force(r, "base")][i],
                "confidence": _CONFIDENCE[r.confidence][i],
                "review": (f"{need}: {why}" if why else need) if r.needs_review else "",
                "title": r.title(lang),
                "layers": "; ".join(layer_of(x).title(lang) for x in r.layer_ids),
                "test": r.test.type,
                "parameter": parameter_text(r),
                "bounds": _bounds_text(r),
                "approval": r.approval(lang) if r.approval else "",
                "citation": r.citation,
                "quote": r.quote,
                "grade": r.grade,
                "source": r.source,
                "valid": _valid_text(r),
                "holds_in": r.holds_in.words(lang),
                "book": r.book,
                "stated_layer": r.stated.layer,
                "stated_operator": r.stated.operator,
                "stated_parameter": r.stated.parameter,
                "stated_unit": r.stated.unit,
            }
        )
    table = pd.DataFrame(rows, columns=list(_WORDS))
    return table.rename(columns={k: v[i] for k, v in _WORDS.items()})


def _valid_text(rule: Rule) -> str:
    if rule.valid_from is None and rule.valid_to is None:
        return ""
    return f"{rule.valid_from or ''} .. {rule.valid_to or ''}".strip()


class Pending(Frozen):
    """Law under way or not confirmed, and the rules it may change."""

    title: Text
    state: Text
    rules: tuple[str, ...]


@cache
def pending_law() -> tuple[Pending, ...]:
    """What to look up before a result goes into an approval file.

    Examples
    --------
    >>> "PV-067" in next(p for p in pending_law() if "108" in p.title.zh).rules
    True
    """
    text = files("siting.rules").joinpath("pending.toml").read_text(encoding="utf-8")
    return tuple(Pending.model_validate(p) for p in tomllib.loads(text)["pending"])


def overrides_table(overrides: Iterable[Override], lang: str = "zh") -> pd.DataFrame:
    """What a plan changed and why, one row a rule, for the report."""
    import pandas as pd

    i = 0 if lang == "zh" else 1
    known = {r.id: r for r in all_rules()}
    rows = []
    for o in overrides:
        rule = known.get(o.id)
        if o.off:
            change = ("停用", "off")[i]
        elif o.kind is not None:
            change = _KINDS[o.kind][i]
        elif o.distance_m is not None:
            change = f"{o.distance_m:g} m"
        else:
            change = f"{o.limit:g}"
        rows.append(
            {
                ("编号", "id")[i]: o.id,
                ("标题", "title")[i]: rule.title(lang) if rule else "",
                ("原参数", "as stated")[i]: parameter_text(rule) if rule else "",
                ("原性质", "stated kind")[i]: _KINDS[rule.kind][i] if rule else "",
                ("调整为", "changed to")[i]: change,
                ("理由", "reason")[i]: o.reason,
            }
        )
    return pd.DataFrame(rows)
