"""Run a function over windows: one after the other, on threads, processes or a cluster.

A window may be any other piece of work as well (a county). The only module that knows dask.
The function is pure, the results come in the order of the windows, and only a few are under way
at a time, so memory does not grow with the area.

A worker that dies costs what it was doing: its windows are tried again. What does not come
back (a scheduler that is gone, workers that are killed again and again) ends in a fault that
says what to do, never in a wait without end.
"""

from __future__ import annotations

import hashlib
import logging
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import metadata
from multiprocessing import get_context, resource_tracker
from pathlib import Path
from typing import Any, TypeVar

from gis.errors import ConfigError, DataError, GeoplanError
from gis.foreign import foreign_reason
from gis.say import listed, say

__all__ = ["here", "map_windows"]

T = TypeVar("T")
W = TypeVar("W")
Progress = Callable[[int, int], None]

# Results under way beyond the workers: enough to keep them busy, few enough for the memory.
_AHEAD = 2
# Seconds: until a scheduler answers, until it has a worker, between two looks at a cluster
# that is silent, and until one without workers is given up.
_CONNECT_S = 10.0
_WORKERS_S = 30.0
_LOOK_S = 2.0
_ALONE_S = 60.0
_DISTRIBUTION = "pingluo-geoplan"
# a worker that is left alone logs its end; what a user must know is said by our own sentences
_WORKER_LOGS = "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED"


def map_windows(
    fn: Callable[[W], T],
    windows: Sequence[W],
    *,
    engine: str = "threads",
    workers: int = 2,
    progress: Progress | None = None,
    retries: int = 3,
    shared: Path | None = None,
    avoid: Callable[[W], str] | None = None,
) -> Iterator[tuple[W, T]]:
    """Call `fn` for every window and give the results in the order of the windows.

    Parameters
    ----------
    fn : callable
        Pure function of a window, or of other work. For processes and clusters it must be
        importable by the workers: a module-level function or a `functools.partial` of one.
    windows : sequence
        (slice, slice), or the work `fn` takes.
    engine : str
        ``"serial"``, ``"threads"``, ``"processes"``, ``"dask"`` (a cluster of `workers`
        processes on this machine), or the address of a running dask scheduler
        (``"tcp://host:port"``).
    workers : int
        Threads or processes; a running cluster has its own.
    progress : callable, optional
        Called with windows done and windows in all.
    retries : int
        How often a window is tried again when its worker dies.
    shared : Path, optional
        A file that `fn` reads: workers of a running cluster are asked first whether they
        see it.
    avoid : callable, optional
        Work -> the worker of a running cluster (`here`) that is not to have it, as long as
        there are others.

    Yields
    ------
    (window, result)

    Raises
    ------
    ConfigError
        When the engine is unknown, there is no worker, no scheduler at the address, or its
        workers do not see `shared`.
    DataError
        When workers die again and again, or the scheduler is gone.

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
        return _processes(fn, windows, workers, progress, retries)
    if engine == "dask" or "://" in engine:
        return _dask(fn, windows, engine, workers, progress, retries, shared, avoid)
    raise ConfigError(
        say("gis.cells.no_such_engine"),
        where=say("gis.cells.at_engine"),
        got=engine,
        expected=say("gis.cells.serial_threads_processes_dask_address"),
    )


def _serial(
    fn: Callable[[W], T], windows: Sequence[W], progress: Progress | None
) -> Iterator[tuple[W, T]]:
    for i, w in enumerate(windows, 1):
        yield w, fn(w)
        if progress:
            progress(i, len(windows))


def _pooled(
    pool: Callable[[], Executor],
    fn: Callable[[W], T],
    windows: Sequence[W],
    workers: int,
    progress: Progress | None,
) -> Iterator[tuple[W, T]]:
    with pool() as executor:
        waiting: deque[tuple[W, Any]] = deque()
        todo = iter(windows)
        done = 0
        try:
            while True:
                while len(waiting) < workers + _AHEAD:
                    w = next(todo, None)
                    if w is None:
                        break
                    with _shielded():
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


@contextmanager
def _shielded() -> Iterator[None]:
    """Start threads and processes that an interruption does not reach.

    They inherit what is blocked here, from their first instruction on. An interruption that
    comes meanwhile is answered when the block ends.
    """
    block = getattr(signal, "pthread_sigmask", None)
    if block is None:  # Windows: see _ignore_interrupts
        yield
        return
    before = block(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        block(signal.SIG_SETMASK, before)


def _ignore_interrupts() -> None:
    """In a worker: whoever interrupts the run is answered by the run itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _processes(
    fn: Callable[[W], T],
    windows: Sequence[W],
    workers: int,
    progress: Progress | None,
    retries: int,
) -> Iterator[tuple[W, T]]:
    context = get_context("spawn")  # a forked child would inherit threads in mid-air
    done = failed = 0

    def pool() -> Executor:
        return ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupts)

    def told(n: int, _: int) -> None:
        if progress:
            progress(first + n, len(windows))

    while done < len(windows):
        first = done
        try:
            for found in _pooled(pool, fn, windows[first:], workers, told):
                done, failed = done + 1, 0
                yield found
        except BrokenProcessPool as err:
            # one dead worker breaks the whole pool: the others lose what they were doing
            failed += 1
            if failed > retries:
                raise _workers_died(failed) from err


