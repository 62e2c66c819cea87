"""Rasters held open between windows: opened once a reader, closed at the end, never stale."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from gis.cells.grid import plan_grid
from gis.errors import DataError
from gis.files import raster_info as module
from gis.files.raster_info import held_rasters
from gis.files.read import raster_info, read_raster
from gis.files.write import write_cog

GRID = plan_grid((630_000, 4_300_000, 630_080, 4_300_040), "EPSG:4544", 10)
LEFT, RIGHT = ((slice(0, 4), slice(a, a + 4)) for a in (0, 4))


def written(path, value):
    return write_cog(path, np.full((4, 8), value, np.uint8), GRID, dtype="uint8", nodata=0)


@pytest.fixture
def opened(monkeypatch):
    """What the module opened, in turn."""
    found, own = [], module.open_raster_file

    def counted(path):
        found.append(own(path))
        return found[-1]

    monkeypatch.setattr(module, "open_raster_file", counted)
    return found


def test_windows_of_one_reader_share_an_opening_that_is_closed(tmp_path, opened):
    path = written(tmp_path / "a.tif", 7)
    raster_info(path)
    opened.clear()
    with held_rasters() as held:
        for window in (LEFT, RIGHT, LEFT):
            values, known = read_raster(path, GRID, window, kind="classes", held=held)
            assert known.all()
            assert (values == 7).all()
        assert len(opened) == 1
        assert not opened[0].closed
    assert opened[0].closed


def test_two_readers_at_once_have_an_opening_each(tmp_path, opened):
    path = written(tmp_path / "a.tif", 7)
    with held_rasters() as held:
        with held.reading(path, 1) as one, held.reading(path, 1) as two:
            assert one is not two
        with held.reading(path, 1) as again:
            assert again in (one, two)
    assert [s.closed for s in opened] == [True, True]


def test_a_file_replaced_meanwhile_is_read_anew(tmp_path):
    path = written(tmp_path / "a.tif", 7)
    with held_rasters() as held:
        assert (read_raster(path, GRID, kind="classes", held=held)[0] == 7).all()
        written(path, 9)
        assert (read_raster(path, GRID, kind="classes", held=held)[0] == 9).all()
        path.unlink()
        with pytest.raises(DataError, match=r"a\.tif"):
            read_raster(path, GRID, kind="classes", held=held)


def test_what_was_read_from_an_opening_has_a_limit(tmp_path, opened, monkeypatch):
    """32 bytes a read, 100 allowed: the fourth read needs a second opening."""
    monkeypatch.setattr(module, "_HELD_BYTES", 100)
    path = written(tmp_path / "a.tif", 7)
    raster_info(path)
    opened.clear()
    with held_rasters() as held:
        for _ in range(4):
            read_raster(path, GRID, kind="classes", held=held)
        assert len(opened) == 1
        read_raster(path, GRID, kind="classes", held=held)
        assert len(opened) == 2
        assert opened[0].closed


def test_a_fault_closes_the_opening_and_a_copy_holds_none(tmp_path, opened):
    path = written(tmp_path / "a.tif", 7)
    with held_rasters() as held:
        with pytest.raises(ZeroDivisionError), held.reading(path, 1):
            raise ZeroDivisionError
        assert opened[0].closed
        with held.reading(path, 1):
            pass
        assert copy.copy(held).free == {}
