"""Change between two dates: transition matrix, stock-difference and gain-loss.

Both methods run on the same matrix and the same draws of every coefficient. They differ by
design: stock-difference takes soil and litter at their new equilibrium at once, gain-loss
lets them move over 20 years (equations 2.23 and 2.25); both are shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from carbon_sink.change.transitions import (
    ClassChange,
    Classes,
    class_change,
    matrix_of,
    pairs_of,
)
from carbon_sink.stock.choice import Choice, with_ambiguous
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import constants, transition_years
from carbon_sink.stock.pools import (
    LIVING,
    ClimateZone,
    Density,
    choose_densities,
    require_choice,
)
from carbon_sink.stock.uncertainty import Estimate, Factor, Term, monte_carlo
from gis.cells.grid import Grid
from gis.errors import ModelError
from gis.say import say

__all__ = [
    "CARRIERS",
    "CarbonChange",
    "StockChange",
    "carbon_change",
    "stock_change",
    "waterfall",
]

Carrier = Literal["living", "dead_wood", "litter", "soc"]
CARRIERS: tuple[Carrier, ...] = ("living", "dead_wood", "litter", "soc")
"""What a change is told by; living biomass is one, divided or not."""


def _densities(choice: Choice, ecosystem: str, carrier: Carrier) -> list[Density]:
    pools = LIVING if carrier == "living" else (carrier,)
    return [choice[ecosystem, p] for p in pools if (ecosystem, p) in choice]


def transition_terms(
    choice: Choice, before: str, after: str, area_ha: float, carrier: Carrier
) -> list[Term] | None:
    """Terms of the change of one carrier on converted land; None when not estimated.

    Land that stays in its class changes by nothing: its two stocks are one and the same draw.
    """
    if before == after:
        return []
    new, old = _densities(choice, after, carrier), _densities(choice, before, carrier)
    if not new or not old:
        return None
    gained = [t for d in new for t in d.terms(area_ha)]
    lost = [Term(-t.weight, t.factors) for d in old for t in d.terms(area_ha)]
    return gained + lost


@dataclass(frozen=True)
class StockChange:
    """Change of the county's carbon between two dates.

    Attributes
    ----------
    years
        Between the dates.
    stock_difference
        Carrier, and ``total`` -> change over the period [tC].
    stock_difference_yr, gain_loss_yr
        Total a year by either method [tC/yr].
    gain_loss_parts_yr
        biomass, dead_matter, soil, growth -> [tC/yr].
    not_estimated_ha
        Carrier -> converted area with no density on one side.
    converted_ha, known_ha
        Area that changed class, area known at both dates.
    """

    years: float
    stock_difference: Mapping[str, Estimate]
    stock_difference_yr: Estimate | None
    gain_loss_yr: Estimate | None
    gain_loss_parts_yr: Mapping[str, Estimate]
    not_estimated_ha: Mapping[str, float]
    converted_ha: float
    known_ha: float


def _pairs(transitions: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    for (before, after), area in pairs_of(transitions).items():
        yield before, after, area


def _scaled(terms: Sequence[Term], factor: float) -> list[Term]:
    return [Term(t.weight * factor, t.factors) for t in terms]


def stock_change(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    years: float,
    growth: Mapping[str, str] | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> StockChange:
    """Change by stock-difference (2.8) and by gain-loss (2.7, 2.15, 2.16, 2.23, 2.25).

    Parameters
    ----------
    transitions : DataFrame
        ``before, after, area_ha``; land that stayed included.
    choice : mapping
        Densities, the same at both dates.
    years : float
        Between the dates.
    growth : mapping, optional
        Ecosystem -> id of a yearly rate of living biomass on land that remained; none by
        default, since growth of standing forest is not measured here.

    Returns
    -------
    StockChange

    Examples
    --------
    100 ha of irrigated field (33.11) to grassland (43.0) in 0-30 cm soil: +989 tC of soil at
    equilibrium, 1/20 of it a year by gain-loss.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> from carbon_sink.stock.pools import choose_densities
    >>> t = load_coefficients()
    >>> c = choose_densities(t, depth_cm=(0, 30), zone="cool_temperate_dry")
    >>> m = pd.DataFrame({"before": ["cropland_irrigated"], "after": ["grass_other"],
    ...                   "area_ha": [100.0]})
    >>> r = stock_change(m, c, t, years=10.0)
    >>> round(r.stock_difference["soc"].value, 6)
    989.0
    >>> round(r.gain_loss_parts_yr["soil"].value, 6)
    49.45
    """
    if years <= 0:
        raise ModelError(
            say("carbon_sink.change.dates_must_lie_apart"),
            got=say("carbon_sink.stock.years", years=years),
        )
    by: dict[str, list[Term]] = {c: [] for c in CARRIERS}
    missing: dict[str, float] = dict.fromkeys(CARRIERS, 0.0)
    converted = known = 0.0
    grown: list[Term] = []
    for before, after, area in _pairs(transitions):
        known += area
        converted += area if before != after else 0.0
        for c in CARRIERS:
            terms = transition_terms(choice, before, after, area, c)
            if terms is None:
                missing[c] += area
            else:
                by[c] += terms
        if before == after and growth and before in growth:
            grown.append(Term(area, (Factor(growth[before]),)))
    total = [t for c in CARRIERS for t in by[c]]
    slow = 1.0 / max(transition_years(), years)
    parts = {
        "biomass": _scaled(by["living"], 1.0 / years),
        "dead_matter": _scaled([*by["dead_wood"], *by["litter"]], slow),
        "soil": _scaled(by["soc"], slow),
        "growth": grown,
    }
    wanted: dict[str, list[Term]] = {f"sd/{c}": t for c, t in by.items()}
    wanted |= {f"gl/{k}": t for k, t in parts.items()}
    wanted["sd/total"] = total
    wanted["sd_yr"] = _scaled(total, 1.0 / years)
    wanted["gl_yr"] = [t for p in parts.values() for t in p]
    found = monte_carlo({k: v for k, v in wanted.items() if v}, table, draws=draws, seed=seed)
    return StockChange(
        years,
        {k[3:]: e for k, e in found.items() if k.startswith("sd/")},
        found.get("sd_yr"),
        found.get("gl_yr"),
        {k[3:]: e for k, e in found.items() if k.startswith("gl/")},
        missing,
        converted,
        known,
    )


def waterfall(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """What each transition added to or took from the stock, largest first [tC].

    Returns
    -------
    DataFrame
        ``before, after, area_ha``, carriers and total with interval; carriers that are not
        estimated on one side are NaN and stand in ``not_estimated``.
    """
    wanted: dict[str, list[Term]] = {}
    rows = []
    for before, after, area in _pairs(transitions):
        if before == after:
            continue
        row: dict[str, object] = {"before": before, "after": after, "area_ha": area}
        all_terms: list[Term] = []
        for c in CARRIERS:
            terms = transition_terms(choice, before, after, area, c)
            row[f"{c}_tc"] = math.nan
            if terms is not None:
                row[f"{c}_tc"] = math.fsum(t.weight * _product(t, table) for t in terms)
                all_terms += terms
        row["not_estimated"] = " ".join(c for c in CARRIERS if math.isnan(row[f"{c}_tc"]))  # type: ignore[arg-type]
        wanted[f"{before}>{after}"] = all_terms
        rows.append(row)
    found = monte_carlo(
        {k: v for k, v in wanted.items() if v}, table, draws=draws, seed=seed, shares=False
    )
    for row in rows:
        e = found.get(f"{row['before']}>{row['after']}")
        row["total_tc"] = e.value if e else math.nan
        row["low_tc"] = e.low if e else math.nan
        row["high_tc"] = e.high if e else math.nan
    out = pd.DataFrame(rows)
    return out.sort_values("total_tc", key=abs, ascending=False) if len(out) else out


def _product(term: Term, table: Coefficients) -> float:
    return math.prod(float(f.of(table[f.coefficient].value)) for f in term.factors)


def change_by_place(
    transitions: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    *,
    place: str,
    draws: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Stock-difference of each place with its interval, adding up to the county's [tC]."""
    wanted: dict[str, list[Term]] = {}
    rows = []
    for name, part in transitions.groupby(place, sort=True):
        terms: list[Term] = []
        converted = missing = 0.0
        for before, after, area in _pairs(part):
            if before != after:
                converted += area
            found = [transition_terms(choice, before, after, area, c) for c in CARRIERS]
            if any(f is None for f in found):
                missing += area
            terms += [t for f in found if f for t in f]
        wanted[str(name)] = terms
        rows.append(
            {
                place: name,
                "known_ha": float(part["area_ha"].sum()),
                "converted_ha": converted,
                "partly_not_estimated_ha": missing,
            }
        )
    estimates = monte_carlo(
        {k: v for k, v in wanted.items() if v}, table, draws=draws, seed=seed, shares=False
    )
    for row in rows:
        e = estimates.get(str(row[place]))
        row["change_tc"] = e.value if e else 0.0
        row["low_tc"] = e.low if e else 0.0
        row["high_tc"] = e.high if e else 0.0
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class CarbonChange:
    """What land became between two dates, and what that did to its carbon.

    Attributes
    ----------
    land
        Transitions [ha] and footprints.
    stock
        Stock-difference and gain-loss with their intervals.
    by_transition
        The table of `waterfall`: what each transition added or took [tC].
    """

    land: ClassChange
    stock: StockChange
    by_transition: pd.DataFrame

    @property
    def matrix(self) -> pd.DataFrame:
        """Rows before, columns after, with sums [ha]."""
        return matrix_of(self.land.transitions)

    @property
    def change_tc(self) -> Estimate | None:
        """Change of all carriers over the period [tC]; None where none is estimated."""
        return self.stock.stock_difference.get("total")

    @property
    def change_tco2(self) -> float:
        """The same as CO2 taken from the air (negative) or given to it [tCO2]."""
        total = self.change_tc
        return -total.value * constants()["co2_per_c"] if total else math.nan


