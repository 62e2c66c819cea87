"""Volume and carbon of the stands: totals, tables that close on them, and each stand's own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.species import species_title
from carbon_sink.stand.codes import code_titles
from carbon_sink.stand.recipe import ECOSYSTEM, Recipes, grouped_terms
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo, value_of
from gis.say import say
from gis.types import F8
from layers.spec import Text, text_of

__all__ = ["GROUPS", "StandStock", "stand_stock", "titles_of"]

GROUPS = (
    "township", "species", "age_class", "purpose", "forest_class", "ownership", "origin",
    "forest_type",
)  # fmt: skip
"""Attributes the stock is told by; each closes on the total."""
DEAD = ("dead_wood", "litter", "soc")


@dataclass(frozen=True)
class StandStock:
    """What the stands hold.

    Attributes
    ----------
    pools
        ``living``, ``dead_wood``, ``litter``, ``soc`` and ``total`` as far as estimated [tC].
    groups
        Columns ``by, member_id, member_zh, member_en, stands, area_ha, arbor_ha, volume_m3,
        volume_missing_ha, living_tc, living_low_tc, living_high_tc, dead_tc, soc_tc, total_tc,
        not_estimated_ha``.
    volumes
        Arbor volume by species and age class.
    routes
        How the living biomass was had: land, tC, coefficients, grades, sources.
    volume_m3, other_volume_m3
        Standing volume of tree forest (NaN where no stand has one), and of sparse and young
        land beside it.
    volume_missing_ha
        Tree forest without a volume: `volume_m3` is a lower bound by it.
    """

    pools: Mapping[str, Estimate]
    groups: pd.DataFrame
    volumes: pd.DataFrame
    routes: pd.DataFrame
    volume_m3: float
    volume_missing_ha: float
    other_volume_m3: float
    not_estimated_ha: float


def titles_of(attribute: str, values: Sequence[str]) -> list[Text]:
    """Words for the values of an attribute; those not known are shown as they are spelled."""
    blank = text_of(say("carbon_sink.stand.not_stated"))
    if attribute == "species":
        return [species_title(v) if v else blank for v in values]
    known = {} if attribute == "township" else code_titles(attribute)
    return [known.get(v, Text(zh=v, en=v) if v else blank) for v in values]


def group_values(t: pd.DataFrame, attribute: str) -> pd.Series[str]:
    """The value each stand is counted under; a species not of the table as it is spelled."""
    if attribute == "species":
        return t["species_id"].where(t["species_id"] != "", t["species"])
    return t[attribute]


def volume_m3(t: pd.DataFrame, factor: float = 1.0) -> F8:
    """Standing volume of each stand [m3]; 0 where there is none or it is unknown."""
    per_ha = np.nan_to_num(t["m3_ha"].to_numpy(np.float64))
    return np.asarray(per_ha * t["area_ha"].to_numpy(np.float64) * factor)


def _dead_terms(area_ha: float, ecosystem: str, densities: Choice, pool: str) -> list[Term]:
    found = densities.get((ecosystem, pool))  # type: ignore[arg-type]
    return found.terms(area_ha) if found is not None and area_ha > 0 else []


def _dead(
    t: pd.DataFrame, group: npt.NDArray[np.int64], n: int, densities: Choice
) -> list[dict[str, list[Term]]]:
    """Terms of dead matter and soil of every group, by class defaults."""
    out: list[dict[str, list[Term]]] = [{p: [] for p in DEAD} for _ in range(n)]
    area = t["area_ha"].to_numpy(np.float64)
    for kind, ecosystem in ECOSYSTEM.items():
        own = (t["forest_type"] == kind).to_numpy()
        sums = np.bincount(group[own], weights=area[own], minlength=n)
        for g in np.flatnonzero(sums):
            for pool in DEAD:
                out[g][pool] += _dead_terms(float(sums[g]), ecosystem, densities, pool)
    return out


def _by(
    t: pd.DataFrame, attribute: str, recipes: Recipes, densities: Choice, volume: F8
) -> tuple[pd.DataFrame, dict[str, list[Term]]]:
    """Rows of one attribute without their estimates, and the terms for them by row."""
    codes, values = pd.factorize(group_values(t, attribute), sort=True)
    n, area = len(values), t["area_ha"].to_numpy(np.float64)
    arbor = (t["forest_type"] == "arbor").to_numpy()
    missing = np.array([not r.parts for r in recipes.recipes])[recipes.of]
    unmeasured = arbor & t["m3_ha"].isna().to_numpy()

    def total(weights: F8) -> F8:
        return np.asarray(np.bincount(codes, weights=weights, minlength=n), np.float64)

    living = grouped_terms(recipes, area, codes, n)
    dead = _dead(t, codes, n, densities)
    terms = {}
    for g in range(n):
        terms[f"{attribute}/{g}/living"] = living[g]
        for pool in DEAD:
            terms[f"{attribute}/{g}/{pool}"] = dead[g][pool]
    names = titles_of(attribute, list(values))
    rows = pd.DataFrame(
        {
            "by": attribute,
            "by_zh": say(f"carbon_sink.stand.by_{attribute}")("zh"),
            "by_en": say(f"carbon_sink.stand.by_{attribute}")("en"),
            "member_id": list(values),
            "member_zh": [x.zh for x in names],
            "member_en": [x.en for x in names],
            "stands": np.bincount(codes, minlength=n),
            "area_ha": total(area),
            "arbor_ha": total(area * arbor),
            # a class none of whose trees were measured has no volume, not one of 0
            "volume_m3": np.where(
                (total(unmeasured.astype(float)) > 0)
                & (total((arbor & ~unmeasured).astype(float)) == 0),
                np.nan,
                total(volume * arbor),
            ),
            "volume_missing_ha": total(area * unmeasured),
            "not_estimated_ha": total(area * missing),
        }
    )
    return rows, terms


def _volumes(t: pd.DataFrame, volume: F8) -> pd.DataFrame:
    """Volume of tree forest by species and age class: sum of area x volume per hectare."""
    arbor = (t["forest_type"] == "arbor").to_numpy()
    frame = pd.DataFrame(
        {
            "species": group_values(t, "species"),
            "age_class": t["age_class"],
            "area_ha": t["area_ha"],
            "volume_m3": np.where(t["m3_ha"].isna(), np.nan, volume),
            "missing_ha": t["area_ha"].where(t["m3_ha"].isna(), 0.0),
            "stated_m3": t["volume_m3"] * t["area_ha"] / t["whole_ha"],
            "stands": 1,
        }
    )[arbor]
    keys = ["species", "age_class"]
    blank = frame["stated_m3"].isna().groupby([frame[k] for k in keys]).any()
    out = frame.groupby(keys, as_index=False, sort=True).sum(min_count=1)
    out["stated_m3"] = out["stated_m3"].mask(blank.to_numpy())  # a sum of some says nothing
    measured = out["area_ha"] - out["missing_ha"]
    out["m3_ha"] = out["volume_m3"] / measured.where(measured > 0)
    out = out.rename(columns={"missing_ha": "volume_missing_ha"})
    for key in keys:
        names = titles_of(key, list(out[key]))
        out[f"{key}_zh"] = [x.zh for x in names]
        out[f"{key}_en"] = [x.en for x in names]
    return out.rename(columns={k: f"{k}_id" for k in keys})


def _routes(t: pd.DataFrame, recipes: Recipes) -> pd.DataFrame:
    table, area = recipes.table, t["area_ha"].to_numpy(np.float64)
    by_recipe = grouped_terms(recipes, area, recipes.of, len(recipes.recipes))
    rows = []
    for k, recipe in enumerate(recipes.recipes):
        own = recipes.of == k
        if not own.any():
            continue
        used = [table.peek(i) for i in recipe.coefficients]
        words = say(f"carbon_sink.stand.route_{recipe.route or 'none'}")
        rows.append(
            {
                "route": recipe.route,
                "route_zh": words("zh"),
                "route_en": words("en"),
                "label": recipe.label,
                "label_zh": recipe.title.zh,
                "label_en": recipe.title.en,
                "stands": int(own.sum()),
                "area_ha": math.fsum(area[own]),
                "living_tc": value_of(by_recipe[k], table) if recipe.parts else math.nan,
                "coefficients": " ".join(recipe.coefficients),
                "grade": " ".join(sorted({r.grade for r in used})),
                "sources": "; ".join(dict.fromkeys(r.source for r in used)),
            }
        )
    return pd.DataFrame(rows)


def stand_stock(
    t: pd.DataFrame,
    recipes: Recipes,
    densities: Choice,
    *,
    draws: int,
    seed: int,
) -> StandStock:
    """Stock of all stands and of every group, on common draws.

    Parameters
    ----------
    t : DataFrame
        Stands as `sense.sensed` gives them.
    recipes : Recipes
    densities : dict
        Class defaults, for dead matter and soil.
    draws, seed : int

    Returns
    -------
    StandStock
        Each attribute's rows add up to the total; one draw of a coefficient serves all.
    """
    table: Coefficients = recipes.table
    area, volume = t["area_ha"].to_numpy(np.float64), volume_m3(t, recipes.volume_factor)
    none = np.zeros(len(t), np.int64)
    whole = grouped_terms(recipes, area, none, 1)[0]
    dead = _dead(t, none, 1, densities)[0]
    totals: dict[str, list[Term]] = {"living": whole, **dead}
    totals["total"] = [x for own in totals.values() for x in own]
    frames, wanted = [], {}
    for attribute in GROUPS:
        rows, terms = _by(t, attribute, recipes, densities, volume)
        frames.append(rows)
        for g in range(len(rows)):
            own = [terms[f"{attribute}/{g}/{p}"] for p in ("living", *DEAD)]
            wanted[f"{attribute}/{g}/living"] = own[0]
            wanted[f"{attribute}/{g}/dead"] = [*own[1], *own[2]]
            wanted[f"{attribute}/{g}/soc"] = own[3]
            wanted[f"{attribute}/{g}/total"] = [x for one in own for x in one]
    pools = monte_carlo({k: v for k, v in totals.items() if v}, table, draws=draws, seed=seed)
    found = monte_carlo(
        {k: v for k, v in wanted.items() if v and k.endswith(("living", "total"))},
        table,
        draws=draws,
        seed=seed,
        shares=False,
    )

    def value(key: str) -> float:
        return value_of(wanted[key], table) if wanted[key] else math.nan

    def end(key: str, name: str) -> float:
        return float(getattr(found[key], name)) if key in found else math.nan

    for attribute, rows in zip(GROUPS, frames, strict=True):
        keys = [f"{attribute}/{g}" for g in range(len(rows))]
        for kind in ("living", "dead", "soc", "total"):
            rows[f"{kind}_tc"] = [value(f"{k}/{kind}") for k in keys]
        for kind in ("living", "total"):
            for name in ("low", "high"):
                rows[f"{kind}_{name}_tc"] = [end(f"{k}/{kind}", name) for k in keys]
    arbor = (t["forest_type"] == "arbor").to_numpy()
    missing = np.array([not r.parts for r in recipes.recipes])[recipes.of]
    blank = t["m3_ha"].isna().to_numpy()
    return StandStock(
        pools=pools,
        groups=pd.concat(frames, ignore_index=True),
        volumes=_volumes(t, volume),
        routes=_routes(t, recipes),
        volume_m3=math.fsum(volume[arbor]) if (arbor & ~blank).any() else math.nan,
        volume_missing_ha=math.fsum(area[arbor & blank]),
        other_volume_m3=math.fsum(volume[~arbor]),
        not_estimated_ha=math.fsum(area[missing]),
    )


def _knots(values: F8, most: int = 33) -> F8:
    distinct = np.unique(values)
    return distinct if len(distinct) <= most else np.quantile(distinct, np.linspace(0, 1, most))


def stand_intervals(recipes: Recipes, *, draws: int, seed: int) -> pd.DataFrame:
    """Living biomass of every stand and its 95 % interval [tC/ha].

    Returns
    -------
    DataFrame
        Columns ``living_tc_ha, living_low_tc_ha, living_high_tc_ha``, NaN where not estimated.

    Notes
    -----
    Stands of one recipe share their coefficients, so the ends of the interval are smooth in
    what a stand brings; they are drawn at up to 33 values of it and interpolated between.
    """
    n = len(recipes.of)
    out: dict[str, Any] = {
        k: np.full(n, np.nan) for k in ("living_tc_ha", "living_low_tc_ha", "living_high_tc_ha")
    }
    for k, recipe in enumerate(recipes.recipes):
        own = np.flatnonzero(recipes.of == k)
        if not recipe.parts or not len(own):
            continue
        bases = [b for b, _, _ in recipe.parts if b != "one"]
        x = recipes.brings(bases[0])[own] if bases else np.zeros(len(own))
        knots = _knots(x)
        totals = {
            str(i): [Term(c * (v if b != "one" else 1.0), fs) for b, c, fs in recipe.parts]
            for i, v in enumerate(knots)
        }
        found = monte_carlo(totals, recipes.table, draws=draws, seed=seed, shares=False)
        values = [value_of(totals[str(i)], recipes.table) for i in range(len(knots))]
        for name, ends in (
            ("living_tc_ha", values),
            ("living_low_tc_ha", [found[str(i)].low for i in range(len(knots))]),
            ("living_high_tc_ha", [found[str(i)].high for i in range(len(knots))]),
        ):
            out[name][own] = np.interp(x, knots, ends)
    return pd.DataFrame(out)
