"""What the report of a run says: its blocks, from ``summary.json`` and the run's tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geoplan.answers.capacity_lines import capacity_in
from geoplan.glossary import kind_word, labelled, state_word, tech_word
from geoplan.law_words import law_ahead_lines, law_headline, law_statement, look_up_lines
from geoplan.report.document import (
    Block,
    Document,
    Heading,
    Items,
    PageBreak,
    Paragraph,
    Table,
)
from geoplan.report.figures import figure_blocks
from geoplan.report.frames import frame_table, known, number, with_unit
from geoplan.summary import RunSummary, WarningPart, read_run_summary
from gis.say import in_lang, listed, say
from layers.plan.model import Plan
from layers.result import optional_table
from layers.units import MU_PER_HA
from siting.rules.citation import cited
from siting.screen.screening import book_paths
from siting.screen.section import ScreeningSection
from siting.screen.summary import TechScreening
from siting.sites.step_sites import refused_words
from siting.sites.summary import SiteRow

if TYPE_CHECKING:
    pass

__all__ = ["provenance", "report_document", "site_facts", "warning_items"]

SITE_APPROVALS = ("rule_id", "title_", "area_ha", "share_frac", "citation")
STATES = ("left", "conditional", "provisional", "unknown", "taken")  # order of the table


def _told(part: TechScreening) -> tuple[str, ...]:
    """States a run tells apart."""
    return tuple(x for x in STATES if x in part.area_ha)


def overview(s: RunSummary, lang: str) -> Iterator[Block]:
    yield Heading(1, say("geoplan.report.h_overview")(lang))
    if s.plan.synthetic:
        yield Paragraph(say("geoplan.cli.synthetic")(lang), "banner")
    for tech, part in (s.screening or {}).items():
        if part.provisional:
            line = say("geoplan.common.provisional", n=part.not_judged, m=part.of)(lang)
            yield Paragraph(labelled(tech_word(tech), line)(lang), "banner")
        for key, ids in (
            ("not_in_force_here_rules", part.not_in_force_here_rules),
            ("area_unknown_rules", part.area_unknown_rules),
            ("other_project_rules", part.other_project_rules),
            ("other_part_rules", part.other_part_rules),
        ):
            if ids:
                line = say(f"siting.rules.{key}", n=len(ids), ids=listed(ids))
                yield Paragraph(labelled(tech_word(tech), line)(lang), "note")
    for tech, part in (s.screening or {}).items():
        if part.law.unsettled_ha > 0 or part.law.unknown_rules:
            yield Paragraph(law_headline(tech, part.law)(lang), "banner")
    rows = []
    if county := s.county:
        rows.append([say("geoplan.cli.county_area")(lang), number(county.area_km2, 2), "km²"])
    for tech, part in (s.screening or {}).items():
        for state in _told(part):
            words = (
                tech_word(tech)(lang),
                state_word(state, tech)(lang),
            )
            label = " · ".join(words)
            rows.append([label, number(part.area_ha[state] / 100, 2), "km²"])
    if (sites := s.sites) is not None:
        rows.append([say("geoplan.report.sites")(lang), str(len(sites)), ""])
        rows += _capacity_rows(s, lang)
        if late := [x for x in sites if x.provisional]:
            label = say("geoplan.report.sites_provisional_mw", n=len(late))(lang)
            rows.append([label, number(sum(x.capacity_mw or 0 for x in late), 0), "MW"])
    headers = [
        say("geoplan.report.quantity")(lang),
        say("geoplan.report.value")(lang),
        say("geoplan.report.unit")(lang),
    ]
    yield Table(
        "overview",
        say("geoplan.report.c_overview")(lang),
        headers,
        rows,
        frozenset({1}),
        (5, 2, 1),
    )


def _capacity_rows(s: RunSummary, lang: str) -> Iterator[list[str]]:
    """The three capacities, AC and DC."""
    found = capacity_in(s)
    if found is None:
        return
    for name in ("unconditional", "with_approvals", "with_grid"):
        for unit, word in (("mw", "MW AC"), ("mwp", "MWp DC")):
            value = getattr(found, f"{name}_{unit}")
            if value is None and (unit == "mwp" or name != "with_grid"):
                continue
            shown = say("siting.connection.grid_not_known")(lang)
            label = say(f"geoplan.report.capacity_{name}")(lang)
            yield [label, shown if value is None else number(value, 1), word]


def _law_first(s: RunSummary, lang: str) -> Iterator[Block]:
    """The law on page one: its day, the land that rests on open texts, what comes."""
    parts = s.screening or {}
    if not parts:
        return
    yield Heading(2, say("geoplan.report.h_law_first")(lang))
    for tech, part in parts.items():
        yield Paragraph(law_statement(tech, part.law)(lang))
        if first := look_up_lines(part.law):
            yield Paragraph(say("geoplan.common.law_first")(lang))
            yield Items([line(lang) for line in first])
        yield from (Paragraph(x(lang), "banner") for x in law_ahead_lines(tech, part.law))


def warning_items(told: Sequence[WarningPart], lang: str) -> Items:
    """What the reader must know, each with what it is about."""
    return Items(
        [
            say("geoplan.common.bracketed", text=w.text, more=cited(w.where, lang))(lang)
            if w.where
            else w.text(lang)
            for w in told
        ]
    )


def _data(s: RunSummary, plan: Plan, lang: str) -> Iterator[Block]:
    from layers.catalogue import layer
    from layers.open.plan_layers import layer_state

    yield Heading(1, say("geoplan.report.h_data")(lang))
    rows = []
    for key, source in sorted(plan.layers.items()):
        state = layer_state(plan, key)
        note = in_lang(source.assumed_absent or source.required_from_user, lang)
        if source.synthetic or plan.plan.synthetic:
            note = note or say("geoplan.report.synthetic_short")(lang)
        words = in_lang(source.attribution, lang)
        about = " · ".join(x for x in (source.source, source.licence, words) if x) or "—"
        rows.append(
            [
                layer(key).title(lang),
                say("geoplan.cli." + state)(lang),
                source.date or "—",
                about,
                note,
            ]
        )
    headers = [
        say("geoplan.report.layer")(lang),
        say("geoplan.cli.state")(lang),
        say("geoplan.report.date")(lang),
        say("geoplan.report.source")(lang),
        say("geoplan.cli.note")(lang),
    ]
    yield Table(
        "data", say("geoplan.report.c_data")(lang), headers, rows, widths=(3, 1.6, 1.6, 4, 3)
    )
    yield Heading(2, say("geoplan.report.warnings")(lang))
    if s.warnings:
        yield warning_items(s.warnings, lang)
    else:
        yield Paragraph(say("geoplan.report.none")(lang))


def _law(plan: Plan, lang: str) -> Iterator[Block]:
    from siting.rules import overrides_table

    section = plan.section(ScreeningSection)
    if section.overrides:
        frame = overrides_table(section.overrides, lang, books=book_paths(plan))
        rows = [[str(v) for v in row] for row in frame.itertuples(index=False)]
        yield Heading(2, say("geoplan.report.h_overrides")(lang))
        yield Table(
            "overrides",
            say("geoplan.report.c_overrides")(lang),
            list(map(str, frame.columns)),
            rows,
        )


def _rules(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
    yield Heading(1, say("geoplan.report.h_rules")(lang))
    mark = say("layers.words.mark.legal_review")
    yield Paragraph(say("geoplan.report.rules_note", mark=mark)(lang))
    for tech, part in (s.screening or {}).items():
        yield Heading(2, tech_word(tech)(lang))
        total = sum(part.area_ha.values())
        rows = [
            [
                state_word(k, tech)(lang),
                number(part.area_ha[k], 2),
                number(part.area_ha[k] * MU_PER_HA, 1),
                number(100 * part.area_ha[k] / total if total else None, 2),
            ]
            for k in _told(part)
        ]
        rows.append(
            [
                say("geoplan.report.total")(lang),
                number(total, 2),
                number(total * MU_PER_HA, 1),
                number(100.0, 2),
            ]
        )
        headers = [say("geoplan.cli.state")(lang), "ha", say("geoplan.report.mu")(lang), "%"]
        yield Table(
            f"state_{tech}",
            say("geoplan.report.c_state")(lang),
            headers,
            rows,
            frozenset({1, 2, 3}),
            (3, 2, 2, 1),
            True,
        )
        yield from figure_blocks(run, f"waterfall_{tech}", lang)
        yield from _rule_table(part, tech, lang)


def _rule_table(part: TechScreening, tech: str, lang: str) -> Iterator[Block]:
    rows = []
    waiting = []
    for r in part.rules:
        title = r.title(lang)
        if r.needs_review:
            mark = say("layers.words.mark.legal_review")
            title += say("siting.check.explain.review", mark=mark)(lang)
        law = f"{cited(r.citation, lang)}「{cited(r.quote, lang)}」{r.law.words(lang)}"
        if r.judged or r.state == "incomplete":  # what it hits is hit
            rows.append(
                [
                    r.rule_id,
                    title,
                    kind_word(r.kind)(lang),
                    law,
                    number(r.gross_ha),
                    number(r.exclusive_ha),
                ]
            )
        if not r.judged:
            waiting.append(
                [
                    r.rule_id,
                    title,
                    kind_word(r.kind)(lang),
                    str(r.reason),
                ]
            )
    head = [
        say("geoplan.report.id")(lang),
        say("geoplan.report.rule")(lang),
        say("geoplan.report.kind")(lang),
    ]
    yield Table(
        f"rules_{tech}",
        say("geoplan.report.c_rules")(lang),
        [
            *head,
            say("geoplan.report.article")(lang),
            say("geoplan.report.gross")(lang),
            say("geoplan.report.exclusive")(lang),
        ],
        rows,
        frozenset({4, 5}),
        (1.3, 2.5, 1.6, 4.8, 1.4, 1.4),
    )
    if waiting:
        yield Table(
            f"waiting_{tech}",
            say("geoplan.report.c_waiting")(lang),
            [*head, say("geoplan.report.reason")(lang)],
            waiting,
            widths=(1.2, 4, 1.6, 4),
        )


def _sites(s: RunSummary, run: Path, lang: str) -> Iterator[Block]:
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
    rows = [
        [
            x.site_id,
            tech_word(x.tech)(lang),
            zone_cell(x),
            number(x.area_ha, 2),
            number(x.area_mu, 1),
            number(x.capacity_mw, 1),
            _judged_cell(x, lang),
        ]
        for x in sites
    ]
    yield Table(
        "sites",
        say("geoplan.report.c_sites")(lang),
        headers,
        rows,
        frozenset({3, 4, 5}),
        (2, 1, 2, 2, 2, 2, 2),
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
    for x in sites:
        key = x.site_id.lower().replace("-", "_")
        yield PageBreak()
        yield Heading(3, say("geoplan.report.c_site", site=x.site_id)(lang))
        yield from figure_blocks(run, f"site_{x.site_id}", lang)
        yield site_facts(x, yields.get(x.site_id), key, lang)
        for name, table, columns in (
            (
                "approvals",
                approvals,
                ("rule_id", "title_", "area_ha", "share_frac", "citation"),
            ),
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


def _judged_cell(x: SiteRow, lang: str) -> str:
    """Judged share of a site's hard rules, with the state of its land where provisional."""
    if x.judged_hard_frac is None:
        return "—"
    share = f"{100 * x.judged_hard_frac:.0f} %"
    return f"{share} · {state_word('provisional')(lang)}" if x.provisional else share


