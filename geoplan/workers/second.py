"""A second process for a step of a run, a document, an answer of the service.

It is started when there is something for it, asked through pipes, and ends when the process
that started it does, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gis.errors import GeoplanError
from gis.pipes import receive, send, started

__all__ = ["Event", "Second", "second_process"]

Event = Callable[[str, tuple[Any, ...]], None]


class Second:
    """A second process; none before the first call."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._lock = threading.Lock()

    def call(self, function: Callable[..., None], *args: Any, event: Event) -> bool:  # noqa: ANN401
        """Have ``function(*args, event)`` computed there; False when it did not bring it.

        Parameters
        ----------
        function : callable
            Of a module of ours. Its last argument is called with the name of an event and
            its values, which arrive at `event` here.
        *args
            Travel as pickles.
        event : callable

        Raises
        ------
        GeoplanError
            What the function raises. Of anything else, and when the process dies, the
            answer is False: done here, the error is seen whole.
        """
        with self._lock:
            if self._ended:
                return False
            if self._process is None:
                self._process = started("geoplan.workers.second", {})
            process = self._process
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:  # both are pipes; tells the type checker
            return False
        try:
            send(stdin, (function, args))
            while True:
                kind, value = receive(stdout)
                if kind == "done":
                    return True
                if kind == "faults":
                    error, faults = value
                    raise error(faults)
                if kind == "failed":
                    return False
                event(kind, value)
        except (OSError, EOFError, ValueError):
            self.end()
            return False

    @property
    def ended(self) -> bool:
        """Whether it computes no more."""
        return self._ended

    def end(self) -> None:
        """End the process; what it was at is not done."""
        with self._lock:
            self._ended = True
            process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


@contextmanager
def second_process() -> Iterator[Second]:
    """A second process while the block runs."""
    second = Second()
    try:
        yield second
    finally:
        second.end()


def _asked(questions: queue.SimpleQueue[Any]) -> None:
    """Take questions; with the process that asks them this one ends, at whatever it is."""
    while True:
        try:
            questions.put(receive(sys.stdin.buffer))
        except EOFError:
            os._exit(0)


def serve() -> None:
    """What the process does: compute what it is asked, one after the other."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand among the answers
    questions: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_asked, args=(questions,), daemon=True).start()
    lock = threading.Lock()  # steps tell of themselves from their threads

    def event(kind: str, value: object) -> None:
        with lock:
            send(out, (kind, value))

    while True:
        function, args = questions.get()
        try:
            function(*args, event)
        except GeoplanError as err:
            event("faults", (type(err), err.faults))
        except Exception:  # noqa: BLE001 - seen whole where it is done again
            event("failed", None)
        else:
            event("done", None)


if __name__ == "__main__":
    serve()
