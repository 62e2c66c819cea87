"""Records of radiation stations: monthly sums as given, or of a file of daily sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gis.errors import DataError, Fault, raise_faults
from gis.foreign import foreign_reason
from gis.say import listed, say
from gis.toml import read_toml
from gis.types import F8
from layers.open.plan_file import plan_file
from siting.resource.section import StationRecord

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from layers.plan.model import Plan

__all__ = ["monthly_record"]

_KWH = {"MJ/m2": 1.0 / 3.6, "kWh/m2": 1.0, "Wh/m2": 1e-3, "J/cm2": 1e4 / 3.6e6}
_DAYS = np.array([31.0, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_SHOWN = 5


def monthly_record(plan: Plan, record: StationRecord) -> F8 | None:
    """Mean monthly sums of GHI [kWh/m2], f8[12]; None where only a year's sum is given.

    Raises
    ------
    DataError
        When the file cannot be read or lacks a column; when it holds text, marks of missing
        days, sums that cannot be, a day twice, or too few days of a month. All at once.
    """
    if record.monthly_kwh_m2 is not None:
        return np.array(record.monthly_kwh_m2)
    if not record.path:
        return None
    import pandas as pd

    path = plan_file(plan, record.path)
    names = {k: k for k in ("year", "month", "day", "ghi")} | dict(record.columns)
    try:
        raw = pd.read_csv(path, usecols=list(names.values()), dtype=str)
    except (OSError, ValueError) as err:
        raise DataError(
            say("siting.resource.record_unreadable"),
            where=path.name,
            got=foreign_reason(err),
            expected=listed(names.values()),
        ) from err
    raw = raw.rename(columns={v: k for k, v in names.items()})
    table = raw.apply(pd.to_numeric, errors="coerce")
    table["ghi"] *= _KWH[record.unit]
    limits = read_toml("siting.resource", "choice.toml")
    most = float(limits["daily_most_kwh_m2"]["value"])
    faults = [
        *_unread(raw, table, path, names),
        *_told(table, (table["ghi"] < 0) | (table["ghi"] > most), "cannot_be", path, most),
        *_told(table, table.duplicated(["year", "month", "day"]), "twice", path, most),
    ]
    table = table[table["year"].between(*record.years)]
    found = table.groupby("month")["ghi"].agg(["mean", "count"]).reindex(range(1, 13))
    years = record.years[1] - record.years[0] + 1
    least = float(limits["record_least_frac"]["value"])
    thin = found["count"].fillna(0).to_numpy() < least * years * _DAYS
    if thin.any():
        faults.append(
            Fault(
                say("siting.resource.record_has_gaps"),
                where=path.name,
                got=listed(str(m + 1) for m in np.flatnonzero(thin)),
                expected=say(
                    "siting.resource.days_of_years",
                    share=100.0 * least,
                    first=record.years[0],
                    last=record.years[1],
                ),
            )
        )
    raise_faults(DataError, faults)
    return np.asarray(found["mean"].to_numpy(float) * _DAYS)


def _unread(
    raw: pd.DataFrame, table: pd.DataFrame, path: Path, names: dict[str, str]
) -> list[Fault]:
    """Cells that hold something and no number; an empty cell is a missing day."""
    out = []
    for key, name in names.items():
        text = raw[key].notna() & table[key].isna()
        if text.any():
            shown = raw.loc[text, key].head(_SHOWN).tolist()
            out.append(
                Fault(
                    say("siting.resource.record_no_number", column=name, n=int(text.sum())),
                    where=path.name,
                    got=listed(map(str, shown)),
                )
            )
    return out


def _told(
    table: pd.DataFrame, wrong: pd.Series, kind: str, path: Path, most: float
) -> list[Fault]:
    if not wrong.any():
        return []
    rows = table[wrong].head(_SHOWN)
    days = [
        f"{y:.0f}-{m:02.0f}-{d:02.0f}: {v:g}"
        for y, m, d, v in rows[["year", "month", "day", "ghi"]].itertuples(index=False)
    ]
    return [
        Fault(
            say(f"siting.resource.record_{kind}", n=int(wrong.sum())),
            where=path.name,
            got=listed(days),
            expected=f"0-{most:g} kWh/m2",
            todo=say("siting.resource.record_mend"),
        )
    ]
