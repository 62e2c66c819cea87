"""What a power curve must say: where it starts, where it is full, where the machine stops.

A curve that stops at rated power says nothing about the cut-out; read as one, the energy of
every hour above it is lost. What can be told from the curve is taken and told, what cannot
is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gis.errors import Fault
from gis.say import say
from gis.toml import read_toml
from layers.result import Warn

__all__ = ["Curve", "Limits", "contract_value", "kept_curve"]

Float = NDArray[np.float64]

_FEW_STEPS = 4  # a ramp of fewer steps is a description in straight lines, not a measurement
_IDLE = 0.01  # of the greatest power: below it nothing is said about where the curve ends
_FULL = 0.95
_RATED = 0.99
_NEARLY = 0.9  # at the stated rated speed
_STARTED = 0.1  # below the stated cut-in


def contract_value(key: str) -> float:
    """A limit of ``turbines/contract.toml``."""
    return float(read_toml("siting.wind.turbines", "contract.toml")[key]["value"])


@dataclass(frozen=True)
class Limits:
    """Speeds of a machine as its owner states them; None where nothing is stated [m/s]."""

    cut_in_m_s: float | None = None
    rated_m_s: float | None = None
    cut_out_m_s: float | None = None
    restart_m_s: float | None = None


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve that keeps the contract: it ends at the cut-out.

    Attributes
    ----------
    speed_m_s, power_kw, ct
        Points; `ct` may be None.
    limits
        Nothing in it but `restart_m_s` is None.
    warnings
        What was read from the curve or filled.
    """

    speed_m_s: Float
    power_kw: Float
    ct: Float | None
    limits: Limits
    warnings: tuple[Warn, ...] = ()


def kept_curve(
    where: str, speed_m_s: Float, power_kw: Float, ct: Float | None, given: Limits
) -> tuple[Curve, list[Fault]]:
    """The curve with its limits, holes filled and its end at the cut-out; and its faults.

    Parameters
    ----------
    speed_m_s : (n,) float
        Increasing, finite [m/s].
    power_kw : (n,) float
        Finite, not negative, somewhere above 0 [kW].
    ct : (n,) float or None
    given
        What is stated; a curve cannot contradict it.

    Examples
    --------
    A curve that stops at 12 m/s is a fault until the cut-out is stated:

    >>> v, p = np.array([3.0, 7.0, 12.0]), np.array([0.0, 500.0, 2000.0])
    >>> len(kept_curve("x", v, p, None, Limits())[1])
    1
    >>> found, faults = kept_curve("x", v, p, None, Limits(cut_out_m_s=25.0))
    >>> found.speed_m_s.tolist(), found.power_kw.tolist(), faults
    ([3.0, 7.0, 12.0, 25.0], [0.0, 500.0, 2000.0, 2000.0], [])
    """
    faults = _stated(where, given)
    if faults:
        return Curve(speed_m_s, power_kw, ct, given), faults
    curve = Curve(speed_m_s, power_kw, ct, given)
    faults = _falls(where, curve)
    if faults:
        return curve, faults
    curve, more = _filled(where, curve)
    faults += more
    curve, more = _ended(where, curve)
    faults += more
    if faults:
        return curve, faults
    return _started(where, curve)


def _stated(where: str, given: Limits) -> list[Fault]:
    """Stated speeds in their order: cut-in, rated, cut-out; restart below the cut-out."""
    faults = []
    order = [
        (name, value)
        for name in ("cut_in_m_s", "rated_m_s", "cut_out_m_s")
        if (value := getattr(given, name)) is not None
    ]
    top = contract_value("cut_out_max_m_s")
    for name, value in [*order, ("restart_m_s", given.restart_m_s)]:
        if value is not None and not (np.isfinite(value) and 0 < value <= top):
            faults.append(
                Fault(
                    say("siting.wind_machine.speed_of_contract"),
                    where=f"{where}, {name}",
                    got=f"{value:g} m/s",
                    expected=say("siting.wind_machine.speed_up_to", top_m_s=top),
                    todo=say("siting.wind_machine.check_unit_of_speed"),
                )
            )
    values = [v for _, v in order]
    restart, stop = given.restart_m_s, given.cut_out_m_s
    wrong = values != sorted(values) or (
        restart is not None and stop is not None and restart > stop
    )
    if wrong and not faults:
        faults.append(
            Fault(
                say("siting.wind_machine.limits_out_of_order"),
                where=where,
                got=", ".join(
                    f"{n} {v:g}" for n, v in [*order, ("restart_m_s", restart)] if v is not None
                ),
                expected="cut_in_m_s < rated_m_s < cut_out_m_s; restart_m_s <= cut_out_m_s",
                todo=say("siting.wind_machine.check_with_maker"),
            )
        )
    return faults


