"""A large county's parcels: recognised, accepted, screened; wall, CPU and memory of each.

``python benchmarks/bench_large_county.py --parcels 500000`` prints a Markdown table. The
parcels of the sample are cut along a lattice until there are so many, edges matching vertex by
vertex, and written as a bureau has them: a File Geodatabase with the field names of the survey,
CGCS2000 in three-degree zone 35 with the zone before the easting. Every line is a process of
its own, the first one with nothing kept of an earlier look.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2
from layers.sample import sample_folder

ROOT = Path(__file__).resolve().parents[1]
_AREAS = ("TBMJ", "TBDLMJ", "KCMJ")
_MADE_OF = (".tif", ".fgb", ".csv")


def cut_parcels(table: gpd.GeoDataFrame, parcels: int) -> gpd.GeoDataFrame:
    """The table's polygons cut along a lattice into about so many, a coverage again."""
    lines = shapely.boundary(table.geometry.to_numpy())
    west, south, east, north = table.total_bounds
    pitch = float(np.sqrt(shapely.area(table.geometry.to_numpy()).sum() / parcels)) * 1.55
    up = [shapely.LineString([(x, south), (x, north)]) for x in np.arange(west, east, pitch)]
    over = [shapely.LineString([(west, y), (east, y)]) for y in np.arange(south, north, pitch)]
    noded = shapely.union_all(np.array([*lines, *up, *over], dtype=object), grid_size=0.001)
    pieces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(pieces)
    point, row = shapely.STRtree(table.geometry.to_numpy()).query(inside, predicate="within")
    point, first = np.unique(point, return_index=True)
    out = table.iloc[row[first]].drop(columns=table.geometry.name).reset_index(drop=True)
    out = gpd.GeoDataFrame(out, geometry=pieces[point], crs=table.crs)
    return with_areas(out)


def with_areas(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table with the survey's areas and numbers of its own outlines."""
    area = np.round(polygon_area_m2(table.geometry.to_numpy(), table.crs), 2)
    share = pd.to_numeric(table["KCXS"], errors="coerce").fillna(0.0).to_numpy()
    table["TBMJ"], table["KCMJ"] = area, np.round(area * share, 2)
    table["TBDLMJ"] = np.round(table["TBMJ"] - table["KCMJ"], 2)
    table["BSM"] = [f"640221{k:012d}" for k in range(len(table))]
    table["TBBH"] = [f"{k % 1_000_000:06d}" for k in range(len(table))]
    return table


def make_folder(folder: Path, parcels: int) -> int:
    """A folder as a bureau has it; the number of parcels in it."""
    sample = sample_folder("demo")
    for file in sample.iterdir():
        if file.suffix in _MADE_OF and file.stem not in ("county", "slope", "aspect"):
            shutil.copy(file, folder / file.name)
    table = cut_parcels(gpd.read_file(sample / "land_parcels.gpkg"), parcels)
    table = table.drop(columns="synthetic").to_crs("EPSG:4523")
    table.to_file(folder / "640221.gdb", driver="OpenFileGDB", layer="DLTB")
    return len(table)


def measured(command: list[str], env: dict[str, str], log: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and largest memory [MiB] of a process."""
    begun = time.perf_counter()
    with (
        log.open("w") as out,
        subprocess.Popen(
            command, env=env, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
        ) as child,
    ):
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 3):  # 3: the doctor found faults
        raise SystemExit(f"{' '.join(command)}: {child.returncode}\n{log.read_text()[-2000:]}")
    wall = time.perf_counter() - begun
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--parcels", type=int, default=500_000)
    parser.add_argument("--keep", type=Path, help="folder to work in and to leave")
    args = parser.parse_args()
    work = args.keep or Path(tempfile.mkdtemp())
    folder = work / "data"
    if not folder.exists():
        folder.mkdir(parents=True)
        print(f"{make_folder(folder, args.parcels):,} parcels", flush=True)
    cache = work / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    shutil.rmtree(work / "out", ignore_errors=True)
    env = {**os.environ, "GEOPLAN_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    plan, run = work / "plan.toml", work / "out"
    plan.unlink(missing_ok=True)
    geoplan = [sys.executable, "-m", "geoplan"]
    jobs = {
        "new --from": [*geoplan, "new", "640221", "--from", str(folder), "--out", str(plan)],
        "doctor": [*geoplan, "doctor", str(plan)],
        "screen": [*geoplan, "screen", str(plan), "--out", str(run)],
    }
    print("| command | wall s | CPU s | memory MiB |\n|---|---|---|---|")
    total = np.zeros(2)
    most = 0.0
    for name, command in jobs.items():
        wall, cpu, mib = measured(command, env, work / "log.txt")
        total += (wall, cpu)
        most = max(most, mib)
        print(f"| `{name}` | {wall:.1f} | {cpu:.1f} | {mib:,.0f} |", flush=True)
    print(f"| together | {total[0]:.1f} | {total[1]:.1f} | {most:,.0f} |")


if __name__ == "__main__":
    main()
