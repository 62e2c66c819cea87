"""Parts of a run in one checkout and another, in turns: CPU seconds, and whether they agree.

``python benchmarks/compare_parts.py OLD NEW RUN [--only outlines] [--runs 3]``: RUN is the
folder of a finished run of the demo, whose rasters are read. Each measurement is a process of
its own from OLD or NEW that does the part three times, since kernels are compiled or read the
first time; the best of the three counts, and the best of the processes of each checkout.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

Answer = list[np.ndarray]


def outlines(run: Path) -> Callable[[], Answer]:
    """Polygons of land left and conditional, of every technology."""
    import rasterio
    import shapely

    from gis.cells.grid import plan_grid
    from gis.cells.parcels import polygonize

    with rasterio.open(run / "eligibility.tif") as src:
        bands = src.read()
        grid = plan_grid(tuple(src.bounds), src.crs.to_epsg() or src.crs, src.res[0])
    rasters = [(np.where(v <= 2, v, 0).astype(np.uint8), grid) for v in bands]

    def once() -> Answer:
        shapes = [polygonize(v, g, min_area_m2=5000.0).geometry.array for v, g in rasters]
        return [shapely.get_coordinates(np.asarray(s, dtype=object)) for s in shapes]

    return once


def wind_map(_run: Path) -> Callable[[], Answer]:
    """Full-load hours of the plan's turbine on the map's cells, from wind and ground."""
    from geoplan.demo import sample_plan
    from gis.cells.grid import plan_grid
    from layers.open.county import county_boundary, plan_crs
    from siting.wind.inputs import plan_weather
    from siting.wind.machine.library import turbine
    from siting.wind.resource.ground import raster_on
    from siting.wind.section import WindSection
    from siting.wind.yield_map import full_load_hours

    plan = sample_plan("demo")
    section = plan.section(WindSection)
    weather = plan_weather(plan, section)
    assert weather is not None
    cell = max(plan.area.cell_m, section.map_cell_m)
    grid = plan_grid(county_boundary(plan).bounds, plan_crs(plan), cell)
    mean = raster_on(plan, section.atlas_layer, grid)
    ground = raster_on(plan, "dem", grid)
    assert mean is not None
    machine = turbine(section.map_turbine)
    return lambda: [full_load_hours(machine, weather, section, mean, ground)]


def pv_map(_run: Path) -> Callable[[], Answer]:
    """Monthly yield of every cell of the PV map, from terrain and weather."""
    import shapely

    from geoplan.demo import sample_plan
    from gis.cells.grid import cell_centres
    from gis.prepared import points_inside
    from layers.open.county import county_boundary
    from siting.pv.study.context import pv_context
    from siting.pv.study.county import county_yield
    from siting.pv.study.ground import far_ground, terrain

    plan = sample_plan("demo")
    context = pv_context(plan)
    assert context is not None
    cell = context.section.yield_map.cell_m
    grid, dem = terrain(plan, cell)
    assert grid is not None
    assert dem is not None
    far = None if context.far is None else far_ground(plan, cell)
    x, y = np.meshgrid(*cell_centres(grid))
    county: shapely.Geometry = county_boundary(plan)
    inside = points_inside(county, x.ravel(), y.ravel()).reshape(dem.shape)

    def once() -> Answer:
        found = county_yield(
            context.res, context.section, grid, dem, inside, tilt_deg=context.tilt_deg, far=far
        )
        return [found.annual_kwh_kwp]

    return once


def sites(run: Path) -> Callable[[], Answer]:
    """The step of sites for 240 of 10 to 60 ha, layers not opened before."""
    import shapely

    from geoplan.demo import sample_plan
    from siting.sites.section import SitesSection
    from siting.sites.step_sites import sites_step

    plan = sample_plan("demo")
    small = {"max_sites": 240, "min_area_ha": 10.0, "max_area_ha": 60.0}
    section = plan.section(SitesSection).model_copy(update=small)
    plan = plan.with_sections(sites=section)

    def once() -> Answer:
        found = sites_step(plan, run, lambda *_: None)
        table = found.layers["sites"]
        shapes = np.asarray(table.geometry.array, dtype=object)
        numbers = table.drop(columns="geometry").select_dtypes("number").to_numpy(float)
        return [shapely.get_coordinates(shapes), numbers]

    return once


PARTS: dict[str, Callable[[Path], Callable[[], Answer]]] = {
    "outlines": outlines,
    "wind_map": wind_map,
    "pv_map": pv_map,
    "sites": sites,
}
PASSES = {"sites": 1}  # of a part in one process, if not three


def one(part: str, run: Path, out: Path) -> None:
    """CPU seconds of the best pass and memory, as JSON; the answer into `out`."""
    work = PARTS[part](run)
    best, found = np.inf, []
    for _ in range(PASSES.get(part, 3)):
        begun = time.process_time()
        found = work()
        best = min(best, time.process_time() - begun)
    np.savez(out, *found)
    bits = hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in found))
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told = {"cpu_s": best, "bits": bits.hexdigest()[:12], "mib": mib}
    sys.stdout.write(json.dumps(told))


def _difference(old: Path, new: Path) -> str:
    with np.load(old) as a, np.load(new) as b:
        worst = 0.0
        for name in a.files:
            if a[name].shape != b[name].shape:
                return f"shapes {a[name].shape} and {b[name].shape}"
            far = np.abs(a[name] - b[name]) / np.maximum(np.abs(a[name]), 1e-12)
            worst = max(worst, float(np.nanmax(far, initial=0.0)))
        return f"{worst:.1e}"


def main() -> int:
    """Print a table, one line a part."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("trees", nargs="+", type=Path, metavar="OLD NEW RUN")
    parser.add_argument("--only", choices=sorted(PARTS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        one(args.one[0], args.trees[0], Path(args.one[1]))
        return 0
    *trees, run = (p.resolve() for p in args.trees)
    print("| part | old CPU s | new CPU s | ratio | greatest relative difference | MiB |")
    print("|---|---|---|---|---|---|")
    for part in [args.only] if args.only else PARTS:
        cpu: dict[Path, float] = {}
        bits: dict[Path, str] = {}
        mib: dict[Path, int] = {}
        kept = {t: run.parent / f"{part}_{i}.npz" for i, t in enumerate(trees)}
        for _ in range(args.runs):
            for tree in trees:
                found = json.loads(
                    subprocess.check_output(
                        [sys.executable, __file__, str(run), "--one", part, str(kept[tree])],
                        cwd=tree,
                        env=os.environ | {"PYTHONPATH": str(tree)},
                    )
                )
                cpu[tree] = min(cpu.get(tree, np.inf), found["cpu_s"])
                bits[tree] = found["bits"]
                mib[tree] = found["mib"]
        old, new = trees
        same = "the same bits" if bits[old] == bits[new] else _difference(kept[old], kept[new])
        seconds = f"{cpu[old]:.2f} | {cpu[new]:.2f} | {cpu[new] / cpu[old]:.3f}"
        print(f"| {part} | {seconds} | {same} | {mib[old]} and {mib[new]} |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
