"""Numbers in QGIS: the first band by a ramp over what it holds, not three bands as colours."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from gis.cells.grid import plan_grid
from gis.files.export.raster import write_number_cog
from gis.files.write_raster import write_cog

GRID = plan_grid((500_000, 4_300_000, 501_000, 4_301_000), 4544, 10)
RAMP = ("#7f3b08", "#f7f7f7", "#2d004b")


def number_raster(folder, low, high):
    values = np.full((4, *GRID.shape), np.nan, np.float32)
    values[0, 0, :2] = low, high
    values[1:] = 1e6
    names = ["a", "b", "c", "d"]
    return write_cog(
        folder / "a.tif", values, GRID, dtype="float32", nodata=np.nan, descriptions=names
    )


@pytest.mark.parametrize(("symmetric", "span"), [(False, (-1.0, 4.0)), (True, (-4.0, 4.0))])
def test_the_ramp_goes_over_the_first_band(tmp_path, symmetric, span):
    source = number_raster(tmp_path, -1.0, 4.0)
    path = write_number_cog(source, tmp_path / "out.tif", ramp=RAMP, symmetric=symmetric)
    (renderer,) = ET.parse(path.with_suffix(".qml")).getroot().iter("rasterrenderer")
    assert (renderer.get("type"), renderer.get("band")) == ("singlebandpseudocolor", "1")
    items = [(float(i.get("value")), i.get("color")) for i in renderer.iter("item")]
    middle = sum(span) / 2
    assert items == list(zip((span[0], middle, span[1]), RAMP, strict=True))


def test_one_value_has_no_ramp(tmp_path):
    source = number_raster(tmp_path, 2.0, 2.0)
    path = write_number_cog(source, tmp_path / "out.tif", ramp=RAMP)
    assert not path.with_suffix(".qml").exists()
