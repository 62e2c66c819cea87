"""The mutants that are drawn, and the tests each of them meets."""

from __future__ import annotations

import pytest

from tests.conftest import ROOT
from tests.mutation import run
from tests.mutation.__main__ import CONFIG, computing, room, scores
from tests.mutation.choose import Mutant, draw, mutants, wanted
from tests.mutation.cover import Tests
from tests.mutation.run import restore


@pytest.mark.parametrize("pattern", CONFIG["compute"])
def test_every_pattern_of_computing_modules_finds_some(pattern: str) -> None:
    assert list(ROOT.glob(pattern))


@pytest.mark.slow
def test_computing_modules_are_those_of_the_rooms_asked_for():
    every = computing([])
    assert "gis/cells/area.py" in every
    assert "gis/cells/jit.py" not in every
    assert not [m for m in every if m.endswith("__init__.py") or "/step_" in m]
    assert computing(["gis/crs/"]) == [m for m in every if m.startswith("gis/crs/")]
    assert computing(["gis/cells/area.py"]) == ["gis/cells/area.py"]
    assert room("siting/pv/light/sun.py") == "siting/pv/light"
    assert room("gis/crs/china.py") == "gis/crs"


def test_kinds_of_change_are_those_that_go_wrong_in_formulas():
    assert wanted("core/ReplaceBinaryOperator_Mul_Div")
    assert wanted("core/ReplaceComparisonOperator_Lt_LtE")
    assert wanted("core/NumberReplacer")
    assert not wanted("core/ReplaceBinaryOperator_Mul_LShift")
    assert not wanted("core/RemoveDecorator")


def test_a_draw_takes_a_place_once_and_is_the_same_for_a_seed():
    found = [Mutant("m.py", line, 0, op, 0, "f") for line in range(9) for op in "ab"]
    drawn = draw(found, 5, seed=1)
    assert len({m.line for m in drawn}) == 5
    assert drawn == draw(found, 5, seed=1)
    assert drawn != draw(found, 5, seed=2)
    assert draw(found, None, seed=1) == found
    assert len(draw(found, 50, seed=1)) == 9
    assert draw([], 5, seed=1) == []


def test_a_score_is_killed_over_drawn():
    rows = [
        {"module": "gis/crs/a.py", "outcome": "killed"},
        {"module": "gis/crs/a.py", "outcome": "survived"},
        {"module": "gis/crs/b.py", "outcome": "no test"},
        {"module": "siting/pv/light/a.py", "outcome": "killed"},
    ]
    assert scores(rows)[2:] == [
        "| gis/crs | 3 | 1 | 33 % |",
        "| siting/pv/light | 1 | 1 | 100 % |",
        "| all | 4 | 2 | 50 % |",
    ]


def test_mutants_leave_out_what_no_test_can_see(tmp_path):
    pytest.importorskip("cosmic_ray")
    path = tmp_path / "m.py"
    path.write_text(
        "__all__ = ['f']\n"
        "@cache(1)\n"
        "def f(x: int | None, n: Literal[3] = 2) -> float | None:\n"
        "    return x * 15 + n\n",
        encoding="utf-8",
    )
    found = mutants(path, tmp_path)
    assert {m.line for m in found} == {3, 4}
    at = {(m.line, m.operator.rsplit("/")[-1]) for m in found}
    assert at == {
        (3, "NumberReplacer"),  # the default, not the annotation
        (4, "NumberReplacer"),
        (4, "ReplaceBinaryOperator_Mul_Div"),
        (4, "ReplaceBinaryOperator_Add_Sub"),
    }
    assert all(m.definition == "f" for m in found)