def zone_cell(x: SiteRow) -> str:
    """Zone that holds the site, with its share; in brackets where it only reaches into one."""
    if not x.zone_most:
        return "—"
    share = f"{x.zone_most} {100 * (x.zone_frac or 0.0):.1f} %"
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
        ids = listed(x.rules_not_judged.split(";"))
        rows.append([say("geoplan.report.rules_not_judged")(lang), ids(lang)])
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


def provenance(s: RunSummary, lang: str) -> Iterator[Block]:
    """Inputs, rule books and versions a run rests on."""
    prov = s.provenance
    yield Heading(1, say("geoplan.report.h_provenance")(lang))
    yield Paragraph(
        say("geoplan.report.provenance_note", run=s.run.id, version=s.run.geoplan)(lang)
    )
    rows = [[k, v] for k, v in prov.inputs.items()]
    yield Table(
        "inputs",
        say("geoplan.report.c_inputs")(lang),
        [say("geoplan.report.input")(lang), "SHA-256"],
        rows,
        widths=(2, 4),
    )
    rows = [[k, str(v)] for k, v in prov.rule_books.items()]
    yield Table(
        "books",
        say("geoplan.report.c_books")(lang),
        [say("geoplan.report.rule_book")(lang), say("geoplan.report.version")(lang)],
        rows,
        widths=(3, 2),
    )
    rows = [[k, v] for k, v in prov.versions.items()]
    yield Table(
        "versions",
        say("geoplan.report.c_versions")(lang),
        [say("geoplan.report.package")(lang), say("geoplan.report.version")(lang)],
        rows,
    )


