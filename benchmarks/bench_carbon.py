"""Carbon benchmarks: county raster of two dates, and Monte Carlo over parcels.

Run with ``python benchmarks/bench_carbon.py``; prints a markdown table. The raster case runs
in a process of its own, so that its peak memory is that of the whole process.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

# the case's own imports stay inside the functions: each process loads only what it measures
CLASSES = 20
ROWS, COLS = 4540, 4540  # 20.6 million cells


def _county(folder: Path) -> None:
    """Two class rasters with patches of fields, 3 % of the cells changed, an irregular"
    " border."""
    import numpy as np

    from gis.cells.grid import plan_grid
    from gis.files.write import write_cog

    x0, y0 = 600_000.0, 4_280_000.0
    grid = plan_grid((x0, y0, x0 + 10 * COLS, y0 + 10 * ROWS), "EPSG:4544", 10)
    rng = np.random.default_rng(7)
    coarse = rng.integers(1, CLASSES + 1, (ROWS // 20 + 1, COLS // 20 + 1), dtype=np.uint8)
    before = np.kron(coarse, np.ones((20, 20), np.uint8))[:ROWS, :COLS]
    patch = rng.random((ROWS // 10, COLS // 10)) < 0.03
    flip = np.kron(patch, np.ones((10, 10), bool))
    after = np.where(flip, before % CLASSES + 1, before).astype(np.uint8)
    border = np.hypot(*np.ogrid[-1 : 1 : ROWS * 1j, -1 : 1 : COLS * 1j]) > 1.3
    before[border] = 0
    after[border] = 0
    for name, data in (("before", before), ("after", after)):
        write_cog(folder / f"{name}.tif", data, grid, dtype="uint8", nodata=0)


def _raster(folder: Path, *, write: bool) -> None:
    from carbon_sink.change.raster import raster_change
    from gis.cells.grid import plan_grid

    x0, y0 = 600_000.0, 4_280_000.0
    grid = plan_grid((x0, y0, x0 + 10 * COLS, y0 + 10 * ROWS), "EPSG:4544", 10)
    density = {v: 10.0 + 3.5 * v for v in range(1, CLASSES + 1)}
    out = folder / "change.tif" if write else None

    def once() -> float:
        found = raster_change(
            folder / "before.tif", folder / "after.tif", grid, density, density, out=out
        )
        assert found.cells.sum() == ROWS * COLS
        return found.change_tc

    _say(once)


def _numpy(folder: Path) -> None:
    """The same question in a few lines of numpy: pairs of classes counted, one area a cell."""
    import numpy as np
    import rasterio

    density = 10.0 + 3.5 * np.arange(CLASSES + 1)

    def once() -> float:
        with (
            rasterio.open(folder / "before.tif") as a,
            rasterio.open(folder / "after.tif") as b,
        ):
            pair = a.read(1).astype(np.uint16) * np.uint16(CLASSES + 1) + b.read(1)
        count = np.bincount(pair.ravel(), minlength=(CLASSES + 1) ** 2)
        matrix = count.reshape(CLASSES + 1, CLASSES + 1)[1:, 1:] * 0.01  # 10 m x 10 m [ha]
        return float((matrix * (density[1:][None, :] - density[1:][:, None])).sum())

    _say(once)


def _say(once: Callable[[], float]) -> None:
    """Of the first pass wall and CPU seconds, memory and the answer; CPU seconds of a later."""
    start, used = time.perf_counter(), time.process_time()
    change_tc = once()
    took, own = time.perf_counter() - start, time.process_time() - used
    mb, whole = _peak_mb(), time.process_time()
    again = []
    for _ in range(3):
        used = time.process_time()
        once()
        again.append(time.process_time() - used)
    print(f"{took:.2f} {mb:.0f} {change_tc:.3f} {own:.3f} {whole:.3f} {min(again):.3f}")


def _peak_mb() -> float:
    """Peak of this process alone: the kernel's other figure takes in who started it."""
    own = Path("/proc/self/status")
    if own.exists():
        (line,) = [x for x in own.read_text().splitlines() if x.startswith("VmHWM")]
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _parcels() -> None:
    import numpy as np
    import pandas as pd

    from carbon_sink.stock.coefficient_file import load_coefficients
    from carbon_sink.stock.pools import choose_densities
    from carbon_sink.stock.totals import pool_estimates, stock_by_place

    rng = np.random.default_rng(7)
    table = load_coefficients().with_assumed_cv(0.3)
    chosen = choose_densities(table, depth_cm=(0, 30), zone="cool_temperate_dry")
    names = sorted({e for e, _ in chosen})
    n = 40_000
    parcels = pd.DataFrame(
        {
            "ecosystem": rng.choice(names, n),
            "township": rng.integers(0, 13, n).astype(str),
            "area_ha": rng.lognormal(1.0, 1.0, n),
        }
    )
    start = time.perf_counter()
    area = {str(k): float(v) for k, v in parcels.groupby("ecosystem")["area_ha"].sum().items()}
    found = pool_estimates(area, chosen, table, draws=10_000, seed=1)
    took = time.perf_counter() - start
    start = time.perf_counter()
    stock_by_place(parcels, chosen, table, place="township", draws=10_000, seed=1)
    towns = time.perf_counter() - start
    assert found["total"].low < found["total"].mean < found["total"].high
    print(f"{took:.3f} {towns:.3f}")


def _middle(found: list[float]) -> float:
    """The middle one: numpy's first pass differs by a factor of five from run to run."""
    return sorted(found)[len(found) // 2]


def _own(*args: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, __file__, *args], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _own("make", name)
        _own("raster", name)  # compiles and caches the kernels
        runs, peers = [], []
        for _ in range(5):  # in turns: the machine is the same to both
            runs.append(_own("raster", name))
            peers.append(_own("numpy", name))
        written = [_own("raster-write", name) for _ in range(2)]
        parcels = [_own("parcels") for _ in range(3)]
        del folder
    cells = ROWS * COLS / 1e6
    print(f"Python {platform.python_version()}, {platform.machine()}\n")
    print("| case | time | peak memory of the whole process | goal |")
    print("|---|---|---|---|")
    t, m = min(float(r[0]) for r in runs), max(float(r[1]) for r in runs)
    print(
        f"| {cells:.1f} M cells, two dates, {CLASSES} classes: stocks, change, matrix"
        f" | {t:.2f} s | {m:.0f} MB | 4 s, 300 MB |"
    )
    t, m = min(float(r[0]) for r in written), max(float(r[1]) for r in written)
    print(f"| the same, change raster written (float32) | {t:.2f} s | {m:.0f} MB | - |")
    t, m = (min(float(r[k]) for r in parcels) for k in (0, 1))
    print(
        f"| 40,000 parcels, 10,000 draws: all pools, total, variance shares"
        f" | {t:.2f} s | - | 2 s |"
    )
    print(f"| the same by 13 townships | {m:.2f} s | - | - |")
    print("\n| two dates | CPU s, first | again | whole process | MB | change tC |")
    print("|---|---|---|---|---|---|")
    for name, found in (("ours", runs), ("numpy", peers)):
        first, whole, again = (_middle([float(r[k]) for r in found]) for k in (3, 4, 5))
        mb = max(float(r[1]) for r in found)
        print(
            f"| {name} | {first:.2f} | {again:.2f} | {whole:.2f} | {mb:.0f} | {found[0][2]} |"
        )


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", folder]:
            _county(Path(folder))
        case ["numpy", folder]:
            _numpy(Path(folder))
        case ["raster", folder]:
            _raster(Path(folder), write=False)
        case ["raster-write", folder]:
            _raster(Path(folder), write=True)
        case ["parcels"]:
            _parcels()
        case _:
            main()
