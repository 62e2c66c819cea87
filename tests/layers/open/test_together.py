"""Several files of a plan as one layer: lists, patterns, doubles at the seam."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from geoplan.inputs import input_files
from gis.cells.grid import plan_grid
from gis.errors import ConfigError, DataError
from layers.open.plan_layers import layer_report, open_features, open_raster
from layers.plan.model import LayerSource, Plan
from tests.gis.tiles.test_mosaic import tile

X, Y = 625_000.0, 4_310_000.0  # in the county 640221, zone of 105 E


def plan_with(root: Path, layer_id: str, **source: object) -> Plan:
    return Plan.model_validate(
        {
            "plan": {"id": "p", "title": "一", "as_of": "2026-01-01"},
            "area": {"boundary": {"adcode": "640221"}, "crs": "EPSG:4544"},
            "layers": {layer_id: source},
            "base": root,
            "path": root / "p.toml",
        }
    )


def road(path: Path, *lines: list[tuple[float, float]], crs: int = 4544) -> None:
    table = gpd.GeoDataFrame(
        {"road_class": ["county"] * len(lines)},
        geometry=[LineString(x) for x in lines],
        crs=4544,
    )
    table.to_crs(crs).to_file(path)


A, B, C = [(X, Y), (X + 100, Y)], [(X, Y + 50), (X + 90, Y + 70)], [(X, Y - 9), (X + 80, Y)]


def test_parts_of_a_layer_in_two_systems_are_one_and_doubles_count_once(tmp_path: Path) -> None:
    road(tmp_path / "a.gpkg", A, B)
    road(tmp_path / "b.gpkg", B, C, crs=4545)
    plan = plan_with(tmp_path, "road", path=["a.gpkg", "b.gpkg"])
    found = open_features(plan, "road")
    assert found is not None
    assert len(found) == 3
    # 100 m, the root of 90^2 + 20^2, and of 80^2 + 9^2
    want = 100 + np.hypot(90, 20) + np.hypot(80, 9)
    assert found.length.sum() == pytest.approx(want, abs=0.01)
    assert {"layers.road", "layers.road.2"} <= set(_inputs(plan))


def _inputs(plan: Plan) -> dict[str, Path]:
    plan.path.write_text("", encoding="utf-8")
    return input_files(plan)


def test_a_pattern_is_its_files_by_name_and_a_new_file_is_seen(tmp_path: Path) -> None:
    (tmp_path / "路").mkdir()
    road(tmp_path / "路/1.gpkg", A)
    plan = plan_with(tmp_path, "road", path="路/*.gpkg")
    first = open_features(plan, "road")
    road(tmp_path / "路/2.gpkg", C)
    second = open_features(plan, "road")
    assert first is not None
    assert second is not None
    assert (len(first), len(second)) == (1, 2)


@pytest.mark.parametrize("path", [["a.gpkg", "gone.gpkg"], "none*.gpkg"])
def test_a_file_of_several_that_is_missing_is_told(tmp_path: Path, path: object) -> None:
    road(tmp_path / "a.gpkg", A)
    with pytest.raises(DataError, match="missing"):
        open_features(plan_with(tmp_path, "road", path=path), "road")


@pytest.mark.parametrize("path", [[], [1], [""], [["a"]]])
def test_a_list_that_is_none_of_files_is_refused(path: object) -> None:
    with pytest.raises((ConfigError, ValueError), match="path"):
        LayerSource.model_validate({"path": path})


def test_tiles_of_a_raster_are_read_as_one_and_a_replaced_tile_is_seen(tmp_path: Path) -> None:
    grid = plan_grid((X, Y - 2000, X + 4000, Y), 4544, 100)
    left = tile(tmp_path / "1.tif", np.full((20, 20), 1100, np.float32), X, Y)
    tile(tmp_path / "2.tif", np.full((20, 20), 1200, np.float32), X + 2000, Y)
    plan = plan_with(tmp_path, "dem", path="*.tif")
    values, known = open_raster(plan, "dem", grid) or (np.empty(0), np.empty(0))
    assert known.all()
    assert (values[:, :20] == 1100).all()
    assert (values[:, 20:] == 1200).all()
    left.unlink()
    tile(left, np.full((20, 20), 1150, np.float32), X, Y)
    values, _ = open_raster(plan, "dem", grid) or (np.empty(0), np.empty(0))
    assert (values[:, :20] == 1150).all()


def test_tiles_that_differ_where_they_overlap_are_told(tmp_path: Path) -> None:
    tile(tmp_path / "1.tif", np.full((20, 20), 1100, np.float32), X, Y)
    tile(tmp_path / "2.tif", np.full((20, 20), 1200, np.float32), X + 1000, Y)
    report = layer_report(plan_with(tmp_path, "dem", path=["1.tif", "2.tif"]), "dem")
    assert report is not None
    [told] = [w for w in report.warnings if w.code == "tiles_differ"]
    # ten columns of twenty cells overlap and all of them differ
    assert "200" in told.text("en")
    assert "100.0%" in told.text("en")


def test_cells_between_tiles_are_counted(tmp_path: Path) -> None:
    # 20 x 20 cells, ten columns of nothing, 20 x 20 cells: 200 of 50 x 20 are unknown
    tile(tmp_path / "1.tif", np.full((20, 20), 1100, np.float32), X, Y)
    tile(tmp_path / "2.tif", np.full((20, 20), 1100, np.float32), X + 3000, Y)
    report = layer_report(plan_with(tmp_path, "dem", path=["1.tif", "2.tif"]), "dem")
    assert report is not None
    [told] = [w for w in report.warnings if w.code == "tiles_gaps"]
    assert "200 cells (20.0% of all)" in told.text("en")


def test_of_several_rasters_only_the_first_band_is_read(tmp_path: Path) -> None:
    for i in (1, 2):
        tile(tmp_path / f"{i}.tif", np.ones((2, 2), np.float32), X + 200 * i, Y)
    plan = plan_with(tmp_path, "dem", path="*.tif", band=2)
    with pytest.raises(DataError, match="first band"):
        open_raster(plan, "dem", plan_grid((X, Y - 200, X + 600, Y), 4544, 100))
