"""Weather and plants the PV tests share."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib

from layers.weather import Weather, prepare_weather, read_weather, sun
from siting.pv.plant.chain import Resource, resource
from siting.pv.plant.losses import loss_rows
from siting.pv.plant.plant import PvPlant
from siting.pv.study.site_light import SiteLight

DATA = Path(__file__).parent / "data"
PVLIB_DATA = Path(pvlib.__file__).parent / "data"


NO_LOSSES = dict.fromkeys(loss_rows(), 0.0)


def some_plant(**given) -> PvPlant:
    """A designed plant without given losses: 30 deg south, ground cover 0.4."""
    base = {"tilt_deg": 30.0, "gcr": 0.4, "losses": {}, "clearance_m": 0.2, "collector_m": 1.0}
    base |= {"inverter": "pvwatts", "inside_hour": False}
    both = base | given
    return PvPlant.model_validate(both | {"losses": NO_LOSSES | dict(both["losses"])})


def pvwatts(**given) -> PvPlant:
    """PVWatts v8 with its default losses of 14.08 % as one factor."""
    base = {"module": "pvwatts_standard", "dc": "pvwatts", "dc_ac_ratio": 1.2}
    return some_plant(**(base | given), losses={"mismatch": 0.1408})


@lru_cache
def clear_weather(
    lon: float = 106.7,
    lat: float = 38.8,
    years: tuple[int, ...] = (2001,),
    altitude_m: float = 1100.0,
    cloud: float = 0.0,
) -> Weather:
    """Clear (or evenly clouded) skies with closed components; invented, for properties."""
    parts = [
        pd.date_range(f"{y}-01-01 00:30", f"{y}-12-31 23:30", freq="h", tz="Etc/GMT-7")
        for y in years
    ]
    index = parts[0]
    for part in parts[1:]:
        index = index.append(part)
    s = sun(index, lon, lat, altitude_m=altitude_m)
    up = s.zenith_deg < 88.0
    dni = np.where(up, 900.0 * np.exp(-0.12 / np.maximum(s.cos_zenith, 0.04)), 0.0)
    dni = dni * (1.0 - cloud)
    dhi = np.where(up, 110.0 * s.cos_zenith**0.5 + 150.0 * cloud * s.cos_zenith, 0.0)
    season = np.cos(2 * np.pi * (index.day_of_year - 200) / 365.0)
    table = pd.DataFrame(
        {
            "ghi_w_m2": dni * s.cos_zenith + dhi,
            "dni_w_m2": dni,
            "dhi_w_m2": dhi,
            "temp_air_c": 9.0 + 15.0 * season,
            "wind_speed_m_s": np.full(len(index), 2.0),
        },
        index=index,
    )
    return Weather(table, lon, lat, altitude_m, utc_offset_h=7.0, label="mid", source="clear")


@lru_cache
def clear_resource(cloud: float = 0.0) -> Resource:
    return resource(clear_weather(cloud=cloud))


@lru_cache
def tmy(name: str) -> Weather:
    """A typical year that ships with pvlib: ``greensboro`` or ``sand_point``."""
    file = {"greensboro": "723170TYA.CSV", "sand_point": "703165TY.csv"}[name]
    return read_weather(PVLIB_DATA / file)


@lru_cache
def tmy_resource(name: str) -> Resource:
    prepared, _ = prepare_weather(tmy(name))
    res = resource(prepared)
    # PVWatts takes its own albedo of 0.2, not the file's
    return Resource(**{**vars(res), "albedo": None})


# Huld et al. (2011) refitted for PVGIS 5, crystalline silicon (pvlib.pvarray, k_version)
HULD = (-0.017237, -0.040465, -0.004702, 0.000149, 0.000170, 0.000005)


def huld(g_w_m2: float, t_c: float, gamma: float = HULD[2]) -> float:
    """Huld's fit; all of its warmth scaled so that the slope at 1000 W/m2 is gamma."""
    k1, k2, k3, k4, k5, k6 = HULD
    g, t, log = g_w_m2 / 1000.0, t_c - 25.0, np.log(g_w_m2 / 1000.0)
    warmth = t * (k3 + k4 * log + k5 * log**2) + k6 * t**2
    return g * (1 + k1 * log + k2 * log**2 + gamma / k3 * warmth)


def inverter(dc: float, rated_dc: float, nominal: float) -> float:
    """PVWatts v5, equation 12: -0.0162 z - 0.0059 / z + 0.9858 over 0.9637."""
    z = dc / rated_dc
    return max(nominal / 0.9637 * (-0.0162 * z - 0.0059 / z + 0.9858) * dc, 0.0)


OWN_LIGHT = SiteLight(None, np.full(12, 125.0), (0.0, 0.0), measured=False)
"""A place without an atlas: the series as it is."""
