"""What geoplan offers to a script or notebook; the rooms offer more."""

from carbon_sink.change.without_plan import carbon_change
from carbon_sink.cover.indicators.forest_cover import forest_cover
from carbon_sink.stock.totals import carbon_stock
from geoplan.demo import sample_plan
from geoplan.doctor import diagnose
from geoplan.documents import write_report
from geoplan.plan_file import load_plan
from geoplan.run import run_plan
from gis.cells.area import polygon_area
from gis.cells.distance import distance_m
from gis.cells.grid import plan_grid
from gis.cells.terrain import slope_deg
from gis.crs.systems import pick_gk_crs, reproject
from gis.errors import ConfigError, DataError, GeoplanError, ModelError
from gis.files.read_features import read_features
from gis.files.read_raster import read_raster
from gis.files.write import write_features
from layers.catalogue import layer_ids
from layers.open.plan_layers import open_layer
from layers.plan.model import Plan
from layers.weather.read import prepare_weather, read_weather
from siting.check.boundary import check_boundary
from siting.check.explain import explain_point
from siting.economy.lcoe import lcoe
from siting.economy.p_values import p_values
from siting.pv.plant.plant import PvPlant
from siting.pv.study.spacing import row_pitch_m
from siting.pv.study.yield_of_arrays import pv_yield
from siting.rules.audit.run import audit as rules_audit
from siting.rules.listing import search_rules
from siting.rules.load import load_rules, read_book
from siting.rules.model import Rule
from siting.screen.coded import Screening, areas_by_state, state_raster
from siting.screen.law_diff import law_diff as rules_diff
from siting.screen.of_tables import screen_land as screen
from siting.screen.tables import rules_table
from siting.wind.farm import farm_yield
from siting.wind.impact.noise import level_db as noise_level_db
from siting.wind.machine.library import turbine, turbine_ids
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.of_arrays import repower
from siting.wind.yields import wind_weather, wind_yield

__all__ = [
    "ConfigError",
    "DataError",
    "GeoplanError",
    "ModelError",
    "Plan",
    "PvPlant",
    "Rule",
    "Screening",
    "Turbine",
    "areas_by_state",
    "carbon_change",
    "carbon_stock",
    "check_boundary",
    "diagnose",
    "distance_m",
    "explain_point",
    "farm_yield",
    "forest_cover",
    "layer_ids",
    "lcoe",
    "load_plan",
    "load_rules",
    "noise_level_db",
    "open_layer",
    "p_values",
    "pick_gk_crs",
    "plan_grid",
    "polygon_area",
    "prepare_weather",
    "pv_yield",
    "read_book",
    "read_features",
    "read_raster",
    "read_weather",
    "repower",
    "reproject",
    "row_pitch_m",
    "rules_audit",
    "rules_diff",
    "rules_table",
    "run_plan",
    "sample_plan",
    "screen",
    "search_rules",
    "slope_deg",
    "state_raster",
    "turbine",
    "turbine_ids",
    "wind_weather",
    "wind_yield",
    "write_features",
    "write_report",
]

__version__: str
