"""How old the data are on the plan's day."""

from __future__ import annotations

import re
from datetime import date

from gis.say import say
from layers.catalogue import layer as layer_of
from layers.doctor.finding import DataFinding, limits
from layers.open.read_layer import layer_state, where_of
from layers.plan.model import Plan

__all__ = ["age_findings", "day_of"]

_SPAN = re.compile(r"^\d{4}\D{1,3}(?=\d{4}(\D|$))")  # 1991-2020: the last year counts
_DAY = re.compile(r"(\d{4})(?:\D{0,2}(\d{1,2})(?:\D{0,2}(\d{1,2}))?)?")
_YEAR_DAYS = 365.25


def day_of(text: str) -> date | None:
    """The last day a date of a plan can mean; None where it is no date.

    Examples
    --------
    >>> day_of("2023"), day_of("2024-02"), day_of("2024.3.5"), day_of("soon")
    (datetime.date(2023, 12, 31), datetime.date(2024, 2, 29), datetime.date(2024, 3, 5), None)
    >>> day_of("1991-2020")
    datetime.date(2020, 12, 31)
    """
    found = _DAY.match(_SPAN.sub("", text.strip()))
    if found is None:
        return None
    year, month, day = (int(v) if v else 0 for v in found.groups())
    try:
        if day:
            return date(year, month, day)
        first = date(year, month or 12, 1)
    except ValueError:
        return None
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def age_findings(plan: Plan) -> list[DataFinding]:
    """Layers that are old on the plan's day, of a later day, or of no day one can read.

    Layers without a date are told by the plan's own warnings.
    """
    out = []
    limit = limits("age")
    for layer_id, source in plan.layers.items():
        if layer_state(plan, layer_id) != "available" or not source.date:
            continue
        if layer_of(layer_id).kind == "timeseries":  # a typical year is of no day
            continue
        title, where = layer_of(layer_id).title, f"{where_of(plan, layer_id)} date"
        day = day_of(source.date)
        if day is None:
            text = say("layers.doctor.date_unreadable", title=title, date=source.date)
            out.append(DataFinding("date_unreadable", "warning", text, layer_id, where))
            continue
        years = (plan.plan.as_of - day).days / _YEAR_DAYS
        most = float(limit["layers"].get(layer_id, limit["default"]))
        if years < 0 and day.year > plan.plan.as_of.year:
            text = say(
                "layers.doctor.date_later", title=title, date=source.date, day=plan.plan.as_of
            )
            out.append(DataFinding("date_later", "warning", text, layer_id, where))
        elif years > most:
            text = say(
                "layers.doctor.old", title=title, date=source.date, years=years, most=most
            )
            todo = say("layers.doctor.ask_newer")
            out.append(DataFinding("old", "warning", text, layer_id, where, todo))
    return out
