"""Carbon of a change list: parcel by parcel, by township, by kind, all on the same draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from carbon_sink.change.area_error import AreaError
from carbon_sink.change.conversion import CARRIERS, Period
from carbon_sink.change.two_dates import (
    StockChange,
    change_by_place,
    change_terms,
    change_total,
    row_changes,
    stock_change,
)
from carbon_sink.overlay.overlay import NOT_SURVEYED
from carbon_sink.stock.choice import Choice
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.uncertainty import Estimate, Term

__all__ = ["LAND_KEYS", "ChangeCarbon", "change_carbon", "combined_terms", "counted"]

LAND_KEYS = [
    *("before", "after", "planted_year", "species", "planted_before", "species_before"),
]
"""What the carbon of a piece depends on beside its area."""
_KEYS = [*LAND_KEYS, "local"]
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
        ``change_tc, low_tc, high_tc`` of each; ``unchanged`` is a kind where growth of
        standing trees is known.
    total : StockChange
    standing : Estimate or None
        Of it the growth of land that kept its class; None where nothing tells it.
    land : DataFrame
        Land by what its carbon depends on: `LAND_KEYS`, ``local`` and ``area_ha``.
    """

    rows: pd.DataFrame
    by_kind: pd.DataFrame
    by_township: pd.DataFrame
    total: StockChange | None
    standing: Estimate | None
    land: pd.DataFrame


def counted(pieces: pd.DataFrame, standing: pd.DataFrame) -> pd.DataFrame:
    """Land of the change of carbon: what changed and both surveys have, and what grew."""
    held = pieces[(pieces["before"] != NOT_SURVEYED) & (pieces["after"] != NOT_SURVEYED)]
    columns = ["kind", "township", *_KEYS, "area_ha"]
    parts = [x[columns] for x in (held, standing) if len(x)]
    return pd.concat(parts, ignore_index=True) if parts else held[columns]


def change_carbon(
    pieces: pd.DataFrame,
    rows: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    period: Period,
    *,
    standing: pd.DataFrame,
    local: Mapping[str, str] | None = None,
    area: AreaError | None = None,
    draws: int = 10_000,
    seed: int = 0,
) -> ChangeCarbon:
    """Carbon of every row of the change list and of their sums.

    Parameters
    ----------
    pieces, standing : DataFrame
        Of `carbon_sink.survey.changes.change_pieces` and `standing_pieces`.
    rows : DataFrame
        Of `carbon_sink.survey.changes.change_rows`.
    period : Period
        Years between the surveys and how ages are counted.
    local : mapping, optional
        Township -> mark under which `choice` has densities of its own.
    area : AreaError, optional
        Error of the areas. Rows of the list stand as mapped: a sample of checked places
        says nothing of one parcel.

    Returns
    -------
    ChangeCarbon
        A row of several ages has the sums of their interval ends: the ends of one draw.
    """
    kwargs: dict[str, Any] = {"draws": draws, "seed": seed}
    marks = dict(local or {})
    pieces, standing = (
        x.assign(local=[marks.get(str(name), "") for name in x["township"]])
        for x in (pieces, standing)
    )
    held = pieces[(pieces["before"] != NOT_SURVEYED) & (pieces["after"] != NOT_SURVEYED)]
    every = counted(pieces, standing)
    whole = _by(every, _KEYS)
    if not len(every):
        nothing = pd.DataFrame(columns=["change_tc", "low_tc", "high_tc"])
        return ChangeCarbon(_no_rows(rows), nothing, nothing, None, None, whole)
    of_rows = area if area is not None and area.estimate is None else None
    by = {
        place: change_by_place(
            _by(every, [place, *_KEYS]),
            choice,
            table,
            period,
            place=place,
            area=area,
            **kwargs,
        )
        for place in ("kind", "township")
    }
    total = stock_change(
        whole,
        choice,
        table,
        years=period.years,
        to_year=period.to_year,
        planted=period.planted,
        growth=period.growth,
        ambiguous=period.ambiguous,
        area=area,
        **kwargs,
    )
    grown = None
    if len(standing):
        own = _by(standing, _KEYS)
        grown = change_total(own, choice, table, period, area=area, **kwargs)
    out = _no_rows(rows)
    if len(held):
        each, unit = _of_one_hectare(held, choice, table, period, of_rows, draws, seed)
        out = _summed(held, each.iloc[unit], rows)
    return ChangeCarbon(out, by["kind"], by["township"], total, grown, whole)


def _no_rows(rows: pd.DataFrame) -> pd.DataFrame:
    empty = pd.DataFrame(index=rows.index)
    for c in [*POOLS, "total_tc", "low_tc", "high_tc"]:
        empty[c] = np.nan
    return empty.assign(not_estimated="")


def _by(pieces: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return pieces.groupby(keys, as_index=False, dropna=False).agg(area_ha=("area_ha", "sum"))


def _of_one_hectare(
    held: pd.DataFrame,
    choice: Choice,
    table: Coefficients,
    period: Period,
    area: AreaError | None,
    draws: int,
    seed: int,
) -> tuple[pd.DataFrame, np.ndarray]:
    """One hectare of every change with its interval, and which of them each piece is."""
    groups = held.groupby(_KEYS, dropna=False, sort=True)
    number = groups.ngroup().to_numpy()
    first = np.unique(number, return_index=True)[1]
    unit = held[_KEYS].iloc[first].reset_index(drop=True).assign(area_ha=1.0)
    name = pd.Series(range(len(unit))).astype(str)
    each = row_changes(unit, choice, table, period)
    spread = change_by_place(
        unit.assign(unit=name),
        choice,
        table,
        period,
        place="unit",
        area=area,
        draws=draws,
        seed=seed,
    ).set_index("unit")
    for end in ("low_tc", "high_tc"):
        ends = spread[end].reindex(name).to_numpy()
        each[end] = np.where(each["total_tc"].isna(), np.nan, ends)
    return each, number


def _summed(held: pd.DataFrame, each: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    values = [*POOLS, "total_tc", "low_tc", "high_tc"]
    area = held["area_ha"].to_numpy()[:, None]
    scaled = pd.DataFrame(each[values].to_numpy() * area, columns=values)
    keys = ["kind", "before", "after", "township", "patch"]
    for k in keys:
        scaled[k] = held[k].to_numpy()
    scaled["not_estimated"] = each["not_estimated"].to_numpy()
    grouped = scaled.groupby(keys)
    by = grouped[values].sum(min_count=1)
    # pieces of one row may lack other pools, by their age
    several = grouped["not_estimated"].nunique() > 1
    lacking = grouped["not_estimated"].first()
    if several.any():
        joined = grouped["not_estimated"].agg(
            lambda x: " ".join(dict.fromkeys(" ".join(x).split()))
        )
        lacking = lacking.where(~several, joined)
    index = pd.MultiIndex.from_frame(rows[keys])
    out = by.reindex(index).set_index(rows.index)
    out["not_estimated"] = lacking.reindex(index).fillna("").to_numpy()
    return out


def combined_terms(
    found: ChangeCarbon,
    choice: Choice,
    table: Coefficients,
    period: Period,
    area: AreaError | None = None,
) -> list[Term]:
    """Terms of the change of all land, to be drawn together with other losses."""
    if not len(found.land):
        return []
    return change_terms(found.land, choice, table, period, area=area)
