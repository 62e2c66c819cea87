"""Screening of 1, 4 and 25 counties at 10 m: time and memory against area.

``python benchmarks/bench_province.py`` runs every size in a process of its own and prints a
Markdown table. The province is the benchmark county laid out n x n; its vectors are read
from the county's GeoPackage once for every county, its rasters are the files side by side.
The time of a row counts everything: reading, preparing, screening, writing the GeoTIFF.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

START = time.perf_counter()
sys.path.insert(0, str(Path(__file__).resolve().parent))


def _mosaic(path: Path, tif: Path, n: int) -> None:
    """The county's raster n x n times side by side."""
    import rasterio
    from rasterio.windows import Window

    with rasterio.open(tif) as county:
        profile = county.profile | {
            "width": n * county.width,
            "height": n * county.height,
            "tiled": True,
            "blockxsize": 512,
            "blockysize": 512,
            "compress": "deflate",
            "zlevel": 1,
            "bigtiff": "if_safer",
        }
        values = county.read(1)
        with rasterio.open(path, "w", **profile) as out:
            for j in range(n):
                for i in range(n):
                    at = Window(i * county.width, j * county.height, *values.shape[::-1])
                    out.write(values, 1, window=at)


def _moved(shapes, dx: float, dy: float):
    """The features shifted by whole cells."""
    import numpy as np

    bounds = np.add(shapes.bounds, [dx, dy, dx, dy])
    return replace(shapes, xy=np.add(shapes.xy, [dx, dy]), bounds=bounds)


def build(work: Path, county: Path, n: int) -> Path:
    """Prepare the province's layers and store the case; nothing is held for all counties."""
    import numpy as np
    from read_ragged import read_ragged
    from screening_case import CELL, FIELDS, HEIGHT, VECTORS, WIDTH, X0, Y0, FileSource, rules

    from gis.cells.coverage import coverage_runs
    from gis.cells.grid import plan_grid
    from gis.cells.ragged import Ragged
    from siting.screen.prepare import PreparedSource, prepare_features
    from siting.screen.stored import store_case

    shifts = [(i * WIDTH * CELL, -j * HEIGHT * CELL) for j in range(n) for i in range(n)]
    base = FileSource(str(county))
    entries = {}
    for layer in VECTORS:

        def parts(layer=layer):
            for dx, dy in shifts:
                found = base.features(layer)  # read again for every county, as files would be
                yield replace(found, shapes=_moved(found.shapes, dx, dy))

        entries[layer] = str(
            prepare_features(work / "cache", layer, f"{n}", base, FIELDS.get(layer, []), parts)
        )
    files = {}
    for name, kind in (("land_cover", "classes"), ("dem", "intensive")):
        _mosaic(work / f"{name}.tif", county / f"{name}.tif", n)
        files[name] = (str(work / f"{name}.tif"), kind)
    source = PreparedSource(entries, files=files, vocabularies={"land_cover": "worldcover2021"})
    grid = plan_grid((X0, Y0 - n * HEIGHT * CELL, X0 + n * WIDTH * CELL, Y0), 4545, CELL)
    border, _ = read_ragged(county / "county.gpkg", "county")
    moved = [_moved(border, dx, dy) for dx, dy in shifts]
    whole = Ragged(
        xy=np.concatenate([m.xy for m in moved]),
        part=np.concatenate([[0], np.cumsum([len(m.xy) for m in moved])]).astype(np.int64),
        kind=np.concatenate([m.kind for m in moved]),
        feature=np.arange(len(moved) + 1, dtype=np.int64),
        bounds=np.concatenate([m.bounds for m in moved]),
    )
    zones = {f"county {i + 1}": coverage_runs(m, grid) for i, m in enumerate(moved)}
    return store_case(work, rules(), source, grid, coverage_runs(whole, grid), zones=zones)


