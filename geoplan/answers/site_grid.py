"""Sites with what the grid has for each: the same on the map, in files and over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["GRID_TABLE", "sites_with_grid"]

GRID_TABLE = "connection_sites"
"""The table of a run that has the state of connection of each site."""


def sites_with_grid(sites: gpd.GeoDataFrame, grid: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """Sites with the station the allocation connects them at, the state and three capacities.

    ``substation`` is the nearest one by route; ``station`` is where a site connects, and may be
    none or another.

    Parameters
    ----------
    sites : GeoDataFrame
        Layer ``sites`` of a run.
    grid : DataFrame or None
        Its table `GRID_TABLE`; None where the run did not ask the grid.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd
    >>> sites = gpd.GeoDataFrame({"site_id": ["A"], "capacity_mw": [9.0]}, geometry=[None])
    >>> grid = pd.DataFrame({"site_id": ["A"], "capacity_mw": [9.0], "station": ["S"]})
    >>> sites_with_grid(sites, grid).drop(columns="geometry").values.tolist()
    [['A', 9.0, 'S']]
    """
    if grid is None:
        return sites
    new = [c for c in grid.columns if c not in sites.columns]
    own = grid[["site_id", *new]].astype({"site_id": str})
    return sites.astype({"site_id": str}).merge(own, on="site_id", how="left")
