"""One whole run of our screening on the benchmark county, as a process of its own.

``python benchmarks/screening_ours.py FOLDER OUT [--prepared] [--repeat N] [--tile 1024]``
prints one line of JSON: wall and CPU seconds, peak memory, areas, and what-if times.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

START = time.perf_counter()
sys.path.insert(0, str(Path(__file__).resolve().parent))


def one(folder: Path, out: Path, *, prepared: bool, tile: int, workers: int, stages: dict):
    from read_ragged import read_ragged
    from screening_case import FIELDS, FileSource, grid, rules

    from gis.cells.coverage import coverage_runs
    from gis.files.write_raster import write_cog
    from siting.screen.coded import screen_program
    from siting.screen.factors import compile_rules

    t = time.perf_counter()
    g = grid()
    source = FileSource(str(folder))
    if prepared:
        from siting.screen.prepare import prepared as make

        names = (*source.vectors, "land_cover", "dem")
        source = make(
            source,
            folder / "prepared",
            dict.fromkeys(names, "benchmark"),
            g,
            fields=FIELDS,
            rasters=("land_cover", "dem"),
        )
    county, _ = read_ragged(folder / "county.gpkg", "county")
    towns, fields = read_ragged(folder / "county.gpkg", "townships")
    import numpy as np

    runs = coverage_runs(county, g)
    zones = {
        str(n): coverage_runs(towns.take(np.array([i])), g)
        for i, n in enumerate(fields["name"])
    }
    stages["border"] = time.perf_counter() - t
    t = time.perf_counter()
    program = compile_rules(rules(), source, g, runs, zones=zones)
    stages["vectors"] = time.perf_counter() - t
    t = time.perf_counter()
    found = screen_program(program, source, tile_px=tile, workers=workers)
    stages["tiles"] = time.perf_counter() - t
    t = time.perf_counter()
    write(found, g, out, write_cog)
    stages["write"] = time.perf_counter() - t
    return program, source, found


def write(found, g, out: Path, write_cog):
    from gis.cells.grid import windows
    from siting.screen.attribution import attribute
    from siting.screen.coded import areas_by_state

    blocks = ((w, (found.state[found.code[w]] == 1).astype("uint8")) for w in windows(g, 1024))
    write_cog(out / "eligible.tif", blocks, g, dtype="uint8", nodata=None, overviews=False)
    lines = ["zone,left_m2"]
    lines += [f"{z},{areas_by_state(found, z)['left']}" for z in found.zones]
    (out / "townships.csv").write_text("\n".join(lines), encoding="utf-8")
    attribute(found).to_csv(out / "rules.csv", index=False)


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("folder", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--prepared", action="store_true")
    p.add_argument("--repeat", type=int, default=0)
    p.add_argument("--tile", type=int, default=1024)
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--whatif", action="store_true")
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    stages: dict[str, float] = {}
    program, source, found = one(
        a.folder, a.out, prepared=a.prepared, tile=a.tile, workers=a.workers, stages=stages
    )
    from siting.screen.coded import areas_by_state

    result = {
        "wall_s": time.perf_counter() - START,
        "cpu_s": time.process_time(),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "areas_m2": areas_by_state(found),
        "codes": len(found.table),
        "stages": stages,
    }
    warm = []
    for _ in range(a.repeat):
        t = time.perf_counter()
        one(a.folder, a.out, prepared=a.prepared, tile=a.tile, workers=a.workers, stages={})
        warm.append(time.perf_counter() - t)
    result["warm_s"] = warm
    if a.whatif:
        result["whatif"] = whatif(program, source, found, a.workers)
    print(json.dumps(result))


def whatif(program, source, found, workers: int) -> dict[str, float]:
    from siting.screen.attribution import leave_one_out
    from siting.screen.whatif import what_if

    out = {}
    leave_one_out(found)
    t = time.perf_counter()
    leave_one_out(found)
    out["leave_one_out"] = time.perf_counter() - t
    for rule in program.rules:
        own = rule.test.parameter
        if own is None or own.name != "distance_m" or own.value is None:
            continue
        d = own.value
        times = []
        for factor in (5 / 3, 0.5):
            t = time.perf_counter()
            what_if(found, program, source, rule.id, distance_m=d * factor, workers=workers)
            times.append(time.perf_counter() - t)
        out[f"{rule.stated.layer} {d:g} m"] = max(times)
    return out


if __name__ == "__main__":
    main()
