"""What forests, grasslands and wetlands store, and how it changes."""

from carbon_sink.change.scenario import scenario
from carbon_sink.change.transitions import class_change
from carbon_sink.change.without_plan import carbon_change
from carbon_sink.cover.areas import net_areas
from carbon_sink.cover.exchange import check_document
from carbon_sink.cover.figure import change as indicator_change
from carbon_sink.cover.figure import implied_denominator
from carbon_sink.cover.grass import fvc
from carbon_sink.cover.indicators import indicators
from carbon_sink.cover.indicators.forest_cover import forest_areas, forest_cover
from carbon_sink.cover.indicators.wetland_area import wetland_area
from carbon_sink.potential.ccer import ccer_screen
from carbon_sink.soil.profile import SoilLayer, profile_stock
from carbon_sink.soil.samples import class_means, profiles_of
from carbon_sink.stand.estimators import (
    agreement,
    ratio_mean,
    regression_mean,
    simple_mean,
    stratified_mean,
)
from carbon_sink.stock.coefficient_file import load_coefficients
from carbon_sink.stock.growth import stand_density
from carbon_sink.stock.ipcc import (
    biomass_carbon,
    co2_of,
    conversion_change,
    dom_conversion,
    mineral_soil_change,
    mineral_soil_stock,
    soil_transition,
    stock_difference,
)
from carbon_sink.stock.methane import wetland_net
from carbon_sink.stock.pool_table import read_pools
from carbon_sink.stock.totals import carbon_stock
from carbon_sink.stock.uncertainty import monte_carlo, propagate
from carbon_sink.stock.volume import volume_carbon_tc

__all__ = [
    "SoilLayer",
    "agreement",
    "biomass_carbon",
    "carbon_change",
    "carbon_stock",
    "ccer_screen",
    "check_document",
    "class_change",
    "class_means",
    "co2_of",
    "conversion_change",
    "dom_conversion",
    "forest_areas",
    "forest_cover",
    "fvc",
    "implied_denominator",
    "indicator_change",
    "indicators",
    "load_coefficients",
    "mineral_soil_change",
    "mineral_soil_stock",
    "monte_carlo",
    "net_areas",
    "profile_stock",
    "profiles_of",
    "propagate",
    "ratio_mean",
    "read_pools",
    "regression_mean",
    "scenario",
    "simple_mean",
    "soil_transition",
    "stand_density",
    "stock_difference",
    "stratified_mean",
    "volume_carbon_tc",
    "wetland_area",
    "wetland_net",
]
