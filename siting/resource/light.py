"""Light measured for a short time, made long: daily sums by a reference, hours by its days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gis.errors import DataError, raise_faults
from gis.say import say
from gis.toml import read_toml
from layers.result import Warn
from layers.weather import check_weather, light_faults
from siting.resource.apart import far_reference
from siting.resource.long_term import LongTerm, by_best_reference, long_term

if TYPE_CHECKING:
    from layers.weather import Weather
    from siting.resource.section import LongTermMethod

__all__ = ["CorrectedLight", "corrected_light", "daily_sums"]

_COMPONENTS = ("ghi_w_m2", "dni_w_m2", "dhi_w_m2")


@dataclass(frozen=True, eq=False)
class CorrectedLight:
    """A pyranometer's light over the years of a reference.

    Attributes
    ----------
    weather
        At the pyranometer's place and the times of the reference: each day of the reference
        is multiplied by what the relation makes of its sum, so that the sky of the hours and
        the closure of GHI, DNI and DHI stay.
    correction
        Of the daily sums, by the reference used: that with the highest correlation.
    reference, by_reference
        Its id; id -> correction by each reference.
    """

    weather: Weather
    correction: LongTerm
    reference: str
    by_reference: Mapping[str, LongTerm]


def daily_sums(weather: Weather, utc_offset_h: float) -> pd.Series:
    """Global irradiation of each whole day [kWh/m2]; NaN where an hour is missing or dead.

    Parameters
    ----------
    utc_offset_h : float
        Clock the days are told in [h].

    Examples
    --------
    >>> from layers.weather import Weather
    >>> t = pd.date_range("2023-06-01 00:30", periods=36, freq="h", tz="UTC")
    >>> w = Weather(pd.DataFrame({"ghi_w_m2": 100.0}, t), lon=0.0, lat=39.0, altitude_m=0.0)
    >>> daily_sums(w, 0.0).tolist()
    [2.4, nan]
    """
    from layers.weather import sun

    ghi = weather.column("ghi_w_m2")
    where = sun(weather.index, weather.lon, weather.lat, altitude_m=weather.altitude_m)
    elevation = float(read_toml("layers.weather", "quality.toml")["dead_logger_elevation_deg"])
    dead = (where.zenith_deg < 90.0 - elevation) & (ghi == 0.0)
    known = pd.Series(np.where(dead, np.nan, np.maximum(ghi, 0.0)))
    by_day = known.groupby(_days(weather, utc_offset_h).to_numpy()).agg(["sum", "count"])
    return by_day["sum"].where(by_day["count"] == 24) / 1000.0


def _days(weather: Weather, utc_offset_h: float) -> pd.DatetimeIndex:
    """Day of each hour on a fixed clock."""
    utc = weather.index.tz_convert("UTC").tz_localize(None)
    return pd.DatetimeIndex(utc + pd.Timedelta(hours=utc_offset_h)).normalize()


def corrected_light(
    measured: Weather,
    references: Mapping[str, Weather],
    *,
    method: LongTermMethod = "variance_ratio",
) -> CorrectedLight:
    """Correct a short series of global irradiance by the reference that fits best.

    Parameters
    ----------
    measured : Weather
        With ``ghi_w_m2``.
    references : mapping
        Id -> long series with ``ghi_w_m2``; several tell the drift by their spread.
    method
        See `siting.resource.relation.relate`.

    Raises
    ------
    DataError
        When a series lacks GHI or cannot be of its place (unit, clock), or two share too few
        days.
    """
    every = (measured, *references.values())
    found_in = [check_weather(w) for w in every]
    unfit = [light_faults(f, w.where) for w, f in zip(every, found_in, strict=True)]
    raise_faults(DataError, [fault for faults in unfit for fault in faults])
    clock = measured.utc_offset_h
    site = daily_sums(measured, clock)
    sums = {name: daily_sums(one, clock) for name, one in references.items()}

    def by(name: str, drift: float | None) -> LongTerm:
        return long_term(site, sums[name], quantity="ghi", method=method, drift_frac=drift)

    used, tried, _ = by_best_reference(sums, by)
    found, reference = tried[used], references[used]
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = (found.series / sums[used]).where(sums[used] > 0, 1.0)
    day = _days(reference, clock)
    # a day the reference lacks an hour of keeps the mean factor
    of_hour = factor.fillna(found.mean_long_term / found.mean_reference).reindex(day)
    hourly = reference.hourly.copy()
    for name in _COMPONENTS:
        if name in hourly:
            hourly[name] = hourly[name].to_numpy(dtype=float) * of_hour.to_numpy()
    text = say(
        "siting.long_term.light_corrected",
        site=measured.source,
        reference=used,
        years=found.reference_yr,
        factor=found.factor,
        r=found.overlap.r,
        sd=found.sd_frac,
    )
    weather = replace(
        reference,
        hourly=hourly,
        lon=measured.lon,
        lat=measured.lat,
        altitude_m=measured.altitude_m,
        source=measured.source,
        file=measured.file,
        synthetic=measured.synthetic or reference.synthetic,
        measured_local=measured.measured_local,
        correction_sd_frac=found.sd_frac,
        warnings=(
            *measured.warnings,
            *reference.warnings,
            *(
                Warn(f"weather_{f.code}", f.text, measured.where)
                for f in found_in[0]
                if f.code == "clock"
            ),
            Warn("long_term_corrected", text, measured.where),
            *far_reference(measured, reference, used),
            *(Warn(w.code, w.text, used) for w in found.warnings),
        ),
    )
    return CorrectedLight(weather, found, used, tried)
