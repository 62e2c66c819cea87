"""Sites in the annex, one by one: map, facts, approvals, land classes, other plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from geoplan.glossary import state_word, tech_word
from geoplan.report.document import Block, Heading, Paragraph, Table, paired
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, known, number, with_unit
from geoplan.summary import RunSummary
from gis.say import say
from layers.result import optional_table
from siting.sites.step_sites import refused_words
from siting.sites.summary import SiteRow

__all__ = ["judged_cell", "site_blocks", "site_facts", "sites_shown", "zone_cell"]

_APPROVALS = ("rule_id", "title_", "area_ha", "share_frac", "citation")
_SHEETS = 10  # sites shown one by one; the tables of all are in the workbook
_MAP_FRAC = 0.5  # of the line: map and facts of a site stand on one page


def site_blocks(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    """The table of sites, then each with map, facts and what stands against it.

    None of a run that looked for no sites.
    """
    if s.sites is None and not s.sites_refused:
        return
    sites = s.sites or ()
    yield Heading(1, say("geoplan.report.h_sites")(lang))
    for one in s.sites_refused:
        yield Paragraph(refused_words(one)(lang), "banner")
    if late := [x for x in sites if x.provisional]:
        mw = sum(x.capacity_mw or 0 for x in late)
        line = say("geoplan.cli.sites_provisional", n=len(late), mw=mw)(lang)
        yield Paragraph(line, "banner")
    if not sites:
        yield Paragraph(say("geoplan.report.no_sites")(lang))
        return
    headers = [
        say("geoplan.report.site")(lang),
        say("geoplan.report.technology")(lang),
        say("geoplan.report.zone")(lang),
        "ha",
        say("geoplan.report.mu")(lang),
        "MW",
        say("geoplan.report.judged_hard")(lang),
    ]
    zones = {z.id: z.title(lang) for z in s.zones or ()}
    rows = [
        [
            x.site_id,
            tech_word(x.tech)(lang),
            zone_cell(x, zones),
            number(x.area_ha, 2),
            number(x.area_mu, 1),
            number(x.capacity_mw, 1),
            judged_cell(x, lang),
        ]
        for x in sites
    ]
    yield Table(
        "sites",
        say("geoplan.report.c_sites")(lang),
        headers,
        rows,
        frozenset({3, 4, 5}),
        (1.5, 1, 4, 1.6, 1.6, 1.4, 2.2),
    )
    yields: dict[Any, Mapping[Any, Any]] = {
        r["site_id"]: r
        for name in ("pv_sites", "wind_sites")
        if (table := optional_table(run, name)) is not None
        for r in table.to_dict("records")
    }
    approvals = optional_table(run, "sites_approvals")
    classes = optional_table(run, "sites_dlbm")
    overlaps = optional_table(run, "sites_overlaps")
    shown = sites_shown(sites)
    if len(shown) < len(sites):
        line = say("geoplan.report.sites_not_all", n=len(shown), m=len(sites))
        yield Paragraph(line(lang), "note")
    for x in shown:
        key = x.site_id.lower().replace("-", "_")
        yield Heading(3, say("geoplan.report.c_site", site=x.site_id)(lang))
        yield from figure_blocks(run, f"site_{x.site_id}", lang, width_frac=_MAP_FRAC)
        yield paired(site_facts(x, yields.get(x.site_id), key, lang))
        for name, table, columns in (
            ("approvals", approvals, _APPROVALS),
            ("classes", classes, ("dlbm", "dlmc", "area_ha", "area_mu")),
            ("overlaps", overlaps, ("layer_", "name", "area_ha")),
        ):
            if table is None:
                continue
            own = table[table["site_id"] == x.site_id]
            if len(own):
                yield frame_table(
                    f"{name}_{key}",
                    say(f"geoplan.report.c_{name}")(lang),
                    own,
                    columns,
                    lang,
                    digits=2,
                )


def sites_shown(sites: Sequence[SiteRow]) -> list[SiteRow]:
    """Sites the annex shows one by one: the best of all, in the order of the table."""
    by_rank = sorted(sites, key=lambda x: (x.rank, x.tech))
    chosen = {x.site_id for x in by_rank[:_SHEETS]}
    return [x for x in sites if x.site_id in chosen]


def judged_cell(x: SiteRow, lang: str) -> str:
    """Judged share of a site's hard rules, with the state of its land where provisional."""
    if x.judged_hard_frac is None:
        return "—"
    share = f"{100 * x.judged_hard_frac:.0f} %"
    return f"{share} · {state_word('provisional')(lang)}" if x.provisional else share


def zone_cell(x: SiteRow, zones: Mapping[str, str]) -> str:
    """Zone that holds the site, with its share; in brackets where it only reaches into one."""
    if not x.zone_most:
        return "—"
    share = f"{zones.get(x.zone_most, x.zone_most)} {100 * (x.zone_frac or 0.0):.1f} %"
    return share if x.zone else f"— ({share})"


def site_facts(x: SiteRow, y: Mapping[Any, Any] | None, key: str, lang: str) -> Table:
    """What a site is, with its yield where a row of it is given."""
    mu = say("geoplan.report.mu")(lang)
    area = f"{number(x.area_ha, 4)} ha = {number(x.area_mu, 2)} {mu}"
    both = (x.slope_mean_deg, x.slope_p95_deg)
    slope = " / ".join(f"{number(v)}°" if known(v) else "—" for v in both)
    rows = [
        [
            say("geoplan.report.position")(lang),
            f"{number(x.lon, 5)} E, {number(x.lat, 5)} N",
        ],
        [say("geoplan.report.township")(lang), str(x.township or "—")],
        [say("geoplan.report.area")(lang), area],
        [say("geoplan.report.capacity")(lang), with_unit(x.capacity_mw, 1, "MW")],
        [say("geoplan.report.slope")(lang), slope],
        [say("geoplan.report.ghi")(lang), with_unit(x.ghi_kwh_m2, 0, "kWh/m²")],
    ]
    if x.judged_frac is not None and x.judged_of:
        rows.append(
            [
                say("geoplan.report.judged_share")(lang),
                say(
                    "geoplan.report.judged_of_site",
                    share_pct=100 * x.judged_frac,
                    hard_pct=100 * (x.judged_hard_frac or 0.0),
                    n=x.judged_n or 0,
                    m=x.judged_of,
                )(lang),
            ]
        )
    if x.rules_not_judged:
        n = len(x.rules_not_judged.split(";"))
        words = say("geoplan.report.rules_open", n=n)
        rows.append([say("geoplan.report.rules_not_judged")(lang), words(lang)])
    if x.substation:
        line = f"{x.substation}, {with_unit(x.substation_distance_m, 0, 'm')}"
        rows.append([say("geoplan.report.substation")(lang), line])
        rows.append([say("geoplan.report.route")(lang), with_unit(x.route_length_m, 0, "m")])
    if y is not None:
        rows += [
            ["P50", f"{number(y['p50_mwh_yr'], 0)} MWh/a"],
            ["P90", f"{number(y['p90_mwh_yr'], 0)} MWh/a"],
            [
                say("geoplan.report.full_load_hours")(lang),
                f"{number(y.get('full_load_hours_h'), 0)} h/a",
            ],
        ]
    headers = [say("geoplan.report.quantity")(lang), say("geoplan.report.value")(lang)]
    caption = say("geoplan.report.c_site", site=x.site_id)(lang)
    return Table(f"site_{key}", caption, headers, rows, widths=(1, 3))
