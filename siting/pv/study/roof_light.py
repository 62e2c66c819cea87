"""Roofs in the light of their place, as the sites on land are."""

from __future__ import annotations

import numpy as np
import shapely

from gis.types import F8
from siting.pv.plant.chain import Resource, site_yield
from siting.pv.plant.plant import PvPlant
from siting.pv.study.site_light import SiteLight, light_response

__all__ = ["roof_factors"]

_CELL_M = 1000.0  # light hardly changes within


def roof_factors(light: SiteLight, res: Resource, plant: PvPlant, geometry: object) -> F8:
    """Yearly yield of each roof over that in the light of the series, f8[n].

    Parameters
    ----------
    light : SiteLight
    res : Resource
        The series.
    plant : PvPlant
        A roof's, with its tilt; stands for all, whose ratio hardly differs.
    geometry : (n,) array of shapely geometries
        Footprints in the plan's CRS; those of one square kilometre share its light.
    """
    at = shapely.centroid(np.asarray(geometry, dtype=object))
    cells = np.floor(np.stack([shapely.get_x(at), shapely.get_y(at)], axis=1) / _CELL_M)
    places, back = np.unique(np.nan_to_num(cells), axis=0, return_inverse=True)
    middle = (places + 0.5) * _CELL_M
    factors = np.array([light.at(float(x), float(y)).factor for x, y in middle]).T
    if (factors == 1.0).all():
        return np.ones(len(at))
    months = site_yield(res, plant).monthly()["ac_kwh_kwp"].to_numpy()
    ratio = (light_response(res, plant, factors) * months[:, None]).sum(axis=0) / months.sum()
    return np.asarray(ratio[np.ravel(back)])
