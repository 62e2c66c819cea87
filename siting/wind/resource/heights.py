"""The heights a series knows the wind at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layers.weather import Weather

__all__ = ["speed_heights_m"]

_HEIGHT = re.compile(r"^wind_speed_(\d+)m_m_s$")


def speed_heights_m(weather: Weather) -> dict[float, str]:
    """Height [m] -> column of every wind speed of the series."""
    out: dict[float, str] = {}
    for name in weather.hourly.columns:
        found = _HEIGHT.match(str(name))
        if found:
            out[float(found[1])] = str(name)
    if "wind_speed_m_s" in weather.hourly:
        out.setdefault(float(weather.wind_height_m), "wind_speed_m_s")
    return dict(sorted(out.items()))
