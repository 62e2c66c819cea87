"""A figure of an indicator: value, numerator, denominator, caliber, date and source.

Never a bare rate. A figure is held against a target of the plan only within one caliber, and
every target is judged here, whichever room counted the figure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gis.errors import ModelError
from gis.say import in_lang, say
from layers.plan.target import Target
from layers.relation import relation
from layers.spec import Text, text_of
from layers.units import MU_PER_HA, known, spelled, to_ha, unit_of

__all__ = [
    "Comparison",
    "Figure",
    "Quality",
    "against",
    "beside",
    "gap_unit",
    "in_unit",
    "unit_title",
]

Quality = Literal["official", "measured", "ledger", "proxy", "not_estimated"]


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
        official, measured (survey parcels, layers), ledger (plants the plan names),
        proxy or not_estimated.
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
    plan_key
        Keys of the plan that would give a figure where there is none.
    """

    indicator: Figure
    target: Target
    gap: float
    gap_ha: float
    met: bool | Literal["uncertain"] | None
    calibers: tuple[Comparison, ...] = ()
    meant: bool = True
    plan_key: str = ""

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


def gap_unit(unit: str) -> Text:
    """The unit of a difference: of two shares it is percentage points.

    Examples
    --------
    >>> gap_unit("%").zh, gap_unit("MW").en
    ('个百分点', 'MW')
    """
    if unit_of(unit).quantity == "share":
        return text_of(say("layers.answers.points"))
    return unit_title(unit)


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
            say("layers.answers.target_unit_does_not_fit"),
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
            say("layers.answers.target_of_another_indicator"),
            got=target.indicator,
            expected=indicator.id,
        )
    if target.caliber and target.caliber != indicator.caliber:
        raise ModelError(
            say("layers.answers.target_of_another_caliber"),
            where=target.id,
            got=indicator.caliber or say("layers.answers.no_caliber"),
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
    met = relation(target.relation).judged(i.value, target.value, low=i.low, high=i.high)
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
        Whether the plan says which caliber it means. Where it does not, what the target may
        be lies between the lowest and the highest of them, and where they disagree nobody can
        say whether it is met.
    """
    target = chosen.target.model_copy(update={"caliber": "", "caliber_reason": ""})
    others = tuple(against(f, target) for f in figures)
    if len(others) < 2:
        return replace(chosen, meant=meant)
    met = chosen.met
    if not meant and met is not None and {o.met for o in others} != {met}:
        met = "uncertain"
    figure = chosen.indicator
    if not meant and not math.isnan(figure.value):
        ends = [o.indicator.value for o in others] + [figure.low, figure.value, figure.high]
        known = [e for e in ends if not math.isnan(e)]
        figure = replace(figure, low=min(known), high=max(known))
    return replace(chosen, indicator=figure, calibers=others, meant=meant, met=met)
