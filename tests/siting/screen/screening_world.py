"""A small random county for property tests: every kind of layer the engine knows."""

import geopandas as gpd
import numpy as np
import shapely

from gis.cells.grid import plan_grid
from gis.cells.rasterize import coverage_runs, ragged
from siting.rules.model import Rule
from siting.screen.sources import MemorySource

CRS = 4544
BOX = (500_000, 4_300_000, 500_700, 4_300_500)  # 70 x 50 cells
GRID = plan_grid(BOX, CRS, 10)
AROUND = plan_grid((499_900, 4_299_900, 500_800, 4_300_600), CRS, 10)


def rule(i, test, kind="hard", source_step="primary", **more):
    return Rule.model_validate(
        {
            "id": f"T-{i:03d}",
            "applies_to": ["pv"],
            "holds_in": {"country": "CN"},
            "kind": kind,
            "source_step": source_step,
            "title": {"zh": "测试", "en": "test"},
            "citation": "test",
            "quote": "test",
            "stated": {"layer": "x", "operator": "x"},
            "test": test,
            **more,
        }
    )


def table(geoms, **fields):
    return gpd.GeoDataFrame(fields, geometry=list(geoms), crs=CRS)


def county(seed=0):
    rng = np.random.default_rng(seed)
    a = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    r = rng.uniform(0.75, 0.98, 40)
    return shapely.Polygon(
        np.c_[500_350 + 345 * r * np.cos(a), 4_300_250 + 245 * r * np.sin(a)]
    )


def _blob(rng):
    x, y = rng.uniform(499_800, 500_900), rng.uniform(4_299_800, 4_300_700)
    a = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    r = rng.uniform(20, 120) * rng.uniform(0.6, 1, 12)
    return shapely.Polygon(np.c_[x + r * np.cos(a), y + r * np.sin(a)])


def _line(rng):
    return shapely.LineString(
        np.c_[rng.uniform(499_800, 500_900, 5), rng.uniform(4_299_800, 4_300_700, 5)]
    )


def world(seed):
    """Layers of a county, some features outside it, rasters with holes."""
    rng = np.random.default_rng(seed)
    shape = AROUND.shape
    x, y = np.meshgrid(np.arange(shape[1]), np.arange(shape[0]))
    dem = 20 * np.sin(x / rng.uniform(4, 12)) + 15 * np.cos(y / rng.uniform(4, 12))
    cover = rng.choice([10, 30, 40, 60, 80], (shape[0] // 5, shape[1] // 5)).astype(np.uint8)
    cover = np.kron(cover, np.ones((5, 5), np.uint8))
    vectors = {
        "settlement": table([_blob(rng) for _ in range(4)]),
        "road": table(
            [_line(rng) for _ in range(4)],
            road_class=["national", "county", "village", None],
            half_width_m=[12.0, 6.0, np.nan, 3.0],
        ),
        "heritage_site": table([shapely.centroid(_blob(rng)) for _ in range(5)]),
        "ecological_red_line": table([_blob(rng) for _ in range(3)]),
        "mining_right": table([_blob(rng) for _ in range(3)]),
    }
    rasters = {
        "dem": (dem.astype(np.float32), rng.uniform(size=shape) > 0.01),
        "land_cover": (cover, rng.uniform(size=shape) > 0.03),
    }
    return MemorySource(vectors, rasters, AROUND, vocabularies={"land_cover": "worldcover2021"})


def rules(distance=60.0, slope=25.0):
    """One rule of every kind of test."""
    far, soft = {"bounds_m": [0, 2000]}, "conditional"
    return [
        rule(1, {"type": "within", "layer": "settlement", "distance_m": distance, **far}),
        rule(
            2,
            {
                "type": "within",
                "layer": "road",
                "where": {"road_class": "national"},
                "distance_m": 20,
                "from": "land_edge",
                **far,
            },
        ),
        rule(3, {"type": "within", "layer": "heritage_site", "distance_m": 75, **far}, soft),
        rule(4, {"type": "intersects", "layer": "ecological_red_line"}),
        rule(5, {"type": "above", "layer": "slope", "limit": slope, "unit": "deg"}),
        rule(6, {"type": "in_classes", "layer": "land_cover", "classes": ["cropland"]}, soft),
        rule(
            7,
            {
                "type": "intersects",
                "layer": "mining_right",
                "when": [{"type": "below", "layer": "slope", "limit": 10, "unit": "deg"}],
            },
            "conditional",
            "recalled",
        ),
    ]  # fmt: skip


RUNS = coverage_runs(ragged([county()]), GRID)
