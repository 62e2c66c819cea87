"""Installed capacity: plants in operation and being built, and what the sites could add."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from gis.say import Sentence, say
from layers.answers.figure import Comparison, Figure
from layers.plan.target import Target
from layers.result import optional_table
from layers.spec import text_of
from siting.connection.capacity import capacity_of, capacity_words
from siting.connection.expansion import plants_in
from siting.connection.ledger import NEW_ENERGY, ledger
from siting.connection.words import target_words
from siting.energy.declared import EnergyIndicator, Evidence, Found
from siting.pv.study.section import PvSection

__all__ = ["INDICATORS"]


def _answer(technologies: Iterable[str], indicator: str, e: Evidence, target: Target) -> Found:
    """What stands and what is being built until the year of the target.

    The interval runs from what stands to that with what is being built: a plant under
    construction is no plant yet.
    """
    plants = ledger(e.plan)
    own = plants[plants["technology"].isin(list(technologies))]
    by_then = own[own["year"].fillna(0) <= target.year]
    then = plants_in(plants, frozenset(technologies), target.year)
    stands, building = then["operating_mw"], then["building_mw"] + then["planned_mw"]
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


def _closes(technologies: Iterable[str], e: Evidence, c: Comparison) -> tuple[Sentence, ...]:
    """What the sites of this run hold, and what the grid takes of it; none of it is built."""
    sites = optional_table(e.work, "connection_sites")
    own = None if sites is None else sites[sites["tech"].isin(list(technologies))]
    if own is None or not len(own):
        return (say("siting.energy.no_sites"),)
    found = capacity_of(own, dc_ac_ratio=e.plan.section(PvSection).dc_ac_ratio)
    out = [say("siting.energy.sites_could_add", words=capacity_words(found))]
    targets = optional_table(e.work, "capacity_targets")
    if targets is not None:
        rows = targets[targets["id"] == c.target.id].to_dict("records")
        out += [w for w in map(target_words, rows) if w is not None]
    return tuple(out)


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
