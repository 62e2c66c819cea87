"""The gate of a raster's values: unit, scale, range, fills, bands and classes."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp
from rasterio.transform import from_origin

from gis.errors import ConfigError, DataError
from layers.open.county import plan_grid_of
from layers.open.plan_layers import open_raster, warnings_of
from tests.layers.open.test_open import X, Y, plan_of

__all__ = ["plan_of"]


def tif(path, values, *, scale=1.0, offset=0.0, unit="", nodata=None, colours=None, names=()):
    """A raster over the county's square, with what the file says of its own values."""
    values = np.atleast_3d(values.T).T  # (band, row, column)
    n, h, w = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", width=w, height=h, count=n, dtype=values.dtype,
        crs="EPSG:4544", transform=from_origin(X, Y + 1e4, 1e4 / w, 1e4 / h), nodata=nodata,
    ) as out:  # fmt: skip
        out.write(values)
        out.scales, out.offsets = (scale,) * n, (offset,) * n
        out.units = (unit,) * n
        if colours:
            out.colorinterp = colours
        for i, name in enumerate(names, 1):
            out.set_band_description(i, name)


def whole(value, dtype="float32"):
    return np.full((100, 100), value, dtype)


def opened(plan, layer_id):
    return open_raster(plan, layer_id, plan_grid_of(plan))


def test_scale_and_offset_of_the_file_are_read_and_told(plan_of, tmp_path):
    tif(tmp_path / "d.tif", whole(11000, "int16"), scale=0.1, offset=3.0)
    plan = plan_of('[layers.dem]\npath = "d.tif"\n')
    assert opened(plan, "dem")[0] == pytest.approx(1103.0)  # 11000 dm and 3 m
    said = {w.code: w.text("zh") for w in warnings_of(plan)}
    assert "scale = 0.1" in said["scale_of_file"]


def test_the_plan_scale_takes_the_place_of_the_files_and_that_is_told(plan_of, tmp_path):
    tif(tmp_path / "d.tif", whole(11000, "int16"), scale=0.5)
    plan = plan_of('[layers.dem]\npath = "d.tif"\nscale = 0.1\n')
    assert opened(plan, "dem")[0] == pytest.approx(1100.0)
    assert "scale_replaced" in {w.code for w in warnings_of(plan)}


@pytest.mark.parametrize(
    ("layer", "unit", "value", "want"),
    [
        ("dem", "dm", 11000, 1100.0),
        ("dem", "ft", 1000, 304.8),
        ("air_temperature", "K", 283.15, 10.0),
        ("ghi", "kWh/m2/day", 4.5, 4.5 * 365.25),
        ("wind_speed", "km/h", 36.0, 10.0),
        ("tree_cover", "%", 40.0, 0.4),
    ],
)
def test_a_unit_the_file_states_is_brought_to_the_catalogues(
    plan_of, tmp_path, layer, unit, value, want
):
    tif(tmp_path / "a.tif", whole(value), unit=unit)
    plan = plan_of(f'[layers.{layer}]\npath = "a.tif"\n')
    assert opened(plan, layer)[0] == pytest.approx(want, rel=1e-6)
    assert unit in {w.code: w.text("en") for w in warnings_of(plan)}["unit_converted"]


def test_a_unit_nobody_knows_is_told(plan_of, tmp_path):
    tif(tmp_path / "a.tif", whole(30.0), unit="fathom")
    plan = plan_of('[layers.dem]\npath = "a.tif"\n')
    assert "fathom" in {w.code: w.text("en") for w in warnings_of(plan)}["unit_not_known"]
    tif(tmp_path / "b.tif", whole(30.0), unit="metre")
    plan = plan_of('[layers.dem]\npath = "b.tif"\n')
    assert not {"unit_not_known", "unit_converted"} & {w.code for w in warnings_of(plan)}


@pytest.mark.parametrize(
    ("layer", "value", "cause"),
    [
        ("air_temperature", 283.15, "kelvin"),
        ("dem", 11000.0, "decimetres"),
        ("ghi", 4.5, "daily"),
        ("dni", 5.0, "daily"),
        ("wind_speed", 30.0, "km/h"),
        ("tree_cover", 40.0, "per cent"),
        ("ndvi", 6000.0, "ten thousandths"),
    ],
)
def test_values_out_of_range_are_refused_with_share_and_cause(
    plan_of, tmp_path, layer, value, cause
):
    tif(tmp_path / "a.tif", whole(value))
    plan = plan_of(f'[layers.{layer}]\npath = "a.tif"\n')
    with pytest.raises(DataError, match=r"10,000 cells \(100 %\) outside") as err:
        opened(plan, layer)
    assert cause in str(err.value)
    with pytest.raises(DataError, match=f"layers.{layer}"):
        warnings_of(plan)


