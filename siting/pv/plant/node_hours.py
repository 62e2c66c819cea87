"""Sun, sky and heat of the daylight hours of one weather node, ready for the map's kernel."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError
from gis.say import say
from siting.pv.light.sky import plane_irradiance
from siting.pv.plant.chain import Resource, ground_albedo, site_yield
from siting.pv.plant.plant import PvPlant

__all__ = ["NodeHours", "node_hours"]

F4 = npt.NDArray[np.float32]
F8 = npt.NDArray[np.float64]
_TILT_DEG = 30.0  # hardly moves the share of energy above the limit


@dataclass(frozen=True)
class NodeHours:
    """Daylight hours of one weather node, ready for the kernel.

    Attributes
    ----------
    hours
        f4[n, 13]: sun east, north, up; beam; circumsolar coefficient; isotropic; horizon;
        beam horizontal; diffuse; air temperature; heat-loss reciprocal; albedo; azimuth bin.
    month
        i8[n], 0 to 11.
    years
        Number of weather years.
    dark_h
        f8[12], hours of each month without any light, of all years.
    n_azimuths
        Directions of the horizon profiles that azimuth bins count.
    inside_hour
        f8[12], share of each month's energy that clipping inside the hour takes.
    """

    hours: F4
    month: npt.NDArray[np.int64]
    years: int
    dark_h: F8 = field(default_factory=lambda: np.zeros(12))
    inside_hour: F8 = field(default_factory=lambda: np.zeros(12))
    n_azimuths: int = 36


def node_hours(res: Resource, plant: PvPlant, n_azimuths: int) -> NodeHours:
    """Sun, sky coefficients and heat loss of the daylight hours of a weather node.

    The sky coefficients are read off pvlib's own transposition at two planes, so they are
    its to rounding.

    Parameters
    ----------
    res : Resource
    plant : PvPlant
        Its transposition, temperature and albedo count; the cell model must be Faiman.
    n_azimuths : int
        Directions of the horizon profiles.
    """
    if plant.cell != "faiman":
        raise ConfigError(
            say("siting.pv_plant.kernel_has_one_temperature_model"),
            got=plant.cell,
            expected="faiman",
        )
    s = res.sun
    albedo = np.broadcast_to(np.asarray(ground_albedo(plant, res)), res.ghi_w_m2.shape)
    zen, azi = np.deg2rad(s.apparent_zenith_deg), np.deg2rad(s.azimuth_deg)
    # on a level plane: isotropic + circumsolar; on a wall facing the sun: half isotropic,
    # circumsolar by sin/cos, and the horizon in full
    common = {
        "dni_w_m2": res.dni_w_m2,
        "ghi_w_m2": res.ghi_w_m2,
        "dhi_w_m2": res.dhi_w_m2,
        "albedo": 0.0,
        "model": plant.transposition,
    }
    level = plane_irradiance(0.0, 180.0, s, **common)  # type: ignore[arg-type]
    wall = plane_irradiance(90.0, s.azimuth_deg, s, **common)  # type: ignore[arg-type]
    cos_wall = np.sin(zen)
    with np.errstate(divide="ignore", invalid="ignore"):
        circumsolar = np.where(cos_wall > 1e-6, wall.circumsolar / cos_wall, 0.0)
    u0, u1 = plant.heat_loss
    u = 1.0 / (u0 + u1 * res.wind_speed_m_s)
    day = (res.ghi_w_m2 > 0.0) | (res.dni_w_m2 > 0.0) | (res.dhi_w_m2 > 0.0)
    bins = (s.azimuth_deg % 360.0) / 360.0 * n_azimuths
    columns = [
        np.sin(zen) * np.sin(azi),
        np.sin(zen) * np.cos(azi),
        np.cos(zen),
        res.dni_w_m2,
        circumsolar,
        level.isotropic,
        wall.horizon,
        res.ghi_w_m2 - res.dhi_w_m2,
        res.dhi_w_m2,
        res.temp_air_c,
        u,
        albedo,
        bins,
    ]
    table = np.stack([c[day] for c in columns], axis=1).astype(np.float32)
    dark = np.bincount(res.month[~day], minlength=12).astype(np.float64)
    inside = _inside_hour(res, plant) if plant.inside_hour else np.zeros(12)
    return NodeHours(
        np.ascontiguousarray(table), res.month[day], len(res.years), dark, inside, n_azimuths
    )


def _inside_hour(res: Resource, plant: PvPlant) -> F8:
    """Share of each month that clipping inside the hour takes, of one open plane; f8[12]."""
    one = plant.changed(
        mounting="fixed",
        tilt_deg=_TILT_DEG if plant.tilt_deg is None else plant.tilt_deg,
        gcr=0.0,
        bifacial=False,
    )
    with_it, without = (
        site_yield(res, one.changed(inside_hour=given)).monthly()["ac_kwh_kwp"].to_numpy()
        for given in (True, False)
    )
    return np.where(without > 0.0, 1.0 - with_it / np.maximum(without, 1e-12), 0.0)
