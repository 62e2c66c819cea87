"""New storage beside new capacity: its power as a share, and its hours."""

from __future__ import annotations

import math

from gis.say import Sentence, say
from layers.answers.figure import Comparison, Figure
from layers.plan.model import Plant
from layers.plan.target import Target
from layers.spec import text_of
from layers.units import convert
from siting.connection.ledger import NEW_ENERGY, year_of
from siting.energy.declared import EnergyIndicator, Evidence, Found

__all__ = ["INDICATORS", "new_plants"]


def new_plants(
    e: Evidence, year: int, technologies: frozenset[str], *, undated: bool
) -> tuple[Plant, ...]:
    """Plants in operation after the base year and up to `year`.

    Parameters
    ----------
    undated : bool
        Whether plants whose year is not known are among them.
    """
    base = e.section.base_year or 0
    return tuple(
        p
        for p in e.plan.plants
        if p.technology in technologies
        and p.status == "operating"
        and (undated if (built := year_of(p)) is None else base < built <= year)
    )


def _storage(e: Evidence, target: Target) -> tuple[tuple[Plant, ...], Sentence | None]:
    """New storage, and why it is not known."""
    if e.section.base_year is None:
        return (), say("siting.energy.no_base_year")
    found = new_plants(e, target.year, frozenset({"storage"}), undated=False)
    named = any(p.technology == "storage" for p in e.plan.plants)
    if not named and not e.section.storage_complete:
        return (), say("siting.energy.no_storage_named")
    return found, None


def _share(e: Evidence, target: Target) -> Found:
    storage, why = _storage(e, target)
    if why is not None:
        return Found(why=why)
    power = math.fsum(p.capacity_mw for p in storage)
    dated = new_plants(e, target.year, NEW_ENERGY, undated=False)
    new_mw = math.fsum(p.capacity_mw for p in dated)
    maybe = new_plants(e, target.year, NEW_ENERGY, undated=True)
    all_mw = math.fsum(p.capacity_mw for p in maybe)
    if not new_mw > 0:
        return Found(why=say("siting.energy.no_new_capacity", base=str(e.section.base_year)))
    share = power / new_mw * 100.0
    note = say(
        "siting.energy.storage_note",
        storage=power,
        new=new_mw,
        base=str(e.section.base_year),
        undated=all_mw - new_mw,
    )
    figure = Figure(
        id="storage_power_share",
        title=target.title,
        value=share,
        # plants of an unknown year may be new too: then the share is smaller
        low=power / all_mw * 100.0 if all_mw > new_mw else math.nan,
        high=share if all_mw > new_mw else math.nan,
        unit="%",
        caliber="",
        year=min(target.year, e.today),
        source="[[plants]]",
        quality="ledger",
        numerator=power,
        denominator=new_mw,
        numerator_unit="MW",
        note=text_of(note),
    )
    return Found((figure,))


def _share_closes(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:  # noqa: ARG001
    i = c.indicator
    if not math.isfinite(i.denominator):
        return (say("siting.energy.name_storage"),)
    wanted = convert(c.target.value, c.target.unit, "%") / 100.0 * i.denominator
    return (say("siting.energy.storage_to_add", mw=max(wanted - i.numerator, 0.0)),)


def _hours(e: Evidence, target: Target) -> Found:
    storage, why = _storage(e, target)
    if why is not None:
        return Found(why=why)
    if not storage:
        return Found(why=say("siting.energy.no_new_storage", base=str(e.section.base_year)))
    silent = [p.name for p in storage if p.energy_mwh is None]
    if silent:
        return Found(why=say("siting.energy.storage_energy_unknown", name=silent[0]))
    each = [(p.energy_mwh or 0.0) / p.capacity_mw for p in storage]
    figure = Figure(
        id="storage_hours",
        title=target.title,
        value=min(each),
        unit="h",
        caliber="",
        year=min(target.year, e.today),
        source="[[plants]]",
        quality="ledger",
        note=text_of(say("siting.energy.hours_note", n=len(each), least=min(each))),
    )
    return Found((figure,))


def _hours_close(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:  # noqa: ARG001
    return (say("siting.energy.name_storage"),) if math.isnan(c.indicator.value) else ()


INDICATORS = (
    EnergyIndicator(
        id="storage_power_share",
        title=text_of(say("siting.energy.storage_power_share")),
        unit="%",
        needs="[energy] base_year, [[plants]] technology = storage",
        answer=_share,
        closes=_share_closes,
    ),
    EnergyIndicator(
        id="storage_hours",
        title=text_of(say("siting.energy.storage_hours")),
        unit="h",
        needs="[energy] base_year, [[plants]] energy_mwh",
        answer=_hours,
        closes=_hours_close,
    ),
)
