"""A finding in words: places, what it blocks, what to do; the same on screen and page."""

from __future__ import annotations

from collections.abc import Iterator

from geoplan.glossary import labelled
from gis.say import Lang, Sentence, in_lang, listed, say, sentences
from layers.doctor.finding import Blocks, DataFinding, Severity, Spot, limits

__all__ = [
    "blocks_words",
    "finding_lines",
    "places_words",
    "rest_words",
    "severity_word",
    "step_word",
]

_RULES = 8  # ids named in a sentence


def severity_word(severity: Severity) -> Sentence:
    """Error, warning or note."""
    return say(f"geoplan.doctor.{severity}")


def step_word(step: str) -> Sentence:
    """A step of a run as progress shows it.

    Examples
    --------
    >>> step_word("rooftop")("zh")
    '屋顶光伏'
    """
    own = f"geoplan.cli.step_{step}"
    return say(own if own in sentences("geoplan") else f"geoplan.doctor.step_{step}")


def blocks_words(blocks: Blocks) -> Sentence | None:
    """What a finding blocks; None for nothing."""
    parts = []
    if blocks.steps:
        steps = listed(step_word(s) for s in blocks.steps)
        parts.append(say("geoplan.doctor.blocks_steps", steps=steps))
    if blocks.rules:
        ids = [*blocks.rules[:_RULES], *(["..."] if len(blocks.rules) > _RULES else [])]
        parts.append(say("geoplan.doctor.blocks_rules", n=len(blocks.rules), ids=listed(ids)))
    if blocks.area_km2 == blocks.area_km2 and parts:
        parts.append(say("geoplan.doctor.blocks_area", km2=blocks.area_km2))
    if not parts:
        return None
    out, *rest = parts
    for part in rest:
        out = say("geoplan.doctor.and_then", first=out, second=part)
    return out


def _spot(spot: Spot) -> str:
    at = spot.shape.representative_point() if spot.shape is not None else None
    place = "" if at is None else f" ({at.x:.1f}, {at.y:.1f})"
    return f"{spot.feature}{place}"


def places_words(finding: DataFinding, lang: Lang, most: int) -> str:
    """The first places of a finding, and how many there are; empty without any."""
    if not finding.spots:
        return ""
    shown = listed(_spot(s) for s in finding.spots[:most])
    key = "places" if len(finding.spots) <= most else "places_of"
    return say(f"geoplan.doctor.{key}", places=shown, n=len(finding.spots))(lang)


def rest_words(total: int, shown: int, layer_file: str) -> Sentence:
    """That a list was cut, how many places there are and where they are."""
    most = int(limits("shown")["layer"])
    key = "capped" if total <= most else "capped_too"
    values = {"n": total - shown, "total": total, "file": layer_file}
    if total > most:
        values["most"] = most
    return say(f"geoplan.doctor.{key}", **values)


def finding_lines(finding: DataFinding, number: int, lang: Lang) -> Iterator[str]:
    """A finding on the screen."""
    head = labelled(severity_word(finding.severity), finding.text(lang))
    yield f"  {number}. {head(lang)}"
    most = int(limits("shown")["terminal"])
    if places := places_words(finding, lang, most):
        yield f"       {labelled(say('geoplan.doctor.where'), places)(lang)}"
    if (blocks := blocks_words(finding.blocks)) is not None:
        yield f"       {labelled(say('geoplan.doctor.blocks'), blocks)(lang)}"
    todo = str(in_lang(finding.todo, lang))
    if todo and todo not in finding.text(lang):
        yield f"       {labelled(say('geoplan.doctor.todo'), todo)(lang)}"
