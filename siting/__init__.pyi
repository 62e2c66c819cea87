"""Where PV and wind may be built, and what they yield."""

from siting.check.boundary import check_boundary
from siting.check.certificate import certify
from siting.check.explain import explain_point
from siting.check.outline import read_outline
from siting.connection.allocate import Allocation, allocate
from siting.connection.capacity import Capacity, capacity_of, site_capacity
from siting.connection.section import ConnectionSection
from siting.economy.lcoe import Costs, Finance, lcoe
from siting.economy.p_values import p_values
from siting.economy.storage import dispatch
from siting.economy.waterfall import waterfall_of
from siting.facilities.buses.matrix import transfer_matrix, transfer_shares
from siting.facilities.cost import isochrones, od_costs
from siting.facilities.links import connectivity
from siting.facilities.locate import coverage_curve, locate, locate_by_year
from siting.facilities.network import road_network
from siting.facilities.question import ask as facility_question
from siting.pv.plant.chain import site_yield
from siting.pv.plant.plant import PvPlant
from siting.pv.study.spacing import row_pitch_m
from siting.pv.study.yield_of_arrays import pv_yield
from siting.resource.long_term import long_term
from siting.rules.audit.run import audit as rules_audit
from siting.rules.features import reach_m
from siting.rules.listing import search_rules
from siting.rules.load import load_rules, read_book, rule_books
from siting.rules.model import Override, Rule
from siting.screen.coded import Screening, areas_by_state, state_raster
from siting.screen.law_diff import law_diff as rules_diff
from siting.screen.of_tables import screen_land
from siting.screen.scenarios import compare_scenarios, scenario_table, transitions
from siting.screen.tables import rules_table
from siting.screen.whatif import what_if
from siting.wind.farm import farm_yield
from siting.wind.impact.flicker import flicker_hours
from siting.wind.impact.noise import level_db as noise_level_db
from siting.wind.machine.library import read_turbine_csv, turbine, turbine_ids
from siting.wind.machine.turbine import Turbine
from siting.wind.repower.of_arrays import repower
from siting.wind.resource.iec_class import iec_class
from siting.wind.resource.rose import rose_from_series, rose_from_weibull
from siting.wind.resource.wasp_grid import read_wind_grid
from siting.wind.resource.wasp_tab import read_tab
from siting.wind.resource.weibull import fit_weibull
from siting.wind.yields import wind_weather, wind_yield

__all__ = [
    "Allocation",
    "Capacity",
    "ConnectionSection",
    "Costs",
    "Finance",
    "Override",
    "PvPlant",
    "Rule",
    "Screening",
    "Turbine",
    "allocate",
    "areas_by_state",
    "capacity_of",
    "certify",
    "check_boundary",
    "compare_scenarios",
    "connectivity",
    "coverage_curve",
    "dispatch",
    "explain_point",
    "facility_question",
    "farm_yield",
    "fit_weibull",
    "flicker_hours",
    "iec_class",
    "isochrones",
    "lcoe",
    "load_rules",
    "locate",
    "locate_by_year",
    "long_term",
    "noise_level_db",
    "od_costs",
    "p_values",
    "pv_yield",
    "reach_m",
    "read_book",
    "read_outline",
    "read_tab",
    "read_turbine_csv",
    "read_wind_grid",
    "repower",
    "road_network",
    "rose_from_series",
    "rose_from_weibull",
    "row_pitch_m",
    "rule_books",
    "rules_audit",
    "rules_diff",
    "rules_table",
    "scenario_table",
    "screen_land",
    "search_rules",
    "site_capacity",
    "site_yield",
    "state_raster",
    "transfer_matrix",
    "transfer_shares",
    "transitions",
    "turbine",
    "turbine_ids",
    "waterfall_of",
    "what_if",
    "wind_weather",
    "wind_yield",
]