def test_a_part_out_of_range_is_refused_with_its_share(plan_of, tmp_path):
    values = whole(1100.0)
    values[:25, :10] = 12_345.0  # 250 of 10,000 cells
    tif(tmp_path / "a.tif", values)
    plan = plan_of('[layers.dem]\npath = "a.tif"\n')
    with pytest.raises(DataError, match=r"250 cells \(2.5 %\) outside, from 12345 to 12345"):
        opened(plan, "dem")
    stated = plan_of('[layers.dem]\npath = "a.tif"\nnodata = 12345\n')
    assert int((~opened(stated, "dem")[1]).sum()) == 250


@pytest.mark.parametrize("mark", [-9999.0, -32768.0, 1e20, 9999.0, -99999.0])
@pytest.mark.parametrize("nodata", [None, -1.0])
def test_known_fills_are_unknown_and_never_a_height(plan_of, tmp_path, mark, nodata):
    values = whole(1100.0)
    values[40:50, 40:50] = mark
    tif(tmp_path / "a.tif", values, nodata=nodata)
    plan = plan_of('[layers.dem]\npath = "a.tif"\n')
    heights, known = opened(plan, "dem")
    assert int((~known).sum()) == 100
    assert set(np.unique(heights[known])) == {1100.0}


def test_a_fill_inside_the_range_of_a_mean_is_a_fill_too(plan_of, tmp_path):
    values = whole(200.0)
    values[:10] = 9999.0  # no place on earth has 9,999 mm a year to the millimetre
    tif(tmp_path / "a.tif", values)
    plan = plan_of('[layers.annual_rainfall]\npath = "a.tif"\n')
    assert int((~opened(plan, "annual_rainfall")[1]).sum()) == 1000
    tif(tmp_path / "b.tif", values)
    plan = plan_of('[layers.population]\npath = "b.tif"\n')  # people may well be 9,999
    assert opened(plan, "population")[1].all()


def test_a_fill_does_not_bleed_into_its_neighbours(plan_of, tmp_path):
    values = whole(1100.0)
    values[40:50, 40:50] = -9999.0
    tif(tmp_path / "a.tif", values)
    plan = plan_of('[layers.dem]\npath = "a.tif"\n', cell_m=30.0)  # resampled
    heights, known = opened(plan, "dem")
    assert np.abs(heights[known] - 1100.0).max() < 1e-3
    assert not known.all()


def test_several_bands_are_told_and_a_named_one_is_not(plan_of, tmp_path):
    tif(tmp_path / "a.tif", np.stack([whole(1100.0), whole(7.0)]), names=("height", "error"))
    plan = plan_of('[layers.dem]\npath = "a.tif"\n')
    said = {w.code: w.text("en") for w in warnings_of(plan)}["several_bands"]
    assert "2 bands" in said
    assert "height" in said
    assert "error" in said
    plan = plan_of('[layers.dem]\npath = "a.tif"\nband = 2\n')
    assert (opened(plan, "dem")[0] == 7.0).all()
    assert "several_bands" not in {w.code for w in warnings_of(plan)}
    with pytest.raises(DataError, match="no band 3"):
        opened(plan_of('[layers.dem]\npath = "a.tif"\nband = 3\n'), "dem")


def test_a_picture_is_no_data(plan_of, tmp_path):
    rgb = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    tif(tmp_path / "a.tif", np.stack([whole(90, "uint8")] * 3), colours=rgb)
    plan = plan_of('[layers.dem]\npath = "a.tif"\n')
    with pytest.raises(DataError, match="picture"):
        opened(plan, "dem")


def test_classes_not_in_the_list_are_named_with_their_area(plan_of, tmp_path):
    values = whole(40, "uint8")
    values[:20, :20] = 37  # 400 cells of a hectare
    tif(tmp_path / "a.tif", values)
    text = '[layers.land_cover]\npath = "a.tif"\nvocabulary = "worldcover2021"\n'
    with pytest.raises(DataError, match=r"class 37 \(400 cells, about 400.0 ha\)") as err:
        opened(plan_of(text), "land_cover")
    assert "land cover" in str(err.value)
    stated = plan_of(text + "nodata = 37\n")
    assert int((~opened(stated, "land_cover")[1]).sum()) == 400


