"""Wetland methane, shown beside the carbon stock and never mixed into it."""

from __future__ import annotations

from dataclasses import dataclass

from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import constants
from carbon_sink.stock.uncertainty import Estimate, Factor, Term, monte_carlo
from gis.errors import ModelError
from gis.say import say

__all__ = ["WetlandNet", "wetland_net"]

CH4_ROW = "TIER1_rewetted_inland_wetland_mineral_soil_temperate/CH4_emission"
BURIAL_ROW = "lake_arid_semiarid_China/rate_organic_C_burial"


@dataclass(frozen=True)
class WetlandNet:
    """Yearly carbon gain and methane of a wetland area, side by side.

    Attributes
    ----------
    carbon_tc_yr
        Carbon stored a year [tC/yr]; a part of lake burial was washed in, so it is not all
        removed from the air.
    carbon_tco2_yr, methane_tco2e_yr, net_tco2e_yr
        As CO2: removal negative, emission positive; `net` is their sum.
    needs_review
        The methane factor was recalled, not read in its source.
    """

    area_ha: float
    carbon_tc_yr: Estimate
    carbon_tco2_yr: float
    methane_tco2e_yr: Estimate
    net_tco2e_yr: Estimate
    needs_review: bool


def wetland_net(
    area_ha: float,
    table: Coefficients,
    *,
    carbon_row: str = BURIAL_ROW,
    gwp: float | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> WetlandNet:
    """Carbon burial and methane of `area_ha` of wetland.

    Parameters
    ----------
    area_ha : float
    table : Coefficients
        The methane row was recalled; it is used here for the side-by-side figure, which is
        labelled *needs review* until the row is switched on by name.
    gwp : float, optional
        GWP-100 of methane; 28 (IPCC AR5) by default.

    Examples
    --------
    1 ha: 0.499 tC buried = -1.83 tCO2; 235 kg CH4 x 28 = +6.58 tCO2e; net +4.75: a restored
    wetland warms in the first decades although it stores carbon.

    >>> from carbon_sink.stock.coefficient_file import load_coefficients
    >>> n = wetland_net(1.0, load_coefficients())
    >>> round(n.carbon_tco2_yr, 2), round(n.methane_tco2e_yr.value, 2)
    (-1.83, 6.58)
    >>> round(n.net_tco2e_yr.value, 2), n.needs_review
    (4.75, True)
    """
    if area_ha < 0:
        raise ModelError(say("carbon_sink.stock.negative_area"), got=f"{area_ha:g} ha")
    review = not table.usable(table.peek(CH4_ROW))
    shown = table.switched_on([CH4_ROW])
    g = constants()["gwp100_ch4"] if gwp is None else gwp
    co2 = constants()["co2_per_c"]
    gain = [Term(area_ha, (Factor(carbon_row),))]
    methane = [Term(area_ha * g / 1000.0, (Factor(CH4_ROW),))]
    net = [Term(-co2 * area_ha, (Factor(carbon_row),)), *methane]
    found = monte_carlo(
        {"carbon": gain, "methane": methane, "net": net}, shown, draws=draws, seed=seed
    )
    return WetlandNet(
        area_ha,
        found["carbon"],
        -co2 * found["carbon"].value,
        found["methane"],
        found["net"],
        review,
    )
