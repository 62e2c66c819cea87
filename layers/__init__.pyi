"""Layers, vocabularies, plans, weather and results."""

from layers.catalogue import layer, layer_ids
from layers.open.county import county_boundary
from layers.open.plan_layers import (
    layer_report,
    layer_state,
    open_features,
    open_layer,
    open_raster,
)
from layers.plan.model import Plan
from layers.plan.target import Target
from layers.provinces import province
from layers.result import read_layer, read_table
from layers.spec import Layer
from layers.units import convert as convert_unit
from layers.vocabulary import vocabularies
from layers.weather.check import check_weather
from layers.weather.read import prepare_weather, read_weather
from layers.weather.schema import Weather
from layers.weather.sun import sun

__all__ = [
    "Layer",
    "Plan",
    "Target",
    "Weather",
    "check_weather",
    "convert_unit",
    "county_boundary",
    "layer",
    "layer_ids",
    "layer_report",
    "layer_state",
    "open_features",
    "open_layer",
    "open_raster",
    "prepare_weather",
    "province",
    "read_layer",
    "read_table",
    "read_weather",
    "sun",
    "vocabularies",
]
