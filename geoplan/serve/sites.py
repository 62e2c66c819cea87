"""How the candidate sites fare under a changed screening, and their rank by weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from typing_extensions import TypedDict

from gis.cells.grid import Grid, cell_size_m, grid_bounds
from gis.cells.ragged import ragged
from gis.cells.rasterize import inside
from siting.sites.ranking import rank_sites

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["SiteCells", "SiteChange", "site_cells", "site_rows"]


class SiteChange(TypedDict):
    """A site under a changed screening."""

    site_id: str
    before_ha: float
    after_ha: float
    capacity_mw: float
    rank: int


@dataclass(frozen=True)
class SiteCells:
    """Cells of every site.

    Attributes
    ----------
    cell : (n,) int64
        Flat index into the plan grid.
    site : (n,) int64
        Row of the site table.
    count : (sites,) int64
        Cells of each site.
    """

    cell: npt.NDArray[np.int64]
    site: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]


def site_cells(sites: gpd.GeoDataFrame, grid: Grid) -> SiteCells:
    """Cells whose centre lies in each site."""
    step = cell_size_m(grid)
    left, _, _, top = grid_bounds(grid)
    h, w = grid.shape
    cells, owners = [], []
    for i, shape in enumerate(sites.geometry):
        x0, y0, x1, y1 = shape.bounds
        cols = slice(max(0, int((x0 - left) // step)), min(w, int((x1 - left) // step) + 1))
        rows = slice(max(0, int((top - y1) // step)), min(h, int((top - y0) // step) + 1))
        if cols.stop <= cols.start or rows.stop <= rows.start:
            continue
        r, c = np.nonzero(inside(ragged([shape]), grid, (rows, cols)))
        cells.append((r + rows.start) * w + c + cols.start)
        owners.append(np.full(len(r), i))
    cell = np.concatenate(cells) if cells else np.zeros(0, np.int64)
    site = np.concatenate(owners) if owners else np.zeros(0, np.int64)
    return SiteCells(cell, site, np.bincount(site, minlength=len(sites)))


def site_rows(
    before: pd.DataFrame,
    after: pd.DataFrame,
    weights: Mapping[str, float],
) -> list[SiteChange]:
    """Each site with its usable area before and after, and its rank.

    Parameters
    ----------
    before, after : DataFrame
        The run's sites in two states, of `geoplan.serve.capacity.moved_sites`.
    weights : mapping
        Criterion -> weight, see `rank_sites`.

    Returns
    -------
    list of dict
        ``site_id``, ``before_ha``, ``after_ha``, ``capacity_mw``, ``rank``, best rank first.
    """
    was, now = before["usable_frac"].to_numpy(float), after["usable_frac"].to_numpy(float)
    area = after["area_ha"].to_numpy(float)
    capacity = np.nan_to_num(after["capacity_mw"].to_numpy(float))
    table = after.assign(capacity_mw=np.where(capacity > 0, capacity, np.nan))
    known = {k: float(v) for k, v in weights.items() if v > 0}
    ranked = rank_sites(table, known or {"capacity": 1.0})
    order = ranked["rank"].to_numpy(int)
    rows: list[SiteChange] = [
        {
            "site_id": str(after["site_id"].iloc[i]),
            "before_ha": float(was[i] * area[i]),
            "after_ha": float(now[i] * area[i]),
            "capacity_mw": float(max(capacity[i], 0.0)),
            "rank": int(order[i]),
        }
        for i in range(len(after))
    ]
    return sorted(rows, key=lambda r: r["rank"])
