"""Rasters onto the grid: by kind, with what is unknown kept unknown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from affine import Affine

from gis.cells.grid import cell_centres, plan_grid, window_grid, windows
from gis.crs.systems import transform_points
from gis.errors import DataError
from gis.files import read_raster as read_raster_file
from gis.files.read import raster_info, read_raster
from gis.files.write import write_cog

X0, Y0 = 500_000.0, 4_300_000.0


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "栅格 数据"
    path.mkdir()
    return path


def grid_of(w: int, h: int, cell: float = 10.0, dx: float = 0.0, dy: float = 0.0):
    return plan_grid((X0 + dx, Y0 + dy, X0 + dx + w * cell, Y0 + dy + h * cell), 4544, cell)


def ramp(grid) -> np.ndarray:
    """A raster that encodes its coordinates: x + 2 y, from a nearby zero."""
    x, y = cell_centres(grid)
    return ((x - X0)[None, :] + 2 * (y - Y0)[:, None]).astype(np.float32)


def test_cog_round_trip_with_all_that_is_in_it(folder):
    grid = grid_of(700, 530)
    codes = np.random.default_rng(0).integers(0, 4, grid.shape).astype(np.uint8)
    path = write_cog(
        folder / "等级.tif",
        codes,
        grid,
        dtype="uint8",
        nodata=0,
        tags={"run": "abc", "TIFFTAG_IMAGEDESCRIPTION": "geoplan"},
        colormap={1: (255, 0, 0), 2: (0, 255, 0, 255)},
        descriptions=["适宜性"],
    )
    info = raster_info(path)
    assert info.tags["run"] == "abc"
    assert info.descriptions == ("适宜性",)
    assert info.nodata == (0.0,)
    assert info.notes == ()
    got, valid = read_raster(path, grid, kind="classes")
    assert (got == codes).all()
    assert (valid == (codes > 0)).all()
    assert got.dtype == np.uint8
    with rasterio.open(path) as src:
        assert src.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert src.colormap(1)[1] == (255, 0, 0, 255)
        assert src.crs.to_epsg() == 4544


def test_blocks_stream_in_any_order_and_gaps_are_nodata(folder):
    grid = grid_of(300, 200)
    data = ramp(grid)
    todo = windows(grid, 128)
    path = write_cog(
        folder / "a.tif",
        ((w, data[w]) for w in reversed(todo[1:])),
        grid,
        dtype="float32",
        nodata=float("nan"),
    )
    got, valid = read_raster(path, grid, kind="intensive")
    assert not valid[todo[0]].any()
    assert np.isnan(got[todo[0]]).all()
    for w in todo[1:]:
        assert (got[w] == data[w]).all()


def test_bands_and_refused_blocks(folder):
    grid = grid_of(30, 20)
    two = np.stack([np.ones(grid.shape), np.full(grid.shape, 2)]).astype(np.uint8)
    path = write_cog(
        folder / "a.tif", two, grid, dtype="uint8", nodata=255, descriptions=["pv", "wind"]
    )
    assert read_raster(path, grid, kind="classes", band=2)[0].min() == 2
    with pytest.raises(DataError, match="no band 3"):
        read_raster(path, grid, kind="classes", band=3)
    before = path.read_bytes()
    for blocks, what in (
        (two[:, :5], "shape"),
        ([((slice(0, 5), slice(0, 5)), two[0])], "does not fit"),
        (two[0].astype(float), "would be cut"),
    ):
        with pytest.raises(DataError, match=what):
            write_cog(path, blocks, grid, dtype="uint8", nodata=255)
    with pytest.raises(DataError, match="cannot hold"):
        write_cog(path, two, grid, dtype="uint8", nodata=-1)
    # what was there is untouched, and nothing is left lying about
    assert path.read_bytes() == before
    assert [p.name for p in folder.iterdir()] == ["a.tif"]


def test_windows_outside_the_file_are_unknown(folder):
    grid = grid_of(40, 30)
    data = ramp(grid)
    path = write_cog(folder / "a.tif", data, grid, dtype="float32", nodata=-9999)
    wide = grid_of(60, 50, dx=-100, dy=-100)
    got, valid = read_raster(path, wide, kind="intensive")
    assert valid.sum() == data.size
    assert np.isnan(got[~valid]).all()
    assert (got[valid].reshape(data.shape) == data).all()
    far = grid_of(10, 10, dx=1e5)
    assert not read_raster(path, far, kind="intensive")[1].any()


@pytest.mark.parametrize(
    ("dtype", "declared", "stated"),
    [("int16", -32768, None), ("float32", None, -9999.0), ("float32", float("nan"), None)],
)
def test_nodata_is_never_a_value(folder, dtype, declared, stated):
    grid = grid_of(40, 40)
    fill = declared if declared is not None else stated
    data = np.full(grid.shape, 100, dtype)
    data[10:20, 10:20] = fill
    path = write_cog(folder / "a.tif", data, grid, dtype=dtype, nodata=declared)
    for target in (grid, grid_of(40, 40, dx=3), grid_of(20, 20, 20.0), grid_of(80, 80, 5.0)):
        for kind in ("intensive", "extensive"):
            got, valid = read_raster(path, target, kind=kind, nodata=stated)
            assert not valid.all()
            assert np.isnan(got[~valid]).all()
            assert (got[valid] >= 0).all()


def test_raster_without_nodata_is_explained(folder):
    grid = grid_of(40, 40)
    data = np.full(grid.shape, 7, np.float32)
    data[:5] = -9999
    path = write_cog(folder / "a.tif", data, grid, dtype="float32", nodata=None)
    assert [n.code for n in raster_info(path).notes] == ["no_nodata", "suspect_fill"]
    assert "-9999" in raster_info(path).notes[1]("zh")
    data[:5] = np.nan
    path = write_cog(folder / "b.tif", data, grid, dtype="float32", nodata=None)
    assert raster_info(path).notes == ()
    assert not read_raster(path, grid, kind="intensive")[1][:5].any()
    data[:5] = np.float32(-3.4028235e38)
    path = write_cog(folder / "c.tif", data, grid, dtype="float32", nodata=None)
    assert not read_raster(path, grid, kind="intensive")[1][:5].any()


def test_mean_of_larger_cells_and_bilinear_of_smaller(folder):
    grid = grid_of(120, 120)
    path = write_cog(folder / "a.tif", ramp(grid), grid, dtype="float32", nodata=np.nan)
    # The mean and the bilinear value of a plane are its value at the centre. Cells of 25 m cut
    # the file's: (0.5 + 1.5 + 0.5 * 2.5) / 2.5 = 1.30 for 1.25, 0.5 m along x and 1 m along y.
    for cell, n, off in (
        (30.0, 40, 1e-2),
        (20.0, 60, 1e-2),
        (5.0, 240, 1e-2),
        (25.0, 48, 1.51),
    ):
        target = grid_of(n, n, cell)
        got, valid = read_raster(path, target, kind="intensive")
        inner = (slice(2, -2), slice(2, -2))
        assert valid[inner].all()
        np.testing.assert_allclose(got[inner], ramp(target)[inner], atol=off)


def test_sums_keep_their_total(folder):
    grid = grid_of(100, 90)
    data = np.random.default_rng(0).random(grid.shape).astype(np.float32)
    path = write_cog(folder / "a.tif", data, grid, dtype="float32", nodata=np.nan)
    for cell in (10.0, 20.0, 7.0, 45.0, 3.0):
        target = plan_grid((X0 - 100, Y0 - 100, X0 + 1200, Y0 + 1200), 4544, cell)
        got, _ = read_raster(path, target, kind="extensive")
        assert np.nansum(got) == pytest.approx(data.astype(float).sum(), rel=1e-9)


def test_most_frequent_class_of_a_larger_cell(folder):
    grid = grid_of(4, 4)
    codes = np.array([[1, 1, 2, 2], [1, 3, 2, 0], [5, 5, 0, 0], [4, 4, 0, 9]], np.uint8)
    path = write_cog(folder / "a.tif", codes, grid, dtype="uint8", nodata=0)
    got, valid = read_raster(path, grid_of(2, 2, 20.0), kind="classes")
    # lower left: a tie of 4 and 5, the lower code; lower right: three quarters unknown
    assert got.tolist() == [[1, 2], [4, 0]]
    assert valid.tolist() == [[True, True], [True, False]]


def test_other_crs_lands_where_the_coordinates_say(folder):
    grid = plan_grid((X0 + 100_000, Y0, X0 + 104_000, Y0 + 4000), 4544, 10)
    data = ramp(grid)
    path = write_cog(folder / "a.tif", data, grid, dtype="float32", nodata=np.nan)
    x, y = transform_points([X0 + 102_000], [Y0 + 2000], 4544, 4545)
    target = plan_grid((x[0] - 500, y[0] - 500, x[0] + 500, y[0] + 500), 4545, 10)
    got, valid = read_raster(path, target, kind="intensive")
    cx, cy = np.meshgrid(*cell_centres(target))
    sx, sy = transform_points(cx.ravel(), cy.ravel(), 4545, 4544)
    want = ((sx - X0) + 2 * (sy - Y0)).reshape(got.shape)
    assert valid.all()
    np.testing.assert_allclose(got, want, atol=0.02)


def test_geographic_source_and_classes_by_nearest(folder):
    t = Affine(0.005, 0, 105.9, 0, -0.005, 39.2)
    codes = np.arange(80 * 100, dtype=np.int32).reshape(80, 100)
    path = folder / "a.tif"
    with rasterio.open(
        path, "w", driver="GTiff", height=80, width=100, count=1, dtype="int32",
        crs="EPSG:4326", transform=t, nodata=-1,
    ) as out:  # fmt: skip
        out.write(codes, 1)
    x, y = transform_points([106.1], [39.0], 4490, 4544)
    grid = plan_grid((x[0], y[0], x[0] + 2000, y[0] + 2000), 4544, 50)
    got, valid = read_raster(path, grid, kind="classes")
    cx, cy = np.meshgrid(*cell_centres(grid))
    lon, lat = transform_points(cx.ravel(), cy.ravel(), 4544, 4326)
    want = codes[((39.2 - lat) / 0.005).astype(int), ((lon - 105.9) / 0.005).astype(int)]
    assert valid.all()
    assert (got.ravel() == want).all()


@pytest.mark.parametrize("kind", ["classes", "intensive", "extensive"])
@pytest.mark.parametrize("target", ["same", "shifted", "coarser", "other zone"])
def test_windows_and_threads_give_the_bits_of_the_whole(folder, kind, target):
    grid = grid_of(210, 190)
    data = np.random.default_rng(3).integers(1, 9, grid.shape).astype(np.int16)
    data[50:60, 70:90] = -1
    path = write_cog(folder / "a.tif", data, grid, dtype="int16", nodata=-1)
    to = {
        "same": grid,
        "shifted": grid_of(200, 180, 10.0, dx=14, dy=-13),
        "coarser": grid_of(70, 60, 30.0, dx=5),
    }.get(target)
    if to is None:
        x, y = transform_points([X0], [Y0], 4544, 4545)
        to = plan_grid((x[0], y[0], x[0] + 2000, y[0] + 1800), 4545, 10)
    whole, known = read_raster(path, to, kind=kind)
    assert known.any()
    todo = windows(to, 64)
    with ThreadPoolExecutor(2) as pool:
        parts = list(pool.map(lambda w: read_raster(path, to, w, kind=kind), todo))
    for w, (part, valid) in zip(todo, parts, strict=True):
        np.testing.assert_array_equal(part, whole[w])
        assert (valid == known[w]).all()
    w = todo[1]
    again, _ = read_raster(path, window_grid(to, w), kind=kind)
    np.testing.assert_allclose(again, whole[w], rtol=1e-5, atol=1e-5)


def test_scale_and_offset(folder):
    grid = grid_of(5, 5)
    data = np.full(grid.shape, 125, np.int16)
    data[0, 0] = -1
    path = write_cog(folder / "a.tif", data, grid, dtype="int16", nodata=-1)
    got, _ = read_raster(path, grid, kind="intensive", scale=0.1, offset=1000)
    assert got.dtype == np.float32
    assert got[1, 1] == pytest.approx(1012.5)
    assert np.isnan(got[0, 0])


def test_faulty_rasters(folder):
    with pytest.raises(DataError, match="missing"):
        raster_info(folder / "none.tif")
    (folder / "a.tif").write_bytes(b"nothing")
    with pytest.raises(DataError, match="cannot be read"):
        raster_info(folder / "a.tif")
    grid = grid_of(5, 5)
    with rasterio.open(
        folder / "b.tif", "w", driver="GTiff", height=5, width=5, count=1, dtype="uint8",
        transform=grid.transform,
    ) as out:  # fmt: skip
        out.write(np.ones((5, 5), np.uint8), 1)
    with pytest.raises(DataError, match="no coordinate system"):
        raster_info(folder / "b.tif")
    got, valid = read_raster(folder / "b.tif", grid, kind="classes", crs="EPSG:4544")
    assert valid.all()
    assert (got == 1).all()
    with pytest.raises(DataError, match="degrees"):
        raster_info(folder / "b.tif", crs="EPSG:4490")
    path = write_cog(
        folder / "c.tif", np.full(grid.shape, 1.5), grid, dtype="float64", nodata=None
    )
    with pytest.raises(DataError, match="whole numbers"):
        read_raster(path, grid, kind="classes")


def test_reads_above_the_ceiling_are_refused(folder):
    path = write_cog(
        folder / "a.tif", np.ones((5, 5), np.uint8), grid_of(5, 5), dtype="uint8", nodata=0
    )
    with pytest.raises(DataError, match="too large"):
        read_raster(path, grid_of(30_000, 30_000), kind="classes")


def test_south_up_raster(folder):
    grid = grid_of(20, 10)
    data = ramp(grid)
    t = grid.transform
    with rasterio.open(
        folder / "a.tif", "w", driver="GTiff", height=10, width=20, count=1, dtype="float32",
        crs="EPSG:4544", transform=Affine(t.a, 0, t.c, 0, t.a, t.f - 10 * t.a), nodata=-1,
    ) as out:  # fmt: skip
        out.write(data[::-1], 1)
    got, valid = read_raster(folder / "a.tif", grid, kind="intensive")
    assert valid.all()
    np.testing.assert_allclose(got, data, atol=1e-3)


def test_a_replaced_raster_of_the_same_time_and_size_is_read_again(tmp_path):
    import os

    def write(path, value):
        with rasterio.open(
            path, "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8",
            crs="EPSG:4544", transform=rasterio.Affine(10, 0, 500_000, 0, -10, 4_300_000),
        ) as dst:  # fmt: skip
            dst.write(np.full((1, 4, 4), value, np.uint8))
            dst.update_tags(value=str(value))
        os.utime(path, (1e9, 1e9))

    path = tmp_path / "a.tif"
    write(path, 1)
    size = path.stat().st_size
    assert raster_info(path).tags["value"] == "1"
    write(tmp_path / "b.tif", 2)
    assert (tmp_path / "b.tif").stat().st_size == size
    (tmp_path / "b.tif").replace(path)
    assert raster_info(path).tags["value"] == "2"


@pytest.mark.parametrize("cell", [4.0, 30.0])
@pytest.mark.parametrize("kind", ["classes", "intensive", "extensive"])
def test_strips_never_change_a_cell(folder, monkeypatch, kind, cell):
    # the file lies in the zone beside the grid's, turned against it, and is smaller
    own = plan_grid((X0 + 200, Y0 + 200, X0 + 900, Y0 + 700), 4544, 10.0)
    rng = np.random.default_rng(3)
    values = rng.integers(1, 5, own.shape).astype(np.uint8 if kind == "classes" else np.float32)
    values[10:20, 10:20] = 0
    path = write_cog(
        folder / "own.tif", values, own, dtype=str(values.dtype), nodata=0, overviews=False
    )
    left, top = transform_points([X0 + 550], [Y0 + 450], 4544, 4545)
    x, y = float(left[0]), float(top[0])
    grid = plan_grid((x - 700, y - 600, x + 700, y + 600), 4545, cell)
    whole = read_raster(path, grid, kind=kind)
    assert whole[1].any()
    assert not whole[1].all()
    for cells in (1, 3 * grid.shape[1], 10 * grid.shape[1] + 1):
        monkeypatch.setattr(read_raster_file, "_STRIP", cells)
        found = read_raster(path, grid, kind=kind)
        assert found[0].dtype == whole[0].dtype
        np.testing.assert_array_equal(found[0], whole[0])
        np.testing.assert_array_equal(found[1], whole[1])
