"""Where the modules look: fixed, or turning about a north-south axis."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from layers.weather import Sun
from siting.pv.light.rows import ground_sky_factor
from siting.pv.plant.plant import PvPlant, Slope

__all__ = ["Orientation", "orientation"]

F8 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Orientation:
    """Orientation of the modules, f8[n] or f8[] each.

    Attributes
    ----------
    surface_tilt_deg, surface_azimuth_deg
        Of the plane in space.
    tilt_deg, facing_deg
        The same in the plane across the rows.
    rise, axis_rise
        Ground slope seen from the facing direction, see `siting.pv.light.rows`.
    clearance
        Height of the lower edge over the ground in collector widths.
    """

    surface_tilt_deg: F8
    surface_azimuth_deg: F8
    tilt_deg: F8
    facing_deg: F8
    rise: F8
    axis_rise: F8
    clearance: F8

    def ground_sky(self, gcr: float) -> F8:
        """View factor of the ground to the sky, interpolated over tilts of 5 degrees."""
        height = float(np.max(self.clearance))
        if self.tilt_deg.ndim == 0:
            return np.asarray(_ground_sky(float(self.tilt_deg), gcr, round(height, 3)))
        tilts = np.arange(0.0, 91.0, 5.0)
        top = float(self.tilt_deg.max())
        table = [_ground_sky(float(t), gcr, round(height, 3)) for t in tilts if t < top + 5.0]
        return np.asarray(np.interp(self.tilt_deg, tilts[: len(table)], table))


@lru_cache(maxsize=1024)
def _ground_sky(tilt_deg: float, gcr: float, clearance: float) -> float:
    return ground_sky_factor(tilt_deg, gcr, clearance)


def orientation(plant: PvPlant, slope: Slope, sun: Sun) -> Orientation:
    """Orientation of the modules for each hour.

    Parameters
    ----------
    plant : PvPlant
        With tilt and ground cover.
    slope : Slope
    sun : Sun

    Notes
    -----
    Trackers follow pvlib's `tracking.singleaxis`: true tracking, or slope-aware
    backtracking that keeps the rows out of each other's shade on cross slopes. Their axis
    runs north-south along the ground's slope.

    References
    ----------
    .. [1] Anderson, K., Mikofski, M. (2020). Slope-Aware Backtracking for Single-Axis
       Trackers. NREL/TP-5K00-76626. :doi:`10.2172/1660126`
    """
    tilt_deg, gcr = plant.designed()
    if plant.mounting == "fixed":
        return Orientation(
            np.asarray(tilt_deg),
            np.asarray(plant.azimuth_deg),
            np.asarray(tilt_deg),
            np.asarray(plant.azimuth_deg),
            np.asarray(slope.rise),
            np.asarray(slope.axis_rise),
            np.asarray(plant.clearance),
        )
    if plant.mounting == "two_axis":
        # level in the dark; the tracker of two axes looks into the sun
        up = sun.apparent_zenith_deg < 90.0
        tilt = np.where(up, sun.apparent_zenith_deg, 0.0)
        facing = np.where(up, sun.azimuth_deg, 180.0)
        low = plant.clearance - 0.5 * np.sin(np.deg2rad(tilt))
        nothing = np.zeros(len(tilt))
        return Orientation(tilt, facing, tilt, facing, nothing, nothing, np.maximum(low, 0.01))
    from pvlib import tracking

    # axis azimuth south: positive rotation looks west. axis_rise is the rise of the ground
    # along the axis towards the north, rise away from the west-facing side (to the east).
    axis_tilt = float(np.rad2deg(np.arctan(slope.axis_rise)))
    cross = float(np.rad2deg(np.arctan(slope.rise)))
    found = tracking.singleaxis(
        sun.apparent_zenith_deg,
        sun.azimuth_deg,
        axis_tilt=axis_tilt,
        axis_azimuth=180.0,
        max_angle=plant.max_angle_deg,
        backtrack=plant.backtrack,
        gcr=max(gcr, 1e-6),
        cross_axis_tilt=cross,
    )
    theta = np.nan_to_num(np.asarray(found["tracker_theta"], dtype=np.float64))
    level = np.isnan(found["surface_tilt"])
    west = theta >= 0.0
    tilt = np.abs(theta)
    height = plant.clearance - 0.5 * np.sin(np.deg2rad(tilt))
    return Orientation(
        np.where(level, axis_tilt, np.nan_to_num(found["surface_tilt"])),
        np.where(level, 180.0, np.nan_to_num(found["surface_azimuth"])),
        tilt,
        np.where(west, 270.0, 90.0),
        np.where(west, slope.rise, -slope.rise),
        np.where(west, slope.axis_rise, -slope.axis_rise),
        np.maximum(height, 0.01),
    )
