"""Land eligibility of a county, side by side, every tool as a whole process.

``python benchmarks/bench_screening.py [--runs 3] [--no-peers]`` prints Markdown tables: whole
runs from files to files (wall and CPU seconds, peak memory), repeated runs in one process,
what-if questions, leave-one-out, and the distance transform. One after the other, so that no
run disturbs another.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
_READ_BY = "(as workers of a cluster or processes read them)"


def measured(command: list[str]) -> dict[str, float]:
    """Run a process: wall and CPU seconds, peak memory, and the JSON it printed."""
    t = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        out = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - t
    if child.returncode:
        raise SystemExit(f"{command} failed")
    found = json.loads(out.strip().splitlines()[-1])
    return {
        **found,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "mb": usage.ru_maxrss / 1024,
    }


def whole_runs(folder: Path, out: Path, runs: int, *, peers: bool) -> None:
    """Print the table of whole runs."""
    py = sys.executable
    ours = [py, str(HERE / "screening_ours.py"), str(folder), str(out)]
    rows = [
        (f"ours, prepared layers {_READ_BY}, 2 threads", [*ours, "--prepared"], runs),
        ("ours, from GeoPackage and GeoTIFF, 2 threads", ours, runs),
        ("ours, from GeoPackage and GeoTIFF, 1 thread", [*ours, "--workers", "1"], runs),
    ]
    if peers:
        script = str(HERE / "screening_peers.py")
        rows += [
            (
                "atlite 0.7.0 ExclusionContainer",
                [py, script, "atlite", str(folder), str(out)],
                1,
            ),
            (
                "geopandas buffer + union + difference",
                [py, script, "geopandas", str(folder), str(out)],
                1,
            ),
        ]
    measured(rows[0][1])  # compile kernels, prepare layers, warm the page cache
    print(
        "| whole process, cold | runs | wall s (min) | CPU s | peak MB | left + unknown km2 |"
    )
    print("|---|---|---|---|---|---|")
    for name, command, n in rows:
        found = [measured(command) for _ in range(n)]
        wall = [f["wall"] for f in found]
        first = found[0]
        areas = first.get("areas_m2", {})
        # parcels do not reach the border everywhere: we call those cells unknown, the peers
        # call them eligible
        left = first.get("left_km2", (areas.get("left", 0) + areas.get("unknown", 0)) / 1e6)
        print(
            f"| {name} | {n} | {statistics.median(wall):.2f} ({min(wall):.2f}) |"
            f" {statistics.median(f['cpu'] for f in found):.2f} |"
            f" {max(f['mb'] for f in found):.0f} | {left:.4f} |",
            flush=True,
        )


def answers(folder: Path, out: Path) -> None:
    """Print warm runs and what-if times."""
    ours = [sys.executable, str(HERE / "screening_ours.py"), str(folder), str(out)]
    found = measured([*ours, "--prepared", "--repeat", "5", "--whatif"])
    plain = measured([*ours, "--repeat", "3"])
    print("\n| one process, repeated | s |")
    print("|---|---|")
    again = {"prepared as for workers": found["warm_s"], "from files": plain["warm_s"]}
    for name, times in again.items():
        print(f"| whole run again, {name}: median (min) of {len(times)} |"
              f" {statistics.median(times):.2f} ({min(times):.2f}) |")  # fmt: skip
    for name, seconds in found["whatif"].items():
        label = name.replace("_", " ") if name == "leave_one_out" else f"what if: {name}"
        print(f"| {label} | {seconds:.4f} |")
    print("\n| stage (prepared, cold) | s |\n|---|---|")
    for name, seconds in found["stages"].items():
        print(f"| {name} | {seconds:.2f} |")


def distances() -> None:
    """Print the distance transform against scipy on the county's grid."""
    import numpy as np
    from read_ragged import read_ragged
    from scipy.ndimage import distance_transform_edt
    from screening_case import grid
    from screening_workload import default_folder

    from gis.cells.distance import distance_m
    from gis.cells.rasterize import touched

    roads, _ = read_ragged(default_folder() / "county.gpkg", "road")
    inside = touched(roads, grid())
    distance_m(inside[:64, :64], 10.0)
    print("\n| distance to the nearest road cell, 29.5 M cells | s |\n|---|---|")
    for workers in (2, 1):
        times = []
        for _ in range(3):
            t = time.perf_counter()
            ours = distance_m(inside, 10.0, workers=workers)
            times.append(time.perf_counter() - t)
        print(f"| ours, {workers} threads: median (min) |"
              f" {statistics.median(times):.2f} ({min(times):.2f}) |")  # fmt: skip
    t = time.perf_counter()
    want = distance_transform_edt(~inside, sampling=10.0)
    print(f"| scipy distance_transform_edt | {time.perf_counter() - t:.2f} |")
    print(f"| largest difference [m] | {float(np.abs(ours - want).max()):.2g} |")


def main() -> None:
    """Print all tables."""
    from screening_workload import build, default_folder

    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--no-peers", action="store_true")
    a = p.parse_args()
    folder = build(default_folder())
    with tempfile.TemporaryDirectory() as out:
        whole_runs(folder, Path(out), a.runs, peers=not a.no_peers)
        answers(folder, Path(out))
    distances()


if __name__ == "__main__":
    main()
