"""Projects of a file by name, each the land of its polygons inside the county."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import box

from gis.errors import DataError
from layers.open.county import county_boundary
from siting.check.projects import read_projects
from tests.siting.check.test_outline_shift import CRS, path, plan  # noqa: F401 - fixtures


def test_polygons_of_one_name_are_one_project_and_the_nameless_have_numbers(plan, tmp_path):  # noqa: F811
    middle = county_boundary(plan).representative_point()
    x, y = round(middle.x), round(middle.y)
    shapes = [box(x + 100 * i, y, x + 100 * i + 50, y + 40) for i in range(4)]
    file = tmp_path / "register.gpkg"
    names = ["甲", "乙", "甲", None]
    gpd.GeoDataFrame({"XMMC": names}, geometry=shapes, crs=CRS).to_file(file)
    found = read_projects(file, plan)
    assert {k: round(v.area, 3) for k, v in found.items()} == {
        "甲": 4000,
        "乙": 2000,
        "4": 2000,
    }


def test_a_project_counts_as_far_as_the_county_goes(plan, tmp_path):  # noqa: F811
    """A box over the county's western half and 3 km beyond."""
    county = county_boundary(plan)
    west, south, east, north = county.bounds
    across = box(west - 3000, south, (west + east) / 2, north)
    file = tmp_path / "register.gpkg"
    gpd.GeoDataFrame({"XMMC": ["甲"]}, geometry=[across], crs=CRS).to_file(file)
    found = read_projects(file, plan)
    assert found["甲"].area == pytest.approx(across.intersection(county).area, rel=1e-9)
    assert found["甲"].area < across.area


def test_a_file_of_projects_elsewhere_is_refused(plan, tmp_path):  # noqa: F811
    file = tmp_path / "register.gpkg"
    shape = box(500_000, 3_000_000, 501_000, 3_001_000)
    gpd.GeoDataFrame({"XMMC": ["甲"]}, geometry=[shape], crs=CRS).to_file(file)
    with pytest.raises(DataError):
        read_projects(file, plan)
