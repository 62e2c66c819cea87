"""How good: yields and cost of the best sites, wind, repowering, roofs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from geoplan.glossary import tech_word
from geoplan.report.body.conclusion import yield_lines
from geoplan.report.document import Block, Figure, Heading, Items, Paragraph, Table
from geoplan.report.figures import figure_path
from geoplan.report.frames import frame_table, number
from geoplan.summary import RunSummary
from gis.say import Sentence, say
from layers.plan.model import Plan
from layers.result import optional_table
from layers.sources import source_text
from siting.money.summary import MoneySummary, PlantMoney
from siting.pv.study.summary import NoRooftop, PvSummary, RooftopSummary, SiteSummary
from siting.wind.summary import RepowerSummary

__all__ = ["MOST_PLANTS", "quality_blocks"]

MOST_PLANTS = 12
"""Sites in the table; the annex has all."""

_PV_WIDTHS = (1.4, 1.3, 1.4, 1.5, 1.5, 1.4, 1.4, 1.7, 1.7)
_KEPT = ("turbines", "capacity", "p50", "p90", "hours", "wake", "noise", "flicker_over")
_ROOFS = ("use", "buildings", "roof_m2", "kwp", "kwh_yr", "installed_kwp")


def _picture(run: Path, name: str, lang: str, frac: float) -> Iterator[Block]:
    path = figure_path(run, name, lang)
    if path.exists():
        title = say(f"geoplan.report.f_{name}")(lang)
        yield Figure(f"body_{name}", title, path, title, frac)


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _pv(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    pv = s.pv
    if pv is None:
        return
    yield Heading(2, say("geoplan.body.h_pv")(lang))
    if not isinstance(pv, PvSummary):
        yield Paragraph(say("geoplan.body.not_estimated")(lang))
        return
    w = pv.weather
    basis = say("geoplan.body.pv_basis", ghi=w.ghi_kwh_m2_yr, source=source_text(w.source))
    yield Paragraph(say("geoplan.report.note_pv")(lang))
    yield Paragraph(basis(lang))
    lit = next((x for x in pv.sites if x.light_source == "atlas" and x.ghi_kwh_m2), None)
    if lit is not None:
        light = say("geoplan.body.pv_light", site=lit.site_id, ghi=lit.ghi_kwh_m2)
        yield Paragraph(light(lang))
    plants = s.money.plants if isinstance(s.money, MoneySummary) else ()
    money: dict[str, PlantMoney] = {p.plant: p for p in plants}
    own_lcoe = not plants  # the yield's own, of default costs
    rows = []
    for x in pv.sites[:MOST_PLANTS]:
        own = money.get(x.site_id)
        rows.append(
            [
                x.site_id,
                number(x.capacity_mw),
                number(x.specific_kwh_kwp, 0),
                number(x.p50_mwh_yr / 1e3),
                number(x.p90_mwh_yr / 1e3),
                number(x.full_load_hours_h, 0),
                number(100 * x.uncertainty_frac),
                number(own.lcoe_real_cny_mwh if own else _of_yield(x) if own_lcoe else None, 0),
                number(_percent(own.irr_frac) if own else None),
            ]
        )
    lcoe = "lcoe_of_yield" if own_lcoe else "lcoe"
    keys = ("kwh_kwp", "p50", "p90", "hours", "uncertainty", lcoe, "irr")
    heads = [
        say("geoplan.report.site")(lang),
        "MW",
        *(say(f"geoplan.body.{k}")(lang) for k in keys),
    ]
    part = len(pv.sites) > len(rows)
    title = say("geoplan.body.c_pv" if part else "geoplan.body.c_pv_all", n=len(rows))
    if rows:
        numeric = frozenset(range(1, len(heads)))
        yield Table("pv_best", title(lang), heads, rows, numeric, _PV_WIDTHS)
    yield from _picture(run, "pv", lang, 0.85)


def _of_yield(x: SiteSummary) -> float | None:
    """Cost of energy the map names too: default costs, a discount rate of 6 %."""
    value = (x.model_extra or {}).get("lcoe_6pct_cny_mwh")
    return value if isinstance(value, float) else None


def _wind(s: RunSummary, run: Path, lang: str, lines: list[str]) -> Iterator[Block]:
    if s.wind is None and s.repower is None and s.greenfield is None:
        return
    yield Heading(2, say("geoplan.body.h_wind")(lang))
    if lines:
        yield Items(lines)
    else:
        yield Paragraph(say("geoplan.body.not_estimated")(lang))
    compare = optional_table(run, "repower_compare")
    if isinstance(s.repower, RepowerSummary) and compare is not None:
        kept = compare[compare["item"].isin(_KEPT)]
        title = say("geoplan.report.c_repower_compare")(lang)
        yield frame_table(
            "repower_short", title, kept, ("lang", "unit", "before", "after"), lang
        )
    yield from _picture(run, "windrose", lang, 0.6)


def _roofs(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    told = list(_money(s))
    if s.rooftop is None and not told:
        return
    yield Heading(2, say("geoplan.body.h_roofs")(lang))
    if told:
        yield Items([x(lang) for x in told])
    if isinstance(s.rooftop, NoRooftop):
        yield Paragraph(say("geoplan.body.not_estimated")(lang))
    uses = optional_table(run, "rooftop_by_use")
    if isinstance(s.rooftop, RooftopSummary) and uses is not None and len(uses):
        title = say("geoplan.report.c_rooftop_by_use")(lang)
        shown = [c for c in _ROOFS if c in uses and uses[c].notna().any()]
        yield frame_table("roofs_short", title, uses, shown, lang, digits=0)


def _money(s: RunSummary) -> Iterator[Sentence]:
    if isinstance(s.rooftop, RooftopSummary):
        yield list(yield_lines(s))[-1]
    if not isinstance(s.money, MoneySummary):
        if s.money is not None:
            yield say("geoplan.body.money_not")
        return
    for tech in ("pv", "wind"):
        known = [
            p.lcoe_real_cny_mwh
            for p in s.money.plants
            if p.tech == tech and p.lcoe_real_cny_mwh is not None
        ]
        if known:
            word = tech_word(tech)
            span = {"low": min(known), "high": max(known)}
            yield say("geoplan.body.money_range", tech=word, n=len(known), **span)


def quality_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """PV, wind and roofs, each in a table, with what they cost."""
    parts = (s.pv, s.wind, s.repower, s.greenfield, s.rooftop, s.money)
    if all(p is None for p in parts):
        return
    yield Heading(1, say("geoplan.body.h_good")(lang))
    yield from _pv(s, run, lang)
    told: list[Callable[[str], str]] = list(yield_lines(s))
    lines = [x(lang) for x in told]
    if isinstance(s.pv, PvSummary):
        lines = lines[1:]
    if isinstance(s.rooftop, RooftopSummary):
        lines = lines[:-1]
    yield from _wind(s, run, lang, lines)
    yield from _roofs(s, run, lang)
