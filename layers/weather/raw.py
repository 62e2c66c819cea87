"""Rows of a weather file as its format gives them, before the schema's clock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from gis.errors import DataError
from gis.foreign import foreign_reason
from gis.say import say
from layers.weather.schema import Label

__all__ = ["SHORT_NAMES", "RawWeather", "numbers_of", "standard_time", "unreadable"]


@dataclass(frozen=True)
class RawWeather:
    """A file's rows before they are put on the schema's clock.

    Attributes
    ----------
    table
        Canonical columns in schema units; time-zone aware index as stamped in the file.
    label
        What the stamps mark.
    utc_offset_h
        Standard time of the place [h].
    """

    table: pd.DataFrame
    label: Label
    utc_offset_h: float
    lon: float | None = None
    lat: float | None = None
    altitude_m: float | None = None
    typical_year: bool = False
    synthetic: bool = False
    source: str = ""
    wind_height_m: float | None = None
    notes: tuple[str, ...] = field(default=())


SHORT_NAMES = {
    "ghi": "ghi_w_m2",
    "dni": "dni_w_m2",
    "dhi": "dhi_w_m2",
    "temp_air": "temp_air_c",
    "temp_dew": "temp_dew_c",
    "wind_speed": "wind_speed_m_s",
    "wind_direction": "wind_direction_deg",
    "albedo": "albedo_frac",
    "relative_humidity": "relative_humidity_frac",
    "pressure": "pressure_pa",
}
"""Usual short names of columns -> canonical ones."""


def unreadable(path: Path, what: str, err: Exception | str, todo: str = "") -> DataError:
    """The error for a weather file whose content is not what its format says."""
    got = err if isinstance(err, str) else foreign_reason(err)
    return DataError(what, where=path.name, got=got, todo=todo)


def standard_time(offset_h: float) -> dt.timezone:
    """The fixed time zone `offset_h` hours ahead of UTC."""
    return dt.timezone(dt.timedelta(hours=offset_h))


def numbers_of(values: pd.Series, path: Path, column: str) -> np.ndarray:
    """A column as numbers, NaN where it is empty.

    Raises
    ------
    DataError
        When a cell holds something else.
    """
    out = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
    wrong = int((np.isnan(out) & values.notna().to_numpy()).sum())
    if wrong:
        raise DataError(
            say("layers.weather.values_no_numbers"),
            where=say("layers.weather.column_of", file=path.name, column=column),
            got=say("layers.weather.rows", n=wrong),
            todo=say("layers.weather.leave_missing_values_empty"),
        )
    return out
