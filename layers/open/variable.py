"""A named variable of a NetCDF file or a Zarr store as a raster."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING

from gis.errors import DataError
from gis.files.given import foreign, given_file
from gis.say import listed, say
from gis.tiles.grid_file import write_grid
from layers.plan.model import LayerSource
from layers.provenance import file_mark
from layers.sample import cache_folder
from layers.weather.cutout import open_cutout

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["variable_file"]

_X = ("x", "lon", "longitude", "easting")
_Y = ("y", "lat", "latitude", "northing")
_STEPS_MAX = 366  # days of a year
_DEGREES = frozenset({"degrees_north", "degree_north", "degrees_n", "degree_n"})


def variable_file(path: Path, source: LayerSource) -> Path:
    """The raster of a variable, kept in the cache until the file changes.

    Parameters
    ----------
    path : Path
        A NetCDF file or a Zarr store.
    source : LayerSource
        Its `variable`; `crs` is of a file that declares none. The steps of a third axis, such
        as months, are the bands.

    Raises
    ------
    DataError
        A variable the file does not have, that is no raster or has too many steps, or no
        coordinate system.
    """
    given_file(path)
    store = path.is_dir()
    marks = sorted(p for p in path.rglob("*") if p.is_file()) if store else [path]
    key = [(str(p), file_mark(p)) for p in marks]
    of = repr([key, source.variable, source.crs])
    out = cache_folder() / "variables" / f"{hashlib.sha256(of.encode()).hexdigest()[:24]}.tif"
    if not out.is_file():
        with foreign(say("gis.files.file_cannot_read_raster"), str(path)):
            data = open_cutout(path, "zarr" if store else "netcdf")
            with contextlib.closing(data):
                _write(data, path, source, out)
    return out


def _write(data: xr.Dataset, path: Path, source: LayerSource, out: Path) -> None:
    where = f"{path.name} {source.variable}"
    if source.variable not in data.data_vars:
        raise DataError(
            say("layers.open.no_such_variable"),
            where=path.name,
            got=source.variable,
            expected=listed(sorted(map(str, data.data_vars))),
        )
    table = data[source.variable]
    x, y = _dim(table, _X, where), _dim(table, _Y, where)
    rest = [d for d in table.dims if d not in (x, y)]
    steps = [d for d in rest if table.sizes[d] > 1]
    if len(steps) > 1 or table.sizes.get(steps[0] if steps else "", 1) > _STEPS_MAX:
        raise DataError(
            say("layers.open.variable_has_too_many_steps", most=_STEPS_MAX),
            where=where,
            got=", ".join(f"{d} {table.sizes[d]}" for d in rest),
        )
    flat = table.isel({d: 0 for d in rest if d not in steps})
    values = flat.transpose(*steps, y, x).to_numpy()
    values = values.reshape(-1, *values.shape[-2:])
    crs = source.crs or _declared(data, table, y)
    if not crs:
        raise DataError(
            say("gis.files.no_coordinate_system_declared"),
            where=where,
            todo=say("layers.open.name_crs"),
        )
    write_grid(out, table[x].to_numpy(), table[y].to_numpy(), values, crs=crs, where=where)


def _dim(table: xr.DataArray, names: tuple[str, ...], where: str) -> Hashable:
    for dim in table.dims:
        if str(dim).lower() in names and dim in table.coords:
            return dim
    raise DataError(
        say("layers.open.variable_no_raster"),
        where=where,
        got=", ".join(map(str, table.dims)),
        expected=listed(names),
    )


def _declared(data: xr.Dataset, table: xr.DataArray, y: Hashable) -> str:
    """The coordinate system a file declares by the CF conventions; degrees are WGS 84."""
    name = str(table.attrs.get("grid_mapping") or table.encoding.get("grid_mapping") or "")
    for holder in (name, "spatial_ref", "crs"):
        if holder and holder in data.variables:
            attrs = data[holder].attrs
            if text := str(attrs.get("crs_wkt") or attrs.get("spatial_ref") or ""):
                return text
    return "EPSG:4326" if str(table[y].attrs.get("units", "")).lower() in _DEGREES else ""
