"""The answer of a boundary check as a tree of values, as written to JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from gis.say import Sentence, say, sentences
from layers.spec import Outcome, Text
from siting.check.drawing import FindingReport
from siting.check.told import Told
from siting.check.waiting import JudgedHere, Result
from siting.rules import ShownKind
from siting.rules.in_force import InForce
from siting.rules.model import Part, Project
from siting.screen.summary import LawChange

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "NOTHING_M2",
    "CheckReport",
    "ClassArea",
    "KindArea",
    "Result",
    "RuleReport",
    "TownshipArea",
    "headed",
    "part_word",
    "parts_words",
    "rows_of",
    "told_result",
]


NOTHING_M2 = 0.005
"""An overlap below this is written 0.00 m2."""


class RuleReport(Outcome):
    """What one rule says about a boundary, as written to JSON; see `RuleOverlap`."""

    id: str
    title: Text
    kind: ShownKind
    needs_review: bool
    result: Result
    overlap_m2: float
    unknown_m2: float
    distance_m: float | None
    features: tuple[str, ...]
    missing: tuple[str, ...]
    assumed_absent: tuple[str, ...]
    incomplete: tuple[str, ...]
    approval: Text | None
    citation: str
    quote: str
    law: InForce
    overridden: str
    parts: tuple[Part, ...]
    part_m2: dict[str, float]


class _Area(Outcome):
    """An ellipsoidal area, and its share of the boundary's."""

    area_m2: float
    area_ha: float
    area_mu: float
    share_pct: float


class ClassArea(_Area):
    """Land of one class and owner; `dlbm` is empty where no parcel lies."""

    dlbm: str
    title_zh: str
    title_en: str
    category: str
    ownership: str


class KindArea(_Area):
    """One row of the area table of an approval text, by owner [ha]."""

    kind: str
    kind_zh: str
    kind_en: str
    collective_ha: float
    state_ha: float
    unstated_ha: float


class TownshipArea(_Area):
    """Land in one township."""

    township: str


class CheckReport(Outcome):
    """The answer of a boundary check as a tree of values, as written to JSON.

    Attributes
    ----------
    area_m2, area_ha, area_mu
        Of the boundary, on the ellipsoid.
    result
        The worst of all rules.
    not_judged, of
        Hard and conditional rules not judged, and all of them.
    judged
        The same as a share, by the land the rules usually take.
    warnings
        What must be known of the layers the rules look at.
    approvals
        By language.
    conditions
        Ids of conditions and notes no map can judge.
    as_of, project
        Day of the law, and what is planned.
    law_changes
        Changes of law known to come within the life of a project.
    not_in_force_here_rules, area_unknown_rules
        Ids of rules that hold elsewhere, and of those whose area is not known.
    other_project_rules, other_part_rules
        Ids of rules about another kind of project, and about parts the boundary has not.
    classes, kinds, townships
        None without the layer.
    """

    plan: str
    as_of: date
    project: Project
    tech: str
    boundary: str
    crs: str
    area_m2: float
    area_ha: float
    area_mu: float
    result: Result
    not_judged: int
    of: int
    judged: JudgedHere
    findings: tuple[FindingReport, ...]
    warnings: tuple[Told, ...]
    rules: tuple[RuleReport, ...]
    approvals: dict[str, tuple[str, ...]]
    conditions: tuple[str, ...]
    not_in_force_here_rules: tuple[str, ...]
    area_unknown_rules: tuple[str, ...]
    other_project_rules: tuple[str, ...]
    other_part_rules: tuple[str, ...]
    law_changes: tuple[LawChange, ...]
    classes: tuple[ClassArea, ...] | None
    kinds: tuple[KindArea, ...] | None
    townships: tuple[TownshipArea, ...] | None


def told_result(result: Result, unknown_m2: float) -> Result:
    """A rule's result in a table: a preference that was not judged is not passed either.

    Examples
    --------
    >>> told_result("pass", 120.0), told_result("pass", 0.0), told_result("fail", 120.0)
    ('unknown', 'pass', 'fail')
    """
    return "unknown" if result == "pass" and unknown_m2 > NOTHING_M2 else result


def headed(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    """A table with its columns in words; those without a heading are left out."""
    known = sentences("siting")
    other = {"zh": "en", "en": "zh"}[lang]
    names = {
        c: say(f"siting.check.column.{c}")(lang)
        for c in map(str, table.columns)
        if f"siting.check.column.{c}" in known and not c.endswith(f"_{other}")
    }
    return table[list(names)].rename(columns=names)


_Row = TypeVar("_Row", bound=Outcome)


def rows_of(table: pd.DataFrame | None, model: type[_Row]) -> tuple[_Row, ...] | None:
    """Rows of a table as values; None without the table."""
    if table is None:
        return None
    return tuple(model.model_validate(r) for r in table.to_dict("records"))


def parts_words(part_m2: Mapping[str, float]) -> list[Sentence]:
    """The parts of a project a rule hits, with the area on each."""
    return [
        say("siting.check.on_part", part=part_word(k), area_m2=v)
        for k, v in part_m2.items()
        if v > NOTHING_M2
    ]


def part_word(name: str) -> Sentence:
    """The word for a part of a project."""
    return say(f"siting.check.part.{name}")
