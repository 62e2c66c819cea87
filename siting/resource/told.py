"""A long-term correction as facts for machines and as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from gis.say import say
from layers.spec import Outcome

if TYPE_CHECKING:
    import pandas as pd

    from siting.resource.long_term import LongTerm

__all__ = ["LongTermFacts", "facts", "facts_table", "hold_out_table", "sector_table"]


class OverlapFacts(Outcome):
    """What measured series and reference have in common."""

    n: int = Field(description="common hours of wind, or days of light")
    first: str
    last: str
    months: tuple[int, ...]
    mean_site: float
    mean_reference: float
    r: float
    lag_h: int


class HoldOutFacts(Outcome):
    """Error of one method on runs of time left out."""

    method: str
    bias_frac: float
    block_error_frac: float
    rmse: float
    cube_bias_frac: float | None


class SectorFacts(Outcome):
    """Relation of one sector of the reference's direction; NaN is all directions."""

    sector_deg: float
    n: int
    slope: float
    intercept: float
    r: float
    own: bool


class LongTermFacts(Outcome):
    """A correction without its series."""

    quantity: str
    height_m: float | None = None
    unit: str
    method: str
    overlap: OverlapFacts
    mean_long_term: float
    mean_reference: float
    factor: float
    reference_yr: float
    sd_frac: float
    jackknife_frac: float
    method_frac: float
    drift_frac: float
    uncorrected_sd_frac: float
    hold_out: tuple[HoldOutFacts, ...]
    sectors: tuple[SectorFacts, ...]


def facts(found: LongTerm, height_m: float | None = None) -> LongTermFacts:
    """Everything but the series, with the units in the names; NaN is not known."""
    return LongTermFacts(
        quantity=found.quantity,
        height_m=height_m,
        unit=found.unit,
        method=found.method,
        overlap=OverlapFacts(**asdict(found.overlap)),
        mean_long_term=found.mean_long_term,
        mean_reference=found.mean_reference,
        factor=found.factor,
        reference_yr=found.reference_yr,
        sd_frac=found.sd_frac,
        jackknife_frac=found.jackknife_frac,
        method_frac=found.method_frac,
        drift_frac=found.drift_frac,
        uncorrected_sd_frac=found.uncorrected_sd_frac,
        hold_out=tuple(HoldOutFacts(**asdict(h)) for h in found.hold_out),
        sectors=tuple(
            SectorFacts.model_validate(row) for row in found.sectors.to_dict("records")
        ),
    )


def facts_table(found: Mapping[str, LongTerm], lang: str) -> pd.DataFrame:
    """One row a series (a height of the mast, the light): means, correlation, what is left."""
    import pandas as pd  # heavy

    rows = []
    for name, f in found.items():
        values = {
            "series": name,
            "method": say(f"siting.long_term.method.{f.method}")(lang),
            "n": f.overlap.n,
            "first": f.overlap.first,
            "last": f.overlap.last,
            "reference_yr": round(f.reference_yr, 1),
            "r": round(f.overlap.r, 3),
            "mean_site": round(f.overlap.mean_site, 3),
            "mean_long_term": round(f.mean_long_term, 3),
            "factor": round(f.factor, 4),
            "sd_pct": round(100.0 * f.sd_frac, 2),
            "jackknife_pct": round(100.0 * f.jackknife_frac, 2),
            "method_pct": round(100.0 * f.method_frac, 2),
            "drift_pct": round(100.0 * f.drift_frac, 2),
            "uncorrected_pct": round(100.0 * f.uncorrected_sd_frac, 2),
        }
        rows.append(values)
    return _named(pd.DataFrame(rows), lang)


def hold_out_table(found: Mapping[str, LongTerm], lang: str) -> pd.DataFrame:
    """One row a series and method: the error on runs of time left out."""
    import pandas as pd  # heavy

    rows = [
        {
            "series": name,
            "method": say(f"siting.long_term.method.{h.method}")(lang),
            "bias_pct": round(100.0 * h.bias_frac, 2),
            "block_error_pct": round(100.0 * h.block_error_frac, 2),
            "rmse": round(h.rmse, 3),
            "cube_bias_pct": np.nan
            if h.cube_bias_frac is None
            else round(100.0 * h.cube_bias_frac, 2),
        }
        for name, f in found.items()
        for h in f.hold_out
    ]
    return _named(pd.DataFrame(rows), lang)


def sector_table(found: LongTerm, lang: str) -> pd.DataFrame:
    """One row a sector of the reference's wind direction, the last for all of them."""
    table = found.sectors.drop(columns=["own"])
    every = say("siting.long_term.all_directions")(lang)
    shown = table.assign(
        sector_deg=[every if np.isnan(d) else f"{d:g}" for d in table["sector_deg"]],
        **{c: table[c].round(3) for c in ("slope", "intercept", "r")},
    )
    return _named(shown, lang)


def _named(table: pd.DataFrame, lang: str) -> pd.DataFrame:
    return table.rename(columns={c: say(f"siting.long_term.column.{c}")(lang) for c in table})
