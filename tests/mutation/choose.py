"""Which mutants of a module are worth a test run, and which tests may kill each.

The mutants are cosmic-ray's. Left out are those no test can tell from the original: joined
types in annotations (they are never evaluated), decorators that only compile or cache, and
operator pairs nobody types by mistake (``*`` for ``<<``). One place is drawn at most once, so
that a long formula does not outvote a short one. Left out too are kinds that can change no
result (`_unseen`); docs/develop/mutation.md says why each is one.
"""

from __future__ import annotations

import ast
import io
import keyword
import random
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# What goes wrong in formulas: signs, products against quotients, limits, counts, branches.
BINARY = {
    "Add": ("Sub",),
    "Sub": ("Add",),
    "Mul": ("Div",),
    "Div": ("Mul",),
    "FloorDiv": ("Mul", "Div"),
    "Mod": ("Mul",),
    "Pow": ("Mul",),
    "BitAnd": ("BitOr",),
    "BitOr": ("BitAnd",),
    "LShift": ("RShift",),
    "RShift": ("LShift",),
}
COMPARISON = {
    "Lt": ("LtE", "Gt"),
    "LtE": ("Lt", "GtE"),
    "Gt": ("GtE", "Lt"),
    "GtE": ("Gt", "LtE"),
    "Eq": ("NotEq",),
    "NotEq": ("Eq",),
    "Is": ("IsNot",),
    "IsNot": ("Is",),
}
OTHERS = {
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "NumberReplacer",
    "ZeroIterationForLoop",
    "ReplaceUnaryOperator_USub_UAdd",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
}


@dataclass(frozen=True)
class Mutant:
    """One change: where (1-based line, 0-based column), what, in which definition."""

    module: str
    line: int
    column: int
    operator: str
    occurrence: int
    definition: str


def wanted(operator: str) -> bool:
    """Whether an operator of cosmic-ray is one of the kinds above."""
    name = operator.rsplit("/", 1)[-1]
    for head, table in (
        ("ReplaceBinaryOperator_", BINARY),
        ("ReplaceComparisonOperator_", COMPARISON),
    ):
        if name.startswith(head):
            old, _, new = name[len(head) :].partition("_")
            return new in table.get(old, ())
    return name in OTHERS


# How work is cut into pieces, how many random draws, what is computed beside it and not asked
# for, smaller copies in a file of pictures: never what comes out of it.
HOW_NOT_WHAT = frozenset(
    {"draws", "overviews", "seed", "shares", "threads", "tile_px", "workers"}
)


# Constants of a module that say how many are taken at a time.
AT_A_TIME = frozenset({"block", "chunk", "band"})


def _unseen(node: ast.AST) -> list[ast.AST]:
    """Parts of a node that say nothing about a result, one kind after the other."""
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return [node.test]
    if isinstance(node, ast.ClassDef):
        bases = [ast.unparse(b).split("[")[0] for b in node.bases]
        if any(b.endswith("Protocol") for b in bases):
            return list(node.body)
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and n.value]
        return [n.value for n in fields if ast.unparse(n.target) in HOW_NOT_WHAT]
    if isinstance(node, ast.Call):
        names = HOW_NOT_WHAT | ({"strict"} if ast.unparse(node.func) == "zip" else set())
        given = [k.value for k in node.keywords if k.arg in names]
        return [v for v in given if isinstance(v, ast.Constant)]
    if isinstance(node, ast.Assign):
        names = {ast.unparse(t).strip("_").lower() for t in node.targets}
        return [node.value] if names <= AT_A_TIME else []
    if isinstance(node, ast.arguments):
        late = node.args[len(node.args) - len(node.defaults) :]
        pairs = [*zip(late, node.defaults), *zip(node.kwonlyargs, node.kw_defaults)]  # noqa: B905
        return [d for a, d in pairs if d is not None and a.arg in HOW_NOT_WHAT]
    return []


def _silent_spans(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    spans = []
    for node in ast.walk(ast.parse(source)):
        notes: list[Any] = _unseen(node)
        if isinstance(node, ast.arg | ast.AnnAssign):
            notes += [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            notes += [node.returns, *node.decorator_list]
        elif isinstance(node, ast.ClassDef):
            notes += list(node.decorator_list)
        elif isinstance(node, ast.Assign):
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
            notes += [node.value] if names == ["__all__"] else []
        spans += [
            ((n.lineno, n.col_offset), (n.end_lineno, n.end_col_offset))
            for n in notes
            if n is not None
        ]
    return spans


def _marks(source: str) -> set[tuple[int, int]]:
    """Where ``*``, ``**`` and ``/`` are no operators: ``f(*a)``, ``{**d}``, ``def f(*, x)``."""
    out, before = set(), ""
    blank = {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}
    for t in tokenize.generate_tokens(io.StringIO(source).readline):
        if t.type in blank:
            continue
        opens = before in {"", "(", "[", "{", ",", "=", ":"} or (
            keyword.iskeyword(before) and before not in {"None", "True", "False"}
        )
        if t.string in {"*", "**", "/"} and opens:
            out.add(t.start)
        before = t.string
    return out


def mutants(path: Path, root: Path) -> list[Mutant]:
    """Every mutant of a file worth a run, in the order of the text."""
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.ast.ast_query import ASTQuery
    from cosmic_ray.plugins import get_operator, operator_names

    tree = get_ast_from_path(path)
    source = path.read_text(encoding="utf-8")
    skip, marks = _silent_spans(source), _marks(source)
    out = []
    for name in filter(wanted, operator_names()):
        operator = get_operator(name)()
        places = (
            (node, start)
            for node in ast_nodes(tree)
            for start, _ in operator.mutation_positions(node)
        )
        for occurrence, (node, start) in enumerate(places):
            if start in marks or any(a <= start < b for a, b in skip):
                continue
            definition = ASTQuery(node).get_definition_name() or ""
            module = path.relative_to(root).as_posix()
            out.append(Mutant(module, start[0], start[1], name, occurrence, definition))
    return sorted(out, key=lambda m: (m.line, m.column, m.operator, m.occurrence))


def draw(found: Iterable[Mutant], n: int | None, seed: int) -> list[Mutant]:
    """`n` mutants, at most one a place, the same for the same seed; all for None."""
    every = list(found)
    if n is None:
        return every
    places: dict[tuple[int, int], list[Mutant]] = {}
    for m in every:
        places.setdefault((m.line, m.column), []).append(m)
    dice = random.Random(f"{seed} {every[0].module if every else ''}")
    drawn = dice.sample(sorted(places), min(n, len(places)))
    return [dice.choice(places[p]) for p in sorted(drawn)]
