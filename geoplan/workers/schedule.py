"""Which step is computed when, and by whom."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from geoplan.steps import Step

__all__ = ["share_out"]


def share_out(
    steps: Iterable[Step],
    workers: Sequence[Callable[[Step], bool]],
    stop: Callable[[], None] = lambda: None,
) -> None:
    """Have every step done once, after those it needs, by whichever worker is free.

    Parameters
    ----------
    steps : iterable of Step
        In the order in which they are taken where they do not wait for each other. What
        they need is among them or done.
    workers : sequence of callable
        Each does one step at a time and returns True, or False when it cannot: then the
        first does it. The first is called in this thread, the others in their own.
    stop : callable, optional
        Called when one has failed, so that the others need not be waited for.

    Raises
    ------
    BaseException
        What the first failing worker raised, once every worker has stopped.
    """
    left = list(steps)
    unfinished = {s.name for s in left}
    refused: set[str] = set()
    failed: list[BaseException] = []
    # what stands in a row the first does alone: for that no other need be waked
    at_work = threading.Event()
    change = threading.Condition()

    def ready(*, first: bool) -> Step | None:
        for step in left if first or at_work.is_set() else ():
            if unfinished.isdisjoint((*step.needs, *step.reads)) and (
                first or step.name not in refused
            ):
                return step
        return None

    def take(*, first: bool) -> Step | None:
        with change:
            # the first stays while a step may still come back to it
            while not failed and unfinished and (left or first):
                step = ready(first=first)
                if step is not None:
                    left.remove(step)
                    if first:
                        at_work.set()
                        change.notify_all()
                    return step
                change.wait()
            return None

    def work(worker: Callable[[Step], bool], *, first: bool) -> None:
        try:
            while (step := take(first=first)) is not None:
                done = worker(step)
                with change:
                    if first:
                        at_work.clear()
                    if done:
                        unfinished.discard(step.name)
                    else:
                        refused.add(step.name)
                        left.insert(0, step)
                    change.notify_all()
        except BaseException as err:  # noqa: BLE001 - raised below, in the caller's thread
            with change:
                failed.append(err)
                change.notify_all()
            stop()

    others = [
        threading.Thread(target=work, args=(w,), kwargs={"first": False}, daemon=True)
        for w in workers[1:]
    ]
    for one in others:
        one.start()
    work(workers[0], first=True)
    for one in others:
        one.join()
    if failed:
        raise failed[0]
