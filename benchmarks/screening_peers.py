"""The same county with other tools, each as its users would write it.

``python benchmarks/screening_peers.py atlite|geopandas FOLDER OUT`` prints one line of JSON.
Neither has a slope operator: both get a slope raster made inside their time, with the same
Horn estimator, so that the masks can be compared.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import rasterio
from screening_case import COVER_CLASSES, SETBACKS

CODES = [int(c) for c in COVER_CLASSES]
LIMIT_DEG = 15.0


def _slope(folder: Path, out: Path) -> Path:
    """Horn's slope in degrees as a GeoTIFF, in plain numpy."""
    path = out / "slope.tif"
    with rasterio.open(folder / "dem.tif") as src:
        z, profile = src.read(1).astype(np.float64), src.profile
    e = np.pad(z, 1, mode="edge")
    gx = (e[:-2, 2:] + 2 * e[1:-1, 2:] + e[2:, 2:]) - (
        e[:-2, :-2] + 2 * e[1:-1, :-2] + e[2:, :-2]
    )
    gy = (e[2:, :-2] + 2 * e[2:, 1:-1] + e[2:, 2:]) - (
        e[:-2, :-2] + 2 * e[:-2, 1:-1] + e[:-2, 2:]
    )
    slope = np.degrees(np.arctan(np.hypot(gx, gy) / (8 * profile["transform"].a)))
    profile.update(dtype="float32", compress=None, predictor=1)
    with rasterio.open(path, "w", **profile) as dst:
        dst.write(slope.astype(np.float32), 1)
    return path


def with_atlite(folder: Path, out: Path) -> float:
    """Exclusion container at 10 m, the county as one shape."""
    import geopandas as gpd
    from atlite.gis import ExclusionContainer, shape_availability

    gpkg = folder / "county.gpkg"
    county = gpd.read_file(gpkg, layer="county")
    ex = ExclusionContainer(crs=4545, res=10)
    ex.add_raster(str(folder / "land_cover.tif"), codes=CODES, crs=4545)
    ex.add_raster(
        str(_slope(folder, out)), codes=lambda v: v > LIMIT_DEG, crs=4545, nodata=-9999
    )
    parcels = gpd.read_file(gpkg, layer="land_parcels")
    ex.add_geometry(parcels[(parcels.pbf == 1) | parcels.dlbm.isin(["0301", "0305"])].geometry)
    ex.add_geometry(gpd.read_file(gpkg, layer="ecological_red_line").geometry)
    for layer, distance in SETBACKS.items():
        ex.add_geometry(gpd.read_file(gpkg, layer=layer).geometry, buffer=distance)
    mask, transform = shape_availability(county.geometry, ex)
    with rasterio.open(
        out / "atlite.tif", "w", driver="GTiff", width=mask.shape[1], height=mask.shape[0],
        count=1, dtype="uint8", crs=4545, transform=transform, compress="deflate",
    ) as dst:  # fmt: skip
        dst.write(mask.astype(np.uint8), 1)
    return float(mask.sum()) * 100.0


def with_geopandas(folder: Path, out: Path) -> float:
    """Buffer, union and difference, then the two rasters on the grid."""
    import geopandas as gpd
    import pandas as pd
    import rasterio.features

    gpkg = folder / "county.gpkg"
    county = gpd.read_file(gpkg, layer="county")
    parcels = gpd.read_file(gpkg, layer="land_parcels")
    taken = [
        parcels[(parcels.pbf == 1) | parcels.dlbm.isin(["0301", "0305"])].geometry,
        gpd.read_file(gpkg, layer="ecological_red_line").geometry,
    ]
    for layer, distance in SETBACKS.items():
        taken.append(gpd.read_file(gpkg, layer=layer).geometry.buffer(distance))
    union = gpd.GeoSeries(pd.concat(taken, ignore_index=True), crs=4545).union_all()
    left = county.geometry.iloc[0].difference(union)
    with rasterio.open(folder / "land_cover.tif") as src:
        cover, profile = src.read(1), src.profile
    with rasterio.open(_slope(folder, out)) as src:
        slope = src.read(1)
    mask = rasterio.features.rasterize([left], cover.shape, transform=profile["transform"])
    mask = (mask == 1) & ~np.isin(cover, CODES) & (slope <= LIMIT_DEG)
    profile.update(nodata=None)
    with rasterio.open(out / "geopandas.tif", "w", **profile) as dst:
        dst.write(mask.astype(np.uint8), 1)
    return float(mask.sum()) * 100.0


def main() -> None:
    """Run one tool."""
    p = argparse.ArgumentParser()
    p.add_argument("tool", choices=["atlite", "geopandas"])
    p.add_argument("folder", type=Path)
    p.add_argument("out", type=Path)
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    t = time.perf_counter()
    area = {"atlite": with_atlite, "geopandas": with_geopandas}[a.tool](a.folder, a.out)
    print(json.dumps({"left_km2": area / 1e6, "inner_s": time.perf_counter() - t}))


if __name__ == "__main__":
    main()
