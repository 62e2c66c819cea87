"""What stated forest and land cannot be: of a year to come, or more than there is."""

from __future__ import annotations

import math

from carbon_sink.cover.land import county_area_m2
from carbon_sink.section import CarbonSection
from gis.cells.area import to_ha
from gis.errors import Fault
from gis.say import say
from gis.toml import read_toml
from layers.plan.model import Plan, Target
from layers.result import Warn
from layers.units import known

__all__ = ["inventory_area_warnings", "inventory_faults"]

_APART_FRAC = 0.2  # areas of two surveys of some years apart may differ by this without a word


def inventory_faults(plan: Plan) -> list[Fault]:
    """Faults of stated volumes, forest and goals that only plan and county together show."""
    section = plan.section(CarbonSection)
    out = [
        Fault(
            say("carbon_sink.monitor.year_ahead"),
            where=f"{plan.path.name} [[carbon.stock_volume]] {n}",
            got=f"year={s.year}",
            expected=f"<= {plan.plan.as_of.year}",
            todo=say("carbon_sink.stock.goal_is_a_target"),
        )
        for n, s in enumerate(section.stock_volume, 1)
        if s.year > plan.plan.as_of.year
    ]
    forest = "more_forest_than_county"
    stated = [
        (
            forest,
            f"[[carbon.stock_volume]] {n}",
            f"arbor_area_ha={s.arbor_area_ha:g}",
            s.arbor_area_ha,
        )
        for n, s in enumerate(section.stock_volume, 1)
        if s.arbor_area_ha
    ]
    extra = {"shelterbelt": section.shelterbelt, "four_side_trees": section.four_side_trees}
    given = {k: x.area_ha for k, x in extra.items() if x is not None}
    # one land cannot be both: what is beside the forest of the map counts together
    if given:
        names, got = ", ".join(given), ", ".join(f"{k}={ha:g}" for k, ha in given.items())
        total = math.fsum(given.values())
        stated.append(("more_trees_than_county", f"[carbon] {names}", got, total))
    for t in plan.targets:
        unit = known(t.unit)
        if unit is not None and unit.quantity == "area":
            got = f"{t.value:g} {t.unit}"
            stated.append(
                ("more_land_than_county", f"[[targets]] {t.id}", got, t.value / unit.per_base)
            )
    volumes = [t for t in plan.targets if t.indicator == "forest_stock_volume"]
    if not (stated or volumes):
        return out
    county_ha = to_ha(county_area_m2(plan))
    most = county_ha * (1.0 + section.closure_tolerance_frac)
    out += _volumes(plan, volumes, county_ha)
    return out + [
        Fault(
            say(f"carbon_sink.stock.{what}"),
            where=f"{plan.path.name} {where}",
            got=got,
            expected=f"<= {county_ha:.1f} ha",
            todo=say("carbon_sink.stock.area_in_ha"),
        )
        for what, where, got, ha in stated
        if ha > most
    ]


def _volumes(plan: Plan, targets: list[Target], county_ha: float) -> list[Fault]:
    """Targets of a standing volume that no forest on all land of the county would hold."""
    most = float(read_toml("carbon_sink", "data/stand_checks.toml")["volume"]["most_m3_ha"])
    return [
        Fault(
            say("carbon_sink.stock.more_volume_than_forest"),
            where=f"{plan.path.name} [[targets]] {t.id}",
            got=f"{t.value:g} {t.unit}",
            expected=say("carbon_sink.stock.most_volume", most=most, county_ha=county_ha),
            todo=say("carbon_sink.stock.volume_in_m3"),
        )
        for t in targets
        if (unit := known(t.unit)) is not None
        and unit.quantity == "volume"
        and t.value / unit.per_base > most * county_ha
    ]


def inventory_area_warnings(section: CarbonSection, arbor_ha: float | None) -> list[Warn]:
    """That an inventory stands on another area than the arbor forest of the land survey.

    Parameters
    ----------
    arbor_ha : float, optional
        Arbor forest of the land the stock is counted on.
    """
    out = []
    for n, s in enumerate(section.stock_volume, 1):
        own = s.arbor_area_ha
        if not own or not arbor_ha or abs(own / arbor_ha - 1.0) <= _APART_FRAC:
            continue
        said = say(
            "carbon_sink.stock.inventory_on_other_land",
            year=str(s.year),
            own_ha=own,
            m3_ha=s.volume_m3 / own,
            land_ha=arbor_ha,
        )
        out.append(Warn("inventory_on_other_land", said, f"[[carbon.stock_volume]] {n}"))
    return out
