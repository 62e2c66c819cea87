"""Records of radiation stations: monthly sums as given, or of a file of daily sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import say
from gis.types import F8
from layers.open.plan_file import plan_file
from siting.resource.section import StationRecord

if TYPE_CHECKING:
    from layers.plan.model import Plan

__all__ = ["monthly_record"]

_KWH = {"MJ/m2": 1.0 / 3.6, "kWh/m2": 1.0, "Wh/m2": 1e-3, "J/cm2": 1e4 / 3.6e6}
_DAYS = np.array([31.0, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_LEAST_FRAC = 0.9  # of the days of a month of all years


def monthly_record(plan: Plan, record: StationRecord) -> F8 | None:
    """Mean monthly sums of GHI [kWh/m2], f8[12]; None where only a year's sum is given.

    Raises
    ------
    DataError
        When the file cannot be read, lacks a column, or has too few days of a month.
    """
    if record.monthly_kwh_m2:
        return np.array(record.monthly_kwh_m2)
    if not record.path:
        return None
    import pandas as pd

    path = plan_file(plan, record.path)
    names = {k: record.columns.get(k, k) for k in ("year", "month", "ghi")}
    try:
        table = pd.read_csv(path, usecols=list(names.values()))
    except (OSError, ValueError) as err:
        raise DataError(
            say("siting.resource.record_unreadable"),
            where=path.name,
            got=foreign_reason(err),
            expected=", ".join(names.values()),
        ) from err
    table = table.rename(columns={v: k for k, v in names.items()})
    table = table[table["year"].between(*record.years)]
    found = table.groupby("month")["ghi"].agg(["mean", "count"]).reindex(range(1, 13))
    years = record.years[1] - record.years[0] + 1
    thin = found["count"].fillna(0).to_numpy() < _LEAST_FRAC * years * _DAYS
    if thin.any():
        raise DataError(
            say("siting.resource.record_has_gaps"),
            where=path.name,
            got=", ".join(str(m + 1) for m in np.flatnonzero(thin)),
            expected=f"{record.years[0]}-{record.years[1]}",
        )
    return np.asarray(found["mean"].to_numpy(float) * _KWH[record.unit] * _DAYS)
