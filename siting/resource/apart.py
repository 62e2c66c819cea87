"""How far series lie from one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj

from gis.say import say
from gis.toml import read_toml
from layers.result import Warn

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["distance_km", "far_reference"]

_M_KM = 1000.0


def distance_km(lon: float, lat: float, to: tuple[float, float]) -> float:
    """Length of the geodesic between two places [km].

    Examples
    --------
    A degree of latitude at 38.5 N is 111.0 km.

    >>> round(distance_km(106.0, 38.0, (106.0, 39.0)), 1)
    111.0
    """
    geod = pyproj.Geod(ellps="WGS84")
    return float(np.asarray(geod.inv(lon, lat, to[0], to[1])[2])) / _M_KM


def far_reference(measured: Weather, reference: Weather, name: str) -> list[Warn]:
    """That a reference is of another place than those its drift was measured with."""
    km = distance_km(measured.lon, measured.lat, (reference.lon, reference.lat))
    most = float(read_toml("siting.resource", "limits.toml")["reference_far_km"]["value"])
    if km <= most:
        return []
    text = say("siting.long_term.reference_far", site=measured.where, km=km, most=most)
    return [Warn("long_term_far", text, name)]