def test_kinds_that_change_no_result_are_left_out(tmp_path):
    pytest.importorskip("cosmic_ray")
    path = tmp_path / "m.py"
    path.write_text(
        "if TYPE_CHECKING:\n"
        "    import a\n"
        "class P(Protocol[V]):\n"
        "    def f(self, x: int = 3) -> bool: ...\n"
        "class Q(Base):\n"
        "    draws: int = 6\n    top: int = 7\n"
        "def g(a, n=7, threads=2, workers=7, *, draws=7, late=False):\n"
        "    zip(a, a, strict=True)\n"
        "    dict(a, strict=True)\n"
        "    if not typed:\n"
        "        return 11\n"
        "    g(a, shares=False, draws=10 * n, seed=12)\n"
        "_BLOCK = 256\n"
        "_LIMIT = 256\n",
        encoding="utf-8",
    )
    found = mutants(path, tmp_path)
    at = {(m.line, m.operator.rsplit("/")[-1]) for m in found}
    assert at == {
        (15, "NumberReplacer"),
        (13, "NumberReplacer"),  # what is worked out may be wrong
        (13, "ReplaceBinaryOperator_Mul_Div"),
        (7, "NumberReplacer"),
        (8, "NumberReplacer"),
        (8, "ReplaceFalseWithTrue"),
        (10, "ReplaceTrueWithFalse"),
        (11, "AddNot"),
        (11, "ReplaceUnaryOperator_Delete_Not"),
        (12, "NumberReplacer"),
    }
    assert {m.column for m in found if m.line == 8 and "Number" in m.operator} == {11}


def test_stars_that_are_no_products_are_left_out(tmp_path):
    pytest.importorskip("cosmic_ray")
    path = tmp_path / "m.py"
    path.write_text(
        "def f(a, /, *, b):\n"
        "    c = g(*a, **b)\n"
        "    return (a\n"
        "            * b\n"
        "            ** c), *a, {**b}\n",
        encoding="utf-8",
    )
    found = {(m.line, m.operator.rsplit("/")[-1]) for m in mutants(path, tmp_path)}
    assert found == {(4, "ReplaceBinaryOperator_Mul_Div"), (5, "ReplaceBinaryOperator_Pow_Mul")}


def test_what_runs_before_a_test_is_met_by_those_that_use_it(tmp_path):
    from coverage import CoverageData

    tree, work = tmp_path / "tree", tmp_path
    (tree / "gis").mkdir(parents=True)
    (tree / "gis/p.py").write_text(
        "class A:\n"  # 1
        "    late: bool = False\n"
        "    def f(self):\n"
        "        return 3\n"
        "@cache\n"
        "def table():\n"
        "    return 7\n"
        "def plain(x, n=8):\n"
        "    return x + 9\n"
        "def idle():\n"
        "    return 11\n",
        encoding="utf-8",
    )
    ran = {
        "": {1, 2, 3, 5, 6, 8, 10},
        "tests/gis/test_a.py::test_a|setup": {9},
        "tests/gis/test_a.py::test_b|run": {4},
        "tests/gis/test_c.py::test_c|run": {7},
    }
    data = CoverageData(basename=str(work / "coverage.sqlite"))
    for context, lines in ran.items():
        data.set_context(context)
        data.add_lines({str(tree / "gis/p.py"): lines})
    data.write()
    cases = "".join(
        f'<testcase file="tests/gis/test_{f}.py" name="test_{n}" time="{k}"/>'
        for k, (f, n) in enumerate(("aa", "ab", "cc"))
    )
    (work / "seconds.xml").write_text(f"<t>{cases}</t>", encoding="utf-8")
    a, b, c = (f"tests/gis/test_{x}.py::test_{y}" for x, y in ("aa", "ab", "cc"))
    found = Tests(tree, work)
    # the field of a class: those that run the class
    assert found.of("gis/p.py", 2, 9) == [b]
    assert found.of("gis/p.py", 4, 9) == [b]
    # a cached table: first who filled it, then who runs the module
    assert found.of("gis/p.py", 7, 9) == [c, a, b]
    # a default is as much a part of the function as its body; a fixture serves its whole file
    assert found.of("gis/p.py", 8, 9) == [a]
    assert found.of("gis/p.py", 9, 9) == [a, b]
    assert found.of("gis/p.py", 9, 1) == [a, b]
    assert found.of("gis/p.py", 11, 9) == []  # nobody runs it


