"""Is one checkout slower than another? Both in turns, as whole processes; prints the ratio.

``python benchmarks/compare_speed.py OLD NEW [--runs 5] [--only screening]`` takes two checkouts
of the project. Each measurement is a new process: the screening of the benchmark county by
fourteen rules (one thread), ``geoplan --help``, and ``import geoplan``. Old and new alternate,
so that a machine that grows slower grows slower for both; CPU seconds are given beside wall
seconds, since only they mean something on a machine that others use too.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def seconds(tree: Path, command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of one process that runs from `tree`."""
    env = os.environ | {"PYTHONPATH": str(tree)}
    begun = time.perf_counter()
    with subprocess.Popen(command, cwd=tree, env=env, stdout=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed in {tree}")
    return time.perf_counter() - begun, usage.ru_utime + usage.ru_stime


def main() -> int:
    """Print a table; 1 when the median ratio of the screening is over ``--most``."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["screening", "help", "import"])
    parser.add_argument("--most", type=float, default=1.02, help="ratio that is allowed")
    args = parser.parse_args()
    trees = {"old": args.old.resolve(), "new": args.new.resolve()}
    out = Path(tempfile.mkdtemp())
    py = sys.executable
    jobs = {
        "import": [py, "-c", "import geoplan"],
        "help": [py, "-m", "geoplan", "--help"],
        "screening": [py, "benchmarks/screening_ours.py", "", str(out), "--workers", "1"],
    }
    if args.only:
        jobs = {args.only: jobs[args.only]}
    if "screening" in jobs:
        sys.path.insert(0, str(Path(__file__).resolve().parent))
        from screening_workload import default_folder

        jobs["screening"][2] = str(default_folder())
    slower = False
    print("| what | runs | old CPU s | new CPU s | ratio | old wall s | new wall s |")
    print("|---|---|---|---|---|---|---|")
    for name, command in jobs.items():
        found: dict[str, list[tuple[float, float]]] = {"old": [], "new": []}
        for which in ("old", "new"):
            seconds(trees[which], command)  # compiles kernels, warms the page cache
        for _ in range(args.runs):
            for which in ("old", "new"):
                found[which].append(seconds(trees[which], command))
        wall = {w: statistics.median(x for x, _ in f) for w, f in found.items()}
        cpu = {w: statistics.median(x for _, x in f) for w, f in found.items()}
        pairs = zip(found["old"], found["new"], strict=True)
        ratio = statistics.median(n[1] / o[1] for o, n in pairs)
        slower |= name == "screening" and ratio > args.most
        print(
            f"| {name} | {args.runs} | {cpu['old']:.3f} | {cpu['new']:.3f} | {ratio:.3f} "
            f"| {wall['old']:.3f} | {wall['new']:.3f} |",
            flush=True,
        )
    return int(slower)


if __name__ == "__main__":
    raise SystemExit(main())
