"""Shares that are not known: of rasters by area of the county, of fields by feature."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from layers.doctor.points import plant_findings, substation_findings, zone_findings
from layers.doctor.values import raster_share_findings, value_findings
from tests.layers.open.test_open import X, Y, plan_of, raster  # noqa: F401 - a fixture


@pytest.mark.parametrize(("rows", "cols"), [(50, 100), (100, 25), (0, 0)])
def test_share_of_the_county_without_a_value(plan_of, tmp_path, rows, cols):  # noqa: F811
    """The county is the square of 100 x 100 cells; the north-west corner has no value."""
    values = np.full((100, 100), 1100.0) + np.arange(100)
    values[:rows, :cols] = -9999.0
    raster(tmp_path, "d.tif", values, 100.0, nodata=-9999.0)
    found = raster_share_findings(plan_of('[layers.dem]\npath = "d.tif"\n'))
    share = rows * cols / 100.0
    said = [f.text("en") for f in found]
    assert len(said) == (share > 0)
    assert all(f"{share:.2f} % of the county has no value" in s for s in said)


def test_a_road_without_a_class_and_one_of_a_class_nobody_knows(plan_of, tmp_path):  # noqa: F811
    lines = [shapely.LineString([(X, Y + i), (X + 9000, Y + i)]) for i in range(4)]
    roads = gpd.GeoDataFrame({"MC": list("abcd")}, geometry=lines, crs="EPSG:4544")
    roads.assign(DJ=["国道", None, "省道", ""]).to_file(tmp_path / "r.gpkg")
    (own,) = value_findings(plan_of('[layers.road]\npath = "r.gpkg"\n'))
    assert own.severity == "warning"
    assert [s.feature for s in own.spots] == ["b", "d"]
    assert "2 features" in own.text("en")
    assert "50.00 % by number" in own.text("en")
    roads.assign(DJ=["国道", "九级", "省道", "九级"]).to_file(tmp_path / "s.gpkg")
    plan = plan_of('[layers.road]\npath = "s.gpkg"\n')
    (own,) = value_findings(plan)
    assert own.severity == "error"
    assert [s.feature for s in own.spots] == ["b", "d"]
    assert "“九级”: 2" in own.text("en")
    # what the plan says it means is understood
    said = '[layers.road.values]\nroad_class = { "九级" = "village" }\n'
    assert value_findings(plan_of(f'[layers.road]\npath = "s.gpkg"\n{said}')) == []


def test_stations_zones_and_plants(plan_of, tmp_path):  # noqa: F811
    at = [shapely.Point(X + 100 * i, Y + 100) for i in range(3)]
    gpd.GeoDataFrame(
        {
            "MC": ["一", "二", "三"],
            "DYDJ": [110.0, 35.0, 220.0],
            "RL": [50.0, 20.0, 100.0],
            "SYRL": [60.0, None, 10.0],
        },
        geometry=at,
        crs="EPSG:4544",
    ).to_file(tmp_path / "s.gpkg")
    # half of the zone lies west of the county
    zone = shapely.box(X - 1000, Y, X + 1000, Y + 1000)
    gpd.GeoDataFrame(geometry=[zone], crs="EPSG:4544").to_file(tmp_path / "z.gpkg")
    plan = plan_of(
        '[layers.substations]\npath = "s.gpkg"\n'
        '[[zones]]\nid = "z"\ntitle = { zh = "甲", en = "A" }\npath = "z.gpkg"\n'
        '[[plants]]\nname = { zh = "乙", en = "B" }\ntechnology = "pv"\ncapacity_mw = 5\n'
        'lon = 100.0\nlat = 38.0\nsource = "x"\n'
    )
    found = {f.code: [s.feature for s in f.spots] for f in substation_findings(plan)}
    assert found == {"substation_free_missing": ["二"], "substation_more_free": ["一"]}
    (own,) = zone_findings(plan)
    assert own.code == "zone_partly"
    assert "50.0 %" in own.text("en")
    assert own.spots[0].shape.area == pytest.approx(1e6)
    assert [f.code for f in plant_findings(plan)] == ["plant_outside"]
