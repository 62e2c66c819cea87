"""A finished run in a few lines, for the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from carbon_sink.monitor.outcome import MonitorSummary
from carbon_sink.pool_outcome import PoolsSummary
from carbon_sink.stand.outcome import StandSummary
from carbon_sink.summary import CarbonSummary
from geoplan.answers.capacity_lines import capacity_statement, grid_lines
from geoplan.answers.facility_part import facility_lines
from geoplan.answers.target_table import answer_lines
from geoplan.glossary import labelled, state_word, tech_word, told_states
from geoplan.judged_words import judged_statement, next_layer_lines
from geoplan.law_words import law_ahead_lines, law_statement, look_up_lines
from geoplan.lender.energy_lines import pv_lines
from geoplan.lender.money_lines import money_lines
from geoplan.lender.wind_lines import greenfield_lines, wind_lines
from geoplan.report.carbon.conclusion import carbon_sentences
from geoplan.report.carbon.stands import pools_sentence, stand_sentences
from geoplan.report.carbon.survey import survey_words
from geoplan.summary import RunSummary
from gis.say import listed, say
from layers.plan.model import Plan
from siting.check.told import layers_of_rules
from siting.screen.screening import rules_of
from siting.sites.step_sites import refused_words

__all__ = ["site_warning_lines", "summary_lines", "warning_line", "warning_lines"]

_READ_IN = ("report.html", "summary.json")  # where all warnings of a run stand
_OF_LAYERS = ("", "screen")  # what later steps say of a layer is of their own results
_BEHIND_SITES = ("connection",)  # steps that speak of sites and name but the first of them


class Told(Protocol):
    """A warning of a step, or of its record."""

    @property
    def text(self) -> Callable[[str], str]:
        """The sentence."""

    @property
    def plan_key(self) -> str:
        """Key of the plan that settles it; empty where none does."""


def warning_line(told: Told, lang: str) -> str:
    """A warning for whoever writes the plan: the sentence, and the key that settles it."""
    text = told.text(lang)
    if not told.plan_key:
        return text
    return say("geoplan.cli.with_plan_key", text=text, plan_key=told.plan_key)(lang)


def warning_lines(told: Sequence[Told], lang: str) -> Iterator[str]:
    """How many things there are to know of the data, and each of them."""
    if told:
        yield say("geoplan.cli.warnings", n=len(told))(lang)
        yield from (f"  ! {warning_line(w, lang)}" for w in told)


def site_warning_lines(
    plan: Plan, summary: RunSummary, folder: Path, site: str, lang: str
) -> Iterator[str]:
    """What is to be known of one site, and how much of the county is to be read elsewhere.

    Boundary, layers its rules look at, law of its use, its connection, and what names it.

    Parameters
    ----------
    plan : Plan
        The plan that was run.
    summary : RunSummary
    folder : Path
        The run folder.
    site : str
        Id of a site of the run.
    lang : {"zh", "en"}
    """
    tech = next((s.tech for s in summary.sites or () if s.site_id == site), "")
    layers = layers_of_rules(rules_of(plan, tech)[0]) if tech else ()
    named = re.compile(rf"(?<![\w-]){re.escape(site)}(?![\w-])")
    whole = ("[area", "[layers]", *(f"[layers.{x}]" for x in layers))
    own = [
        w
        for w in summary.warnings
        if (w.step in _OF_LAYERS and (w.where in layers or any(x in w.where for x in whole)))
        or (w.step == "screen" and w.where.split()[-1:] == [tech])
        or w.step in _BEHIND_SITES
        or named.search(f"{w.where} {w.text.zh}")
    ]
    yield from warning_lines(own, lang)
    others = len(summary.warnings) - len(own)
    if others:
        file = next((n for n in _READ_IN if (folder / n).is_file()), _READ_IN[-1])
        yield say("geoplan.cli.other_warnings", n=others, file=str(folder / file))(lang)


def summary_lines(summary: RunSummary, folder: Path, lang: str) -> Iterator[str]:
    """Lines that say what came out and where the files are.

    Parameters
    ----------
    summary : mapping
        Content of ``summary.json``.
    folder : Path
        The run folder.
    lang : str
        ``"zh"`` or ``"en"``.
    """
    yield ""
    yield f"== {summary.plan.title(lang)} =="
    if summary.plan.synthetic:
        yield f"!! {say('geoplan.cli.synthetic')(lang)}"
    county = summary.county
    if county:
        area = f"{county.area_km2:,.1f} km²"
        yield labelled(say("geoplan.cli.county_area"), area)(lang)
    for tech, part in (summary.screening or {}).items():
        areas = part.area_ha
        shown = " · ".join(
            f"{state_word(s, tech)(lang)} {areas[s] / 100:,.1f} km²" for s in told_states(areas)
        )
        yield labelled(tech_word(tech), shown)(lang)
        if part.provisional:
            yield "  " + say("geoplan.common.provisional", n=part.not_judged, m=part.of)(lang)
        if part.judged is not None and part.judged.n < part.judged.of:
            yield "  " + judged_statement(tech, part.judged)(lang)
        if layers := next_layer_lines(part.judged):
            yield "  " + say("geoplan.common.next_layers")(lang)
            yield from (f"    {i}. {line(lang)}" for i, line in enumerate(layers, 1))
        for key, ids in (
            ("not_in_force_here_rules", part.not_in_force_here_rules),
            ("area_unknown_rules", part.area_unknown_rules),
            ("other_project_rules", part.other_project_rules),
            ("other_part_rules", part.other_part_rules),
        ):
            if ids:
                yield "  " + say(f"siting.rules.{key}", n=len(ids), ids=listed(ids))(lang)
        yield "  " + law_statement(tech, part.law)(lang)
        first = look_up_lines(part.law)
        if first:
            yield "  " + say("geoplan.common.law_first")(lang)
        yield from (f"    {i}. {line(lang)}" for i, line in enumerate(first, 1))
        yield from (f"  ! {line(lang)}" for line in law_ahead_lines(tech, part.law))
    sites = summary.sites
    if sites is not None:
        words = capacity_statement(summary)
        # only the area of PV sites says how much fits
        kind = "sites_counted" if words is None else "sites_found"
        yield say(f"geoplan.cli.{kind}", n=len(sites), words=words)(lang)
        late = [s for s in sites if s.provisional]
        if late:
            late_mw = sum(s.capacity_mw or 0 for s in late)
            yield "  " + say("geoplan.cli.sites_provisional", n=len(late), mw=late_mw)(lang)
        yield from ("  " + refused_words(x)(lang) for x in summary.sites_refused)
    yield from ("  " + line(lang) for line in grid_lines(summary))
    yield from facility_lines(summary.facilities or (), lang)
    yield from pv_lines(summary.pv, lang)
    yield from wind_lines(summary.wind, lang)
    yield from greenfield_lines(summary.greenfield, lang)
    yield from money_lines(summary.money, lang)
    if isinstance(summary.carbon, CarbonSummary):
        yield from (words(lang) for words in carbon_sentences(summary.carbon, folder))
    if isinstance(summary.stand, StandSummary):
        yield from (line(lang) for line in stand_sentences(summary.stand))
    if isinstance(summary.pools, PoolsSummary):
        yield pools_sentence(summary.pools)(lang)
    if summary.survey is not None:
        yield from (words(lang) for words in survey_words(summary.survey))
    if isinstance(summary.monitor, MonitorSummary):
        yield from (state.text(lang) for state in summary.monitor.targets)
    if summary.targets:
        yield from answer_lines(summary.targets, lang, short=True)
    yield from warning_lines(summary.warnings, lang)
    yield ""
    for key, name in (
        ("result_map", "map.html"),
        ("result_report", "report.html"),
        ("result_gpkg", "results.gpkg"),
        ("result_tables", "tables.xlsx"),
    ):
        if (folder / name).exists():
            yield labelled(say(f"geoplan.cli.{key}"), folder / name)(lang)
    yield labelled(say("geoplan.cli.result_folder"), folder)(lang)
