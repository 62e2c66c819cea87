"""No sentence of either language stands in code: all of them are in the text files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
# Chinese that is no sentence: what files are recognised by, and the invented county.
KEYWORDS = {
    "gis/crs/china.py": "names of withdrawn systems",
    "gis/files/coordinate_txt.py": "headings of the coordinate text",
    "gis/files/exchange/lines.py": "headings of the coordinate text",
    "gis/files/exchange/write.py": "headings of the coordinate text",
    "gis/files/vertices.py": "headings of coordinate tables",
    "siting/rules/article.py": "numbers of articles",
    "gis/files/degrees.py": "headings and signs of degrees, minutes and seconds",
    "gis/files/table_rows.py": "second row of a header: degrees, minutes, seconds",
    "siting/rules/audit/statute.py": "numbers of articles, and what says when a law holds",
    "siting/wind/machine/existing.py": "headings of turbine lists",
    "siting/wind/machine/makers.py": "headings of power curves",
}


SAYING = {"Fault", "ConfigError", "DataError", "ModelError", "Warn", "Note", "Finding"}
WORDS = re.compile(r"[A-Za-z]{2,} +[a-z]{2,}|^ [a-z]{3,}")
# A key of a plan or rule book: "[area.boundary] adcode", "p.toml [layers.road] where"
KEY = re.compile(r"\[[^\]]*\]( [a-z_]+)?|^ (where|indicator|unit|caliber|value)$")


def files(room: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / room).rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if not name.startswith("layers/sample/"):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """String constants that are no docstring."""
    alone = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in alone
        ):
            yield node.lineno, node.value


def chinese(name: str, tree: ast.Module) -> list[str]:
    if name in KEYWORDS:
        return []
    return [f"{name}:{n} {s[:40]}" for n, s in strings(tree) if re.search(r"[一-鿿]", s)]


def english(name: str, tree: ast.Module) -> list[str]:
    """Words in what is raised, warned or noted, but for keys of a plan in brackets."""
    out = []
    for node in ast.walk(tree):
        called = getattr(node, "func", None)
        if getattr(called, "id", getattr(called, "attr", "")) not in SAYING:
            continue
        for part in [*node.args, *(k.value for k in node.keywords)]:
            said = [n for n in ast.walk(part) if isinstance(n, ast.Call)]
            if any(getattr(n.func, "id", "") == "say" for n in said):
                continue
            for line, text in strings(part):
                if WORDS.search(KEY.sub("", text)):
                    out.append(f"{name}:{line} {text[:50]}")
    return out


@pytest.mark.parametrize("room", ROOMS)
def test_no_chinese_stands_in_code(room):
    assert [s for name, tree in files(room) for s in chinese(name, tree)] == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_english_sentence_is_raised_from_code(room):
    assert [s for name, tree in files(room) for s in english(name, tree)] == []


def test_the_search_finds_what_it_is_for():
    tree = ast.parse(
        '"""文档"""\nx = "中文"\nraise DataError("no such file", got=f"{n} rows are left",'
        ' where="[area.boundary] adcode", todo=say("a.b.c", v="one two"))'
    )
    assert chinese("a.py", tree) == ["a.py:2 中文"]
    assert [s.split(" ", 1)[1] for s in english("a.py", tree)] == [
        "no such file",
        " rows are left",
    ]


def test_every_exception_is_needed():
    for name in KEYWORDS:
        tree = ast.parse(Path(ROOT / name).read_text(encoding="utf-8"))
        assert any(re.search(r"[一-鿿]", s) for _, s in strings(tree)), name
