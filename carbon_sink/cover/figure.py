"""A figure of an indicator: value, numerator, denominator, caliber, date and source.

Never a bare rate. Two figures are compared only within one caliber; forest cover fell from
16.9 % to 9.88 % in one province by a change of caliber alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gis.errors import ModelError
from gis.say import in_lang, say
from layers.plan.model import Target
from layers.relation import holds
from layers.spec import Text
from layers.units import MU_PER_HA, known, spelled, to_ha, unit_of

__all__ = [
    "CaliberMatch",
    "Comparison",
    "Figure",
    "Quality",
    "against",
    "beside",
    "change",
    "implied_denominator",
    "in_unit",
    "matching_calibers",
    "unit_title",
]

Quality = Literal["official", "measured", "proxy", "not_estimated"]


@dataclass(frozen=True)
class Figure:
    """One indicator under one caliber, answered.

    Attributes
    ----------
    id
        Figure name, ``"forest_cover"``.
    value, low, high
        In `unit`; NaN when not estimated, and no interval when none is known.
    numerator, denominator
        In `numerator_unit`; the rate is their quotient.
    caliber
        Which definition; empty for indicators with a single one.
    year
        Date of the data; 0 when unknown.
    quality
        official, measured (survey parcels), proxy or not_estimated.
    """

    id: str
    title: Text
    value: float
    unit: str
    caliber: str
    year: int
    source: str
    quality: Quality
    caliber_title: Text | None = None
    low: float = math.nan
    high: float = math.nan
    numerator: float = math.nan
    denominator: float = math.nan
    numerator_unit: str = ""
    note: Text | None = None


def _require_same(a: Figure, b: Figure) -> None:
    if a.id != b.id:
        raise ModelError(
            say("carbon_sink.cover.indicators_differ"),
            got=say("carbon_sink.cover.two_indicators", earlier=a.id, later=b.id),
        )
    none = say("carbon_sink.cover.no_caliber")
    if a.caliber != b.caliber:
        raise ModelError(
            say("carbon_sink.cover.calibers_differ"),
            where=a.id,
            got=say(
                "carbon_sink.cover.two_calibers",
                earlier=a.caliber or none,
                earlier_year=a.year,
                later=b.caliber or none,
                later_year=b.year,
            ),
            todo=say("carbon_sink.cover.use_one_caliber"),
        )
    if a.unit != b.unit:
        raise ModelError(
            say("carbon_sink.cover.units_differ"),
            where=a.id,
            got=say("carbon_sink.cover.two_units", earlier=a.unit, later=b.unit),
        )


def change(earlier: Figure, later: Figure) -> float:
    """Later minus earlier, within one caliber.

    Raises
    ------
    ModelError
        When caliber, unit or indicator differ.
    """
    _require_same(earlier, later)
    return later.value - earlier.value


def implied_denominator(numerator: float, value_pct: float) -> float:
    """The area a published rate was divided by, in the numerator's unit.

    Published pairs of one province imply land areas 20 % apart; a series is of one caliber
    only when its implied denominators agree.

    Examples
    --------
    Ningxia: 12.30 million mu at 15.8 % imply 77.8 million mu, 51,900 km2 of 66,400.

    >>> from layers.units import convert
    >>> round(convert(implied_denominator(12.30e6, 15.8), "mu", "km2"))
    51899
    """
    if not value_pct > 0:
        raise ModelError(say("carbon_sink.cover.rate_of_zero"), got=f"{value_pct:g} %")
    return numerator / value_pct * 100.0


@dataclass(frozen=True)
class Comparison:
    """A figure against one target of the plan.

    Attributes
    ----------
    gap
        Target minus value in the target's unit: what is missing of a target to be reached,
        negative where the value lies above it.
    gap_ha
        The same as land, where the indicator is about area.
    met
        True, False, ``"uncertain"`` when the interval straddles the target or the calibers
        disagree and nobody says which is meant, or None when the indicator is not estimated.
    calibers
        The same target against every legal caliber there is a figure of, this one included;
        empty where there is a single one.
    meant
        Whether the plan says which caliber it means.
    """

    indicator: Figure
    target: Target
    gap: float
    gap_ha: float
    met: bool | Literal["uncertain"] | None
    calibers: tuple[Comparison, ...] = ()
    meant: bool = True

    @property
    def gap_mu(self) -> float:
        """`gap_ha` in mu ."""
        return self.gap_ha * MU_PER_HA

    def as_row(self) -> dict[str, object]:
        """A row of the table ``indicators``."""
        i, t = self.indicator, self.target
        met = {True: "yes", False: "no", None: "unknown"}.get(self.met, self.met)  # type: ignore[arg-type]
        return {
            "id": t.id,
            "indicator": i.id,
            "title_zh": t.title.zh,
            "title_en": t.title.en,
            "value": i.value,
            "low": i.low,
            "high": i.high,
            "unit": t.unit,
            "unit_zh": unit_title(t.unit).zh,
            "unit_en": unit_title(t.unit).en,
            "target": t.value,
            "year": t.year,
            "relation": t.relation,
            "caliber": i.caliber,
            "caliber_zh": i.caliber_title.zh if i.caliber_title else "",
            "caliber_en": i.caliber_title.en if i.caliber_title else "",
            "caliber_meant": self.meant,
            "caliber_reason_zh": in_lang(t.caliber_reason, "zh"),
            "caliber_reason_en": in_lang(t.caliber_reason, "en"),
            "data_year": i.year,
            "numerator": i.numerator,
            "denominator": i.denominator,
            "numerator_unit": i.numerator_unit,
            "gap": self.gap,
            "gap_ha": self.gap_ha,
            "gap_mu": self.gap_mu,
            "met": met,
            "quality": i.quality,
            "section": t.section,
            "quote": t.quote,
            "source_step": t.source_step,
            "source": i.source,
            "note_zh": i.note.zh if i.note else "",
            "note_en": i.note.en if i.note else "",
        }


def unit_title(unit: str) -> Text:
    """A plan's unit in both languages.

    Examples
    --------
    >>> unit_title("万亩").en, unit_title("mu").zh, unit_title("%").en
    ('10,000 mu', '亩', '%')
    """
    return unit_of(unit).title


def in_unit(indicator: Figure, unit: str) -> Figure:
    """The same indicator in the target's unit.

    Raises
    ------
    ModelError
        When there is no conversion.
    """
    own = unit_of(indicator.unit)
    wanted = known(unit)
    if wanted is None or wanted.quantity != own.quantity:
        raise ModelError(
            say("carbon_sink.cover.target_unit_does_not_fit"),
            where=indicator.id,
            got=unit,
            expected=spelled(own.quantity),
        )
    factor = wanted.per_base / own.per_base
    return replace(
        indicator,
        value=indicator.value * factor,
        low=indicator.low * factor,
        high=indicator.high * factor,
        unit=unit,
    )


def against(indicator: Figure, target: Target) -> Comparison:
    """Compare an indicator with a target of the plan.

    A target that names a caliber is compared only with that caliber.

    Raises
    ------
    ModelError
        When the target belongs to another indicator or caliber, or its unit does not fit.
    """
    if target.indicator != indicator.id:
        raise ModelError(
            say("carbon_sink.cover.target_of_another_indicator"),
            got=target.indicator,
            expected=indicator.id,
        )
    if target.caliber and target.caliber != indicator.caliber:
        raise ModelError(
            say("carbon_sink.cover.target_of_another_caliber"),
            where=target.id,
            got=indicator.caliber or say("carbon_sink.cover.no_caliber"),
            expected=target.caliber,
        )
    i = in_unit(indicator, target.unit)
    if math.isnan(i.value):
        return Comparison(i, target, math.nan, math.nan, None)
    gap = target.value - i.value
    if i.numerator_unit == "ha" and math.isfinite(i.denominator):
        gap_ha = gap / 100.0 * i.denominator
    elif indicator.unit == "ha":
        gap_ha = to_ha(gap, target.unit)
    else:
        gap_ha = math.nan
    met: bool | Literal["uncertain"] = holds(i.value, target.relation, target.value)
    if math.isfinite(i.low):
        ends = {holds(x, target.relation, target.value) for x in (i.low, i.high)}
        if len(ends) == 2:
            met = "uncertain"
    return Comparison(i, target, gap, gap_ha, met)


def beside(chosen: Comparison, figures: Sequence[Figure], *, meant: bool) -> Comparison:
    """A comparison with the other calibers beside it, and a verdict that respects them.

    Parameters
    ----------
    chosen : Comparison
        Of the caliber shown first.
    figures : sequence of Figure
        All legal calibers of the indicator.
    meant : bool
        Whether the plan says which caliber it means. Where it does not and the calibers
        disagree, nobody can say whether the target is met.
    """
    target = chosen.target.model_copy(update={"caliber": "", "caliber_reason": ""})
    others = tuple(against(f, target) for f in figures)
    if len(others) < 2:
        return replace(chosen, meant=meant)
    met = chosen.met
    if not meant and met is not None and {o.met for o in others} != {met}:
        met = "uncertain"
    return replace(chosen, calibers=others, meant=meant, met=met)


@dataclass(frozen=True)
class CaliberMatch:
    """A caliber held against a published figure."""

    caliber: str
    value_ha: float
    official_ha: float
    within: bool

    @property
    def relative(self) -> float:
        """(value - official) / official."""
        return self.value_ha / self.official_ha - 1.0


def matching_calibers(
    figures: Sequence[Figure], official_ha: float, tolerance_frac: float
) -> tuple[CaliberMatch, ...]:
    """Which calibers come within `tolerance_frac` of a published area; nearest first.

    Examples
    --------
    >>> one = Figure("wetland_area", unit_title("ha"), 100.0, "ha", "narrow", 0, "", "measured")
    >>> both = [one, replace(one, value=1000.0, caliber="broad")]
    >>> [(m.caliber, m.within) for m in matching_calibers(both, 980.0, 0.05)]
    [('broad', True), ('narrow', False)]
    """
    found = [
        CaliberMatch(
            i.caliber, i.value, official_ha, abs(i.value / official_ha - 1.0) <= tolerance_frac
        )
        for i in figures
    ]
    return tuple(sorted(found, key=lambda m: abs(m.relative)))
