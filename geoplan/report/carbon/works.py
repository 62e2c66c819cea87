"""Works the plan names: a table of all, and a page of its own for those that have one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from carbon_sink.potential.outcome import PotentialSummary, WorkSummary
from geoplan.report.carbon.conclusion import between_ends
from geoplan.report.cell_words import unit_word
from geoplan.report.document import Block, Heading, PageBreak, Paragraph, Table
from geoplan.report.frames import frame_table, known, number, with_unit
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table
from layers.sources import source_words
from layers.units import MU_PER_HA

__all__ = ["work_pages", "works_blocks"]

_OF_LAND = frozenset({"cropland", "basic_farmland", "convertible", "change", "methane"})
_WORKS = ("title_", "action", "area_ha", "water_m3_yr", "stock_tc", "candidates_ha", "gain_tc")


def works_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The works the plan names; the annex says what is missing to judge them."""
    works = optional_table(run, "works")
    if s.potential is None or works is None or not len(works):
        return
    yield Heading(2, say("geoplan.carbon_chapter.h_works")(lang))
    caption = say("geoplan.report.c_works")(lang)
    yield frame_table("works", caption, works, _WORKS, lang, digits=0)


def work_pages(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """What each work lacks, and a page each for those that have one: area, water, carbon."""
    found = s.potential
    if not isinstance(found, PotentialSummary):
        return
    works = optional_table(run, "works")
    missing = f"missing_{lang}"
    if works is not None and missing in works.columns:
        lacking = works[works[missing].fillna("") != ""]
        if len(lacking):
            caption = say("geoplan.carbon_chapter.c_works_missing")(lang)
            columns = ("title_", "missing_")
            yield frame_table("works_missing", caption, lacking, columns, lang)
    for work in found.works:
        if work.own_page:
            yield PageBreak()
            yield from _page(work, lang)


def _area(ha: float | None, lang: str) -> str:
    if not known(ha) or ha is None:
        return "—"
    mu = f"{number(ha * MU_PER_HA, 0)} {unit_word('mu', lang)}"
    return f"{number(ha, 1)} {unit_word('ha', lang)} ({mu})"


def _carbon(value: float | None, low: float | None, high: float | None) -> str:
    """Carbon with its interval; a dash alone where it was not estimated.

    Examples
    --------
    >>> _carbon(1234.0, 900.0, 1500.0), _carbon(1234.0, None, None), _carbon(None, None, None)
    ('1,234 tC (900 – 1,500)', '1,234 tC', '—')
    """
    ends = f" ({between_ends(low, high, 0)})" if known(low) and known(high) else ""
    return with_unit(value, 0, "tC") + (ends if known(value) else "")


def _page(work: WorkSummary, lang: str) -> Iterator[Block]:
    yield Heading(2, work.title(lang))
    yield Paragraph(f"{work.section}「{work.quote}」", "note")
    water = with_unit(work.water_m3_yr, 0, "m³")
    if work.water_source:
        water = f"{water} ({source_words(work.water_source, lang)})"
    facts = {
        "place": say(f"geoplan.carbon_chapter.place_{'known' if work.located else 'none'}")(
            lang
        ),
        "area": _area(work.area_ha, lang),
        "cropland": _area(work.cropland_ha, lang),
        "basic_farmland": _area(work.basic_farmland_ha, lang),
        "convertible": _area(work.convertible_ha, lang),
        "water": water,
        "stock": _carbon(work.stock_tc, work.low_tc, work.high_tc),
        "change": _carbon(work.change_tc, work.change_low_tc, work.change_high_tc),
        "gain": with_unit(work.gain_tc, 0, "tC"),
        "methane": with_unit(work.methane_tco2e_yr, 0, "tCO₂e"),
        "missing": (work.missing_zh if lang == "zh" else work.missing_en)
        or say("geoplan.carbon_chapter.nothing_missing")(lang),
    }
    if not work.located:  # without a boundary no land is known, which one row says
        facts = {k: v for k, v in facts.items() if k not in _OF_LAND}
    elif work.action != "wetland":
        del facts["convertible"]
    yield Table(
        f"work_{work.id}",
        say("geoplan.carbon_chapter.c_work", work=work.title)(lang),
        [say("geoplan.report.quantity")(lang), say("geoplan.report.value")(lang)],
        [[say(f"geoplan.carbon_chapter.work_{k}")(lang), v] for k, v in facts.items()],
        widths=(1, 3),
    )
    if work.note is not None:
        yield Paragraph(work.note(lang))
    if work.published:
        keys = ("printed", "printed_value", "printed_by", "printed_on")
        yield Table(
            f"work_{work.id}_published",
            say("geoplan.carbon_chapter.c_published", work=work.title)(lang),
            [say(f"geoplan.carbon_chapter.{k}")(lang) for k in keys],
            [
                [p.title(lang), f"{p.value:,g} {unit_word(p.unit, lang)}", p.source, p.date]
                for p in work.published
            ],
            widths=(2, 1.5, 3, 1.2),
        )
