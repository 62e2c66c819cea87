"""What is wrong with a case of facilities, in the words of the form people fill in."""

from __future__ import annotations

from collections.abc import Sequence

from gis.errors import Fault
from gis.say import Sentence, say, sentences
from siting.facilities.section import FacilityCase

__all__ = ["form_faults", "form_words"]

_PLAN, _PAGE = "siting.facilities.", "geoplan.facility_page."
_FIELDS = {"open": "field_open", "limit": "field_limit", "places": "field_places"}


def form_words(what: str) -> str:
    """A sentence about a case as its form calls things; another sentence as it is.

    Examples
    --------
    >>> said = say("siting.facilities.limit_lacking", model="lscp")
    >>> form_words(said)("zh")
    '求“全覆盖最少设施”须填可达上限'
    """
    if not isinstance(what, Sentence) or not what.key.startswith(_PLAN):
        return what
    key = _PAGE + what.key.removeprefix(_PLAN)
    if key not in sentences("geoplan"):
        return what
    values = dict(what.values)
    if "model" in values:
        values["model"] = say(f"{_PLAN}model_{values['model']}")
    return say(key, **values)


def form_faults(faults: Sequence[Fault], case: FacilityCase) -> list[Fault]:
    """Faults of a case that was moved on the map, by its title and its fields."""
    out = []
    for fault in faults:
        name = case.name
        places = str(fault.where).replace("[", " ").replace("]", " ").replace(".", " ").split()
        own = next((_FIELDS[p] for p in places if p in _FIELDS), "")
        where = say(f"{_PAGE}case_named", case=name)
        if own:
            field = say(f"geoplan.serve.{own}")
            where = say(f"{_PAGE}of_case", case=name, field=field)
        out.append(
            Fault(
                form_words(fault.what),
                where=where,
                got=fault.got,
                expected=fault.expected,
                todo=fault.todo,
            )
        )
    return out
