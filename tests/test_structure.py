"""The house: no circles, no room too full, no file too long, exports that exist."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")
MOST_FILES = 25
MOST_LINES = 450
# A file may be longer only for a reason.
LONG = {
    "geoplan/maps/page.py": "one page, a function a layer of it",
    "siting/rules/load.py": "reading, overriding and choosing rules in one order",
}


def files() -> list[Path]:
    return sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(p): p for p in files()}


def imports(path: Path) -> Iterator[str]:
    """Modules of the house a file imports, inside functions and for types alone too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in MODULES:
                    yield whole
                elif node.module in MODULES:
                    yield node.module


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components of more than one module (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    out: list[list[str]] = []

    def visit(v: str) -> None:
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in sorted(graph[v]):
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            i = stack.index(v)
            if len(stack) - i > 1:
                out.append(sorted(stack[i:]))
            del stack[i:]

    for v in sorted(graph):
        if v not in index:
            visit(v)
    return out


def test_circles_are_found():
    ring = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert circles(ring) == [["a", "b", "c"]]
    assert circles({"a": {"b"}, "b": set()}) == []


@pytest.mark.slow
def test_no_module_depends_on_itself_by_a_detour():
    graph = {m: set(imports(p)) - {m} for m, p in MODULES.items()}
    assert sum(map(len, graph.values())) > len(MODULES)  # the graph is not empty
    assert circles(graph) == []


def test_no_room_is_too_full():
    rooms: dict[Path, int] = {}
    for path in files():
        if path.name != "__init__.py":
            rooms[path.parent] = rooms.get(path.parent, 0) + 1
    full = {str(r.relative_to(ROOT)): n for r, n in rooms.items() if n > MOST_FILES}
    assert full == {}


def test_no_file_is_too_long():
    long = {
        str(p.relative_to(ROOT)): n
        for p in files()
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert {k: n for k, n in long.items() if k not in LONG} == {}
    assert set(LONG) <= set(long)  # no reason is kept for a file that became short


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_a_module_offers_exists_and_says_what_it_is(room):
    wrong = []
    for name in sorted(m for m in MODULES if m.split(".")[0] == room and "__main__" not in m):
        module = importlib.import_module(name)
        for offered in getattr(module, "__all__", ()):
            found = getattr(module, offered, None)
            if found is None:
                wrong.append(f"{name}.{offered} is not there")
            elif inspect.isfunction(found) and not found.__doc__:
                wrong.append(f"{name}.{offered} says nothing")
    assert wrong == []


def test_no_file_is_named_for_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "tools"}
    assert [m for m in MODULES if m.rsplit(".", 1)[-1] in vague] == []


def test_geometries_are_prepared_in_one_place():
    """These prepare what they are given, wherever it is kept, and threads may meet there."""
    names = {"prepare", "prep", "contains_xy", "intersects_xy"}
    found = {
        str(path.relative_to(ROOT))
        for path in files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in names
        and isinstance(node.value, ast.Name)
        and node.value.id == "shapely"
    }
    assert found == {"gis/prepared.py"}


def test_a_result_that_may_be_missing_is_asked_for_not_caught():
    """`optional_table` and `optional_layer` say it; an error that is caught hides others."""
    caught = []
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Try):
                names = {
                    n.id for b in node.body for n in ast.walk(b) if isinstance(n, ast.Name)
                }
                if names & {"read_table", "read_layer"}:
                    caught.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert caught == []


def _sets_gone_through(text: str) -> list[int]:
    """Lines that go through a set whose order they hand on."""
    tree = ast.parse(text)
    free = {"sorted", "set", "frozenset", "any", "all", "max", "min", "len"}
    unordered = {
        id(a)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in free
        for a in node.args
    }
    out = []
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            through = [node.iter]
        elif isinstance(node, ast.ListComp | ast.DictComp | ast.GeneratorExp):
            through = [] if id(node) in unordered else [g.iter for g in node.generators]
        else:
            continue
        out += [i.lineno for i in through if _is_set(i)]
    return out


def _is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_set(node.left) or _is_set(node.right)
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return isinstance(node, ast.Set) or (called and node.func.id in {"set", "frozenset"})


def test_sets_that_are_gone_through_are_found():
    assert _sets_gone_through("x = [a for a in set(b)]\nfor c in {d} - e:\n    f(c)") == [2, 1]
    assert _sets_gone_through("x = sorted(a for a in set(b))\ny = {a for a in set(b)}") == []


def test_no_answer_follows_the_order_of_a_set():
    """It is another in each process, and so would be the last bit of a sum."""
    bad = {
        f"{p.relative_to(ROOT)}:{line}"
        for p in files()
        for line in _sets_gone_through(p.read_text(encoding="utf-8"))
    }
    assert bad == set()
