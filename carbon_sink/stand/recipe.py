"""How the living biomass of a stand is had: its own figure, volume, age line or class default.

A recipe is a few products of coefficients, each times what the stand brings to it: cubic metres
a hectare, years grown, or nothing but its hectares. Stands of one recipe are one term of a
total, so any number of stands costs what their recipes cost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.ecosystems import ecosystems
from carbon_sink.section import CarbonSection, SpeciesShare
from carbon_sink.species import Species, species_table
from carbon_sink.stand_section import StandDensity
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficient, Coefficients, user_coefficient
from carbon_sink.stock.growth import GrowthLine, growth_lines
from carbon_sink.stock.pools import LIVING
from carbon_sink.stock.uncertainty import Factor, Term
from carbon_sink.stock.volume import volume_terms
from gis.say import listed, say
from gis.types import F8
from layers.result import Warn
from layers.spec import Text

__all__ = [
    "ECOSYSTEM",
    "VOLUME_FACTOR",
    "Basis",
    "Recipe",
    "Recipes",
    "grouped_terms",
    "recipes_of",
    "unmet_warnings",
    "volume_row",
]

Basis = Literal["m3", "years", "one"]
Route = Literal["own", "volume", "age", "default", ""]

ECOSYSTEM: Mapping[str, str] = {"arbor": "forest_arbor", "shrub": "shrubland"}
"""Forest type -> the class whose default density stands for it; others have none."""
VOLUME_FACTOR = "stands/volume"
"""Id of the coefficient that carries calibration and error of all volumes."""
_FRACTION, _WOODY = "/CF", "TIER1_carbon_fraction_woody/CF"
_SHOWN = 6


@dataclass(frozen=True)
class Recipe:
    """Living biomass of a hectare as a sum of products.

    Attributes
    ----------
    route
        ``own``, ``volume``, ``age`` or ``default``; empty where nothing is estimated.
    label
        Species, line, class or number of the user's density.
    parts
        What the stand brings, a constant, and the coefficients multiplied.
    """

    route: Route
    label: str
    parts: tuple[tuple[Basis, float, tuple[Factor, ...]], ...] = ()

    @property
    def title(self) -> Text:
        """What `label` is called."""
        if self.route == "age":
            return growth_lines()[self.label].title
        if self.route == "volume":
            return species_table()[self.label].title
        known = ecosystems().get(self.label)
        return known.title if known else Text(zh=self.label or "—", en=self.label or "—")

    @property
    def coefficients(self) -> tuple[str, ...]:
        """Ids of its coefficients."""
        ids = (f.coefficient for _, _, fs in self.parts for f in fs)
        return tuple(i for i in dict.fromkeys(ids) if i != VOLUME_FACTOR)


@dataclass(frozen=True)
class Recipes:
    """Recipe of every stand.

    Attributes
    ----------
    recipes
        All that are used; the first is "not estimated".
    of
        Index into `recipes`, shape (n,).
    m3_ha, years
        What the stands bring; 0 where their recipe does not ask.
    table
        Coefficients, the user's own densities and the volume's error among them.
    volume_factor
        Calibration of every volume; 1 without one.
    """

    recipes: tuple[Recipe, ...]
    of: npt.NDArray[np.int64]
    m3_ha: F8
    years: F8
    table: Coefficients
    no_equation: npt.NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, bool))
    volume_factor: float = 1.0

    def brings(self, basis: Basis) -> F8:
        """What each stand brings to a product of this basis, a hectare."""
        if basis == "one":
            return np.ones(len(self.of))
        return self.m3_ha if basis == "m3" else self.years

    def carbon_fractions(self) -> F8:
        """Carbon in the dry matter of each stand: that of its recipe, else the Tier 1 value.

        An age line or a density gives carbon alone.
        """
        by_recipe = []
        for r in self.recipes:
            own = [i for i in r.coefficients if i.endswith(_FRACTION)]
            by_recipe.append(self.table.peek(own[0] if own else _WOODY).value)
        return np.array(by_recipe, np.float64)[self.of]

    def routes(self) -> npt.NDArray[np.object_]:
        """Route of each stand."""
        return np.array([r.route for r in self.recipes], dtype=object)[self.of]


def _volume_recipe(species: Species, section: CarbonSection, *, factor: bool) -> Recipe | None:
    """Biomass by volume of a species; None where it has no equation of the plan's form."""
    form = section.volume_form
    if not (species.continuous if form == "continuous" else species.constants):
        return None
    # one cubic metre on one hectare: the slope's term asks for volume, the intercept's does not
    terms = volume_terms(
        1.0,
        (SpeciesShare(species=species.id, share_frac=1.0),),
        form=form,
        arbor_area_ha=1.0,
        carbon_fraction=section.carbon_fraction,
    )
    extra = (Factor(VOLUME_FACTOR),) if factor else ()
    first, *rest = terms
    parts: list[tuple[Basis, float, tuple[Factor, ...]]] = [
        ("m3", first.weight, (*first.factors, *extra))
    ]
    parts += [("one", t.weight, t.factors) for t in rest]
    return Recipe("volume", species.id, tuple(parts))


