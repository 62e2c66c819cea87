"""Split global irradiance into beam and diffuse, by a published model of choice."""

from __future__ import annotations

import warnings as _warnings
from typing import Literal

import numpy as np
import pandas as pd

from gis.errors import ConfigError
from gis.say import listed, say
from gis.types import F8
from layers.weather.sun import Sun, equation_of_time_h

__all__ = ["DECOMPOSITIONS", "decompose", "engerer2_diffuse_frac"]

Decomposition = Literal["dirint", "erbs", "erbs_driesse", "engerer2", "boland"]
DECOMPOSITIONS: tuple[Decomposition, ...] = (
    "dirint",
    "erbs",
    "erbs_driesse",
    "engerer2",
    "boland",
)

# hourly row of table 2 of Bright & Engerer (2019): C, b0 ... b5
_ENGERER2_HOURLY = (-0.0097539, -5.3169, 8.5084, 0.013241, 0.0074356, -3.0329, 0.56403)


def engerer2_diffuse_frac(
    ghi_w_m2: F8, toa_w_m2: F8, clear_w_m2: F8, zenith_deg: F8, solar_time_h: F8
) -> F8:
    """Diffuse fraction of hourly global irradiance, Engerer2 with hourly parameters.

    Parameters
    ----------
    ghi_w_m2, toa_w_m2, clear_w_m2 : f8[n]
        Global, extraterrestrial horizontal and clear-sky global irradiance [W/m2].
    zenith_deg : f8[n]
    solar_time_h : f8[n]
        Apparent solar time [h].

    Returns
    -------
    f8[n]
        0 to 1; 1 where there is no sun.

    References
    ----------
    .. [1] Engerer, N. A. (2015). Minute resolution estimates of the diffuse fraction of
       global irradiance for southeastern Australia. Solar Energy 116, 215-237.
       :doi:`10.1016/j.solener.2015.04.012`
    .. [2] Bright, J. M., Engerer, N. A. (2019). Engerer2: Global re-parameterisation,
       update, and validation of an irradiance separation model at different temporal
       resolutions. J. Renewable Sustainable Energy 11, 033701. :doi:`10.1063/1.5097014`

    Examples
    --------
    >>> one = np.array([1.0])
    >>> kd = engerer2_diffuse_frac(800 * one, 1000 * one, 800 * one, 30 * one, 12 * one)
    >>> bool(0.05 < kd[0] < 0.25)
    True
    """
    c, b0, b1, b2, b3, b4, b5 = _ENGERER2_HOURLY
    sunny = (toa_w_m2 > 0.0) & (ghi_w_m2 > 0.0)
    toa = np.where(sunny, toa_w_m2, 1.0)
    ghi = np.where(sunny, ghi_w_m2, 1.0)
    kt = ghi / toa
    ktc = clear_w_m2 / toa
    kde = np.maximum(0.0, 1.0 - clear_w_m2 / ghi)
    with np.errstate(over="ignore"):
        kd = (
            c
            + (1.0 - c)
            / (
                1.0
                + np.exp(b0 + b1 * kt + b2 * solar_time_h + b3 * zenith_deg + b4 * (ktc - kt))
            )
            + b5 * kde
        )
    return np.where(sunny, np.clip(kd, 0.0, 1.0), 1.0)


