"""How long 80,000 land-survey parcels take: reading, fields and codes, areas, topology.

``python benchmarks/bench_parcels.py [--parcels 80000] [--faults] [--profile]`` prints a table.
Parcels are those of the demo sample, repeated to the east until there are enough, with a BSM of
their own and their ellipsoidal area; every pass is a new process with an empty cache, so that
nothing is kept from the one before.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLAN = """\
[plan]
id = "bench"
title = {{ zh = "测速", en = "bench" }}
as_of = 2026-11-27

[area]
crs = "EPSG:4544"
boundary = {{ adcode = "640221" }}
basins = ["yellow_river"]

[layers.land_parcels]
path = "dltb.gpkg"
date = "2025-12-31"
"""


def make_parcels(folder: Path, n: int, *, faults: bool) -> Path:
    """A plan with `n` parcels of the sample; with faults: 5 twice, 30 missing, one moved."""
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    from geoplan.demo import sample_plan
    from gis.cells.area import polygon_area_m2
    from layers.open.plan_file import plan_file

    plan = sample_plan("demo")
    whole = gpd.read_file(plan_file(plan, plan.layers["land_parcels"].path))
    parts, east = [], 0.0
    width = whole.total_bounds[2] - whole.total_bounds[0]
    while sum(map(len, parts)) < n:
        more = whole.iloc[: n - sum(map(len, parts))].copy()
        more["geometry"] = more.translate(east)
        parts.append(more)
        east += width
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=whole.crs)
    table["BSM"] = [str(640_221_990_000_000_000 + i) for i in range(n)]
    table["TBMJ"] = np.round(polygon_area_m2(table.geometry.array, table.crs), 2)
    table["TBDLMJ"] = (table["TBMJ"] - table["KCMJ"].fillna(0.0)).round(2)
    if faults:
        move = table.index == 1234
        table.loc[move, "geometry"] = table.loc[move].translate(30.0)
        table = table.drop(index=np.arange(2000, 2030))
        table = gpd.GeoDataFrame(
            pd.concat([table, table.iloc[:5]], ignore_index=True), crs=whole.crs
        )
    table.to_file(folder / "dltb.gpkg")
    path = folder / "plan.toml"
    path.write_text(PLAN.format(), encoding="utf-8")
    return path


def one_pass(path: Path, *, profiled: bool = False) -> None:
    """Open and accept the parcels of a plan in this process; print seconds as JSON."""
    started = time.perf_counter()
    from geoplan.plan_file import load_plan
    from layers.open.county import county_boundary
    from layers.open.place import place_of
    from layers.open.plan_layers import layer_report
    from layers.open.read_layer import key_of, opened

    plan = load_plan(path)
    county_boundary(plan)
    marks = {"start": time.perf_counter() - started}
    if profiled:
        import cProfile

        watch = cProfile.Profile()
        watch.enable()
    begun = time.perf_counter()
    opened(*key_of(plan, "land_parcels"))
    marks["read, fields, codes"] = time.perf_counter() - begun
    place_of(plan, "land_parcels")
    report = layer_report(plan, "land_parcels")
    marks["all"] = time.perf_counter() - begun
    marks["start, all"] = time.perf_counter() - started
    marks["warnings"] = len(report.warnings) if report else 0
    if profiled:
        import pstats

        watch.disable()
        pstats.Stats(watch).sort_stats("cumulative").print_stats(45)
    print(json.dumps(marks))


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--parcels", type=int, default=80_000)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--faults", action="store_true")
    asked.add_argument("--profile", action="store_true")
    asked.add_argument("--one", type=Path)
    given = asked.parse_args()
    if given.one:
        one_pass(given.one, profiled=given.profile)
        return
    with tempfile.TemporaryDirectory() as name:
        path = make_parcels(Path(name), given.parcels, faults=given.faults)
        for _ in range(given.runs):
            with tempfile.TemporaryDirectory() as cache:
                words = [sys.executable, __file__, "--one", str(path)]
                words += ["--profile"] if given.profile else []
                env = os.environ | {"GEOPLAN_CACHE": cache, "OMP_NUM_THREADS": "1"}
                subprocess.run(words, env=env, check=True)


if __name__ == "__main__":
    main()
