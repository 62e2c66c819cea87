"""Storage beside a plant: its size by rule, and its hourly dispatch against lost energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.cells.jit import kernel
from gis.errors import ConfigError, DataError
from gis.say import say
from gis.types import F8

__all__ = ["Battery", "Dispatch", "checked_power", "dispatch", "required_battery"]


@dataclass(frozen=True)
class Battery:
    """A battery as the grid sees it.

    Attributes
    ----------
    power_mw
        Largest charging and discharging power [MW].
    energy_mwh
        Usable energy content [MWh].
    round_trip_frac
        Energy given back over energy taken in, 0 to 1; it is lost half on each way.
    """

    power_mw: float
    energy_mwh: float
    round_trip_frac: float

    def __post_init__(self) -> None:
        if self.power_mw < 0 or self.energy_mwh < 0 or not 0 < self.round_trip_frac <= 1:
            raise ConfigError(
                say("siting.economy.no_such_battery"),
                got=say("siting.economy.battery_values", **vars(self)),
                expected=say("siting.economy.battery_expected"),
            )


@dataclass(frozen=True)
class Dispatch:
    """Hourly energy of a plant with a battery behind one grid limit.

    All are f8[n], mean power of the step [MW], except `content_mwh` (at the step's end).
    ``available = direct + charge + lost`` and ``sent = direct + discharge`` in every step.
    """

    direct_mw: F8
    charge_mw: F8
    discharge_mw: F8
    lost_mw: F8
    sent_mw: F8
    content_mwh: F8
    step_h: float

    @property
    def recovered_mwh(self) -> float:
        """Energy sent that would have been lost without the battery [MWh]."""
        return float(self.discharge_mw.sum() * self.step_h)

    @property
    def lost_mwh(self) -> float:
        """Energy still lost above the limit [MWh]."""
        return float(self.lost_mw.sum() * self.step_h)

    @property
    def cycles(self) -> float:
        """Full equivalent cycles; NaN without a battery."""
        top = float(self.content_mwh.max(initial=0.0))
        drawn = float(np.abs(np.diff(self.content_mwh, prepend=0.0)).sum()) / 2.0
        return drawn / top if top > 0 else float("nan")


def required_battery(
    capacity_mw: float,
    *,
    power_frac: float,
    duration_h: float,
    round_trip_frac: float,
) -> Battery:
    """The battery that a share of the plant's capacity and a duration ask for.

    Parameters
    ----------
    capacity_mw : float
        Capacity of the plant [MW].
    power_frac, duration_h : float
        Battery over plant power, and hours at that power; see
        `siting.economy.storage_rule` for what provinces ask for.
    round_trip_frac : float
        Round-trip efficiency; no default, it is on the data sheet.

    Examples
    --------
    >>> required_battery(1000.0, power_frac=0.1, duration_h=2.0, round_trip_frac=0.85)
    Battery(power_mw=100.0, energy_mwh=200.0, round_trip_frac=0.85)
    """
    power_mw = capacity_mw * power_frac
    return Battery(power_mw, power_mw * duration_h, round_trip_frac)


@kernel
def _dispatch(
    available: F8,
    limit: F8,
    power: float,
    energy: float,
    one_way: float,
    step_h: float,
    direct: F8,
    charge: F8,
    discharge: F8,
    lost: F8,
    content: F8,
) -> None:
    held = 0.0
    for t in range(available.size):
        a = available[t]
        cap = limit[t]
        d = min(a, cap)
        surplus = a - d
        into = min(surplus, power)
        room = (energy - held) / (one_way * step_h)
        into = max(0.0, min(into, room))
        held += into * one_way * step_h
        out = 0.0
        if surplus <= 0.0:
            out = min(cap - d, power)
            out = max(0.0, min(out, held * one_way / step_h))
            held = max(0.0, held - out / one_way * step_h)
        direct[t] = d
        charge[t] = into
        discharge[t] = out
        lost[t] = surplus - into
        content[t] = held


def checked_power(
    available_mw: npt.ArrayLike, limit_mw: npt.ArrayLike, step_h: float
) -> tuple[F8, F8]:
    """Power and limit of each step as arrays of one length.

    Raises
    ------
    DataError
        When a value is missing or negative.
    ConfigError
        When the step has no length.
    """
    available = np.ascontiguousarray(available_mw, dtype=np.float64)
    limit = np.ascontiguousarray(np.broadcast_to(limit_mw, available.shape), dtype=np.float64)
    for name, values in (("available_mw", available), ("limit_mw", limit)):
        if not (values >= 0).all():
            raise DataError(say("siting.economy.power_missing"), where=name, expected="MW >= 0")
    if not step_h > 0:
        raise ConfigError(say("siting.economy.step_has_no_length"), got=f"{step_h} h")
    return available, limit


def dispatch(
    available_mw: npt.ArrayLike,
    limit_mw: npt.ArrayLike,
    battery: Battery,
    *,
    step_h: float = 1.0,
) -> Dispatch:
    """Charge from what exceeds the limit, give it back as soon as there is room.

    Without knowledge of the future this rule recovers the most energy of all, because
    an emptier battery never takes in less; it does not chase prices.

    Parameters
    ----------
    available_mw : f8[n]
        What the plant could send [MW].
    limit_mw : float or f8[n]
        What the grid or the inverter takes [MW].
    battery : Battery
    step_h : float
        Length of a step [h].

    Returns
    -------
    Dispatch

    Raises
    ------
    DataError
        When a value is missing or negative.

    Examples
    --------
    2 MW above a 3 MW limit for one hour, given back at 81 % in the next.

    >>> r = dispatch([5.0, 0.0], 3.0, Battery(2.0, 4.0, 0.81))
    >>> r.charge_mw.tolist(), r.discharge_mw.round(6).tolist()
    ([2.0, 0.0], [0.0, 1.62])
    """
    available, limit = checked_power(available_mw, limit_mw, step_h)
    out = [np.zeros_like(available) for _ in range(5)]
    one_way = float(np.sqrt(battery.round_trip_frac))
    _dispatch(available, limit, battery.power_mw, battery.energy_mwh, one_way, step_h, *out)
    direct, charge, discharge, lost, content = out
    return Dispatch(direct, charge, discharge, lost, direct + discharge, content, step_h)
