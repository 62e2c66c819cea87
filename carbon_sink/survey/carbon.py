"""Carbon of a change list: parcel by parcel, by township, by kind, all on the same draws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from carbon_sink.change.conversion import CARRIERS, Period, convert
from carbon_sink.change.two_dates import (
    StockChange,
    change_by_place,
    row_changes,
    stock_change,
)
from carbon_sink.overlay.overlay import NOT_SURVEYED
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.uncertainty import Term

__all__ = ["ChangeCarbon", "change_carbon", "combined_terms"]

_KEYS = ["before", "after", "planted_year"]
POOLS = [f"{c}_tc" for c in CARRIERS]


@dataclass(frozen=True)
class ChangeCarbon:
    """Carbon of the change between two surveys [tC].

    Attributes
    ----------
    rows : DataFrame
        Index of the change list: ``<carrier>_tc``, ``total_tc, low_tc, high_tc``,
        ``not_estimated``.
    by_kind, by_township : DataFrame
        ``change_tc, low_tc, high_tc`` of each.
    total : StockChange
    """

    rows: pd.DataFrame
    by_kind: pd.DataFrame
    by_township: pd.DataFrame
    total: StockChange | None


def change_carbon(
    pieces: pd.DataFrame,
    rows: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    period: Period,
    *,
    draws: int = 10_000,
    seed: int = 0,
) -> ChangeCarbon:
    """Carbon of every row of the change list and of their sums.

    Parameters
    ----------
    pieces : DataFrame
        Of `carbon_sink.survey.changes.change_pieces`.
    rows : DataFrame
        Of `carbon_sink.survey.changes.change_rows`.
    period : Period
        Years between the surveys and how ages are counted.

    Returns
    -------
    ChangeCarbon
        A row of several ages has the sums of their interval ends: the ends of one draw.
    """
    kwargs: dict[str, Any] = {"draws": draws, "seed": seed}
    held = pieces[(pieces["before"] != NOT_SURVEYED) & (pieces["after"] != NOT_SURVEYED)]
    if not len(held):
        empty = pd.DataFrame(index=rows.index)
        for c in [*POOLS, "total_tc", "low_tc", "high_tc"]:
            empty[c] = np.nan
        nothing = pd.DataFrame(columns=["change_tc", "low_tc", "high_tc"])
        return ChangeCarbon(empty.assign(not_estimated=""), nothing, nothing, None)
    work = held.assign(year=held["planted_year"].fillna(-1.0))
    unit, name = _units(work)
    each = row_changes(unit, choice, table, period)
    spread = change_by_place(
        unit.assign(unit=name.astype(str)), choice, table, period, place="unit", **kwargs
    ).set_index("unit")
    for end in ("low_tc", "high_tc"):
        ends = spread[end].reindex(name.astype(str)).to_numpy()
        each[end] = np.where(each["total_tc"].isna(), np.nan, ends)
    merged = work.merge(
        pd.concat([unit.drop(columns="area_ha").assign(year=unit["planted_year"].fillna(-1.0))
                   .drop(columns="planted_year"), each], axis=1),
        on=["before", "after", "year"],
        how="left",
    )  # fmt: skip
    out = _summed(merged, rows)
    columns = ["before", "after", "planted_year", "area_ha"]
    by = {}
    for place in ("kind", "township"):
        part = _by(held, [place, *_KEYS])
        by[place] = change_by_place(part, choice, table, period, place=place, **kwargs)
    whole = _by(held, _KEYS)
    total = stock_change(
        whole[columns],
        choice,
        table,
        years=period.years,
        to_year=period.to_year,
        planted=period.planted,
        growth=period.growth,
        ambiguous=period.ambiguous,
        **kwargs,
    )
    return ChangeCarbon(out, by["kind"], by["township"], total)


def _by(pieces: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return pieces.groupby(keys, as_index=False, dropna=False).agg(area_ha=("area_ha", "sum"))


def _units(work: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """One hectare of every change of class and planting year."""
    unit = work[["before", "after", "planted_year"]].drop_duplicates().reset_index(drop=True)
    unit["area_ha"] = 1.0
    return unit, pd.Series(range(len(unit)))


def _summed(merged: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    values = [*POOLS, "total_tc", "low_tc", "high_tc"]
    area = merged["area_ha"].to_numpy()[:, None]
    scaled = pd.DataFrame(merged[values].to_numpy() * area, columns=values)
    keys = ["kind", "before", "after", "township", "patch"]
    for k in keys:
        scaled[k] = merged[k].to_numpy()
    by = scaled.groupby(keys)[values].sum(min_count=1)
    lacking = merged.groupby(keys)["not_estimated"].first()
    index = pd.MultiIndex.from_frame(rows[keys])
    out = by.reindex(index).set_index(rows.index)
    out["not_estimated"] = lacking.reindex(index).fillna("").to_numpy()
    return out


def combined_terms(
    pieces: pd.DataFrame, choice: Choice, table: Coefficients, period: Period
) -> list[Term]:
    """Terms of the change of class of all pieces, to be drawn together with other losses."""
    held = pieces[(pieces["before"] != NOT_SURVEYED) & (pieces["after"] != NOT_SURVEYED)]
    if not len(held):
        return []
    whole = _by(held, _KEYS)
    found = convert(whole, choice, table, period)
    return [Term(math.fsum(p.weight), p.factors) for p in found.parts]
