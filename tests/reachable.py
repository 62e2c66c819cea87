"""What of the product a user can reach: the closure over names from its doors.

Doors are the command line, the steps of a run and the names the five rooms offer. A
definition is a function or a class at the top of a module; it reaches what its body names,
through imports and re-exports. A table at the top of a module (``_KINDS = {"a": f}``) reaches
what it holds only when something names the table. A class reaches the classes derived from
it (kinds of tests are found by their base). Run as ``python -m tests.reachable``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("gis", "layers", "siting", "carbon_sink", "geoplan")

Name = tuple[str, str]  # module, name; the name "" is the module's own running code


@dataclass
class Module:
    """One file: what it defines, what its tables hold, what it imports."""

    name: str
    path: Path
    definitions: dict[str, ast.AST] = field(default_factory=dict)
    tables: dict[str, list[ast.AST]] = field(default_factory=dict)
    code: list[ast.AST] = field(default_factory=list)
    imports: dict[str, Name] = field(default_factory=dict)


@dataclass(frozen=True)
class Dead:
    """A definition nobody reaches."""

    module: str
    name: str
    lines: int


def _targets(node: ast.AST) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [n.id for t in targets if t for n in ast.walk(t) if isinstance(n, ast.Name)]


def _imports(tree: ast.AST) -> dict[str, Name]:
    out: dict[str, Name] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for a in node.names:
                out[a.asname or a.name.split(".")[0]] = (
                    (a.name, "") if a.asname else (a.name.split(".")[0], "")
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            for a in node.names:
                out[a.asname or a.name] = (node.module, a.name)
    return out


def _read(name: str, path: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    out = Module(name, path, imports=_imports(tree))

    def sort(body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                out.definitions[node.name] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                for target in _targets(node):
                    if target != "__all__":
                        out.tables.setdefault(target, []).append(node)
            elif isinstance(node, ast.If | ast.Try):
                sort(node.body)
                sort(node.orelse)
                out.code += [node.test] if isinstance(node, ast.If) else []
            elif not isinstance(node, ast.Import | ast.ImportFrom):
                out.code.append(node)

    sort(tree.body)
    return out


@cache
def modules() -> dict[str, Module]:
    """Every module of the five rooms by its dotted name."""
    out = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            out[name] = _read(name, path)
    return out


@cache
def _resolve(module: str, name: str, seen: frozenset[Name] = frozenset()) -> Name | None:
    """Where `name`, as `module` says it, is defined; (module, "") for a module."""
    here = modules().get(module)
    if here is None or (module, name) in seen:
        return None
    if name == "" or name in here.definitions or name in here.tables:
        return module, name
    if name in here.imports:
        there = _resolve(*here.imports[name], seen | {(module, name)})
        if there is not None:
            return there
    return (f"{module}.{name}", "") if f"{module}.{name}" in modules() else None


def _dotted(node: ast.AST) -> list[str] | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else None


def _named(module: str, nodes: list[ast.AST]) -> Iterator[Name]:
    """What `nodes`, standing in `module`, name."""
    for node in (n for top in nodes for n in ast.walk(top)):
        if isinstance(node, ast.Attribute | ast.Name):
            parts = _dotted(node)
            found = _resolve(module, parts[0]) if parts else None
            for part in (parts or [])[1:]:
                if found is None or found[1]:
                    break
                found = _resolve(found[0], part)
            if found is not None:
                yield found
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # "siting.pv.study.step_pv:pv_step", and annotations in quotes
            head, _, tail = node.value.partition(":")
            if head in modules():
                found = _resolve(head, tail)
                if found is not None:
                    yield found
            elif node.value.isidentifier() and node.value in modules()[module].definitions:
                yield module, node.value
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            yield from ((n, "") for n in names if n in modules())


def _own(module: str) -> set[Name]:
    here = modules()[module]
    return {(module, name) for name in (*here.definitions, *here.tables)}


def doors() -> set[Name]:
    """The command line, the steps, what is found by lying in a folder, what rooms offer."""
    from geoplan.steps import STEPS
    from siting.rules.conditions import kinds

    out: set[Name] = {("geoplan.__main__", "main"), ("geoplan.wheelhouse", "main")}
    for name in modules()["geoplan.cli"].definitions:
        out.add(("geoplan.cli", name))
    for step in STEPS:
        module, _, name = step.function.partition(":")
        out.add((module, name))
    out |= {(kind.__module__, kind.__name__) for kind in kinds().values()}
    for table in ("INDICATOR", "INDICATORS"):
        out |= {(name, table) for name, m in modules().items() if table in m.tables}
    for room in ROOMS:
        package = importlib.import_module(room)
        out |= {(room, hook) for hook in ("__getattr__", "__dir__")} & _own(room)
        for name in getattr(package, "__all__", ()):
            thing = inspect.unwrap(getattr(package, name))
            module = getattr(thing, "__module__", None) or getattr(thing, "__name__", "")
            found = _resolve(module, getattr(thing, "__qualname__", "").split(".")[0])
            if found is not None:
                out.add(found)
    return out


def _heirs() -> dict[Name, list[Name]]:
    """Class -> the classes derived from it: who reaches a kind reaches all kinds of it."""
    out: dict[Name, list[Name]] = {}
    for module in modules().values():
        for name, node in module.definitions.items():
            if isinstance(node, ast.ClassDef):
                for base in _named(module.name, list(node.bases)):
                    out.setdefault(base, []).append((module.name, name))
    return out


def reached(start: set[Name]) -> set[Name]:
    """The closure over names."""
    seen: set[Name] = set()
    queue = list(start)
    heirs = _heirs()
    while queue:
        module, name = queue.pop()
        if (module, name) in seen or module not in modules():
            continue
        seen.add((module, name))
        here = modules()[module]
        if name == "":
            nodes = here.code
            queue += [(m, "") for m, _ in here.imports.values() if m in modules()]
        elif name in here.definitions:
            nodes = [here.definitions[name]]
        else:
            nodes = here.tables.get(name, [])
        queue += _named(module, nodes)
        queue += heirs.get((module, name), ())
        queue.append((module, ""))
    return seen


@cache
def unreached() -> tuple[Dead, ...]:
    """Definitions no door leads to, the longest first."""
    alive = reached(doors())
    out = []
    for module in modules().values():
        for name, node in module.definitions.items():
            if (module.name, name) not in alive:
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                out.append(Dead(module.name, name, node.end_lineno - first + 1))
    return tuple(sorted(out, key=lambda d: (-d.lines, d.module, d.name)))


def main() -> int:
    """Print what is not reached."""
    found = unreached()
    total = sum(len(m.definitions) for m in modules().values())
    lines = [f"{d.lines:5d}  {d.module}:{d.name}" for d in found]
    lines.append(f"{len(found)} of {total} definitions, {sum(d.lines for d in found)} lines")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
