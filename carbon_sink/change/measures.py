"""Measures that add carbon, and their growth over the years as terms of a total."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from carbon_sink.stock.coefficients import Coefficient, Coefficients
from carbon_sink.stock.uncertainty import Factor, Term
from gis.errors import ConfigError
from gis.say import listed, say
from gis.toml import read_toml
from layers.spec import Text

__all__ = [
    "Basis",
    "MeasureKind",
    "Rate",
    "measure_kinds",
    "stand_gain_terms",
    "with_derived_rows",
]

Action = Literal["afforest", "grass", "wetland", "shelterbelt"]
Basis = Literal["measured", "carried_over", "user", "none"]
SHRUB_ROW = "derived/sand_shrub_rate_SOC_0-100cm"
_SHRUB_SOURCES = ("Amorpha", "Hedysarum", "Artemisia", "Amygdalus")


@dataclass(frozen=True)
class Rate:
    """A yearly rate, from which age on, and how many times it counts."""

    coefficient: str
    start_age_year: float
    times: float


@dataclass(frozen=True)
class MeasureKind:
    """A kind of measure.

    Attributes
    ----------
    ecosystem
        What the land becomes.
    biomass, soc
        Rates; `soc` by the bottom depth of the layer [cm].
    zero
        The rate is known to be no different from zero.
    additional
        Whether the gain would not have come anyway.
    methane
        Methane has to be shown beside it.
    rate_on, carried_to
        Ecosystems the rates were measured on, and those they are carried over to; None where
        the kind has no rate of its own.
    """

    id: str
    title: Text
    action: Action
    ecosystem: str
    biomass: tuple[Rate, ...]
    soc: Mapping[int, tuple[Rate, ...]]
    additional: bool
    caution: Text
    zero: bool
    methane: bool
    rate_on: tuple[str, ...] | None = None
    carried_to: tuple[str, ...] = ()

    def basis_on(self, ecosystem: str) -> Basis:
        """How far the rates hold on land of an ecosystem.

        Examples
        --------
        The rate of sand shrubs says nothing of saline land:

        >>> [measure_kinds()["shrub"].basis_on(e) for e in ("sand", "bare", "saline")]
        ['measured', 'carried_over', 'none']
        """
        if self.rate_on is None or ecosystem in self.rate_on:
            return "measured"
        return "carried_over" if ecosystem in self.carried_to else "none"


def _rates(raw: Iterable[Mapping[str, Any]]) -> tuple[Rate, ...]:
    return tuple(
        Rate(r["id"], float(r.get("start_age_year", 0.0)), float(r.get("times", 1.0)))
        for r in raw
    )


@cache
def measure_kinds() -> dict[str, MeasureKind]:
    """Kinds of measures by id.

    Examples
    --------
    >>> measure_kinds()["grazing_exclusion"].additional
    False
    """
    return {
        key: MeasureKind(
            id=key,
            title=Text.model_validate(raw["title"]),
            action=raw["action"],
            ecosystem=raw["ecosystem"],
            biomass=_rates(raw.get("biomass", [])),
            soc={d: _rates(raw[f"soc_{d}"]) for d in (30, 100) if f"soc_{d}" in raw},
            additional=raw["additional"],
            caution=Text.model_validate(raw["caution"]),
            zero=raw.get("zero", False),
            methane=raw.get("methane", False),
            rate_on=tuple(raw["rate_on"]) if "rate_on" in raw else None,
            carried_to=tuple(raw.get("carried_to", ())),
        )
        for key, raw in read_toml("carbon_sink", "data/measures.toml").items()
    }


def measure_kind(key: str, where: str = "[carbon.measures]") -> MeasureKind:
    """The kind called `key`.

    Raises
    ------
    ConfigError
        Listing the kinds.
    """
    kinds = measure_kinds()
    if key not in kinds:
        raise ConfigError(
            say("carbon_sink.change.no_such_measure"),
            where=where,
            got=key,
            expected=listed(kinds),
        )
    return kinds[key]


def with_derived_rows(table: Coefficients) -> Coefficients:
    """The table with the rate of sand shrubs: mean of four measured shrubs, range of all.

    Examples
    --------
    Amorpha 0.686, Hedysarum 0.779, Artemisia 0.347, Amygdalus 0.871: mean 0.671 tC/ha/yr.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> t = with_derived_rows(load_coefficients())
    >>> round(t[SHRUB_ROW].value, 3), t[SHRUB_ROW].low, t[SHRUB_ROW].high
    (0.671, 0.263, 0.961)
    """
    rows = [
        r
        for r in table.all_rows()
        if r.kind == "rate"
        and r.id.startswith("afforest_sand_")
        and any(s in r.id for s in _SHRUB_SOURCES)
    ]
    derived = Coefficient(
        id=SHRUB_ROW,
        subject="derived",
        kind="rate",
        pool="soc",
        depth_cm=(0, 100),
        value=math.fsum(r.value for r in rows) / len(rows),
        unit="tC/ha/yr",
        low=min(r.low for r in rows),
        high=max(r.high for r in rows),
        spread="triangular",
        spread_a=math.nan,
        spread_b=math.nan,
        grade="B",
        by_name=False,
        spread_text="lowest to highest of four shrubs",
        source=rows[0].source,
        doi=rows[0].doi,
        quality="B derived_from_measured",
    )
    return table.with_rows([derived])


def stand_gain_terms(
    kind: MeasureKind,
    area_ha: float,
    age_years: float,
    *,
    depth_cm: int,
    own_rate: str = "",
) -> dict[str, list[Term] | None]:
    """Carbon gained by a stand of `age_years` since it was treated [tC].

    Parameters
    ----------
    kind : MeasureKind
    area_ha : float
        Area that survived.
    age_years : float
    depth_cm : int
        Bottom of the soil layer; soil rates of another depth are not used.
    own_rate : str
        Id of the user's own rate of the whole, in place of the table's.

    Returns
    -------
    dict
        ``biomass`` and ``soc`` -> terms, None where not estimated.

    Examples
    --------
    Poplar: 2.17 age - 14.9 is below zero until age 6.866, and clipped there.

    >>> k = measure_kinds()["afforest_poplar"]
    >>> [round(sum(t.weight for t in stand_gain_terms(k, 1.0, a, depth_cm=100)["biomass"]), 3)
    ...  for a in (5, 9)]
    [0.0, 2.134]
    """
    if own_rate:
        return {"biomass": [Term(area_ha * age_years, (Factor(own_rate),))], "soc": []}
    if kind.zero:
        return {"biomass": [], "soc": []}

    def terms(rates: tuple[Rate, ...]) -> list[Term]:
        return [
            Term(
                area_ha * r.times * max(age_years - r.start_age_year, 0.0),
                (Factor(r.coefficient),),
            )
            for r in rates
        ]

    soil = kind.soc.get(depth_cm)
    return {
        "biomass": terms(kind.biomass) if kind.biomass else None,
        "soc": terms(soil) if soil else None,
    }
