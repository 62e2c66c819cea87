"""The total of a change under other choices of the model: climate zone, time of planting.

The 95 % interval is that of coefficients and areas under one choice. Which zone a county on
the limit lies in, or when land between two dates was planted, is no coefficient: the totals
under each choice stand beside the interval, and their envelope with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from carbon_sink.change.area_error import AreaError
from carbon_sink.change.area_terms import part_value
from carbon_sink.change.conversion import (
    CARRIERS,
    Carrier,
    Period,
    Planted,
    convert,
    tonnes,
)
from carbon_sink.change.two_dates import change_total
from carbon_sink.outcome_change import ModelChoice, interval
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.uncertainty import Estimate
from gis.say import say
from layers.provinces import ClimateZone
from layers.spec import text_of

Kind = Literal["climate_zone", "planted"]

__all__ = ["Undated", "change_choices", "choice_ends", "told_apart", "undated"]


Chosen = Callable[[ClimateZone | None], tuple[Choice, Coefficients]]
"""Densities and their table in a climate zone; in the plan's own for None."""


@dataclass(frozen=True)
class Undated:
    """Converted land nobody dated, and what its date does to the total.

    Attributes
    ----------
    area_ha
        Land of unknown year whose change hangs on it, soil and dead matter included.
    plants_ha
        Of it land whose new plants hold more or less by their age.
    swing_tc
        Carrier -> total where all of it changed right after the earlier date, less that
        where it changed at the later one [tC], at printed coefficients; they add up.
    """

    area_ha: float
    plants_ha: float
    swing_tc: Mapping[Carrier, float]


def undated(
    transitions: pd.DataFrame, chosen: Chosen, period: Period, area: AreaError | None
) -> Undated:
    """Land that changed in the period in a year nobody gave.

    Soil and dead matter move over 20 years from the change on, so land that bears no new
    plants hangs on its year as well.
    """
    rows = transitions.reset_index(drop=True)
    choice, table = chosen(None)
    first, last = (
        convert(rows, choice, table, replace(period, planted=p)) for p in ("start", "end")
    )
    moves = {}
    swing: dict[Carrier, float] = {}
    for c in CARRIERS:
        early, late = (tonnes(x.parts, table, len(rows), carrier=c) for x in (first, last))
        moves[c] = ~np.isclose(early, late, rtol=1e-12, atol=1e-9)
        ends = [[p for p in x.parts if p.carrier == c] for x in (first, last)]
        swing[c] = part_value(ends[0], table, area) - part_value(ends[1], table, area)
    ha = rows["area_ha"].to_numpy(np.float64)
    some = np.logical_or.reduce(list(moves.values()))
    return Undated(float(ha[some].sum()), float(ha[moves["living"]].sum()), swing)


def change_choices(
    transitions: pd.DataFrame,
    chosen: Chosen,
    section: CarbonSection,
    period: Period,
    area: AreaError | None,
    open_land: Undated,
) -> tuple[ModelChoice, ...]:
    """Totals under each climate zone, and with each time of planting where land is undated."""
    kwargs: dict[str, Any] = {"area": area, "draws": section.draws, "seed": section.seed}
    zones = section.climate_zones or (section.climate_zone,)
    totals: list[tuple[Kind, str, bool, Estimate | None]] = []
    for zone in zones if len(zones) > 1 else ():
        e = change_total(transitions, *chosen(zone), period, **kwargs)
        totals.append(("climate_zone", zone, zone == section.climate_zone, e))
    for planted in get_args(Planted) if open_land.area_ha > 0 else ():
        one = replace(period, planted=planted)
        e = change_total(transitions, *chosen(None), one, **kwargs)
        totals.append(("planted", planted, planted == period.planted, e))
    words = {"climate_zone": "zone", "planted": "planted"}
    return told_apart(
        ModelChoice(
            kind=kind,
            choice=name,
            title=text_of(say(f"carbon_sink.change.{words[kind]}_{name}")),
            chosen=own,
            total_tc=interval(e),
        )
        for kind, name, own, e in totals
        if e is not None
    )


def told_apart(choices: Iterable[ModelChoice]) -> tuple[ModelChoice, ...]:
    """Choices between which the total differs; those that leave it as it is are none.

    Two forms of a growing stock say the same where no tree forest stands.
    """
    every = tuple(choices)
    differ = {
        c.kind
        for c in every
        if len({(x.total_tc.low, x.total_tc.high) for x in every if x.kind == c.kind}) > 1
    }
    return tuple(c for c in every if c.kind in differ)


def choice_ends(choices: Sequence[ModelChoice]) -> tuple[float | None, float | None]:
    """Lowest and highest end of the intervals under all choices; None without any."""
    if not choices:
        return None, None
    lows = [c.total_tc.low for c in choices]
    return min(lows), max(c.total_tc.high for c in choices)
