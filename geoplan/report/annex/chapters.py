"""The annex of a report: what the body rests on, chapter by chapter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from geoplan.answers.capacity_lines import capacity_in, same_land_line
from geoplan.glossary import labelled, state_word, tech_word
from geoplan.law_words import law_headline
from geoplan.report.annex.rules import override_blocks, rule_blocks, told
from geoplan.report.annex.sites import site_blocks
from geoplan.report.document import Block, Heading, Items, Paragraph, Table
from geoplan.report.frames import number
from geoplan.summary import RunSummary, WarningPart
from gis.say import in_lang, listed, say
from layers.catalogue import layer as layer_of
from layers.catalogue import layer_ids
from layers.plan.model import Plan
from siting.rules.citation import cited

__all__ = [
    "annex_blocks",
    "data_blocks",
    "overview_blocks",
    "place_words",
    "provenance",
    "warning_items",
]

_ID = re.compile(r"[a-z0-9_]+")
_LAYER = re.compile(r"\[layers\.([a-z0-9_]+)")


def overview_blocks(s: RunSummary, lang: str) -> Iterator[Block]:
    """The main results in one table, below what restricts them; none where none is."""
    blocks = [*_restrictions(s, lang), *_results(s, lang)]
    if blocks:
        yield Heading(1, say("geoplan.report.h_overview")(lang))
        yield from blocks


def _restrictions(s: RunSummary, lang: str) -> Iterator[Block]:
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


def _results(s: RunSummary, lang: str) -> Iterator[Block]:
    rows = []
    if county := s.county:
        rows.append([say("geoplan.cli.county_area")(lang), number(county.area_km2, 2), "km²"])
    for tech, part in (s.screening or {}).items():
        for state in told(part):
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
    if not rows:
        return
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
    if same_land_line(found) is not None:
        yield [say("geoplan.report.same_land")(lang), number(found.shared_ha, 1), "ha"]


def place_words(where: str, lang: str) -> str:
    """What a warning is about in words: layers by their titles, files and sites as they are.

    Keys of the plan and names of steps are for whoever writes the plan; a reader of the report
    has the sentence.

    Examples
    --------
    >>> place_words("p.toml [layers.road]", "en"), place_words("nature_reserve, dem", "zh")
    ('roads', '自然保护区、数字高程模型')
    >>> place_words("S0012", "en"), place_words("mast.csv", "en")
    ('S0012', 'mast.csv')
    >>> place_words("[carbon] climate_zone", "en"), place_words("screening pv", "en")
    ('', '')
    >>> place_words("new_energy_2030", "en")
    ''
    """
    from geoplan.plan_file import SECTIONS
    from layers.catalogue import layer, layer_ids

    out = []
    for part in where.split(", "):
        named = _LAYER.search(part)
        of_layer = named.group(1) if named else part
        if of_layer in layer_ids():
            out.append(layer(of_layer).title(lang))
        elif _ID.fullmatch(part):
            continue  # of a target, a zone or a step, which the sentence calls by its name
        elif "[" not in part and re.split(r"[ .]", part)[0] not in {*SECTIONS, "carbon"}:
            out.append(cited(part, lang))
    return listed(dict.fromkeys(x for x in out if x))(lang)


def warning_items(told: Sequence[WarningPart], lang: str) -> Items:
    """What the reader must know, and what it is about where the sentence does not say it."""
    out = []
    for w in told:
        text, place = w.text(lang), place_words(w.where, lang)
        known = not place or place in text
        out.append(
            text if known else say("geoplan.common.bracketed", text=text, more=place)(lang)
        )
    return Items(out)


def data_blocks(s: RunSummary, plan: Plan, lang: str) -> Iterator[Block]:
    """The layers of the plan: state, source, licence, and what must be known of them."""
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


def _input_title(key: str, lang: str) -> str:
    """What an input is called: a layer by its title, with the number of its file.

    Examples
    --------
    >>> _input_title("layers.road", "en"), _input_title("plan", "en")
    ('roads', 'plan file')
    >>> _input_title("pv.weather.path", "zh")
    '规划文件 pv.weather 所指的文件'
    """
    room, _, name = key.partition(".")
    layer_id, _, file = name.partition(".")
    if key == "plan":
        return say("geoplan.report.plan_file")(lang)
    if room != "layers" or layer_id not in layer_ids():
        return say("geoplan.report.file_of", named=key.removesuffix(".path"))(lang)
    return f"{layer_of(layer_id).title(lang)} {file}".strip()


def provenance(s: RunSummary, lang: str) -> Iterator[Block]:
    """Inputs, rule books and versions a run rests on."""
    prov = s.provenance
    yield Heading(1, say("geoplan.report.h_provenance")(lang))
    yield Paragraph(
        say("geoplan.report.provenance_note", run=s.run.id, version=s.run.geoplan)(lang)
    )
    rows = [[_input_title(k, lang), v] for k, v in prov.inputs.items()]
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


def annex_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> list[Block]:
    """Blocks of the annex in the order of the body's chapters.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    s : RunSummary
        ``summary.json``.
    run : Path
        Run folder.
    lang : {"zh", "en"}
    """
    from geoplan.answers.connection_part import connection_annex, connection_blocks
    from geoplan.answers.facility_part import facility_blocks
    from geoplan.answers.target_part import target_blocks
    from geoplan.answers.zone_part import zone_blocks
    from geoplan.register.packed import signoff_blocks
    from geoplan.report.carbon.annex import carbon_annex
    from geoplan.report.carbon.chapter import carbon_blocks
    from geoplan.report.energy_part import energy_blocks
    from geoplan.report.law_part import judged_blocks, law_blocks

    return [
        *overview_blocks(s, lang),
        *rule_blocks(s, run, lang),
        *override_blocks(plan, lang),
        *judged_blocks(s, lang),
        *law_blocks(s, lang),
        *site_blocks(s, run, lang),
        *signoff_blocks(plan, run, lang),
        *zone_blocks(s, run, lang),
        *connection_blocks(s, run, lang),
        *connection_annex(s, run, lang),
        *facility_blocks(s, run, lang),
        *energy_blocks(s, run, lang),
        *carbon_blocks(s, run, lang),
        *carbon_annex(s, run, lang),
        *target_blocks(s, run, lang),
        *data_blocks(s, plan, lang),
        *provenance(s, lang),
    ]
