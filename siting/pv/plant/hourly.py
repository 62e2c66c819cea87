"""The hours of a plant for others: light, air, power and losses, with their marks of time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from layers.weather import Weather
from siting.pv.plant.chain import Resource, SiteYield

__all__ = ["hours_of", "sam_weather", "year_near_the_mean"]

_HALF = pd.Timedelta(minutes=30)
_SAM = {
    "GHI": "ghi_w_m2",
    "DNI": "dni_w_m2",
    "DHI": "dhi_w_m2",
    "Temperature": "temp_air_c",
    "Wind Speed": "wind_speed_m_s",
}


def hours_of(result: SiteYield, dc_mw: float) -> pd.DataFrame:
    """Every hour with its weather, light and power.

    Parameters
    ----------
    result : SiteYield
    dc_mw : float
        Module power [MW].

    Returns
    -------
    DataFrame
        ``start``, ``middle``, ``end`` of each hour in the local standard time of the weather;
        the weather; the columns of `SiteYield.hourly`, per kWp; ``dc_mw``, ``ac_mw``,
        ``losses_mw`` between them, and of these ``inverter_mw``, ``clipped_mw``,
        ``delivery_mw``.
    """
    h = result.hourly
    middle = pd.DatetimeIndex(h.index)
    out = pd.DataFrame({"start": middle - _HALF, "middle": middle, "end": middle + _HALF})
    if result.resource is not None:
        for column in _SAM.values():
            out[column] = getattr(result.resource, column)
    out = pd.concat([out, h.reset_index(drop=True)], axis=1)
    for name, column in (
        ("dc_mw", "dc_kw_kwp"),
        ("inverter_mw", "inverter_loss_kw_kwp"),
        ("clipped_mw", "clipped_kw_kwp"),
        ("delivery_mw", "delivery_loss_kw_kwp"),
        ("ac_mw", "ac_kw_kwp"),
    ):
        out[name] = h[column].to_numpy() * dc_mw
    out["losses_mw"] = out["dc_mw"] - out["ac_mw"]
    return out


def year_near_the_mean(by_year_kwh_kwp: pd.Series) -> int:
    """The weather year whose energy is nearest to the mean of all.

    Examples
    --------
    >>> year_near_the_mean(pd.Series({2015: 1500.0, 2016: 1590.0, 2017: 1600.0}))
    2016
    """
    off = (by_year_kwh_kwp - by_year_kwh_kwp.mean()).abs()
    return int(by_year_kwh_kwp.index[int(np.argmin(off.to_numpy()))])


def sam_weather(path: Path, res: Resource, year: int) -> Path:
    """One year of the weather a yield was computed from, as a weather file of SAM.

    The format of NSRDB's CSV files: two lines of head, names of columns, and 8,760 hours whose
    marks stand in their middle (minute 30); 29 February is left out.

    Parameters
    ----------
    path : Path
        Ends in ``.csv``.
    res : Resource
    year : int
        One of its years.
    """
    weather: Weather = res.weather
    index = res.index
    keep = np.asarray(index.year == year) & ~((index.month == 2) & (index.day == 29))
    hours = pd.DatetimeIndex(index[keep])
    table = pd.DataFrame(
        {
            "Year": hours.year,
            "Month": hours.month,
            "Day": hours.day,
            "Hour": hours.hour,
            "Minute": hours.minute,
            **{k: np.asarray(getattr(res, v))[keep].round(3) for k, v in _SAM.items()},
        }
    )
    # a mark of SAM's is an hour of standard time
    zone = weather.utc_offset_h
    head = {
        "Source": "geoplan",
        "Location ID": "0",
        "City": "-",
        "State": "-",
        "Country": "-",
        "Latitude": f"{weather.lat:.4f}",
        "Longitude": f"{weather.lon:.4f}",
        "Time Zone": f"{zone:g}",
        "Elevation": f"{weather.altitude_m:.0f}",
        "Local Time Zone": f"{zone:g}",
    }
    lines = [",".join(head), ",".join(head.values())]
    path.write_text("\n".join(lines) + "\n" + table.to_csv(index=False), encoding="utf-8")
    return path
