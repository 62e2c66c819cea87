"""Air density at hub height and the wind-speed correction for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siting.wind.machine.turbine import RHO0_KG_M3

__all__ = [
    "density_at_altitude_kg_m3",
    "density_kg_m3",
    "equivalent_speed_m_s",
    "pressure_at_height_pa",
]

Float = NDArray[np.float64]

# Dry air, ISO 2533:1975 standard atmosphere
_R_DRY_J_KG_K = 287.05287
_R_VAPOUR_J_KG_K = 461.5
_G_M_S2 = 9.80665
_LAPSE_K_M = 0.0065
_T0_K = 288.15
_P0_PA = 101_325.0
_KELVIN = 273.15


def density_kg_m3(
    temperature_c: Float | float,
    pressure_pa: Float | float,
    relative_humidity_frac: Float | float = 0.0,
) -> Float:
    """Density of moist air.

    Parameters
    ----------
    temperature_c : array_like
        Air temperature [deg C].
    pressure_pa : array_like
        Absolute air pressure at the same height [Pa].
    relative_humidity_frac : array_like, optional
        0 to 1; 0 is dry air.

    Returns
    -------
    array
        [kg/m3]; NaN where an input is NaN.

    References
    ----------
    IEC 61400-12-1:2022, equation (12): rho = (B/R0 - phi p_w (1/R0 - 1/R_w)) / T with
    p_w = 0.0000205 exp(0.0631846 T) [Pa], R0 = 287.05, R_w = 461.5 J/(kg K).

    Examples
    --------
    >>> round(float(density_kg_m3(15.0, 101325.0)), 4)
    1.225
    >>> round(float(density_kg_m3(10.0, 88500.0)), 3)
    1.089
    """
    t_k = np.asarray(temperature_c, dtype=float) + _KELVIN
    p = np.asarray(pressure_pa, dtype=float)
    vapour_pa = 0.0000205 * np.exp(0.0631846 * t_k)
    moist = np.asarray(relative_humidity_frac) * vapour_pa
    return np.asarray(
        (p / _R_DRY_J_KG_K - moist * (1 / _R_DRY_J_KG_K - 1 / _R_VAPOUR_J_KG_K)) / t_k
    )


def pressure_at_height_pa(
    pressure_pa: Float | float, temperature_c: Float | float, rise_m: Float | float
) -> Float:
    """Pressure `rise_m` above the place where pressure and temperature were taken.

    Hydrostatic with the standard lapse rate of 6.5 K/km [Pa].

    Examples
    --------
    >>> round(float(pressure_at_height_pa(101325.0, 15.0, 1000.0)))
    89875
    """
    t_k = np.asarray(temperature_c, dtype=float) + _KELVIN
    ratio = 1.0 - _LAPSE_K_M * np.asarray(rise_m, dtype=float) / t_k
    exponent = _G_M_S2 / (_R_DRY_J_KG_K * _LAPSE_K_M)
    return np.asarray(np.asarray(pressure_pa, dtype=float) * ratio**exponent)


def density_at_altitude_kg_m3(
    altitude_m: Float | float, temperature_c: Float | float | None = None
) -> Float:
    """Density from altitude alone (standard atmosphere), or with the mean temperature.

    Examples
    --------
    >>> round(float(density_at_altitude_kg_m3(0.0)), 4)
    1.225
    >>> round(float(density_at_altitude_kg_m3(1100.0)), 3)
    1.101
    """
    h = np.asarray(altitude_m, dtype=float)
    pressure = pressure_at_height_pa(_P0_PA, _T0_K - _KELVIN, h)
    if temperature_c is None:
        temperature_c = _T0_K - _LAPSE_K_M * h - _KELVIN
    return density_kg_m3(temperature_c, pressure)


def equivalent_speed_m_s(
    speed_m_s: Float | float,
    density: Float | float,
    reference_kg_m3: float = RHO0_KG_M3,
) -> Float:
    """Wind speed that carries at the reference density what `speed_m_s` does at `density`.

    For pitch-controlled turbines. The cut-out is tested on the true speed, not on this.

    References
    ----------
    IEC 61400-12-1:2022, 9.1.5: v_n = v (rho/rho_0)^(1/3).

    Examples
    --------
    >>> round(float(equivalent_speed_m_s(8.0, 1.225 * 0.729)), 6)
    7.2
    """
    ratio = np.asarray(density, dtype=float) / reference_kg_m3
    return np.asarray(np.asarray(speed_m_s, dtype=float) * np.cbrt(ratio))
