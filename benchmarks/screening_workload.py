"""The county every screening benchmark works on: deterministic, full size, no other data.

2,060 km2 in EPSG:4545, 4,933 x 5,973 cells of 10 m, land cover, heights and twelve vector
layers, as in the published comparison of eligibility tools this project measures itself
against. Entirely synthetic: it says nothing about any real county.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio.transform import from_origin
from scipy.ndimage import gaussian_filter, zoom

CRS = "EPSG:4545"
WIDTH, HEIGHT, CELL = 4933, 5973, 10.0
X0, Y0 = 480_000.0, 4_330_000.0  # left and top edge
AREA_M2 = 2_060.0e6
N_PARCELS = 77_017
EDGE = 12  # segments of a parcel's edge: 49 vertices a parcel
SEED = 640221

# layer -> (catalogue id, setback [m]); 30 to 500 m as in the comparison
SETBACKS = {
    "pipeline": 30.0,
    "road": 50.0,
    "river": 50.0,
    "power_line": 75.0,
    "railway": 100.0,
    "buildings": 100.0,
    "heritage_site": 150.0,
    "water_body": 200.0,
    "settlement": 300.0,
    "nature_reserve": 500.0,
}
COVER_CODES = (10, 30, 40, 60, 80, 90)  # WorldCover; what is excluded is in bench_screening


def county() -> shapely.Polygon:
    """A wavy outline of exactly AREA_M2, inside the grid."""
    rng = np.random.default_rng(SEED)
    a = np.linspace(0, 2 * np.pi, 1440, endpoint=False)
    r = np.ones_like(a)
    for k in range(2, 40):
        r += rng.normal(0, 0.11 / k**1.2) * np.cos(k * a + rng.uniform(0, 2 * np.pi))
    cx, cy = X0 + WIDTH * CELL / 2, Y0 - HEIGHT * CELL / 2
    p = shapely.Polygon(np.c_[cx + 0.83 * r * np.cos(a), cy + r * np.sin(a)])
    p = shapely.transform(p, lambda xy: (xy - [cx, cy]) + [cx, cy])
    k = math.sqrt(AREA_M2 / p.area)
    p = shapely.transform(p, lambda xy: (xy - [cx, cy]) * k + [cx, cy])
    half = np.array([WIDTH, HEIGHT]) * CELL / 2 - 20
    reach = np.abs(shapely.get_coordinates(p) - [cx, cy]).max(axis=0)
    if (reach > half).any():
        # squeeze what sticks out and give the area back along the other axis
        s = np.minimum(half / reach, 1.0)
        p = shapely.transform(p, lambda xy: (xy - [cx, cy]) * s + [cx, cy])
        free = np.argmax(half / (reach * s))
        grow = np.ones(2)
        grow[free] = AREA_M2 / p.area
        p = shapely.transform(p, lambda xy: (xy - [cx, cy]) * grow + [cx, cy])
    return p


def parcels(border: shapely.Polygon) -> gpd.GeoDataFrame:
    """N_PARCELS polygons that share their crooked edges."""
    rng = np.random.default_rng(SEED + 1)
    side = math.sqrt(AREA_M2 / N_PARCELS) * 0.995
    nx, ny = int(WIDTH * CELL / side) + 2, int(HEIGHT * CELL / side) + 2
    gx, gy = np.meshgrid(X0 + np.arange(nx) * side, Y0 - np.arange(ny) * side)
    gx = gx + rng.uniform(-0.22, 0.22, gx.shape) * side
    gy = gy + rng.uniform(-0.22, 0.22, gy.shape) * side
    t = np.linspace(0, 1, EDGE + 1)
    taper = np.sin(np.pi * t)

    def edges(ax, ay, bx, by):
        """(n, EDGE + 1, 2) crooked lines from a to b."""
        n = ax.size
        wobble = np.cumsum(rng.normal(0, 1, (n, EDGE + 1)), axis=1)
        wobble -= wobble[:, :1] + (wobble[:, -1:] - wobble[:, :1]) * t
        dx, dy = (bx - ax).ravel()[:, None], (by - ay).ravel()[:, None]
        off = 0.02 * wobble * taper
        x = ax.ravel()[:, None] + dx * t - dy * off
        y = ay.ravel()[:, None] + dy * t + dx * off
        return np.stack([x, y], axis=2)

    east = edges(gx[:, :-1], gy[:, :-1], gx[:, 1:], gy[:, 1:]).reshape(ny, nx - 1, EDGE + 1, 2)
    south = edges(gx[:-1], gy[:-1], gx[1:], gy[1:]).reshape(ny - 1, nx, EDGE + 1, 2)
    top, bottom = east[:-1], east[1:]
    left, right = south[:, :-1], south[:, 1:]
    rings = np.concatenate(
        [top[:, :, :-1], right[:, :, :-1], bottom[:, :, :0:-1], left[:, :, ::-1]], axis=2
    ).reshape(-1, 4 * EDGE + 1, 2)
    middle = rings[:, :-1].mean(axis=1)
    inside = shapely.contains_xy(border, middle[:, 0], middle[:, 1])
    depth = shapely.distance(shapely.points(middle), border.exterior)
    order = np.argsort(np.where(inside, -depth, depth), kind="stable")[:N_PARCELS]
    rings = rings[np.sort(order)]
    rng = np.random.default_rng(SEED + 2)
    codes = np.array(
        [
            "0102",
            "0103",
            "0101",
            "0305",
            "0301",
            "0404",
            "0401",
            "1206",
            "1205",
            "0702",
            "1104A",
        ]
    )
    weights = np.array([0.22, 0.12, 0.1, 0.08, 0.05, 0.14, 0.06, 0.1, 0.04, 0.06, 0.03])
    dlbm = rng.choice(codes, len(rings), p=weights)
    farm = np.isin(dlbm, ["0101", "0102", "0103"])
    return gpd.GeoDataFrame(
        {
            "dlbm": dlbm,
            "pbf": (farm & (rng.uniform(size=len(rings)) < 0.7)).astype(np.int32),
        },
        geometry=shapely.polygons(rings),
        crs=CRS,
    )


def _blobs(rng, n, low, high, vertices, region) -> list[shapely.Polygon]:
    out = []
    a = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    for x, y in _inside(rng, n, region):
        r = rng.uniform(low, high) * (
            1
            + 0.25 * np.cos(2 * a + rng.uniform(0, 6))
            + 0.12 * np.cos(5 * a + rng.uniform(0, 6))
        )
        out.append(shapely.Polygon(np.c_[x + r * np.cos(a), y + r * np.sin(a)]))
    return out


def _inside(rng, n, region):
    left, bottom, right, top = region.bounds
    found = np.empty((0, 2))
    while len(found) < n:
        xy = np.c_[rng.uniform(left, right, 2 * n), rng.uniform(bottom, top, 2 * n)]
        found = np.r_[found, xy[shapely.contains_xy(region, xy[:, 0], xy[:, 1])]]
    return found[:n]


def _paths(rng, n, points, step, turn, region) -> list[shapely.LineString]:
    out = []
    for x, y in _inside(rng, n, region):
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, turn, points - 1))
        xy = np.empty((points, 2))
        xy[0] = x, y
        xy[1:, 0] = x + np.cumsum(step * np.cos(heading))
        xy[1:, 1] = y + np.cumsum(step * np.sin(heading))
        out.append(shapely.LineString(xy))
    return out


def vectors(border: shapely.Polygon) -> dict[str, gpd.GeoDataFrame]:
    """The other eleven layers; some features lie outside the border, as in life."""
    rng = np.random.default_rng(SEED + 3)
    wide = border.buffer(700)
    towns = _blobs(rng, 900, 60, 260, 40, wide)
    houses = []
    for x, y in _inside(rng, 20_000, wide):
        w, h, a = rng.uniform(8, 30), rng.uniform(6, 18), rng.uniform(0, np.pi)
        c = np.array([[-w, -h], [w, -h], [w, h], [-w, h]]) / 2
        turn = np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]])
        houses.append(shapely.Polygon(c @ turn + [x, y]))
    geometry = {
        "settlement": towns,
        "buildings": houses,
        "road": _paths(rng, 5_000, 50, 26.1, 0.12, wide),
        "river": _paths(rng, 3_000, 60, 18.0, 0.25, wide),
        "water_body": _blobs(rng, 1_500, 15, 90, 32, wide),
        "railway": _paths(rng, 30, 200, 50.0, 0.03, wide),
        "power_line": _paths(rng, 400, 30, 250.0, 0.08, wide),
        "pipeline": _paths(rng, 200, 60, 120.0, 0.08, wide),
        "nature_reserve": _blobs(rng, 25, 400, 1_600, 180, wide),
        "ecological_red_line": _blobs(rng, 300, 150, 600, 90, wide),
        "heritage_site": [shapely.Point(p) for p in _inside(rng, 800, wide)],
    }
    out = {}
    for name, shapes in geometry.items():
        fields: dict[str, object] = {"id": np.arange(len(shapes), dtype=np.int32)}
        out[name] = gpd.GeoDataFrame(fields, geometry=shapes, crs=CRS)
    return out


def townships(border: shapely.Polygon, n: int = 15) -> gpd.GeoDataFrame:
    """Fifteen parts of the county."""
    rng = np.random.default_rng(SEED + 4)
    cells = shapely.voronoi_polygons(
        shapely.MultiPoint(_inside(rng, n, border)), extend_to=border.envelope
    )
    parts = [shapely.intersection(c, border) for c in cells.geoms]
    return gpd.GeoDataFrame(
        {"name": [f"T{i + 1:02d}" for i in range(len(parts))]}, geometry=parts, crs=CRS
    )


def _noise(rng, shape, scales, weights):
    out = np.zeros(shape, dtype=np.float32)
    for s, w in zip(scales, weights, strict=True):
        small = rng.normal(size=(shape[0] // s + 6, shape[1] // s + 6)).astype(np.float32)
        small = gaussian_filter(small, 1.0)
        big = zoom(small, s, order=1)[: shape[0], : shape[1]]
        out += w * big
    return out


def rasters() -> tuple[np.ndarray, np.ndarray]:
    """Land cover (WorldCover codes, uint8) and heights (float32, rough)."""
    rng = np.random.default_rng(SEED + 5)
    cover = _noise(rng, (HEIGHT, WIDTH), (200, 60, 16), (1.0, 0.8, 0.5))
    edges = np.quantile(cover, [0.1, 0.35, 0.7, 0.92, 0.97])
    cover = np.array(COVER_CODES, np.uint8)[np.digitize(cover, edges)]
    dem = 1_100 + 60 * _noise(rng, (HEIGHT, WIDTH), (400, 120, 40, 12), (6.0, 1.6, 0.35, 0.06))
    dem += rng.normal(0, 0.15, dem.shape)
    return cover, dem.astype(np.float32)


def _write_raster(path: Path, values: np.ndarray, **options: object) -> None:
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1,
        dtype=values.dtype, crs=CRS, transform=from_origin(X0, Y0, CELL, CELL), tiled=True,
        blockxsize=512, blockysize=512, compress="deflate", **options,
    ) as out:  # fmt: skip
        out.write(values, 1)


def build(folder: Path) -> Path:
    """Write the workload into `folder`, once."""
    done = folder / "complete"
    if done.exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    border = county()
    tables = {
        "land_parcels": parcels(border),
        **vectors(border),
        "townships": townships(border),
    }
    tables["county"] = gpd.GeoDataFrame({"name": ["bench"]}, geometry=[border], crs=CRS)
    gpkg = folder / "county.gpkg"
    gpkg.unlink(missing_ok=True)
    for name, table in tables.items():
        table.to_file(gpkg, layer=name, driver="GPKG", engine="pyogrio")
    cover, dem = rasters()
    _write_raster(folder / "land_cover.tif", cover, nodata=0)
    _write_raster(folder / "dem.tif", dem, nodata=-9999.0, predictor=3)
    rows = [
        (k, len(t), int(shapely.get_num_coordinates(t.geometry.to_numpy()).sum()))
        for k, t in tables.items()
    ]
    pd.DataFrame(rows, columns=["layer", "features", "vertices"]).to_csv(
        folder / "workload.csv", index=False
    )
    done.write_text("1")
    return folder


def default_folder() -> Path:
    """Where the workload is kept: outside the repository."""
    import os
    import tempfile

    root = os.environ.get("GEOPLAN_BENCH", "")
    return Path(root) if root else Path(tempfile.gettempdir()) / "geoplan-bench" / "county"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=default_folder())
    print(build(parser.parse_args().folder))
