"""Rules whose place another rule takes: the days must fit, one judges at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from gis.errors import Fault
from gis.say import say
from siting.rules.entry import Entry
from siting.rules.kind import Scenario
from siting.rules.model import Rule

__all__ = ["on_the_day", "replacement_faults"]


def _begins(entry: Entry) -> date | None:
    """First day of its first text; None where a text has no day."""
    days = [v.begins for v in entry.versions]
    return None if None in days else min(d for d in days if d)


def _ends(entry: Entry) -> date | None:
    """Last day of its last text; None where one has no end."""
    days = [v.ends for v in entry.versions]
    return None if None in days else max(d for d in days if d)


def replacement_faults(entries: Mapping[str, Entry]) -> Iterator[Fault]:
    """Faults of ``replaced_by``: no such rule, no end, or days of both that overlap.

    Parameters
    ----------
    entries : mapping of str to Entry
        Every rule that is read together, by id.
    """
    for entry in entries.values():
        if not entry.replaced_by:
            continue
        where = f"{entry.book} {entry.id} [replaced_by]"
        other = entries.get(entry.replaced_by)
        if other is None or other is entry:
            yield Fault(
                say("siting.rules.no_such_rule"),
                where=where,
                got=entry.replaced_by,
                todo=say("siting.rules.see_geoplan_rules"),
            )
            continue
        ends, begins = _ends(entry), _begins(other)
        if ends is None:
            yield Fault(
                say("siting.rules.replaced_has_no_end"),
                where=where,
                expected=say("siting.rules.last_day_of_each_text"),
            )
        elif begins is None or begins <= ends:
            yield Fault(
                say("siting.rules.replacement_begins_too_early"),
                where=where,
                got=say(
                    "siting.rules.days_of_both",
                    rule=entry.id,
                    ends=ends,
                    other=other.id,
                    begins=begins or say("siting.rules.no_first_day"),
                ),
                expected=say("siting.rules.begins_after_the_end"),
            )


def on_the_day(
    entries: Mapping[str, Entry], day: date, scenario: Scenario
) -> Iterator[tuple[Entry, Rule]]:
    """Rules on a day, each with the text of the rule that takes its place as its next text.

    Before the first text of a rule the law is not known, unless it takes the place of one that
    holds on that day.

    Parameters
    ----------
    entries : mapping of str to Entry
        See `replacement_faults`.
    day : date
    scenario : {"base", "hard", "conservative"}
    """
    found = {i: e.on(day, scenario) for i, e in entries.items()}
    ruled = {
        e.replaced_by for i, e in entries.items() if (r := found[i]) is not None and r.law_known
    }
    for rule_id, rule in found.items():
        entry = entries[rule_id]
        if rule is None or (rule_id in ruled and not rule.law_known):
            continue
        if entry.replaced_by and rule.next_from is None:
            first = min(entries[entry.replaced_by].versions, key=lambda v: v.begins or date.max)
            coming = {
                "next_from": first.begins,
                "next_law": first.law,
                "next_text": first.cited,
            }
            rule = rule.model_copy(update=coming)
        yield entry, rule