@pytest.mark.parametrize(
    ("scale", "offset", "said"),
    [
        (float("nan"), 0.0, "scale nan"),
        (0.0, 0.0, "scale 0"),
        (1.0, float("inf"), "offset inf"),
    ],
)
def test_a_scale_that_cannot_be_one_is_not_used_and_told(
    plan_of, tmp_path, scale, offset, said
):
    tif(tmp_path / "d.tif", whole(1100.0), scale=scale, offset=offset)
    plan = plan_of('[layers.dem]\npath = "d.tif"\n')
    assert opened(plan, "dem")[0] == pytest.approx(1100.0)
    found = {w.code: w.text("en") for w in warnings_of(plan)}
    assert said in found["scale_unusable"]


def test_complex_numbers_are_refused(plan_of, tmp_path):
    tif(tmp_path / "d.tif", whole(1100.0, "complex64"))
    plan = plan_of('[layers.dem]\npath = "d.tif"\n')
    with pytest.raises(DataError, match="complex64"):
        opened(plan, "dem")


def gentle():
    """Heights of 1100 to 1119.8 m."""
    return (1100.0 + 0.2 * np.indices((100, 100)).sum(axis=0) / 2).astype(np.float32)


def test_voids_filled_with_zero_are_told_with_their_area(plan_of, tmp_path):
    """20 x 20 cells of 100 m are 400 ha; nothing lies between 0 and 1100 m."""
    values = gentle()
    values[40:60, 40:60] = 0.0
    tif(tmp_path / "d.tif", values)
    found = {
        w.code: w.text("en") for w in warnings_of(plan_of('[layers.dem]\npath = "d.tif"\n'))
    }
    assert "400 cells (about 400.0 ha)" in found["zeros_apart"]
    plan = plan_of('[layers.dem]\npath = "d.tif"\nnodata = 0\n')
    assert "zeros_apart" not in {w.code for w in warnings_of(plan)}
    assert (~opened(plan, "dem")[1]).sum() == 400


def test_zeros_on_a_coast_are_heights(plan_of, tmp_path):
    """From the sea at 0 m up to 19.8 m there are all heights."""
    tif(tmp_path / "d.tif", gentle() - np.float32(1100.0))
    plan = plan_of('[layers.dem]\npath = "d.tif"\n')
    assert not {"zeros_apart", "one_value"} & {w.code for w in warnings_of(plan)}


def test_one_height_everywhere_is_told(plan_of, tmp_path):
    tif(tmp_path / "d.tif", whole(0.0))
    found = {
        w.code: w.text("en") for w in warnings_of(plan_of('[layers.dem]\npath = "d.tif"\n'))
    }
    assert "one value everywhere in the county, 0" in found["one_value"]


def test_a_scale_below_nothing_is_not_taken_for_a_unit(plan_of, tmp_path):
    tif(tmp_path / "d.tif", gentle())
    with pytest.raises(DataError) as err:
        opened(plan_of('[layers.dem]\npath = "d.tif"\nscale = -1\n'), "dem")
    assert "decimetres" not in str(err.value)


def test_classes_without_a_list_are_told_with_their_codes(plan_of, tmp_path):
    tif(tmp_path / "c.tif", np.where(np.eye(100) > 0, 37, 40).astype("uint8"))
    plan = plan_of('[layers.land_cover]\npath = "c.tif"\n')
    found = {w.code: w.text("en") for w in warnings_of(plan)}
    assert "codes 37, 40 cannot be checked" in found["classes_without_list"]
    listed = 'path = "c.tif"\nvocabulary = "worldcover2021"\n'
    with pytest.raises(DataError, match=r"37.*100 cells"):  # no class of WorldCover
        warnings_of(plan_of(f"[layers.land_cover]\n{listed}"))


def test_a_list_nobody_knows_is_refused_with_plan_and_key(plan_of):
    with pytest.raises(ConfigError, match=r"p\.toml \[layers\.land_cover\.vocabulary\]"):
        plan_of('[layers.land_cover]\npath = "c.tif"\nvocabulary = "worldcover"\n')
