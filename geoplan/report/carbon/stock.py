"""Stock by pool and class, and the fluxes of wetland that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.summary import CarbonSummary
from geoplan.report.carbon.conclusion import between
from geoplan.report.cell_words import cell_word
from geoplan.report.document import Block, Heading, Paragraph
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table

__all__ = ["flux_blocks", "stock_blocks"]

_TABLES: dict[str, tuple[str, ...]] = {
    "carbon_by_pool": ("pool", "depth_cm", "value_tc", "low_tc", "high_tc"),
    "carbon_by_class": (
        *("title_", "area_ha", "living_tc", "dead_wood_tc", "litter_tc", "soc_tc"),
        *("total_tc", "total_tco2e"),
    ),
}
_CLASSES = 10
"""Classes in the chapter, the largest first; the annex has all of them."""


def stock_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Stock by pool and by class; the other choices of depth and zone are in the annex."""
    if not isinstance(s.carbon, CarbonSummary):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_stock")(lang))
    for name, columns in _TABLES.items():
        frame = optional_table(run, name)
        if frame is not None and len(frame):
            caption = say(f"geoplan.report.c_{name}")(lang)
            if len(frame) > _CLASSES:
                larger = say("geoplan.carbon_chapter.larger_ones", caption=caption, n=_CLASSES)
                caption = larger(lang)
                frame = frame.sort_values("area_ha", ascending=False, kind="stable")
            yield frame_table(name, caption, frame, columns, lang, digits=0, most=_CLASSES)
    yield from figure_blocks(run, "carbon", lang, width_frac=0.56)


def flux_blocks(s: RunSummary, _run: Path, lang: str) -> Iterator[Block]:
    """Burial and methane of wetland: beside the stock, never in it."""
    flux = s.carbon.wetland_flux if isinstance(s.carbon, CarbonSummary) else None
    if flux is None:
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_flux")(lang))
    told = say(
        "geoplan.carbon_chapter.flux",
        area_ha=flux.area_ha,
        caliber=str(cell_word("caliber", flux.caliber, {}, lang) or flux.caliber),
        burial=number(flux.burial_tco2_yr, 0),
        methane=number(flux.methane_tco2e_yr.value, 0),
        methane_between=between(flux.methane_tco2e_yr, 1.0, 0),
        net=number(flux.net_tco2e_yr.value, 0),
        net_between=between(flux.net_tco2e_yr, 1.0, 0),
    )
    yield Paragraph(told(lang))
    yield Paragraph(flux.note(lang), "note")
