"""Several rasters as one: every cell is a tile's own, or is not known, or is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from gis.errors import DataError
from gis.tiles.clip import clip_raster
from gis.tiles.mosaic import mosaic_note, read_note, write_mosaic


def tile(
    path: Path, values: np.ndarray, x: float, y: float, cell: float = 100.0, crs: int = 4544,
    **more: object,
) -> Path:  # fmt: skip
    transform = from_origin(x, y, cell, cell)
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1,
        dtype=values.dtype, crs=f"EPSG:{crs}", transform=transform, **more,
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with rasterio.open(path) as src:
        return src.read(1), src.read_masks(1) > 0


X, Y = 600_000.0, 4_300_000.0


def test_neighbours_are_one_cell_for_cell(tmp_path: Path) -> None:
    a = np.arange(12, dtype=np.int16).reshape(3, 4)
    left = tile(tmp_path / "a.tif", a, X, Y, nodata=-1)
    right = tile(tmp_path / "b.tif", a + 100, X + 400, Y, nodata=-1)
    found = write_mosaic([left, right], tmp_path / "m.tif", kind="classes")
    values, _ = read(tmp_path / "m.tif")
    assert (values == np.hstack([a, a + 100])).all()
    assert (found.twice, found.differing, found.unknown, found.resampled) == (0, 0, 0, 0)
    assert read_note(mosaic_note(found)) == found


def test_a_gap_between_tiles_is_not_known_also_without_nodata(tmp_path: Path) -> None:
    a = np.ones((2, 2), np.uint8)
    first = tile(tmp_path / "a.tif", a, X, Y)
    second = tile(tmp_path / "b.tif", a, X + 300, Y - 300)
    found = write_mosaic([first, second], tmp_path / "m.tif", kind="classes")
    values, known = read(tmp_path / "m.tif")
    assert values.shape == (5, 5)
    assert known.sum() == 8
    assert found.unknown == 25 - 8
    assert (values[known] == 1).all()


def test_where_tiles_overlap_the_first_counts_and_what_differs_is_counted(
    tmp_path: Path,
) -> None:
    a = np.full((2, 4), 1.0, np.float32)
    b = np.full((2, 4), 1.0, np.float32)
    b[:, 1] = 9.0
    first = tile(tmp_path / "a.tif", a, X, Y)
    second = tile(tmp_path / "b.tif", b, X + 200, Y)
    found = write_mosaic([first, second], tmp_path / "m.tif", kind="intensive")
    # they share two columns of two cells; one of the columns differs
    assert (found.twice, found.differing) == (4, 2)
    assert (read(tmp_path / "m.tif")[0] == 1).all()
    other = write_mosaic([second, first], tmp_path / "n.tif", kind="intensive")
    assert other.differing == 2
    assert (read(tmp_path / "n.tif")[0] == 9).sum() == 2


def test_tiles_of_two_zones_meet(tmp_path: Path) -> None:
    # the zones of 105 E and of 108 E
    from pyproj import Transformer

    to_108 = Transformer.from_crs(4544, 4545, always_xy=True)
    x, y = to_108.transform(X + 10_000, Y)
    a = tile(tmp_path / "a.tif", np.full((100, 100), 5, np.uint8), X, Y, nodata=0)
    b = tile(
        tmp_path / "b.tif",
        np.full((100, 100), 7, np.uint8),
        x - 500,
        y + 500,
        crs=4545,
        nodata=0,
    )
    found = write_mosaic([a, b], tmp_path / "m.tif", kind="classes")
    values, known = read(tmp_path / "m.tif")
    assert found.resampled == 1
    assert set(np.unique(values[known])) == {5, 7}
    # the first keeps all of its cells, the second all but what the first knows
    assert (values == 5).sum() == 10_000
    # a square of 10 km turned by the difference of the zones keeps its area to 1 %
    assert (values == 7).sum() + found.twice == pytest.approx(10_000, rel=0.01)


def test_people_are_kept_when_cells_differ(tmp_path: Path) -> None:
    a = tile(tmp_path / "a.tif", np.ones((10, 10), np.float32), X, Y, nodata=-99)
    b = tile(
        tmp_path / "b.tif", np.full((20, 20), 3.0, np.float32), X + 1000, Y, cell=50, nodata=-99
    )
    write_mosaic([a, b], tmp_path / "m.tif", kind="extensive")
    values, known = read(tmp_path / "m.tif")
    assert values[known].sum() == pytest.approx(100 + 1200, rel=1e-6)


def test_rasters_of_other_scales_are_not_one(tmp_path: Path) -> None:
    a = tile(tmp_path / "a.tif", np.ones((2, 2), np.int16), X, Y)
    b = tile(tmp_path / "b.tif", np.ones((2, 2), np.int16), X + 200, Y)
    with rasterio.open(b, "r+") as out:
        out.scales = [0.1]
    with pytest.raises(DataError, match="scales"):
        write_mosaic([a, b], tmp_path / "m.tif", kind="intensive")


def test_tiles_of_two_continents_are_refused(tmp_path: Path) -> None:
    a = tile(tmp_path / "a.tif", np.ones((2, 2), np.int16), 106, 39, 1e-4, 4326)
    b = tile(tmp_path / "b.tif", np.ones((2, 2), np.int16), -70, -30, 1e-4, 4326)
    with pytest.raises(DataError, match="far apart"):
        write_mosaic([a, b], tmp_path / "m.tif", kind="classes")


def test_a_window_has_the_cells_it_had(tmp_path: Path) -> None:
    a = np.arange(400, dtype=np.float32).reshape(20, 20)
    file = tile(tmp_path / "a.tif", a, 106.0, 39.0, 0.01, 4326, nodata=-1)
    assert clip_raster(file, (106.055, 38.905, 106.095, 38.945), tmp_path / "c.tif")
    with rasterio.open(tmp_path / "c.tif") as src:
        got = src.read(1)
        row, col = round((39.0 - src.bounds.top) / 0.01), round((src.bounds.left - 106) / 0.01)
        assert src.nodata == -1
    assert (got == a[row : row + got.shape[0], col : col + got.shape[1]]).all()
    assert got.shape == (5 + 4, 5 + 4)  # two cells of margin on each side
    assert not clip_raster(file, (110, 30, 111, 31), tmp_path / "d.tif")
    assert not (tmp_path / "d.tif").exists()
