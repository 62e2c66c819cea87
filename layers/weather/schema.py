"""The one hourly weather schema: columns, units, clock and place."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import numpy as np
import pandas as pd
from pydantic import Field

from gis.errors import DataError
from gis.gate import check_fields
from gis.say import listed, say
from gis.toml import read_toml
from layers.result import Warn
from layers.spec import Frozen, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "COLUMNS",
    "WEATHER_FORMATS",
    "Column",
    "Label",
    "Weather",
    "WeatherSource",
    "canonical_column",
    "fixed_offset",
]

Label = Literal["start", "mid", "end", "instant"]
"""What a time stamp marks: start, middle or end of the interval, or an instant."""

WeatherFormat = Literal[
    "auto",
    "epw",
    "tmy3",
    "pvgis_csv",
    "pvgis_json",
    "nasa_power",
    "nsrdb",
    "solargis",
    "srw",
    "csv",
    "netcdf",
    "zarr",
]
WEATHER_FORMATS: tuple[str, ...] = get_args(WeatherFormat)


@dataclass(frozen=True)
class Column:
    """A column of the hourly table: its unit and its name for a reader."""

    unit: str
    title: Text


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        name: Column(c["unit"], Text.model_validate(c["title"]))
        for name, c in read_toml("layers.weather", "columns.toml").items()
    }
)
"""Columns of the table. Wind and air at other heights follow the patterns
``wind_speed_<h>m_m_s``, ``wind_direction_<h>m_deg``, ``temp_air_<h>m_c``."""

_PATTERN = re.compile(
    r"^(wind_speed_\d+m_m_s|wind_direction_\d+m_deg|temp_air_\d+m_c|pressure_\d+m_pa)$"
)


def canonical_column(name: str) -> bool:
    """Whether `name` is a column of the schema.

    Examples
    --------
    >>> canonical_column("ghi_w_m2"), canonical_column("wind_speed_100m_m_s")
    (True, True)
    >>> canonical_column("GHI")
    False
    """
    return name in COLUMNS or bool(_PATTERN.match(name))


class WeatherSource(Frozen):
    """Where hourly weather comes from; the ``weather`` table of a plan section.

    Attributes
    ----------
    path
        File, Zarr store, folder of NetCDF files, or a pattern such as ``"era5/*.nc"``;
        relative to the plan's data root.
    format
        ``"auto"`` goes by name and content.
    lon, lat, altitude_m
        The place [deg, deg, m]; needed when the file does not say it. For a cutout the
        point to take (default: the middle of the county, given by the caller).
    tz
        Clock of the file: ``"UTC"``, ``"UTC+08:00"`` or a zone name without summer time.
    label
        What a time stamp marks; empty takes the format's own habit.
    columns
        Canonical column -> column of the file (plain CSV, NetCDF).
    units
        Canonical column -> unit in the file, when it is not the schema's.
    time_columns
        Column(s) holding the time; several are joined (``["date", "hour"]``).
    wind_height_m
        Height of ``wind_speed_m_s`` above ground [m].
    decomposition
        Model that splits GHI when DNI and DHI are absent or do not close.
    clock
        What to do about a clock that disagrees with the sun: ``"correct"`` shifts the time
        stamps by the offset found, ``"keep"`` only warns.
    measured_local
        Whether a pyranometer on or near the site made the series (smaller uncertainty).
    role
        ``"measured"`` for a short series of the site that a long one of ``"reference"``
        corrects; see ``[resource]``.
    """

    path: str = Field(min_length=1)
    format: WeatherFormat = "auto"
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    altitude_m: Annotated[float, Field(ge=-430, le=9000)] | None = None
    tz: str = ""
    label: Literal["", "start", "mid", "end", "instant"] = ""
    columns: dict[str, str] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    time_columns: tuple[str, ...] = ()
    time_format: str = ""
    encoding: str = "utf-8-sig"
    separator: str = ","
    wind_height_m: Annotated[float, Field(gt=0, le=300)] = 10.0
    decomposition: Literal["dirint", "erbs", "erbs_driesse", "engerer2", "boland"] = "dirint"
    clock: Literal["correct", "keep"] = "correct"
    measured_local: bool = False
    role: Literal["", "measured", "reference"] = ""
    synthetic: bool = False
    source: str = ""
    licence: str = ""


@dataclass(frozen=True)
class Weather:
    """Weather of one place on a regular clock.

    Attributes
    ----------
    hourly
        Columns of `COLUMNS`; the index is time-zone aware, unique, rising, and stands at
        the **middle** of each interval. NaN is *missing*.
    lon, lat, altitude_m
        The place [deg, deg, m].
    step_h
        Length of an interval [h]; 1.0.
    utc_offset_h
        Standard time of the index [h].
    label
        What the time stamps of the file marked.
    typical_year
        True when the months are taken from different years and the year number means
        nothing.
    wind_height_m
        Height of ``wind_speed_m_s`` [m].
    source
        Where the data come from, for the report.
    file
        Name of the file it was read from, for messages; empty for arrays.
    synthetic
        True when the series was made up.
    measured_local
        True when an instrument on or near the site made it.
    correction_sd_frac
        What a long-term correction leaves uncertain of the mean of ``ghi_w_m2`` or of the
        wind speed, one standard deviation; 0 without one.
    warnings
        What was found and done while reading.
    """

    hourly: pd.DataFrame
    lon: float
    lat: float
    altitude_m: float
    step_h: float = 1.0
    utc_offset_h: float = 0.0
    label: Label = "end"
    typical_year: bool = False
    wind_height_m: float = 10.0
    source: str = ""
    synthetic: bool = False
    measured_local: bool = False
    correction_sd_frac: float = 0.0
    warnings: tuple[Warn, ...] = field(default=())
    file: str = ""

    def __post_init__(self) -> None:
        check_fields(self)
        index = self.hourly.index
        where = self.where
        if not isinstance(index, pd.DatetimeIndex) or index.tz is None:
            raise DataError(say("layers.weather.time_index_has_no_time"), where=where)
        if len(index) == 0:
            raise DataError(say("layers.weather.there_no_row_weather"), where=where)
        if not index.is_monotonic_increasing or not index.is_unique:
            raise DataError(say("layers.weather.time_stamps_repeat_run_backwards"), where=where)

    @property
    def where(self) -> str:
        """What a message names it by: its file, else its source.

        Two files of one station say the same of themselves.
        """
        return self.file or self.source or say("layers.weather.at_weather")

    @property
    def index(self) -> pd.DatetimeIndex:
        """Middle of each interval, time-zone aware."""
        return pd.DatetimeIndex(self.hourly.index)

    @property
    def years(self) -> tuple[int, ...]:
        """Calendar years with at least 95 % of their hours."""
        years, counts = np.unique(self.index.year.to_numpy(), return_counts=True)
        need = 0.95 * 8760.0 / self.step_h
        return tuple(int(y) for y, n in zip(years, counts, strict=True) if n >= need)

    def column(self, name: str) -> np.ndarray:
        """Values of one column, f8[n].

        Raises
        ------
        DataError
            When the weather does not have it.
        """
        if name not in self.hourly:
            raise DataError(
                say("layers.weather.weather_lacks_column"),
                where=self.where,
                got=listed(map(str, self.hourly.columns)),
                expected=name,
            )
        return self.hourly[name].to_numpy(dtype=np.float64)

    def with_hourly(self, hourly: pd.DataFrame, warnings: Sequence[Warn] = ()) -> Weather:
        """The same place with other values and further warnings."""
        return replace(self, hourly=hourly, warnings=(*self.warnings, *warnings))


def fixed_offset(tz: str, where: str = "weather") -> float:
    """Hours ahead of UTC of a fixed clock.

    Raises
    ------
    DataError
        For an unknown zone or one with summer time.

    Examples
    --------
    >>> fixed_offset("UTC"), fixed_offset("UTC+08:00"), fixed_offset("-03:30")
    (0.0, 8.0, -3.5)
    >>> fixed_offset("Asia/Shanghai")
    8.0
    """
    text = tz.strip()
    if text.upper() in {"UTC", "Z", "GMT"}:
        return 0.0
    m = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?", text, re.IGNORECASE)
    if m:
        hours = int(m[2]) + int(m[3] or 0) / 60.0
        if hours <= 14.0:
            return -hours if m[1] == "-" else hours
    try:
        days = pd.date_range("2024-01-01", periods=366, freq="D", tz=text)
        offsets = {t.utcoffset() for t in days}
    except (KeyError, ValueError, TypeError, OSError) as err:
        raise DataError(
            say("layers.weather.unknown_time_zone"),
            where=where,
            got=tz,
            expected=say("layers.weather.utc_utc_08_00_zone"),
        ) from err
    if len(offsets) != 1:
        raise DataError(
            say("layers.weather.clock_summer_time_repeats_skips"),
            where=where,
            got=tz,
            expected=say("layers.weather.fixed_offset"),
            todo=say("layers.weather.write_standard_time_utc_08"),
        )
    delta = offsets.pop()
    return 0.0 if delta is None else delta.total_seconds() / 3600.0
