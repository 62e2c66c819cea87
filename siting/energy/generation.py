"""Energy the county's plants make in a year: metered, or ledger times the hours of this run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from gis.say import Sentence, say
from gis.toml import read_toml
from layers.result import optional_table, read_summary
from siting.connection.ledger import ledger
from siting.energy.declared import Evidence
from siting.energy.section import EnergyYear
from siting.wind.summary import NoWind, WindPart

__all__ = ["Generation", "calorific_kgce_kwh", "generation"]


@dataclass(frozen=True)
class Generation:
    """PV and wind power of a year.

    Attributes
    ----------
    mwh
        [MWh]; NaN where `why` says what is missing.
    low_mwh
        Without reckoned plants that came in that year or in nobody knows which [MWh].
    metered
        Whether all of it is metered.
    note
        How it comes about.
    """

    mwh: float
    low_mwh: float
    metered: bool
    note: Sentence
    why: Sentence | None = None


@cache
def calorific_kgce_kwh() -> float:
    """Heat of a kWh over that of a kilogram of coal equivalent [kgce/kWh].

    Examples
    --------
    >>> round(calorific_kgce_kwh(), 4)
    0.1228
    """
    heat = read_toml("siting.energy", "constants.toml")["coal_equivalent"]
    return float(heat["kwh_mj"] / heat["value"])


def _pv_hours(e: Evidence) -> float:
    """Full-load hours of the county's PV sites, weighted by capacity [h]; NaN without any."""
    sites = optional_table(e.work, "pv_sites")
    if sites is None or not len(sites):
        return math.nan
    return float(np.average(sites["full_load_hours_h"], weights=sites["capacity_mw"]))


def _wind_hours(e: Evidence) -> float:
    """Full-load hours of the turbines that stand, else of the plants the plan names [h]."""
    part = read_summary(e.work, "wind", WindPart).wind
    if not isinstance(part, NoWind):
        return part.full_load_hours_h
    known = [
        (p.full_load_hours_h, p.capacity_mw)
        for p in part.plants
        if p.full_load_hours_h is not None
    ]
    if not known:
        return math.nan
    hours, mw = zip(*known, strict=True)
    return float(np.average(hours, weights=mw))


def generation(e: Evidence, year: EnergyYear) -> Generation:
    """What PV and wind in the county make in the year of the statistics.

    Parameters
    ----------
    e : Evidence
    year : EnergyYear
        Its ``pv_mwh`` and ``wind_mwh`` are taken where given.
    """
    plants = ledger(e.plan)
    stand = plants[(plants["status"] == "operating") & (plants["year"].fillna(0) <= year.year)]
    mwh: dict[str, float] = {}
    low_mwh = doubtful_mw = 0.0
    reckoned = False
    sure = stand["year_known"].astype(bool) & (stand["year"].fillna(0) < year.year)
    for tech, given, hours in (
        ("pv", year.pv_mwh, _pv_hours),
        ("wind", year.wind_mwh, _wind_hours),
    ):
        own = stand["technology"] == tech
        mw = float(stand[own]["capacity_mw"].sum())
        part = 1.0
        if given is not None:
            mwh[tech] = given
        elif mw == 0.0:
            mwh[tech] = 0.0
        else:
            mwh[tech] = mw * hours(e)
            reckoned = True
            open_mw = float(stand[own & ~sure]["capacity_mw"].sum())
            part, doubtful_mw = 1.0 - open_mw / mw, doubtful_mw + open_mw
        if math.isnan(mwh[tech]):
            why = say("siting.energy.no_hours", field=f"[[energy.years]] {tech}_mwh")
            return Generation(math.nan, math.nan, False, why, why)
        low_mwh += mwh[tech] * part
    how = "generation_reckoned" if reckoned else "generation_metered"
    note = say(
        f"siting.energy.{'generation_open' if doubtful_mw > 0 else how}",
        pv=mwh["pv"] / 1e3,
        wind=mwh["wind"] / 1e3,
        mw=doubtful_mw,
        year=str(year.year),
    )
    return Generation(mwh["pv"] + mwh["wind"], low_mwh, not reckoned, note)
