"""Values by month and hour of the day, written as a few periods that cover them all once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field, ValidationError

from gis.errors import ConfigError, Fault, raise_faults
from gis.files.given import given_bytes
from gis.say import say
from gis.toml import parse_toml
from gis.types import F8
from layers.model_faults import model_faults
from layers.spec import Frozen, Origin, Title

__all__ = ["HOURS", "MONTHS", "Period", "PeriodFile", "periods_table", "read_period_file"]

M = TypeVar("M", bound=BaseModel)
MONTHS, HOURS = 12, 24
_SHOWN = 6

Month = Annotated[int, Field(ge=1, le=MONTHS)]
Hour = Annotated[int, Field(ge=0, le=HOURS)]


class Period(Frozen):
    """Hours of some months.

    Attributes
    ----------
    months
        1 to 12.
    hours
        Pairs from, to in local standard time; 22 to 6 runs over midnight.
    """

    months: Annotated[tuple[Month, ...], Field(min_length=1, max_length=MONTHS)]
    hours: Annotated[tuple[tuple[Hour, Hour], ...], Field(min_length=1, max_length=HOURS)]


class PeriodFile(Frozen):
    """Head of a file of periods.

    Attributes
    ----------
    title, source, date
        What it is, where it is from, of when (year, month or day).
    """

    title: Title
    source: Origin
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


def read_period_file(path: Path, kind: type[M]) -> M:
    """A TOML file of periods as a model; every fault of it at once.

    Raises
    ------
    ConfigError
        With every key that is missing, unknown or out of range.
    """
    try:
        raw = given_bytes(path, ConfigError)
        return kind.model_validate(parse_toml(raw, path.name, quoted=False))
    except ValidationError as err:
        raise ConfigError(model_faults(err, path.name)) from err


def periods_table(periods: tuple[Period, ...], values: list[float], where: str) -> F8:
    """Values of the periods as f8[12, 24]: month, hour that begins at 0:00 ... 23:00.

    Raises
    ------
    ConfigError
        When an hour of a month is covered twice or not at all.

    Examples
    --------
    >>> every = tuple(range(1, 13))
    >>> table = periods_table(
    ...     (Period(months=every, hours=((22, 6),)), Period(months=every, hours=((6, 22),))),
    ...     [1.0, 2.0], "x.toml")
    >>> table[0, [21, 22, 5, 6]].tolist()
    [2.0, 1.0, 1.0, 2.0]
    """
    out = np.full((MONTHS, HOURS), np.nan)
    times = np.zeros((MONTHS, HOURS), dtype=np.int64)
    for period, value in zip(periods, values, strict=True):
        months = np.asarray(period.months) - 1
        for start, end in period.hours:
            stop = end if end > start else end + HOURS
            at = np.ix_(months, np.arange(start, stop) % HOURS)
            out[at] = value
            times[at] += 1
    wrong = (times != 1).any()
    fault = Fault(
        say("siting.economy.hours_not_once"),
        where=where,
        got=_places(times),
        expected=say("siting.economy.each_hour_once"),
    )
    raise_faults(ConfigError, [fault] if wrong else [])
    return out


def _places(times: npt.NDArray[np.int64]) -> str:
    wrong = np.argwhere(times != 1)
    shown = [f"{m + 1}: {h}:00 ({times[m, h]}x)" for m, h in wrong[:_SHOWN]]
    more = len(wrong) - len(shown)
    return ", ".join(shown) + (f" ... +{more}" if more > 0 else "")
