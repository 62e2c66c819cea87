"""What lies inside a file: rows that swell, and parts that lie in other files."""

from __future__ import annotations

import time

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
import xarray as xr

from gis.errors import DataError
from gis.files.archive import check_hdf5, check_parquet, netcdf_engine
from gis.files.read import raster_info, read_features

h5py = pytest.importorskip("h5py")
resource = pytest.importorskip("resource")
SQUARE = shapely.box(106.60, 38.70, 106.70, 38.80)


def pointed(path, rows, text, values=None):
    """A GeoParquet whose rows point to one text and one shape."""
    gpd.GeoDataFrame({"a": ["x"]}, geometry=[SQUARE], crs=4490).to_parquet(path)
    meta = pq.read_schema(path).metadata
    at = pa.array(np.zeros(rows, np.int32))
    shape = pa.array([shapely.to_wkb(SQUARE)], pa.binary())
    columns = {
        "a": pa.DictionaryArray.from_arrays(at, pa.array([text])) if values is None else values,
        "geometry": pa.DictionaryArray.from_arrays(at, shape),
    }
    pq.write_table(pa.table(columns).replace_schema_metadata(meta), path, compression="zstd")
    return path


def test_a_dictionary_of_long_texts_is_refused_before_its_rows_are_made(tmp_path):
    """200,000 rows of 200,000 letters are 40 GB in a file of a few kilobytes."""
    path = pointed(tmp_path / "a.parquet", 200_000, "x" * 200_000)
    assert path.stat().st_size < 100_000
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    with pytest.raises(DataError, match="unpacks to more memory") as err:
        read_features(path)
    assert time.perf_counter() - start < 5.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # kB
    assert "a.parquet" in str(err.value)


@pytest.mark.slow
def test_many_rows_of_nothing_are_refused(tmp_path):
    """A thousand million zeros take 8 GB and are written as a few runs."""
    import pyarrow.compute as pc

    zeros = pa.chunked_array([pa.array(np.zeros(1_000_000))] * 600)
    table = pa.table({"a": zeros, "b": pc.cast(zeros, pa.float64())})
    pq.write_table(table, tmp_path / "z.parquet", compression="zstd")
    with pytest.raises(DataError, match="unpacks"):
        check_parquet(tmp_path / "z.parquet")


def test_texts_in_lists_are_counted_too(tmp_path):
    at = pa.array(np.zeros(400_000, np.int32))
    words = pa.DictionaryArray.from_arrays(at, pa.array(["x" * 100_000]))
    lists = pa.ListArray.from_arrays(pa.array(np.arange(200_001, dtype=np.int32) * 2), words)
    path = pointed(tmp_path / "l.parquet", 200_000, "", lists)
    with pytest.raises(DataError, match="unpacks"):
        check_parquet(path)


def test_ordinary_tables_pass(tmp_path):
    path = pointed(tmp_path / "a.parquet", 1_000, "水浇地")
    assert len(read_features(path)) == 1_000
    nothing = pa.DictionaryArray.from_arrays(pa.array([None] * 5, pa.int32()), pa.array(["x"]))
    check_parquet(pointed(tmp_path / "n.parquet", 5, "", nothing))


def linked(path, kind):
    """A NetCDF-4 file with a variable that lies in another file."""
    values = xr.DataArray(np.ones((4, 4)), dims=("y", "x"), name="dem")
    values.to_dataset().to_netcdf(path, engine="h5netcdf")
    with h5py.File(path, "a") as file:
        if kind == "link":
            file["away"] = h5py.ExternalLink("/etc/passwd", "/a")
        elif kind == "link below":
            file.create_group("g/h")["away"] = h5py.ExternalLink("other.h5", "/a")
        elif kind == "raw":
            file.create_dataset("away", (4,), "u1", external=[("/etc/passwd", 0, 4)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout((4,), "f8")
            layout[:] = h5py.VirtualSource("other.h5", "a", (4,))
            file.create_virtual_dataset("away", layout)
        elif kind == "soft":
            file["here"] = h5py.SoftLink("/dem")
        elif kind == "own virtual":
            layout = h5py.VirtualLayout((4, 4), "f8")
            layout[:] = h5py.VirtualSource(".", "dem", (4, 4))
            file.create_virtual_dataset("here", layout)
    return path


@pytest.mark.parametrize("kind", ["link", "link below", "raw", "virtual"])
def test_parts_in_other_files_are_refused(tmp_path, kind):
    path = linked(tmp_path / "a.nc", kind)
    for read in (raster_info, check_hdf5):
        with pytest.raises(DataError, match="points to the network or to other files") as err:
            read(path)
        assert "away" in str(err.value)


@pytest.mark.parametrize("kind", ["", "soft", "own virtual"])
def test_links_inside_the_file_pass(tmp_path, kind):
    check_hdf5(linked(tmp_path / "a.nc", kind))


def test_other_formats_pass(tmp_path):
    (tmp_path / "a.nc").write_bytes(b"CDF\x01" + b"\x00" * 40)
    check_hdf5(tmp_path / "a.nc")


def test_a_netcdf_is_read_by_what_it_is(tmp_path):
    """The C library of NetCDF ended the process over a damaged file (455th of a search)."""
    values = xr.DataArray(np.ones((2, 2)), dims=("y", "x"), name="a").to_dataset()
    values.to_netcdf(tmp_path / "4.nc", engine="h5netcdf")
    values.to_netcdf(tmp_path / "3.nc", engine="scipy")
    assert netcdf_engine(tmp_path / "4.nc") == "h5netcdf"
    assert netcdf_engine(tmp_path / "3.nc") == "scipy"
