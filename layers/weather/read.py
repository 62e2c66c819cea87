"""Weather from a file, on the one schema, checked and made fit for yield models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from gis.errors import DataError, Fault, raise_faults
from gis.say import say
from gis.toml import read_toml
from layers.result import Warn
from layers.weather.check import Finding, check_weather, light_faults
from layers.weather.clean import cleaned_table, without_dead_wind
from layers.weather.decompose import decompose
from layers.weather.edge import place_faults
from layers.weather.formats import parse
from layers.weather.regular import check_columns, regular_hourly
from layers.weather.schema import Weather, WeatherSource, fixed_offset
from layers.weather.sun import sun
from layers.weather.whole_years import refuse_empty_months, whole_years

__all__ = ["prepare_weather", "read_weather", "usable_years", "weather_of"]

_SHORT_GAP_H = 3
_MOST_MISSING = 0.10


def read_weather(path: Path | str, source: WeatherSource | None = None) -> Weather:
    """Read a weather file onto the hourly schema, without values that cannot be.

    Parameters
    ----------
    path : path
        EPW, TMY3, PVGIS CSV or JSON, NASA POWER JSON, plain CSV, NetCDF or Zarr.
    source : WeatherSource, optional
        Column map, place, clock, label; only what the file does not say is needed.

    Returns
    -------
    Weather
        Hours the file lacks are NaN, and so are missing marks and values outside the
        physical limits, which are told; what else is repaired, see `prepare_weather`.

    Raises
    ------
    DataError
        When the file cannot be read, its place or clock is not known, a value is infinite,
        or most of a column cannot be.
    """
    path = Path(path)
    src = source or WeatherSource(path=str(path))
    raw = parse(path, src)
    # a cutout's series belongs to its node, not to the point that was asked for
    node = "node" in raw.notes
    lon = raw.lon if node or src.lon is None else src.lon
    lat = raw.lat if node or src.lat is None else src.lat
    altitude = src.altitude_m if src.altitude_m is not None else raw.altitude_m
    faults = [
        Fault(
            say("layers.weather.weather_not_known", name=name),
            where=path.name,
            todo=say("layers.weather.give_weather", name=name),
        )
        for name, value in (("lon", lon), ("lat", lat))
        if value is None
    ]
    raise_faults(DataError, faults)
    if lon is None or lat is None:  # seen to above; tells the type checker
        raise DataError(say("layers.weather.place_weather_not_known"), where=path.name)
    wrong = place_faults(lon=float(lon), lat=float(lat))
    for fault in wrong:
        fault.where = f"{path.name} {fault.where}"
    raise_faults(DataError, wrong)
    warnings: list[Warn] = []
    if altitude is None:
        import pvlib

        altitude = float(pvlib.location.lookup_altitude(lat, lon))
        warnings.append(
            Warn(
                "weather_altitude",
                say("layers.weather.weather_altitude", name=path.name, altitude=altitude),
                path.name,
            )
        )
    table, index = raw.table, pd.DatetimeIndex(raw.table.index)
    if src.tz and src.format != "csv" and raw.source and not raw.source.startswith("NASA"):
        # a stated clock replaces the file's own
        naive = index.tz_localize(None)
        own = fixed_offset(src.tz, path.name)
        index = (naive - pd.Timedelta(hours=own)).tz_localize("UTC")
        table = table.set_axis(index, axis=0)
    label = src.label or raw.label
    if "label_assumed" in raw.notes:
        warnings.append(
            Warn(
                "weather_label",
                say("layers.weather.weather_label", name=path.name, label=label),
                path.name,
            )
        )
    check_columns(table, path.name)
    table, found = cleaned_table(table, path.name)
    warnings += found
    hourly, notes = regular_hourly(
        table,
        label=label,
        utc_offset_h=raw.utc_offset_h,
        where=path.name,
        typical_year=raw.typical_year,
    )
    hourly, found = without_dead_wind(hourly, path.name)
    warnings += found
    weather = Weather(
        hourly,
        lon=float(lon),
        lat=float(lat),
        altitude_m=float(altitude),
        utc_offset_h=raw.utc_offset_h,
        label=label,
        typical_year=raw.typical_year,
        wind_height_m=src.wind_height_m if raw.wind_height_m is None else raw.wind_height_m,
        source=src.source or raw.source or path.name,
        synthetic=src.synthetic or raw.synthetic,
        measured_local=src.measured_local,
        warnings=(*warnings, *notes),
        file=path.name,
    )
    return whole_years(weather)


def _warn(finding: Finding, where: str) -> Warn:
    return Warn(f"weather_{finding.code}", finding.text, where)


def prepare_weather(
    weather: Weather,
    *,
    decomposition: str = "dirint",
    clock: str = "correct",
    findings: list[Finding] | None = None,
) -> tuple[Weather, list[Finding]]:
    """Make a series fit for yield: night zeroed, clock set, components closed, gaps filled.

    Every step that changes something leaves a warning.

    Parameters
    ----------
    weather : Weather
    decomposition : str
        Model that rebuilds DNI and DHI from GHI where they are absent or do not close.
    clock : {"correct", "keep"}
        Whether a clock offset that was found is taken out.
    findings : list of Finding, optional
        Of `check_weather`, when it has been run already.

    Returns
    -------
    Weather
        With closed ``ghi_w_m2``, ``dni_w_m2``, ``dhi_w_m2`` and without NaN in them.
    list of Finding
        Of the series as it was.

    Raises
    ------
    DataError
        When more than a tenth of the irradiance is missing, the sun never rises, or the
        clock is hours off.
    """
    where = weather.where
    if findings is None:
        findings = check_weather(weather)
    by_code = {f.code: f for f in findings}
    if "ghi_w_m2" not in weather.hourly:
        weather.column("ghi_w_m2")
    faults = light_faults(findings, where)
    missing = float(weather.hourly["ghi_w_m2"].isna().mean())
    if missing > _MOST_MISSING:
        faults.append(
            Fault(
                say("layers.weather.too_much_irradiance_missing"),
                where=where,
                got=say("layers.weather.share_of_hours", missing=missing),
                expected=say("layers.weather.at_most_missing", most=_MOST_MISSING),
            )
        )
    raise_faults(DataError, faults)
    warnings = [_warn(f, where) for f in findings if f.level != "info"]
    if "clock" in by_code and clock == "correct":
        weather = _shift(weather, by_code["clock"].value)
        warnings.append(
            Warn(
                "weather_clock_corrected",
                say("layers.weather.weather_clock_corrected", hours=-by_code["clock"].value),
                where,
            )
        )
    hourly = weather.hourly.copy()
    s = sun(weather.index, weather.lon, weather.lat, altitude_m=weather.altitude_m)
    as_read = hourly["ghi_w_m2"].to_numpy(dtype=np.float64)
    hourly, more = _without_dead_hours(hourly, s.zenith_deg, where)
    warnings += more
    refuse_empty_months(weather.with_hourly(hourly), "ghi_w_m2")
    hourly = _filled(hourly, weather.index, s.zenith_deg)
    ghi = hourly["ghi_w_m2"].to_numpy(dtype=np.float64).clip(0.0)
    ghi = np.where(s.zenith_deg > 98.0, 0.0, ghi)
    warnings += _filling_told(as_read, ghi, where)
    if "closure" in by_code or "absent" in by_code:
        dew = hourly.get("temp_dew_c")
        pressure = hourly.get("pressure_pa")
        dni, dhi = decompose(
            ghi,
            weather.index,
            s,
            model=decomposition,
            lon=weather.lon,
            lat=weather.lat,
            altitude_m=weather.altitude_m,
            pressure_pa=None if pressure is None else pressure.ffill().bfill().to_numpy(),
            temp_dew_c=None if dew is None else dew.ffill().bfill().to_numpy(),
        )
        warnings.append(
            Warn(
                "weather_decomposed",
                say("layers.weather.weather_decomposed", model=decomposition.upper()),
                where,
            )
        )
    else:
        dni = hourly["dni_w_m2"].to_numpy(dtype=np.float64).clip(0.0)
        dhi = hourly["dhi_w_m2"].to_numpy(dtype=np.float64).clip(0.0)
    hourly["ghi_w_m2"], hourly["dni_w_m2"], hourly["dhi_w_m2"] = ghi, dni, dhi
    return weather.with_hourly(hourly, warnings), findings


def _shift(weather: Weather, late_h: float) -> Weather:
    """Values that come `late_h` late get the stamps they belong to."""
    index = weather.index - pd.Timedelta(hours=late_h)
    if weather.typical_year:
        # a typical year is a ring: what leaves at one end enters at the other
        from layers.weather.regular import typical_year_index

        index = typical_year_index(index)
    moved = weather.hourly.set_axis(index, axis=0).sort_index()
    return replace(weather, hourly=moved)


def _without_dead_hours(
    hourly: pd.DataFrame, zenith_deg: np.ndarray, where: str
) -> tuple[pd.DataFrame, list[Warn]]:
    """Irradiance of exactly nothing under a risen sun is no value.

    Raises
    ------
    DataError
        When it is more of the day than may be missing.
    """
    elevation = float(read_toml("layers.weather", "quality.toml")["dead_logger_elevation_deg"])
    day = zenith_deg < 90.0 - elevation
    nothing = hourly["ghi_w_m2"].to_numpy(dtype=np.float64) == 0.0
    dead = day & nothing
    if not dead.any():
        return hourly, []
    # a logger that is dead at noon was dead in the morning
    date = pd.DatetimeIndex(hourly.index).normalize()
    days = pd.Series(dead, index=date).groupby(level=0).transform("sum").to_numpy()
    dead |= nothing & (zenith_deg < 90.0) & (days >= _SHORT_GAP_H)
    n = int(dead.sum())
    text = say("layers.weather.dead_logger", n=n, elevation=elevation)
    if (dead & day).sum() > _MOST_MISSING * day.sum():
        raise DataError(
            say("layers.weather.too_much_irradiance_missing"),
            where=where,
            got=text,
            expected=say("layers.weather.at_most_missing", most=_MOST_MISSING),
        )
    out = hourly.copy()
    parts = [c for c in ("ghi_w_m2", "dni_w_m2", "dhi_w_m2") if c in out]
    out.loc[dead, parts] = np.nan
    return out, [Warn("weather_dead_logger", text, where)]


def _filling_told(as_read: np.ndarray, ghi: np.ndarray, where: str) -> list[Warn]:
    """That the light of a year is not what the file's hours sum to, where it matters."""
    # W/m2 on average to kWh/m2 a year of 8,760 h; what is missing adds nothing to the file's
    before = float(np.nansum(as_read.clip(0.0))) / len(ghi) * 8.76
    after = float(ghi.mean()) * 8.76
    told = float(read_toml("layers.weather", "quality.toml")["filling_told_frac"])
    if not before > 0.0 or abs(after / before - 1.0) < told:
        return []
    text = say(
        "layers.weather.filling_told",
        before=before,
        after=after,
        pct=100.0 * (after / before - 1.0),
    )
    return [Warn("weather_gaps_filled", text, where)]


