"""What converted land loses and gains in a period, row by row and pool by pool.

IPCC 2006 Guidelines, Vol. 4 Ch. 2. Living biomass that stood before is lost whole (equation
2.16 with B_AFTER = 0): by its age where that is known, else the mean of its class. What was
planted grows along the line of its species (2.15): the mean density of a class is never
credited to a young stand. Dead matter is lost in the year of the conversion and builds up over
20 years (2.23); soil moves over 20 years (2.25). What one of the two classes has no estimate of
is listed with the side it is missing on: the total of the rest is then a bound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.change.land_groups import Group, Rules, groups_of
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import transition_years
from carbon_sink.stock.growth import GrowthLine, grown_years
from carbon_sink.stock.pools import LIVING, Density
from carbon_sink.stock.uncertainty import Factor
from gis.errors import ModelError
from gis.say import say
from gis.types import F8, I8

__all__ = [
    "CARRIERS",
    "Bound",
    "Carrier",
    "Conversion",
    "Missing",
    "Part",
    "Period",
    "Planted",
    "convert",
    "product",
    "tonnes",
    "touched",
]

Carrier = Literal["living", "dead_wood", "litter", "soc"]
CARRIERS: tuple[Carrier, ...] = ("living", "dead_wood", "litter", "soc")
"""What a change is told by; living biomass is one, divided or not."""

Kind = Literal["cleared", "grown", "standing", "dead_matter", "soil"]
Side = Literal["loss", "gain", "either"]
Why = Literal["", "beyond", "standing"]
"""Why growth is missing: no line, plants or standing trees older than their line is known."""
Bound = Literal["whole", "at_most", "at_least", "open"]
Planted = Literal["start", "even", "end"]
"""When land of unknown age was planted: right after the earlier date, evenly, at the later."""

_EVEN = (np.arange(32) + 0.5) / 32.0
_SEALED = frozenset({"built"})


@dataclass(frozen=True)
class Part:
    """Carbon some rows lose or gain alike: ``weight x product(factors)`` each [tC].

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Positions in the table of transitions.
    weight : ndarray, shape (n,)
        Negative for a loss.
    line
        Growth line it rests on, if any.
    """

    carrier: Carrier
    kind: Kind
    before: str
    after: str
    rows: I8
    weight: F8
    factors: tuple[Factor, ...]
    line: str = ""


@dataclass(frozen=True)
class Missing:
    """Land where a pool's change is not estimated.

    Attributes
    ----------
    side
        Whether a loss, a gain or either of them is missing.
    most_tc
        The most that can be lost beyond what is counted; NaN where not known.
    """

    carrier: Carrier
    side: Side
    before: str
    after: str
    rows: I8
    area_ha: float
    most_tc: float = math.nan
    group: int = 0  # of the rows it is about; both sides of a pool may lack in one
    why: Why = ""


@dataclass(frozen=True)
class Conversion:
    """Parts of the change of a table of transitions, and what is not in them."""

    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]

    @property
    def bound(self) -> Bound:
        """What the total of the parts is: whole, at most, at least, or neither."""
        sides = {m.side for m in self.missing if m.area_ha > 0}
        if not sides:
            return "whole"
        if sides == {"loss"}:
            return "at_most"
        return "at_least" if sides == {"gain"} else "open"

    @property
    def lines(self) -> tuple[str, ...]:
        """Ids of the growth lines that parts of some weight rest on."""
        used = dict.fromkeys(p.line for p in self.parts if p.line and p.weight.any())
        return tuple(used)


@dataclass(frozen=True)
class _Run:
    choice: Choice
    table: Coefficients
    rules: Rules
    planted: Planted
    rates: Mapping[str, str]
    local: str = ""

    def densities(self, label: str, carrier: Carrier) -> list[Density]:
        pools = LIVING if carrier == "living" else (carrier,)
        own = label + self.local
        return [self.choice[own, p] for p in pools if (own, p) in self.choice]

    def value(self, label: str, carrier: Carrier) -> float:
        own = self.densities(label, carrier)
        return math.fsum(d.value(self.table) for d in own) if own else math.nan

    def ages(self, g: Group) -> F8:
        """Ages of the rows, (n, k): one each, or several that count alike."""
        known = g.age[:, None]
        if self.planted == "even":
            return np.where(np.isnan(known), _EVEN[None, :] * g.years, known)
        least = g.years if self.planted == "start" else 0.0
        return np.where(np.isnan(known), least, known)


def _density_parts(
    run: _Run, g: Group, label: str, carrier: Carrier, kind: Kind, weight: F8
) -> list[Part]:
    return [
        Part(carrier, kind, g.before, g.after, g.rows, c * weight, factors)
        for d in run.densities(label, carrier)
        for c, factors in d.parts
    ]


def _missing(
    g: Group,
    carrier: Carrier,
    side: Side,
    density: float = math.nan,
    own: F8 | None = None,
    why: Why = "",
) -> list[Missing]:
    area = g.area if own is None else own
    total = math.fsum(area)
    if total <= 0:
        return []
    rows = g.rows[area > 0]
    most = density * total
    return [Missing(carrier, side, g.before, g.after, rows, total, most, int(g.rows[0]), why)]


def _along(
    run: _Run, line: GrowthLine, g: Group, ages: F8, kind: Kind
) -> tuple[list[Part], list[Missing]]:
    """Growth in the period of rows within the line's ages; beyond them nothing is known."""
    start = np.maximum(ages - g.years, 0.0)
    grown = grown_years(line, ages, run.table) - grown_years(line, start, run.table)
    known = np.isfinite(grown)
    each = g.area[:, None] / ages.shape[1]
    missing = _missing(
        g,
        "living",
        "gain",
        own=(~known * each).sum(axis=1),
        why="standing" if kind == "standing" else "beyond",
    )
    some = known.any(axis=1)
    if not some.any():
        return [], missing
    weight = np.where(known, grown * each, 0.0).sum(axis=1)[some]
    factor = (Factor(line.slope),)
    rows = g.rows[some]
    return [Part("living", kind, g.before, g.after, rows, weight, factor, line.id)], missing


