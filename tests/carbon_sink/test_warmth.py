"""The climate zone against the layer of mean temperatures."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from carbon_sink.local import carbon_section
from carbon_sink.warmth import mean_temperature, warmth_warnings
from gis.cells.grid import plan_grid
from gis.files.write import write_cog
from tests.carbon_sink.conftest import CRS, write_plan

LAYER = '[layers.air_temperature]\npath = "warm.tif"\ndate = "2020"\n'


def _plan(folder, west, east, zone=""):
    """Temperatures of the western and the eastern half of the county's box."""
    more = f'[carbon]\nclimate_zone = "{zone}"\n' if zone else ""
    plan = write_plan(folder, layers=LAYER, more=more)
    box = gpd.read_file(folder / "county.gpkg").total_bounds
    grid = plan_grid((box[0] - 5000, box[1] - 5000, box[2] + 5000, box[3] + 5000), CRS, 100)
    x = grid.transform.c + (np.arange(grid.shape[1]) + 0.5) * 100
    values = np.where(x < (box[0] + box[2]) / 2, west, east).astype(np.float32)
    write_cog(
        folder / "warm.tif",
        np.broadcast_to(values, grid.shape).copy(),
        grid,
        dtype="float32",
        nodata=-9999.0,
    )
    return plan


def test_the_mean_is_that_of_the_county(tmp_path):
    assert mean_temperature(_plan(tmp_path, 8.0, 8.0)) == pytest.approx(8.0)
    (tmp_path / "two").mkdir()
    # 4 km by 3 km of cells of 1 km: half of them warm
    assert mean_temperature(_plan(tmp_path / "two", 8.0, 14.0)) == pytest.approx(11.0)


@pytest.mark.parametrize(
    ("degrees", "zone", "spoken"),
    [
        (9.2, "", None),
        (9.2, "cool_temperate_dry", None),
        (9.2, "warm_temperate_dry", "冷温带干旱"),
        (11.4, "cool_temperate_dry", "暖温带干旱"),
        (11.4, "warm_temperate_dry", None),
        (10.0, "cool_temperate_dry", None),  # above the limit, not at it
    ],
)
def test_a_zone_the_layer_speaks_against_is_told(tmp_path, degrees, zone, spoken):
    plan = _plan(tmp_path, degrees, degrees, zone)
    found = warmth_warnings(plan, carbon_section(plan))
    assert [w.code for w in found] == (["climate_zone_of_layer"] if spoken else [])
    if spoken:
        assert f"{degrees:.1f} ℃" in found[0].text("zh")
        assert f"属{spoken}" in found[0].text("zh")
        assert "_dry" not in found[0].text("en")


def test_without_the_layer_nothing_is_said(tmp_path):
    plan = write_plan(tmp_path)
    assert mean_temperature(plan) is None
    assert warmth_warnings(plan, carbon_section(plan)) == []
