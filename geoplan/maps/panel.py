"""The side panel of the map: the summary as blocks the page only has to draw.

Numbers are formatted here, once, from ``summary.json``; the page adds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from carbon_sink.summary import CarbonSummary, Spread
from geoplan.answers.capacity_lines import capacity_in, grid_lines
from geoplan.answers.target_table import SIGNS, count_line, ending_word
from geoplan.glossary import state_word, tech_word, told_states
from geoplan.judged_words import judged_statement, next_layer_lines
from geoplan.law_words import law_ahead_lines, law_statement, look_up_lines
from geoplan.maps.values import PanelBlock, Words
from geoplan.summary import RunSummary
from gis.say import LANGS, both, say
from layers.answers.answer import TargetAnswer
from layers.answers.shown import figure_words
from siting.connection.capacity import Capacity, capacity_words
from siting.pv.study.summary import PvSummary
from siting.sites.step_sites import refused_words
from siting.sites.summary import SiteRow, SitesRefused
from siting.wind.summary import NoWind, RepowerSummary, WindSummary

__all__ = ["number", "panel_blocks"]


def number(value: float | None, decimals: int = 1) -> str:
    """A number with thousands separators; empty where there is none.

    Examples
    --------
    >>> number(12345.678), number(2, 0), number(None)
    ('12,345.7', '2', '')
    """
    if value is None or not math.isfinite(value):
        return ""
    return f"{value:,.{decimals}f}"


def _stat(key: str, text: str, unit: str | Words = "") -> Iterator[PanelBlock]:
    if text:
        label = both(say(f"geoplan.map.panel.{key}"))
        yield {"kind": "stat", "label": label, "value": text, "unit": unit}


def _heading(title: Words) -> PanelBlock:
    return {"kind": "heading", "title": title}


def _under(title: Words, *rows: Iterator[PanelBlock]) -> Iterator[PanelBlock]:
    """Rows below a heading; nothing where there are none."""
    found = list(chain.from_iterable(rows))
    if found:
        yield _heading(title)
        yield from found


def _gwh(mwh: float) -> str:
    return number(mwh / 1000, 1)


def _screening(summary: RunSummary, palette: Mapping[str, str]) -> Iterator[PanelBlock]:
    for tech, part in (summary.screening or {}).items():
        words = both(tech_word(tech))
        note = say("geoplan.common.provisional", n=part.not_judged, m=part.of)
        yield {
            "kind": "stack",
            "title": both(say("geoplan.map.panel.screening", tech=words.__getitem__)),
            "parts": [
                {
                    "label": both(state_word(state, tech)),
                    "value": part.area_ha.get(state, 0.0),
                    "text": f"{number(part.area_ha.get(state, 0.0) / 100, 1)} km²",
                    "colour": palette[state],
                }
                for state in told_states(part.area_ha)
            ],
            "note": both(note) if part.provisional else None,
        }
        judged = part.judged
        if judged is not None and judged.n < judged.of:
            yield {"kind": "note", "title": both(judged_statement(tech, judged))}
            if lines := next_layer_lines(judged):
                title = both(say("geoplan.common.next_layers"))
                yield {"kind": "list", "title": title, "items": [both(x) for x in lines]}


def _law(summary: RunSummary) -> Iterator[PanelBlock]:
    """The law behind the map: its day, the land that rests on open texts, what comes."""
    parts = summary.screening or {}
    if parts:
        yield _heading(both(say("geoplan.report.h_law_first")))
    for tech, part in parts.items():
        yield {"kind": "note", "title": both(law_statement(tech, part.law))}
        if first := look_up_lines(part.law):
            title = both(say("geoplan.common.law_first"))
            yield {"kind": "list", "title": title, "items": [both(x) for x in first]}
        for line in law_ahead_lines(tech, part.law):
            yield {"kind": "note", "title": {x: line(x) for x in LANGS}}


def _sites(
    sites: Sequence[SiteRow], refused: Sequence[SitesRefused], capacity: Capacity | None
) -> Iterator[PanelBlock]:
    if sites or refused:
        yield _heading(both(say("geoplan.map.panel.sites")))
        yield from _stat("n_sites", number(len(sites), 0))
    if sites and capacity is not None:
        for name in ("unconditional", "with_approvals", "with_grid"):
            mw = getattr(capacity, f"{name}_mw")
            if mw is not None:
                yield from _stat(f"capacity_{name}", number(mw, 1), "MW")
        yield {"kind": "note", "title": both(capacity_words(capacity))}
    if late := [s for s in sites if s.provisional]:
        mw = sum(s.capacity_mw or 0.0 for s in late)
        text = say("geoplan.cli.sites_provisional", n=len(late), mw=mw)
        yield {"kind": "note", "title": both(text)}
    for one in refused:
        yield {"kind": "note", "title": both(refused_words(one))}


def _pv(part: PvSummary) -> Iterator[PanelBlock]:
    return _under(
        both(tech_word("pv")),
        _stat("capacity", number(part.capacity_mw, 1), "MW"),
        _stat("p50", _gwh(part.p50_mwh_yr), "GWh/yr"),
        _stat("p90", _gwh(part.p90_mwh_yr), "GWh/yr"),
    )


def _wind(part: WindSummary | NoWind) -> Iterator[PanelBlock]:
    turbines = _stat("turbines", number(part.turbines, 0))
    if isinstance(part, NoWind):
        return _under(both(tech_word("wind")), turbines)
    return _under(
        both(tech_word("wind")),
        turbines,
        _stat("capacity", number(part.capacity_mw, 1), "MW"),
        _stat("p50", _gwh(part.p50_mwh_yr), "GWh/yr"),
        _stat("p90", _gwh(part.p90_mwh_yr), "GWh/yr"),
        _stat("hours", number(part.full_load_hours_h, 0), "h"),
        _stat("mean_speed", number(part.mean_speed_m_s, 2), "m/s"),
    )


_BEFORE_AFTER = (
    ("turbines", 0, "", 1.0),
    ("capacity", 1, "MW", 1.0),
    ("p50", 1, "GWh/yr", 1e-3),
    ("p90", 1, "GWh/yr", 1e-3),
    ("hours", 0, "h", 1.0),
    ("noise", 1, "dB(A)", 1.0),
)
"""Row of the comparison, decimals, unit shown, factor to it."""


def _repower(part: RepowerSummary) -> Iterator[PanelBlock]:
    """Before and after repowering, side by side."""
    yield _heading(both(say("geoplan.map.panel.repower")))
    for key, decimals, unit, factor in _BEFORE_AFTER:
        before, after = part.before.get(key), part.after.get(key)
        if before is not None and after is not None:
            pair = [number(v * factor, decimals) for v in (before, after)]
            yield from _stat(key, " → ".join(pair), unit)


def _carbon(total: Spread) -> Iterator[PanelBlock]:
    text, low, high = (number(v / 1e4, 1) for v in (total.value, total.low, total.high))
    yield _heading(both(say("geoplan.map.panel.carbon")))
    unit = both(say("geoplan.map.panel.wan_tc"))
    yield from _stat("stock", f"{text} ({low}–{high})", unit)


def _answer(a: TargetAnswer) -> PanelBlock:
    target, unit = figure_words(a.target, a.unit, target=a.target)
    value = None if a.value is None else figure_words(a.value, a.unit, target=a.target)[0]
    joint = say("geoplan.common.semicolon")
    told = [w for w in (a.reason, a.closes) if w("zh")]
    why = {lang: joint(lang).join(w(lang) for w in told) for lang in LANGS}
    return {
        "kind": "bullet",
        "title": a.title.model_dump(),
        "value": a.value,
        "low": a.low,
        "high": a.high,
        "target": a.target,
        "met": {"met": True, "not_met": False}.get(a.answer),
        "ending": both(ending_word(a.answer)),
        "text": value.model_dump() if value else None,
        "unit": unit.model_dump(),
        "target_text": {x: f"{SIGNS[a.relation]} {target(x)}" for x in LANGS},
        "year": a.year,
        "caliber": a.caliber_title.model_dump() if a.caliber else None,
        "note": why if any(why.values()) else None,
        "items": [a.responsible.model_dump()] if a.responsible("zh") else [],
    }


def panel_blocks(summary: RunSummary, palette: Mapping[str, str]) -> list[PanelBlock]:
    """Blocks of the summary panel in reading order; a part the run has not is left out.

    Parameters
    ----------
    summary : RunSummary
    palette : mapping
        State -> colour.
    """
    out: list[PanelBlock] = []
    if summary.county is not None:
        out += _stat("county_area", number(summary.county.area_km2, 1), "km²")
    out += _screening(summary, palette)
    out += _law(summary)
    out += _sites(summary.sites or (), summary.sites_refused, capacity_in(summary))
    out += [{"kind": "note", "title": both(line)} for line in grid_lines(summary)]
    if isinstance(summary.pv, PvSummary):
        out += _pv(summary.pv)
    if summary.wind is not None:
        out += _wind(summary.wind)
    if isinstance(summary.repower, RepowerSummary):
        out += _repower(summary.repower)
    if isinstance(summary.carbon, CarbonSummary) and summary.carbon.total_tc is not None:
        out += _carbon(summary.carbon.total_tc)
    if summary.targets:
        out.append(_heading(both(say("geoplan.map.panel.indicators"))))
        out.append({"kind": "note", "title": both(count_line(summary.targets))})
        out += [_answer(a) for a in summary.targets]
    return out
