"""Conditions on the project: never a mask."""

from __future__ import annotations

from typing import Literal

from layers.numbers import Number
from layers.spec import Text
from siting.rules.conditions.base import Demand, RuleTest

__all__ = ["Checklist"]


class Checklist(RuleTest):
    """A condition on the project, to be ticked off; never a mask."""

    type: Literal["checklist"] = "checklist"
    quantity: str
    operator: Literal[">=", ">", "<=", "<", "="]
    value: Number
    unit: str
    about: Text | None = None

    @property
    def demand(self) -> Demand:
        """See `RuleTest`."""
        return Demand(
            quantity=self.quantity, operator=self.operator, value=self.value, unit=self.unit
        )

    def parameter_text(self) -> str:
        """See `RuleTest`."""
        return f"{self.operator} {self.value:g} {self.unit}"
