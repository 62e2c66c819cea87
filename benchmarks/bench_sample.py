"""Seconds, memory and size of generating the sample county; prints a markdown table.

Run ``python benchmarks/bench_sample.py [tiny demo full]``. Each size runs in a process of its
own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def one(size: str) -> dict[str, float]:
    from layers.sample import SIZES
    from layers.sample.build import build_sample

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        wall, cpu = time.perf_counter(), time.process_time()
        build_sample(path, SIZES[size])
        about = json.loads((path / "about.json").read_text(encoding="utf-8"))
        return {
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "disk_mb": sum(p.stat().st_size for p in path.iterdir()) / 1e6,
            "parcels": about["layers"]["land_parcels"],
            "buildings": about["layers"]["buildings"],
            "cell_m": about["cell_m"],
        }


def main(sizes: list[str]) -> None:
    print("| size | cells | parcels | buildings | wall s | CPU s | peak MB | on disk MB |")
    print("|---|---|---|---|---|---|---|---|")
    for size in sizes:
        done = subprocess.run(
            [sys.executable, __file__, "--one", size],
            capture_output=True,
            text=True,
            check=True,
        )
        r = json.loads(done.stdout)
        print(
            f"| {size} | {r['cell_m']:.0f} m | {r['parcels']:,} | {r['buildings']:,} |"
            f" {r['wall_s']:.1f} | {r['cpu_s']:.1f} | {r['peak_mb']:.0f} | {r['disk_mb']:.0f} |"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2])))
    else:
        main(sys.argv[1:] or ["tiny", "demo", "full"])
