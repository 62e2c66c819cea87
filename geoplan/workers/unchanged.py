"""What of a former result is right again: it is taken over, not computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from geoplan.inputs import Inputs
from geoplan.steps import Step, seen_by
from gis.errors import DataError
from layers.plan.model import Plan
from layers.plan.reads import digests_of
from layers.run_folder import RunFolder, adopt_step
from layers.run_record import (
    Digests,
    changed_files,
    check_result,
    read_digests,
    read_records,
)

__all__ = ["former_steps", "whole_result"]


def former_steps(
    plan: Plan, run: RunFolder, steps: Iterable[Step], inputs: Inputs
) -> Callable[[Step], bool]:
    """A function that takes a step over from the former result where it is right again.

    It is right when the same code computed it, every part of the plan it read and every file
    behind those parts is as it was, and so is what it read of other steps.

    Parameters
    ----------
    plan : Plan
    run : RunFolder
        With the result of a former run at its target, or none.
    steps : iterable of Step
        Of this run.
    inputs : Inputs
        Of this run.

    Returns
    -------
    callable
        Step -> whether it is there now. Its needs have to be finished.
    """
    known = tuple(steps)
    try:
        former = read_digests(run.target)
    except DataError:
        former = None  # damaged: nothing of it is taken

    def take(step: Step) -> bool:
        one = former.steps.get(step.name) if former is not None else None
        if one is None or not one.made_by or one.made_by != inputs.made_by:
            return False
        if digests_of(plan, one.reads, inputs.sha256) != one.reads:
            return False
        records = read_records(run.work)
        seen = {n: records[n].digest for n in seen_by(step, known) if n in records}
        return seen == one.needs and adopt_step(run, step.name)

    return take


def whole_result(target: Path, key: str, steps: Iterable[str], lang: str | None) -> bool:
    """Whether all that a run would make lies at `target`, as it would make it.

    Parameters
    ----------
    target : Path
    key : str
        Of the run: of its plan, its inputs and this program.
    steps : iterable of str
        Names of those that are asked for.
    lang : str or None
        Language of the documents; None when none are asked for.
    """
    try:
        found = read_digests(target)
        if found is None or found.key != key or not set(steps) <= set(found.steps):
            return False
        check_result(target)
    except DataError:
        return False
    return lang is None or _documents_as_written(target, found, lang)


def _documents_as_written(target: Path, found: Digests, lang: str) -> bool:
    if found.lang != lang or not found.documents:
        return False
    return not changed_files(target, found.documents)
