"""Work a page waits for: done once in a thread, with per cent on a page that asks again."""

from __future__ import annotations

import html
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Waited
from typing import Generic, TypeVar

from fastapi.responses import HTMLResponse

from geoplan.progress.pace import Pace
from geoplan.progress.shown import still
from gis.say import say
from layers.result import Progress

__all__ = ["PATIENCE_S", "Opening", "told_page", "waiting_page"]

_T = TypeVar("_T")
_AGAIN_S = 1
PATIENCE_S = 0.5
"""Nobody looks at an empty page for longer."""


class Opening(Generic[_T]):
    """Work that goes on in a thread of its own.

    Attributes
    ----------
    pace
        How far it is.
    """

    def __init__(self, work: Callable[[Progress], _T]) -> None:
        self.pace = Pace()
        self.pace.set_steps({"documents": ()})
        self._found: Future[_T] = Future()

        def go() -> None:
            try:
                self._found.set_result(work(self._hear))
            except BaseException as err:  # noqa: BLE001 - raised where it is waited for
                self._found.set_exception(err)

        threading.Thread(target=go, daemon=True).start()

    def _hear(self, label: str, done: int, total: int) -> None:
        self.pace.hear(label, done, total)

    def result(self, timeout_s: float | None = None) -> _T | None:
        """What came of it, raising what it raised; None where it goes on after that time."""
        try:
            return self._found.result(timeout_s)
        except Waited:
            if self._found.done():  # the work's own
                raise
            return None

    @property
    def failed(self) -> bool:
        """Whether it ended with a fault: then it may be tried again."""
        return self._found.done() and self._found.exception() is not None


def told_page(lang: str, text: str, status: int = 200, head: str = "") -> HTMLResponse:
    """A page that says one thing."""
    title = html.escape(say("geoplan.app.title")(lang))
    return HTMLResponse(
        f'<!doctype html><html lang="{"en" if lang == "en" else "zh-CN"}"><head>'
        f'<meta charset="utf-8">{head}<link rel="icon" href="data:,"><title>{title}</title>'
        f'</head><body><p role="status">{html.escape(text)}</p></body></html>',
        status_code=status,
        headers={"cache-control": "no-store"},
    )


def waiting_page(pace: Pace, lang: str) -> HTMLResponse:
    """What goes on and how far it is, asked again every second."""
    seconds = say("geoplan.cli.seconds", n=round(pace.elapsed_s))(lang)
    told = say("geoplan.serve.opening", now=still(pace, lang), time=seconds)(lang)
    return told_page(lang, told, head=f'<meta http-equiv="refresh" content="{_AGAIN_S}">')
