"""The law as data: rule books, and the rules in force for a question."""

from __future__ import annotations

from siting.rules.ahead import Change, law_ahead
from siting.rules.area import Elsewhere, HoldsIn
from siting.rules.class_reasons import ClassReason
from siting.rules.conditions import (
    Above,
    AnyOf,
    Below,
    Checklist,
    Filter,
    InClasses,
    Intersects,
    Note,
    NotInClasses,
    RuleTest,
    Test,
    Within,
)
from siting.rules.entry import Entry
from siting.rules.features import half_widths, reach_m
from siting.rules.kind import Part, Project, RuleKind, Scenario, ShownKind
from siting.rules.law import Calendar, Edition, SourceStep, Validity, calendar, edition
from siting.rules.listing import (
    overrides_table,
    parameter_text,
    rules_table,
    search_rules,
)
from siting.rules.load import (
    Book,
    all_rules,
    apply_override,
    kind_in_force,
    load_rules,
    read_book,
    relaxed,
    rule_book_versions,
    rule_books,
    rules_elsewhere,
    split_by_area,
)
from siting.rules.model import Override, Rule
from siting.rules.version import Version
from siting.rules.where import Condition, Match, Where, as_conditions, matches

__all__ = [
    "Above",
    "AnyOf",
    "Below",
    "Book",
    "Calendar",
    "Change",
    "Checklist",
    "ClassReason",
    "Condition",
    "Edition",
    "Elsewhere",
    "Entry",
    "Filter",
    "HoldsIn",
    "InClasses",
    "Intersects",
    "Match",
    "NotInClasses",
    "Note",
    "Override",
    "Part",
    "Project",
    "Rule",
    "RuleKind",
    "RuleTest",
    "Scenario",
    "ShownKind",
    "SourceStep",
    "Test",
    "Validity",
    "Version",
    "Where",
    "Within",
    "all_rules",
    "apply_override",
    "as_conditions",
    "calendar",
    "edition",
    "half_widths",
    "kind_in_force",
    "law_ahead",
    "load_rules",
    "matches",
    "overrides_table",
    "parameter_text",
    "reach_m",
    "read_book",
    "relaxed",
    "rule_book_versions",
    "rule_books",
    "rules_elsewhere",
    "rules_table",
    "search_rules",
    "split_by_area",
]