def carbon_change(
    before: Classes,
    after: Classes,
    *,
    years: float,
    classes: str = "ecosystem",
    cell_ha: float | npt.NDArray[np.float64] | None = None,
    grid: Grid | None = None,
    key: str = "parcel_id",
    soc_depth_cm: int = 30,
    climate_zone: ClimateZone = "cool_temperate_dry",
    coefficients: Coefficients | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> CarbonChange:
    """Carbon gained and lost between two dates, without a plan.

    Parameters
    ----------
    before, after : DataFrame, ndarray of int or path
        Tables of parcels (`key`, ``ecosystem`` or ``code``, ``area_m2``), arrays of class
        values of the same cells, or two class rasters.
    years : float
        Between the dates.
    classes : str
        ``"ecosystem"``, or the vocabulary of the codes (``"worldcover2021"``, ``"dlbm"`` ...).
    cell_ha : float or ndarray, optional
        Area of a cell, or of each cell, of the arrays [ha].
    grid : Grid, optional
        Grid in planar metres the rasters are brought onto.
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
    CarbonChange

    Raises
    ------
    ConfigError
        A depth, zone, unit or class nobody knows; arrays without a cell area.
    DataError
        Arrays of different shapes, class values the vocabulary does not have.
    ModelError
        Dates that do not lie apart.

    Examples
    --------
    100 ha of irrigated field (33.11 tC/ha of soil) became other grassland (43.0):

    >>> a = pd.DataFrame({"parcel_id": ["p"], "ecosystem": ["cropland_irrigated"],
    ...                   "area_m2": [1e6]})
    >>> c = carbon_change(a, a.assign(ecosystem="grass_other"), years=10)
    >>> round(c.stock.stock_difference["soc"].value, 6)
    989.0
    >>> c.matrix.loc["cropland_irrigated", "grass_other"]
    np.float64(100.0)

    Two arrays of WorldCover values (30 grass, 40 crops, 60 bare), cells of 2 ha; grass is of
    several kinds here, so its density is an interval:

    >>> b, a = np.array([[40, 30]]), np.array([[30, 30]])
    >>> c = carbon_change(b, a, years=5, classes="worldcover2021", cell_ha=2.0)
    >>> float(c.stock.converted_ha), float(c.stock.known_ha)
    (2.0, 4.0)
    """
    require_choice(soc_depth_cm, climate_zone)
    land = class_change(before, after, classes=classes, cell_ha=cell_ha, grid=grid, key=key)
    table = load_coefficients() if coefficients is None else coefficients
    choice, table = with_ambiguous(
        choose_densities(table, depth_cm=(0, soc_depth_cm), zone=climate_zone),
        table,
        land.ambiguous,
    )
    return CarbonChange(
        land,
        stock_change(land.transitions, choice, table, years=years, draws=draws, seed=seed),
        waterfall(land.transitions, choice, table, draws=draws, seed=seed),
    )
