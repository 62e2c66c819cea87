"""Stands small enough to check by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from layers.plan.model import Plan
from tests.carbon_sink.conftest import CRS, X0, Y0, write_plan

SIDE = 200.0  # 4 ha


def square(column: int, row: int, side: float = SIDE) -> shapely.Polygon:
    """A stand of 4 ha, counted from the county's south-west corner."""
    x, y = X0 + column * SIDE, Y0 + row * SIDE
    return shapely.box(x, y, x + side, y + side)


def forest(rows: list[dict], shapes: list[shapely.Polygon] | None = None) -> gpd.GeoDataFrame:
    """A forest map with the field names of the inventory."""
    base = {"DI_LEI": "0111", "YOU_SHI_SZ": "新疆杨", "QI_YUAN": "20", "YU_BI_DU": 0.5}
    table = [{"XIAO_BAN": f"{i + 1:05d}", **base, **r} for i, r in enumerate(rows)]
    found = shapes or [square(i, 0) for i in range(len(rows))]
    return gpd.GeoDataFrame(table, geometry=found, crs=CRS)


def stand_plan(
    folder: Path, table: gpd.GeoDataFrame, carbon: str = "", layers: str = "", keys: str = ""
) -> Plan:
    """A plan with a forest map."""
    table.to_file(folder / "forest.gpkg", layer="forest")
    if not carbon.startswith("[carbon]"):
        carbon = "[carbon]\nyear = 2023\n" + carbon
    return write_plan(
        folder, f'[layers.forest_land]\npath = "forest.gpkg"\n{keys}\n{layers}', carbon
    )


@pytest.fixture
def plan_of(tmp_path):
    """Make a plan of rows of the forest map."""

    def make(rows, shapes=None, **kwargs):
        return stand_plan(tmp_path, forest(rows, shapes), **kwargs)

    return make
