"""Cases of facilities in words: lines of the terminal and a chapter of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from geoplan.report.cell_words import unit_word
from geoplan.report.document import Block, Heading, Items, Paragraph
from geoplan.report.frames import frame_table
from geoplan.summary import RunSummary
from gis.say import Sentence, listed, say
from layers.catalogue import layer
from layers.result import optional_table
from siting.facilities.summary import FacilityAnswer

__all__ = ["TABLES", "facility_blocks", "facility_lines", "waiting_line"]

_S = "siting.facilities"
TABLES: dict[str, tuple[str, ...]] = {
    "facility_sites": (
        *("name", "layer", "township", "facility_state", "open_year", "capacity_n"),
        *("facility_level", "load_weight", "served_n", "only_weight", "why_chosen_"),
    ),
    "facility_townships": (
        *("township", "places_n", "demand_weight", "served_weight", "gap_weight"),
        *("served_frac", "unreachable_weight", "travel_cost", "cost_unit"),
    ),
    "facility_curve": ("new_sites", "coverage_frac", "bound_frac", "mean_cost"),
    "facility_routes": ("bus_line", "from_name", "to_name", "calls_n"),
    "facility_transfers": ("from_name", "to_name", "changes_n"),
    "facility_patches": (
        *("name", "township", "area_ha", "dpc_pct", "intra_pct", "flux_pct", "connector_pct"),
    ),
    "facility_links": ("from_name", "to_name", "distance_m", "way_cost_m", "step_probability"),
}
"""Tables that carry the answer of a case, and their columns; ``_`` ends one with a language."""
_MOST = 60
_SEVERAL = 2
_SHOWN = 5e-4  # a difference in a share that one sees
_SENT = frozenset({"transport", "capacitated_p_median", "capacitated_mclp"})  # a part may be
_SOUGHT = frozenset({"p_center", "p_dispersion", "backup"})  # said beside what is served


def facility_lines(answers: Iterable[FacilityAnswer], lang: str) -> Iterator[str]:
    """Each case in a few lines: what to open, who is served, how far from the best."""
    for a in answers:
        model = say(f"{_S}.model_{a.model}")
        yield say(f"{_S}.line_head", name=a.title, model=model)(lang)
        yield from (f"  {line}" for line in _lines(a, lang))


def waiting_line(a: FacilityAnswer) -> Sentence:
    """The layers a case waits for, by their titles."""
    names = listed(layer(i).title for i in a.waits_for)
    return say(f"{_S}.waiting", name=a.title, layers=names)


def _lines(a: FacilityAnswer, lang: str) -> Iterator[str]:
    if a.quote:
        yield say(f"{_S}.line_quote", quote=a.quote)(lang)
    if a.note is not None:
        yield say(f"{_S}.line_note", note=a.note)(lang)
    if a.waits_for:
        yield waiting_line(a)(lang)
        return
    if a.refused is not None:
        yield say(f"{_S}.refused", name=a.title, why=a.refused)(lang)
        return
    if a.synthetic:
        yield say(f"{_S}.synthetic")(lang)
    if a.factor is not None:
        yield say(f"{_S}.line_factor", source=a.factor)(lang)
    if a.weight_unit:
        yield say("geoplan.report.demand_unit", unit=unit_word(a.weight_unit, lang))(lang)
    unit = say(f"{_S}.unit_{a.unit}")
    sent = "_sent" if a.model in _SENT else ""
    for y in a.years:
        yield say(
            f"{_S}.line_year{sent if y.mean_cost is not None else '_none'}",
            year=str(y.year),
            new=y.new_sites,
            served=y.served_frac or 0.0,
            mean=y.mean_cost,
            unit=unit,
            gap=y.gap,
        )(lang)
        if a.model in _SOUGHT and y.value is not None:
            of = unit_word(a.weight_unit, lang)
            yield say(f"{_S}.sought_{a.model}", value=y.value, unit=unit, of=of)(lang)
    yield from (t(lang) for t in a.against)
    yield from _kept(a, lang)
    if a.sentence is not None:
        yield a.sentence(lang)
    if a.enough is not None:
        yield say(f"{_S}.enough", n=a.enough)(lang)
    if a.gini is not None:
        yield say(
            f"{_S}.line_equity{sent}", p50=a.cost_p50, p90=a.cost_p90, gini=a.gini, unit=unit
        )(lang)
    if a.closable:
        yield say(f"{_S}.line_closable", n=a.closable)(lang)


def _kept(a: FacilityAnswer, lang: str) -> Iterator[str]:
    """Later years keep what earlier ones opened: their gap is to the best that does too."""
    if len(a.years) < _SEVERAL or not any(y.new_sites for y in a.years[:-1]):
        return
    yield say(f"{_S}.keeps_earlier")(lang)
    last = a.years[-1]
    free = [p.coverage_frac for p in a.curve if p.new_sites == last.new_sites]
    if free and last.served_frac is not None and free[0] > last.served_frac + _SHOWN:
        yield say(f"{_S}.free_choice", n=last.new_sites, share=free[0])(lang)


def facility_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The chapter of the report: each case in sentences, with the tables that carry it."""
    if not s.facilities:
        return
    yield Heading(1, say("geoplan.report.h_facilities")(lang))
    yield Paragraph(say("geoplan.report.note_facilities")(lang))
    for a in s.facilities:
        yield Heading(2, a.title(lang))
        yield Items(list(_lines(a, lang)))
        for name, columns in TABLES.items():
            frame = optional_table(run, name)
            if frame is None:
                continue
            own = frame[frame["facility_case"] == a.id]
            if name == "facility_sites":
                own = own[own["facility_state"].isin(["existing", "new", "excluded"])]
            if own.empty:
                continue
            shown = [c for c in columns if c not in own or own[c].notna().any()]
            caption = say(f"geoplan.report.c_{name}", name=a.title)(lang)
            yield frame_table(f"{name}_{a.id}", caption, own, shown, lang, most=_MOST)
