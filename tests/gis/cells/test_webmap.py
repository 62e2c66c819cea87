"""Rasters as pictures: the cells asked for, where they lie, and how they are thinned."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from affine import Affine

from gis.cells.webmap import (
    mercator_bounds_ll,
    read_preview,
    warp_web,
    warp_web_bands,
    web_bands,
)
from gis.errors import DataError

LEFT, TOP = 500_000.0, 4_300_060.0


@pytest.fixture
def raster(tmp_path):
    """6 rows of 10 cells of 10 m: row x 10 + column; two bands, the second unlike the first."""

    def write(name: str = "a.tif", dtype: str = "float32", crs: str | None = "EPSG:4544"):
        values = np.arange(60).reshape(6, 10).astype(dtype)
        path = tmp_path / name
        with rasterio.open(
            path, "w", driver="GTiff", width=10, height=6, count=2, dtype=dtype, crs=crs,
            nodata=11, transform=Affine(10, 0, LEFT, 0, -10, TOP),
        ) as out:  # fmt: skip
            out.write(values, 1)
            out.write(values + 100, 2)
            out.set_band_description(2, "second")
        return path

    return write


@pytest.mark.parametrize(
    ("sides", "rows", "cols"),
    [
        ((0, 0, 100, 60), (0, 6), (0, 10)),
        ((-99, -99, 999, 999), (0, 6), (0, 10)),
        ((20, 10, 50, 40), (2, 5), (2, 5)),
        # what is touched is taken whole
        ((20.1, 10.1, 49.9, 39.9), (2, 5), (2, 5)),
        ((19.9, 9.9, 50.1, 40.1), (1, 6), (1, 6)),
        ((90, 50, 200, 99), (0, 1), (9, 10)),
        ((-50, -50, 1, 1), (5, 6), (0, 1)),
    ],
)
def test_the_cells_of_a_box(raster, sides, rows, cols):
    box = (LEFT + sides[0], TOP - 60 + sides[1], LEFT + sides[2], TOP - 60 + sides[3])
    for band, more in ((1, 0), (2, 100)):
        found = read_preview(raster(), box, band=band)
        want = np.arange(60).reshape(6, 10)[slice(*rows), slice(*cols)] + more
        np.testing.assert_array_equal(found.values, want)
        np.testing.assert_array_equal(found.valid, want != 11)
        assert found.bounds == (
            LEFT + 10 * cols[0], TOP - 10 * rows[1], LEFT + 10 * cols[1], TOP - 10 * rows[0],
        )  # fmt: skip
        assert "CM 105E" in found.crs


@pytest.mark.parametrize(
    "sides", [(100, 0, 200, 60), (-50, 0, 0, 60), (0, 60, 100, 99), (0, -50, 100, 0)]
)
def test_a_box_beside_a_raster_has_none_of_it(raster, sides):
    box = (LEFT + sides[0], TOP - 60 + sides[1], LEFT + sides[2], TOP - 60 + sides[3])
    assert read_preview(raster(), box) is None


def test_a_picture_is_thinned_to_its_pixels(raster):
    whole = (LEFT, TOP - 60, LEFT + 100, TOP)
    path = raster("b.tif")
    assert read_preview(path, whole, max_px=60).values.shape == (6, 10)
    half = read_preview(path, whole, max_px=15, kind="intensive")
    assert half.values.shape == (3, 5)
    # the mean of two by two: of 0, 1, 10 and 11 without the one that is not known
    assert half.values[0, 1] == pytest.approx((2 + 3 + 12 + 13) / 4)
    classes = read_preview(path, whole, max_px=15)
    assert set(classes.values.ravel().tolist()) <= set(range(60))
    assert read_preview(path, whole, max_px=1).values.shape == (1, 1)
    assert half.bounds == whole


def test_numbers_that_are_none_are_not_shown(raster):
    path = raster("c.tif")
    with rasterio.open(path, "r+") as out:
        values = out.read(1)
        values[0, 0], values[0, 1] = np.nan, np.inf
        out.write(values, 1)
    found = read_preview(path, (LEFT, TOP - 60, LEFT + 100, TOP))
    assert found.valid[0, :3].tolist() == [False, False, True]
    assert not found.valid[1, 1]
    web = warp_web(path)
    assert web.valid.any()
    assert np.isfinite(web.values[web.valid]).all()


def test_bounds_of_a_web_map_in_degrees():
    # a quarter of the equator is pi R / 2; the map is square up to 85.0511 degrees
    quarter = np.pi * 6_378_137.0 / 2
    assert mercator_bounds_ll(-quarter, 0, quarter, 2 * quarter) == pytest.approx(
        (-90.0, 0.0, 90.0, 85.05112878)
    )
    assert mercator_bounds_ll(0, -2 * quarter, 0, 0)[1] == pytest.approx(-85.05112878)
    # y = R ln tan(45 + 30 / 2) at 30 degrees north
    y = 6_378_137.0 * np.log(np.tan(np.radians(60.0)))
    assert mercator_bounds_ll(0, 0, 0, y)[3] == pytest.approx(30.0)


def test_a_raster_on_the_web_map(raster):
    path = raster("d.tif", "uint8")
    web = warp_web(path)
    assert web.shrink == 1.0
    # 105 E is x = 11 688 546.5; a metre at 38.8 N is 1 / cos of it on the map
    assert web.west_m == pytest.approx(105.0 * 6_378_137.0 * np.pi / 180, abs=20.0)
    assert web.step_m == pytest.approx(10.0 / np.cos(np.radians(38.83)), rel=0.05)
    assert set(web.values[web.valid].tolist()) <= set(range(60)) - {11}
    second = warp_web(path, band=2)
    assert second.values[second.valid].min() >= 100
    coarse = warp_web(path, max_px=15)
    assert coarse.values.size <= 24
    assert coarse.shrink == pytest.approx(np.sqrt(web.values.size / 15), rel=1e-6)
    assert coarse.step_m == pytest.approx(web.step_m * coarse.shrink)
    assert coarse.north_m == pytest.approx(web.north_m, abs=1e-6)
    smooth = warp_web(raster("e.tif"), kind="intensive")
    assert not set(smooth.values[smooth.valid].round(3).tolist()) <= set(range(60))


def test_bands_together_are_the_bands_alone(raster):
    path = raster("g.tif", "uint8")
    both = warp_web_bands(path)
    assert len(both) == 2
    for band, web in enumerate(both, start=1):
        alone = warp_web(path, band=band)
        assert np.array_equal(web.values, alone.values)
        assert np.array_equal(web.valid, alone.valid)
        # 11 is no data in both bands, and in the second no cell has it
        assert np.array_equal(web.valid, web.values != 11)
        place = (web.west_m, web.north_m, web.step_m, web.shrink)
        assert place == (alone.west_m, alone.north_m, alone.step_m, alone.shrink)


def test_rasters_that_are_none(raster, tmp_path):
    text = tmp_path / "x.tif"
    text.write_text("no raster", encoding="utf-8")
    for ask in (web_bands, warp_web, lambda p: read_preview(p, (0, 0, 1, 1))):
        with pytest.raises(DataError, match="raster"):
            ask(text)
    with pytest.raises(DataError, match="CRS"):
        warp_web(raster("f.tif", crs=None))
    assert web_bands(raster()) == ("", "second")
