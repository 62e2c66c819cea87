"""Dates of the layers of a plan against the years their figures are told for."""

from __future__ import annotations

from collections.abc import Iterable

from carbon_sink.section import CarbonSection
from gis.errors import Fault
from gis.say import Sentence, listed, say
from layers.catalogue import layer as layer_of
from layers.open.plan_layers import layer_state
from layers.plan.model import Plan, layer_year
from layers.result import Warn

__all__ = [
    "COVERS",
    "DATED",
    "NDVI",
    "date_faults",
    "other_year_warnings",
    "other_years_words",
    "survey_date_faults",
    "survey_year_warnings",
]

Pair = tuple[str, str]
COVERS: Pair = ("land_cover_base", "land_cover")
"""Land covers of the two dates, the earlier first."""
NDVI: Pair = ("ndvi_base", "ndvi")
"""Vegetation of the two dates, the earlier first."""
DATED = ("land_parcels", "forest_land", "agb", "land_cover", *reversed(NDVI))
"""Layers whose figures are told for a year of the plan."""
_EARLIER = frozenset({COVERS[0], NDVI[0]})


def _years(plan: Plan, pair: Pair) -> tuple[tuple[int, int], tuple[int, int]]:
    """Year of a layer, 0 where it has no date, and that of the plan; the earlier first."""
    section = plan.section(CarbonSection)
    first, second = (layer_year(plan, i) for i in pair)
    return (first, section.base_year), (second, section.year)


def date_faults(plan: Plan, pairs: Iterable[Pair] = (COVERS,)) -> list[Fault]:
    """Pairs of layers whose dates are not in the order of the plan's years.

    A layer without a date is of the plan's year. Gains would be told as losses.
    """
    out = []
    for pair in pairs:
        if any(layer_state(plan, i) != "available" for i in pair):
            continue
        (first, base_year), (second, year) = _years(plan, pair)
        earlier, later = first or base_year, second or year
        if not (first or second) or not (earlier and later) or earlier < later:
            continue
        titles = [layer_of(i).title for i in pair]
        out.append(
            Fault(
                say("carbon_sink.change.dates_against_years",
                    first=titles[0], second=titles[1]),
                where=f"{plan.path.name} [layers.{pair[0]}] date, [layers.{pair[1]}] date",
                got=f"{plan.layers[pair[0]].date or '-'}, {plan.layers[pair[1]].date or '-'}",
                expected=say("carbon_sink.change.dates_expected",
                             base=str(base_year or "-"), later=str(year or "-")),
                todo=say("carbon_sink.change.swap_or_correct_dates"),
            )
        )  # fmt: skip
    return out


def other_years_words(plan: Plan) -> Sentence | None:
    """That a land cover is dated with another year than the plan counts it for."""
    pairs = _years(plan, COVERS)
    if not any(dated and given and dated != given for dated, given in pairs):
        return None
    (first, base_year), (second, year) = pairs
    return say(
        "carbon_sink.change.layers_of_other_years",
        base=str(first or base_year), later=str(second or year),
        base_year=str(base_year), year=str(year),
    )  # fmt: skip


def other_year_warnings(plan: Plan, layer_ids: Iterable[str]) -> list[Warn]:
    """Layers whose figures are told for another year of the plan than they are dated with.

    Two land covers are told together, by `other_years_words`.
    """
    section = plan.section(CarbonSection)
    both = all(layer_state(plan, i) == "available" for i in COVERS)
    out = []
    for i in layer_ids:
        if layer_state(plan, i) != "available" or (both and i in COVERS):
            continue
        dated = layer_year(plan, i)
        year = section.base_year if i in _EARLIER else section.year
        if not (dated and year) or dated == year:
            continue
        said = say(
            "carbon_sink.change.layer_of_another_year",
            title=layer_of(i).title,
            dated=str(dated),
            year=str(year),
        )
        out.append(Warn("layer_of_another_year", said, f"[layers.{i}] date"))
    return out


def _survey_years(plan: Plan) -> list[tuple[str, str, int, int]]:
    """Key, layer, year and date (0: none) of both surveys; a layer where it is the plan's."""
    section = plan.section(CarbonSection)
    out = []
    for name in ("survey_before", "survey_after"):
        survey = getattr(section, name)
        if survey is None:
            return []
        own = "" if survey.given else str(survey.catalogue)
        out.append((name, own, int(survey.year), layer_year(plan, own) if own else 0))
    return out


def survey_date_faults(plan: Plan) -> list[Fault]:
    """Layers of the plan taken as surveys whose dates are not in the order of the surveys."""
    both = _survey_years(plan)
    if not both:
        return []
    earlier, later = (dated or year for _, _, year, dated in both)
    if earlier < later:
        return []
    return [
        Fault(
            say("carbon_sink.change.survey_dates_against_years"),
            where=listed(
                f"{plan.path.name} [layers.{own}] date" if dated else f"[carbon.{name}] year"
                for name, own, _, dated in both
            ),
            got=f"{earlier}, {later}",
            expected=say("carbon_sink.change.dates_expected",
                         base=str(both[0][2]), later=str(both[1][2])),
            todo=say("carbon_sink.change.swap_or_correct_dates"),
        )
    ]  # fmt: skip


def survey_year_warnings(plan: Plan) -> list[Warn]:
    """Surveys of other years than their layer is dated, or than the plan's own two years."""
    both = _survey_years(plan)
    out = [
        Warn(
            "layer_of_another_year",
            say("carbon_sink.change.layer_of_another_year", title=layer_of(own).title,
                dated=str(dated), year=str(year)),
            f"[layers.{own}] date",
        )
        for _, own, year, dated in both
        if dated and dated != year
    ]  # fmt: skip
    section = plan.section(CarbonSection)
    own_years = section.base_year, section.year
    if both and any(o and o != x[2] for o, x in zip(own_years, both, strict=True)):
        said = say(
            "carbon_sink.change.surveys_of_other_years",
            first=str(both[0][2]), last=str(both[1][2]),
            base_year=str(own_years[0] or "-"), year=str(own_years[1] or "-"),
        )  # fmt: skip
        out.append(Warn("surveys_of_other_years", said, "[carbon.survey_before] year"))
    return out
