"""Lines of a library in C are kept from stdout; all other lines arrive."""

from __future__ import annotations

import ctypes
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import Bounds, LinearConstraint

import carbon_sink.potential.pipeline as pipeline
from gis.quiet import SOLVER_LINES, without_lines
from siting.facilities.locate import locate
from siting.facilities.question import ask
from siting.programme import solved

LINE = b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();\n"


def _printed(line):
    """As a library in C prints: into its own buffer, which is written later."""
    ctypes.CDLL("ucrtbase" if os.name == "nt" else None).printf(line.replace(b"%", b"%%"))


@pytest.fixture
def talking(monkeypatch):
    """The solver as it is in some searches: it prints a line of its own."""
    own = scipy.optimize.milp

    def milp(*args, **kwargs):
        _printed(LINE)
        return own(*args, **kwargs)

    monkeypatch.setattr(scipy.optimize, "milp", milp)
    monkeypatch.setattr(pipeline, "milp", milp)


@pytest.mark.parametrize(("most", "status"), [(1.0, 0), (-1.0, 2)])
def test_a_search_prints_nothing(talking, capfd, most, status):
    """The second has no answer: two things of 0 or 1 cannot sum to less than nothing."""
    rows = LinearConstraint(np.ones((1, 2)), -np.inf, most)
    found = solved(-np.ones(2), rows, Bounds(0, 1), np.ones(2), 5.0)
    assert found.status == status
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    "model", ["lscp", "mclp", "p_median", "p_center", "capacitated_p_median"]
)
def test_a_question_of_places_prints_nothing(talking, capfd, model):
    rng = np.random.default_rng(1)
    capacity = np.full(5, 60.0) if model.startswith("capacitated") else None
    q = ask(rng.uniform(0, 50, (8, 5)), rng.integers(1, 20, 8), capacity=capacity)
    locate(
        model,
        q,
        number=None if model == "lscp" else 3,
        limit=30.0 if model in ("lscp", "mclp") else None,
    )
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("least", [0.0, 9.0])
def test_a_choice_of_works_prints_nothing(talking, capfd, least):
    taken = pipeline._whole(-np.ones(3), [(np.ones(3), least, 2.0)], 5.0)
    assert (taken is None) == (least > 2.0)
    assert capfd.readouterr().out == ""


def test_what_others_print_meanwhile_arrives(capfd):
    sys.stdout.write("before\n")
    with without_lines(SOLVER_LINES):
        _printed(LINE)
        _printed(b"50% of it\n")
        sys.stdout.write("by Python\n")
    sys.stdout.flush()
    out = capfd.readouterr().out
    assert out.splitlines()[0] == "before"
    assert sorted(out.splitlines()[1:]) == ["50% of it", "by Python"]


def test_threads_at_once_leave_the_stream_where_it_was(capfd):
    def once(i):
        with without_lines(SOLVER_LINES):
            _printed(LINE)
        os.write(1, f"{i}\n".encode())

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(once, range(20)))
    assert sorted(map(int, capfd.readouterr().out.split())) == list(range(20))


def test_a_search_that_fails_leaves_the_stream_where_it_was(capfd):
    def fails():
        with without_lines(SOLVER_LINES):
            _printed(LINE)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    sys.stdout.write("after\n")
    sys.stdout.flush()
    assert capfd.readouterr().out == "after\n"
