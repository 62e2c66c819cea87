"""The horizon around a place: from a DEM or given, and what it hides of sun and sky."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.cells.jit import kernel
from gis.errors import ConfigError
from gis.say import say

__all__ = [
    "Horizon",
    "horizon_grid",
    "horizon_of_dem",
    "sky_left",
    "sky_left_profiles",
    "sun_visible",
]

F8 = npt.NDArray[np.float64]
_CURVATURE_M = 2.0 * 6_371_000.0 / (1.0 - 0.13)
"""Twice the Earth's radius over (1 - refraction 0.13): height lost is distance^2 / this."""


@dataclass(frozen=True)
class Horizon:
    """Elevation of the horizon, f8[m], at `m` azimuths evenly from north clockwise."""

    elevation_deg: F8

    def __post_init__(self) -> None:
        values = self.elevation_deg
        if values.ndim != 1 or len(values) < 4 or not ((values >= 0) & (values < 90)).all():
            raise ConfigError(
                say("siting.pv_light.not_a_horizon"),
                got=say("siting.pv_light.values", shape=np.shape(values)),
                expected=say("siting.pv_light.horizon_needs_elevations"),
            )

    def at(self, azimuth_deg: npt.ArrayLike) -> F8:
        """Elevation towards an azimuth, linear between the profile's directions [deg].

        Examples
        --------
        >>> Horizon(np.array([0.0, 10.0, 0.0, 0.0])).at([45.0]).tolist()
        [5.0]
        """
        m = len(self.elevation_deg)
        closed = np.append(self.elevation_deg, self.elevation_deg[0])
        x = np.asarray(azimuth_deg, dtype=np.float64) % 360.0
        return np.asarray(np.interp(x, np.arange(m + 1) * 360.0 / m, closed))


def sun_visible(horizon: Horizon | None, zenith_deg: F8, azimuth_deg: F8) -> F8:
    """1 where the sun stands above the horizon, else 0; f8[n].

    Examples
    --------
    >>> h = Horizon(np.full(4, 10.0))
    >>> sun_visible(h, np.array([85.0, 75.0]), np.array([180.0, 180.0])).tolist()
    [0.0, 1.0]
    """
    if horizon is None:
        return np.ones_like(zenith_deg)
    high = horizon.at(azimuth_deg)
    # a level horizon hides nothing: what the weather says of the hour of sunrise stands
    return np.asarray(((90.0 - zenith_deg) > high) | (high <= 0.0), dtype=np.float64)


def sky_left(horizon: Horizon | None, tilt_deg: npt.ArrayLike, facing_deg: npt.ArrayLike) -> F8:
    """Share of a plane's isotropic sky light that the horizon leaves.

    Parameters
    ----------
    horizon : Horizon or None
    tilt_deg, facing_deg : float or f8[n]

    Notes
    -----
    Sum over azimuths of the integral over elevation of the cosine of incidence above the
    larger of the horizon and the plane itself, over the same with a level horizon.

    Examples
    --------
    A ring of 30 deg hides sin^2(30 deg) of a level plane's sky.

    >>> round(float(sky_left(Horizon(np.full(36, 30.0)), 0.0, 180.0)), 3)
    0.75
    """
    tilt = np.asarray(tilt_deg, dtype=np.float64)
    shape = np.broadcast_shapes(tilt.shape, np.shape(facing_deg))
    if horizon is None or not horizon.elevation_deg.any():
        return np.ones(shape)
    az = np.deg2rad(np.arange(72) * 5.0)
    t = np.deg2rad(np.broadcast_to(tilt, shape)).reshape(-1, 1)
    turn = az - np.deg2rad(np.broadcast_to(facing_deg, shape)).reshape(-1, 1)
    high = np.deg2rad(horizon.at(np.rad2deg(az)))[None, :]
    return _share(t, turn, high).reshape(shape)


def sky_left_profiles(horizon_deg: F8, tilt_deg: float, facing_deg: float) -> F8:
    """`sky_left` of one plane for many profiles, f8[n].

    Parameters
    ----------
    horizon_deg : f8[n, m]
        Elevations at `m` azimuths evenly from north.

    Examples
    --------
    >>> h = np.array([[0.0] * 36, [30.0] * 36])
    >>> sky_left_profiles(h, 0.0, 180.0).round(3).tolist()
    [1.0, 0.75]
    """
    n, m = horizon_deg.shape
    at = np.arange(72) * 5.0 / 360.0 * m
    low = at.astype(np.int64)
    part = at - low
    high = horizon_deg[:, low % m] * (1.0 - part) + horizon_deg[:, (low + 1) % m] * part
    turn = np.deg2rad(np.arange(72) * 5.0 - facing_deg)[None, :]
    out = np.empty(n)
    for lo in range(0, n, 4096):
        out[lo : lo + 4096] = _share(
            np.full((1, 1), np.deg2rad(tilt_deg)), turn, np.deg2rad(high[lo : lo + 4096])
        )
    return out


