"""What an energy indicator is: declaration, calibers, unit, words and answer in one object.

Every indicator stands in a module of `siting.energy.indicators`, in its tuple ``INDICATORS``;
the reading of plans and the step ``energy`` read nothing but these objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from layers.units import Quantity, unit_of

if TYPE_CHECKING:
    from gis.say import Sentence
    from layers.answers.figure import Comparison, Figure
    from layers.plan.model import Plan
    from layers.plan.target import Target
    from layers.relation import Symbol
    from layers.spec import Text
    from siting.energy.section import EnergySection

__all__ = ["LEAST_MW", "LEAST_TCE", "EnergyIndicator", "Evidence", "Found"]


LEAST_MW, LEAST_TCE = 0.05, 0.5
"""What is shown as 0 below this."""


@dataclass(frozen=True)
class Evidence:
    """What an indicator may look at.

    Attributes
    ----------
    work
        Run folder with the steps pv, wind, repower and rooftop.
    """

    plan: Plan
    section: EnergySection
    work: Path

    @property
    def today(self) -> int:
        """Year of the plan's day."""
        return self.plan.plan.as_of.year


@dataclass(frozen=True)
class Found:
    """Figures of an indicator for one target; why there is none where there is none."""

    figures: tuple[Figure, ...] = ()
    why: Sentence | None = None


def _nothing(evidence: Evidence, c: Comparison) -> tuple[Sentence, ...]:  # noqa: ARG001
    return ()


@dataclass(frozen=True)
class EnergyIndicator:
    """An indicator, as `layers.answers.compare.Judged` asks.

    Attributes
    ----------
    id
        Name in plans and tables.
    unit
        Unit of its figures; targets may be in any unit of the same quantity.
    needs
        Layers or plan keys without which it is not estimated.
    answer
        Its figures for the year of a target.
    closes
        What would close the gap of a target, beyond the gap itself.
    calibers
        Definitions a target may be stated in; empty where there is one.
    caliber_decides
        Whether a target is judged only in the caliber the plan says it means.
    relation
        What is meant where a target gives none.
    """

    id: str
    title: Text
    unit: str
    needs: str
    answer: Callable[[Evidence, Target], Found]
    closes: Callable[[Evidence, Comparison], tuple[Sentence, ...]] = _nothing
    calibers: Mapping[str, Text] = field(default_factory=dict)
    proxies: Mapping[str, Text] = field(default_factory=dict)
    caliber_decides: bool = False
    relation: Symbol = ">="

    @property
    def quantity(self) -> Quantity:
        """What its unit measures."""
        return unit_of(self.unit).quantity

    @property
    def target_calibers(self) -> tuple[str, ...]:
        """Calibers a target may name."""
        return tuple(self.calibers)
