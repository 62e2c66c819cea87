"""Wind given as a distribution, Weibull by sector or a rose, in place of an hourly series."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from gis.files.given import foreign, given_bytes
from gis.say import Sentence, listed, say
from siting.wind.resource.rose import Rose, rose_from_weibull
from siting.wind.resource.wasp_grid import WindGrid
from siting.wind.resource.wasp_tab import read_tab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.weather import Weather
    from siting.wind.section import WeibullSector

__all__ = [
    "read_rose_csv",
    "rose_and_height",
    "weather_of_grid",
    "weather_of_rose",
    "weather_of_weibull",
]

Float = NDArray[np.float64]

# Hours the distribution is drawn into; a thousandth of a year's hours stay in every bin
_HOURS = 8760 * 4


def _counts(share: Float, total: int) -> NDArray[np.int64]:
    """Whole hours, their running sum rounded: none is lost and no part of the table drifts."""
    until = np.rint(np.cumsum(share * total)).astype(np.int64)
    return np.diff(until, prepend=0)


def _weather(
    speed: Float,
    direction: Float,
    *,
    lon: float,
    lat: float,
    altitude_m: float,
    height_m: float,
    source: str,
) -> Weather:
    from layers.weather import Weather

    index = pd.date_range("2001-01-01 00:30", periods=len(speed), freq="h", tz="UTC")
    hourly = pd.DataFrame(
        {"wind_speed_m_s": speed, "wind_direction_deg": direction}, index=index
    )
    return Weather(
        hourly,
        lon=lon,
        lat=lat,
        altitude_m=altitude_m,
        typical_year=True,
        wind_height_m=height_m,
        source=source,
    )


def weather_of_weibull(
    sectors: Sequence[WeibullSector],
    *,
    lon: float,
    lat: float,
    altitude_m: float,
    height_m: float,
) -> Weather:
    """Hours drawn evenly from Weibull distributions by sector.

    The hours have no order in time: energies, wakes and losses can be had from them, wind
    and PV together cannot.

    Raises
    ------
    DataError
        When the sectors' frequencies do not add up to 1 within 1 %.

    Examples
    --------
    >>> from siting.wind.section import WeibullSector
    >>> w = weather_of_weibull([WeibullSector(direction_deg=0, frequency=1.0, a_m_s=8, k=2)],
    ...     lon=106.9, lat=39.0, altitude_m=1100, height_m=100)
    >>> round(float(w.hourly["wind_speed_m_s"].mean()), 2)  # A Gamma(1.5) = 7.09
    7.09
    """
    share = np.array([s.frequency for s in sectors])
    if abs(share.sum() - 1.0) > 0.01:
        raise DataError(
            say("siting.wind_resource.sector_frequencies_do_not_add"),
            where="[wind.weibull]",
            got=f"{share.sum():.4f}",
        )
    hours = _counts(share, _HOURS)
    speed, direction = [], []
    for s, n in zip(sectors, hours, strict=True):
        if n:
            u = (np.arange(n) + 0.5) / n
            speed.append(s.a_m_s * (-np.log1p(-u)) ** (1.0 / s.k))
            direction.append(np.full(n, s.direction_deg % 360.0))
    return _weather(
        np.concatenate(speed),
        np.concatenate(direction),
        lon=lon,
        lat=lat,
        altitude_m=altitude_m,
        height_m=height_m,
        source="Weibull distributions by sector",
    )


def given_columns(path: Path, need: list[str], what: Sentence) -> pd.DataFrame:
    """The columns `need` of a CSV a person hands over.

    Raises
    ------
    DataError
        When it cannot be read (`what` says so) or lacks a column.
    """
    with foreign(what, str(path)):
        table = pd.read_csv(io.BytesIO(given_bytes(path)), encoding="utf-8-sig")
    missing = [c for c in need if c not in table]
    if missing:
        raise DataError(
            say("siting.wind_resource.columns_missing"),
            where=path.name,
            got=listed(map(str, table.columns)),
            expected=listed(missing),
        )
    return table[need]


def read_rose_csv(path: Path) -> Rose:
    """A rose from a CSV with ``direction_deg, speed_m_s, frequency``, one row a bin.

    Raises
    ------
    DataError
        Missing columns, or frequencies that do not add up to 1.
    """
    what = say("siting.wind_resource.wind_rose_cannot_read")
    table = given_columns(path, ["direction_deg", "speed_m_s", "frequency"], what)
    with foreign(what, str(path)):
        table = table.reset_index(drop=True).astype(float)
    if table.empty or not np.isfinite(table.to_numpy()).all():
        raise DataError(say("siting.wind_resource.frequency_missing_negative"), where=path.name)
    if table.duplicated(["direction_deg", "speed_m_s"]).any():
        raise DataError(say("siting.wind_resource.bin_occurs_twice"), where=path.name)
    wide = table.pivot_table(
        index="direction_deg", columns="speed_m_s", values="frequency", fill_value=0.0
    )
    return Rose(
        wide.index.to_numpy(float),
        wide.columns.to_numpy(float),
        wide.to_numpy(float),
        path.name,
    )


def rose_and_height(path: Path, height_m: float) -> tuple[Rose, float]:
    """The rose of a WAsP ``.tab``, at its own height, or of a CSV, at `height_m`."""
    if path.suffix.lower() != ".tab":
        return read_rose_csv(path), height_m
    found = read_tab(path)
    return found.rose, found.height_m


def weather_of_grid(grid: WindGrid, *, lon: float, lat: float, altitude_m: float) -> Weather:
    """Hours drawn from the node in the middle of a flow model's grid.

    They carry the shares of sectors and speeds; each turbine's own sectors scale them.
    """
    middle = np.argmin(np.hypot(grid.x_m - grid.x_m.mean(), grid.y_m - grid.y_m.mean()))
    f, a, k = (v[middle] for v in (grid.wind.frequency, grid.wind.a_m_s, grid.wind.k))
    rose = rose_from_weibull(f, a, k, step_m_s=0.1, top_m_s=60.0, source=grid.source)
    return weather_of_rose(
        rose, lon=lon, lat=lat, altitude_m=altitude_m, height_m=grid.height_m
    )


def weather_of_rose(
    rose: Rose, *, lon: float, lat: float, altitude_m: float, height_m: float
) -> Weather:
    """Hours drawn from a rose; what its frequencies lack to 1 becomes calm hours."""
    hours = _counts(rose.frequency.ravel(), _HOURS)
    speed = np.repeat(np.tile(rose.speed_m_s, rose.direction_deg.size), hours)
    direction = np.repeat(np.repeat(rose.direction_deg, rose.speed_m_s.size), hours)
    calm = max(_HOURS - len(speed), 0)
    return _weather(
        np.concatenate([speed, np.zeros(calm)]),
        np.concatenate([direction, np.zeros(calm)]),
        lon=lon,
        lat=lat,
        altitude_m=altitude_m,
        height_m=height_m,
        source=rose.source or "wind rose",
    )
