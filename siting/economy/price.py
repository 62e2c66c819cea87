"""Prices by month and hour of the day, as the user's file gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field, ValidationError

from gis.errors import ConfigError, DataError, Fault
from gis.files.given import given_bytes
from gis.say import say
from gis.toml import parse_toml
from gis.types import F8
from layers.model_faults import model_faults
from layers.numbers import NotNegative, Number, Positive
from layers.open.plan_file import plan_file
from layers.plan.model import Plan
from layers.spec import Frozen, Origin, Title
from siting.economy.section import MoneySection

__all__ = [
    "HOURS",
    "MONTHS",
    "Prices",
    "flat_prices",
    "mean_price",
    "plan_prices",
    "read_prices",
]

MONTHS, HOURS = 12, 24
_SHOWN = 6

Month = Annotated[int, Field(ge=1, le=MONTHS)]
Hour = Annotated[int, Field(ge=0, le=HOURS)]


@dataclass(frozen=True)
class Prices:
    """What a MWh is paid in each hour of the day of each month.

    Attributes
    ----------
    cny_mwh
        f8[12, 24]: month, hour that begins at 0:00 ... 23:00 local standard time [CNY/MWh].
    title, source, date
        As the file says; empty for one price of the plan.
    """

    cny_mwh: F8
    title: Title | None = None
    source: Origin = ""
    date: str = ""

    @property
    def flat(self) -> bool:
        """Whether all hours have one price."""
        return bool((self.cny_mwh == self.cny_mwh[0, 0]).all())


class _Period(Frozen):
    """Hours of some months that are paid alike."""

    months: Annotated[tuple[Month, ...], Field(min_length=1, max_length=MONTHS)]
    hours: Annotated[tuple[tuple[Hour, Hour], ...], Field(min_length=1, max_length=HOURS)]
    factor: NotNegative | None = None
    cny_mwh: Number | None = None


class _PriceFile(Frozen):
    """A table of prices as a person writes it."""

    title: Title
    source: Origin
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
    base_cny_mwh: Positive | None = None
    periods: Annotated[tuple[_Period, ...], Field(min_length=1, max_length=288)]


def flat_prices(cny_mwh: float, source: Origin = "") -> Prices:
    """One price for all hours.

    Examples
    --------
    >>> flat_prices(260.0).cny_mwh.shape, flat_prices(260.0).flat
    ((12, 24), True)
    """
    return Prices(np.full((MONTHS, HOURS), float(cny_mwh)), source=source)


def read_prices(path: Path) -> Prices:
    """Prices by month and hour from a TOML file.

    Parameters
    ----------
    path : Path
        With ``title``, ``source``, ``date``, and ``[[periods]]`` that hold ``months``,
        ``hours`` (pairs from, to; 22 to 6 runs over midnight) and either ``cny_mwh`` or a
        ``factor`` of ``base_cny_mwh``. Together they cover each hour of each month once.

    Raises
    ------
    ConfigError
        For a key that is missing or unknown, hours given twice or not at all.
    """
    try:
        found = _PriceFile.model_validate(parse_toml(given_bytes(path, ConfigError), path.name))
    except ValidationError as err:
        raise ConfigError(model_faults(err, path.name)) from err
    out = np.full((MONTHS, HOURS), np.nan)
    times = np.zeros((MONTHS, HOURS), dtype=np.int64)
    faults = []
    for i, period in enumerate(found.periods, start=1):
        value = _value(period, found.base_cny_mwh)
        if value is None:
            faults.append(
                Fault(
                    say("siting.economy.price_or_factor"),
                    where=say("siting.economy.at_period", file=path.name, n=i),
                    got=f"cny_mwh {period.cny_mwh}, factor {period.factor}",
                    expected=say("siting.economy.one_of_both"),
                )
            )
            continue
        months = np.asarray(period.months) - 1
        for start, end in period.hours:
            stop = end if end > start else end + HOURS
            hours = np.arange(start, stop) % HOURS
            out[np.ix_(months, hours)] = value
            times[np.ix_(months, hours)] += 1
    if not faults and (times != 1).any():
        faults = [
            Fault(
                say("siting.economy.hours_not_once"),
                where=path.name,
                got=_places(times),
                expected=say("siting.economy.each_hour_once"),
            )
        ]
    if faults:
        raise ConfigError(faults)
    return Prices(out, found.title, found.source, found.date)


def _value(period: _Period, base: float | None) -> float | None:
    if (period.factor is None) == (period.cny_mwh is None):
        return None
    if period.cny_mwh is not None:
        return float(period.cny_mwh)
    return None if base is None else base * float(period.factor or 0.0)


def _places(times: npt.NDArray[np.int64]) -> str:
    wrong = np.argwhere(times != 1)
    shown = [f"{m + 1}: {h}:00 ({times[m, h]}x)" for m, h in wrong[:_SHOWN]]
    more = len(wrong) - len(shown)
    return ", ".join(shown) + (f" ... +{more}" if more > 0 else "")


def plan_prices(plan: Plan) -> Prices | None:
    """What the plan says a MWh is paid; None when it says nothing.

    Raises
    ------
    ConfigError
        When the file of prices is wrong.
    """
    money = plan.section(MoneySection)
    if money.price_file:
        return read_prices(plan_file(plan, money.price_file))
    if money.price_cny_mwh is None:
        return None
    return flat_prices(money.price_cny_mwh, money.source)


def mean_price(energy_mwh: npt.ArrayLike, prices: Prices) -> float:
    """Mean of the prices weighted with the energy of each hour [CNY/MWh].

    Parameters
    ----------
    energy_mwh : f8[12, 24]
        Energy sold by month and hour [MWh]. A sum and not a mean of days, so that long
        months weigh more.

    Raises
    ------
    DataError
        When there is no energy, or not twelve months of 24 hours.

    Examples
    --------
    Three quarters of the energy at 100, a quarter at 300: 150.

    >>> energy, price = np.zeros((12, 24)), np.full((12, 24), 100.0)
    >>> energy[0, 12], energy[0, 20], price[:, 20] = 3.0, 1.0, 300.0
    >>> mean_price(energy, Prices(price))
    150.0
    """
    e = np.asarray(energy_mwh, dtype=np.float64)
    if e.shape != (MONTHS, HOURS) or not (e >= 0).all() or not e.sum() > 0:
        raise DataError(
            say("siting.economy.no_energy_by_hour"),
            got=f"{e.shape}, {float(np.nansum(e)):g} MWh",
            expected="(12, 24), MWh >= 0",
        )
    return float((e * prices.cny_mwh).sum() / e.sum())