def _usable(recipe: Recipe, table: Coefficients) -> bool:
    return all(table.usable(table.peek(i)) for i in recipe.coefficients)


def _user_row(d: StandDensity, number: int) -> Coefficient:
    return user_coefficient(
        f"user/stands/{number}",
        kind="stock",
        pool="biomass",
        value=d.value_tc_ha,
        unit="tC/ha",
        low=d.low_tc_ha,
        high=d.high_tc_ha,
        source=d.source,
    )


def _meant(d: StandDensity, t: pd.DataFrame, year: int) -> npt.NDArray[np.bool_]:
    out = np.full(len(t), d.year in (0, year))
    for column, wanted in (
        ("stand_id", d.stands),
        ("township", d.townships),
        ("species_id", d.species),
        ("forest_type", d.forest_types),
    ):
        if wanted:
            out &= t[column].isin(wanted).to_numpy()
    return out


def unmet_warnings(t: pd.DataFrame, section: CarbonSection) -> list[Warn]:
    """The user's own densities that no stand has, and the names of theirs no stand knows.

    Parameters
    ----------
    t : DataFrame
        Stands as `sense.sensed` gives them.
    section : CarbonSection
    """
    rows: list[str] = []
    for i, d in enumerate(section.stands.densities, 1):
        named = (("stand_id", d.stands), ("township", d.townships), ("species_id", d.species))
        gone = [x for column, wanted in named for x in sorted(set(wanted) - set(t[column]))]
        if gone or not _meant(d, t, section.year).any():
            rows.append(f"[{i}] {', '.join(gone[:_SHOWN])}".strip())
    if not rows:
        return []
    told = say("carbon_sink.stand.densities_of_no_stands", rows=listed(rows, _SHOWN))
    return [Warn("densities_of_no_stands", told, "[[carbon.stands.densities]]")]


def _years(line: GrowthLine, age: F8, table: Coefficients, beyond: str) -> F8:
    """Years grown above zero along the line; NaN where the line says nothing."""
    last = line.ages[1]
    known = np.where(age > last, last if beyond == "hold" else np.nan, age)
    return np.maximum(known - line.zero_age(table), 0.0)


def _default(ecosystem: str, densities: Choice) -> Recipe | None:
    own = [densities[ecosystem, p] for p in LIVING if (ecosystem, p) in densities]
    parts = tuple(("one", c, fs) for d in own for c, fs in d.parts)
    return Recipe("default", ecosystem, parts) if parts else None  # type: ignore[arg-type]


def volume_row(value: float, se: float, source: str) -> Coefficient:
    """The coefficient every volume is multiplied with: 1, or the plots' calibration."""
    half = 1.959963984540054 * se
    return Coefficient(
        id=VOLUME_FACTOR,
        subject="stands",
        kind="factor",
        pool="volume",
        depth_cm=None,
        value=value,
        unit="-",
        low=value - half,
        high=value + half,
        spread="normal" if se > 0 else "none",
        spread_a=se,
        spread_b=math.nan,
        grade="user",
        by_name=False,
        spread_text="error of the whole volume",
        source=source,
        doi="",
        quality="user",
    )


