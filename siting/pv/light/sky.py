"""Irradiance on a tilted plane from beam and diffuse, by component."""

from __future__ import annotations

import warnings as _warnings
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError
from gis.say import listed, say
from layers.weather import Sun

__all__ = ["PlaneIrradiance", "Transposition", "plane_irradiance", "relative_airmass"]

F8 = npt.NDArray[np.float64]
Transposition = Literal["perez", "haydavies", "isotropic"]


@dataclass(frozen=True)
class PlaneIrradiance:
    """Irradiance on a plane without anything in its way, f8[n] in W/m2.

    Attributes
    ----------
    beam
        Direct from the sun's disc.
    circumsolar, isotropic, horizon
        Parts of the sky's diffuse light; the horizon part may be negative (Perez).
    ground
        Reflected by the ground.
    aoi_deg
        Angle of incidence of the beam [deg].
    """

    beam: F8
    circumsolar: F8
    isotropic: F8
    horizon: F8
    ground: F8
    aoi_deg: F8

    @property
    def total(self) -> F8:
        """All of it."""
        return self.beam + self.circumsolar + self.isotropic + self.horizon + self.ground


def relative_airmass(apparent_zenith_deg: F8) -> F8:
    """Kasten and Young's air mass; NaN below the horizon.

    References
    ----------
    .. [1] Kasten, F., Young, A. T. (1989). Revised optical air mass tables and
       approximation formula. Applied Optics 28, 4735. :doi:`10.1364/AO.28.004735`
    """
    import pvlib

    return np.asarray(pvlib.atmosphere.get_relative_airmass(apparent_zenith_deg))


def plane_irradiance(
    tilt_deg: npt.ArrayLike,
    azimuth_deg: npt.ArrayLike,
    sun: Sun,
    *,
    dni_w_m2: F8,
    ghi_w_m2: F8,
    dhi_w_m2: F8,
    albedo: npt.ArrayLike,
    model: Transposition,
) -> PlaneIrradiance:
    """Transpose to a plane, fixed or moving.

    Parameters
    ----------
    tilt_deg, azimuth_deg : float or f8[n]
        Of the plane; azimuth clockwise from north.
    sun : Sun
    dni_w_m2, ghi_w_m2, dhi_w_m2 : f8[n]
    albedo : float or f8[n]
    model : {"perez", "haydavies", "isotropic"}

    Raises
    ------
    ConfigError
        For an unknown model.

    References
    ----------
    .. [1] Perez, R., Ineichen, P., Seals, R., Michalsky, J., Stewart, R. (1990). Modeling
       daylight availability and irradiance components from direct and global irradiance.
       Solar Energy 44, 271-289. :doi:`10.1016/0038-092X(90)90055-H`
    .. [2] Hay, J. E., Davies, J. A. (1980). Calculations of the solar radiation incident
       on an inclined surface. First Canadian Solar Radiation Data Workshop, 59.
    """
    from pvlib import irradiance

    zen, azi = sun.apparent_zenith_deg, sun.azimuth_deg
    cos_aoi = np.asarray(irradiance.aoi_projection(tilt_deg, azimuth_deg, zen, azi))
    beam = np.maximum(cos_aoi, 0.0) * dni_w_m2
    with _warnings.catch_warnings(), np.errstate(all="ignore"):
        _warnings.simplefilter("ignore")
        if model == "perez":
            parts = irradiance.perez(
                tilt_deg,
                azimuth_deg,
                dhi_w_m2,
                dni_w_m2,
                sun.dni_extra_w_m2,
                zen,
                azi,
                relative_airmass(zen),
                return_components=True,
            )
        elif model == "haydavies":
            parts = irradiance.haydavies(
                tilt_deg,
                azimuth_deg,
                dhi_w_m2,
                dni_w_m2,
                sun.dni_extra_w_m2,
                zen,
                azi,
                return_components=True,
            )
        elif model == "isotropic":
            parts = {"poa_isotropic": irradiance.isotropic(tilt_deg, dhi_w_m2)}
        else:
            raise ConfigError(
                say("siting.pv_light.unknown_sky_model"),
                got=str(model),
                expected=listed(get_args(Transposition)),
            )
    zero = np.zeros_like(beam)

    def part(name: str) -> F8:
        return np.nan_to_num(np.asarray(parts.get(name, zero), dtype=np.float64))

    ground = np.asarray(irradiance.get_ground_diffuse(tilt_deg, ghi_w_m2, albedo))
    return PlaneIrradiance(
        beam=beam,
        circumsolar=part("poa_circumsolar"),
        isotropic=part("poa_isotropic"),
        horizon=part("poa_horizon"),
        ground=np.broadcast_to(ground, beam.shape),
        aoi_deg=np.rad2deg(np.arccos(np.clip(cos_aoi, -1.0, 1.0))),
    )
