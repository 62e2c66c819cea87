"""A named variable of NetCDF and Zarr as a layer: place, direction, steps, what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr

from geoplan.plan_file import load_plan
from gis.cells.grid import plan_grid
from gis.crs.systems import transform_points
from gis.errors import DataError
from layers.open.plan_layers import open_raster
from layers.open.variable import variable_file, variable_looks
from layers.plan.model import LayerSource
from tests.conftest import ROOT

LAT, LON = np.linspace(38.0, 39.9, 20), np.linspace(106.0, 106.9, 10)  # 0.1 degree, centres


def data(*, north_first: bool = False, units: str = "degrees_north") -> xr.Dataset:
    lat = LAT[::-1] if north_first else LAT
    # 1000 + 100 (lat - 38) + (lon - 106), so that a value is known by hand
    plane = 1000 + 100 * (lat[:, None] - 38) + (LON[None, :] - 106)
    plane[5, 5] = np.nan
    months = np.stack([plane, plane + 1])
    out = xr.Dataset(
        {
            "ghi": (("lat", "lon"), plane),
            "monthly": (("month", "lat", "lon"), months),
            "place": ("lat", lat),
        },
        coords={"lat": lat, "lon": LON},
    )
    out["lat"].attrs["units"] = units
    return out


@pytest.mark.slow
@pytest.mark.parametrize("north_first", [True, False])
@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
@pytest.mark.parametrize(("variable", "band", "more"), [("ghi", 1, 0), ("monthly", 2, 1)])
def test_values_lie_where_the_coordinates_say(
    tmp_path: Path, suffix: str, north_first: bool, variable: str, band: int, more: float
) -> None:
    file = tmp_path / f"a{suffix}"
    made = data(north_first=north_first)
    made.to_netcdf(file, engine="scipy") if suffix == ".nc" else made.to_zarr(file)
    plan = load_plan(ROOT / "plans" / "pingluo.toml")
    source = LayerSource(path=str(file), variable=variable, band=band)
    plan = plan.model_copy(update={"layers": {"ghi": source}})
    x, y = transform_points([106.3], [38.9], "EPSG:4326", "EPSG:4544")
    grid = plan_grid((x[0] - 300, y[0] - 300, x[0] + 300, y[0] + 300), 4544, 100)
    found = open_raster(plan, "ghi", grid)
    assert found is not None
    values, known = found
    assert known.all()
    # the middle of a cell: 1000 + 90 + 0.3; 0.3 km are 0.003 degrees or 0.3 of the value
    assert values == pytest.approx(1090.3 + more, abs=0.5)


@pytest.mark.parametrize(
    ("change", "variable", "word"),
    [
        ({}, "dni", "no such variable"),
        ({}, "", "expected ghi, monthly"),
        ({}, "place", "no raster"),
        ({"units": "m"}, "ghi", "coordinate system"),
    ],
)
def test_a_variable_that_is_none_is_told(
    tmp_path: Path, change: dict[str, str], variable: str, word: str
) -> None:
    file = tmp_path / "a.nc"
    data(**change).to_netcdf(file, engine="scipy")  # type: ignore[arg-type]
    with pytest.raises(DataError, match=word):
        variable_file(file, LayerSource(path=str(file), variable=variable))


def test_uneven_coordinates_make_no_raster(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    made = data().isel(lat=[0, 1, 3, 4, 8])
    made.to_netcdf(file, engine="scipy")
    with pytest.raises(DataError, match="equal steps"):
        variable_file(file, LayerSource(path=str(file), variable="ghi"))


def test_a_file_that_is_no_netcdf_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    file.write_bytes(b"<html>")
    with pytest.raises(DataError, match=r"a\.nc"):
        variable_file(file, LayerSource(path=str(file), variable="ghi"))


@pytest.mark.parametrize("store", ["a.nc", "a.zarr"])
def test_a_layer_of_a_file_of_several_variables_says_which_there_are(
    tmp_path: Path, store: str
) -> None:
    file = tmp_path / store
    data().to_netcdf(file, engine="scipy") if file.suffix == ".nc" else data().to_zarr(file)
    plan = load_plan(ROOT / "plans" / "pingluo.toml")
    plan = plan.model_copy(update={"layers": {"ghi": LayerSource(path=str(file))}})
    # `place` lies on one axis only
    wanted = "several variables and none is named; expected ghi, monthly"
    with pytest.raises(DataError, match=wanted):
        open_raster(plan, "ghi", plan_grid((5e5, 43e5, 501e3, 4301e3), 4544, 100))


def test_the_only_raster_of_a_store_needs_no_name(tmp_path: Path) -> None:
    file = tmp_path / "a.zarr"
    data()[["ghi", "place"]].to_zarr(file)
    with rasterio.open(variable_file(file, LayerSource(path=str(file)))) as src:
        # the first row is the northernmost, 39.9 N: 1000 + 100 * 1.9 + 0
        assert src.read(1)[0, 0] == pytest.approx(1190.0)


def test_variables_are_looked_at_by_their_coordinates(tmp_path: Path) -> None:
    file = tmp_path / "a.nc"
    data().to_netcdf(file, engine="scipy")
    found = dict(variable_looks(file))
    assert sorted(found) == ["ghi", "monthly"]
    # centres 38.0 to 39.9 and 106.0 to 106.9, cells of a tenth of a degree: half of one around
    assert found["ghi"].bounds == pytest.approx((105.95, 37.95, 106.95, 39.95))
    assert (found["ghi"].crs, found["monthly"].count) == ("EPSG:4326", 2)
    # degrees said by nobody, uneven places: no raster, and no error
    uneven = tmp_path / "b.nc"
    data().isel(lat=[0, 1, 3, 4, 8]).to_netcdf(uneven, engine="scipy")
    assert variable_looks(uneven) == ()
