"""A raster that is refused does not stay where the next call would take it for data."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import rasterio

from gis.errors import DataError
from layers.fetch.bring_piece import _check_content


@pytest.mark.parametrize("source", ["worldcover", "stac"])
@pytest.mark.parametrize(("kind", "bands"), [("complex64", 1), ("float32", 2)])
def test_what_is_refused_is_gone(tmp_path, source, kind, bands):
    """Complex numbers (of radar) are no values; two bands are none where one is meant."""
    file = tmp_path / "a.tif"
    facts = {"driver": "GTiff", "width": 4, "height": 4, "count": bands, "dtype": kind}
    place = rasterio.transform.from_origin(106.0, 39.0, 0.1, 0.1)
    with rasterio.open(file, "w", crs="EPSG:4326", transform=place, **facts) as out:
        out.write(np.ones((bands, 4, 4), dtype=kind))
    piece = SimpleNamespace(
        box_ll=(106.0, 38.6, 106.4, 39.0),
        source=SimpleNamespace(id=source),
        url="http://data.example/a.tif",
    )
    if source == "stac" and bands == 2:
        _check_content(piece, file)
        assert file.exists()
        return
    with pytest.raises(DataError):
        _check_content(piece, file)
    assert not file.exists()
