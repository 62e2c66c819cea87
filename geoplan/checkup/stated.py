"""Faults of what a plan states beside its layers: prices, loads, tiles of its own."""

from __future__ import annotations

from geoplan.checkup.prices import price_faults
from geoplan.tiles.base import tile_faults
from gis.errors import Fault
from layers.plan.model import Plan
from siting.zones.asked import load_faults

__all__ = ["stated_faults"]


def stated_faults(plan: Plan) -> list[Fault]:
    """All of them, in the order they are told."""
    return [*price_faults(plan), *load_faults(plan), *tile_faults(plan)]
