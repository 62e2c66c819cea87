"""Risks: every warning that bears on the answer; and the data that are still to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from geoplan.glossary import tech_word
from geoplan.judged_words import next_title
from geoplan.law_words import validity_word
from geoplan.report.body.conclusion import BUILT, HA_KM2
from geoplan.report.document import Block, Heading, Items, Paragraph, Table
from geoplan.report.frames import number
from geoplan.summary import RunSummary, WarningPart
from gis.say import listed, say
from gis.toml import read_toml
from layers.plan.model import Plan
from siting.rules.citation import cited
from siting.rules.words import step_word

__all__ = ["deciding", "open_blocks", "risk_blocks"]

_PARTS = {
    "": "land",
    "screen": "land",
    "sites": "land",
    "zones": "land",
    "pv": "energy",
    "wind": "energy",
    "connection": "energy",
    "repower": "energy",
    "rooftop": "energy",
    "money": "energy",
    "carbon": "carbon",
    "survey": "carbon",
    "stand": "carbon",
    "potential": "carbon",
}
_ORDER = ("land", "energy", "carbon", "other")
_LAYERS = 10
_DOCUMENTS = 10


def deciding(told: Sequence[WarningPart]) -> list[WarningPart]:
    """Warnings of the body: all whose code ``details.toml`` does not name.

    A code nobody judged stands in the body: what is new is never hidden.
    """
    details = frozenset(read_toml("geoplan.report.body", "details.toml")["codes"])
    return [w for w in told if w.code not in details]


def _lines(told: Sequence[WarningPart], lang: str) -> list[str]:
    """Warnings as lines; those that differ in their place alone as one."""
    same: dict[str, list[str]] = {}
    for w in told:
        same.setdefault(w.text(lang), []).append(w.where)
    return list(same)


def risk_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """Warnings that decide, by what they are about."""
    yield Heading(1, say("geoplan.body.h_risks")(lang))
    if not s.warnings:
        yield Paragraph(say("geoplan.body.no_risks")(lang))
        return
    kept = deciding(s.warnings)
    less = len(s.warnings) - len(kept)
    note = say("geoplan.body.note_risks" if less else "geoplan.body.note_risks_all", n=less)
    yield Paragraph(note(lang), "note")
    for part in _ORDER:
        own = [w for w in kept if _PARTS.get(w.step, "other") == part]
        if own:
            yield Heading(2, say(f"geoplan.body.risk_{part}")(lang))
            yield Items(_lines(own, lang))


def _layers(s: RunSummary, lang: str) -> Iterator[Block]:
    rows = []
    for tech, part in (s.screening or {}).items():
        if tech not in BUILT or part.judged is None:
            continue
        for x in part.judged.next_layers[:_LAYERS]:
            holder = x.holder(lang) if x.holder is not None else "—"
            shares = number(100 * x.frac, 0), number(x.lifted_ha / HA_KM2)
            rows.append(
                [tech_word(tech)(lang), next_title(x)(lang), holder, str(len(x.rules)), *shares]
            )
    if not rows:
        if s.screening is not None:
            yield Paragraph(say("geoplan.body.open_none")(lang))
        return
    heads = [
        say("geoplan.report.technology")(lang),
        say("geoplan.report.layer")(lang),
        *(
            say(f"geoplan.report.{k}")(lang)
            for k in ("next_holder", "next_rules", "next_share")
        ),
        say("geoplan.body.lifted_km2")(lang),
    ]
    yield Paragraph(say("geoplan.body.note_open")(lang))
    title = say("geoplan.body.c_open")(lang)
    yield Table(
        "open_layers", title, heads, rows, frozenset({3, 4, 5}), (1.6, 3, 3, 1, 1.3, 1.5)
    )


def _documents(s: RunSummary, lang: str) -> Iterator[Block]:
    # a document of several technologies is one row, what moves most first
    moved: dict[tuple[str, ...], list[tuple[float, str]]] = {}
    for tech, part in (s.screening or {}).items():
        for x in part.law.first:
            said = (
                cited(x.document, lang),
                step_word(x.source_step)(lang),
                validity_word(x)(lang),
            )
            moved.setdefault(said, []).append((x.moves_ha / HA_KM2, tech_word(tech)(lang)))
    rows = [
        [
            listed(tech for _, tech in own)(lang),
            *said,
            " / ".join(number(km2) for km2, _ in own),
        ]
        for said, own in sorted(
            ((said, sorted(own, reverse=True)) for said, own in moved.items()),
            key=lambda x: -x[1][0][0],
        )
    ]
    if not rows:
        yield Paragraph(say("geoplan.body.lookups_none")(lang))
        return
    heads = [
        say("geoplan.report.technology")(lang),
        *(say(f"geoplan.report.law_{k}")(lang) for k in ("document", "step", "validity")),
        say("geoplan.body.moves_km2")(lang),
    ]
    title = say("geoplan.body.c_lookups")(lang)
    shown = rows[:_DOCUMENTS]
    yield Table("look_ups", title, heads, shown, frozenset({4}), (1.7, 5, 1.6, 1.8, 1.6))


def open_blocks(plan: Plan, s: RunSummary, run: Path, lang: str) -> Iterator[Block]:  # noqa: ARG001
    """Layers to fetch, documents to look up, and what was not estimated."""
    from geoplan.answers.facility_part import waiting_line

    yield Heading(1, say("geoplan.body.h_open")(lang))
    waits = [a for a in s.facilities or () if a.waits_for]
    if waits:
        yield Items([waiting_line(a)(lang) for a in waits])
    yield from _layers(s, lang)
    yield from _documents(s, lang)
    missing = [
        say(f"geoplan.report.h_{name}")
        for name in ("pv", "wind", "repower", "rooftop", "money")
        if (part := getattr(s, name)) is not None and not part.estimated
    ]
    if missing:
        yield Paragraph(say("geoplan.body.not_done", list=listed(missing))(lang))
