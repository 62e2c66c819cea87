"""Files that are there whole or not at all, also when the disk is full."""

from __future__ import annotations

import errno
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterio
import rasterio.shutil
import shapely
from rasterio._err import CPLE_BaseError

from gis.cells.grid import plan_grid, windows
from gis.errors import DataError, ModelError
from gis.files.read import list_layers, read_features
from gis.files.whole_file import write_fault
from gis.files.write import write_cog, write_drawing, write_features, write_shapefile

GRID = plan_grid((500_000, 4_300_000, 506_000, 4_306_000), 4544, 10)


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "成果 文件"
    path.mkdir()
    return path


def frame() -> gpd.GeoDataFrame:
    box = shapely.box(500_000, 4_300_000, 500_500, 4_300_400)
    return gpd.GeoDataFrame({"a": [1]}, geometry=[box], crs=4544)


def half_written(error):
    """What a driver does that fails half-way: a part of the file, then the error."""

    def write(_frame, target, **_):
        target.write_bytes(b"half")
        raise error

    return write


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        pyogrio.errors.FeatureError("failed to execute insert : database or disk is full"),
        pyogrio.errors.DataLayerError("Failed to commit transaction"),
    ],
)
def test_full_disk_leaves_no_features(folder, monkeypatch, error):
    monkeypatch.setattr(pyogrio, "write_dataframe", half_written(error))
    for write, name in (
        (lambda p: write_features(p, "a", frame()), "a.gpkg"),
        (lambda p: write_shapefile(p, frame()), "a.shp"),
    ):
        with pytest.raises(DataError, match="the disk may be full") as e:
            write(folder / name)
        assert name in str(e.value)
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("a.kml", "gis.files.export.globe._placemark"),
        ("a.dxf", "gis.files.export.drawing._draw"),
    ],
)
def test_full_disk_leaves_no_drawing(folder, monkeypatch, name, inner):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(inner, full)
    with pytest.raises(DataError, match="the disk may be full") as e:
        write_drawing(folder / name, frame())
    assert name in str(e.value)
    assert list(folder.iterdir()) == []


def test_the_file_before_stays_until_the_new_one_is_whole(folder, monkeypatch):
    path = write_features(folder / "a.gpkg", "a", frame())
    before = path.read_bytes()
    with monkeypatch.context() as m:
        m.setattr(pyogrio, "write_dataframe", half_written(OSError(errno.ENOSPC, "x")))
        with pytest.raises(DataError, match="full"):
            write_features(path, "b", frame(), append=False)
    assert path.read_bytes() == before
    # appending keeps the other layer, a new beginning does not
    assert sorted(list_layers(write_features(path, "b", frame()))) == ["a", "b"]
    assert list_layers(write_features(path, "c", frame(), append=False)) == ["c"]
    assert [p.name for p in folder.iterdir()] == ["a.gpkg"]


def test_appending_to_a_full_disk(folder, monkeypatch):
    path = write_features(folder / "a.gpkg", "a", frame())

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pyogrio, "write_dataframe", full)
    with pytest.raises(DataError, match=r"a\.gpkg b.*may be full"):
        write_features(path, "b", frame())
    assert len(read_features(path)) == 1


@pytest.mark.parametrize(
    ("n", "index", "what"), [(0, True, "0 of 1 row"), (1, False, "index was not written")]
)
def test_a_driver_that_is_silent_about_a_full_disk(folder, monkeypatch, n, index, what):
    # GDAL 3.12 on a full tmpfs: all rows, no rtree table, no error
    info = {"features": n, "capabilities": {"fast_spatial_filter": index}}
    monkeypatch.setattr(pyogrio, "read_info", lambda *_, **__: info)
    with pytest.raises(DataError, match=f"{what}.*may be full"):
        write_features(folder / "a.gpkg", "a", frame())
    assert list(folder.iterdir()) == []


def test_layers_without_rows_or_shapes_are_whole(folder):
    for k, data in enumerate(
        (frame().iloc[:0], frame().set_geometry([None], crs=4544), frame())
    ):
        path = write_features(folder / "a.gpkg", f"层{k}", data)
    assert sorted(list_layers(path)) == ["层0", "层1", "层2"]


def test_a_shapefile_takes_the_place_of_the_one_before(folder):
    write_shapefile(folder / "a.shp", frame())
    (folder / "a.qix").write_bytes(b"index of the rows before")
    two = frame().loc[[0, 0]].reset_index(drop=True)
    assert len(read_features(write_shapefile(folder / "a.shp", two))) == 2
    assert sorted(p.name for p in folder.iterdir()) == [
        "a.cpg", "a.dbf", "a.prj", "a.shp", "a.shx", "a_fields.csv",
    ]  # fmt: skip


