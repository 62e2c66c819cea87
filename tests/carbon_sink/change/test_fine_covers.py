"""Land covers finer than the plan's cells are counted on their own cells."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine

from carbon_sink.cover.cells import cover_grid
from carbon_sink.cover.land import county_land
from carbon_sink.section import SECTIONS, CarbonSection
from carbon_sink.step_carbon import carbon_step
from carbon_sink.step_pools import pools_step
from gis.cells.area import polygon_area_m2
from gis.cells.grid import cell_size_m, own_grid
from gis.files.write import write_cog
from layers.catalogue import layer_ids
from layers.plan.read import read_plan
from tests.carbon_sink.conftest import CRS, X0, Y0, quiet

N, SIDE = 150, 20.0  # 3 km x 3 km in cells of 20 m


def belts_plan(folder, cell_m, *, pools=False, off=0.0):
    """Cropland at first; then forest on every fifth column of one cell: a fifth of it all."""
    west, south = X0 + off, Y0 + off
    box = (west, south, west + N * SIDE, south + N * SIDE)
    grid = own_grid((N, N), Affine(SIDE, 0, west, 0, -SIDE, box[3]), CRS)
    first = np.full((N, N), 40, np.uint8)
    later = first.copy()
    later[:, 2::5] = 10
    for name, values in (("base", first), ("now", later)):
        write_cog(folder / f"{name}.tif", values, grid, dtype="uint8", nodata=0)
    county = shapely.segmentize(shapely.box(*box), 100)
    gpd.GeoDataFrame(geometry=[county], crs=CRS).to_file(folder / "county.gpkg", layer="c")
    more = ""
    if pools:
        rows = "lucode,LULC_name,C_above,C_below,C_soil,C_dead\n10,forest,10,0,0,0\n"
        (folder / "pools.csv").write_text(rows + "40,crop,0,0,0,0\n", "utf-8")
        more = 'pools = "pools.csv"\n'
    (folder / "plan.toml").write_text(
        f"""
[plan]
id = "belts"
title = {{ zh = "林带", en = "belts" }}
as_of = 2026-11-22
[area]
crs = "{CRS}"
cell_m = {cell_m}
[area.boundary]
path = "county.gpkg"
[carbon]
year = 2023
base_year = 2015
{more}
[carbon.crosswalk]
"10" = "forest_arbor"
"40" = "cropland_irrigated"
[layers.land_cover]
path = "now.tif"
vocabulary = "worldcover2021"
[layers.land_cover_base]
path = "base.tif"
vocabulary = "worldcover2021"
""",
        "utf-8",
    )
    ha = float(polygon_area_m2([county], CRS)[0]) / 1e4
    return read_plan(folder / "plan.toml", SECTIONS, layer_ids()), ha


@pytest.mark.parametrize(("cell_m", "off"), [(20, 0.0), (20, 7.0), (100, 0.0), (100, 7.0)])
def test_belts_of_one_cell_are_a_fifth_of_the_land_on_any_cells_of_the_plan(
    tmp_path, cell_m, off
):
    """A fifth of 900 ha is 180; on cells of 100 m each would be cropland by its majority."""
    plan, ha = belts_plan(tmp_path, cell_m, off=off)
    found = carbon_step(plan, tmp_path, quiet).summary.carbon
    assert ha == pytest.approx(900, rel=1e-3)
    assert found.area_ha_by_group["forest"] == pytest.approx(0.2 * ha, rel=1e-4)
    assert found.change.converted_ha == pytest.approx(0.2 * ha, rel=1e-4)
    # what is cleared and grown in 8 years is the same on every hectare
    plain, own = belts_plan(tmp_path, SIDE)
    same = carbon_step(plain, tmp_path, quiet).summary.carbon.change
    each = same.stock_difference_tc["living"].value / own
    living = found.change.stock_difference_tc["living"].value
    assert living / ha == pytest.approx(each, rel=1e-4)


def test_cells_are_the_plans_where_its_maps_are_as_coarse(tmp_path):
    plan, _ = belts_plan(tmp_path, 10)
    assert cell_size_m(cover_grid(plan, ("land_cover",))) == 10
    assert cell_size_m(cover_grid(plan, ())) == 10
    plan, _ = belts_plan(tmp_path, 150)
    assert cell_size_m(cover_grid(plan, ("land_cover", "ndvi"))) == SIDE


@pytest.mark.parametrize("cell_m", [20, 100])
def test_cells_lie_upon_those_of_the_map(tmp_path, cell_m):
    """A map whose edges are 7 m off the round metres has no half cells at the border."""
    plan, _ = belts_plan(tmp_path, cell_m, off=7.0)
    grid = cover_grid(plan, ("land_cover",))
    assert tuple(grid.shape) == (N, N)
    land = county_land(plan, plan.section(CarbonSection))
    assert set(land.areas["ecosystem"]) == {"forest_arbor", "cropland_irrigated"}


def test_pools_count_the_same_belts(tmp_path):
    """A fifth of the land at 10 tC/ha, whatever the plan's cells."""
    plan, ha = belts_plan(tmp_path, 150, pools=True)
    found = pools_step(plan, tmp_path, quiet).summary.pools
    assert found.total_tc == pytest.approx(10 * 0.2 * ha, rel=1e-4)
