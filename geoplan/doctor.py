"""What is wrong with a plan, its data and this machine, all at once."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from geoplan.checkup.states import LayerState, Told, layer_states
from geoplan.inputs import input_files
from gis.errors import Fault, GeoplanError
from gis.say import Lang, both, in_lang, say
from layers.plan.model import LayerSource, Plan
from layers.result import Progress, Warn
from layers.spec import Text
from siting.pv.study.section import PvSection
from siting.screen.section import ScreeningSection
from siting.wind.section import WindSection

if TYPE_CHECKING:
    from layers.doctor.finding import DataFinding
    from layers.weather import Finding, Weather

__all__ = [
    "Diagnosis",
    "LayerState",
    "Machine",
    "RulesWaiting",
    "WeatherState",
    "diagnose",
]


@dataclass(frozen=True)
class WeatherState:
    """One finding about the weather used for ``"pv"`` or ``"wind"``."""

    purpose: str
    code: str
    level: str
    text: Callable[[Lang], str]


@dataclass(frozen=True)
class RulesWaiting:
    """Rules of a technology that cannot be judged, and the layers they wait for.

    Attributes
    ----------
    filters, not_judged
        Hard and conditional rules in all, and those not judged.
    wanted
        Layer id -> ids of the rules that need it.
    to_complete
        Layer id -> ids of the rules that are not judged where it is silent.
    not_in_force_here, area_unknown
        Ids of rules that hold elsewhere, and of those whose area is not known.
    """

    filters: int
    not_judged: int
    wanted: Mapping[str, tuple[str, ...]]
    not_in_force_here: tuple[str, ...] = ()
    area_unknown: tuple[str, ...] = ()
    to_complete: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Machine:
    """Versions on this machine, and the font Chinese is drawn with."""

    versions: Mapping[str, str]
    font: str
    font_lacks: str


@dataclass(frozen=True)
class Head:
    """Which plan was looked at: title, file, day and system."""

    title: Text
    name: str
    day: date
    crs: str


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found; `findings` is all of it in one list, with places.

    `plan_refused` says that something is wrong with the plan itself, not with its data.
    """

    head: Head
    layers: tuple[LayerState, ...]
    weather: tuple[WeatherState, ...]
    rules: Mapping[str, RulesWaiting]
    machine: Machine
    faults: tuple[Fault, ...]
    place: tuple[Warn, ...] = ()
    findings: tuple[DataFinding, ...] = ()
    plan_refused: bool = False

    def as_dict(self, lang: Lang = "en") -> dict[str, object]:
        """For ``--json``; the faults are said in `lang`."""
        from layers.doctor.finding import limits

        most = int(limits("shown")["json"])
        return {
            "crs": self.head.crs,
            "place": [w.as_dict() for w in self.place],
            "layers": [
                {
                    "layer": x.layer,
                    "title": x.title.model_dump(),
                    "state": x.state,
                    "note": in_lang(x.note, lang),
                    "count": x.count,
                    "warnings": [w.as_dict() for w in x.warnings],
                }
                for x in self.layers
            ],
            "weather": [
                {"for": x.purpose, "code": x.code, "level": x.level, "text": both(x.text)}
                for x in self.weather
            ],
            "rules": {
                tech: {
                    "filters": x.filters,
                    "not_judged": x.not_judged,
                    "wanted": {k: list(v) for k, v in x.wanted.items()},
                    "to_complete": {k: list(v) for k, v in x.to_complete.items()},
                    "not_in_force_here": list(x.not_in_force_here),
                    "area_unknown": list(x.area_unknown),
                }
                for tech, x in self.rules.items()
            },
            "machine": {
                **self.machine.versions,
                "chinese_font": self.machine.font,
                "font_lacks": self.machine.font_lacks,
            },
            "faults": [f.as_dict(lang) for f in self.faults],
            "findings": [f.as_dict(most) for f in self.findings],
        }


