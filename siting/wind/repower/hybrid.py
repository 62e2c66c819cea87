"""Wind and PV behind one connection: how they fit, what is lost, the best split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import ConfigError, DataError
from gis.say import say
from siting.economy.price_dispatch import dispatch_for_price
from siting.economy.storage import Battery, dispatch

__all__ = [
    "Complement",
    "Connection",
    "best_split",
    "complementarity",
    "connection",
    "duration_curve",
    "hourly_profile",
]

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Complement:
    """How wind and PV complement one another.

    Attributes
    ----------
    hourly, daily, monthly
        Pearson correlation of hourly values, of daily and of monthly sums; NaN with fewer
        than 3 days or 3 months. Negative is good.
    firm_wind_frac, firm_pv_frac, firm_both_frac
        Output exceeded in 90 % of the hours, share of rated power; the mix at equal
        capacity.
    low_hours_frac
        Share of hours in which both give less than 10 %.
    """

    hourly: float
    daily: float
    monthly: float
    firm_wind_frac: float
    firm_pv_frac: float
    firm_both_frac: float
    low_hours_frac: float


@dataclass(frozen=True)
class Connection:
    """A year behind one connection.

    Attributes
    ----------
    produced_mwh, sent_mwh, curtailed_mwh, stored_mwh
        Energy produced, sent out, lost at the limit, and passed through the battery.
    curtailed_frac
        Of the energy produced.
    use_frac
        Mean load of the connection.
    """

    wind_mw: float
    pv_mw: float
    limit_mw: float
    produced_mwh: float
    sent_mwh: float
    curtailed_mwh: float
    stored_mwh: float
    curtailed_frac: float
    use_frac: float


def _pair(wind: Float, pv: Float) -> tuple[Float, Float]:
    a, b = np.asarray(wind, dtype=float), np.asarray(pv, dtype=float)
    if a.shape != b.shape or a.ndim != 1:
        raise DataError(
            say("siting.wind_repower.wind_pv_have_not_same"), got=f"{a.shape}, {b.shape}"
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise DataError(
            say("siting.wind_repower.hourly_value_missing"),
            where=say("siting.wind_repower.at_hybrid"),
        )
    if (a < -1e-9).any() or (b < -1e-9).any():
        raise DataError(
            say("siting.wind_repower.hourly_output_negative"),
            where=say("siting.wind_repower.at_hybrid"),
        )
    return a, b


def _correlation(a: Float, b: Float, least: int) -> float:
    if len(a) < least or a.std() == 0 or b.std() == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def complementarity(index: pd.DatetimeIndex, wind_frac: Float, pv_frac: Float) -> Complement:
    """Correlation and firmness of hourly wind and PV output.

    Parameters
    ----------
    index : DatetimeIndex
        Time-zone aware; days and months are counted on its clock.
    wind_frac, pv_frac : (t,) float
        Output over rated power.

    Examples
    --------
    >>> t = pd.date_range("2022-01-01", periods=240, freq="h", tz="Etc/GMT-8")
    >>> day = ((t.hour >= 8) & (t.hour < 18)).astype(float)
    >>> c = complementarity(t, np.asarray(1.0 - day), np.asarray(day))
    >>> c.hourly, c.firm_both_frac
    (-1.0, 0.5)
    """
    a, b = _pair(wind_frac, pv_frac)
    table = pd.DataFrame({"a": a, "b": b}, index=index.tz_localize(None))
    days = table.resample("D").sum()
    months = table.resample("MS").sum()
    return Complement(
        hourly=round(_correlation(a, b, 24), 12),
        daily=_correlation(days["a"].to_numpy(), days["b"].to_numpy(), 3),
        monthly=_correlation(months["a"].to_numpy(), months["b"].to_numpy(), 3),
        firm_wind_frac=float(np.quantile(a, 0.1)),
        firm_pv_frac=float(np.quantile(b, 0.1)),
        firm_both_frac=float(np.quantile(0.5 * (a + b), 0.1)),
        low_hours_frac=float(((a < 0.1) & (b < 0.1)).mean()),
    )


def duration_curve(power: Float, points: int = 101) -> pd.DataFrame:
    """Power exceeded in a share of the hours.

    Examples
    --------
    >>> duration_curve(np.array([1.0, 2.0, 3.0]), 3)["power"].tolist()
    [3.0, 2.0, 1.0]
    """
    share = np.linspace(0.0, 1.0, points)
    return pd.DataFrame(
        {"hours_frac": share, "power": np.quantile(np.asarray(power, dtype=float), 1.0 - share)}
    )


def hourly_profile(index: pd.DatetimeIndex, values: Float) -> pd.DataFrame:
    """Mean by month (rows 1-12) and hour of the day (columns 0-23)."""
    table = pd.DataFrame(
        {"value": np.asarray(values, dtype=float), "month": index.month, "hour": index.hour}
    )
    return table.pivot_table(index="month", columns="hour", values="value", aggfunc="mean")


def connection(
    wind_frac: Float,
    pv_frac: Float,
    wind_mw: float,
    pv_mw: float,
    limit_mw: float,
    battery: Battery | None = None,
    price_cny_mwh: Float | None = None,
) -> Connection:
    """Energy behind a connection of `limit_mw`, hour by hour.

    Parameters
    ----------
    wind_frac, pv_frac : (t,) float
        Output over rated power, net of losses before the connection.
    battery : Battery, optional
        Takes what the limit cuts off and gives it back when there is room.
    price_cny_mwh : (t,) float, optional
        The battery then sells when the price is high.

    Raises
    ------
    ConfigError
        For a connection without capacity.

    Examples
    --------
    >>> c = connection(np.array([1.0, 0.2]), np.array([0.5, 0.0]), 10.0, 10.0, 12.0)
    >>> c.produced_mwh, c.sent_mwh, c.curtailed_mwh
    (17.0, 14.0, 3.0)
    """
    if limit_mw <= 0 or wind_mw < 0 or pv_mw < 0:
        raise ConfigError(
            say("siting.wind_repower.connection_needs_positive_limit_capacities"),
            got=say(
                "siting.wind_repower.limit_mw_wind_mw_pv",
                limit_mw=limit_mw,
                wind_mw=wind_mw,
                pv_mw=pv_mw,
            ),
        )
    a, b = _pair(wind_frac, pv_frac)
    power = a * wind_mw + b * pv_mw
    produced = float(power.sum())
    if battery is None:
        sent = float(np.minimum(power, limit_mw).sum())
        stored = 0.0
        lost = produced - sent
    else:
        run = (
            dispatch(power, limit_mw, battery)
            if price_cny_mwh is None
            else dispatch_for_price(power, limit_mw, battery, price_cny_mwh)
        )
        sent, stored = float(run.sent_mw.sum()), run.recovered_mwh
        lost = run.lost_mwh
    return Connection(
        wind_mw,
        pv_mw,
        limit_mw,
        produced,
        sent,
        lost,
        stored,
        lost / produced if produced > 0 else 0.0,
        sent / (limit_mw * len(a)),
    )


def best_split(
    wind_frac: Float,
    pv_frac: Float,
    limit_mw: float,
    *,
    oversize: float = 1.0,
    wind_cost: float | None = None,
    pv_cost: float | None = None,
    battery_per_mw: Battery | None = None,
    steps: int = 21,
) -> tuple[Connection, pd.DataFrame]:
    """Share of wind in ``oversize * limit`` MW that sends most energy through a connection.

    Parameters
    ----------
    oversize : float
        Installed capacity over the connection's limit.
    wind_cost, pv_cost : float, optional
        Cost of a MW of each; with both, energy for the money decides in place of energy.
    battery_per_mw : Battery, optional
        Storage for one MW installed; scaled.

    Returns
    -------
    best : Connection
    table : DataFrame
        ``wind_share, wind_mw, pv_mw, sent_mwh, curtailed_frac, use_frac, score``.
    """
    if (wind_cost is None) != (pv_cost is None):
        raise ConfigError(
            say("siting.wind_repower.give_both_costs_none"),
            where=say("siting.wind_repower.at_split"),
        )
    total = limit_mw * oversize
    rows = []
    found: list[Connection] = []
    for share in np.linspace(0.0, 1.0, steps):
        battery = None
        if battery_per_mw is not None:
            battery = Battery(
                battery_per_mw.power_mw * total,
                battery_per_mw.energy_mwh * total,
                battery_per_mw.round_trip_frac,
            )
        c = connection(
            wind_frac, pv_frac, share * total, (1.0 - share) * total, limit_mw, battery
        )
        cost = 1.0
        if wind_cost is not None and pv_cost is not None:
            cost = share * wind_cost + (1.0 - share) * pv_cost
        found.append(c)
        rows.append(
            {
                "wind_share": float(share),
                "wind_mw": c.wind_mw,
                "pv_mw": c.pv_mw,
                "sent_mwh": c.sent_mwh,
                "curtailed_frac": c.curtailed_frac,
                "use_frac": c.use_frac,
                "score": c.sent_mwh / cost,
            }
        )
    table = pd.DataFrame(rows)
    return found[int(table["score"].to_numpy().argmax())], table
