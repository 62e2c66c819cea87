"""Losses as a waterfall that closes, for PV and wind alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gis.errors import ModelError
from gis.say import say
from layers.spec import Origin

__all__ = ["Step", "Waterfall", "waterfall_of"]

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Step:
    """One step of a waterfall.

    Attributes
    ----------
    title
        Its name, said in the language it is called with.
    before, delta
        What came in and what the step adds (a loss is negative), in the waterfall's unit.
    source, quality
        Where a given loss is from; empty for a step that is computed.
    given
        Whose value a given loss is (``"plan"``, ``"default"`` ...); empty where computed.
    given_frac
        The share that was given for a loss; None for a step that is computed.
    """

    id: str
    title: Callable[[str], str]
    before: float
    delta: float
    source: Origin = ""
    quality: str = ""
    given_frac: float | None = None
    given: str = ""

    @property
    def after(self) -> float:
        """What is left after the step."""
        return self.before + self.delta

    @property
    def change_frac(self) -> float:
        """Change over what came in; NaN when nothing did."""
        return self.delta / self.before if self.before != 0.0 else float("nan")


@dataclass(frozen=True)
class Waterfall:
    """Steps that lead from nothing to the net energy, each beginning where the last ended.

    Attributes
    ----------
    unit
        Of all steps, ``"kWh/kWp"`` or ``"MWh"`` a year.

    Raises
    ------
    ModelError
        When a step does not begin where the last one ended.
    """

    unit: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        at = 0.0
        scale = max((abs(s.after) for s in self.steps), default=0.0) or 1.0
        for step in self.steps:
            if not abs(step.before - at) <= _TOLERANCE * scale:
                raise ModelError(
                    say("siting.economy.waterfall_has_gap"),
                    where=step.id,
                    got=f"{step.before:.12g}",
                    expected=f"{at:.12g}",
                )
            at = step.after

    @property
    def net(self) -> float:
        """What is left after the last step; 0 without steps."""
        return self.steps[-1].after if self.steps else 0.0

    def closed(self, net: float) -> Waterfall:
        """The waterfall itself, when it ends at `net` to 1e-9.

        Raises
        ------
        ModelError
            When it does not.

        Examples
        --------
        >>> fall = waterfall_of("kWh/kWp", [("ghi", str, 10.0), ("soiling", str, 9.0)])
        >>> fall.closed(9.0).steps[1].delta
        -1.0
        """
        if not abs(self.net - net) <= _TOLERANCE * max(abs(net), 1.0):
            raise ModelError(
                say("siting.economy.waterfall_ends_elsewhere"),
                got=f"{self.net:.12g}",
                expected=f"{net:.12g}",
            )
        return self


def waterfall_of(unit: str, levels: list[tuple[str, Callable[[str], str], float]]) -> Waterfall:
    """A waterfall from (id, title, what is left after the step) in order.

    Examples
    --------
    >>> waterfall_of("MWh", [("gross", str, 100.0), ("wake", str, 90.0)]).net
    90.0
    """
    steps, at = [], 0.0
    for name, title, after in levels:
        steps.append(Step(name, title, at, after - at))
        at = steps[-1].after
    return Waterfall(unit, tuple(steps))
