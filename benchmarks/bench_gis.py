"""Speed of the spatial primitives against their peers; prints markdown tables.

Run as ``python benchmarks/bench_gis.py [--quick] [--only reading]``. The county is
synthetic: 77,000 parcels
with shared wavy edges (3.8 M vertices) over 4933 x 5973 cells of 10 m.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyproj
import shapely

from gis.cells.area import polygon_area_m2
from gis.cells.cell_area import cell_area_m2
from gis.cells.grid import Grid, origin, plan_grid, windows
from gis.cells.rings import polygon_rings
from gis.cells.terrain import slope_deg
from gis.cells.threshold import or_slope
from gis.cells.zonal import class_areas
from gis.crs.systems import transform_points
from gis.files.read import read_features, read_raster
from gis.files.write import write_cog, write_features

CELL_M = 10.0
COLUMNS, ROWS = 4933, 5973
SEGMENTS = 12  # of each parcel edge: 48 vertices a parcel


def best(fn: Callable[[], object], n: int) -> tuple[float, float, object]:
    """Best and median wall time of n calls, and the last answer."""
    times, out = [], None
    for _ in range(n):
        t = time.perf_counter()
        out = fn()
        times.append(time.perf_counter() - t)
    return min(times), float(np.median(times)), out


def county_grid() -> Grid:
    """29.5 M cells about Pingluo in EPSG:4545."""
    x0, y0 = 355_000.0, 4_270_000.0
    return plan_grid((x0, y0, x0 + COLUMNS * CELL_M, y0 + ROWS * CELL_M), 4545, CELL_M)


def parcels(grid: Grid, nx: int = 253, ny: int = 304, seed: int = 1) -> np.ndarray:
    """nx * ny parcels that share wavy edges and cover the grid but for its rim."""
    rng = np.random.default_rng(seed)
    left, top = origin(grid)
    sx, sy = (COLUMNS * CELL_M - 400) / nx, (ROWS * CELL_M - 400) / ny
    node = np.stack(np.meshgrid(np.arange(nx + 1), np.arange(ny + 1)), axis=-1).astype(float)
    node += rng.uniform(-0.25, 0.25, node.shape)
    node = node * (sx, -sy) + (left + 200, top - 200)

    def wavy(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        t = np.linspace(0, 1, SEGMENTS + 1)[:-1, None]
        line = a[:, None] * (1 - t) + b[:, None] * t
        noise = np.zeros((len(a), SEGMENTS))
        noise[:, 1:] = rng.normal(0, 0.012, (len(a), SEGMENTS - 1))
        along = b - a
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
        return line + noise[..., None] * normal[:, None]

    across = wavy(node[:, :-1].reshape(-1, 2), node[:, 1:].reshape(-1, 2))
    across = across.reshape(ny + 1, nx, SEGMENTS, 2)
    down = wavy(node[:-1].reshape(-1, 2), node[1:].reshape(-1, 2))
    down = down.reshape(ny, nx + 1, SEGMENTS, 2)

    def back(line: np.ndarray, end: np.ndarray) -> np.ndarray:
        whole = np.concatenate([line, end[..., None, :]], axis=-2)
        return whole[..., :0:-1, :]

    ring = np.concatenate(
        [
            across[:-1],
            down[:, 1:],
            back(across[1:], node[1:, 1:]),
            back(down[:, :-1], node[1:, :-1]),
        ],
        axis=2,
    )
    ring = ring.reshape(nx * ny, 4 * SEGMENTS, 2)
    ring = np.concatenate([ring, ring[:, :1]], axis=1)
    return np.asarray(shapely.polygons(ring))


def smooth(shape: tuple[int, int], seed: int) -> np.ndarray:
    """A smooth random surface, 0 to 1."""
    rng = np.random.default_rng(seed)
    y, x = np.linspace(0, 60, shape[0])[:, None], np.linspace(0, 50, shape[1])[None]
    out = np.zeros(shape, np.float32)
    for k in range(1, 7):
        a, b, p, q = rng.uniform(0.2, 1.2, 4) * k
        out += (np.sin(a * x + p) * np.cos(b * y + q) / k).astype(np.float32)
    return (out - out.min()) / np.ptp(out)


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    print(f"\n### {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def bench_area(shapes: np.ndarray, runs: int) -> None:
    """Ellipsoidal area of 100,000 polygons."""
    many = np.concatenate([shapes, shapes])[:100_000]
    x, y = shapely.get_coordinates(many).T
    lon, lat = transform_points(x, y, 4545, 4490)
    flat_ll = shapely.set_coordinates(many.copy(), np.c_[lon, lat])
    polygon_area_m2(many[:10], 4545)
    whole, _, ours = best(lambda: polygon_area_m2(many, 4545), runs)
    core, _, _ = best(lambda: polygon_area_m2(polygon_rings(flat_ll), 4490), runs)
    geod = pyproj.Geod(ellps="GRS80")
    part = flat_ll[:4000]
    t_geod, _, theirs = best(
        lambda: np.array([abs(geod.geometry_area_perimeter(g)[0]) for g in part]), 1
    )
    off = float(np.abs(np.asarray(ours)[:4000] - np.asarray(theirs)).max())
    n = len(many)
    table(
        f"Ellipsoidal area of {n:,} polygons, {len(x) / 1e6:.1f} M vertices",
        ["method", "s", "per polygon"],
        [
            [
                "gis.cells.area, from Gauss-Krueger metres",
                f"{whole:.2f}",
                f"{whole / n * 1e6:.1f} us",
            ],
            ["gis.cells.area, from degrees", f"{core:.2f}", f"{core / n * 1e6:.1f} us"],
            [
                "pyproj.Geod, from degrees (4,000 polygons, scaled)",
                f"{t_geod / 4000 * n:.1f}",
                f"{t_geod / 4000 * 1e6:.0f} us",
            ],
        ],
    )
    print(f"\nLargest difference from Geod: {off:.3f} m2 (parcels of about 3.8 ha).")
    grid = county_grid()
    cell_area_m2(grid, windows(grid)[0])
    t, _, _ = best(lambda: cell_area_m2(grid, windows(grid)[0]), runs)
    print(f"Exact cell areas of a 1024 x 1024 window: {t * 1e3:.1f} ms.")


def bench_zonal(grid: Grid, shapes: np.ndarray, runs: int, *, quick: bool) -> None:
    """Class areas of all parcels."""
    cover = (smooth(tuple(grid.shape), 2) * 8.999).astype(np.uint8) + 1
    flat = polygon_rings(shapes)
    class_areas(shapes[:10], cover, grid)
    rows = []
    for threads in (1, 2):
        run = partial(class_areas, flat, cover, grid, threads=threads)
        low, mid, _ = best(run, runs)
        cpu = time.process_time()
        run()
        cpu = time.process_time() - cpu
        rows.append(
            [
                f"gis.cells.zonal exact, {threads} threads",
                f"{mid:.3f} ({low:.3f})",
                f"{cpu:.2f}",
                "all",
            ]
        )
    low, mid, plain = best(lambda: class_areas(flat, cover, grid, ellipsoidal=False), runs)
    rows.append(
        ["gis.cells.zonal exact, 2 threads, planar", f"{mid:.3f} ({low:.3f})", "", "all"]
    )
    low, mid, _ = best(lambda: polygon_rings(shapes), runs)
    rows.append(["(shapely to flat coordinates)", f"{mid:.3f} ({low:.3f})", "", "all"])
    planar = shapely.area(shapes)
    closes = float(np.abs(plain.area_m2.sum(axis=1) / planar - 1).max())
    worst = _peers(grid, shapes, cover, plain, rows, 400 if quick else 8000)
    table(
        f"Class areas of {len(shapes):,} parcels ({len(flat.xy) / 1e6:.1f} M vertices) "
        "on 29.5 M cells",
        ["method", "wall s, median (best)", "CPU s", "parcels timed"],
        rows,
    )
    print(
        f"\nParcel area closes to {closes:.1e}; largest difference from exactextract "
        f"{worst:.1e} cell."
    )


def _peers(grid, shapes, cover, ours, rows, n) -> float:
    import exactextract
    import geopandas as gpd
    import rasterio
    from exactextract.raster import NumPyRasterSource

    left, top = origin(grid)
    h, w = grid.shape
    step = max(len(shapes) // n, 1)
    pick = np.arange(0, len(shapes), step)[:n]
    frame = gpd.GeoDataFrame({"id": pick}, geometry=shapes[pick], crs=4545)
    source = NumPyRasterSource(
        cover, xmin=left, ymax=top, xmax=left + w * CELL_M, ymin=top - h * CELL_M
    )
    t = time.perf_counter()
    out = exactextract.exact_extract(
        source, frame, ["unique", "frac", "count"], include_cols=["id"], output="pandas"
    )
    t = time.perf_counter() - t
    scaled = t * len(shapes) / len(pick)
    rows.append(["exactextract, same arrays (scaled)", f"{scaled:.1f}", "", f"{len(pick):,}"])
    worst = 0.0
    place = {int(c): k for k, c in enumerate(ours.codes)}
    for i, (codes, frac, count) in enumerate(
        zip(out["unique"], out["frac"], out["count"], strict=True)
    ):
        theirs = np.zeros(len(ours.codes))
        for c, f in zip(codes, frac, strict=True):
            theirs[place[int(c)]] = f * count
        worst = max(worst, float(np.abs(theirs - ours.area_m2[pick[i]] / CELL_M**2).max()))
    import rasterstats

    m = max(n // 10, 50)
    t = time.perf_counter()
    rasterstats.zonal_stats(
        list(shapes[pick[:m]]),
        cover,
        affine=rasterio.Affine(CELL_M, 0, left, 0, -CELL_M, top),
        categorical=True,
        nodata=0,
    )
    t = (time.perf_counter() - t) * len(shapes) / m
    rows.append(["rasterstats, pixel centre (scaled)", f"{t:.0f}", "", f"{m:,}"])
    return worst


def bench_reading(grid: Grid, shapes: np.ndarray, runs: int) -> None:
    """Class areas from files on disk, each run a process of its own with its imports."""
    import geopandas as gpd

    cover = (smooth(tuple(grid.shape), 2) * 8.999).astype(np.uint8) + 1
    number = np.arange(len(shapes))
    frame = gpd.GeoDataFrame(
        {"id": number, "dlbm": (number % 30 + 101).astype(str)}, geometry=shapes, crs=4545
    )
    with tempfile.TemporaryDirectory() as folder:
        gpkg = write_features(Path(folder, "parcels.gpkg"), "parcels", frame)
        tif = write_cog(Path(folder, "cover.tif"), cover, grid, dtype="uint8", nodata=0)
        rows, sums = [], []
        for how, title in (
            (
                "checked",
                "gis.files.read.read_features: every shape checked, coordinates checked",
            ),
            ("ragged", "read_ragged: a file that was checked before"),
        ):
            best_s, stages = np.inf, {}
            walls = []
            for _ in range(runs):
                t = time.perf_counter()
                done = subprocess.run(
                    [sys.executable, __file__, "--reading", how, str(gpkg), str(tif)],
                    check=True,
                    capture_output=True,
                    text=True,
                )
                walls.append(time.perf_counter() - t)
                if walls[-1] < best_s:
                    best_s, stages = walls[-1], json.loads(done.stdout)
            sums.append(stages.pop("km2"))
            shown = [
                f"{stages[k]:.2f}" for k in ("imports", "parcels", "raster", "areas", "cpu")
            ]
            rows.append([title, f"{np.median(walls):.2f} ({best_s:.2f})", *shown])
        size = (gpkg.stat().st_size + tif.stat().st_size) / 1e6
    table(
        f"Class areas of {len(shapes):,} parcels, GeoPackage and 10 m COG ({size:.0f} MB "
        "together), whole process; budget 3 s",
        ["reader", "wall s, median (best)", "imports", "parcels", "raster", "areas", "CPU s"],
        rows,
    )
    print(f"\nBoth give {sums[0]:.3f} km2; they differ by {abs(sums[0] - sums[1]):.1e} km2.")


def read_and_answer(how: str, gpkg: str, tif: str) -> None:
    """One process of `bench_reading`: prints its stages in seconds as JSON."""
    stages = {"imports": time.process_time()}  # what the process took until here
    t = time.perf_counter()
    if how == "ragged":
        from read_ragged import read_ragged

        shapes, _ = read_ragged(gpkg, "parcels", columns=[])
    else:
        shapes = read_features(gpkg).geometry.to_numpy()
    stages["parcels"] = time.perf_counter() - t
    t = time.perf_counter()
    grid = county_grid()
    cover, valid = read_raster(tif, grid, kind="classes")
    stages["raster"] = time.perf_counter() - t
    t = time.perf_counter()
    areas = class_areas(shapes, cover, grid, valid=valid)
    stages["areas"] = time.perf_counter() - t
    stages["cpu"] = time.process_time()
    stages["km2"] = float(areas.area_m2.sum()) / 1e6
    print(json.dumps(stages))


def bench_slope(grid: Grid, runs: int) -> None:
    """Slope of the county's heights."""
    from scipy import ndimage

    z = (smooth(tuple(grid.shape), 3) * 1500 + 1100).astype(np.float32)
    slope_deg(z[:8, :8], CELL_M)
    known = np.ones(z.shape, bool)
    out = np.zeros((z.shape[0] - 2, z.shape[1] - 2), np.uint64)

    def exceeds() -> None:
        or_slope(out, z, known, CELL_M, ">", 15.0, hit=1, unknown=2)

    exceeds()

    def scipy_horn() -> np.ndarray:
        p = ndimage.sobel(z, axis=1) / np.float32(8 * CELL_M)
        q = ndimage.sobel(z, axis=0) / np.float32(8 * CELL_M)
        return np.degrees(np.arctan(np.hypot(p, q)))

    def gradient() -> np.ndarray:
        q, p = np.gradient(z, np.float32(CELL_M))
        return np.degrees(np.arctan(np.hypot(p, q)))

    rows = []
    for name, fn, n in (
        ("gis.cells.threshold.or_slope (squared gradients)", exceeds, runs),
        ("gis.cells.terrain.slope_deg", lambda: slope_deg(z, CELL_M), runs),
        ("scipy.ndimage.sobel (Horn)", scipy_horn, 2),
        ("numpy.gradient (not Horn)", gradient, 2),
    ):
        low, mid, out = best(fn, n)
        rows.append([name, f"{mid:.3f} ({low:.3f})"])
        if name == "gis.cells.terrain.slope_deg":
            ours = out
        if name.startswith("scipy"):
            off = float(np.nanmax(np.abs(ours - out)))
    table("Slope of 29.5 M cells, one thread", ["method", "wall s, median (best)"], rows)
    print(f"\nLargest difference from scipy's Horn: {off:.1e} degrees.")


def main() -> None:
    if "--reading" in sys.argv:
        read_and_answer(*sys.argv[2:5])
        return
    quick = "--quick" in sys.argv
    runs = 2 if quick else 5
    grid = county_grid()
    shapes = parcels(grid)
    if "reading" in sys.argv:
        bench_reading(grid, shapes, runs)
        return
    bench_area(shapes, runs)
    bench_zonal(grid, shapes, runs, quick=quick)
    bench_reading(grid, shapes, runs)
    bench_slope(grid, runs)


if __name__ == "__main__":
    main()
