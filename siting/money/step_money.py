"""The money step of a run: cash flow of every plant whose energy an earlier step left."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gis.say import in_lang, listed, say
from layers.plan.model import Plan
from layers.result import Progress, StepResult, Warn
from siting.economy.cash_flow import CashFlow
from siting.economy.fixed_charge import fixed_charge_rate, lcoe_fixed_charge
from siting.economy.lcoe import Finance, lcoe
from siting.economy.section import MoneySection
from siting.economy.tornado import tornado
from siting.money.plants import PlantCase, market_of, plant_case, plants_of
from siting.money.summary import MoneyPart, MoneySummary, NoMoney, PlantMoney
from siting.money.terms import needed_words

__all__ = ["money_step"]

_SHOWN = 6
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


def money_step(plan: Plan, work: Path, progress: Progress) -> StepResult[MoneyPart]:
    """Cash flows of the plants of the PV, repowering and greenfield steps, and of the station.

    Returns
    -------
    StepResult
        Tables ``money_plants``, ``money_flow`` (years 0 to n of P50 and P90),
        ``money_tornado``, ``money_inputs``; summary ``money``.
    """
    money = plan.section(MoneySection)
    if money == MoneySection():
        return StepResult(summary=MoneyPart(money=NoMoney()))
    market = market_of(plan)
    prices = market.prices
    rows: list[PlantMoney] = []
    flows: list[pd.DataFrame] = []
    bars: list[dict[str, Any]] = []
    used: dict[str, dict[str, Any]] = {}
    plants = plants_of(work)
    for i, plant in enumerate(plants):
        progress("money", i, len(plants))
        found = plant_case(plan, plant, market)
        for u in found.terms.used:
            used[f"{plant.tech} {u.key}"] = {
                "tech": plant.tech,
                "key": u.key,
                "value": u.value,
                "unit": u.unit,
                "given": "plan" if u.given else "default",
                "source_zh": in_lang(u.source, "zh"),
                "source_en": in_lang(u.source, "en"),
            }
        rows.append(_plant_row(money, found))
        if found.case is not None and found.p90 is not None:
            for level, one in ((50, found.case), (90, found.p90)):
                flows.append(_flow_table(plant.id, level, one.flow()))
            bars += [{"plant": plant.id, **asdict(b)} for b in tornado(found.case, money.vary)]
    progress("money", len(plants), len(plants))
    missing = sorted({k for r in rows for k in r.missing.split(", ") if k})
    warnings = []
    if not plants:
        warnings.append(Warn("money_no_plant", say("siting.money.no_plant"), "money"))
    elif missing:
        warnings.append(
            Warn(
                "money_missing",
                say("siting.money.inputs_missing", needed=needed_words(missing)),
                ", ".join(missing),
            )
        )
    wanted = None if money.debt is None else money.debt.least_dscr
    short = [r for r in rows if wanted is not None and (r.least_dscr_p90 or wanted) < wanted]
    if short:
        told = listed(f"{r.plant} {r.least_dscr_p90:.2f}" for r in short[:_SHOWN])
        text = say("siting.money.dscr_short", n=len(short), least=wanted, plants=told)
        warnings.append(Warn("money_dscr_short", text, "money.debt.least_dscr"))
    if prices is not None and not in_lang(prices.source, "en"):
        warnings.append(
            Warn("money_price_unsourced", say("siting.money.price_unsourced"), "money.source")
        )
    columns = list(PlantMoney.model_fields)
    inputs = ["tech", "key", "value", "unit", "given", "source_zh", "source_en"]
    flow_columns = ["plant", "level", "year", *_FLOW]
    return StepResult(
        summary=MoneyPart(
            money=MoneySummary(
                plants=tuple(rows),
                price_source="" if prices is None else prices.source,
                price_date="" if prices is None else prices.date,
                missing=tuple(missing),
            )
        ),
        tables={
            "money_plants": pd.DataFrame([r.model_dump() for r in rows], columns=columns),
            "money_flow": pd.concat(flows, ignore_index=True)
            if flows
            else pd.DataFrame(columns=flow_columns),
            "money_tornado": pd.DataFrame(bars),
            "money_inputs": pd.DataFrame(list(used.values()), columns=inputs),
        },
        warnings=warnings,
    )


def _plant_row(money: MoneySection, found: PlantCase) -> PlantMoney:
    plant, sold = found.plant, found.sold_frac
    row: dict[str, Any] = dict.fromkeys(PlantMoney.model_fields)
    row |= {
        "plant": plant.id,
        "tech": plant.tech,
        "capacity_mw": plant.capacity_mw,
        "years": len(plant.p50_mwh),
        "price_cny_mwh": found.price_cny_mwh,
        "missing": ", ".join(found.missing),
    }
    costs, finance = found.costs, found.finance
    if sold is None:
        return PlantMoney.model_validate(row)
    energy = plant.p50_mwh * sold
    row |= {"curtailed_frac": 1.0 - sold, "sold_mwh_yr": float(energy[0])}
    if costs is None or finance is None:
        return PlantMoney.model_validate(row)
    cost = lcoe(costs, energy, finance)
    row["lcoe_real_cny_mwh"] = cost.real_cny_mwh
    row["lcoe_nominal_cny_mwh"] = cost.nominal_cny_mwh
    row["lcoe_fixed_charge_cny_mwh"] = lcoe_fixed_charge(
        costs.capex_cny,
        costs.opex_cny_yr,
        float(energy.mean()),
        _charge(money, finance, len(energy)),
    )
    if found.case is None or found.p90 is None:
        return PlantMoney.model_validate(row)
    flow = found.case.flow()
    row |= {
        "npv_cny": flow.npv_cny,
        "irr_frac": flow.irr_frac,
        "payback_yr": flow.payback_yr,
    }
    if money.debt is not None:
        row |= {
            "equity_npv_cny": flow.equity_npv_cny,
            "equity_irr_frac": flow.equity_irr_frac,
            "debt_cny": float(flow.drawn_cny[0]),
            "least_dscr_p50": flow.least_dscr,
            "mean_dscr_p50": flow.mean_dscr,
            "least_dscr_p90": found.p90.flow().least_dscr,
            "most_debt_frac_p90": found.p90.most_debt_frac(),
        }
    return PlantMoney.model_validate(row)


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