def test_rights_are_not_a_full_disk():
    for error in (
        OSError(errno.EACCES, "denied"),
        OSError(errno.EROFS, "Read-only file system"),
        pyogrio.errors.DataSourceError("sqlite3_open failed: Permission denied"),
        pyogrio.errors.GeometryError("Could not create geometry"),
    ):
        assert "rights" in str(write_fault("x", "", error))
        assert "full" not in str(write_fault("x", "", error))


@pytest.mark.parametrize("error", [ModelError("stopped"), ValueError("x"), KeyboardInterrupt()])
def test_blocks_that_fail_half_way_leave_no_raster(folder, error):
    def blocks():
        first, *_ = windows(GRID, 256)
        yield first, np.ones((256, 256), np.uint8)
        raise error

    # an error of the blocks is theirs: it is not called a fault of the disk
    with pytest.raises(type(error)):
        write_cog(folder / "a.tif", blocks(), GRID, dtype="uint8", nodata=0)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space"), CPLE_BaseError(3, 1, "x")]
)
def test_full_disk_leaves_no_raster(folder, monkeypatch, error):
    path = folder / "a.tif"

    def copy(_raw, target, **_):
        target.write_bytes(b"half")
        raise error

    monkeypatch.setattr(rasterio.shutil, "copy", copy)
    data = np.ones(GRID.shape, np.uint8)
    with pytest.raises(DataError, match="may be full") as e:
        write_cog(path, data, GRID, dtype="uint8", nodata=0)
    assert str(path) in str(e.value)
    assert list(folder.iterdir()) == []
    path.write_bytes(b"before")
    with pytest.raises(DataError):
        write_cog(path, data, GRID, dtype="uint8", nodata=0)
    assert path.read_bytes() == b"before"


def test_long_chinese_names(folder):
    # 80 signs are 240 bytes of the 255 that a name may have
    path = folder / ("县" * 80 + ".tif")
    write_cog(path, np.ones(GRID.shape, np.uint8), GRID, dtype="uint8", nodata=0)
    assert [p.name for p in folder.iterdir()] == [path.name]


_STREAM = """
import resource, sys
import numpy as np
import rasterio
from gis.cells.grid import plan_grid, windows
from gis.files.write import write_cog

small = plan_grid((500_000, 4_300_000, 501_000, 4_301_000), 4544, 10)
ones = np.ones(small.shape, np.uint8)
write_cog(sys.argv[1] + "/small.tif", ones, small, dtype="uint8", nodata=0)
grid = plan_grid((400_000, 4_200_000, 600_000, 4_400_000), 4544, 10)
noise = np.random.default_rng(0).integers(1, 5, (64, 64), dtype=np.uint8)
noise = noise.repeat(16, 0).repeat(16, 1)
blocks = (
    (w, noise[: w[0].stop - w[0].start, : w[1].stop - w[1].start]) for w in windows(grid, 1024)
)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
path = write_cog(sys.argv[1] + "/large.tif", blocks, grid, dtype="uint8", nodata=0)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with rasterio.open(path) as src:
    assert src.shape == (20_000, 20_000)
    assert (src.read(1, window=((19_500, 20_000), (19_500, 20_000))) > 0).all()
print((after - before) / 1024)
"""


@pytest.mark.slow
def test_streaming_a_large_raster_takes_little_memory(tmp_path):
    # 400 MB of cells; held at once they would be the difference alone
    done = subprocess.run(
        [sys.executable, "-c", _STREAM, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 300


@pytest.mark.parametrize(("dtype", "bands"), [("uint8", 1), ("float32", 1), ("int16", 2)])
def test_a_raster_is_the_same_file_however_it_was_laid_aside(folder, monkeypatch, dtype, bands):
    """Packed or plain, and with parts that nobody wrote."""
    values = np.random.default_rng(3).integers(0, 90, (bands, 600, 600)).astype(dtype)
    parts = [w for k, w in enumerate(windows(GRID, 200)) if k != 4]
    names = [f"b{k}" for k in range(bands)]
    files = []
    for most in (0, 10**9):
        monkeypatch.setattr("gis.files.write_raster._plain_most", lambda most=most: most)
        blocks = [(w, values[:, w[0], w[1]]) for w in parts]
        path = folder / f"{most}.tif"
        write_cog(path, blocks, GRID, dtype=dtype, nodata=99, descriptions=names)
        files.append(path.read_bytes())
    assert files[0] == files[1]
    with rasterio.open(path) as found:
        got = found.read()
    for w in parts:
        assert (got[:, w[0], w[1]] == values[:, w[0], w[1]]).all()
    assert (got[:, 200:400, 200:400] == 99).all()
