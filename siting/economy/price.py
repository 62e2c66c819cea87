"""Prices and curtailment by month and hour of the day, as the user's files give them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import Field

from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import say
from gis.types import F8
from layers.numbers import NotNegative, Number, Positive, Share
from layers.open.plan_file import plan_file
from layers.plan.model import Plan
from layers.spec import Origin, Title
from siting.economy.by_hour import (
    HOURS,
    MONTHS,
    Period,
    PeriodFile,
    periods_table,
    read_period_file,
)
from siting.economy.section import MoneySection, least_of, most_of

__all__ = [
    "Prices",
    "flat_prices",
    "kept_frac",
    "mean_price",
    "plan_prices",
    "read_curtailment",
    "read_prices",
]


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


class _PricePeriod(Period):
    """Hours that are paid alike."""

    factor: NotNegative | None = None
    cny_mwh: Number | None = None


class _PriceFile(PeriodFile):
    """A table of prices as a person writes it."""

    base_cny_mwh: Positive | None = None
    periods: Annotated[tuple[_PricePeriod, ...], Field(min_length=1, max_length=288)]


class _LostPeriod(Period):
    """Hours of which the grid refuses the same share."""

    frac: Share


class _LostFile(PeriodFile):
    """A table of curtailment as a person writes it."""

    periods: Annotated[tuple[_LostPeriod, ...], Field(min_length=1, max_length=288)]


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
    found = read_period_file(path, _PriceFile)
    values = [_value(p, found.base_cny_mwh) for p in found.periods]
    raise_faults(
        ConfigError,
        [
            Fault(
                say("siting.economy.price_or_factor"),
                where=say("siting.economy.at_period", file=path.name, n=i),
                got=f"cny_mwh {p.cny_mwh}, factor {p.factor}",
                expected=say("siting.economy.one_of_both"),
            )
            for i, (p, value) in enumerate(zip(found.periods, values, strict=True), start=1)
            if value is None
        ],
    )
    known = [v for v in values if v is not None]
    raise_faults(ConfigError, _unit_faults(known, path.name))
    table = periods_table(found.periods, known, path.name)
    return Prices(table, found.title, found.source, found.date)


def _unit_faults(values: list[float], where: str) -> list[Fault]:
    """Prices of a kWh, or of nothing that is sold."""
    most = max(abs(v) for v in values)
    low, high = least_of("price_cny_mwh"), most_of("price_cny_mwh")
    if most == 0.0 or low <= most <= high:
        return []
    key = "price_per_mwh" if most < low else "price_too_high"
    return [
        Fault(
            say(f"siting.economy.{key}", least=low, most=high),
            where=where,
            got=f"{most:g} CNY/MWh",
            expected=f"{low:g} - {high:g} CNY/MWh",
            todo=say("siting.economy.check_unit_of_price"),
        )
    ]


def read_curtailment(path: Path) -> F8:
    """Share of the energy the grid does not take, f8[12, 24], from a TOML file.

    Parameters
    ----------
    path : Path
        As `read_prices`, each period with ``frac``.

    Raises
    ------
    ConfigError
        As `read_prices`.
    """
    found = read_period_file(path, _LostFile)
    return periods_table(found.periods, [p.frac for p in found.periods], path.name)


def _value(period: _PricePeriod, base: float | None) -> float | None:
    if (period.factor is None) == (period.cny_mwh is None):
        return None
    if period.cny_mwh is not None:
        return float(period.cny_mwh)
    return None if base is None else base * float(period.factor or 0.0)


def plan_prices(plan: Plan) -> Prices | None:
    """What the plan says a MWh is paid; None when it says nothing.

    Raises
    ------
    ConfigError
        When the file of prices is wrong.
    """
    money = plan.section(MoneySection)
    if money.price_path:
        return read_prices(plan_file(plan, money.price_path))
    if money.price_cny_mwh is None:
        return None
    return flat_prices(money.price_cny_mwh, money.source)


def kept_frac(plan: Plan) -> F8:
    """Share of the energy the grid takes by month and hour, f8[12, 24]; 1 where not said.

    Raises
    ------
    ConfigError
        When the file of curtailment is wrong.
    """
    money = plan.section(MoneySection)
    if money.curtailment_path:
        kept = 1.0 - read_curtailment(plan_file(plan, money.curtailment_path))
        nothing = Fault(
            say("siting.economy.nothing_is_taken"),
            where=Path(money.curtailment_path).name,
            got="frac = 1",
            expected="frac < 1",
            todo=say("siting.economy.check_curtailment"),
        )
        raise_faults(ConfigError, [] if kept.any() else [nothing])
        return kept
    by_month = np.asarray(money.curtailment_frac, dtype=np.float64).reshape(-1, 1)
    return np.array(1.0 - np.broadcast_to(by_month, (MONTHS, HOURS)))


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
