"""Balances a plan asks for, checked before anything is computed: their zones and loads."""

from __future__ import annotations

from collections.abc import Iterator

from gis.errors import Fault, GeoplanError
from gis.say import listed, say
from layers.open.county_parts import parks_of
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan
from siting.zones.section import ParkSection

__all__ = ["load_faults", "zone_faults"]

_PARKS = "industrial_park"


def zone_faults(plan: Plan, *, read: bool = True) -> list[Fault]:
    """Balances of zones and parks the plan has not; of one zone there is one balance.

    Parameters
    ----------
    plan : Plan
    read : bool
        Whether the layer of parks is read for a balance of no zone; without it only a plan
        that has no such layer is known to have no such park. Where it cannot be read nothing
        is said here: its own reader refuses it.
    """
    asked = plan.section(ParkSection).balance
    ids = [z.id for z in plan.zones]
    open_ = False
    if any(b.zone not in ids for b in asked) and layer_state(plan, _PARKS) == "available":
        open_ = not read
        try:
            ids += [name for name, _ in parks_of(plan)] if read else []
        except GeoplanError:
            open_ = True
    return list(_zone_faults([b.zone for b in asked], ids, open_=open_))


def _zone_faults(names: list[str], ids: list[str], *, open_: bool) -> Iterator[Fault]:
    for i, zone in enumerate(names):
        where = f"[[park.balance]] {i + 1} zone"
        if zone not in ids and not open_:
            lacking = say("siting.zones.no_such_zone")
            yield Fault(lacking, where=where, got=zone, expected=listed(ids) or "-")
        elif zone in names[:i]:
            yield Fault(say("siting.zones.balance_twice"), where=where, got=zone)


def load_faults(plan: Plan) -> list[Fault]:
    """Loads that are no year of numbers; a file that is not there is told with the others."""
    from siting.zones.park import read_load  # heavy: all of wind and PV

    out: list[Fault] = []
    for section in plan.section(ParkSection).balance:
        try:
            read_load(plan, section)
        except GeoplanError as err:
            out.extend(err.faults)
        except OSError:
            continue
    return out
