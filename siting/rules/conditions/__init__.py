"""The kinds of tests a rule can have, one module each.

A new kind is a new module here: a class derived from `base.LayerTest`, `base.FilterTest` or
`base.RuleTest` with a `type` of its own. It is found without being listed anywhere.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from siting.rules.conditions.any_of import AnyOf
from siting.rules.conditions.base import Filter, FilterTest, Parameter, RuleTest, Test, kinds
from siting.rules.conditions.checklist import Checklist
from siting.rules.conditions.classes import InClasses, NotInClasses
from siting.rules.conditions.intersects import Intersects
from siting.rules.conditions.limit import Above, Below
from siting.rules.conditions.note import Note
from siting.rules.conditions.within import Within, formula_m

__all__ = [
    "Above",
    "AnyOf",
    "Below",
    "Checklist",
    "Filter",
    "FilterTest",
    "InClasses",
    "Intersects",
    "NotInClasses",
    "Note",
    "Parameter",
    "RuleTest",
    "Test",
    "Within",
    "formula_m",
    "kinds",
]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
