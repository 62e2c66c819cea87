"""Words of the products: punctuation of the Chinese, one glossary, no words in code."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geoplan.glossary import RESTORATION, STATES, kind_word, labelled, state_word, tech_word
from gis.say import both, say, sentences
from siting.rules import words
from siting.screen.screening import ALL_TECHS
from tests.conftest import ROOT

HAN = re.compile("[一-鿿]")
# a half-width mark beside a Chinese character, or brackets around Chinese
HALF = re.compile(
    r"[一-鿿》」”）][,;:!?](?!//)|[,;:!?] ?[一-鿿《「“]|[一-鿿]\(|\)[一-鿿]|\([^()]*[一-鿿]"
)
FILES = sorted((ROOT / "geoplan").rglob("*.toml"))


def chinese(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "zh" and isinstance(inner, str):
                yield inner
            else:
                yield from chinese(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from chinese(inner)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_chinese_has_full_width_marks(path):
    texts = chinese(tomllib.loads(path.read_text(encoding="utf-8")))
    # what stands in code marks or is a place to fill keeps its own marks
    bare = [(t, re.sub(r"\{[^{}]*\}|`[^`]*`", "x", t)) for t in texts]
    assert [t for t, b in bare if HALF.search(b)] == []


def test_states_are_the_glossary_everywhere():
    for tech in ("pv", "wind", *sorted(RESTORATION)):
        for state in STATES:
            table = "state_restoration" if tech in RESTORATION else "state"
            assert state_word(state, tech) == say(f"layers.words.{table}.{state}")
    assert state_word("left", "afforest")("zh") == "未禁止"
    assert state_word("left", "pv")("zh") == "可用"
    assert both(state_word("outside")) == {"zh": "县域以外", "en": "Outside the county"}
    # nobody else has a word for them
    own = {k for k in sentences("geoplan") if re.search(r"\b(state|kind)[._]", k)}
    assert {k for k in own if k.rsplit(".", 1)[-1] in {*STATES, "hard", "preference"}} == set()


def test_words_that_are_not_in_the_glossary_are_said_as_they_are():
    assert both(tech_word("tidal")) == {"zh": "tidal", "en": "tidal"}
    assert kind_word("preference")("zh") == "优先"
    assert both(labelled(tech_word("wind"), 3)) == {"zh": "风电：3", "en": "Wind: 3"}


def _docstrings(tree: ast.AST) -> set[int]:
    out = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            for one in body:
                if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant):
                    out.add(id(one.value))
    return out


@pytest.mark.parametrize(
    "path", sorted((ROOT / "geoplan").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_chinese_in_code(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = _docstrings(tree)
    assert [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in told
        and HAN.search(node.value)
    ] == []


@pytest.mark.parametrize("tech", ALL_TECHS)
def test_a_technology_has_one_name(tech):
    # the glossary of the products begins with a capital in English
    for lang in ("zh", "en"):
        assert words.tech_word(tech)(lang).casefold() == tech_word(tech)(lang).casefold()
