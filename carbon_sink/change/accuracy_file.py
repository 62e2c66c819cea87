"""The error of a change's areas as a plan gives it: in the plan, or as a CSV beside it."""

from __future__ import annotations

import csv

import pandas as pd

from carbon_sink.change.area_error import AreaError, area_error_of, matrix_error
from carbon_sink.section_values import AreaAccuracy
from gis.errors import DataError
from gis.files.given import foreign, given_bytes
from gis.say import say
from layers.open.plan_file import plan_file
from layers.plan.model import Plan

__all__ = ["accuracy_of_plan", "area_error_of_plan"]

Matrix = tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]
_MOST = 100  # strata of a matrix


def area_error_of_plan(
    plan: Plan, given: AreaAccuracy | None, transitions: pd.DataFrame
) -> AreaError | None:
    """Error of the areas of a change; None where the plan gives none.

    Raises
    ------
    DataError
        A file that cannot be read or is no matrix of counts; strata that do not cover the
        land.
    """
    if given is None:
        return None
    if given.error_frac is not None:
        return area_error_of(given.error_frac, given.source)
    strata, counts = accuracy_of_plan(plan, given)
    return matrix_error(transitions, strata, counts, given.source)


def accuracy_of_plan(plan: Plan, given: AreaAccuracy | None) -> Matrix:
    """Strata and counts as the plan has them, or the file it names; empty without any.

    Raises
    ------
    DataError
        A file that cannot be read or is no matrix of counts.
    """
    if given is None:
        return (), ()
    return _read(plan, given.path) if given.path else (given.strata, given.matrix)


def _read(plan: Plan, path: str) -> Matrix:
    """Strata and counts of a CSV: names in the first row and, in the same order, column."""
    file = plan_file(plan, path)
    with foreign(say("carbon_sink.change.matrix_unreadable"), str(file)):
        text = given_bytes(file).decode("utf-8-sig")
        rows = [r for r in csv.reader(text.splitlines()) if any(c.strip() for c in r)]
    names = tuple(c.strip() for c in rows[0][1:]) if rows else ()
    body = rows[1:]
    told = [r[0].strip() for r in body]
    if not names or len(names) > _MOST or told != list(names):
        raise DataError(
            say("carbon_sink.change.matrix_not_square"),
            where=str(file),
            expected=say("carbon_sink.change.one_name_for_row_and_column"),
        )
    try:
        counts = tuple(tuple(int(c) for c in r[1:]) for r in body)
    except ValueError as err:
        raise DataError(say("carbon_sink.change.matrix_of_counts"), where=str(file)) from err
    if any(len(r) != len(names) for r in counts):
        raise DataError(say("carbon_sink.change.matrix_not_square"), where=str(file))
    return names, counts
