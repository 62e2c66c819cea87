"""Row pitch by the no-shading rule of GB 50797, and what it means for land."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.errors import ConfigError, Fault, ModelError, raise_faults
from gis.say import say
from layers.result import Warn
from layers.weather.edge import place_faults, range_fault
from siting.pv.plant.facing import facing_warnings

__all__ = [
    "LandNeed",
    "Spacing",
    "array_ha_mw",
    "clock_of_true_solar",
    "gb_gcr",
    "land_need",
    "row_pitch_m",
    "slope_components",
    "winter_sun",
]

F8 = npt.NDArray[np.float64]
_OBLIQUITY_DEG = 23.45
_HOURS_H = (9.0, 15.0)


@dataclass(frozen=True)
class Spacing:
    """Result of the spacing rule.

    Attributes
    ----------
    pitch_m
        Row to row, measured horizontally [m].
    gap_m
        Clear distance from the upper edge of a row to the lower edge of the next,
        horizontally [m].
    gcr
        Collector width over pitch.
    shadow_factor
        Shadow length towards the next row over height, at the hour that decides.
    warnings
        That the rows face away from the noon sun: then no row shades the next, and the pitch
        is not a plant's.
    """

    pitch_m: float
    gap_m: float
    gcr: float
    shadow_factor: float
    warnings: tuple[Warn, ...] = ()


def winter_sun(lat_deg: float, hour_h: npt.ArrayLike) -> tuple[F8, F8]:
    """Elevation and azimuth of the sun on the winter solstice of the site's hemisphere.

    Parameters
    ----------
    lat_deg : float
    hour_h : float or f8[n]
        Local **true solar** time [h].

    Returns
    -------
    elevation_deg, azimuth_deg : f8
        Azimuth clockwise from north.

    Examples
    --------
    >>> e, a = winter_sun(38.9, 9.0)
    >>> round(float(e), 2), round(float(a), 2)
    (14.77, 137.87)
    """
    phi = np.deg2rad(lat_deg)
    decl = np.deg2rad(-_OBLIQUITY_DEG if lat_deg >= 0 else _OBLIQUITY_DEG)
    omega = np.deg2rad(15.0 * (np.asarray(hour_h, dtype=np.float64) - 12.0))
    east = -np.cos(decl) * np.sin(omega)
    north = np.sin(decl) * np.cos(phi) - np.cos(decl) * np.sin(phi) * np.cos(omega)
    up = np.sin(decl) * np.sin(phi) + np.cos(decl) * np.cos(phi) * np.cos(omega)
    return np.rad2deg(np.arcsin(up)), np.rad2deg(np.arctan2(east, north)) % 360.0


def slope_components(
    slope_deg: npt.ArrayLike, aspect_deg: npt.ArrayLike, facing_deg: npt.ArrayLike
) -> tuple[F8, F8]:
    """Ground slope as seen from rows: rise behind them, and rise along them.

    Parameters
    ----------
    slope_deg : float or f8[n]
    aspect_deg : float or f8[n]
        Direction the slope falls to, clockwise from north; any value on level ground.
    facing_deg : float or f8[n]
        Direction the modules face.

    Returns
    -------
    rise, axis_rise : f8
        Tangents: away from the facing direction, and towards ``facing + 90 deg``.

    Examples
    --------
    A south slope under south-facing rows rises behind them and not along them.

    >>> rise, along = slope_components(45.0, 180.0, 180.0)
    >>> round(float(rise), 6), round(float(along), 6)
    (1.0, 0.0)
    """
    t = np.tan(np.deg2rad(np.asarray(slope_deg, dtype=np.float64)))
    turn = np.deg2rad(np.asarray(aspect_deg, dtype=np.float64) - np.asarray(facing_deg))
    turn = np.where(np.isfinite(turn), turn, 0.0)
    return t * np.cos(turn), 0.0 - t * np.sin(turn)


def _polar(lat_deg: float, site: str) -> ModelError:
    return ModelError(
        say("siting.pv_study.polar_site"),
        where=site,
        got=say("siting.pv_study.latitude", lat=lat_deg),
        # tan(58.4 deg) tan(23.45 deg) = cos(45 deg): the sun rises at 9:00
        expected=say("siting.pv_study.latitude_within_58"),
        todo=say("siting.pv_study.check_latitude_or_give_gcr"),
    )


def row_pitch_m(
    lat_deg: float,
    collector_m: float,
    tilt_deg: float,
    *,
    azimuth_deg: float = 180.0,
    rise: float = 0.0,
    axis_rise: float = 0.0,
    hours_h: tuple[float, float] = _HOURS_H,
    least_gap_m: float = 0.0,
    site: str = "",
) -> Spacing:
    """Pitch at which no row shades the next from 9:00 to 15:00 true solar time.

    Parameters
    ----------
    lat_deg : float
    collector_m : float
        Width of the collector along its tilt [m].
    tilt_deg, azimuth_deg : float
    rise, axis_rise : float
        Ground slope, see `slope_components`.
    hours_h : (float, float)
        Window in local true solar time [h]; the rule says 9 and 15.
    least_gap_m : float
        Gap kept for access even where the sun would allow less [m].
    site : str
        Name of the site, for messages.

    Returns
    -------
    Spacing

    Raises
    ------
    ModelError
        When the sun does not rise in the window (polar site), or the slope falls away from
        the sun so steeply that no pitch is enough.

    Notes
    -----
    With the sun's elevation h and azimuth A off the facing direction, and the ground rising
    by r behind and a along the rows, the shadow's edge meets the next row at ::

        P = L (sin(beta) + k cos(beta)) / (k + r),  k = (tan(h) - a sin(A)) / cos(A)

    On level ground facing the equator this is the long form of the standard,
    ``L cos(beta) + L sin(beta) (0.707 tan(phi) + 0.4338) / (0.707 - 0.4338 tan(phi))``.
    The short form with 0.648/0.399 found in many texts under-spaces the gap by 4 % at 38.9 N.
    The hours are of the true sun, not of the clock: read as
    Beijing time the pitch at Pingluo would come out 45 % too long.

    References
    ----------
    .. [1] GB 50797-2012, Code for design of photovoltaic power station, 7.2.2(2).

    Examples
    --------
    >>> s = row_pitch_m(38.9, 4.6, 35.0)
    >>> round(s.pitch_m, 2), round(s.gcr, 3)
    (11.19, 0.411)
    """
    if not collector_m > 0.0 or not 0.0 <= tilt_deg < 90.0:
        raise ConfigError(
            say("siting.pv_study.no_such_row"),
            got=say(
                "siting.pv_study.width_and_tilt", collector_m=collector_m, tilt_deg=tilt_deg
            ),
        )
    edges = ((-1.0, 1.0, rise, "rise"), (-1.0, 1.0, axis_rise, "axis_rise"))
    faults = place_faults(lat=lat_deg) + [
        fault
        for low, high, value, name in (*edges, (-360.0, 360.0, azimuth_deg, "azimuth_deg"))
        if (fault := range_fault(name, value, low, high, "")) is not None
    ]
    if not hours_h[0] < hours_h[1]:
        faults.append(
            Fault(
                say("siting.pv_study.hours_reversed"),
                where="hours_h",
                got=f"{hours_h[0]:g}, {hours_h[1]:g}",
                expected=say("siting.pv_study.hours_in_order"),
            )
        )
    raise_faults(ConfigError, faults)
    # the ends decide on level ground; along a slope an hour in between may
    hours = np.linspace(hours_h[0], hours_h[1], 61)
    elevation, azimuth = winter_sun(lat_deg, hours)
    if (elevation <= 0.0).any():
        raise _polar(lat_deg, site)
    turn = np.deg2rad(azimuth - azimuth_deg)
    t = np.deg2rad(tilt_deg)
    front = np.cos(turn) > 1e-6
    tan_h = np.tan(np.deg2rad(elevation))
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.where(front, (tan_h - axis_rise * np.sin(turn)) / np.cos(turn), np.inf)
        pitch = np.where(front, (np.sin(t) + k * np.cos(t)) / (k + rise), np.cos(t))
    if (front & (k + rise <= 1e-3)).any():
        raise ModelError(
            say("siting.pv_study.no_pitch_without_shade"),
            where=site,
            got=say("siting.pv_study.slope_of_rows", rise=rise, axis_rise=axis_rise),
            todo=say("siting.pv_study.leave_out_or_own_pitch"),
        )
    # rows may not overlap in plan, and an access gap may be wanted
    bare = np.maximum(pitch, np.cos(t)) * collector_m
    worst = int(np.argmax(bare))
    found = max(float(bare[worst]), float(np.cos(t)) * collector_m + least_gap_m)
    return Spacing(
        pitch_m=found,
        gap_m=found - collector_m * float(np.cos(t)),
        gcr=collector_m / found,
        shadow_factor=float(1.0 / (k[worst] + rise)) if np.isfinite(k[worst]) else 0.0,
        warnings=facing_warnings(lat_deg, azimuth_deg, tilt_deg, where=site or "azimuth_deg"),
    )


def gb_gcr(
    lat_deg: float,
    tilt_deg: float,
    *,
    azimuth_deg: float = 180.0,
    rise: F8,
    axis_rise: F8,
    most: float = 0.85,
    site: str = "",
) -> F8:
    """Ground cover by the rule for many slopes at once; 0 where no pitch is enough.

    Parameters
    ----------
    rise, axis_rise : f8[n]
    most : float
        Ceiling for steep sunny slopes, where the rule alone would pack the rows.
    site : str
        Name of the place, for messages.

    Raises
    ------
    ModelError
        When the sun does not rise in the window (polar site).

    Examples
    --------
    >>> gb_gcr(38.9, 35.0, rise=np.array([0.0]), axis_rise=np.array([0.0])).round(3).tolist()
    [0.411]
    """
    hours = np.linspace(*_HOURS_H, 61)
    elevation, azimuth = winter_sun(lat_deg, hours)
    if (elevation <= 0.0).any():
        raise _polar(lat_deg, site)
    turn = np.deg2rad(azimuth - azimuth_deg)[:, None]
    tan_h = np.tan(np.deg2rad(elevation))[:, None]
    t = np.deg2rad(tilt_deg)
    worst = np.full(len(rise), np.cos(t))
    bad = np.zeros(len(rise), dtype=bool)
    for i in range(len(hours)):
        c = float(np.cos(turn[i, 0]))
        if c <= 1e-6:
            continue
        k = (float(tan_h[i, 0]) - axis_rise * float(np.sin(turn[i, 0]))) / c
        bad |= k + rise <= 1e-3
        with np.errstate(divide="ignore", invalid="ignore"):
            worst = np.maximum(worst, (np.sin(t) + k * np.cos(t)) / (k + rise))
    return np.where(bad, 0.0, np.minimum(1.0 / worst, most))


def clock_of_true_solar(
    hour_h: float, lon_deg: float, *, utc_offset_h: float, day_of_year: int = 355
) -> float:
    """Clock time of a true solar time [h].

    Examples
    --------
    Nine o'clock true solar time at Taole is 9:51 Beijing time on the solstice.

    >>> h = clock_of_true_solar(9.0, 106.7, utc_offset_h=8.0)
    >>> f"{int(h)}:{round(h % 1 * 60):02d}"
    '9:51'
    """
    from layers.weather.sun import equation_of_time_h

    equation = float(equation_of_time_h([day_of_year])[0])
    return hour_h - equation - lon_deg / 15.0 + utc_offset_h


def array_ha_mw(efficiency_frac: float, gcr: float) -> float:
    """Land under the array alone [ha per MWp].

    Examples
    --------
    At the pitch of 38.9 N and modules of 22.5 %:

    >>> round(array_ha_mw(0.225, 0.411), 2)
    1.08
    """
    if not 0.0 < efficiency_frac < 1.0 or not gcr > 0.0:
        raise ConfigError(
            say("siting.pv_study.no_such_array"),
            got=say(
                "siting.pv_study.efficiency_and_gcr", efficiency_frac=efficiency_frac, gcr=gcr
            ),
        )
    return 1.0 / (efficiency_frac * gcr) * 1000.0 / 10_000.0


@dataclass(frozen=True)
class LandNeed:
    """Land of a plant and how plausible it is.

    Attributes
    ----------
    array_ha
        Array alone, by pitch and efficiency.
    index_ha, within_index
        By the index table the user gave; None without one.
    """

    array_ha: float
    index_ha: float | None
    within_index: bool | None


def land_need(
    capacity_mw: float,
    area_ha: float,
    *,
    dc_ac_ratio: float,
    efficiency_frac: float,
    gcr: float,
    index_ha_mw: float | None = None,
) -> LandNeed:
    """Land a plant needs against the land it has and the index.

    The limits of TD/T 1075-2023 (annexes A and B) are not public; `index_ha_mw` is the
    user's own figure from them and nothing is assumed without it.

    Raises
    ------
    ConfigError
        For a plant without capacity or land.

    Examples
    --------
    >>> n = land_need(100.0, 170.0, dc_ac_ratio=1.25, efficiency_frac=0.225, gcr=0.411)
    >>> round(n.array_ha, 1), n.within_index is None
    (135.2, True)
    """
    if not capacity_mw > 0.0 or not area_ha > 0.0:
        raise ConfigError(
            say("siting.pv_study.no_land_need"),
            got=say("siting.pv_study.mw_on_ha", capacity_mw=capacity_mw, area_ha=area_ha),
        )
    array = capacity_mw * dc_ac_ratio * array_ha_mw(efficiency_frac, gcr)
    index = None if index_ha_mw is None else index_ha_mw * capacity_mw
    return LandNeed(
        array_ha=array,
        index_ha=index,
        within_index=None if index is None else area_ha <= index,
    )
