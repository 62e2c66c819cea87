"""Shares of what the county consumes: non-fossil energy, and load that answers to demand."""

from __future__ import annotations

import math

from gis.say import Sentence, in_lang, say
from layers.answers.figure import Comparison, Figure
from layers.plan.target import Target
from layers.spec import Text, text_of
from layers.units import convert
from siting.energy.declared import LEAST_MW, LEAST_TCE, EnergyIndicator, Evidence, Found
from siting.energy.generation import calorific_kgce_kwh, generation
from siting.energy.section import EnergyYear

__all__ = ["INDICATORS"]

_CALIBERS = {
    c: text_of(say(f"siting.energy.non_fossil_{c}")) for c in ("coal_input", "calorific")
}


def _lacking(year: EnergyYear | None, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(k for k in keys if year is None or getattr(year, k) is None)


def _needs(lacking: tuple[str, ...], target: Target) -> Sentence:
    keys = ", ".join(f"[[energy.years]] {k}" for k in lacking)
    return say("siting.energy.needs", keys=keys, year=str(target.year))


def _non_fossil(e: Evidence, target: Target) -> Found:
    year = e.section.of_year(target.year)
    lacking = _lacking(year, ("total_tce", "non_fossil_other_tce", "local_use_frac"))
    if lacking or year is None:
        return Found(why=_needs(lacking, target))
    made = generation(e, year)
    if made.why is not None:
        return Found(why=made.why)
    used_mwh, least_mwh = (x * (year.local_use_frac or 0.0) for x in (made.mwh, made.low_mwh))
    open_ = least_mwh < used_mwh
    rates = {"calorific": calorific_kgce_kwh()}
    if year.generation_gce_kwh is not None:
        rates = {"coal_input": year.generation_gce_kwh / 1e3, **rates}
    figures = []
    for caliber, kgce_kwh in rates.items():
        other = year.non_fossil_other_tce or 0.0
        non_fossil = other + used_mwh * kgce_kwh
        total = year.total_tce or math.nan
        figures.append(
            Figure(
                id="non_fossil_share",
                title=target.title,
                value=non_fossil / total * 100.0,
                # plants of that year, or of nobody knows which, made less than a year's energy
                low=(other + least_mwh * kgce_kwh) / total * 100.0 if open_ else math.nan,
                high=non_fossil / total * 100.0 if open_ else math.nan,
                unit="%",
                caliber=caliber,
                caliber_title=_CALIBERS[caliber],
                year=year.year,
                source=in_lang(year.source, e.plan.plan.lang),
                quality="official" if made.metered else "proxy",
                numerator=non_fossil,
                denominator=total,
                numerator_unit="tce",
                note=text_of(made.note),
            )
        )
    return Found(tuple(figures))


def _non_fossil_closes(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:  # noqa: ARG001
    share = convert(c.target.value, c.target.unit, "%") / 100.0
    own = share * c.indicator.denominator - c.indicator.numerator
    if own >= LEAST_TCE:  # of the caliber whose points are told
        return (say("siting.energy.tce_to_add", tce=own),)
    out = []
    for o in () if c.meant else c.calibers:
        lacks = share * o.indicator.denominator - o.indicator.numerator
        name = o.indicator.caliber
        title = o.indicator.caliber_title or Text(zh=name, en=name)
        if lacks >= LEAST_TCE:
            out.append(say("siting.energy.tce_to_add_by", caliber=title, tce=lacks))
    return tuple(out)


def _response(e: Evidence, target: Target) -> Found:
    year = e.section.of_year(target.year)
    lacking = _lacking(year, ("peak_load_mw", "response_mw"))
    if lacking or year is None:
        return Found(why=_needs(lacking, target))
    peak, response = year.peak_load_mw or math.nan, year.response_mw or 0.0
    figure = Figure(
        id="demand_response_share",
        title=target.title,
        value=response / peak * 100.0,
        unit="%",
        caliber="",
        year=year.year,
        source=in_lang(year.source, e.plan.plan.lang),
        quality="official",
        numerator=response,
        denominator=peak,
        numerator_unit="MW",
    )
    return Found((figure,))


def _response_closes(e: Evidence, c: Comparison) -> tuple[Sentence, ...]:  # noqa: ARG001
    i = c.indicator
    if not math.isfinite(i.denominator):
        return ()
    share = convert(c.target.value, c.target.unit, "%") / 100.0
    lacks = share * i.denominator - i.numerator
    return (say("siting.energy.mw_to_add", mw=lacks),) if lacks >= LEAST_MW else ()


INDICATORS = (
    EnergyIndicator(
        id="non_fossil_share",
        title=text_of(say("siting.energy.non_fossil_share")),
        unit="%",
        needs="[[energy.years]]",
        answer=_non_fossil,
        closes=_non_fossil_closes,
        calibers=_CALIBERS,
        caliber_decides=True,
    ),
    EnergyIndicator(
        id="demand_response_share",
        title=text_of(say("siting.energy.demand_response_share")),
        unit="%",
        needs="[[energy.years]]",
        answer=_response,
        closes=_response_closes,
    ),
)
