"""Figures of one caliber at two dates, and published figures that tell a caliber.

Two figures are compared only within one caliber; forest cover fell from 16.9 % to 9.88 % in
one province by a change of caliber alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gis.errors import ModelError
from gis.say import say
from layers.answers.figure import Figure

__all__ = ["CaliberMatch", "change", "implied_denominator", "matching_calibers"]


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
    >>> from dataclasses import replace
    >>> from layers.answers.figure import unit_title
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
