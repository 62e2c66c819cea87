"""The total of a change under other choices of the model: climate zone, time of planting.

The 95 % interval is that of coefficients and areas under one choice. Which zone a county on
the limit lies in, or when land between two dates was planted, is no coefficient: the totals
under each choice stand beside the interval, and their envelope with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import pandas as pd

from carbon_sink.change.area_error import AreaError
from carbon_sink.change.conversion import Period, Planted, convert
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

__all__ = ["change_choices", "choice_ends", "planted_unknown_ha", "told_apart"]


Chosen = Callable[[ClimateZone | None], tuple[Choice, Coefficients]]
"""Densities and their table in a climate zone; in the plan's own for None."""


def planted_unknown_ha(transitions: pd.DataFrame, chosen: Chosen, period: Period) -> float:
    """Land planted in the period whose year is not known [ha]."""
    rows = transitions.reset_index(drop=True)
    if "planted_year" in rows.columns:
        rows = rows[rows["planted_year"].isna()].reset_index(drop=True)
    later = convert(rows, *chosen(None), replace(period, planted="start"))
    grown = {int(i) for p in later.parts if p.kind == "grown" for i in p.rows}
    return float(rows["area_ha"].iloc[sorted(grown)].sum()) if grown else 0.0


def change_choices(
    transitions: pd.DataFrame,
    chosen: Chosen,
    section: CarbonSection,
    period: Period,
    area: AreaError | None,
) -> tuple[ModelChoice, ...]:
    """Totals under each climate zone of the place and each time of planting."""
    kwargs: dict[str, Any] = {"area": area, "draws": section.draws, "seed": section.seed}
    zones = section.climate_zones or (section.climate_zone,)
    totals: list[tuple[Kind, str, bool, Estimate | None]] = []
    for zone in zones if len(zones) > 1 else ():
        e = change_total(transitions, *chosen(zone), period, **kwargs)
        totals.append(("climate_zone", zone, zone == section.climate_zone, e))
    unknown_ha = planted_unknown_ha(transitions, chosen, period)
    for planted in get_args(Planted) if unknown_ha > 0 else ():
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
