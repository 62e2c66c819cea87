"""The money step of a run: cash flow of every plant whose energy an earlier step left."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.say import in_lang, say
from gis.types import F8
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn, optional_table
from siting.economy.case import Case
from siting.economy.cash_flow import CashFlow
from siting.economy.fixed_charge import fixed_charge_rate, lcoe_fixed_charge
from siting.economy.lcoe import Finance, lcoe
from siting.economy.plant_tables import Tech
from siting.economy.price import HOURS, MONTHS, Prices, mean_price, plan_prices
from siting.economy.section import MoneySection
from siting.economy.tornado import tornado
from siting.money.summary import MoneyPart, MoneySummary, NoMoney, PlantMoney
from siting.money.terms import Terms, costs_of, terms_of

__all__ = ["money_step"]

# tables by year, and by month and hour, of the steps that estimate new plants
_PLANTS = (
    ("pv_life", "pv_hour_month"),
    ("repower_life", "repower_hour_month"),
    ("greenfield_life", "greenfield_hour_month"),
)
_FLOW = (
    "energy_mwh",
    "revenue_cny",
    "opex_cny",
    "replaced_cny",
    "residual_cny",
    "depreciation_cny",
    "interest_cny",
    "repaid_cny",
    "drawn_cny",
    "tax_cny",
    "project_cny",
    "equity_cny",
    "dscr",
)


@dataclass(frozen=True)
class _Plant:
    """A plant as an earlier step left it; `by_hour` is f8[12, 24] or None."""

    id: str
    tech: Tech
    capacity_mw: float
    p50_mwh: F8
    p90_mwh: F8
    by_hour: F8 | None


def money_step(plan: Plan, work: Path, progress: Progress) -> StepResult[MoneyPart]:
    """Cash flows of the plants of the PV, repowering and greenfield steps.

    Returns
    -------
    StepResult
        Tables ``money_plants``, ``money_flow`` (years 0 to n of P50 and P90),
        ``money_tornado``, ``money_inputs``; summary ``money``.
    """
    money = plan.section(MoneySection)
    if money == MoneySection():
        return StepResult(summary=MoneyPart(money=NoMoney()))
    prices = plan_prices(plan)
    rows: list[dict[str, Any]] = []
    flows: list[pd.DataFrame] = []
    bars: list[dict[str, Any]] = []
    used: dict[str, dict[str, Any]] = {}
    plants = _plants(work)
    for i, plant in enumerate(plants):
        progress("money", i, len(plants))
        terms = terms_of(plan, plant.tech, len(plant.p50_mwh))
        for u in terms.used:
            used[u.key] = {
                "key": u.key,
                "value": u.value,
                "unit": u.unit,
                "given": u.given,
                "source_zh": in_lang(u.source, "zh"),
                "source_en": in_lang(u.source, "en"),
            }
        row, case = _plant_row(money, plant, terms, prices)
        rows.append(row)
        if case is not None:
            p90 = case.with_energy(plant.p90_mwh * (1.0 - row["curtailed_frac"]))
            for level, one in ((50, case), (90, p90)):
                flows.append(_flow_table(plant.id, level, one.flow()))
            bars += [{"plant": plant.id, **asdict(b)} for b in tornado(case, money.vary)]
    progress("money", len(plants), len(plants))
    missing = sorted({k for r in rows for k in r["missing"].split(", ") if k})
    warnings = []
    if not plants:
        warnings.append(Warn("money_no_plant", say("siting.money.no_plant"), "money"))
    elif missing:
        warnings.append(
            Warn(
                "money_missing",
                say("siting.money.inputs_missing", keys=", ".join(missing)),
                "money",
            )
        )
    if prices is not None and not in_lang(prices.source, "en"):
        warnings.append(
            Warn("money_price_unsourced", say("siting.money.price_unsourced"), "money.source")
        )
    columns = list(PlantMoney.model_fields)
    inputs = ["key", "value", "unit", "given", "source_zh", "source_en"]
    flow_columns = ["plant", "level", "year", *_FLOW]
    return StepResult(
        summary=MoneyPart(
            money=MoneySummary(
                plants=tuple(PlantMoney.model_validate(r) for r in rows),
                price_source="" if prices is None else prices.source,
                price_date="" if prices is None else prices.date,
                missing=tuple(missing),
            )
        ),
        tables={
            "money_plants": pd.DataFrame(rows, columns=columns),
            "money_flow": pd.concat(flows, ignore_index=True)
            if flows
            else pd.DataFrame(columns=flow_columns),
            "money_tornado": pd.DataFrame(bars),
            "money_inputs": pd.DataFrame(list(used.values()), columns=inputs),
        },
        warnings=warnings,
    )


def _plants(work: Path) -> list[_Plant]:
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
            out.append(
                _Plant(
                    str(name),
                    years["tech"].iloc[0],
                    float(years["capacity_mw"].iloc[0]),
                    years["p50_mwh"].to_numpy(np.float64),
                    years["p90_mwh"].to_numpy(np.float64),
                    by_hour,
                )
            )
    return out


def _plant_row(
    money: MoneySection, plant: _Plant, terms: Terms, prices: Prices | None
) -> tuple[dict[str, Any], Case | None]:
    missing = list(terms.missing)
    kept = 1.0 - np.broadcast_to(np.asarray(money.curtailment_frac, dtype=np.float64), (12,))
    even = bool((kept == kept[0]).all())
    if plant.by_hour is None and not (even and (prices is None or prices.flat)):
        missing.append("energy_by_hour")
    sold_by_hour = None if plant.by_hour is None else plant.by_hour * kept[:, None]
    sold = float(kept[0])
    if sold_by_hour is not None and plant.by_hour is not None:
        sold = float(sold_by_hour.sum() / plant.by_hour.sum())
    energy = plant.p50_mwh * sold
    price: float | None = None
    if prices is None:
        missing.append("money.price_cny_mwh")
    elif sold_by_hour is not None:
        price = mean_price(np.maximum(sold_by_hour, 0.0), prices)
    elif prices.flat:
        price = float(prices.cny_mwh[0, 0])
    row: dict[str, Any] = dict.fromkeys(PlantMoney.model_fields)
    row |= {
        "plant": plant.id,
        "tech": plant.tech,
        "capacity_mw": plant.capacity_mw,
        "years": len(energy),
        "curtailed_frac": 1.0 - sold,
        "sold_mwh_yr": float(energy[0]),
        "price_cny_mwh": price,
        "missing": ", ".join(missing),
    }
    costs, finance = costs_of(terms, plant.capacity_mw), terms.finance
    if costs is None or finance is None:
        return row, None
    cost = lcoe(costs, energy, finance)
    row["lcoe_real_cny_mwh"] = cost.real_cny_mwh
    row["lcoe_nominal_cny_mwh"] = cost.nominal_cny_mwh
    row["lcoe_fixed_charge_cny_mwh"] = lcoe_fixed_charge(
        costs.capex_cny,
        costs.opex_cny_yr,
        float(energy.mean()),
        _charge(money, finance, len(energy)),
    )
    if price is None:
        return row, None
    case = Case(
        energy_mwh=energy,
        price_cny_mwh=price,
        costs=costs,
        finance=finance,
        growth_frac=money.price_growth_frac,
        mechanism=money.mechanism,
        debt=money.debt,
        loss_carry_yr=money.loss_carry_yr,
    )
    flow = case.flow()
    row |= {
        "npv_cny": flow.npv_cny,
        "irr_frac": flow.irr_frac,
        "payback_yr": flow.payback_yr,
    }
    if money.debt is not None:
        p90 = case.with_energy(plant.p90_mwh * sold)
        row |= {
            "equity_npv_cny": flow.equity_npv_cny,
            "equity_irr_frac": flow.equity_irr_frac,
            "debt_cny": float(flow.drawn_cny[0]),
            "least_dscr_p50": flow.least_dscr,
            "mean_dscr_p50": flow.mean_dscr,
            "least_dscr_p90": p90.flow().least_dscr,
            "most_debt_frac_p90": p90.most_debt_frac(),
        }
    return row, case


def _charge(money: MoneySection, finance: Finance, years: int) -> float:
    """The fixed charge rate given, else the one of the real discount rate and the mean tax."""
    if money.fixed_charge_rate_frac is not None:
        return money.fixed_charge_rate_frac
    real = (1.0 + finance.discount_nominal_frac) / (1.0 + finance.inflation_frac) - 1.0
    tax = float(np.mean(finance.tax_frac))
    return fixed_charge_rate(real, years, tax_frac=tax, depreciation_yr=finance.depreciation_yr)


def _flow_table(plant: str, level: int, flow: CashFlow) -> pd.DataFrame:
    table = pd.DataFrame({name: getattr(flow, name) for name in _FLOW})
    table.insert(0, "plant", plant)
    table.insert(1, "level", level)
    table.insert(2, "year", np.arange(len(table)))
    return table
