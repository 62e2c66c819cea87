"""Forest stock volume, as an inventory of the plan states it."""

from __future__ import annotations

from carbon_sink.cover.figure import Figure
from carbon_sink.cover.indicator import Answer, Evidence, Indicator
from carbon_sink.section import CarbonSection
from gis.say import say
from layers.spec import text_of

__all__ = ["INDICATOR"]

_TITLE = text_of(say("carbon_sink.forest_stock_volume.title"))


def _answer(evidence: Evidence) -> Answer:
    stock = evidence.section.stock_of_year(evidence.section.year)
    if stock is None:
        return Answer()
    figure = Figure(
        id="forest_stock_volume",
        title=_TITLE,
        value=stock.volume_m3,
        unit="m3",
        caliber="",
        year=stock.year,
        source=stock.source,
        quality="official",
    )
    return Answer((figure,))


def _growth(section: CarbonSection) -> float | None:
    return section.volume_growth.m3_yr if section.volume_growth else None


INDICATOR = Indicator(
    id="forest_stock_volume",
    title=_TITLE,
    unit="m3",
    needs="[carbon.stock_volume]",
    answer=_answer,
    place=40,
    growth=_growth,
)
