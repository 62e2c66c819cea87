"""Living biomass of stands by their age: growth lines per species, as data.

A stand just planted holds nothing (IPCC 2006, Vol. 4 Ch. 2, equation 2.16: biomass right
after conversion is 0) and grows along the line of its species (2.15). The mean density of a
class is that of stands of all ages and belongs to land that has long been of the class.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from carbon_sink.ecosystems import ecosystems
from carbon_sink.species import species_table
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.coefficients import Coefficients
from gis.errors import DataError, ModelError
from gis.say import listed, say
from gis.toml import read_toml
from gis.types import F8
from layers.numbers import NotNegative, Number, Positive
from layers.spec import Frozen, Text

__all__ = [
    "FullGrown",
    "GrowthLine",
    "bears_nothing",
    "full_grown",
    "grown_years",
    "growth_lines",
    "line_of_ecosystem",
    "line_of_species",
    "stand_density",
]

Beyond = Literal["none", "hold"]


class GrowthLine(Frozen):
    """Living biomass carbon against age, ``slope x age + intercept`` [tC/ha].

    Attributes
    ----------
    species, ecosystems
        Whose line it is; `ecosystems` it stands for where the species is not known.
    slope
        Id of the coefficient [tC/ha/yr], whose spread is drawn.
    intercept_tc_ha
        Of the published line; negative, so that a young stand holds nothing.
    ages
        First and last age of the stands it was fitted to [yr].
    """

    id: str
    title: Text
    species: tuple[str, ...]
    ecosystems: tuple[str, ...]
    slope: str
    intercept_tc_ha: Number
    ages: tuple[Positive, Positive]
    r2: float = Field(ge=0, le=1)
    unit: str
    source: str
    doi: str = ""
    date: str
    quality: str
    note: Text

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if not 0 < self.ages[0] < self.ages[1] or self.intercept_tc_ha > 0:
            raise ValueError(self.id)
        return self

    def zero_age(self, table: Coefficients) -> float:
        """Age until which the line is below zero and the stand counts as nothing [yr].

        Examples
        --------
        14.9 / 2.17 years:

        >>> from carbon_sink.stock.coefficient_file import load_coefficients
        >>> round(growth_lines()["poplar"].zero_age(load_coefficients()), 3)
        6.866
        """
        return -self.intercept_tc_ha / table[self.slope].value


class FullGrown(Frozen):
    """Plants that stand at the density of their class a few years after conversion."""

    ecosystems: tuple[str, ...]
    years: NotNegative
    source: str
    date: str
    quality: str
    note: Text


@dataclass(frozen=True)
class _Growth:
    lines: Mapping[str, GrowthLine]
    full: tuple[FullGrown, ...]
    bare: frozenset[str]


@cache
def _growth() -> _Growth:
    raw = read_toml("carbon_sink", "data/growth.toml")
    lines = {k: GrowthLine(id=k, **row) for k, row in raw["line"].items()}
    full = tuple(FullGrown(**row) for row in raw["full"])
    named = [e for x in lines.values() for e in x.ecosystems]
    named += [e for x in full for e in x.ecosystems]
    named += raw["bare"]["ecosystems"]
    kinds = [s for x in lines.values() for s in x.species]
    wrong = sorted({e for e in named if e not in ecosystems() or named.count(e) > 1})
    wrong += sorted({s for s in kinds if s not in species_table() or kinds.count(s) > 1})
    if wrong:
        raise DataError(
            say("carbon_sink.stock.growth_line_unclear"),
            where="growth.toml",
            got=listed(wrong),
        )
    return _Growth(MappingProxyType(lines), full, frozenset(raw["bare"]["ecosystems"]))


def growth_lines() -> Mapping[str, GrowthLine]:
    """Every growth line by its id.

    Examples
    --------
    >>> growth_lines()["poplar"].ages
    (9.0, 49.0)
    """
    return _growth().lines


def line_of_species(species: str) -> GrowthLine | None:
    """The line of a species of the tree table; None where none is known.

    Examples
    --------
    >>> line_of_species("elm").id, line_of_species("willow")
    ('elm', None)
    """
    return next((x for x in growth_lines().values() if species in x.species), None)


def line_of_ecosystem(ecosystem: str) -> GrowthLine | None:
    """The line that stands for an ecosystem whose species is not known; None without one.

    Examples
    --------
    >>> line_of_ecosystem("forest_arbor").id, line_of_ecosystem("shrubland")
    ('poplar', None)
    """
    return next((x for x in growth_lines().values() if ecosystem in x.ecosystems), None)


def full_grown(ecosystem: str) -> FullGrown | None:
    """The rule for plants that are full grown within a few years; None for all others.

    Examples
    --------
    >>> full_grown("grass_sown").years, full_grown("shrubland")
    (1.0, None)
    """
    return next((x for x in _growth().full if ecosystem in x.ecosystems), None)


def bears_nothing(ecosystem: str) -> bool:
    """Whether living biomass of a class is 0 before and after a conversion (Tier 1).

    Examples
    --------
    >>> bears_nothing("built"), bears_nothing("cropland_irrigated")
    (True, False)
    """
    return ecosystem in _growth().bare


def grown_years(
    line: GrowthLine, age_years: npt.ArrayLike, table: Coefficients, beyond: Beyond = "none"
) -> F8:
    """Years a stand has grown above zero along its line; NaN where nothing is known.

    Examples
    --------
    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> line = growth_lines()["poplar"]
    >>> grown_years(line, [0.0, 8.0, 60.0], load_coefficients()).round(3).tolist()
    [0.0, 1.134, nan]
    """
    age = np.asarray(age_years, np.float64)
    if (age < 0).any():
        raise ModelError(
            say("carbon_sink.stock.age_below_zero"),
            where=line.id,
            got=say("carbon_sink.stock.years", years=float(np.nanmin(age))),
        )
    known = np.where(age > line.ages[1], line.ages[1] if beyond == "hold" else np.nan, age)
    return np.maximum(known - line.zero_age(table), 0.0)


def stand_density(
    species: Sequence[str] | npt.NDArray[np.object_],
    age_years: npt.ArrayLike,
    table: Coefficients | None = None,
    *,
    beyond: Beyond = "none",
) -> F8:
    """Living biomass carbon of stands by species and age [tC/ha], at printed values.

    A stand just planted holds nothing and grows along the line of its species.

    Parameters
    ----------
    species : sequence of str, shape (n,)
        Ids of the tree table.
    age_years : array_like, shape (n,)
        Years since planting.
    table : Coefficients, optional
        The bundled table by default.
    beyond : {"none", "hold"}
        Stands older than the line is known for: NaN, or held at its last age.

    Returns
    -------
    ndarray, shape (n,)
        NaN where the species has no line or the age is unknown or beyond it.

    Examples
    --------
    >>> stand_density(["poplar", "elm", "willow", "poplar"], [8, 20, 8, 60]).round(2).tolist()
    [2.46, 3.82, nan, nan]
    """
    known = load_coefficients() if table is None else table
    kinds = np.asarray(species, dtype=object)
    age = np.broadcast_to(np.asarray(age_years, np.float64), kinds.shape)
    out = np.full(kinds.shape, np.nan)
    for line in growth_lines().values():
        own = np.isin(kinds, list(line.species))
        out[own] = grown_years(line, age[own], known, beyond) * known[line.slope].value
    return out
