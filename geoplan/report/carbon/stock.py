"""Stock by pool and class, and the fluxes of wetland that stand beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from carbon_sink.summary import CarbonSummary
from geoplan.report.carbon.conclusion import between
from geoplan.report.cell_words import cell_word
from geoplan.report.document import Block, Heading, Paragraph
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import LANGS, say
from layers.result import optional_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["flux_blocks", "stock_annex", "stock_blocks", "with_total"]

_TABLES: dict[str, tuple[str, ...]] = {
    "carbon_by_pool": ("pool", "depth_cm", "value_tc", "low_tc", "high_tc"),
    "carbon_by_class": (
        *("title_", "area_ha", "living_tc", "dead_wood_tc", "litter_tc", "soc_tc"),
        *("total_tc", "total_tco2e"),
    ),
}
_CLASSES = 10
"""Classes in the chapter, the largest first; the annex has all of them."""
_PICTURE_FRAC = 0.56


def stock_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Stock by pool and by class; their picture and the other choices are in the annex."""
    if not isinstance(s.carbon, CarbonSummary):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_stock")(lang))
    for name, columns in _TABLES.items():
        frame = optional_table(run, name)
        if frame is None or not len(frame):
            continue
        caption = say(f"geoplan.report.c_{name}")(lang)
        whole = "title_zh" in frame.columns
        if whole and len(frame) > _CLASSES:
            larger = say("geoplan.carbon_chapter.larger_ones", caption=caption, n=_CLASSES)
            caption = larger(lang)
        shown = with_total(frame) if whole else frame
        table = frame_table(name, caption, shown, columns, lang, digits=0)
        yield replace(table, total_row=whole)


def stock_annex(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The classes that hold most, pool by pool, as a picture with intervals."""
    if isinstance(s.carbon, CarbonSummary):
        yield from figure_blocks(run, "carbon", lang, width_frac=_PICTURE_FRAC)


def with_total(frame: pd.DataFrame, most: int = _CLASSES) -> pd.DataFrame:
    """The largest classes, all others as one row, and the county's total below.

    A sum in which some classes lack the figure is that of the others; where those hold nothing
    it stays unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> t = pd.DataFrame({"title_zh": ["a", "b", "c"], "title_en": ["a", "b", "c"],
    ...                   "area_ha": [1.0, 3.0, 2.0], "total_tc": [10.0, float("nan"), 5.0]})
    >>> with_total(t, 1)[["title_en", "area_ha", "total_tc"]].values.tolist()
    [['b', 3.0, nan], ['2 smaller classes', 3.0, 15.0], ['total', 6.0, 15.0]]
    """
    import pandas as pd  # heavy

    ordered = frame.sort_values("area_ha", ascending=False, kind="stable")
    rest = ordered.iloc[most:]
    rows = [ordered.head(most)]
    parts = (
        [(rest, say("geoplan.carbon_chapter.smaller_classes", n=len(rest)))]
        if len(rest)
        else []
    )
    for own, title in (*parts, (ordered, say("geoplan.cells.pool.total"))):
        row: dict[str, object] = {f"title_{lang}": title(lang) for lang in LANGS}
        for name in own.select_dtypes("number"):
            known = own[name].dropna()
            lacking = len(known) < len(own)
            row[str(name)] = math.nan if lacking and not known.any() else math.fsum(known)
        rows.append(pd.DataFrame([row]))
    return pd.concat(rows, ignore_index=True)


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
