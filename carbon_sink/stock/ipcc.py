"""Equations of the 2006 IPCC Guidelines, Volume 4 Chapter 2, that carbon change rests on.

One function per equation, named for what it gives; symbols as in the Guidelines (kept
unchanged in the 2019 Refinement). A gain of carbon is positive; as CO2 it is a removal,
hence the sign of `co2_of`. Areas in ha, biomass in t d.m., carbon in tC, volumes in m3,
time in years.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from carbon_sink.stock.constants import constants, transition_years
from gis.errors import ModelError
from gis.say import say

__all__ = [
    "biomass_carbon",
    "co2_of",
    "conversion_change",
    "dom_conversion",
    "mineral_soil_change",
    "mineral_soil_stock",
    "soil_transition",
    "stock_difference",
]


def _period(years: float) -> float:
    if not years > 0:
        raise ModelError(
            say("carbon_sink.stock.period_must_be_positive"),
            got=say("carbon_sink.stock.years", years=years),
        )
    return years


def co2_of(carbon_tc: float) -> float:
    """CO2 flux of a change in carbon stock [tCO2]: a gain is a removal, so negative.

    Examples
    --------
    >>> co2_of(12.0)
    -44.0
    """
    return -carbon_tc * constants()["co2_per_c"]


def stock_difference(c1_tc: float, c2_tc: float, years: float) -> float:
    """Equation 2.8 (a), stock-difference: ``(C_t2 - C_t1) / (t2 - t1)`` [tC/yr].

    Examples
    --------
    >>> stock_difference(1000.0, 1150.0, 5.0)
    30.0
    """
    return (c2_tc - c1_tc) / _period(years)


def biomass_carbon(
    area_ha: float, volume_m3_ha: float, bcef_s: float, r: float, cf: float
) -> float:
    """Equation 2.8 (b): ``C = A V BCEF_S (1 + R) CF`` [tC].

    Examples
    --------
    100 ha x 25 m3/ha x 0.6 t/m3 x 1.25 x 0.5 = 937.5 tC.

    >>> biomass_carbon(100.0, 25.0, 0.6, 0.25, 0.5)
    937.5
    """
    return area_ha * volume_m3_ha * bcef_s * (1.0 + r) * cf


def conversion_change(
    b_after: Sequence[float], b_before: Sequence[float], area_ha: Sequence[float], cf: float
) -> float:
    """Equation 2.16: ``sum((B_AFTER - B_BEFORE) dA) CF`` [tC/yr].

    Examples
    --------
    Grassland of 6.5 t d.m./ha cleared for planting on 20 ha: -65 tC at CF 0.5.

    >>> conversion_change([0.0], [6.5], [20.0], 0.5)
    -65.0
    """
    rows = zip(b_after, b_before, area_ha, strict=True)
    return math.fsum((after - before) * a for after, before, a in rows) * cf


def dom_conversion(
    c_new: float, c_old: float, area_ha: float, years: float | None = None
) -> float:
    """Equation 2.23: ``dC_DOM = (C_n - C_o) A / T`` [tC/yr], T = 20 years by default.

    Examples
    --------
    >>> dom_conversion(0.8, 0.0, 100.0)
    4.0
    """
    return (c_new - c_old) * area_ha / _period(transition_years() if years is None else years)


def mineral_soil_stock(
    soc_ref: Sequence[float],
    f_lu: Sequence[float],
    f_mg: Sequence[float],
    f_i: Sequence[float],
    area_ha: Sequence[float],
) -> float:
    """Equation 2.25, stock: ``SOC = sum(SOC_REF F_LU F_MG F_I A)`` [tC], 0-30 cm.

    Examples
    --------
    100 ha of cultivated high-activity clay, cool temperate dry: 43 x 0.77 x 100 = 3,311 tC.

    >>> round(mineral_soil_stock([43.0], [0.77], [1.0], [1.0], [100.0]), 6)
    3311.0
    """
    rows = zip(soc_ref, f_lu, f_mg, f_i, area_ha, strict=True)
    return math.fsum(ref * lu * mg * i * a for ref, lu, mg, i, a in rows)


def mineral_soil_change(
    soc_now_tc: float,
    soc_before_tc: float,
    inventory_years: float | None = None,
    *,
    d_years: float | None = None,
) -> float:
    """Equation 2.25, change: ``dC_Mineral = (SOC_0 - SOC_(0-T)) / D`` [tC/yr].

    Where the inventory period T exceeds D, the Guidelines divide by T.

    Examples
    --------
    >>> mineral_soil_change(3311.0, 4300.0)
    -49.45
    >>> mineral_soil_change(100.0, 40.0, 30.0)
    2.0
    """
    d = transition_years() if d_years is None else _period(d_years)
    t = d if inventory_years is None else _period(inventory_years)
    return (soc_now_tc - soc_before_tc) / max(d, t)


def soil_transition(age_years: float, *, d_years: float | None = None) -> float:
    """Share of a soil transition that is over after `age_years`, linear over D.

    Examples
    --------
    >>> soil_transition(5.0), soil_transition(25.0)
    (0.25, 1.0)
    """
    if age_years < 0:
        raise ModelError(
            say("carbon_sink.stock.change_lies_ahead"),
            got=say("carbon_sink.stock.years", years=age_years),
        )
    return min(age_years / (transition_years() if d_years is None else d_years), 1.0)
