"""Power and thrust curves from a physical model, for machines whose curves are not public.

The power curve is the rotor's energy balance at constant efficiency, capped at rated power
and averaged over the turbulence inside ten minutes; the thrust curve is momentum theory on
the power curve. Everything made here is labelled *generic*: it stands for a class of
machines of one specific power, not for a product.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError
from gis.say import Sentence, say
from gis.toml import FrozenDict, read_toml
from siting.wind.machine.turbine import RHO0_KG_M3, Turbine

__all__ = [
    "estimate_ct",
    "generic_id",
    "generic_power_kw",
    "generic_turbine",
    "listed_generic",
    "machine_words",
]

Float = NDArray[np.float64]
_ID = re.compile(r"^generic_(\d{3,5})_(\d{3})(?:_h(\d{2,3}))?$")


def _defaults() -> FrozenDict:
    return read_toml("siting.wind.turbines", "generic.toml")


def _value(key: str) -> float:
    return float(_defaults()["model"][key]["value"])


def generic_id(rated_kw: float, specific_w_m2: float, hub_m: float | None = None) -> str:
    """Library id of the generic machine of that rating and specific power.

    Examples
    --------
    >>> generic_id(5000, 225)
    'generic_5000_225'
    """
    text = f"generic_{rated_kw:.0f}_{specific_w_m2:.0f}"
    return text if hub_m is None else f"{text}_h{hub_m:.0f}"


def machine_words(name: str) -> Sentence:
    """What a sentence calls a machine: a generic one by what it is, another by its name.

    Parameters
    ----------
    name : str
        Id in the library.

    Examples
    --------
    >>> machine_words("generic_3000_300")("en"), machine_words("generic_3000_300")("zh")
    ('the generic machine of 3 MW and 300 W/m²', '通用机型（3 MW，300 W/m²）')
    >>> machine_words("V90")("en")
    'V90'
    """
    found = _ID.match(name)
    if found is None:
        return say("siting.wind_machine.machine_named", name=name)
    rated, specific, hub = found.groups()
    what = {"mw": int(rated) / 1000.0, "specific": int(specific)}
    if hub is None:
        return say("siting.wind_machine.machine_generic", **what)
    return say("siting.wind_machine.machine_generic_hub", **what, hub=int(hub))


def listed_generic() -> tuple[str, ...]:
    """Ids of the generic machines the library lists."""
    return tuple(
        generic_id(g["rated_kw"], s) for g in _defaults()["listed"] for s in g["specific_w_m2"]
    )


def generic_power_kw(
    speed_m_s: Float,
    *,
    rated_kw: float,
    rotor_m: float,
    cp: float,
    turbulence: float,
    cut_in_m_s: float,
    cut_out_m_s: float,
) -> Float:
    """Ten-minute mean power of a variable-speed, pitch-controlled machine [kW].

    Parameters
    ----------
    speed_m_s : (n,) float
        Ten-minute mean wind speeds at hub height [m/s].
    cp : float
        Greatest electrical power coefficient (rotor times drive train) [-].
    turbulence : float
        Turbulence intensity inside the ten minutes [-].

    Returns
    -------
    (n,) float

    Notes
    -----
    Instantaneous power ``min(rated, cp rho0 A v^3 / 2)`` is averaged over a normal
    distribution of standard deviation ``turbulence * v``; the mean is then shifted so that
    no mean exceeds rated power.

    References
    ----------
    Burton, Jenkins, Sharpe, Bossanyi, Wind Energy Handbook, 2nd ed., 2011, 3.5 (power
    coefficient) and 6.8 (averaging over turbulence); IEC 61400-12-1:2022, annex M (zero-
    turbulence power curve and its normalisation to a reference turbulence).

    Examples
    --------
    At 6 m/s, well below rated, power is cp rho A v^3 / 2 (1 + 3 TI^2):

    >>> p = generic_power_kw(np.array([6.0]), rated_kw=5000, rotor_m=100, cp=0.45,
    ...     turbulence=0.1, cut_in_m_s=3, cut_out_m_s=25)
    >>> round(float(p[0]), 1), round(0.45*0.5*1.225*np.pi*2500*216*1.03/1000, 1)
    (481.6, 481.6)
    """
    v = np.asarray(speed_m_s, dtype=float)
    area = np.pi * rotor_m**2 / 4
    # Gauss-Hermite in probability weight: exact for the cubic below rated
    node, weight = np.polynomial.hermite_e.hermegauss(41)
    u = np.maximum(v[:, None] * (1.0 + turbulence * node[None, :]), 0.0)
    raw = np.minimum(cp * 0.5 * RHO0_KG_M3 * area * u**3 / 1000.0, rated_kw)
    mean = raw @ (weight / weight.sum())
    mean = np.minimum(mean, rated_kw)
    return np.where((v >= cut_in_m_s) & (v <= cut_out_m_s), mean, 0.0)


def estimate_ct(
    speed_m_s: Float, power_kw: Float, rotor_m: float, *, ct_max: float | None = None
) -> Float:
    """Thrust curve that momentum theory gives for a power curve.

    Up to the speed of the best power coefficient the rotor runs at `ct_max`. Above it the
    induction falls so that ``4 a (1 - a)^2`` keeps its ratio to the power coefficient, on
    the branch of low induction (pitch to feather).

    Parameters
    ----------
    speed_m_s, power_kw : (n,) float
        Power curve at 1.225 kg/m3.
    rotor_m : float
        Diameter [m].
    ct_max : float, optional
        Thrust coefficient at the best power coefficient; default from ``generic.toml``.

    Returns
    -------
    (n,) float
        Between 0 and `ct_max`; 0 where power is 0.

    References
    ----------
    Burton et al., Wind Energy Handbook, 2011, 3.2: ct = 4a(1-a), cp = 4a(1-a)^2.

    Examples
    --------
    >>> v = np.array([4.0, 8.0, 12.0, 24.0])
    >>> p = np.array([177.0, 1416.0, 2000.0, 2000.0])
    >>> np.round(estimate_ct(v, p, 100.0), 3)
    array([0.8  , 0.8  , 0.261, 0.031])
    """
    v = np.asarray(speed_m_s, dtype=float)
    p = np.asarray(power_kw, dtype=float)
    top = _value("ct_max") if ct_max is None else ct_max
    area = np.pi * rotor_m**2 / 4
    with np.errstate(divide="ignore", invalid="ignore"):
        cp = np.where(v > 0, p * 1000.0 / (0.5 * RHO0_KG_M3 * area * v**3), 0.0)
    # the lowest points of published curves are rounded and can give absurd cp
    trusted = (p > 0.02 * p.max()) & (cp < 16 / 27)
    if not trusted.any():
        trusted = p > 0
    best = int(np.argmax(np.where(trusted, cp, -1.0)))
    a_top = 0.5 * (1.0 - np.sqrt(1.0 - top))
    share = np.clip(cp / cp[best], 0.0, 1.0)
    goal = share * 4 * a_top * (1 - a_top) ** 2
    lo, hi = np.zeros_like(v), np.full_like(v, a_top)
    for _ in range(60):  # bisection: 4a(1-a)^2 grows on [0, 1/3]
        mid = 0.5 * (lo + hi)
        small = 4 * mid * (1 - mid) ** 2 < goal
        lo, hi = np.where(small, mid, lo), np.where(small, hi, mid)
    a = np.where(np.arange(len(v)) <= best, a_top, 0.5 * (lo + hi))
    return np.where(p > 0, 4 * a * (1 - a), 0.0)


def generic_turbine(name: str) -> Turbine:
    """The generic machine called ``generic_<kW>_<W/m2>`` or ``..._h<hub m>``.

    Raises
    ------
    ConfigError
        When the name does not say a rating of 0.5 to 16 MW and 150 to 600 W/m2.

    Examples
    --------
    >>> t = generic_turbine("generic_5000_225")
    >>> t.rated_kw, round(t.rotor_m, 1), t.kind
    (5000.0, 168.2, 'generic')
    """
    match = _ID.match(name)
    rated = float(match[1]) if match else 0.0
    specific = float(match[2]) if match else 0.0
    if not (500 <= rated <= 16_000 and 150 <= specific <= 600):
        raise ConfigError(
            say("siting.wind_machine.not_generic_machine"),
            where=f"turbine {name}",
            expected=say("siting.wind_machine.generic_500_16000_kw_150"),
        )
    rotor = float(np.sqrt(rated * 1000.0 / specific * 4 / np.pi))
    clearance = _value("tip_clearance_m")
    least = _value("hub_min_m")
    given = match[3] if match else None
    hub = float(given) if given else max(least, float(np.ceil((rotor / 2 + clearance) / 5) * 5))
    speed = np.round(np.arange(0.0, _value("cut_out_m_s") + 0.25, 0.5), 3)
    power = generic_power_kw(
        speed,
        rated_kw=rated,
        rotor_m=rotor,
        cp=_value("cp_electrical"),
        turbulence=_value("turbulence"),
        cut_in_m_s=_value("cut_in_m_s"),
        cut_out_m_s=_value("cut_out_m_s"),
    )
    return Turbine(
        id=name,
        rated_kw=rated,
        rotor_m=rotor,
        hub_m=hub,
        hubs_m=(hub,),
        speed_m_s=speed,
        power_kw=power,
        ct=estimate_ct(speed, power, rotor),
        ct_kind="estimated",
        kind="generic",
        start_m_s=_value("cut_in_m_s"),
        stop_m_s=_value("cut_out_m_s"),
        manufacturer="generic",
        source="physical model of siting.wind.machine.generic, turbines/generic.toml",
        licence="Apache-2.0",
        note="stands for a class of machines of this rating and specific power",
    )
