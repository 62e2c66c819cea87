"""What the stock of a county is counted from: its land, densities and coefficients."""

from __future__ import annotations

from dataclasses import dataclass

from carbon_sink.cover.land import County, county_land
from carbon_sink.cover.local_classes import with_local_classes
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import Choice, county_choice
from carbon_sink.stock.coefficients import Coefficients
from layers.plan.model import Plan

__all__ = ["StockInputs", "stock_inputs"]


@dataclass(frozen=True)
class StockInputs:
    """Land and densities of a stock.

    Attributes
    ----------
    county
        Land by class.
    local
        The same with labels where the plan has densities of some land.
    densities, table
        Of the labels of `local`.
    """

    county: County
    local: County
    densities: Choice
    table: Coefficients


def stock_inputs(plan: Plan, section: CarbonSection) -> StockInputs | None:
    """All a stock is counted from, refused where it cannot be; None without land.

    Parameters
    ----------
    plan : Plan
    section : CarbonSection

    Raises
    ------
    ConfigError
        Densities and volumes no land or coefficient bears; recalled rows that are off.
    DataError
        Land that cannot be read, of classes nobody knows.
    """
    county = county_land(plan, section)
    if county is None:
        return None
    local = with_local_classes(county, section)
    densities, table = county_choice(section, local)
    here = set(local.areas["ecosystem"].astype(str))
    for (label, _), density in densities.items():
        if label in here:
            for key in density.coefficients:
                table[key]  # a recalled row that is off is refused here, by name
    return StockInputs(county, local, densities, table)
