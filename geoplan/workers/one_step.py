"""One step of a run, computed from inputs that stayed the same under it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from geoplan.inputs import Inputs, seen_again
from geoplan.steps import STEPS, Step, seen_by, step_function
from gis.errors import DataError
from gis.machine import give_back_memory
from gis.say import say
from layers.plain_json import digest
from layers.plan.model import Plan
from layers.plan.reads import digests_of, watched
from layers.result import Progress, save_step
from layers.run_aside import note_seen
from layers.run_folder import RunFolder, check_steps
from layers.run_record import read_records

__all__ = ["compute_step"]

# how often a step is computed whose inputs are written anew meanwhile
_TRIES = 3


def compute_step(
    plan: Plan,
    run: RunFolder,
    step: Step,
    inputs: Inputs,
    progress: Progress,
    alone: AbstractContextManager[object] | None = None,
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
    alone : context manager, optional
        Held while the result is recorded.

    Raises
    ------
    DataError
        When an input or an earlier step was replaced, or inputs are written all the time.
    """
    for _ in range(_TRIES):
        before = seen_again(inputs)
        check_steps(run, step.needs)
        note_seen(run.work, digest(before.stamps))
        asked, noted = watched(plan)
        result = step_function(step)(asked, run.work, progress)
        check_steps(run, step.needs)
        if seen_again(before) is before:
            reads = digests_of(plan, noted, inputs.sha256)
            with alone or nullcontext():
                seen = [n for n in seen_by(step, STEPS) if n in read_records(run.work)]
                save_step(run, step.name, result, seen, made_by=inputs.made_by, reads=reads)
            del result
            give_back_memory()
            return
        run.tell(say("geoplan.faults.inputs_touched", step=step.name))
    raise DataError(
        say("geoplan.faults.inputs_written_all_the_time"),
        where=str(plan.data_root),
        todo=say("geoplan.faults.stop_writing"),
    )
