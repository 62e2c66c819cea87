"""Rules, boundary check, explanation and certificate on the sample county.

Run: ``python benchmarks/bench_rules.py [tiny|demo|full]``; prints a markdown table.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geoplan.plan_file import load_plan
from gis.crs.systems import transform_points
from layers.open.county import plan_crs
from layers.sample import with_sample
from siting.check.boundary import check_boundary
from siting.check.certificate import certify
from siting.check.explain import explain_point
from siting.rules import all_rules, load_rules
from siting.rules.load import _bundled
from siting.sites.sensitivity import weights_monte_carlo

ROOT = Path(__file__).resolve().parents[1]


def timed(work: Callable[[], Any], runs: int = 3) -> tuple[float, float]:
    """First and median of the later runs [s]."""
    took = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return took[0], statistics.median(took[1:])


def main() -> None:
    size = sys.argv[1] if len(sys.argv) > 1 else "demo"
    plan = with_sample(load_plan(ROOT / "plans" / "sample.toml"), size)
    crs = plan_crs(plan)
    x, y = (float(np.ravel(v)[0]) for v in transform_points(106.68, 38.74, 4490, crs))
    land = shapely.box(x - 1000.25, y - 1000.25, x + 1000.25, y + 1000.25)
    sites = gpd.GeoDataFrame({"site_id": ["A"]}, geometry=[land], crs=crs)
    m = np.random.default_rng(0).random((60, 5))

    def explain() -> None:
        explain_point(plan, 106.68, 38.74)

    def read_books() -> None:
        _bundled.cache_clear()
        load_rules("pv")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boundary.gpkg"
        sites.to_file(path)
        rows = [
            (f"read the rule books ({len(all_rules())} rules)", read_books),
            (
                "explain a place (pv, wind, afforest)",
                explain,
            ),
            ("check a boundary of 4 km2, pv", lambda: check_boundary(path, plan, "pv")),
            ("certificate of a site of 4 km2, pv", lambda: certify(sites, plan, "pv")),
            ("10,000 weight draws, 60 sites", lambda: weights_monte_carlo(m, np.ones(5))),
        ]
        print(f"Sample county, size {size}\n")
        print("| work | first run s | median of 3 s |\n|---|---|---|")
        for name, work in rows:
            first, later = timed(work)
            print(f"| {name} | {first:.2f} | {later:.2f} |")


if __name__ == "__main__":
    main()
