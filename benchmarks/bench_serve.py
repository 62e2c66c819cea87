"""How fast the what-if answers on the sample county at 10 m.

Run ``python benchmarks/bench_serve.py [CELL_M]`` from the project's folder; prints a Markdown
table. Each answer is what a browser waits for: areas and the picture.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from geoplan.maps.themes import themes
from geoplan.plan_file import load_plan
from geoplan.serve.picture import painter
from geoplan.serve.scenario import Change, base_of, evaluate_changes
from siting.screen.coded import state_raster

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Print the table."""
    cell = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    text = (ROOT / "plans" / "sample.toml").read_text(encoding="utf-8")
    line = next(x for x in text.splitlines() if x.startswith("cell_m"))
    with tempfile.TemporaryDirectory() as tmp:
        path = Path(tmp) / "sample.toml"
        path.write_text(text.replace(line, f"cell_m = {cell}"), encoding="utf-8")
        plan = load_plan(path)
        began = time.perf_counter()
        base = base_of(plan, "pv")
        screen_s = time.perf_counter() - began
        began = time.perf_counter()
        paint = painter(base.found.grid)
        paint_s = time.perf_counter() - began
        palette = themes().palette
        paint.webp(state_raster(base.found), palette)
        rows = []
        movable = [
            (r, p)
            for r in base.found.rules
            if (p := r.test.parameter) is not None and p.name == "distance_m" and p.value
        ]
        for rule, own in movable[:8]:
            change = Change(rule_id=rule.id, distance_m=2 * own.value)
            evaluate_changes(plan, base, (change,))  # kernels loaded, layers read
            began = time.perf_counter()
            answer = evaluate_changes(plan, base, (change,))
            mid = time.perf_counter()
            paint.webp(answer.state, palette)
            rows.append((rule.id, mid - began, time.perf_counter() - mid))
    h, w = base.found.grid.shape
    worst = max(a + b for _, a, b in rows)
    print(f"| what-if on {h} x {w} cells of {cell:g} m | limit | measured |")
    print("|---|---|---|")
    print(f"| screening once at the start, s | | {screen_s:.1f} |")
    print(f"| preparing the picture once, s | | {paint_s:.1f} |")
    for name, a, b in rows:
        print(f"| {name}: distance doubled, areas + picture, s | 1 | {a:.2f} + {b:.2f} |")
    print(f"| slowest, s | 1 | {worst:.2f} |")


if __name__ == "__main__":
    main()
