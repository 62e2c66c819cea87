"""Rules found by words, and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from gis.errors import ConfigError
from gis.say import Sentence, listed, say
from layers.catalogue import layer as layer_of
from siting.rules.citation import cited
from siting.rules.kind import AppliesTo, RuleKind
from siting.rules.load import all_rules, kind_in_force
from siting.rules.model import Override, Rule
from siting.rules.words import kind_word, step_word, tech_word

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "overrides_table",
    "parameter_text",
    "rule_matches",
    "rules_table",
    "search_rules",
]

_COLUMNS = (
    "id",
    "applies_to",
    "kind",
    "in_force",
    "source_step",
    "review",
    "title",
    "layers",
    "test",
    "parameter",
    "bounds",
    "approval",
    "citation",
    "quote",
    "source",
    "valid",
    "holds_in",
    "book",
    "stated_layer",
    "stated_operator",
    "stated_parameter",
    "stated_unit",
)


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

    Raises
    ------
    ConfigError
        For another use of land.

    Examples
    --------
    >>> [r.id for r in search_rules("长城", applies_to="wind")]
    ['WD-032', 'WD-082']
    """
    if applies_to and applies_to not in get_args(AppliesTo):
        raise ConfigError(
            say("siting.rules.no_such_question"),
            where="applies_to",
            got=applies_to,
            expected=listed(get_args(AppliesTo)),
        )
    return tuple(
        rule
        for rule in all_rules(books)
        if (not applies_to or applies_to in rule.applies_to) and rule_matches(rule, text)
    )


def rule_matches(rule: Rule, text: str) -> bool:
    """Whether its id, titles, citation, quote or layers hold every word of `text`."""
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
    return all(w in hay for w in text.casefold().split())


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

    rows = [
        {
            "id": r.id,
            "applies_to": listed(tech_word(a) for a in r.applies_to)(lang),
            "kind": _kind_text(r, r.stated_kind or r.kind)(lang),
            "in_force": _kind_text(r, kind_in_force(r, "base"))(lang),
            "source_step": "" if r.engineering else step_word(r.source_step)(lang),
            "review": _review_text(r)(lang) if r.needs_review else "",
            "title": r.title(lang),
            "layers": listed(layer_of(x).title for x in r.layer_ids)(lang),
            "test": r.test.type,
            "parameter": parameter_text(r),
            "bounds": _bounds_text(r),
            "approval": r.approval(lang) if r.approval else "",
            "citation": cited(r.citation, lang),
            "quote": cited(r.quote, lang),
            "source": r.source,
            "valid": _valid_text(r),
            "holds_in": r.holds_in.words(lang),
            "book": r.book,
            "stated_layer": r.stated.layer,
            "stated_operator": r.stated.operator,
            "stated_parameter": r.stated.parameter,
            "stated_unit": r.stated.unit,
        }
        for r in (all_rules() if rules is None else rules)
    ]
    table = pd.DataFrame(rows, columns=list(_COLUMNS))
    return table.rename(columns={k: say(f"siting.rules.column.{k}")(lang) for k in _COLUMNS})


def _kind_text(rule: Rule, kind: RuleKind) -> Sentence:
    return kind_word(rule.shown_kind if rule.engineering else kind)


def _review_text(rule: Rule) -> Sentence:
    if rule.review is None:
        return say("layers.words.mark.legal_review")
    mark = say("layers.words.mark.legal_review")
    return say("siting.rules.needs_review_because", mark=mark, reason=rule.review)


def _valid_text(rule: Rule) -> str:
    if rule.valid_from is None and rule.valid_to is None:
        return ""
    about = "" if rule.day_known else "\N{LESS-THAN OR EQUAL TO} "
    if rule.validity == "draft":
        return ""
    days = (f"{about}{d}" if d else "" for d in (rule.valid_from, rule.valid_to))
    return " .. ".join(days).strip()


def overrides_table(
    overrides: Iterable[Override],
    lang: str = "zh",
    *,
    books: Sequence[str | Path] | None = None,
) -> pd.DataFrame:
    """What a plan changed and why, one row a rule, for the report."""
    import pandas as pd

    known = {r.id: r for r in all_rules(books)}
    rows = []
    for o in overrides:
        rule = known.get(o.id)
        if o.off:
            change = say("siting.rules.off")(lang)
        elif o.kind is not None:
            change = kind_word(o.kind)(lang)
        elif o.distance_m is not None:
            change = f"{o.distance_m:g} m"
        else:
            change = f"{o.limit:g}"
        rows.append(
            {
                "id": o.id,
                "title": rule.title(lang) if rule else "",
                "as_stated": parameter_text(rule) if rule else "",
                "kind_stated": kind_word(rule.shown_kind)(lang) if rule else "",
                "changed_to": change,
                "reason": o.reason,
            }
        )
    table = pd.DataFrame(rows)
    return table.rename(
        columns={k: say(f"siting.rules.column.{k}")(lang) for k in map(str, table.columns)}
    )
