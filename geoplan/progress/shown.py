"""Progress of long work on the terminal, in a log, and for another program."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from geoplan.progress.labels import inner_label, step_words
from geoplan.progress.pace import NEARLY, NEARLY_S, Pace
from geoplan.progress.usual import RunSize
from gis.say import Sentence, both, say
from layers.result import Progress

__all__ = ["SILENCE_S", "Alive", "shown_progress", "still", "still_event"]

# nobody waits longer than five seconds for a line; compiled work may hold the clock up for one
SILENCE_S = 4.0
_EVENT_S = 1.0
# these count in parts of their time, or of what is read, which are no number of things
_IN_SHARES = ("documents", "doctor", "screen", "sites", "certify")
_NEARLY = 99  # per cent
_MINUTE_S, _HOUR_S = 60, 3600


def _line(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@dataclass
class Alive:
    """Says that work goes on where nothing was said for some seconds.

    Attributes
    ----------
    words
        What is said, given the seconds since the work began.
    """

    words: Callable[[float], str]
    silence_s: float = SILENCE_S
    _began: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)
    _held: bool = False

    def touch(self) -> None:
        """Something was said just now."""
        self._told = time.monotonic()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Another one speaks while the block runs."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
            self.touch()

    @contextmanager
    def while_it_works(self) -> Iterator[None]:
        """Look on from a thread while the block runs."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(
                max(0.0, self._told + self.silence_s - time.monotonic()) + 0.01
            ):
                if self._held:
                    self.touch()
                elif time.monotonic() - self._told >= self.silence_s:
                    _line(self.words(time.monotonic() - self._began))
                    self.touch()

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _time(seconds: float, lang: str) -> str:
    if seconds < _MINUTE_S:
        return say("geoplan.cli.seconds", n=round(seconds))(lang)
    if seconds < _HOUR_S:
        return say("geoplan.cli.minutes", n=round(seconds / _MINUTE_S))(lang)
    hours, minutes = divmod(round(seconds / _MINUTE_S), _MINUTE_S)
    return say("geoplan.cli.hours", n=hours, minutes=minutes)(lang)


def _how_far(pace: Pace, lang: str) -> str:
    """Per cent and time that is left, in words; empty where neither is known."""
    if not pace.weights:
        return ""
    left, share = pace.remaining_range_s, pace.share
    # what is not done is not 100 per cent
    done = f"{100 if share >= 1 else min(_NEARLY, round(100 * share))} %"
    if left is None:
        return done if share >= 1 else f"{done}, {say('geoplan.app.remaining_unknown')(lang)}"
    if left[1] < NEARLY_S and share >= NEARLY:
        return f"{done}, {say('geoplan.app.remaining_nearly')(lang)}"
    return f"{done}, {_left(*left, lang)}"


def _left(least_s: float, most_s: float, lang: str) -> str:
    # nobody is told that no second is left of what goes on
    least, most = (_time(max(1.0, x), lang) for x in (least_s, most_s))
    if least == most:
        return say("geoplan.app.remaining", time=most)(lang)
    return say("geoplan.app.remaining_between", least=least, most=most)(lang)


def _now(pace: Pace, part: Sequence[int], lang: str) -> str:
    """What goes on, in words: the step, and the part of it."""
    words = inner_label(pace.label, lang) if pace.label else ""
    if not words and pace.step:
        words = step_words(lang)[f"step.{pace.step}"]
    if not words:
        words = say("geoplan.cli.starting")(lang)
    counted = pace.label and len(part) and not pace.label.startswith(_IN_SHARES)
    return f"{words} {part[0]}/{part[1]}" if counted else words


def still(pace: Pace, lang: str, part: Sequence[int] = ()) -> str:
    """What goes on and how far it is, for whoever heard nothing for some seconds.

    Parameters
    ----------
    pace : Pace
    lang : {"zh", "en"}
    part : sequence of int
        How many of how many, where the part that goes on counts; else empty.
    """
    far = _how_far(pace, lang)
    now = _now(pace, part, lang)
    return f"{now} ({far})" if far else now


