"""Size, speed and memory of the interactive map: 10 m rasters and 80,000 parcels.

Run ``python benchmarks/bench_map.py`` from the project's folder; prints a Markdown table.
The run folder is made by hand (tests/geoplan/fake_run.py): what is measured is the page.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from geoplan.maps import write_map

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tests.geoplan.fake_run import fake_run

ROOT = Path(__file__).resolve().parents[1]
PAN = """(async () => {
  const times = []; let last = performance.now(), stop = false;
  const tick = () => { const now = performance.now(); times.push(now - last); last = now;
    if (!stop) requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
  // what a drag does: move the pane, tell the layers, and end with one moveend
  GP.map.fire("movestart");
  for (let i = 0; i < 60; i++) {
    GP.map._rawPanBy(L.point(i % 30 < 15 ? 14 : -14, 6));
    GP.map.fire("move");
    if (i % 15 === 14) GP.map.fire("moveend");
    await new Promise(r => requestAnimationFrame(r)); }
  stop = true; times.sort((a, b) => a - b);
  return [times[Math.floor(times.length / 2)], times[Math.floor(times.length * 0.95)]]; })()"""


def _pss_mb(root_pid: int) -> float:
    """PSS of a process and all below it [MB]."""
    parent = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = stat.read_text().rsplit(")", 1)[1].split()
            parent[int(stat.parent.name)] = int(rest[1])
        except (OSError, IndexError):
            continue
    mine = {root_pid}
    while True:
        more = {p for p, q in parent.items() if q in mine} - mine
        if not more:
            break
        mine |= more
    total = 0.0
    for pid in mine:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:"))
    return total / 1024


def _browser_pid() -> int:
    """The Chromium this process started (its driver's child)."""
    import os

    for stat in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = stat.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"chrom" in words[0] and not any(w.startswith(b"--type=") for w in words):
            pid, up = int(stat.parent.name), int(stat.parent.name)
            while up > 1:
                up = int(Path(f"/proc/{up}/stat").read_text().rsplit(")", 1)[1].split()[1])
                if up == os.getpid():
                    return pid
    return 0


def measure(html: Path, view: str) -> dict[str, float]:
    """Open `html` with the network off and measure it."""
    from playwright.sync_api import sync_playwright

    out = {}
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_context(
            offline=True, viewport={"width": 1440, "height": 900}
        ).new_page()
        began = time.perf_counter()
        page.goto(html.as_uri() + view)
        page.wait_for_selector("html[data-ready]", timeout=120_000)
        out["ready_s"] = time.perf_counter() - began
        page.wait_for_timeout(1500)
        for name, zoom in (("z10", 10), ("z12", 12), ("z14", 14)):
            page.evaluate(f"GP.map.setView([38.9, 106.5], {zoom}, {{animate: false}}); 0")
            page.wait_for_timeout(1200)
            out[f"pan_{name}_ms"], out[f"pan95_{name}_ms"] = page.evaluate(PAN)
        out["memory_mb"] = _pss_mb(_browser_pid())
        browser.close()
    return out


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as tmp:
        run = fake_run(Path(tmp) / "run", cell_m=10.0, n_parcels=140_000)
        began = time.perf_counter()
        html = write_map(run, Path(tmp) / "map.html")
        write_s = time.perf_counter() - began
        import geopandas as gpd

        n = len(gpd.read_parquet(next(run.glob("steps/*/ecosystem.layer.parquet"))))
        size = html.stat().st_size / 1e6
        shut = measure(html, "")
        shown = measure(html, "#on=r-eligibility-pv,v-ecosystem,v-county,v-sites")
    print(f"| {n} parcels, 4 rasters of 10 m | limit | parcels off | parcels on |")
    print("|---|---|---|---|")
    print(f"| file, MB | 12 | {size:.1f} | |")
    print(f"| writing, s | 25 | {write_s:.1f} | |")
    print(f"| ready, s | 3 | {shut['ready_s']:.2f} | {shown['ready_s']:.2f} |")
    for z in ("z10", "z12", "z14"):
        a, b = shut[f"pan_{z}_ms"], shown[f"pan_{z}_ms"]
        c, d = shut[f"pan95_{z}_ms"], shown[f"pan95_{z}_ms"]
        print(
            f"| pan frame {z}, median (95 %), ms | 30 | {a:.0f} ({c:.0f}) | {b:.0f} ({d:.0f}) |"
        )
    a, b = shut["memory_mb"], shown["memory_mb"]
    print(f"| memory of all browser processes, MB | 800 | {a:.0f} | {b:.0f} |")


if __name__ == "__main__":
    main()
