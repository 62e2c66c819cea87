"""Pages kept in the repository that are made from the program say what the program says."""

from __future__ import annotations

import importlib
import runpy
from typing import Any

import pytest

from geoplan.cli import VERBS
from geoplan.summary import RunSummary
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
