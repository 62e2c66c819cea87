"""The steps of a run, in order, and what each one needs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from gis.errors import ConfigError
from gis.say import listed, say
from layers.plan.model import Plan
from layers.result import Progress, StepResult

__all__ = ["STEPS", "Step", "seen_by", "step_function", "steps_of_run", "with_needs"]

StepFunction = Callable[[Plan, Path, Progress], StepResult]


@dataclass(frozen=True)
class Step:
    """One step of a run.

    Attributes
    ----------
    name
    function
        What does it, as ``module:name``.
    needs
        The steps it reads from.
    reads
        Steps it reads from as well where they are part of the run.
    """

    name: str
    function: str
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


STEPS: tuple[Step, ...] = (
    Step("screen", "siting.screen.step_screen:screen_step"),
    Step("sites", "siting.sites.step_sites:sites_step", ("screen",)),
    Step("pv", "siting.pv.study.step_pv:pv_step", ("sites",)),
    Step("wind", "siting.wind.step_wind:wind_step", ("sites",)),
    Step("connection", "siting.connection.step_connection:connection_step", ("sites", "wind")),
    Step("repower", "siting.wind.repower.step_repower:repower_step", ("wind",)),
    Step("greenfield", "siting.wind.greenfield.step_greenfield:greenfield_step", ("sites",)),
    Step("rooftop", "siting.pv.study.step_rooftop:rooftop_step"),
    Step("money", "siting.money.step_money:money_step", ("pv", "repower", "greenfield")),
    Step("stand", "carbon_sink.step_stand:stand_step"),
    Step("pools", "carbon_sink.step_pools:pools_step"),
    Step("carbon", "carbon_sink.step_carbon:carbon_step", ("stand", "pools")),
    Step("survey", "carbon_sink.step_survey:survey_step", ("stand",)),
    Step("targets", "carbon_sink.step_targets:targets_step", ("stand", "carbon")),
    Step(
        "energy",
        "siting.energy.step_energy:energy_step",
        ("pv", "repower", "rooftop", "connection"),
    ),
    Step(
        "zones",
        "siting.zones.step_zones:zones_step",
        ("pv", "repower", "rooftop", "connection"),
    ),
    Step("facilities", "siting.facilities.step_facilities:facilities_step"),
    Step("monitor", "carbon_sink.step_monitor:monitor_step", ("carbon", "targets")),
    Step(
        "potential",
        "carbon_sink.step_potential:potential_step",
        ("screen", "targets"),
        reads=("pv",),
    ),
)


def steps_of_run(only: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """Steps a run with documents tells of, each with those it waits for; all without `only`.

    Examples
    --------
    >>> steps_of_run(["sites"])
    {'screen': (), 'sites': ('screen',), 'documents': ('screen', 'sites')}
    """
    names = tuple(only)
    asked = with_needs(names) if names else STEPS
    out = {s.name: (*s.needs, *s.reads) for s in asked}
    return {**out, "documents": tuple(out)}


def step_function(step: Step) -> StepFunction:
    """The function of `step`, imported when it is needed."""
    module, name = step.function.split(":")
    function: StepFunction = getattr(importlib.import_module(module), name)
    return function


def with_needs(names: tuple[str, ...]) -> tuple[Step, ...]:
    """The steps called `names` and all they need, in the order of a run.

    Raises
    ------
    ConfigError
        For a step that does not exist.

    Examples
    --------
    >>> [s.name for s in with_needs(("sites",))]
    ['screen', 'sites']
    """
    by_name = {s.name: s for s in STEPS}
    unknown = [n for n in names if n not in by_name]
    if unknown:
        raise ConfigError(
            say("geoplan.faults.no_such_step"),
            got=listed(unknown),
            expected=listed(s.name for s in STEPS),
        )
    wanted: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in wanted:
            wanted.add(name)
            queue += by_name[name].needs
    return tuple(s for s in STEPS if s.name in wanted)


def seen_by(step: Step, steps: Iterable[Step]) -> tuple[str, ...]:
    """Names of those of `steps` that `step` may read from, and of those they read from.

    Examples
    --------
    >>> seen_by(with_needs(("wind",))[-1], STEPS)
    ('screen', 'sites')
    """
    known = {s.name: s for s in steps}
    found: set[str] = set()
    queue = [*step.needs, *step.reads]
    while queue:
        name = queue.pop()
        if name in known and name not in found:
            found.add(name)
            queue += [*known[name].needs, *known[name].reads]
    return tuple(n for n in known if n in found)