def _share(t: F8, turn: F8, high: F8) -> F8:
    """Isotropic light above `high` over that above the level horizon, by azimuth sums."""
    # incidence = cos t sin e + sin t cos(turn) cos e; zero on the plane at elevation e0
    a, b = np.cos(t), np.sin(t) * np.cos(turn)
    e0 = np.maximum(np.arctan2(-b, a), 0.0)

    def above(e: F8) -> F8:
        # integral of (a sin e + b cos e) cos e from e to 90 deg
        return np.asarray(
            a * (1.0 - np.sin(e) ** 2) / 2.0
            + b * ((np.pi / 2.0 - e) / 2.0 - np.sin(2.0 * e) / 4.0)
        )

    return np.asarray(above(np.maximum(e0, high)).sum(axis=1) / above(e0).sum(axis=1))


@kernel
def _march(
    dem: F8,
    rows: F8,
    cols: F8,
    ground_m: F8,
    cell_m: float,
    n_azimuths: int,
    first_px: float,
    reach_px: int,
    eye_m: float,
    curvature_m: float,
    out: npt.NDArray[np.float32],
) -> None:
    h, w = dem.shape
    for i in range(rows.size):
        r0, c0 = rows[i], cols[i]
        z0 = ground_m[i] + eye_m
        for k in range(n_azimuths):
            azimuth = 2.0 * np.pi * k / n_azimuths
            dr, dc = -np.cos(azimuth), np.sin(azimuth)
            best = 0.0
            step = 1.0
            s = first_px
            while s <= reach_px:
                r, c = r0 + dr * s, c0 + dc * s
                if r < 0 or c < 0 or r > h - 1 or c > w - 1:
                    break
                ri, ci = int(r), int(c)
                fr, fc = r - ri, c - ci
                r1, c1 = min(ri + 1, h - 1), min(ci + 1, w - 1)
                z = (dem[ri, ci] * (1 - fc) + dem[ri, c1] * fc) * (1 - fr) + (
                    dem[r1, ci] * (1 - fc) + dem[r1, c1] * fc
                ) * fr
                d = s * cell_m
                # nodata (NaN) compares false and hides nothing
                slope = (z - d * d / curvature_m - z0) / d
                if slope > best:
                    best = slope
                # an angle needs a constant relative step: two hundredths of it would pass
                # over the crest of a far ridge
                step = max(1.0, 0.005 * s)
                s += step
            out[i, k] = np.rad2deg(np.arctan(best))


def horizon_grid(
    dem_m: F8,
    rows: npt.ArrayLike,
    cols: npt.ArrayLike,
    *,
    cell_m: float,
    n_azimuths: int = 36,
    reach_m: float = 20_000.0,
    eye_m: float = 1.5,
    from_m: float = 0.0,
    ground_m: F8 | None = None,
) -> npt.NDArray[np.float32]:
    """Horizon profiles of many cells of a DEM at once.

    Parameters
    ----------
    dem_m : f8[h, w]
        Heights, row 0 in the north; NaN is unknown and hides nothing.
    rows, cols : i8[n] or f8[n]
        Cells to look from; whole numbers are their centres.
    cell_m : float
        Cell size [m].
    n_azimuths : int
        Directions, evenly from north clockwise.
    reach_m : float
        How far to look [m]; curvature and refraction are taken off.
    eye_m : float
        Height of the modules over the ground [m].
    from_m : float
        What is nearer hides nothing [m].
    ground_m : f8[n], optional
        Height of the ground looked from [m]; that of the cell without it.

    Returns
    -------
    f4[n, n_azimuths]
        Elevation of the horizon [deg], not below zero.

    Examples
    --------
    A 100 m wall 1 km east stands at atan(98.5 / 1000), about 5.6 deg.

    >>> dem = np.zeros((3, 60)); dem[:, 40:] = 100.0
    >>> h = horizon_grid(dem, np.array([1]), np.array([20]), cell_m=50.0, n_azimuths=4)
    >>> [round(float(v), 1) for v in h[0]]
    [0.0, 5.6, 0.0, 0.0]
    """
    dem = np.ascontiguousarray(dem_m, dtype=np.float64)
    r, c = np.asarray(rows, dtype=np.float64), np.asarray(cols, dtype=np.float64)
    if ground_m is None:
        ground_m = dem[r.astype(np.int64), c.astype(np.int64)]
    out = np.zeros((len(r), n_azimuths), dtype=np.float32)
    _march(
        dem,
        r,
        c,
        np.ascontiguousarray(ground_m, dtype=np.float64),
        float(cell_m),
        n_azimuths,
        max(1.0, from_m / cell_m),
        max(1, int(reach_m / cell_m)),
        float(eye_m),
        _CURVATURE_M,
        out,
    )
    return out


def horizon_of_dem(
    dem_m: F8, row: int, col: int, *, cell_m: float, n_azimuths: int = 72, reach_m: float = 3e4
) -> Horizon:
    """The horizon of one cell, see `horizon_grid`."""
    found = horizon_grid(
        dem_m,
        np.array([row]),
        np.array([col]),
        cell_m=cell_m,
        n_azimuths=n_azimuths,
        reach_m=reach_m,
    )
    return Horizon(found[0].astype(np.float64))
