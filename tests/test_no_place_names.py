"""No county in the code: places stand in plans, province files, rule books and samples.

Docstrings, comments and examples may name places; names, strings and keys may not.
"""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
# the synthetic county is drawn after a real one and says so
EXCEPT = ("layers/sample/",)
# the distribution's own name
ALLOWED = ("pingluo-geoplan", "pingluo_geoplan")
NAMES = re.compile(
    r"pingluo|ningxia|shizuishan|yinchuan|gaoren|hongyazi|xinghai|guodian|huayi|helan\b|"
    r"inner_?mongolia|inner mongolia|xinjiang|640221|640200|6402\b|"
    "平罗|宁夏|石嘴山|银川|高仁|红崖子|星海|国电|华仪|贺兰山|内蒙古|新疆|陶乐|惠农|大武口",
    re.IGNORECASE,
)


def _docstrings(tree: ast.AST) -> set[int]:
    """Ids of the constants that are docstrings, attribute docstrings among them."""
    found = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", ())
        for part in body if isinstance(body, list) else ():
            if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant):
                found.add(id(part.value))
    return found


def places_in(source: str) -> list[tuple[int, str]]:
    """Line and text of every name and string of a module that names a place."""
    tree = ast.parse(source)
    skip = _docstrings(tree)
    out = []
    for node in ast.walk(tree):
        texts: list[str] = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts = [] if id(node) in skip else [node.value]
        elif isinstance(node, ast.Name):
            texts = [node.id]
        elif isinstance(node, ast.Attribute):
            texts = [node.attr]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            texts = [node.name]
        elif isinstance(node, ast.arg | ast.keyword):
            texts = [node.arg or ""]
        elif isinstance(node, ast.alias):
            texts = [node.name, node.asname or ""]
        for text in texts:
            for name in ALLOWED:
                text = text.replace(name, "")
            if NAMES.search(text):
                out.append((getattr(node, "lineno", 0), text[:60]))
    return out


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_names_a_place(room):
    wrong = [
        f"{name}:{line} {text}"
        for path in sorted((ROOT / room).rglob("*.py"))
        if not (name := path.relative_to(ROOT).as_posix()).startswith(EXCEPT)
        for line, text in places_in(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        "X = '宁夏日报'",
        "def ningxia_total(): ...",
        "x = {'reference_xinghai': 1}",
        "f(province='ningxia')",
        "from plans import pingluo",
        "def f(adcode='640221'): ...",
        "x = f'{n} 平罗'",
    ],
)
def test_the_test_sees_names_and_strings(source):
    assert places_in(source)


def test_docstrings_comments_and_the_distribution_may():
    assert not places_in(
        '"""Of Pingluo."""\n# 平罗\nclass A:\n    """宁夏."""\n    x = 1\n    """平罗."""\n'
        "version('pingluo-geoplan')\n"
    )
