"""The law behind a screening: its day, what is not settled, and what will change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from gis.cells.area import to_ha, to_km2
from gis.say import listed, say
from layers.plan.model import Plan
from layers.result import Warn
from layers.spec import Text
from siting.rules.ahead import law_ahead
from siting.rules.citation import cited_text
from siting.rules.law import calendar, edition
from siting.rules.model import Rule
from siting.rules.words import tech_word
from siting.screen.coded import Screening
from siting.screen.screening import conditions_of, rules_of
from siting.screen.section import ScreeningSection
from siting.screen.settled import settled
from siting.screen.summary import LawChange, LawLookUp, LawSummary

__all__ = [
    "acting_rules",
    "calendar_warnings",
    "change_warnings",
    "changes_of",
    "law_of",
    "law_warnings",
    "told_of_law",
    "unknown_warnings",
]

_FIRST = 3  # documents named in a warning; all of them stand in the report
_HA_M2 = 10_000.0


def law_of(plan: Plan, found: Screening) -> LawSummary:
    """The law behind a plan's screening."""
    open_law = settled(found)
    return LawSummary(
        as_of=plan.plan.as_of,
        unsettled_ha=to_ha(open_law.rests_m2),
        look_ups=tuple(
            LawLookUp(
                law=x.law,
                document=x.document,
                name=_name(x.law, x.document),
                source_step=x.source_step,
                validity=x.validity,
                rules=x.rules,
                if_void_ha=to_ha(x.if_void_m2),
                if_confirmed_ha=to_ha(x.if_confirmed_m2),
            )
            for x in open_law.look_ups
        ),
        unknown_rules=tuple(r.id for r in found.rules if not r.law_known),
        changes=changes_of(plan, acting_rules(plan, found.tech)),
    )


def acting_rules(plan: Plan, tech: str) -> tuple[Rule, ...]:
    """Rules a project must heed: about land of every part of it, and about the project."""
    pairs = zip(*rules_of(plan, tech, every_part=True), strict=True)
    return (*(r for r, e in pairs if e != "none"), *conditions_of(plan, tech))


def changes_of(plan: Plan, rules: Iterable[Rule]) -> tuple[LawChange, ...]:
    """Changes of law known to come within the life of a project of the plan."""
    years = plan.section(ScreeningSection).life_years
    return tuple(
        LawChange(
            rule_id=c.rule_id,
            day=c.day,
            change=c.change,
            text=c.text,
            name=_name(c.law, c.text),
        )
        for c in law_ahead(rules, plan.plan.as_of, years)
    )


def law_warnings(tech: str, law: LawSummary) -> list[Warn]:
    """What a reviewer must know of the law behind the map."""
    where = f"screening {tech}"
    word = tech_word(tech)
    out = []
    if law.unsettled_ha > 0:
        key = "law_unsettled" if law.first else "law_unsettled_defaults"
        text = say(
            f"siting.screen.{key}",
            tech=word,
            area_km2=to_km2(law.unsettled_ha * _HA_M2),
            documents=listed(x.name for x in law.first[:_FIRST]),
        )
        out.append(Warn("law_unsettled", text, where))
    out += unknown_warnings(tech, law.unknown_rules, law.as_of, where)
    return out + change_warnings(tech, law.changes, where)


def _name(law: str, text: str) -> Text:
    """What a document is called in a list; a default in the words of the reader."""
    return edition(law).name if law else cited_text(text)


def calendar_warnings(as_of: date, where: str) -> list[Warn]:
    """That laws may have come, changed or ended since the calendar was read.

    Examples
    --------
    >>> calendar_warnings(date(2026, 1, 1), "screening")
    []
    >>> [w.code for w in calendar_warnings(date(2100, 1, 1), "screening")]
    ['law_calendar_old']
    """
    read = calendar().read_on
    if as_of <= read:
        return []
    text = say("siting.screen.law_calendar_old", day=as_of, read=read)
    return [Warn("law_calendar_old", text, where)]


def told_of_law(
    tech: str, as_of: date, unknown: Sequence[str], changes: Sequence[LawChange], where: str
) -> list[Warn]:
    """What of the law of a day is not known, and what is known to come."""
    return [
        *calendar_warnings(as_of, where),
        *unknown_warnings(tech, unknown, as_of, where),
        *change_warnings(tech, changes, where),
    ]


def unknown_warnings(tech: str, ids: Sequence[str], as_of: date, where: str) -> list[Warn]:
    """Rules whose law on the day is not known."""
    if not ids:
        return []
    text = say(
        "siting.screen.law_unknown",
        tech=tech_word(tech),
        n=len(ids),
        day=as_of,
        ids=listed(ids),
    )
    return [Warn("law_unknown", text, where)]


def change_warnings(tech: str, changes: Sequence[LawChange], where: str) -> list[Warn]:
    """Texts that end, and texts already passed, within the life of a project."""
    out = []
    for change in ("ends", "changes"):
        own = [c for c in changes if c.change == change]
        if own:
            text = say(
                f"siting.screen.law_{change}",
                tech=tech_word(tech),
                day=own[0].day,
                documents=listed({c.name.zh: c.name for c in own}.values()),
                ids=listed(dict.fromkeys(c.rule_id for c in own)),
            )
            out.append(Warn(f"law_{change}", text, where))
    return out