def _ramp(curve: Curve) -> slice:
    """Points of the rising part: the last idle one to the first full one."""
    p = curve.power_kw
    full = int(np.argmax(p >= _FULL * p.max()))
    idle = np.flatnonzero(p[:full] <= _IDLE * p.max())
    return slice(int(idle[-1]) if idle.size else 0, full + 1)


def _falls(where: str, curve: Curve) -> list[Fault]:
    """Power that falls and is no end of the curve: below rated power, or to rise again."""
    v, p = curve.speed_m_s, curve.power_kw
    top = float(p.max())
    highest = np.maximum.accumulate(p)
    ahead = np.maximum.accumulate(p[::-1])[::-1]  # greatest power from here on
    drop = contract_value("power_drop_frac") * top
    fallen = np.minimum(highest, ahead) - p > drop
    last = int(np.flatnonzero(p > _IDLE * top)[-1])
    if v[last] < contract_value("cut_out_known_m_s") and (p[last + 1 :] > 0).any():
        # what is idle for the rest of the curve is its greater part in another unit
        fallen[last + 1 + int(np.argmax(p[last + 1 :] > 0))] = True
    if not fallen.any():
        return []
    i = int(np.argmax(fallen))
    return [
        Fault(
            say("siting.wind_machine.power_falls"),
            where=where,
            got=say(
                "siting.wind_machine.power_from_to",
                from_m_s=float(v[max(i - 1, 0)]),
                from_kw=float(p[max(i - 1, 0)]),
                to_m_s=float(v[i]),
                to_kw=float(p[i]),
            ),
            expected=say("siting.wind_machine.rising_power"),
            todo=say("siting.wind_machine.check_units_of_rows"),
        )
    ]


def _filled(where: str, curve: Curve) -> tuple[Curve, list[Fault]]:
    """Small holes of the rising part filled aloud, large ones refused."""
    part = _ramp(curve)
    v = curve.speed_m_s[part]
    step = np.diff(v)
    if len(step) < _FEW_STEPS:
        return curve, []
    usual = float(np.median(step))
    wide = step > max(contract_value("missing_bin_factor") * usual, 0.0)
    wide &= step > contract_value("missing_bin_m_s")
    if not wide.any():
        return curve, []
    holes = [(float(v[i]), float(v[i + 1])) for i in np.flatnonzero(wide)]
    told = ", ".join(f"{a:g}-{b:g}" for a, b in holes)
    if max(b - a for a, b in holes) > contract_value("fill_to_m_s"):
        fault = Fault(
            say("siting.wind_machine.middle_bins_missing"),
            where=where,
            got=f"{told} m/s",
            expected=say("siting.wind_machine.a_point_every", step_m_s=usual),
            todo=say("siting.wind_machine.add_missing_points"),
        )
        return curve, [fault]
    from scipy.interpolate import PchipInterpolator  # heavy

    new = np.concatenate(
        [np.arange(a + usual, b - 0.5 * usual, usual) for a, b in holes] or [np.zeros(0)]
    )
    speed = np.sort(np.concatenate([curve.speed_m_s, new]))
    power = PchipInterpolator(curve.speed_m_s, curve.power_kw)(speed)
    ct = None if curve.ct is None else np.interp(speed, curve.speed_m_s, curve.ct)
    warn = Warn("curve_filled", say("siting.wind_machine.curve_filled", holes=told), where)
    return Curve(speed, power, ct, curve.limits, (*curve.warnings, warn)), []


