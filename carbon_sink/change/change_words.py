"""What a reader must know of a change, in words beside the number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from carbon_sink.change.area_error import ANY, STABLE
from carbon_sink.change.choices import Undated
from carbon_sink.change.conversion import Missing
from carbon_sink.change.two_dates import StockChange
from carbon_sink.cover.classes import class_title
from carbon_sink.outcome_change import LandCompared, ModelChoice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.growth import growth_lines
from carbon_sink.stock.uncertainty import Estimate
from gis.say import Listed, Sentence, listed, say
from layers.spec import text_of

__all__ = [
    "bound_words",
    "choice_words",
    "growth_words",
    "land_words",
    "method_words",
    "planted_words",
    "stratum_words",
]

_SAME_FRAC = 0.02  # land of stock and change may differ by this without a word


def _lands(missing: Sequence[Missing], side: str) -> Listed:
    by: dict[str, float] = {}
    for m in missing:
        if m.side == side:
            what = f"{m.carrier}_{m.why}" if m.why else m.carrier
            by[what] = by.get(what, 0.0) + m.area_ha
    return listed(
        say(f"carbon_sink.change.lacks_{side}_{c}", area_ha=ha) for c, ha in by.items()
    )


def bound_words(found: StockChange) -> Sentence:
    """What the total is a bound of, and because of which land."""
    losses, gains, either = (
        any(m.side == s and m.area_ha > 0 for m in found.missing)
        for s in ("loss", "gain", "either")
    )
    parts: list[Listed] = []
    if losses:
        parts.append(_lands(found.missing, "loss"))
    if gains:
        parts.append(_lands(found.missing, "gain"))
    if either:
        parts.append(_lands(found.missing, "either"))
    if not parts:
        return say("carbon_sink.change.bound_whole")
    total = found.stock_difference.get("total")
    key = f"carbon_sink.change.bound_{found.bound}"
    if total is None:
        key = "carbon_sink.change.bound_none"
    said = say(key, total=total.value if total else 0.0, what=listed(parts))
    if found.more_loss_tc > 0.5:
        more = say("carbon_sink.change.more_loss", more=found.more_loss_tc)
        return say("carbon_sink.change.bound_and_more", bound=said, more=more)
    return said


def planted_words(
    choices: Sequence[ModelChoice], years: float, land: Undated
) -> Sentence | None:
    """How the year of the change that nobody gave was taken, and what it does to the total."""
    by = {c.choice: c.total_tc.value for c in choices if c.kind == "planted"}
    chosen = next((c for c in choices if c.kind == "planted" and c.chosen), None)
    causes = [
        say(f"carbon_sink.change.swing_{c}", value=v)
        for c, v in sorted(land.swing_tc.items(), key=lambda x: -abs(x[1]))
        if abs(v) >= 0.5
    ]
    if chosen is None or not causes:
        return None
    return say(
        "carbon_sink.change.planting_year_not_known",
        area_ha=land.area_ha,
        plants_ha=land.plants_ha,
        years=years,
        chosen=chosen.title,
        swing=math.fsum(land.swing_tc.values()),
        causes=listed(causes),
        start=by.get("start", math.nan),
        even=by.get("even", math.nan),
        end=by.get("end", math.nan),
    )


def choice_words(
    total: Estimate, choices: Sequence[ModelChoice], about: Literal["change", "stock"]
) -> Sentence | None:
    """Totals under other choices, which the interval of the headline does not take in."""
    others = [c for c in choices if not c.chosen and c.kind != "planted"]
    if not others:
        return None
    told = listed(
        say(
            f"carbon_sink.change.{about}_under_choice",
            title=c.title,
            value=c.total_tc.value,
            low=c.total_tc.low,
            high=c.total_tc.high,
        )
        for c in others
    )
    return say(
        f"carbon_sink.change.{about}_choices_beside",
        value=total.value,
        low=total.low,
        high=total.high,
        others=told,
    )


def land_words(land: Sequence[LandCompared], source: str) -> Sentence | None:
    """Groups whose land differs between the stock and the change."""
    apart = [
        x
        for x in land
        if abs(x.stock_ha - x.change_ha) > max(_SAME_FRAC * max(x.stock_ha, x.change_ha), 1.0)
    ]
    if not apart or source == "land_cover":
        return None
    worst = sorted(apart, key=lambda x: -abs(x.stock_ha - x.change_ha))[:3]
    told = listed(
        say(
            "carbon_sink.change.land_of_group",
            group=say(f"carbon_sink.change.group_{x.group}"),
            stock_ha=x.stock_ha,
            change_ha=x.change_ha,
        )
        for x in worst
    )
    return say("carbon_sink.change.land_differs", groups=told)


def growth_words(lines: Sequence[str], table: Coefficients) -> Sentence | None:
    """What the interval of young stands lacks: the error of the age a line starts at."""
    if not lines:
        return None
    told = listed(
        say(
            "carbon_sink.change.line_from_age",
            title=growth_lines()[k].title,
            age=growth_lines()[k].zero_age(table),
        )
        for k in lines
    )
    return say("carbon_sink.change.growth_lines_without_intercept", lines=told)


def method_words(*, inventories: bool) -> Sentence:
    """What stock-difference and gain-loss rest on."""
    key = "methods_beside_inventories" if inventories else "methods_one_estimate"
    return say(f"carbon_sink.change.{key}")


def stratum_words(stratum: str) -> Sentence:
    """A stratum of an accuracy matrix in words.

    Examples
    --------
    >>> stratum_words("*>built")("en"), stratum_words("stable")("zh")
    ('any class to built-up land', '地类未变')
    """
    before, arrow, after = stratum.partition(">")
    if not arrow:
        key = "stratum_stable" if stratum == STABLE else "stratum_rest"
        return say(f"carbon_sink.change.{key}")
    ends = [
        text_of(say("carbon_sink.change.any_class")) if x == ANY else class_title(x)
        for x in (before, after)
    ]
    return say("carbon_sink.change.stratum_pair", before=ends[0], after=ends[1])
