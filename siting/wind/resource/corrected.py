"""The wind of a mast made long: every measured height by one reference, sector by sector."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.errors import DataError
from gis.say import say
from layers.result import Warn
from siting.resource.apart import far_reference
from siting.resource.long_term import LongTerm, by_best_reference, long_term
from siting.wind.resource.density import pressure_at_height_pa
from siting.wind.resource.heights import speed_heights_m

if TYPE_CHECKING:
    from layers.weather import Weather
    from siting.resource.section import LongTermMethod

__all__ = ["CorrectedWind", "corrected_wind"]

Float = NDArray[np.float64]
_DIRECTION = re.compile(r"^wind_direction_(\d+)m_deg$")
_LAPSE_K_M = 0.0065  # standard atmosphere (ISO 2533)
_VEER_FROM_M_S = 3.0  # the direction of a calm says nothing


@dataclass(frozen=True, eq=False)
class CorrectedWind:
    """A mast's wind over the years of a reference.

    Attributes
    ----------
    weather
        At the mast's place and heights, at the times of the reference.
    by_height
        Height of the mast [m] -> its correction by the reference used.
    reference
        Id of the reference used: that with the highest correlation.
    by_reference
        Id -> correction of the highest height by each reference.
    """

    weather: Weather
    by_height: Mapping[float, LongTerm]
    reference: str
    by_reference: Mapping[str, LongTerm]

    @property
    def top(self) -> LongTerm:
        """The correction of the highest height of the mast."""
        return self.by_height[max(self.by_height)]


def corrected_wind(
    mast: Weather,
    references: Mapping[str, Weather],
    *,
    method: LongTermMethod = "variance_ratio",
    sectors: int = 12,
) -> CorrectedWind:
    """Correct every height of a mast by the reference that fits best.

    With several references the spread of their long-term means stands for the drift that no
    overlap shows (`siting.resource.long_term`).

    Parameters
    ----------
    mast : Weather
        Screened; its heights and its place are those of the result.
    references : mapping
        Id -> long series with a wind speed.
    method, sectors
        See `siting.resource.long_term.long_term`; without directions in the reference one
        relation serves all.

    Raises
    ------
    DataError
        When a series has no wind speed, or the two share too little.
    """
    heights = speed_heights_m(mast)
    if not heights or not references or not all(map(speed_heights_m, references.values())):
        raise DataError(
            say("siting.wind_resource.weather_has_no_wind_speed"),
            where=mast.where,
            expected=say("siting.wind_resource.wind_speed_m_s_wind"),
        )
    top = max(heights)

    def by(one: Weather, height: float, drift: float | None = None) -> LongTerm:
        return long_term(
            _series(mast, heights[height]),
            _series(one, _nearest(one, height)),
            method=method,
            direction_deg=_direction(one, height),
            sectors=sectors,
            drift_frac=drift,
        )

    used, tried, drift = by_best_reference(
        references, lambda name, drift: by(references[name], top, drift)
    )
    reference = references[used]
    found = {h: tried[used] if h == top else by(reference, h, drift) for h in sorted(heights)}
    hourly = pd.DataFrame({heights[h]: f.series for h, f in found.items()})
    turned = _turned(mast, reference, top, sectors)
    if turned is not None:
        hourly["wind_direction_deg"] = turned
    hourly = _with_air(hourly, mast, reference)
    result = found[top]
    text = say(
        "siting.wind_resource.long_term_corrected",
        mast=mast.source,
        reference=used,
        years=result.reference_yr,
        factor=result.factor,
        r=result.overlap.r,
        sd=result.sd_frac,
    )
    from dataclasses import replace

    weather = replace(
        mast,
        hourly=hourly,
        typical_year=reference.typical_year,
        synthetic=mast.synthetic or reference.synthetic,
        correction_sd_frac=result.sd_frac,
        warnings=(
            *mast.warnings,
            *reference.warnings,
            Warn("long_term_corrected", text, mast.where),
            *far_reference(mast, reference, used),
            *(Warn(w.code, w.text, used) for w in result.warnings),
        ),
    )
    return CorrectedWind(weather, found, used, tried)


def _series(weather: Weather, column: str) -> pd.Series:
    return pd.Series(weather.column(column), weather.index.tz_convert("UTC"))


def _nearest(weather: Weather, height_m: float) -> str:
    heights = speed_heights_m(weather)
    return heights[min(heights, key=lambda h: abs(h - height_m))]


def _direction(weather: Weather, height_m: float) -> pd.Series | None:
    """Direction of a series at the height next to `height_m`; None without any."""
    found = {
        float(m[1]): str(name)
        for name in weather.hourly.columns
        if (m := _DIRECTION.match(str(name)))
    }
    if "wind_direction_deg" in weather.hourly:
        found.setdefault(float(weather.wind_height_m), "wind_direction_deg")
    known = {h: c for h, c in found.items() if weather.hourly[c].notna().any()}
    if not known:
        return None
    return _series(weather, known[min(known, key=lambda h: abs(h - height_m))])


def _turned(mast: Weather, reference: Weather, height_m: float, sectors: int) -> Float | None:
    """The reference's direction, turned in each sector by the mean angle between the two."""
    far = _direction(reference, height_m)
    near = _direction(mast, height_m)
    if far is None or near is None:
        return None if far is None else far.to_numpy()
    speed = _series(mast, _nearest(mast, height_m))
    table = pd.DataFrame({"far": far, "near": near, "speed": speed}).dropna()
    table = table[table["speed"] >= _VEER_FROM_M_S]
    width = 360.0 / sectors
    angle = np.deg2rad(table["near"] - table["far"])
    of = np.floor(table["far"].to_numpy() / width + 0.5).astype(int) % sectors
    size = np.bincount(of, minlength=sectors)
    east, north = (
        np.bincount(of, weights=f(angle), minlength=sectors) / np.maximum(size, 1)
        for f in (np.sin, np.cos)
    )
    veer = np.where(size > 0, np.rad2deg(np.arctan2(east, north)), 0.0)
    wd = far.to_numpy()
    known = np.isfinite(wd)
    sector = np.floor(np.where(known, wd, 0.0) / width + 0.5).astype(int) % sectors
    return np.where(known, (wd + veer[sector]) % 360.0, np.nan)


def _with_air(hourly: pd.DataFrame, mast: Weather, reference: Weather) -> pd.DataFrame:
    """Temperature and pressure of the reference, brought to the mast's ground level."""
    from_reference = reference.hourly.set_axis(hourly.index, axis=0)
    rise = mast.altitude_m - reference.altitude_m
    if "temp_air_c" in from_reference:
        hourly["temp_air_c"] = from_reference["temp_air_c"] - _LAPSE_K_M * rise
        if "pressure_pa" in from_reference:
            hourly["pressure_pa"] = pressure_at_height_pa(
                from_reference["pressure_pa"].to_numpy(float),
                from_reference["temp_air_c"].to_numpy(float),
                rise,
            )
    if "relative_humidity_frac" in from_reference:
        hourly["relative_humidity_frac"] = from_reference["relative_humidity_frac"]
    return hourly
