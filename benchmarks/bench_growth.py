"""How CPU time and memory grow: cells, parcels, rules and sites.

``python benchmarks/bench_growth.py FOLDER --run RUN [--only cells]``: FOLDER keeps the data
that are made, RUN is the folder of a finished run of the demo. Every line is a process of its
own, start and opening of layers included; each topic is run once before (kernels, layers that
are kept). The power says how CPU seconds grow from the line before: 1 is in step with the size,
0 not at all, above 1 faster than the size. Counties: `bench_counties.py`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
Found = dict[str, float]


def cells(size: int, _folder: Path, _run: Path) -> Found:
    """The demo county screened for PV by its own rules, on cells of `size` metres."""
    from geoplan.demo import sample_plan
    from siting.screen.screening import screen

    plan = sample_plan("demo")
    plan = plan.model_copy(update={"area": plan.area.model_copy(update={"cell_m": size})})
    found = screen(plan, "pv")
    return {"size": float(found.grid.shape[0] * found.grid.shape[1])}


def parcels(size: int, folder: Path, _run: Path) -> Found:
    """Land-survey parcels accepted: read, fields and codes, areas, topology, place."""
    from bench_parcels import make_parcels, one_pass

    own = folder / f"parcels{size}"
    if not (own / "plan.toml").exists():
        own.mkdir(parents=True, exist_ok=True)
        make_parcels(own, size, faults=False)
        return {"size": float(size)}
    one_pass(own / "plan.toml")
    return {"size": float(size)}


def rules(size: int, folder: Path, _run: Path) -> Found:
    """Dense rules over ten layers of the benchmark county, 29.5 million cells."""
    from bench_dense_rules import dense_rules
    from read_ragged import read_ragged
    from screening_case import FileSource, grid

    from gis.cells.coverage import coverage_runs
    from siting.screen.coded import screen_program
    from siting.screen.factors import compile_rules

    own = folder / "workload"
    source, (county, _) = FileSource(str(own)), read_ragged(own / "county.gpkg", "county")
    program = compile_rules(
        dense_rules(size // 10), source, grid(), coverage_runs(county, grid())
    )
    found = screen_program(program, source, workers=2)
    return {"size": float(size), "codes": float(len(found.table))}


def sites(size: int, _folder: Path, run: Path) -> Found:
    """The step of sites: outlines, law, facts, lines, ranks."""
    from geoplan.demo import sample_plan
    from siting.sites.section import SitesSection
    from siting.sites.step_sites import sites_step

    plan = sample_plan("demo")
    small = {"max_sites": size, "min_area_ha": 2.0, "max_area_ha": 12.0}
    section = plan.section(SitesSection).model_copy(update=small)
    found = sites_step(plan.with_sections(sites=section), run, lambda *_: None)
    return {"size": float(len(found.layers["sites"]))}


TOPICS: dict[str, tuple[Callable[[int, Path, Path], Found], tuple[int, ...]]] = {
    "cells": (cells, (80, 40, 20, 10)),
    "parcels": (parcels, (10_000, 20_000, 40_000, 80_000)),
    "rules": (rules, (10, 20, 40, 70)),
    "sites": (sites, (60, 120, 240, 480, 960)),
}


def one(topic: str, size: int, folder: Path, run: Path) -> None:
    """One measurement in this process, as JSON on its last line."""
    found = TOPICS[topic][0](size, folder, run)
    own = resource.getrusage(resource.RUSAGE_SELF)
    found |= {"cpu_s": own.ru_utime + own.ru_stime, "mib": own.ru_maxrss / 1024}
    print(json.dumps(found))


def measured(topic: str, size: int, folder: Path, run: Path) -> Found:
    words = [sys.executable, __file__, str(folder), "--run", str(run)]
    words += ["--one", topic, "--size", str(size)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(HERE.parent), str(HERE)))}
    done = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
    found: Found = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Run every topic and print a table."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder", type=Path)
    p.add_argument("--run", type=Path, required=True)
    p.add_argument("--only", choices=TOPICS, nargs="*", default=list(TOPICS))
    p.add_argument("--one", choices=TOPICS)
    p.add_argument("--size", type=int, default=0)
    a = p.parse_args()
    if a.one:
        one(a.one, a.size, a.folder, a.run)
        return
    a.folder.mkdir(parents=True, exist_ok=True)
    if "rules" in a.only:
        workload = [sys.executable, str(HERE / "screening_workload.py")]
        subprocess.run([*workload, "--folder", str(a.folder / "workload")], check=True)
    print("| topic | size | CPU s | power | MiB |")
    print("|---|---|---|---|---|")
    for topic in a.only:
        sizes = TOPICS[topic][1]
        for size in sizes if topic in {"cells", "parcels"} else sizes[:1]:
            measured(topic, size, a.folder, a.run)
        before: Found = {}
        for size in sizes:
            now = measured(topic, size, a.folder, a.run)
            power = "-"
            if before:
                grown = math.log(now["cpu_s"] / before["cpu_s"])
                power = f"{grown / math.log(now['size'] / before['size']):.2f}"
            print(
                f"| {topic} | {now['size']:,.0f} | {now['cpu_s']:.1f} | {power} | "
                f"{now['mib']:,.0f} |",
                flush=True,
            )
            before = now
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
