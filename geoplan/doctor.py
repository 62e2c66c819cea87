"""What is wrong with a plan, its data and this machine, all at once."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from typing import Any

from geoplan.glossary import tech_word
from geoplan.run import input_files
from gis.errors import GeoplanError
from gis.say import listed, say
from layers.open.plan_file import plan_file
from layers.plan.model import Plan
from siting.pv.study.section import PvSection
from siting.screen.section import ScreeningSection
from siting.wind.section import WindSection

__all__ = ["diagnose", "diagnosis_lines"]


def _collect(faults: list[dict[str, str]], err: GeoplanError) -> None:
    faults.extend(f.as_dict() for f in err.faults)


def _layers(plan: Plan, faults: list[dict[str, str]]) -> list[dict[str, Any]]:
    from layers.catalogue import layers
    from layers.open.plan_layers import layer_report, layer_state

    out = []
    for key, layer in sorted(layers().items()):
        if key not in plan.layers:
            continue
        source = plan.layers[key]
        row: dict[str, Any] = {
            "layer": key,
            "title": layer.title.model_dump(),
            "state": layer_state(plan, key),
            "note": source.assumed_absent or source.required_from_user,
            "count": None,
            "warnings": [],
        }
        if source.available:
            try:
                report = layer_report(plan, key)
                if report is not None:
                    row["count"] = report.rows if layer.kind == "features" else None
                    row["warnings"] = [w.as_dict() for w in report.warnings]
            except GeoplanError as err:
                row["state"] = "faulty"
                _collect(faults, err)
        out.append(row)
    return out


def _weather(plan: Plan, faults: list[dict[str, str]]) -> list[dict[str, Any]]:
    from layers.weather import weather_of
    from siting.wind.inputs import wind_findings

    out: list[dict[str, Any]] = []

    def add(purpose: str, code: str, level: str, zh: str, en: str) -> None:
        text = {"zh": zh, "en": en}
        out.append({"for": purpose, "code": code, "level": level, "text": text})

    source = plan.section(PvSection).weather
    if source is not None:
        try:
            for f in weather_of(source, plan_file(plan, source.path))[1]:
                add("pv", f.code, f.level, f.text("zh"), f.text("en"))
        except GeoplanError as err:
            _collect(faults, err)
    if plan.section(WindSection).weather is not None:
        try:
            for f in wind_findings(plan):
                add("wind", f.code, f.level, f.text("zh"), f.text("en"))
        except GeoplanError as err:
            _collect(faults, err)
    return out


def _machine() -> dict[str, Any]:
    import numba

    from geoplan.charts.fonts import chinese_font
    from gis.versions import native_versions

    font = chinese_font()

    return {
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        **native_versions(),
        "numba": numba.__version__,
        "chinese_font": f"{font.name} ({font.origin})",
        "font_lacks": "".join(font.missing) or "-",
    }


def _rules(plan: Plan) -> dict[str, Any]:
    from layers.open.plan_layers import layer_state
    from siting.screen.screening import not_in_force_of, not_judged_of, rules_of

    out: dict[str, Any] = {}
    for tech in plan.section(ScreeningSection).techs:
        rules, _ = rules_of(plan, tech)
        waiting: dict[str, list[str]] = {}
        for rule in rules:
            for layer in rule.layer_ids:
                if layer_state(plan, layer) != "available":
                    waiting.setdefault(layer, []).append(rule.id)
        try:
            not_judged, filters = not_judged_of(plan, tech)
        except GeoplanError:  # a layer is faulty, which is reported with the layers
            continue
        out[tech] = {"filters": filters, "not_judged": not_judged, "wanted": waiting}
        out[tech]["not_in_force_here"] = [r.id for r in not_in_force_of(plan, tech)]
        out[tech]["area_unknown"] = [r.id for r in rules if not r.area_known]
    return out


def diagnose(plan: Plan) -> dict[str, Any]:
    """Open every layer and weather file of `plan` and look at the machine.

    Parameters
    ----------
    plan : Plan
        A loaded plan (its own faults are reported on loading).

    Returns
    -------
    dict
        ``faults``, ``layers``, ``weather``, ``rules`` (which layers would let how many
        rules be judged) and ``machine``.
    """
    faults: list[dict[str, str]] = []
    try:
        input_files(plan)
    except GeoplanError as err:
        _collect(faults, err)
    return {
        "layers": _layers(plan, faults),
        "weather": _weather(plan, faults),
        "rules": _rules(plan),
        "machine": _machine(),
        "faults": faults,
    }


def diagnosis_lines(found: dict[str, Any], lang: str) -> Iterator[str]:
    """What `diagnose` found, for the terminal."""
    yield f"== {say('geoplan.cli.doctor_machine')(lang)} =="
    for key, value in found["machine"].items():
        yield f"  {key:<14} {value}"
    yield f"== {say('geoplan.cli.doctor_layers')(lang)} =="
    for row in found["layers"]:
        count = "" if row["count"] is None else f"{row['count']:,}"
        state = say(f"geoplan.cli.{row['state']}")(lang)
        yield f"  {row['layer']:<34} {state:<10} {count:>9}  {row['title'][lang]} {row['note']}"
        for warning in row["warnings"]:
            yield f"      ! {warning['text'][lang]}"
    if found["weather"]:
        yield f"== {say('geoplan.cli.doctor_weather')(lang)} =="
        for finding in found["weather"]:
            yield f"  {finding['for']}: {finding['text'][lang]}"
    yield f"== {say('geoplan.cli.doctor_rules')(lang)} =="
    for tech, part in found["rules"].items():
        line = say("geoplan.cli.provisional", n=part["not_judged"], m=part["filters"])(lang)
        yield f"  {tech_word(tech)(lang)}: {line}"
        for key in ("not_in_force_here", "area_unknown"):
            if ids := part[key]:
                text = say(f"siting.rules.{key}_rules", n=len(ids), ids=listed(ids))
                yield f"    {text(lang)}"
        for layer, ids in sorted(part["wanted"].items(), key=lambda kv: -len(kv[1])):
            yield f"    {layer:<34} {len(ids)}  {' '.join(ids[:8])}"
    if not found["faults"]:
        yield say("geoplan.cli.doctor_ok")(lang)
        return
    yield say("geoplan.cli.doctor_faults", n=len(found["faults"]))(lang)
    for i, fault in enumerate(found["faults"], 1):
        parts = [p for p in (fault.get("where"), fault["what"]) if p]
        yield f"  {i}. {': '.join(parts)}"
        for key in ("got", "expected", "todo"):
            if fault.get(key):
                yield f"       {key}: {fault[key]}"
