"""Colours of an exported raster are those of the map, the paper and the QGIS of the run."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from geoplan.export.rasters import write_rasters
from gis.cells.grid import plan_grid
from gis.files.write_raster import write_cog

GRID = plan_grid((500_000, 4_300_000, 501_000, 4_301_000), 4544, 10)  # 100 x 100 cells


def _ends(tmp_path, name, values):
    source = write_cog(
        tmp_path / f"{name}.tif",
        values.astype(np.float32),
        GRID,
        dtype="float32",
        nodata=np.nan,
    )
    (written,) = write_rasters(tmp_path, {name: source}, tmp_path / "out", lang="zh")
    style = written.with_suffix(".qml")
    if not style.exists():
        return None
    (shader,) = ET.parse(style).getroot().iter("colorrampshader")
    return float(shader.get("minimumValue")), float(shader.get("maximumValue"))


def test_ends_of_a_change_leave_out_land_that_did_not_change_and_one_far_cell(tmp_path):
    values = np.zeros(GRID.shape)
    values.flat[:1000] = np.arange(1.0, 1001.0)
    values.flat[999] = 9_999.0
    # of 1..999 and 9,999 in order, the 98th of a hundred parts is at 0.98 x 999 = 979.02
    assert _ends(tmp_path, "carbon_change", values) == pytest.approx((-980.02, 980.02))


def test_one_value_has_no_ramp_and_an_unknown_raster_has_one(tmp_path):
    (tmp_path / "b").mkdir()
    assert _ends(tmp_path, "own", np.full(GRID.shape, 2.0)) is None
    cells = np.arange(10_000.0).reshape(GRID.shape)
    # of 0..9,999: 0.02 x 9,999 and 0.98 x 9,999
    assert _ends(tmp_path / "b", "own", cells) == pytest.approx((199.98, 9799.02))
