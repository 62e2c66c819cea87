"""The script that compares two runs finds every number that moved, and no other."""

from __future__ import annotations

import base64
import io
import json
import math
import shutil

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from PIL import Image
from shapely.geometry import box

from benchmarks.compare_runs import compare_runs, differ, main


@pytest.fixture
def pair(tmp_path):
    """Two equal result folders: summary, a table, a layer, a raster."""
    old = tmp_path / "old"
    (old / "tables").mkdir(parents=True)
    summary = {
        "run": {"id": "a", "finished": "2026-01-01"},
        "pv": {"p50_mwh_yr": 200.0, "estimated": True, "note": "text", "sites": [{"x": 1}]},
    }
    (old / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    (old / "tables" / "a.csv").write_text("id,area_ha\nPV-01,10.0\nPV-02,\n", "utf-8-sig")
    # 0.01 deg x 0.01 deg at 38.9 N on the ellipsoid
    shape = gpd.GeoDataFrame({"n": [1]}, geometry=[box(106.5, 38.9, 106.51, 38.91)], crs=4490)
    shape.to_file(old / "results.gpkg", layer="sites")
    how = {"driver": "GTiff", "height": 2, "width": 2, "count": 1, "dtype": "float32"}
    how |= {"transform": rasterio.transform.from_origin(500_000, 4_300_000, 10, 10)}
    with rasterio.open(old / "x.tif", "w", **how) as f:
        f.write(np.array([[1, 2], [np.nan, 4]], "f4"), 1)
    new = tmp_path / "new"
    shutil.copytree(old, new)
    return old, new


def change(folder, path, value):
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    part = summary
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


def test_equal_runs_do_not_differ(pair, capsys):
    assert compare_runs(*pair) == []
    change(pair[1], ["run", "id"], "b")  # names the run, not its answer
    assert main([str(p) for p in pair]) == 0
    assert "0 numbers differ, 0 texts differ" in capsys.readouterr().out


def test_a_number_that_moved_is_told_with_its_relative_size(pair, capsys):
    change(pair[1], ["pv", "p50_mwh_yr"], 201.0)
    (found,) = compare_runs(*pair)
    assert (found.where, found.number) == ("summary.json pv.p50_mwh_yr", True)
    assert found.relative == pytest.approx(1 / 201)
    assert main([str(p) for p in pair]) == 1
    assert "200.0 -> 201.0 (4.98e-03)" in capsys.readouterr().out
    assert compare_runs(*pair, rtol=0.005) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["pv", "estimated"], False),
        (["pv", "estimated"], 1),
        (["pv", "p50_mwh_yr"], None),
        (["pv", "sites"], []),
        (["pv", "sites"], [{"x": 1}, {"x": 2}]),
        (["pv", "new"], 3),
    ],
)
def test_flags_and_numbers_that_come_or_go_count_as_numbers(pair, path, value):
    change(pair[1], path, value)
    assert any(d.number for d in compare_runs(*pair))


def test_a_sentence_is_a_text(pair, capsys):
    change(pair[1], ["pv", "note"], "another")
    assert [d.number for d in compare_runs(*pair)] == [False]
    assert main([*(str(p) for p in pair), "--texts"]) == 0
    assert "'text' -> 'another'" in capsys.readouterr().out


def test_tables_rows_and_cells(pair):
    table = pair[1] / "tables" / "a.csv"
    table.write_text("id,area_ha\nPV-01,10.5\nPV-02,\n", "utf-8-sig")
    (found,) = compare_runs(*pair)
    assert found.where == "a.csv row 1 area_ha"
    table.write_text("id,area_ha\nPV-01,10.0\n", "utf-8-sig")
    assert "a.csv rows" in {d.where for d in compare_runs(*pair)}
    table.unlink()
    assert [(d.where, d.new) for d in compare_runs(*pair)] == [("tables/a.csv", "absent")]


def test_layers_by_their_ellipsoidal_area(pair):
    shape = gpd.GeoDataFrame({"n": [1]}, geometry=[box(106.5, 38.9, 106.52, 38.91)], crs=4490)
    shape.to_file(pair[1] / "results.gpkg", layer="sites")
    found = {d.where: d for d in compare_runs(*pair)}
    area = found["results.gpkg sites area_m2"]
    # twice as wide: twice the area; one degree of 38.9 N is 86.7 km, of the meridian 111.0 km
    assert area.new / area.old == pytest.approx(2)
    assert area.old == pytest.approx(0.01 * 86_735 * 0.01 * 111_014, rel=1e-3)
    assert "results.gpkg sites features" not in found


def test_rasters_by_cell(pair):
    with rasterio.open(pair[1] / "x.tif", "r+") as f:
        f.write(np.array([[1, 2.5], [np.nan, np.nan]], "f4"), 1)
    (found,) = compare_runs(*pair)
    assert (found.where, found.new, found.relative) == ("x.tif band 1 cells that differ", 2, 1)


def test_not_a_number_equals_itself_only():
    assert list(differ("x", math.nan, math.nan)) == []
    assert [d.relative for d in differ("x", 1.0, math.nan)] == [1.0]
    assert [d.relative for d in differ("x", "1.0", "1.5")] == [pytest.approx(1 / 3)]


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert main([str(tmp_path), str(tmp_path)]) == 2
    assert "no finished run" in capsys.readouterr().err


def picture(*, seen: int, hidden: int, kind: str) -> bytes:
    """Two pixels: one that shows, one that is transparent."""
    rgba = np.array([[[seen, 0, 0, 255], [hidden, 0, 0, 0]]], np.uint8)
    out = io.BytesIO()
    Image.fromarray(rgba).save(out, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return out.getvalue()


@pytest.mark.parametrize(("seen", "hidden", "n"), [(9, 7, 0), (9, 8, 0), (8, 7, 1)])
def test_pixels_that_show_are_compared(pair, seen, hidden, n):
    for root, values in zip(pair, ((9, 7), (seen, hidden)), strict=True):
        own = {"seen": values[0], "hidden": values[1]}
        (root / "figures" / "zh").mkdir(parents=True)
        (root / "figures" / "zh" / "a.png").write_bytes(picture(**own, kind="PNG"))
        blob = base64.b64encode(picture(**own, kind="WEBP")).decode()
        page = f'<script type="text/plain" id="gp-r-0">{blob}</script>'
        (root / "map.html").write_text(page, encoding="utf-8")
    found = compare_runs(*pair)
    assert [(d.new, d.relative) for d in found] == [(1, 0.5)] * 2 * n
    if n:
        assert {d.where.split()[0] for d in found} == {"a.png", "map.html"}
