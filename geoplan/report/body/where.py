"""Where: land by state, the map of the county, zones and sites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.answers.capacity_lines import same_land_line
from geoplan.glossary import labelled, state_word, tech_word
from geoplan.report.annex.rules import STATES
from geoplan.report.body.conclusion import BUILT, HA_KM2
from geoplan.report.document import Block, Figure, Heading, Paragraph, Table, told_columns
from geoplan.report.figures import figure_blocks, figure_path
from geoplan.report.frames import number
from geoplan.summary import RunSummary
from gis.say import listed, say
from layers.plan.model import Plan
from siting.sites.summary import SiteRow

__all__ = ["MOST_SITES", "where_blocks", "zone_name"]

MOST_SITES = 30
"""Sites in the table; the annex has all."""

_MAP_FRAC = 0.86
_WATERFALL_FRAC = 0.9
_SITE_WIDTHS = (0.7, 1.3, 1.7, 2.3, 2.5, 1.3, 1.4, 1.1, 1.5)


def _land(s: RunSummary, lang: str) -> Iterator[Block]:
    parts = s.screening or {}
    states = [k for k in STATES if any(k in p.area_ha for p in parts.values())]
    rows = [
        [
            tech_word(tech)(lang),
            *(number(part.area_ha.get(k, 0.0) / HA_KM2) for k in states),
            number(sum(part.area_ha.values()) / HA_KM2),
        ]
        for tech, part in parts.items()
    ]
    if not rows:
        return
    heads = [
        say("geoplan.report.technology")(lang),
        *(state_word(k)(lang) for k in states),
        say("geoplan.report.total")(lang),
    ]
    numeric = frozenset(range(1, len(heads)))
    yield Table("land", say("geoplan.body.c_state")(lang), heads, rows, numeric)
    if sinks := [tech_word(tech) for tech in parts if tech not in BUILT]:
        yield Paragraph(say("geoplan.body.note_sinks", list=listed(sinks))(lang), "note")


def _zones(s: RunSummary, lang: str) -> Iterator[Block]:
    rows = []
    for z in s.zones or ():
        c = z.both
        energy = [p for p in (z.pv_p50_mwh_yr, z.wind_p50_mwh_yr) if p is not None]
        held = sum(1 for x in z.sites if x.held)
        rows.append(
            [
                z.title(lang),
                number(z.area_ha, 0),
                str(held),
                number(c.unconditional_mw),
                number(c.with_approvals_mw),
                number(c.with_grid_mw),
                number(sum(energy) / 1e3 if energy else None),
            ]
        )
    if not rows:
        return
    names = ("zone_sites", "zone_free", "zone_approved", "zone_grid", "zone_p50")
    heads = [
        say("geoplan.report.zone")(lang),
        "ha",
        *(say(f"geoplan.body.{k}")(lang) for k in names),
    ]
    title = say("geoplan.body.c_zones")(lang)
    widths = (4, 1.5, 1.2, 1.6, 1.6, 1.6, 1.7)
    yield Table("zones", title, heads, rows, frozenset(range(1, 7)), widths)
    for z in s.zones or ():
        if (words := same_land_line(z.both)) is not None:
            yield Paragraph(labelled(z.title, words)(lang), "note")


def zone_name(x: SiteRow, s: RunSummary, lang: str) -> str:
    """The zone a site is in."""
    titles = {z.id: z.title(lang) for z in s.zones or ()}
    return titles.get(x.zone, x.zone) or "—"


def _sites(s: RunSummary, lang: str) -> Iterator[Block]:
    sites = sorted(s.sites or (), key=lambda x: (x.tech, x.rank))
    if not sites:
        return
    techs = len({x.tech for x in sites}) > 1
    rows = [
        [
            f"{tech_word(x.tech)(lang)} {x.rank}" if techs else str(x.rank),
            x.site_id,
            x.township or "—",
            zone_name(x, s, lang),
            x.substation or "—",
            number(None if x.route_length_m is None else x.route_length_m / 1e3),
            number(x.area_ha, 1),
            number(x.slope_mean_deg),
            number(x.capacity_mw),
        ]
        for x in sites[:MOST_SITES]
    ]
    heads = [
        say("geoplan.body.rank")(lang),
        say("geoplan.report.site")(lang),
        say("geoplan.report.township")(lang),
        say("geoplan.report.zone")(lang),
        say("geoplan.body.station")(lang),
        say("geoplan.body.station_km")(lang),
        "ha",
        say("geoplan.body.slope")(lang),
        "MW",
    ]
    title = say("geoplan.body.c_sites")(lang)
    numeric = frozenset({0, 5, 6, 7, 8})
    yield told_columns(Table("site_list", title, heads, rows, numeric, _SITE_WIDTHS))
    if more := len(sites) - len(rows):
        yield Paragraph(say("geoplan.body.sites_more", n=more, sites="{sites}")(lang))
    yield Paragraph(say("geoplan.body.sites_elsewhere")(lang), "note")


def where_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """Land by state, map, zones, sites, and what takes the land."""
    if not s.screening and not s.sites:
        return
    yield Heading(1, say("geoplan.body.h_where")(lang))
    yield from _land(s, lang)
    path = figure_path(run, "county", lang)
    if path.exists():
        title = say("geoplan.body.c_county_map")(lang)
        yield Figure("county_map", title, path, title, _MAP_FRAC)
    yield from _zones(s, lang)
    yield from _sites(s, lang)
    if s.screening and "pv" in s.screening:
        for block in figure_blocks(run, "waterfall_pv", lang, width_frac=_WATERFALL_FRAC):
            yield Figure(
                "body_waterfall", block.caption, block.path, block.alt, block.width_frac
            )
            yield Paragraph(say("geoplan.body.note_waterfall", land="{land}")(lang), "note")
