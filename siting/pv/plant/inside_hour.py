"""What clipping inside the hour takes: an hour's mean hides the minutes above the limit.

The matrix of Allen, Hobbs and Bolen gives, for the direct light of an hour over that of a
reference sky and for the DC power that sky would give over the inverters' rating, the mean
energy that minutes above the limit lose and the hour's mean does not show. It was made of
minutes of several stations in the United States and is what SAM takes.

References
----------
.. [1] Allen, J. O., Hobbs, W. B. (2022). The effect of short-term inverter saturation on
   modeled hourly PV output using minute DC power measurements. J. Renewable Sustainable
   Energy 14, 063503. :doi:`10.1063/5.0130265`
.. [2] Prilliman, M. J., Keith, J. M. F., Hobbs, W. B. (2024). Side-by-Side Comparison of
   Subhourly Clipping Models. NREL/CP-7A40-90054.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from layers.weather import Sun, Weather
from siting.pv.light.optics import beam_iam
from siting.pv.light.sky import plane_irradiance
from siting.pv.plant.dc import plant_dc, plant_temperature
from siting.pv.plant.plant import PvPlant
from siting.pv.plant.tracking import Orientation

__all__ = ["Hours", "ReferenceSky", "bias_share", "inside_hour_share", "reference_sky"]

F8 = npt.NDArray[np.float64]
_LAST = 1.6
_TURBIDITY = 1.0
_ALBEDO = 0.2


@dataclass(frozen=True)
class ReferenceSky:
    """Light of a clear sky of Linke turbidity 1 [W/m2], f8[n] each."""

    ghi_w_m2: F8
    dni_w_m2: F8
    dhi_w_m2: F8


def reference_sky(sun: Sun, altitude_m: float) -> ReferenceSky:
    """Ineichen's clear sky without turbidity, which the matrix is made for."""
    from pvlib import atmosphere, clearsky

    mass = atmosphere.get_absolute_airmass(
        atmosphere.get_relative_airmass(sun.zenith_deg), atmosphere.alt2pres(altitude_m)
    )
    # with the sun down there is no air mass to divide by
    with np.errstate(divide="ignore", invalid="ignore"):
        sky = clearsky.ineichen(
            sun.apparent_zenith_deg,
            mass,
            _TURBIDITY,
            altitude=altitude_m,
            dni_extra=sun.dni_extra_w_m2,
        )
    ghi, dni, dhi = (np.nan_to_num(np.asarray(sky[k])) for k in ("ghi", "dni", "dhi"))
    return ReferenceSky(ghi, dni, dhi)


@cache
def _matrix() -> tuple[F8, F8, F8]:
    """Edges of the rows and of the columns, and the shares."""
    text = resources.files("siting.pv").joinpath("data", "clipping_bias.csv").read_text("utf-8")
    rows = list(csv.reader(x for x in text.splitlines() if not x.startswith("#")))
    columns = np.array([*map(float, rows[0][2:]), _LAST])
    table = np.array([[float(v) for v in row] for row in rows[1:]])
    return np.array([*table[:, 0], table[-1, 1]]), columns, table[:, 2:]


def bias_share(dni_w_m2: F8, sky: ReferenceSky, reference_dc: F8, *, dc_ac_ratio: float) -> F8:
    """Energy lost inside each hour, over the yearly AC energy without a limit, f8[n].

    Parameters
    ----------
    dni_w_m2 : f8[n]
    sky : ReferenceSky
    reference_dc : f8[n]
        DC power of the plant under that sky, over its rated DC power.
    dc_ac_ratio : float

    Examples
    --------
    Half the direct light of the reference sky, which would give 1.25 times the rating:

    >>> one = np.ones(1)
    >>> sky = ReferenceSky(1000 * one, 900 * one, 100 * one)
    >>> bias_share(450 * one, sky, 1.0 * one, dc_ac_ratio=1.25).tolist()
    [1.43e-05]
    """
    rows, columns, shares = _matrix()
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = np.where(sky.dni_w_m2 > 0.0, dni_w_m2 / sky.dni_w_m2, np.nan)
    potential = reference_dc * dc_ac_ratio - 1.0
    # bins are open below and closed above, as in the authors' program
    i = np.searchsorted(rows, gamma, side="left") - 1
    j = np.searchsorted(columns, potential, side="left") - 1
    inside = (i >= 0) & (i < shares.shape[0]) & (j >= 0) & (j < shares.shape[1])
    inside &= np.isfinite(gamma)
    out = np.zeros(len(gamma))
    out[inside] = shares[i[inside], j[inside]]
    return out


class Hours(Protocol):
    """Hours with sun and air, as `siting.pv.plant.chain.Resource` has them."""

    @property
    def sun(self) -> Sun:
        """Positions of the sun."""

    @property
    def weather(self) -> Weather:
        """Where they are."""

    @property
    def index(self) -> pd.DatetimeIndex:
        """Their middles."""

    @property
    def dni_w_m2(self) -> F8:
        """Direct light."""

    @property
    def temp_air_c(self) -> F8:
        """Of the air."""

    @property
    def wind_speed_m_s(self) -> F8:
        """At the modules."""


def inside_hour_share(
    hours: Hours, plant: PvPlant, o: Orientation, *, kept_light: F8, kept_dc: F8
) -> F8:
    """Energy that clipping inside each hour takes, over the yearly AC energy without a limit.

    Parameters
    ----------
    hours : Hours
    plant : PvPlant
    o : Orientation
        Of its modules in these hours.
    kept_light, kept_dc : f8[n]
        What the losses of light and of DC power leave.

    Returns
    -------
    f8[n]
        Their sum over a year is the yearly share; an hour's is right in the mean alone.

    Notes
    -----
    The reference sky falls on the open plane; hours whose neighbour has no light are left out,
    as the authors leave out sunrise and sunset.
    """
    sky = reference_sky(hours.sun, hours.weather.altitude_m)
    plane = plane_irradiance(
        o.surface_tilt_deg,
        o.surface_azimuth_deg,
        hours.sun,
        dni_w_m2=sky.dni_w_m2,
        ghi_w_m2=sky.ghi_w_m2,
        dhi_w_m2=sky.dhi_w_m2,
        albedo=_ALBEDO,
        model=plant.transposition,
    )
    light = np.maximum(plane.total, 0.0) * kept_light
    glass = light - (plane.beam + plane.circumsolar) * kept_light * (
        1.0 - beam_iam(plane.aoi_deg, plant.iam)
    )
    warm = plant_temperature(
        plant,
        light,
        hours.temp_air_c,
        hours.wind_speed_m_s,
        tilt_deg=float(np.mean(o.surface_tilt_deg)),
        times=hours.index,
    )
    dc = plant_dc(plant, np.maximum(glass, 0.0), warm) * kept_dc
    out = bias_share(hours.dni_w_m2, sky, dc, dc_ac_ratio=plant.dc_ac_ratio)
    lit = np.pad(sky.ghi_w_m2 > 0.0, 1)
    return np.where(lit[:-2] & lit[2:] & (dc > 0.0), out, 0.0)
