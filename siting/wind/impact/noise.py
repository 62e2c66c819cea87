"""Noise of wind turbines at dwellings and on a grid by ISO 9613-2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.errors import DataError, Fault, raise_faults
from gis.say import say
from gis.toml import FrozenDict, read_toml
from layers.weather.edge import range_fault
from siting.wind.machine.turbine import Turbine

__all__ = [
    "NoiseLimit",
    "absorption_db_km",
    "ground_attenuation_db",
    "level_db",
    "limit_of",
    "noise_setback_m",
    "sound_power_db",
    "spectrum_db",
]

Float = NDArray[np.float64]
OCTAVES_HZ = np.array([63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0])


@dataclass(frozen=True)
class NoiseLimit:
    """Limit of an acoustic functional area [dB(A)]."""

    day_db: float
    night_db: float
    area: str
    source: str
    quality: str


def _data() -> FrozenDict:
    return read_toml("siting.wind.turbines", "noise.toml")


def limit_of(area: str = "") -> NoiseLimit:
    """Limits of GB 3096 for an area class; class 1 without a name.

    Examples
    --------
    >>> limit_of().night_db, limit_of("class_2").day_db
    (45.0, 60.0)
    """
    table = _data()["limit"]
    name = area or str(table["default"])
    if name not in table or not isinstance(table[name], dict):
        known = ", ".join(k for k, v in table.items() if isinstance(v, dict))
        raise DataError(
            say("siting.wind_impact.no_such_acoustic_area"), got=name, expected=known
        )
    return NoiseLimit(
        table[name]["day"], table[name]["night"], name, table["source"], table["quality"]
    )


def sound_power_db(turbine: Turbine) -> tuple[float, bool]:
    """A-weighted sound power level, and whether it is only estimated from the rating.

    Examples
    --------
    >>> from siting.wind.machine.generic import generic_turbine
    >>> level, estimated = sound_power_db(generic_turbine("generic_4000_225"))
    >>> round(level, 1), estimated
    (106.0, True)
    """
    if turbine.sound_power_db is not None:
        return turbine.sound_power_db, False
    d = _data()["sound_power"]
    slope = float(d["slope_db_decade"])
    return float(d["anchor_db"] + slope * np.log10(turbine.rated_kw / d["anchor_kw"])), True


def spectrum_db(total_db: float) -> Float:
    """A-weighted octave levels (63 Hz to 8 kHz) of a turbine of `total_db`, (8,).

    The reference spectrum is shifted so that its energies add up to `total_db` exactly.

    Examples
    --------
    >>> bool(abs(10 * np.log10((10 ** (spectrum_db(105.0) / 10)).sum()) - 105.0) < 1e-9)
    True
    """
    relative = np.array(_data()["spectrum"]["relative_db"], dtype=float)
    excess = 10 * np.log10((10 ** (relative / 10)).sum())
    return np.asarray(total_db + relative - excess)


def absorption_db_km(
    temperature_c: float = 10.0, humidity_frac: float = 0.70, pressure_pa: float = 101_325.0
) -> Float:
    """Attenuation by air at the octave midband frequencies, (8,) [dB/km].

    References
    ----------
    ISO 9613-1:1993, equations (3) to (5) and annex B (saturation pressure).

    Examples
    --------
    ISO 9613-2:1996 table 2, 10 C and 70 %: 0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117 dB/km:

    >>> absorption_db_km()[:6].round(1).tolist()
    [0.1, 0.4, 1.0, 1.9, 3.7, 9.7]
    """
    exact = 1000.0 * 10.0 ** (0.3 * np.arange(-4, 4))  # exact midband frequencies
    t = temperature_c + 273.15
    ratio = t / 293.15
    p = pressure_pa / 101_325.0
    saturation = 10.0 ** (-6.8346 * (273.16 / t) ** 1.261 + 4.6151)
    h = humidity_frac * 100.0 * saturation / p
    oxygen = p * (24.0 + 4.04e4 * h * (0.02 + h) / (0.391 + h))
    nitrogen = p * ratio**-0.5 * (9.0 + 280.0 * h * np.exp(-4.170 * (ratio ** (-1 / 3) - 1.0)))
    f2 = exact**2
    alpha = (
        8.686
        * f2
        * (
            1.84e-11 / p * np.sqrt(ratio)
            + ratio**-2.5
            * (
                0.01275 * np.exp(-2239.1 / t) / (oxygen + f2 / oxygen)
                + 0.1068 * np.exp(-3352.0 / t) / (nitrogen + f2 / nitrogen)
            )
        )
    )
    return np.asarray(alpha * 1000.0)


def _region(height_m: Float, distance_m: Float, g: float) -> Float:
    """A_s or A_r of ISO 9613-2 table 3, (..., 8)."""
    h, d = height_m, distance_m
    near = 1.0 - np.exp(-d / 50.0)
    far = 1.0 - np.exp(-2.8e-6 * d**2)
    a = 1.5 + 3.0 * np.exp(-0.12 * (h - 5.0) ** 2) * near + 5.7 * np.exp(-0.09 * h**2) * far
    b = 1.5 + 8.6 * np.exp(-0.09 * h**2) * near
    c = 1.5 + 14.0 * np.exp(-0.46 * h**2) * near
    e = 1.5 + 5.0 * np.exp(-0.9 * h**2) * near
    one = np.ones_like(a)
    hard = -1.5 * (1.0 - g) * one
    parts = [
        -1.5 * one,
        -1.5 + g * a,
        -1.5 + g * b,
        -1.5 + g * c,
        -1.5 + g * e,
        hard,
        hard,
        hard,
    ]
    return np.stack(parts, axis=-1)


def ground_attenuation_db(
    source_m: Float | float, receiver_m: Float | float, distance_m: Float, factor: float
) -> Float:
    """Ground effect A_gr = A_s + A_r + A_m, (..., 8) [dB]; negative raises the level.

    Parameters
    ----------
    source_m, receiver_m : float
        Heights above ground [m].
    distance_m : (...) float
        Horizontal distance [m].
    factor : float
        Ground factor G of all three regions, 0 hard to 1 porous.

    References
    ----------
    ISO 9613-2:1996, 7.3.1 and table 3.
    """
    d = np.asarray(distance_m, dtype=float)
    hs = np.broadcast_to(np.asarray(source_m, dtype=float), d.shape)
    hr = np.broadcast_to(np.asarray(receiver_m, dtype=float), d.shape)
    span = 30.0 * (hs + hr)
    q = np.where(d <= span, 0.0, 1.0 - span / np.maximum(d, 1e-9))
    middle = np.repeat((-3.0 * q)[..., None], 8, axis=-1)
    middle[..., 1:] *= 1.0 - factor
    return _region(hs, d, factor) + _region(hr, d, factor) + middle


# What the formulas hold for, and beyond which a value is in another unit
_RANGES = {
    "ground_factor": (0.0, 1.0, ""),
    "temperature_c": (-60.0, 60.0, "deg C"),
    "humidity_frac": (0.0, 1.0, ""),
    "pressure_pa": (30_000.0, 110_000.0, "Pa"),
}


def _air_faults(*values: float) -> list[Fault]:
    out = []
    for (name, (low, high, unit)), value in zip(_RANGES.items(), values, strict=True):
        fault = range_fault(name, value, low, high, unit)
        if fault is not None:
            out.append(fault)
    return out


def level_db(
    turbine_xyz: Float,
    hub_m: Float,
    power_db: Float,
    receiver_xyz: Float,
    *,
    ground_factor: float | None = None,
    receiver_m: float | None = None,
    pressure_pa: float = 101_325.0,
    temperature_c: float | None = None,
    humidity_frac: float | None = None,
) -> Float:
    """A-weighted level of all turbines together at each receiver, downwind of every one.

    Parameters
    ----------
    turbine_xyz : (n, 3) float
        Foot of each turbine [m].
    hub_m, power_db : (n,) float
        Hub heights [m], A-weighted sound power levels [dB re 1 pW].
    receiver_xyz : (m, 3) float
        Ground at each receiver [m].
    ground_factor, receiver_m, temperature_c, humidity_frac : optional
        Defaults of ``turbines/noise.toml``.

    Returns
    -------
    (m,) float
        [dB(A)]

    Raises
    ------
    DataError
        When a position or level is missing.

    Notes
    -----
    L = L_W - (20 lg d + 11) - A_atm - A_gr in octaves, summed over octaves and turbines.
    Screening by terrain is left out (levels are then not lower), and no meteorological
    correction is taken, so this is the level in wind from each turbine to each dwelling.

    References
    ----------
    ISO 9613-2:1996, equations (3), (4), (7), (8) and table 3; ISO 9613-1:1993.
    """
    d = _data()
    g = float(d["ground"]["factor"]) if ground_factor is None else ground_factor
    hr = float(d["ground"]["receiver_m"]) if receiver_m is None else receiver_m
    t = float(d["air"]["temperature_c"]) if temperature_c is None else temperature_c
    rh = float(d["air"]["humidity_frac"]) if humidity_frac is None else humidity_frac
    source = np.atleast_2d(np.asarray(turbine_xyz, dtype=float))
    receiver = np.atleast_2d(np.asarray(receiver_xyz, dtype=float))
    hub = np.broadcast_to(np.asarray(hub_m, dtype=float), len(source))
    power = np.broadcast_to(np.asarray(power_db, dtype=float), len(source))
    good = all(np.isfinite(a).all() for a in (source, receiver, hub, power))
    if not good or source.shape[1] != 3 or receiver.shape[1] != 3:
        raise DataError(
            say("siting.wind_impact.position_height_sound_power_level"), where="noise"
        )
    raise_faults(DataError, _air_faults(g, t, rh, pressure_pa))
    air = absorption_db_km(t, rh, pressure_pa) / 1000.0
    total = np.zeros(len(receiver))
    # a new farm has no old turbines: silence
    spectra = np.array([spectrum_db(float(p)) for p in power]).reshape(len(power), air.size)
    # a few hundred receivers at a time keep the (m, n, 8) array small
    block = max(1, int(2e6 / (max(len(source), 1) * 8)))
    for first in range(0, len(receiver), block):
        part = receiver[first : first + block]
        flat = np.hypot(
            part[:, None, 0] - source[None, :, 0], part[:, None, 1] - source[None, :, 1]
        )
        rise = source[None, :, 2] + hub[None, :] - part[:, None, 2] - hr
        slant = np.maximum(np.sqrt(flat**2 + rise**2), 1.0)
        ground = ground_attenuation_db(np.broadcast_to(hub, flat.shape), hr, flat, g)
        level = (
            spectra[None]
            - (20 * np.log10(slant) + 11.0)[..., None]
            - slant[..., None] * air
            - ground
        )
        total[first : first + block] = (10 ** (level / 10)).sum(axis=(1, 2))
    return np.asarray(10 * np.log10(np.maximum(total, 1e-12)))


def noise_setback_m(
    hub_m: float, power_db: float, limit_db: float, *, turbines: int = 1
) -> float:
    """Distance from which `turbines` at one place stay below `limit_db` on flat ground [m].

    Falls off with distance, so a bisection finds it; 0 when even the foot is below.
    """
    level = power_db + 10 * np.log10(turbines)

    def at(distance: float) -> float:
        return float(
            level_db(
                np.zeros((1, 3)),
                np.array([hub_m]),
                np.array([level]),
                np.array([[distance, 0.0, 0.0]]),
            )[0]
        )

    low, high = 0.0, 20_000.0
    if at(low) <= limit_db:
        return 0.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if at(middle) > limit_db else (low, middle)
    return high
