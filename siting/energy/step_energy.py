"""The step ``energy``: the targets of the plan that are about energy, answered."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from layers.answers.answer import TargetAnswer, answered
from layers.answers.compare import compare_target
from layers.plan.model import Plan
from layers.plan.target import Target
from layers.result import Progress, StepResult
from layers.spec import Outcome, text_of
from siting.energy.bounds import bound_warnings
from siting.energy.declared import Evidence
from siting.energy.indicators import energy_indicators
from siting.energy.section import EnergySection

__all__ = ["EnergyPart", "energy_step", "target_answer"]


class EnergyPart(Outcome):
    """What the step energy adds to the summary."""

    targets: dict[str, TargetAnswer] = Field(description="target -> how it ends")


def target_answer(evidence: Evidence, target: Target) -> TargetAnswer:
    """How one target about energy ends.

    Raises
    ------
    KeyError
        When the indicator is another room's.
    """
    kind = energy_indicators()[target.indicator]
    found = kind.answer(evidence, target)
    why = text_of(found.why) if found.why is not None else None
    compared = compare_target(target, kind, found.figures, why=why)
    ways = kind.closes(evidence, compared)
    return answered(compared, today=evidence.today, closes=ways, why=found.why)


def energy_step(plan: Plan, work: Path, progress: Progress) -> StepResult[EnergyPart]:
    """Answer every target of the plan that an energy indicator is asked for.

    Returns
    -------
    StepResult
        Summary ``targets``; warnings of targets that are out of scale.
    """
    evidence = Evidence(plan, plan.section(EnergySection), work)
    own = [t for t in plan.targets if t.indicator in energy_indicators()]
    out = {}
    for i, target in enumerate(own):
        progress("energy", i, len(own))
        out[target.id] = target_answer(evidence, target)
    return StepResult(summary=EnergyPart(targets=out), warnings=bound_warnings(plan))
