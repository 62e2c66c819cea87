"""The benchmark's rules and layers, for our engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from read_ragged import read_ragged

from gis.cells.grid import Grid, Window, plan_grid
from gis.files.read import read_raster
from siting.rules.model import Rule
from siting.screen.sources import Features, Values

CELL, WIDTH, HEIGHT, X0, Y0 = 10.0, 4933, 5973, 480_000.0, 4_330_000.0
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
FIELDS = {"land_parcels": ["dlbm", "pbf"]}
VECTORS = ("land_parcels", "ecological_red_line", *SETBACKS)
# what the land cover rule takes: WorldCover's tree cover, cropland, built-up, water, wetland
COVER_CLASSES = ("10", "40", "50", "80", "90", "95")


def grid() -> Grid:
    """The county's grid."""
    left, top = X0, Y0
    return plan_grid((left, top - HEIGHT * CELL, left + WIDTH * CELL, top), 4545, CELL)


def _rule(number: int, title: str, test: Mapping[str, object]) -> Rule:
    return Rule.model_validate(
        {
            "id": f"B-{number:03d}",
            "applies_to": ["pv"],
            "holds_in": {"country": "CN"},
            "kind": "hard",
            "source_step": "primary",
            "title": {"zh": title, "en": title},
            "citation": "benchmark",
            "quote": "benchmark",
            "stated": {"layer": title, "operator": "benchmark"},
            "test": test,
        }
    )


def rules() -> list[Rule]:
    """Fourteen rules: classes, slope, parcels, red line and ten setbacks."""
    tests: list[tuple[str, dict[str, object]]] = [
        (
            "cover",
            {"type": "in_classes", "layer": "land_cover", "classes": list(COVER_CLASSES)},
        ),
        (
            "slope",
            {
                "type": "above",
                "layer": "slope",
                "limit": 15.0,
                "unit": "deg",
                "inclusive": False,
            },
        ),
        (
            "parcels",
            {
                "type": "any_of",
                "tests": [
                    {"type": "intersects", "layer": "land_parcels", "where": {"pbf": 1}},
                    {
                        "type": "intersects",
                        "layer": "land_parcels",
                        "where": {"dlbm": ["0301", "0305"]},
                    },
                ],
            },
        ),
        ("red line", {"type": "intersects", "layer": "ecological_red_line"}),
    ]
    tests += [
        (
            k,
            {
                "type": "within",
                "layer": k,
                "distance_m": d,
                "bounds_m": [0, 2000],
                "from": "centre_line",
            },
        )
        for k, d in SETBACKS.items()
    ]
    return [_rule(i + 1, name, test) for i, (name, test) in enumerate(tests)]


@dataclass(frozen=True)
class FileSource:
    """The benchmark's files, read as they are."""

    folder: str
    shift: tuple[float, float] = (0.0, 0.0)
    vectors: tuple[str, ...] = field(default=VECTORS)

    def state(self, layer_id: str) -> str:
        return "available" if layer_id in (*self.vectors, "land_cover", "dem") else "missing"

    def features(self, layer_id: str) -> Features:
        shapes, columns = read_ragged(
            Path(self.folder) / "county.gpkg", layer_id, columns=FIELDS.get(layer_id, [])
        )
        return Features(shapes, pd.DataFrame(columns), np.zeros(len(shapes)))

    def raster(self, layer_id: str, grid: Grid, window: Window) -> Values:
        kind = "classes" if layer_id == "land_cover" else "intensive"
        return read_raster(Path(self.folder) / f"{layer_id}.tif", grid, window, kind=kind)

    def incomplete(self, layer_id: str) -> bool:
        return layer_id not in (*self.vectors, "land_cover", "dem")

    def vocabulary(self, layer_id: str) -> str:
        return {"land_cover": "worldcover2021", "land_parcels": "dlbm"}.get(layer_id, "")
