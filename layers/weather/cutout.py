"""Gridded reanalysis cutouts (NetCDF, Zarr): the series of one point or of every node."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.errors import DataError
from gis.files.archive import check_hdf5, netcdf_engine
from gis.foreign import foreign_reason
from gis.say import listed, say
from layers.weather.raw import RawWeather
from layers.weather.schema import WeatherSource, canonical_column, fixed_offset
from layers.weather.units import convert

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["open_cutout", "parse_cutout"]

# variable -> (canonical column, unit when the file does not say it)
_VARIABLES = {
    "ssrd": ("ghi_w_m2", "J/m2"),
    "ssrd_t_adj": ("ghi_w_m2", "W/m2"),
    "influx_global": ("ghi_w_m2", "W/m2"),
    "t2m": ("temp_air_c", "K"),
    "temperature": ("temp_air_c", "K"),
    "d2m": ("temp_dew_c", "K"),
    "sp": ("pressure_pa", "Pa"),
    "fsr": ("roughness_m", "m"),
    "roughness": ("roughness_m", "m"),
    "fal": ("albedo_frac", ""),
    "albedo": ("albedo_frac", ""),
    "sd": ("snow_depth_m", "m"),
    "ws10": ("wind_speed_m_s", "m/s"),
    "wd10": ("wind_direction_deg", "deg"),
    "ws100": ("wind_speed_100m_m_s", "m/s"),
    "wd100": ("wind_direction_100m_deg", "deg"),
    "wnd100m": ("wind_speed_100m_m_s", "m/s"),
}
# beam on the horizontal plane; DHI is the rest of GHI
_BEAM_HORIZONTAL = ("fdir", "fdir_t_adj", "influx_direct")
_VECTORS = (
    ("u10", "v10", "wind_speed_m_s", "wind_direction_deg"),
    ("u100", "v100", "wind_speed_100m_m_s", "wind_direction_100m_deg"),
)


def open_cutout(path: Path, kind: str, variables: frozenset[str] | None = None) -> xr.Dataset:
    """The dataset at `path`: a Zarr store, a NetCDF file, a folder of them or a pattern.

    Parameters
    ----------
    path : Path
    kind : {"netcdf", "zarr"}
    variables : frozenset of str, optional
        Only these variables.

    Raises
    ------
    DataError
        When nothing is there, or files do not share one grid and clock.
    """
    import xarray as xr

    if kind == "zarr":
        try:
            data = xr.open_zarr(path, chunks=None)
        except (OSError, ValueError, KeyError) as err:
            raise DataError(
                say("layers.weather.not_zarr_store"),
                where=str(path),
                got=foreign_reason(err),
            ) from err
        store: xr.Dataset = data if variables is None else data[sorted(variables & set(data))]
        return store
    if path.is_dir():
        files = sorted(path.glob("*.nc"))
    elif "*" in path.name:
        files = sorted(path.parent.glob(path.name))
    else:
        files = [path]
    if not files or not files[0].exists():
        raise DataError(
            say("layers.weather.no_netcdf_file"),
            where=str(path),
            todo=say("layers.weather.check_path"),
        )
    parts: list[xr.Dataset] = []
    for f in files:
        try:
            check_hdf5(f, f.name)
            # the library of NetCDF itself ends the process over damaged files
            part = xr.open_dataset(f, engine=netcdf_engine(f))
        except (OSError, ValueError, TypeError) as err:  # TypeError: no NetCDF at all
            raise DataError(
                say("layers.weather.not_netcdf_file"),
                where=f.name,
                got=foreign_reason(err),
            ) from err
        parts.append(part if variables is None else part[[v for v in part if v in variables]])
    try:
        merged: xr.Dataset = xr.merge(parts, join="exact", compat="no_conflicts")
    except (ValueError, xr.MergeError) as err:
        raise DataError(
            say("layers.weather.files_do_not_share_one"),
            where=str(path),
            got=foreign_reason(err),
        ) from err
    return merged


def _axes(data: xr.Dataset, path: Path) -> tuple[str, str, str]:
    def pick(*names: str) -> str:
        for n in names:
            if n in data.coords or n in data.dims:
                return n
        raise DataError(
            say("layers.weather.coordinate_missing"),
            where=str(path),
            got=listed(map(str, data.coords)),
            expected=say("layers.weather.either", names=listed(names)),
        )

    return (
        pick("time", "valid_time"),
        pick("latitude", "lat", "y"),
        pick("longitude", "lon", "x"),
    )


def _without_versions(data: xr.Dataset, axes: tuple[str, ...], path: Path) -> xr.Dataset:
    """Final and preliminary values of ERA5 (``expver``) as one: the first that is known.

    Raises
    ------
    DataError
        For another dimension with more than one place: members of an ensemble, levels.
    """
    for name in map(str, data.dims):
        if name in axes:
            continue
        if data.sizes[name] == 1:
            data = data.isel({name: 0}, drop=True)
        elif name == "expver":
            parts = [data.isel({name: i}, drop=True) for i in range(data.sizes[name])]
            data = parts[0]
            for later in parts[1:]:
                data = data.fillna(later)
        else:
            raise DataError(
                say("layers.weather.one_more_dimension"),
                where=str(path),
                got=f"{name} ({data.sizes[name]})",
                expected=listed(axes),
                todo=say("layers.weather.choose_one_of_dimension"),
            )
    return data


def _on_one_clock(data: xr.Dataset, time: str, path: Path) -> xr.Dataset:
    """The data on the calendar of clocks; years without leap days lack 29 February.

    Raises
    ------
    DataError
        For a calendar whose days are not those of a year.
    """
    if np.issubdtype(data[time].dtype, np.datetime64):
        return data
    try:
        calendar = str(data[time].dt.calendar)
    except (AttributeError, TypeError):
        calendar = str(data[time].dtype)
    if calendar not in ("noleap", "365_day", "standard", "gregorian", "proleptic_gregorian"):
        raise DataError(
            say("layers.weather.another_calendar"),
            where=f"{path} {time}",
            got=calendar,
            expected="standard, noleap",
        )
    return data.convert_calendar("standard", dim=time, use_cftime=False)


def parse_cutout(path: Path, source: WeatherSource, kind: str) -> RawWeather:
    """The series of the node nearest to the source's lon and lat.

    Raises
    ------
    DataError
        When the point is missing or lies outside the cutout.
    """
    data = open_cutout(path, kind)
    t, y, x = _axes(data, path)
    data = _on_one_clock(_without_versions(data, (t, y, x), path), t, path)
    if source.lon is None or source.lat is None:
        raise DataError(
            say("layers.weather.cutout_needs_point_take"),
            where=str(path),
            todo=say("layers.weather.give_weather_lon_weather_lat"),
        )
    lats, lons = data[y].to_numpy().astype(float), data[x].to_numpy().astype(float)
    lon = source.lon + 360.0 if lons.min() >= 0 and source.lon < 0 else source.lon
    half_y = abs(lats[1] - lats[0]) / 2 if len(lats) > 1 else 0.5
    half_x = abs(lons[1] - lons[0]) / 2 if len(lons) > 1 else 0.5
    outside_y = not lats.min() - half_y <= source.lat <= lats.max() + half_y
    if outside_y or not lons.min() - half_x <= lon <= lons.max() + half_x:
        raise DataError(
            say("layers.weather.point_lies_outside_cutout"),
            where=str(path),
            got=say("layers.weather.lon_lat", lon=source.lon, lat=source.lat),
            expected=say(
                "layers.weather.lon_lat_range",
                west=lons.min(),
                east=lons.max(),
                south=lats.min(),
                north=lats.max(),
            ),
        )
    point = data.sel({y: source.lat, x: lon}, method="nearest")
    stamp = pd.DatetimeIndex(point[t].to_numpy())
    offset = fixed_offset(source.tz, str(path)) if source.tz else 0.0
    table = _columns(point, source, path)
    hours_end = "ssrd" in data and "processed" not in str(path)
    return RawWeather(
        pd.DataFrame(table, index=stamp.tz_localize("UTC") - pd.Timedelta(hours=offset)),
        "end" if hours_end else "instant",
        float(round(source.lon / 15.0)),
        float(point[x]) if lon == source.lon else float(point[x]) - 360.0,
        float(point[y]),
        None,
        source=f"{kind} cutout {path.name}",
        wind_height_m=10.0,
        notes=("node",) if source.label else ("node", "label_assumed"),
    )


def _columns(point: xr.Dataset, source: WeatherSource, path: Path) -> dict[str, np.ndarray]:
    out: dict[str, np.ndarray] = {}

    def values(variable: str) -> np.ndarray:
        return np.asarray(point[variable].to_numpy(), dtype=np.float64)

    def take(name: str, variable: str, default: str) -> None:
        unit = (
            source.units.get(name, "") or str(point[variable].attrs.get("units", "")) or default
        )
        unit = "" if unit in {"(0 - 1)", "0-1", "~"} else unit
        out[name] = convert(values(variable), name, unit, f"{path.name} {variable}")

    for name, variable in source.columns.items():
        if not canonical_column(name) or variable not in point:
            raise DataError(
                say("layers.weather.column_map_names_something_not"),
                where=path.name,
                got=f"{name} = {variable}",
                expected=listed(map(str, point.data_vars)),
            )
        take(name, variable, "")
    for variable, (name, default) in _VARIABLES.items():
        if variable in point and name not in out:
            take(name, variable, default)
    for u, v, speed, direction in _VECTORS:
        if u in point and v in point and speed not in out:
            east, north = values(u), values(v)
            out[speed] = np.hypot(east, north)
            out[direction] = np.rad2deg(np.arctan2(-east, -north)) % 360.0
    if "influx_diffuse" in point and "influx_direct" in point and "ghi_w_m2" not in out:
        out["ghi_w_m2"] = values("influx_diffuse") + values("influx_direct")
        out["dhi_w_m2"] = values("influx_diffuse")
    if "ghi_w_m2" in out and "dhi_w_m2" not in out:
        for variable in _BEAM_HORIZONTAL:
            if variable in point:
                unit = str(point[variable].attrs.get("units", "")) or "J/m2"
                beam = convert(values(variable), "ghi_w_m2", unit, path.name)
                out["dhi_w_m2"] = np.maximum(out["ghi_w_m2"] - beam, 0.0)
                break
    return out
