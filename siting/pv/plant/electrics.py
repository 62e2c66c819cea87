"""From effective irradiance to AC power: cell temperature, DC models, inverter."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import ConfigError
from gis.say import listed, say

__all__ = [
    "CELL_HEAT",
    "HULD_GAMMA_PER_C",
    "CellModel",
    "DcModel",
    "SapmMount",
    "cell_temperature",
    "dc_huld",
    "dc_pvwatts",
]

F8 = npt.NDArray[np.float64]
CellModel = Literal["faiman", "sapm", "pvsyst", "fuentes"]
DcModel = Literal["huld", "pvgis", "pvwatts", "single_diode"]
HULD_GAMMA_PER_C = -0.004702
"""Huld's own change of power with temperature at 1000 W/m2 (PVGIS 5, crystalline silicon)."""
CELL_HEAT: dict[str, tuple[float, float]] = {"faiman": (25.0, 6.84), "pvsyst": (29.0, 0.0)}
"""u0 and u1 where a plant leaves them empty: Koehl (2011, :doi:`10.1016/j.solmat.2011.01.020`)
for Faiman's model, PVsyst's default of free-standing modules for its own."""
SapmMount = Literal[
    "open_rack_glass_polymer",
    "open_rack_glass_glass",
    "close_mount_glass_glass",
    "insulated_back_glass_polymer",
]


def cell_temperature(
    poa_w_m2: F8,
    temp_air_c: F8,
    wind_speed_m_s: F8,
    *,
    model: CellModel = "faiman",
    u0: float = 25.0,
    u1: float = 6.84,
    efficiency_frac: float = 0.2,
    sapm_mount: SapmMount = "open_rack_glass_polymer",
    noct_c: float = 45.0,
    tilt_deg: float = 30.0,
    times: pd.DatetimeIndex | None = None,
) -> F8:
    """Temperature of the cells [deg C], f8[n].

    Parameters
    ----------
    poa_w_m2 : f8[n]
        Irradiance on the module after shading and soiling.
    temp_air_c : f8[n]
    wind_speed_m_s : f8[n]
        At module height.
    model : {"faiman", "sapm", "pvsyst", "fuentes"}
    u0, u1 : float
        Heat loss of Faiman [W/(m2 K)] and [W/(m2 K) per m/s]; for PVsyst u0 is Uc, u1 Uv.
    efficiency_frac : float
        Module efficiency of the PVsyst model.
    sapm_mount : str
        Set of King (2004, table 1) in the SAPM model.
    noct_c, tilt_deg, times
        Only for Fuentes: installed NOCT (45 open rack, 49 roof), tilt, time index.

    References
    ----------
    .. [1] Faiman, D. (2008). Assessing the outdoor operating temperature of photovoltaic
       modules. Progress in Photovoltaics 16, 307-315. :doi:`10.1002/pip.813`
    .. [2] King, D. L., Boyson, W. E., Kratochvil, J. A. (2004). Photovoltaic Array
       Performance Model. SAND2004-3535. :doi:`10.2172/919131`
    .. [3] Fuentes, M. K. (1987). A Simplified Thermal Model for Flat-Plate Photovoltaic
       Arrays. SAND85-0330. :doi:`10.2172/6802914`

    Examples
    --------
    >>> t = cell_temperature(np.array([800.0]), np.array([20.0]), np.array([1.0]))
    >>> t.round(2).tolist()
    [45.13]
    """
    from pvlib import temperature

    if model == "faiman":
        return np.asarray(temperature.faiman(poa_w_m2, temp_air_c, wind_speed_m_s, u0, u1))
    if model == "sapm":
        return np.asarray(
            temperature.sapm_cell(
                poa_w_m2,
                temp_air_c,
                wind_speed_m_s,
                **temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"][sapm_mount],
            )
        )
    if model == "pvsyst":
        return np.asarray(
            temperature.pvsyst_cell(
                poa_w_m2,
                temp_air_c,
                wind_speed_m_s,
                u_c=u0,
                u_v=u1,
                module_efficiency=efficiency_frac,
            )
        )
    if model == "fuentes":
        if times is None:
            raise ConfigError(say("siting.pv_plant.fuentes_needs_times"))
        found = temperature.fuentes(
            pd.Series(poa_w_m2, index=times),
            pd.Series(temp_air_c, index=times),
            pd.Series(wind_speed_m_s, index=times),
            noct_installed=noct_c,
            surface_tilt=tilt_deg,
        )
        return np.asarray(found, dtype=np.float64)
    raise ConfigError(
        say("siting.pv_plant.unknown_temperature_model"),
        got=model,
        expected=listed(get_args(CellModel)),
    )


def dc_pvwatts(effective_w_m2: F8, temp_cell_c: F8, gamma_per_c: float) -> F8:
    """DC power per rated power, linear in light and temperature [kW/kWp].

    References
    ----------
    .. [1] Dobos, A. P. (2014). PVWatts Version 5 Manual. NREL/TP-6A20-62641.
       :doi:`10.2172/1158421`

    Examples
    --------
    >>> dc_pvwatts(np.array([1000.0]), np.array([35.0]), -0.003).round(4).tolist()
    [0.97]
    """
    from pvlib import pvsystem

    return np.asarray(pvsystem.pvwatts_dc(effective_w_m2, temp_cell_c, 1.0, gamma_per_c))


def dc_huld(
    effective_w_m2: F8,
    temp_module_c: F8,
    gamma_per_c: float | None = None,
    version: str = "pvgis5",
) -> F8:
    """DC power per rated power of crystalline silicon by Huld's fit [kW/kWp].

    Never negative (the fit is, below 20 W/m2).

    Parameters
    ----------
    effective_w_m2, temp_module_c : f8[n]
    gamma_per_c : float, optional
        The module's own change of power with temperature [1/K]; PVGIS' without one.
    version : str
        Coefficients as `pvlib.pvarray.huld` calls them.

    Notes
    -----
    Huld fitted a mean module of the years before 2010, whose power falls by 0.47 %/K. With
    `gamma_per_c` all terms of temperature are scaled by ``gamma / -0.004702``: at 1000 W/m2
    and 25 deg C the slope is the module's own, the shape over light stays Huld's, and a module
    that does not feel temperature gives what it gives at 25 deg C.

    References
    ----------
    .. [1] Huld, T. et al. (2011). A power-rating model for crystalline silicon PV modules.
       Solar Energy Materials and Solar Cells 95, 3359-3369.
       :doi:`10.1016/j.solmat.2011.07.026`

    Examples
    --------
    >>> dc_huld(np.array([1000.0]), np.array([25.0])).tolist()
    [1.0]
    >>> dc_huld(np.array([1000.0]), np.array([35.0]), -0.003).round(3).tolist()
    [0.97]
    """
    from pvlib import pvarray

    def fit(temp: F8 | float) -> F8:
        found = pvarray.huld(effective_w_m2, temp, 1.0, cell_type="cSi", k_version=version)
        return np.asarray(found, dtype=np.float64)

    if gamma_per_c is None:
        return np.maximum(fit(temp_module_c), 0.0)
    at_25 = fit(25.0)
    share = gamma_per_c / HULD_GAMMA_PER_C
    return np.maximum(at_25 + share * (fit(temp_module_c) - at_25), 0.0)
