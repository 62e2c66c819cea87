"""What the doctor found, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from geoplan.glossary import labelled, tech_word
from gis.say import in_lang, listed, say

if TYPE_CHECKING:
    from geoplan.doctor import Diagnosis

__all__ = ["diagnosis_lines"]


def diagnosis_lines(found: Diagnosis, lang: str) -> Iterator[str]:
    """What `diagnose` found, for the terminal."""
    from geoplan.checkup.collect import by_severity
    from geoplan.checkup.words import finding_lines
    from layers.catalogue import layer as layer_of

    yield f"== {say('geoplan.cli.doctor_machine')(lang)} =="
    for key, value in found.machine.versions.items():
        yield f"  {key:<14} {value}"
    yield "  " + labelled(say("geoplan.cli.font"), found.machine.font)(lang)
    if found.machine.font_lacks != "-":
        yield "  " + labelled(say("geoplan.cli.font_lacks"), found.machine.font_lacks)(lang)
    yield f"== {say('geoplan.cli.doctor_layers')(lang)} =="
    for row in found.layers:
        count = "" if row.count is None else f"{row.count:,}"
        state = say(f"geoplan.cli.{row.state}")(lang)
        about = f"{row.title(lang)} {in_lang(row.note, lang)}"
        yield f"  {row.layer:<34} {state:<10} {count:>9}  {about}"
    yield f"== {say('geoplan.cli.doctor_rules')(lang)} =="
    for tech, part in found.rules.items():
        line = say("geoplan.common.provisional", n=part.not_judged, m=part.filters)
        yield "  " + labelled(tech_word(tech), line)(lang)
        for key, some in (
            ("not_in_force_here", part.not_in_force_here),
            ("area_unknown", part.area_unknown),
        ):
            if some:
                text = say(f"siting.rules.{key}_rules", n=len(some), ids=listed(some))
                yield f"    {text(lang)}"
        for layer, ids in sorted(part.wanted.items(), key=lambda kv: -len(kv[1])):
            yield f"    {layer:<34} {len(ids)}  {' '.join(ids[:8])}"
        for layer, ids in sorted(part.to_complete.items(), key=lambda kv: -len(kv[1])):
            name = say("siting.screen.to_complete", layer=layer_of(layer).title)
            yield f"    {layer:<34} {len(ids)}  {' '.join(ids[:8])}  {name(lang)}"
    groups = by_severity(found.findings)
    counts = {k: len(v) for k, v in groups.items()}
    yield f"== {say('geoplan.doctor.findings', **counts)(lang)} =="
    for number, finding in enumerate(found.findings, 1):
        yield from finding_lines(finding, number, lang)
    if not found.faults and not groups["error"]:
        yield say("geoplan.cli.doctor_ok")(lang)
    elif found.faults:
        yield say("geoplan.cli.doctor_faults", n=len(found.faults))(lang)
