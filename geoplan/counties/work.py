"""One county after the other, several at a time: here, or on the workers of a cluster."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geoplan.counties.many import OneCounty
from geoplan.workers.second import second_process
from gis.cells.blocks import here, map_windows
from gis.errors import Fault, GeoplanError
from gis.say import say

__all__ = ["CountyTask", "Outcome", "run_counties"]

_TRIES = 2  # a county that failed is run once more, elsewhere where there is another worker
_MIB = 1 << 20
_PAGE = 1024  # the unit in which Linux counts resident memory


@dataclass(frozen=True)
class CountyTask:
    """What a worker is told: all of it is in the plan file and its data.

    Attributes
    ----------
    county
    out
        Folder of its result, seen by all workers.
    only
        Steps; all when empty.
    lang
        Of the documents; none are written when empty.
    afresh
        Take nothing over from a former result.
    cores
        Cores it may use.
    tries
        How often it was tried before.
    avoid
        Worker that failed at it.
    """

    county: OneCounty
    out: Path
    only: tuple[str, ...] = ()
    lang: str = ""
    afresh: bool = False
    cores: int = 1
    tries: int = 0
    avoid: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a county ended.

    Attributes
    ----------
    task
    faults
        What went wrong; none of a county that is done.
    worker
        Where it was computed last.
    seconds, cpu_s, memory_mib
        What the run took there: clock, processor, and memory at its highest. Of a worker
        that died only the clock is known, the others are 0.
    """

    task: CountyTask
    faults: tuple[Fault, ...] = ()
    worker: str = ""
    seconds: float = 0.0
    cpu_s: float = 0.0
    memory_mib: float = 0.0
    tries: int = 1

    @property
    def done(self) -> bool:
        """Whether its result is there."""
        return not self.faults


def _used() -> tuple[float, float]:
    """Processor seconds and highest memory [MiB] of this process and those it started."""
    try:
        import resource
    except ImportError:  # Windows
        return time.process_time(), 0.0
    own = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else _PAGE
    seconds = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    return seconds, max(own.ru_maxrss, others.ru_maxrss) * unit / _MIB


def _whole_run(task: CountyTask, event: Callable[[str, tuple[Any, ...]], None]) -> None:
    """In a process of its own: all steps of a county, and its documents."""
    from geoplan.plan_file import load_plan
    from geoplan.run import run_plan
    from layers.run_folder import take_from_lost
    from siting.screen.how import with_options

    plan = with_options(load_plan(task.county.plan), workers=task.cores)
    # the lock of the whole run is held: nobody else computes this county now
    take_from_lost(task.out)
    run_plan(
        plan,
        task.out,
        only=task.only,
        lang=task.lang or plan.plan.lang,
        documents=bool(task.lang),
        afresh=task.afresh and not task.tries,
        progress=lambda *_: None,
    )
    event("used", _used())


def run_county(task: CountyTask) -> Outcome:
    """Run a county in a process of its own, which ends with the worker that started it.

    A worker that was killed leaves the finished steps of the county; whoever takes it next
    goes on from there.
    """
    used: dict[str, float] = {}

    def event(_kind: str, values: tuple[Any, ...]) -> None:
        used["cpu_s"], used["memory_mib"] = values

    began = time.monotonic()
    faults: tuple[Fault, ...] = ()
    try:
        with second_process() as process:
            if not process.call(_whole_run, task, event=event):
                faults = (
                    Fault(
                        say("geoplan.counties.process_died"),
                        where=task.county.adcode,
                        todo=say("geoplan.counties.run_alone", plan=str(task.county.plan)),
                    ),
                )
    except GeoplanError as err:
        faults = tuple(err.faults)
    seconds = time.monotonic() - began
    return Outcome(task, faults, here(), seconds, tries=task.tries + 1, **used)


def run_counties(
    tasks: Iterable[CountyTask],
    *,
    engine: str,
    workers: int,
    told: Callable[[Outcome, int, int], None],
) -> list[Outcome]:
    """Run every county; one that fails is run once more, and fails alone.

    Parameters
    ----------
    tasks : iterable of CountyTask
    engine : str
        ``"threads"`` (that many processes here) or the address of a dask scheduler, each of
        whose workers runs whole counties.
    workers : int
        Counties at a time here; a running cluster has its own number.
    told : callable
        Told every outcome as it comes, with how many counties are done and how many there
        are.

    Returns
    -------
    list of Outcome
        In the order of the tasks.
    """
    left = list(tasks)
    found: dict[str, Outcome] = {}
    total = len(left)
    for _ in range(_TRIES):
        again: list[CountyTask] = []
        for task, outcome in map_windows(
            run_county, left, engine=engine, workers=workers, avoid=lambda t: t.avoid
        ):
            found[task.county.adcode] = outcome
            told(outcome, sum(o.done for o in found.values()), total)
            if not outcome.done:
                again.append(replace(task, tries=task.tries + 1, avoid=outcome.worker))
        left = again
        if not left:
            break
    return list(found.values())
