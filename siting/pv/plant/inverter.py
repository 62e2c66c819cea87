"""Inverters, which come as data: efficiency over load and voltage, limits, night use.

Power here is per rated AC power: a DC power of 1 is that of an inverter without losses at its
rating. The plant scales by its ratio of module to inverter power.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from gis.errors import ConfigError
from gis.say import say
from layers.numbers import NotNegative, Number
from layers.spec import Frozen, Origin, Text
from siting.pv.plant.module import checked_file, data_toml, plan_figures

__all__ = [
    "Inverter",
    "InverterChoice",
    "LoadCurve",
    "Sandia",
    "ac_limit",
    "ac_power",
    "inverter_quadratic",
    "inverters",
    "pvwatts_inverter",
]

F8 = npt.NDArray[np.float64]
_PVWATTS = (-0.0059 / 0.9637, 0.9858 / 0.9637, -0.0162 / 0.9637)
Pair = tuple[Number, Number]


class Sandia(Frozen):
    """Coefficients of Sandia's inverter model over the rated AC power.

    Attributes
    ----------
    pdco, pso
        DC power at rated AC power, and at which the inverter starts, over the rated AC power.
    vdco_v
        Voltage of both [V].
    c0, c1, c2, c3
        Curvature times the rated AC power [-], and its changes with voltage [1/V].
    """

    pdco: Annotated[float, Field(gt=1, lt=2)]
    pso: Annotated[float, Field(ge=0, lt=0.2)]
    vdco_v: Annotated[float, Field(gt=0, le=5000)]
    c0: Annotated[float, Field(ge=-1, le=1)]
    # small machines of the list have changes of up to 4 a volt
    c1: Annotated[float, Field(ge=-10, le=10)] = 0.0
    c2: Annotated[float, Field(ge=-10, le=10)] = 0.0
    c3: Annotated[float, Field(ge=-10, le=10)] = 0.0


class LoadCurve(Frozen):
    """AC over DC power at one voltage, both over the rated AC power."""

    voltage_v: Annotated[float, Field(ge=0, le=5000)] = 0.0
    points: Annotated[tuple[Pair, ...], Field(min_length=2, max_length=100)]

    @model_validator(mode="after")
    def _rising(self) -> LoadCurve:
        dc, ac = np.array(self.points).T
        if not ((np.diff(dc) > 0).all() and (np.diff(ac) >= 0).all() and (ac <= dc).all()):
            raise ValueError(say("siting.pv_plant.curve_cannot_be"))
        if ac[-1] < 0.95:
            raise ValueError(say("siting.pv_plant.curve_stops_early", reached=float(ac[-1])))
        return self


class Inverter(Frozen):
    """An inverter type.

    Attributes
    ----------
    model
        ``none`` loses nothing and limits nothing; ``pvwatts`` is its part-load curve through
        `efficiency_frac`; ``sandia`` and ``curve`` are those of the maker's or a test's
        figures.
    rated_w
        AC power of one inverter [W]; 0 where it is not of one machine.
    night_frac
        Own use while there is no light, over the rated AC power.
    mppt_min_v, mppt_max_v, vdc_max_v
        Window of the tracker and largest input voltage [V]; 0 where not known.
    derate
        (air temperature [deg C], AC limit over the rated AC power), rising in temperature;
        empty where not known.
    path, name
        The file it was read from, and the row of a table.
    """

    id: Annotated[str, Field(min_length=1, max_length=200)]
    title: Text | None = None
    model: Literal["none", "pvwatts", "sandia", "curve"] = "pvwatts"
    efficiency_frac: Annotated[float, Field(gt=0.5, le=1)] = 0.96
    sandia: Sandia | None = None
    curves: Annotated[tuple[LoadCurve, ...], Field(max_length=10)] = ()
    rated_w: Annotated[float, Field(ge=0, le=2e7)] = 0.0
    night_frac: Annotated[float, Field(ge=0, le=0.02)] = 0.0
    mppt_min_v: Annotated[float, Field(ge=0, le=5000)] = 0.0
    mppt_max_v: Annotated[float, Field(ge=0, le=5000)] = 0.0
    vdc_max_v: Annotated[float, Field(ge=0, le=5000)] = 0.0
    derate: Annotated[tuple[tuple[Number, NotNegative], ...], Field(max_length=20)] = ()
    path: str = ""
    name: str = ""
    source: Origin = ""
    date: str = ""
    quality: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Inverter:
        if (self.model == "sandia") != (self.sandia is not None):
            raise ValueError(say("siting.pv_plant.inverter_needs_figures", figures="sandia"))
        if (self.model == "curve") != bool(self.curves):
            raise ValueError(say("siting.pv_plant.inverter_needs_figures", figures="curves"))
        if self.mppt_min_v > self.mppt_max_v or 0 < self.vdc_max_v < self.mppt_min_v:
            raise ValueError(
                say(
                    "siting.pv_plant.window_cannot_be",
                    low=self.mppt_min_v,
                    high=self.mppt_max_v,
                    most=self.vdc_max_v,
                )
            )
        temps = [t for t, _ in self.derate]
        if temps != sorted(set(temps)):
            raise ValueError(say("siting.pv_plant.derate_must_rise"))
        return self

    @property
    def feels_voltage(self) -> bool:
        """Whether the efficiency depends on the voltage of the strings."""
        return self.sandia is not None or len(self.curves) > 1

    @property
    def dc_rated(self) -> float:
        """DC power at rated AC power, over the rated AC power."""
        if self.model == "none":
            return 1.0
        if self.sandia is not None:
            return self.sandia.pdco
        if self.curves:
            dc, ac = np.array(self.curves[len(self.curves) // 2].points).T
            # beyond its last point a curve keeps its last efficiency
            return float(np.interp(1.0, ac, dc)) if ac[-1] >= 1.0 else float(dc[-1] / ac[-1])
        return 1.0 / self.efficiency_frac

    def at_load(self, load: float) -> float:
        """Efficiency at an AC load over the rated AC power, at the middle voltage."""
        if self.model == "none":
            return 1.0
        dc = np.linspace(0.0, self.dc_rated, 20001)[1:]
        ac = _unlimited(self, dc, None)
        return float(load / np.interp(load, ac, dc))

    @property
    def european_frac(self) -> float:
        """European efficiency: 3, 6, 13, 10, 48, 20 % at 5, 10, 20, 30, 50, 100 % of power."""
        weights = ((0.05, 0.03), (0.1, 0.06), (0.2, 0.13), (0.3, 0.10), (0.5, 0.48), (1.0, 0.2))
        return sum(w * self.at_load(load) for load, w in weights)

    @property
    def cec_frac(self) -> float:
        """CEC efficiency: 4, 5, 12, 21, 53, 5 % at 10, 20, 30, 50, 75, 100 % of power."""
        weights = (
            (0.1, 0.04),
            (0.2, 0.05),
            (0.3, 0.12),
            (0.5, 0.21),
            (0.75, 0.53),
            (1.0, 0.05),
        )
        return sum(w * self.at_load(load) for load, w in weights)


@cache
def inverters() -> Mapping[str, Inverter]:
    """Inverter types by id.

    Examples
    --------
    >>> inverters()["string_1500v"].model, round(inverters()["string_1500v"].cec_frac, 3)
    ('sandia', 0.985)
    """
    rows = data_toml("inverters.toml")
    return MappingProxyType(
        {k: Inverter.model_validate({"id": k, **row}) for k, row in rows.items()}
    )


def pvwatts_inverter(efficiency_frac: float) -> Inverter:
    """PVWatts' inverter of a rated efficiency."""
    return inverters()["pvwatts"].model_copy(update={"efficiency_frac": efficiency_frac})