def _workers_died(times: int) -> DataError:
    return DataError(
        say("gis.cells.workers_died"),
        where=say("gis.cells.at_workers"),
        got=say("gis.cells.times_in_a_row", n=times),
        todo=say("gis.cells.fewer_workers_or_smaller_tiles"),
    )


def here() -> str:
    """Who computes this: the address of a worker of a cluster, else the machine's name."""
    try:
        from distributed import get_worker  # heavy

        return str(get_worker().address)
    except (ImportError, ValueError):
        return socket.gethostname()


def _others(client: Any, avoided: str) -> list[str] | None:  # noqa: ANN401 - of the library
    """The workers beside one; None, which is all, where there is no other."""
    others = [a for a in client.scheduler_info()["workers"] if a != avoided]
    return others if avoided and others else None


def _look(path: str) -> tuple[str, str]:
    """On a worker: its version of geoplan, and the digest of the file (empty: not seen)."""
    try:
        seen = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        seen = ""
    return _version(), seen


def _version() -> str:
    try:
        return metadata.version(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return ""


def _require_workers(client: Any, engine: str, shared: Path | None) -> None:  # noqa: ANN401
    """Refuse a cluster that has no worker, or one that cannot do this work.

    Raises
    ------
    ConfigError
    """
    try:
        client.wait_for_workers(1, timeout=_WORKERS_S)
    except (TimeoutError, OSError) as err:
        raise ConfigError(
            say("gis.cells.scheduler_without_workers"),
            where="--scheduler",
            got=engine,
            todo=say("gis.cells.start_workers", address=engine),
        ) from err
    own = _look(str(shared or ""))
    answers = client.run(_look, str(shared or ""), on_error="return")
    strange = [a for a, x in answers.items() if isinstance(x, BaseException) or x[0] != own[0]]
    if strange:
        raise ConfigError(
            say("gis.cells.workers_of_another_version"),
            where="--scheduler",
            got=listed(strange),
            expected=f"geoplan {own[0]}",
            todo=say("gis.cells.install_same_version"),
        )
    blind = [a for a, x in answers.items() if x[1] != own[1]]
    if shared is not None and blind:
        raise ConfigError(
            say("gis.cells.workers_do_not_see_folder"),
            where=str(shared.parent),
            got=listed(blind),
            todo=say("gis.cells.name_shared_folder"),
        )


def _gone(engine: str, err: BaseException | None) -> DataError:
    reason = "" if err is None else foreign_reason(err)
    return DataError(
        say("gis.cells.scheduler_gone"),
        where="--scheduler",
        got=say("gis.cells.scheduler_reason", address=engine, reason=reason)
        if reason
        else engine,
        todo=say("gis.cells.start_scheduler_again"),
    )


def _waited(client: Any, future: Any, engine: str) -> Any:  # noqa: ANN401 - of the library
    """The result of a future, looking after the cluster while it is silent.

    Raises
    ------
    DataError
        When the scheduler is gone, or has been without workers for a minute.
    """
    alone = time.monotonic()
    while True:
        # never without a limit: what is done is lost again with the worker that holds it
        try:
            return future.result(timeout=_LOOK_S)
        except TimeoutError:
            if future.status == "error":
                raise  # the function's own
        if client.status != "running":
            raise _gone(engine, None)
        if client.scheduler_info()["workers"]:
            alone = time.monotonic()
        elif time.monotonic() - alone > _ALONE_S:
            raise DataError(
                say("gis.cells.workers_gone"),
                where="--scheduler",
                got=engine,
                todo=say("gis.cells.start_workers", address=engine),
            )


def _dask(
    fn: Callable[[W], T],
    windows: Sequence[W],
    engine: str,
    workers: int,
    progress: Progress | None,
    retries: int,
    shared: Path | None,
    avoid: Callable[[W], str] | None,
) -> Iterator[tuple[W, T]]:
    with _silent("distributed", "tornado", "asyncio"):
        yield from _on_cluster(fn, windows, engine, workers, progress, retries, shared, avoid)


@contextmanager
def _silent(*libraries: str) -> Iterator[None]:
    """Let what libraries write to their logs be said by our own sentences."""
    logs = [logging.getLogger(name) for name in libraries]
    levels = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for log, level in zip(logs, levels, strict=True):
            log.setLevel(level)


def _on_cluster(
    fn: Callable[[W], T],
    windows: Sequence[W],
    engine: str,
    workers: int,
    progress: Progress | None,
    retries: int,
    shared: Path | None,
    avoid: Callable[[W], str] | None,
) -> Iterator[tuple[W, T]]:
    from concurrent.futures import CancelledError

    import dask
    from distributed import Client, LocalCluster  # heavy, and only here
    from distributed.comm import CommClosedError
    from distributed.scheduler import KilledWorker

    own = None
    try:
        if engine == "dask":
            resource_tracker.ensure_running()  # its start would lift the shield
            with _shielded(), dask.config.set({_WORKER_LOGS: "critical"}):
                own = LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                )
        client = Client(own if own is not None else engine, timeout=_CONNECT_S)
    except (OSError, RuntimeError, TimeoutError, ValueError) as err:
        if own is not None:
            own.close()
        raise ConfigError(
            say("gis.cells.cluster_not_started")
            if engine == "dask"
            else say("gis.cells.no_scheduler_there"),
            where="--scheduler",
            got=say("gis.cells.scheduler_reason", address=engine, reason=foreign_reason(err)),
            todo=say("gis.cells.start_scheduler"),
        ) from err
    try:
        if own is None:
            _require_workers(client, engine, shared)
        waiting: deque[tuple[W, Any]] = deque()
        todo = iter(windows)
        done = 0
        ahead = 2 * max(workers, len(client.scheduler_info()["workers"])) + _AHEAD
        while True:
            while len(waiting) < ahead:
                w = next(todo, None)
                if w is None:
                    break
                # pure functions: a lost result is simply computed again elsewhere
                only = _others(client, "" if avoid is None else avoid(w))
                asked = client.submit(fn, w, retries=retries, pure=False, workers=only)
                waiting.append((w, asked))
            if not waiting:
                return
            w, future = waiting.popleft()
            found = _waited(client, future, engine)
            future.release()
            done += 1
            yield w, found
            if progress:
                progress(done, len(windows))
    except GeoplanError:
        raise
    except KilledWorker as err:
        raise _workers_died(retries + 1) from err
    except (CancelledError, CommClosedError) as err:
        raise _gone(engine, err) from err
    finally:
        client.close(timeout=_LOOK_S)
        if own is not None:
            own.close()
