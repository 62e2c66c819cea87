"""What the stands gain a year: by the user's rate, else by the age line; else not estimated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.section import CarbonSection
from carbon_sink.stand.recipe import Recipes
from carbon_sink.stand.sense import TREES
from carbon_sink.stock.growth import growth_lines
from carbon_sink.stock.uncertainty import Estimate, Factor, Term, monte_carlo, value_of
from gis.say import say
from layers.spec import Text

__all__ = ["StandGain", "stand_gain"]


@dataclass(frozen=True)
class StandGain:
    """Yearly gain of living biomass.

    Attributes
    ----------
    table
        By way of estimating and species: ``method, method_zh, method_en, species_id,
        species_zh, species_en, stands,
        area_ha, volume_m3_yr, gain_tc_yr``.
    total
        Of all that is estimated [tC/yr]; None where nothing is.
    volume_m3_yr
        By the user's rates alone; NaN without one.
    """

    table: pd.DataFrame
    total: Estimate | None
    volume_m3_yr: float
    estimated_ha: float
    not_estimated_ha: float


def _rates(section: CarbonSection, species: npt.NDArray[np.object_]) -> npt.NDArray[np.float64]:
    """The user's share of the volume a year; NaN where none is given."""
    out = np.full(len(species), np.nan)
    rows = {g.species: g.share_yr for g in section.stands.growth}
    for key in dict.fromkeys(species):
        rate = rows.get(str(key), rows.get(""))
        if rate is not None:
            out[species == key] = rate
    return out


def stand_gain(
    t: pd.DataFrame,
    recipes: Recipes,
    section: CarbonSection,
    living_tc_ha: npt.NDArray[np.float64],
) -> StandGain:
    """Net yearly increment of volume and of living biomass.

    Parameters
    ----------
    t : DataFrame
        Stands as `sense.sensed` gives them.
    recipes : Recipes
    living_tc_ha : ndarray
        Of each stand, at printed values.

    Returns
    -------
    StandGain
        Stands with a volume and a rate of the user's grow by the slope of their equation alone.
        Stands with an age grow by the slope of their line while it is above zero and not past
        its last age; a stand that holds less than the line says grows less in proportion.
    """
    area = t["area_ha"].to_numpy(np.float64)
    species = t["species_id"].to_numpy(object)
    rate = _rates(section, species)
    routes = recipes.routes()
    rows, terms = [], []
    done = np.zeros(len(t), bool)
    growing = (routes == "volume") & np.isfinite(rate)
    yearly_m3 = np.where(growing, recipes.m3_ha * np.nan_to_num(rate) * area, 0.0)
    told_m3 = yearly_m3 * recipes.volume_factor  # the terms have the factor among theirs

    def tell(
        method: str,
        key: str,
        title: Text,
        own: npt.NDArray[np.bool_],
        own_terms: list[Term],
    ) -> None:
        words = say(f"carbon_sink.stand.gain_{method}")
        rows.append(
            {
                "method": method,
                "method_zh": words("zh"),
                "method_en": words("en"),
                "species_id": key,
                "species_zh": title.zh,
                "species_en": title.en,
                "stands": int(own.sum()),
                "area_ha": math.fsum(area[own]),
                "volume_m3_yr": math.fsum(told_m3[own]) if method == "rate" else math.nan,
                "gain_tc_yr": value_of(own_terms, recipes.table),
            }
        )
        terms.extend(own_terms)
        done[own] = True

    for k, recipe in enumerate(recipes.recipes):
        own = growing & (recipes.of == k)
        if own.any():
            weight = math.fsum(yearly_m3[own])
            slope = [Term(c * weight, fs) for b, c, fs in recipe.parts if b == "m3"]
            tell("rate", recipe.label, recipe.title, own, slope)
    age = t["age_years"].to_numpy(np.float64)
    for line in growth_lines().values():
        zero, last = line.zero_age(recipes.table), line.ages[1]
        on_line = np.isin(species, line.species) & (age + 1.0 > zero) & (age < last)
        own = on_line & ~done & np.isin(routes, ("age", "volume"))
        if not own.any():
            continue
        full = recipes.table[line.slope].value * np.maximum(age - zero, 0.0)
        less = np.divide(living_tc_ha, full, out=np.ones(len(t)), where=full > 0)
        part = np.minimum(age + 1.0 - zero, 1.0) * np.clip(less, 0.0, 1.0)
        weight = math.fsum((area * part)[own])
        tell("line", line.id, line.title, own, [Term(weight, (Factor(line.slope),))])
    trees = t["forest_type"].isin(TREES).to_numpy()
    found = None
    if any(x.weight for x in terms):
        found = monte_carlo(
            {"gain": terms}, recipes.table, draws=section.draws, seed=section.seed, shares=False
        )["gain"]
    columns = [
        *("method", "method_zh", "method_en", "species_id", "species_zh"),
        *("species_en", "stands", "area_ha"),
        *("volume_m3_yr", "gain_tc_yr"),
    ]
    return StandGain(
        table=pd.DataFrame(rows, columns=columns),
        total=found,
        volume_m3_yr=math.fsum(told_m3) if growing.any() else math.nan,
        estimated_ha=math.fsum(area[done]),
        not_estimated_ha=math.fsum(area[trees & ~done]),
    )