def test_tests_that_cannot_be_read_with_a_fault_have_noticed_it(tmp_path, monkeypatch):
    tree, seen, broken = tmp_path / "tree", [], [False]
    tree.mkdir()
    (tree / "m.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.setattr(run, "mutated", lambda tree, mutant: "x = 2\n")

    def tests_run(*_: object) -> tuple[str, float]:
        seen.append((tree / "m.py").read_text(encoding="utf-8"))
        return (run.NOT_RUN if "2" in seen[-1] or broken[0] else run.SURVIVED), 0.0

    monkeypatch.setattr(run, "run_tests", tests_run)
    mutant = Mutant("m.py", 1, 0, "core/NumberReplacer", 0, "")
    for broken[0], wanted_outcome in ((False, run.KILLED), (True, run.NOT_RUN)):
        outcome, _, _ = run.try_mutant(tree, tmp_path, mutant, ["a"], 1.0, set())
        assert outcome == wanted_outcome
    assert seen == ["x = 2\n", "x = 1\n"] * 2


def test_a_kernel_is_run_by_the_tests_of_those_that_call_it(tmp_path):
    from coverage import CoverageData

    tree, work = tmp_path / "tree", tmp_path
    files = {
        "gis/__init__.py": "",
        "gis/k.py": "@kernel\ndef inner(x):\n    return x * 15\n",
        "gis/o.py": "from gis.k import inner\n@kernel\ndef outer(x):\n    return inner(x)\n",
        "gis/p.py": "from gis.o import outer\ndef plain(x):\n    return outer(x)\nA = 1\n",
    }
    for other in ("layers", "siting", "carbon_sink", "geoplan"):
        files[f"{other}/__init__.py"] = ""
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    (tree / "tests").mkdir()
    for name in ("__init__.py", "reachable.py"):
        text = (ROOT / "tests" / name).read_text(encoding="utf-8")
        (tree / "tests" / name).write_text(text, encoding="utf-8")
    data = CoverageData(basename=str(work / "coverage.sqlite"))
    for test in ("a", "b", "bad"):
        data.set_context(f"tests/gis/test_p.py::test_{test}|run")
        data.add_lines({str(tree / "gis/p.py"): {3} if test != "b" else {4}})
    data.write()
    (work / "seconds.xml").write_text(
        '<t><testcase file="tests/gis/test_p.py" name="test_a" time="1"/>'
        '<testcase file="tests/gis/test_p.py" name="test_b" time="0"/>'
        '<testcase file="tests/gis/test_p.py" name="test_bad" time="0">'
        "<failure/></testcase></t>",
        encoding="utf-8",
    )
    found = Tests(tree, work)
    assert found.of("gis/k.py", 3, 9) == ["tests/gis/test_p.py::test_a"]
    assert found.of("gis/p.py", 3, 9) == ["tests/gis/test_p.py::test_a"]
    assert found.of("gis/p.py", 4, 9) == ["tests/gis/test_p.py::test_b"]
    assert found.inlined_in("gis/k.py") == {"gis/o.py"}
    assert found.inlined_in("gis/o.py") == set()


def test_a_job_that_was_killed_leaves_no_mutant_behind(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "m.py").write_text("x = 1\n\ny = 2\n", encoding="utf-8")
    (tmp_path / "in_hand").write_text("m.py\nx = 1\n\ny = 3\n", encoding="utf-8")
    for _ in range(2):
        restore(tree, tmp_path)
        assert (tree / "m.py").read_text(encoding="utf-8") == "x = 1\n\ny = 3\n"
    assert not (tmp_path / "in_hand").exists()
