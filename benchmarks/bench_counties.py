"""Many counties with one command: what it costs above the runs of the single counties.

``python benchmarks/bench_counties.py FOLDER --codes 640000`` makes the data of each county in
FOLDER (once: the layers of the sample, moved from its county to the other and made as large, in
the other's own zone, with the areas of parcels worked out there), writes one plan of all, and
runs ``geoplan screen`` on it: ``--workers`` counties at a time here, or with ``--cluster`` on
that many workers of a dask cluster, the first of which ``--kill-after`` kills on the way.

Every county runs in a process of its own that counts its CPU seconds, so one run gives both
sides: the whole command, and the sum of the single ones.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import ExitStack
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from affine import Affine
from bench_large_county import with_areas
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from gis.crs.systems import as_crs, pick_gk_crs, transform_shape
from layers.bundled_county import bundled_county
from layers.plan.write import plan_text
from layers.recognise.counties import counties_under
from layers.sample import sample_folder

ROOT = Path(__file__).resolve().parents[1]
_OF_SAMPLE = "640221"
_KEPT = ("screening", "sites", "layers")


def boxed(adcode: str) -> tuple[CRS, BaseGeometry, float, float, float]:
    """Zone of a county, its shape there, the middle of its box and the longer side."""
    shape = bundled_county(adcode).geometry_ll
    crs = pick_gk_crs(shape.bounds)
    here = transform_shape(shape, as_crs("EPSG:4326"), crs)
    west, south, east, north = here.bounds
    return crs, here, (west + east) / 2, (south + north) / 2, max(east - west, north - south)


def make_data(adcode: str, folder: Path, layers: dict[str, dict[str, str]]) -> None:
    """The layers of the sample at another county."""
    source, target = sample_folder("demo"), folder / adcode
    if (target / "done").exists():
        return
    target.mkdir(parents=True, exist_ok=True)
    _, _, x0, y0, side0 = boxed(_OF_SAMPLE)
    crs, county, x1, y1, side1 = boxed(adcode)
    by = side1 / side0

    def moved(xy: np.ndarray) -> np.ndarray:
        return (xy - (x0, y0)) * by + (x1, y1)

    for name in {one["path"] for one in layers.values() if "path" in one}:
        if name.endswith(".tif"):
            with rasterio.open(source / name) as src:
                profile, values, tags = src.profile, src.read(), src.tags()
            t = profile["transform"]
            west, north = moved(np.array([t.c, t.f]))
            profile |= {"crs": crs, "transform": Affine(t.a * by, 0, west, 0, t.e * by, north)}
            with rasterio.open(target / name, "w", **profile) as dst:
                dst.write(values)
                dst.update_tags(**tags)
            continue
        if not name.endswith((".fgb", ".gpkg")):
            shutil.copy(source / name, target / name)
            continue
        table = gpd.read_file(source / name).to_crs(4544)
        shapes = shapely.transform(table.geometry.to_numpy(), moved)
        if not shapely.intersects(county, shapes).any():
            # a few features beside the county: laid into the middle of it
            to = county.representative_point()
            at = shapely.centroid(shapely.multipoints(shapely.centroid(shapes)))
            shift = np.array([to.x - at.x, to.y - at.y])
            shapes = shapely.transform(shapes, shift.__add__)
        table.geometry = shapes
        table = table.set_crs(crs, allow_override=True)
        if {"TBMJ", "KCXS"} <= set(table.columns):
            table = with_areas(table)
        if "BSM" in table:
            table["BSM"] = adcode + table["BSM"].str[6:]
        table.to_file(target / name)
    (target / "done").touch()


def write_plan(path: Path, code: str, cell_m: float) -> None:
    """One plan of all counties of a code; data of each below the folder of its own code."""
    doc = tomllib.loads((ROOT / "plans" / "sample.toml").read_text(encoding="utf-8"))
    out = {k: doc[k] for k in _KEPT}
    out["screening"] = {**out["screening"], "techs": ["pv", "wind"], "compare": []}
    head = {**doc["plan"], "id": f"c{code}", "title": {"zh": code, "en": code}}
    out = {
        "plan": head,
        "data": {"root": "{adcode}"},
        "area": {"cell_m": cell_m},
        **out,
        "counties": [{"code": code}],
    }
    path.write_text(plan_text(out), encoding="utf-8")


def cluster(stack: ExitStack, workers: int) -> tuple[str, list[subprocess.Popen]]:
    """A scheduler and its workers, each a process of its own without a nurse."""
    address = "tcp://127.0.0.1:18786"
    env = {**os.environ, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"}
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    command = [*dask, "--port", "18786", "--no-dashboard", "--host", "127.0.0.1"]
    made = [subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
    command = [*worker, "--nthreads", "1", "--no-dashboard"]
    made += [
        subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) for _ in range(workers)
    ]
    for one in made:
        stack.callback(one.wait)
        stack.callback(one.terminate)
    time.sleep(5)
    return address, made[1:]


def main() -> None:
    """Make, run, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--codes", default="640000")
    parser.add_argument("--cell", type=float, default=40.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cluster", action="store_true")
    parser.add_argument("--kill-after", type=float, default=0.0, help="seconds")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / f"c{asked.codes}.toml"
    write_plan(plan, asked.codes, asked.cell)
    layers = tomllib.loads(plan.read_text(encoding="utf-8"))["layers"]
    for county in counties_under(asked.codes):
        make_data(county.adcode, folder, layers)
    out = folder / ("out_cluster" if asked.cluster else "out")
    command = [
        sys.executable,
        "-m",
        "geoplan",
        "screen",
        str(plan),
        "--out",
        str(out),
        "--afresh",
    ]
    command += ["--workers", str(asked.workers), "--lang", "en"]
    with ExitStack() as stack:
        if asked.cluster:
            address, workers = cluster(stack, asked.workers)
            command += ["--scheduler", address]
            if asked.kill_after:
                kill = threading.Timer(
                    asked.kill_after, workers[0].send_signal, [signal.SIGKILL]
                )
                kill.start()
                stack.callback(kill.cancel)
        began = time.monotonic()
        subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
        wall = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    table = pd.read_csv(out / "counties.csv", dtype={"adcode": str})
    single = float(table["cpu_s"].sum())
    whole = used.ru_utime + used.ru_stime
    print("| counties | done | wall s | CPU s | CPU s of single runs | ratio | MiB, largest |")
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {len(table)} | {(table['state'] == 'done').sum()} | {wall:.0f} | {whole:.0f} | "
        f"{single:.0f} | {whole / single:.2f} | {table['memory_mib'].max():.0f} |"
    )
    print(json.dumps(json.loads((out / "counties.json").read_text(encoding="utf-8"))["totals"]))
    print(f"load {os.getloadavg()[0]:.1f}; tried more than once: {(table['tries'] > 1).sum()}")


if __name__ == "__main__":
    main()
