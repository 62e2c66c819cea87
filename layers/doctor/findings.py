"""All that is found in a plan's data beyond what its readers say by themselves."""

from __future__ import annotations

from collections.abc import Callable

from gis.errors import GeoplanError
from layers.doctor.age import age_findings
from layers.doctor.cover import coverage_findings
from layers.doctor.finding import DataFinding
from layers.doctor.points import (
    plant_findings,
    substation_findings,
    turbine_findings,
    zone_findings,
)
from layers.doctor.systems import system_findings
from layers.doctor.values import raster_share_findings, value_findings
from layers.plan.model import Plan

__all__ = ["data_findings"]

_CHECKS: tuple[Callable[[Plan], list[DataFinding]], ...] = (
    coverage_findings,
    system_findings,
    value_findings,
    raster_share_findings,
    age_findings,
    turbine_findings,
    substation_findings,
    zone_findings,
    plant_findings,
)


def data_findings(plan: Plan, read: Plan | None = None) -> list[DataFinding]:
    """Coverage, systems, values, age, machines, stations, zones and plants of a plan.

    Parameters
    ----------
    plan : Plan
    read : Plan, optional
        The same with values nobody understands taken to be unknown: all but the values
        themselves are looked at so.
    """
    out: list[DataFinding] = []
    for check in _CHECKS:
        try:
            out += check(plan if read is None or check is value_findings else read)
        except GeoplanError:  # a boundary that cannot be read is told by its reader
            continue
    return out
