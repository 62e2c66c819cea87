"""What the answer rests on: law, data and method, in a page or two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from geoplan.glossary import tech_word
from geoplan.law_words import law_ahead_lines, look_up_lines
from geoplan.report.body.conclusion import BUILT, HA_KM2
from geoplan.report.document import Block, Heading, Items, Paragraph, Table
from geoplan.report.frames import number
from geoplan.report.law_part import judged_first
from geoplan.summary import RunSummary
from gis.say import listed, say
from layers.plan.model import Plan
from siting.screen.section import ScreeningSection
from siting.screen.summary import LawSummary

__all__ = ["basis_blocks", "rests_on"]

_NAMED = 12  # layers named in a row
_LEAST_KM2 = 0.05  # less is printed as 0.0


def rests_on(law: LawSummary, lang: str) -> str:
    """Texts, defaults and practice that land rests on, those of most land first."""
    told = (x for x in law.look_ups if x.moves_ha / HA_KM2 >= _LEAST_KM2)
    moving = sorted(told, key=lambda x: -x.moves_ha)
    if not moving:
        return "—"
    lines = [
        say(
            f"geoplan.body.{'law_rests_one' if x.law else 'law_rests_default'}",
            name=x.name,
            rules=listed(x.rules),
            km2=x.moves_ha / HA_KM2,
        )
        for x in moving
    ]
    return listed(lines)(lang)


def _law(plan: Plan, s: RunSummary, lang: str) -> Iterator[Block]:
    parts = s.screening or {}
    if not parts:
        return
    yield Heading(2, say("geoplan.body.h_law")(lang))
    day = str(next(iter(parts.values())).law.as_of)
    first = say("geoplan.body.rules_elsewhere", first=f"{{rules_{next(iter(parts))}}}")
    yield Paragraph(say("geoplan.body.law_day", day=day)(lang))
    yield Paragraph(first(lang), "note")
    rows = [
        [
            tech_word(tech)(lang),
            say("geoplan.body.law_of", n=part.of - part.not_judged, of=part.of)(lang),
            number(part.law.unsettled_ha / HA_KM2),
            rests_on(part.law, lang),
        ]
        for tech, part in parts.items()
    ]
    names = ("law_rules", "law_open_land", "law_rests_on")
    heads = [
        say("geoplan.report.technology")(lang),
        *(say(f"geoplan.body.{k}")(lang) for k in names),
    ]
    title = say("geoplan.body.c_law")(lang)
    yield Table("law", title, heads, rows, frozenset({2}), (1.4, 1.1, 1.8, 7))
    for tech, part in parts.items():
        if tech in BUILT:
            if lines := look_up_lines(part.law):
                yield Paragraph(say("geoplan.body.law_first", tech=tech_word(tech))(lang))
                yield Items([line(lang) for line in lines[:2]])
            yield from (Paragraph(x(lang)) for x in law_ahead_lines(tech, part.law))
    if changed := plan.section(ScreeningSection).overrides:
        yield Paragraph(say("geoplan.body.overrides", n=len(changed))(lang))


def _data(plan: Plan, lang: str) -> Iterator[Block]:
    from layers.catalogue import layer
    from layers.open.plan_layers import layer_state

    yield Heading(2, say("geoplan.body.h_data")(lang))
    by_state: dict[str, list[str]] = {}
    for key in sorted(plan.layers):
        by_state.setdefault(layer_state(plan, key), []).append(layer(key).title(lang))
    rows = []
    for state, titles in by_state.items():
        more = ["…"] if len(titles) > _NAMED else []
        named = listed([*titles[:_NAMED], *more])(lang)
        rows.append([say(f"geoplan.cli.{state}")(lang), str(len(titles)), named])
    names = ("data_state", "data_n", "data_names")
    heads = [say(f"geoplan.body.{k}")(lang) for k in names]
    title = say("geoplan.body.c_data_plain")(lang)
    yield Table("data_states", title, heads, rows, frozenset({1}), (2, 1, 8))
    yield Paragraph(say("geoplan.body.data_elsewhere", data="{data}")(lang), "note")


def basis_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """Law of the day, data by state, and how the figures were had."""
    yield Heading(1, say("geoplan.body.h_basis")(lang))
    yield from _law(plan, s, lang)
    yield from _data(plan, lang)
    yield from (b for b in judged_first(s, lang) if not _banner(b))
    yield Heading(2, say("geoplan.body.h_method")(lang))
    ways = {
        "screen": s.screening,
        "area": s.county,
        "yield": s.pv or s.wind or s.rooftop,
        "carbon": s.carbon or s.pools,
    }
    for key in (k for k, part in ways.items() if part is not None):
        yield Paragraph(say(f"geoplan.report.method_{key}")(lang))
    if s.facilities and s.screening is None:  # beside sites their chapter says it
        yield Paragraph(say("geoplan.report.note_facilities")(lang))


def _banner(block: Block) -> bool:
    """Whether the conclusion says it already."""
    return isinstance(block, Paragraph) and block.kind == "banner"
