"""Installed capacity: plants in operation and being built, and what the sites could add."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from gis.say import Sentence, say
from layers.answers.figure import Comparison, Figure
from layers.plan.target import Target
from layers.result import optional_table
from layers.spec import text_of
from siting.energy.declared import EnergyIndicator, Evidence, Found
from siting.pv.study.targets import NEW_ENERGY, ledger, site_mw

__all__ = ["INDICATORS"]


def _answer(technologies: Iterable[str], indicator: str, e: Evidence, target: Target) -> Found:
    """What stands and what is being built until the year of the target.

    The interval runs from what stands to that with what is being built: a plant under
    construction is no plant yet.
    """
    plants = ledger(e.plan)
    own = plants[plants["technology"].isin(list(technologies))]
    by_then = own[own["year"].fillna(0) <= target.year]
    stands = float(by_then[by_then["status"] == "operating"]["capacity_mw"].sum())
    building = float(by_then[by_then["status"] != "operating"]["capacity_mw"].sum())
    if not len(own):
        return Found(why=say("siting.energy.no_plants"))
    undated = float(by_then[~by_then["year_known"]]["capacity_mw"].sum())
    note = say(
        "siting.energy.ledger_note_undated" if undated else "siting.energy.ledger_note",
        operating=stands,
        building=building,
        undated=undated,
    )
    figure = Figure(
        id=indicator,
        title=target.title,
        value=stands + building,
        low=stands,
        high=stands + building,
        unit="MW",
        caliber="",
        year=min(target.year, e.today),
        source="[[plants]]",
        quality="ledger",
        note=text_of(note),
    )
    return Found((figure,))


def _closes(technologies: Iterable[str], e: Evidence, c: Comparison) -> tuple[Sentence, ...]:  # noqa: ARG001
    """What the sites of this run hold; none of it is built."""
    sites = optional_table(e.work, "pv_sites")
    if sites is None or not len(sites):
        return (say("siting.energy.no_sites"),)
    free, bound = site_mw(sites)
    return (say("siting.energy.sites_could_add", free=free, bound=bound),)


INDICATORS = tuple(
    EnergyIndicator(
        id=name,
        title=text_of(say(f"siting.energy.{name}")),
        unit="MW",
        needs="[[plants]]",
        answer=partial(_answer, technologies, name),
        closes=partial(_closes, technologies),
    )
    for name, technologies in (
        ("new_energy_capacity", sorted(NEW_ENERGY)),
        ("pv_capacity", ["pv"]),
        ("wind_capacity", ["wind"]),
    )
)
