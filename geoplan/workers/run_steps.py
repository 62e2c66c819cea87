"""The steps of a run, two at a time where this machine has room for a second process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Lock

from geoplan.inputs import Inputs
from geoplan.steps import Step, seen_by
from geoplan.workers.one_step import compute_step
from geoplan.workers.schedule import share_out
from geoplan.workers.second import Second
from gis.say import Sentence
from layers.plan.model import Plan
from layers.result import Progress
from layers.run_folder import RunFolder, check_steps, forget_step, step_finished
from layers.run_view import open_view, take_step

__all__ = ["run_steps"]

Event = Callable[[str, tuple[object, ...]], None]


def _apart(plan: Plan, view: RunFolder, step: Step, inputs: Inputs, event: Event) -> None:
    """In the second process: compute a step in a folder of its own."""

    def progress(label: str, done: int, total: int) -> None:
        event("progress", (label, done, total))

    def tell(sentence: Sentence) -> None:
        event("tell", (sentence,))

    compute_step(plan, replace(view, tell=tell), step, inputs, progress)


def run_steps(
    plan: Plan,
    run: RunFolder,
    steps: tuple[Step, ...],
    inputs: Inputs,
    progress: Progress,
    second: Second | None,
    total: int,
    take: Callable[[Step], bool],
) -> None:
    """Compute every step that is not there, whole, from these inputs.

    Parameters
    ----------
    plan : Plan
    run : RunFolder
    steps : tuple of Step
        In the order of a run, with all they need.
    inputs : Inputs
        As they were when the run began.
    progress : callable
        Told ``"step.NAME"`` when a step begins, and what the step tells of itself.
    second : Second or None
        Takes a step while this process is at another; none without it.
    total : int
        How much the run has to do, for `progress`.
    take : callable
        Takes a step over from a former result; False where it has to be computed.

    Raises
    ------
    GeoplanError
        The fault of the first step that fails; finished steps stay recorded.
    """
    record = Lock()  # of the folder: written by one at a time
    begun: dict[str, int] = {}  # a step that comes back to the first begins once

    def there(step: Step) -> bool:
        with record:
            if step_finished(run, step.name):
                return True
            forget_step(run, step.name)
            return take(step)

    def here(step: Step) -> bool:
        progress(f"step.{step.name}", begun.setdefault(step.name, len(begun)), total)
        if not there(step):
            compute_step(plan, run, step, inputs, progress, record)
        return True

    def event(kind: str, values: tuple[object, ...]) -> None:
        doors: dict[str, Callable[..., None]] = {"progress": progress, "tell": run.tell}
        doors[kind](*values)

    def beside(step: Step) -> bool:
        progress(f"step.{step.name}", begun.setdefault(step.name, len(begun)), total)
        if there(step):
            return True
        with record:
            check_steps(run, step.needs)
            view = open_view(run, step.name, seen_by(step, steps))
        sent = replace(view, tell=_nobody, mine=_always)
        if second is None or not second.call(_apart, plan, sent, step, inputs, event=event):
            return False
        check_steps(run, step.needs)
        with record:
            take_step(run, view, step.name)
        return True

    if second is None:
        share_out(steps, [here])
    else:
        share_out(steps, [here, beside], second.end)


def _nobody(_sentence: Sentence) -> None:
    """Told in the other process by what is put in its place there."""


def _always() -> bool:
    return True
