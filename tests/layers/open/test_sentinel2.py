"""NDVI of Sentinel-2 scenes: offset of the baseline, clouds, several days, what is not said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geoplan.plan_file import load_plan
from gis.cells.grid import plan_grid
from gis.crs.systems import transform_points
from gis.errors import DataError
from layers.open.plan_layers import open_raster
from layers.open.sentinel2 import is_scene, scene_ndvi
from layers.plan.model import LayerSource, Plan
from tests.conftest import ROOT

N = 60
EAST, NORTH = 606_000, 4_320_000  # EPSG:32648, near 106.2 E 39.0 N
NDVI = 0.6  # reflectances 0.1 and 0.4: (0.4 - 0.1) / (0.4 + 0.1)


def write(
    path: Path, values: np.ndarray, cell: float = 10.0, east: float = EAST, **more: object
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scales = more.pop("scales", None)
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1,
        dtype=values.dtype, crs="EPSG:32648", transform=from_origin(east, NORTH, cell, cell),
        **more,
    ) as out:  # fmt: skip
        out.write(values, 1)
        if scales:
            out.scales, out.offsets = [scales[0]], [scales[1]]


def numbers(reflectance: float, offset: float) -> np.ndarray:
    return np.full((N, N), round(reflectance * 10_000 - offset), "uint16")


META = (
    '<n1:Level-2A_User_Product xmlns:n1="x"><n1:General_Info><Product_Image_Characteristics>'
    '<QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE unit="none">10000'
    "</BOA_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>{offsets}"
    "</Product_Image_Characteristics></n1:General_Info></n1:Level-2A_User_Product>"
)
OFFSETS = "".join(f'<BOA_ADD_OFFSET band_id="{i}">-1000</BOA_ADD_OFFSET>' for i in range(13))


def safe(folder: Path, *, offset: int = -1000, red: float = 0.1, nir: float = 0.4) -> Path:
    """A product folder as the agency gives it; GeoTIFF in place of JPEG 2000."""
    images = folder / "GRANULE/L2A_T48TXJ/IMG_DATA"
    name = "T48TXJ_20230812T035539"
    dark, bright = numbers(red, offset), numbers(nir, offset)
    dark[0, 0] = bright[0, 0] = 0  # no data
    dark[0, 1] = 65_535  # saturated
    write(images / f"R10m/{name}_B04_10m.tif", dark)
    write(images / f"R10m/{name}_B08_10m.tif", bright)
    write(images / f"R20m/{name}_B04_20m.tif", dark[::2, ::2], 20)
    classes = np.full((N // 2, N // 2), 4, "uint8")
    classes[10:15, 10:20] = 9  # cloud: rows 20 to 29, columns 20 to 39 of 10 m
    classes[20, 20] = 3  # its shadow
    classes[25, 25] = 5  # bare soil is seen
    write(images / f"R20m/{name}_SCL_20m.tif", classes, 20)
    list_of = f"<BOA_ADD_OFFSET_VALUES_LIST>{OFFSETS}</BOA_ADD_OFFSET_VALUES_LIST>"
    (folder / "MTD_MSIL2A.xml").write_text(META.format(offsets=list_of if offset else ""))
    return folder


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as src:
        assert src.crs.to_epsg() == 32648
        assert np.isnan(src.nodata)
        return src.read(1)


@pytest.mark.parametrize("offset", [-1000, 0], ids=["04.00", "03.01"])
def test_ndvi_of_a_product_before_and_after_the_offset(tmp_path: Path, offset: int) -> None:
    folder = safe(tmp_path / "S2A_MSIL2A_20230812.SAFE", offset=offset)
    assert is_scene(folder)
    values = read(scene_ndvi(folder))
    assert values[40, 5] == pytest.approx(NDVI, abs=1e-6)
    hidden = np.isnan(values)
    assert hidden[20:30, 20:40].all()
    assert hidden[40:42, 40:42].all()
    assert hidden[0, :2].all()
    # cloud 10 x 20 cells, shadow 2 x 2, two cells that hold no reflectance; soil is seen
    assert hidden.sum() == 200 + 4 + 2


def test_without_the_offset_the_index_would_be_lower(tmp_path: Path) -> None:
    # numbers 2000 and 5000: (5000 - 2000) / 7000 = 0.43, where 0.6 is true
    folder = safe(tmp_path / "a.SAFE")
    (folder / "MTD_MSIL2A.xml").write_text(META.format(offsets=""))
    assert read(scene_ndvi(folder))[40, 5] == pytest.approx(3 / 7, abs=1e-6)


def bands(folder: Path, offset: int = -1000, **more: object) -> Path:
    write(folder / "B04.tif", numbers(0.1, offset), **dict(more))
    write(folder / "B08.tif", numbers(0.4, offset), **dict(more))
    return folder


def item(bands_offset: float | None, **properties: object) -> str:
    said: Mapping[str, object] = {} if bands_offset is None else {"offset": bands_offset}
    asset = {"raster:bands": [{"scale": 0.0001, **said}]}
    return json.dumps({"properties": properties, "assets": {"red": asset, "nir": asset}})


def test_bands_that_say_their_scale(tmp_path: Path) -> None:
    folder = bands(tmp_path / "b", scales=(0.0001, -0.1))
    assert read(scene_ndvi(folder))[40, 5] == pytest.approx(NDVI, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        (item(-0.1), -1000),
        # the offset stands in the item though the archive has applied it
        (item(-0.1, **{"earthsearch:boa_offset_applied": True}), 0),
        (item(-0.1, **{"earthsearch:boa_offset_applied": False}), -1000),
        (item(0), 0),
    ],
)
def test_bands_beside_their_item(tmp_path: Path, text: str, offset: int) -> None:
    folder = bands(tmp_path / "b", offset)
    (folder / "item.json").write_text(text)
    assert read(scene_ndvi(folder))[40, 5] == pytest.approx(NDVI, abs=1e-6)


@pytest.mark.parametrize(
    ("baseline", "offset"), [("N0301", 0), ("N0400", -1000), ("N0510", -1000)]
)
def test_the_baseline_in_the_name(tmp_path: Path, baseline: str, offset: int) -> None:
    folder = bands(tmp_path / f"S2B_MSIL2A_20230812T035539_{baseline}_R004_T48TXJ", offset)
    assert read(scene_ndvi(folder))[40, 5] == pytest.approx(NDVI, abs=1e-6)


def _nothing_said(folder: Path) -> None:
    bands(folder)


def _broken_meta(folder: Path) -> None:
    bands(folder)
    (folder / "MTD_MSIL2A.xml").write_text("<a><b></a>")


def _swelling_meta(folder: Path) -> None:
    bands(folder)
    (folder / "MTD_MSIL2A.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


def _other_cells(folder: Path) -> None:
    bands(folder)
    (folder / "MTD_MSIL2A.xml").write_text(META.format(offsets=""))
    write(folder / "B08.tif", numbers(0.4, 0), east=EAST + 5)


def _two_scenes(folder: Path) -> None:
    bands(folder / "one")
    for file in (folder / "one").iterdir():
        file.rename(file.with_name(f"T48TXJ_1_{file.name}"))
    bands(folder / "two")


def _all_cloud(folder: Path) -> None:
    bands(folder)
    (folder / "MTD_MSIL2A.xml").write_text(META.format(offsets=""))
    write(folder / "SCL.tif", np.full((N, N), 9, "uint8"))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (_nothing_said, "offset"),
        (_broken_meta, "metadata"),
        (_swelling_meta, "document type"),
        (_other_cells, "share their cells"),
        (_two_scenes, "several scenes"),
        (_all_cloud, "hide the whole scene"),
    ],
)
def test_a_scene_that_cannot_be_read_right_is_refused(
    tmp_path: Path, make: object, word: str
) -> None:
    make(tmp_path / "s")  # type: ignore[operator]
    with pytest.raises(DataError, match=word):
        scene_ndvi(tmp_path / "s")


def plan_with(folder: Path, **layers: object) -> Plan:
    plan = load_plan(ROOT / "plans" / "pingluo.toml")
    given = {k: LayerSource.model_validate(v) for k, v in layers.items()}
    return plan.model_copy(
        update={"layers": given, "data": plan.data.model_copy(update={"root": str(folder)})}
    )


@pytest.mark.slow
def test_of_several_days_the_highest_counts(tmp_path: Path) -> None:
    # 12 August 0.6; 1 May 0.2 (0.2 and 0.3), which is seen where August has its cloud
    safe(tmp_path / "aug.SAFE")
    may = safe(tmp_path / "may.SAFE", red=0.2, nir=0.3)
    [scl] = may.rglob("*SCL_20m.tif")
    write(scl, np.full((N // 2, N // 2), 4, "uint8"), 20)
    grid = plan_grid((EAST + 100, NORTH - 500, EAST + 500, NORTH - 100), 32648, 10)
    for order in (["aug.SAFE", "may.SAFE"], ["may.SAFE", "aug.SAFE"]):
        source = {"path": [str(tmp_path / p) for p in order]}
        found = open_raster(plan_with(tmp_path, ndvi=source), "ndvi", grid)
        assert found is not None
        values, known = found
        assert known.all()
        # rows of the grid begin 10 cells, columns 10 cells in: the cloud is rows 10 to 19
        assert values[10:20, 10:30] == pytest.approx(0.2, abs=1e-5)
        assert values[30:, :10] == pytest.approx(0.6, abs=1e-5)


def test_a_folder_is_a_scene_of_no_other_layer(tmp_path: Path) -> None:
    safe(tmp_path / "aug.SAFE")
    plan = plan_with(tmp_path, dem={"path": str(tmp_path / "aug.SAFE")})
    grid = plan_grid((EAST + 100, NORTH - 500, EAST + 500, NORTH - 100), 32648, 10)
    with pytest.raises(DataError):
        open_raster(plan, "dem", grid)


# ---------------------------------------------------------------- heights as .hgt


@pytest.mark.slow
def test_voids_of_hgt_are_unknown_and_tiles_fit(tmp_path: Path) -> None:
    # 1 degree in 1,201 points, whole metres, high byte first, -32768 where nothing is known;
    # points on the edge stand in both tiles
    for lon in (106, 107):
        height = np.full((1201, 1201), 1000 + lon, ">i2")
        height[600:610, 20:30] = -32768
        (tmp_path / f"N38E{lon}.hgt").write_bytes(height.tobytes())
    plan = plan_with(tmp_path, dem={"path": str(tmp_path / "*.hgt")})
    x, y = transform_points([107.0], [38.5], "EPSG:4326", "EPSG:32648")
    grid = plan_grid((x[0] - 3000, y[0] - 3000, x[0] + 3000, y[0] + 3000), 32648, 100)
    found = open_raster(plan, "dem", grid)
    assert found is not None
    values, known = found
    assert values[5, 5] == pytest.approx(1106)
    assert values[5, -5] == pytest.approx(1107)
    # 107 + 20/1200 degrees is 1.45 km east of the middle, the void 0.73 km wide and 0.93 high
    assert not known[30:34, 46:50].any()
    assert values[known].min() > 1000
