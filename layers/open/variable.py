"""A named variable of a NetCDF file or a Zarr store as a raster."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from gis.errors import DataError
from gis.files.given import foreign, given_file
from gis.files.look.rasters import RasterLook
from gis.files.look.tables import declared_system
from gis.say import listed, say
from gis.tiles.grid_file import write_grid
from layers.plan.model import LayerSource
from layers.provenance import file_mark
from layers.sample import cache_folder
from layers.weather.cutout import open_cutout

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["check_one_variable", "variable_file", "variable_looks"]

_X = ("x", "lon", "longitude", "easting")
_Y = ("y", "lat", "latitude", "northing")
_STEPS_MAX = 366  # days of a year
_CELLS = 192  # along an edge that are looked at
_DEGREES = frozenset({"degrees_north", "degree_north", "degrees_n", "degree_n"})


def variable_file(path: Path, source: LayerSource) -> Path:
    """The raster of a variable, kept in the cache until the file changes.

    Parameters
    ----------
    path : Path
        A NetCDF file or a Zarr store.
    source : LayerSource
        Its `variable`, which a file of one need not be told; `crs` is of a file that declares
        none. The steps of a third axis, such
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
    names = _gridded(data)
    chosen = source.variable or (names[0] if len(names) == 1 else "")
    where = f"{path.name} {chosen}".strip()
    if not chosen:
        raise _not_named(path, names)
    if chosen not in data.data_vars:
        raise DataError(
            say("layers.open.no_such_variable"),
            where=path.name,
            got=chosen,
            expected=listed(sorted(map(str, data.data_vars))),
        )
    table = data[chosen]
    x, y = _dim(table, _X, where), _dim(table, _Y, where)
    rest = [d for d in table.dims if d not in (x, y)]
    steps = [d for d in rest if table.sizes[d] > 1]
    if len(steps) > 1 or table.sizes.get(steps[0] if steps else "", 1) > _STEPS_MAX:
        raise DataError(
            say("layers.open.variable_has_too_many_steps", most=_STEPS_MAX),
            where=where,
            got=listed(f"{d} {table.sizes[d]}" for d in rest),
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


def _gridded(data: xr.Dataset) -> list[str]:
    """Variables that lie on two axes of places."""
    return sorted(
        str(n)
        for n, v in data.data_vars.items()
        if all(any(str(d).lower() in names for d in v.dims) for names in (_X, _Y))
    )


def _not_named(path: Path, names: list[str]) -> DataError:
    return DataError(
        say("layers.open.variable_not_named"),
        where=path.name,
        expected=listed(names) if names else say("layers.open.variable_on_two_axes"),
        todo=say("layers.open.name_variable"),
    )


def check_one_variable(path: Path) -> None:
    """Refuse a NetCDF file of several variables of which none was named.

    Raises
    ------
    DataError
        With the variables there are.
    """
    names = _names_of(path, file_mark(path))
    if len(names) > 1:
        raise _not_named(path, list(names))


@lru_cache(maxsize=64)
def _names_of(path: Path, mark: int) -> tuple[str, ...]:
    del mark  # only part of the cache key
    with foreign(say("gis.files.file_cannot_read_raster"), str(path)):
        data = open_cutout(path, "netcdf")
        with contextlib.closing(data):
            return tuple(_gridded(data))


def variable_looks(path: Path) -> tuple[tuple[str, RasterLook], ...]:
    """Each variable of a NetCDF file or a Zarr store that may be a raster, by a few cells.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of (name, RasterLook)
        Without variables whose places are not even or that have too many steps.
    """
    given_file(path)
    out = []
    with foreign(say("gis.files.file_cannot_read_raster"), str(path)):
        data = open_cutout(path, "zarr" if path.is_dir() else "netcdf")
        with contextlib.closing(data):
            for name in _gridded(data):
                look = _look(data, data[name], name)
                if look is not None:
                    out.append((name, look))
    return tuple(out)


def _look(data: xr.Dataset, table: xr.DataArray, name: str) -> RasterLook | None:
    try:
        x, y = _dim(table, _X, name), _dim(table, _Y, name)
    except DataError:
        return None
    rest = [d for d in table.dims if d not in (x, y)]
    steps = [table.sizes[d] for d in rest if table.sizes[d] > 1]
    across, up = (_ends(table[d].to_numpy()) for d in (x, y))
    numeric = np.issubdtype(table.dtype, np.number)
    if not numeric or len(steps) > 1 or max(steps, default=1) > _STEPS_MAX:
        return None
    if across is None or up is None:
        return None
    thin = {d: slice(None, None, 1 + table.sizes[d] // _CELLS) for d in (x, y)}
    values = np.asarray(
        table.isel(dict.fromkeys(rest, 0)).isel(thin).to_numpy(), dtype=np.float64
    )
    (west, east), (south, north) = across, up
    return RasterLook(
        count=max(steps, default=1),
        dtype=str(table.dtype),
        crs=declared_system(_declared(data, table, y)),
        bounds=(west, south, east, north),
        cell=(east - west) / table.sizes[x],
        values=values[np.isfinite(values)],
        unit=str(table.attrs.get("units", "")),
        description=str(table.attrs.get("long_name", "")),
    )


def _ends(places: npt.NDArray[np.generic]) -> tuple[float, float] | None:
    """Outer edges of the cells around even places; None where they are not even."""
    if not np.issubdtype(places.dtype, np.number) or places.size < 2:
        return None
    numbers = places.astype(np.float64)
    steps = np.diff(numbers)
    if not np.isfinite(numbers).all() or not np.allclose(steps, steps[0], rtol=1e-2):
        return None
    half = abs(float(steps[0])) / 2
    return float(numbers.min()) - half, float(numbers.max()) + half


def _dim(table: xr.DataArray, names: tuple[str, ...], where: str) -> Hashable:
    for dim in table.dims:
        if str(dim).lower() in names and dim in table.coords:
            return dim
    raise DataError(
        say("layers.open.variable_no_raster"),
        where=where,
        got=listed(map(str, table.dims)),
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
