"""One step of a run, computed from inputs that stayed the same under it."""

from __future__ import annotations

from collections.abc import Callable

from geoplan.inputs import Inputs, seen_again
from geoplan.steps import Step, step_function
from gis.errors import DataError
from gis.machine import give_back_memory
from gis.say import say
from layers.plain_json import digest
from layers.plan.model import Plan
from layers.result import Progress, StepResult, save_step
from layers.run_aside import note_seen
from layers.run_folder import RunFolder, check_steps

__all__ = ["compute_step"]

# how often a step is computed whose inputs are written anew meanwhile
_TRIES = 3


def compute_step(
    plan: Plan,
    run: RunFolder,
    step: Step,
    inputs: Inputs,
    progress: Progress,
    save: Callable[[StepResult], None] | None = None,
) -> None:
    """Compute a step and record it.

    Recorded only when nothing moved under it: a step of mixed inputs is never resumed.

    Parameters
    ----------
    plan : Plan
    run : RunFolder
        With the steps it needs.
    step : Step
    inputs : Inputs
        As they were when the run began.
    progress : callable
    save : callable, optional
        Records the result in place of `layers.result.save_step`.

    Raises
    ------
    DataError
        When an input or an earlier step was replaced, or inputs are written all the time.
    """
    for _ in range(_TRIES):
        before = seen_again(inputs)
        check_steps(run, step.needs)
        note_seen(run.work, digest(before.stamps))
        result = step_function(step)(plan, run.work, progress)
        check_steps(run, step.needs)
        if seen_again(before) is before:
            if save is None:
                save_step(run, step.name, result, step.needs)
            else:
                save(result)
            del result
            give_back_memory()
            return
        run.tell(say("geoplan.faults.inputs_touched", step=step.name))
    raise DataError(
        say("geoplan.faults.inputs_written_all_the_time"),
        where=str(plan.data_root),
        todo=say("geoplan.faults.stop_writing"),
    )