def _sandia(s: Sandia, dc: F8, voltage_v: F8 | None) -> F8:
    v = np.zeros(1) if voltage_v is None else voltage_v - s.vdco_v
    a = s.pdco * (1.0 + s.c1 * v)
    b = s.pso * (1.0 + s.c2 * v)
    c = s.c0 * (1.0 + s.c3 * v)
    return np.asarray((1.0 / (a - b) - c * (a - b)) * (dc - b) + c * (dc - b) ** 2)


def _unlimited(inverter: Inverter, dc: F8, voltage_v: F8 | None) -> F8:
    """AC power up to the rating; what is below the start is below nothing."""
    if inverter.model == "none":
        return dc
    if inverter.sandia is not None:
        return _sandia(inverter.sandia, dc, voltage_v)
    if inverter.curves:
        return _curve(inverter, dc, voltage_v)
    z0, z1, z2 = _PVWATTS
    rated = inverter.dc_rated
    return np.asarray(inverter.efficiency_frac * (z0 * rated + z1 * dc + z2 * dc * dc / rated))


def _curve(inverter: Inverter, dc: F8, voltage_v: F8 | None) -> F8:
    curves = sorted(inverter.curves, key=lambda c: c.voltage_v)
    found = []
    for one in curves:
        x, y = np.array(one.points).T
        beyond = np.where(dc > x[-1], dc * y[-1] / x[-1], np.interp(dc, x, y, left=0.0))
        found.append(beyond)
    if len(found) == 1 or voltage_v is None:
        return np.asarray(found[len(found) // 2])
    out = np.array(found[0])
    for low, high, a, b in zip(curves, curves[1:], found, found[1:], strict=False):
        span = max(high.voltage_v - low.voltage_v, 1e-9)
        w = np.clip((voltage_v - low.voltage_v) / span, 0.0, 1.0)
        out = np.where(voltage_v > low.voltage_v, a + w * (b - a), out)
    return out


def ac_limit(inverter: Inverter, temp_air_c: F8) -> F8:
    """Largest AC power over the rated one at an air temperature, f8[n].

    Examples
    --------
    >>> hot = Inverter(id="x", derate=((45.0, 1.0), (60.0, 0.4)))
    >>> ac_limit(hot, np.array([20.0, 52.5, 70.0])).tolist()
    [1.0, 0.7, 0.4]
    """
    if not inverter.derate:
        return np.ones(len(temp_air_c))
    temp, most = np.array(inverter.derate).T
    return np.asarray(np.interp(temp_air_c, temp, most))


def ac_power(
    dc: F8,
    *,
    dc_ac_ratio: float,
    inverter: Inverter,
    voltage_v: F8 | None = None,
    limit: F8 | None = None,
) -> tuple[F8, F8, F8]:
    """AC power per rated DC power before and after clipping, and own use [kW/kWp].

    Parameters
    ----------
    dc : f8[n]
        DC power per rated DC power.
    dc_ac_ratio : float
        Rated DC power over rated AC power of the inverters.
    inverter : Inverter
    voltage_v : f8[n], optional
        Of the strings; the middle of the inverter's own without it.
    limit : f8[n], optional
        Largest AC power over the rated one, from `ac_limit`.

    Returns
    -------
    free, clipped, own : f8[n]
        Without and with the inverter's limit; the difference is the clipping loss. `own` is
        drawn from the grid while the inverter does not start.

    Notes
    -----
    Above the rating a part-load curve means nothing: the efficiency at full load is kept
    there. With voltage at hand the limit acts on the AC side, as in Sandia's model.

    References
    ----------
    .. [1] Dobos, A. P. (2014). PVWatts Version 5 Manual, section 11. :doi:`10.2172/1158421`
    .. [2] King, D. L. et al. (2007). Performance Model for Grid-Connected Photovoltaic
       Inverters. SAND2007-5036. :doi:`10.2172/920449`

    Examples
    --------
    >>> free, clipped, own = ac_power(
    ...     np.array([1.0]), dc_ac_ratio=1.25, inverter=pvwatts_inverter(0.96))
    >>> round(float(free[0]), 3), round(float(clipped[0]), 3), float(own[0])
    (0.96, 0.8, 0.0)
    """
    if not dc_ac_ratio > 0.0:
        raise ConfigError(
            say("siting.pv_plant.no_such_inverter"),
            got=say("siting.pv_plant.inverter_values", dc_ac_ratio=dc_ac_ratio),
        )
    if inverter.model == "none":
        return dc, dc, np.zeros_like(dc)
    power = dc * dc_ac_ratio
    rated = inverter.dc_rated
    found = _unlimited(inverter, np.minimum(power, rated), voltage_v)
    found = np.where(power > rated, power / rated * found, found)
    # beside its own voltage Sandia's curve meets the limit at another DC power
    sent = found if inverter.sandia is None else _sandia(inverter.sandia, power, voltage_v)
    start = inverter.sandia.pso if inverter.sandia is not None else 0.0
    asleep = (power <= start) | (found <= 0.0)
    most = 1.0 if limit is None else np.minimum(limit, 1.0)
    clipped = np.where(asleep, 0.0, np.minimum(sent, most))
    free = np.maximum(np.where(asleep, 0.0, found), clipped)
    own = np.where(asleep, inverter.night_frac, 0.0)
    return free / dc_ac_ratio, clipped / dc_ac_ratio, own / dc_ac_ratio


def inverter_quadratic(inverter: Inverter) -> tuple[float, float, float]:
    """AC power as ``q0 + q1 dc + q2 dc^2`` at the middle voltage, for the map's kernel.

    PVWatts' and Sandia's models are of this form; a table of points is fitted with full
    weight at full load, so that the fit goes through the rating.

    Examples
    --------
    >>> [round(q, 4) for q in inverter_quadratic(inverters()["none"])]
    [0.0, 1.0, 0.0]
    """
    if inverter.model == "none":
        return 0.0, 1.0, 0.0
    rated = inverter.dc_rated
    if inverter.curves:
        dc = np.linspace(0.05, 1.0, 96) * rated
        ac = _unlimited(inverter, dc, None)
        # one condition held: AC is 1 at the rating
        basis = np.stack([dc * 0 + 1.0, dc - rated, (dc - rated) ** 2], axis=1)
        rest = np.linalg.lstsq(basis[:, 1:], ac - 1.0, rcond=None)[0]
        b, c = float(rest[0]), float(rest[1])
        return 1.0 - b * rated + c * rated * rated, b - 2.0 * c * rated, c
    x = np.array([0.2, 0.6, 1.0]) * rated
    y = _unlimited(inverter, x, None)
    q2, q1, q0 = np.polyfit(x, y, 2)
    return float(q0), float(q1), float(q2)


def _by_id(value: object, info: ValidationInfo) -> object:
    """An inverter named by its id or its file; a table of its own figures is taken as it is."""
    value = checked_file(Inverter, value, plan_figures(value, "inverter", info))
    if not isinstance(value, str):
        return value
    if value not in inverters():
        raise ValueError(say("siting.pv_plant.no_such_inverter_id"), ", ".join(inverters()))
    return inverters()[value]


InverterChoice = Annotated[Inverter, BeforeValidator(_by_id)]
"""An inverter type, its id in ``siting/pv/data/inverters.toml``, or a maker's file of it."""
