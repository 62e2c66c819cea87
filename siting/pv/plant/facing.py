"""Whether modules face the sun of their hemisphere."""

from __future__ import annotations

import numpy as np

from gis.say import say
from layers.result import Warn
from siting.pv.plant.plant import PvPlant

__all__ = ["equator_azimuth_deg", "facing_warnings", "plant_facing_warnings"]


def equator_azimuth_deg(lat_deg: float) -> float:
    """Azimuth of the sun at noon on the mean of a year [deg]: the equator's side.

    Examples
    --------
    >>> equator_azimuth_deg(38.9), equator_azimuth_deg(-35.0)
    (180.0, 0.0)
    """
    return 180.0 if lat_deg >= 0.0 else 0.0


def facing_warnings(
    lat_deg: float, azimuth_deg: float, tilt_deg: float, *, where: str = "azimuth_deg"
) -> tuple[Warn, ...]:
    """That tilted modules face away from the noon sun; nothing where they face it.

    Modules due east or west face neither side, level ones all.

    Examples
    --------
    >>> [w.code for w in facing_warnings(-35.0, 180.0, 30.0)], facing_warnings(-35.0, 0.0, 30.0)
    (['pv_faces_away'], ())
    """
    sun = equator_azimuth_deg(lat_deg)
    away = np.cos(np.deg2rad(azimuth_deg - sun)) < -1e-9
    if lat_deg == 0.0 or tilt_deg == 0.0 or not away:
        return ()
    told = say(
        "siting.pv_plant.pv_faces_away",
        lat=lat_deg,
        azimuth_deg=azimuth_deg,
        sun_azimuth_deg=sun,
    )
    return (Warn("pv_faces_away", told, where),)


def plant_facing_warnings(
    plant: PvPlant, lat_deg: float, *, where: str = "[pv] azimuth_deg"
) -> tuple[Warn, ...]:
    """`facing_warnings` of a plant; trackers turn to the sun themselves.

    A tilt still to be designed counts as tilted.
    """
    if plant.mounting != "fixed":
        return ()
    tilt = 1.0 if plant.tilt_deg is None else plant.tilt_deg
    return facing_warnings(lat_deg, plant.azimuth_deg, tilt, where=where)
