"""Whether a weather series belongs to the county: how far away its place lies."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from gis.say import say
from gis.toml import read_toml
from layers.open.county import county_boundary_ll
from layers.plan.model import Plan
from layers.result import Warn

__all__ = ["weather_place_warnings"]


def weather_place_warnings(plan: Plan, *, lon: float, lat: float, where: str) -> list[Warn]:
    """What must be said of the place of a series: nothing, or that it is far away.

    Parameters
    ----------
    plan : Plan
    lon, lat : float
        Place of the series [deg].
    where : str
        Its file.
    """
    county = county_boundary_ll(plan)
    here = shapely.Point(lon, lat)
    near = shapely.get_coordinates(shapely.shortest_line(here, county))[-1]
    geod = pyproj.Geod(ellps="WGS84")
    away_km = float(np.asarray(geod.inv(lon, lat, near[0], near[1])[2])) / 1000.0
    if shapely.intersects(here, county):
        away_km = 0.0
    if away_km <= float(read_toml("layers.open", "place.toml")["weather"]["told_km"]):
        return []
    text = say("layers.open.weather_far", lon=lon, lat=lat, away_km=away_km)
    return [Warn("weather_far", text, where)]