def _ended(where: str, curve: Curve) -> tuple[Curve, list[Fault]]:
    """The curve up to its cut-out, stated or told by its end."""
    v, p, ct = curve.speed_m_s, curve.power_kw, curve.ct
    top = float(p.max())
    last = int(np.flatnonzero(p > _IDLE * top)[-1])
    stop = curve.limits.cut_out_m_s
    warnings = list(curve.warnings)
    if stop is None:
        stop = float(v[last])
        if stop < contract_value("cut_out_known_m_s"):
            fault = Fault(
                say("siting.wind_machine.curve_ends_early"),
                where=where,
                got=say("siting.wind_machine.curve_end", end_m_s=stop, power_kw=float(p[last])),
                expected="cut_out_m_s",
                todo=say("siting.wind_machine.state_cut_out"),
            )
            return curve, [fault]
        warnings.append(
            Warn(
                "cut_out_from_curve",
                say("siting.wind_machine.cut_out_from_curve", end_m_s=stop),
                where,
            )
        )
    beyond = (v > stop + 1e-9) & (p > _IDLE * top)
    if beyond.any():
        fault = Fault(
            say("siting.wind_machine.power_above_cut_out"),
            where=where,
            got=say(
                "siting.wind_machine.curve_end",
                end_m_s=float(v[last]),
                power_kw=float(p[last]),
            ),
            expected=f"cut_out_m_s = {stop:g}",
            todo=say("siting.wind_machine.check_with_maker"),
        )
        return curve, [fault]
    idle = v[last + 1 :] < stop - contract_value("idle_before_cut_out_m_s")
    if idle.any():
        fault = Fault(
            say("siting.wind_machine.idle_below_cut_out"),
            where=where,
            got=say(
                "siting.wind_machine.curve_end",
                end_m_s=float(v[last + 1]),
                power_kw=float(p[last + 1]),
            ),
            expected=f"cut_out_m_s = {stop:g}",
            todo=say("siting.wind_machine.check_units_of_rows"),
        )
        return curve, [fault]
    if v[last] < stop - 1e-9 and p[last] < _FULL * top:
        fault = Fault(
            say("siting.wind_machine.curve_ends_below_rated"),
            where=where,
            got=say(
                "siting.wind_machine.curve_end",
                end_m_s=float(v[last]),
                power_kw=float(p[last]),
            ),
            expected=say("siting.wind_machine.points_up_to", stop_m_s=stop),
            todo=say("siting.wind_machine.add_missing_points"),
        )
        return curve, [fault]
    speed, power = v[: last + 1], p[: last + 1]
    thrust = None if ct is None else ct[: last + 1]
    if speed[-1] < stop - 1e-9:
        if thrust is not None:
            # at constant power the thrust falls with the third power of the speed
            thrust = np.append(thrust, thrust[-1] * (speed[-1] / stop) ** 3)
        speed, power = np.append(speed, stop), np.append(power, power[-1])
    limits = replace(curve.limits, cut_out_m_s=float(stop))
    return Curve(speed, power, thrust, limits, tuple(warnings)), []


def _started(where: str, curve: Curve) -> tuple[Curve, list[Fault]]:
    """Cut-in and rated speed, stated or read; the restart speed must lie between."""
    v, p = curve.speed_m_s, curve.power_kw
    read = Limits(
        cut_in_m_s=float(v[int(np.argmax(p > 0))]),
        rated_m_s=float(v[int(np.argmax(p >= _RATED * p.max()))]),
    )
    given = curve.limits
    faults = []
    top = float(p.max())
    start, full = given.cut_in_m_s, given.rated_m_s
    if start is not None and float(p[v < start].max(initial=0.0)) > _STARTED * top:
        faults.append(_against(where, "cut_in_m_s", start, read.cut_in_m_s, v, p))
    if full is not None and float(np.interp(full, v, p)) < _NEARLY * top:
        faults.append(_against(where, "rated_m_s", full, read.rated_m_s, v, p))
    if start is not None and not faults:
        p = np.where(v < start, 0.0, p)
    found = replace(
        given,
        cut_in_m_s=read.cut_in_m_s if given.cut_in_m_s is None else given.cut_in_m_s,
        rated_m_s=read.rated_m_s if given.rated_m_s is None else given.rated_m_s,
    )
    restart = given.restart_m_s
    if restart is not None and not (found.cut_in_m_s or 0) < restart:
        faults.append(
            Fault(
                say("siting.wind_machine.limits_out_of_order"),
                where=f"{where}, restart_m_s",
                got=f"{restart:g} m/s",
                expected="cut_in_m_s < restart_m_s <= cut_out_m_s",
                todo=say("siting.wind_machine.check_with_maker"),
            )
        )
    return replace(curve, power_kw=p, limits=found), faults


def _against(
    where: str, name: str, stated: float, read: float | None, v: Float, p: Float
) -> Fault:
    share = float(np.interp(stated, v, p)) / float(p.max())
    return Fault(
        say("siting.wind_machine.limit_against_curve"),
        where=f"{where}, {name}",
        got=say("siting.wind_machine.share_at", speed_m_s=stated, share=share),
        expected=f"{read:g} m/s",
        todo=say("siting.wind_machine.check_with_maker"),
    )
