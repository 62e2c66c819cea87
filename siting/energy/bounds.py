"""What targets about energy cannot be, and what they hardly are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gis.cells.area import polygon_area_m2, polygonal
from gis.errors import Fault, GeoplanError
from gis.say import Sentence, say
from gis.toml import read_toml
from layers.doctor.finding import Blocks, DataFinding, finding_of_fault, finding_of_warn
from layers.open.county import county_boundary, plan_crs
from layers.plan.model import Plan
from layers.plan.target import Target
from layers.result import Warn
from layers.spec import Text
from layers.units import convert, known

__all__ = ["bound_faults", "bound_findings", "bound_warnings"]

_M2_KM2 = 1e6
_PER_KM2 = "_per_km2"


@dataclass(frozen=True)
class _Bound:
    """A bound of a target: its value in the target's own unit, and where it comes from."""

    target: Target
    refuses: bool
    value: float
    source: Text
    quality: str
    county: bool

    @property
    def broken(self) -> bool:
        return self.target.value > self.value

    def words(self) -> Sentence:
        return say(
            f"siting.energy.bound_{'county' if self.county else 'of'}",
            value=self.value,
            unit=self.target.unit,
            source=self.source,
            quality=self.quality,
        )


def _county_km2(plan: Plan) -> float:
    land = polygonal(county_boundary(plan))
    return float(polygon_area_m2([land], plan_crs(plan))[0]) / _M2_KM2


def _broken(plan: Plan) -> Iterable[_Bound]:
    """Bounds targets of the plan go beyond; of each target the one that refuses, else warns."""
    data, km2 = read_toml("siting.energy", "target_bounds.toml"), math.nan
    for t in plan.targets:
        own = data.get(t.indicator, {})
        for kind in ("refuse_over", "warn_over"):
            found = None
            for key, county in ((kind, False), (kind + _PER_KM2, True)):
                if key in own and known(t.unit) is not None:
                    most = own[key]
                    if county and math.isnan(km2):
                        km2 = _county_km2(plan)
                    value = most["value"] * (km2 if county else 1.0)
                    found = _Bound(
                        t,
                        kind == "refuse_over",
                        convert(value, most["unit"], t.unit),
                        Text(**most["source"]),
                        most["quality"],
                        county,
                    )
            if found is not None and found.broken:
                yield found
                break


def bound_faults(plan: Plan) -> list[Fault]:
    """Targets that cannot be.

    Raises
    ------
    GeoplanError
        When the county's boundary is asked for and cannot be read.
    """
    return [
        Fault(
            say("siting.energy.target_cannot_be", title=b.target.title),
            where=f"{plan.path.name} [[targets]] {b.target.id} value",
            got=f"{b.target.value:g} {b.target.unit}",
            expected=b.words(),
            todo=say("siting.energy.target_unit_todo"),
        )
        for b in _broken(plan)
        if b.refuses
    ]


def bound_warnings(plan: Plan) -> list[Warn]:
    """Targets that hardly are what is meant."""
    return [
        Warn(
            "target_out_of_scale",
            say(
                "siting.energy.target_out_of_scale",
                title=b.target.title,
                value=b.target.value,
                unit=b.target.unit,
                bound=b.words(),
            ),
            f"{plan.path.name} [targets] {b.target.id}",
        )
        for b in _broken(plan)
        if not b.refuses
    ]


def bound_findings(plan: Plan) -> list[DataFinding]:
    """Both for the doctor; a boundary that cannot be read is told by its reader."""
    try:
        faults, warnings = bound_faults(plan), bound_warnings(plan)
    except GeoplanError:
        return []
    blocks = Blocks(steps=("connection", "energy"))
    wrong = [replace(finding_of_fault(f), blocks=blocks) for f in faults]
    return [*wrong, *map(finding_of_warn, warnings)]
