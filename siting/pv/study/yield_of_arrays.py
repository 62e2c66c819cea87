"""PV yield from hourly arrays, without a plan file.

Units and ranges are checked here: what cannot be is refused with one message that says
where, what came, what is expected and what to do.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import ConfigError, DataError, Fault, raise_faults
from gis.say import say
from layers.weather import Weather, check_weather, prepare_weather
from layers.weather.edge import place_faults, series_faults, time_faults
from layers.weather.schema import Label
from siting.pv.light.horizon import Horizon
from siting.pv.plant.chain import Resource, SiteYield, resource, site_yield
from siting.pv.plant.plant import LEVEL, PvPlant, Slope
from siting.pv.study.design import best_tilt_deg, design

__all__ = ["pv_yield", "weather_of_arrays"]


def weather_of_arrays(
    times: pd.DatetimeIndex,
    ghi_w_m2: npt.ArrayLike,
    dni_w_m2: npt.ArrayLike,
    dhi_w_m2: npt.ArrayLike,
    temp_air_c: npt.ArrayLike,
    wind_speed_m_s: npt.ArrayLike,
    *,
    lat: float,
    lon: float,
    altitude_m: float = 0.0,
    label: Label = "mid",
) -> Weather:
    """Hourly arrays as checked weather, see `pv_yield`.

    Raises
    ------
    DataError
        With everything that is wrong with place, times and values.
    """
    index = pd.DatetimeIndex(times)
    given = {
        "ghi_w_m2": ghi_w_m2,
        "dni_w_m2": dni_w_m2,
        "dhi_w_m2": dhi_w_m2,
        "temp_air_c": temp_air_c,
        "wind_speed_m_s": wind_speed_m_s,
    }
    columns = {k: np.asarray(v, dtype=np.float64) for k, v in given.items()}
    place = {"lat": float(lat), "lon": float(lon), "altitude_m": float(altitude_m)}
    faults = place_faults(**place) + time_faults(index)
    for name, values in columns.items():
        faults += series_faults(name, values, len(index))
    raise_faults(DataError, faults)
    middle = {"start": 30, "mid": 0, "end": -30, "instant": 0}[label]
    table = pd.DataFrame(columns, index=index + pd.Timedelta(minutes=middle))
    offset = index[0].utcoffset()
    weather = Weather(
        table,
        place["lon"],
        place["lat"],
        place["altitude_m"],
        utc_offset_h=0.0 if offset is None else offset.total_seconds() / 3600.0,
        label=label,
        source="arrays",
    )
    findings = check_weather(weather)
    raise_faults(
        DataError,
        [
            Fault(
                f.text,
                where="arrays",
                todo=say(f"siting.pv_study.check_{f.code}"),
            )
            for f in findings
            if f.code in {"clock", "closure", "clear_sky", "polar"}
        ],
    )
    prepared, _ = prepare_weather(weather, clock="keep", findings=findings)
    return prepared


def pv_yield(
    times: pd.DatetimeIndex,
    ghi_w_m2: npt.ArrayLike,
    dni_w_m2: npt.ArrayLike,
    dhi_w_m2: npt.ArrayLike,
    temp_air_c: npt.ArrayLike,
    wind_speed_m_s: npt.ArrayLike,
    *,
    lat: float,
    lon: float,
    altitude_m: float = 0.0,
    plant: PvPlant | None = None,
    slope: Slope = LEVEL,
    horizon: Horizon | None = None,
    label: Label = "mid",
) -> SiteYield:
    """Yield of a PV plant from hourly weather.

    Parameters
    ----------
    times : DatetimeIndex
        Hourly, with a time zone, whole years.
    ghi_w_m2, dni_w_m2, dhi_w_m2 : f8[n]
        Global and diffuse on the horizontal, direct at normal incidence [W/m2]; means of
        the hours. They must close: ``ghi = dni cos(zenith) + dhi``.
    temp_air_c, wind_speed_m_s : f8[n]
        Air temperature [deg C] and wind speed [m/s] at the modules.
    lat, lon : float
        Of the place [deg].
    altitude_m : float
        Of the place [m].
    plant : PvPlant, optional
        The default plant without one. An empty tilt becomes the best one, an empty ground
        cover that of the no-shading rule (GB 50797), or 0.35 for a tracker.
    slope : Slope
        Of the ground.
    horizon : Horizon, optional
    label : {"mid", "start", "end", "instant"}
        What `times` mark of each hour.

    Returns
    -------
    SiteYield
        ``kwh_kwp_yr``, ``performance_ratio``, ``waterfall``, ``monthly()``, ``hourly``,
        and the designed ``plant``.

    Raises
    ------
    DataError
        When units, ranges, times or place cannot be; all faults at once.
    ModelError
        When no pitch keeps the rows free of shade (polar or steep places).

    Examples
    --------
    A year of invented clear skies at 38.8 N:

    >>> import pandas as pd
    >>> from layers.weather import sun
    >>> times = pd.date_range("2023-01-01 00:30", periods=8760, freq="h", tz="Etc/GMT-8")
    >>> up = sun(times, 106.7, 38.8).cos_zenith
    >>> dni, dhi = 700.0 * (up > 0.05), 120.0 * up
    >>> found = pv_yield(times, dni * up + dhi, dni, dhi, 0 * up + 10.0, 0 * up + 2.0,
    ...                  lat=38.8, lon=106.7, altitude_m=1100.0)
    >>> bool(1500 < found.kwh_kwp_yr < 2500), found.plant.tilt_deg
    (True, 36.0)
    """
    if plant is None:
        plant = PvPlant()
    elif not isinstance(plant, PvPlant):
        raise ConfigError(
            say("siting.pv_study.not_a_plant"),
            got=type(plant).__name__,
            todo=say("siting.pv_study.use_pv_plant"),
        )
    weather = weather_of_arrays(
        times,
        ghi_w_m2,
        dni_w_m2,
        dhi_w_m2,
        temp_air_c,
        wind_speed_m_s,
        lat=lat,
        lon=lon,
        altitude_m=altitude_m,
        label=label,
    )
    res = resource(weather)
    return site_yield(res, _designed(plant, res, slope), slope=slope, horizon=horizon)


def _designed(plant: PvPlant, res: Resource, slope: Slope) -> PvPlant:
    lat = res.weather.lat
    tilt_deg = plant.tilt_deg
    if tilt_deg is None and plant.mounting == "fixed":
        tilt_deg = best_tilt_deg(res, plant, lat)
    if plant.gcr == 0.0:
        return plant.changed(tilt_deg=tilt_deg)
    return design(plant, lat, tilt_deg=tilt_deg or 0.0, slope=slope).plant