def _living(run: _Run, g: Group) -> tuple[list[Part], list[Missing]]:
    if g.before == g.after:
        return _standing(run, g)
    stood = bool(run.densities(g.before, "living"))
    line, full = run.rules.line(g.after, g.species), run.rules.full_years(g.after)
    if line is None and full is not None and not (stood or run.rules.bare(g.before)):
        # one crop of herbs for another that nobody estimated: neither side is counted
        return [], _missing(g, "living", "either")
    parts, missing = _cleared(run, g)
    ages = run.ages(g)
    if line is not None:
        grown, lacking = _along(run, line, g, ages, "grown")
        parts, missing = parts + grown, missing + lacking
    elif full is not None:
        share = np.minimum(ages / full, 1.0).mean(axis=1) if full > 0 else 1.0
        parts += _density_parts(run, g, g.after, "living", "grown", g.area * share)
    elif not run.rules.bare(g.after):
        missing += _missing(g, "living", "gain")
    return parts, missing


def _cleared(run: _Run, g: Group) -> tuple[list[Part], list[Missing]]:
    """What stood and is gone: by its age where that is known, else the mean of its class.

    Stands older than their line is known for lose the mean of their class: a loss is never
    dropped.
    """
    line = run.rules.line(g.before, g.species_before)
    grown = np.full(len(g.area), np.nan)
    if line is not None and np.isfinite(g.age_before).any():
        grown = grown_years(line, g.age_before, run.table)
    parts: list[Part] = []
    aged = np.isfinite(grown)
    if line is not None and aged.any():
        weight = -grown[aged] * g.area[aged]
        factor = (Factor(line.slope),)
        parts.append(
            Part("living", "cleared", g.before, g.after, g.rows[aged], weight, factor, line.id)
        )
    rest = g.of(~aged)
    if not len(rest.area):
        return parts, []
    parts += _density_parts(run, rest, g.before, "living", "cleared", -rest.area)
    known = run.densities(g.before, "living") or run.rules.bare(g.before)
    return parts, [] if known else _missing(rest, "living", "loss")


def _standing(run: _Run, g: Group) -> tuple[list[Part], list[Missing]]:
    """Growth of land that kept its class: by age where known, by the user's rate else.

    What was planted after the earlier date stands where something else stood: that is lost.
    """
    known = np.isfinite(g.age)
    parts: list[Part] = []
    missing: list[Missing] = []
    line = run.rules.line(g.after, g.species)
    if known.any() and line is not None:
        own = g.of(known)
        if (again := own.age < own.years).any():
            lost, lacking = _cleared(run, own.of(again))
            parts += lost
            missing += lacking
        grown, lacking = _along(run, line, own, own.age[:, None], "standing")
        parts, missing = parts + grown, missing + lacking
    rest = ~known if line is not None else np.ones(len(known), bool)
    if g.before in run.rates and rest.any():
        factor = (Factor(run.rates[g.before]),)
        weight = g.area[rest] * g.years
        parts.append(
            Part("living", "standing", g.before, g.after, g.rows[rest], weight, factor)
        )
    return parts, missing


def _dead(run: _Run, g: Group, carrier: Carrier) -> tuple[list[Part], list[Missing]]:
    old, new = run.value(g.before, carrier), run.value(g.after, carrier)
    # Tier 1: no dead matter on land that is no forest
    none_before = math.isnan(old) and not run.rules.woody(g.before)
    none_after = math.isnan(new) and not run.rules.woody(g.after)
    missing: list[Missing] = []
    if math.isnan(old) and not none_before:
        missing += _missing(g, carrier, "loss")
    if math.isnan(new) and not none_after:
        missing += _missing(g, carrier, "gain")
    gains = (0.0 if math.isnan(new) else new) >= (0.0 if math.isnan(old) else old)
    if gains and math.isnan(old) and not none_before:
        return [], missing  # builds up from a stock nobody knows
    share = _share(run.ages(g), g.years) if gains else np.ones(len(g.area))
    weight = g.area * share
    parts = _density_parts(run, g, g.after, carrier, "dead_matter", weight)
    parts += _density_parts(run, g, g.before, carrier, "dead_matter", -weight)
    return parts, missing


