"""Which costs and rates hold for a plant: the plan's ``[money]``, else its technology's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gis.say import Listed, listed, say
from layers.plan.model import Plan
from layers.spec import Origin, origin
from siting.economy.lcoe import Costs, Finance
from siting.economy.plant_tables import Tech
from siting.economy.section import MoneySection, Replacement
from siting.pv.study.design import cost_facts
from siting.pv.study.section import PvSection
from siting.wind.greenfield.section import GreenfieldSection
from siting.wind.section import RepowerSection

__all__ = ["Terms", "Used", "costs_of", "needed_words", "station_terms", "terms_of"]

KW = 1000.0


def needed_words(keys: Iterable[str]) -> Listed:
    """What a plan lacks for the figures of money, in words.

    Parameters
    ----------
    keys : iterable of str
        Keys of the plan, as `Terms.missing` has them.

    Examples
    --------
    >>> needed_words(["money.discount_nominal_frac", "wind.weather"])("en")
    'nominal discount rate, wind by the hour'
    """
    return listed(say(f"siting.money.needed.{key.replace('.', '_')}") for key in keys)


@dataclass(frozen=True)
class Used:
    """One figure that is used.

    Attributes
    ----------
    key
        Its key in the plan.
    given
        Whether the plan gives it; a default otherwise.
    source
        Of a default.
    """

    key: str
    value: float
    unit: str
    given: bool = True
    source: Origin = ""


@dataclass(frozen=True)
class Terms:
    """Costs per kW and rates of plants of one technology.

    Attributes
    ----------
    capex_cny_kw, opex_cny_kw_yr
        None where nobody gave them.
    finance
        None without a discount rate.
    used, missing
        Figures with their origin, and keys of the plan that are needed.
    """

    capex_cny_kw: float | None
    opex_cny_kw_yr: float | None
    replacements: tuple[Replacement, ...]
    residual_frac: float
    finance: Finance | None
    used: tuple[Used, ...]
    missing: tuple[str, ...]


def terms_of(plan: Plan, tech: Tech, years: int, *, new_farm: bool = False) -> Terms:
    """Costs and rates of PV or wind plants of a plan.

    Parameters
    ----------
    plan : Plan
    tech : {"pv", "wind"}
    years : int
        Operating life; the last tax rate holds for the years after it.
    new_farm : bool
        Of ``[greenfield]``, whose own costs then come before those of ``[repower]``.
    """
    of_new = plan.section(GreenfieldSection) if new_farm else GreenfieldSection()
    money = plan.section(MoneySection)
    own = money.pv if tech == "pv" else money.wind
    of_pv, of_wind = plan.section(PvSection).cost, plan.section(RepowerSection)
    if tech == "pv":
        capex = _first(
            ("money.pv.capex_cny_kw", own.capex_cny_kw),
            ("pv.cost.capex_cny_kw", of_pv.capex_cny_kw),
            unit="CNY/kW",
            default="capex_cny_kw",
        )
        opex = _first(("money.pv.opex_cny_kw_yr", own.opex_cny_kw_yr), unit="CNY/kW/yr")
        if opex is None:
            opex = _first(
                ("pv.cost.opex_frac_yr", of_pv.opex_frac_yr), unit="-", default="opex_frac_yr"
            )
        tech_rate = ("pv.cost.discount_nominal_frac", of_pv.discount_nominal_frac)
    else:
        capex = _first(
            ("money.wind.capex_cny_kw", own.capex_cny_kw),
            ("greenfield.capex_cny_kw", of_new.capex_cny_kw),
            ("repower.capex_cny_kw", of_wind.capex_cny_kw),
            unit="CNY/kW",
        )
        opex = _first(
            ("money.wind.opex_cny_kw_yr", own.opex_cny_kw_yr),
            ("greenfield.opex_cny_kw_yr", of_new.opex_cny_kw_yr),
            ("repower.opex_cny_kw_yr", of_wind.opex_cny_kw_yr),
            unit="CNY/kW/yr",
        )
        tech_rate = ("repower.discount_frac", of_wind.discount_frac)
        if of_new.discount_frac is not None:
            tech_rate = ("greenfield.discount_frac", of_new.discount_frac)
    rate = _first(
        ("money.discount_nominal_frac", money.discount_nominal_frac), tech_rate, unit="-"
    )
    needed = {
        f"money.{tech}.capex_cny_kw": capex,
        f"money.{tech}.opex_cny_kw_yr": opex,
        "money.discount_nominal_frac": rate,
    }
    finance = None
    if rate is not None:
        taxes = tuple((money.tax_frac + money.tax_frac[-1:] * years)[:years])
        pv_only = tech == "pv"
        finance = Finance(
            rate.value,
            money.inflation_frac
            if money.inflation_frac is not None
            else (of_pv.inflation_frac if pv_only else 0.0),
            taxes or (of_pv.tax_frac if pv_only else 0.0),
            money.depreciation_yr or (of_pv.depreciation_yr if pv_only else years),
        )
    per_kw = None
    if opex is not None:
        # running costs are given by the kW, or as a share of the investment
        share = opex.unit == "-"
        per_kw = opex.value * (capex.value if share and capex is not None else 1.0)
    return Terms(
        None if capex is None else capex.value,
        per_kw,
        own.replacements,
        money.residual_frac,
        finance,
        tuple(u for u in (capex, opex, rate) if u is not None),
        tuple(k for k, v in needed.items() if v is None),
    )


def costs_of(terms: Terms, capacity_mw: float) -> Costs | None:
    """What a plant of a capacity costs; None where the costs per kW are not known."""
    if terms.capex_cny_kw is None or terms.opex_cny_kw_yr is None:
        return None
    kw = capacity_mw * KW
    capex = terms.capex_cny_kw * kw
    return Costs(
        capex_cny=capex,
        opex_cny_yr=terms.opex_cny_kw_yr * kw,
        replacements_cny=tuple((r.year, r.cny_kw * kw) for r in terms.replacements),
        residual_cny=terms.residual_frac * capex,
    )


def station_terms(
    plan: Plan, wind_mw: float, pv_mw: float, storage_mwh: float, years: int
) -> tuple[Terms, Costs | None]:
    """Costs and rates of a wind-PV station: those of its parts added up.

    Returns
    -------
    Terms
        Without costs per kW; the rates are those of the wind, which ``[money]`` gives.
    Costs or None
        None where a part's are not known.
    """
    wind, pv = terms_of(plan, "wind", years), terms_of(plan, "pv", years)
    stored = plan.section(MoneySection).storage
    parts = [costs_of(wind, wind_mw), costs_of(pv, pv_mw)]
    missing = [*wind.missing, *(k for k in pv.missing if k not in wind.missing)]
    used = {u.key: u for u in (*wind.used, *pv.used)}
    if storage_mwh > 0:
        given = {
            "money.storage.capex_cny_kwh": (stored.capex_cny_kwh, "CNY/kWh"),
            "money.storage.opex_cny_kwh_yr": (stored.opex_cny_kwh_yr, "CNY/kWh/yr"),
        }
        missing += [k for k, (v, _) in given.items() if v is None]
        used |= {k: Used(k, v, unit) for k, (v, unit) in given.items() if v is not None}
        kwh = storage_mwh * KW
        if stored.capex_cny_kwh is not None and stored.opex_cny_kwh_yr is not None:
            parts.append(
                Costs(
                    stored.capex_cny_kwh * kwh,
                    stored.opex_cny_kwh_yr * kwh,
                    tuple((r.year, r.cny_kwh * kwh) for r in stored.replacements),
                    wind.residual_frac * stored.capex_cny_kwh * kwh,
                )
            )
    costs = None
    known = [c for c in parts if c is not None]
    if len(known) == len(parts) and not missing:
        costs = Costs(
            sum(c.capex_cny for c in known),
            sum(c.opex_cny_yr for c in known),
            tuple(r for c in known for r in c.replacements_cny),
            sum(c.residual_cny for c in known),
        )
    finance = wind.finance
    terms = Terms(
        None, None, (), wind.residual_frac, finance, tuple(used.values()), tuple(missing)
    )
    return terms, costs


def _first(*options: tuple[str, float | None], unit: str, default: str = "") -> Used | None:
    """The first figure that is given, else the cited default of ``costs.toml``."""
    for key, value in options:
        if value is not None:
            return Used(key, value, unit)
    if not default:
        return None
    fact = cost_facts()[default]
    return Used(
        options[-1][0], float(fact["value"]), unit, given=False, source=origin(fact["source"])
    )
