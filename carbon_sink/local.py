"""What a place decides: the climate zones of a plan's county and its province's carbon."""

from __future__ import annotations

from typing import get_args

from carbon_sink.asked.keys import carbon_faults
from carbon_sink.section import CarbonSection
from gis.errors import ConfigError, raise_faults
from gis.say import say
from layers.plan.model import Plan, locality_of
from layers.provinces import ClimateZone, Province, province
from layers.result import Warn

__all__ = ["carbon_section", "province_of", "zone_warnings"]


def province_of(plan: Plan) -> Province | None:
    """The province of a plan, where something is known of it."""
    return province(locality_of(plan).adcode)


def carbon_section(plan: Plan) -> CarbonSection:
    """``[carbon]`` of a plan, with the climate zones of its province where it gives none.

    Returns
    -------
    CarbonSection
        `climate_zone` is the headline's, `climate_zones` all that are shown beside it.

    Raises
    ------
    ConfigError
        What the plan alone shows to be impossible, see `carbon_sink.asked.keys.carbon_faults`.
    """
    raise_faults(ConfigError, carbon_faults(plan))
    section = plan.section(CarbonSection)
    here = province_of(plan)
    zones = section.climate_zones or (here.climate_zones if here else ())
    if not zones and "climate_zone" not in section.model_fields_set:
        zones = get_args(ClimateZone)  # nothing says which: the totals of all stand together
    zone = section.climate_zone
    if zones and "climate_zone" not in section.model_fields_set:
        zone = zones[0]
    shown = zones if zone in zones else (zone, *zones)
    return section.model_copy(update={"climate_zone": zone, "climate_zones": shown})


def zone_warnings(plan: Plan) -> list[Warn]:
    """A warning where neither plan nor province says in which climate zone the county lies."""
    section, here = plan.section(CarbonSection), province_of(plan)
    said = {"climate_zone", "climate_zones"} & section.model_fields_set
    if said or (here is not None and here.climate_zones):
        return []
    zone = say(f"carbon_sink.change.zone_{section.climate_zone}")
    assumed = say("carbon_sink.room.climate_zone_assumed", zone=zone)
    return [Warn("climate_zone_assumed", assumed, "[carbon] climate_zone")]
