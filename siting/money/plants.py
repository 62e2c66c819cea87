"""Plants whose energy earlier steps left in a run folder, and the money case of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gis.types import F8
from layers.plan.model import Plan
from layers.result import optional_table
from siting.economy.by_hour import HOURS, MONTHS
from siting.economy.case import Case
from siting.economy.lcoe import Costs, Finance
from siting.economy.plant_tables import Tech
from siting.economy.price import Prices, kept_frac, mean_price, plan_prices
from siting.economy.section import MoneySection
from siting.money.terms import Terms, costs_of, station_terms, terms_of

__all__ = ["Market", "Plant", "PlantCase", "market_of", "plant_case", "plants_of"]

# tables by year, and by month and hour, of the steps that estimate new plants
_PLANTS = (
    ("pv_life", "pv_hour_month"),
    ("repower_life", "repower_hour_month"),
    ("greenfield_life", "greenfield_hour_month"),
    ("hybrid_life", "hybrid_hour_month"),
)


@dataclass(frozen=True)
class Plant:
    """A plant as an earlier step left it.

    Attributes
    ----------
    capacity_mw
        At the grid (AC).
    p50_mwh, p90_mwh
        f8[years]: energy of each operating year, and what it exceeds nine times of ten.
    by_hour
        f8[12, 24]: energy of a mean year by month and hour [MWh]; None where not known.
    new_farm
        Whether it is the farm of ``[greenfield]``.
    wind_mw, pv_mw, storage_mwh
        Parts of a wind-PV station; its `capacity_mw` is that of the connection.
    """

    id: str
    tech: Tech
    capacity_mw: float
    p50_mwh: F8
    p90_mwh: F8
    by_hour: F8 | None
    new_farm: bool = False
    wind_mw: float = 0.0
    pv_mw: float = 0.0
    storage_mwh: float = 0.0


@dataclass(frozen=True)
class PlantCase:
    """What money can be reckoned with for a plant.

    Attributes
    ----------
    sold_frac
        Share of the energy the grid takes; None where it hangs on hours that are not known.
    price_cny_mwh
        Mean price of its hours; None where not known.
    costs, finance
        None where an input is missing.
    case, p90
        The money case at P50 and at the P90 of every year; None where an input is missing.
    missing
        Keys of the plan that are needed.
    """

    plant: Plant
    terms: Terms
    sold_frac: float | None
    price_cny_mwh: float | None
    costs: Costs | None
    finance: Finance | None
    case: Case | None
    p90: Case | None
    missing: tuple[str, ...]


def plants_of(work: Path) -> list[Plant]:
    """New plants in the run folder `work`, sites of PV first."""
    out = []
    for life_name, hours_name in _PLANTS:
        life, hours = optional_table(work, life_name), optional_table(work, hours_name)
        if life is None:
            continue
        profiles = {} if hours is None else dict(iter(hours.groupby("plant", sort=False)))
        for name, of_plant in life.groupby("plant", sort=False):
            years = of_plant.sort_values("year")
            profile = profiles.get(name)
            by_hour = None
            if profile is not None:
                by_hour = np.zeros((MONTHS, HOURS))
                at = profile["month"].to_numpy() - 1, profile["hour"].to_numpy()
                by_hour[at] = profile["energy_mwh"].to_numpy()
            parts = {} if years["tech"].iloc[0] != "hybrid" else _parts(work, str(name))
            out.append(
                Plant(
                    str(name),
                    years["tech"].iloc[0],
                    float(years["capacity_mw"].iloc[0]),
                    years["p50_mwh"].to_numpy(np.float64),
                    years["p90_mwh"].to_numpy(np.float64),
                    by_hour,
                    new_farm=life_name == "greenfield_life",
                    **parts,
                )
            )
    return out


def _parts(work: Path, plant: str) -> dict[str, float]:
    """Wind, PV and storage of a station."""
    table = optional_table(work, "hybrid_parts")
    if table is None:
        return {}
    own = table[table["plant"] == plant]
    mw = dict(zip(own["part"].tolist(), own["mw"].tolist(), strict=True))
    mwh = dict(zip(own["part"].tolist(), own["mwh"].tolist(), strict=True))
    return {"wind_mw": mw["wind"], "pv_mw": mw["pv"], "storage_mwh": mwh["storage"]}


@dataclass(frozen=True)
class Market:
    """What all plants of a plan sell into.

    Attributes
    ----------
    prices
        None where the plan gives none.
    kept_frac
        f8[12, 24]: share of the energy the grid takes by month and hour.
    """

    prices: Prices | None
    kept_frac: F8


def market_of(plan: Plan) -> Market:
    """Prices and curtailment of a plan, their files read once.

    Raises
    ------
    ConfigError
        When a file of prices or of curtailment is wrong.
    """
    return Market(plan_prices(plan), kept_frac(plan))


def plant_case(plan: Plan, plant: Plant, market: Market) -> PlantCase:
    """Costs, prices and rates of the plan put on one plant."""
    money, prices, kept = plan.section(MoneySection), market.prices, market.kept_frac
    years = len(plant.p50_mwh)
    if plant.tech == "hybrid":
        terms, costs = station_terms(plan, plant.wind_mw, plant.pv_mw, plant.storage_mwh, years)
    else:
        terms = terms_of(plan, plant.tech, years, new_farm=plant.new_farm)
        costs = costs_of(terms, plant.capacity_mw)
    missing = list(terms.missing)
    even = bool((kept == kept[0, 0]).all())
    unknown = plant.by_hour is None and not (even and (prices is None or prices.flat))
    if unknown:
        missing.append("wind.weather")  # a distribution has no hours in time
    sold_by_hour = None if plant.by_hour is None else plant.by_hour * kept
    sold = float(kept[0, 0]) if even else None
    if sold_by_hour is not None and plant.by_hour is not None:
        sold = float(sold_by_hour.sum() / plant.by_hour.sum())
    price: float | None = None
    if prices is None:
        missing.append("money.price_cny_mwh")
    elif sold_by_hour is not None:
        price = mean_price(np.maximum(sold_by_hour, 0.0), prices)
    elif prices.flat and not unknown:
        price = float(prices.cny_mwh[0, 0])
    finance = terms.finance
    case = p90 = None
    if costs is not None and finance is not None and price is not None and sold is not None:
        case = Case(
            energy_mwh=plant.p50_mwh * sold,
            price_cny_mwh=price,
            costs=costs,
            finance=finance,
            growth_frac=money.price_growth_frac,
            mechanism=money.mechanism,
            debt=money.debt,
            loss_carry_yr=money.loss_carry_yr,
        )
        p90 = case.with_energy(plant.p90_mwh * sold)
    return PlantCase(plant, terms, sold, price, costs, finance, case, p90, tuple(missing))
