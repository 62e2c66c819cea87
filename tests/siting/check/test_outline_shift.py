"""A project boundary in a web map's coordinates is told by the layers around it."""

from __future__ import annotations

import json
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.cli import main
from gis.crs.systems import transform_points, wgs84_to_bd09, wgs84_to_gcj02
from layers.open.near import features_near
from layers.open.place import outline_shift
from layers.open.plan_layers import open_features
from siting.check.outline import read_outline

CRS = "EPSG:4544"
X, Y = 633_000.0, 4_308_000.0
PLAN = """
[plan]
id = "strips"
title = { zh = "条县", en = "Strips" }
as_of = 2026-03-31
[area]
crs = "EPSG:4544"
cell_m = 40.0
boundary = { path = "county.gpkg", source = "test" }
[screening]
techs = ["pv"]
[layers.land_parcels]
path = "dltb.gpkg"
"""


def box(x0, y0, x1, y1):
    return shapely.box(X + x0, Y + y0, X + x1, Y + y1)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A county of 6 km whose parcels have edges of every length, none of which repeats."""
    folder = tmp_path_factory.mktemp("strips")
    gpd.GeoDataFrame(geometry=[box(0, 0, 6000, 6000)], crs=CRS).to_file(folder / "county.gpkg")
    draw = np.random.default_rng(5)
    xs = np.concatenate([[0], np.sort(draw.uniform(0, 6000, 24)), [6000]])
    cells = []
    for a, b in pairwise(xs):
        ys = np.concatenate([[0], np.sort(draw.uniform(0, 6000, 20)), [6000]])
        cells += [box(a, c, b, d) for c, d in pairwise(ys)]
    table = gpd.GeoDataFrame({"DLBM": ["1206"] * len(cells)}, geometry=cells, crs=CRS)
    table.to_file(folder / "dltb.gpkg")
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    return folder / "plan.toml"


@pytest.fixture(scope="module")
def plan(path):
    from geoplan.plan_file import load_plan

    return load_plan(path)


def project(plan):
    """Parcels in the middle of the county, as one boundary."""
    table = open_features(plan, "land_parcels")
    inside = table.within(box(1500, 1500, 3500, 3500))
    return shapely.union_all(table.geometry[inside].to_numpy())


def shifted(shape, undo):
    def move(xy):
        lon, lat = transform_points(xy[:, 0], xy[:, 1], CRS, "EPSG:4326")
        return np.column_stack(transform_points(*undo(lon, lat), "EPSG:4326", CRS))

    return shapely.transform(shape, move)


def codes(plan, folder, shape):
    gpd.GeoDataFrame(geometry=[shape], crs=CRS).to_file(folder / "line.gpkg")
    return {f.code for f in read_outline(folder / "line.gpkg", plan).findings}


def test_parcels_as_they_are_lie_well(plan, tmp_path):
    found = outline_shift(plan, np.array([project(plan)]), features_near)
    assert found.system is None
    assert found.before_frac == 1.0
    said = codes(plan, tmp_path, project(plan))
    assert said.isdisjoint({"outline_shifted", "outline_shift_unknown"})


@pytest.mark.parametrize(
    ("system", "undo"), [("GCJ-02", wgs84_to_gcj02), ("BD-09", wgs84_to_bd09)]
)
def test_shifted_parcels_are_found_with_their_system(plan, tmp_path, system, undo):
    found = outline_shift(plan, np.array([shifted(project(plan), undo)]), features_near)
    assert found.system == system
    assert found.after_frac > 0.99
    assert "outline_shifted" in codes(plan, tmp_path, shifted(project(plan), undo))


def test_a_boundary_along_nothing_is_said_to_be_undecidable(plan, tmp_path):
    ring = shapely.Point(X + 3000, Y + 3000).buffer(700.0)
    assert not outline_shift(plan, np.array([ring]), features_near).decided
    assert "outline_shift_unknown" in codes(plan, tmp_path, ring)
    drawn = read_outline(tmp_path / "line.gpkg", plan, on_our_map=True)
    assert drawn.findings == ()  # its system is known


def test_a_layer_that_cannot_be_read_decides_nothing(plan):
    broken = plan.layers["land_parcels"].model_copy(update={"path": "none.gpkg"})
    other = plan.model_copy(update={"layers": {"land_parcels": broken}})
    assert not outline_shift(other, np.array([project(plan)]), features_near).decided


@pytest.mark.slow
def test_every_door_of_check_says_it(path, plan, tmp_path, capsys):
    gpd.GeoDataFrame(geometry=[shifted(project(plan), wgs84_to_gcj02)], crs=CRS).to_file(
        tmp_path / "web.gpkg"
    )
    for extra in ([], ["--json"]):
        words = ["check", str(tmp_path / "web.gpkg"), str(path), "--out", str(tmp_path)]
        assert main([*words, "--lang", "en", *extra]) == 0
        out = capsys.readouterr().out
        assert "GCJ-02 (shifted coordinates of web maps)" in out
        if extra:
            body = json.loads(out)  # the files are named on the other stream
            assert any(f["severity"] == "fault" for f in body["findings"])
