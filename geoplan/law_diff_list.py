"""Changes of law between two days: on the screen, as a table, for a program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.glossary import kind_word
from geoplan.law_lists import day_of
from geoplan.listing import require_use, write_list
from geoplan.summary_text import warning_lines
from gis.cells.area import to_km2
from gis.errors import ConfigError
from gis.say import Sentence, listed, say
from siting.rules.citation import cited
from siting.rules.listing import parameter_text
from siting.rules.words import state_word, tech_word
from siting.screen.law_summary import calendar_warnings

if TYPE_CHECKING:
    import pandas as pd

    from layers.plain_json import JsonObject
    from layers.plan.model import Plan
    from siting.rules.changes import RuleChange
    from siting.rules.model import Rule
    from siting.screen.law_diff import LawDiff, Moved

__all__ = ["diff_as_dict", "diff_table", "show_diff"]

Echo = Callable[[str], Any]


def show_diff(
    first: str,
    second: str,
    applies_to: str,
    export: Path | None,
    lang: str,
    *,
    as_json: bool,
    echo: Echo,
    plan: Plan | None = None,
    projects: Path | None = None,
) -> None:
    """Say what changes between two days, and with a plan what land each change moves.

    Raises
    ------
    ConfigError
        For a day that is none, another use of land, another suffix of `export`, or projects
        without a plan.
    """
    from geoplan.register.named_lands import named_lands
    from layers.open.plan_layers import told_of
    from siting.screen.law_diff import law_diff

    if projects is not None and plan is None:
        raise ConfigError(say("geoplan.law.projects_need_plan"), where="--projects")
    require_use(applies_to)
    found = law_diff(
        day_of(first, "DAY"),
        day_of(second, "DAY"),
        plan,
        techs=(applies_to,) if applies_to else (),
        projects=named_lands(projects, plan) if projects and plan else None,
    )
    told = told_of(plan) if plan is not None else ()
    if export is not None:
        write_list(diff_table(found, lang), export, told)
        echo(str(export))
    elif as_json:
        body = {**diff_as_dict(found, lang), "warnings": [w.as_dict() for w in told]}
        echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    else:
        for line in _lines(found, lang):
            echo(line)
    for line in warning_lines(told, lang):
        echo(line)


# ------------------------------------------------------------------ rows


def _text(rule: Rule | None, lang: str) -> str:
    if rule is None:
        return ""
    text = cited(rule.citation, lang)
    return text if rule.law_known else say("geoplan.law.law_not_known", text=text)(lang)


def _rule_cells(change: RuleChange, lang: str) -> dict[str, str]:
    a, b = change.before, change.after
    return {
        "id": change.rule_id,
        "title": change.rule.title(lang),
        "turn": say(f"geoplan.law.turn.{change.turn}")(lang),
        "aspects": listed(say(f"geoplan.law.aspect.{x}") for x in change.aspects)(lang),
        "kind_before": kind_word(a.shown_kind)(lang) if a else "",
        "kind_after": kind_word(b.shown_kind)(lang) if b else "",
        "parameter_before": parameter_text(a) if a else "",
        "parameter_after": parameter_text(b) if b else "",
        "text_before": cited(a.citation, lang) if a else "",
        "text_after": cited(b.citation, lang) if b else "",
        "known_before": _yes(a, lang),
        "known_after": _yes(b, lang),
    }


def _yes(rule: Rule | None, lang: str) -> str:
    if rule is None:
        return ""
    return say(f"geoplan.law.{'yes' if rule.law_known else 'no'}")(lang)


def _pair(before: str, after: str, tech: str) -> Sentence:
    states = {"before": state_word(before, tech), "after": state_word(after, tech)}
    return say("geoplan.law.column.pair_km2", **states)


def _land_cells(moved: Moved | None, tech: str, lang: str) -> dict[str, float | None]:
    out: dict[str, float | None] = {
        say("geoplan.law.column.moved_km2")(lang): to_km2(moved.moved_m2) if moved else None
    }
    if moved is not None:
        for (before, after), m2 in moved.transitions_m2.items():
            out[_pair(before, after, tech)(lang)] = to_km2(m2)
    return out


def diff_table(found: LawDiff, lang: str) -> pd.DataFrame:
    """One row a rule, and with a plan one row a technology and rule, and one for its total.

    Parameters
    ----------
    found : LawDiff
    lang : {"zh", "en"}
        Of headings and words.
    """
    import pandas as pd

    heads = {
        k: say(f"geoplan.law.column.{k}")(lang)
        for k in ("tech", "id", "title", "turn", "aspects")
    }
    for k in ("kind", "parameter", "text", "known"):
        heads |= {
            f"{k}_{side}": say(f"geoplan.law.column.{k}_{side}")(lang)
            for side in ("before", "after")
        }
    rows: list[Mapping[str, str | float | None]] = []
    if not found.techs:
        rows = [
            {"tech": listed(map(tech_word, c.rule.applies_to))(lang), **_rule_cells(c, lang)}
            for c in found.changes
        ]
    for one in found.techs:
        word = tech_word(one.tech)(lang)
        rows += [
            {
                "tech": word,
                **_rule_cells(c.change, lang),
                **_land_cells(c.moved, one.tech, lang),
            }
            for c in one.changes
        ]
        total = say("geoplan.law.diff_total_row")(lang)
        rows.append({"tech": word, "id": total, **_land_cells(one.moved, one.tech, lang)})
        rows += [
            {
                "tech": word,
                "id": say("geoplan.law.diff_project_row", name=p.name)(lang),
                "title": listed(p.rules)(lang),
                **_land_cells(p.moved, one.tech, lang),
            }
            for p in one.projects
        ]
    more = dict.fromkeys(k for row in rows for k in row if k not in heads)
    table = pd.DataFrame(rows, columns=[*heads, *more])
    return table.rename(columns=heads)


def _pairs_dict(moved: Moved) -> JsonObject:
    pairs = {f"{a}_to_{b}": to_km2(m2) for (a, b), m2 in moved.transitions_m2.items()}
    return {"moved_km2": to_km2(moved.moved_m2), **{f"{k}_km2": v for k, v in pairs.items()}}


def _moved_dict(moved: Moved | None) -> JsonObject | None:
    return None if moved is None else _pairs_dict(moved)


def diff_as_dict(found: LawDiff, lang: str) -> JsonObject:
    """For ``--json``: changes of rules, and the land behind them by technology."""

    def day(of: date | None) -> str | None:
        return of.isoformat() if of else None

    def rule(r: Rule | None) -> JsonObject | None:
        if r is None:
            return None
        return {
            "kind": r.shown_kind,
            "parameter": parameter_text(r),
            "law": r.law,
            "citation": r.citation,
            "quote": r.quote,
            "source_step": r.source_step,
            "law_known": r.law_known,
            "since": day(r.in_force.valid_from),
            "until": day(r.in_force.valid_to),
        }

    return {
        "first": found.first.isoformat(),
        "second": found.second.isoformat(),
        "changes": [
            {
                "id": c.rule_id,
                "applies_to": list(c.rule.applies_to),
                "title": c.rule.title(lang),
                "change": c.turn,
                "what": list(c.aspects),
                "before": rule(c.before),
                "after": rule(c.after),
            }
            for c in found.changes
        ],
        "techs": [
            {
                "tech": one.tech,
                "before_km2": {k: to_km2(v) for k, v in one.moved.before_m2.items()},
                "after_km2": {k: to_km2(v) for k, v in one.moved.after_m2.items()},
                "total": _moved_dict(one.moved),
                "alone": {c.change.rule_id: _moved_dict(c.moved) for c in one.changes},
                "projects": [
                    {"name": p.name, "rules": list(p.rules), **_pairs_dict(p.moved)}
                    for p in one.projects
                ],
            }
            for one in found.techs
        ],
    }


# ------------------------------------------------------------------ screen


def _pairs(moved: Moved, tech: str, lang: str) -> str:
    own = [
        say(
            "geoplan.law.diff_pair",
            before=state_word(a, tech),
            after=state_word(b, tech),
            area_km2=to_km2(m2),
        )
        for (a, b), m2 in moved.transitions_m2.items()
        if m2
    ]
    return (listed(own) if own else say("geoplan.law.diff_none"))(lang)


def _lines(found: LawDiff, lang: str) -> Iterator[str]:
    turns = [c.turn for c in found.changes]
    yield say(
        "geoplan.law.diff_heading",
        first=found.first,
        second=found.second,
        n=len(turns),
        comes=turns.count("comes"),
        goes=turns.count("goes"),
        changes=turns.count("changes"),
    )(lang)
    for warn in calendar_warnings(max(found.first, found.second), "rules"):
        yield warn.text(lang)
    for change in found.changes:
        yield from _rule_lines(change, lang)
        for one in found.techs:
            own = next((c.moved for c in one.changes if c.change == change), None)
            if own is not None:
                text = say(
                    "geoplan.law.diff_tech",
                    tech=tech_word(one.tech),
                    moved_km2=to_km2(own.moved_m2),
                    pairs=_pairs(own, one.tech, lang),
                )
                yield f"      {text(lang)}"
    for one in found.techs:
        areas = listed(
            say(
                "geoplan.law.diff_area",
                state=state_word(s, one.tech),
                before_km2=to_km2(m2),
                after_km2=to_km2(one.moved.after_m2[s]),
            )
            for s, m2 in one.moved.before_m2.items()
        )
        yield say(
            "geoplan.law.diff_total",
            tech=tech_word(one.tech),
            moved_km2=to_km2(one.moved.moved_m2),
            pairs=_pairs(one.moved, one.tech, lang),
            areas=areas,
        )(lang)
        for p in one.projects:
            text = say(
                "geoplan.law.diff_project",
                name=p.name,
                rules=listed(p.rules),
                moved_km2=to_km2(p.moved.moved_m2),
                pairs=_pairs(p.moved, one.tech, lang),
            )
            yield f"      {text(lang)}"


def _rule_lines(change: RuleChange, lang: str) -> Iterator[str]:
    turn = say(f"geoplan.law.turn.{change.turn}")
    if change.aspects:
        own = listed(say(f"geoplan.law.aspect.{x}") for x in change.aspects)
        turn = say("geoplan.law.diff_turn_aspects", turn=turn, aspects=own)
    title = change.rule.title
    yield say("geoplan.law.diff_rule", id=change.rule_id, turn=turn, title=title)(lang)
    for side, rule in (("before", change.before), ("after", change.after)):
        if rule is not None:
            yield say(
                f"geoplan.law.diff_{side}",
                kind=kind_word(rule.shown_kind),
                parameter=parameter_text(rule),
                text=_text(rule, lang),
            )(lang)
