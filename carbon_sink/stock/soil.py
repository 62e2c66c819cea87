"""IPCC Tier 1 soil carbon (0-30 cm) under land-use change, by climate zone.

The reference stock differs by a factor of 1.8 across the limit of 10 C mean annual
temperature between cool and warm temperate dry. A county whose climate touches it is run in
both zones; the printed interval of either alone would be far too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.constants import transition_years
from carbon_sink.stock.pools import ClimateZone, choose_densities
from carbon_sink.stock.uncertainty import Estimate, Term, monte_carlo

__all__ = ["SoilChange", "tier1_by_zone", "zones_table"]


@dataclass(frozen=True)
class SoilChange:
    """Change of mineral soil carbon of one zone [tC].

    Attributes
    ----------
    per_year
        Annual change while the transition lasts [tC/yr].
    by_end
        Change until the end of the transition [tC].
    not_estimated_ha
        Converted area with no reference stock on one side.
    """

    zone: ClimateZone
    per_year: Estimate | None
    by_end: Estimate | None
    not_estimated_ha: float


def tier1_by_zone(
    transitions: Mapping[tuple[str, str], float],
    table: Coefficients,
    zones: Sequence[ClimateZone],
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> dict[ClimateZone, SoilChange]:
    """Equation 2.25 over a transition matrix, in each climate zone of a place.

    Parameters
    ----------
    transitions : mapping
        (ecosystem before, ecosystem after) -> area [ha].
    table : Coefficients

    Returns
    -------
    dict
        Zone -> change. One reference stock draw serves both land uses of a transition, so an
        area whose class did not change contributes exactly nothing.
    """
    out = {}
    for zone in zones:
        soc = {
            e: d
            for (e, pool), d in choose_densities(table, depth_cm=(0, 30), zone=zone).items()
            if pool == "soc"
        }
        terms: list[Term] = []
        missing = 0.0
        for (before, after), area in transitions.items():
            if before == after:
                continue
            if before not in soc or after not in soc:
                missing += area
                continue
            terms += soc[after].terms(area)
            terms += [Term(-t.weight, t.factors) for t in soc[before].terms(area)]
        if not terms:
            out[zone] = SoilChange(zone, None, None, missing)
            continue
        yearly = [Term(t.weight / transition_years(), t.factors) for t in terms]
        found = monte_carlo({"end": terms, "year": yearly}, table, draws=draws, seed=seed)
        out[zone] = SoilChange(zone, found["year"], found["end"], missing)
    return out


def zones_table(found: Mapping[ClimateZone, SoilChange]) -> pd.DataFrame:
    """Every zone as a row, and the envelope of their intervals where there are several."""
    rows = [
        {
            "climate_zone": z,
            "tc_yr": c.per_year.value if c.per_year else float("nan"),
            "low_tc_yr": c.per_year.low if c.per_year else float("nan"),
            "high_tc_yr": c.per_year.high if c.per_year else float("nan"),
            "by_end_tc": c.by_end.value if c.by_end else float("nan"),
            "not_estimated_ha": c.not_estimated_ha,
        }
        for z, c in found.items()
    ]
    table = pd.DataFrame(rows)
    known = table.dropna(subset=["tc_yr"])
    if len(known) and len(found) > 1:
        table.loc[len(table)] = {
            "climate_zone": "envelope",
            "tc_yr": float("nan"),
            "low_tc_yr": known["low_tc_yr"].min(),
            "high_tc_yr": known["high_tc_yr"].max(),
            "by_end_tc": float("nan"),
            "not_estimated_ha": float(table["not_estimated_ha"].max()),
        }
    return table
