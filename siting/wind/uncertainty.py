"""From gross energy to net and its uncertainty: losses and the stack of components."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from gis.errors import ConfigError, ModelError
from gis.say import in_lang, listed, say
from gis.toml import read_toml
from layers.spec import Origin, Text, origin, text_of
from siting.economy.p_values import Component
from siting.economy.waterfall import Step, Waterfall
from siting.wind.machine.engine import energy
from siting.wind.machine.turbine import Turbine
from siting.wind.resource.shear import Profile

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "loss_chain",
    "loss_table",
    "speed_sensitivity",
    "uncertainty_stack",
]

Float = NDArray[np.float64]


def _defaults() -> Mapping[str, Any]:
    return read_toml("siting.wind", "turbines/defaults.toml")


def loss_chain(
    gross_mwh_yr: float, wake_frac: float, overrides: Mapping[str, float] | None = None
) -> Waterfall:
    """Waterfall from gross to net energy [MWh a year]; every loss says its source.

    Parameters
    ----------
    overrides : mapping, optional
        Loss name -> fraction, replacing the default.

    Raises
    ------
    ConfigError
        For a loss that does not exist.

    Examples
    --------
    >>> chain = loss_chain(100.0, 0.1, {"availability": 0.0, "electrical": 0.0,
    ...     "environmental": 0.0})
    >>> [(s.id, round(s.after, 6)) for s in chain.steps][:2]
    [('gross', 100.0), ('wake', 90.0)]
    """
    given = dict(overrides or {})
    table = _defaults()["loss"]
    unknown = sorted(set(given) - set(table))
    if unknown:
        raise ConfigError(
            say("siting.wind.no_such_loss"),
            where="[wind.losses]",
            got=listed(unknown),
            expected=listed(table),
        )
    gross = say("siting.wind.gross_energy")
    steps = [
        Step(
            "gross", gross, 0.0, gross_mwh_yr, _text("layers.words.origin.computed"), "computed"
        )
    ]
    wakes = (
        say("siting.wind.wakes"),
        wake_frac,
        _text("siting.wind.mean_of_wake_models"),
        "computed",
    )
    shares: dict[str, tuple[Callable[[str], str], float, Origin, str]] = {"wake": wakes}
    plan = _text("layers.words.origin.plan")
    for name, d in table.items():
        named = Text(zh=d["zh"], en=d["en"])
        if name in given:
            shares[name] = (named, given[name], plan, "user input")
        else:
            shares[name] = (named, float(d["value"]), origin(d["source"]), d["quality"])
    for name, (title, share, source, quality) in shares.items():
        left = steps[-1].after
        steps.append(Step(name, title, left, -left * share, source, quality, given_frac=share))
    return Waterfall("MWh", tuple(steps))


def loss_table(fall: Waterfall) -> pd.DataFrame:
    """The waterfall as a table of losses, the gross energy in the first row.

    Returns
    -------
    DataFrame
        ``name, zh, en, loss_frac, loss_mwh_yr, left_mwh_yr, source_zh, source_en, quality``;
        losses and what is left add up to the gross energy.
    """
    import pandas as pd  # heavy

    return pd.DataFrame(
        [
            {
                "name": s.id,
                "zh": s.title("zh"),
                "en": s.title("en"),
                "loss_frac": s.given_frac or 0.0,
                "loss_mwh_yr": -s.delta if i else 0.0,
                "left_mwh_yr": s.after,
                "source_zh": in_lang(s.source, "zh"),
                "source_en": in_lang(s.source, "en"),
                "quality": s.quality,
            }
            for i, s in enumerate(fall.steps)
        ]
    )


def speed_sensitivity(turbine: Turbine, speed_m_s: Float, rho_kg_m3: Float) -> float:
    """Relative change of energy for a relative change of wind speed, d(ln E)/d(ln v).

    By a central difference of one per cent on the whole series.

    Raises
    ------
    ModelError
        When the machine never turns, or yields less the more wind there is.
    """
    up = energy(turbine, speed_m_s * 1.01, rho_kg_m3).mean_kw[0]
    low = energy(turbine, speed_m_s * 0.99, rho_kg_m3).mean_kw[0]
    middle = energy(turbine, speed_m_s, rho_kg_m3).mean_kw[0]
    if not middle > 0:
        raise ModelError(say("siting.wind.turbine_never_produces_on_this"), where=turbine.id)
    found = float((up - low) / (0.02 * middle))
    if found < 0.0:  # no site is so windy that its machines stand: the numbers are wrong
        raise ModelError(
            say("siting.wind.more_wind_less_energy"),
            where=turbine.id,
            got=say("siting.wind.mean_at_hub", mean_m_s=float(np.nanmean(speed_m_s))),
            todo=say("layers.weather_edge.wind_speed"),
        )
    return found


def uncertainty_stack(
    *,
    sensitivity: float,
    years: float,
    annual_energy_frac: float | None,
    profile: Profile,
    from_m: float,
    hub_m: float,
    wake_spread_frac: float,
    curve_kind: Literal["published", "reference", "generic", "user"],
    measured: bool,
    correction_sd_frac: float = 0.0,
    source_spread_frac: float = 0.0,
    overrides: Mapping[str, float] | None = None,
) -> tuple[Component, ...]:
    """The components of the uncertainty of one farm's energy.

    Parameters
    ----------
    sensitivity : float
        Of `speed_sensitivity`; turns shares of speed into shares of energy.
    years : float
        Length of the series [yr]; a typical year counts as one.
    annual_energy_frac : float or None
        Spread of the series' yearly **energies**; for None the default spread of yearly
        mean speeds times `sensitivity` stands in.
    measured : bool
        Whether the series is a measurement at the place.
    correction_sd_frac : float
        What a long-term correction leaves uncertain of the mean **speed**; the component
        is there only where it is above 0.
    source_spread_frac : float
        Deviation of the **energy** that the spread of several sources of wind tells; it
        takes the place of the measurement's where it is larger.
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
        "correction",
        "shear",
        "wake",
        "power_curve",
        "availability",
        "electrical",
        "one_year",
    )
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise ConfigError(
            say("siting.wind.no_such_uncertainty"),
            where="[wind.uncertainty]",
            got=listed(unknown),
            expected=listed(names),
        )
    speed = table["measurement"]["value" if measured else "value_model"] * sensitivity
    spread = (
        table["interannual"]["value"] * sensitivity
        if annual_energy_frac is None
        else annual_energy_frac
    )
    long_term = spread / np.sqrt(max(years, 1.0))
    key = "value_default" if profile.origin == "default" else "value"
    shear = table["shear_exponent"][key] * abs(np.log(hub_m / from_m)) * sensitivity
    curve = table["power_curve"]["value_generic" if curve_kind == "generic" else "value"]

    def part(
        name: str, key: str, value: float, *, title: Text | None = None, yearly: bool = False
    ) -> Component:
        d = table[key]
        own = name in given
        by_years = key == "interannual" and annual_energy_frac is not None
        return Component(
            name,
            title or Text(zh=d["zh"], en=d["en"]),
            float(given.get(name, value)),
            yearly,
            _text("layers.words.origin.plan")
            if own
            else _text("siting.wind.of_yearly_energies")
            if by_years
            else origin(d["source"]),
            "user input" if own else "computed" if by_years else d["quality"],
        )

    corrected = (
        [
            Component(
                "correction",
                _text("siting.wind.long_term_correction"),
                float(given.get("correction", correction_sd_frac * sensitivity)),
                yearly=False,
                source=_text(
                    "layers.words.origin.plan"
                    if "correction" in given
                    else "siting.wind.of_correction"
                ),
                quality="user input" if "correction" in given else "computed",
            )
        ]
        if correction_sd_frac > 0 or "correction" in given
        else []
    )
    wind = part("measurement", "measurement", speed)
    if source_spread_frac > speed and "measurement" not in given:
        wind = replace(
            wind,
            sd_frac=source_spread_frac,
            source=_text("siting.wind.of_sources"),
            quality="computed",
        )
    own_wake = "wake" in given
    return (
        wind,
        part("long_term", "interannual", long_term),
        *corrected,
        part("shear", "shear_exponent", shear),
        Component(
            "wake",
            _text("siting.wind.spread_of_wake_models"),
            float(given.get("wake", wake_spread_frac)),
            yearly=False,
            source=_text("layers.words.origin.plan" if own_wake else "siting.wind.wake_models"),
            quality="user input" if own_wake else "computed",
        ),
        part("power_curve", "power_curve", curve),
        part("availability", "availability", table["availability"]["value"]),
        part("electrical", "electrical", table["electrical"]["value"]),
        # counts in P-values of one year alone: the long-term mean does not hold it
        part(
            "one_year",
            "interannual",
            spread,
            title=_text("siting.wind.weather_of_one_year"),
            yearly=True,
        ),
    )


def _text(key: str) -> Text:
    return text_of(say(key))
