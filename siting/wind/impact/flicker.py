"""Shadow flicker: hours a moving blade shadow falls on a window or a cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.cells.jit import kernel
from gis.errors import DataError
from gis.say import listed, say
from gis.toml import FrozenDict, read_toml

__all__ = ["Flicker", "SunSteps", "flicker_hours", "flicker_raster", "sun_steps"]

Float = NDArray[np.float64]


def _data() -> FrozenDict:
    return read_toml("siting.wind.turbines", "flicker.toml")


@dataclass(frozen=True, eq=False)
class SunSteps:
    """Positions of the sun over a year, high enough to cast a shadow.

    Attributes
    ----------
    azimuth_deg, elevation_deg : (t,) float
        Clockwise from grid north; apparent elevation.
    day, month : (t,) int
        Day of the year from 0, month 1-12.
    shine : (t,) float
        Chance of sunshine while the rotor turns; 1 in the worst case.
    rotor_deg : (t,) float
        Direction the rotor faces; NaN: unknown, taken as facing the sun.
    step_h
        Length of a step [h].
    """

    azimuth_deg: Float
    elevation_deg: Float
    day: NDArray[np.int64]
    month: NDArray[np.int64]
    shine: Float
    rotor_deg: Float
    step_h: float


@dataclass(frozen=True, eq=False)
class Flicker:
    """Flicker at receptors.

    Attributes
    ----------
    worst_h_yr : (m,) float
        Sun always shining, rotor always turning and facing the sun.
    worst_min_day : (m,) float
        Longest day of the worst case [min].
    expected_h_yr : (m,) float or None
        With sunshine, wind and rotor direction of the weather; None without them.
    """

    worst_h_yr: Float
    worst_min_day: Float
    expected_h_yr: Float | None


def sun_steps(
    lon: float,
    lat: float,
    *,
    altitude_m: float = 0.0,
    step_min: int = 5,
    year: int = 2023,
    north_offset_deg: float = 0.0,
    weather: pd.DataFrame | None = None,
    cut_in_m_s: float = 3.0,
    cut_out_m_s: float = 25.0,
) -> SunSteps:
    """Sun positions of a year; with `weather` also its chance to shine and the rotor's yaw.

    Parameters
    ----------
    step_min : int
        Length of a step [min].
    north_offset_deg : float
        Grid convergence: azimuth of true north on the grid, added to sun azimuths.
    weather : DataFrame, optional
        Hourly, time-zone aware, with ``dni_w_m2``, ``wind_speed_m_s`` at hub height and
        ``wind_direction_deg``; matched by month, day and hour.

    References
    ----------
    I. Reda, A. Andreas, Solar Energy 76 (2004) 577 (sun position, through pvlib); WMO-No. 8
    (sunshine: direct irradiance of at least 120 W/m2).
    """
    import pvlib

    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise DataError(say("siting.wind_impact.not_place"), got=f"{lon}, {lat}")
    start = pd.Timestamp(f"{year}-01-01", tz="UTC")
    count = 365 * 24 * 60 // step_min
    index = pd.date_range(
        start + pd.Timedelta(minutes=step_min / 2), periods=count, freq=f"{step_min}min"
    )
    found = pvlib.solarposition.spa_python(index, lat, lon, altitude=altitude_m)
    elevation = found["apparent_elevation"].to_numpy()
    azimuth = (found["azimuth"].to_numpy() + north_offset_deg) % 360.0
    up = elevation >= float(_data()["sun"]["min_elevation_deg"])
    local = index + pd.Timedelta(hours=lon / 15.0)
    shine = np.ones(count)
    rotor = np.full(count, np.nan)
    if weather is not None:
        shine, rotor = _weather_at(index, weather, cut_in_m_s, cut_out_m_s)
    return SunSteps(
        azimuth[up],
        elevation[up],
        (local.day_of_year.to_numpy()[up] - 1).astype(np.int64),
        local.month.to_numpy()[up].astype(np.int64),
        shine[up],
        rotor[up],
        step_min / 60.0,
    )


def _weather_at(
    index: pd.DatetimeIndex, weather: pd.DataFrame, cut_in: float, cut_out: float
) -> tuple[Float, Float]:
    need = ["dni_w_m2", "wind_speed_m_s", "wind_direction_deg"]
    missing = [c for c in need if c not in weather]
    if missing:
        raise DataError(
            say("siting.wind_impact.weather_lacks_columns_flicker"), expected=listed(missing)
        )
    utc = pd.DatetimeIndex(weather.index).tz_convert("UTC")
    key = (utc.month * 100 + utc.day) * 100 + utc.hour
    first = pd.DataFrame(
        {
            "sun": (weather["dni_w_m2"].to_numpy() >= _data()["sunshine"]["dni_w_m2"]),
            "turn": (
                (weather["wind_speed_m_s"].to_numpy() >= cut_in)
                & (weather["wind_speed_m_s"].to_numpy() <= cut_out)
            ),
            "wd": weather["wind_direction_deg"].to_numpy(),
            "key": key.to_numpy(),
        }
    )
    first["both"] = (first["sun"] & first["turn"]).astype(float)
    wanted = ((index.month * 100 + index.day) * 100 + index.hour).to_numpy()
    # several years: the share of years; the yaw of the first year with both
    chance = first.groupby("key")["both"].mean()
    yaw = (
        first.sort_values("both", ascending=False).drop_duplicates("key").set_index("key")["wd"]
    )
    shine = chance.reindex(wanted).to_numpy()
    mean = float(first["both"].mean())
    return np.where(np.isnan(shine), mean, shine), yaw.reindex(wanted).to_numpy(dtype=float)


@kernel
def _shadows(
    px: Float,
    py: Float,
    pz: Float,
    tx: Float,
    ty: Float,
    tz: Float,
    radius: Float,
    reach: Float,
    sun_x: Float,
    sun_y: Float,
    sun_z: Float,
    face_x: Float,
    face_y: Float,
    weight: Float,
    day: NDArray[np.int64],
    hours: Float,
    by_day: Float,
) -> None:
    """Add `weight` to `hours` of every receptor in the shadow of a rotor.

    The rotor is a disc about the hub whose normal is (face_x, face_y, 0), or faces the sun
    where that is NaN. A receptor is in shadow when the ray to the sun meets the disc.
    """
    for m in range(px.shape[0]):
        for s in range(sun_x.shape[0]):
            for t in range(tx.shape[0]):
                dx, dy, dz = tx[t] - px[m], ty[t] - py[m], tz[t] - pz[m]
                flat = dx * dx + dy * dy
                if flat > reach[t] * reach[t]:
                    continue
                along = dx * sun_x[s] + dy * sun_y[s] + dz * sun_z[s]
                if along <= 0.0:
                    continue
                # distance of the hub from the ray
                gap2 = flat + dz * dz - along * along
                if gap2 > radius[t] * radius[t]:
                    continue
                if not np.isnan(face_x[s]):
                    across = face_x[s] * sun_x[s] + face_y[s] * sun_y[s]
                    if abs(across) < 1e-6:
                        continue
                    k = (face_x[s] * dx + face_y[s] * dy) / across
                    ex, ey, ez = k * sun_x[s] - dx, k * sun_y[s] - dy, k * sun_z[s] - dz
                    if k <= 0.0 or ex * ex + ey * ey + ez * ez > radius[t] * radius[t]:
                        continue
                hours[m] += weight[s]
                if by_day.shape[1] > 0:
                    by_day[m, day[s]] += weight[s]
                break


def _sun_vectors(sun: SunSteps) -> tuple[Float, Float, Float]:
    az, el = np.deg2rad(sun.azimuth_deg), np.deg2rad(sun.elevation_deg)
    return (
        np.ascontiguousarray(np.sin(az) * np.cos(el)),
        np.ascontiguousarray(np.cos(az) * np.cos(el)),
        np.ascontiguousarray(np.sin(el)),
    )


def flicker_hours(
    receptor_xyz: Float,
    turbine_xyz: Float,
    hub_m: Float,
    rotor_m: Float,
    sun: SunSteps,
    *,
    eye_m: float = 1.5,
    expected: bool = False,
) -> Flicker:
    """Hours of shadow flicker at receptors.

    Parameters
    ----------
    receptor_xyz : (m, 3) float
        Ground at each window or yard [m].
    turbine_xyz : (n, 3) float
        Foot of each turbine [m].
    hub_m, rotor_m : (n,) float
        Hub heights and rotor diameters [m].
    sun : SunSteps
    eye_m : float
        Height of the receptor above its ground [m].
    expected : bool
        Also weigh with sunshine, wind and rotor direction of `sun`.

    Returns
    -------
    Flicker

    Notes
    -----
    Worst case: the rotor is a disc that always faces the sun and the sky is always clear.
    A receptor under several shadows at once is counted once. Reach: 10 rotor diameters.
    """
    p = np.atleast_2d(np.asarray(receptor_xyz, dtype=float))
    t = np.atleast_2d(np.asarray(turbine_xyz, dtype=float))
    n = len(t)
    hub = np.broadcast_to(np.asarray(hub_m, dtype=float), n)
    rotor = np.broadcast_to(np.asarray(rotor_m, dtype=float), n)
    if not all(np.isfinite(a).all() for a in (p, t, hub, rotor)):
        raise DataError(say("siting.wind_impact.position_size_missing"), where="flicker")
    reach = np.ascontiguousarray(float(_data()["reach"]["rotor_diameters"]) * rotor)
    px, py, pz = (np.ascontiguousarray(c) for c in (p[:, 0], p[:, 1], p[:, 2] + eye_m))
    tx, ty, tz = (np.ascontiguousarray(c) for c in (t[:, 0], t[:, 1], t[:, 2] + hub))
    radius = np.ascontiguousarray(rotor / 2)
    sx, sy, sz = _sun_vectors(sun)
    nowhere = np.full(sun.azimuth_deg.shape, np.nan)
    worst = np.zeros(len(p))
    by_day = np.zeros((len(p), 366))
    step = np.full(sun.azimuth_deg.shape, sun.step_h)
    still = (px, py, pz, tx, ty, tz, radius, reach, sx, sy, sz)
    _shadows(*still, nowhere, nowhere, step, sun.day, worst, by_day)
    real: Float | None = None
    if expected:
        yaw = np.deg2rad(sun.rotor_deg)
        face = np.ascontiguousarray(np.sin(yaw)), np.ascontiguousarray(np.cos(yaw))
        chance = np.ascontiguousarray(step * sun.shine)
        real = np.zeros(len(p))
        _shadows(*still, *face, chance, sun.day, real, np.zeros((len(p), 0)))
    return Flicker(worst, by_day.max(axis=1, initial=0.0) * 60.0, real)


@kernel
def _paint(
    hours: NDArray[np.float32],
    stamp: NDArray[np.int32],
    ground: Float,
    left: float,
    top: float,
    cell: float,
    tx: Float,
    ty: Float,
    tz: Float,
    radius: Float,
    reach: Float,
    sun_x: Float,
    sun_y: Float,
    sun_z: Float,
    weight: Float,
) -> None:
    """Add `weight` to the cells whose centre lies in the shadow of a disc facing the sun."""
    h, w = hours.shape
    for s in range(sun_x.shape[0]):
        flat = np.sqrt(sun_x[s] ** 2 + sun_y[s] ** 2)
        for t in range(tx.shape[0]):
            row0 = int((top - ty[t]) / cell)
            col0 = int((tx[t] - left) / cell)
            base = ground[min(max(row0, 0), h - 1), min(max(col0, 0), w - 1)]
            length = (tz[t] - base) / sun_z[s] * flat  # of the hub's shadow
            far = min(length + radius[t] / sun_z[s], reach[t])
            cx = tx[t] - sun_x[s] / max(flat, 1e-9) * length
            cy = ty[t] - sun_y[s] / max(flat, 1e-9) * length
            if length - radius[t] / sun_z[s] > reach[t]:
                continue
            span = min(radius[t] / sun_z[s], 2.0 * reach[t]) + 2.0 * cell
            if far <= 0.0:
                continue
            r0 = max(int((top - cy - span) / cell), 0)
            r1 = min(int((top - cy + span) / cell) + 1, h)
            c0 = max(int((cx - span - left) / cell), 0)
            c1 = min(int((cx + span - left) / cell) + 1, w)
            for r in range(r0, r1):
                for c in range(c0, c1):
                    if stamp[r, c] == s:
                        continue
                    px, py = left + (c + 0.5) * cell, top - (r + 0.5) * cell
                    dx, dy = tx[t] - px, ty[t] - py
                    dz = tz[t] - ground[r, c]
                    if dx * dx + dy * dy > reach[t] * reach[t]:
                        continue
                    along = dx * sun_x[s] + dy * sun_y[s] + dz * sun_z[s]
                    if along <= 0.0:
                        continue
                    if dx * dx + dy * dy + dz * dz - along * along <= radius[t] * radius[t]:
                        hours[r, c] += weight[s]
                        stamp[r, c] = s


def flicker_raster(
    ground_m: Float,
    left_m: float,
    top_m: float,
    cell_m: float,
    turbine_xyz: Float,
    hub_m: Float,
    rotor_m: Float,
    sun: SunSteps,
) -> NDArray[np.float32]:
    """Worst-case flicker hours a year of every cell, (h, w) float32.

    Parameters
    ----------
    ground_m : (h, w) float
        Ground level, row 0 north.

    Notes
    -----
    Shadows are looked for around the hub's shadow on level ground, so on slopes steeper
    than the sun is high the raster can miss hours that `flicker_hours` counts.
    """
    t = np.atleast_2d(np.asarray(turbine_xyz, dtype=float))
    n = len(t)
    hub = np.broadcast_to(np.asarray(hub_m, dtype=float), n)
    rotor = np.broadcast_to(np.asarray(rotor_m, dtype=float), n)
    hours = np.zeros(ground_m.shape, dtype=np.float32)
    stamp = np.full(ground_m.shape, -1, dtype=np.int32)
    _paint(
        hours,
        stamp,
        np.ascontiguousarray(ground_m, dtype=float),
        left_m,
        top_m,
        cell_m,
        np.ascontiguousarray(t[:, 0]),
        np.ascontiguousarray(t[:, 1]),
        np.ascontiguousarray(t[:, 2] + hub),
        np.ascontiguousarray(rotor / 2),
        np.ascontiguousarray(float(_data()["reach"]["rotor_diameters"]) * rotor),
        *_sun_vectors(sun),
        np.full(sun.azimuth_deg.shape, sun.step_h),
    )
    return hours