def run(work: Path, county: Path, n: int, engine: str, tile: int, workers: int) -> dict:
    """One whole run; what it took, process by process."""
    peak = _Watch()
    stages = {}
    t = time.perf_counter()
    # a step of its own: what it needed goes back to the system before tiles are run
    command = [sys.executable, __file__, "--build", str(n), "--work", str(work)]
    subprocess.run([*command, "--county", str(county)], check=True, stdout=sys.stderr)
    stages["prepare"] = time.perf_counter() - t
    stages["prepare_mb"] = peak.most
    t = time.perf_counter()
    from gis.files.write import write_cog
    from siting.screen.coded import areas_by_state
    from siting.screen.stored import screen_stored

    found = screen_stored(work, tile_px=tile, engine=engine, workers=workers)
    stages["screen"] = time.perf_counter() - t
    stages["screen_mb"] = peak.most
    t = time.perf_counter()
    s = found.summary
    write_cog(
        work / "eligibility.tif",
        found.states(),
        s.grid,
        dtype="uint8",
        nodata=0,
        overviews=False,
    )
    stages["write"] = time.perf_counter() - t
    usage = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    import hashlib

    h = hashlib.sha256(s.table.tobytes() + s.quanta.tobytes())
    return {
        "n": n,
        "engine": engine,
        "cells": int(s.grid.shape[0]) * int(s.grid.shape[1]),
        "wall_s": time.perf_counter() - START,
        "cpu_s": sum(u.ru_utime + u.ru_stime for u in usage),
        "peak_mb": peak.stop(),
        "left_km2": areas_by_state(s)["left"] / 1e6,
        "county1_left_km2": areas_by_state(s, "county 1")["left"] / 1e6,
        "bits": h.hexdigest()[:16],
        "stages": stages,
    }


class _Watch:
    """The largest resident memory of this process and its children together [MB]."""

    def __init__(self) -> None:
        self.most = 0.0
        self.on = True
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _tree(self) -> float:
        total, queue = 0.0, [os.getpid()]
        while queue:
            pid = queue.pop()
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    queue += [int(c) for c in (task / "children").read_text().split()]
                line = next(
                    x for x in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                    if x.startswith("Pss:")
                )  # fmt: skip
                total += float(line.split()[1]) / 1024
            except (OSError, StopIteration):
                continue
        return total

    def _look(self) -> None:
        while self.on:
            self.most = max(self.most, self._tree())
            time.sleep(0.5)

    def stop(self) -> float:
        self.on = False
        self.thread.join()
        return self.most


def main() -> None:
    """Run one size in this process (--child), or all of them side by side."""
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--county", type=Path)
    p.add_argument("--sizes", default="1,2,5")
    p.add_argument("--engines", default="threads,dask")
    p.add_argument("--tile", type=int, default=1024)
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--child", type=int, default=0)
    p.add_argument("--build", type=int, default=0)
    p.add_argument("--work", type=Path)
    a = p.parse_args()
    from screening_workload import build as build_county
    from screening_workload import default_folder

    county = build_county(a.county or default_folder())
    if a.build:
        build(a.work, county, a.build)
        return
    if a.child:
        print(json.dumps(run(a.work, county, a.child, a.engines, a.tile, a.workers)))
        return
    print(
        "| counties | Mcells | engine | wall s | CPU s | peak MB | Mcells/s | left km2 | bits |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for n in map(int, a.sizes.split(",")):
        for engine in a.engines.split(","):
            if n < 5 and engine != "threads":
                continue
            work = Path(tempfile.mkdtemp(prefix="geoplan-province-", dir=county.parent))
            try:
                out = subprocess.run(
                    [sys.executable, __file__, "--child", str(n), "--work", str(work),
                     "--engines", engine, "--county", str(county), "--tile", str(a.tile),
                     "--workers", str(a.workers)],
                    check=True, stdout=subprocess.PIPE, text=True,
                    env={**os.environ, "GDAL_CACHEMAX": "64"},  # MB; default 5 % of the RAM
                )  # fmt: skip
            finally:
                shutil.rmtree(work, ignore_errors=True)
            r = json.loads(out.stdout.splitlines()[-1])
            print(
                f"| {n * n} | {r['cells'] / 1e6:.1f} | {r['engine']} | {r['wall_s']:.1f} |"
                f" {r['cpu_s']:.1f} | {r['peak_mb']:.0f} |"
                f" {r['cells'] / 1e6 / r['wall_s']:.1f} |"
                f" {r['left_km2']:.4f} | {r['bits']} |",
                flush=True,
            )
            print(json.dumps(r["stages"]), file=sys.stderr)


if __name__ == "__main__":
    main()
