"""From effective irradiance to AC power: cell temperature, DC models, inverter."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import ConfigError
from gis.say import say

__all__ = [
    "CellModel",
    "DcModel",
    "ac_power",
    "cell_temperature",
    "dc_huld",
    "dc_pvwatts",
]

F8 = npt.NDArray[np.float64]
CellModel = Literal["faiman", "sapm", "pvsyst", "fuentes"]
DcModel = Literal["huld", "pvwatts"]
_SAPM_OPEN_RACK = {"a": -3.56, "b": -0.075, "deltaT": 3.0}  # glass/polymer, King (2004)


def cell_temperature(
    poa_w_m2: F8,
    temp_air_c: F8,
    wind_speed_m_s: F8,
    *,
    model: CellModel = "faiman",
    u0: float = 25.0,
    u1: float = 6.84,
    efficiency_frac: float = 0.2,
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
            temperature.sapm_cell(poa_w_m2, temp_air_c, wind_speed_m_s, **_SAPM_OPEN_RACK)
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
        expected=", ".join(get_args(CellModel)),
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


def dc_huld(effective_w_m2: F8, temp_module_c: F8, version: str = "pvgis5") -> F8:
    """DC power per rated power of crystalline silicon by Huld's fit [kW/kWp].

    Never negative (the fit is, below 20 W/m2).

    References
    ----------
    .. [1] Huld, T. et al. (2011). A power-rating model for crystalline silicon PV modules.
       Solar Energy Materials and Solar Cells 95, 3359-3369.
       :doi:`10.1016/j.solmat.2011.07.026`

    Examples
    --------
    >>> dc_huld(np.array([1000.0]), np.array([25.0])).tolist()
    [1.0]
    """
    from pvlib import pvarray

    found = pvarray.huld(effective_w_m2, temp_module_c, 1.0, cell_type="cSi", k_version=version)
    return np.maximum(np.asarray(found, dtype=np.float64), 0.0)


def ac_power(dc: F8, *, dc_ac_ratio: float, efficiency_frac: float = 0.96) -> tuple[F8, F8]:
    """AC power per rated DC power before and after clipping [kW/kWp].

    Parameters
    ----------
    dc : f8[n]
        DC power per rated DC power.
    dc_ac_ratio : float
        Rated DC power over rated AC power of the inverters.
    efficiency_frac : float
        Rated efficiency.

    Returns
    -------
    free, clipped : f8[n]
        Without and with the inverter's limit; the difference is the clipping loss.

    Notes
    -----
    PVWatts inverter: a part-load curve through the rated efficiency. Its polynomial is not
    meant above full load, so the efficiency of full load is kept there.

    References
    ----------
    .. [1] Dobos, A. P. (2014). PVWatts Version 5 Manual, section 11. :doi:`10.2172/1158421`

    Examples
    --------
    >>> free, clipped = ac_power(np.array([1.0]), dc_ac_ratio=1.25)
    >>> round(float(free[0]), 3), round(float(clipped[0]), 3)
    (0.96, 0.8)
    """
    if not dc_ac_ratio > 0.0 or not 0.0 < efficiency_frac <= 1.0:
        raise ConfigError(
            say("siting.pv_plant.no_such_inverter"),
            got=say(
                "siting.pv_plant.inverter_values",
                dc_ac_ratio=dc_ac_ratio,
                efficiency_frac=efficiency_frac,
            ),
        )
    from pvlib import inverter

    rated_ac = 1.0 / dc_ac_ratio
    rated_dc = rated_ac / efficiency_frac
    below = np.minimum(dc, rated_dc)
    clipped = np.maximum(
        np.asarray(inverter.pvwatts(below, rated_dc, eta_inv_nom=efficiency_frac)), 0.0
    )
    free = np.where(dc > rated_dc, dc * efficiency_frac, clipped)
    return np.asarray(free), clipped