def _place(plan: Plan, faults: list[Fault]) -> tuple[Warn, ...]:
    """What must be said of boundary, zones and list of layers; a zone elsewhere is a fault."""
    from layers.open.county import boundary_warnings, zone_shapes
    from layers.open.plan_layers import plan_warnings

    try:
        found = (*boundary_warnings(plan), *plan_warnings(plan))
        zone_shapes(plan)
    except GeoplanError as err:
        faults.extend(err.faults)
        return ()
    return found


def _contradicted(plan: Plan, faults: list[Fault]) -> tuple[Warn, ...]:
    """Layers assumed absent that the parcels show: faults, and warnings where it is little."""
    from layers.open.contradiction import contradiction_faults, contradiction_warnings

    try:
        faults.extend(contradiction_faults(plan))
        return tuple(contradiction_warnings(plan))
    except GeoplanError:  # the parcels are faulty, which is reported with the layers
        return ()


def _size(plan: Plan, faults: list[Fault]) -> None:
    """A run that this machine cannot hold is a fault of plan and machine together."""
    from geoplan.needs import require_room
    from geoplan.run import default_out
    from geoplan.steps import STEPS

    try:
        require_room(plan, tuple(s.name for s in STEPS), default_out(plan))
    except GeoplanError as err:
        faults.extend(err.faults)


def _weather(plan: Plan, faults: list[Fault]) -> Iterator[WeatherState]:
    """What is found in the weather, what reading it took out, and that there is none."""
    from siting.pv.study.context import place_warnings, pv_weather
    from siting.wind.inputs import given_in_time, machine_faults, plan_weather, wind_findings
    from siting.wind.resource.hub import quality_warnings

    techs = plan.section(ScreeningSection).techs
    source = plan.section(PvSection).weather
    if source is None and "pv" in techs:
        yield WeatherState(
            "pv", "pv_no_weather", "warning", say("siting.pv_study.pv_no_weather")
        )
    if source is not None:
        try:
            if (given := pv_weather(plan)) is not None:
                yield from _weather_states("pv", *given)
                for w in place_warnings(plan, given[0].lat):
                    yield WeatherState("pv", w.code, "warning", w.text)
        except GeoplanError as err:
            faults.extend(err.faults)
    faults.extend(machine_faults(plan))
    try:
        section = plan.section(WindSection)
        wind = plan_weather(plan, section)
        if wind is None and "wind" in techs:
            yield WeatherState("wind", "no_weather", "warning", say("siting.wind.no_weather"))
        if wind is not None and section.weather is not None:
            yield from _weather_states("wind", wind, wind_findings(plan))
        asked = "wind" in techs or bool(getattr(plan.layers.get("turbines"), "path", ""))
        if wind is not None and asked and given_in_time(section):
            for w in quality_warnings(wind, section):
                yield WeatherState("wind", w.code, "warning", w.text)
    except GeoplanError as err:
        faults.extend(err.faults)


def _weather_states(
    purpose: str, weather: Weather, findings: Sequence[Finding]
) -> Iterator[WeatherState]:
    """Findings, and the warnings of reading that are none of them."""
    said = {f.text("en") for f in findings}
    for f in findings:
        yield WeatherState(purpose, f.code, f.level, f.text)
    for w in weather.warnings:
        if w.text("en") not in said:
            said.add(w.text("en"))
            yield WeatherState(purpose, w.code, "warning", w.text)


def _machine() -> Machine:
    import numba

    from geoplan.charts.fonts import chinese_font
    from gis.versions import native_versions

    font = chinese_font()
    versions = {
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        **native_versions(),
        "numba": str(numba.__version__),
    }
    return Machine(versions, f"{font.name} ({font.origin})", "".join(font.missing) or "-")


