"""A county of 4 km x 3 km with twelve 1 km2 parcels, small enough to check by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from carbon_sink.section import SECTIONS
from gis.cells.grid import plan_grid
from gis.files.write import write_cog
from layers.catalogue import layer_ids
from layers.plan.model import Plan
from layers.plan.read import read_plan

CRS = "EPSG:4544"
X0, Y0 = 630_000.0, 4_300_000.0

# (DLBM, DLMC) of the 1 km2 parcels, row by row from the south-west
CELLS = [
    ("0301", "乔木林地"), ("0305", "灌木林地"), ("0404", "其他草地"), ("0401", "天然牧草地"),
    ("0102", "水浇地"), ("0101", "水田"), ("1101", "河流水面"), ("1106", "内陆滩涂"),
    ("1204", "盐碱地"), ("1205", "沙地"), ("0702", "农村宅基地"), ("1104A", "养殖坑塘"),
]  # fmt: skip


def parcels() -> gpd.GeoDataFrame:
    boxes = []
    for i in range(12):
        x, y = X0 + 1000 * (i % 4), Y0 + 1000 * (i // 4)
        boxes.append(shapely.box(x, y, x + 1000, y + 1000))
    return gpd.GeoDataFrame(
        {
            "DLBM": [c for c, _ in CELLS],
            "DLMC": [n for _, n in CELLS],
            "BSM": [f"B{i:02d}" for i in range(12)],
            "XZMC": ["西镇" if i % 4 < 2 else "东乡" for i in range(12)],
        },
        geometry=boxes,
        crs=CRS,
    )


def write_plan(folder: Path, layers: str = "", more: str = "", area: str = "") -> Plan:
    """A plan over `folder` with the twelve parcels."""
    table = parcels()
    county = gpd.GeoDataFrame(geometry=[table.union_all()], crs=CRS)
    county.to_file(folder / "county.gpkg", layer="county")
    if not (folder / "parcels.gpkg").exists():
        table.to_file(folder / "parcels.gpkg", layer="dltb")
    towns = table.dissolve("XZMC").reset_index()[["XZMC", "geometry"]]
    towns.to_file(folder / "towns.gpkg", layer="towns")
    text = f"""
[plan]
id = "mini"
title = {{ zh = "小县", en = "mini county" }}
as_of = 2026-11-22
[area]
crs = "{CRS}"
cell_m = 100
{area}
[area.boundary]
path = "county.gpkg"
[layers.land_parcels]
path = "parcels.gpkg"
[layers.townships]
path = "towns.gpkg"
fields = {{ name = "XZMC" }}
{layers}
[[targets]]
id = "forest_2025"
title = {{ zh = "森林覆盖率", en = "forest cover" }}
indicator = "forest_cover"
year = 2025
value = 10.6
unit = "%"
section = "三(七)2"
quote = "全县森林覆盖率达到10.6%"
[[targets]]
id = "wetland_2025"
title = {{ zh = "湿地面积", en = "wetland area" }}
indicator = "wetland_area"
year = 2025
value = 0.3
unit = "万亩"
section = "三(七)2"
quote = "湿地面积稳定在55.5万亩"
[[targets]]
id = "grass_2025"
title = {{ zh = "草原综合植被盖度", en = "grass cover" }}
indicator = "grass_cover"
year = 2025
value = 41
unit = "%"
section = "三(七)2"
quote = "草原综合植被盖度达到41%"
{more}
"""
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return read_plan(path, SECTIONS, layer_ids())


@pytest.fixture
def mini(tmp_path: Path) -> Plan:
    return write_plan(tmp_path)


@pytest.fixture
def mini_ndvi(tmp_path: Path) -> Plan:
    """With an NDVI raster of 100 m: 0.05 on sand, 0.70 on irrigated fields, 0.31 elsewhere."""
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    ndvi = np.full((30, 40), 0.31, np.float32)
    ndvi[0:10, 10:20] = 0.05  # sand: northern row, second column
    ndvi[10:20, 0:10] = 0.70  # irrigated field
    write_cog(tmp_path / "ndvi.tif", ndvi, grid, dtype="float32", nodata=-9.0)
    return write_plan(
        tmp_path,
        '[layers.ndvi]\npath = "ndvi.tif"\n',
        '[carbon.fvc]\nsoil = 0.05\nvegetation = 0.70\nsource = "test"\n',
    )


def quiet(label: str, done: int, total: int) -> None:
    """Progress nobody watches."""
