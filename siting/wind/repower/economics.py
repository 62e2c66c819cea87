"""Repowering against running on: LCOE, net present value, carbon dioxide, what is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from siting.economy.emissions import avoided_tco2_yr, grid_factor
from siting.economy.lcoe import Costs, Finance, irr, lcoe, npv
from siting.wind.section import RepowerSection
from siting.wind.summary import Co2Summary, GridFactorUse, RecyclingSummary

__all__ = ["Money", "carbon", "compare_money", "recycling"]


@dataclass(frozen=True)
class Money:
    """Repower and run-on in money of year 0.

    Attributes
    ----------
    lcoe_cny_mwh
        Of the new farm, real.
    npv_repower_cny, npv_run_on_cny
        Over the life of the new farm; running on ends with the old farm's design life.
    irr_repower_frac
        Rate at which repowering neither gains nor loses; None where no rate does.
    missing
        Inputs the plan does not give; the figures they are needed for are None.
    """

    lcoe_cny_mwh: float | None
    npv_repower_cny: float | None
    npv_run_on_cny: float | None
    irr_repower_frac: float | None
    missing: tuple[str, ...]

    @property
    def gain_cny(self) -> float | None:
        """What repowering brings beyond running on."""
        if self.npv_repower_cny is None or self.npv_run_on_cny is None:
            return None
        return self.npv_repower_cny - self.npv_run_on_cny


def compare_money(
    section: RepowerSection,
    *,
    new_kw: float,
    new_mwh_yr: float,
    old_kw: float,
    old_mwh_yr: float,
    old_years: float,
) -> Money:
    """LCOE of the new farm and net present values of both choices.

    Parameters
    ----------
    new_kw, old_kw : float
        Capacity after and before [kW].
    new_mwh_yr, old_mwh_yr : float
        P50 after and before [MWh/yr].
    old_years : float
        Years the old farm is on grid; NaN: unknown.

    Notes
    -----
    NPV repower = -capex + salvage + sum_t (tariff E_new - opex) / (1 + r)^t over the life;
    NPV run-on = sum_t (tariff E_old - opex_old) / (1 + r)^t over what is left of the old
    life. The lost energy during the works is not in it.
    """
    need = {
        "repower.capex_cny_kw": section.capex_cny_kw,
        "repower.opex_cny_kw_yr": section.opex_cny_kw_yr,
        "repower.discount_frac": section.discount_frac,
    }
    missing = [k for k, v in need.items() if v is None]
    cost: float | None = None
    if section.capex_cny_kw and section.opex_cny_kw_yr and section.discount_frac is not None:
        costs = Costs(section.capex_cny_kw * new_kw, section.opex_cny_kw_yr * new_kw)
        life = [new_mwh_yr] * section.life_yr
        cost = lcoe(costs, life, Finance(section.discount_frac)).real_cny_mwh
    more = [
        k
        for k, v in {
            "repower.tariff_cny_kwh": section.tariff_cny_kwh,
            "repower.old_opex_cny_kw_yr": section.old_opex_cny_kw_yr,
        }.items()
        if v is None
    ]
    if np.isnan(old_years):
        more.append("turbines.on_grid")
    new_value = old_value = internal = None
    if not missing and not more:
        price = float(section.tariff_cny_kwh or 0.0) * 1000.0
        rate = float(section.discount_frac or 0.0)
        salvage = float(section.old_salvage_cny_kw or 0.0) * old_kw
        yearly = price * new_mwh_yr - float(section.opex_cny_kw_yr or 0.0) * new_kw
        first = salvage - float(section.capex_cny_kw or 0.0) * new_kw
        flow = [first, *[yearly] * section.life_yr]
        new_value = npv(rate, flow)
        found = irr(flow)
        internal = None if np.isnan(found) else found
        left = int(max(section.life_yr - np.floor(old_years), 0))
        running = price * old_mwh_yr - float(section.old_opex_cny_kw_yr or 0.0) * old_kw
        old_value = npv(rate, [0.0, *[running] * left]) if left else 0.0
    return Money(cost, new_value, old_value, internal, tuple(missing + more))


def carbon(factor_id: str, old_mwh_yr: float, new_mwh_yr: float) -> Co2Summary:
    """Carbon dioxide the grid does not emit, before and after; None without a factor.

    Examples
    --------
    >>> carbon("", 1.0, 2.0).added_tco2_yr is None
    True
    >>> round(carbon("national_2022", 1000.0, 3000.0).added_tco2_yr, 3)
    1073.2
    """
    if not factor_id:
        return Co2Summary(
            factor=None,
            before_tco2_yr=None,
            after_tco2_yr=None,
            added_tco2_yr=None,
            missing="repower.grid_factor",
        )
    factor = grid_factor(factor_id)
    before = avoided_tco2_yr(old_mwh_yr, factor)
    after = avoided_tco2_yr(new_mwh_yr, factor)
    return Co2Summary(
        factor=GridFactorUse(
            id=factor.id,
            kgco2_kwh=factor.kgco2_kwh,
            year=factor.year,
            source=factor.source,
            quality=factor.quality,
        ),
        before_tco2_yr=before,
        after_tco2_yr=after,
        added_tco2_yr=after - before,
        missing="",
    )


def recycling(
    n: int, rotor_m: float, *, blade_mass_t: float | None, hub_mass_t: float | None
) -> RecyclingSummary:
    """What the old turbines leave: counts always, tonnage only from stated masses.

    No mass is guessed from the rotor: blades of one length differ by half between makes.

    Examples
    --------
    >>> r = recycling(33, 82.0, blade_mass_t=6.0, hub_mass_t=None)
    >>> r.blades, r.blade_t, r.hub_t is None
    (99, 594.0, True)
    """
    return RecyclingSummary(
        turbines=n,
        blades=3 * n,
        blade_length_m=rotor_m / 2,
        blade_t=None if blade_mass_t is None else 3 * n * blade_mass_t,
        hub_t=None if hub_mass_t is None else n * hub_mass_t,
        missing=tuple(
            k
            for k, v in (
                ("repower.blade_mass_t", blade_mass_t),
                ("repower.hub_mass_t", hub_mass_t),
            )
            if v is None
        ),
    )
