"""Equations 2.7 to 2.25 of the 2006 IPCC Guidelines, Volume 4 Chapter 2.

One function per equation, named for what it gives; symbols as in the Guidelines (kept
unchanged in the 2019 Refinement). A gain of carbon is positive; as CO2 it is a removal,
hence the sign of `co2_of`. Areas in ha, biomass in t d.m., carbon in tC, volumes in m3,
time in years.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from gis.errors import ModelError
from gis.say import say

__all__ = [
    "annual_growth",
    "biomass_carbon",
    "biomass_change",
    "biomass_change_conversion",
    "co2_of",
    "conversion_change",
    "disturbance_loss",
    "dom_change",
    "dom_conversion",
    "dom_gain_loss",
    "dom_input",
    "dom_stock_difference",
    "fuelwood_loss",
    "growth_by_volume",
    "growth_gain",
    "losses",
    "mineral_soil_change",
    "mineral_soil_stock",
    "mortality",
    "slash",
    "soil_change",
    "stock_difference",
    "wood_removal",
]

CO2_PER_C = 44.0 / 12.0
TRANSITION_YEARS = 20.0
"""Default period of dead matter and soil to reach a new equilibrium."""


def _period(years: float) -> float:
    if not years > 0:
        raise ModelError(say("carbon_sink.stock.period_must_positive"), got=f"{years:g} years")
    return years


def co2_of(carbon_tc: float) -> float:
    """CO2 flux of a change in carbon stock [tCO2]: a gain is a removal, so negative.

    Examples
    --------
    >>> co2_of(12.0)
    -44.0
    """
    return -carbon_tc * CO2_PER_C


def biomass_change(gain_tc: float, loss_tc: float) -> float:
    """Equation 2.7, gain-loss: ``dC_B = dC_G - dC_L``.

    Examples
    --------
    >>> biomass_change(120.0, 45.0)
    75.0
    """
    return gain_tc - loss_tc


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


def growth_gain(area_ha: Sequence[float], g_total: Sequence[float], cf: float) -> float:
    """Equation 2.9: ``dC_G = sum(A G_TOTAL CF)`` [tC/yr].

    Examples
    --------
    >>> growth_gain([10.0, 20.0], [2.0, 1.0], 0.5)
    20.0
    """
    return math.fsum(a * g * cf for a, g in zip(area_ha, g_total, strict=True))


def annual_growth(g_w: float, r: float) -> float:
    """Equation 2.10, Tier 1: ``G_TOTAL = G_W (1 + R)`` [t d.m./ha/yr].

    Examples
    --------
    >>> annual_growth(2.0, 0.25)
    2.5
    """
    return g_w * (1.0 + r)


def growth_by_volume(i_v_m3_ha: float, bcef_i: float, r: float) -> float:
    """Equation 2.10, Tiers 2 and 3: ``G_TOTAL = I_V BCEF_I (1 + R)`` [t d.m./ha/yr].

    Examples
    --------
    >>> growth_by_volume(4.0, 0.5, 0.25)
    2.5
    """
    return i_v_m3_ha * bcef_i * (1.0 + r)


def losses(wood_tc: float, fuelwood_tc: float, disturbance_tc: float) -> float:
    """Equation 2.11: ``dC_L = L_wood + L_fuelwood + L_disturbance`` [tC/yr].

    Examples
    --------
    >>> losses(10.0, 5.0, 2.5)
    17.5
    """
    return wood_tc + fuelwood_tc + disturbance_tc


def wood_removal(h_m3: float, bcef_r: float, r: float, cf: float) -> float:
    """Equation 2.12: ``L_wood = H BCEF_R (1 + R) CF`` [tC/yr].

    Examples
    --------
    >>> wood_removal(100.0, 0.8, 0.25, 0.5)
    50.0
    """
    return h_m3 * bcef_r * (1.0 + r) * cf


def fuelwood_loss(
    fg_trees_m3: float, bcef_r: float, r: float, fg_part_m3: float, d: float, cf: float
) -> float:
    """Equation 2.13: ``L_fuel = [FG_trees BCEF_R (1 + R) + FG_part D] CF`` [tC/yr].

    Examples
    --------
    (40 x 0.8 x 1.25 + 20 x 0.5) x 0.5 = (40 + 10) x 0.5 = 25.

    >>> fuelwood_loss(40.0, 0.8, 0.25, 20.0, 0.5, 0.5)
    25.0
    """
    return (fg_trees_m3 * bcef_r * (1.0 + r) + fg_part_m3 * d) * cf


def disturbance_loss(area_ha: float, b_w: float, r: float, cf: float, fd: float) -> float:
    """Equation 2.14: ``L_disturbance = A B_W (1 + R) CF fd`` [tC/yr].

    Examples
    --------
    >>> disturbance_loss(10.0, 40.0, 0.25, 0.5, 0.3)
    75.0
    """
    if not 0.0 <= fd <= 1.0:
        raise ModelError(
            say("carbon_sink.stock.fd_share_biomass_lost"), got=f"{fd:g}", expected="0 to 1"
        )
    return area_ha * b_w * (1.0 + r) * cf * fd


def biomass_change_conversion(gain_tc: float, conversion_tc: float, loss_tc: float) -> float:
    """Equation 2.15: ``dC_B = dC_G + dC_CONVERSION - dC_L`` [tC/yr].

    Examples
    --------
    >>> biomass_change_conversion(30.0, -50.0, 5.0)
    -25.0
    """
    return gain_tc + conversion_tc - loss_tc


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


def dom_change(dead_wood_tc: float, litter_tc: float) -> float:
    """Equation 2.17: ``dC_DOM = dC_DW + dC_LT`` [tC/yr].

    Examples
    --------
    >>> dom_change(2.0, -0.5)
    1.5
    """
    return dead_wood_tc + litter_tc


def dom_gain_loss(area_ha: float, dom_in: float, dom_out: float, cf: float) -> float:
    """Equation 2.18: ``dC_DOM = A (DOM_in - DOM_out) CF`` [tC/yr].

    Examples
    --------
    >>> dom_gain_loss(50.0, 1.25, 0.75, 0.5)
    12.5
    """
    return area_ha * ((dom_in - dom_out) * cf)


def dom_stock_difference(
    area_ha: float, dom_t1: float, dom_t2: float, years: float, cf: float
) -> float:
    """Equation 2.19: ``dC_DOM = [A (DOM_t2 - DOM_t1) / T] CF`` [tC/yr].

    Examples
    --------
    >>> dom_stock_difference(100.0, 2.0, 3.0, 10.0, 0.5)
    5.0
    """
    return area_ha * (dom_t2 - dom_t1) / _period(years) * cf


def dom_input(
    mortality_tc: float, slash_tc: float, disturbance_tc: float, f_blol: float
) -> float:
    """Equation 2.20: ``DOM_in = L_mortality + L_slash + L_disturbance f_BLol`` [tC/yr].

    Examples
    --------
    >>> dom_input(3.0, 2.0, 10.0, 0.4)
    9.0
    """
    return mortality_tc + slash_tc + disturbance_tc * f_blol


def mortality(
    area_ha: Sequence[float], g_w: Sequence[float], cf: float, m: Sequence[float]
) -> float:
    """Equation 2.21: ``L_mortality = sum(A G_W CF m)`` [tC/yr].

    Examples
    --------
    >>> mortality([100.0], [4.0], 0.5, [0.25])
    50.0
    """
    rows = zip(area_ha, g_w, m, strict=True)
    return math.fsum(a * g * cf * share for a, g, share in rows)


def slash(h_m3: float, bcef_r: float, r: float, d: float, cf: float) -> float:
    """Equation 2.22: ``L_slash = [H BCEF_R (1 + R) - H D] CF`` [tC/yr].

    Examples
    --------
    (100 x 0.8 x 1.25 - 100 x 0.5) x 0.5 = 25.

    >>> slash(100.0, 0.8, 0.25, 0.5, 0.5)
    25.0
    """
    return (h_m3 * bcef_r * (1.0 + r) - h_m3 * d) * cf


def dom_conversion(
    c_new: float, c_old: float, area_ha: float, years: float = TRANSITION_YEARS
) -> float:
    """Equation 2.23: ``dC_DOM = (C_n - C_o) A / T`` [tC/yr], T = 20 years by default.

    Examples
    --------
    >>> dom_conversion(0.8, 0.0, 100.0)
    4.0
    """
    return (c_new - c_old) * area_ha / _period(years)


def soil_change(
    mineral_tc: float, organic_loss_tc: float = 0.0, inorganic_tc: float = 0.0
) -> float:
    """Equation 2.24: ``dC_Soils = dC_Mineral - L_Organic + dC_Inorganic`` [tC/yr].

    Inorganic carbon is 3-7 times the organic in this region and is left out unless given.

    Examples
    --------
    >>> soil_change(10.0, 4.0)
    6.0
    """
    return mineral_tc - organic_loss_tc + inorganic_tc


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
    inventory_years: float = TRANSITION_YEARS,
    *,
    d_years: float = TRANSITION_YEARS,
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
    return (soc_now_tc - soc_before_tc) / max(_period(d_years), _period(inventory_years))
