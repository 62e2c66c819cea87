"""Hourly weather: one schema from many formats, its quality report, and its repair."""

from layers.weather.check import Finding, check_weather, light_faults
from layers.weather.clock import clock_offset_h
from layers.weather.decompose import DECOMPOSITIONS, decompose
from layers.weather.read import prepare_weather, read_weather, usable_years, weather_of
from layers.weather.schema import COLUMNS, Weather, WeatherSource
from layers.weather.sun import Sun, sun, toa_mean_w_m2

__all__ = [
    "COLUMNS",
    "DECOMPOSITIONS",
    "Finding",
    "Sun",
    "Weather",
    "WeatherSource",
    "check_weather",
    "clock_offset_h",
    "decompose",
    "light_faults",
    "prepare_weather",
    "read_weather",
    "sun",
    "toa_mean_w_m2",
    "usable_years",
    "weather_of",
]
