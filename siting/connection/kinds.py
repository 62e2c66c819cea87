"""PV and wind sites of one run: the capacity of each, and land both kinds have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gis.cells.area import polygon_area_m2, polygonal, to_ha
from gis.say import Sentence, listed, say
from gis.types import F8
from layers.result import optional_table
from siting.sites.judged import provisional_rows

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["LEAST_SHARED_HA", "same_land_words", "shared_land_ha", "with_wind"]

LEAST_SHARED_HA = 0.05
"""Land of both kinds below this is shown as 0.0 ha, and not told."""
_MOST = 12  # sites named


def with_wind(work: Path, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sites with the capacity the turbines of a wind site add up to, where they were placed.

    Parameters
    ----------
    work : Path
        Run folder; its table ``wind_sites`` is read where the step ``wind`` has left one.
    sites : GeoDataFrame
        ``site_id``, ``capacity_mw`` [MW AC], NaN for wind.
    """
    wind = optional_table(work, "wind_sites")
    if wind is None or not {"site_id", "capacity_mw"} <= set(wind.columns):
        return sites
    own = wind.set_index(wind["site_id"].astype(str))["capacity_mw"].astype(float)
    found = sites["site_id"].astype(str).map(own)
    return sites.assign(capacity_mw=sites["capacity_mw"].astype(float).fillna(found))


def shared_land_ha(sites: gpd.GeoDataFrame) -> F8:
    """Land of each site that sites of the other kind have as well.

    Turbines and panels can stand on the same land, and no rule of the toolkit forbids it: the
    capacities of both kinds are each right, and their sum is so only if both are built there.

    Parameters
    ----------
    sites : GeoDataFrame
        ``tech`` (``"pv"`` or ``"wind"``), ``capacity_mw`` and, where there is one,
        ``provisional``, in a projected CRS.

    Returns
    -------
    (n,) float64
        [ha], ellipsoidal. Sites whose capacity is not known, and provisional ones, are in no
        sum and share nothing.

    Examples
    --------
    >>> import geopandas as gpd
    >>> two = gpd.GeoDataFrame(
    ...     {"tech": ["pv", "wind"], "capacity_mw": [10.0, 5.0]},
    ...     geometry=[shapely.box(4e5, 43e5, 4.01e5, 43.01e5),
    ...               shapely.box(4.005e5, 43e5, 4.02e5, 43.01e5)],
    ...     crs="EPSG:4544")
    >>> shared_land_ha(two).round().tolist()  # half a square kilometre of each
    [50.0, 50.0]
    """
    out = np.zeros(len(sites))
    counted = sites["capacity_mw"].astype(float).to_numpy() >= 0
    counted &= ~provisional_rows(sites)
    tech = sites["tech"].astype(str).to_numpy()
    shapes = np.asarray(sites.geometry.array)
    for kind in ("pv", "wind"):
        own = np.flatnonzero(counted & (tech == kind))
        others = np.flatnonzero(counted & (tech != kind))
        if not len(own) or not len(others):
            continue
        pairs = shapely.STRtree(shapes[others]).query(shapes[own], predicate="intersects")
        hits = pd.Series(others[pairs[1]]).groupby(own[pairs[0]])
        cut = {
            int(i): polygonal(
                shapely.intersection(shapes[i], shapely.union_all(shapes[list(j)]))
            )
            for i, j in hits
        }
        if cut:
            area = polygon_area_m2(list(cut.values()), sites.crs)
            out[list(cut)] = to_ha(np.asarray(area, dtype=float))
    return out


def same_land_words(sites: gpd.GeoDataFrame) -> tuple[Sentence, ...]:
    """That sites of both kinds have land in common, how much, and which; nothing for none.

    Parameters
    ----------
    sites : GeoDataFrame
        With ``shared_ha`` of `shared_land_ha`.
    """
    own = sites[sites["shared_ha"] >= LEAST_SHARED_HA]
    ha = float(own.loc[own["tech"] == "pv", "shared_ha"].sum())
    if ha < LEAST_SHARED_HA:
        return ()
    largest = own.sort_values("shared_ha", ascending=False, kind="stable")["site_id"]
    ids = [str(i) for i in largest[:_MOST]]
    more = [say("siting.connection.and_more", n=len(own) - _MOST)] if len(own) > _MOST else []
    return (say("siting.connection.pv_and_wind_on_land", ha=ha, ids=listed([*ids, *more])),)
