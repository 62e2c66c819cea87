"""Plan sections of PV and rooftop PV."""

from __future__ import annotations

from layers.spec import Frozen
from layers.weather import WeatherSource

__all__ = ["PvSection", "RooftopSection"]


class PvSection(Frozen):
    """``[pv]``: module, layout, losses and weather of ground-mounted PV."""

    weather: WeatherSource | None = None


class RooftopSection(Frozen):
    """``[rooftop]``: rooftop PV."""
