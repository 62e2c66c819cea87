"""What the result hangs on most: one input moved at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gis.toml import read_toml
from siting.economy.case import Case
from siting.economy.section import VarySection

__all__ = ["Bar", "moves", "tornado"]


@dataclass(frozen=True)
class Bar:
    """One input moved down and up.

    Attributes
    ----------
    input
        ``"energy"``, ``"price"``, ``"capex"``, ``"opex"``, ``"discount"``, ``"interest"``.
    move
        How far it was moved: a share of its value, or added to a rate.
    npv_low_cny, npv_high_cny
        Net present value of the project with the input lowered and raised [CNY].
    irr_low_frac, irr_high_frac
        Internal rate of the project; NaN where there is none.
    equity_low_frac, equity_high_frac
        The same of the owner's flow.
    lcoe_low_cny_mwh, lcoe_high_cny_mwh
        Real LCOE; a price does not move it.
    """

    input: str
    move: float
    npv_low_cny: float
    npv_high_cny: float
    irr_low_frac: float
    irr_high_frac: float
    equity_low_frac: float
    equity_high_frac: float
    lcoe_low_cny_mwh: float
    lcoe_high_cny_mwh: float


def moves(given: VarySection) -> Mapping[str, float]:
    """How far each input is moved: the plan's figure, else the convention of ``vary.toml``.

    Examples
    --------
    >>> moves(VarySection(price_frac=0.3))["price_frac"]
    0.3
    """
    rows = read_toml("siting.economy", "data/vary.toml")["vary"]
    return {
        name: float(rows[name] if value is None else value)
        for name, value in given.model_dump().items()
    }


def _energy(case: Case, f: float) -> Case:
    return replace(case, energy_mwh=case.energy_mwh * (1.0 + f))


def _price(case: Case, f: float) -> Case:
    return replace(case, price_cny_mwh=case.price_cny_mwh * (1.0 + f))


def _capex(case: Case, f: float) -> Case:
    costs = replace(case.costs, capex_cny=case.costs.capex_cny * (1.0 + f))
    return replace(case, costs=costs)


def _opex(case: Case, f: float) -> Case:
    costs = replace(case.costs, opex_cny_yr=case.costs.opex_cny_yr * (1.0 + f))
    return replace(case, costs=costs)


def _discount(case: Case, f: float) -> Case:
    rate = case.finance.discount_nominal_frac + f
    return replace(case, finance=replace(case.finance, discount_nominal_frac=rate))


def _interest(case: Case, f: float) -> Case:
    if case.debt is None:
        return case
    rate = max(case.debt.rate_frac + f, 0.0)
    return replace(case, debt=case.debt.model_copy(update={"rate_frac": rate}))


_INPUTS: dict[str, tuple[str, Callable[[Case, float], Case]]] = {
    "energy": ("energy_frac", _energy),
    "price": ("price_frac", _price),
    "capex": ("capex_frac", _capex),
    "opex": ("opex_frac", _opex),
    "discount": ("discount", _discount),
    "interest": ("interest", _interest),
}


def tornado(case: Case, given: VarySection) -> tuple[Bar, ...]:
    """The result with each input moved down and up, the widest net present value first.

    A capex that moves takes no running costs with it, and the debt stays a share of it.
    """
    far = moves(given)
    bars = []
    for name, (key, change) in _INPUTS.items():
        if name == "interest" and case.debt is None:
            continue
        low, high = change(case, -far[key]), change(case, far[key])
        a, b = low.flow(), high.flow()
        bars.append(
            Bar(
                input=name,
                move=far[key],
                npv_low_cny=a.npv_cny,
                npv_high_cny=b.npv_cny,
                irr_low_frac=a.irr_frac,
                irr_high_frac=b.irr_frac,
                equity_low_frac=a.equity_irr_frac,
                equity_high_frac=b.equity_irr_frac,
                lcoe_low_cny_mwh=low.lcoe_cny_mwh(),
                lcoe_high_cny_mwh=high.lcoe_cny_mwh(),
            )
        )
    return tuple(sorted(bars, key=lambda x: -abs(x.npv_high_cny - x.npv_low_cny)))
