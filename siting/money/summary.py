"""What the money step says in ``summary.json``, as models."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from layers.spec import Origin, Outcome

__all__ = ["MoneyPart", "MoneySummary", "NoMoney", "PlantMoney"]


class PlantMoney(Outcome):
    """One plant: the row of table ``money_plants``. What is not known is null."""

    plant: str
    tech: Literal["pv", "wind", "hybrid"]
    capacity_mw: float = Field(description="at the grid (AC); of the connection of a station")
    years: int
    curtailed_frac: float | None = Field(
        description="share of the energy the grid does not take"
    )
    sold_mwh_yr: float | None = Field(description="P50 of the first year after curtailment")
    price_cny_mwh: float | None = Field(description="mean market price of the plant's hours")
    lcoe_real_cny_mwh: float | None
    lcoe_nominal_cny_mwh: float | None
    lcoe_fixed_charge_cny_mwh: float | None = Field(description="short formula")
    npv_cny: float | None
    irr_frac: float | None = Field(description="of the project, after tax, before debt")
    payback_yr: float | None
    equity_npv_cny: float | None
    equity_irr_frac: float | None
    debt_cny: float | None
    least_dscr_p50: float | None
    mean_dscr_p50: float | None
    least_dscr_p90: float | None = Field(description="with the P90 of every single year")
    most_debt_frac_p90: float | None = Field(
        description="share of the investment at which the weakest P90 year just meets the cover"
    )
    missing: str = Field(description="keys of the plan that are needed, with commas")


class MoneySummary(Outcome):
    """``summary.json`` key ``money``; only the first key where the plan has no ``[money]``."""

    estimated: Literal[True] = True
    plants: tuple[PlantMoney, ...]
    price_source: Origin
    price_date: str
    missing: tuple[str, ...]


class NoMoney(Outcome):
    """The plan gives no price and asks for no cash flow."""

    estimated: Literal[False] = False


class MoneyPart(Outcome):
    """The money step's part of ``summary.json``."""

    money: MoneySummary | NoMoney
