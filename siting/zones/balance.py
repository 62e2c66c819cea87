"""Power of a park by the hour: supply, load, battery and grid, closing in every hour.

Supply serves the load first, what is left charges the battery, what is still left is sent as
far as the grid takes it, the rest is curtailed; a lack is met from the battery, then bought.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gis.errors import DataError
from gis.say import say
from gis.types import F8

__all__ = ["Battery", "HourlyBalance", "hourly_balance"]


@dataclass(frozen=True)
class Battery:
    """A battery [kW, kWh]; what it loses is lost by halves on the way in and out.

    Attributes
    ----------
    round_trip_frac
        Energy given back over energy taken in (0-1].
    """

    power_kw: float
    energy_kwh: float
    round_trip_frac: float


@dataclass(frozen=True)
class HourlyBalance:
    """Where the energy of each hour goes, f8[n] [kWh].

    Attributes
    ----------
    direct
        Supply used at once.
    charged, discharged
        Into and out of the battery, at its terminals.
    sent, curtailed, bought
        To the grid, nowhere, from the grid.
    stored
        In the battery at the end of the hour; it starts empty.
    """

    supply: F8
    load: F8
    direct: F8
    charged: F8
    discharged: F8
    sent: F8
    curtailed: F8
    bought: F8
    stored: F8

    @property
    def closure(self) -> float:
        """Largest relative error of supply and load over the hours; 0 is exact."""
        scale = max(float(self.supply.max(initial=0.0)), float(self.load.max(initial=0.0)), 1.0)
        of_supply = self.supply - (self.direct + self.charged + self.sent + self.curtailed)
        of_load = self.load - (self.direct + self.discharged + self.bought)
        worst = np.maximum(np.abs(of_supply), np.abs(of_load)).max(initial=0.0)
        return float(worst) / scale

    @property
    def own_use_kwh(self) -> float:
        """Own supply that reaches the load, at once or through the battery [kWh]."""
        return math.fsum(self.direct) + math.fsum(self.discharged)

    @property
    def used_frac(self) -> float:
        """Own use over supply (自发自用电量占可用发电量); NaN without supply."""
        supply = math.fsum(self.supply)
        return self.own_use_kwh / supply if supply > 0 else math.nan

    @property
    def covered_frac(self) -> float:
        """Own use over load (自发自用电量占用电量, 绿电占比); NaN without load."""
        load = math.fsum(self.load)
        return self.own_use_kwh / load if load > 0 else math.nan

    @property
    def sent_frac(self) -> float:
        """Sent to the grid over supply (上网电量占可用发电量); NaN without supply."""
        supply = math.fsum(self.supply)
        return math.fsum(self.sent) / supply if supply > 0 else math.nan


def hourly_balance(
    supply_kw: F8,
    load_kw: F8,
    *,
    battery: Battery | None = None,
    export_kw: float = math.inf,
) -> HourlyBalance:
    """Where the energy of each hour goes.

    Parameters
    ----------
    supply_kw, load_kw : (n,) float
        Means of the same hours [kW].
    battery : Battery, optional
    export_kw : float
        Most that the grid takes [kW].

    Raises
    ------
    DataError
        Series of other lengths, or with gaps or negative power.

    Examples
    --------
    A battery of 1 kW and 2 kWh without losses carries 1 kWh over the hour:

    >>> found = hourly_balance(np.array([3.0, 0.0]), np.array([1.0, 1.0]),
    ...                        battery=Battery(1.0, 2.0, 1.0))
    >>> found.direct.tolist(), found.charged.tolist(), found.sent.tolist()
    ([1.0, 0.0], [1.0, 0.0], [1.0, 0.0])
    >>> found.discharged.tolist(), found.bought.tolist()
    ([0.0, 1.0], [0.0, 0.0])
    """
    supply, load = np.asarray(supply_kw, np.float64), np.asarray(load_kw, np.float64)
    if supply.shape != load.shape or supply.ndim != 1:
        raise DataError(
            say("siting.pv_study.pv_and_load_differ"),
            got=say("siting.pv_study.two_lengths", pv=supply.size, load=load.size),
            todo=say("siting.pv_study.give_load_of_one_year"),
        )
    if not (
        np.isfinite(supply).all()
        and np.isfinite(load).all()
        and (supply >= 0).all()
        and (load >= 0).all()
    ):
        raise DataError(say("siting.pv_study.pv_or_load_missing"), expected="kW >= 0")
    direct = np.minimum(supply, load)
    surplus, lack = supply - direct, load - direct
    charged, discharged, stored = _through(surplus, lack, battery)
    left = surplus - charged
    sent = np.minimum(left, export_kw)
    return HourlyBalance(
        supply=supply,
        load=load,
        direct=direct,
        charged=charged,
        discharged=discharged,
        sent=sent,
        curtailed=left - sent,
        bought=lack - discharged,
        stored=stored,
    )


def _through(surplus: F8, lack: F8, battery: Battery | None) -> tuple[F8, F8, F8]:
    """What goes into and comes out of the battery, and what it holds [kWh]."""
    n = len(surplus)
    charged, discharged, stored = np.zeros(n), np.zeros(n), np.zeros(n)
    if battery is None:
        return charged, discharged, stored
    one_way = math.sqrt(battery.round_trip_frac)
    held = 0.0
    for i in range(n):
        if surplus[i] > 0:
            room = (battery.energy_kwh - held) / one_way
            charged[i] = max(min(surplus[i], battery.power_kw, room), 0.0)
            held = min(held + charged[i] * one_way, battery.energy_kwh)
        elif lack[i] > 0:
            discharged[i] = min(lack[i], battery.power_kw, held * one_way)
            held = max(held - discharged[i] / one_way, 0.0)
        stored[i] = held
    return charged, discharged, stored
