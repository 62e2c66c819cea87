"""A sheet of the report for each zone of the plan and each industrial park."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.glossary import state_word, tech_word
from geoplan.report.document import Block, Figure, Heading, Paragraph, Table, paired
from geoplan.report.figures import zone_picture
from geoplan.report.frames import frame_table, number, with_unit
from geoplan.summary import RunSummary
from gis.say import Sentence, listed, say
from layers.result import optional_table
from siting.connection.capacity import capacity_words
from siting.zones.overlap import OVERLAP
from siting.zones.summary import ZoneSheet

__all__ = ["zone_blocks", "zone_facts"]

_LAND = ("dlbm", "dlmc", "area_ha", "area_mu")
_APPROVALS = ("rule_id", "title_", "citation", "sites", "area_ha")
_STATES = ("left", "conditional", "taken", "unknown", "provisional")
_MAP_FRAC = 0.6  # of the line


def _land(s: ZoneSheet, lang: str) -> Table:
    techs = list(s.land_ha)
    shown = [k for k in _STATES if any(k in s.land_ha[t] for t in techs)]
    return Table(
        f"zone_land_{s.id}",
        say("geoplan.zones.c_land", zone=s.title)(lang),
        [say("geoplan.report.technology")(lang), *(state_word(k)(lang) for k in shown)],
        [[tech_word(t)(lang), *(number(s.land_ha[t].get(k), 1) for k in shown)] for t in techs],
        frozenset(range(1, len(shown) + 1)),
    )


def _mwh(value: float | None) -> str:
    return "—" if value is None else f"{number(value / 1e3, 1)} GWh"


def _wind(s: ZoneSheet) -> Sentence:
    """The three capacities of its wind sites, or why there are none."""
    if not s.wind.sites:
        return say("geoplan.zones.no_wind_site")
    if s.wind.unknown_sites == s.wind.sites:
        return say("geoplan.zones.wind_needs", n=s.wind.sites)
    return capacity_words(s.wind)


def _stations(s: ZoneSheet, tech: str, lang: str) -> str:
    held = (x for x in s.sites if x.held and x.tech == tech)
    return listed(sorted({x.substation for x in held if x.substation}))(lang) or "—"


def zone_facts(s: ZoneSheet, lang: str) -> Iterator[list[str]]:
    """What a sheet says of its zone: titles and values, in words."""

    def line(key: str, value: str) -> list[str]:
        return [say(f"geoplan.zones.{key}")(lang), value]

    yield line("area", f"{number(s.area_ha, 1)} ha")
    yield line("capacity", capacity_words(s.capacity)(lang))
    if s.pv_no_site_ha is not None:
        yield line("no_site", with_unit(s.pv_no_site_ha, 1, "ha"))
    yield line("pv_yield", f"P50 {_mwh(s.pv_p50_mwh_yr)}, P90 {_mwh(s.pv_p90_mwh_yr)}")
    yield line("wind", _wind(s)(lang))
    if s.wind.sites:
        wind = f"P50 {_mwh(s.wind_p50_mwh_yr)}, P90 {_mwh(s.wind_p90_mwh_yr)}"
        yield line("wind_yield", wind)
        yield line("both", capacity_words(s.both)(lang))
    yield line("approvals", str(s.approvals))
    yield line("stations", _stations(s, "pv", lang))
    if s.wind.sites:
        yield line("wind_stations", _stations(s, "wind", lang))
    if s.storage_mw is not None:
        size = f"{number(s.storage_mw, 1)} MW / {number(s.storage_mwh, 1)} MWh"
    else:
        size = say("geoplan.zones.storage_needs")(lang)
    yield line("storage", size)
    for key in ("afforest", "grass", "wetland"):
        ha = s.conflict_ha.get(key)
        needs = say("geoplan.zones.fit_needs", tech=tech_word(key))(lang)
        yield line(f"fit_{key}", needs if ha is None else with_unit(ha, 1, "ha"))
    if s.roofs is not None:
        roofs = f"{s.roofs}, {number((s.roofs_kwp or 0) / 1e3, 2)} MWp"
        yield line("roofs", f"{roofs}, {_mwh(s.roofs_mwh_yr)}")
    if s.park_turbines is not None:
        own = f"{s.park_turbines}, {number(s.park_wind_mw, 1)} MW"
        yield line("park_wind", f"{own}, {_mwh(s.park_wind_mwh_yr)}")
    b = s.balance
    if b is None:
        yield line("balance", say("geoplan.zones.no_load")(lang))
        return
    supply = b.roofs_mwh + b.ground_mwh + b.wind_mwh
    yield line(
        "balance", say("geoplan.zones.supply_load", supply=supply, load=b.load_mwh)(lang)
    )
    yield line("used", _pct(b.used_frac))
    yield line("covered", _pct(b.covered_frac))
    yield line("sent", f"{_mwh(b.sent_mwh)} ({_pct(b.sent_frac)})")
    yield line("bought", _mwh(b.bought_mwh))
    for rule in b.rules:
        key = {True: "met", False: "not_met", None: "not_judged"}[rule.met]
        word = say(f"layers.words.target.{key}")(lang)
        text = f"{_pct(rule.value)} ≥ {100 * rule.limit:.0f} %: {word}; {rule.citation}"
        yield [rule.title(lang), text]


def _pct(value: float | None) -> str:
    return "—" if value is None else f"{100 * value:.1f} %"


def _sites(s: ZoneSheet, lang: str) -> Table:
    rows = [
        [
            x.site_id,
            tech_word(x.tech)(lang),
            f"{100 * x.zone_frac:.1f} %",
            say(f"geoplan.zones.{'held' if x.held else 'reaches_in'}")(lang),
            number(x.area_ha, 1),
            number(x.capacity_mw, 1),
            _mwh(x.p50_mwh_yr),
            _mwh(x.p90_mwh_yr),
        ]
        for x in s.sites
    ]
    return Table(
        f"zone_sites_{s.id}",
        say("geoplan.zones.c_sites", zone=s.title)(lang),
        [
            say("geoplan.report.site")(lang),
            say("geoplan.report.technology")(lang),
            say("geoplan.zones.share")(lang),
            say("geoplan.zones.belongs")(lang),
            "ha",
            "MW",
            "P50",
            "P90",
        ],
        rows,
        frozenset({2, 4, 5, 6, 7}),
    )


def zone_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """Land, capacity, yield, approvals, grid, storage, conflicts, roofs and load of each."""
    if not s.zones:
        return
    yield Heading(1, say("geoplan.zones.h_zones")(lang))
    yield Paragraph(say("geoplan.zones.note")(lang))
    for warn in s.warnings:
        if warn.code == OVERLAP:
            yield Paragraph(warn.text(lang))
    approvals = optional_table(run, "zone_approvals")
    classes = optional_table(run, "zone_dlbm")
    for k, sheet in enumerate(s.zones):
        yield Heading(2, sheet.title(lang))
        picture = zone_picture(run, k, lang)
        if picture.exists():
            caption = say("geoplan.zones.f_zone", zone=sheet.title)(lang)
            yield Figure(f"fig_zone_{k + 1}", caption, picture, caption, _MAP_FRAC)
        facts = list(zone_facts(sheet, lang))
        caption = say("geoplan.zones.c_facts", zone=sheet.title)(lang)
        heads = [say("geoplan.zones.item")(lang), say("geoplan.report.value")(lang)]
        yield paired(Table(f"zone_{sheet.id}", caption, heads, facts))
        yield _land(sheet, lang)
        if sheet.sites:
            yield _sites(sheet, lang)
        if classes is not None and len(own := classes[classes["zone"] == sheet.id]):
            caption = say("geoplan.zones.c_dlbm", zone=sheet.title)(lang)
            yield frame_table(f"zone_dlbm_{sheet.id}", caption, own, _LAND, lang, most=30)
        if approvals is not None and len(own := approvals[approvals["zone"] == sheet.id]):
            caption = say("geoplan.zones.c_approvals", zone=sheet.title)(lang)
            name = f"zone_approvals_{sheet.id}"
            yield frame_table(name, caption, own, _APPROVALS, lang, most=40)
