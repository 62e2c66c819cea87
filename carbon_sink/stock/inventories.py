"""Change of the standing volume between inventories: stock-difference from measured stocks.

Equation 2.8 of the IPCC 2006 Guidelines on two inventories of `[carbon.stock_volume]`. Volumes
are measured, so this rests on other data than the classes, ages and growth lines of
`carbon_sink.change`: the two are independent estimates of the forest's living biomass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from carbon_sink.section import CarbonSection
from carbon_sink.section_values import StockVolume
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo
from carbon_sink.stock.volume import inventory_terms

__all__ = ["InventoryChange", "inventories_table", "inventory_change"]


@dataclass(frozen=True)
class InventoryChange:
    """Carbon of the living forest between two inventories.

    Attributes
    ----------
    change, change_yr
        Over the years between, and a year [tC], [tC/yr].
    same_area
        The area of both was taken as one, since only one inventory states it, or none.
    """

    earlier: StockVolume
    later: StockVolume
    change: Estimate
    change_yr: Estimate
    same_area: bool

    @property
    def years(self) -> int:
        """Between the inventories."""
        return self.later.year - self.earlier.year


def _pair(
    section: CarbonSection, earlier: StockVolume, later: StockVolume, arbor_ha: float | None
) -> tuple[list[Term], bool]:
    given = [s.arbor_area_ha for s in (earlier, later)]
    same = None in given
    if same:
        # one area under both: what the line says of bare area cancels
        alike = earlier.species == later.species
        one = given[1] or given[0] or arbor_ha or (0.0 if alike else None)
        given = [one, one]
    old, new = (
        inventory_terms(s, a, form=section.volume_form, carbon_fraction=section.carbon_fraction)
        for s, a in zip((earlier, later), given, strict=True)
    )
    return [*new, *(Term(-t.weight, t.factors) for t in old)], same


def inventory_change(
    section: CarbonSection, table: Coefficients, arbor_ha: float | None = None
) -> tuple[InventoryChange, ...]:
    """Changes between the inventories of a plan, one after the other.

    Parameters
    ----------
    section : CarbonSection
    table : Coefficients
        That of the plan (`carbon_sink.stock.choice.table_of`).
    arbor_ha : float, optional
        Arbor forest as mapped, where no inventory states its area.

    Returns
    -------
    tuple of InventoryChange
        The first is the whole: from the inventory of the base year (the earliest without
        one) to that of the year (the latest); then, of more than two, one after another.

    Examples
    --------
    5,500 -> 6,000 m3 of poplar: 500 x 0.6251 t/m3 x 0.452 = +141 tC.

    >>> from carbon_sink.stock.choice import table_of
    >>> s = CarbonSection(stock_volume=(
    ...     StockVolume(year=2020, volume_m3=5500.0, source="inventory"),
    ...     StockVolume(year=2025, volume_m3=6000.0, source="inventory")))
    >>> round(inventory_change(s, table_of(s))[0].change.value)
    141
    """
    ordered = sorted(section.stock_volume, key=lambda s: s.year)
    if len(ordered) < 2:
        return ()
    by = {s.year: s for s in ordered}
    first, last = by.get(section.base_year, ordered[0]), by.get(section.year, ordered[-1])
    if first.year >= last.year:
        first, last = ordered[0], ordered[-1]
    pairs = [(first, last)]
    if len(ordered) > 2:
        pairs += [p for p in pairwise(ordered) if p != (first, last)]
    out = []
    for earlier, later in pairs:
        terms, same = _pair(section, earlier, later, arbor_ha)
        years = later.year - earlier.year
        yearly = [Term(t.weight / years, t.factors) for t in terms]
        found = monte_carlo(
            {"all": terms, "year": yearly}, table, draws=section.draws, seed=section.seed
        )
        out.append(InventoryChange(earlier, later, found["all"], found["year"], same))
    return tuple(out)


def inventories_table(changes: Sequence[InventoryChange]) -> pd.DataFrame:
    """One row a pair of inventories."""
    return pd.DataFrame(
        [
            {
                "from_year": c.earlier.year,
                "to_year": c.later.year,
                "from_m3": c.earlier.volume_m3,
                "to_m3": c.later.volume_m3,
                "change_tc": c.change.value,
                "low_tc": c.change.low,
                "high_tc": c.change.high,
                "change_tc_yr": c.change_yr.value,
                "same_area": c.same_area,
                "sources": "; ".join(dict.fromkeys((c.earlier.source, c.later.source))),
            }
            for c in changes
        ]
    )
