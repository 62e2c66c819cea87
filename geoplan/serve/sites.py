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
    sites: gpd.GeoDataFrame,
    cells: SiteCells,
    before: npt.NDArray[np.uint8],
    after: npt.NDArray[np.uint8],
    weights: Mapping[str, float],
    *,
    conditional: bool,
) -> list[SiteChange]:
    """Each site with its usable area before and after, and its rank.

    Parameters
    ----------
    sites : GeoDataFrame
        The run's site layer.
    before, after : (h, w) uint8
        State rasters.
    weights : mapping
        Criterion -> weight, see `rank_sites`.
    conditional : bool
        Whether conditional land counts as usable, as the plan says.

    Returns
    -------
    list of dict
        ``site_id``, ``before_ha``, ``after_ha``, ``capacity_mw``, ``rank``, best rank first.
    """
    # a site may stand on provisional land, where too little was not judged
    good = (1, 2, 5) if conditional else (1, 5)
    n = len(sites)

    def share(state: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
        usable = np.isin(state.ravel()[cells.cell], good)
        hit = np.bincount(cells.site[usable], minlength=n)
        return hit / np.maximum(cells.count, 1)

    was, now = share(before), share(after)
    free = after.ravel()[cells.cell] == 1
    unconditional = np.bincount(cells.site[free], minlength=n) / np.maximum(cells.count, 1)
    area = sites["area_ha"].to_numpy(float)
    capacity = sites["capacity_mw"].to_numpy(float) * np.where(
        was > 0, now / np.where(was > 0, was, 1), 0
    )
    table = sites.drop(columns=sites.geometry.name).copy()
    table["capacity_mw"] = np.where(capacity > 0, capacity, np.nan)
    table["unconditional_frac"] = unconditional
    known = {k: float(v) for k, v in weights.items() if v > 0}
    ranked = rank_sites(table, known or {"capacity": 1.0})
    order = ranked["rank"].to_numpy(int)
    rows: list[SiteChange] = [
        {
            "site_id": str(sites["site_id"].iloc[i]),
            "before_ha": float(was[i] * area[i]),
            "after_ha": float(now[i] * area[i]),
            "capacity_mw": float(max(capacity[i], 0.0)),
            "rank": int(order[i]),
        }
        for i in range(n)
    ]
    return sorted(rows, key=lambda r: r["rank"])
