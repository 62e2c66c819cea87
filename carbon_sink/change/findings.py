"""What the doctor says of the dates of layers, and of two land covers of two kinds."""

from __future__ import annotations

from carbon_sink.change.comparable import (
    PAIR,
    cannot_compare,
    unlike_cells_words,
)
from carbon_sink.change.layer_dates import (
    DATED,
    NDVI,
    date_faults,
    other_year_warnings,
    other_years_words,
    survey_date_faults,
    survey_year_warnings,
)
from carbon_sink.section import CarbonSection
from gis.errors import Fault, GeoplanError
from gis.say import say
from layers.doctor.finding import Blocks, DataFinding
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan

__all__ = ["change_findings", "years_missing"]

_BLOCKS = Blocks(steps=("carbon",))


def _refused(code: str, fault: Fault, layer: str, blocks: Blocks) -> DataFinding:
    said = say(
        "carbon_sink.change.dates_refused",
        what=fault.what,
        got=fault.got or "",
        todo=say("carbon_sink.change.swap_or_correct_dates"),
    )
    return DataFinding(code, "error", said, layer, blocks=blocks)


def _dated(plan: Plan) -> list[DataFinding]:
    """Layers and surveys whose dates are not those their figures are told for."""
    out = []
    cover, survey = Blocks(steps=("targets", "monitor")), Blocks(steps=("survey",))
    swapped, faults = date_faults(plan, (NDVI,)), survey_date_faults(plan)
    out += [_refused("ndvi_dated_against_years", f, NDVI[0], cover) for f in swapped]
    out += [_refused("surveys_dated_against_years", f, "", survey) for f in faults]
    told = other_year_warnings(plan, DATED if not swapped else DATED[:-2])
    told += [] if faults else survey_year_warnings(plan)
    out += [DataFinding(w.code, "warning", w.text, where=w.where) for w in told]
    return out


def years_missing(plan: Plan) -> bool:
    """Whether both land covers are there and the plan does not say of which years."""
    section = plan.section(CarbonSection)
    there = all(layer_state(plan, i) == "available" for i in PAIR)
    return there and not (section.year and section.base_year)


def change_findings(plan: Plan) -> list[DataFinding]:
    """Findings of the dates of layers and surveys, and of the two land covers of a plan.

    A cover that cannot be read is told by its reader.
    """
    out = _dated(plan)
    if any(layer_state(plan, i) != "available" for i in PAIR):
        return out
    if years_missing(plan):
        said = say(
            "carbon_sink.change.years_missing", todo=say("carbon_sink.change.give_both_years")
        )
        out.append(
            DataFinding("land_cover_years_missing", "error", said, PAIR[0], blocks=_BLOCKS)
        )
    swapped, other = date_faults(plan), other_years_words(plan)
    if swapped:
        code = "land_covers_dated_against_years"
        out.append(_refused(code, swapped[0], PAIR[0], _BLOCKS))
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
