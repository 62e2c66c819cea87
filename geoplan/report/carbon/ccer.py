"""The way of the chosen pieces through the afforestation method, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.potential.outcome import PathStep, PotentialSummary, ValueSummary
from geoplan.report.carbon.conclusion import between_ends
from geoplan.report.cell_words import unit_word
from geoplan.report.document import Block, Heading, Paragraph, Table
from geoplan.report.frames import known, number, shown_unit, typeset
from geoplan.summary import RunSummary
from gis.say import Sentence, say
from layers.sources import source_text

__all__ = ["EX_ANTE", "ccer_blocks"]

EX_ANTE: tuple[str, ...] = (
    *("year", "age_years", "area_ha", "removal_tco2e", "removal_low_tco2e"),
    *("removal_high_tco2e", "creditable_tco2e", "creditable_low_tco2e"),
    "creditable_high_tco2e",
)
"""Columns of removals year by year."""
_PERCENT = 100.0


def _figure(step: PathStep, lang: str) -> str:
    if not known(step.value) or step.value is None:
        return "—"
    share = step.unit == "0-1"
    value = step.value * _PERCENT if share else step.value
    digits = 0 if step.unit == "tCO2e" or float(value).is_integer() else 2
    return f"{number(value, digits)} {typeset(unit_word(shown_unit(step.unit), lang))}"


def ccer_blocks(s: RunSummary, _run: Path, lang: str) -> Iterator[Block]:
    """Steps of the method with their state, and the value at the user's terms."""
    found = s.potential
    if not isinstance(found, PotentialSummary) or not found.ccer_path:
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_ccer")(lang))
    rows = [
        [
            p.title(lang),
            say(f"geoplan.cells.path_state.{p.state}")(lang),
            _figure(p, lang),
            between_ends(p.low, p.high, 0),
            p.text(lang),
        ]
        for p in found.ccer_path
    ]
    keys = ("step", "step_state", "step_value", "step_between", "step_text")
    yield Table(
        "ccer_path",
        say("geoplan.carbon_chapter.c_ccer_path")(lang),
        [say(f"geoplan.carbon_chapter.{k}")(lang) for k in keys],
        rows,
        frozenset({2, 3}),
        (2, 1.5, 1.6, 1.8, 5),
    )
    yield Paragraph(_value(found.value)(lang))


def _value(value: ValueSummary | None) -> Sentence:
    if value is None:
        return say("geoplan.carbon_chapter.no_value")
    return say(
        "geoplan.carbon_chapter.value",
        of=say(f"geoplan.carbon_chapter.value_of_{value.of}"),
        years=value.years,
        tco2e=number(value.tco2e, 0),
        price=number(value.price_yuan_tco2e, 2),
        discount=f"{value.discount_frac * _PERCENT:g} %",
        growth=f"{value.price_growth_frac * _PERCENT:g} %",
        worth=number(value.present_value_yuan, 0),
        even=number(value.even_value_yuan, 0),
        factor=number(value.even_factor_yuan_tco2e, 4),
        source=source_text(value.source),
    )
