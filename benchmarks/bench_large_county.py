"""A large county's parcels: recognised, accepted, screened; wall, CPU and memory of each.

``python benchmarks/bench_large_county.py --parcels 500000`` prints a Markdown table. The
parcels of the sample are cut along a lattice until there are so many, edges matching vertex by
vertex, and written as a bureau has them: a File Geodatabase with the field names of the survey,
CGCS2000 in three-degree zone 35 with the zone before the easting. Every line is a process of
its own, the first one with nothing kept of an earlier look. With ``--against CHECKOUT`` the
commands of another checkout run in turns with ours, on the same folder; ``--cell 40`` takes
other cells. The first run of a checkout compiles its kernels: run twice.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
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
_NOT = ("county", "slope", "aspect", "land_parcels_2019")  # of two surveys the plan takes one


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
        if file.suffix in _MADE_OF and file.stem not in _NOT:
            shutil.copy(file, folder / file.name)
    table = cut_parcels(gpd.read_file(sample / "land_parcels.gpkg"), parcels)
    table = table.drop(columns="synthetic").to_crs("EPSG:4523")
    table.to_file(folder / "640221.gdb", driver="OpenFileGDB", layer="DLTB")
    return len(table)


def measured(
    command: list[str], env: dict[str, str], root: Path, log: Path
) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and largest memory [MiB] of a process."""
    begun = time.perf_counter()
    with (
        log.open("w") as out,
        subprocess.Popen(
            command, env=env, cwd=root, stdout=out, stderr=subprocess.STDOUT
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
    parser.add_argument("--against", type=Path, help="another checkout, in turns with this one")
    parser.add_argument("--cell", type=float, default=10.0, help="side of a cell [m]")
    args = parser.parse_args()
    work = args.keep or Path(tempfile.mkdtemp())
    folder = work / "data"
    if not folder.exists():
        folder.mkdir(parents=True)
        # a process of its own: what it needs would count as the first command's
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            print(f"{pool.submit(make_folder, folder, args.parcels).result():,} parcels")
    checkouts = {"": ROOT} if args.against is None else {"before": args.against, "after": ROOT}
    print("| command | wall s | CPU s | memory MiB |\n|---|---|---|---|", flush=True)
    total = {name: np.zeros(2) for name in checkouts}
    most = dict.fromkeys(checkouts, 0.0)
    for name in checkouts:
        shutil.rmtree(work / f"cache{name}", ignore_errors=True)
        shutil.rmtree(work / f"out{name}", ignore_errors=True)
        (work / f"plan{name}.toml").unlink(missing_ok=True)
    for verb in ("new --from", "doctor", "screen"):
        for name, root in checkouts.items():
            plan, run = work / f"plan{name}.toml", work / f"out{name}"
            words = {
                "new --from": ["new", "640221", "--from", str(folder), "--out", str(plan)],
                "doctor": ["doctor", str(plan)],
                "screen": ["screen", str(plan), "--out", str(run)],
            }[verb]
            cache = {"GEOPLAN_CACHE": str(work / f"cache{name}"), "PYTHONPATH": str(root)}
            wall, cpu, mib = measured(
                [sys.executable, "-m", "geoplan", *words],
                {**os.environ, **cache},
                root.resolve(),
                work / f"log{name}.txt",
            )
            if verb == "new --from":
                cell = f"cell_m = {args.cell:g}\n"
                text = plan.read_text(encoding="utf-8").replace("cell_m = 10\n", cell)
                plan.write_text(text, encoding="utf-8")
            total[name] += (wall, cpu)
            most[name] = max(most[name], mib)
            print(f"| `{verb}` {name} | {wall:.1f} | {cpu:.1f} | {mib:,.0f} |", flush=True)
    for name in checkouts:
        wall, cpu = total[name]
        print(f"| together {name} | {wall:.1f} | {cpu:.1f} | {most[name]:,.0f} |")


if __name__ == "__main__":
    main()