@contextmanager
def shown_progress(
    lang: str,
    *,
    steps: Mapping[str, Sequence[str]] | None = None,
    size: RunSize | None = None,
    quiet: bool = False,
    events: bool = False,
    alive: Alive | None = None,
) -> Iterator[Progress]:
    """A progress display while the block runs.

    On a terminal a bar with per cent and the time that is left; elsewhere one line per step
    with its time, and one at least every five seconds, so that a log file stays readable.

    Parameters
    ----------
    lang : str
        ``"zh"`` or ``"en"``.
    steps : mapping, optional
        Step -> steps it waits for, of a run.
    size : RunSize, optional
        Of the run.
    quiet : bool
        Show nothing.
    events : bool
        One JSON object a line, for another program, in place of words.
    alive : Alive, optional
        Is silent meanwhile.
    """
    if quiet:
        yield lambda _label, _done, _total: None
        return
    pace = Pace()
    pace.set_steps(steps or {}, size)
    shown = _events if events else _bars if sys.stderr.isatty() else _lines
    if alive is None:
        with shown(pace, lang) as show:
            yield show
        return
    with alive.held(), shown(pace, lang) as show:
        yield show


@contextmanager
def _bars(pace: Pace, lang: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    names = step_words(lang)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[far]}"),
        TimeElapsedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        words = say("geoplan.cli.running", plan="")(lang)
        whole = bars.add_task(words, total=1.0 if pace.weights else None, far="")
        inner = bars.add_task("", total=None, visible=False, far="")

        def show(label: str, done: int, total: int) -> None:
            pace.hear(label, done, total)
            if label in names:
                bars.update(whole, description=names[label])
                bars.update(inner, visible=False)
            elif label == "done":
                bars.update(whole, description=say("geoplan.cli.done")(lang), total=1.0)
            elif total:
                bars.update(
                    inner,
                    description=f"  {inner_label(label, lang)}",
                    completed=done,
                    total=total,
                    far="" if label.startswith(_IN_SHARES) else f"{done}/{total}",
                    visible=True,
                )
            if pace.weights or label == "done":
                far = _how_far(pace, lang)
                bars.update(whole, completed=pace.share if label != "done" else 1.0, far=far)

        yield show


@contextmanager
def _lines(pace: Pace, lang: str) -> Iterator[Progress]:
    names = step_words(lang)
    part: list[int] = []

    def words(_since: float) -> str:
        return f"[{pace.elapsed_s:6.1f} s] {still(pace, lang, part)}"

    alive = Alive(words)

    def log(label: str, done: int, total: int) -> None:
        pace.hear(label, done, total)
        part[:] = (done, total)
        if label in names:
            far = _how_far(pace, lang)
            tail = f" ({far})" if far else ""
            _line(f"[{pace.elapsed_s:6.1f} s] {done + 1}/{total} {names[label]}{tail}")
            alive.touch()

    with alive.while_it_works():
        yield log


def still_event(label: Sentence, seconds: float) -> str:
    """The event of a verb that is at work and tells nothing of itself.

    Parameters
    ----------
    label : Sentence
        What goes on.
    seconds : float
        Since it began [s].

    Returns
    -------
    str
        One JSON object; how much is done is not known.
    """
    event = {
        "event": "progress",
        "step": "",
        "label": both(label),
        "done": 0,
        "total": 0,
        "share": None,
        "elapsed_s": round(seconds, 1),
        "remaining_s": None,
        "remaining_range_s": None,
    }
    return json.dumps(event, ensure_ascii=False)


@contextmanager
def _events(pace: Pace, _lang: str) -> Iterator[Progress]:
    told = [float("-inf")]
    part = [0, 0]

    def event(kind: str) -> str:
        left, within = pace.remaining_s, pace.remaining_range_s
        what: dict[str, Any] = {
            "event": kind,
            "step": pace.at_work,
            "label": {k: _now(pace, (), k) for k in both(say("geoplan.cli.done"))},
            "done": part[0],
            "total": part[1],
            "share": 1.0 if kind == "done" else round(pace.share, 4),
            "elapsed_s": round(pace.elapsed_s, 1),
            "remaining_s": None if left is None else round(left),
            "remaining_range_s": None if within is None else [round(x) for x in within],
        }
        return json.dumps(what, ensure_ascii=False)

    alive = Alive(lambda _since: event("progress"), SILENCE_S)

    def tell(label: str, done: int, total: int) -> None:
        begun = pace.hear(label, done, total)
        part[:] = done, total
        now = time.monotonic()
        if not (begun or label == "done") and now - told[0] < _EVENT_S:
            return
        told[0] = now
        _line(event("done" if label == "done" else "progress"))
        alive.touch()

    _line(event("progress"))  # whoever listens hears at once that it has begun
    with alive.while_it_works():
        yield tell
