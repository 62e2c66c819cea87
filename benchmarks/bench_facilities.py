"""Models of where to build by size: seconds, and the distance to the best there can be.

``python benchmarks/bench_facilities.py [--sizes 300x300 2000x500] [--models mclp ...]`` or
``--sample`` for the cases of the sample county: random
points in a square, or points in clusters, with people of a long tail; straight ways. Places of
capacities hold 1.3 times the demand together where as many are open as asked. Every model has
`--times` (2) the time asked for, so a line that misses it says so.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

from siting.facilities.locate import locate
from siting.facilities.question import Question, ask

SIDE_M = 50_000.0
ASKED_S = {"300x300": 1.0, "2000x500": 10.0}
ROOM = 1.3
MODELS = (
    "p_median",
    "mclp",
    "lscp",
    "p_center",
    "capacitated_p_median",
    "capacitated_mclp",
    "backup",
    "transport",
    "p_dispersion",
    "hierarchical",
)


def instance(kind: str, n: int, m: int, seed: int) -> tuple[Any, Any, Any]:
    """Metres (n, m), people (n,) and metres between places (m, m)."""
    chance = np.random.default_rng(seed)
    if kind == "random":
        a, b = chance.uniform(0, SIDE_M, (n, 2)), chance.uniform(0, SIDE_M, (m, 2))
    else:
        middle = chance.uniform(0, SIDE_M, (12, 2))
        share = chance.dirichlet(np.ones(12))

        def drawn(k: int) -> Any:
            own = middle[chance.choice(12, k, p=share)]
            return own + chance.normal(0, SIDE_M / 25, (k, 2))

        a, b = drawn(n), drawn(m)
    metres = np.hypot(*(a[:, None, :] - b[None, :, :]).transpose(2, 0, 1))
    between = np.hypot(*(b[:, None, :] - b[None, :, :]).transpose(2, 0, 1))
    return metres, np.ceil(chance.lognormal(5.0, 1.0, n)), between


def asked(
    model: str, metres: Any, people: Any, between: Any, p: int
) -> tuple[Question, dict[str, Any]]:
    """The question of a model and what it is told."""
    # half of what the places cover when they lie evenly
    limit = SIDE_M / np.sqrt(p) / 2.0
    how: dict[str, Any] = {} if model in {"lscp", "transport"} else {"number": p}
    if model == "p_dispersion":
        how["between"] = between
    if model == "hierarchical":  # a town for every four villages, reached from 2.5 times as far
        how = {"number": [p, max(1, p // 4)], "limit": [limit, 2.5 * limit]}
    if model in {"mclp", "lscp", "capacitated_mclp", "backup"}:
        how["limit"] = limit
    capacity = None
    if model.startswith("capacitated") or model == "transport":
        chance = np.random.default_rng(0)
        size = chance.uniform(0.5, 1.5, metres.shape[1])
        opened = p if model != "transport" else metres.shape[1]
        capacity = size / size.mean() * people.sum() * ROOM / opened
    return ask(metres, people, capacity=capacity), how


def sample() -> None:
    """The sample county: graph of roads with all ways, and each case; layers are open."""
    from geoplan.plan_file import load_plan
    from layers.open.plan_layers import open_features
    from layers.sample import make_sample
    from siting.facilities.cost import od_costs
    from siting.facilities.network import road_network
    from siting.facilities.section import FacilitiesSection
    from siting.facilities.step_facilities import facility_answers

    plan = load_plan(Path(__file__).parents[1] / "plans" / "sample.toml")
    make_sample(plan)
    cases = plan.section(FacilitiesSection).cases
    facility_answers(plan, cases[0].id)  # layers and kernels
    roads, lived = open_features(plan, "road"), open_features(plan, "settlement")
    xy = np.column_stack([lived.centroid.x, lived.centroid.y])
    print("| what | s | CPU s |")
    print("|---|---|---|")

    def told(what: str, work: Any) -> None:
        start, cpu = time.monotonic(), time.process_time()
        work()
        wall, used = time.monotonic() - start, time.process_time() - cpu
        print(f"| {what} | {wall:.2f} | {used:.2f} |", flush=True)

    told(
        f"graph of {len(roads)} roads, {len(xy)} x {len(xy)} ways",
        lambda: od_costs(road_network(roads), xy, xy, unit="min"),
    )
    for case in cases:
        told(f"case {case.id}", lambda key=case.id: facility_answers(plan, key))
    told(f"all {len(cases)} cases", lambda: facility_answers(plan))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", nargs="+", default=list(ASKED_S))
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--numbers", nargs="+", type=int, default=[5, 20, 50])
    parser.add_argument("--kinds", nargs="+", default=["random", "clustered"])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--times", type=float, default=2.0)
    parser.add_argument("--sample", action="store_true")
    given = parser.parse_args()
    if given.sample:
        sample()
        return
    print("| size | model | points | p | s | CPU s | gap | asked |")
    print("|---|---|---|---|---|---|---|---|")
    for size in given.sizes:
        n, m = map(int, size.split("x"))
        for model in given.models:
            for kind in given.kinds:
                for p in given.numbers:
                    for seed in range(given.seeds):
                        metres, people, between = instance(kind, n, m, seed)
                        q, how = asked(model, metres, people, between, p)
                        start, cpu = time.monotonic(), time.process_time()
                        limit_s = given.times * ASKED_S.get(size, 10.0)
                        found = locate(model, q, time_limit_s=limit_s, **how)  # type: ignore[arg-type]
                        wall, used = time.monotonic() - start, time.process_time() - cpu
                        print(
                            f"| {size} | {model} | {kind} {seed} | {p} | {wall:.2f} "
                            f"| {used:.2f} | {found.gap:.1e} | {ASKED_S.get(size, 10.0):g} s |",
                            flush=True,
                        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\npeak {peak:.0f} MiB")


if __name__ == "__main__":
    main()
