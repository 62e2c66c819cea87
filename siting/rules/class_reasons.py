"""Why nobody builds on a class of land, class by class, as an engineering book lists it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from gis.errors import Fault
from gis.say import say
from layers.spec import Frozen, Text
from layers.vocabulary import vocabulary

__all__ = ["ClassReason", "class_faults", "with_classes"]


class ClassReason(Frozen):
    """One class of the land survey in an engineering book.

    Attributes
    ----------
    code, title
        As in the land survey.
    rule
        Id of the rule that excludes it; empty for a class that is left to the law books.
    reason
        Why nobody builds there, or why it is left to the law.
    basis
        ``"practice"``, or the clause of a design code; empty for a class left to the law.
    kept_frac
        Share of a boundary up to which land of an excluded class may lie inside: it is kept as
        it is or moved first, and not built on. 0 for a class no boundary may hold.
    """

    code: str
    title: Text
    rule: str = ""
    reason: Text
    basis: str = Field(default="")
    kept_frac: Annotated[float, Field(ge=0, le=0.5)] = 0.0

    @property
    def excluded(self) -> bool:
        """Whether a rule of the book excludes it."""
        return bool(self.rule)


def with_classes(
    row: Mapping[str, object], classes: Iterable[ClassReason]
) -> dict[str, object]:
    """A rule as the book writes it, with the classes that name it in its test.

    Examples
    --------
    >>> pond = ClassReason(code="1104", title={"zh": "坑塘水面", "en": "pond"}, rule="X-001",
    ...     reason={"zh": "水面", "en": "water"}, basis="practice")
    >>> with_classes({"id": "X-001", "test": {"type": "in_classes"}}, [pond])["test"]["classes"]
    ['1104']
    """
    test = row.get("test")
    named = [c for c in classes if c.rule == row.get("id")]
    own = [c.code for c in named]
    if not own or not isinstance(test, Mapping) or "classes" in test:
        return dict(row)
    kept = {c.code: c.kept_frac for c in named if c.kept_frac}
    return {**row, "kept": kept, "test": {**test, "classes": own}}


def class_faults(
    classes: Sequence[ClassReason], rule_ids: Iterable[str], name: str
) -> list[Fault]:
    """Classes nobody knows, named twice, of another name, or of a rule that is not there."""
    survey = vocabulary("dlbm").entries
    ids = set(rule_ids)
    out: list[Fault] = []
    seen: set[str] = set()
    for c in classes:
        where = f"{name} [[classes]] {c.code}"
        if c.code not in survey:
            out.append(Fault(say("siting.rules.no_such_class"), where=where, got=c.code))
        elif c.title.zh != survey[c.code].title.zh:
            known = survey[c.code].title.zh
            what = say("siting.rules.class_has_other_name")
            out.append(Fault(what, where=where, got=c.title.zh, expected=known))
        if c.code in seen:
            out.append(Fault(say("siting.rules.class_named_twice"), where=where))
        seen.add(c.code)
        if c.rule and c.rule not in ids:
            out.append(Fault(say("siting.rules.no_such_rule"), where=where, got=c.rule))
        if c.kept_frac and not c.excluded:
            out.append(Fault(say("siting.rules.kept_of_excluded"), where=where))
        if c.excluded != bool(c.basis):
            out.append(Fault(say("siting.rules.class_basis"), where=where, got=c.basis))
    return out
