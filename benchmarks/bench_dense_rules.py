"""Seventy dense rules: ten layers of the benchmark county, each at seven distances.

``python benchmarks/screening_workload.py --folder FOLDER`` makes the county, then
``python benchmarks/bench_dense_rules.py FOLDER [--checkout DIR]`` prints one line of JSON:
codes, CPU seconds and peak memory of the screening, and seconds of leaving out every rule, of
attribution and of a what-if. ``--checkout`` measures another checkout by the same script.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FACTORS = (0.3, 0.7, 1.1, 1.6, 2.2, 3.0, 4.0)


def peak_mib() -> float:
    """Most memory this process had so far [MiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def best(work: Callable[[], Any], runs: int = 3) -> float:
    """Wall seconds of the quickest run."""
    took = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def dense_rules(distances: int) -> list[Any]:
    """The setbacks of ten layers, each at the first of so many distances."""
    from screening_case import SETBACKS, rules

    dense = []
    for rule in rules():
        if rule.stated.layer not in SETBACKS:
            continue
        for k, factor in enumerate(FACTORS[:distances]):
            test = rule.test.model_copy(
                update={"distance_m": SETBACKS[rule.stated.layer] * factor}
            )
            dense.append(rule.model_copy(update={"id": f"{rule.id}-{k}", "test": test}))
    return dense


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("folder", type=Path)
    p.add_argument("--checkout", type=Path, default=HERE.parent)
    p.add_argument("--workers", type=int, default=2)
    a = p.parse_args()
    sys.path[:0] = [str(a.checkout.resolve()), str(HERE)]
    from read_ragged import read_ragged
    from screening_case import FileSource, grid

    from gis.cells.coverage import coverage_runs
    from siting.screen.attribution import attribute, leave_one_out, pairwise_m2, waterfall
    from siting.screen.coded import areas_by_state, screen_program
    from siting.screen.factors import compile_rules
    from siting.screen.whatif import what_if

    dense = dense_rules(len(FACTORS))
    source = FileSource(str(a.folder))
    county, _ = read_ragged(a.folder / "county.gpkg", "county")
    start = time.process_time()
    program = compile_rules(dense, source, grid(), coverage_runs(county, grid()))
    found = screen_program(program, source, workers=a.workers)
    cpu_s = time.process_time() - start
    result = {
        "rules": len(dense),
        "codes": len(found.table),
        "screen_cpu_s": round(cpu_s, 1),
        "screen_peak_mib": round(peak_mib()),
        "areas_m2": areas_by_state(found),
    }
    for name, work in (
        ("leave_one_out", lambda: leave_one_out(found)),
        ("attribute", lambda: attribute(found)),
        ("waterfall", lambda: waterfall(found)),
        ("pairwise", lambda: pairwise_m2(found)),
        ("what_if", lambda: what_if(found, program, source, dense[3].id, distance_m=80.0)),
    ):
        result[f"{name}_s"] = round(best(work), 3)
        result[f"{name}_peak_mib"] = round(peak_mib())
    print(json.dumps(result))


if __name__ == "__main__":
    main()
