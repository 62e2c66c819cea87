"""Faults, warnings and findings of a plan brought into one list, with places and effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from carbon_sink.asked.keys import key_findings
from carbon_sink.change.findings import change_findings
from carbon_sink.monitor.asked import monitor_findings
from carbon_sink.stand.findings import stand_findings
from geoplan.glossary import labelled, tech_word
from gis.errors import Fault
from gis.say import Lang, plan_key_of, say, sentences
from layers.catalogue import layer as layer_of
from layers.doctor.finding import (
    SEVERITIES,
    Blocks,
    DataFinding,
    Severity,
    finding_of_fault,
    finding_of_warn,
)
from layers.doctor.findings import data_findings
from layers.doctor.spots import with_places
from layers.plan.model import Plan
from layers.result import Warn
from siting.energy.bounds import bound_findings

__all__ = ["by_severity", "collected", "rules_by_layer", "title_of"]

_LEVELS: Mapping[str, Severity] = {"error": "error", "warning": "warning", "info": "note"}


def rules_by_layer(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Layer id -> ids of the rules of the plan's technologies that read it."""
    from siting.screen.screening import rules_of
    from siting.screen.section import ScreeningSection
    from siting.screen.sources import DERIVED

    found: dict[str, dict[str, None]] = {}
    for tech in plan.section(ScreeningSection).techs:
        for rule in rules_of(plan, tech)[0]:
            # slope and aspect come from heights where they are not given
            read = {i for x in rule.layer_ids for i in (x, DERIVED.get(x, x))}
            for layer_id in sorted(read):
                found.setdefault(layer_id, {})[rule.id] = None
    return {k: tuple(v) for k, v in found.items()}


def _blocked(finding: DataFinding, rules: Mapping[str, tuple[str, ...]]) -> DataFinding:
    """The finding with the steps and rules that read its layer; a note blocks nothing."""
    if not finding.layer or finding.severity == "note":
        return finding
    supply = layer_of(finding.layer).supply
    steps = supply.steps if supply is not None else ()
    blocks = Blocks(steps, rules.get(finding.layer, ()), finding.blocks.area_km2)
    return replace(finding, blocks=blocks)


def _of_weather(
    purpose: str, code: str, level: str, text: Callable[[Lang], str]
) -> DataFinding:
    found = DataFinding(
        code,
        _LEVELS.get(level, "warning"),
        labelled(tech_word(purpose), text),
        "weather",
        f"[{purpose}.weather]",
    )
    if found.severity == "note":
        return found
    return replace(found, blocks=Blocks((purpose,)))


def _with_todo(finding: DataFinding) -> DataFinding:
    """The finding with what to do about it, where it does not say so itself."""
    if str(finding.todo):
        return finding
    own = f"layers.doctor.todo_{finding.code}"
    if own not in sentences("layers") and (settles := plan_key_of(finding.text)):
        return replace(finding, todo=say("layers.doctor.todo_plan_key", plan_key=settles))
    if finding.severity == "note":
        return finding
    other = "layers.doctor.todo_" + ("weather" if finding.layer == "weather" else "default")
    key = own if own in sentences("layers") else other
    return replace(finding, todo=say(key))


# what a count of values does not say: another survey, zeros that were lost
_TELLING = ("layers.vocabulary.second_survey", "layers.vocabulary.leading_zero_lost")
_OF_VALUES = ("codes_not", "class_unknown_much", "field_holds_values_not_its")


def _values_once(found: Sequence[DataFinding]) -> list[DataFinding]:
    """A fault of values gives way to the finding that counts them."""

    def field(f: DataFinding) -> tuple[str, str]:
        return f.layer, str(f.where).rpartition(" ")[2].strip("()")

    told = {field(f) for f in found if f.code == "values_not_understood"}
    todo = {field(f): f.todo for f in found if getattr(f.todo, "key", "") in _TELLING}
    return [
        replace(f, todo=todo.get(field(f), f.todo)) if f.code == "values_not_understood" else f
        for f in found
        if f.code not in _OF_VALUES or field(f) not in told
    ]


def collected(
    plan: Plan,
    faults: Sequence[tuple[Fault, str]],
    warns: Iterable[Warn],
    weather: Iterable[tuple[str, str, str, Callable[[Lang], str]]],
    waiting: Iterable[str],
    read: Plan | None = None,
) -> tuple[DataFinding, ...]:
    """The one list: errors first, then warnings and notes, those with more land first.

    Parameters
    ----------
    plan : Plan
    faults : sequence of (Fault, layer id)
        What a run would refuse, and the layer it was met in; empty for none.
    warns : iterable of Warn
        What readers and gates say.
    weather : iterable of (purpose, code, level, text)
        What is found in the weather, by ``"pv"`` and ``"wind"``.
    waiting : iterable of str
        Ids of rules that wait for a layer nobody has given.
    read : Plan, optional
        The plan with values nobody understands taken to be unknown; see `as_unknown`.
    """
    read = plan if read is None else read
    rules = rules_by_layer(plan)
    found = [finding_of_fault(f, layer_id) for f, layer_id in faults]
    found += [finding_of_warn(w) for w in warns]
    found = _values_once([*found, *data_findings(plan, read)])
    found += stand_findings(plan)
    found += change_findings(plan)
    found += [*key_findings(plan), *monitor_findings(plan), *bound_findings(plan)]
    out = [_blocked(with_places(read, f), rules) for f in found]
    out += [_of_weather(*w) for w in weather]
    short = tuple(dict.fromkeys(waiting))
    out = [
        replace(f, blocks=replace(f.blocks, rules=short)) if f.code == "layer_missing" else f
        for f in out
    ]
    out = [_with_todo(f) for f in out]
    once: dict[tuple[str, str, str], DataFinding] = {}
    for f in out:
        once.setdefault((f.code, str(f.where), f.text("en")), f)
    return tuple(sorted(once.values(), key=_rank))


def _rank(finding: DataFinding) -> tuple[int, float]:
    area = finding.blocks.area_km2
    return SEVERITIES.index(finding.severity), -(area if area == area else 0.0)


def by_severity(findings: Iterable[DataFinding]) -> dict[Severity, list[DataFinding]]:
    """Findings of each severity, the worst first; every severity is there."""
    out: dict[Severity, list[DataFinding]] = {s: [] for s in SEVERITIES}
    for finding in findings:
        out[finding.severity].append(finding)
    return out


def title_of(layer_id: str, lang: Lang) -> str:
    """Title of a layer, empty for none."""
    return layer_of(layer_id).title(lang) if layer_id else ""
