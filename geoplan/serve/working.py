# mypy: disable-error-code="untyped-decorator"
# (fastapi is not followed by mypy here, so its decorators look untyped)
"""What the server computes for a page at this moment: the page asks while it waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from typing_extensions import TypedDict

from gis.say import Sentence, say
from layers.result import Progress

__all__ = ["Working", "answer_working"]


class WorkTold(TypedDict):
    """One work in words, in the language of the page; its share where that is known."""

    text: str
    share: float | None


@dataclass
class _Work:
    words: Sentence
    began: float = field(default_factory=time.monotonic)
    share: float | None = None


class Working:
    """Works that go on, the last begun first."""

    def __init__(self) -> None:
        self._now: list[_Work] = []
        self._lock = threading.Lock()

    @contextmanager
    def at(self, words: Sentence) -> Iterator[Progress]:
        """At work while the block runs; it may tell how much of it is done."""
        one = _Work(words)
        with self._lock:
            self._now.insert(0, one)

        def told(_label: str, done: int, total: int) -> None:
            if total:
                one.share = max(one.share or 0.0, min(done / total, 1.0))

        try:
            yield told
        finally:
            with self._lock:
                self._now.remove(one)

    def told(self, lang: str) -> list[WorkTold]:
        """Each work: what it is, per cent where it tells, and the time it took so far."""
        with self._lock:
            now = list(self._now)
        out: list[WorkTold] = []
        for one in now:
            seconds = say("geoplan.cli.seconds", n=round(time.monotonic() - one.began))(lang)
            key = "work" if one.share is None else "work_share"
            pct = round(100 * (one.share or 0.0))
            words = say(f"geoplan.serve.{key}", what=one.words, pct=pct, time=seconds)
            out.append({"text": words(lang), "share": one.share})
        return out


def answer_working(app: FastAPI, working: Working, spoken: Callable[[Request], str]) -> None:
    """Put the address of what goes on into `app`."""

    @app.get("/api/working")
    def works(request: Request) -> list[WorkTold]:
        return working.told(spoken(request))
