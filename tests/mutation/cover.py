"""Which tests run which line: one run of the fast set under coverage, one context a test."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

FAST = "not slow and not browser"


def copy_tree(root: Path, to: Path) -> None:
    """The project's files as they stand, committed or not, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    shutil.rmtree(to, ignore_errors=True)
    for name in filter(None, listed):
        if (root / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, to / name)


def learn(tree: Path, work: Path) -> None:
    """Run the fast set once in `tree`; lines by test and seconds by test go to `work`."""
    env = os.environ | {
        "PYTHONPATH": str(tree),
        "GEOPLAN_CACHE": str(work / "cache"),
        "COVERAGE_FILE": str(work / "coverage.sqlite"),
        "CI": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-m", FAST, "-p", "no:cacheprovider"]
    command += ["--cov", "--cov-context=test", "--cov-report=", "--no-header"]
    command += ["--continue-on-collection-errors"]
    command += [f"--junit-xml={work / 'seconds.xml'}", "-o", "junit_family=xunit1"]
    with (work / "learn.log").open("w", encoding="utf-8") as log:
        subprocess.run(command, cwd=tree, env=env, stdout=log, stderr=log, check=False)


class Tests:
    """The tests that run a line, nearest room first, quickest first.

    Compiled kernels leave no trace of their lines, so a kernel counts as run by every test
    that runs a line of a plain function which names it, itself or through other kernels.
    """

    __test__ = False

    def __init__(self, tree: Path, work: Path) -> None:
        from coverage import CoverageData

        self.tree = tree
        self.data = CoverageData(basename=str(work / "coverage.sqlite"))
        self.data.read()
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        for case in ET.parse(work / "seconds.xml").getroot().iter("testcase"):
            name = f"{case.get('file')}::{case.get('name')}"
            self.seconds[name] = float(case.get("time") or 0)
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed.add(name)

    @cache  # noqa: B019
    def lines(self, module: str) -> dict[int, list[str]]:
        """Line -> names of tests; "" is the time of import."""
        return dict(self.data.contexts_by_lineno(str(self.tree / module)))

    def _named(self, contexts: set[str]) -> set[str]:
        out = set()
        for c in contexts:
            name = c.rsplit("|", 1)[0]
            if name and name in self.seconds and name not in self.failed:
                out.add(name)
        return out

    def _contexts(self, module: str, first: int, last: int) -> set[str]:
        lines = self.lines(module)
        return {c for n in range(first, last + 1) for c in lines.get(n, [])}

    def of_span(self, module: str, first: int, last: int) -> set[str]:
        """Tests that run any line of a span."""
        return self._named(self._contexts(module, first, last))

    def beside(self, module: str, line: int) -> set[str]:
        """Tests that use what a line did before they began.

        A fixture of a module, a cached function, the import of a test: coverage names only
        the test that came first, or none. Those of the same file, of the same definition or
        module see its result too.
        """
        contexts = self._contexts(module, line, line)
        files = {c.split("::")[0] for c in contexts if c.endswith("|setup")}
        out = {n for n in self.seconds if n.split("::")[0] in files} - self.failed
        span = _definition(self.tree, module, line)
        if span is None or span[3]:
            return out
        cached, early = _once(self.tree, module, line)
        once = early or "" in contexts
        if once:
            out |= self.of_span(module, span[1], span[2])
        if cached or (once and not out):
            out |= self.of_span(module, 1, 100_000)
        return out

    def of_kernel(self, module: str, definition: str) -> set[str]:
        """Tests that run a plain function naming a kernel, through other kernels too."""
        wanted, seen, out = [(module, definition)], set(), set()
        while wanted:
            target = wanted.pop()
            for caller in _callers(self.tree).get(target, ()):
                if caller in seen:
                    continue
                seen.add(caller)
                path, name, first, last, is_kernel = caller
                if is_kernel:
                    wanted.append((path, name))
                else:
                    out |= self.of_span(path, first, last)
        return out

    def inlined_in(self, module: str) -> set[str]:
        """Other modules whose kernels call kernels of `module`, through others too."""
        wanted, seen = [k for k in _callers(self.tree) if k[0] == module], set()
        while wanted:
            for path, name, _, _, is_kernel in _callers(self.tree).get(wanted.pop(), ()):
                if is_kernel and (path, name) not in seen:
                    seen.add((path, name))
                    wanted.append((path, name))
        return {path for path, _ in seen} - {module}

    def of(self, module: str, line: int, most: int) -> list[str]:
        """Tests that may kill a mutant of `line`, the likeliest first.

        At most `most` of those that run it, and as many of those `beside`.
        """
        found = self.of_span(module, line, line)
        if not found:
            span = _definition(self.tree, module, line)
            if span is None:  # a table of the module: whoever runs the module
                found = self.of_span(module, 1, 100_000)
            elif span[3]:
                found = self.of_kernel(module, span[0])
        folder = "tests/" + module.rsplit("/", 1)[0]
        stem = Path(module).stem

        beside = self.beside(module, line) - found

        def order(name: str) -> tuple[int, float, str]:
            near = 0 if stem in name.split("::")[0] else 1
            room = sum(a != b for a, b in zip(folder.split("/"), name.split("/"), strict=False))
            return (room + near, self.seconds[name], name)

        return sorted(found, key=order)[:most] + sorted(beside, key=order)[:most]


@cache
def _tree_of(tree: Path, module: str) -> ast.Module:
    return ast.parse((tree / module).read_text(encoding="utf-8"))


def _is_kernel(node: ast.AST) -> bool:
    marks = [ast.unparse(d) for d in getattr(node, "decorator_list", [])]
    return any("kernel" in m or "njit" in m or "vectorize" in m for m in marks)


def _definition(tree: Path, module: str, line: int) -> tuple[str, int, int, bool] | None:
    """Name, first, last line of the top definition around `line`; whether it is compiled."""
    for node in _tree_of(tree, module).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            last = node.end_lineno or node.lineno
            if node.lineno <= line <= last:
                inner = any(_is_kernel(n) for n in ast.walk(node))
                return node.name, node.lineno, last, inner
    return None


def _once(tree: Path, module: str, line: int) -> tuple[bool, bool]:
    """Whether a line is of a cached function; whether it is a default or a field of a class."""
    cached, early = False, True
    for node in ast.walk(_tree_of(tree, module)):
        if not isinstance(node, ast.FunctionDef):
            continue
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            cached |= any("cache" in ast.unparse(d) for d in node.decorator_list)
            early &= line < node.body[0].lineno
    return cached, early


Caller = tuple[str, str, int, int, bool]


@cache
def _callers(tree: Path) -> dict[tuple[str, str], list[Caller]]:
    """Definition -> definitions that name it, anywhere in the five rooms."""
    code = (
        "import json; from tests.reachable import modules, _named\n"
        "out = []\n"
        "for m in modules().values():\n"
        "    for n, node in m.definitions.items():\n"
        "        at = [m.name, n, node.lineno, node.end_lineno]\n"
        "        out += [[a, b, *at] for a, b in _named(m.name, [node])]\n"
        "    for n, nodes in m.tables.items():\n"
        "        out += [[a, b, m.name, n, 1, 100000] for a, b in _named(m.name, nodes)]\n"
        "print(json.dumps([{k: str(v.path) for k, v in modules().items()}, out]))\n"
    )
    env = os.environ | {"PYTHONPATH": str(tree)}
    text = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, env=env, capture_output=True, check=True
    ).stdout
    paths, edges = json.loads(text)
    out: dict[tuple[str, str], list[Caller]] = {}
    for to_module, to_name, module, name, first, last in edges:
        if not to_name:
            continue
        path = Path(paths[module]).relative_to(tree).as_posix()
        target = Path(paths[to_module]).relative_to(tree).as_posix()
        node = next(
            (
                n
                for n in _tree_of(tree, path).body
                if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == name
            ),
            None,
        )
        compiled = node is not None and any(_is_kernel(n) for n in ast.walk(node))
        out.setdefault((target, to_name), []).append((path, name, first, last, compiled))
    return out
