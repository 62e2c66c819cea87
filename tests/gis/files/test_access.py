"""An Access database is refused with the way out, at every reader, whatever its name."""

from __future__ import annotations

import zipfile

import pytest

from gis.errors import DataError
from gis.files.given import raster_drivers
from gis.files.read import list_layers, read_features

JET = b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(200)


@pytest.mark.parametrize("name", ["a.mdb", "A.MDB", "a.accdb", "renamed.gpkg", "renamed.shp"])
@pytest.mark.parametrize("reader", [read_features, list_layers])
def test_refused_with_advice(tmp_path, name, reader):
    file = tmp_path / name
    file.write_bytes(JET)
    with pytest.raises(DataError) as refused:
        reader(file)
    (fault,) = refused.value.faults
    assert fault.where == str(file)
    assert "GDB" in fault.todo("zh")
    assert "GPKG" in fault.todo("en")


def test_in_an_archive_and_as_a_raster(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("data/a.mdb", JET)
    with pytest.raises(DataError, match="Access personal geodatabase"):
        read_features(tmp_path / "a.zip")
    (tmp_path / "a.mdb").write_bytes(JET)
    with pytest.raises(DataError, match="Access personal geodatabase"):
        raster_drivers(tmp_path / "a.mdb")


def test_a_database_that_is_none_is_left_to_its_reader(tmp_path):
    (tmp_path / "a.gpkg").write_bytes(b"\x00\x01\x00\x00Something else" + bytes(200))
    with pytest.raises(DataError) as refused:
        read_features(tmp_path / "a.gpkg")
    assert "Access" not in str(refused.value)
