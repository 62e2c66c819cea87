"""What the doctor says of two land covers: years that are not given, covers of two kinds."""

from __future__ import annotations

from carbon_sink.change.comparable import (
    PAIR,
    cannot_compare,
    date_faults,
    other_years_words,
    unlike_cells_words,
)
from carbon_sink.section import CarbonSection
from gis.errors import GeoplanError
from gis.say import say
from layers.doctor.finding import Blocks, DataFinding
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan

__all__ = ["change_findings", "years_missing"]

_BLOCKS = Blocks(steps=("carbon",))


def years_missing(plan: Plan) -> bool:
    """Whether both land covers are there and the plan does not say of which years."""
    section = plan.section(CarbonSection)
    there = all(layer_state(plan, i) == "available" for i in PAIR)
    return there and not (section.year and section.base_year)


def change_findings(plan: Plan) -> list[DataFinding]:
    """Findings of the two land covers of a plan; empty without both.

    A cover that cannot be read is told by its reader.
    """
    if any(layer_state(plan, i) != "available" for i in PAIR):
        return []
    out = []
    if years_missing(plan):
        said = say(
            "carbon_sink.change.years_missing", todo=say("carbon_sink.change.give_both_years")
        )
        out.append(
            DataFinding("land_cover_years_missing", "error", said, PAIR[0], blocks=_BLOCKS)
        )
    swapped, other = date_faults(plan), other_years_words(plan)
    if swapped:
        said = say(
            "carbon_sink.change.dates_refused",
            got=swapped[0].got or "",
            todo=say("carbon_sink.change.swap_or_correct_dates"),
        )
        code = "land_covers_dated_against_years"
        out.append(DataFinding(code, "error", said, PAIR[0], blocks=_BLOCKS))
    elif other is not None:
        code = "land_covers_of_other_years"
        out.append(DataFinding(code, "warning", other, PAIR[0], blocks=_BLOCKS))
    try:
        refused, cells = cannot_compare(plan), unlike_cells_words(plan)
    except GeoplanError:
        return out
    if refused is not None:
        code = "land_covers_not_comparable"
        out.append(DataFinding(code, "warning", refused, PAIR[0], blocks=_BLOCKS))
    elif cells is not None:
        code = "land_covers_unlike_cells"
        out.append(DataFinding(code, "warning", cells, PAIR[0], blocks=_BLOCKS))
    return out
