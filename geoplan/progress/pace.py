"""How far a run is, and how long it will still take.

What a run tells (``"step.pv"``, ``"pv" 3 of 9``) is weighed by how long steps usually take.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from geoplan.progress.usual import DEMO, RunSize, usual_parts, usual_seconds

__all__ = ["NEARLY", "NEARLY_S", "Pace", "pace_of", "share_done"]

_LEAST_SHARE = 0.05  # before that nobody can tell
NEARLY, NEARLY_S = 0.9, 1.5
"""That share is done and less than so many seconds are left: nearly done."""
_MINUTE_S, _TENS_S = 60, 10
_QUICK_S = 0.4
_LONG_S = 2.0
_AS_TOLD = 0.1  # of a run is taken to go as told: one quick or slow step is not all of them
_COMPILED = 2.0  # times as long tells whether kernels were compiled
# share that is done -> how many times as long or as short the rest may take
_SPREADS = ((0.25, 2.0), (0.5, 1.4))
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


def pace_of(worked: float, left: float, elapsed_s: float, usual: float = 0.0) -> float | None:
    """Seconds that one second told takes; None where too little is done to tell.

    Parameters
    ----------
    worked, left : float
        Weight of what was done since `elapsed_s`, and of what is to be done.
    elapsed_s : float
        Time that took [s].
    usual : float
        Seconds of work that are taken to have gone as told, beside what was done.

    Examples
    --------
    >>> pace_of(10.0, 30.0, 30.0), pace_of(10.0, 30.0, 30.0, 10.0), pace_of(0.0, 40.0, 5.0)
    (3.0, 2.0, None)
    >>> pace_of(0.0, 0.0, 5.0) is None  # work without steps
    True
    """
    if worked <= 0 or worked < _LEAST_SHARE * (worked + left):
        return None
    return (elapsed_s + usual) / (worked + usual)


@dataclass
class Pace:
    """Told of the progress of a run; knows how far it is.

    Steps may go on side by side: a step that another one needed has ended when that begins.

    Attributes
    ----------
    weights
        Step -> how long it usually takes; none where the work has no steps.
    needs
        Step -> steps it waits for.
    began
        When the work began, by the clock that never goes back [s].
    label
        What the step under way told last of itself; empty before that.
    """

    weights: dict[str, float] = field(default_factory=dict)
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    label: str = ""
    _starts: dict[str, float] = field(default_factory=dict)
    _heard: dict[str, float] = field(default_factory=dict)
    _parts: dict[str, dict[str, float]] = field(default_factory=dict)
    _there: set[str] = field(default_factory=set)
    _size: RunSize | None = None
    _sure: bool = False
    _share: float = 0.0
    _rose: float = field(default_factory=time.monotonic)

    def set_steps(
        self, needs: Mapping[str, Sequence[str]], size: RunSize | None = None
    ) -> None:
        """The steps there will be, in their order, and those each waits for.

        Parameters
        ----------
        needs : mapping
            Step -> steps it waits for.
        size : RunSize, optional
            Of the run; when not given the seconds are shares alone, those of the demo.
        """
        self.needs = dict(needs)
        self._size = size
        self.weights = usual_seconds(needs, size or DEMO)

    def hear(self, label: str, done: int, total: int) -> str:
        """As a run tells it: the name of a step, or what the step says of itself.

        Returns
        -------
        str
            The step that begins with this; empty where none does.
        """
        name = label.removeprefix("step.")
        if label.startswith("step.") and name in self.weights:
            self._next(name)
            return name
        if label == "done":
            self._heard = dict.fromkeys(self.weights, 1.0)
        elif total:
            word = label.partition(" ")[0]
            own = _OWN.get(word, word)
            usual = usual_parts(own)
            parts = self._parts.setdefault(own, {})
            parts[word] = max(parts.get(word, 0.0), done / total)
            share = sum(v * usual.get(k, 1.0) for k, v in parts.items())
            self._heard[own] = max(self._heard.get(own, 0.0), min(share, 1.0))
            self.label = label
            _ = self.share  # when it rose
        return ""

    def _next(self, name: str) -> None:
        now = time.monotonic()
        for one in self._before(name):
            # a long step that took no time was there already and tells nothing of the others
            quick = now - self._starts.get(one, now) < _QUICK_S
            if one not in self._heard and quick and self.weights[one] > _LONG_S:
                self._there.add(one)
            elif one in self._starts and self._heard.get(one, 0.0) < 1:
                self._compiled(one, now - self._starts[one])
            self._heard[one] = 1.0
        self._starts[name] = now
        self.label = ""

    def _compiled(self, name: str, took_s: float) -> None:
        """Whether kernels are compiled is seen at the first step in which that takes long."""
        if self._size is None or self._sure:
            return
        cold, warm = (
            usual_seconds(self.weights, replace(self._size, first=frozenset(x)))
            for x in (self.weights, ())
        )
        if cold[name] > _COMPILED * warm[name] > 0:
            self._sure = True
            was_cold = took_s**2 > cold[name] * warm[name]
            if was_cold != (name in self._size.first):
                self.weights = cold if was_cold else warm

    def _before(self, name: str) -> set[str]:
        """Steps that have ended when this one begins."""
        queue, found = list(self.needs.get(name, ())), set[str]()
        while queue:
            one = queue.pop()
            if one in self.weights and one not in found:
                found.add(one)
                queue += self.needs.get(one, ())
        return found

    @property
    def step(self) -> str:
        """The step that began last; empty before the first."""
        return list(self._starts)[-1] if self._starts else ""

    @property
    def at_work(self) -> str:
        """The step that told last of itself, or began last: steps go on side by side."""
        own = self.label.partition(" ")[0]
        own = _OWN.get(own, own)
        return own if own in self.weights else self.step

    @property
    def at(self) -> int:
        """How many steps began before the last one."""
        return max(0, len(self._starts) - 1)

    @property
    def elapsed_s(self) -> float:
        """Time since the work began [s]."""
        return time.monotonic() - self.began

    @property
    def share(self) -> float:
        """Share of the work that is done, 0 to 1; it never goes back."""
        share = share_done(self.weights, self._heard)
        if share > self._share:
            self._share, self._rose = share, time.monotonic()
        return self._share

    @property
    def remaining_s(self) -> float | None:
        """Time that is left [s]; None where too little is done to tell.

        It goes down while a long part tells nothing of itself: what it takes was counted when
        the last one ended. Meanwhile no more can have been done than what has begun: where that
        takes longer, so will the rest. Where nothing is left but the end of the last part,
        nobody can tell.
        """
        whole = sum(self.weights.values())
        there = sum(self.weights[k] for k in self._there)
        usual = _AS_TOLD * whole if self._size else 0.0
        share = self.share
        worked, left = share * whole - there, (1 - share) * whole
        # reading the plan and its files is no step
        began = next(iter(self._starts.values()), self.began)
        spent = self._rose - began
        pace = pace_of(worked, left, spent, usual)
        if pace is None:
            return None
        silent = time.monotonic() - self._rose
        at_work = (k for k in self.weights if k in self._starts or k in self._heard)
        begun = sum(self.weights[k] * (1 - self._heard.get(k, 0.0)) for k in at_work)
        least = (left - begun) * (spent + silent + usual) / (worked + begun + usual)
        found = max(pace * left + self._own_more_s(pace, began) - silent, least)
        return found if found > 0 else None

    def _own_more_s(self, pace: float, began: float) -> float:
        """How much longer the step at work takes than its weight says, by what it told [s]."""
        name = self.at_work or next(iter(self.weights))
        done = self._heard.get(name, 0.0)
        if not 0 < done < 1:
            return 0.0
        took = self._rose - self._starts.get(name, began)
        # the more it told, the more is that believed
        return (1 - done) * (took - done * pace * self.weights[name])

    @property
    def remaining_range_s(self) -> tuple[float, float] | None:
        """The least and the most of the time that is left [s]; wide while little is done."""
        found = self.remaining_s
        if found is None:
            return None
        times = next((x for least, x in _SPREADS if self.share < least), 1.0)
        least, most = found / times, found * times
        if least < most > _MINUTE_S:  # nobody knows the second
            least, most = (_TENS_S * round(x / _TENS_S) for x in (least, most))
        return least, most
