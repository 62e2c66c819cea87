"""Capacity of one turbine after repowering: what stands, and what this run lays out."""

from __future__ import annotations

from gis.say import Sentence, say
from layers.answers.figure import Comparison, Figure
from layers.plan.model import layer_year
from layers.plan.target import Target
from layers.result import optional_layer
from layers.spec import text_of
from siting.energy.declared import EnergyIndicator, Evidence, Found

__all__ = ["INDICATORS"]

_ID = "repower_turbine_capacity"


def _answer(e: Evidence, target: Target) -> Found:
    """The largest turbine that stands: one is enough for a pilot, a layout is none."""
    standing = optional_layer(e.work, "turbines_existing")
    if standing is None or not len(standing):
        return Found(why=say("siting.energy.no_turbines"))
    kw = standing["capacity_kw"].astype(float)
    figure = Figure(
        id=_ID,
        title=target.title,
        value=float(kw.max()) / 1e3,
        unit="MW",
        caliber="",
        year=layer_year(e.plan, "turbines"),
        source="turbines",
        quality="measured",
        note=text_of(say("siting.energy.standing_note", n=len(kw), most=kw.max() / 1e3)),
    )
    return Found((figure,))


def _closes(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:  # noqa: ARG001
    new = optional_layer(e.work, "turbines_new")
    if new is None or not len(new):
        return ()
    least = float(new["capacity_kw"].astype(float).min()) / 1e3
    return (say("siting.energy.design_would", n=len(new), least=least),)


INDICATORS = (
    EnergyIndicator(
        id=_ID,
        title=text_of(say(f"siting.energy.{_ID}")),
        unit="MW",
        needs="turbines",
        answer=_answer,
        closes=_closes,
    ),
)
