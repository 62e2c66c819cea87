"""A wind turbine as a frozen value: power and thrust curves with their source."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.gate import check_fields
from gis.say import say
from layers.result import Warn
from siting.wind.machine.contract import Limits, contract_value, kept_curve

__all__ = [
    "RHO0_KG_M3",
    "CurveKind",
    "Turbine",
    "power_kw",
    "rotor_area_m2",
    "specific_power_w_m2",
    "thrust_coefficient",
    "with_hub",
]

Float = NDArray[np.float64]
CurveKind = Literal["published", "reference", "generic", "user"]

RHO0_KG_M3 = 1.225
"""Density the curves are given for, sea-level standard atmosphere (ISO 2533) [kg/m3]."""


@dataclass(frozen=True, eq=False)
class Turbine:
    """One turbine type.

    Attributes
    ----------
    id
        Name in the library.
    rated_kw, rotor_m, hub_m
        Rated power [kW], rotor diameter [m], hub height [m].
    speed_m_s : (n,) float
        Wind speeds of the curves, increasing [m/s].
    power_kw : (n,) float
        Electrical power at `speed_m_s` [kW]. Zero outside the range of `speed_m_s`, which
        ends at the cut-out.
    ct : (n,) float or None
        Thrust coefficient; None when nobody published one, then wakes cannot be computed.
    ct_kind
        ``"given"`` by the source, ``"estimated"`` from the power curve by momentum theory,
        ``"none"``.
    density_kg_m3
        Air density the power curve holds for [kg/m3].
    sound_power_db
        Greatest A-weighted sound power level [dB(A) re 1 pW]; None when unknown.
    kind
        Where the power curve is from; ``"generic"`` is a model, not a machine.
    start_m_s, full_m_s, stop_m_s, restart_m_s
        Cut-in, rated and cut-out speed as stated, and the speed below which the machine runs
        again after a storm; None is read from the curve, and without `restart_m_s` it runs
        again as soon as the wind is below the cut-out [m/s]. Read back as `cut_in_m_s`,
        `rated_m_s`, `cut_out_m_s`. A curve that ends low at power, without `stop_m_s`, is
        refused: its end is not its cut-out.
    warnings
        What was read from the curve or filled in it.

    Examples
    --------
    >>> t = Turbine("x", 1000.0, 60.0, 80.0, [3, 10, 25], [0, 1000, 1000], None)
    >>> float(power_kw(t, 6.5)), t.cut_out_m_s, t.warnings[0].code
    (500.0, 25.0, 'cut_out_from_curve')
    >>> t = Turbine("x", 1000.0, 60.0, 80.0, [3, 10], [0, 1000], None, stop_m_s=25.0)
    >>> float(power_kw(t, 20.0)), t.warnings
    (1000.0, ())
    >>> Turbine("x", 1000.0, 60.0, 20.0, [3, 10], [0, 1000], None)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gis.errors.DataError: turbine x: hub lower than the rotor radius; got 20 m; expected ...
    """

    id: str
    rated_kw: float
    rotor_m: float
    hub_m: float
    speed_m_s: Float
    power_kw: Float
    ct: Float | None
    ct_kind: Literal["given", "estimated", "none"] = "given"
    hubs_m: tuple[float, ...] = ()
    density_kg_m3: float = RHO0_KG_M3
    sound_power_db: float | None = None
    iec_class: str = ""
    manufacturer: str = ""
    kind: CurveKind = "published"
    source: str = ""
    licence: str = ""
    note: str = ""
    extra: dict[str, float] = field(default_factory=dict)
    start_m_s: float | None = None
    full_m_s: float | None = None
    stop_m_s: float | None = None
    restart_m_s: float | None = None
    warnings: tuple[Warn, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self, ranges=False)
        speed = np.asarray(self.speed_m_s, dtype=float)
        power = np.asarray(self.power_kw, dtype=float)
        ct = None if self.ct is None else np.asarray(self.ct, dtype=float)
        for name, value in (("speed_m_s", speed), ("power_kw", power), ("ct", ct)):
            object.__setattr__(self, name, value)
        if ct is None:
            object.__setattr__(self, "ct_kind", "none")
        raise_faults(DataError, list(_faults(self)))
        stated = Limits(self.start_m_s, self.full_m_s, self.stop_m_s, self.restart_m_s)
        kept, faults = kept_curve(f"turbine {self.id}", speed, power, ct, stated)
        raise_faults(DataError, faults)
        for name in ("speed_m_s", "power_kw", "ct"):
            value = getattr(kept, name)
            if value is not None:
                value = value.copy()
                value.flags.writeable = False
            object.__setattr__(self, name, value)
        object.__setattr__(self, "start_m_s", kept.limits.cut_in_m_s)
        object.__setattr__(self, "full_m_s", kept.limits.rated_m_s)
        object.__setattr__(self, "stop_m_s", kept.limits.cut_out_m_s)
        object.__setattr__(self, "warnings", (*self.warnings, *kept.warnings))

    @property
    def cut_out_m_s(self) -> float:
        """Wind speed above which the machine stands still [m/s]."""
        return float(self.speed_m_s[-1])

    @property
    def cut_in_m_s(self) -> float:
        """Lowest wind speed with power, stated or to the resolution of the curve [m/s]."""
        return float(self.start_m_s or 0.0)

    @property
    def rated_m_s(self) -> float:
        """Wind speed of rated power, stated or to the resolution of the curve [m/s]."""
        return float(self.full_m_s or 0.0)


def _faults(t: Turbine) -> list[Fault]:
    where = f"turbine {t.id}"
    out = []
    for name in ("rated_kw", "rotor_m", "hub_m", "density_kg_m3"):
        value = getattr(t, name)
        if not (np.isfinite(value) and value > 0):
            out.append(
                Fault(
                    say("siting.wind_machine.not_positive_number", name=name),
                    where=where,
                    got=f"{value:g}",
                    todo=say("siting.wind_machine.check_with_maker"),
                )
            )
    out += _density_faults(t, where) if not out else []
    if not out and t.hub_m <= t.rotor_m / 2:
        out.append(
            Fault(
                say("siting.wind_machine.hub_lower_than_rotor_radius"),
                where=where,
                got=f"{t.hub_m:g} m",
                expected=say("siting.wind_machine.more_than_m", blade_m=t.rotor_m / 2),
                todo=say("siting.wind_machine.check_with_maker"),
            )
        )
    v, p, ct = t.speed_m_s, t.power_kw, t.ct
    if (
        v.ndim != 1
        or len(v) < 2
        or p.shape != v.shape
        or (ct is not None and ct.shape != v.shape)
    ):
        out.append(
            Fault(
                say("siting.wind_machine.curves_not_one_length_at"),
                where=where,
                got=f"{v.shape}, {p.shape}" + ("" if ct is None else f", {ct.shape}"),
            )
        )
        return out
    if not (np.isfinite(v).all() and np.isfinite(p).all()):
        out.append(
            Fault(
                say("siting.wind_machine.power_curve_has_gaps"),
                where=where,
                got=_first_gap(v, p),
                todo=say("siting.wind_machine.fill_drop_them"),
            )
        )
        return out
    if v[0] < 0 or (np.diff(v) <= 0).any():
        at = 0 if v[0] < 0 else int(np.argmax(np.diff(v) <= 0)) + 1
        out.append(
            Fault(
                say("siting.wind_machine.wind_speeds_do_not_increase"),
                where=where,
                got=", ".join(f"{x:g}" for x in v[max(at - 1, 0) : at + 1]) + " m/s",
                expected=say("siting.wind_machine.rising_from_0"),
                todo=say("siting.wind_machine.one_row_a_speed"),
            )
        )
    if (p < 0).any():
        out.append(
            Fault(
                say("siting.wind_machine.negative_power"),
                where=where,
                got=f"{p.min():g} kW",
                todo=say("siting.wind_machine.set_0"),
            )
        )
    if p.max() <= 0:
        out.append(
            Fault(
                say("siting.wind_machine.power_curve_zero_everywhere"),
                where=where,
                got=f"{p.max():g} kW",
                todo=say("siting.wind_machine.check_columns"),
            )
        )
    elif np.isfinite(t.rated_kw) and t.rated_kw > 0 and not 0.8 < p.max() / t.rated_kw < 1.2:
        out.append(
            Fault(
                say("siting.wind_machine.greatest_power_not_near_rated"),
                where=where,
                got=f"{p.max():g} kW",
                expected=f"{t.rated_kw:g} kW",
                todo=say("siting.wind_machine.check_w_against_kw"),
            )
        )
    if ct is not None and (not np.isfinite(ct).all() or ct.min() < 0 or ct.max() >= 1.2):
        out.append(
            Fault(
                say("siting.wind_machine.thrust_coefficient_outside_0_1"),
                where=where,
                got=f"{np.nanmin(ct):g} - {np.nanmax(ct):g}",
                expected="0 - 1.2",
                todo=say("siting.wind_machine.check_thrust_column"),
            )
        )
    if not out:
        out += _size_faults(t, where)
    return out


def _first_gap(v: Float, p: Float) -> str:
    i = int(np.argmax(~(np.isfinite(v) & np.isfinite(p))))
    return f"{v[i]:g} m/s, {p[i]:g} kW"


def _density_faults(t: Turbine, where: str) -> list[Fault]:
    """A density that no air at a wind farm has."""
    low, high = contract_value("density_least_kg_m3"), contract_value("density_most_kg_m3")
    if low <= t.density_kg_m3 <= high:
        return []
    return [
        Fault(
            say("siting.wind_machine.density_of_curve"),
            where=f"{where}, density_kg_m3",
            got=f"{t.density_kg_m3:g} kg/m3",
            expected=f"{low:g} - {high:g} kg/m3",
            todo=say("siting.wind_machine.give_density"),
        )
    ]


def _size_faults(t: Turbine, where: str) -> list[Fault]:
    """Rated power that no rotor of this size has: watts, megawatts or another rotor."""
    low, high = contract_value("specific_least_w_m2"), contract_value("specific_most_w_m2")
    found = specific_power_w_m2(t)
    if low <= found <= high:
        return []
    return [
        Fault(
            say("siting.wind_machine.power_against_rotor"),
            where=where,
            got=say(
                "siting.wind_machine.specific_power",
                rated_kw=t.rated_kw,
                rotor_m=t.rotor_m,
                w_m2=found,
            ),
            expected=f"{low:g} - {high:g} W/m2",
            todo=say("siting.wind_machine.check_w_against_kw"),
        )
    ]


def power_kw(turbine: Turbine, speed_m_s: Float | float) -> Float:
    """Power of `turbine` at a wind speed of the curve's density.

    Linear between the points, zero outside them; NaN stays NaN.

    Parameters
    ----------
    speed_m_s : array_like of float
        At hub height [m/s].

    Returns
    -------
    array of float
        [kW]
    """
    v = np.asarray(speed_m_s, dtype=float)
    return np.asarray(np.interp(v, turbine.speed_m_s, turbine.power_kw, left=0.0, right=0.0))


def thrust_coefficient(turbine: Turbine, speed_m_s: Float | float) -> Float:
    """Thrust coefficient, linear between points, zero outside them.

    Raises
    ------
    ConfigError
        When the turbine has no thrust curve.
    """
    if turbine.ct is None:
        raise ConfigError(
            say("siting.wind_machine.turbine_has_no_thrust_ct"),
            where=f"turbine {turbine.id}",
            todo=say("siting.wind_machine.add_column_ct_call_estimate"),
        )
    v = np.asarray(speed_m_s, dtype=float)
    return np.asarray(np.interp(v, turbine.speed_m_s, turbine.ct, left=0.0, right=0.0))


def rotor_area_m2(turbine: Turbine) -> float:
    """Swept area [m2]."""
    return float(np.pi * turbine.rotor_m**2 / 4.0)


def specific_power_w_m2(turbine: Turbine) -> float:
    """Rated power by swept area [W/m2].

    Examples
    --------
    >>> t = Turbine("x", 4000.0, 150.0, 100.0, [3, 10, 25], [0, 4000, 4000], None)
    >>> round(specific_power_w_m2(t), 1)
    226.4
    """
    return turbine.rated_kw * 1000.0 / rotor_area_m2(turbine)


def with_hub(turbine: Turbine, hub_m: float | None) -> Turbine:
    """`turbine` on another tower; itself when `hub_m` is None.

    Raises
    ------
    DataError
        When the rotor would touch the ground.
    """
    return turbine if hub_m is None else replace(turbine, hub_m=float(hub_m))
