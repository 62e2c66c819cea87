"""What a cell of a table of a run says to a reader: words for ids, one language of two."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, get_args

from carbon_sink.cover.classes import class_title
from carbon_sink.cover.indicators import indicators
from carbon_sink.species import species_title
from geoplan.glossary import kind_word, state_word, tech_word
from gis.say import LANGS, Sentence, listed, say, sentences
from layers.sources import source_words
from layers.units import known
from layers.vocabulary import ecosystems, groups, vocabulary
from siting.pv.plant.inverter import inverters
from siting.pv.plant.module import modules
from siting.rules.citation import cited
from siting.rules.conditions.base import printed_limit
from siting.rules.law import SourceStep, Validity
from siting.rules.words import step_word
from siting.wind.machine.generic import machine_words

__all__ = [
    "WORDED",
    "cell_word",
    "columns_in",
    "quality_word",
    "unit_word",
]

Word = Callable[[str], str]
# column -> table of geoplan/text/cells.toml
_OWN = {
    "change_kind": "geoplan.cells.change_kind.",
    "disturbance": "geoplan.cells.disturbance.",
    "use": "geoplan.cells.use.",
    "pool": "geoplan.cells.pool.",
    "not_estimated": "geoplan.cells.pool.",
    "action": "geoplan.cells.action.",
    "ccer": "geoplan.cells.ccer.",
    "rate_basis": "geoplan.cells.rate_basis.",
    "basis": "geoplan.cells.basis.",
    "result": "geoplan.cells.result.",
    "spread": "geoplan.cells.spread.",
    "climate_zone": "geoplan.cells.climate_zone.",
    "met": "geoplan.cells.met.",
    "plus": "geoplan.cells.plus.",
    **dict.fromkeys(
        ("plus_sand", "plus_livestock", "plus_farm", "plus_tourism"), "geoplan.map.verdict."
    ),
    "met_on_time": "geoplan.cells.met.",
    "law_change": "geoplan.cells.law_change.",
    "zone_use": "geoplan.cells.zone_use.",
    "input": "geoplan.cells.input.",
    "given": "geoplan.cells.given.",
    "part": "geoplan.cells.part.",
    "source_kind": "geoplan.cells.source_kind.",
    "light_source": "geoplan.cells.source_kind.",
    "grid_state": "geoplan.cells.grid_state.",
    "met_with": "geoplan.cells.met_with.",
    "blocked_by": "geoplan.cells.blocked_by.",
    "plant_status": "geoplan.cells.plant_status.",
    "station_status": "geoplan.cells.plant_status.",
    "found_in": "geoplan.cells.found_in.",
    "work_kind": "geoplan.cells.work_kind.",
    "certainty": "geoplan.cells.certainty.",
    "technology": "geoplan.cells.technology.",
    "facility_state": "geoplan.cells.facility_state.",
    "demand_state": "geoplan.cells.demand_state.",
    "cost_unit": "siting.facilities.unit_",
    "scenario": "geoplan.serve.scenario_",
    "curve_scenario": "geoplan.cells.curve_scenario.",
    "plant": "geoplan.cells.plant.",
    "roof": "geoplan.cells.roof.",
    "mounting": "geoplan.cells.mounting.",
    "zone_kind": "geoplan.cells.zone_kind.",
    "status": "geoplan.cells.work_status.",
    "quantity": "geoplan.cells.quantity.",
    "curve_kind": "geoplan.cells.curve_kind.",
    "depth_cm": "geoplan.cells.depth_cm.",
}
_ALSO = "; "  # between the texts of one cell, see siting.rules.in_force
_BY_TOWN = frozenset({"converted_ha", "soc_tc"})  # columns of tables with a row a township
_LAND = frozenset({"before", "after", "ecosystem", "group", "land"})
_GLOSSARY = frozenset(
    {"source_step", "validity", "kind", "stated_kind", "state", "state_there", "effect", "tech"}
)
_CITED = frozenset({"citation", "document", "quote", "also", "next_text"})
_SOURCES = frozenset({"source", "sources"})
_LAYER = "layer"  # ids of the catalogue
_NEEDED = frozenset({"missing", "key"})  # keys of a plan
_MADE = frozenset(
    {"value", "value_zh", "value_en", "turbine", "curve", "model"}
)  # of catalogues
_CLASSES = frozenset({"classes", "species"})
_CELLS, _CELL = frozenset({"name", "served_by"}), re.compile(r"([a-z_]+) (\d+-\d+)")
_LIMIT = "parameter"  # of a rule: "<= 3 deg"
WORDED = frozenset(
    {
        *_OWN,
        *_SOURCES,
        _LAYER,
        *_NEEDED,
        *_LAND,
        *_GLOSSARY,
        *_CITED,
        *_MADE,
        *_CLASSES,
        _LIMIT,
        "indicator",
        "name",
        "unit",
        "quality",
        "dlmc",
        "caliber",
        "township",
    }
)
"""Columns whose ids have words."""


def quality_word(quality: str) -> Sentence:
    """The word for how good a figure is; the id itself where there is none.

    Examples
    --------
    >>> quality_word("needs review")("zh"), quality_word("T1")("zh")
    ('需复核', 'T1')
    """
    parts = [p.strip() for p in quality.split(",")]
    known = [f"geoplan.quality.{p.replace(' ', '_')}" for p in parts]
    if not sentences("geoplan").keys() >= set(known):
        return say("geoplan.common.as_it_is", it=quality)
    return say("geoplan.common.as_it_is", it=listed(say(k) for k in known))


_POWER, _RAISED = re.compile(r"(?<=m)[23]\b"), {"2": "²", "3": "³"}


def unit_word(unit: str, lang: str) -> str:
    """A unit as a header says it.

    Examples
    --------
    >>> unit_word("mu", "zh"), unit_word("mu", "en"), unit_word("tC/ha", "zh")
    ('亩', 'mu', 'tC/ha')
    >>> unit_word("kWh/m2", "en"), unit_word("km2", "zh"), unit_word("m3/ha", "en")
    ('kWh/m²', 'km²', 'm³/ha')
    >>> unit_word("万亩", "en"), unit_word("万亩", "zh")
    ('10,000 mu', '万亩')
    """
    key = f"geoplan.common.header_unit.{unit.replace(' ', '_').replace('/', '_per_')}"
    if key in sentences("geoplan"):
        return say(key)(lang)
    named = None if unit.isascii() else known(unit)
    return _POWER.sub(lambda m: _RAISED[m[0]], unit) if named is None else named.title(lang)


def columns_in(lang: str, columns: Iterable[str]) -> list[str]:
    """The columns without those that say the same in another language.

    Examples
    --------
    >>> columns_in("zh", ["id", "title_zh", "title_en", "zh", "en", "only_en"])
    ['id', 'title_zh', 'zh', 'only_en']
    """
    names = [str(c) for c in columns]
    others = [x for x in LANGS if x != lang]

    def twin(name: str) -> bool:
        return any(
            (name == x and lang in names)
            or (name.endswith(f"_{x}") and f"{name.removesuffix(x)}{lang}" in names)
            for x in others
        )

    return [n for n in names if not twin(n)]


@cache
def _calibers() -> Mapping[str, Word]:
    """Titles of calibers by their id; ids are told apart between indicators."""
    found: dict[str, Word] = {}
    for indicator in indicators().values():
        found |= {**indicator.calibers, **indicator.proxies}
    return MappingProxyType(found)


def _land(value: str) -> Word | None:
    if value in ecosystems():
        return ecosystems()[value].title
    if value in groups():
        return groups()[value]
    key = f"geoplan.cells.land.{value}"
    if key in sentences("geoplan"):
        return say(key)
    return class_title(value) if ":" in value else None  # a class of a land cover


def _made(value: str) -> Word | None:
    """Title of a machine, module, inverter or model by its id."""
    found = modules().get(value) or inverters().get(value)
    if found is not None:
        return found.title
    if value.startswith("generic_"):
        return machine_words(value)
    key = f"geoplan.cells.model.{value.replace(' ', '_')}"
    return say(key) if key in sentences("geoplan") else None


def _classes(name: str, value: str, lang: str) -> str:
    title = species_title if name == "species" else class_title
    return str(listed(title(i) for i in value.split())(lang))


def _areas(value: str, lang: str) -> str:
    """``"unused 454.0, grassland 15.5"`` with the words of the groups."""
    parts = [re.fullmatch(r"(\w+) ([\d.,]+)", p.strip()) for p in value.split(",")]
    if any(p is None for p in parts):
        return value
    shown = []
    for p in parts:
        word = _land(p[1]) if p is not None else None
        if p is None or word is None:
            return value
        shown.append(f"{word(lang)} {p[2]}")
    return str(listed(shown)(lang))


def _ids(name: str, value: str, lang: str) -> str:
    """Words for one id, or for several with spaces between."""
    keys = [_OWN[name] + i for i in value.split()]
    keys = (
        [key] if (key := _OWN[name] + value.replace(" ", "_")) in sentences("geoplan") else keys
    )
    room = _OWN[name].partition(".")[0]
    if not sentences(room).keys() >= set(keys):
        return value
    return str(listed(say(k) for k in keys)(lang))


def _keys(value: str, lang: str) -> str:
    """What keys of a plan are called; the keys themselves where one of them has no words."""
    named = [f"siting.money.needed.{k.replace('.', '_')}" for k in value.split(", ")]
    if not sentences("siting").keys() >= set(named):
        return value
    return str(listed(say(k) for k in named)(lang))


def _glossary(name: str, value: str, row: Mapping[Hashable, Any]) -> Sentence | None:
    if name == "tech":
        return tech_word(value)
    if name in {"kind", "stated_kind"}:
        return kind_word(value) if f"layers.words.kind.{value}" in sentences("layers") else None
    if name == "source_step":
        return step_word(value) if value in get_args(SourceStep) else None
    if name == "validity":
        known = value in get_args(Validity)
        return say(f"siting.rules.in_force.validity.{value}") if known else None
    if value == "outside" or f"layers.words.state.{value}" in sentences("layers"):
        return state_word(value, str(row.get("tech", "")))
    table = "geoplan.cells.effect." if name == "effect" else "geoplan.cells.rule_state."
    return say(table + value) if table + value in sentences("geoplan") else None


def cell_word(name: str, value: Any, row: Mapping[Hashable, Any], lang: str) -> Any:  # noqa: ANN401
    """What the cell `name` of a row says: words where it holds an id that has any.

    Examples
    --------
    >>> cell_word("quality", "needs review", {}, "zh"), cell_word("site_id", "PV-01", {}, "zh")
    ('需复核', 'PV-01')
    >>> cell_word("dlmc", "沙地", {"dlbm": "1205"}, "en")
    'sandy land'
    >>> cell_word("layer", "charging_stations", {}, "en")
    'charging stations'
    >>> cell_word("not_estimated", "agb soc", {}, "zh")
    '地上生物量、土壤有机碳'
    >>> cell_word("cost_unit", "min", {}, "en"), cell_word("scenario", "hard_only", {}, "zh")
    ('min', '仅禁止性规则')
    >>> cell_word("missing", "money.price_cny_mwh, money.discount_nominal_frac", {}, "en")
    'price of the energy sold [CNY/MWh], nominal discount rate'
    >>> cell_word("parameter", "<= 3 deg", {}, "zh"), cell_word("roof", "flat", {}, "zh")
    ('≤ 3°', '平屋面')
    >>> cell_word("curve", "generic_3000_300", {}, "zh"), cell_word("species", "elm", {}, "zh")
    ('通用机型（3 MW，300 W/m²）', '榆')
    >>> cell_word("township", "", {"converted_ha": 2.0}, "en")
    '(in no township given)'
    """
    if value == "" and name == "township" and _BY_TOWN & row.keys():
        return say("geoplan.cells.no_township")(lang)
    if not isinstance(value, str) or not value:
        return value
    if name == "scenario" and "cumulative_mw" in row:
        return _ids("curve_scenario", value, lang)
    if name in _OWN:
        return _ids(name, value, lang)
    if name in _SOURCES or name == _LAYER:
        return source_words(value, lang)
    if name in _CELLS and (cell := _CELL.fullmatch(value)):  # demand of a raster, by its cells
        return f"{source_words(cell[1], lang)} {cell[2]}"
    if name in _NEEDED:
        return _keys(value, lang)
    if name == "name" and row.get("layer") == "spatial_plan":
        # planning zones have no name of their own
        return _ids("zone_use", value, lang)
    if name == "unit":
        return unit_word(value, lang)
    if name == "quality":
        return quality_word(value)(lang)
    if name == "dlmc":
        entry = vocabulary("dlbm").entries.get(str(row.get("dlbm", "")))
        return entry.title(lang) if entry is not None and lang == "en" else value
    if name in _CLASSES:
        return _classes(name, value, lang)
    if name == _LIMIT:
        return printed_limit(value)
    if name in _CITED:
        return _ALSO.join(cited(x, lang) for x in value.split(_ALSO))
    if name == "land" and " " in value:
        return _areas(value, lang)
    word: Word | None = None
    if name == "caliber":
        word = _calibers().get(value)
    elif name in _LAND:
        word = _land(value)
    elif name in _MADE:
        word = _made(value)
    elif name == "indicator":
        word = indicators()[value].title if value in indicators() else None
    elif name in _GLOSSARY:
        word = _glossary(name, value, row)
    return value if word is None else word(lang)
