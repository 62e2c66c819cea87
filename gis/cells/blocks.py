"""Run a function over windows: one after the other, on threads, processes or a cluster.

The only module that knows dask. The function is pure, the results come in the order of the
windows, and only a few are under way at a time, so memory does not grow with the area.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from gis.cells.grid import Window
from gis.errors import ConfigError
from gis.say import say

__all__ = ["map_windows"]

T = TypeVar("T")
Progress = Callable[[int, int], None]

# Results under way beyond the workers: enough to keep them busy, few enough for the memory.
_AHEAD = 2


def map_windows(
    fn: Callable[[Window], T],
    windows: Sequence[Window],
    *,
    engine: str = "threads",
    workers: int = 2,
    progress: Progress | None = None,
    retries: int = 3,
) -> Iterator[tuple[Window, T]]:
    """Call `fn` for every window and give the results in the order of the windows.

    Parameters
    ----------
    fn : callable
        Pure function of a window. For processes and clusters it must be importable by the
        workers: a module-level function or a `functools.partial` of one.
    windows : sequence of (slice, slice)
    engine : str
        ``"serial"``, ``"threads"``, ``"processes"``, ``"dask"`` (a cluster of `workers`
        processes on this machine), or the address of a running dask scheduler
        (``"tcp://host:port"``).
    workers : int
        Threads or processes; a running cluster has its own.
    progress : callable, optional
        Called with windows done and windows in all.
    retries : int
        How often a window is tried again when its dask worker dies.

    Yields
    ------
    (window, result)

    Raises
    ------
    ConfigError
        When the engine is unknown or there is no worker.

    Examples
    --------
    >>> from gis.cells.grid import plan_grid, windows
    >>> tiles = windows(plan_grid((0, 0, 40, 20), 4544, 10), tile_px=2)
    >>> [r for _, r in map_windows(lambda w: w[1].start, tiles, engine="threads")]
    [0, 2]
    """
    if workers < 1:
        raise ConfigError(
            say("gis.cells.at_least_one_worker_needed"),
            where=say("gis.cells.at_workers"),
            got=str(workers),
        )
    if engine == "serial":
        return _serial(fn, windows, progress)
    if engine == "threads":
        return _pooled(lambda: ThreadPoolExecutor(workers), fn, windows, workers, progress)
    if engine == "processes":
        context = get_context("spawn")  # a forked child would inherit threads in mid-air
        return _pooled(
            lambda: ProcessPoolExecutor(workers, mp_context=context),
            fn,
            windows,
            workers,
            progress,
        )
    if engine == "dask" or "://" in engine:
        return _dask(fn, windows, engine, workers, progress, retries)
    raise ConfigError(
        say("gis.cells.no_such_engine"),
        where=say("gis.cells.at_engine"),
        got=engine,
        expected=say("gis.cells.serial_threads_processes_dask_address"),
    )


def _serial(
    fn: Callable[[Window], T], windows: Sequence[Window], progress: Progress | None
) -> Iterator[tuple[Window, T]]:
    for i, w in enumerate(windows, 1):
        yield w, fn(w)
        if progress:
            progress(i, len(windows))


def _pooled(
    pool: Callable[[], Executor],
    fn: Callable[[Window], T],
    windows: Sequence[Window],
    workers: int,
    progress: Progress | None,
) -> Iterator[tuple[Window, T]]:
    with pool() as executor:
        waiting: deque[tuple[Window, Any]] = deque()
        todo = iter(windows)
        done = 0
        try:
            while True:
                while len(waiting) < workers + _AHEAD:
                    w = next(todo, None)
                    if w is None:
                        break
                    waiting.append((w, executor.submit(fn, w)))
                if not waiting:
                    return
                w, future = waiting.popleft()
                yield w, future.result()
                done += 1
                if progress:
                    progress(done, len(windows))
        finally:
            # a fault, or a caller who stops early: leave nothing running behind
            for _, future in waiting:
                future.cancel()


def _dask(
    fn: Callable[[Window], T],
    windows: Sequence[Window],
    engine: str,
    workers: int,
    progress: Progress | None,
    retries: int,
) -> Iterator[tuple[Window, T]]:
    from distributed import Client, LocalCluster  # heavy, and only here

    own = None
    if engine == "dask":
        own = LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        )
    client = Client(own if own is not None else engine)
    try:
        waiting: deque[tuple[Window, Any]] = deque()
        todo = iter(windows)
        done = 0
        ahead = 2 * max(workers, len(client.scheduler_info()["workers"])) + _AHEAD
        while True:
            while len(waiting) < ahead:
                w = next(todo, None)
                if w is None:
                    break
                # pure functions: a lost result is simply computed again elsewhere
                waiting.append((w, client.submit(fn, w, retries=retries, pure=False)))
            if not waiting:
                return
            w, future = waiting.popleft()
            yield w, future.result()
            future.release()
            done += 1
            if progress:
                progress(done, len(windows))
    finally:
        client.close()
        if own is not None:
            own.close()
