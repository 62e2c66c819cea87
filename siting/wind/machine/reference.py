"""windpowerlib as the reference engine, wrapped against its known faults.

What the wrapper does: density correction is always on; nothing is fetched; negative and
missing wind speeds never become energy; the wind speed at the hub is handed over, so no
default profile law acts unseen; its warnings do not reach the user.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import say
from siting.wind.machine.turbine import Turbine

__all__ = ["reference_kw"]

Float = NDArray[np.float64]


def reference_kw(turbine: Turbine, speed_m_s: Float, rho_kg_m3: Float | float) -> Float:
    """Hourly power by windpowerlib's ``ModelChain`` with density correction.

    Parameters
    ----------
    speed_m_s : (t,) float
        At hub height [m/s]. NaN or negative gives NaN.
    rho_kg_m3 : (t,) float or float
        At hub height [kg/m3].

    Returns
    -------
    (t,) float
        [kW]

    Raises
    ------
    DataError
        When no hour has data.
    """
    from windpowerlib import ModelChain, WindTurbine

    v = np.asarray(speed_m_s, dtype=float)
    rho = np.broadcast_to(np.asarray(rho_kg_m3, dtype=float), v.shape)
    good = np.isfinite(v) & (v >= 0) & np.isfinite(rho) & (rho > 0)
    if not good.any():
        raise DataError(
            say("siting.wind_machine.no_hour_wind_speed_density"),
            got=say("siting.wind_machine.n_hours", n=v.size),
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        machine = WindTurbine(
            hub_height=turbine.hub_m,
            nominal_power=turbine.rated_kw * 1000.0,
            rotor_diameter=turbine.rotor_m,
            power_curve=pd.DataFrame(
                {"wind_speed": turbine.speed_m_s, "value": turbine.power_kw * 1000.0}
            ),
            path=None,
        )
        chain = ModelChain(
            machine,
            wind_speed_model="hellman",
            density_model="barometric",
            power_output_model="power_curve",
            density_correction=True,
        )
        out = np.full(v.shape, np.nan)
        watt = chain.calculate_power_output(v[good], rho[good])
    out[good] = np.asarray(watt, dtype=float) / 1000.0
    return out