def _rules(plan: Plan) -> dict[str, RulesWaiting]:
    from layers.open.plan_layers import layer_state
    from siting.screen.judged.silence import left_open
    from siting.screen.screening import not_in_force_of, not_judged_of, rules_of, source_of
    from siting.screen.sources import DERIVED

    out: dict[str, RulesWaiting] = {}
    for tech in plan.section(ScreeningSection).techs:
        rules, _ = rules_of(plan, tech)
        waiting: dict[str, list[str]] = {}
        partial: dict[str, list[str]] = {}
        for rule in rules:
            for layer in left_open(rule, source_of(plan)):
                partial.setdefault(layer, []).append(rule.id)
            for layer in rule.layer_ids:
                # slope and aspect come from heights where they are not given
                given = (layer, DERIVED.get(layer, layer))
                if not any(layer_state(plan, i) == "available" for i in given):
                    waiting.setdefault(layer, []).append(rule.id)
        try:
            not_judged, filters = not_judged_of(plan, tech)
        except GeoplanError:  # a layer is faulty, which is reported with the layers
            continue
        wanted, open_ = ({k: tuple(v) for k, v in x.items()} for x in (waiting, partial))
        elsewhere = tuple(r.id for r in not_in_force_of(plan, tech))
        unknown = tuple(r.id for r in rules if not r.area_known)
        out[tech] = RulesWaiting(filters, not_judged, wanted, elsewhere, unknown, open_)
    return out


def _each_once(faults: list[Fault]) -> tuple[Fault, ...]:
    """Faults without repetition: what is wrong with a file is met wherever it is read.

    Two readers may advise differently; the first is heard.
    """
    found: dict[tuple[str, str, str], Fault] = {}
    for f in faults:
        found.setdefault((str(f.where), str(f.what), str(f.got)), f)
    return tuple(found.values())


def diagnose(plan: Plan, progress: Progress | None = None) -> Diagnosis:
    """Open every layer and weather file of `plan` and look at the machine.

    Parameters
    ----------
    plan : Plan
        A loaded plan (its own faults are reported on loading).
    progress : callable, optional
        Is told how far it is: ``("doctor", done, of)``.

    Returns
    -------
    Diagnosis
        Faults, layers, weather, which layers would let how many rules be judged, machine.
    """
    from carbon_sink.asked.data import carbon_data
    from geoplan.checkup.collect import collected
    from geoplan.checkup.stated import stated_faults
    from geoplan.needs import refused
    from siting.facilities.looked_at import Seen, cases_seen
    from siting.zones.asked import zone_faults

    faults: list[Fault] = []
    try:
        input_files(plan)
    except GeoplanError as err:
        faults.extend(err.faults)
    place = _place(plan, faults)
    _size(plan, faults)
    owners: dict[int, str] = {}
    tell = Told(plan, progress)
    spared: dict[str, LayerSource] = {}
    layers = tuple(layer_states(plan, faults, owners, tell, spared))
    read = plan.with_layers(spared) if spared else plan
    place += _contradicted(read, faults)
    weather = tuple(_weather(plan, faults))
    faults += [*(unasked := zone_faults(plan)), *stated_faults(plan)]
    faults += (asked := carbon_data(plan, whole=not faults)).faults  # what is not there is told
    seen = Seen() if faults else cases_seen(plan)  # bad layers are told once
    faults += seen.faults
    tell.rest(1)
    rules = _rules(read)
    once = _each_once(faults)
    findings = collected(
        plan,
        [(f, owners.get(id(f), "")) for f in once],
        (*place, *asked.warnings, *seen.warnings, *(w for x in layers for w in x.warnings)),
        ((x.purpose, x.code, x.level, x.text) for x in weather),
        (
            i
            for part in rules.values()
            for layer, ids in part.wanted.items()
            if layer in plan.layers and plan.layers[layer].required_from_user
            for i in ids
        ),
        read,
    )
    tell.rest(2)
    own = bool(unasked) or (not once and refused(plan))
    whole = (layers, weather, rules, _machine(), once, place, findings, own)
    return Diagnosis(_head(plan), *whole)


def _head(plan: Plan) -> Head:
    from gis.crs.systems import crs_name
    from layers.open.county import plan_crs

    try:
        crs = crs_name(plan_crs(plan))
    except GeoplanError:  # a boundary that cannot be read is among the faults
        crs = plan.area.crs
    return Head(plan.plan.title, plan.path.name, plan.plan.as_of, crs)