def report_document(plan: Plan, run: Path, lang: str) -> Document:
    """The report of the finished run at `run`.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    run : Path
        Run folder with ``summary.json`` and ``steps/``.
    lang : str
        ``"zh"`` or ``"en"``.

    Returns
    -------
    Document
        Every number in it comes from the run, none is typed.
    """
    from geoplan.answers.connection_part import connection_annex, connection_blocks
    from geoplan.answers.target_part import target_blocks
    from geoplan.answers.zone_part import zone_blocks
    from geoplan.register.packed import signoff_blocks
    from geoplan.report.carbon.annex import carbon_annex
    from geoplan.report.carbon.chapter import carbon_blocks
    from geoplan.report.energy_part import energy_blocks
    from geoplan.report.law_part import judged_blocks, judged_first, law_blocks

    s = read_run_summary(run)
    blocks: list[Block] = [
        *overview(s, lang),
        *judged_first(s, lang),
        *_law_first(s, lang),
        Heading(1, say("geoplan.report.h_method")(lang)),
        *(
            Paragraph(say(f"geoplan.report.method_{k}")(lang))
            for k in ("screen", "area", "yield", "carbon")
        ),
        *_data(s, plan, lang),
        *_rules(s, run, lang),
        *_law(plan, lang),
        *judged_blocks(s, lang),
        *law_blocks(s, lang),
        *_sites(s, run, lang),
        *signoff_blocks(plan, run, lang),
        *zone_blocks(s, run, lang),
        *connection_blocks(s, run, lang),
        *energy_blocks(s, run, lang),
        *carbon_blocks(s, run, lang),
        *target_blocks(s, run, lang),
        *carbon_annex(s, run, lang),
        *connection_annex(s, run, lang),
        *provenance(s, lang),
    ]
    run_id = f"{say('geoplan.report.run_id')(lang)} {s.run.id}"
    return Document(
        title=f"{s.plan.title(lang)} {say('geoplan.report.title')(lang)}",
        subtitle=f"{run_id} · {s.run.finished[:10]}",
        lang=lang,
        footer=f"{say('geoplan.report.internal')(lang)} · {run_id}",
        blocks=blocks,
    )
