"""From gross energy to P50, P75, P90: losses, uncertainty stack, published haircut."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from gis.errors import ConfigError, ModelError
from gis.say import say
from siting.wind.machine.engine import energy
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.shear import Profile

__all__ = [
    "Component",
    "Exceedance",
    "exceedance",
    "loss_chain",
    "speed_sensitivity",
    "uncertainty_stack",
]

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Component:
    """One part of the uncertainty of annual energy.

    Attributes
    ----------
    name, zh, en
        What it is.
    energy_frac
        One standard deviation as a share of the energy.
    source, quality
        Where the value is from; ``"computed"`` for the wake spread and the series' years.
    """

    name: str
    zh: str
    en: str
    energy_frac: float
    source: str
    quality: str


@dataclass(frozen=True)
class Exceedance:
    """Energy that is exceeded with a probability.

    Attributes
    ----------
    p50_mwh_yr, p75_mwh_yr, p90_mwh_yr
        Normal distribution about the P50.
    sigma_frac
        Root of the sum of squares of the components.
    haircut_frac
        Cut of the P50 for the published bias; 0 when not asked for.
    """

    p50_mwh_yr: float
    p75_mwh_yr: float
    p90_mwh_yr: float
    sigma_frac: float
    haircut_frac: float


@cache
def _defaults() -> dict[str, Any]:
    text = resources.files("siting.wind.turbines").joinpath("defaults.toml").read_text("utf-8")
    return tomllib.loads(text)


def loss_chain(
    gross_mwh_yr: float, wake_frac: float, overrides: Mapping[str, float] | None = None
) -> list[dict[str, Any]]:
    """Waterfall from gross to net; every step says its source.

    Parameters
    ----------
    overrides : mapping, optional
        Loss name -> fraction, replacing the default.

    Returns
    -------
    list of dict
        ``name, zh, en, loss_frac, loss_mwh_yr, left_mwh_yr, source, quality``; losses and
        what is left add up to the gross energy.

    Raises
    ------
    ConfigError
        For a loss that does not exist.

    Examples
    --------
    >>> chain = loss_chain(100.0, 0.1, {"availability": 0.0, "electrical": 0.0,
    ...     "environmental": 0.0})
    >>> [(c["name"], round(c["left_mwh_yr"], 6)) for c in chain][:2]
    [('gross', 100.0), ('wake', 90.0)]
    """
    given = dict(overrides or {})
    table = _defaults()["loss"]
    unknown = sorted(set(given) - set(table))
    if unknown:
        raise ConfigError(
            say("siting.wind.no_such_loss"),
            where="[wind.losses]",
            got=", ".join(unknown),
            expected=", ".join(table),
        )
    left = gross_mwh_yr
    out: list[dict[str, Any]] = [
        {
            "name": "gross",
            "zh": "毛发电量",
            "en": "gross energy",
            "loss_frac": 0.0,
            "loss_mwh_yr": 0.0,
            "left_mwh_yr": left,
            "source": "computed",
            "quality": "computed",
        }
    ]
    steps = [("wake", "尾流", "wakes", wake_frac, "PyWake, mean of the models", "computed")]
    for name, d in table.items():
        own = name in given
        steps.append(
            (
                name,
                d["zh"],
                d["en"],
                float(given.get(name, d["value"])),
                "plan" if own else d["source"],
                "user input" if own else d["quality"],
            )
        )
    for name, zh, en, share, source, quality in steps:
        lost = left * share
        left -= lost
        out.append(
            {
                "name": name,
                "zh": zh,
                "en": en,
                "loss_frac": share,
                "loss_mwh_yr": lost,
                "left_mwh_yr": left,
                "source": source,
                "quality": quality,
            }
        )
    return out


def speed_sensitivity(turbine: Turbine, speed_m_s: Float, rho_kg_m3: Float) -> float:
    """Relative change of energy for a relative change of wind speed, d(ln E)/d(ln v).

    By a central difference of one per cent on the whole series.
    """
    up = energy(turbine, speed_m_s * 1.01, rho_kg_m3).mean_kw[0]
    low = energy(turbine, speed_m_s * 0.99, rho_kg_m3).mean_kw[0]
    middle = energy(turbine, speed_m_s, rho_kg_m3).mean_kw[0]
    if not middle > 0:
        raise ModelError(say("siting.wind.turbine_never_produces_on_this"), where=turbine.id)
    return float((up - low) / (0.02 * middle))


def uncertainty_stack(
    *,
    sensitivity: float,
    years: float,
    annual_spread_frac: float | None,
    profile: Profile,
    from_m: float,
    hub_m: float,
    wake_spread_frac: float,
    curve_kind: Literal["published", "reference", "generic", "user"],
    measured: bool,
    overrides: Mapping[str, float] | None = None,
) -> tuple[Component, ...]:
    """The components of the uncertainty of one farm's energy.

    Parameters
    ----------
    sensitivity : float
        Of `speed_sensitivity`; turns shares of speed into shares of energy.
    years : float
        Length of the series [yr]; a typical year counts as one.
    annual_spread_frac : float or None
        Spread of the series' annual mean speeds; the default stands in for None.
    measured : bool
        Whether the series is a measurement at the place.
    overrides : mapping, optional
        Component name -> standard deviation as a share of **energy**.

    Raises
    ------
    ConfigError
        For a component that does not exist.
    """
    table = _defaults()["uncertainty"]
    given = dict(overrides or {})
    names = (
        "measurement",
        "long_term",
        "shear",
        "wake",
        "power_curve",
        "availability",
        "electrical",
    )
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise ConfigError(
            say("siting.wind.no_such_uncertainty"),
            where="[wind.uncertainty]",
            got=", ".join(unknown),
            expected=", ".join(names),
        )
    speed = table["measurement"]["value" if measured else "value_model"] * sensitivity
    spread = (
        annual_spread_frac if annual_spread_frac is not None else table["interannual"]["value"]
    )
    long_term = spread / np.sqrt(max(years, 1.0)) * sensitivity
    key = "value_default" if profile.origin == "default" else "value"
    shear = table["shear_exponent"][key] * abs(np.log(hub_m / from_m)) * sensitivity
    curve = table["power_curve"]["value_generic" if curve_kind == "generic" else "value"]
    raw: list[tuple[str, str, str, float, str, str]] = []
    for name, part, value in (
        ("measurement", "measurement", speed),
        ("long_term", "interannual", long_term),
        ("shear", "shear_exponent", shear),
    ):
        d = table[part]
        raw.append((name, d["zh"], d["en"], value, d["source"], d["quality"]))
    raw.append(
        (
            "wake",
            "尾流模型差异",
            "spread of the wake models",
            wake_spread_frac,
            "PyWake: Bastankhah, TurbOPark, NOJ",
            "computed",
        )
    )
    for name, value in (
        ("power_curve", curve),
        ("availability", table["availability"]["value"]),
        ("electrical", table["electrical"]["value"]),
    ):
        d = table[name]
        raw.append((name, d["zh"], d["en"], value, d["source"], d["quality"]))
    return tuple(
        Component(
            n,
            zh,
            en,
            float(given.get(n, v)),
            "plan" if n in given else source,
            "user input" if n in given else quality,
        )
        for n, zh, en, v, source, quality in raw
    )


def exceedance(
    net_mwh_yr: float, components: tuple[Component, ...], haircut_frac: float = 0.0
) -> Exceedance:
    """P50, P75 and P90 of a net energy.

    Parameters
    ----------
    net_mwh_yr : float
        Central estimate, net of all losses.
    haircut_frac : float
        Optional cut for the published bias of P50 (0.066 to 0.074); 0 leaves it out.

    Examples
    --------
    sd 10 %: P90 = 0.872, P75 = 0.933 of the P50:

    >>> c = (Component("x", "", "", 0.06, "", ""), Component("y", "", "", 0.08, "", ""))
    >>> e = exceedance(100.0, c)
    >>> round(e.sigma_frac, 6), round(e.p75_mwh_yr, 1), round(e.p90_mwh_yr, 1)
    (0.1, 93.3, 87.2)
    """
    sigma = float(np.sqrt(sum(c.energy_frac**2 for c in components)))
    p50 = net_mwh_yr * (1.0 - haircut_frac)
    return Exceedance(
        p50,
        float(max(p50 * (1 + sigma * norm.ppf(0.25)), 0.0)),
        float(max(p50 * (1 + sigma * norm.ppf(0.10)), 0.0)),
        sigma,
        haircut_frac,
    )
