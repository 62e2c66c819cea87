"""Whether two land covers can be compared, over which period, and with which densities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from carbon_sink.change.conversion import Period
from carbon_sink.change.layer_dates import COVERS
from carbon_sink.cover.local_classes import marks_of_townships, numbers_of_label
from carbon_sink.section import CarbonSection
from carbon_sink.stock.choice import Choice, densities_of, table_of, with_ambiguous
from carbon_sink.stock.coefficients import Coefficients
from carbon_sink.stock.pools import ClimateZone
from gis.crs.identity import same_crs
from gis.crs.systems import as_crs
from gis.errors import ConfigError
from gis.files.read import raster_info
from gis.say import Sentence, say
from layers.open.plan_layers import layer_state, vocabulary_of
from layers.open.raster_values import cell_m
from layers.open.read_layer import file_of
from layers.plan.model import Plan
from layers.provenance import file_sha256

__all__ = [
    "PAIR",
    "cannot_compare",
    "change_choice",
    "period_of",
    "same_file_words",
    "unlike_cells_words",
]

PAIR = COVERS
_REFUSED_RATIO = 1.5  # cells of the coarser over those of the finer, by their area
_TOLD_RATIO = 1.0001
_OFF_CELL = 0.01  # of a cell between the two lattices; less is rounding of the origin


def _cells_m(plan: Plan) -> tuple[float, float]:
    """Side of the cells of both land covers [m], the earlier first."""
    sources = [(i, plan.layers[i]) for i in PAIR]
    first, second = (cell_m(raster_info(file_of(plan, i, x), crs=x.crs)) for i, x in sources)
    return first, second


def unlike_cells_words(plan: Plan) -> Sentence | None:
    """That cells of one land cover are not those of the other; None where they are.

    Cells of another size, in another system, or of the same size with edges that do not lie
    upon one another: along borders each date takes in other land.
    """
    a, b = _cells_m(plan)
    if (max(a, b) / min(a, b)) ** 2 > _TOLD_RATIO:
        return say("carbon_sink.change.resolutions_nearly_alike", base=a, later=b)
    first, second = (
        raster_info(file_of(plan, i, plan.layers[i]), crs=plan.layers[i].crs) for i in PAIR
    )
    if not same_crs(as_crs(first.crs), as_crs(second.crs)):
        return None  # the sizes above are all there is to compare
    off = [
        abs(d - round(d))
        for d in (
            (first.transform.c - second.transform.c) / first.cell[0],
            (first.transform.f - second.transform.f) / first.cell[1],
        )
    ]
    if max(off) <= _OFF_CELL:
        return None
    return say("carbon_sink.change.cells_off_one_another", off=max(off))


def cannot_compare(plan: Plan) -> Sentence | None:
    """Why two land covers cannot be compared; None where they can, or are not both there.

    Different code lists, or cells of different size: what one names otherwise, or sees and
    the other does not, would pass for a change of the land.
    """
    if any(layer_state(plan, i) != "available" for i in PAIR):
        return None
    names = [vocabulary_of(plan, i) for i in PAIR]
    if not all(names):
        return say("carbon_sink.change.cover_without_vocabulary")
    if names[0] != names[1]:
        return say("carbon_sink.change.covers_of_two_lists", base=names[0], later=names[1])
    a, b = _cells_m(plan)
    if (max(a, b) / min(a, b)) ** 2 > _REFUSED_RATIO:
        return say("carbon_sink.change.covers_of_two_sizes", base=a, later=b)
    return None


def same_file_words(plan: Plan) -> Sentence | None:
    """That both dates are one band of one file, so that no class can have changed."""
    first, second = (
        (file_sha256(file_of(plan, i, plan.layers[i])), plan.layers[i].band) for i in PAIR
    )
    return say("carbon_sink.change.same_file_twice") if first == second else None


def period_of(section: CarbonSection, ambiguous: Mapping[str, frozenset[str]]) -> Period:
    """The period between the dates of a plan.

    Raises
    ------
    ConfigError
        Dates that are not given.
    """
    if not (section.year and section.base_year):
        raise ConfigError(
            say("carbon_sink.change.dates_needed"),
            where="[carbon] base_year, year",
            got=f"{section.base_year or '-'}, {section.year or '-'}",
            todo=say("carbon_sink.change.give_both_years"),
        )
    years = float(section.year - section.base_year)
    return Period(years, section.year, section.planted, section.growth, ambiguous)


def change_choice(
    section: CarbonSection,
    ambiguous: Mapping[str, frozenset[str]],
    arbor_ha: float | None,
    zone: ClimateZone | None = None,
    *,
    year: int | None = None,
) -> tuple[Choice, Coefficients]:
    """Densities of both dates: those of the stock, with the volume of the earlier date.

    That is `year`, by default the base year. A stand that is lost held what the inventory
    before its loss says, where there is one. Densities of some townships stand under the
    class with the mark of `marks_of_townships`.
    """
    table = table_of(section)
    base = section.base_year if year is None else year
    stock = section.stock_of_year(base)
    own = (stock.arbor_area_ha if stock else None) or arbor_ha
    of_class = partial(
        densities_of,
        section,
        table,
        {"forest_arbor": own} if own else {},
        zone=zone,
        use_volume=bool(own),
        year=base,
    )
    chosen = of_class()
    found, known = with_ambiguous(chosen, table, ambiguous)
    for mark in dict.fromkeys(marks_of_townships(section, base).values()):
        of_land = of_class(local=numbers_of_label(mark))
        marked = {label + mark: options for label, options in ambiguous.items()}
        both, known = with_ambiguous(of_land, known, marked)
        for (label, pool), d in both.items():
            key = label if label in marked else label + mark
            found[key, pool] = replace(d, ecosystem=key)
    return found, known
