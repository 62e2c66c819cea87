"""How far a job is and how long it will still take, written for whoever looks on."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from geoplan.progress import inner_label
from gis.say import Sentence, both, say
from gis.toml import read_toml
from layers.plain_json import write_json

__all__ = ["Watch", "remaining_s", "share_done", "watched"]

_LEAST_SHARE = 0.02  # before that nobody can tell
_EVERY_S = 0.4
_LONG_S = 2.0


def share_done(weights: Sequence[float], done: int, inner: float) -> float:
    """Share of the work that is done, 0 to 1.

    Parameters
    ----------
    weights : sequence of float
        Of the steps, in their order.
    done : int
        Steps that are finished.
    inner : float
        Share of the step under way.

    Examples
    --------
    >>> share_done([3.0, 1.0], 0, 0.5), share_done([3.0, 1.0], 1, 0.0)
    (0.375, 0.75)
    """
    whole = sum(weights)
    if whole <= 0:
        return 0.0
    now = weights[done] * min(max(inner, 0.0), 1.0) if done < len(weights) else 0.0
    return min(1.0, (sum(weights[:done]) + now) / whole)


def remaining_s(worked: float, left: float, elapsed_s: float) -> float | None:
    """Time that is left [s]; None where too little is done to tell.

    Parameters
    ----------
    worked, left : float
        Weight of what was done since `elapsed_s`, and of what is to be done.
    elapsed_s : float
        Time that took [s].

    Examples
    --------
    >>> remaining_s(10.0, 30.0, 30.0), remaining_s(0.0, 40.0, 5.0)
    (90.0, None)
    """
    if worked < _LEAST_SHARE * (worked + left):
        return None
    return elapsed_s * left / worked


@dataclass
class Watch:
    """Told of the progress of a job; what it holds is written into the folder of the job.

    Attributes
    ----------
    steps
        Names of the steps; set by the job that has some.
    weights
        How long each takes, in any unit.
    """

    folder: Path
    steps: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    began: float = field(default_factory=time.monotonic)
    _at: int = 0
    _inner: float = 0.0
    _label: str = ""
    _there: float = 0.0  # weight of steps that a run before had finished
    _starts: dict[str, float] = field(default_factory=dict)
    _written: float = 0.0

    def set_steps(self, steps: Sequence[str], seconds: Mapping[str, float]) -> None:
        """The steps there will be, and how long each is known to take."""
        usual = read_toml("geoplan.app", "usual.toml")["seconds"]
        self.steps = tuple(steps)
        self.weights = tuple(float(seconds.get(s, usual.get(s, 1.0))) for s in steps)

    def progress(self, label: str, done: int, total: int) -> None:
        """As a run tells it: the name of a step, or what the step says of itself."""
        name = label.removeprefix("step.")
        if label.startswith("step.") and name in self.steps:
            self._next(name)
        elif label == "done":
            self._at, self._inner = len(self.steps), 0.0
        elif total:
            self._inner = max(self._inner, done / total)
            self._label = label
        self._write(now=label.startswith("step."))

    def _next(self, name: str) -> None:
        if self._starts:
            last = list(self._starts)[-1]
            weight = self.weights[self.steps.index(last)]
            # a long step that took no time was there already and tells nothing of the others
            if weight > _LONG_S and time.monotonic() - self._starts[last] < _EVERY_S:
                self._there += weight
        self._at, self._inner, self._label = self.steps.index(name), 0.0, ""
        self._starts[name] = time.monotonic()
        words = both(say(f"geoplan.cli.step_{name}"))
        passed = time.monotonic() - self.began
        at = f"{self._at + 1}/{len(self.steps)}"
        sys.stdout.write(f"[{passed:7.1f} s] {at} {words['zh']} / {words['en']}\n")
        sys.stdout.flush()

    def _label_step(self) -> str:
        return self.steps[self._at] if self._at < len(self.steps) else ""

    def say(self, text: Sentence) -> None:
        """A line of the log, in both languages."""
        words = both(text)
        sys.stdout.write(f"{words['zh']} / {words['en']}\n")
        sys.stdout.flush()

    def seconds(self) -> dict[str, float]:
        """How long each step took [s]; those that were there already are left out."""
        starts = list(self._starts.values())
        ends = [*starts[1:], time.monotonic()] if starts else []
        took = {k: e - s for (k, s), e in zip(self._starts.items(), ends, strict=True)}
        return {k: round(v, 1) for k, v in took.items() if v >= _EVERY_S}

    def _write(self, *, now: bool = False) -> None:
        if not now and time.monotonic() - self._written < _EVERY_S:
            return
        self._written = time.monotonic()
        elapsed = time.monotonic() - self.began
        share = share_done(self.weights, self._at, self._inner)
        whole = sum(self.weights)
        left = remaining_s(share * whole - self._there, (1 - share) * whole, elapsed)
        step = self._label_step()
        label = {k: inner_label(self._label, k) if self._label else "" for k in ("zh", "en")}
        body = {
            "step": both(say(f"geoplan.cli.step_{step}")) if step else label,
            "inner": label,
            "at": self._at,
            "of": len(self.steps),
            "share": round(share, 4),
            "elapsed_s": round(elapsed, 1),
            "remaining_s": None if left is None else round(left),
        }
        with contextlib.suppress(OSError):  # a full disk ends the job where it writes results
            write_json(self.folder / "progress.json", body)


@contextmanager
def watched(folder: Path) -> Iterator[Watch]:
    """A watch over the job in `folder` while the block runs."""
    watch = Watch(folder)
    write_json(folder / "progress.json", {"share": 0.0, "elapsed_s": 0.0})
    yield watch


def step_seconds(jobs: Path) -> dict[str, float]:
    """How long each step took in the newest job under `jobs` that tells it [s]."""
    found: dict[str, float] = {}
    for path in sorted(jobs.glob("*/outcome.json")):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            found |= json.loads(path.read_text(encoding="utf-8")).get("steps", {})
    return found