def _filled(
    hourly: pd.DataFrame, index: pd.DatetimeIndex, zenith_deg: np.ndarray
) -> pd.DataFrame:
    """Gaps to 3 h by interpolation, longer ones by the month's mean of that hour."""
    out = hourly.copy()
    for name in out.columns:
        values = out[name]
        if not values.isna().any():
            continue
        irradiance = str(name).endswith("_w_m2")
        if str(name).startswith("wind_direction"):
            out[name] = values.ffill(limit=_SHORT_GAP_H)
            continue
        if irradiance:
            values = values.mask(values.isna() & (zenith_deg > 95.0), 0.0)
        # a long gap is no business of its neighbours, its first hours neither
        gone = values.isna()
        run = gone.groupby((~gone).cumsum()).transform("sum")
        near = values.interpolate(limit_area="inside")
        values = values.where(~(gone & (run <= _SHORT_GAP_H)), near)
        mean = values.groupby([index.month, index.hour]).transform("mean")
        out[name] = values.fillna(mean)
    return out


def usable_years(weather: Weather) -> tuple[int, ...]:
    """Whole years of the series.

    Raises
    ------
    DataError
        When there is none: no annual yield can be told from a part of a year.
    """
    years = weather.years
    if not years:
        hours = len(weather.index) * weather.step_h
        raise DataError(
            say("layers.weather.weather_does_not_hold_one"),
            where=weather.where,
            got=say("layers.weather.hours", n=hours),
            expected=say("layers.weather.at_least_8_322_hours"),
            todo=say("layers.weather.use_longer_series_typical_year"),
        )
    return years


def weather_of(
    source: WeatherSource, path: Path, *, lon: float | None = None, lat: float | None = None
) -> tuple[Weather, list[Finding]]:
    """Read and prepare the weather a plan names.

    Parameters
    ----------
    source : WeatherSource
        Of the plan's section.
    path : Path
        ``plan.resolve(source.path)``.
    lon, lat : float, optional
        Middle of the county; the point taken from a cutout when the plan gives none.
    """
    if source.lon is None and lon is not None:
        cut = source.format in {"netcdf", "zarr"} or path.suffix in {".nc", ".zarr"}
        if cut or path.is_dir() or "*" in path.name:
            source = source.model_copy(update={"lon": lon, "lat": lat})
    weather = read_weather(path, source)
    return prepare_weather(weather, decomposition=source.decomposition, clock=source.clock)
