"""A county without layers on fine cells: what the whole command ``screen`` takes.

``python benchmarks/bench_wide_county.py [CODE] [--cell M]`` writes the plan of a county
(``geoplan new``) and screens it, map and report with it, each a process of its own; the default
is 152923 on cells of 10 m, 1.3 thousand million of them in its box. Prints a Markdown table of
wall and CPU seconds and the highest resident memory.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def run(folder: Path, *words: str) -> tuple[float, float, float]:
    """Wall and CPU seconds and MiB of ``geoplan`` with some words."""
    at = time.perf_counter()
    done = subprocess.Popen([sys.executable, "-m", "geoplan", *words], cwd=folder)
    _, status, used = os.wait4(done.pid, 0)
    if status:
        raise SystemExit(f"geoplan {' '.join(words)}: {status}")
    spent = used.ru_utime + used.ru_stime
    return time.perf_counter() - at, spent, used.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("code", nargs="?", default="152923")
    parser.add_argument("--cell", type=float, default=10.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="geoplan-wide-") as aside:
        folder = Path(aside)
        lines = [("new", *run(folder, "new", asked.code, "-q"))]
        plan = folder / "plan.toml"
        text = plan.read_text(encoding="utf-8")
        plan.write_text(
            re.sub(r"(?m)^cell_m = .*$", f"cell_m = {asked.cell:g}", text), encoding="utf-8"
        )
        lines.append(("screen", *run(folder, "screen", "plan.toml", "-o", "out", "-q")))
    print("| command | wall s | CPU s | MiB |\n|---|---|---|---|")
    for name, wall, cpu, most in lines:
        print(
            f"| `{name}` of {asked.code}, {asked.cell:g} m | {wall:.0f} | {cpu:.0f} |"
            f" {most:.0f} |"
        )


if __name__ == "__main__":
    main()