def recipes_of(
    t: pd.DataFrame,
    section: CarbonSection,
    table: Coefficients,
    densities: Choice,
    *,
    volume: Coefficient | None = None,
) -> Recipes:
    """The recipe of every stand: the user's density, then volume, age line, class default.

    Parameters
    ----------
    t : DataFrame
        Stands as `sense.sensed` gives them.
    densities : dict
        Class defaults.
    volume : Coefficient, optional
        Error and calibration of all volumes.

    Returns
    -------
    Recipes
        A stand with a volume and a species without an equation is not estimated: a default
        would say something else than its own volume. A stated volume of 0 is known (a young
        stand below the calipers), so its biomass is by age or not estimated.
    """
    n = len(t)
    known: list[Recipe] = [Recipe("", "")]
    of = np.zeros(n, np.int64)
    years = np.zeros(n)
    m3 = t["m3_ha"].to_numpy(np.float64)
    left = np.ones(n, bool)
    rows = [_user_row(d, i) for i, d in enumerate(section.stands.densities, 1)]
    table = table.with_rows([*rows, *([volume] if volume is not None else [])])

    def take(recipe: Recipe, where: npt.NDArray[np.bool_]) -> None:
        if where.any():
            of[where] = len(known)
            left[where] = False
            known.append(recipe)

    for d, row in zip(section.stands.densities, rows, strict=True):
        recipe = Recipe("own", row.id, (("one", 1.0, (Factor(row.id),)),))
        take(recipe, left & _meant(d, t, section.year))
    species = t["species_id"].to_numpy(object)
    standing = m3 > 0
    for key in sorted(set(species[left & standing])):
        own = species_table().get(str(key))
        found = own and _volume_recipe(own, section, factor=volume is not None)
        if found and (section.volume_form == "constant" or _usable(found, table)):
            take(found, left & standing & (species == key))
    no_equation = left & standing
    left[no_equation] = False
    _by_age(t, section, table, left, years, take)
    for kind, ecosystem in ECOSYSTEM.items():
        default = _default(ecosystem, densities)
        blank = left & (t["forest_type"] == kind).to_numpy() & np.isnan(m3)
        if default is not None:
            take(default, blank)
    by_volume = np.array([r.route == "volume" for r in known])[of]
    factor = volume.value if volume is not None else 1.0
    brought = np.where(by_volume, m3, 0.0)
    return Recipes(tuple(known), of, brought, years, table, no_equation, factor)


def _by_age(
    t: pd.DataFrame,
    section: CarbonSection,
    table: Coefficients,
    left: npt.NDArray[np.bool_],
    years: F8,
    take: Callable[[Recipe, npt.NDArray[np.bool_]], None],
) -> None:
    """Stands without a volume along the line of their species."""
    age = t["age_years"].to_numpy(np.float64)
    trees = t["forest_type"].isin(("arbor", "young", "sparse")).to_numpy()
    for line in growth_lines().values():
        own = left & trees & t["species_id"].isin(line.species).to_numpy()
        grown = _years(line, age, table, section.stands.beyond)
        own &= np.isfinite(grown)
        years[own] = grown[own]
        parts: tuple[tuple[Basis, float, tuple[Factor, ...]], ...] = (
            ("years", 1.0, (Factor(line.slope),)),
        )
        take(Recipe("age", line.id, parts), own)


def grouped_terms(
    recipes: Recipes, area_ha: F8, group: npt.NDArray[np.int64], n_groups: int
) -> list[list[Term]]:
    """Terms of every group at once, in one pass over the stands."""
    out: list[list[Term]] = [[] for _ in range(n_groups)]
    for k, recipe in enumerate(recipes.recipes):
        own = recipes.of == k
        if not recipe.parts or not own.any():
            continue
        here = np.unique(group[own])
        for basis, constant, factors in recipe.parts:
            sums = np.bincount(
                group[own],
                weights=area_ha[own] * recipes.brings(basis)[own],
                minlength=n_groups,
            )
            for g in here:
                out[g].append(Term(constant * float(sums[g]), factors))
    return out
