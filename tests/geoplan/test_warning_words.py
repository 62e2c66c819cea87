"""A warning says in words what is missing; the key of the plan stands beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from carbon_sink.cover.indicators import indicators
from geoplan.report.annex.chapters import warning_items
from geoplan.summary import WarningPart, read_run_summary
from geoplan.summary_text import warning_lines
from gis.say import listed, plan_key_of, say, sentences
from layers.answers.answer import answered
from layers.answers.compare import compare_target, needs_words
from layers.plan.target import Target
from layers.result import Warn
from siting.energy.indicators import energy_indicators
from tests.conftest import ROOT, plan_keys

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
# a table or key of a plan, a name of code: [carbon], [[targets]], snake_case, pv.bifacial
CODE = re.compile(
    r"\[\[?[a-z_]+(?:\.[a-z0-9_]+)*\]\]?(?!\])|\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b"
    r"|\b(?:pv|wind|carbon|sites|energy|money|layers|values)\.[a-z_]+\b"
)
# chapters whose readers have no plan before them
READ = ("body", "carbon_chapter", "report", "lender", "charts", "zones", "map", "print", "law")
UNITS = re.compile(r"\[(?:ha|mu|km|m|deg|cm|yr)\]")
FILES = re.compile(r"\b[a-z_]+\.(?:xlsx|csv|gpkg|json)\b")  # files a reader can open
# what only whoever writes the plan meets: the doctor, a new plan, the terminal
DESK = ("layers.doctor.", "geoplan.")
TO_DO = {  # what to do about a fault, said beside it
    "layers.open.name_dsn_env_geoplan_dsn",
    "layers.weather_edge.localize",
}
MADE = ("Warn(", "told", "_words(", "Sentence | None", "why")
FAULT = ("todo", "got", "expected", "where")
NO_TEXT = ("Fault", "Error", "DataFinding")


def _name(call: ast.Call) -> str:
    f = call.func
    return f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else ""


def _of_fault(node: ast.AST) -> bool:
    """Whether a name such as ``todo`` is given its value."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(t, ast.Name) and t.id in FAULT for t in targets)


def _said(node: ast.AST) -> Iterator[str]:
    """Keys of the sentences below `node` that are not for a fault: whole ones and starts."""
    if isinstance(node, ast.Call):
        if _name(node).endswith(NO_TEXT) or _name(node) == "bad":
            return
        if _name(node) == "say" and node.args:
            key = node.args[0]
            if isinstance(key, ast.Constant):
                yield str(key.value)
            elif isinstance(key, ast.JoinedStr) and isinstance(key.values[0], ast.Constant):
                yield str(key.values[0].value)
    if (isinstance(node, ast.keyword) and node.arg in FAULT) or _of_fault(node):
        return
    for child in ast.iter_child_nodes(node):
        yield from _said(child)


def _begun(key: str, texts: dict[str, dict[str, str]], code: str) -> list[str]:
    """Sentences a made-up key may name: their ends stand in the module as texts."""
    begun = [k for k in texts if key.count(".") > 1 and k.startswith(key)]
    return [k for k in begun if not key.endswith(".") or f'"{k.removeprefix(key)}"' in code]


def _warned() -> dict[str, set[str]]:
    """Sentences of modules that make warnings, and where they are said."""
    texts = {k: v for r in ROOMS for k, v in sentences(r).items()}
    out: dict[str, set[str]] = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            code = path.read_text(encoding="utf-8")
            if not any(m in code for m in MADE):
                continue
            for key in _said(ast.parse(code)):
                known = [key] if key in texts else _begun(key, texts, code)
                for k in known:
                    out.setdefault(k, set()).add(str(path.relative_to(ROOT)))
    return out


def _plain(text: str) -> str:
    return FILES.sub("", UNITS.sub("", re.sub(r"\{[^{}]*\}", "", text)))


def test_the_pattern_sees_keys_and_no_words():
    seen = (
        "[carbon] planted",
        "[[potential.rates]]",
        "pv_rear_not_counted",
        "pv.bifacial = true",
    )
    assert all(CODE.search(t) for t in seen)
    assert not any(CODE.search(_plain(t)) for t in ("面积 [ha]", "wind-PV", "e.g. P50 (a.b)"))


