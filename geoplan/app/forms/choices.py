"""What a field of a form may be answered with: layers, indicators, units, classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from typing_extensions import TypedDict

from carbon_sink.ecosystems import ecosystems
from carbon_sink.monitor_section import MonitorSection
from geoplan.app.entry import Words
from geoplan.plan_file import target_kinds
from geoplan.report.cell_words import unit_word
from gis.say import Lang, both, say
from gis.toml import read_toml
from layers.catalogue import layers
from layers.open.plan_layers import vocabulary_of
from layers.plan.model import Plan
from layers.spec import Layer, LayerField, Text
from layers.units import known, units
from layers.vocabulary import vocabularies, vocabulary
from siting.facilities.question import MODELS, NEEDS_LIMIT, NEEDS_NUMBER
from siting.facilities.section import FacilitiesSection, factors, site_rules

__all__ = ["OFFERS", "Choice", "offered"]

_T = "geoplan.app"
_NUMBERS = ("number", "integer")
_AREAS = ("area_ha", "area_mu", "area_m2")
_CAPACITATED = ("capacitated_p_median", "capacitated_mclp")
_PLAIN = ("p_median", "p_center", "p_dispersion")
# of a raster people or a share can be counted, heights and rain cannot
_SHARE = "1"


class Choice(TypedDict):
    """An answer a list offers.

    Attributes
    ----------
    kinds
        What conditions of other fields ask for.
    of
        The answer of another field it belongs to; empty for all.
    """

    id: str
    zh: str
    en: str
    kinds: list[str]
    of: str


def _choice(own: str, words: Words, kinds: tuple[str, ...] = (), of: str = "") -> Choice:
    return {"id": own, "zh": words["zh"], "en": words["en"], "kinds": [*kinds], "of": of}


def _words(text: Text) -> Words:
    return {"zh": text.zh, "en": text.en}


def _given(plan: Plan) -> Iterator[Layer]:
    """Layers the plan has data of, or a case of it names."""
    used = {i for c in plan.section(FacilitiesSection).cases for i in c.layers}
    for own in {**plan.layers, **dict.fromkeys(sorted(used))}:
        source = plan.layers.get(own)
        if own in layers() and (own in used or (source is not None and source.available)):
            yield layers()[own]


def _of_layers(geometries: tuple[str, ...]) -> Callable[[Plan], Iterator[Choice]]:
    def out(plan: Plan) -> Iterator[Choice]:
        for x in _given(plan):
            if x.kind == "features" and x.geometry in geometries:
                yield _choice(x.id, _words(x.title), ("features",))

    return out


def _asks(x: Layer) -> bool:
    if x.kind == "features":
        return True
    return x.kind == "extensive" or (x.kind == "intensive" and x.unit == _SHARE)


def _demand_layers(plan: Plan) -> Iterator[Choice]:
    for x in filter(_asks, _given(plan)):
        kind = "features" if x.kind == "features" else "raster"
        yield _choice(x.id, _words(x.title), (kind,))


def _in_brackets(unit: str, lang: Lang) -> str:
    return say(f"{_T}.in_brackets", text=unit_word(unit, lang))(lang)


def _fields(plan: Plan, wanted: Callable[[LayerField], bool]) -> Iterator[Choice]:
    for x in _given(plan):
        for f in x.fields:
            if wanted(f):
                unit = both(partial(_in_brackets, f.unit)) if f.unit else None
                words = _words(f.title)
                shown = {k: v + (unit[k] if unit else "") for k, v in words.items()}
                yield _choice(f.name, shown, of=x.id)


def _layer_fields(plan: Plan) -> Iterator[Choice]:
    return _fields(plan, lambda _: True)


def _layer_numbers(plan: Plan) -> Iterator[Choice]:
    return _fields(plan, lambda f: f.type in _NUMBERS)


def _weights(plan: Plan) -> Iterator[Choice]:
    yield from _layer_numbers(plan)
    for x in _given(plan):
        if x.kind == "features":
            yield _choice("each", both(say(f"{_T}.weight_each")), of=x.id)
        if x.kind == "features" and x.geometry == "polygon":
            for area in _AREAS:
                yield _choice(area, both(say(f"{_T}.weight_{area}")), of=x.id)


def model_kinds(model: str) -> tuple[str, ...]:
    """What a model asks for, as the conditions of fields name it.

    Examples
    --------
    >>> model_kinds("p_median"), model_kinds("hierarchical")
    (('place', 'one', 'number'), ('place', 'levels'))
    """
    if model == "transfers":
        return ("bus",)
    if model == "connectivity":
        return ("patches",)
    if model == "hierarchical":
        return ("place", "levels")
    out = ["place", "one"]
    if model in NEEDS_LIMIT:
        out.append("limit")
    if model in NEEDS_NUMBER or model == "backup":
        out.append("number")
        out += [] if model in _PLAIN else ["budget"]
    if model in (*_CAPACITATED, "transport"):
        out.append("capacity")
    if model in _CAPACITATED:
        out.append("whole")
    return tuple(out)


def _models(_: Plan) -> Iterator[Choice]:
    for model in (*MODELS, "transfers", "connectivity"):
        words = both(say(f"siting.facilities.model_{model}"))
        yield _choice(model, words, model_kinds(model))


def _factors(_: Plan) -> Iterator[Choice]:
    for name, own in factors().items():
        value = say(
            f"{_T}.factor_named",
            title=Text(**own["title"]),
            value=own["value"],
            unit=own["unit"],
        )
        yield _choice(name, both(value))
    yield _choice("own", both(say(f"{_T}.factor_own")))


def _site_rules(_: Plan) -> Iterator[Choice]:
    for name, own in site_rules().items():
        yield _choice(name, _words(Text(**own["title"])))


def _road_classes(_: Plan) -> Iterator[Choice]:
    field = layers()["road"].field("road_class")
    for name in read_toml("siting.facilities", "speeds.toml")["road"]:
        own = next((v for v in field.values.get(name, ()) if not v.isascii()), name)
        yield _choice(name, {"zh": own, "en": name})


def _targets(plan: Plan) -> Iterator[Choice]:
    for t in plan.targets:
        yield _choice(t.id, _words(t.title))


@cache
def _indicators() -> tuple[Choice, ...]:
    return tuple(
        _choice(k, _words(v.title), ("calibers",) if v.target_calibers else ())
        for k, v in target_kinds().items()
    )


def _calibers(_: Plan) -> Iterator[Choice]:
    for k, v in target_kinds().items():
        named: dict[str, Text] = {
            **getattr(v, "calibers", {}),
            **getattr(v, "proxies", {}),
        }
        for own in v.target_calibers:
            words = named.get(own, Text(zh=own, en=own))
            yield _choice(own, _words(words), of=k)


def _units(plan: Plan) -> Iterator[Choice]:
    for k, v in target_kinds().items():
        for u in units().values():
            if u.quantity == v.quantity:
                yield _choice(u.id, _words(u.title), of=k)
    # a spelling of the plan's own stays as it is
    for k, unit in dict.fromkeys((t.indicator, t.unit) for t in plan.targets):
        own = known(unit)
        if own is not None and own.id != unit:
            yield _choice(unit, {"zh": unit, "en": own.title.en}, of=k)


def _ecosystems(_: Plan) -> Iterator[Choice]:
    for k, v in ecosystems().items():
        yield _choice(k, _words(v.title))


def _class_codes(plan: Plan) -> Iterator[Choice]:
    """Codes of the lists in use; those that may be several ecosystems first."""
    named = {vocabulary_of(plan, i) for i in ("land_cover", "land_cover_base")}
    named |= {d.vocabulary for d in plan.section(MonitorSection).series}
    lists = [n for n in vocabularies() if n == "dlbm" or n in named]
    rows: dict[str, tuple[int, Choice]] = {}
    for n, name in enumerate(lists):
        for code, entry in vocabulary(name).entries.items():
            words = say(f"{_T}.code_of_list", code=code, title=entry.title)
            sure = len(entry.ecosystem) < 2
            rows.setdefault(code, (10 * sure + n, _choice(code, both(words))))
    return (c for _, c in sorted(rows.values(), key=lambda r: r[0]))


OFFERS: Mapping[str, Callable[[Plan], Iterator[Choice]]] = {
    "demand_layers": _demand_layers,
    "place_layers": _of_layers(("point", "line", "polygon")),
    "feature_layers": _of_layers(("point", "line", "polygon")),
    "area_layers": _of_layers(("polygon",)),
    "point_layers": _of_layers(("point",)),
    "layer_fields": _layer_fields,
    "layer_numbers": _layer_numbers,
    "weights": _weights,
    "models": _models,
    "factors": _factors,
    "site_rules": _site_rules,
    "road_classes": _road_classes,
    "targets": _targets,
    "indicators": lambda _: iter(_indicators()),
    "calibers": _calibers,
    "units": _units,
    "ecosystems": _ecosystems,
    "class_codes": _class_codes,
}
"""Lists fields are chosen from, by name."""


def offered(plan: Plan, name: str) -> list[Choice]:
    """What a list offers for a plan."""
    return list(OFFERS[name](plan))
