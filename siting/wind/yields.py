"""Wind yield from hourly arrays, without a plan file.

Units and ranges are checked here: what cannot be is refused with one message that says
where, what came, what is expected and what to do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.errors import DataError, Fault, raise_faults
from gis.say import listed, say
from layers.result import Warn
from layers.weather import Weather, check_weather
from layers.weather.clean import without_dead_wind
from layers.weather.edge import (
    place_faults,
    range_fault,
    series_faults,
    time_faults,
)
from siting.wind.machine.engine import power_table, series_kw
from siting.wind.machine.library import turbine
from siting.wind.machine.turbine import Turbine, with_hub
from siting.wind.resource.hub import HubSeries, hub_series
from siting.wind.section import WindSection

__all__ = ["WindYield", "wind_weather", "wind_yield"]

Float = npt.NDArray[np.float64]

_HEIGHTS = {"height_m": (1.0, 300.0), "hub_m": (10.0, 300.0)}


@dataclass(frozen=True, eq=False)
class WindYield:
    """What one turbine yields, before wakes and losses.

    Attributes
    ----------
    turbine
        With its hub height.
    series
        Wind and air density at the hub; NaN where missing.
    power_kw : (t,) float
        Power of every hour; NaN where the wind is missing.
    gross_mwh_yr
        Mean power over the hours with data, times 8,760 h.
    full_load_hours_h
        Gross energy over rated power.
    coverage_frac
        Share of the hours with data.
    warnings
        What was assumed: shear, air density, hours left out.
    """

    turbine: Turbine
    series: HubSeries
    power_kw: Float
    gross_mwh_yr: float
    full_load_hours_h: float
    coverage_frac: float
    warnings: tuple[Warn, ...]

    @property
    def mean_speed_m_s(self) -> float:
        """Mean wind speed at the hub [m/s]."""
        return self.series.mean_speed_m_s

    @property
    def capacity_factor_frac(self) -> float:
        """Gross energy over rated power all year."""
        return self.full_load_hours_h / 8760.0


def _scalar_faults(given: dict[str, float]) -> list[Fault]:
    heights = [range_fault(k, given[k], *v, "m") for k, v in _HEIGHTS.items() if k in given]
    rest = {k: v for k, v in given.items() if k not in _HEIGHTS}
    return [f for f in heights if f is not None] + place_faults(**rest)


def wind_weather(
    times: pd.DatetimeIndex,
    wind_speed_m_s: npt.ArrayLike,
    *,
    height_m: float,
    wind_direction_deg: npt.ArrayLike | None = None,
    temp_air_c: npt.ArrayLike | None = None,
    pressure_pa: npt.ArrayLike | None = None,
    relative_humidity_frac: npt.ArrayLike | None = None,
    altitude_m: float = 0.0,
    lat: float = 0.0,
    lon: float = 0.0,
) -> Weather:
    """Hourly wind as checked weather, for `farm_yield` and `repower`.

    Parameters
    ----------
    times : DatetimeIndex
        Hourly, with a time zone; the middle of each hour.
    wind_speed_m_s : (t,) float
        Mean of each hour at `height_m` [m/s]; NaN is a missing hour.
    height_m : float
        Above ground [m].
    wind_direction_deg : (t,) float, optional
        Where the wind comes from, clockwise from north.
    temp_air_c, pressure_pa, relative_humidity_frac : (t,) float, optional
        At the station [deg C, Pa, 0-1]; without them the standard atmosphere stands in.
    altitude_m : float
        Ground level [m].
    lat, lon : float
        Of the place [deg]; no yield depends on them.

    Raises
    ------
    DataError
        With everything that is wrong with times, units and ranges.

    Examples
    --------
    Kilometres an hour are found out:

    >>> times = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    >>> wind_weather(times, np.full(8760, 30.0), height_m=100.0)
    Traceback (most recent call last):
    gis.errors.DataError: ...
    """
    index = pd.DatetimeIndex(times)
    given = {
        "wind_speed_m_s": wind_speed_m_s,
        "wind_direction_deg": wind_direction_deg,
        "temp_air_c": temp_air_c,
        "pressure_pa": pressure_pa,
        "relative_humidity_frac": relative_humidity_frac,
    }
    columns = {k: np.asarray(v, dtype=np.float64) for k, v in given.items() if v is not None}
    faults = time_faults(index) + _scalar_faults(
        {"height_m": height_m, "altitude_m": altitude_m, "lat": lat, "lon": lon}
    )
    for name, values in columns.items():
        faults += series_faults(name, values, len(index), needed=name == "wind_speed_m_s")
    raise_faults(DataError, faults)
    offset = index[0].utcoffset()
    hourly, warnings = without_dead_wind(pd.DataFrame(columns, index=index), "arrays")
    weather = Weather(
        hourly,
        float(lon),
        float(lat),
        float(altitude_m),
        utc_offset_h=0.0 if offset is None else offset.total_seconds() / 3600.0,
        wind_height_m=float(height_m),
        source="arrays",
    )
    warnings += [
        Warn(f"weather_{f.code}", f.text, weather.where)
        for f in check_weather(weather)
        if f.code in {"wind_unit", "wind_constant"}
    ]
    return weather.with_hourly(hourly, warnings)


def wind_yield(
    times: pd.DatetimeIndex,
    wind_speed_m_s: npt.ArrayLike,
    machine: Turbine | str,
    *,
    height_m: float,
    hub_m: float | None = None,
    shear_exponent: float | None = None,
    temp_air_c: npt.ArrayLike | None = None,
    pressure_pa: npt.ArrayLike | None = None,
    relative_humidity_frac: npt.ArrayLike | None = None,
    altitude_m: float = 0.0,
) -> WindYield:
    """Gross yield of one turbine from hourly wind.

    Parameters
    ----------
    times : DatetimeIndex
        Hourly, with a time zone.
    wind_speed_m_s : (t,) float
        Mean of each hour at `height_m` [m/s]; NaN is a missing hour, and the energy is then
        that of the other hours, scaled to a year.
    machine : Turbine or str
        A turbine, or its id in the library (``generic_5000_225``).
    height_m : float
        Height of the wind above ground [m].
    hub_m : float, optional
        Hub height; the turbine's own without it [m].
    shear_exponent : float, optional
        Of the power law between the two heights; a default with a warning without it.
    temp_air_c, pressure_pa, relative_humidity_frac : (t,) float, optional
        At the station [deg C, Pa, 0-1]; the standard atmosphere at `altitude_m` without.
    altitude_m : float
        Ground level [m].

    Returns
    -------
    WindYield

    Raises
    ------
    ConfigError
        For a turbine the library does not have.
    DataError
        When units, ranges or times cannot be; all faults at once.

    References
    ----------
    IEC 61400-12-1:2022, 9.1.5 (density correction of the wind speed).

    Examples
    --------
    18 m/s all year is rated power, 8,760 full-load hours:

    >>> times = pd.date_range("2023-01-01", periods=8760, freq="h", tz="UTC")
    >>> found = wind_yield(times, np.full(8760, 18.0), "generic_5000_225", height_m=100.0,
    ...                    hub_m=100.0)
    >>> round(found.full_load_hours_h), round(found.gross_mwh_yr)
    (8760, 43800)
    """
    if hub_m is not None:
        raise_faults(DataError, _scalar_faults({"hub_m": hub_m}))
    chosen = with_hub(turbine(machine) if isinstance(machine, str) else machine, hub_m)
    weather = wind_weather(
        times,
        wind_speed_m_s,
        height_m=height_m,
        temp_air_c=temp_air_c,
        pressure_pa=pressure_pa,
        relative_humidity_frac=relative_humidity_frac,
        altitude_m=altitude_m,
    )
    section = WindSection(shear_exponent=shear_exponent)
    # at the hub's own height nothing is extrapolated, so no exponent is assumed either
    if shear_exponent is None and chosen.hub_m == height_m:
        section = WindSection(shear_exponent=0.0)
    series = hub_series(weather, chosen.hub_m, section)
    power = series_kw(
        power_table(chosen, section.density_correction), series.speed_m_s, series.rho_kg_m3
    )
    gross = float(np.nanmean(power)) * 8.76
    warnings = (*weather.warnings, *series.warnings, *_part_of_a_year(weather))
    return WindYield(
        chosen,
        series,
        power,
        gross,
        gross * 1000.0 / chosen.rated_kw,
        float(np.isfinite(power).mean()),
        warnings,
    )


def _part_of_a_year(weather: Weather) -> list[Warn]:
    """What must be said of hours that are not a year: their wind is not the year's."""
    known = weather.hourly["wind_speed_m_s"].notna()
    months = set(weather.index.month[known].tolist())
    lacking = [m for m in range(1, 13) if m not in months]
    if not lacking:
        return []
    text = say(
        "siting.wind.part_of_a_year",
        hours=int(known.sum()),
        months=listed(map(str, lacking)),
    )
    return [Warn("wind_part_of_year", text)]
