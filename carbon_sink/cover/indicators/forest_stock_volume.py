"""Forest stock volume: as an inventory of the plan states it, else summed over the stands.

The stands are those of the step ``stand`` of the same run; their interval is that of the whole
volume, from the survey's stated error or from plots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carbon_sink.cover.indicator import Answer, Evidence, Indicator
from carbon_sink.section import CarbonSection
from gis.say import say
from layers.answers.figure import Figure
from layers.result import optional_table
from layers.spec import Text, text_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["INDICATOR"]

_TITLE = text_of(say("carbon_sink.forest_stock_volume.title"))


def _of_stands(evidence: Evidence) -> Figure | None:
    """Sum of area x volume per hectare over the tree forest of the forest map."""
    table = optional_table(evidence.work, "stand_total")
    if table is None or not len(table):
        return None
    row = table.iloc[0]
    if not row["volume_m3"] > 0:
        return None
    return Figure(
        id="forest_stock_volume",
        title=_TITLE,
        value=float(row["volume_m3"]),
        unit="m3",
        low=float(row["low_m3"]),
        high=float(row["high_m3"]),
        caliber="",
        year=evidence.section.year,
        source="forest_land",
        quality="measured",
        note=_note(row),
    )


def _note(row: pd.Series[Any]) -> Text:
    """Where the interval is from, and that forest without a volume makes it a bound."""
    text = Text(zh=row["source_zh"], en=row["source_en"])
    if not row["volume_missing_ha"] > 0:
        return text
    told = say("carbon_sink.stand.volume_is_a_bound", ha=float(row["volume_missing_ha"]))
    return Text(zh=f"{text.zh}；{told('zh')}", en=f"{text.en}; {told('en')}")


def _apart(stated: float, stands: Figure | None) -> Text | None:
    """What the stands say beside a stated volume."""
    if stands is None:
        return None
    told = say(
        "carbon_sink.forest_stock_volume.stands_beside",
        stands=stands.value,
        relative=stands.value / stated - 1.0,
    )
    return text_of(told)


def _answer(evidence: Evidence) -> Answer:
    stock = evidence.section.stock_of_year(evidence.section.year)
    stands = _of_stands(evidence)
    if stock is None:
        return Answer(() if stands is None else (stands,))
    figure = Figure(
        id="forest_stock_volume",
        title=_TITLE,
        value=stock.volume_m3,
        unit="m3",
        caliber="",
        year=stock.year,
        source=stock.source,
        quality="official",
        note=_apart(stock.volume_m3, stands),
    )
    return Answer((figure,))


def _growth(section: CarbonSection) -> float | None:
    return section.volume_growth.m3_yr if section.volume_growth else None


INDICATOR = Indicator(
    id="forest_stock_volume",
    title=_TITLE,
    unit="m3",
    needs="[carbon.stock_volume] / forest_land",
    answer=_answer,
    place=40,
    growth=_growth,
)
