"""Random instances against the optima another library finds.

``optima.csv`` was written by this file (``python -m tests.siting.facilities.test_oracle``)
with spopt 0.7.0 (BSD licence) and its solver CBC; where spopt is installed both are asked
again. Instances come from the seed alone.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.facilities.locate import locate
from siting.facilities.question import ask

OPTIMA = Path(__file__).parent / "data" / "optima.csv"
SEEDS = range(12)
MODELS = ("lscp", "mclp", "p_median", "p_center", "p_dispersion", "backup")


def instance(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, float]:
    """Costs (n, m) and between places (m, m), weights, a number and a limit all can keep."""
    rng = np.random.default_rng(1000 + seed)
    n, m = int(rng.integers(20, 60)), int(rng.integers(6, 14))
    clients, places = rng.uniform(0, 100, (n, 2)), rng.uniform(0, 100, (m, 2))
    cost = np.hypot(*(clients[:, None] - places[None]).T).T
    between = np.hypot(*(places[:, None] - places[None]).T).T
    number = int(rng.integers(2, 5))
    # so wide that every client can be covered twice
    limit = float(np.sort(cost, axis=1)[:, 1].max() * rng.uniform(1.0, 1.2))
    return cost, between, rng.integers(1, 50, n).astype(float), number, limit


def ours(model: str, seed: int) -> float:
    cost, between, weight, number, limit = instance(seed)
    how = {
        "lscp": {"limit": limit},
        "mclp": {"number": number, "limit": limit / 2},
        "p_median": {"number": number},
        "p_center": {"number": number},
        "p_dispersion": {"number": number, "between": between},
        "backup": {"limit": limit},
    }[model]
    asked = ask(cost, np.ones(len(cost)) if model == "backup" else weight)
    found = locate(model, asked, **how)
    assert found.gap == pytest.approx(0, abs=1e-9)
    return float(found.new if model == "lscp" else found.value)


def theirs(model: str, seed: int) -> float:
    import pulp
    from spopt.locate import LSCP, LSCPB, MCLP, PCenter, PDispersion, PMedian

    cost, between, weight, number, limit = instance(seed)
    solver = pulp.PULP_CBC_CMD(msg=False)
    if model == "lscp":
        asked = LSCP.from_cost_matrix(cost, limit)
    elif model == "mclp":
        asked = MCLP.from_cost_matrix(cost, weight, limit / 2, number)
    elif model == "p_median":
        asked = PMedian.from_cost_matrix(cost, weight, number)
    elif model == "p_center":
        asked = PCenter.from_cost_matrix(cost, number)
    elif model == "p_dispersion":
        asked = PDispersion.from_cost_matrix(between, number)
    else:
        asked = LSCPB.from_cost_matrix(cost, limit, solver)
    solved = asked.solve(solver)
    assert pulp.LpStatus[solved.problem.status] == "Optimal"
    return float(pulp.value(solved.problem.objective))


@pytest.mark.parametrize("model", MODELS)
def test_random_instances_have_the_optima_of_another_library(model):
    kept = pd.read_csv(OPTIMA, comment="#").query("model == @model")
    assert len(kept) == len(SEEDS)
    for seed, optimum in zip(kept["seed"], kept["optimum"], strict=True):
        assert ours(model, seed) == pytest.approx(optimum, rel=1e-6), seed


@pytest.mark.parametrize("model", MODELS)
def test_the_other_library_still_says_so(model):
    pytest.importorskip("spopt", reason="spopt is not installed; its optima are in optima.csv")
    for seed in SEEDS:
        assert theirs(model, seed) == pytest.approx(ours(model, seed), rel=1e-6), seed


if __name__ == "__main__":
    rows = [(m, s, theirs(m, s)) for m in MODELS for s in SEEDS]
    head = "# optima of instances of test_oracle.py, by spopt 0.7.0 (BSD-3-Clause) with CBC\n"
    table = pd.DataFrame(rows, columns=["model", "seed", "optimum"])
    OPTIMA.write_text(head + table.to_csv(index=False), "utf-8")
