"""The load of a building or a park by the hour, as the user gives it."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from gis.errors import DataError
from gis.files.given import foreign, given_bytes
from gis.say import say
from gis.types import F8
from layers.open.plan_file import plan_file
from layers.plan.model import Plan

__all__ = ["load_curve_kw"]

_COLUMN = "load_kw"


def load_curve_kw(plan: Plan, path: str) -> F8:
    """Column ``load_kw`` of a CSV file, hour after hour [kW], f8[n].

    Parameters
    ----------
    plan : Plan
    path : str
        Relative to the plan, as it is written there.

    Raises
    ------
    DataError
        For a file that is no table or lacks the column, and for an hour that has no number, a
        negative or an endless one: a load with gaps has no balance.
    """
    file = plan_file(plan, path)
    with foreign(say("siting.pv_study.load_curve_unreadable"), str(file)):
        table = pd.read_csv(io.BytesIO(given_bytes(file)))
    if _COLUMN not in table:
        raise DataError(
            say("siting.pv_study.load_curve_lacks_column"),
            where=file.name,
            got=", ".join(map(str, table.columns)),
        )
    load = pd.to_numeric(table[_COLUMN], errors="coerce").to_numpy(np.float64)
    wrong = np.flatnonzero(~(np.isfinite(load) & (load >= 0)))
    if len(wrong):
        first = int(wrong[0])
        raise DataError(
            say("siting.pv_study.load_curve_no_number"),
            where=file.name,
            got=say(
                "siting.pv_study.load_curve_hour",
                n=len(wrong),
                hour=first + 1,
                value=str(table[_COLUMN].iloc[first])[:20],
            ),
            expected=say("siting.pv_study.load_curve_number"),
        )
    return load
