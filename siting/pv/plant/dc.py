"""Temperature of the cells and DC power of a plant, by the models it names."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from siting.pv.plant.diode import diode_power
from siting.pv.plant.electrics import cell_temperature, dc_huld, dc_pvwatts
from siting.pv.plant.plant import PvPlant

__all__ = ["plant_dc", "plant_temperature"]

F8 = npt.NDArray[np.float64]


def plant_temperature(
    plant: PvPlant,
    light_w_m2: F8,
    temp_air_c: F8,
    wind_speed_m_s: F8,
    *,
    tilt_deg: float,
    times: pd.DatetimeIndex,
) -> F8:
    """Temperature of the cells [deg C], f8[n]; see `siting.pv.plant.electrics`."""
    u0, u1 = plant.heat_loss
    return cell_temperature(
        light_w_m2,
        temp_air_c,
        wind_speed_m_s,
        model=plant.cell,
        u0=u0,
        u1=u1,
        efficiency_frac=plant.module.efficiency_frac,
        sapm_mount=plant.sapm_mount,
        noct_c=plant.noct_c,
        tilt_deg=tilt_deg,
        times=times,
    )


def plant_dc(plant: PvPlant, effective_w_m2: F8, temp_cell_c: F8) -> F8:
    """DC power over the rated one, before losses, f8[n]; never below nothing.

    Examples
    --------
    >>> one = plant_dc(PvPlant(dc="pvwatts"), np.array([1000.0]), np.array([35.0]))
    >>> one.round(3).tolist()
    [0.971]
    """
    gamma = plant.module.gamma_per_c
    if plant.dc == "single_diode":
        return diode_power(plant.module, effective_w_m2, temp_cell_c).dc
    if plant.dc == "pvwatts":
        return np.maximum(dc_pvwatts(effective_w_m2, temp_cell_c, gamma), 0.0)
    return dc_huld(effective_w_m2, temp_cell_c, gamma if plant.dc == "huld" else None)