def test_no_warning_puts_a_key_of_the_plan_before_a_reader():
    texts = {k: v for r in ROOMS for k, v in sentences(r).items()}
    said = {k: v for k, v in _warned().items() if not k.startswith(DESK) and k not in TO_DO}
    assert len(said) > 1000  # the search finds what it is for
    wrong = {
        k: (CODE.findall(_plain(texts[k][lang])), sorted(where))
        for k, where in said.items()
        for lang in ("zh", "en")
        if CODE.search(_plain(texts[k][lang]))
    }
    assert wrong == {}


@pytest.mark.parametrize("name", READ)
def test_no_chapter_of_a_report_or_map_names_a_key(name):
    own = {k: v for k, v in sentences("geoplan").items() if k.startswith(f"geoplan.{name}.")}
    wrong = {k: v for k, v in own.items() if any(CODE.search(_plain(t)) for t in v.values())}
    assert wrong == {}


def test_what_an_indicator_needs_is_told_in_words():
    """Every declared indicator: no id of a layer and no key before the reader of a report."""
    every = {**indicators(), **energy_indicators()}
    assert len(every) > 8
    for kind in every.values():
        words = needs_words(kind.needs)
        assert not any(CODE.search(words(lang)) for lang in ("zh", "en")), kind.id
    found = compare_target(
        Target(id="v", title={"zh": "v", "en": "v"}, indicator="forest_stock_volume", year=2025,
               value=1, unit="万立方米", section="s", quote="q"),
        every["forest_stock_volume"], (),
    )  # fmt: skip
    assert answered(found, today=2025).plan_key == "[[carbon.stock_volume]]"


def test_a_key_stands_beside_its_sentence_at_every_door_of_the_analyst():
    warn = Warn("price", say("siting.money.price_unsourced"), "money.source")
    assert warn.plan_key == "[money] source"
    part = WarningPart.model_validate(warn.as_dict())
    assert part.plan_key == "[money] source"
    (_, line) = warning_lines([part], "zh")
    assert line.endswith("请补充来源（规划文件：[money] source）")
    (_, line) = warning_lines([warn], "en")
    assert line.endswith("give its source (in the plan: [money] source)")
    for lang in ("zh", "en"):
        (item,) = warning_items([part], lang).texts
        assert item == part.text(lang)
        assert "[" not in item


def test_warnings_of_a_run_hold_no_key(tiny_run):
    """Also where a sentence is filled with names."""
    summary = read_run_summary(tiny_run)
    assert len(summary.warnings) > 20
    told = [(w.code, w.text(lang)) for w in summary.warnings for lang in ("zh", "en")]
    told += [
        (a.id, words(lang))
        for a in summary.targets or ()
        for words in (a.reason, a.closes, a.note)
        for lang in ("zh", "en")
    ]
    assert {c: t for c, t in told if CODE.search(FILES.sub("", t))} == {}


def test_keys_of_sentences_in_sentences_are_told_once():
    inner = say("siting.pv_study.pv_no_weather")
    row = listed([inner, inner, say("siting.money.no_plant"), "x"])
    assert plan_key_of(row) == "[pv.weather]; [money]"
    assert plan_key_of(say("gis.say.got", value=inner)) == "[pv.weather]"
    assert plan_key_of("text") == ""


def test_a_key_is_filled_with_what_the_sentence_knows():
    told = say(
        "carbon_sink.stand.species_unknown", n=1, ha=2.0, names="樟", first="樟", known="elm"
    )
    assert plan_key_of(told) == '[layers.forest_land.values] species = { "樟" = "..." } (elm)'


def test_tables_of_keys_are_sections_of_a_plan():
    from geoplan.plan_file import SECTIONS

    known = {*SECTIONS, "area", "targets", "plants", "zones", "layers", "facilities"}
    keys = [k for room in ROOMS for k in plan_keys(room).values()]
    assert len(keys) > 40
    tables = {t for k in keys for t in re.findall(r"\[\[?([a-z]+)", k)}
    assert tables - known == set()
