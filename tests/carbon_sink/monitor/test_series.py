"""Dates of a series: what each is read for, and what is written of it."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from shapely.affinity import translate

from carbon_sink.asked.data import carbon_data
from carbon_sink.step_monitor import monitor_step
from gis.cells.grid import plan_grid
from gis.files.write import write_cog
from tests.carbon_sink.conftest import CRS, X0, Y0, parcels, quiet, write_plan


def test_vegetation_cover_is_written_once_a_date(tmp_path):
    """Two dates of NDVI beside parcels and two land covers: two maps and their difference."""
    grid = plan_grid((X0, Y0, X0 + 4000, Y0 + 3000), CRS, 100)
    for name, ndvi in (("ndvi", 0.31), ("ndvi_2015", 0.18)):
        values = np.full((30, 40), ndvi, np.float32)
        write_cog(tmp_path / f"{name}.tif", values, grid, dtype="float32", nodata=-9.0)
    cover = np.full((30, 40), 30, np.uint8)
    for name in ("now", "base"):
        write_cog(tmp_path / f"{name}.tif", cover, grid, dtype="uint8", nodata=0)
    layers = "".join(
        f'[layers.{k}]\npath = "{n}.tif"\nvocabulary = "worldcover2021"\n'
        for k, n in (("land_cover", "now"), ("land_cover_base", "base"))
    )
    plan = write_plan(
        tmp_path,
        f'[layers.ndvi]\npath = "ndvi.tif"\n{layers}',
        "[carbon]\nyear = 2023\nbase_year = 2020\n[carbon.fvc]\nsoil = 0.05\n"
        'vegetation = 0.70\nsource = "test"\n[[monitor.series]]\nlayer = "ndvi"\nyear = 2015\n'
        'path = "ndvi_2015.tif"\nsource = "s"\n',
    )
    r = monitor_step(plan, tmp_path, quiet)
    found = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("fvc*.tif"))
    assert found == [
        "fvc_change_2015_2023.tif",
        "monitor/ndvi_2015/fvc.tif",
        "monitor/ndvi_2023/fvc.tif",
    ]
    # (0.31 - 0.05) / 0.65 - (0.18 - 0.05) / 0.65 = 0.4 - 0.2
    with rasterio.open(r.rasters["fvc_change_2015_2023"]) as change:
        assert change.read(1)[15, 20] == pytest.approx(0.2, abs=1e-6)
    table = r.tables["monitor_series"].set_index(["indicator", "caliber", "year"])["value"]
    assert table.loc["grass_cover", "ndvi_proxy", 2023] == pytest.approx(40.0, abs=0.5)
    assert table.loc["grass_cover", "ndvi_proxy", 2015] == pytest.approx(20.0, abs=0.5)
    # 100 of 1,200 ha are arbor: one parcel of twelve
    assert table.loc["forest_cover", "integrated", 2023] == pytest.approx(100 / 12, rel=1e-4)


def test_what_is_told_of_the_layer_of_a_date_reaches_the_doors_of_the_run(tmp_path):
    """Parcels of 2015: one lies to a half outside of the county, which is 50 of its 100 ha."""
    earlier = parcels()
    earlier.loc[11, "geometry"] = translate(earlier.geometry[11], 500.0)
    earlier.to_file(tmp_path / "p2015.gpkg", layer="p")
    series = (
        '[carbon]\nyear = 2023\n[[monitor.series]]\nlayer = "land_parcels"\nyear = 2015\n'
        'path = "p2015.gpkg"\nsource = "s"\n'
    )
    plan = write_plan(tmp_path, more=series)
    step = [w for w in monitor_step(plan, tmp_path, quiet).warnings
            if w.where == "[[monitor.series]] 1"]  # fmt: skip
    doctor = [w for w in carbon_data(plan, whole=True).warnings
              if w.where == "[[monitor.series]] 1"]  # fmt: skip
    for told in (step, doctor):
        assert told
        assert all(" of 2015: " in w.text("en") for w in told)
        texts = {w.code: w.text("en") for w in told}
        assert "50.00 ha outside" in texts["outside_county"]
        # 11.5 of 12 parcels are left
        assert "95.83 %" in texts["covers_part"]
    assert {w.code for w in doctor} <= {w.code for w in step}
