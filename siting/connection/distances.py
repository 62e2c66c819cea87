"""Lengths of lines: from sites to stations, and from a site to a collector at another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gis.types import F8
from siting.connection.section import ConnectionSection

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["line_lengths"]

_MOST = 150  # sites of which every pair is measured
_NEAREST = 24  # of more sites, others near each that are


def line_lengths(
    sites: gpd.GeoDataFrame, stations: gpd.GeoDataFrame, how: ConnectionSection
) -> tuple[F8, F8, bool]:
    """Straight lines from the edge of each site, times the plan's detour factor [km].

    Parameters
    ----------
    sites : GeoDataFrame
        Polygons in metres.
    stations : GeoDataFrame
        Points in the same system.

    Returns
    -------
    km : (n, k) float64
        From each site to each station.
    between_km : (n, n) float64
        From each site to each other; infinite where it was not measured.
    every_pair : bool
        False where of each site only the nearest others were measured.
    """
    shapes = np.asarray(sites.geometry.array, dtype=object)
    points = np.asarray(stations.geometry.array, dtype=object)
    n = len(shapes)
    per_m = how.detour_factor / 1000.0
    km = np.empty((n, len(points)))
    for j, point in enumerate(points):
        km[:, j] = shapely.distance(shapes, point) * per_m
    between = np.full((n, n), np.inf)
    if not how.collectors:
        return km, between, True
    if n <= _MOST:
        for i, shape in enumerate(shapes):
            between[i] = shapely.distance(shapes, shape) * per_m
        return km, between, True
    from scipy.spatial import cKDTree

    centres = shapely.get_coordinates(shapely.centroid(shapes))
    _, near = cKDTree(centres).query(centres, k=_NEAREST + 1)
    one = np.repeat(np.arange(n), near.shape[1])
    other = near.ravel()
    apart = shapely.distance(shapes[one], shapes[other]) * per_m
    between[one, other] = apart
    between[other, one] = apart
    return km, between, False
