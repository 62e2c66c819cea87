"""Where is computed: so many processes and no more, each stopped when it takes too long."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from geoplan.api.faults import RefusedRequest
from geoplan.api.work import Home, Question, compute
from geoplan.workers.second import Second
from gis.errors import GeoplanError
from gis.say import say

__all__ = ["Places"]

_T = "geoplan.api"
_AT_ONCE = 2
_PATIENCE_S = 60.0


class Places:
    """The processes that answer; each is started when it is needed, and kept.

    A thread cannot be stopped in the middle of an overlay of a hundred thousand edges; a
    process can. What is computed depends on the caller alone from the moment the layers of
    the plan are open, so that is where the clock starts.

    Parameters
    ----------
    seconds : float
        What an answer may take.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._all: list[Second] = []
        self._ended = False
        # the one that was used last is used next: its layers are open
        self._free: queue.LifoQueue[Second] = queue.LifoQueue()
        for _ in range(_AT_ONCE):
            self._free.put(self._new())

    def ask(self, home: Home, question: Question, *args: object) -> str:
        """The answer of a question of `geoplan.api.work`, as text.

        Raises
        ------
        GeoplanError
            What the question raises.
        RefusedRequest
            With 503 when no place becomes free, with 504 when the answer takes too long.
        RuntimeError
            When the process breaks down; what it told of itself goes to the log.
        """
        with self._place(home) as second:
            return self._asked(second, home, question, args)

    def warm(self, home: Home) -> None:
        """Start a process and open the layers, so that the first request need not wait."""
        with contextlib.suppress(RefusedRequest), self._place(home) as second:
            _ready(second, home)

    def close(self) -> None:
        """End the processes; nobody asks any more."""
        self._ended = True
        for second in self._all:
            second.end()

    def _new(self) -> Second:
        second = Second()
        self._all.append(second)
        return second

    @contextmanager
    def _place(self, home: Home) -> Iterator[Second]:
        try:
            second = self._free.get(timeout=_PATIENCE_S)
        except queue.Empty:
            raise RefusedRequest(503, say(f"{_T}.busy")) from None
        try:
            yield second
        finally:
            if not second.ended or self._ended:
                self._free.put(second)
            else:
                self._all.remove(second)
                threading.Thread(target=self._replace, args=(home,), daemon=True).start()

    def _replace(self, home: Home) -> None:
        """Give a place back with a process whose layers are open."""
        second = self._new()
        try:
            _ready(second, home)
        finally:
            self._free.put(second)

    def _asked(
        self, second: Second, home: Home, question: Question, args: tuple[object, ...]
    ) -> str:
        told: dict[str, Any] = {}

        def stop() -> None:
            told["stopped"] = True
            second.end()

        clock = threading.Timer(self.seconds, stop)
        clock.daemon = True

        def event(kind: str, value: object) -> None:
            told[kind] = value
            if kind == "begins":
                clock.start()

        try:
            second.call(compute, home, question, args, event=event)
        finally:
            clock.cancel()
        if "text" in told:
            return str(told["text"])
        if "stopped" in told:
            todo = say(f"{_T}.stopped_todo")
            raise RefusedRequest(504, say(f"{_T}.stopped", n=round(self.seconds)), todo=todo)
        raise RuntimeError(told.get("bug", "the process ended"))


def _ready(second: Second, home: Home) -> None:
    with contextlib.suppress(GeoplanError):  # said to those who ask
        second.call(compute, home, None, (), event=lambda *_: None)
