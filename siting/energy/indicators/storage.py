"""New storage beside new capacity: its power as a share, and its hours."""

from __future__ import annotations

import math

from gis.say import Sentence, say
from layers.answers.figure import Comparison, Figure
from layers.plan.target import Target
from layers.spec import text_of
from layers.units import convert
from siting.connection.ledger import ledger
from siting.connection.storage import Store, stores
from siting.energy.declared import LEAST_MW, EnergyIndicator, Evidence, Found

__all__ = ["INDICATORS"]

_SOURCE = "[[plants]], [register]"


def _new_mw(e: Evidence, year: int) -> tuple[float, float]:
    """New energy that came after the base year and up to `year`, and that of no known year.

    Of the ledger, where every plant stands once: layers and register as well as the plan.
    """
    plants = ledger(e.plan)
    stands = plants[plants["status"] == "operating"]
    since = stands["year"].gt(e.section.base_year or 0) & stands["year"].le(year)
    new = stands[since.fillna(False).astype(bool)]
    undated = stands[~stands["year_known"].astype(bool)]
    return math.fsum(new["capacity_mw"]), math.fsum(undated["capacity_mw"])


def _storage(e: Evidence, target: Target) -> tuple[list[Store], list[Store], Sentence | None]:
    """New storage, that of no known year, and why it is not known."""
    base = e.section.base_year
    if base is None:
        return [], [], say("siting.energy.no_base_year")
    every = stores(e.plan)
    if not every and not e.section.storage_complete:
        return [], [], say("siting.energy.no_storage_named")
    stand = [s for s in every if s.stands]
    new = [s for s in stand if s.year is not None and base < s.year <= target.year]
    return new, [s for s in stand if s.year is None], None


def _share(e: Evidence, target: Target) -> Found:
    storage, perhaps, why = _storage(e, target)
    if why is not None:
        return Found(why=why)
    power = math.fsum(s.mw for s in storage)
    more = math.fsum(s.mw for s in perhaps)
    new_mw, undated = _new_mw(e, target.year)
    all_mw = new_mw + undated
    if not new_mw > 0:
        return Found(why=say("siting.energy.no_new_capacity", base=str(e.section.base_year)))
    share = power / new_mw * 100.0
    open_ = all_mw > new_mw or more > 0
    note = say(
        f"siting.energy.storage_note{'_undated' if more > 0 else ''}",
        more=more,
        storage=power,
        new=new_mw,
        base=str(e.section.base_year),
        undated=undated,
    )
    figure = Figure(
        id="storage_power_share",
        title=target.title,
        value=share,
        # plants of an unknown year may be new too: then the share is smaller; so may storage
        low=power / all_mw * 100.0 if open_ else math.nan,
        high=(power + more) / new_mw * 100.0 if open_ else math.nan,
        unit="%",
        caliber="",
        year=min(target.year, e.today),
        source=_SOURCE,
        quality="ledger",
        numerator=power,
        denominator=new_mw,
        numerator_unit="MW",
        note=text_of(note),
    )
    return Found((figure,))


def _share_closes(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:
    i = c.indicator
    if not math.isfinite(i.denominator):
        if e.section.base_year is None:
            return (say("siting.energy.name_base_year"),)
        *_, why = _storage(e, c.target)
        return (say(f"siting.energy.name_{'storage' if why else 'new_capacity'}"),)
    wanted = convert(c.target.value, c.target.unit, "%") / 100.0 * i.denominator
    lacks = wanted - i.numerator
    # what would be shown as 0 closes nothing
    to_add = (say("siting.energy.storage_to_add", mw=lacks),) if lacks >= LEAST_MW else ()
    return (*_years_to_give(e, c.target), *to_add)


def _years_to_give(e: Evidence, target: Target) -> tuple[Sentence, ...]:
    """Which storage says no year."""
    _, perhaps, _ = _storage(e, target)
    return tuple(say("siting.energy.name_storage_year", name=s.name) for s in perhaps[:1])


def _hours(e: Evidence, target: Target) -> Found:
    storage, perhaps, why = _storage(e, target)
    if why is not None:
        return Found(why=why)
    perhaps = [s for s in perhaps if s.mw > 0]
    if not any(s.mw > 0 for s in storage):
        if perhaps:
            return Found(why=say("siting.energy.storage_year_unknown", name=perhaps[0].name))
        return Found(why=say("siting.energy.no_new_storage", base=str(e.section.base_year)))
    silent = [s.name for s in (*storage, *perhaps) if s.mwh is None]
    if silent:
        return Found(why=say("siting.energy.storage_energy_unknown", name=silent[0]))
    each = [(s.mwh or 0.0) / s.mw for s in storage if s.mw > 0]
    # storage of an unknown year may be new too, and the shortest
    least = min([*each, *((s.mwh or 0.0) / s.mw for s in perhaps)])
    open_ = least < min(each)
    figure = Figure(
        id="storage_hours",
        title=target.title,
        value=min(each),
        low=least if open_ else math.nan,
        high=min(each) if open_ else math.nan,
        unit="h",
        caliber="",
        year=min(target.year, e.today),
        source=_SOURCE,
        quality="ledger",
        note=text_of(
            say(
                f"siting.energy.hours_note{'_undated' if perhaps else ''}",
                n=len(each),
                least=min(each),
                more=len(perhaps),
            )
        ),
    )
    return Found((figure,))


def _hours_close(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:
    if years := _years_to_give(e, c.target):
        return years
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