def decompose(
    ghi_w_m2: F8,
    index: pd.DatetimeIndex,
    sun: Sun,
    *,
    model: str,
    lon: float,
    lat: float,
    altitude_m: float = 0.0,
    pressure_pa: F8 | float | None = None,
    temp_dew_c: F8 | None = None,
) -> tuple[F8, F8]:
    """Beam and diffuse irradiance from global irradiance.

    Parameters
    ----------
    ghi_w_m2 : f8[n]
        Global horizontal irradiance [W/m2]; NaN stays NaN.
    index : DatetimeIndex
        Middle of the intervals.
    sun : Sun
        Position at `index`.
    model : {"dirint", "erbs", "erbs_driesse", "engerer2", "boland"}
    lon, lat, altitude_m : float
        Place; for the clear sky of Engerer2.
    pressure_pa : float or f8[n], optional
        Station pressure for DIRINT [Pa].
    temp_dew_c : f8[n], optional
        Dew point for DIRINT [deg C].

    Returns
    -------
    dni_w_m2, dhi_w_m2 : f8[n]
        They close: ``ghi = dni * cos_zenith + dhi`` to rounding, both never negative.

    Raises
    ------
    ConfigError
        For an unknown model.

    References
    ----------
    .. [1] Perez, R. et al. (1992). Dynamic global-to-direct irradiance conversion models.
       ASHRAE Transactions 98, 354-369.
    .. [2] Erbs, D. G., Klein, S. A., Duffie, J. A. (1982). Estimation of the diffuse
       radiation fraction. Solar Energy 28, 293-302. :doi:`10.1016/0038-092X(82)90302-4`
    .. [3] Boland, J., Scott, L., Luther, M. (2001). Modelling the diffuse fraction of
       global solar radiation on a horizontal surface. Environmetrics 12, 103-116.
       :doi:`10.1002/1099-095X(200103)12:2<103::AID-ENV447>3.0.CO;2-2`
    """
    import pvlib

    ghi = np.asarray(ghi_w_m2, dtype=np.float64)
    zenith = sun.zenith_deg
    pressure = pvlib.atmosphere.alt2pres(altitude_m) if pressure_pa is None else pressure_pa
    with _warnings.catch_warnings():
        _warnings.simplefilter("ignore")  # pvlib divides by a sun below the horizon
        if model == "dirint":
            dew = None if temp_dew_c is None else pd.Series(temp_dew_c, index=index)
            press = np.broadcast_to(np.asarray(pressure, dtype=np.float64), ghi.shape)
            dni = pvlib.irradiance.dirint(
                pd.Series(np.nan_to_num(ghi), index=index),
                pd.Series(zenith, index=index),
                index,
                pressure=pd.Series(np.nan_to_num(press, nan=101325.0), index=index),
                temp_dew=dew,
            ).to_numpy(dtype=np.float64)
        elif model in {"erbs", "erbs_driesse", "boland"}:
            split = getattr(pvlib.irradiance, model)
            dni = np.asarray(split(ghi, zenith, index)["dni"], dtype=np.float64)
        elif model == "engerer2":
            place = pvlib.location.Location(lat, lon, altitude=altitude_m)
            clear = place.get_clearsky(index, model="ineichen")["ghi"].to_numpy()
            utc = index.tz_convert("UTC")
            hours = utc.hour.to_numpy() + utc.minute.to_numpy() / 60.0
            solar = (hours + lon / 15.0 + equation_of_time_h(utc.day_of_year.to_numpy())) % 24.0
            toa = sun.dni_extra_w_m2 * sun.cos_zenith
            kd = engerer2_diffuse_frac(np.nan_to_num(ghi), toa, clear, zenith, solar)
            dni = ghi * (1.0 - kd) / np.maximum(sun.cos_zenith, 0.065)
        else:
            raise ConfigError(
                say("layers.weather.unknown_decomposition_model"),
                got=model,
                expected=listed(DECOMPOSITIONS),
            )
    # no beam without sun, none above what the sun sends, none that GHI cannot hold
    up = zenith < 87.0
    dni = np.where(up, np.clip(np.nan_to_num(dni), 0.0, sun.dni_extra_w_m2), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        most = np.where(sun.cos_zenith > 0.0, np.nan_to_num(ghi) / sun.cos_zenith, 0.0)
    dni = np.minimum(dni, np.maximum(most, 0.0))
    dni = np.where(np.isnan(ghi), np.nan, dni)
    return dni, ghi - dni * sun.cos_zenith
