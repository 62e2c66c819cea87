"""How far a job is and how long it will still take, written for whoever looks on."""

from __future__ import annotations

import contextlib
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
# what steps call their parts
_OWN = {"certify": "sites", "pv_yield": "pv"}


def share_done(weights: Mapping[str, float], done: Mapping[str, float]) -> float:
    """Share of the work that is done, 0 to 1.

    Parameters
    ----------
    weights : mapping
        Step -> how long it takes, in any unit.
    done : mapping
        Step -> share of it that is done; 0 where it is not named.

    Examples
    --------
    >>> share_done({"a": 3.0, "b": 1.0}, {"a": 0.5}), share_done({"a": 3.0, "b": 1.0}, {"a": 1})
    (0.375, 0.75)
    """
    whole = sum(weights.values())
    if whole <= 0:
        return 0.0
    return sum(w * min(max(done.get(k, 0.0), 0.0), 1.0) for k, w in weights.items()) / whole


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

    Steps may go on side by side: a step that another one needed has ended when that begins.

    Attributes
    ----------
    weights
        Step -> how long it usually takes; set by the job that has steps.
    needs
        Step -> steps it waits for.
    """

    folder: Path
    weights: dict[str, float] = field(default_factory=dict)
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    _starts: dict[str, float] = field(default_factory=dict)
    _heard: dict[str, float] = field(default_factory=dict)
    _there: set[str] = field(default_factory=set)
    _label: str = ""
    _share: float = 0.0
    _written: float = 0.0

    def set_steps(self, needs: Mapping[str, Sequence[str]]) -> None:
        """The steps there will be, in their order, and those each waits for."""
        usual = read_toml("geoplan.app", "usual.toml")["seconds"]
        self.needs = dict(needs)
        self.weights = {s: float(usual.get(s, 1.0)) for s in needs}

    def progress(self, label: str, done: int, total: int) -> None:
        """As a run tells it: the name of a step, or what the step says of itself."""
        name = label.removeprefix("step.")
        if label.startswith("step.") and name in self.weights:
            self._next(name)
        elif label == "done":
            self._heard = dict.fromkeys(self.weights, 1.0)
        elif total:
            own = label.partition(" ")[0]
            own = _OWN.get(own, own)
            self._heard[own] = max(self._heard.get(own, 0.0), done / total)
            self._label = label
        self._write(now=label.startswith("step."))

    def _next(self, name: str) -> None:
        now = time.monotonic()
        for one in self._before(name):
            # a long step that took no time was there already and tells nothing of the others
            quick = now - self._starts.get(one, now) < _EVERY_S
            if one not in self._heard and quick and self.weights[one] > _LONG_S:
                self._there.add(one)
            self._heard[one] = 1.0
        self._starts[name] = now
        self._label = ""
        words = both(say(f"geoplan.cli.step_{name}"))
        at = f"{len(self._starts)}/{len(self.weights)}"
        sys.stdout.write(f"[{now - self.began:7.1f} s] {at} {words['zh']} / {words['en']}\n")
        sys.stdout.flush()

    def _before(self, name: str) -> set[str]:
        """Steps that have ended when this one begins."""
        queue, found = list(self.needs.get(name, ())), set[str]()
        while queue:
            one = queue.pop()
            if one in self.weights and one not in found:
                found.add(one)
                queue += self.needs.get(one, ())
        return found

    def say(self, text: Sentence) -> None:
        """A line of the log, in both languages."""
        words = both(text)
        sys.stdout.write(f"{words['zh']} / {words['en']}\n")
        sys.stdout.flush()

    def _write(self, *, now: bool = False) -> None:
        if not now and time.monotonic() - self._written < _EVERY_S:
            return
        self._written = time.monotonic()
        elapsed = time.monotonic() - self.began
        whole = sum(self.weights.values())
        self._share = max(self._share, share_done(self.weights, self._heard))
        there = sum(self.weights[k] for k in self._there)
        left = remaining_s(self._share * whole - there, (1 - self._share) * whole, elapsed)
        step = list(self._starts)[-1] if self._starts else ""
        label = {k: inner_label(self._label, k) if self._label else "" for k in ("zh", "en")}
        body = {
            "step": both(say(f"geoplan.cli.step_{step}")) if step else label,
            "inner": label,
            "at": max(0, len(self._starts) - 1),
            "of": len(self.weights),
            "share": round(self._share, 4),
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
