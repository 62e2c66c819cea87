"""The plan sections siting owns; each is defined beside the code that reads it."""

from __future__ import annotations

from pydantic import BaseModel

from siting.connection.section import ConnectionSection
from siting.economy.section import MoneySection
from siting.energy.section import EnergySection
from siting.facilities.section import FacilitiesSection
from siting.pv.study.section import PvSection, RooftopSection
from siting.resource.section import ResourceSection
from siting.screen.section import ScreeningSection
from siting.sites.preference import PreferenceSection
from siting.sites.section import SitesSection
from siting.wind.greenfield.section import GreenfieldSection
from siting.wind.section import RepowerSection, WindSection
from siting.zones.section import ParkSection

__all__ = ["SECTIONS"]

SECTIONS: dict[str, type[BaseModel]] = {
    "screening": ScreeningSection,
    "sites": SitesSection,
    "connection": ConnectionSection,
    "preference": PreferenceSection,
    "pv": PvSection,
    "resource": ResourceSection,
    "rooftop": RooftopSection,
    "wind": WindSection,
    "repower": RepowerSection,
    "greenfield": GreenfieldSection,
    "money": MoneySection,
    "energy": EnergySection,
    "park": ParkSection,
    "facilities": FacilitiesSection,
}
