"""The total of a change under other choices of the model: climate zone, time of planting.

The 95 % interval is that of coefficients and areas under one choice. Which zone a county on
the limit lies in, or when land between two dates was planted, is no coefficient: the totals
under each choice stand beside the interval, and their envelope with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

from carbon_sink.change.area_error import AreaError
from carbon_sink.change.comparable import change_choice
from carbon_sink.change.conversion import Period, Planted, convert
from carbon_sink.change.cover_change import CoverChange
from carbon_sink.change.two_dates import change_total
from carbon_sink.outcome_change import ModelChoice, interval
from carbon_sink.section import CarbonSection
from carbon_sink.stock.uncertainty import Estimate
from gis.say import say
from layers.spec import text_of

Kind = Literal["climate_zone", "planted"]

__all__ = ["change_choices", "choice_ends", "planted_unknown_ha"]


def planted_unknown_ha(found: CoverChange, period: Period) -> float:
    """Land planted in the period whose year is not known [ha]."""
    rows = found.transitions.reset_index(drop=True)
    if "planted_year" in rows.columns:
        rows = rows[rows["planted_year"].isna()].reset_index(drop=True)
    later = convert(rows, found.choice, found.table, replace(period, planted="start"))
    grown = {int(i) for p in later.parts if p.kind == "grown" for i in p.rows}
    return float(rows["area_ha"].iloc[sorted(grown)].sum()) if grown else 0.0


def change_choices(
    found: CoverChange,
    section: CarbonSection,
    period: Period,
    area: AreaError | None,
    arbor_ha: float | None,
) -> tuple[ModelChoice, ...]:
    """Totals under each climate zone of the place and each time of planting."""
    kwargs: dict[str, Any] = {"area": area, "draws": section.draws, "seed": section.seed}
    rows = found.transitions
    zones = section.climate_zones or (section.climate_zone,)
    totals: list[tuple[Kind, str, bool, Estimate | None]] = []
    for zone in zones if len(zones) > 1 else ():
        choice, table = change_choice(section, found.ambiguous, arbor_ha, zone)
        e = change_total(rows, choice, table, period, **kwargs)
        totals.append(("climate_zone", zone, zone == section.climate_zone, e))
    for planted in get_args(Planted) if planted_unknown_ha(found, period) > 0 else ():
        one = replace(period, planted=planted)
        e = change_total(rows, found.choice, found.table, one, **kwargs)
        totals.append(("planted", planted, planted == period.planted, e))
    words = {"climate_zone": "zone", "planted": "planted"}
    return tuple(
        ModelChoice(
            kind=kind,
            choice=name,
            title=text_of(say(f"carbon_sink.change.{words[kind]}_{name}")),
            chosen=chosen,
            total_tc=interval(e),
        )
        for kind, name, chosen, e in totals
        if e is not None
    )


def choice_ends(choices: Sequence[ModelChoice]) -> tuple[float | None, float | None]:
    """Lowest and highest end of the intervals under all choices; None without any."""
    if not choices:
        return None, None
    lows = [c.total_tc.low for c in choices]
    return min(lows), max(c.total_tc.high for c in choices)
