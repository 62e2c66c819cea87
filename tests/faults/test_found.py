"""Files that once ended badly and cannot be said as a row of the fault table.

A good file with one thing changed is a row of ``tests/faults/table/found.toml``.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from gis.errors import GeoplanError
from tests.faults.readers import READERS
from tests.faults.seeds import SEEDS


@pytest.mark.slow  # two of them start a process
@pytest.mark.parametrize("reader", sorted(SEEDS))
def test_the_good_file_is_read(tmp_path, reader):
    assert READERS[reader](SEEDS[reader][0](tmp_path)) == ""


def test_a_parquet_without_geometry_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    with pytest.raises(GeoplanError, match=r"a\.parquet"):
        READERS["parquet"](path)


def test_a_workbook_with_a_damaged_member_is_refused(tmp_path):
    path = SEEDS["xlsx"][0](tmp_path)
    with zipfile.ZipFile(path) as book:
        at = next(i for i in book.infolist() if "sheet1" in i.filename).header_offset
    raw = bytearray(path.read_bytes())
    raw[at + 90 : at + 130] = b"\xff" * 40
    path.write_bytes(bytes(raw))
    with pytest.raises(GeoplanError, match=r"a\.xlsx"):
        READERS["xlsx"](path)


def test_a_polygon_that_crosses_only_in_the_plan_system_is_mended(tmp_path):
    # valid in degrees; in the plane a vertex beside an edge lies on its other side
    from siting.check.outline import read_outline
    from tests.faults.readers import _plan

    make, _ = SEEDS["csv_deg"]
    path = make(tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    a = [line.split(",") for line in lines[1:3]]
    lon = [float(r[3]) for r in a]
    lat = [float(r[4]) for r in a]
    # three points on one edge, to the last digit
    mids = [
        f"P0,0,M{k},{lon[0] + (lon[1] - lon[0]) * t:.17g},{lat[0] + (lat[1] - lat[0]) * t:.17g}"
        for k, t in enumerate((0.3, 0.6, 0.3000001))
    ]
    path.write_text("\n".join([*lines[:2], *mids, *lines[2:]]), encoding="utf-8")
    found = read_outline(path, _plan())
    assert isinstance(found.parcels, gpd.GeoDataFrame)
    assert found.parcels.geometry.is_valid.all()
    # the good parcels: 20 ha, and 100 ha less a hole of 4 ha
    assert found.parcels.geometry.area.sum() / 1e4 == pytest.approx(116.0, rel=1e-3)


def test_readers_are_read_from_files_that_are_there(tmp_path):
    for reader in ("plan", "geojson", "tif", "epw", "turbines", "rose"):
        with pytest.raises(GeoplanError):
            READERS[reader](Path(tmp_path / "none.x"))