def _share(ages: F8, years: float) -> F8:
    """Part of a transition of 20 years that falls into the period, of each row."""
    d = transition_years()
    start = np.maximum(ages - years, 0.0)
    return np.asarray((np.minimum(ages / d, 1.0) - np.minimum(start / d, 1.0)).mean(axis=1))


def _soil(run: _Run, g: Group) -> tuple[list[Part], list[Missing]]:
    old, new = run.value(g.before, "soc"), run.value(g.after, "soc")
    if math.isnan(old) or math.isnan(new):
        sealed = run.rules.options(g.after) <= _SEALED
        return [], _missing(
            g, "soc", "loss" if sealed else "either", old if sealed else math.nan
        )
    weight = g.area * _share(run.ages(g), g.years)
    parts = _density_parts(run, g, g.after, "soc", "soil", weight)
    return [*parts, *_density_parts(run, g, g.before, "soc", "soil", -weight)], []


@dataclass(frozen=True)
class Period:
    """The time between two dates, and what is taken of the land in it.

    Attributes
    ----------
    years
        Between the dates.
    to_year
        The later date, for the planting years of rows; 0 where not known.
    planted
        When land whose age is not known was converted: it is at most `years` old.
    growth
        Ecosystem -> id of a yearly rate [tC/ha/yr] of standing land of unknown age.
    ambiguous
        Labels that may be several ecosystems -> those.
    """

    years: float
    to_year: int = 0
    planted: Planted = "start"
    growth: Mapping[str, str] = field(default_factory=dict)
    ambiguous: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.years > 0:
            raise ModelError(
                say("carbon_sink.change.dates_must_lie_apart"),
                got=say("carbon_sink.stock.years", years=self.years),
            )


def convert(
    transitions: pd.DataFrame, choice: Choice, table: Coefficients, period: Period
) -> Conversion:
    """Losses and gains of every row of a table of transitions in a period.

    Parameters
    ----------
    transitions : DataFrame, n rows
        ``before, after, area_ha``; ``age_years`` or ``planted_year`` of what stands at the
        later date, and ``species`` (ids of the tree table), where known; ``planted_before``
        and ``species_before`` of what stood at the earlier one; ``local``, the mark under
        which `choice` has densities of the land itself.
    choice, table
        Densities of the classes, and their coefficients.

    Returns
    -------
    Conversion

    Raises
    ------
    DataError
        Areas that are no numbers, ages below zero, species nobody knows.

    Examples
    --------
    100 ha of grassland (2.73 tC/ha) planted with poplar 8 years ago, which now holds
    2.17 x 8 - 14.9 = 2.46 tC/ha: -27 tC.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> from carbon_sink.stock.pools import choose_densities
    >>> t = load_coefficients()
    >>> c = choose_densities(t, depth_cm=(0, 30), zone="cool_temperate_dry")
    >>> rows = pd.DataFrame({"before": ["grass_other"], "after": ["forest_arbor"],
    ...                      "area_ha": [100.0], "age_years": [8.0]})
    >>> found = convert(rows, c, t, Period(8.0))
    >>> float(tonnes(found.parts, t, 1, carrier="living")[0].round(6))
    -27.0
    """
    whole = _Run(choice, table, Rules(period.ambiguous), period.planted, period.growth)
    parts: list[Part] = []
    missing: list[Missing] = []
    rows = transitions.reset_index(drop=True)
    for g in groups_of(rows, period.years, period.to_year):
        run = replace(whole, local=g.local)
        found = [_living(run, g)]
        if g.before != g.after:
            found += [_dead(run, g, "dead_wood"), _dead(run, g, "litter"), _soil(run, g)]
        for own, lacking in found:
            parts += own
            missing += lacking
    return Conversion(tuple(parts), tuple(missing))


def tonnes(
    parts: Sequence[Part], table: Coefficients, n: int, *, carrier: Carrier | None = None
) -> F8:
    """Change of each of `n` rows at printed coefficients [tC]; of one carrier, or of all.

    Returns
    -------
    ndarray, shape (n,)
        0 where no part touches the row.
    """
    out = np.zeros(n)
    for p in parts:
        if carrier is None or p.carrier == carrier:
            np.add.at(out, p.rows, p.weight * product(p.factors, table))
    return out


def product(factors: tuple[Factor, ...], table: Coefficients) -> float:
    """Product of factors at printed coefficients."""
    return math.prod(float(f.of(table[f.coefficient].value)) for f in factors)


def touched(parts: Sequence[Part], n: int, carrier: Carrier) -> npt.NDArray[np.bool_]:
    """Rows whose change of a carrier is estimated, be it nothing."""
    out = np.zeros(n, bool)
    for p in parts:
        if p.carrier == carrier:
            out[p.rows] = True
    return out
