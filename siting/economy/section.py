"""Plan section ``[money]``: prices, costs, tax and debt, all of them the user's own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gis.say import say
from gis.toml import read_toml
from layers.numbers import NotNegative, Positive, Share
from layers.spec import Frozen, Origin

__all__ = [
    "DebtSection",
    "Mechanism",
    "MoneySection",
    "PlantCosts",
    "Replacement",
    "StorageCosts",
    "StorageReplacement",
    "VarySection",
    "least_of",
    "most_of",
]

Rate = Annotated[float, Field(gt=-0.5, lt=1)]
Tax = Annotated[float, Field(ge=0, lt=1)]
Life = Annotated[int, Field(ge=1, le=50)]
ByMonth = Annotated[tuple[Tax, ...], Field(min_length=12, max_length=12)]


def least_of(name: str) -> float:
    """Below it a price or a cost is surely in another unit (``data/limits.toml``)."""
    return float(read_toml("siting.economy", "data/limits.toml")[name]["value"])


def most_of(name: str) -> float:
    """Above it a price is surely in another unit."""
    return float(read_toml("siting.economy", "data/limits.toml")[name]["most"])


class Replacement(Frozen):
    """Parts replaced in one year, in money of the first year.

    Attributes
    ----------
    year
        Year of operation, from 1.
    cny_kw
        Per kW of grid capacity [CNY/kW].
    """

    year: Life
    cny_kw: Positive


class PlantCosts(Frozen):
    """``[money.pv]``, ``[money.wind]``: costs per kW of grid capacity, without value-added tax.

    Attributes
    ----------
    capex_cny_kw, opex_cny_kw_yr
        Investment [CNY/kW] and running costs [CNY/kW/yr]; empty takes those of ``[pv.cost]``
        or ``[repower]``.
    replacements
        Inverters, gearboxes, batteries.
    """

    capex_cny_kw: Positive | None = None
    opex_cny_kw_yr: NotNegative | None = None
    replacements: tuple[Replacement, ...] = ()


class StorageReplacement(Frozen):
    """Cells replaced in one year, in money of the first year.

    Attributes
    ----------
    year
        Year of operation, from 1.
    cny_kwh
        Per kWh of usable energy [CNY/kWh].
    """

    year: Life
    cny_kwh: Positive


class StorageCosts(Frozen):
    """``[money.storage]``: the battery of a wind-PV station, by usable energy.

    Attributes
    ----------
    capex_cny_kwh, opex_cny_kwh_yr
        Investment [CNY/kWh] and running costs [CNY/kWh/yr], without value-added tax.
    """

    capex_cny_kwh: Positive | None = None
    opex_cny_kwh_yr: NotNegative | None = None
    replacements: tuple[StorageReplacement, ...] = ()


class Mechanism(Frozen):
    """``[money.mechanism]``: a share of the energy settled to an agreed price.

    Over what is sold on the market, ``share_frac`` of the energy is paid the difference of
    the agreed price and the reference price, upwards and downwards.

    Attributes
    ----------
    share_frac
        Share of the energy under the mechanism.
    price_cny_mwh
        Agreed price [CNY/MWh].
    years
        Years of operation it holds.
    reference_cny_mwh
        Mean market price of plants of the kind, by which the difference is settled
        [CNY/MWh]; empty takes the plant's own mean price.
    source
        Where share and price are from.

    References
    ----------
    .. [1] 国家发展改革委、国家能源局, 发改价格〔2025〕136号 (2025).
    """

    share_frac: Share
    price_cny_mwh: Positive
    years: Life
    reference_cny_mwh: Positive | None = None
    source: Origin = ""


class DebtSection(Frozen):
    """``[money.debt]``: what is borrowed and how it is paid back.

    Attributes
    ----------
    share_frac
        Of the investment.
    rate_frac
        Nominal interest a year.
    years, grace_yr
        Years from the first of operation to the last payment; years of interest alone.
    repayment
        ``"annuity"`` (等额本息) or ``"equal_principal"`` (等额本金).
    least_dscr
        Least cover of the debt service that the lender asks in every year, at P90.
    """

    share_frac: Annotated[float, Field(gt=0, lt=1)]
    rate_frac: Annotated[float, Field(ge=0, lt=0.5)]
    years: Life
    grace_yr: Annotated[int, Field(ge=0, le=10)] = 0
    repayment: Literal["annuity", "equal_principal"] = "annuity"
    least_dscr: Annotated[float, Field(ge=1, le=5)] | None = None

    @model_validator(mode="after")
    def _grace(self) -> DebtSection:
        if self.grace_yr >= self.years:
            raise ValueError(say("siting.economy.grace_longer_than_debt"))
        return self


class VarySection(Frozen):
    """``[money.vary]``: how far each input is moved in the tornado, up and down.

    Attributes
    ----------
    energy_frac, price_frac, capex_frac, opex_frac
        Share of the value.
    discount, interest
        Added to and taken from the rate.
    """

    energy_frac: Tax | None = None
    price_frac: Tax | None = None
    capex_frac: Tax | None = None
    opex_frac: Tax | None = None
    discount: Annotated[float, Field(ge=0, lt=0.2)] | None = None
    interest: Annotated[float, Field(ge=0, lt=0.2)] | None = None


class MoneySection(Frozen):
    """``[money]``: what energy is sold for, and how money is valued.

    No price comes with the product. Prices and costs are without value-added tax.

    Attributes
    ----------
    price_cny_mwh
        One price for all hours [CNY/MWh].
    price_path
        TOML file of prices by month and hour, see `siting.economy.price.read_prices`.
    price_growth_frac
        Nominal change of prices a year.
    source
        Where the price is from.
    discount_nominal_frac, inflation_frac, depreciation_yr
        Empty takes those of ``[pv.cost]`` or ``[repower]``.
    tax_frac
        Income tax of the years of operation; the last holds for all that follow.
    loss_carry_yr
        Years a loss is carried forward for tax.
    residual_frac
        Value left at the end over the investment, in money of the first year.
    curtailment_frac
        Share of the energy not taken by the grid: one, or twelve by month.
    curtailment_path
        TOML file of it by month and hour, see `siting.economy.price.read_curtailment`.
    curtailment_source
        Where it is from.
    fixed_charge_rate_frac
        Share of the investment to be earned a year, for the short formula of LCOE; empty
        computes it from the discount rate and the tax.
    """

    price_cny_mwh: Positive | None = None
    price_path: str = ""
    price_growth_frac: Annotated[float, Field(ge=-0.2, le=0.2)] = 0.0
    source: Origin = ""
    discount_nominal_frac: Rate | None = None
    inflation_frac: Annotated[float, Field(ge=-0.1, lt=0.5)] | None = None
    tax_frac: tuple[Tax, ...] = ()
    depreciation_yr: Life | None = None
    loss_carry_yr: Annotated[int, Field(ge=0, le=50)] = 0
    residual_frac: Annotated[float, Field(ge=-1, le=1)] = 0.0
    curtailment_frac: Tax | Annotated[tuple[Tax, ...], Field(min_length=12, max_length=12)] = (
        0.0
    )
    curtailment_path: str = ""
    curtailment_source: Origin = ""
    fixed_charge_rate_frac: Annotated[float, Field(gt=0, lt=1)] | None = None
    mechanism: Mechanism | None = None
    debt: DebtSection | None = None
    pv: PlantCosts = PlantCosts()
    wind: PlantCosts = PlantCosts()
    storage: StorageCosts = StorageCosts()
    vary: VarySection = VarySection()

    @model_validator(mode="after")
    def _per_mwh(self) -> MoneySection:
        least = least_of("price_cny_mwh")
        prices = [self.price_cny_mwh]
        if self.mechanism is not None:
            prices += [self.mechanism.price_cny_mwh, self.mechanism.reference_cny_mwh]
        if any(p is not None and p < least for p in prices):
            raise ValueError(say("siting.economy.price_per_mwh", least=least))
        most = most_of("price_cny_mwh")
        if any(p is not None and p > most for p in prices):
            raise ValueError(say("siting.economy.price_too_high", most=most))
        kw = least_of("capex_cny_kw")
        if any(
            c is not None and c < kw for c in (self.pv.capex_cny_kw, self.wind.capex_cny_kw)
        ):
            raise ValueError(say("siting.economy.capex_per_kw", least=kw))
        kwh, stored = least_of("capex_cny_kwh"), self.storage.capex_cny_kwh
        if stored is not None and stored < kwh:
            raise ValueError(say("siting.economy.capex_per_kwh", least=kwh))
        return self

    @model_validator(mode="after")
    def _one_price(self) -> MoneySection:
        if self.price_cny_mwh is not None and self.price_path:
            raise ValueError(say("siting.economy.two_prices"))
        if self.curtailment_frac != 0.0 and self.curtailment_path:
            raise ValueError(say("siting.economy.two_curtailments"))
        return self
