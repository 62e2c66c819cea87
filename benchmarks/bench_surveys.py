"""Two surveys of 80,000 parcels each laid upon one another, beside geopandas.overlay.

Every boundary of the later survey was digitised anew (each vertex moved by up to 0.7 m), 3 % of
the parcels have another class, 5 % were divided. One process a run: processor seconds and peak
memory are that run's own.

    python benchmarks/bench_surveys.py            # 80,000 parcels
    python benchmarks/bench_surveys.py 20000 ours # one of the two alone
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

import geopandas as gpd
import numpy as np
import shapely

CRS = "EPSG:4544"
KINDS = np.array(["cropland_irrigated", "grass_other", "forest_arbor", "sand", "built"])
INNER = 3  # vertices between two corners


def lattice(n: int, moved_m: float, seed: int) -> np.ndarray:
    """Outlines of n x n parcels of about 150 m with rough edges they share."""
    rng = np.random.default_rng(7)
    step, fine = 150.0, INNER + 1
    at = np.arange(n * fine + 1) * step / fine
    x, y = np.meshgrid(630_000.0 + at, 4_280_000.0 + at)
    x, y = x + rng.uniform(-12, 12, x.shape), y + rng.uniform(-12, 12, y.shape)
    other = np.random.default_rng(seed)
    x, y = (a + other.uniform(-moved_m, moved_m, a.shape) for a in (x, y))
    i, j = (k.ravel() * fine for k in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    run = np.arange(fine)
    rows = [i[:, None] + 0 * run, i[:, None] + run, i[:, None] + fine + 0 * run]
    rows.append(i[:, None] + fine - run)
    columns = [j[:, None] + run, j[:, None] + fine + 0 * run, j[:, None] + fine - run]
    columns.append(j[:, None] + 0 * run)
    r, c = np.concatenate(rows, axis=1), np.concatenate(columns, axis=1)
    ring = np.stack([x[r, c], y[r, c]], axis=2)
    return shapely.polygons(np.concatenate([ring, ring[:, :1]], axis=1))


def surveys(n: int) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, shapely.Geometry]:
    """An earlier and a later survey, and the county they are of."""
    rng = np.random.default_rng(3)
    old, new = lattice(n, 0.0, 1), lattice(n, 0.7, 2)
    kind = rng.integers(0, len(KINDS), len(old))
    later = np.where(rng.random(len(old)) < 0.03, rng.integers(0, len(KINDS), len(old)), kind)
    cut = np.flatnonzero(rng.random(len(new)) < 0.05)
    west, south, east, north = shapely.bounds(new[cut]).T
    half = shapely.box(west, south, (west + east) / 2, north)
    parts = [shapely.intersection(new[cut], half), shapely.difference(new[cut], half)]
    whole = np.delete(new, cut)
    shapes = np.concatenate([whole, *parts])
    kinds = np.concatenate([np.delete(later, cut), later[cut], later[cut]])
    before = gpd.GeoDataFrame({"ecosystem": KINDS[kind]}, geometry=old, crs=CRS)
    after = gpd.GeoDataFrame({"ecosystem": KINDS[kinds]}, geometry=shapes, crs=CRS)
    for table in (before, after):
        table["parcel_id"] = [f"{k:06d}" for k in range(len(table))]
    side = n * 150.0
    county = shapely.box(629_950.0, 4_279_950.0, 630_050.0 + side, 4_280_050.0 + side)
    return before, after, county


def ours(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, county: shapely.Geometry) -> dict:
    from carbon_sink.overlay.lands import survey_land
    from carbon_sink.overlay.overlay import overlay

    lands = [survey_land(t, crs=CRS, county=county) for t in (before, after)]
    found = overlay(*lands, county=county, crs=CRS, tolerance_m=2.0)
    t = found.transitions()
    moved = t[(t["before"] != t["after"]) & (t["before"] != "") & (t["after"] != "")]
    return {"pieces": len(found.pieces), "changed_ha": round(float(moved["area_ha"].sum()), 1)}


def theirs(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, _: shapely.Geometry) -> dict:
    found = gpd.overlay(before, after, how="union", keep_geom_type=True)
    moved = (found["ecosystem_1"] != found["ecosystem_2"]) & found["ecosystem_1"].notna()
    moved &= found["ecosystem_2"].notna()
    area = found.geometry.area[moved].sum() / 1e4
    return {"pieces": len(found), "changed_ha": round(float(area), 1)}


def one(parcels: int, which: str) -> None:
    data = surveys(round(parcels**0.5))
    held = resource.getrusage(resource.RUSAGE_SELF)
    wall, cpu = time.perf_counter(), held.ru_utime + held.ru_stime
    out = {"ours": ours, "theirs": theirs}[which](*data)
    held = resource.getrusage(resource.RUSAGE_SELF)
    out |= {
        "which": which,
        "parcels": [len(data[0]), len(data[1])],
        "wall_s": round(time.perf_counter() - wall, 1),
        "cpu_s": round(held.ru_utime + held.ru_stime - cpu, 1),
        "peak_gb": round(held.ru_maxrss / 1e6, 2),
    }
    print(json.dumps(out))


def main() -> None:
    parcels = int(sys.argv[1]) if len(sys.argv) > 1 else 80_000
    if len(sys.argv) > 2:
        one(parcels, sys.argv[2])
        return
    for which in ("ours", "theirs"):
        subprocess.run([sys.executable, __file__, str(parcels), which], check=True)


if __name__ == "__main__":
    main()
