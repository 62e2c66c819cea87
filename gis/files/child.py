"""Readers that can hang run in a process of their own, with ceilings of time and memory.

A drawing of ten bytes keeps GDAL's DXF driver for ever, and no signal ends a loop in a
library. One such process is kept for the next file and ends by itself when none comes: its
start takes about a second, a call a few milliseconds.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from gis.constants import constants
from gis.errors import DataError, GeoplanError
from gis.foreign import foreign_reason
from gis.pipes import receive, send, started
from gis.say import say
from gis.toml import read_toml

__all__ = ["in_child"]

T = TypeVar("T")
_LOCK = threading.Lock()
# one process, in a list so that there is none before the first file that needs it
_KEPT: list[_Child] = []


def in_child(function: Callable[..., T], *args: Any, where: str, size: int = 0) -> T:  # noqa: ANN401
    """`function(*args)`, computed in a process that is ended when it takes too much.

    Parameters
    ----------
    function : callable
        Of a module of ours; arguments and answer travel as pickles.
    where : str
        File and layer, for the message.
    size : int
        Bytes of the file: a large one is given more time.

    Raises
    ------
    DataError
        What the function raises, or that it took longer, or more memory, than the ceilings
        ``reader_*`` of ``gis/constants.toml``, or that it crashed.
    """
    limits = constants("limits")
    seconds = limits["reader_seconds"] + limits["reader_seconds_per_mb"] * size / 1e6
    with _LOCK:
        child = _KEPT.pop() if _KEPT else _Child()
        if not child.lives():
            child = _Child()
        answer = child.ask((function, args), seconds)
        late = child.late
        if answer is None or late:
            child.end()
        if answer is None:
            raise DataError(
                say("gis.given.too_long") if late else say("gis.given.reader_died"),
                where=where,
                got=say("gis.given.seconds", n=seconds) if late else "",
                expected="" if late else say("gis.given.memory", n=_memory_mb()),
                todo=say("gis.given.simplify"),
            )
        if not late:
            _KEPT.append(child)
            child.rest()
    kind, value = answer
    if kind == "faults":
        error, faults = value
        raise error(faults)
    if kind == "reason":
        raise DataError(say("gis.files.file_cannot_read"), where=where, got=value)
    result: T = value
    return result


def _memory_mb() -> float:
    return float(constants("limits")["reader_memory_bytes"]) / 1e6


class _Child:
    """One process that computes what it is asked, and the pipes to it."""

    def __init__(self) -> None:
        skipped = read_toml("gis.files", "formats.toml")["elsewhere"]["skipped_drivers"]
        self.process = started(
            "gis.files.child", {"OPENBLAS_NUM_THREADS": "1", "GDAL_SKIP": ",".join(skipped)}
        )
        self.owner = os.getpid()
        self.late = self.ready = False
        self.timer: threading.Timer | None = None
        atexit.register(self.end)

    def lives(self) -> bool:
        """Whether it can be asked: it runs, and it is ours and not of the process we left."""
        return self.owner == os.getpid() and self.process.poll() is None

    def ask(self, question: Any, seconds: float) -> tuple[str, Any] | None:  # noqa: ANN401
        """The answer, or None when the process died or was ended for taking too long."""
        if self.timer is not None:
            self.timer.cancel()
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:  # both are pipes; tells the type checker
            return None
        clock = self._clock(
            seconds if self.ready else constants("limits")["reader_start_seconds"]
        )
        try:
            if not self.ready:
                receive(stdout)
                self.ready = True
                clock.cancel()
                clock = self._clock(seconds)
            send(stdin, question)
            found: tuple[str, Any] = receive(stdout)
        except (OSError, EOFError):
            return None
        finally:
            clock.cancel()
        return found

    def _clock(self, seconds: float) -> threading.Timer:
        clock = threading.Timer(seconds, self._too_long)
        clock.daemon = True
        clock.start()
        return clock

    def _too_long(self) -> None:
        self.late = True
        self.process.kill()

    def rest(self) -> None:
        """End the process when nobody asks for a while."""
        self.timer = threading.Timer(constants("limits")["reader_rest_seconds"], self._idle)
        self.timer.daemon = True
        self.timer.start()

    def _idle(self) -> None:
        with _LOCK:
            if self in _KEPT:
                _KEPT.remove(self)
                self.end()

    def end(self) -> None:
        """End the process; nothing happens when it has ended."""
        atexit.unregister(self.end)
        if self.timer is not None:
            self.timer.cancel()
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _limit_memory() -> None:
    """What may be taken on top of what the libraries take, where the system can say so."""
    try:
        import resource
    except ImportError:  # Windows
        return
    own = 1 << 32
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as stream:  # noqa: PTH123
        own = int(stream.read().split()[0]) * resource.getpagesize()
    most = own + int(constants("limits")["reader_memory_bytes"])
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def serve() -> None:
    """What the process does: compute what it is asked until nobody asks any more."""
    import geopandas  # noqa: F401 - before the ceiling, which is on top of it
    import pyogrio  # noqa: F401

    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    _limit_memory()
    send(out, "ready")
    while True:
        try:
            function, args = receive(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer: tuple[str, Any] = ("value", function(*args))
        except GeoplanError as err:
            answer = ("faults", (type(err), err.faults))
        except Exception as err:  # noqa: BLE001 - told by the one who asked
            answer = ("reason", foreign_reason(err))
        send(out, answer)


if __name__ == "__main__":
    serve()
