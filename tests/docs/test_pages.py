"""Pages kept in the repository that are made from the program say what the program says."""

from __future__ import annotations

import importlib
import runpy
from typing import Any

import pytest

from geoplan.cli import VERBS
from geoplan.summary import RunSummary
from gis.say import texts_of
from layers.units import units
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def pages() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "_pages.py"))


def test_kept_pages_are_up_to_date(pages):
    stale = [
        str(path.relative_to(ROOT))
        for path, text in pages["kept_files"]().items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert stale == []  # run: python docs/_pages.py


def test_every_verb_option_and_key_is_on_its_page(pages):
    text = pages["commands_page"]()
    for verb in VERBS:
        assert f"## geoplan {verb}\n" in text
    for option in ("--lang", "--version", "--install-completion", "--substation-ha", "--json"):
        assert option in text
    summary = pages["summary_page"]()
    for name, field in RunSummary.model_fields.items():
        assert f"| `{field.alias or name}` |" in summary


def test_every_name_offered_has_its_page(pages):
    for room, text in pages["api_pages"]().items():
        names = importlib.import_module(room).__all__
        assert [n for n in names if f"\n   {n}\n" not in text] == []


def test_the_glossary_has_the_words_of_every_state(pages):
    text = pages["glossary_page"]()
    for word in ("可用", "有条件可用", "不可用", "无法判定", "暂定", "未禁止", "光伏", "公顷"):
        assert f"| {word} |" in text


def test_what_a_user_needs_stands_in_english_too():
    # where the English page has another name
    other = {"first_run": "start", "law-effects": "law"}
    english = {p.stem for p in (ROOT / "docs" / "en").glob("*.md")}
    guide = {p.stem for p in (ROOT / "docs" / "guide").glob("*.md")}
    assert {g for g in guide if other.get(g, g) not in english} == set()
    listed = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert {e for e in english if f"en/{e}\n" not in listed} == set()


def test_units_have_one_word_in_glossary_and_results():
    words = texts_of("geoplan.common")
    for name, unit in units().items():
        said = words.get(f"unit.{name.casefold()}")
        if said is not None:
            assert said["zh"] == unit.title.zh
            assert said["en"] == unit.title.en
    assert words["unit.wan_mu"] == {
        "zh": units()["万亩"].title.zh,
        "en": units()["万亩"].title.en,
    }


def test_no_page_needs_a_script_from_elsewhere():
    """A formula would load its drawing from the net: the pages are read where there is none."""
    marks = (":math:", ".. math::")
    found = [
        f"{path.relative_to(ROOT)}"
        for room in ("gis", "layers", "siting", "carbon_sink", "geoplan", "docs")
        for path in (ROOT / room).rglob("*")
        if path.suffix in (".py", ".md", ".rst")
        and any(m in path.read_text(encoding="utf-8") for m in marks)
    ]
    assert found == []
