"""The law of a day, its audit and its changes, for a person or a machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gis.errors import ConfigError
from gis.say import say

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["day_asked", "day_of", "show_audit"]

Echo = Callable[[str], Any]


def day_of(text: str, option: str) -> date:
    """A day written on the command line.

    Raises
    ------
    ConfigError
        When it is no day.

    Examples
    --------
    >>> day_of("2027-01-01", "--as-of")
    datetime.date(2027, 1, 1)
    """
    try:
        return date.fromisoformat(text)
    except ValueError as err:
        raise ConfigError(
            say("geoplan.law.no_such_day"),
            where=option,
            got=text,
            expected=say("geoplan.law.day_form"),
        ) from err


def day_asked(text: str, option: str) -> date | None:
    """The same; None when it is not given."""
    return day_of(text, option) if text else None


def show_audit(
    texts: Path | None,
    as_of: str,
    years: float,
    lang: str,
    *,
    as_json: bool,
    echo: Echo,
    plan: Plan | None = None,
) -> bool:
    """Audit the law and say what was found.

    Returns
    -------
    bool
        Whether there was no fault.

    Raises
    ------
    ConfigError
        For a day that is none.
    DataError
        When the folder holds no text.
    """
    from siting.rules import calendar, rule_books
    from siting.rules.audit.run import audit
    from siting.rules.audit.statute import read_statutes, stored_statutes, unused_files
    from siting.screen.screening import book_paths

    day = day_asked(as_of, "--as-of") or (None if plan is None else plan.plan.as_of)
    kept = stored_statutes()
    # the folder comes first; of laws it does not hold the articles kept here are compared
    found = audit(
        rule_books(None if plan is None else book_paths(plan)),
        calendar(),
        kept if texts is None else {**kept, **read_statutes(texts, calendar())},
        day,
        years=years,
        unused=() if texts is None else unused_files(texts, calendar()),
    )
    if as_json:
        echo(json.dumps(found.as_dict(lang), ensure_ascii=False, indent=1))
        return not found.faults
    for finding in found.findings:
        mark = say(f"geoplan.law.{'fault' if finding.fault else 'note'}")
        echo(say("geoplan.law.finding", mark=mark, text=finding.text)(lang))
    echo(
        say(
            "geoplan.law.audited",
            day=found.as_of,
            rules=found.rules,
            editions=found.editions,
            quotes=found.quotes,
            compared=found.compared,
            in_words=found.in_words,
            texts=found.texts,
        )(lang)
    )
    outcome = "faulty" if found.faults else "clean"
    echo(say(f"geoplan.law.{outcome}", faults=len(found.faults), notes=len(found.notes))(lang))
    return not found.faults
