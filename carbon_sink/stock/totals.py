"""Carbon stock by class, pool and place: area times density, nothing more.

Totals equal the sum of area times density in float64; what has no coefficient is listed as
not estimated, with its area, and never counted as zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from carbon_sink.cover.classes import classify_codes, ecosystems
from carbon_sink.cover.local_classes import class_of_label, numbers_of_label
from carbon_sink.stock.choice import with_ambiguous
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.coefficients import WEAK, Coefficients
from carbon_sink.stock.constants import constants
from carbon_sink.stock.pools import (
    LIVING,
    POOLS,
    ClimateZone,
    Density,
    Pool,
    choose_densities,
    require_choice,
)
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo
from gis.cells.area import polygon_area_m2
from gis.errors import ConfigError, DataError
from gis.say import listed, say
from layers.spec import Text
from layers.units import to_ha
from layers.vocabulary import check_codes, vocabulary

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "CarbonStock",
    "Coverage",
    "carbon_stock",
    "coverage_of",
    "pool_estimates",
    "stock_by_class",
    "stock_by_place",
    "stock_terms",
]

Densities = Mapping[tuple[str, Pool], Density]
DEAD: tuple[Pool, ...] = ("dead_wood", "litter")
_NOTHING = Estimate(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ())
_COLUMNS = ("agb", "bgb", "biomass", "dead_wood", "litter", "soc")


def stock_terms(
    area_ha: Mapping[str, float], densities: Densities, pools: Iterable[Pool] = POOLS
) -> list[Term]:
    """Terms of the stock of `pools` over all ecosystems [tC]."""
    wanted = set(pools)
    return [
        t
        for (eco, pool), d in densities.items()
        if pool in wanted and area_ha.get(eco)
        for t in d.terms(area_ha[eco])
    ]


def pool_estimates(
    area_ha: Mapping[str, float],
    densities: Densities,
    table: Coefficients,
    *,
    draws: int,
    seed: int,
) -> dict[str, Estimate]:
    """Estimate of each pool, of living biomass and of the total, on common draws [tC].

    Returns
    -------
    dict
        Keys: every pool with an estimate, ``"living"`` and ``"total"``.
    """
    totals: dict[str, list[Term]] = {p: stock_terms(area_ha, densities, [p]) for p in POOLS}
    totals["living"] = stock_terms(area_ha, densities, LIVING)
    totals["total"] = stock_terms(area_ha, densities)
    present = {k: v for k, v in totals.items() if v}
    found = monte_carlo(present, table, draws=draws, seed=seed)
    return found | {p: _NOTHING for p in DEAD if _none_by_rule(area_ha, densities, p)}


def _none_by_rule(area_ha: Mapping[str, float], densities: Densities, pool: Pool) -> bool:
    """Whether a rule says of every class that has an estimate that it holds nothing of a pool.

    Examples
    --------
    >>> rule = Density("grass_other", "litter", (), None, rule="TIER1_grassland/litter")
    >>> _none_by_rule({"grass_other": 1.0}, {("grass_other", "litter"): rule}, "litter")
    True
    """
    here = {e for e, _ in densities if area_ha.get(e)}
    own = [densities.get((e, pool)) for e in here]
    return bool(own) and all(d is not None and not d.parts for d in own)


def stock_by_class(
    area_ha: Mapping[str, float],
    densities: Densities,
    table: Coefficients,
    *,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """One row per ecosystem: area, tC by pool, total with interval, grade, sources.

    Returns
    -------
    DataFrame
        Pools that are not estimated are NaN and named in ``not_estimated``. `total_tc` sums
        the pools that are; it is NaN where none is.
    """
    terms = {e: stock_terms({e: a}, densities) for e, a in area_ha.items()}
    found = monte_carlo(
        {e: t for e, t in terms.items() if t}, table, draws=draws, seed=seed, shares=False
    )
    rows = []
    for eco, area in sorted(area_ha.items(), key=lambda kv: -kv[1]):
        own = {p: densities[eco, p] for p in POOLS if (eco, p) in densities}
        pools: dict[str, float] = {
            p: own[p].value(table) if p in own else math.nan for p in POOLS
        }
        est = found.get(eco)
        counted = [p for p in own if own[p].parts]
        base, title = class_of_label(eco), _title(eco)
        known = ecosystems().get(base)
        rows.append(
            {
                "ecosystem": base,
                "title_zh": title.zh,
                "title_en": title.en,
                "group": known.group if known else "other",
                "area_ha": area,
                **{f"{p}_tc_ha": pools[p] for p in _COLUMNS},
                **{f"{p}_tc": pools[p] * area for p in _COLUMNS},
                "living_tc": _living(pools) * area,
                "total_tc": est.value if est else math.nan,
                "total_tco2e": est.value * constants()["co2_per_c"] if est else math.nan,
                "low_tc": est.low if est else math.nan,
                "high_tc": est.high if est else math.nan,
                "not_estimated": " ".join(missing_pools(eco, densities)),
                "grade": " ".join(sorted({own[p].grade(table) for p in counted})),
                "sources": "; ".join(dict.fromkeys(own[p].sources(table) for p in counted)),
            }
        )
    return pd.DataFrame(rows)


def _title(label: str) -> Text:
    """Name of a class, and of the plan's own densities that hold there."""
    base, numbers = class_of_label(label), numbers_of_label(label)
    known = ecosystems().get(base)
    title = known.title if known else Text(zh=base, en=base)
    if not numbers:
        return title
    of = say("carbon_sink.stock.own_density", n=", ".join(map(str, numbers)))
    return Text(zh=title.zh + of("zh"), en=title.en + of("en"))


def _living(pools: Mapping[str, float]) -> float:
    """Living biomass, divided or not; NaN where no part of it is estimated."""
    known = [pools[p] for p in LIVING if not math.isnan(pools[p])]
    return math.fsum(known) if known else math.nan


def missing_pools(ecosystem: str, densities: Densities) -> list[str]:
    """Pools of an ecosystem nobody estimated; undivided biomass stands for both halves."""
    has = {p for e, p in densities if e == ecosystem}
    wanted = ["agb", "bgb", "dead_wood", "litter", "soc"]
    if "biomass" in has:
        wanted = wanted[2:]
    return [p for p in wanted if p not in has]


def stock_by_place(
    areas: pd.DataFrame,
    densities: Densities,
    table: Coefficients,
    *,
    place: str,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """One row per place with tC by pool and the total's interval, all on common draws.

    Parameters
    ----------
    areas : DataFrame
        Columns `place`, ``ecosystem``, ``area_ha``; summed where repeated.
    """
    wide = areas.groupby([place, "ecosystem"], sort=True)["area_ha"].sum()
    totals: dict[str, list[Term]] = {}
    rows = []
    for name in wide.index.get_level_values(0).unique():
        own = {str(k): float(v) for k, v in wide.loc[name].items()}
        rows.append({place: name, "area_ha": math.fsum(own.values()), "_own": own})
        totals[str(name)] = stock_terms(own, densities)
    found = monte_carlo(
        {k: v for k, v in totals.items() if v}, table, draws=draws, seed=seed, shares=False
    )
    for row in rows:
        own = row.pop("_own")
        for p in POOLS:
            parts = [
                a * densities[e, p].value(table) for e, a in own.items() if (e, p) in densities
            ]
            row[f"{p}_tc"] = math.fsum(parts) if parts else math.nan
        est = found.get(str(row[place]))
        row["total_tc"] = est.value if est else math.nan
        row["low_tc"] = est.low if est else math.nan
        row["high_tc"] = est.high if est else math.nan
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Coverage:
    """How much of land and total rests on what.

    Attributes
    ----------
    area_not_estimated_frac
        Area with at least one pool missing, and with all pools missing.
    weak_frac
        Share of the total that rests on T1, C or X rows.
    by_grade
        Grade -> share of the total.
    """

    area_partly_estimated_frac: float
    area_not_estimated_frac: float
    weak_frac: float
    by_grade: Mapping[str, float]


def coverage_of(
    area_ha: Mapping[str, float], densities: Densities, table: Coefficients
) -> Coverage:
    """Shares of the area not estimated and of the total resting on weak rows.

    A product is as weak as its weakest coefficient.
    """
    whole = math.fsum(area_ha.values())
    partly = math.fsum(a for e, a in area_ha.items() if missing_pools(e, densities))
    none = math.fsum(
        a
        for e, a in area_ha.items()
        if not any((e, p) in densities and densities[e, p].parts for p in POOLS)
    )
    by: dict[str, float] = {}
    for (e, _), d in densities.items():
        if area_ha.get(e) and d.parts:
            grade = d.grade(table)
            by[grade] = by.get(grade, 0.0) + area_ha[e] * d.value(table)
    total = math.fsum(by.values())
    shares = {g: v / total for g, v in sorted(by.items())} if total else {}
    return Coverage(
        partly / whole if whole else math.nan,
        none / whole if whole else math.nan,
        math.fsum(v for g, v in shares.items() if g in WEAK) if total else math.nan,
        shares,
    )


@dataclass(frozen=True)
class CarbonStock:
    """What land stores, with its interval.

    Attributes
    ----------
    total
        All pools that are estimated [tC]; None where none is.
    pools
        ``agb, bgb, biomass, dead_wood, litter, soc`` as far as estimated, and ``living`` [tC].
    by_class
        One row per ecosystem, see `stock_by_class`.
    coverage
        Shares of land and total that are not estimated or rest on weak rows.
    area_ha
        All land.
    """

    total: Estimate | None
    pools: Mapping[str, Estimate]
    by_class: pd.DataFrame
    coverage: Coverage
    area_ha: float

    @property
    def total_tco2(self) -> float:
        """The total as CO2 [tCO2]; NaN where nothing is estimated."""
        return self.total.value * constants()["co2_per_c"] if self.total else math.nan


def carbon_stock(
    land: Mapping[str, float] | gpd.GeoDataFrame,
    *,
    classes: str = "ecosystem",
    column: str = "",
    unit: str = "ha",
    soc_depth_cm: int = 30,
    climate_zone: ClimateZone = "cool_temperate_dry",
    coefficients: Coefficients | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> CarbonStock:
    """Carbon stock of land by class, without a plan.

    Parameters
    ----------
    land : mapping or GeoDataFrame
        Class -> area in `unit`; or parcels with their class in `column`, whose ellipsoidal
        area is taken from the geometry.
    classes : str
        ``"ecosystem"`` for the toolkit's classes (`carbon_sink.cover.classes.ecosystems`), or
        the vocabulary of the codes (``"dlbm"``, ``"worldcover2021"`` ...).
    column : str
        Column of the parcels; by default called like `classes`.
    unit : str
        ha, m2, km2, mu (亩) or 万亩.
    soc_depth_cm : {30, 100}
        Soil layer.
    climate_zone : str
        IPCC climate zone of soil carbon.
    coefficients : Coefficients, optional
        The bundled table by default.
    draws, seed : int
        Of the Monte Carlo interval.

    Returns
    -------
    CarbonStock

    Raises
    ------
    ConfigError
        A class, unit, depth or zone nobody knows.
    DataError
        Areas that are negative or no numbers, parcels without CRS or column.

    Examples
    --------
    100 ha of irrigated field hold 33.11 tC/ha of soil carbon in 0-30 cm, 1,500 mu as well:

    >>> round(carbon_stock({"cropland_irrigated": 100.0}).pools["soc"].value, 6)
    3311.0
    >>> round(carbon_stock({"0102": 1500.0}, classes="dlbm", unit="亩").pools["soc"].value, 6)
    3311.0
    >>> s = carbon_stock({"built": 10.0})  # nobody has measured it: no stock of zero
    >>> s.total is None, s.coverage.area_not_estimated_frac
    (True, 1.0)
    """
    require_choice(soc_depth_cm, climate_zone)
    given = _given_areas(land, column or classes, unit)
    table = load_coefficients() if coefficients is None else coefficients
    densities = choose_densities(table, depth_cm=(0, soc_depth_cm), zone=climate_zone)
    area = given
    if classes == "ecosystem":
        strange = sorted(set(given) - set(ecosystems()))
        if strange:
            raise ConfigError(
                say("carbon_sink.stock.no_such_ecosystem"),
                got=listed(strange),
                expected=listed(ecosystems()),
            )
    else:
        check_codes(given, None, vocabulary(classes), where="land")
        labels, _, ambiguous = classify_codes(pd.Series(list(given), dtype=object), {}, classes)
        grouped = pd.Series(list(given.values()), dtype=float).groupby(labels).sum()
        area = {str(k): float(v) for k, v in grouped.items()}
        densities, table = with_ambiguous(densities, table, ambiguous)
    found = pool_estimates(area, densities, table, draws=draws, seed=seed)
    return CarbonStock(
        found.get("total"),
        {k: e for k, e in found.items() if k != "total"},
        stock_by_class(area, densities, table, draws=draws, seed=seed),
        coverage_of(area, densities, table),
        math.fsum(area.values()),
    )


def _given_areas(
    land: Mapping[str, float] | gpd.GeoDataFrame, column: str, unit: str
) -> dict[str, float]:
    """Class -> area [ha], as the caller gave it."""
    if isinstance(land, pd.DataFrame):
        where = "land"
        if column not in land.columns:
            raise DataError(
                say("carbon_sink.stock.column_missing"),
                where=where,
                got=listed(map(str, land.columns)),
                expected=column,
            )
        if getattr(land, "crs", None) is None:
            raise DataError(say("carbon_sink.stock.parcels_without_crs"), where=where)
        parcels: Any = land
        area_ha = polygon_area_m2(parcels.geometry, parcels.crs, where) / 1e4
        sums = pd.Series(area_ha).groupby(land[column].astype(str).to_numpy()).sum()
        return {str(k): float(v) for k, v in sums.items()}
    wrong = {k: v for k, v in land.items() if not (math.isfinite(v) and v >= 0)}
    if wrong:
        raise DataError(
            say("carbon_sink.stock.area_not_a_number"),
            got=listed(f"{k} {v}" for k, v in wrong.items()),
        )
    return {str(k): to_ha(float(v), unit) for k, v in land.items()}
